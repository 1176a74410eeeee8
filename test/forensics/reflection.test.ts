// What a reflection holds and what it must not, that one is read strictly whoever sent it, and what the difference to the request
// as sent is called: with the heads that real proxies were seen to send to a backend.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import {
  REFLECT_FIELD,
  type Reflection,
  readReflection,
  reflectionOf,
} from '../../src/forensics/reflection.js';
import { compareReflection, type ReflectedLine } from '../../src/forensics/reflection-diff.js';
import { HeadParser } from '../../src/handshake/parser.js';

const TIME = new Date('2026-11-22T12:54:52.000Z');
const ARRIVAL = { time: TIME, peer: '127.0.0.1:41234', tls: false };
const KEY = 'kvnrtHTsjR8JeMdpGnK9ZQ==';

const crlf = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

/** As the probe of a diagnosis is written. */
const SENT = crlf(
  'GET /ws HTTP/1.1',
  'Host: app.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: chat.v2, chat.v1',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  'Origin: https://app.example.com',
);
const PASSED = [
  `Sec-WebSocket-Key: ${KEY}`,
  'Sec-WebSocket-Version: 13',
  'Sec-WebSocket-Protocol: chat.v2, chat.v1',
  'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
  'Origin: https://app.example.com',
];

function arrived(head: string): Reflection {
  const progress = new HeadParser('request').push(Buffer.from(head, 'latin1'));
  assert.ok(progress.state === 'head', head);
  return reflectionOf(progress.head, ARRIVAL);
}

const overHttp2 = (protocol: string | undefined, method = 'CONNECT'): Reflection => ({
  schema: 'handfast-reflection/1',
  time: TIME.toISOString(),
  peer: '127.0.0.1:41234',
  tls: true,
  carrier: 'h2',
  method,
  target: '/ws',
  version: '2',
  ...(protocol !== undefined && { protocol }),
  fields: [
    ['host', 'app.example.com'],
    ...PASSED.slice(1).map((line): [string, string] => {
      const [name, value] = line.split(': ') as [string, string];
      return [name.toLowerCase(), value];
    }),
  ],
});

const codesOf = (sent: string, seen: Reflection) =>
  compareReflection(sent, seen).findings.map(({ code }) => code);

describe('a reflection', () => {
  test('keeps names, their case and their order, and says how it arrived', () => {
    const reflection = arrived(crlf('GET /ws?a=1 HTTP/1.0', 'hOST: x', 'b: 2', 'A: 1', 'b: 3'));
    assert.deepEqual(reflection, {
      schema: 'handfast-reflection/1',
      time: '2026-11-22T12:54:52.000Z',
      peer: '127.0.0.1:41234',
      tls: false,
      carrier: 'h1',
      method: 'GET',
      target: '/ws?a=1',
      version: '1.0',
      fields: [
        ['hOST', 'x'],
        ['b', '2'],
        ['A', '1'],
        ['b', '3'],
      ],
    });
  });

  test('holds no secret, and never the token that it was asked with', () => {
    const reflection = arrived(
      crlf(
        'GET /ws?token=s3cr3t&room=42 HTTP/1.1',
        'Host: x',
        'Cookie: sid=s3cr3t; theme=dark',
        'Authorization: Bearer s3cr3t',
        'X-Api-Key: s3cr3t',
        'X-Original-URL: /ws?token=s3cr3t',
        `${REFLECT_FIELD.toLowerCase()}: s3cr3t`,
      ),
    );
    const text = JSON.stringify(reflection);
    assert.doesNotMatch(text, /s3cr3t|reflect:/i);
    assert.doesNotMatch(text, new RegExp(`"${REFLECT_FIELD}"`, 'i'));
    assert.match(reflection.target, /^\/ws\?token=‹redacted [0-9a-f]{4}›&room=42$/);
    assert.match(text, /Bearer ‹redacted/);
  });

  test('is read as it was written, by itself and in the body of a refusal', () => {
    const reflection = arrived(SENT.replace('Host', 'Cookie: a=gr\xfc\xdf\r\nHost'));
    assert.deepEqual(readReflection(JSON.stringify(reflection)), reflection);
    const body = JSON.stringify({ type: 'about:blank', code: 'PROXY_UPGRADE_STRIPPED', reflection });
    assert.deepEqual(readReflection(body), reflection);
    assert.deepEqual(readReflection(JSON.stringify(overHttp2('websocket'))), overHttp2('websocket'));
  });
});

