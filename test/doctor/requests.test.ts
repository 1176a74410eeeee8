// The user's handshake and its variations: one thing changed, and the rest in the same order.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiagnoseOptions, Profile } from '../../src/doctor/options.js';
import { connectFields, pageRequest, requestHead, type Variation } from '../../src/doctor/requests.js';
import { target } from './driver.js';

const WITH_ALL: DiagnoseOptions = {
  cookie: 'session=1',
  subprotocols: ['chat', 'v2'],
  headers: [
    ['Authorization', 'Bearer x'],
    ['X-Tenant', 'a'],
  ],
};

function linesOf(head: string): readonly string[] {
  assert.ok(head.endsWith('\r\n\r\n'));
  return head.slice(0, -4).split('\r\n');
}

const names = (head: string) =>
  linesOf(head)
    .slice(1)
    .map((line) => line.split(': ')[0]!);
const sent = (options: DiagnoseOptions = {}, variation?: Variation) =>
  requestHead(target(options), variation);
/** Without the key, which every request has anew. */
const steady = (head: string) => head.replace(/(Sec-WebSocket-Key: )\S+/, '$1…');

describe('the handshake', () => {
  test('says what the user said', () => {
    assert.deepEqual(linesOf(steady(sent(WITH_ALL))), [
      'GET /ws HTTP/1.1',
      'Host: 127.0.0.1:3000',
      'User-Agent: handfast-doctor/1 (+https://handfast.dev)',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Key: …',
      'Sec-WebSocket-Version: 13',
      'Origin: http://127.0.0.1:3000',
      'Sec-WebSocket-Protocol: chat, v2',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits',
      'Cookie: session=1',
      'Authorization: Bearer x',
      'X-Tenant: a',
    ]);
  });

  test('has a key of its own each time', () => {
    const keys = new Set(Array.from({ length: 20 }, () => /Sec-WebSocket-Key: (\S+)/.exec(sent())![1]));
    assert.equal(keys.size, 20);
    for (const key of keys) assert.equal(Buffer.from(key!, 'base64').length, 16);
  });
});

describe('a variation', () => {
  const cases: ReadonlyArray<readonly [string, Variation, (line: string) => string | undefined]> = [
    ['of the path', { path: '/other' }, (line) => line.replace('GET /ws', 'GET /other')],
    ['of the method', { method: 'POST' }, (line) => line.replace('GET ', 'POST ')],
    ['of the host', { host: 'a.example' }, (line) => line.replace(/^Host: .*/, 'Host: a.example')],
    ['of the version', { version: '99' }, (line) => line.replace('Version: 13', 'Version: 99')],
    [
      'of the origin',
      { origin: 'https://b.example' },
      (line) => line.replace(/^Origin: .*/, 'Origin: https://b.example'),
    ],
    ['without an origin', { origin: null }, (line) => (line.startsWith('Origin:') ? undefined : line)],
    ['without a key', { key: null }, (line) => (line.startsWith('Sec-WebSocket-Key:') ? undefined : line)],
    [
      'without Upgrade',
      { upgrade: null },
      (line) => (/^(?:Upgrade|Connection):/.test(line) ? undefined : line),
    ],
    [
      'without a subprotocol',
      { subprotocols: [] },
      (line) => (line.includes('-Protocol:') ? undefined : line),
    ],
    ['without an offer', { deflate: false }, (line) => (line.includes('-Extensions:') ? undefined : line)],
    ['without the cookie', { cookie: null }, (line) => (line.startsWith('Cookie:') ? undefined : line)],
    [
      "without the user's own",
      { bare: true },
      (line) => (/^(?:Cookie|Authorization|X-Tenant):/.test(line) ? undefined : line),
    ],
  ];
  for (const [name, variation, change] of cases) {
    test(`${name} changes just that`, () => {
      const before = linesOf(steady(sent(WITH_ALL)));
      const after = linesOf(steady(sent(WITH_ALL, variation)));
      assert.deepEqual(
        after,
        before.flatMap((line) => change(line) ?? []),
      );
      assert.notDeepEqual(after, before);
    });
  }

  test('without the cookie leaves out one that is a field', () => {
    const options = {
      headers: [
        ['cookie', 'a=b'],
        ['X-A', '1'],
      ] as const,
    };
    assert.deepEqual(names(sent(options, { cookie: null })).slice(-1), ['X-A']);
  });

  test('of a key has that key', () => assert.match(sent({}, { key: 'abc' }), /Sec-WebSocket-Key: abc\r\n/));

  test('with more has it at the end', () => {
    assert.ok(
      sent({}, { extra: [['Handfast-Reflect', 'token']] }).endsWith('Handfast-Reflect: token\r\n\r\n'),
    );
  });
});

