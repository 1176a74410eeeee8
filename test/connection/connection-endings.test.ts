// How connections end, in memory and on real sockets: who closed, with what, and a 1006 that is explained.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { ENDINGS } from '../../src/connection/endings.js';
import { type ConnectionOptions, open } from '../../src/connection/settings.js';
import { CarrierError, ClosedError } from '../../src/errors.js';
import * as trace from '../../src/trace.js';
import { socketPair } from '../conformance/peer.js';
import { hex } from '../frames/hex.js';
import { joined, opened, openedWith, settled, to } from './opened.js';

test('close from either side ends both, cleanly, with the same code', async () => {
  for (const first of ['server', 'client'] as const) {
    const ends = joined();
    const other = first === 'server' ? ends.client : ends.server;
    const record = await ends[first].close(4001, 'done');
    const seen = await other.closed;
    assert.deepEqual(
      [record.code, record.clean, record.initiator, record.cause],
      [4001, true, 'local', undefined],
    );
    assert.deepEqual([seen.code, seen.reason, seen.clean, seen.initiator], [4001, 'done', true, 'peer']);
    assert.deepEqual([ends.server.state, ends.client.state], ['closed', 'closed']);
  }
});

for (const [when, frames, record] of [
  [
    'behind both close frames is the end that was awaited',
    ['8882 00000000 03e8'],
    [1000, true, undefined, 'fin'],
  ],
  ['before any is why it ended', [], [1006, false, 'CLOSE_TCP_LINGERS', 'rst']],
] as const) {
  test(`the end of what carries the connection, ${when}`, async () => {
    const { connection, ours, wire } = opened();
    for (const frame of frames) wire.send(frame);
    wire.lingers = true;
    await settled();
    ours.destroy(new CarrierError({ reason: ENDINGS.CLOSE_TCP_LINGERS, evidence: {} }));
    const { code, clean, cause, end, error } = await connection.closed;
    assert.deepEqual([code, clean, cause, end], record);
    assert.equal(error instanceof CarrierError, !clean);
  });
}

test('what was sent before close still arrives', async () => {
  const { server, client } = joined();
  const got: unknown[] = [];
  client.onmessage = (message) => got.push(message);
  for (let count = 0; count < 5; count += 1) server.send(`${count}`);
  server.send(new Uint8Array(100_000));
  await server.close(1000);
  assert.equal(got.length, 6);
});

test('state goes from open through closing to closed', async () => {
  const { connection, wire } = opened();
  assert.equal(connection.state, 'open');
  const closed = connection.close(1000);
  assert.equal(connection.state, 'closing');
  assert.equal(connection.close(1001), closed, 'a second close waits for the same end');
  wire.send('8882 00000000 03e8');
  await closed;
  assert.equal(connection.state, 'closed');
});

test('await using closes with 1000; after a close it only waits', async () => {
  const { server, client } = joined();
  {
    await using connection = server;
    connection.send('x');
  }
  assert.equal((await client.closed).code, 1000);
  await server[Symbol.asyncDispose]();
  const again = joined();
  void again.server.close(4000);
  await again.server[Symbol.asyncDispose]();
  assert.equal((await again.client.closed).code, 4000);
});

test('the signal is aborted with the record, also for who asks late', async () => {
  const { connection, wire } = opened();
  const { signal } = connection;
  assert.equal(signal.aborted, false);
  wire.send('8882 00000000 03e8');
  await once(signal, 'abort');
  assert.ok(signal.reason instanceof ClosedError && signal.reason.record.code === 1000);
  const late = opened();
  late.connection.terminate();
  await late.connection.closed;
  await settled();
  assert.equal(late.connection.signal.aborted, true);
});

test('onclose comes once, after the last message; the endpoint’s gets the connection', async () => {
  const seen: string[] = [];
  const { connection, wire } = opened();
  connection.onmessage = (message) => seen.push(`${message}`);
  connection.onclose = (record) => seen.push(`closed ${record.code}`);
  wire.send(`${to(1, '61')} 8882 00000000 03e8`);
  await connection.closed;
  const shared = openedWith({ onclose: (one, record) => seen.push(`${one.role} ${record.code}`) });
  shared.wire.end.end();
  await shared.connection.closed;
  assert.deepEqual(seen, ['a', 'closed 1000', 'server 1006']);
});

