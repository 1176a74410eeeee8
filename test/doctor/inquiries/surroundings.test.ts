// What stands around a good endpoint: HTTP/2, old TLS, a twin without TLS, HSTS, other addresses, its URL.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  hsts,
  http2,
  oldTls,
  plainTwin,
  pool,
  tellBaseline,
} from '../../../src/doctor/inquiries/surroundings.js';
import type { Case } from '../../../src/doctor/inquiry.js';
import type { Http2Seen, Inquiry } from '../../../src/doctor/observation.js';
import {
  answered,
  begun,
  codes,
  drive,
  HUNG_UP,
  named,
  opens,
  skipped,
  type Table,
  TLS,
  target,
  troubled,
} from '../driver.js';

const WSS = 'wss://chat.example/ws';

function asked(inquiry: (own: Case) => Inquiry<void>, table: Table, url: string = WSS) {
  const { own } = begun(opens(), target({}, url));
  const { seen } = drive(inquiry(own), table);
  return { own, seen };
}

describe('HTTP/2', () => {
  const H2 = { alpn: 'h2', offersConnect: true };
  const cases: ReadonlyArray<readonly [string, Http2Seen | undefined, readonly string[], string]> = [
    ['is not chosen', { alpn: 'http/1.1' }, [], 'skip'],
    ['is chosen, and not for WebSocket', { alpn: 'h2', offersConnect: false }, [], 'skip'],
    ['is chosen, and no SETTINGS come', { alpn: 'h2' }, [], 'skip'],
    ['opens', { ...H2, status: 200 }, [], 'good'],
    ['is offered and refused', { ...H2, status: 404 }, ['H2_CONNECT_REJECTED proven'], 'warn'],
    [
      'is offered and reset',
      { ...H2, reset: 'RST_STREAM PROTOCOL_ERROR' },
      ['H2_CONNECT_REJECTED proven'],
      'warn',
    ],
    ['is offered, and nothing comes', H2, ['H2_CONNECT_REJECTED likely'], 'warn'],
  ];
  for (const [name, seen, expect, mark] of cases) {
    test(name, () => {
      const { own } = asked(http2, { http2: { http2: seen! } });
      assert.deepEqual(named(own.findings), expect);
      assert.equal(own.stages[0]!.mark, mark);
    });
  }

  test('is not known without a line, and not told where it was left out', () => {
    const lineless = asked(http2, { http2: troubled('TLS_TIMEOUT') }).own;
    assert.deepEqual(lineless.findings, []);
    assert.equal(lineless.stages[0]!.mark, 'skip');
    assert.match(lineless.stages[0]!.text, /^not found out/);
    assert.deepEqual(asked(http2, { http2: skipped() }).own.stages, []);
  });
});

test('old TLS is told where it is spoken', () => {
  const old = asked(oldTls, { 'tls-old': { tls: { ...TLS, version: 'TLSv1.1' } } }).own;
  assert.deepEqual(named(old.findings), ['SEC_TLS_OLD proven']);
  for (const parts of [troubled('TLS_VERSION'), skipped()])
    assert.deepEqual(asked(oldTls, { 'tls-old': parts }).own.findings, []);
});

describe('a twin without TLS', () => {
  const MERIT = 'no twin without TLS';
  const twin = (parts: Table[string]) => asked(plainTwin, { 'plain-twin': parts }).own.merits.get(MERIT);
  test('opens', () => assert.equal(twin(opens()), false));
  test('is refused', () => assert.equal(twin(troubled('TCP_REFUSED')), true));
  test('is led elsewhere', () => assert.equal(twin(answered('301 Moved Permanently')), true));
  test('was not asked for', () => assert.equal(twin(skipped()), undefined));

  test('stands on port 80, or on the same odd one', () => {
    for (const [url, port] of [
      [WSS, 80],
      ['wss://chat.example:8443/ws', 8443],
    ] as const) {
      const { probe } = asked(plainTwin, { 'plain-twin': HUNG_UP }, url).seen[0]!;
      assert.deepEqual(probe.kind === 'exchange' ? [probe.route.port, probe.route.secure] : [], [
        port,
        false,
      ]);
    }
  });
});

