// The rules for a request over HTTP/2: RFC 8441 §4, §5 and RFC 9113 §8.3.1. One valid CONNECT, one change, the exact outcome.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { headFromHttp2 } from '../../src/handshake/http2-head.js';
import { refusal } from '../../src/handshake/refusal.js';
import { requestReasons } from '../../src/handshake/rejections.js';
import {
  auditRequest,
  isHandshakeAttempt,
  judgeRequest,
  REQUEST_RULES,
} from '../../src/handshake/request.js';
import { CONNECT, change, connectHead } from './heads.js';

const codes = (lines: readonly string[], ended = false) =>
  auditRequest(connectHead(lines, ended)).map(({ reason }) => reason.code);

test('what a CONNECT asks', () => {
  const head = connectHead([
    ...change(CONNECT, ':authority', ':authority: EXAMPLE.com:8443'),
    'origin: https://example.com:8443',
    'sec-websocket-protocol: json, msgpack',
    'sec-websocket-extensions: permessage-deflate',
    'cookie: a=1',
    'cookie: b=2',
  ]);
  assert.deepEqual(judgeRequest(head), {
    ok: true,
    value: {
      key: '',
      path: '/chat',
      query: 'room=42',
      host: 'example.com:8443',
      origin: 'https://example.com:8443',
      subprotocols: ['json', 'msgpack'],
      extensions: [{ name: 'permessage-deflate', parameters: [] }],
    },
  });
});

test('a head keeps the fields in their order, host first, and no pseudo-header fields among them', () => {
  const { carrier, method, target, version, fields, http2 } = connectHead([...CONNECT, 'x-a: 1', 'x-a: 2']);
  assert.deepEqual([carrier, method, target, version], ['h2', 'CONNECT', '/chat?room=42', '2']);
  assert.deepEqual(
    [...fields],
    [
      ['host', 'example.com'],
      ['sec-websocket-version', '13'],
      ['x-a', '1'],
      ['x-a', '2'],
    ],
  );
  assert.deepEqual(http2, {
    protocol: 'websocket',
    scheme: 'https',
    // RFC 9113 §6.5.2: six lines and two more, and 32 for each.
    bytes: 114 + 8 * 32,
    otherHost: undefined,
    ended: false,
  });
});

test('a request without :authority keeps its host, as one that a proxy made from HTTP/1.1', () => {
  const { fields, http2 } = connectHead([':method: GET', ':scheme: https', ':path: /', 'host: example.com']);
  assert.equal(fields.get('host'), 'example.com');
  assert.equal(http2?.otherHost, undefined);
});

describe('must be accepted', () => {
  const rows: Record<string, string[]> = {
    'a protocol in mixed case': change(CONNECT, ':protocol', ':protocol: WebSocket'),
    'http, for TLS ends at a proxy or is not spoken': change(CONNECT, ':scheme', ':scheme: http'),
    'a host that says the same': [...CONNECT, 'host: Example.COM'],
    'content-length: 0': [...CONNECT, 'content-length: 0'],
    'an IPv6 host': change(CONNECT, ':authority', ':authority: [::1]:8080'),
    'fields with names of Object.prototype': [...CONNECT, '__proto__: 1', 'constructor: 2'],
  };
  for (const [name, lines] of Object.entries(rows)) test(name, () => assert.deepEqual(codes(lines), []));
});

