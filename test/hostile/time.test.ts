// Knows: peers that take their time, vanish, or are reset in the middle. Part E of the list, with times shortened by options; the last
// test reads the default values. RFC 6455 §7.1, RFC 9110 §15.5.9.
import assert from 'node:assert/strict';
import { connect as connectTcp } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { HEARTBEAT } from '../../src/connection/settings.js';
import { createServer } from '../../src/index.js';
import { serverLimits, serverTimeouts } from '../../src/server/options.js';
import type { RawConnection } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { Arena, assertLogged, CARRIERS } from './arena.js';
import { closeFrame, frame, Op, readAnswer, readClose, readFrames, upgrade, upgradeTo } from './bytes.js';

/** A deadline is kept within a tick of the clock; a machine that is busy adds to that. */
function assertAround(tookMs: number, wantedMs: number): void {
  assert.ok(
    tookMs >= wantedMs - 5 && tookMs < wantedMs + 400,
    `${tookMs.toFixed()} ms instead of ${wantedMs}`,
  );
}

/** Writes a piece now and then until the other side ends. */
function drip(
  connection: RawConnection,
  pieces: readonly (string | Uint8Array)[],
  everyMs: number,
): NodeJS.Timeout {
  let next = 0;
  return setInterval(() => {
    if (connection.end === 'open' && connection.socket.writable)
      connection.send(pieces[next++ % pieces.length]!);
  }, everyMs);
}

