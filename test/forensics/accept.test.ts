// What is told of an accept value: the right one, each mistake that a server makes (computed here by hand), and nothing when it is neither.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, test } from 'node:test';
import { judgeAccept } from '../../src/forensics/accept.js';
import { findWrongGuid, mistypedGuids, WRONG_GUIDS } from '../../src/forensics/wrong-guids.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const KEY = 'kvnrtHTsjR8JeMdpGnK9ZQ==';
const RIGHT = 'kX3jBtWX0GdxMmpX5n/5ndSAnCo=';
const SAMPLE_KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
const SAMPLE = 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=';

const sha1 = (...input: (string | Buffer)[]) => {
  const digest = createHash('sha1');
  for (const part of input) digest.update(part);
  return digest.digest('base64');
};

test('the sample of RFC 6455 §1.3 pins the GUID', () => {
  assert.equal(sha1(SAMPLE_KEY, GUID), SAMPLE);
  assert.equal(judgeAccept(SAMPLE_KEY, SAMPLE).kind, 'right');
  assert.equal(judgeAccept(SAMPLE_KEY, 'x').expected, SAMPLE);
});

test('the right value, and none', () => {
  assert.deepEqual(judgeAccept(KEY, RIGHT), {
    kind: 'right',
    explanation: 'The value answers the key.',
    key: KEY,
    expected: RIGHT,
    received: RIGHT,
  });
  for (const none of [undefined, '']) {
    const { kind, expected, subcause } = judgeAccept(KEY, none);
    assert.deepEqual([kind, expected, subcause], ['missing', RIGHT, undefined]);
  }
});

