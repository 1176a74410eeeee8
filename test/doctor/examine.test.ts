// The order of a whole diagnosis: what is asked of a good endpoint, what is left out, and where it ends.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { examine } from '../../src/doctor/examine.js';
import type { Http2Seen, Observation, Probe } from '../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { reflectionOf } from '../../src/forensics/reflection.js';
import { Fields } from '../../src/handshake/head.js';
import {
  answered,
  codes,
  diagnosed,
  driveFreely,
  named,
  opens,
  type Parts,
  STARTED,
  skipped,
  type Table,
  TLS,
  target,
  troubled,
  URL_HERE,
} from './driver.js';

const NO = answered('403 Forbidden');
const GOOD: Table = {
  baseline: opens(),
  'version-99': answered('426 Upgrade Required\nSec-WebSocket-Version: 13'),
  'no-key': answered('400 Bad Request'),
  'origin-foreign': NO,
  'origin-null': NO,
  'origin-alike': NO,
};
const HTTP2: Http2Seen = { alpn: 'http/1.1' };
const TLS_PROBES: Table = {
  http2: { http2: HTTP2 },
  'tls-old': troubled('TLS_VERSION'),
  'plain-twin': troubled('TCP_REFUSED'),
  hsts: answered('200 OK\nStrict-Transport-Security: max-age=31536000'),
};
const WSS = 'wss://203.0.113.7/ws';

/** TLS on each line that has some. */
function secured(table: Table): Table {
  return Object.fromEntries(
    Object.entries(table).map(([key, parts]) => [
      key,
      (probe: Probe) => {
        const given = typeof parts === 'function' ? parts(probe) : parts;
        const isSecure = probe.kind === 'exchange' && probe.route.secure && given.trouble === undefined;
        return isSecure ? { tls: TLS, ...given } : given;
      },
    ]),
  );
}

describe('a good endpoint', () => {
  test('without TLS is asked seven times', () => {
    const { result, seen } = diagnosed({ ...GOOD, 'subprotocol-unknown': opens() });
    assert.deepEqual([result.causes, result.findings], [[], []]);
    assert.equal(seen.length, 7);
    assert.deepEqual([...result.ran].sort(), ['conformance', 'origin', 'session', 'upgrade']);
  });

  test('with TLS is asked eleven times', () => {
    const table = secured({ ...GOOD, ...TLS_PROBES, 'subprotocol-unknown': opens() });
    const { result, seen } = diagnosed(table, target({}, WSS));
    assert.deepEqual([result.causes, result.findings], [[], []]);
    assert.equal(connections(seen), 11);
    assert.deepEqual(
      [...result.merits.values()].filter((value) => !value),
      [],
    );
  });

  test('of many addresses opens no more than eleven connections', () => {
    for (const url of ['ws://chat.example/', 'wss://chat.example/']) {
      for (let count = 1; count <= 8; count += 1) {
        const addresses = Array.from({ length: count }, (_, at) => `203.0.113.${at + 1}`);
        const { seen } = driveFreely(examine(target({}, url), STARTED), (probe) => answer(probe, addresses));
        assert.ok(connections(seen) <= 11, `${url} of ${count} addresses: ${connections(seen)}`);
      }
    }
  });

  test('that answers with a cookie as without one is asked no more than that', () => {
    const { 'origin-null': _, 'origin-alike': _a, ...asked } = GOOD;
    const table = {
      ...asked,
      'origin-foreign': opens(),
      'origin-foreign-bare': opens(),
      'subprotocol-unknown': opens(),
    };
    assert.deepEqual(named(diagnosed(table, target({ cookie: 'a=b' })).result.findings), [
      'SEC_ORIGIN_UNCHECKED proven',
    ]);
  });
});

function connections(seen: readonly Observation[]): number {
  return seen.reduce((sum, one) => sum + one.connections, 0);
}

