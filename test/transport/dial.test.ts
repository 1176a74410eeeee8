// From a name and a port to a socket: each stage timed, each way in which it fails a row, and nothing left open.
import assert from 'node:assert/strict';
import type { LookupFunction, Socket } from 'node:net';
import { after, describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type TlsOptions as ServerTlsOptions, TLSSocket } from 'node:tls';
import type { Timings } from '../../src/errors.js';
import { type Dialed, type DialOptions, dial, type Place } from '../../src/transport/dial.js';
import { Patience } from '../../src/transport/patience.js';
import { prepareTls, type TlsOptions } from '../../src/transport/tls.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { Authority } from './authority.js';
import { deaf, type Listener, listening } from './listener.js';

interface Tried {
  readonly outcome: Dialed;
  readonly timings: Timings;
  readonly tookMs: number;
}

async function tryDial(
  place: Partial<Place>,
  options: DialOptions = {},
  limitMs = 5000,
  signal?: AbortSignal,
): Promise<Tried> {
  const timings: Timings = { totalMs: 0 };
  const since = performance.now();
  const patience = new Patience(limitMs, signal);
  const where = { host: '127.0.0.1', port: 1, secure: false, ...place };
  const outcome = await dial(where, options, patience, timings);
  patience.release();
  if (outcome.ok) outcome.value.destroy();
  return { outcome, timings, tookMs: performance.now() - since };
}

function codeOf({ outcome }: Tried): string {
  return outcome.ok ? 'connected' : outcome.rejection.reason.code;
}

function seenIn({ outcome }: Tried): string {
  return outcome.ok ? '' : (outcome.rejection.evidence.seen ?? '');
}

const addresses =
  (...list: string[]): LookupFunction =>
  (_name, _options, found) => {
    const all = list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    process.nextTick(() => found(null, all));
  };

const failing =
  (error: object): LookupFunction =>
  (_name, _options, found) => {
    process.nextTick(() => found(Object.assign(new Error('lookup'), error), []));
  };

describe('names', () => {
  test('a name is looked up and timed, an address is not', async () => {
    await using host = await listening(() => {});
    const named = await tryDial({ host: 'name.test', port: host.port }, { lookup: addresses('127.0.0.1') });
    assert.equal(codeOf(named), 'connected');
    assert.ok(named.timings.dnsMs! >= 0 && named.timings.tcpMs! >= 0);
    assert.deepEqual(Object.keys((await tryDial({ port: host.port })).timings).sort(), ['tcpMs', 'totalMs']);
  });

  test('a name that does not exist', async () => {
    const tried = await tryDial({ host: 'no-such-host.invalid' });
    assert.equal(codeOf(tried), 'DNS_NXDOMAIN');
    assert.equal(tried.timings.dnsMs, undefined);
  });

  test('a name without an address', async () => {
    assert.equal(codeOf(await tryDial({ host: 'mx.test' }, { lookup: addresses() })), 'DNS_NODATA');
    const error = { code: 'ENOTFOUND', errno: -3007 };
    assert.equal(codeOf(await tryDial({ host: 'mx.test' }, { lookup: failing(error) })), 'DNS_NODATA');
  });

  test('a resolver that fails, and one that never answers', async () => {
    assert.equal(
      codeOf(await tryDial({ host: 'x.test' }, { lookup: failing({ code: 'EAI_AGAIN' }) })),
      'DNS_FAILURE',
    );
    const silent = await tryDial({ host: 'x.test' }, { lookup: () => {} }, 100);
    assert.equal(codeOf(silent), 'DNS_FAILURE');
    assert.equal(seenIn(silent), 'no address of x.test within 100 ms');
    assert.ok(silent.tookMs >= 99 && silent.tookMs < 3000, `${silent.tookMs} ms`);
  });
});