describe('a profile', () => {
  // Captured in 2026-11 with Chromium 156, Firefox 153, Node 24 and curl 8.17.
  const orders: Readonly<Record<Profile, string>> = {
    handfast:
      'Host User-Agent Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version Origin Sec-WebSocket-Protocol Sec-WebSocket-Extensions Cookie',
    chrome:
      'Host Connection Pragma Cache-Control User-Agent Upgrade Origin Sec-WebSocket-Version Accept-Encoding Accept-Language Cookie Sec-WebSocket-Key Sec-WebSocket-Extensions Sec-WebSocket-Protocol',
    firefox:
      'Host User-Agent Accept Accept-Language Accept-Encoding Sec-WebSocket-Version Origin Sec-WebSocket-Protocol Sec-WebSocket-Extensions Sec-WebSocket-Key Connection Cookie Sec-Fetch-Dest Sec-Fetch-Mode Sec-Fetch-Site Pragma Cache-Control Upgrade',
    node: 'Sec-WebSocket-Version Sec-WebSocket-Key Connection Upgrade Origin Sec-WebSocket-Extensions Sec-WebSocket-Protocol Host Cookie',
    curl: 'Host User-Agent Accept Upgrade Connection Sec-WebSocket-Key Sec-WebSocket-Version Origin Sec-WebSocket-Protocol Cookie',
  };
  for (const [profile, order] of Object.entries(orders) as [Profile, string][]) {
    test(`${profile} has its own order`, () => {
      const head = sent({ cookie: 'a=b', subprotocols: ['chat'], profile });
      assert.equal(names(head).join(' '), order);
    });
  }

  test('of a variation goes before that of the target', () => {
    assert.match(sent({ profile: 'firefox' }, { profile: 'chrome' }), /User-Agent: .*Chrome\//);
  });

  test("gives way to the user's own words", () => {
    const head = sent({ profile: 'chrome', headers: [['user-agent', 'mine/1']] });
    assert.equal(names(head).filter((name) => /^user-agent$/i.test(name)).length, 1);
    assert.match(head, /user-agent: mine\/1/);
    assert.match(sent({ headers: [['user-agent', 'mine/1']] }, { bare: true }), /User-Agent: handfast/);
  });
});

describe('a page', () => {
  test('is asked for without a handshake', () => {
    const head = pageRequest(target(WITH_ALL), '/');
    assert.deepEqual(names(head), ['Host', 'User-Agent', 'Accept', 'Connection']);
    assert.match(head, /^GET \/ HTTP\/1\.1\r\nHost: 127\.0\.0\.1:3000\r\n/);
  });
  test('of another host names it', () =>
    assert.match(pageRequest(target(), '/', 'b.example'), /\r\nHost: b\.example\r\n/));
  test('is asked for by somebody also where the profile has no name', () => {
    assert.match(pageRequest(target({ profile: 'node' }), '/'), /User-Agent: handfast-doctor/);
  });
});

describe('the same over HTTP/2', () => {
  test('has pseudo-fields first, lower case, and nothing that is for one hop', () => {
    const headers = [
      ['X-A', '1'],
      ['TE', 'trailers'],
      ['Keep-Alive', '5'],
      ['Transfer-Encoding', 'x'],
    ] as const;
    assert.deepEqual(connectFields(target({ cookie: 'a=b', headers }, 'wss://chat.example/ws?a=1')), [
      [':method', 'CONNECT'],
      [':protocol', 'websocket'],
      [':scheme', 'https'],
      [':path', '/ws?a=1'],
      [':authority', 'chat.example'],
      ['user-agent', 'handfast-doctor/1 (+https://handfast.dev)'],
      ['sec-websocket-version', '13'],
      ['origin', 'https://chat.example'],
      ['sec-websocket-extensions', 'permessage-deflate; client_max_window_bits'],
      ['cookie', 'a=b'],
      ['x-a', '1'],
    ]);
  });
  test('without TLS says so', () => assert.deepEqual(connectFields(target())[2], [':scheme', 'http']));
});
