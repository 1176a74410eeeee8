// The catalogue of this room: every row can be met, its example yields exactly its code, and it can be read at night.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Fields } from '../../src/handshake/head.js';
import { originRejection } from '../../src/handshake/origin.js';
import { HeadParser } from '../../src/handshake/parser.js';
import { writeRefusal } from '../../src/handshake/refusal.js';
import {
  type HandshakeCode,
  handshakeReasons,
  reasonOfRefusal,
  refusalReasons,
} from '../../src/handshake/rejections.js';
import { auditRequest, judgeRequest } from '../../src/handshake/request.js';
import {
  CONNECT,
  change,
  codeOf,
  connectHead,
  KEY,
  parseRequest,
  parseResponse,
  REQUEST,
  RESPONSE,
  requestCode,
  requestHead,
  responseCode,
  responseCodes,
  wire,
} from './heads.js';

/** Rows whose cause is a clock, a count or a decision of the server; each names the test that proves it there. */
const raisedAbove: Partial<Record<HandshakeCode, string>> = {
  REQ_HANDSHAKE_TIMEOUT: 'test/server',
  LIMIT_CONNECTIONS: 'test/server',
  LIMIT_CONNECTIONS_PER_ADDRESS: 'test/server',
  LIMIT_PENDING_HANDSHAKES: 'test/server',
  PROTO_REQUIRED: 'test/server',
};

/** Where the example of a row is a sentence, the input that it describes. */
const inputs: Partial<Record<HandshakeCode, () => string>> = {
  H2_CONNECT_ENDED: () => auditRequest(connectHead(CONNECT, true))[0]!.reason.code,
  REQ_LINE_TOO_LONG: () => requestCode(change(REQUEST, 'GET', `GET /${'a'.repeat(8200)} HTTP/1.1`)),
  REQ_HEAD_TOO_LARGE: () => requestCode([...REQUEST, ...Array(101).fill('X: y')]),
  REQ_CONNECTION: () => requestCode(['GET / HTTP/1.1', 'Host: a', 'Upgrade: websocket', 'Connection: close']),
  REQ_EARLY_FRAMES: () => auditRequest(requestHead(), { earlyBytes: 6 })[0]!.reason.code,
  REQ_HEAD_TIMEOUT: () => reasonOfRefusal(408, new Fields()).reason.code,
  HTTP_NOT_HTTP: () => codeOf(parseResponse(Buffer.from('SSH-2.0-OpenSSH'))),
  HTTP_BARE_LF: () => codeOf(parseResponse(Buffer.from(`${RESPONSE.join('\n')}\n\n`))),
  HTTP_HEAD_TOO_LARGE: () => responseCode([...RESPONSE, `X: ${'y'.repeat(9000)}`]),
  PROTO_NOT_SELECTED: () => responseCodes(RESPONSE, { key: KEY, subprotocols: ['json'] }).join(),
  PROTO_CASE: () =>
    responseCode([...RESPONSE, 'Sec-WebSocket-Protocol: JSON'], { key: KEY, subprotocols: ['json'] }),
  PROTO_NOT_OFFERED: () =>
    responseCode([...RESPONSE, 'Sec-WebSocket-Protocol: xml'], { key: KEY, subprotocols: ['json'] }),
  EXT_DUPLICATE: () =>
    responseCode([...RESPONSE, 'Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate'], {
      key: KEY,
      extensions: [{ name: 'permessage-deflate', parameters: [] }],
    }),
};

/** The codes that an example head yields: refused, or noted, or refused by the same-origin policy of a plain server. */
function codesOf(example: string): string[] {
  const lines = example.split('\n');
  if (example.startsWith(':')) return auditRequest(connectHead(lines)).map(({ reason }) => reason.code);
  if (example.startsWith('HTTP/')) return responseCodes(lines, { key: KEY, url: 'ws://example.com/ws' });
  const progress = parseRequest(wire(lines));
  if (progress.state !== 'head') return [codeOf(progress)];
  const found = auditRequest(progress.head);
  const verdict = judgeRequest(progress.head);
  if (!verdict.ok || found.length > 0) return found.map((rejection) => rejection.reason.code);
  const { host, origin } = verdict.value;
  const fetchSite = progress.head.fields.get('sec-fetch-site');
  const rejection = originRejection(origin, 'same-origin', { host, secure: false, fetchSite });
  return rejection ? [rejection.reason.code] : [];
}