describe('TCP', () => {
  test('a port where nothing listens', async () => {
    const port = await freePort();
    const tried = await tryDial({ port });
    assert.equal(codeOf(tried), 'TCP_REFUSED');
    assert.equal(seenIn(tried), `127.0.0.1:${port} ECONNREFUSED`);
  });

  test('all addresses of a name are tried, and all are told when none takes the connection', async () => {
    await using host = await listening(() => {});
    const both = await tryDial(
      { host: 'two.test', port: host.port },
      { lookup: addresses('127.0.0.9', '127.0.0.1') },
    );
    assert.equal(codeOf(both), 'connected');
    const port = await freePort();
    const none = await tryDial({ host: 'two.test', port }, { lookup: addresses('::1', '127.0.0.1') });
    assert.equal(codeOf(none), 'TCP_REFUSED');
    assert.match(seenIn(none), /\[::1\]:\d+ E\w+, 127\.0\.0\.1:\d+ ECONNREFUSED/);
  });

  test('an address to which there is no way', async () => {
    const tried = await tryDial({ host: '255.255.255.255' });
    assert.equal(codeOf(tried), 'TCP_UNREACHABLE');
  });

  test('a host that does not answer', async () => {
    await using host = await deaf();
    const tried = await tryDial({ port: host.port }, {}, 300);
    assert.equal(codeOf(tried), 'TCP_TIMEOUT');
    assert.equal(seenIn(tried), 'no answer of 127.0.0.1 within 300 ms');
    assert.equal(tried.timings.tcpMs, undefined);
  });

  test('one that hangs up at once, in order or by a reset, when TLS was wanted', async () => {
    await using ending = await listening((socket) => socket.end());
    const fin = await tryDial({ port: ending.port, secure: true });
    assert.equal(codeOf(fin), 'TCP_RESET_AFTER_ACCEPT');
    await using resetting = await listening((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const rst = await tryDial({ port: resetting.port, secure: true });
    assert.equal(codeOf(rst), 'TCP_RESET_AFTER_ACCEPT');
    assert.equal(seenIn(rst), 'RST');
    assert.ok(rst.timings.tcpMs! >= 0 && rst.timings.tlsMs === undefined);
    await resetting.gone();
  });
});

const noOpenssl = need('openssl').skip;

describe('TLS', { skip: noOpenssl }, () => {
  const root = noOpenssl ? undefined : new Authority('handfast test root');
  after(() => root?.[Symbol.dispose]());
  const authority = root!;

  async function tryTls(
    server: ServerTlsOptions,
    tls: TlsOptions = {},
    place: Partial<Place> = {},
  ): Promise<Tried> {
    await using host = await listening((socket) => socket.resume(), { tls: server });
    const lookup = addresses('127.0.0.1');
    const tried = await tryDial(
      { host: 'localhost', port: host.port, secure: true, ...place },
      { tls: prepareTls(tls), lookup },
    );
    await host.gone();
    return tried;
  }

  /** Connects, and stays until the server has seen it too: in TLS 1.3 the client is done first. */
  async function greet(host: Listener, place: Place, options: DialOptions): Promise<void> {
    const before = host.sockets.length;
    const patience = new Patience(1000);
    const outcome = await dial(place, options, patience, { totalMs: 0 });
    patience.release();
    assert.ok(outcome.ok);
    while (host.sockets.length === before) await pause(2);
    outcome.value.destroy();
    await host.gone();
  }

  test('a certificate of an authority that is given passes, and the stage is timed', async () => {
    const tried = await tryTls(authority.issue('localhost'), { ca: authority.cert });
    assert.equal(codeOf(tried), 'connected');
    assert.deepEqual(Object.keys(tried.timings).sort(), ['dnsMs', 'tcpMs', 'tlsMs', 'totalMs']);
    assert.ok(tried.outcome.ok && tried.outcome.value instanceof TLSSocket);
    assert.equal(tried.outcome.value.alpnProtocol, false);
  });

  test('http/1.1 is what is offered', async () => {
    const tried = await tryTls(
      { ...authority.issue('localhost'), ALPNProtocols: ['h2', 'http/1.1'] },
      { ca: authority.cert },
    );
    assert.equal(tried.outcome.ok && (tried.outcome.value as TLSSocket).alpnProtocol, 'http/1.1');
  });

  test('an IP address in the URL is compared with the certificate, and not named to the server', async () => {
    const names: (string | false | null | undefined)[] = [];
    await using host = await listening((socket) => names.push((socket as TLSSocket).servername), {
      tls: authority.issue('localhost'),
    });
    const tls = { ca: authority.cert };
    await greet(host, { host: '127.0.0.1', port: host.port, secure: true }, { tls: prepareTls(tls) });
    await greet(
      host,
      { host: 'localhost.', port: host.port, secure: true },
      { tls: prepareTls(tls), lookup: addresses('127.0.0.1') },
    );
    assert.deepEqual(names, [false, 'localhost'], 'an address is no name, and a name has no dot at its end');
    const other = await tryTls(authority.issue('localhost', 'DNS:localhost'), tls, { host: '127.0.0.1' });
    assert.equal(codeOf(other), 'TLS_CERT_NAME');
  });

  const bad: [string, string, () => ServerTlsOptions, () => TlsOptions][] = [
    ['signed by itself', 'TLS_CERT_UNTRUSTED', certificate, () => ({})],
    [
      'expired',
      'TLS_CERT_EXPIRED',
      () => authority.issue('localhost', undefined, { fromDay: -9, untilDay: -1 }),
      () => ({ ca: authority.cert }),
    ],
    [
      'not yet valid',
      'TLS_CERT_NOT_YET',
      () => authority.issue('localhost', undefined, { fromDay: 1 }),
      () => ({ ca: authority.cert }),
    ],
    [
      'for another host',
      'TLS_CERT_NAME',
      () => authority.issue('other', 'DNS:other.test'),
      () => ({ ca: authority.cert }),
    ],
    [
      'of an authority that nobody knows, shown with it',
      'TLS_CERT_UNTRUSTED',
      () => {
        const leaf = authority.issue('localhost');
        return { ...leaf, cert: leaf.cert + authority.cert };
      },
      () => ({}),
    ],
    [
      'without its intermediate',
      'TLS_CHAIN_INCOMPLETE',
      () => {
        using middle = new Authority('middle', authority);
        return middle.issue('localhost');
      },
      () => ({ ca: authority.cert }),
    ],
    [
      'and a client without one, in TLS 1.2',
      'TLS_CIPHER',
      () => ({
        ...authority.issue('localhost'),
        requestCert: true,
        ca: authority.cert,
        maxVersion: 'TLSv1.2',
      }),
      () => ({ ca: authority.cert }),
    ],
    [
      'and no cipher in common',
      'TLS_CIPHER',
      () => ({
        ...authority.issue('localhost'),
        maxVersion: 'TLSv1.2',
        ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      }),
      () => ({ ca: authority.cert, ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256', maxVersion: 'TLSv1.2' }),
    ],
    [
      'and no version in common',
      'TLS_VERSION',
      () => ({ ...authority.issue('localhost'), maxVersion: 'TLSv1.2' }),
      () => ({ ca: authority.cert, minVersion: 'TLSv1.3' }),
    ],
    [
      'and h2 alone',
      'TLS_ALPN_ONLY_H2',
      () => ({ ...authority.issue('localhost'), ALPNProtocols: ['h2'] }),
      () => ({ ca: authority.cert }),
    ],
  ];
  for (const [what, code, server, client] of bad) {
    test(`a certificate ${what} is ${code}`, async () => {
      const tried = await tryTls(server(), client());
      assert.equal(codeOf(tried), code, seenIn(tried));
      assert.equal(tried.timings.tlsMs, undefined);
      assert.ok(tried.outcome.ok === false && tried.outcome.cause instanceof Error);
    });
  }

  test('the environment does not switch the check off; the option does, by name', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    try {
      assert.equal(codeOf(await tryTls(certificate())), 'TLS_CERT_UNTRUSTED');
    } finally {
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
    assert.equal(codeOf(await tryTls(certificate(), { rejectUnauthorized: false })), 'connected');
  });

  test('a check of the identity by the caller counts, and so does another name', async () => {
    const checked = await tryTls(authority.issue('localhost'), {
      ca: authority.cert,
      checkServerIdentity: () => new Error('not the pinned key'),
    });
    assert.equal(codeOf(checked), 'TLS_FAILED');
    assert.equal(seenIn(checked), 'not the pinned key');
    const named = { ca: authority.cert, servername: 'inner.test' };
    assert.equal(codeOf(await tryTls(authority.issue('inner', 'DNS:inner.test'), named)), 'connected');
  });

  test('no session is ever used again, for the same host or another', async () => {
    const reused: boolean[] = [];
    await using host = await listening(
      (socket) => {
        reused.push((socket as TLSSocket).isSessionReused());
        socket.resume();
      },
      { tls: authority.issue('localhost', 'DNS:localhost,DNS:other.test') },
    );
    for (const name of ['localhost', 'localhost', 'other.test']) {
      const options = { tls: prepareTls({ ca: authority.cert }), lookup: addresses('127.0.0.1') };
      await greet(host, { host: name, port: host.port, secure: true }, options);
    }
    assert.deepEqual(reused, [false, false, false]);
  });

  test('keys that cannot be read are told before anything is dialled', () => {
    assert.throws(
      () => prepareTls({ key: 'no key', cert: 'no certificate' }),
      /^TypeError: the option tls cannot be used/,
    );
    assert.throws(() => prepareTls({ ciphers: 'NO-SUCH-CIPHER' }), TypeError);
    prepareTls(authority.issue('localhost'));
  });
});

describe('what answers TLS without speaking it', () => {
  const tryRaw = async (answer: (socket: Socket) => void, limitMs?: number): Promise<Tried> => {
    await using host = await listening((socket) => socket.once('data', () => answer(socket)));
    const tried = await tryDial({ port: host.port, secure: true }, {}, limitMs);
    await host.gone();
    return tried;
  };

  for (const banner of [
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    'SSH-2.0-OpenSSH_9.2p1\r\n',
    '220 mail ready\r\n',
    '-ERR unknown\r\n',
    '<html>',
  ]) {
    test(`${JSON.stringify(banner)} is TLS_TO_PLAIN_PORT`, async () => {
      assert.equal(codeOf(await tryRaw((socket) => socket.end(banner))), 'TLS_TO_PLAIN_PORT');
    });
  }

  const alerts: [number, string][] = [
    [40, 'TLS_CIPHER'],
    [42, 'TLS_CLIENT_CERT'],
    [45, 'TLS_CLIENT_CERT'],
    [48, 'TLS_CLIENT_CERT'],
    [70, 'TLS_VERSION'],
    [71, 'TLS_CIPHER'],
    [80, 'TLS_FAILED'],
    [112, 'TLS_SNI'],
    [116, 'TLS_CLIENT_CERT'],
    [120, 'TLS_ALPN_ONLY_H2'],
  ];
  for (const [alert, code] of alerts) {
    test(`the alert ${alert} is ${code}`, async () => {
      const tried = await tryRaw((socket) => socket.end(Buffer.from([0x15, 3, 3, 0, 2, 2, alert])));
      assert.equal(codeOf(tried), code, seenIn(tried));
    });
  }

  test('silence is TLS_TIMEOUT', async () => {
    const tried = await tryRaw(() => {}, 150);
    assert.equal(codeOf(tried), 'TLS_TIMEOUT');
    assert.ok(tried.timings.tcpMs! >= 0);
    assert.ok(tried.tookMs < 3000);
  });
});

describe('called off', () => {
  test('before it began, during DNS and during TLS', async () => {
    const early = await tryDial({ port: await freePort() }, {}, 5000, AbortSignal.abort('no'));
    assert.equal(codeOf(early), 'CLIENT_CLOSED_EARLY');
    assert.ok(early.outcome.ok === false && early.outcome.cause === 'no');
    for (const [stage, place, options] of [
      ['dns', { host: 'x.test' }, { lookup: () => {} }],
      ['tls', { secure: true }, {}],
    ] as [string, Partial<Place>, DialOptions][]) {
      await using host = await listening((socket) => void socket.resume());
      const tried = await tryDial({ port: host.port, ...place }, options, 5000, AbortSignal.timeout(50));
      assert.equal(codeOf(tried), 'CLIENT_CLOSED_EARLY');
      assert.equal(seenIn(tried), stage);
      assert.ok(tried.tookMs < 3000);
      await host.gone();
    }
  });
});
