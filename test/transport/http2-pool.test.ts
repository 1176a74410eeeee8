// Sessions that attempts share: with whom, for how long, and what is left of them.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Timings } from '../../src/errors.js';
import type { Reached } from '../../src/transport/http2-dialing.js';
import { SessionPool } from '../../src/transport/http2-pool.js';
import type { Session } from '../../src/transport/http2-session.js';
import { Patience } from '../../src/transport/patience.js';
import { prepareTls, type TlsOptions } from '../../src/transport/tls.js';
import { answer, bytes, GREETING, type Http2Host, hosting } from '../client/http2-host.js';
import { data } from '../hostile/h2-bytes.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';

const openssl = { skip: need('openssl').skip };

const CONNECT = {
  ':method': 'CONNECT',
  ':protocol': 'websocket',
  ':scheme': 'http',
  ':authority': 'a.test',
  ':path': '/',
};

async function reaching(
  pool: SessionPool,
  host: Http2Host,
  tls: TlsOptions = {},
): Promise<[Reached, Timings]> {
  const secure = host.url.startsWith('wss');
  const place = { host: secure ? 'localhost' : '127.0.0.1', port: host.port, secure };
  const patience = new Patience(5000);
  const timings = { totalMs: 0 };
  const reached = await pool.reach({ place, tls: prepareTls(tls), orHttp1: false }, patience, timings);
  patience.release();
  return [reached, timings];
}

async function session(pool: SessionPool, host: Http2Host, tls?: TlsOptions): Promise<Session> {
  const [reached] = await reaching(pool, host, tls);
  assert.ok(reached.ok, reached.ok ? '' : reached.rejection.reason.code);
  return reached.value;
}

/** Waits until it is so. */
async function until(isSo: () => boolean): Promise<void> {
  for (const end = performance.now() + 5000; !isSo(); await pause(5)) assert.ok(performance.now() < end);
}

describe('who shares a session', () => {
  test('whoever wants the same place; only the first one has waited for its stages', async () => {
    const pool = new SessionPool({ idleMs: 50 });
    await using host = await hosting({ secure: false });
    const [[one, first], [two, second]] = await Promise.all([reaching(pool, host), reaching(pool, host)]);
    assert.ok(one.ok && two.ok && one.value === two.value);
    assert.deepEqual([first.tcpMs !== undefined, second.tcpMs], [true, undefined]);
    assert.equal(await session(pool, host), one.value);
    assert.deepEqual([pool.size, host.sockets.length], [1, 1]);
  });

  test('never who checks a certificate another way', openssl, async () => {
    const pool = new SessionPool({ idleMs: 50 });
    await using host = await hosting();
    const { ca } = certificate();
    const careless = await session(pool, host, { rejectUnauthorized: false });
    const [strict] = await reaching(pool, host);
    assert.ok(!strict.ok && strict.rejection.reason.code === 'TLS_CERT_UNTRUSTED');
    const trusting = await session(pool, host, { ca });
    const named = await session(pool, host, { ca, servername: 'localhost' });
    assert.equal(new Set([careless, trusting, named]).size, 3);
    assert.equal(await session(pool, host, { ca: Buffer.from(ca).toString() }), trusting);
  });

  test('nobody after it is retired, or went away', async () => {
    const pool = new SessionPool({ idleMs: 50 });
    await using host = await hosting({ secure: false });
    const first = await session(pool, host);
    first.retire();
    assert.ok(!first.hasRoom && pool.size === 0);
    const second = await session(pool, host);
    host.sessions[1]!.goaway(0);
    await until(() => second.isOver);
    assert.equal(pool.size, 0);
    assert.notEqual(await session(pool, host), second);
  });

  test('one dialling after another that was given up serves all who come then', async () => {
    const pool = new SessionPool({ idleMs: 50 });
    await using host = await hosting({ secure: false });
    const off = new AbortController();
    const patience = new Patience(5000, off.signal);
    const place = { host: '127.0.0.1', port: host.port, secure: false };
    const given = pool.reach({ place, orHttp1: false }, patience, { totalMs: 0 });
    off.abort();
    const second = session(pool, host);
    assert.ok(!(await given).ok);
    const third = session(pool, host);
    assert.equal(await second, await third);
    assert.equal(await session(pool, host), await second);
    assert.deepEqual([pool.size, host.sessions.length], [1, 1]);
  });

  test('and nobody remembers a place that could not be reached', async () => {
    const pool = new SessionPool({ idleMs: 50 });
    await using host = await hosting({ secure: false, announced: {} });
    const [reached] = await reaching(pool, host);
    assert.ok(!reached.ok);
    assert.equal(pool.size, 0);
    await host.gone();
  });
});

/** A file of src/, for the source of another process. */
const built = (file: string) => JSON.stringify(new URL(`../../src/${file}`, import.meta.url).href);