for (const carrier of CARRIERS) {
  describe(`time over ${carrier}`, { concurrency: false }, () => {
    test('108: heads that do not come → 408 and FIN at the deadline; others are served', async () => {
      await using arena = await Arena.open(carrier, { timeouts: { headMs: 300 } });
      const head = upgrade();
      const ways: Record<string, readonly string[]> = {
        'no octet': [],
        'one octet': ['G'],
        'empty lines': ['\r\n'],
        'octet by octet': [...head.slice(0, -4)],
        'line by line': ['GET /ws HTTP/1.1\r\n', ...Array(100).fill('X-A: b\r\n')],
        'all but the last octet': [head.slice(0, -1)],
      };
      await Promise.all(
        Object.entries(ways).map(async ([name, pieces]) => {
          using connection = await arena.connect();
          const started = performance.now();
          if (pieces[0] !== undefined) connection.send(pieces[0]);
          const timer = pieces.length > 1 ? drip(connection, pieces.slice(1), 20) : undefined;
          const { received, end } = await connection.ending(2000);
          clearInterval(timer);
          const answer = readAnswer(received);
          assert.deepEqual([answer.status, end], [408, 'fin'], name);
          assert.equal(JSON.parse(answer.body).code, 'REQ_HEAD_TIMEOUT');
          assertAround(performance.now() - started, 300);
        }),
      );
      // Two empty lines are skipped; a third is a fault, and no wait is needed to see it.
      using impatient = await arena.connect();
      const answer = readAnswer((await impatient.send('\r\n\r\n\r\n').ending(1000)).received);
      assert.equal(answer.status, 400);
      (await arena.opened()).socket.destroy();
      await arena.settled();
    });

    test('108: a decision that does not come → 503 with Retry-After, the hook aborted', async () => {
      const signals: AbortSignal[] = [];
      await using arena = await Arena.open(carrier, {
        timeouts: { handshakeMs: 300 },
        routes: {
          '/ws': {},
          '/never': {
            authorize: (_request, { signal }) => {
              signals.push(signal);
              return new Promise<void>(() => {});
            },
          },
        },
      });
      const log = arena.fresh();
      using connection = await arena.connect();
      const started = performance.now();
      const { received, end } = await connection.send(upgradeTo('/never')).ending(2000);
      assertAround(performance.now() - started, 300);
      const answer = readAnswer(received);
      assert.deepEqual([answer.status, answer.fields.get('retry-after'), end], [503, '5', 'fin']);
      assertLogged(log, 'REQ_HANDSHAKE_TIMEOUT');
      assert.equal(signals[0]?.aborted, true);
      await arena.settled();
    });

    for (const [name, bytes, every] of [
      [
        '73: a message that declares 1 MiB, sends 10 octets and then nothing',
        frame(Op.binary, Buffer.alloc(10), { declared: 1_048_576n }),
        [],
      ],
      [
        '110: an octet now and then inside a frame',
        frame(Op.binary, '', { declared: 1_048_576n }),
        [Uint8Array.of(1)],
      ],
      ['110: an octet now and then inside a header', Buffer.of(0x82), []],
      [
        '110: a fragment now and then',
        frame(Op.text, 'a', { fin: false }),
        [frame(Op.continuation, 'b', { fin: false })],
      ],
      ['110: pings while a message waits', frame(Op.text, 'a', { fin: false }), [frame(Op.ping, 'p')]],
    ] as const) {
      test(`${name} → 1008 at the message timeout`, async () => {
        await using arena = await Arena.open(carrier, { timeouts: { messageMs: 300 } });
        using connection = await arena.opened();
        const started = performance.now();
        connection.send(bytes);
        const timer = every.length > 0 ? drip(connection, every, 25) : undefined;
        await connection.ending(2000);
        clearInterval(timer);
        assertAround(performance.now() - started, 300);
        const close = readClose(readFrames(connection.received).at(-1));
        assert.deepEqual([close?.code, close?.reason.split(':')[0]], [1008, 'MSG_TIMEOUT']);
        connection.socket.destroy();
        await arena.settled();
      });
    }

    test('111: a peer that vanishes → 1006 within ping and pong time, and told why', async () => {
      await using arena = await Arena.open(carrier, {
        routes: { '/ws': {}, '/beat': { heartbeat: { intervalMs: 150, timeoutMs: 150 } } },
      });
      arena.fresh();
      using connection = await arena.opened(upgradeTo('/beat'));
      const started = performance.now();
      await connection.ending(2000);
      assertAround(performance.now() - started, 300);
      assert.deepEqual(
        readFrames(connection.received).map(({ opcode }) => opcode),
        [Op.ping],
      );
      await arena.settled();
      const record = arena.log.closes[0]!;
      assert.deepEqual([record.code, record.cause, record.initiator], [1006, 'PING_UNANSWERED', 'network']);
    });

    test('111: a peer that answers its pings stays', async () => {
      await using arena = await Arena.open(carrier, {
        routes: { '/ws': {}, '/beat': { heartbeat: { intervalMs: 60, timeoutMs: 100 } } },
      });
      using connection = await arena.opened(upgradeTo('/beat'));
      connection.socket.on('data', () => connection.send(frame(Op.pong)));
      await pause(600);
      assert.equal(connection.end, 'open');
      assert.ok(readFrames(connection.received).length >= 4);
      connection.socket.destroy();
      await arena.settled();
    });

    for (const [name, act] of Object.entries({
      'never answers the close': () => {},
      'never reads': (connection: RawConnection) => connection.socket.pause(),
      'goes on sending': (connection: RawConnection) => {
        const timer = drip(connection, [frame(Op.text, 'more'), frame(Op.ping)], 10);
        connection.socket.on('close', () => clearInterval(timer));
      },
      'answers and never ends TCP': (connection: RawConnection) => connection.send(closeFrame(1000)),
    })) {
      test(`115: a close to a peer that ${name} → terminated at the close timeout`, async () => {
        await using arena = await Arena.open(carrier, { timeouts: { closeMs: 300 } });
        using connection = await arena.opened();
        const mine = [...arena.server.connections][1]!;
        if (name === 'never reads') while (mine.bufferedBytes < 500_000) void mine.send(Buffer.alloc(65_536));
        act(connection);
        const started = performance.now();
        const record = await mine.close(1000);
        const tookMs = performance.now() - started;
        if (name === 'answers and never ends TCP') assert.ok(tookMs < 700, `${tookMs} ms`);
        else {
          assertAround(tookMs, 300);
          assert.deepEqual([record.code, record.cause], [1006, 'CLOSE_NOT_ECHOED']);
        }
        connection.socket.destroy();
        await arena.settled();
      });
    }

    const phases: Record<string, (arena: Arena<void>) => Promise<RawConnection>> = {
      'before the head': async (arena) => await arena.connect(),
      'inside the head': async (arena) => (await arena.connect()).send('GET /ws HT'),
      'while authorize runs': async (arena) => (await arena.connect()).send(upgradeTo('/slow')),
      'while authorize runs, with frames behind the head': async (arena) =>
        (await arena.connect()).send(upgradeTo('/slow')).send(Buffer.alloc(200_000, 0x82)),
      'with the whole handshake in its first segment': async (arena) =>
        (await arena.connect()).send(upgrade()),
      'behind the 101': async (arena) => await arena.opened(),
      'inside a header': async (arena) => (await arena.opened()).send(Uint8Array.of(0x81)),
      'inside a payload': async (arena) =>
        (await arena.opened()).send(frame(Op.text, 'ab', { declared: 100n })),
      'inside a message': async (arena) => (await arena.opened()).send(frame(Op.text, 'ab', { fin: false })),
      'while echoes come back': async (arena) =>
        (await arena.opened()).send(frame(Op.binary, Buffer.alloc(1_000_000))),
      'behind its close': async (arena) => (await arena.opened()).send(closeFrame(1000)),
      'inside the server close': async (arena) => {
        const connection = await arena.opened();
        for (const each of [...arena.server.connections].slice(1)) void each.close(1001);
        return connection;
      },
      'behind a refusal': async (arena) => (await arena.connect()).send(upgrade({ Origin: 'null' })),
    };
    test('113: RST in every phase → 1006 where a connection was open, nothing uncaught, nothing left', async () => {
      await using arena = await Arena.open<void>(carrier, {
        routes: { '/ws': {}, '/slow': { authorize: () => pause(40) } },
      });
      for (const [name, begin] of Object.entries(phases)) {
        for (const waitMs of [0, 1, 15]) {
          arena.fresh();
          const connection = await begin(arena);
          if (waitMs > 0) await pause(waitMs);
          connection.reset();
          await arena.settled().catch((cause) => assert.fail(`RST ${name}, after ${waitMs} ms: ${cause}`));
          for (const record of arena.log.closes) {
            if (name !== 'behind its close') assert.equal(record.code, 1006, name);
            assert.ok(record.cause !== undefined || record.clean, `${name}: an unexplained end`);
          }
        }
      }
      await pause(60);
    });
  });
}