describe('of a server that may send anything', () => {
  const good = arrived(SENT);
  const broken: Record<string, unknown> = {
    'no JSON': '{"schema":',
    'an echo of a text': 'hello',
    null: null,
    'a list': [good],
    'another schema': { ...good, schema: 'handfast-reflection/2' },
    'no schema': { ...good, schema: undefined },
    'a time that is none': { ...good, time: 'yesterday' },
    'a peer with markup': { ...good, peer: '<script>' },
    'tls as text': { ...good, tls: 'yes' },
    'another carrier': { ...good, carrier: 'h3' },
    'a method with a line end': { ...good, method: 'GET\r\nX: y' },
    'a target with an escape': { ...good, target: '/\u001b[31m' },
    'a version that is none': { ...good, version: '1.1 200' },
    'fields as an object': { ...good, fields: { host: 'x' } },
    'a field without a value': { ...good, fields: [['host']] },
    'a field with a line end': { ...good, fields: [['host', 'a\r\nb: c']] },
    'a name that is no token': { ...good, fields: [['a b', 'c']] },
    'a value that is no text': { ...good, fields: [['host', 1]] },
    'too many fields': { ...good, fields: Array.from({ length: 201 }, () => ['a', 'b']) },
    'a value that is too long': { ...good, fields: [['a', 'b'.repeat(16_385)]] },
    'a protocol that is none': { ...good, protocol: '' },
    'a member that is no reflection': { ...good, reflection: 'x' },
  };
  for (const [name, value] of Object.entries(broken)) {
    test(`nothing is read from ${name}`, () => {
      assert.equal(readReflection(typeof value === 'string' ? value : JSON.stringify(value)), undefined);
    });
  }

  test('nothing is read from a text without end, or nested without end', () => {
    assert.equal(readReflection(JSON.stringify({ ...good, more: 'x'.repeat(131_072) })), undefined);
    assert.equal(readReflection('['.repeat(131_072)), undefined);
  });

  test('what is not of a reflection is left behind', () => {
    const read = readReflection(JSON.stringify({ ...good, more: 'x', __proto__: null }));
    assert.deepEqual(Object.keys(read!), Object.keys(good));
  });

  test('what is shown of it is safe to print', () => {
    const hostile = { ...good, fields: [['X-\u202e'.slice(0, 2), 'a\u00ad\u0085b'] as const] };
    for (const line of compareReflection(SENT, hostile).lines)
      assert.doesNotMatch(line.seen, /[\p{Cc}\p{Cf}]/u);
  });
});

describe('what passes as it was sent is no difference', () => {
  const same: Record<string, string> = {
    'as it was': SENT,
    'in another order': crlf('GET /ws HTTP/1.1', ...[...SENT.trim().split('\r\n').slice(1)].reverse()),
    'with other spaces in lists': SENT.replace('chat.v2, chat.v1', 'chat.v2,chat.v1').replace(
      'deflate; c',
      'deflate;c',
    ),
    'a list in two lines': SENT.replace('chat.v2, chat.v1', 'chat.v2\r\nSec-WebSocket-Protocol: chat.v1'),
    'tokens in other letters': SENT.replace('websocket\r\n', 'WebSocket\r\n').replace(
      ': Upgrade',
      ': upgrade',
    ),
  };
  for (const [name, head] of Object.entries(same)) {
    test(name, () => {
      const { lines, findings } = compareReflection(SENT, arrived(head));
      assert.deepEqual(findings, []);
      assert.deepEqual(new Set(lines.map(({ mark }) => mark)), new Set([' ']));
      assert.equal(lines.length, 9);
    });
  }

  test('equal secrets stay equal, and others do not', () => {
    const withToken = (token: string) =>
      SENT.replace('/ws', `/ws?ticket=${token}`).replace('Host', `Cookie: sid=${token}\r\nHost`);
    const same = compareReflection(withToken('s3cr3t'), arrived(withToken('s3cr3t')));
    assert.deepEqual(same.findings, []);
    const { lines, findings } = compareReflection(withToken('s3cr3t'), arrived(withToken('other')));
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['PROXY_QUERY_LOST'],
    );
    assert.equal(lines.find(({ sent }) => sent.startsWith('Cookie'))!.mark, '~');
    assert.doesNotMatch(JSON.stringify([lines, findings]), /s3cr3t|other/);
  });

  test('the token of the reflection is in neither column', () => {
    const { lines } = compareReflection(
      SENT.replace('Host', `${REFLECT_FIELD}: s3cr3t\r\nHost`),
      arrived(SENT),
    );
    assert.doesNotMatch(JSON.stringify(lines), /s3cr3t|reflect/i);
    assert.equal(lines.length, 9);
  });
});

