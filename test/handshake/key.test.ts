// RFC 6455 §1.3, §4.1(7), §4.2.2(5.4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptFor, isKey, newKey } from '../../src/handshake/key.js';

const vectors: [string, string][] = [
  ['dGhlIHNhbXBsZSBub25jZQ==', 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
  ['x3JJHMbDL1EzLkh9GBhXDw==', 'HSmrc0sMlYUkAGmm5OPpG2HaGWk='],
];
for (const [key, accept] of vectors) {
  test(`${key} is answered by ${accept}`, () => assert.equal(acceptFor(key), accept));
}

test('a new key is 16 random bytes in base64', () => {
  const bytes = Uint8Array.from({ length: 16 }, (_, at) => at);
  assert.equal(
    newKey((size) => bytes.subarray(0, size)),
    'AAECAwQFBgcICQoLDA0ODw==',
  );
  const keys = new Set(Array.from({ length: 100 }, () => newKey()));
  assert.equal(keys.size, 100);
  for (const key of keys) assert.equal(isKey(key), true);
});

test('bits behind the sixteenth byte may be set', () => {
  assert.equal(isKey('AAAAAAAAAAAAAAAAAAAAAB=='), true);
});

const wrong = {
  empty: '',
  '15 bytes': 'AAAAAAAAAAAAAAAAAAAA',
  '17 bytes': 'AAAAAAAAAAAAAAAAAAAAAAA=',
  'no padding': 'AAAAAAAAAAAAAAAAAAAAAA',
  'one sign of padding': 'AAAAAAAAAAAAAAAAAAAAAAA=',
  'padding in front': '==AAAAAAAAAAAAAAAAAAAAAA',
  'the alphabet for URLs': 'AAAAAAAAAAAAAAAAAAAA-_==',
  'a space inside': 'AAAAAAAAAA AAAAAAAAAAA==',
  'a letter beyond ASCII': 'AAAAAAAAAAAAAAAAAAAAA\xe4==',
  '6,000 bytes': 'A'.repeat(6000),
};
for (const [what, key] of Object.entries(wrong)) {
  test(`no key: ${what}`, () => assert.equal(isKey(key), false));
}
