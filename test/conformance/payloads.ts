// Octets for tests of compression: messages that are compressed already, and some that hardly can be.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { constants, deflateRawSync, type ZlibOptions } from 'node:zlib';

/** RFC 7692 §7.2.1: what a flush ends with, and a compressed message leaves out. */
export const TAIL: Buffer = Buffer.of(0, 0, 0xff, 0xff);

export function fromHex(digits: string): Buffer {
  return Buffer.from(digits.replaceAll(' ', ''), 'hex');
}

/** A message as a sender compresses it that has `dictionary` in its window. */
export function deflated(message: string | Uint8Array, dictionary?: Uint8Array): Buffer {
  const options: ZlibOptions = { finishFlush: constants.Z_SYNC_FLUSH, ...(dictionary && { dictionary }) };
  const octets = deflateRawSync(message, options);
  assert.ok(octets.subarray(-4).equals(TAIL));
  return octets.subarray(0, -4);
}

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