/** What proxies were seen to send to a backend, and what of it is a fault. */
const proxies: [name: string, head: string, codes: string[]][] = [
  [
    'nginx, bare proxy_pass',
    crlf('GET /ws HTTP/1.0', 'Host: 127.0.0.1:9001', 'Connection: close', ...PASSED),
    ['PROXY_UPGRADE_STRIPPED', 'PROXY_HTTP10_UPSTREAM', 'PROXY_HOST_REWRITTEN'],
  ],
  [
    'nginx, HTTP/1.1 but no Upgrade',
    crlf('GET /ws HTTP/1.1', 'Host: 127.0.0.1:9001', 'Connection: close', ...PASSED),
    ['PROXY_UPGRADE_STRIPPED', 'PROXY_HOST_REWRITTEN'],
  ],
  [
    'nginx, Upgrade without proxy_http_version',
    crlf('GET /ws HTTP/1.0', 'Host: app.example.com', 'Upgrade: websocket', 'Connection: upgrade', ...PASSED),
    ['PROXY_HTTP10_UPSTREAM'],
  ],
  [
    'nginx, only Upgrade set',
    crlf('GET /ws HTTP/1.1', 'Host: app.example.com', 'Upgrade: websocket', 'Connection: close', ...PASSED),
    ['PROXY_CONNECTION_LOST'],
  ],
  [
    'nginx, Connection ""',
    crlf('GET /ws HTTP/1.1', 'Host: app.example.com', 'Upgrade: websocket', ...PASSED),
    ['PROXY_CONNECTION_LOST'],
  ],
  [
    'nginx, only Connection set',
    crlf('GET /ws HTTP/1.1', 'Host: app.example.com', 'Connection: upgrade', ...PASSED),
    ['PROXY_UPGRADE_STRIPPED'],
  ],
  [
    'nginx, Host $host on another port',
    crlf('GET /ws HTTP/1.1', 'Host: app', 'Upgrade: websocket', 'Connection: upgrade', ...PASSED),
    ['PROXY_HOST_REWRITTEN'],
  ],
  [
    'nginx, the prefix lost',
    crlf('GET / HTTP/1.1', 'Host: app.example.com', 'Upgrade: websocket', 'Connection: upgrade', ...PASSED),
    ['ROUTE_PREFIX'],
  ],
  [
    'nginx, subprotocol and extensions filtered',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: app.example.com',
      'Upgrade: websocket',
      'Connection: upgrade',
      ...PASSED.slice(0, 2),
      PASSED[4]!,
    ),
    ['PROXY_HEADER_DROPPED', 'PROXY_HEADER_DROPPED'],
  ],
  [
    'HAProxy, right',
    crlf(
      'GET /ws HTTP/1.1',
      'host: app.example.com',
      'upgrade: websocket',
      'connection: Upgrade',
      ...PASSED.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())),
      'x-forwarded-for: 127.0.0.1',
    ),
    ['PROXY_HEADER_CASE'],
  ],
  [
    'HAProxy that made a key of its own',
    crlf(
      'GET /ws HTTP/1.1',
      'host: app.example.com',
      'upgrade: websocket',
      'connection: Upgrade',
      ...PASSED.slice(1).map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase())),
      'Sec-Websocket-Key: AAECAwQFBgcICQoLDA0ODw==',
    ),
    ['PROXY_HEADER_CASE'],
  ],
  [
    'Caddy, right',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: app.example.com',
      'Accept-Encoding: gzip',
      'Connection: Upgrade',
      'Origin: https://app.example.com',
      ...PASSED.slice(0, 4).map((line) => line.replace('WebSocket', 'Websocket')),
      'Upgrade: websocket',
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Proto: http',
    ),
    ['PROXY_HEADER_CASE'],
  ],
  [
    'Apache, ProxyPass without upgrade=',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: 127.0.0.1:3000',
      ...PASSED,
      'X-Forwarded-For: 127.0.0.1',
      'X-Forwarded-Host: app.example.com',
      'X-Forwarded-Server: localhost',
      'Connection: Keep-Alive',
    ),
    ['PROXY_UPGRADE_STRIPPED', 'PROXY_HOST_REWRITTEN'],
  ],
  [
    'Varnish, passed',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: app.example.com',
      ...PASSED,
      'X-Forwarded-For: 127.0.0.1',
      'X-Varnish: 2',
    ),
    ['PROXY_UPGRADE_STRIPPED'],
  ],
  [
    'lighttpd, right, from HTTP/2',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: app.example.com',
      'Sec-WebSocket-Key: MDAwMDAwMDAwMDAwMDAwMA==',
      ...PASSED.slice(1),
      'X-Host: app.example.com',
      'Upgrade: websocket',
      'Connection: close, upgrade',
    ),
    [],
  ],
  [
    'nghttpx, from HTTP/2',
    crlf(
      'GET /ws HTTP/1.1',
      'Host: app.example.com',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==',
      ...PASSED.slice(1),
      'Via: 2 nghttpx',
    ),
    [],
  ],
  [
    'Squid, absolute form without upgrades',
    crlf(
      'GET /ws HTTP/1.1',
      ...PASSED,
      'Host: app.example.com',
      'Via: 1.1 proxy (squid/5.7)',
      'X-Forwarded-For: 127.0.0.1',
      'Cache-Control: max-age=259200',
      'Connection: keep-alive',
    ),
    ['PROXY_UPGRADE_STRIPPED'],
  ],
  [
    'one that makes a key without being HTTP/2',
    SENT.replace(KEY, 'AAECAwQFBgcICQoLDA0ODw=='),
    ['FWD_REWRITES_HANDSHAKE'],
  ],
  ['one that doubles a subprotocol', SENT.replace('chat.v1', 'chat.v1, chat.v1'), ['FWD_REWRITES_HANDSHAKE']],
  ['one that drops a subprotocol', SENT.replace('chat.v2, ', ''), ['PROXY_HEADER_DROPPED']],
  ['one that takes the version', SENT.replace('Sec-WebSocket-Version: 13\r\n', ''), ['PROXY_HEADER_DROPPED']],
  ['one that writes another Origin', SENT.replace('https://app', 'http://app'), ['FWD_REWRITES_HANDSHAKE']],
  ['one that asks for another Upgrade', SENT.replace(': websocket', ': h2c'), ['PROXY_UPGRADE_STRIPPED']],
];