describe('one change, one reason', () => {
  const rows: [string, string, string[]][] = [
    ['GET', 'H2_CONNECT_WANTED', [':method: GET', ...CONNECT.slice(2)]],
    [
      'GET with a key, as a proxy makes it of a handshake',
      'PROXY_UPGRADE_STRIPPED',
      [':method: GET', ...CONNECT.slice(2), 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ=='],
    ],
    ['CONNECT without :protocol', 'H2_CONNECT_WANTED', change(CONNECT, ':protocol')],
    ['another protocol', 'H2_PROTOCOL_UNKNOWN', change(CONNECT, ':protocol', ':protocol: connect-udp')],
    ['an empty protocol', 'H2_PROTOCOL_UNKNOWN', change(CONNECT, ':protocol', ':protocol: ')],
    ['another scheme', 'H2_SCHEME', change(CONNECT, ':scheme', ':scheme: ftp')],
    ['another host', 'H2_HOST_MISMATCH', [...CONNECT, 'host: other.example']],
    [
      'two hosts, one of them another',
      'H2_HOST_MISMATCH',
      [...CONNECT, 'host: example.com', 'host: b.example'],
    ],
    ['a user in the authority', 'REQ_HOST', change(CONNECT, ':authority', ':authority: a@example.com')],
    ['no version', 'REQ_VERSION', change(CONNECT, 'sec-websocket-version')],
    ['version 8', 'REQ_VERSION', change(CONNECT, 'sec-websocket-version', 'sec-websocket-version: 8')],
    [
      'a list',
      'REQ_VERSION_SYNTAX',
      change(CONNECT, 'sec-websocket-version', 'sec-websocket-version: 13, 8'),
    ],
    ['two versions', 'REQ_DUPLICATE_FIELD', [...CONNECT, 'sec-websocket-version: 13']],
    ['a body', 'REQ_BODY', [...CONNECT, 'content-length: 5']],
    [
      'two origins',
      'REQ_DUPLICATE_FIELD',
      [...CONNECT, 'origin: https://a.example', 'origin: https://a.example'],
    ],
    ['101 fields', 'REQ_HEAD_TOO_LARGE', [...CONNECT, ...Array<string>(100).fill('x: y')]],
    ['17 kB in all', 'REQ_HEAD_TOO_LARGE', [...CONNECT, ...Array<string>(17).fill(`x: ${'y'.repeat(1000)}`)]],
    ['a path with a fragment', 'REQ_TARGET', change(CONNECT, ':path', ':path: /chat#top')],
    ['extensions that break the grammar', 'REQ_EXT_SYNTAX', [...CONNECT, 'sec-websocket-extensions: ;;=']],
    ['a key, which is ignored', 'H2_HEADERS_IN_CONNECT', [...CONNECT, 'sec-websocket-key: short']],
  ];
  for (const [name, code, lines] of rows) {
    test(`${name} → ${code}`, () => assert.ok(codes(lines).includes(code), codes(lines).join()));
  }
  test('END_STREAM → H2_CONNECT_ENDED', () => assert.deepEqual(codes(CONNECT, true), ['H2_CONNECT_ENDED']));
});

test('a key refuses nothing, and is not handed on', () => {
  const verdict = judgeRequest(
    connectHead([...CONNECT, 'sec-websocket-key: short', 'sec-websocket-key: other']),
  );
  assert.ok(verdict.ok);
  assert.equal(verdict.value.key, '');
});

test('what means to open a WebSocket', () => {
  assert.ok(isHandshakeAttempt(connectHead()));
  assert.ok(isHandshakeAttempt(connectHead(change(CONNECT, ':protocol', ':protocol: connect-udp'))));
  assert.ok(!isHandshakeAttempt(connectHead([':method: GET', ':scheme: https', ':path: /', 'host: a'])));
});

test('rules for one carrier are not asked about the other', () => {
  const only = (carrier: string) => REQUEST_RULES.filter((rule) => rule.carrier === carrier).length;
  assert.ok(only('h1') > 5 && only('h2') === 7);
});

test('a refusal over HTTP/2 has no 426, and no field about the connection', () => {
  const { status, fields, body } = refusal(
    { reason: requestReasons.REQ_VERSION, evidence: {} },
    { carrier: 'h2' },
  );
  assert.equal(status, 400);
  assert.equal(JSON.parse(body).status, 400);
  assert.equal(fields.get('sec-websocket-version'), '13');
  for (const name of ['connection', 'upgrade', 'keep-alive', 'transfer-encoding'])
    assert.ok(!fields.has(name));
});

test('a head without method or path, as of a plain CONNECT, has empty ones', () => {
  const plain = headFromHttp2([':method', 'CONNECT', ':authority', 'a.example:443'], false);
  assert.deepEqual([plain.method, plain.target, plain.fields.get('host')], ['CONNECT', '', 'a.example:443']);
  assert.deepEqual([plain.http2?.protocol, plain.http2?.scheme], [undefined, undefined]);
  assert.equal(headFromHttp2([':path', '/'], false).method, '');
});