describe('TLS itself', { concurrency: false }, () => {
  test('109: a TLS handshake that stalls is cut', async () => {
    const { key, cert } = certificate();
    await using server = createServer({ port: 0, tls: { key, cert }, timeouts: { handshakeMs: 300 } });
    await server.ready;
    // A record of 512 octets with a ClientHello of 508, and little of it.
    const hello = Buffer.from('1603010200010001fc0303', 'hex');
    for (const bytes of [Buffer.alloc(0), hello.subarray(0, 1), hello]) {
      const started = performance.now();
      const socket = connectTcp({ port: server.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      socket.write(bytes);
      await new Promise((resolve) => socket.once('close', resolve));
      assertAround(performance.now() - started, 300);
    }
  });

  test('109: plain HTTP, garbage and RST on the TLS port end that socket only', async () => {
    await using arena = await Arena.open('tls', { timeouts: { handshakeMs: 300 } });
    const garbage = [
      upgrade(),
      '\0'.repeat(100),
      'SSH-2.0-x\r\n',
      '\x16\x03\x01\xff\xff',
      '\x80\x2e\x01\0\x02',
    ];
    for (const bytes of garbage) {
      const socket = connectTcp({ port: arena.server.port, host: '127.0.0.1' });
      socket.on('error', () => {});
      socket.resume();
      socket.write(Buffer.from(bytes, 'latin1'));
      if (bytes === garbage[3]) setTimeout(() => socket.resetAndDestroy(), 10);
      await new Promise((resolve) => socket.once('close', resolve));
    }
    await arena.settled();
    const told = arena.log.handshakes.map(({ outcome, rejection }) => `${outcome} ${rejection?.reason.code}`);
    assert.equal(told.length, garbage.length);
    assert.deepEqual(new Set(told), new Set(['garbled TLS_MISSING', 'garbled TLS_TIMEOUT']));
    assert.deepEqual(arena.log.faults, []);
  });

  test('109: a client that renegotiates is refused', async () => {
    await using arena = await Arena.open('tls', {});
    const socket = connectTls({
      port: arena.server.port,
      host: '127.0.0.1',
      ca: certificate().ca,
      servername: 'localhost',
      maxVersion: 'TLSv1.2',
    });
    socket.on('error', () => {});
    await new Promise((resolve) => socket.once('secureConnect', resolve));
    const error = await new Promise<Error | null>((resolve) => {
      socket.once('close', () => resolve(new Error('closed')));
      socket.renegotiate({}, resolve);
    });
    assert.ok(error instanceof Error, 'renegotiated');
    socket.destroy();
    await arena.settled();
  });

  test('109: a callback for names that throws ends that handshake only', async () => {
    const { key, cert } = certificate();
    let angry = false;
    const SNICallback = (_name: string, done: (error: Error | null) => void) => {
      if (angry) throw new Error('a secret of the application');
      done(null);
    };
    await using arena = await Arena.open('tls', { tls: { key, cert, SNICallback } });
    angry = true;
    const socket = connectTls({
      port: arena.server.port,
      host: '127.0.0.1',
      ca: cert,
      servername: 'localhost',
    });
    const error = await new Promise<Error>((resolve) => socket.once('error', resolve));
    assert.ok(error);
    angry = false;
    await arena.settled();
  });
});

test('the defaults are those of the list', () => {
  const timeouts = serverTimeouts(undefined);
  assert.deepEqual(
    [timeouts.headMs, timeouts.handshakeMs, timeouts.messageMs, timeouts.closeMs, timeouts.stallMs],
    [5000, 10_000, 30_000, 5000, 30_000],
  );
  assert.deepEqual(HEARTBEAT, { intervalMs: 25_000, timeoutMs: 10_000 });
  const limits = serverLimits(undefined);
  assert.deepEqual([limits.maxHeadBytes, limits.maxHeadLineBytes, limits.maxHeadFields], [16_384, 8192, 100]);
  assert.deepEqual(
    [limits.maxMessageBytes, limits.maxFragments, limits.highWaterBytes, limits.maxQueuedMessages],
    [1_048_576, 1024, 65_536, 16],
  );
  assert.deepEqual([limits.maxConnectionsPerAddress, limits.maxHandshakesPerSecond], [100, 50]);
});
