// A tunnel through a proxy of the test's own: what leads through it, each way in which a proxy can be wrong or hostile, what is told of it,
// and nothing left open.
import assert from 'node:assert/strict';
import type { LookupFunction, Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { Timings } from '../../src/errors.js';
import { type DialOptions, dial } from '../../src/transport/dial.js';
import { parseProxy } from '../../src/transport/forward-proxy.js';
import { Patience } from '../../src/transport/patience.js';
import { prepareTls } from '../../src/transport/tls.js';
import { openTunnel, type Tunnelled, type TunnelOptions } from '../../src/transport/tunnel.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { forwarding } from './forwarding.js';
import { deaf, type Listener, listening } from './listener.js';

const noOpenssl = need('openssl').skip;
const PLACE = { host: 'server.test', port: 443 };

interface Tried {
  readonly outcome: Tunnelled;
  readonly timings: Timings;
}

async function tryTunnel(
  proxy: string,
  {
    limitMs = 3000,
    place = PLACE,
    signal,
    ...options
  }: TunnelOptions & { limitMs?: number; place?: typeof PLACE; signal?: AbortSignal } = {},
): Promise<Tried> {
  const timings: Timings = { totalMs: 0 };
  const patience = new Patience(limitMs, signal);
  const outcome = await openTunnel(parseProxy(proxy), place, options, patience, timings);
  patience.release();
  if (outcome.ok) outcome.value.destroy();
  return { outcome, timings };
}

/** `CODE seen`. */
function told({ outcome }: Tried): string {
  if (outcome.ok) return 'open';
  const { reason, evidence } = outcome.rejection;
  return `${reason.code} ${evidence.seen}`;
}

const found =
  (address: string): LookupFunction =>
  (_name, options, done) =>
    process.nextTick(() => (options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));

/** Answers the first octets with these, and each time more come with the next. */
const scripted = (...answers: readonly (string | undefined)[]): Promise<Listener> =>
  listening((socket) => {
    let turn = 0;
    socket.on('data', () => {
      const answer = answers[turn++];
      if (answer === undefined) socket.destroy();
      else socket.write(answer, 'latin1');
    });
  });

describe('a tunnel that stands', () => {
  for (const scheme of ['http', 'socks5', 'socks5h'] as const) {
    test(`${scheme}: octets go both ways, those behind the answer are kept`, async () => {
      await using server = await listening((socket) => {
        socket.write('first ');
        socket.on('data', (chunk: Buffer) => socket.write(chunk));
      });
      await using proxy = await forwarding();
      const timings: Timings = { totalMs: 0 };
      const patience = new Patience(3000);
      const place = { host: '127.0.0.1', port: server.port };
      const outcome = await openTunnel(
        parseProxy(`${scheme}://127.0.0.1:${proxy.port}`),
        place,
        {},
        patience,
        timings,
      );
      patience.release();
      assert.ok(outcome.ok, JSON.stringify(outcome));
      assert.ok(timings.tcpMs! >= 0 && timings.proxyMs! >= 0 && timings.dnsMs === undefined);
      const socket = outcome.value;
      assert.equal(socket.isPaused(), true);
      socket.write('second');
      const text = await reading(socket, 'first second'.length);
      assert.equal(text, 'first second');
      socket.destroy();
      await server.gone();
      await proxy.gone();
    });
  }

  test('what the proxy says first of the other end, in one piece with its answer', async () => {
    await using proxy = await scripted('HTTP/1.1 200 OK\r\n\r\nhello');
    const patience = new Patience(3000);
    const outcome = await openTunnel(parseProxy(`http://127.0.0.1:${proxy.port}`), PLACE, {}, patience, {
      totalMs: 0,
    });
    patience.release();
    assert.ok(outcome.ok);
    assert.equal(outcome.answer, 'HTTP/1.1 200 OK\r\n\r\n');
    assert.equal(await reading(outcome.value, 5), 'hello');
    outcome.value.destroy();
    await proxy.gone();
  });

  test('names go to the proxy as they are, or as addresses with socks5', async () => {
    await using proxy = await forwarding({ answers: () => 'deny' });
    const url = (scheme: string) => `${scheme}://127.0.0.1:${proxy.port}`;
    const lookup = found('192.0.2.7');
    for (const scheme of ['http', 'socks5h', 'socks5']) await tryTunnel(url(scheme), { lookup });
    assert.deepEqual(proxy.asked, ['server.test:443', 'server.test:443', '192.0.2.7:443']);
  });

  test('a name that this side cannot look up is no failure of the proxy', async () => {
    const lookup: LookupFunction = (_name, _options, done) =>
      process.nextTick(() => done(Object.assign(new Error('lookup'), { code: 'ENOTFOUND' }), ''));
    await using proxy = await forwarding();
    const tried = await tryTunnel(`socks5://127.0.0.1:${proxy.port}`, { lookup });
    assert.equal(told(tried), 'DNS_NXDOMAIN server.test');
    const silent = await tryTunnel('socks5://127.0.0.1:1', { lookup: () => {}, limitMs: 50 });
    assert.equal(told(silent), 'DNS_FAILURE no address of server.test within 50 ms');
    assert.equal(proxy.asked.length, 0);
  });

  test('TLS to the proxy, and TLS in it to the server', { skip: noOpenssl }, async () => {
    const { key, cert, ca } = certificate();
    await using server = await listening(
      (socket) => socket.on('data', (chunk: Buffer) => socket.write(chunk)),
      { tls: { key, cert } },
    );
    await using proxy = await forwarding({ tls: { key, cert } });
    const tls = prepareTls({ ca });
    const options: DialOptions = { tls, proxy: parseProxy(`https://localhost:${proxy.port}`), proxyTls: tls };
    const timings: Timings = { totalMs: 0 };
    const patience = new Patience(3000);
    const dialed = await dial(
      { host: 'localhost', port: server.port, secure: true },
      options,
      patience,
      timings,
    );
    patience.release();
    assert.ok(dialed.ok, JSON.stringify(dialed));
    assert.ok(timings.proxyMs! >= 0 && timings.tlsMs! >= 0);
    dialed.value.write('through both');
    assert.equal(await reading(dialed.value, 12), 'through both');
    dialed.value.destroy();
    await server.gone();
    await proxy.gone();
  });

  test('what TLS says first lies in one piece with the answer', { skip: noOpenssl }, async () => {
    // A server that greets is none of TLS: the octets must have got as far as TLS to be found wrong.
    await using proxy = await scripted('HTTP/1.1 200 OK\r\n\r\nSSH-2.0-x\r\n');
    const options: DialOptions = { proxy: parseProxy(`http://127.0.0.1:${proxy.port}`) };
    const patience = new Patience(3000);
    const dialed = await dial({ ...PLACE, secure: true }, options, patience, { totalMs: 0 });
    patience.release();
    assert.equal(dialed.ok ? 'connected' : dialed.rejection.reason.code, 'TLS_TO_PLAIN_PORT');
    await proxy.gone();
  });
});

describe('a proxy that is not there', () => {
  test('nothing listens, there is no such name', async () => {
    const port = await freePort();
    const refused = await tryTunnel(`http://127.0.0.1:${port}`);
    assert.equal(
      told(refused),
      `FWD_UNREACHABLE http://127.0.0.1:${port}: TCP_REFUSED, 127.0.0.1:${port} ECONNREFUSED`,
    );
    assert.equal(refused.outcome.ok || refused.outcome.rejection.reason.stage, 'proxy');
    assert.match(
      told(await tryTunnel('http://no-such-host.invalid:1')),
      /^FWD_UNREACHABLE .*DNS_NXDOMAIN, no-such-host\.invalid/,
    );
  });

  test('it answers no connection attempt', async () => {
    await using port = await deaf();
    assert.match(
      told(await tryTunnel(`http://127.0.0.1:${port.port}`, { limitMs: 200 })),
      /^FWD_UNREACHABLE .*TCP_TIMEOUT, no answer of 127/,
    );
  });

  test('TLS with it fails', { skip: noOpenssl }, async () => {
    await using plain = await scripted('HTTP/1.1 400 Bad Request\r\n\r\n');
    assert.match(
      told(await tryTunnel(`https://127.0.0.1:${plain.port}`)),
      /^FWD_UNREACHABLE https:\S+: TLS_TO_PLAIN_PORT/,
    );
    const { key, cert } = certificate();
    await using proxy = await forwarding({ tls: { key, cert } });
    assert.match(
      told(await tryTunnel(`https://localhost:${proxy.port}`)),
      /^FWD_UNREACHABLE https:\S+: TLS_CERT_UNTRUSTED/,
    );
    await proxy.gone();
  });

  test('called off', async () => {
    await using proxy = await listening((socket) => void socket.resume());
    const tried = await tryTunnel(`http://127.0.0.1:${proxy.port}`, { signal: AbortSignal.timeout(30) });
    assert.equal(told(tried), 'CLIENT_CLOSED_EARLY proxy');
    assert.equal(
      told(await tryTunnel(`http://127.0.0.1:${proxy.port}`, { signal: AbortSignal.abort() })),
      'CLIENT_CLOSED_EARLY proxy',
    );
    await proxy.gone();
  });
});

describe('a proxy that is hostile', () => {
  const rows: [what: string, scheme: string, answers: (string | undefined)[], want: RegExp][] = [
    ['silence', 'http', [''], /^FWD_TIMEOUT no octet of http:\S+ within 200 ms$/],
    ['silence', 'socks5h', [''], /^FWD_TIMEOUT no octet of socks5h:\S+ within 200 ms$/],
    ['half a head', 'http', ['HTTP/1.1 200 OK\r\n'], /^FWD_TIMEOUT no whole answer, only 17 octets of http:/],
    ['a hang-up', 'http', [undefined], /^FWD_NOT_A_PROXY 0 octets, then (?:FIN|RST)$/],
    ['a hang-up', 'socks5h', ['\x05\0', undefined], /^FWD_NOT_A_PROXY 2 octets, then (?:FIN|RST)$/],
    ['garbage', 'http', ['\0\x01\x02'], /^FWD_NOT_A_PROXY 00 01 02$/],
    ['garbage', 'socks5h', ['\0\x01\x02'], /^FWD_NOT_A_PROXY 00 01 02$/],
    ['HTTP to SOCKS', 'socks5h', ['HTTP/1.1 400 Bad Request\r\n\r\n'], /^FWD_NOT_A_PROXY 48 54 54 50/],
    ['SOCKS to HTTP', 'http', ['\x05\xff'], /^FWD_NOT_A_PROXY 05 ff$/],
    [
      'half a reply',
      'socks5h',
      ['\x05\0', '\x05\0\0\x01\x7f'],
      /^FWD_TIMEOUT no whole answer, only 7 octets of socks5h:/,
    ],
    [
      'a refusal',
      'socks5h',
      ['\x05\0', '\x05\x02\0\x01\0\0\0\0\0\0'],
      /^FWD_SOCKS 2, not allowed by its rules$/,
    ],
  ];
  for (const [what, scheme, answers, want] of rows) {
    test(`${scheme}: ${what}`, async () => {
      await using proxy = await scripted(...answers);
      const tried = await tryTunnel(`${scheme}://127.0.0.1:${proxy.port}`, { limitMs: 200 });
      assert.match(told(tried), want);
      assert.equal(tried.timings.proxyMs, undefined);
      await proxy.gone();
    });
  }

  test('a head without an end is read no further than 16 KiB', async () => {
    let writtenBytes = 0;
    await using proxy = await listening((socket) => {
      socket.once('data', () => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const more = () => {
          if (socket.destroyed) return;
          writtenBytes += 1024;
          socket.write(`A: ${'b'.repeat(1019)}\r\n`, more);
        };
        more();
      });
    });
    const tried = await tryTunnel(`http://127.0.0.1:${proxy.port}`);
    assert.equal(told(tried), 'FWD_NOT_A_PROXY more than 16384 bytes');
    assert.equal(!tried.outcome.ok && tried.outcome.answer!.length, 16_384);
    await proxy.gone();
    assert.ok(writtenBytes > 16_384);
  });

  test('a reset', async () => {
    await using proxy = await listening((socket) => void socket.once('data', () => socket.resetAndDestroy()));
    assert.equal(
      told(await tryTunnel(`http://127.0.0.1:${proxy.port}`)),
      'FWD_NOT_A_PROXY 0 octets, then RST',
    );
  });

  test('it repeats the credentials, and they are told to nobody', async () => {
    const basic = Buffer.from('user:hunter22').toString('base64');
    await using proxy = await scripted(
      `HTTP/1.1 403 ${basic}\r\nX-Squid-Error: hunter22 ${basic}\r\nProxy-Authenticate: ${basic}\r\n\r\n`,
    );
    const { outcome } = await tryTunnel(`http://user:hunter22@127.0.0.1:${proxy.port}`);
    const text = JSON.stringify(outcome);
    assert.match(text, /FWD_CONNECT_DENIED/);
    assert.match(text, /\(hidden\)/);
    assert.ok(!text.includes('hunter22') && !text.includes(basic), text);
  });

  test('so with SOCKS, whose octets are shown in hexadecimal', async () => {
    const hex = Buffer.from('hunter22').toString('hex');
    for (const answers of [
      ['\x05\x02', '\x04user\x08hunter22'],
      ['\x05\x02', '\x01\0', '\x05\0\0\x03\xffhunter22'],
    ]) {
      await using proxy = await scripted(...answers);
      const { outcome } = await tryTunnel(`socks5h://user:hunter22@127.0.0.1:${proxy.port}`, {
        limitMs: 200,
      });
      const text = JSON.stringify(outcome);
      assert.match(text, /FWD_NOT_A_PROXY|FWD_TIMEOUT/);
      assert.match(text, /\(hidden\)/);
      assert.ok(!text.replaceAll(' ', '').includes(hex.slice(0, 8)), text);
    }
  });

  test('SOCKS that answers before it is asked is heard, and nobody waits for more', async () => {
    for (const [reply, want] of [
      ['\x05\0\0\x01\0\0\0\0\0\0', 'open'],
      ['\x05\x02\0\x01\0\0\0\0\0\0', 'FWD_SOCKS'],
    ] as const) {
      await using proxy = await scripted(`\x05\0${reply}`);
      const { outcome } = await tryTunnel(`socks5h://127.0.0.1:${proxy.port}`, { limitMs: 5000 });
      assert.equal(outcome.ok ? 'open' : outcome.rejection.reason.code, want);
      if (outcome.ok) outcome.value.destroy();
    }
  });
});

/** So many octets, as text. */
function reading(socket: Socket, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length >= bytes) resolve(text);
    });
    socket.once('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
    socket.resume();
  });
}
