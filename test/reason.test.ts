// A row of the catalogue, an occurrence of one, and a peer's text made safe to print.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CATALOGUE, catalogue } from '../src/catalogue.js';
import { ClosedError, type CloseRecord, HandshakeError, sentence } from '../src/errors.js';
import { accepted, defineReasons, isSecretName, printable, reasonUrl, rejected } from '../src/reason.js';

const { FRAME_TEST } = defineReasons({
  FRAME_TEST: {
    layer: 'frame',
    stage: 'frame',
    title: 'A title',
    meaning: 'A meaning.',
    actor: 'client',
    closeCode: 1002,
    sections: ['RFC 6455 §5.2'],
    fix: 'A fix.',
    retry: 'never',
    example: '83 00',
  },
});

test('a row knows its own code and cannot be changed', () => {
  assert.equal(FRAME_TEST.code, 'FRAME_TEST');
  assert.throws(() => Object.assign(FRAME_TEST, { title: 'another' }), TypeError);
});

test('a verdict is a value or a rejection', () => {
  assert.deepEqual(accepted(5), { ok: true, value: 5 });
  assert.deepEqual(rejected(FRAME_TEST), { ok: false, rejection: { reason: FRAME_TEST, evidence: {} } });
  assert.deepEqual(rejected(FRAME_TEST, { seen: 'x' }, { 'Retry-After': '5' }), {
    ok: false,
    rejection: { reason: FRAME_TEST, evidence: { seen: 'x' }, headers: { 'Retry-After': '5' } },
  });
});

const sentences: [Parameters<typeof sentence>[1], string][] = [
  [{}, 'A title'],
  [{ seen: 'x' }, 'A title (x)'],
  [{ field: 'Host', seen: 'x\r\n' }, 'A title (Host: x\\r\\n)'],
  [{ field: 'Host' }, 'A title (Host)'],
  [{ wanted: '13' }, 'A title (wanted 13)'],
  [{ field: 'V', seen: '8', wanted: '13' }, 'A title (V: 8, wanted 13)'],
];
for (const [evidence, want] of sentences) {
  test(`an occurrence as a sentence: ${want}`, () => assert.equal(sentence(FRAME_TEST, evidence), want));
}

const shown: [string, string, string][] = [
  ['plain text', 'Hello, wörld 😀', 'Hello, wörld 😀'],
  ['line ends and tabs', 'a\r\nb\tc', 'a\\r\\nb\\tc'],
  ['other controls', '\0\x1b[2J\x7f\x85', '\\x00\\x1b[2J\\x7f\\x85'],
  ['a backslash', 'a\\n', 'a\\\\n'],
  ['line and paragraph separators', '\u2028\u2029', '\\u{2028}\\u{2029}'],
  ['bidirectional marks', 'a\u202eb\u2066', 'a\\u{202e}b\\u{2066}'],
  ['a zero-width joiner and a soft hyphen', '\u200d\u00ad', '\\u{200d}\\xad'],
  ['a lone surrogate', 'x\ud800y', 'x\\u{d800}y'],
  ['private use', '\ue000\u{f0000}', '\\u{e000}\\u{f0000}'],
];
for (const [what, text, want] of shown) {
  test(`printable: ${what}`, () => assert.equal(printable(text), want));
}

test('printable cuts what is long, and says so', () => {
  assert.equal(printable('x'.repeat(120)), 'x'.repeat(120));
  assert.equal(printable('x'.repeat(121)), `${'x'.repeat(120)}…`);
  assert.equal(printable('abcdef', 3), 'abc…');
});

test('names of secrets', () => {
  const secret = [
    'Authorization',
    'proxy-authorization',
    'Cookie',
    'Set-Cookie',
    'X-Auth-Token',
    'access_token',
    'api-key',
    'ApiKey',
    'password',
    'client_secret',
    'PHPSESSION',
    'X-Amz-Security-Token',
  ];
  for (const name of secret) assert.equal(isSecretName(name), true, name);
  for (const name of ['Host', 'Origin', 'Upgrade', 'Sec-WebSocket-Key', 'room', 'User-Agent']) {
    assert.equal(isSecretName(name), false, name);
  }
});

test('a reason has a place where it is explained', () => {
  assert.equal(reasonUrl('FRAME_TEST'), 'https://handfast.dev/reasons#frame_test');
});

test('the catalogue holds each code once, and every row is whole', () => {
  assert.equal(new Set(CATALOGUE.map(({ code }) => code)).size, CATALOGUE.length);
  for (const row of CATALOGUE) {
    assert.equal(catalogue.get(row.code), row);
    assert.match(row.code, /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/);
    assert.doesNotMatch(row.title, /\.$/, row.code);
    for (const text of [row.title, row.meaning, row.fix, row.example])
      assert.ok(text.trim().length > 0, row.code);
    assert.ok(row.sections.length > 0, row.code);
  }
});

test('a HandshakeError carries its row, evidence and a fix, and no live objects', () => {
  const cause = new Error('below');
  const error = new HandshakeError({ reason: FRAME_TEST, evidence: { seen: 'x' }, status: 400, cause });
  assert.deepEqual(
    [error.name, error.code, error.message, error.stage, error.fix, error.status, error.cause],
    ['HandshakeError', 'WS_FRAME_TEST', 'A title (x)', 'frame', 'A fix.', 400, cause],
  );
  const bare = new HandshakeError({ reason: FRAME_TEST });
  assert.deepEqual([bare.headers, bare.body, bare.timings, bare.evidence], [[], '', { totalMs: 0 }, {}]);
});

test('a ClosedError is named by the cause, and by the error below', () => {
  const record = { cause: 'PING_UNANSWERED', explanation: 'why', error: undefined } as CloseRecord;
  const error = new ClosedError(record);
  assert.deepEqual([error.code, error.message, error.cause], ['WS_PING_UNANSWERED', 'why', undefined]);
  const below = new Error('ECONNRESET');
  const plain = new ClosedError({ ...record, cause: undefined, error: below });
  assert.deepEqual([plain.code, plain.cause], ['WS_CLOSED', below]);
});
