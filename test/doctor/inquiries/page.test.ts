// What a browser refuses before it sends anything. What connect-src allows was measured with Chromium 156.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { browserRules, isSendable, localNetwork } from '../../../src/doctor/inquiries/page.js';
import { Case } from '../../../src/doctor/inquiry.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import { answered, codes, drive, HUNG_UP, named, STARTED, skipped, type Table, target } from '../driver.js';

function ruled(url: string, options: DiagnoseOptions, table: Table = {}) {
  const own = new Case(target(options, url), STARTED);
  const { seen } = drive(browserRules(own), table);
  return { own, seen };
}

const PAGE = 'https://app.example/room';
const policy = (value: string) => answered(`200 OK\nContent-Security-Policy: ${value}`, '<h1>hi</h1>');

describe('ports', () => {
  test('that browsers never open are a note to programs', () => {
    const { own } = ruled('ws://chat.example:6000/', {});
    assert.deepEqual([named(own.findings), own.causes], [['BROWSER_BAD_PORT proven'], []]);
    assert.equal(own.findings[0]!.severity, 'note');
  });

  test('and the cause for a browser', () => {
    for (const profile of ['chrome', 'firefox'] as const)
      assert.deepEqual(codes(ruled('ws://chat.example:6000/', { profile }).own.causes), ['BROWSER_BAD_PORT']);
  });

  // Fetch, "port blocking", 2026-11.
  const BAD = `1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117
    119 123 135 137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990
    993 995 1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080`;

  test('are those of Fetch', () => {
    const found: number[] = [];
    for (let port = 1; port < 11_000; port += 1) {
      const own = new Case({ ...target(), port }, STARTED);
      drive(browserRules(own), {});
      if (own.findings.length > 0) found.push(port);
    }
    assert.deepEqual(found, BAD.split(/\s+/).map(Number));
  });
});

describe('mixed content', () => {
  const mixed = (url: string, page = PAGE) =>
    codes(ruled(url, { page }, { page: answered('200 OK') }).own.causes);

  test('a page over TLS opens no socket without', () => {
    assert.deepEqual(mixed('ws://chat.example/'), ['BROWSER_MIXED_CONTENT']);
    assert.deepEqual(mixed('ws://10.0.0.7/'), ['BROWSER_MIXED_CONTENT']);
    assert.deepEqual(mixed('ws://localhost.example/'), ['BROWSER_MIXED_CONTENT']);
  });

  test('but on loopback', () => {
    for (const host of ['localhost', 'app.localhost', 'localhost.', '127.0.0.1', '127.1.2.3', '[::1]'])
      assert.deepEqual(mixed(`ws://${host}:3000/`), [], host);
  });

  test('a page without TLS may', () =>
    assert.deepEqual(mixed('ws://chat.example/', 'http://app.example/'), []));
  test('a socket over TLS may be opened', () => assert.deepEqual(mixed('wss://chat.example/'), []));
});

