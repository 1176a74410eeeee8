// RFC 7692 §7.2.3.2: the octets that later messages may refer to: always the last ones, and no more memory than they need.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Window } from '../../src/deflate/window.js';
import { noise } from './agreed.js';

test('an unused window holds nothing', () => {
  const window = new Window(15);
  assert.equal(window.octets, undefined);
  assert.equal(window.heldBytes, 0);
  window.add(new Uint8Array(0));
  assert.equal(window.octets, undefined);
  assert.equal(window.heldBytes, 0);
});

test('it grows with what it holds, to the agreed size and not beyond', () => {
  const window = new Window(11);
  const sizes = [];
  for (const bytes of [1, 255, 1, 500, 300, 1000, 5000, 3]) {
    const expected = window.heldBytesWith(bytes);
    window.add(noise(bytes));
    assert.equal(window.heldBytes, expected);
    sizes.push(window.heldBytes);
  }
  assert.deepEqual(sizes, [256, 256, 512, 1024, 2048, 2048, 2048, 2048]);
});

test('one message may fill it at once', () => {
  const window = new Window(15);
  assert.equal(window.heldBytesWith(1_000_000), 32_768);
  window.add(noise(1_000_000));
  assert.deepEqual(window.octets, noise(1_000_000).subarray(-32_768));
});

test('what it holds are the last octets of all that was added, oldest first', () => {
  const size = fc.oneof(fc.nat(20), fc.nat(600), fc.constantFrom(255, 256, 257, 511, 512, 513, 3000));
  const property = fc.property(fc.integer({ min: 8, max: 11 }), fc.array(size), (bits, sizes) => {
    const window = new Window(bits);
    let all = Buffer.alloc(0);
    for (const [seed, bytes] of sizes.entries()) {
      const added = noise(bytes, seed);
      all = Buffer.concat([all, added]);
      window.add(added);
      assert.deepEqual(window.octets ?? Buffer.alloc(0), all.subarray(-(2 ** bits)));
      assert.ok(window.heldBytes <= 2 ** bits && window.heldBytes >= Math.min(all.length, 2 ** bits));
    }
  });
  fc.assert(property, { numRuns: 500 });
});
