// RFC 6455 §5.3: octet i of the payload is xor-ed with octet i modulo 4 of the mask.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maskInto, randomMask, unmask } from '../../src/frames/mask.js';
import { hex, show } from './hex.js';

/** The RFC's formula, as it stands there. */
function formula(bytes: Uint8Array, mask: number, phase: number): Uint8Array {
  return bytes.map((octet, at) => octet ^ ((mask >>> (24 - 8 * ((at + phase) % 4))) & 0xff));
}

test('the example of RFC 6455 §5.7', () => {
  const bytes = hex('7f9f4d5158');
  assert.equal(unmask(bytes, 0, 5, 0x37fa213d, 0), true);
  assert.equal(Buffer.from(bytes).toString(), 'Hello');
});

const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

test('it does what the formula says, for any place, length, mask and phase, and touches nothing else', () => {
  const payload = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 250, maxLength: 600 }),
  );
  const property = fc.property(
    payload,
    fc.nat(9),
    fc.nat(9),
    word,
    fc.nat(1000),
    (body, lead, tail, mask, phase) => {
      const bytes = new Uint8Array(lead + body.length + tail).fill(0xaa);
      bytes.set(body, lead);
      const want = formula(body, mask, phase);
      const isAscii = unmask(bytes, lead, lead + body.length, mask, phase);
      assert.deepEqual(bytes.subarray(lead, lead + body.length), want);
      assert.equal(
        isAscii,
        want.every((octet) => octet < 0x80),
      );
      const around = [...bytes.subarray(0, lead), ...bytes.subarray(lead + body.length)];
      assert.ok(around.every((octet) => octet === 0xaa));
      unmask(bytes, lead, lead + body.length, mask, phase);
      assert.deepEqual(bytes.subarray(lead, lead + body.length), body, 'twice is as it was');
    },
  );
  fc.assert(property, { numRuns: 2000 });
});

test('one octet that is not ASCII is noticed at every place of a long payload', () => {
  for (let place = 0; place < 300; place += 1) {
    const bytes = new Uint8Array(300).fill(0x61);
    bytes[place] = 0xe9;
    assert.equal(unmask(bytes, 0, 300, 0x01020304, 0), false, `place ${place}`);
  }
});

test('a view into a larger buffer is unmasked in its place, at every alignment', () => {
  for (let offset = 0; offset < 8; offset += 1) {
    const whole = new Uint8Array(400);
    const view = whole.subarray(offset, offset + 300);
    unmask(view, 0, 300, 0x01020304, 3);
    assert.deepEqual(view, formula(new Uint8Array(300), 0x01020304, 3));
    assert.ok(whole.subarray(offset + 300).every((octet) => octet === 0));
  }
});

test('maskInto leaves the source as it is', () => {
  const source = hex('00 48656c6c6f 00');
  const target = new Uint8Array(8);
  maskInto(target, 2, source, 1, 6, 0x37fa213d);
  assert.equal(show(target), '00007f9f4d515800');
  maskInto(target, 0, hex('4865'), 0, 2, 0);
  assert.equal(show(target), '48657f9f4d515800');
  assert.equal(show(source), '0048656c6c6f00');
});

test('masks are 32-bit words that do not repeat, over more than one draw', () => {
  const masks = Array.from({ length: 5000 }, randomMask);
  for (const mask of masks) assert.equal(mask, mask | 0);
  assert.ok(new Set(masks).size > 4990);
  let set = 0;
  for (const mask of masks) set |= mask;
  assert.equal(set, -1, 'every bit is used');
});