describe('a session with streams', () => {
  test('that answers no PING is over, and tells each of them', async () => {
    const pool = new SessionPool({ beatMs: 40, silentMs: 60 });
    // After DATA on a stream that was never opened Node reads no more, and does not say so.
    await using host = await hosting({
      secure: false,
      onSocket: (socket) => bytes(socket, GREETING, () => socket.write(data(99, 'x'))),
    });
    const dying = await session(pool, host);
    const streams = [1, 2].map(() => dying.request(CONNECT));
    await Promise.all(streams.map((stream) => once(stream, 'close')));
    assert.deepEqual(dying.lost?.evidence, { seen: 'no answer to a PING within 60 ms' });
    assert.deepEqual([dying.isOver, pool.size], [true, 0]);
    await host.gone();
  });

  test('whose answer to a PING is long in coming lives while anything comes', async () => {
    const pool = new SessionPool({ beatMs: 50, silentMs: 300 });
    let say!: () => void;
    await using host = await hosting({
      secure: false,
      onSocket: (socket) =>
        bytes(socket, GREETING, (stream) => {
          socket.write(answer(stream, 200));
          say = () => void socket.write(data(stream, 'x'));
        }),
    });
    const busy = await session(pool, host);
    const stream = busy.request(CONNECT).resume();
    await once(stream, 'response');
    for (let count = 0; count < 40; count += 1) {
      say();
      await pause(25);
    }
    assert.ok(busy.hasRoom && !stream.closed);
    await once(stream, 'close');
    assert.deepEqual(busy.lost?.evidence, { seen: 'no answer to a PING within 300 ms' });
  });

  test('that answers goes on', async () => {
    const pool = new SessionPool({ beatMs: 20, silentMs: 5000, idleMs: 20 });
    await using host = await hosting({ secure: false });
    const living = await session(pool, host);
    const stream = living.request(CONNECT).resume();
    const pings = { count: 0 };
    host.sessions[0]!.on('ping', () => {
      pings.count += 1;
    });
    await until(() => pings.count > 2);
    assert.ok(living.hasRoom);
    stream.destroy();
    await until(() => living.isOver);
  });
});

describe('an idle session', () => {
  test('closes itself, but not while a stream is open', async () => {
    const pool = new SessionPool({ idleMs: 60 });
    await using host = await hosting({ secure: false });
    const kept = await session(pool, host);
    const stream = kept.request(CONNECT);
    await pause(200);
    assert.ok(kept.hasRoom, 'it has a stream');
    stream.destroy();
    await until(() => kept.isOver);
    assert.equal(pool.size, 0);
    await host.gone();
  });

  test('a stream meanwhile gives it more time', async () => {
    const pool = new SessionPool({ idleMs: 500 });
    await using host = await hosting({ secure: false });
    const kept = await session(pool, host);
    for (let count = 0; count < 4; count += 1) {
      const stream = kept.request(CONNECT).resume();
      await pause(150);
      stream.destroy();
      await pause(10);
      assert.ok(kept.hasRoom);
    }
    await until(() => kept.isOver);
  });

  test('ends its socket though the peer does not', async () => {
    const pool = new SessionPool({ idleMs: 20 });
    await using host = await hosting({
      secure: false,
      onSocket: (socket) => {
        // The peer takes our GOAWAY and FIN, and says nothing.
        (socket as { allowHalfOpen: boolean }).allowHalfOpen = true;
        bytes(socket, GREETING);
      },
    });
    await session(pool, host);
    await until(() => host.sockets[0]!.readableEnded);
    // Once our side is gone, what is written to it is answered with RST.
    await until(() => {
      host.sockets[0]!.write(GREETING);
      return host.sockets[0]!.closed;
    });
  });

  test('does not keep the process alive', async () => {
    await using host = await hosting({ secure: false });
    const script = `
      import { connect } from ${built('client/connect.js')};
      import { pool } from ${built('transport/http2-pool.js')};
      process.on('exit', () => console.log('sessions left:', pool.size));
      const connections = await Promise.all([1, 2, 3].map(() => connect(${JSON.stringify(host.url)}, { http: 2 })));
      await Promise.all(connections.map((connection) => connection.close()));
    `;
    await using child = new Child(process.execPath, ['--input-type=module', '-e', script]);
    assert.equal(await child.exited, 0);
    assert.equal(child.stdout.at(-1), 'sessions left: 1', 'it was not due to close itself yet');
    assert.equal(host.sockets.length, 1);
  });

  test('an open connection does keep it', async () => {
    await using host = await hosting({ secure: false });
    const script = `
      import { connect } from ${built('client/connect.js')};
      const connection = await connect(${JSON.stringify(host.url)}, { http: 2 });
      connection.onclose = (record) => console.log(record.code);
      console.log('open');
    `;
    await using child = new Child(process.execPath, ['--input-type=module', '-e', script]);
    await child.line(/^open$/);
    await pause(300);
    assert.equal(child.process.exitCode, null);
    host.sessions[0]!.destroy();
    await child.line(/^1006$/);
    assert.equal(await child.exited, 0);
  });
});
