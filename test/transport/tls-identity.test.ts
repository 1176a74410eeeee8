// Two attempts share a connection only if their TLS options say the same, to the last octet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { identityOf } from '../../src/transport/tls-identity.js';

const check = () => undefined;

const same: [string, object, object][] = [
  ['nothing', {}, { ca: undefined }],
  ['text', { ca: 'a', servername: 'b' }, { servername: 'b', ca: 'a' }],
  ['octets', { ca: Buffer.from('abc') }, { ca: Buffer.from('xabc').subarray(1) }],
  ['lists', { ca: ['a', 'b'] }, { ca: ['a', 'b'] }],
  ['lists of objects', { key: [{ pem: 'a', passphrase: 'b' }] }, { key: [{ passphrase: 'b', pem: 'a' }] }],
  ['a function', { checkServerIdentity: check }, { checkServerIdentity: check }],
];
for (const [what, one, other] of same) {
  test(`the same ${what}`, () => assert.equal(identityOf(one), identityOf(other)));
}

const different: [string, object, object][] = [
  ['a certificate and none', { ca: 'a' }, {}],
  ['an octet', { ca: 'a' }, { ca: 'b' }],
  ['the option', { cert: 'a' }, { ca: 'a' }],
  ['true and false', { rejectUnauthorized: true }, { rejectUnauthorized: false }],
  ['false and nothing', { rejectUnauthorized: false }, {}],
  ['a number and its digits', { secureOptions: 1 }, { secureOptions: '1' }],
  ['where one item ends', { ca: ['ab', 'c'] }, { ca: ['a', 'bc'] }],
  ['the order of a list', { ca: ['a', 'b'] }, { ca: ['b', 'a'] }],
  ['a list of one and its item', { ca: ['a'] }, { ca: 'a' }],
  ['a text that looks like two', { ca: 'atext 1:b' }, { ca: ['a', 'b'] }],
  ['a passphrase', { key: [{ pem: 'a', passphrase: 'b' }] }, { key: [{ pem: 'a', passphrase: 'c' }] }],
  ['functions that read alike', { checkServerIdentity: () => {} }, { checkServerIdentity: () => {} }],
];
for (const [what, one, other] of different) {
  test(`they differ in ${what}`, () => assert.notEqual(identityOf(one), identityOf(other)));
}

test('nothing of a key is left in it', () => {
  assert.match(identityOf({ key: 'secret', passphrase: 'secret' }), /^[\w-]{43}$/);
});