function answer(probe: Probe, addresses: readonly string[]): Table[string] {
  const seen = addresses.map((address) => ({ address, family: 4 as const, tcpMs: 1 }));
  if (probe.kind === 'resolve') return { addresses: seen, connections: 0 };
  if (probe.kind === 'reach') {
    const asked = seen.filter(({ address }) => probe.addresses.includes(address));
    return { addresses: asked, connections: asked.length };
  }
  if (probe.kind === 'hello') return troubled('TLS_VERSION');
  if (probe.kind === 'http2') return { http2: HTTP2 };
  const table = secured({ ...GOOD, ...TLS_PROBES });
  return table[probe.key] ?? secured({ x: opens() }).x!;
}

describe('what was asked for besides', () => {
  const own = { 'method-post': NO, 'http-1.0': NO, 'no-host': NO };
  test('two connections to be idle', () => {
    const table = { ...GOOD, 'subprotocol-unknown': opens(), 'idle-silent': opens(), 'idle-pinged': opens() };
    const { result } = diagnosed(table, target({ idleMs: 1000 }));
    assert.deepEqual(codes(result.findings), ['OPS_NO_SERVER_PING']);
    assert.ok(result.ran.has('idle'));
  });

  test('deviant frames and requests of an endpoint that is our own', () => {
    const refuse: Parts = answered('400 Bad Request');
    const { result, asked } = driveFreely(examine(target({ own: true }), STARTED), ({ key }) => {
      const table: Table = { ...GOOD, ...own };
      return table[key] ?? (key === 'half-head' || key.startsWith('frame') ? refuse : opens());
    });
    assert.deepEqual(result.findings, []);
    assert.deepEqual(asked.slice(7, 10), Object.keys(own));
    assert.equal(asked.filter((key) => key.startsWith('frame: ')).length, 12);
    assert.equal(asked.at(-1), 'half-head');
  });

  test('nothing of the application where a reflection stands in its place', () => {
    const { result } = diagnosed({ baseline: opens(), reflect: opens() }, target({ reflect: true }));
    assert.deepEqual([...result.ran].sort(), ['session', 'upgrade']);
    assert.equal(result.stages.find(({ stage }) => stage === 'reflect')!.mark, 'warn');
  });
});

