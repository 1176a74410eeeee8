// RFC 3629 §4, RFC 6455 §8.1: octets in any portions, and the place of the first one that cannot be.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Utf8Validator } from '../../src/frames/utf8.js';
import { cut, hex } from './hex.js';

/** Pushes the portions; answers the offset of the first offending octet, 'open' for an unfinished end, or 'good'. */
function judge(portions: readonly Uint8Array[]): number | 'open' | 'good' {
  const validator = new Utf8Validator();
  let before = 0;
  for (const portion of portions) {
    const at = validator.push(portion, 0, portion.length);
    if (at >= 0) return before + at;
    before += portion.length;
  }
  return validator.complete ? 'good' : 'open';
}

const cases: [string, string, number | 'open' | 'good'][] = [
  ['nothing', '', 'good'],
  ['ASCII', '00 7f 61', 'good'],
  ['the smallest and largest of each length', 'c280 dfbf e0a080 efbfbf f0908080 f48fbfbf', 'good'],
  ['around the surrogates', 'ed9fbf ee8080', 'good'],
  ['noncharacters', 'efbfbe efbfbf f09fbfbe', 'good'],
  ['a continuation octet alone', '61 80', 1],
  ['an overlong 2-octet form, C0', 'c0af', 0],
  ['an overlong 2-octet form, C1', '61 c1bf', 1],
  ['an overlong 3-octet form', 'e09fbf', 1],
  ['an overlong 4-octet form', 'f08fbfbf', 1],
  ['a high surrogate', 'eda080', 1],
  ['a low surrogate', 'edbfbf', 1],
  ['U+110000', 'f4908080', 1],
  ['beyond F4', 'f5808080', 0],
  ['FE', '6162 fe', 2],
  ['FF', 'ff', 0],
  ['a second octet that is ASCII', 'c3 61', 1],
  ['a third octet that is ASCII', 'e282 61', 2],
  ['a fourth octet that starts a character', 'f09f98 c3', 3],
  ['a 2-octet character cut', '61 c3', 'open'],
  ['a 3-octet character cut after one', 'e2', 'open'],
  ['a 3-octet character cut after two', 'e282', 'open'],
  ['a 4-octet character cut after one', 'f0', 'open'],
  ['a 4-octet character cut after two', 'f09f', 'open'],
  ['a 4-octet character cut after three', 'f09f98', 'open'],
  ['three continuation octets at the end', 'f09f9880', 'good'],
  ['four continuation octets at the end', '61 f09f9880 80', 5],
  ['bad in the middle, cut at the end', '61 ff 61 c3', 1],
];
for (const [what, octets, want] of cases) {
  test(`${what}: ${want}, whole, octet by octet, and at every split`, () => {
    const bytes = hex(octets);
    assert.equal(judge([bytes]), want);
    assert.equal(judge(Array.from(bytes, (octet) => Uint8Array.of(octet))), want);
    for (let at = 1; at < bytes.length; at += 1) {
      assert.equal(judge([bytes.subarray(0, at), bytes.subarray(at)]), want, `split at ${at}`);
    }
  });
}

test('only the given part of a chunk is judged', () => {
  const validator = new Utf8Validator();
  assert.equal(validator.push(hex('ff 61 c3a9 ff'), 1, 4), -1);
  assert.equal(validator.push(hex('ff 61 ff'), 1, 3), 2, 'the offset is one of the chunk');
});

test('reset forgets an open character', () => {
  const validator = new Utf8Validator();
  validator.push(hex('f4'), 0, 1);
  assert.equal(validator.complete, false);
  validator.reset();
  assert.equal(validator.complete, true);
  assert.equal(validator.push(hex('c3a9'), 0, 2), -1);
});

/** Octets that are often UTF-8 or nearly so; plain random ones hardly ever are. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 6 }).map((text) => Buffer.from(text)),
  fc.uint8Array({ maxLength: 4 }),
  fc.constantFrom('c0', 'e0a0', 'eda0', 'ed9f', 'f090', 'f48f', 'f490', '80', 'bf', 'e282').map(hex),
);
const octets = fc.array(piece, { maxLength: 8 }).map((pieces) => new Uint8Array(Buffer.concat(pieces)));

test('it agrees with TextDecoder, whole and however the octets are cut', () => {
  const property = fc.property(octets, fc.array(fc.nat(), { maxLength: 6 }), (bytes, places) => {
    const whole = judge([bytes]);
    assert.equal(judge(cut(bytes, places)), whole);
    assert.equal(whole === 'good', isText(bytes));
  });
  fc.assert(property, { numRuns: 3000 });
});

test('the place it names is the first octet after which no continuation can be UTF-8', () => {
  const property = fc.property(octets, (bytes) => {
    const at = judge([bytes]);
    for (let end = 1; end <= bytes.length; end += 1) {
      const hope = canBecomeText(bytes.subarray(0, end));
      assert.equal(hope, typeof at !== 'number' || end <= at, `the first ${end} octets`);
    }
  });
  fc.assert(property, { numRuns: 1000 });
});

function isText(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Whether some octets behind these make them UTF-8; three more are enough for every open character. */
function canBecomeText(bytes: Uint8Array): boolean {
  const endings = ['', '80', '90', 'a0', '8080', '9080', 'a080', '808080', '908080'];
  return endings.some((ending) => isText(Buffer.concat([bytes, hex(ending)])));
}
