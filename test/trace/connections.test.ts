// What an open connection tells: its frames both ways, backpressure, pings, the limits it runs into, its end; and what can be
// counted on it at any time. While nobody listens nothing is made.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { broadcast, type Connection, type ConnectionOptions, open, prepare } from '../../src/index.js';
import { connectedPair, type MemoryDuplex, memoryPair } from '../../src/testing.js';
import * as trace from '../../src/trace.js';
import { closeFrame, frame, Op } from '../hostile/bytes.js';
import { hear } from './heard.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

/** What lasts of a frame. */
function kept({
  direction,
  opcode,
  fin,
  rsv,
  masked,
  wireBytes,
  payload,
  inflated,
  fault,
}: trace.FrameTrace) {
  const head = `${direction} ${opcode}${fin ? '' : '…'}${rsv === 0 ? '' : ` rsv ${rsv}`}${masked ? ' masked' : ''}`;
  const text = String(Buffer.from(payload));
  const told = {
    head,
    wireBytes,
    text: rsv === 0 ? text : '',
    inflated: inflated && String(Buffer.from(inflated)),
  };
  return { ...told, fault: fault?.reason.code };
}

const of = (connection: Connection) => (message: trace.FrameTrace) =>
  message.connection === connection ? [kept(message)] : [];

/** A server's connection, and the other end of its line as it is. */
function served(options: ConnectionOptions = {}): { connection: Connection; peer: MemoryDuplex } {
  const { client: peer, server } = memoryPair();
  peer.on('error', () => {}).resume();
  return { connection: open(server, { role: 'server', heartbeat: false, ...options }), peer };
}

test('frames of messages, pings and the close, in the order of the line', async () => {
  using heard = hear(trace.frames, kept);
  const { connection, peer } = served();
  connection.onmessage = (message) => void connection.send(message);
  peer.write(
    Buffer.concat([frame(Op.text, 'hello'), frame(Op.ping, 'p'), frame(Op.binary, 'x'.repeat(200))]),
  );
  await heard.until(6);
  peer.write(closeFrame(1000, 'bye'));
  await connection.closed;
  const plain = { inflated: undefined, fault: undefined };
  const long = 'x'.repeat(200);
  assert.deepEqual(heard.all, [
    { head: 'in 1 masked', wireBytes: 11, text: 'hello', ...plain },
    { head: 'out 1', wireBytes: 7, text: 'hello', ...plain },
    { head: 'in 9 masked', wireBytes: 7, text: 'p', ...plain },
    { head: 'out 10', wireBytes: 3, text: 'p', ...plain },
    { head: 'in 2 masked', wireBytes: 208, text: long, ...plain },
    { head: 'out 2', wireBytes: 204, text: long, ...plain },
    { head: 'in 8 masked', wireBytes: 11, text: '\x03\xe8bye'.replace('\xe8', '\ufffd'), ...plain },
    { head: 'out 8', wireBytes: 4, text: '\x03\ufffd', ...plain },
  ]);
});

test('every fragment is a frame, however the octets are cut', async () => {
  const octets = Buffer.concat([
    frame(Op.text, 'Grü', { fin: false }),
    frame(Op.ping),
    frame(Op.continuation, 'ß '.repeat(40), { fin: false }),
    frame(Op.continuation, 'Gott'),
  ]);
  const whole = ['in 1… masked Grü', 'in 9 masked ', `in 0… masked ${'ß '.repeat(40)}`, 'in 0 masked Gott'];
  for (let size = 1; size <= octets.length; size += 7) {
    using heard = hear(trace.frames, kept);
    const { connection, peer } = served();
    const messages: unknown[] = [];
    connection.onmessage = (message) => void messages.push(message);
    for (let at = 0; at < octets.length; at += size) peer.write(Buffer.from(octets.subarray(at, at + size)));
    while (messages.length === 0) await turn();
    const told = heard.all.filter(({ head }) => head.startsWith('in'));
    assert.deepEqual(
      told.map(({ head, text }) => `${head} ${text}`),
      whole,
      `portions of ${size}`,
    );
    connection.terminate();
  }
});

test('of a long frame that comes in portions the beginning is told, and its whole length', async () => {
  using heard = hear(trace.frames, ({ wireBytes, payload }) => [
    wireBytes,
    payload.length,
    payload[0],
    payload.at(-1),
  ]);
  const { connection, peer } = served();
  const octets = frame(Op.binary, Buffer.alloc(200_000, 0x61));
  for (let at = 0; at < octets.length; at += 30_000)
    peer.write(Buffer.from(octets.subarray(at, at + 30_000)));
  assert.deepEqual(await heard.until(1), [[200_014, 65_536, 0x61, 0x61]]);
  connection.terminate();
});

