// Names, TCP, tunnels and TLS: what is tried next, what is concluded, and where the run goes on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reach } from '../../../src/doctor/inquiries/reach.js';
import { Case } from '../../../src/doctor/inquiry.js';
import type { AddressSeen, TlsSeen } from '../../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Target } from '../../../src/doctor/target.js';
import {
  answered,
  codes,
  drive,
  garbage,
  HUNG_UP,
  named,
  opens,
  type Parts,
  STARTED,
  skipped,
  type Table,
  TLS,
  target,
  troubled,
} from '../driver.js';

function reached(table: Table, about: Target) {
  const own = new Case(about, STARTED);
  const { result, seen } = drive(reach(own), table);
  return { own, baseline: result, seen };
}

const to = (url: string, options: DiagnoseOptions = {}) => target(options, url);
const NAME = to('ws://chat.example/ws');
const LOCALHOST = to('ws://localhost:3000/ws');
const OVER_TLS = to('wss://chat.example/ws', { resolve: '203.0.113.7' });

const dns = (...addresses: readonly string[]): Parts => ({
  times: { totalMs: 2, dnsMs: 2 },
  addresses: addresses.map((address): AddressSeen => ({ address, family: address.includes(':') ? 6 : 4 })),
});
const tcp = (...seen: ReadonlyArray<readonly [address: string, isAlive: boolean]>): Parts => ({
  addresses: seen.map(
    ([address, isAlive]): AddressSeen => ({
      address,
      family: address.includes(':') ? 6 : 4,
      ...(isAlive ? { tcpMs: 1 } : { trouble: { code: 'TCP_REFUSED' } }),
    }),
  ),
});
const REFUSED = troubled('TCP_REFUSED', 'ECONNREFUSED');
const stages = (own: Case) => own.stages.map(({ stage, mark }) => `${stage} ${mark}`);

describe('a name', () => {
  test('that means one address', () => {
    const { own, baseline } = reached({ dns: dns('203.0.113.7'), baseline: opens() }, NAME);
    assert.equal(own.address, '203.0.113.7');
    assert.equal(own.baseline, baseline);
    assert.deepEqual(stages(own), ['dns good', 'tcp good', 'tls skip']);
    assert.deepEqual([own.causes, own.findings], [[], []]);
  });

  test('that nobody knows ends it', () => {
    const { own, baseline } = reached({ dns: troubled('DNS_NXDOMAIN', 'chat.example') }, NAME);
    assert.deepEqual(named(own.causes), ['DNS_NXDOMAIN proven']);
    assert.equal(baseline, undefined);
    assert.deepEqual(stages(own), ['dns bad']);
  });

  test('that could not be asked for is not told', () => {
    const { own, baseline } = reached({ dns: skipped('interrupted') }, NAME);
    assert.deepEqual([own.causes, own.stages, baseline], [[], [], undefined]);
  });

  test('is not asked for where the address is known, or a proxy asks', () => {
    assert.deepEqual(stages(reached({ baseline: opens() }, to('ws://203.0.113.7/')).own), [
      'tcp good',
      'tls skip',
    ]);
    const given = reached({ baseline: opens() }, to('ws://chat.example/', { resolve: '203.0.113.7' }));
    assert.deepEqual(stages(given.own), ['dns skip', 'tcp good', 'tls skip']);
    const proxied = reached(
      {
        baseline: {
          ...opens()({ ...probeOf(), session: undefined as never }),
          times: { totalMs: 9, tcpMs: 1, proxyMs: 2 },
        },
      },
      { ...NAME, proxy: 'http://proxy.example:3128' },
    );
    assert.deepEqual(stages(proxied.own), ['dns skip', 'tcp good', 'proxy good', 'tls skip']);
    assert.equal(proxied.own.address, undefined);
  });
});

function probeOf() {
  const own = new Case(NAME, STARTED);
  return own.variant('baseline', 'your handshake', {});
}