test('both channels tell of a connection’s beginning and end', async () => {
  const seen: string[] = [];
  const onopen = () => seen.push('open');
  const onclosed = (event: unknown) =>
    seen.push(`close ${(event as { record: { code: number } }).record.code}`);
  trace.opened.subscribe(onopen);
  trace.closed.subscribe(onclosed);
  const { connection, wire } = opened();
  wire.send('8882 00000000 03e8');
  await connection.closed;
  trace.opened.unsubscribe(onopen);
  trace.closed.unsubscribe(onclosed);
  assert.deepEqual(seen, ['open', 'close 1000']);
});

test('terminate ends the transport at once and says so', async () => {
  const { connection, wire } = opened();
  connection.send('x');
  connection.terminate();
  const record = await connection.closed;
  await settled();
  assert.equal(wire.take(), '');
  assert.deepEqual([record.code, record.initiator, record.end], [1006, 'local', 'destroyed']);
  assert.match(record.explanation, /^Cut off: terminate\(\) was called here\./);
});

test('a stream that somebody else destroyed is named as that', async () => {
  const { connection, ours } = opened();
  ours.destroy();
  const record = await connection.closed;
  assert.match(record.explanation, /^Cut off: this process destroyed the stream\./);
});

test('a Duplex that is destroyed already ends at once', async () => {
  const [ours, theirs] = await socketPair();
  ours.destroy();
  await once(ours, 'close');
  assert.equal((await open(ours, { role: 'server' }).closed).code, 1006);
  theirs.destroy();
});

test('nothing is left behind by calls on a connection that has ended', async () => {
  const { connection, ours } = opened();
  connection.send('x');
  ours.destroy();
  connection.send('y');
  await connection.closed;
  connection.resume();
  connection.pause();
  connection.terminate();
  assert.equal((await connection.close(1000)).code, 1006);
  await settled();
  assert.equal(connection.bufferedBytes, 0);
});

// The endings on a real socket. `theirs` is the other end.
interface Broken {
  options?: ConnectionOptions;
  does(theirs: Socket): void | Promise<void>;
  cause: string;
  code?: number;
  end: string;
  explanation: RegExp;
}

const SHORT = {
  heartbeat: { intervalMs: 60, timeoutMs: 60 },
  timeouts: { closeMs: 150, messageMs: 100, stallMs: 150 },
};

const broken: Record<string, Broken> = {
  'FIN without a close frame': {
    does: (theirs) => void theirs.end(),
    cause: 'CLOSE_NO_FRAME_FIN',
    end: 'fin',
    explanation: /ended in order, but without a close frame/,
  },
  RST: {
    does: (theirs) => void theirs.resetAndDestroy(),
    cause: 'CLOSE_NO_FRAME_RST',
    end: 'rst',
    explanation: /was reset/,
  },
  'FIN inside a frame': {
    does: (theirs) => void theirs.end(hex('8185 00000000 6161')),
    cause: 'FRAME_TRUNCATED',
    end: 'fin',
    explanation: /ended inside a frame/,
  },
  'FIN inside a message': {
    does: (theirs) => void theirs.end(hex('0181 00000000 61')),
    cause: 'FRAME_TRUNCATED',
    end: 'fin',
    explanation: /ended inside a frame/,
  },
  'a ping that is not answered': {
    options: { heartbeat: SHORT.heartbeat },
    does: () => {},
    cause: 'PING_UNANSWERED',
    end: 'destroyed',
    explanation: /no octet for \d+ ms/,
  },
  'a message that drips': {
    options: { timeouts: SHORT.timeouts },
    does: (theirs) => void theirs.write(hex('0181 00000000 61')),
    cause: 'MSG_TIMEOUT',
    end: 'fin',
    explanation: /We closed with 1008/,
  },
  'a peer that breaks the rules': {
    does: (theirs) => void theirs.write(hex('8105 48656c6c6f')),
    cause: 'FRAME_UNMASKED_BY_CLIENT',
    end: 'fin',
    explanation: /We closed with 1002 "FRAME_UNMASKED_BY_CLIENT: mask bit 0"/,
  },
};
for (const [what, { options = {}, does, cause, end, explanation }] of Object.entries(broken)) {
  test(`${what} is explained`, async () => {
    const [ours, theirs] = await socketPair();
    theirs.on('error', () => {}).resume();
    const connection = open(ours, { role: 'server', heartbeat: false, ...options });
    await does(theirs as Socket);
    const record = await connection.closed;
    assert.deepEqual([record.cause, record.code, record.clean, record.end], [cause, 1006, false, end]);
    assert.match(record.explanation, explanation);
    theirs.destroy();
  });
}