describe('what a proxy did is called', () => {
  test('by codes that the catalogue has', () => {
    for (const code of new Set(proxies.flatMap(([, , codes]) => codes))) assert.ok(catalogue.has(code), code);
  });

  for (const [name, head, codes] of proxies) {
    test(`${name}: ${codes.join(', ') || 'nothing'}`, () =>
      assert.deepEqual(codesOf(SENT, arrived(head)), codes));
  }

  test('over HTTP/2: Upgrade, Connection and the key have no place there', () => {
    const { lines, findings } = compareReflection(SENT, overHttp2('websocket'));
    assert.deepEqual(findings, []);
    assert.deepEqual(
      lines
        .filter(({ mark }) => mark !== ' ')
        .map(({ mark, sent, seen }) => [mark, sent.split(':')[0], seen]),
      [
        ['~', 'GET /ws HTTP/1.1', 'CONNECT /ws HTTP/2'],
        ['~', 'Upgrade', ':protocol: websocket'],
        ['-', 'Connection', ''],
        ['-', 'Sec-WebSocket-Key', ''],
      ],
    );
    assert.deepEqual(codesOf(SENT, overHttp2(undefined, 'GET')), [
      'PROXY_UPGRADE_STRIPPED',
      'PROXY_HEADER_DROPPED',
    ]);
  });

  test('a query that is lost, in part or all of it, and not one that was added to', () => {
    const asked = SENT.replace('/ws', '/ws?a=1&b=2');
    for (const [seen, codes] of [
      ['/ws', ['PROXY_QUERY_LOST']],
      ['/ws?b=2', ['PROXY_QUERY_LOST']],
      ['/ws?b=2&a=1&via=x', []],
    ] as const) {
      assert.deepEqual(codesOf(asked, arrived(asked.replace('/ws?a=1&b=2', seen))), codes, seen);
    }
  });

  test('a path in another spelling, and a whole URL, are the same path', () => {
    const asked = SENT.replace('/ws', '/%7Eme/ws');
    assert.deepEqual(codesOf(asked, arrived(SENT.replace('/ws', '/~me/ws'))), []);
    assert.deepEqual(codesOf(SENT.replace('/ws', 'http://app.example.com/ws'), arrived(SENT)), []);
  });

  test('the port of the scheme may go, another one may not', () => {
    const to = (host: string) => SENT.replace('Host: app.example.com', `Host: ${host}`);
    assert.deepEqual(codesOf(to('app.example.com:443'), arrived(SENT)), []);
    assert.deepEqual(codesOf(to('app.example.com:8443'), arrived(SENT)), ['PROXY_HOST_REWRITTEN']);
  });

  test('credentials that do not arrive; what any proxy may keep is not called a fault', () => {
    const asked = SENT.replace(
      'Host',
      'Authorization: Bearer x\r\nProxy-Authorization: Basic x\r\nAccept-Encoding: gzip\r\nHost',
    );
    const { lines, findings } = compareReflection(asked, arrived(SENT));
    assert.deepEqual(
      findings.map(({ code, field, seen }) => [code, field, seen]),
      [['PROXY_HEADER_DROPPED', 'Authorization', undefined]],
    );
    assert.equal(lines.filter(({ mark }) => mark === '-').length, 3);
  });

  test('a request that asked for nothing of the kind lost nothing', () => {
    const plain = crlf('GET /ws HTTP/1.1', 'Host: app.example.com');
    assert.deepEqual(
      codesOf(plain, arrived(crlf('GET /ws HTTP/1.1', 'Host: app.example.com', 'Connection: close'))),
      [],
    );
  });
});

