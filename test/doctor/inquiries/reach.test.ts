// Names, TCP and tunnels: what is tried next, what is concluded, and where the run goes on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reach } from '../../../src/doctor/inquiries/reach.js';
import { Case } from '../../../src/doctor/inquiry.js';
import type { AddressSeen } from '../../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Target } from '../../../src/doctor/target.js';
import {
  answered,
  codes,
  drive,
  named,
  opens,
  type Parts,
  STARTED,
  skipped,
  type Table,
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

  test('that nobody knows is told by itself', () => {
    assert.match(reached({ dns: troubled('DNS_NXDOMAIN') }, NAME).own.stages[0]!.text, /chat\.example$/);
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