test('a peer that never answers our close frame is cut after closeMs', async () => {
  const [ours, theirs] = await socketPair();
  const connection = open(ours, { role: 'server', heartbeat: false, timeouts: { closeMs: 100 } });
  const start = performance.now();
  const record = await connection.close(1000);
  assert.ok(performance.now() - start >= 99);
  assert.deepEqual([record.cause, record.code, record.end], ['CLOSE_NOT_ECHOED', 1006, 'destroyed']);
  theirs.destroy();
});

test('a server that keeps TCP open after both close frames is cut by the client', async () => {
  const [ours, theirs] = await socketPair();
  theirs.resume();
  const connection = open(ours, { role: 'client', heartbeat: false, timeouts: { closeMs: 100 } });
  theirs.write(hex('8802 03e8'));
  const record = await connection.closed;
  assert.deepEqual([record.cause, record.code, record.clean], ['CLOSE_TCP_LINGERS', 1000, true]);
  theirs.destroy();
});

test('a socket whose reader has stopped is given up after stallMs', async () => {
  const [ours, theirs] = await socketPair();
  theirs.pause();
  const options = {
    heartbeat: false,
    timeouts: { stallMs: 100 },
    limits: { maxBufferedBytes: 2 ** 30 },
  } as const;
  const connection = open(ours, { role: 'server', ...options });
  await assert.rejects(connection.send(new Uint8Array(32 * 2 ** 20)), { code: 'WS_MSG_SLOW_CONSUMER' });
  const record = await connection.closed;
  assert.deepEqual(
    [record.cause, record.end, record.initiator],
    ['MSG_SLOW_CONSUMER', 'destroyed', 'network'],
  );
  assert.ok(record.bytesUnsent > 2 ** 20);
  theirs.destroy();
});

test('a peer that is slow and takes on is not given up, however long it takes', async () => {
  const [ours, theirs] = await socketPair();
  let got = 0;
  theirs.on('data', (chunk: Buffer) => {
    got += chunk.length;
    theirs.pause();
    setTimeout(() => theirs.resume(), 4);
  });
  const connection = open(ours, { role: 'server', heartbeat: false, timeouts: { stallMs: 1000 } });
  const start = performance.now();
  await connection.send(new Uint8Array(24 * 2 ** 20));
  assert.equal(connection.state, 'open');
  assert.ok(performance.now() - start > 1000, 'it took longer than stallMs in all');
  void connection.close(1000);
  const all = 24 * 2 ** 20 + 10 + 4;
  while (got < all) await once(theirs, 'data');
  assert.equal(got, all, 'all of it, and the close frame behind it');
  connection.terminate();
  theirs.destroy();
});

test('a heartbeat keeps idle connections that answer, for many intervals', async () => {
  const [ours, theirs] = await socketPair();
  const heartbeat = { intervalMs: 40, timeoutMs: 1000 };
  const server = open(ours, { role: 'server', heartbeat });
  const client = open(theirs, { role: 'client', heartbeat });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  assert.deepEqual([server.state, client.state], ['open', 'open']);
  assert.equal((await server.close(1000)).clean, true);
});