test('the lines stand side by side in the order sent, then what was added', () => {
  const [, apache] = proxies.find(([name]) => name.startsWith('Apache'))!;
  const { lines } = compareReflection(SENT, arrived(apache));
  const shown = lines.map(({ mark, sent, seen, code = '' }: ReflectedLine) => [mark, sent, seen, code]);
  const kept = PASSED.map((line) => [' ', line, line, '']);
  assert.deepEqual(shown, [
    [' ', 'GET /ws HTTP/1.1', 'GET /ws HTTP/1.1', ''],
    ['~', 'Host: app.example.com', 'Host: 127.0.0.1:3000', 'PROXY_HOST_REWRITTEN'],
    ['-', 'Upgrade: websocket', '', 'PROXY_UPGRADE_STRIPPED'],
    ['~', 'Connection: Upgrade', 'Connection: Keep-Alive', ''],
    ...kept,
    ['+', '', 'X-Forwarded-For: 127.0.0.1', ''],
    ['+', '', 'X-Forwarded-Host: app.example.com', ''],
    ['+', '', 'X-Forwarded-Server: localhost', ''],
  ]);
});

test('names in other letters are one finding, and all of them are marked', () => {
  const [, haproxy] = proxies.find(([name]) => name === 'HAProxy, right')!;
  const { lines, findings } = compareReflection(SENT, arrived(haproxy));
  assert.equal(findings.length, 1);
  assert.equal(findings[0]!.sent.split(', ').length, 8);
  assert.equal(findings[0]!.seen, findings[0]!.sent.toLowerCase());
  assert.equal(lines.filter(({ mark }) => mark === '~').length, 8);
  assert.equal(lines.filter(({ code }) => code === 'PROXY_HEADER_CASE').length, 1);
});