describe('a Host that was rewritten on the way', () => {
  const reflectedAs = (host: string) => (probe: Probe) => {
    assert.ok(probe.kind === 'exchange');
    const lines = probe.request.trimEnd().split('\r\n').slice(1);
    const fields = lines.map((line): readonly [string, string] => {
      const [name = '', value = ''] = line.split(': ');
      return [name, name === 'Host' ? host : value];
    });
    const head = {
      carrier: 'h1',
      method: 'GET',
      target: '/ws',
      version: '1.1',
      fields: new Fields(fields),
    } as const;
    const told = reflectionOf(head, { time: new Date(0), peer: '127.0.0.1:1', tls: false });
    return answered('403 Forbidden', JSON.stringify(told));
  };
  const about = target({ reflect: 'token' }, 'ws://203.0.113.7/ws');
  const causes = (table: Table) => named(diagnosed(table, about).result.causes);

  test('is what the Origin was compared with', () => {
    const table = { baseline: NO, reflect: reflectedAs('app:3000'), 'origin-none': opens() };
    assert.deepEqual(causes(table), ['ORIGIN_HOST_MISMATCH proven']);
  });

  test('is told beside another cause', () => {
    const gone = { baseline: answered('410 Gone'), reflect: reflectedAs('app:3000') };
    assert.deepEqual(causes(gone), ['PROXY_HOST_REWRITTEN proven', 'ROUTE_GONE strong']);
    const cut = { baseline: troubled('HTTP_TRUNCATED'), reflect: reflectedAs('app:3000') };
    assert.deepEqual(causes(cut), ['PROXY_HOST_REWRITTEN proven', 'HTTP_TRUNCATED proven']);
  });

  test('is not the only thing that can be', () => {
    const cut = (probe: Probe) => {
      const given = reflectedAs('app:3000')(probe);
      const { answer: whole } = given;
      return {
        ...given,
        answer: { ...whole!, body: whole!.body.replace(/,\["Sec-WebSocket-Key","[^"]*"\]/, '') },
      };
    };
    assert.deepEqual(causes({ baseline: NO, reflect: cut }), ['PROXY_HEADER_DROPPED proven']);
    assert.deepEqual(causes({ baseline: opens({ accept: null }), reflect: cut }), [
      'PROXY_HEADER_DROPPED proven',
    ]);
  });

  test('does not keep a good endpoint from being good', () => {
    const { baseline, ...rest } = GOOD;
    const local = target({ reflect: 'token' });
    const table = {
      baseline: baseline!,
      reflect: reflectedAs('app:3000'),
      ...rest,
      'subprotocol-unknown': opens(),
    };
    const { result } = diagnosed(table, local);
    assert.deepEqual([result.causes, codes(result.findings)], [[], ['PROXY_HOST_REWRITTEN']]);
  });
});

describe('it ends', () => {
  const ends = (table: Table, options: DiagnoseOptions = {}, url = URL_HERE) =>
    named(diagnosed(table, target(options, url)).result.causes);

  test('before anything, where the handshake cannot be sent', () => {
    assert.deepEqual(ends({}, { subprotocols: ['no token'] }), ['URL_PROTOCOL_TOKEN proven']);
  });
  test('where nobody is', () =>
    assert.deepEqual(ends({ baseline: troubled('TCP_REFUSED') }), ['TCP_REFUSED proven']));
  test('without a word, where the baseline was not made', () => {
    const { result } = diagnosed({ baseline: skipped('interrupted') });
    assert.deepEqual([result.causes, result.baseline], [[], undefined]);
  });
  test('behind a wrong 101', () =>
    assert.deepEqual(ends({ baseline: opens({ accept: null }) }), ['RESP_ACCEPT_MISSING proven']));
  test('behind a session that failed', () => {
    const cut = opens({ frames: [], end: { how: 'rst', atMs: 5 } });
    assert.deepEqual(ends({ baseline: cut }), ['CLOSE_NO_FRAME_RST proven']);
  });
});

describe('it goes on', () => {
  test('behind a certificate that nobody trusts', () => {
    const tls = { ...TLS, isTrusted: false, trouble: { code: 'TLS_CERT_UNTRUSTED' } };
    const table = { baseline: { ...answered('410 Gone'), tls } };
    const { result } = diagnosed(table, target({}, WSS));
    assert.deepEqual(named(result.causes), ['TLS_CERT_UNTRUSTED proven', 'ROUTE_GONE strong']);
  });

  test('behind what a browser refuses', () => {
    const options = { page: 'https://app.example/' };
    const table = {
      page: answered("200 OK\nContent-Security-Policy: connect-src 'none'"),
      baseline: answered('410 Gone'),
    };
    const { result } = diagnosed(table, target(options, 'ws://203.0.113.7/'));
    assert.deepEqual(codes(result.causes), ['BROWSER_MIXED_CONTENT', 'BROWSER_CSP', 'ROUTE_GONE']);
  });
});

describe('a refusal', () => {
  const trace = (body: string) => codes(diagnosed({ baseline: answered('410 Gone', body) }).result.findings);
  test('with a stack trace tells too much', () => {
    for (const body of [
      'Error: gone\n    at handle (/srv/app/server.js:10:5)',
      'Traceback (most recent call last):\n  File "app.py", line 3',
      'goroutine 1 [running]:',
    ])
      assert.deepEqual(trace(body), ['SEC_VERBOSE_ERROR'], body);
    assert.deepEqual(trace('look at the page (line 3)'), []);
  });

  test('is told with what it says and how long it took', () => {
    const baseline = answered('410 Gone', 'moved away', { times: { totalMs: 4, headMs: 3 } });
    const line = diagnosed({ baseline }).result.stages.find(({ stage }) => stage === 'upgrade')!;
    assert.deepEqual([line.text, line.ms, line.mark], ['410 Gone  "moved away"', 3, 'bad']);
  });

  test('is told with what came in its place', () => {
    const line = diagnosed({ baseline: troubled('HTTP_TRUNCATED', '7 octets, then FIN') }).result.stages.at(
      -1,
    )!;
    assert.equal(line.text, 'HTTP_TRUNCATED: 7 octets, then FIN');
  });
});