describe('every row can be met', () => {
  for (const [code, reason] of Object.entries(handshakeReasons)) {
    if (raisedAbove[code as HandshakeCode]) continue;
    test(code, () => {
      const input = inputs[code as HandshakeCode];
      const isHead = /HTTP\/1|^:/.test(reason.example) && !reason.example.endsWith('.');
      assert.ok(isHead !== (input !== undefined), 'either the example is a head, or an input stands here');
      assert.deepEqual(input ? [input()] : codesOf(reason.example), [code]);
    });
  }
  test('the lists above name rows that exist, none of them twice', () => {
    const names = [...Object.keys(inputs), ...Object.keys(raisedAbove)];
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.ok(Object.hasOwn(handshakeReasons, name), name);
  });
});

describe('every row is complete', () => {
  for (const [code, reason] of Object.entries(handshakeReasons)) {
    test(code, () => {
      assert.equal(reason.code, code);
      assert.match(reason.title, /^[A-Z].*[^.]$/);
      assert.match(reason.meaning, /\.$/);
      assert.match(reason.fix, /[.)`]$/);
      assert.ok(reason.sections.length > 0);
      for (const section of reason.sections) assert.match(section, /^RFC \d{4} §\d+(?:\.\d+)*$/);
      const words = [reason.title, reason.meaning, reason.fix, reason.example].join('\n');
      assert.match(words, /^[\n\x20-\x7e]*$/, 'ASCII');
      assert.doesNotMatch(words, /\b(?:simply|just|obviously|please)\b/i);
    });
  }
});

describe('statuses carry what HTTP wants with them', () => {
  const wanted: Record<number, string[]> = {
    401: ['WWW-Authenticate'],
    405: ['Allow'],
    426: ['Upgrade', 'Connection', 'Sec-WebSocket-Version'],
    429: ['Retry-After'],
    503: ['Retry-After'],
  };
  for (const reason of Object.values(handshakeReasons)) {
    for (const name of wanted[reason.status ?? 0] ?? []) {
      test(`${reason.code} carries ${name}`, () => assert.ok(reason.headers?.[name]));
    }
  }
});

describe('a refusal as a client reads it', () => {
  const rows: [number, [string, string][], string, string | undefined, string][] = [
    [100, [], '', undefined, 'HTTP_INTERIM'],
    [200, [], '', undefined, 'ROUTE_HTTP_200'],
    [202, [], '', undefined, 'HTTP_STATUS'],
    [301, [['Location', 'https://a.example/ws']], '', 'ws://a.example/ws', 'ROUTE_REDIRECT_TLS'],
    [301, [['Location', 'https://a.example/ws?b']], '', 'http://a.example/ws', 'ROUTE_REDIRECT_TLS'],
    [301, [['Location', 'wss://a.example/ws']], '', 'ws://a.example:8080/ws', 'ROUTE_REDIRECT_TLS'],
    [301, [['Location', 'https://a.example/ws']], '', 'wss://a.example/ws', 'ROUTE_REDIRECT'],
    [301, [['Location', 'https://b.example/ws']], '', 'ws://a.example/ws', 'ROUTE_REDIRECT'],
    [301, [['Location', 'https://a.example/other']], '', 'ws://a.example/ws', 'ROUTE_REDIRECT'],
    [301, [['Location', 'http://a.example/ws']], '', 'ws://a.example/ws', 'ROUTE_REDIRECT'],
    [301, [['Location', 'https://a.example/ws']], '', 'nonsense', 'ROUTE_REDIRECT'],
    [302, [['Location', '/ws/']], '', 'ws://a.example/ws', 'ROUTE_REDIRECT'],
    [302, [['Location', '/Login?next=1']], '', undefined, 'ROUTE_REDIRECT_LOGIN'],
    [
      303,
      [['Location', 'https://idp.example/oauth2/start']],
      '',
      'ws://a.example/ws',
      'ROUTE_REDIRECT_LOGIN',
    ],
    [302, [['Location', '/ws?from=login']], '', undefined, 'ROUTE_REDIRECT'],
    [304, [], '', undefined, 'HTTP_STATUS'],
    [400, [], 'Bad Request', undefined, 'HTTP_STATUS'],
    [400, [['Sec-WebSocket-Version', '13']], '', undefined, 'ROUTE_VERSION'],
    [400, [], '<h1>400</h1>Request Header Or Cookie Too Large', undefined, 'ROUTE_HEADERS_TOO_LARGE'],
    [401, [], '', undefined, 'AUTH_REQUIRED'],
    [401, [['WWW-Authenticate', 'Basic realm="x"']], '', undefined, 'AUTH_REQUIRED'],
    [401, [['WWW-Authenticate', 'Bearer error="invalid_token"']], '', undefined, 'AUTH_TOKEN_INVALID'],
    [403, [], '', undefined, 'AUTH_FORBIDDEN'],
    [404, [], '', undefined, 'ROUTE_NOT_FOUND'],
    [405, [], '', undefined, 'ROUTE_METHOD'],
    [407, [], '', undefined, 'FWD_AUTH'],
    [408, [], '', undefined, 'REQ_HEAD_TIMEOUT'],
    [410, [], '', undefined, 'ROUTE_GONE'],
    [413, [], '', undefined, 'REQ_BODY_TOO_LARGE'],
    [414, [], '', undefined, 'REQ_LINE_TOO_LONG'],
    [418, [], '', undefined, 'HTTP_STATUS'],
    [421, [], '', undefined, 'ROUTE_MISDIRECTED'],
    [426, [], '', undefined, 'ROUTE_VERSION'],
    [429, [], '', undefined, 'ROUTE_RATE_LIMIT'],
    [431, [], '', undefined, 'ROUTE_HEADERS_TOO_LARGE'],
    [500, [], '', undefined, 'ROUTE_SERVER_ERROR'],
    [501, [], '', undefined, 'HTTP_STATUS'],
    [502, [], '', undefined, 'PROXY_UPSTREAM_DOWN'],
    [503, [], '', undefined, 'PROXY_UPSTREAM_DOWN'],
    [503, [['Retry-After', '5']], '', undefined, 'ROUTE_MAINTENANCE'],
    [504, [], '', undefined, 'PROXY_UPSTREAM_TIMEOUT'],
    [505, [], '', undefined, 'REQ_HTTP_VERSION'],
    [520, [], '', undefined, 'PROXY_UPSTREAM_RESET'],
    [521, [], '', undefined, 'PROXY_UPSTREAM_DOWN'],
    [524, [], '', undefined, 'PROXY_UPSTREAM_TIMEOUT'],
    [999, [], '', undefined, 'HTTP_STATUS'],
  ];
  for (const [status, fields, body, url, code] of rows) {
    test(`${[status, ...fields.flat(), body, url ?? ''].join(' ').trim()}: ${code}`, () =>
      assert.equal(reasonOfRefusal(status, new Fields(fields), body, url).reason.code, code));
  }

  const problem = (body: string, type = 'application/problem+json; charset=utf-8') =>
    reasonOfRefusal(403, new Fields([['Content-Type', type]]), body).reason.code;
  test('a code of ours in a problem decides', () =>
    assert.equal(problem('{"code":"ORIGIN_REJECTED"}'), 'ORIGIN_REJECTED'));
  for (const body of [
    '{"code":"NO_SUCH_CODE"}',
    '{"code":"__proto__"}',
    '{"code":"constructor"}',
    '{"code":7}',
    '{}',
    'null',
    '"x"',
    '',
    '{"code":"ORIGIN_REJ',
  ]) {
    test(`${body || 'an empty body'} does not`, () => assert.equal(problem(body), 'AUTH_FORBIDDEN'));
  }
  test('nor does a body of another type', () =>
    assert.equal(problem('{"code":"ORIGIN_REJECTED"}', 'application/json'), 'AUTH_FORBIDDEN'));

  test('the evidence is the status, or where a redirect leads, without its query', () => {
    const { evidence } = reasonOfRefusal(404, new Fields());
    assert.deepEqual(evidence, { field: 'status', seen: '404', wanted: '101' });
    const redirect = reasonOfRefusal(302, new Fields([['Location', '/login?token=s3cret']]));
    assert.deepEqual(redirect.evidence, { field: 'Location', seen: '/login?…', wanted: '101' });
  });

  test('every refusal of ours is read back as what it was', () => {
    for (const reason of Object.values(handshakeReasons)) {
      if (reason.status === undefined) continue;
      const parser = new HeadParser('response');
      const progress = parser.push(Buffer.from(writeRefusal({ reason, evidence: {} }), 'latin1'));
      assert.ok(progress.state === 'head');
      const body = Buffer.from(progress.rest).toString('latin1');
      const read = reasonOfRefusal(progress.head.status, progress.head.fields, body);
      assert.equal(read.reason.code, reason.code);
    }
  });
});

test('the rows of the server all have a status', () => {
  for (const reason of Object.values(refusalReasons)) assert.ok(reason.status, reason.code);
});