test('a baseline that was not made tells of no stage behind DNS', () => {
  const { own, baseline } = reached({ dns: dns('203.0.113.7'), baseline: skipped('deadline') }, NAME);
  assert.equal(baseline, undefined);
  assert.deepEqual(stages(own), ['dns good']);
});

describe('several addresses', () => {
  const [v4, other, v6] = ['203.0.113.7', '203.0.113.8', '2001:db8::7'] as const;
  test('that all answer', () => {
    const table = { dns: dns(v4, other, v6), tcp: tcp([other, true], [v6, true]), baseline: opens() };
    const { own } = reached(table, NAME);
    assert.deepEqual(own.findings, []);
    assert.deepEqual(own.otherAddresses, [other, v6]);
    assert.match(own.stages[1]!.text, /^3 of 3 addresses/);
  });

  const dead: ReadonlyArray<readonly [string, Table, Target, string]> = [
    [
      'of which the sixth version is dead',
      { dns: dns(v6, v4), tcp: tcp([v4, true]), baseline: REFUSED, 'baseline-2': opens() },
      NAME,
      'DNS_AAAA_DEAD',
    ],
    [
      'of which one of the pool is dead',
      { dns: dns(v4, other), tcp: tcp([other, false]), baseline: opens() },
      NAME,
      'DNS_POOL_UNEVEN',
    ],
    [
      'of which both kinds are dead',
      { dns: dns(v4, other, v6), tcp: tcp([other, false], [v6, false]), baseline: opens() },
      NAME,
      'DNS_POOL_UNEVEN',
    ],
    [
      'of this machine',
      {
        dns: dns('::1', '127.0.0.1'),
        tcp: tcp(['127.0.0.1', true]),
        baseline: REFUSED,
        'baseline-2': opens(),
      },
      LOCALHOST,
      'DNS_LOCALHOST_FAMILY',
    ],
  ];
  for (const [name, table, about, code] of dead) {
    test(`${name}: ${code}, and the run goes on`, () => {
      const { own, baseline } = reached(table, about);
      assert.deepEqual(named(own.findings), [`${code} proven`]);
      assert.deepEqual(own.causes, []);
      assert.ok(baseline !== undefined);
      assert.equal(own.stages[1]!.mark, 'warn');
    });
  }

  test('of which none answers', () => {
    const { own } = reached({ dns: dns(v4, other), tcp: tcp([other, false]), baseline: REFUSED }, NAME);
    assert.deepEqual(named(own.causes), ['TCP_REFUSED proven']);
    assert.match(own.stages[1]!.text, /^0 of 2 addresses/);
  });

  test('of which the others could not be tried', () => {
    const { own } = reached({ dns: dns(v4, other), tcp: skipped(), baseline: opens() }, NAME);
    assert.deepEqual([own.findings, own.causes], [[], []]);
  });
});

