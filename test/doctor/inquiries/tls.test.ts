// TLS: why it does not come up, and what a certificate says. Where one is not trusted the run goes on.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reach } from '../../../src/doctor/inquiries/reach.js';
import { Case } from '../../../src/doctor/inquiry.js';
import type { TlsSeen } from '../../../src/doctor/observation.js';
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
const OVER_TLS = to('wss://chat.example/ws', { resolve: '203.0.113.7' });

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

  test('of which the time it took is told', () => {
    const seen = answered('403 Forbidden', '', { tls: TLS, times: { totalMs: 9, tlsMs: 4 } });
    const { own } = reached({ baseline: seen }, OVER_TLS);
    assert.equal(own.stages.at(-1)!.ms, 4);
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
