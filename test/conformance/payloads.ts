// Octets for tests of compression: what DEFLATE cannot make smaller, and text that it can only make smaller by a quarter.
import { createHash } from 'node:crypto';

/** Octets without any pattern, always the same. */
export function noise(size: number): Buffer {
  const parts = Array.from({ length: Math.ceil(size / 32) }, (_, at) =>
    createHash('sha256').update(`${at}`).digest(),
  );
  return Buffer.concat(parts).subarray(0, size);
}

/** Text of 64 characters without any pattern: it has 6 bits an octet, and is no part of itself. */
export function unique(size: number): Buffer {
  return Buffer.from(noise(size).toString('base64').slice(0, size));
}
