// Knows: masking (RFC 6455 §5.3), in place or on the way into another buffer, in words where that pays.
// Must not know: what the octets mean. While it is there it tells whether every octet was ASCII, which costs nothing.
import { randomFillSync } from 'node:crypto';

/** From here on, making a view of 32-bit words costs less than it saves. Measured: the two are level near 200 octets. */
const WORDS_FROM = 256;
/** The key's octets in their order, and the same as a word in the order of this machine. */
const KEY = new DataView(new ArrayBuffer(4));
const KEY_WORD = new Int32Array(KEY.buffer);

/**
 * Unmasks (or masks) `bytes[start, end)` in place. `phase` is the number of octets of this frame that came before.
 * Answers true when the outcome is all ASCII.
 */
export function unmask(bytes: Uint8Array, start: number, end: number, mask: number, phase: number): boolean {
  const key = rotate(mask, phase);
  if (end - start >= WORDS_FROM) return unmaskWords(bytes, start, end, key);
  return unmaskOctets(bytes, start, end, key) < 0x80;
}

/** The same from `source[start, end)` into `target` at `at`, leaving the source as it is. */
export function maskInto(
  target: Uint8Array,
  at: number,
  source: Uint8Array,
  start: number,
  end: number,
  mask: number,
): void {
  target.set(start === 0 && end === source.length ? source : source.subarray(start, end), at);
  unmask(target, at, at + end - start, mask, 0);
}

function rotate(mask: number, phase: number): number {
  const bits = (phase & 3) << 3;
  return bits === 0 ? mask : (mask << bits) | (mask >>> (32 - bits));
}

/** Answers all octets of the outcome or-ed together. */
function unmaskOctets(bytes: Uint8Array, start: number, end: number, key: number): number {
  const k0 = key >>> 24;
  const k1 = (key >>> 16) & 0xff;
  const k2 = (key >>> 8) & 0xff;
  const k3 = key & 0xff;
  let seen = 0;
  let at = start;
  for (const whole = end - 3; at < whole; at += 4) {
    const b0 = bytes[at]! ^ k0;
    const b1 = bytes[at + 1]! ^ k1;
    const b2 = bytes[at + 2]! ^ k2;
    const b3 = bytes[at + 3]! ^ k3;
    bytes[at] = b0;
    bytes[at + 1] = b1;
    bytes[at + 2] = b2;
    bytes[at + 3] = b3;
    seen |= b0 | b1 | b2 | b3;
  }
  for (let shift = 24; at < end; at += 1, shift -= 8) {
    const octet = bytes[at]! ^ ((key >>> shift) & 0xff);
    bytes[at] = octet;
    seen |= octet;
  }
  return seen;
}

function unmaskWords(bytes: Uint8Array, start: number, end: number, key: number): boolean {
  const lead = -(bytes.byteOffset + start) & 3;
  let seen = unmaskOctets(bytes, start, start + lead, key);
  const inner = start + lead;
  const count = (end - inner) >>> 2;
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset + inner, count);
  const aligned = rotate(key, lead);
  KEY.setInt32(0, aligned);
  const wordKey = KEY_WORD[0]!;
  let seenWords = 0;
  let at = 0;
  for (const whole = count - 3; at < whole; at += 4) {
    const w0 = words[at]! ^ wordKey;
    const w1 = words[at + 1]! ^ wordKey;
    const w2 = words[at + 2]! ^ wordKey;
    const w3 = words[at + 3]! ^ wordKey;
    words[at] = w0;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    seenWords |= w0 | w1 | w2 | w3;
  }
  for (; at < count; at += 1) {
    const w = words[at]! ^ wordKey;
    words[at] = w;
    seenWords |= w;
  }
  seen |= unmaskOctets(bytes, inner + count * 4, end, aligned);
  return seen < 0x80 && (seenWords & 0x80808080) === 0;
}

const POOL = new Uint32Array(1024);
let drawn = POOL.length;

/** RFC 6455 §5.3: the next mask, from a strong source of entropy; drawn by the thousand because each draw costs. */
export function randomMask(): number {
  if (drawn === POOL.length) {
    randomFillSync(POOL);
    drawn = 0;
  }
  return POOL[drawn++]! | 0;
}
