// How many messages are on zlib's threads at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { threadIsFree, whenThreadIsFree } from '../../src/deflate/threads.js';

test('four at once, the others in their order as threads become free; who wants none any more is passed over', () => {
  const begun: number[] = [];
  for (let at = 0; at < 10; at += 1) {
    whenThreadIsFree(() => {
      begun.push(at);
      return at !== 5;
    });
  }
  assert.deepEqual(begun, [0, 1, 2, 3]);
  threadIsFree();
  assert.deepEqual(begun.slice(4), [4]);
  threadIsFree();
  assert.deepEqual(begun.slice(5), [5, 6]);
  for (let at = 0; at < 7; at += 1) threadIsFree();
  assert.deepEqual(begun.slice(7), [7, 8, 9]);
});

test('any number may have gone while they waited', () => {
  for (let at = 0; at < 4; at += 1) whenThreadIsFree(() => true);
  let passed = 0;
  for (let at = 0; at < 50_000; at += 1) {
    whenThreadIsFree(() => {
      passed += 1;
      return false;
    });
  }
  threadIsFree();
  assert.equal(passed, 50_000);
  for (let at = 0; at < 3; at += 1) threadIsFree();
});
