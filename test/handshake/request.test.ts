// The rules for a request: RFC 6455 §4.2.1. One valid request, one change, the exact outcome; what must be accepted;
// and the order in which reasons win.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Fields, headFromRaw } from '../../src/handshake/head.js';
import {
  auditRequest,
  isHandshakeAttempt,
  judgeRequest,
  lostOnTheWay,
  REQUEST_RULES,
} from '../../src/handshake/request.js';
import { change, KEY, REQUEST, requestCode, requestCodes, requestHead } from './heads.js';

test('what a handshake asks', () => {
  const head = requestHead([
    ...change(REQUEST, 'Host', 'Host: EXAMPLE.com:8080'),
    'Origin: https://example.com',
    'Sec-WebSocket-Protocol: json, msgpack',
    'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  ]);
  assert.deepEqual(judgeRequest(head), {
    ok: true,
    value: {
      key: KEY,
      path: '/chat',
      query: 'room=42',
      host: 'example.com:8080',
      origin: 'https://example.com',
      subprotocols: ['json', 'msgpack'],
      extensions: [
        { name: 'permessage-deflate', parameters: [{ name: 'client_max_window_bits', value: undefined }] },
      ],
    },
  });
});

test('what a handshake asks that asks for little', () => {
  const verdict = judgeRequest(requestHead(change(REQUEST, 'GET', 'GET /a HTTP/1.1')));
  assert.ok(verdict.ok);
  const { path, query, origin, subprotocols, extensions } = verdict.value;
  assert.deepEqual([path, query, origin, subprotocols, extensions], ['/a', '', undefined, [], []]);
});

describe('must be accepted', () => {
  const with_ = (prefix: string, ...lines: string[]) => change(REQUEST, prefix, ...lines);
  const rows: Record<string, string[]> = {
    'mixed case': with_('Upgrade', 'uPGRADE: WebSocket').map((line) => line.replace('Upgrade', 'UPGRADE')),
    'Connection: keep-alive, Upgrade': with_('Connection', 'Connection: keep-alive, Upgrade'),
    'two Connection lines': with_('Connection', 'Connection: keep-alive', 'Connection: Upgrade'),
    'Connection: close, Upgrade': with_('Connection', 'Connection: close, Upgrade'),
    'Upgrade among others': with_('Upgrade', 'Upgrade: h2c, websocket'),
    'two Upgrade lines': with_('Upgrade', 'Upgrade: h2c', 'Upgrade: websocket'),
    'several lines of subprotocols': with_('', 'Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: b, c'),
    'several lines of extensions': with_(
      '',
      'Sec-WebSocket-Extensions: a',
      'Sec-WebSocket-Extensions: b; c=1',
    ),
    'an IPv6 host': with_('Host', 'Host: [::1]:8080'),
    'a host with an empty port': with_('Host', 'Host: example.com:'),
    'Content-Length: 0': with_('', 'Content-Length: 0'),
    'values beyond ASCII': with_('', 'X-Name: \xe4\xf6\xfc'),
    'Expect without a body': with_('', 'Expect: 100-continue'),
    'unknown extensions': with_('', 'Sec-WebSocket-Extensions: x-nothing; a="b"'),
    'an extension called __proto__': with_('', 'Sec-WebSocket-Extensions: __proto__; constructor=1'),
    'bad parameters of a known extension': with_(
      '',
      'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=99',
    ),
    'set bits at the end of the key': with_(
      'Sec-WebSocket-Key',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAB==',
    ),
    'fields with names of Object.prototype': with_('', '__proto__: 1', 'constructor: 2', 'toString: 3'),
    'empty list elements': with_('', 'Sec-WebSocket-Protocol: ,a,, b,'),
    'HTTP/1.2': with_('GET', 'GET / HTTP/1.2'),
    'Origin: null': with_('', 'Origin: null'),
    'an absolute URL of this host': with_('GET', 'GET http://EXAMPLE.com/ws?a=b HTTP/1.1'),
    'an absolute URL without a path': with_('GET', 'GET ws://example.com?a=b HTTP/1.1'),
    'an absolute URL of a host alone': with_('GET', 'GET WSS://example.com HTTP/1.1'),
    'a strange path': with_('GET', 'GET //x/%zz/..%2f%00?? HTTP/1.1'),
  };
  for (const [what, lines] of Object.entries(rows)) {
    test(what, () => assert.equal(requestCode(lines), ''));
  }
  test('the path and query of absolute URLs', () => {
    const parts = (target: string) => {
      const verdict = judgeRequest(requestHead(change(REQUEST, 'GET', `GET ${target} HTTP/1.1`)));
      assert.ok(verdict.ok);
      return [verdict.value.path, verdict.value.query];
    };
    assert.deepEqual(parts('http://example.com/ws?a=b'), ['/ws', 'a=b']);
    assert.deepEqual(parts('https://example.com?a=b'), ['/', 'a=b']);
    assert.deepEqual(parts('https://example.com'), ['/', '']);
    assert.deepEqual(parts('/?'), ['/', '']);
  });
});

describe('must be refused', () => {
  const rows: [string, string, string[], string][] = [
    ['HTTP/1.0', 'GET', ['GET / HTTP/1.0'], 'REQ_HTTP_VERSION'],
    ['HTTP/2.0 as text', 'GET', ['GET / HTTP/2.0'], 'REQ_HTTP_VERSION'],
    ['HTTP/0.9 as text', 'GET', ['GET / HTTP/0.9'], 'REQ_HTTP_VERSION'],
    ['an asterisk', 'GET', ['GET * HTTP/1.1'], 'REQ_TARGET'],
    ['host and port', 'GET', ['GET example.com:80 HTTP/1.1'], 'REQ_TARGET'],
    ['a URL of a foreign host', 'GET', ['GET http://evil.example/ HTTP/1.1'], 'REQ_TARGET'],
    ['a URL with a user', 'GET', ['GET http://u@example.com/ HTTP/1.1'], 'REQ_TARGET'],
    ['a URL of another scheme', 'GET', ['GET ftp://example.com/ HTTP/1.1'], 'REQ_TARGET'],
    ['a relative path', 'GET', ['GET ws HTTP/1.1'], 'REQ_TARGET'],
    ['no Host', 'Host', [], 'REQ_HOST'],
    ['an empty Host', 'Host', ['Host:'], 'REQ_HOST'],
    ['a Host with a space', 'Host', ['Host: a b'], 'REQ_HOST'],
    ['a Host with a user', 'Host', ['Host: u@example.com'], 'REQ_HOST'],
    ['a Host with a path', 'Host', ['Host: example.com/'], 'REQ_HOST'],
    ['a Host with a port too high', 'Host', ['Host: example.com:99999'], 'REQ_HOST'],
    ['a Host of 256 bytes', 'Host', [`Host: ${'a'.repeat(256)}`], 'REQ_HOST'],
    ['two equal Hosts', '', ['Host: example.com'], 'REQ_DUPLICATE_FIELD'],
    ['two Hosts', '', ['Host: evil.example'], 'REQ_DUPLICATE_FIELD'],
    ['two versions', '', ['Sec-WebSocket-Version: 13'], 'REQ_DUPLICATE_FIELD'],
    ['two Origins', '', ['Origin: https://a.example', 'Origin: https://a.example'], 'REQ_DUPLICATE_FIELD'],
    ['Content-Length: 5', '', ['Content-Length: 5'], 'REQ_BODY'],
    ['Content-Length: +5', '', ['Content-Length: +5'], 'REQ_BODY'],
    ['Content-Length: -1', '', ['Content-Length: -1'], 'REQ_BODY'],
    ['Content-Length of 20 digits', '', ['Content-Length: 99999999999999999999'], 'REQ_BODY'],
    ['an empty Content-Length', '', ['Content-Length:'], 'REQ_BODY'],
    ['Content-Length: 00', '', ['Content-Length: 00'], 'REQ_BODY'],
    ['Content-Length: 65536', '', ['Content-Length: 65536'], 'REQ_BODY'],
    ['Content-Length: 65537', '', ['Content-Length: 65537'], 'REQ_BODY_TOO_LARGE'],
    ['two Content-Lengths', '', ['Content-Length: 0', 'Content-Length: 0'], 'REQ_BODY'],
    ['chunked', '', ['Transfer-Encoding: chunked'], 'REQ_BODY'],
    ['both', '', ['Content-Length: 5', 'Transfer-Encoding: chunked'], 'REQ_BODY'],
    ['identity', '', ['Transfer-Encoding: identity'], 'REQ_BODY'],
    ['POST', 'GET', ['POST / HTTP/1.1'], 'REQ_METHOD'],
    ['HEAD', 'GET', ['HEAD / HTTP/1.1'], 'REQ_METHOD'],
    ['get', 'GET', ['get / HTTP/1.1'], 'REQ_METHOD'],
    ['no Upgrade beside a key', 'Upgrade', [], 'PROXY_UPGRADE_STRIPPED'],
    ['an empty Upgrade', 'Upgrade', ['Upgrade:'], 'REQ_UPGRADE'],
    ['h2c', 'Upgrade', ['Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA'], 'REQ_UPGRADE'],
    ['websocket/13', 'Upgrade', ['Upgrade: websocket/13'], 'REQ_UPGRADE'],
    ['websockets', 'Upgrade', ['Upgrade: websockets'], 'REQ_UPGRADE'],
    ['no Connection', 'Connection', [], 'PROXY_CONNECTION_LOST'],
    ['Connection: close', 'Connection', ['Connection: close'], 'PROXY_CONNECTION_LOST'],
    ['Connection: notupgrade', 'Connection', ['Connection: notupgrade'], 'PROXY_CONNECTION_LOST'],
    ['the key of 2010', 'Sec-WebSocket-Key', ['Sec-WebSocket-Key1: 1 2'], 'REQ_HIXIE'],
    ['the second key of 2010', 'Sec-WebSocket-Key', ['Sec-WebSocket-Key2: 1 2'], 'REQ_HIXIE'],
    ['no version', 'Sec-WebSocket-Version', [], 'REQ_VERSION'],
    ...['0', '7', '8', '12', '14', '99', '255'].map(version('REQ_VERSION')),
    ...['013', '13.0', '+13', '0xd', '1e1', '13 13', '13, 13', '13, 8', '256', '1313', '', 'x', '00'].map(
      version('REQ_VERSION_SYNTAX'),
    ),
    ['no key', 'Sec-WebSocket-Key', [], 'REQ_KEY_MISSING'],
    ['an empty key', 'Sec-WebSocket-Key', ['Sec-WebSocket-Key:'], 'REQ_KEY_INVALID'],
    ['two keys', '', [`Sec-WebSocket-Key: ${KEY}`], 'REQ_KEY_REPEATED'],
    ['a short key', 'Sec-WebSocket-Key', ['Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAA'], 'REQ_KEY_INVALID'],
    [
      'a key of 6,000 bytes',
      'Sec-WebSocket-Key',
      [`Sec-WebSocket-Key: ${'A'.repeat(6000)}`],
      'REQ_KEY_INVALID',
    ],
    ['a list of origins', '', ['Origin: https://a.example https://b.example'], 'ORIGIN_SYNTAX'],
    ['an origin with a path', '', ['Origin: https://a.example/x'], 'ORIGIN_SYNTAX'],
    ['an empty origin', '', ['Origin:'], 'ORIGIN_SYNTAX'],
    ['a subprotocol with a space', '', ['Sec-WebSocket-Protocol: a, b c'], 'REQ_PROTO_SYNTAX'],
    ['no subprotocol', '', ['Sec-WebSocket-Protocol: ,'], 'REQ_PROTO_SYNTAX'],
    [
      'a subprotocol twice',
      '',
      ['Sec-WebSocket-Protocol: a', 'Sec-WebSocket-Protocol: a'],
      'REQ_PROTO_SYNTAX',
    ],
    ['extensions of punctuation', '', ['Sec-WebSocket-Extensions: ;;;='], 'REQ_EXT_SYNTAX'],
    ['an unclosed quote', '', [`Sec-WebSocket-Extensions: a; b="${'\\c'.repeat(4000)}`], 'REQ_EXT_SYNTAX'],
    [
      '101 extensions',
      '',
      [`Sec-WebSocket-Extensions: ${Array(101).fill('a').join(', ')}`],
      'REQ_EXT_SYNTAX',
    ],
  ];
  for (const [what, prefix, lines, code] of rows) {
    test(what, () => assert.equal(requestCode(change(REQUEST, prefix, ...lines)), code));
  }
  test('a plain request', () => assert.equal(requestCode(['GET / HTTP/1.1', 'Host: a']), 'REQ_UPGRADE'));
  test('Upgrade without Connection and without a key', () =>
    assert.equal(requestCode(['GET / HTTP/1.1', 'Host: a', 'Upgrade: websocket']), 'REQ_CONNECTION'));
});

function version(code: string) {
  return (value: string): [string, string, string[], string] => [
    `version ${value}`,
    'Sec-WebSocket-Version',
    [`Sec-WebSocket-Version: ${value}`],
    code,
  ];
}

describe('the evidence', () => {
  const evidence = (prefix: string, ...lines: string[]) => {
    const verdict = judgeRequest(requestHead(change(REQUEST, prefix, ...lines)));
    return verdict.ok ? undefined : verdict.rejection.evidence;
  };
  test('names the field, what was seen and what was wanted', () => {
    assert.deepEqual(evidence('Connection', 'Connection: close'), {
      field: 'Connection',
      seen: 'close',
      wanted: 'Upgrade',
    });
    assert.deepEqual(evidence('Connection'), { field: 'Connection', wanted: 'Upgrade' });
    const version = 'Sec-WebSocket-Version';
    assert.deepEqual(evidence(version, `${version}: 8`), { field: version, seen: '8', wanted: '13' });
    assert.deepEqual(evidence(version), { field: version, wanted: '13' });
  });
  test('does not show the subprotocols, which may hold a token', () => {
    assert.deepEqual(evidence('', 'Sec-WebSocket-Protocol: Bearer s3cret'), {
      field: 'Sec-WebSocket-Protocol',
      seen: 'a fault at character 7',
      wanted: 'a token or a comma',
    });
  });
  test('does not show the query', () => {
    assert.equal(evidence('GET', 'GET ws?ticket=s3cret HTTP/1.1')?.seen, 'ws?…');
  });
});

/** Not beside a worse fault of the same field. */
const HIDDEN = ['REQ_BODY', 'REQ_VERSION', 'PROXY_CONNECTION_LOST'];

describe('what a proxy lost', () => {
  const lost = (lines: readonly string[]) => lostOnTheWay(requestHead(lines))?.reason.code;
  test('is a key without Upgrade, or without Connection', () => {
    const stripped = change(REQUEST, 'Upgrade');
    assert.equal(lost(stripped), 'PROXY_UPGRADE_STRIPPED');
    assert.equal(lost(change(stripped, 'GET', 'GET /ws HTTP/1.0')), 'PROXY_UPGRADE_STRIPPED');
    assert.equal(lost(change(stripped, 'Sec-WebSocket-Version')), 'PROXY_UPGRADE_STRIPPED');
    assert.equal(lost(change(REQUEST, 'Connection', 'Connection: close')), 'PROXY_CONNECTION_LOST');
  });
  test('is nothing of a whole handshake, of a page, or of one that asks for something else', () => {
    assert.equal(lost(REQUEST), undefined);
    assert.equal(lost(['GET / HTTP/1.1', 'Host: a']), undefined);
    assert.equal(lost(change(REQUEST, 'Upgrade', 'Upgrade: h2c')), undefined);
    assert.equal(lost(change(REQUEST, 'Sec-WebSocket-Version', 'Sec-WebSocket-Version: 8')), undefined);
    assert.equal(lost(change(change(REQUEST, 'Upgrade'), 'Sec-WebSocket-Key')), undefined);
  });
});

test('the more fundamental reason wins', () => {
  // Each line undoes one thing; the rules must find them in this order.
  const steps: [string, string, string[]][] = [
    ['REQ_HTTP_VERSION', 'POST * HTTP/1.0', ['POST * HTTP/1.1']],
    ['REQ_TARGET', 'POST *', ['POST /ws HTTP/1.1']],
    ['REQ_DUPLICATE_FIELD', 'Host: b c', []],
    ['REQ_HOST', 'Host: a b', ['Host: a']],
    ['REQ_BODY_TOO_LARGE', 'Content-Length', ['Content-Length: 5']],
    ['REQ_BODY', 'Content-Length', []],
    ['REQ_METHOD', 'POST', ['GET /ws HTTP/1.1']],
    ['REQ_UPGRADE', 'Upgrade', ['Upgrade: websocket']],
    ['PROXY_CONNECTION_LOST', 'Connection', ['Connection: Upgrade']],
    ['REQ_HIXIE', 'Sec-WebSocket-Key1', []],
    ['REQ_VERSION_SYNTAX', 'Sec-WebSocket-Version', ['Sec-WebSocket-Version: 8']],
    ['REQ_VERSION', 'Sec-WebSocket-Version', ['Sec-WebSocket-Version: 13']],
    ['REQ_KEY_REPEATED', 'Sec-WebSocket-Key: B', []],
    ['REQ_KEY_INVALID', 'Sec-WebSocket-Key: A', [`Sec-WebSocket-Key: ${KEY}`]],
    ['ORIGIN_SYNTAX', 'Origin', []],
    ['REQ_PROTO_SYNTAX', 'Sec-WebSocket-Protocol', []],
    ['REQ_EXT_SYNTAX', 'Sec-WebSocket-Extensions', []],
  ];
  let lines = [
    ...['POST * HTTP/1.0', 'Host: a b', 'Host: b c', 'Content-Length: 100000', 'Upgrade: h2c'],
    ...['Connection: close', 'Sec-WebSocket-Key1: 1', 'Sec-WebSocket-Version: x', 'Sec-WebSocket-Key: A'],
    ...['Sec-WebSocket-Key: B', 'Origin: x', 'Sec-WebSocket-Protocol: a b', 'Sec-WebSocket-Extensions: ;'],
  ];
  const all = requestCodes(lines);
  for (const [code, prefix, by] of steps) {
    assert.equal(requestCode(lines), code);
    if (!HIDDEN.includes(code)) assert.ok(all.includes(code), `${code} in an audit`);
    lines = change(lines, prefix, ...by);
  }
  assert.equal(requestCode(lines), '');
});

describe('an audit', () => {
  test('finds nothing in a valid request', () => assert.deepEqual(requestCodes(REQUEST), []));
  test('finds all that nginx does with a bare proxy_pass', () => {
    const lines = ['GET /ws HTTP/1.0', 'Host: upstream', 'Connection: close', ...REQUEST.slice(4)];
    assert.deepEqual(requestCodes(lines), ['PROXY_UPGRADE_STRIPPED', 'REQ_HTTP_VERSION', 'REQ_CONNECTION']);
  });
  for (const key of ['dGhlIHNhbXBsZSBub25jZQ==', 'AAAAAAAAAAAAAAAAAAAAAA==']) {
    test(`notes the key ${key}, which is accepted`, () => {
      const lines = change(REQUEST, 'Sec-WebSocket-Key', `Sec-WebSocket-Key: ${key}`);
      assert.equal(requestCode(lines), '');
      assert.deepEqual(requestCodes(lines), ['REQ_KEY_REUSED']);
    });
  }
  test('notes early bytes', () => {
    const [note] = auditRequest(requestHead(), { earlyBytes: 7 });
    assert.equal(note?.reason.code, 'REQ_EARLY_FRAMES');
    assert.equal(note?.evidence.seen, '7');
  });
});

describe('a head that another parser read', () => {
  const raw = REQUEST.slice(1).flatMap((line) => line.split(': '));
  test('is judged alike', () => assert.equal(judgeRequest(headFromRaw('GET', '/', '1.1', raw)).ok, true));
  const code = (target: string, fields: string[], options = {}) => {
    const verdict = judgeRequest(headFromRaw('GET', target, '1.1', fields), options);
    return verdict.ok ? '' : verdict.rejection.reason.code;
  };
  test('may have a target that ours refuses earlier', () => {
    for (const target of ['/ws#x', '/\xe4', '', '/a b']) assert.equal(code(target, raw), 'REQ_TARGET');
  });
  test('may have too many fields', () => {
    const many = [...raw, ...Array(96).fill(['X', 'y']).flat()];
    assert.equal(code('/', many.slice(0, 200)), '');
    assert.equal(code('/', many), 'REQ_HEAD_TOO_LARGE');
    assert.equal(code('/', many, { maxFields: 101 }), '');
  });
});

test('a rule names its carrier where it has one, and is left out on the other', () => {
  const fields = new Fields([
    ['host', 'example.com'],
    ['sec-websocket-version', '13'],
  ]);
  const head = { carrier: 'h2', method: 'CONNECT', target: '/ws', version: '2.0', fields } as const;
  const verdict = judgeRequest(head);
  assert.ok(verdict.ok);
  assert.equal(verdict.value.key, '');
  assert.deepEqual(auditRequest(head), []);
  const refused = judgeRequest({ ...head, fields: new Fields([['host', 'a']]) });
  assert.equal(refused.ok || refused.rejection.reason.code, 'REQ_VERSION');
  const bound = REQUEST_RULES.filter((rule) => rule.carrier === 'h1').map((rule) => rule.reason.code);
  assert.deepEqual(bound, [
    ...['PROXY_UPGRADE_STRIPPED', 'PROXY_CONNECTION_LOST', 'REQ_HTTP_VERSION', 'REQ_METHOD', 'REQ_UPGRADE'],
    ...['REQ_CONNECTION', 'REQ_HIXIE', 'REQ_KEY_MISSING', 'REQ_KEY_REPEATED', 'REQ_KEY_INVALID'],
  ]);
});

test('a broken handshake is a handshake', () => {
  const attempts: [string[], boolean][] = [
    [['Upgrade: websocket'], true],
    [['Upgrade: WebSocket, h2c'], true],
    [[`Sec-WebSocket-Key: ${KEY}`], true],
    [['Sec-WebSocket-Version: 13'], true],
    [['Upgrade: h2c'], false],
    [['Connection: Upgrade'], false],
    [[], false],
  ];
  for (const [lines, expected] of attempts) {
    const head = requestHead(['GET / HTTP/1.1', 'Host: a', ...lines]);
    assert.equal(isHandshakeAttempt(head), expected, lines.join());
  }
});