describe('connect-src', () => {
  const cases: ReadonlyArray<readonly [url: string, page: string, source: string, allowed: boolean]> = [
    ['ws://a.example:81/ws', 'http://a.example:81/', '*', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', "'self'", true],
    ['ws://a.example:81/ws', 'http://a.example:81/', "'SELF'", true],
    ['ws://a.example:81/ws', 'http://a.example:81/', "'none'", false],
    ['ws://a.example:81/ws', 'http://a.example/', "'self'", false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws:', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'wss:', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'http:', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'http://a.example:81', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'a.example:81', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', '*:81', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://*:81', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://*:*', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://A.example:81', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example:*', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example', false],
    ['ws://a.example/ws', 'http://b.example/', 'ws://a.example', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://*.example:81', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://*.a.example:81', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example:81/ws', true],
    ['ws://a.example:81/ws?a=1', 'http://a.example:81/', 'ws://a.example:81/ws', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example:81/w', false],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example:81/ws/', false],
    ['ws://a.example:81/ws/1', 'http://a.example:81/', 'ws://a.example:81/ws/', true],
    ['ws://a.example:81/ws', 'http://a.example:81/', 'ws://a.example:81/', true],
    ['wss://a.example:444/ws', 'https://a.example:444/', "'self'", true],
    ['wss://a.example/ws', 'http://a.example/', "'self'", true],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'https:', false],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'https://a.example:444', false],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'a.example:444', false],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'wss://a.example:444', true],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'ws:', true],
    ['wss://a.example:444/ws', 'https://a.example:444/', 'ws://a.example:444', false],
    ['wss://a.example/ws', 'https://b.example/', 'ws://a.example', true],
    ['wss://a.example/ws', 'https://b.example/', 'ws://a.example:80', true],
    ['wss://a.example/ws', 'https://b.example/', 'ws://a.example:81', false],
    ['wss://[::1]:444/ws', 'https://b.example/', 'wss://[::1]:444', true],
    ['wss://a.example/ws', 'https://b.example/', 'not a source', false],
  ];
  for (const [url, page, source, allowed] of cases) {
    test(`${source} on ${page}: ${allowed ? 'allows' : 'refuses'} ${url}`, () => {
      const { own } = ruled(url, { page }, { page: policy(`connect-src ${source}`) });
      assert.deepEqual(codes(own.causes), allowed ? [] : ['BROWSER_CSP']);
      assert.equal(own.stages[0]!.mark, allowed ? 'good' : 'bad');
    });
  }

  const WSS = 'wss://chat.example/ws';
  const wholes: ReadonlyArray<readonly [name: string, answer: Table[string], allowed: boolean]> = [
    ['one of several sources is enough', policy("connect-src 'self' wss://chat.example"), true],
    ['default-src stands in', policy("default-src 'self'"), false],
    ['connect-src goes before default-src', policy("default-src 'self'; connect-src wss:"), true],
    ['a policy about other things', policy("script-src 'self'"), true],
    ['of two policies each must allow', policy("connect-src wss:, connect-src 'self'"), false],
    ['no policy', answered('200 OK'), true],
    [
      'one in the markup',
      answered('200 OK', `<meta http-equiv="Content-Security-Policy" content="connect-src 'self'">`),
      false,
    ],
    [
      'one in the markup, quoted otherwise',
      answered('200 OK', `<META content='connect-src none' http-equiv=content-security-policy>`),
      false,
    ],
    ['a meta without one', answered('200 OK', '<meta http-equiv="Content-Security-Policy">'), true],
  ];
  for (const [name, answer, allowed] of wholes) {
    test(name, () => {
      const { own } = ruled(WSS, { page: PAGE }, { page: answer });
      assert.deepEqual(codes(own.causes), allowed ? [] : ['BROWSER_CSP']);
    });
  }

  test('says what to add', () => {
    const { own } = ruled(WSS, { page: PAGE }, { page: policy("connect-src 'self'") });
    assert.match(own.causes[0]!.fix, /^Add wss:\/\/chat\.example to connect-src\./);
  });

  test('of a page that was not read is unknown', () => {
    const other = [
      HUNG_UP,
      skipped(),
      answered("302 Found\nContent-Security-Policy: connect-src 'none'"),
      answered('404 Not Found'),
    ];
    for (const answer of other) {
      const { own } = ruled(WSS, { page: PAGE }, { page: answer });
      assert.deepEqual(own.causes, []);
      assert.match(own.stages[0]!.text, /^not read: /);
      assert.equal(own.stages[0]!.mark, 'warn');
    }
  });
});

test('the page is asked for on its own host, as a page', () => {
  for (const [page, route] of [
    ['https://app.example/room?a=1', { secure: true, host: 'app.example', port: 443 }],
    ['http://app.example/room?a=1', { secure: false, host: 'app.example', port: 80 }],
    ['http://[::1]:8080/room?a=1', { secure: false, host: '::1', port: 8080 }],
  ] as const) {
    const { seen } = ruled('wss://chat.example/', { page }, { page: answered('200 OK') });
    const { probe } = seen[0]!;
    assert.ok(probe.kind === 'exchange');
    assert.deepEqual(probe.route, route);
    assert.match(probe.request, /^GET \/room\?a=1 HTTP\/1\.1\r\nHost: /);
  }
});

test('a page out of a file is not asked for', () => {
  const { own } = ruled('wss://chat.example/', { page: 'file:///home/a/index.html' });
  assert.deepEqual(own.causes, []);
});

describe('subprotocols that cannot be sent', () => {
  for (const [subprotocols, isFine] of [
    [[], true],
    [['a', 'b'], true],
    [['a', 'b c'], false],
    [['a', 'a'], false],
    [[''], false],
  ] as const) {
    test(JSON.stringify(subprotocols), () => {
      const own = new Case(target({ subprotocols }), STARTED);
      assert.equal(isSendable(own), isFine);
      assert.deepEqual(codes(own.causes), isFine ? [] : ['URL_PROTOCOL_TOKEN']);
    });
  }

  test('are counted and not shown', () => {
    const own = new Case(target({ subprotocols: ['a', 'bearer my secret'] }), STARTED);
    isSendable(own);
    assert.doesNotMatch(JSON.stringify([own.causes, own.stages]), /secret/);
  });
});

describe('a private address', () => {
  const cases: ReadonlyArray<
    readonly [page: string | undefined, address: string | undefined, told: boolean]
  > = [
    [PAGE, '192.168.1.7', true],
    [PAGE, '::1', true],
    [PAGE, '203.0.113.7', false],
    [PAGE, undefined, false],
    [undefined, '192.168.1.7', false],
    ['http://localhost:3000/', '127.0.0.1', false],
    ['http://192.168.1.1/', '192.168.1.7', false],
    ['http://[fe80::1]/', '192.168.1.7', false],
  ];
  for (const [page, address, told] of cases) {
    test(`${address} from ${page}: ${told ? 'is asked for' : 'is not'}`, () => {
      const own = new Case(target({ ...(page !== undefined && { page }) }, 'wss://chat.example/'), STARTED);
      own.address = address;
      localNetwork(own);
      assert.deepEqual(named(own.findings), told ? ['BROWSER_LOCAL_NETWORK likely'] : []);
    });
  }
});