test('a compressed message is told with what it was, both ways, also from another thread', async () => {
  for (const length of [2_000, 600_000]) {
    const text = `${length} `.repeat(length / 8);
    const { server, client } = connectedPair({
      server: { compression: true },
      client: { compression: true },
    });
    using heard = hear(trace.frames, of(server));
    server.onmessage = (message) => void server.send(message);
    client.send(text);
    const back = client[Symbol.asyncIterator]();
    assert.equal((await back.next()).value, text);
    const [received, sent] = heard.all.flat();
    assert.deepEqual([received?.head, sent?.head], ['in 1 rsv 64 masked', 'out 1 rsv 64']);
    assert.deepEqual([received?.inflated, sent?.inflated], [text, text]);
    assert.ok(received!.wireBytes < length && sent!.wireBytes < length);
    await server.close();
  }
});

test('what a broadcast and a prepared message send is told for each that gets it', async () => {
  const pairs = [
    connectedPair({ server: { compression: true }, client: { compression: true } }),
    connectedPair(),
  ];
  using heard = hear(trace.frames, (message) => (message.direction === 'out' ? kept(message) : undefined));
  const message = prepare('x'.repeat(5_000));
  broadcast(
    pairs.map(({ server }) => server),
    message,
  );
  pairs[1]!.client.send(message);
  const told = heard.all.filter((one) => one !== undefined);
  assert.deepEqual(
    told.map(({ head, text, inflated }) => [head, (inflated ?? text).length]),
    [
      ['out 1 rsv 64', 5_000],
      ['out 1', 5_000],
      ['out 1 masked', 5_000],
    ],
  );
  for (const { server } of pairs) await server.close();
});

const faults: [name: string, octets: Buffer, code: string, text: string][] = [
  ['a reserved bit', frame(Op.text, 'a', { rsv: 2 }), 'FRAME_RSV', ''],
  ['no mask', frame(Op.text, 'a', { mask: null }), 'FRAME_UNMASKED_BY_CLIENT', ''],
  ['a continuation of nothing', frame(Op.continuation, 'a'), 'FRAME_CONTINUATION', ''],
  ['too large a message', frame(Op.binary, 'x'.repeat(20)), 'MSG_TOO_BIG', ''],
  ['no UTF-8', frame(Op.text, Uint8Array.of(0x61, 0xff)), 'MSG_UTF8', 'a\ufffd'],
];
for (const [name, octets, code, text] of faults) {
  test(`a frame that must not be is told once, with its fault: ${name}`, async () => {
    using heard = hear(trace.frames, (message) => (message.direction === 'in' ? kept(message) : undefined));
    const { connection, peer } = served({ limits: { maxMessageBytes: 10 } });
    peer.write(octets);
    await heard.until(1);
    const told = heard.all.filter((one) => one !== undefined);
    assert.deepEqual(
      told.map((one) => [one.fault, one.text, one.wireBytes]),
      [[code, text, octets.length]],
    );
    connection.terminate();
  });
}

test('a compressed message that cannot be expanded is told with its fault', async () => {
  const { server, client } = connectedPair({
    server: { compression: true, limits: { maxMessageBytes: 1_000 } },
    client: { compression: true },
  });
  using heard = hear(trace.frames, of(server));
  using limits = hear(trace.limits);
  client.send('x'.repeat(100_000));
  assert.equal((await server.closed).cause, 'MSG_TOO_BIG');
  assert.deepEqual([heard.all.flat()[0]?.fault, heard.all.flat()[0]?.inflated], ['MSG_TOO_BIG', undefined]);
  assert.deepEqual(
    limits.all.map(({ name, connection, reason }) => [name, connection, reason.code]),
    [['limits.maxMessageBytes', server, 'MSG_TOO_BIG']],
  );
});

test('who begins to listen in the middle of a frame, or stops there, harms nobody', async () => {
  const { connection, peer } = served();
  const messages: unknown[] = [];
  connection.onmessage = (message) => void messages.push(message);
  const octets = frame(Op.text, 'hello there');
  const halves = () => [octets.subarray(0, 10), octets.subarray(10)].map((half) => Buffer.from(half));
  const [begin, rest] = halves();
  peer.write(begin);
  await turn();
  await turn();
  const heard = hear(trace.frames, kept);
  peer.write(rest);
  const [late] = await heard.until(1);
  assert.equal(late?.wireBytes, octets.length);
  assert.ok('hello there'.endsWith(late.text));
  const [again, left] = halves();
  peer.write(again);
  await turn();
  await turn();
  heard[Symbol.dispose]();
  peer.write(left);
  while (messages.length < 2) await turn();
  assert.deepEqual([messages, heard.all.length], [['hello there', 'hello there'], 1]);
  connection.terminate();
});

test('the line that is full, and that it drained', async () => {
  using heard = hear(trace.backpressure);
  const { client, server } = memoryPair();
  const connection = open(server, { role: 'server', limits: { highWaterBytes: 10_000 } });
  const room = connection.send(Buffer.alloc(200_000));
  await turn();
  assert.deepEqual(
    heard.all.map(({ connection: whose, full }) => [whose, full]),
    [[connection, true]],
  );
  assert.ok(heard.all[0]!.bufferedBytes >= 10_000);
  client.resume();
  await room;
  assert.deepEqual(
    heard.all.map(({ full }) => full),
    [true, false],
  );
  connection.terminate();
});