describe('HSTS', () => {
  const MERIT = 'HSTS for half a year';
  const says = (value: string) => answered(`200 OK\nStrict-Transport-Security: ${value}`);
  const cases: ReadonlyArray<readonly [string, Table[string], boolean | undefined]> = [
    ['for a year', says('max-age=31536000; includeSubDomains'), true],
    ['for half a year, quoted', says('max-age="15552000"'), true],
    ['for a day', says('max-age=86400'), false],
    ['without an age', says('includeSubDomains'), false],
    ['of nobody', answered('200 OK'), false],
    ['that nobody was asked for', skipped(), undefined],
    ['that could not be asked for', troubled('TCP_TIMEOUT'), undefined],
    ['of a server that wants peace', answered('429 Too Many Requests'), undefined],
  ];
  for (const [name, parts, expect] of cases)
    test(name, () => assert.equal(asked(hsts, { hsts: parts }).own.merits.get(MERIT), expect));

  const earlier = (secure: boolean, host: string, table: Table) => {
    const { own, baseline } = begun(says('max-age=31536000'), target({}, WSS));
    const { probe } = baseline;
    assert.ok(probe.kind === 'exchange');
    own.seen.push({ ...baseline, probe: { ...probe, route: { ...probe.route, secure, host } } });
    drive(hsts(own), table);
    return own.merits.get(MERIT);
  };
  const none = { hsts: answered('200 OK') };

  test('that another answer has said already is not asked for', () =>
    assert.equal(earlier(true, 'chat.example', {}), true));
  test('that was said without TLS does not count', () =>
    assert.equal(earlier(false, 'chat.example', none), false));
  test('of the host of the page does not count', () =>
    assert.equal(earlier(true, 'app.example', none), false));
});

describe('other addresses', () => {
  const [one, two] = ['203.0.113.8', '203.0.113.9'];
  const at = (first: Table[string], second?: Table[string]) =>
    asked((own) => pool(own, [one, two]), {
      [`address ${one}`]: first,
      ...(second !== undefined && { [`address ${two}`]: second }),
    }).own.findings;

  test('that all open', () => assert.deepEqual(at(opens(), opens()), []));
  test('of which one does not are uneven, and one is enough', () => {
    for (const parts of [answered('502 Bad Gateway'), HUNG_UP, troubled('TLS_CERT_NAME')])
      assert.deepEqual(codes(at(parts)), ['DNS_POOL_UNEVEN']);
    assert.deepEqual(codes(at(opens(), HUNG_UP)), ['DNS_POOL_UNEVEN']);
  });
  test('that were left out, or want peace, say nothing', () => {
    assert.deepEqual(at(skipped(), skipped()), []);
    assert.deepEqual(at(answered('429 Too Many Requests'), opens()), []);
  });
});

describe('the URL and the baseline', () => {
  const told = (url: string, address: string | undefined, headMs = 10) => {
    const { own, baseline } = begun(
      (probe) => ({ ...opens()(probe), times: { totalMs: headMs, headMs } }),
      target({}, url),
    );
    own.address = address;
    tellBaseline(own, baseline);
    return codes(own.findings);
  };
  test('that are fine', () => assert.deepEqual(told(WSS, '203.0.113.7'), []));
  test('a handshake that takes its time', () =>
    assert.deepEqual(told(WSS, '203.0.113.7', 1500), ['OPS_SLOW_HANDSHAKE']));
  test('a time that is not known', () => {
    const { own, baseline } = begun(opens(), target({}, WSS));
    tellBaseline(own, baseline);
    assert.deepEqual(own.findings, []);
  });
  test('a credential in the URL', () => {
    assert.deepEqual(told('wss://chat.example/ws?access_token=x', '203.0.113.7'), ['SEC_TOKEN_IN_URL']);
    assert.deepEqual(told('wss://chat.example/ws?room=x', '203.0.113.7'), []);
  });
  test('a public place without TLS', () => {
    assert.deepEqual(told('ws://chat.example/ws', '203.0.113.7'), ['SEC_PLAINTEXT']);
    assert.deepEqual(told('ws://chat.example/ws', '10.0.0.7'), []);
    assert.deepEqual(told('ws://chat.example/ws', undefined), [], 'a proxy looked it up');
  });
});