describe('a mistake is recognised', () => {
  const hex = createHash('sha1').update(KEY).update(GUID).digest('hex');
  const rows: readonly (readonly [string, string, string])[] = [
    ['hexadecimal', 'HEX_DIGEST', hex],
    ['hexadecimal in upper case', 'HEX_DIGEST', hex.toUpperCase()],
    ['base64 of hexadecimal', 'HEX_DIGEST', Buffer.from(hex).toString('base64')],
    ['base64 of upper case', 'HEX_DIGEST', Buffer.from(hex.toUpperCase()).toString('base64')],
    ['base64url', 'BASE64URL', 'kX3jBtWX0GdxMmpX5n_5ndSAnCo='],
    ['base64url without padding', 'BASE64URL', 'kX3jBtWX0GdxMmpX5n_5ndSAnCo'],
    ['no padding', 'PADDING_STRIPPED', 'kX3jBtWX0GdxMmpX5n/5ndSAnCo'],
    ['no GUID', 'NO_GUID', sha1(KEY)],
    ['the GUID first', 'GUID_FIRST', sha1(GUID, KEY)],
    ['the GUID in lower case', 'WRONG_GUID', sha1(KEY, GUID.toLowerCase())],
    ['the GUID without dashes', 'WRONG_GUID', sha1(KEY, '258EAFA5E91447DA95CAC5AB0DC85B11')],
    ['the GUID in braces', 'WRONG_GUID', sha1(KEY, `{${GUID}}`)],
    ['the key decoded', 'KEY_DECODED_FIRST', sha1(Buffer.from(KEY, 'base64'), GUID)],
    ['a CR on the key', 'KEY_TRAILING_CR', sha1(KEY, '\r', GUID)],
    ['an LF on the key', 'KEY_TRAILING_LF', sha1(KEY, '\n', GUID)],
    ['CR LF on the key', 'KEY_TRAILING_CRLF', sha1(KEY, '\r\n', GUID)],
    ['NUL on the key', 'KEY_TRAILING_NUL', sha1(KEY, '\0', GUID)],
    ['a space on the key', 'KEY_TRAILING_SPACE', sha1(KEY, ' ', GUID)],
    ['an LF on the input', 'INPUT_TRAILING', sha1(KEY, GUID, '\n')],
    ['NUL on the input', 'INPUT_TRAILING', sha1(KEY, GUID, '\0')],
    ['a space before the key', 'KEY_LEADING_SPACE', sha1(' ', KEY, GUID)],
    ['the key in lower case', 'KEY_LOWER_CASE', sha1(KEY.toLowerCase(), GUID)],
    ['the key without padding', 'KEY_WITHOUT_PADDING', sha1(KEY.slice(0, 22), GUID)],
    ['SHA-256', 'WRONG_HASH', createHash('sha256').update(KEY).update(GUID).digest('base64')],
    ['MD5', 'WRONG_HASH', createHash('md5').update(KEY).update(GUID).digest('base64')],
    ['the key sent back', 'KEY_ECHOED', KEY],
    ['the sample of the RFC', 'RFC_SAMPLE_HARDCODED', SAMPLE],
  ];
  for (const [name, subcause, accept] of rows) {
    test(name, () => {
      const verdict = judgeAccept(KEY, accept);
      assert.deepEqual([verdict.kind, verdict.subcause], ['wrong', subcause]);
      assert.ok(verdict.explanation.endsWith('.') && verdict.formula);
    });
  }
  test('the answer to an earlier key of this run, and only if it is told', () => {
    const cached = sha1('TTTTTTTTTTTTTTTTTTTTTQ==', GUID);
    assert.equal(judgeAccept(KEY, cached).subcause, undefined);
    const verdict = judgeAccept(KEY, cached, ['BBBBBBBBBBBBBBBBBBBBBA==', 'TTTTTTTTTTTTTTTTTTTTTQ==']);
    assert.equal(verdict.subcause, 'STALE_CACHED');
  });
  test('none of them', () => {
    const verdict = judgeAccept(KEY, 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=');
    assert.deepEqual([verdict.kind, verdict.subcause, verdict.guid], ['wrong', undefined, undefined]);
  });
});

test('a GUID that public code has: all that the report prints', () => {
  const guid = '258EAFA5-E914-47DA-95CA-5AB5DC11E65B';
  const verdict = judgeAccept(KEY, 'TLjzQXgRIB4IF2bs3D4RbaAu25I=');
  assert.deepEqual(verdict, {
    kind: 'wrong',
    subcause: 'WRONG_GUID',
    explanation: 'The server hashes your key with a wrong GUID.',
    detail:
      'That GUID is not in RFC 6455. It appears in generated code; a client by the same author would agree with it, ' +
      'browsers never will.',
    formula: `key + ${guid}`,
    guid,
    wrongPart: { at: 24, length: 12 },
    key: KEY,
    expected: RIGHT,
    received: 'TLjzQXgRIB4IF2bs3D4RbaAu25I=',
  });
});

test('there are 52 wrong GUIDs, none of them twice and none right, and each is recognised', () => {
  assert.equal(new Set(WRONG_GUIDS).size, 52);
  for (const guid of WRONG_GUIDS) {
    assert.match(guid, /^258EAFA5-E914-47DA-95CA-[0-9A-F]{12,13}$/);
    const verdict = judgeAccept(KEY, sha1(KEY, guid));
    assert.deepEqual([verdict.subcause, verdict.guid], ['WRONG_GUID', guid]);
  }
});

describe('a mistyped GUID', () => {
  const rows: readonly (readonly [string, string, number, number])[] = [
    ['258EAFA5-E914-47DA-95CA-C6AB0DC85B11', 'character 26 is 6 in place of 5', 25, 1],
    ['258EAFA5-E914-47DA-95CA-C5ABODC85B11', 'character 29 is O in place of 0', 28, 1],
    ['258EAFA5-E914-47DA-95CA-C5AB00DC85B11', 'character 29, 0, is one too many', 29, 1],
    ['258EAFA5-E914-47DA95CA-C5AB0DC85B11', 'character 19, a dash, is missing', 18, 0],
    ['258EAFA5-E914-47DA-95CA-C5AB0DC58B11', 'characters 32 and 33 are swapped', 31, 2],
  ];
  for (const [guid, what, at, length] of rows) {
    test(what, () => {
      const verdict = judgeAccept(KEY, sha1(KEY, guid));
      assert.equal(verdict.subcause, 'GUID_TYPO');
      assert.ok(verdict.explanation.includes(what), verdict.explanation);
      assert.deepEqual([verdict.guid, verdict.wrongPart], [guid, { at, length }]);
    });
  }
  test('every text one edit away is tried', () => {
    const tried = new Set([...mistypedGuids()].map(({ guid }) => guid));
    assert.ok(!tried.has(GUID));
    for (let at = 0; at < GUID.length; at++) {
      assert.ok(tried.has(GUID.slice(0, at) + GUID.slice(at + 1)));
      for (const digit of '0123456789ABCDEF-') {
        assert.ok(digit === GUID[at] || tried.has(GUID.slice(0, at) + digit + GUID.slice(at + 1)));
        assert.ok(tried.has(GUID.slice(0, at) + digit + GUID.slice(at)));
      }
      const swapped = GUID.slice(0, at) + (GUID[at + 1] ?? '') + GUID[at] + GUID.slice(at + 2);
      assert.ok(swapped === GUID || tried.has(swapped));
    }
  });
});

describe('a wrong GUID in source text', () => {
  test('is found with its place', () => {
    const source = 'import hashlib\n\nGUID = b"258EAFA5-E914-47DA-95CA-5AB0DC85B39A"\n';
    assert.deepEqual(findWrongGuid(source), {
      guid: '258EAFA5-E914-47DA-95CA-5AB0DC85B39A',
      at: 25,
      line: 3,
      wrongPart: { at: 24, length: 12 },
      isKnown: true,
    });
  });
  for (const wrong of [
    '258EAFA5-E914-47DA-95CA-C5AB0DC85B10',
    '258EAFA6-E914-47DA-95CA-C5AB0DC85B11',
    GUID.toLowerCase(),
  ]) {
    test(`such as ${wrong}`, () => {
      const found = findWrongGuid(`const other = '${GUID}';\nconst magic = '${wrong}';`);
      assert.deepEqual([found?.guid, found?.line, found?.isKnown], [wrong, 2, false]);
    });
  }
  for (const right of ['', GUID, `{${GUID}}`, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'x'.repeat(100_000)]) {
    test(`and nothing in ${right.slice(0, 40) || 'an empty one'}`, () =>
      assert.equal(findWrongGuid(right), undefined));
  }
});