test('pings and pongs of either side, and what they took', async () => {
  const { server, client } = connectedPair();
  using heard = hear(trace.heartbeats);
  const tookMs = await server.ping();
  const told = (whose: Connection) =>
    heard.all
      .filter(({ connection }) => connection === whose)
      .map(({ what, direction, roundTripMs }) => [what, direction, roundTripMs]);
  assert.deepEqual(told(server), [
    ['ping', 'out', undefined],
    ['pong', 'in', tookMs],
  ]);
  assert.deepEqual(told(client), [
    ['ping', 'in', undefined],
    ['pong', 'out', undefined],
  ]);
  assert.deepEqual([server.roundTripMs, client.roundTripMs], [tookMs, undefined]);
  await server.close();
});

test('the heartbeat measures too', async () => {
  const { server, client } = connectedPair({ server: { heartbeat: { intervalMs: 20 } } });
  using heard = hear(trace.heartbeats, ({ connection, what, direction, roundTripMs }) =>
    connection === server && what === 'pong' ? [direction, roundTripMs] : undefined,
  );
  while (server.roundTripMs === undefined) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(heard.all.filter(Boolean)[0], ['in', server.roundTripMs]);
  assert.equal(client.roundTripMs, undefined);
  await server.close();
});

test('a pong that answers nothing measures nothing', async () => {
  using heard = hear(trace.heartbeats);
  const { connection, peer } = served();
  peer.write(Buffer.concat([frame(Op.pong), frame(Op.pong, 'x'), frame(Op.ping)]));
  await heard.until(2);
  assert.deepEqual(
    heard.all.map(({ what, direction }) => [what, direction]),
    [
      ['ping', 'in'],
      ['pong', 'out'],
    ],
  );
  assert.equal(connection.roundTripMs, undefined);
  connection.terminate();
});

test('a peer that takes nothing runs into a limit', async () => {
  using heard = hear(trace.limits);
  const { server } = memoryPair();
  const limits = { highWaterBytes: 1_000, maxBufferedBytes: 50_000 };
  const connection = open(server, { role: 'server', limits });
  for (let count = 0; count < 5; count += 1) {
    connection.send(Buffer.alloc(40_000));
    await turn();
  }
  assert.deepEqual(
    heard.all.map(({ name, reason, connection: whose }) => [name, reason.code, whose]),
    [['limits.maxBufferedBytes', 'MSG_SLOW_CONSUMER', connection]],
  );
  connection.terminate();
});

test('opening and end are told, with the record', async () => {
  using begun = hear(trace.opened);
  using ended = hear(trace.closed);
  const { server, client } = connectedPair();
  const record = await server.close(4000, 'enough');
  await client.closed;
  assert.deepEqual(
    begun.all.map(({ role, connection }) => [role, connection]),
    [
      ['server', server],
      ['client', client],
    ],
  );
  const end = ended.all.find(({ connection }) => connection === server);
  assert.deepEqual([end?.role, end?.code, end?.record], ['server', 4000, record]);
  assert.ok(end!.at >= begun.all[0]!.at);
});

test('an end without a close frame has its code too', async () => {
  using ended = hear(trace.closed);
  const { server, client } = connectedPair();
  client.terminate();
  const record = await server.closed;
  const end = ended.all.find(({ connection }) => connection === server);
  assert.deepEqual([end?.code, end?.record], [1006, record]);
});

test('messages and octets are counted as they are on the line', async () => {
  const { connection, peer } = served();
  const came: Buffer[] = [];
  peer.on('data', (chunk: Buffer) => void came.push(Buffer.from(chunk)));
  connection.onmessage = (message) => void connection.send(message);
  const octets = Buffer.concat([
    frame(Op.text, 'one', { fin: false }),
    frame(Op.continuation, 'two'),
    frame(Op.ping, 'p'),
    frame(Op.binary, Buffer.alloc(20_000)),
  ]);
  peer.write(octets);
  const cameBytes = () => Buffer.concat(came).length;
  while (cameBytes() < 8 + 3 + 20_004) await turn();
  assert.deepEqual([connection.messagesReceived, connection.messagesSent], [2, 2]);
  assert.deepEqual([connection.bytesReceived, connection.bytesSent], [octets.length, cameBytes()]);
  connection.terminate();
});

test('while nobody listens nothing is published, nor made to be', async () => {
  const channels = [
    trace.frames,
    trace.backpressure,
    trace.heartbeats,
    trace.limits,
    trace.opened,
    trace.closed,
  ];
  for (const channel of channels) {
    Object.assign(channel, {
      publish() {
        throw new Error(`${String(channel.name)} has no subscriber`);
      },
    });
  }
  const { server, client } = connectedPair({ server: { compression: true }, client: { compression: true } });
  const made: string[] = [];
  Object.defineProperty(server, 'tap', { get: () => made.push('a tap') });
  server.onmessage = (message) => void server.send(message);
  const back = client[Symbol.asyncIterator]();
  for (const text of ['short', 'long'.repeat(1_000)]) {
    client.send(text);
    assert.equal((await back.next()).value, text);
  }
  await server.ping();
  await client.ping();
  await server.close();
  for (const channel of channels) delete (channel as Partial<typeof channel>).publish;
  assert.deepEqual(made, []);
});