describe('nobody answers', () => {
  test('at a private address of a public name', () => {
    const { own } = reached({ dns: dns('10.0.0.7'), baseline: troubled('TCP_TIMEOUT') }, NAME);
    assert.deepEqual(named(own.causes), ['DNS_PRIVATE_FROM_PUBLIC likely', 'TCP_TIMEOUT proven']);
  });

  test('at a private address that was given, or of a name that is private too', () => {
    const given = reached({ baseline: REFUSED }, to('ws://chat.example/', { resolve: '10.0.0.7' }));
    assert.deepEqual(codes(given.own.causes), ['TCP_REFUSED']);
    const local = reached({ dns: dns('10.0.0.7'), baseline: REFUSED }, to('ws://chat.internal/'));
    assert.deepEqual(codes(local.own.causes), ['TCP_REFUSED']);
  });

  test('at one address of this machine, and at the other somebody does', () => {
    for (const [one, other] of [
      ['127.0.0.1', '::1'],
      ['::1', '127.0.0.1'],
    ] as const) {
      const table = { dns: dns(one), baseline: REFUSED, 'tcp-loopback': tcp([other, true]) };
      assert.deepEqual(named(reached(table, LOCALHOST).own.causes), ['DNS_LOCALHOST_FAMILY proven']);
    }
  });

  test('at either address of this machine', () => {
    for (const parts of [tcp(['::1', false]), skipped()]) {
      const table = { dns: dns('127.0.0.1'), baseline: REFUSED, 'tcp-loopback': parts };
      assert.deepEqual(codes(reached(table, LOCALHOST).own.causes), ['TCP_REFUSED']);
    }
    const both = { dns: dns('::1', '127.0.0.1'), tcp: tcp(['127.0.0.1', false]), baseline: REFUSED };
    assert.deepEqual(codes(reached(both, LOCALHOST).own.causes), ['TCP_REFUSED'], 'asked once');
  });

  test('but through the proxy that the environment names', () => {
    const about = { ...to('ws://203.0.113.7/'), environmentProxy: 'http://proxy.example:3128' };
    const through = (parts: Table[string]) =>
      codes(reached({ baseline: REFUSED, 'through-proxy': parts }, about).own.causes);
    assert.deepEqual(through(answered('403 Forbidden')), ['FWD_IGNORED', 'TCP_REFUSED']);
    assert.deepEqual(through(troubled('FWD_UNREACHABLE')), ['TCP_REFUSED']);
    assert.deepEqual(through(skipped()), ['TCP_REFUSED']);
  });
});

describe('a forward proxy that opens no tunnel', () => {
  const about = { ...NAME, proxy: 'http://proxy.example:3128' };
  const denied = { ...troubled('FWD_CONNECT_DENIED', '403'), times: { totalMs: 9, tcpMs: 1 } };
  const cases: ReadonlyArray<readonly [string, Table[string], RegExp | undefined]> = [
    ['and without it somebody answers', opens(), /^without the proxy somebody answers$/],
    ['and there is no way past it', REFUSED, /^nor is there a way past it$/],
    ['and the way past it was not tried', skipped(), undefined],
  ];
  for (const [name, parts, note] of cases) {
    test(name, () => {
      const { own, baseline } = reached({ baseline: denied, 'without-proxy': parts }, about);
      assert.deepEqual(named(own.causes), ['FWD_CONNECT_DENIED proven']);
      const step = own.causes[0]!.steps.at(-1)!;
      if (note === undefined) assert.equal(step.note, undefined);
      else assert.match(step.note!, note);
      assert.equal(baseline, undefined);
      assert.deepEqual(stages(own), ['dns skip', 'tcp good', 'proxy bad']);
    });
  }

  test('and is not there at all', () => {
    const { own } = reached({ baseline: troubled('FWD_UNREACHABLE'), 'without-proxy': skipped() }, about);
    assert.deepEqual(stages(own), ['dns skip', 'tcp bad', 'proxy bad']);
  });
});

