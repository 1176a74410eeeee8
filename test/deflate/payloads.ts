// Arbitrary payloads for properties of compression: what compresses well, a little, and not at all; what repeats itself from one
// message to the next; and sizes around the limits of windows.
import fc from 'fast-check';
import { noise, prose } from './agreed.js';

const size = fc.oneof(
  { weight: 4, arbitrary: fc.nat(400) },
  { weight: 2, arbitrary: fc.nat(6000) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(249, 250, 251, 256, 257, 511, 512, 513, 32_506, 32_768, 33_100, 70_000),
  },
);

/** Few seeds, so that messages have octets in common. */
const seed = fc.nat(3);

const parts = fc.oneof(
  fc.tuple(size, seed).map(([bytes, from]) => prose(bytes, from)),
  fc.tuple(size, seed).map(([bytes, from]) => noise(bytes, from)),
  size.map((bytes) => Buffer.alloc(bytes, 'ab')),
  fc.uint8Array({ maxLength: 50 }).map((octets) => Buffer.from(octets)),
);

export const payload: fc.Arbitrary<Buffer> = fc
  .array(parts, { minLength: 0, maxLength: 3 })
  .map((octets) => Buffer.concat(octets));