describe('TLS that does not come up', () => {
  const OLD: TlsSeen = { ...TLS, version: 'TLSv1.1' };
  const PLAIN_PAGE = answered('400 Bad Request', 'The plain HTTP request was sent to HTTPS port');
  const cases: ReadonlyArray<readonly [string, Table, string]> = [
    [
      'too old, and that answers',
      { baseline: troubled('TLS_VERSION'), 'tls-old': { tls: OLD } },
      'TLS_VERSION proven',
    ],
    [
      'too old, and nothing answers',
      { baseline: troubled('TLS_VERSION'), 'tls-old': troubled('TLS_VERSION') },
      'TLS_VERSION strong',
    ],
    [
      'too old, and nothing was tried',
      { baseline: troubled('TLS_VERSION'), 'tls-old': skipped() },
      'TLS_VERSION strong',
    ],
    [
      'HTTP/2 alone, and that answers',
      { baseline: troubled('TLS_ALPN_ONLY_H2'), 'tls-h2': { tls: TLS } },
      'TLS_ALPN_ONLY_H2 proven',
    ],
    [
      'HTTP/2 alone, and nothing answers',
      { baseline: troubled('TLS_ALPN_ONLY_H2'), 'tls-h2': troubled('TLS_FAILED') },
      'TLS_ALPN_ONLY_H2 strong',
    ],
    [
      'no such name, and none is taken',
      { baseline: troubled('TLS_SNI'), 'tls-no-name': { tls: TLS } },
      'TLS_SNI proven',
    ],
    [
      'a plain port that answers',
      { baseline: troubled('TLS_TO_PLAIN_PORT'), plain: answered('404 Not Found') },
      'TLS_TO_PLAIN_PORT proven',
    ],
    [
      'a plain port that opens',
      { baseline: troubled('TLS_FAILED'), plain: opens() },
      'TLS_TO_PLAIN_PORT proven',
    ],
    [
      'a plain port of another service',
      { baseline: troubled('TLS_FAILED'), plain: garbage('SSH-2.0-OpenSSH_9.2p1\r\n') },
      'TCP_WRONG_SERVICE proven',
    ],
    [
      'a port of TLS that says so in plain HTTP',
      { baseline: troubled('TLS_FAILED'), plain: PLAIN_PAGE },
      'TLS_FAILED strong',
    ],
    [
      'a port of TLS that says so in TLS',
      { baseline: troubled('TLS_FAILED'), plain: garbage('\x15\x03\x01\x00\x02\x02\x46') },
      'TLS_FAILED strong',
    ],
    ['silence to both', { baseline: troubled('TLS_TIMEOUT'), plain: HUNG_UP }, 'TLS_TIMEOUT strong'],
    [
      'a reset, and the other was not tried',
      { baseline: troubled('TCP_RESET_AFTER_ACCEPT'), plain: skipped() },
      'TCP_RESET_AFTER_ACCEPT strong',
    ],
    [
      'what OpenSSL says by itself',
      { baseline: troubled('TLS_CIPHER', 'handshake failure') },
      'TLS_CIPHER proven',
    ],
    ['nothing that is known', { baseline: HUNG_UP }, 'HTTP_EMPTY_REPLY proven'],
  ];
  for (const [name, table, expect] of cases) {
    test(`${name}: ${expect}`, () => {
      const { own, baseline } = reached(table, OVER_TLS);
      assert.deepEqual(named(own.causes), [expect]);
      assert.equal(baseline, undefined);
      assert.equal(own.stages.at(-1)!.mark, 'bad');
    });
  }

  test('is told only as far as it was tried', () => {
    const untried = reached({ baseline: troubled('TLS_ALPN_ONLY_H2'), 'tls-h2': skipped() }, OVER_TLS).own
      .causes[0]!;
    assert.doesNotMatch(untried.detail, /It takes h2/);
    assert.equal(untried.steps[1]!.note, undefined);
  });

  test('is tried plainly with the plain origin, unless another one was given', () => {
    const sent = (options: DiagnoseOptions) => {
      const about = to('wss://chat.example/ws', { resolve: '203.0.113.7', ...options });
      const { probe } = reached({ baseline: troubled('TLS_FAILED'), plain: HUNG_UP }, about).seen[1]!;
      return probe.kind === 'exchange' && !probe.route.secure
        ? /Origin: (\S+)/.exec(probe.request)?.[1]
        : undefined;
    };
    assert.equal(sent({}), 'http://chat.example');
    assert.equal(sent({ origin: 'https://app.example' }), 'https://app.example');
  });
});

describe('a certificate', () => {
  const shown = (tls: Partial<TlsSeen>, options: DiagnoseOptions = {}, date = '') => {
    const seen = answered(`403 Forbidden${date === '' ? '' : `\nDate: ${date}`}`, '', {
      tls: { ...TLS, ...tls },
    });
    return reached({ baseline: seen }, to('wss://chat.example/ws', { resolve: '203.0.113.7', ...options }));
  };
  const distrusted = (code: string, more: Partial<TlsSeen> = {}): Partial<TlsSeen> => ({
    isTrusted: false,
    trouble: { code },
    ...more,
  });

  test('that is trusted', () => {
    const { own } = shown({});
    assert.deepEqual([own.causes, own.findings], [[], []]);
    assert.equal(own.merits.get('TLS 1.3'), true);
    assert.equal(own.stages.at(-1)!.text, '1.3 · chat.example · A Good Authority · 70 days left');
    assert.equal(shown({ version: 'TLSv1.2' }).own.merits.get('TLS 1.3'), false);
  });

  for (const code of [
    'TLS_CERT_NAME',
    'TLS_CERT_EXPIRED',
    'TLS_CERT_NOT_YET',
    'TLS_CERT_UNTRUSTED',
    'TLS_CERT_REVOKED',
  ]) {
    test(`${code}: a cause, and the run goes on`, () => {
      const { own, baseline } = shown(distrusted(code));
      assert.deepEqual(named(own.causes), [`${code} proven`]);
      assert.ok(baseline !== undefined);
      assert.equal(own.stages.at(-1)!.mark, 'bad');
    });
  }

  test('of which the next one is missing', () => {
    for (const [chainLength, words] of [
      [1, /its own certificate alone/],
      [2, /2 certificates/],
    ] as const) {
      const { own } = shown(distrusted('TLS_CHAIN_INCOMPLETE', { chainLength }));
      assert.deepEqual(named(own.causes), ['TLS_CHAIN_INCOMPLETE likely']);
      assert.match(own.causes[0]!.detail, words);
    }
  });

  test('for no name at all', () => {
    const { own } = shown(distrusted('TLS_CERT_NAME', { names: [] }));
    assert.match(own.causes[0]!.detail, /no name at all/);
  });

  test('that was to be taken without a word', () => {
    const { own } = shown(distrusted('TLS_CERT_UNTRUSTED'), { insecure: true });
    assert.deepEqual([own.causes, own.findings], [[], []]);
    assert.equal(own.stages.at(-1)!.mark, 'warn');
  });

  test('that ends soon', () => {
    assert.deepEqual(codes(shown({ notAfter: '2026-12-06T11:00:00.000Z' }).own.findings), ['OPS_CERT_SOON']);
    assert.deepEqual(codes(shown({ notAfter: '2026-12-06T13:00:00.000Z' }).own.findings), []);
  });

  describe('that has expired', () => {
    const expired = distrusted('TLS_CERT_EXPIRED', {
      notBefore: '2026-09-01T00:00:00.000Z',
      notAfter: '2026-11-20T00:00:00.000Z',
    });
    const cases: ReadonlyArray<readonly [string, string, string]> = [
      ['and not by the clock of the server', 'Thu, 19 Nov 2026 12:00:00 GMT', 'CLIENT_CLOCK_SKEW likely'],
      ['by both clocks', 'Sun, 22 Nov 2026 12:00:10 GMT', 'TLS_CERT_EXPIRED proven'],
      ['by both clocks, which differ', 'Sun, 22 Nov 2026 14:00:00 GMT', 'TLS_CERT_EXPIRED proven'],
      ['and the server says no time', '', 'TLS_CERT_EXPIRED proven'],
      ['and the server says nonsense', 'soon', 'TLS_CERT_EXPIRED proven'],
    ];
    for (const [name, date, expect] of cases)
      test(`${name}: ${expect}`, () =>
        assert.deepEqual(named(shown(expired, {}, date).own.causes), [expect]));

    test('is told in the line of TLS', () =>
      assert.match(shown(expired).own.stages.at(-1)!.text, /expired 3 days ago$/));
  });
});

test('the baseline listens as long as it must stay open', () => {
  for (const [options, listenMs] of [
    [{}, 700],
    [{ expectOpenMs: 30_000 }, 30_000],
  ] as const) {
    const { seen } = reached({ baseline: opens() }, to('ws://203.0.113.7/', options));
    const { probe } = seen[0]!;
    assert.equal(probe.kind === 'exchange' ? probe.session?.listenMs : 0, listenMs);
  }
});
