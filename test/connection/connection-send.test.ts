// Messages out: what may be sent, backpressure, ping, and misuse, which throws and puts nothing on the wire.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { prepare } from '../../src/connection/prepared.js';
import { ClosedError } from '../../src/errors.js';
import { hex, show } from '../frames/hex.js';
import { joined, opened, settled, to } from './opened.js';

const unhandled: unknown[] = [];
const note = (error: unknown) => void unhandled.push(error);
before(() => void process.on('unhandledRejection', note));
after(async () => {
  await settled(50);
  process.off('unhandledRejection', note);
  assert.deepEqual(unhandled, [], 'no send() or ping() that nobody awaited raised a rejection');
});

const sendable: [
  string,
  Parameters<import('../../src/connection/connection.js').Connection['send']>,
  string,
][] = [
  ['a string', ['é'], '8102c3a9'],
  ['an empty string', [''], '8100'],
  ['a lone surrogate, as U+FFFD', ['\ud800'], '8103efbfbd'],
  ['a Buffer', [Buffer.from('00ff', 'hex')], '820200ff'],
  ['a Uint8Array that is a part', [hex('00112233').subarray(1, 3)], '82021122'],
  ['a Uint16Array, its bytes', [new Uint16Array(new Uint8Array([1, 2, 3, 4]).buffer)], '820401020304'],
  ['a DataView that is a part', [new DataView(hex('00112233').buffer, 2, 1)], '820122'],
  ['an ArrayBuffer', [hex('0102').buffer as ArrayBuffer], '82020102'],
  ['a SharedArrayBuffer', [new SharedArrayBuffer(2)], '82020000'],
  ['no bytes', [new Uint8Array(0)], '8200'],
  ['bytes as text', [hex('c3a9'), { text: true }], '8102c3a9'],
  ['bytes as binary, said so', [hex('c3a9'), { text: false }], '8202c3a9'],
];
for (const [what, args, want] of sendable) {
  test(`sends ${what}`, async () => {
    const { connection, wire } = opened();
    await connection.send(...args);
    await settled();
    assert.equal(wire.take(), want);
    connection.terminate();
  });
}

const detached = () => {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
};
const detachedWords = () => {
  const words = new Uint16Array(8);
  structuredClone(words.buffer, { transfer: [words.buffer] });
  return words;
};

type Misuse = (connection: ReturnType<typeof opened>['connection']) => unknown;
const misuse: [string, Misuse, typeof TypeError | typeof RangeError][] = [
  ['send(number)', (c) => c.send(1024 as never), TypeError],
  ['send(null)', (c) => c.send(null as never), TypeError],
  ['send(undefined)', (c) => c.send(undefined as never), TypeError],
  ['send({})', (c) => c.send({} as never), TypeError],
  ['send(array)', (c) => c.send([1, 2] as never), TypeError],
  ['send(Blob)', (c) => c.send(new Blob(['x']) as never), TypeError],
  ['send(detached bytes)', (c) => c.send(detached()), TypeError],
  ['send(detached words)', (c) => c.send(detachedWords()), TypeError],
  ['send(detached buffer)', (c) => c.send(detached().buffer as ArrayBuffer), TypeError],
  ['send(bytes that are no text as text)', (c) => c.send(hex('ff'), { text: true }), TypeError],
  ['ping(number)', (c) => c.ping(100 as never), TypeError],
  ['ping(detached)', (c) => c.ping(detached()), TypeError],
  ['ping(126 octets)', (c) => c.ping(new Uint8Array(126)), RangeError],
  ['ping(text of 126 octets)', (c) => c.ping('é'.repeat(63)), RangeError],
  ['close(1005)', (c) => c.close(1005), RangeError],
  ['close(1006)', (c) => c.close(1006), RangeError],
  ['close(1015)', (c) => c.close(1015), RangeError],
  ['close(1004)', (c) => c.close(1004), RangeError],
  ['close(0)', (c) => c.close(0), RangeError],
  ['close(999)', (c) => c.close(999), RangeError],
  ['close(2999)', (c) => c.close(2999), RangeError],
  ['close(5000)', (c) => c.close(5000), RangeError],
  ['close(1000.5)', (c) => c.close(1000.5), RangeError],
  ['close(NaN)', (c) => c.close(Number.NaN), RangeError],
  ['close("1000")', (c) => c.close('1000' as never), RangeError],
  ['close with a reason of 124 octets', (c) => c.close(1000, 'x'.repeat(124)), RangeError],
  ['close with a reason of 124 octets in 62 characters', (c) => c.close(1000, 'é'.repeat(62)), RangeError],
  ['close with bytes for a reason', (c) => c.close(1000, new Float64Array(4) as never), TypeError],
  ['close with a number for a reason', (c) => c.close(1000, 100 as never), TypeError],
];
for (const [what, call, error] of misuse) {
  test(`${what} throws a ${error.name} and puts nothing on the wire`, async () => {
    const { connection, wire } = opened();
    assert.throws(() => call(connection), error);
    await settled();
    assert.equal(wire.take(), '');
    assert.equal(connection.state, 'open');
    await connection.send('still here');
    await settled();
    assert.equal(wire.take(), `810a${Buffer.from('still here').toString('hex')}`);
    connection.terminate();
  });
}

test('a reason of 123 octets and a ping of 125 are sent', async () => {
  const { connection, wire } = opened();
  void connection.ping(new Uint8Array(125));
  void connection.close(4000, `${'é'.repeat(61)}x`);
  await settled();
  const sent = wire.take();
  assert.ok(sent.startsWith('897d'));
  assert.ok(sent.includes(`887d0fa0${'c3a9'.repeat(61)}78`));
  connection.terminate();
});

test('frames of one turn leave in one write', async () => {
  const { connection, ours, wire } = opened();
  connection.send('a');
  connection.send('b');
  connection.ping(hex('2a'));
  await settled();
  assert.equal(ours.written.length, 1);
  assert.equal(wire.take(), '8101618101628901' + '2a');
  connection.terminate();
});

test('answers made while a chunk is read leave in one write', async () => {
  const { connection, ours, wire } = opened();
  connection.onmessage = (message) => void connection.send(message);
  wire.send(`${to(1, '61')} ${to(9, '2a')} ${to(1, '62')}`);
  await settled();
  assert.deepEqual(ours.written.map(show), ['8101618a012a810162']);
  connection.terminate();
});

test('send resolves at once below the high water mark, and waits above it until the peer took what waits', async () => {
  const { connection, wire, ours } = opened({ limits: { highWaterBytes: 1000 } }, 500);
  wire.end.blocked = true;
  await connection.send(new Uint8Array(400));
  let room = false;
  const waiting = connection.send(new Uint8Array(900)).then(() => {
    room = true;
  });
  await settled();
  assert.equal(room, false);
  assert.ok(connection.bufferedBytes > 1000, `${connection.bufferedBytes}`);
  wire.end.unblock();
  await waiting;
  await settled();
  assert.equal(connection.bufferedBytes, 0);
  assert.equal(ours.writableLength, 0);
  connection.terminate();
});

test('room is told also where the Duplex has a higher mark of its own', async () => {
  const { connection, wire } = opened({ limits: { highWaterBytes: 1000 } }, 1_000_000);
  wire.end.blocked = true;
  const waiting = connection.send(new Uint8Array(2000));
  await settled();
  wire.end.unblock();
  await waiting;
  connection.terminate();
});

test('a loop that awaits each send fills no more than the mark, however slow the peer is', async () => {
  const { connection, wire } = opened({ limits: { highWaterBytes: 4000 } }, 1000);
  let most = 0;
  let got = 0;
  wire.end.on('data', (chunk: Buffer) => {
    got += chunk.length;
  });
  const slow = setInterval(() => {
    wire.end.blocked = !wire.end.blocked;
    if (!wire.end.blocked) wire.end.unblock();
  }, 1);
  for (let count = 0; count < 200; count += 1) {
    await connection.send(new Uint8Array(500));
    most = Math.max(most, connection.bufferedBytes);
  }
  clearInterval(slow);
  wire.end.unblock();
  await settled(200);
  assert.equal(got, 200 * 504);
  assert.ok(most <= 4000 + 504, `${most}`);
  connection.terminate();
});

test('sends that nobody awaits to a peer that does not read end with MSG_SLOW_CONSUMER, and wait for nothing', async () => {
  const { connection, wire } = opened({
    limits: { highWaterBytes: 1000, maxBufferedBytes: 5000 },
    timeouts: { closeMs: 100 },
  });
  wire.end.blocked = true;
  const outcomes: Promise<string>[] = [];
  for (let count = 0; count < 8; count += 1) {
    outcomes.push(
      connection.send(new Uint8Array(1500)).then(
        () => 'sent',
        (error) => error.code,
      ),
    );
    await settled(2);
  }
  const alive = setInterval(() => {}, 1000);
  const record = await connection.closed;
  clearInterval(alive);
  assert.deepEqual([record.cause, record.sent?.code, record.end], ['MSG_SLOW_CONSUMER', 1008, 'destroyed']);
  assert.ok(record.bytesUnsent >= 5000, `${record.bytesUnsent}`);
  assert.ok((await Promise.all(outcomes)).includes('WS_MSG_SLOW_CONSUMER'));
});

test('the bound is on what waited before: one message more, of any size, is taken', async () => {
  const { connection, wire } = opened({ limits: { highWaterBytes: 100, maxBufferedBytes: 1000 } }, 50);
  wire.end.blocked = true;
  connection.send(new Uint8Array(500));
  await settled();
  connection.send(new Uint8Array(400_000));
  assert.equal(connection.state, 'open');
  connection.send('x');
  assert.equal(connection.state, 'closing');
  connection.terminate();
});

test('a ping tells its round trip, and the connection remembers it', async () => {
  const { server, client } = joined();
  const roundTripMs = await server.ping();
  assert.ok(roundTripMs >= 0 && roundTripMs < 1000);
  assert.equal(server.roundTripMs, roundTripMs);
  assert.ok((await client.ping('hello')) >= 0);
  client.terminate();
});

test('pings answered by one pong all resolve, however many there were', async () => {
  const { connection, wire } = opened();
  const pings = Array.from({ length: 20 }, (_, at) => connection.ping(Uint8Array.of(at)));
  wire.send(to(10, '13'));
  assert.equal((await Promise.all(pings)).length, 20);
  connection.terminate();
});

for (const bytes of [100, 8192, 16_384, 70_000]) {
  test(`one buffer of ${bytes} octets is filled again once all has left, or with each prepared`, async () => {
    const { server, client } = joined();
    const got: number[] = [];
    client.onbytes = (octets) => {
      assert.ok(octets.every((octet) => octet === octets[0]));
      got.push(octets[0]!);
    };
    const buffer = Buffer.alloc(bytes);
    for (const each of [1, 2, 3]) {
      server.send(buffer.fill(each));
      while (server.bufferedBytes > 0) await settled(1);
    }
    for (const each of [4, 5, 6]) await server.send(prepare(buffer.fill(each)));
    buffer.fill(7);
    await settled();
    assert.deepEqual(got, [1, 2, 3, 4, 5, 6]);
    for (const each of [server, client]) each.terminate();
  });
}

test('a ping’s payload may change once it was handed over', async () => {
  const { connection, wire } = opened();
  const payload = hex('0102');
  const pong = connection.ping(payload);
  payload.fill(0);
  wire.send(to(10, '0102'));
  await pong;
  connection.terminate();
});

test('send and ping on a connection that has ended reject with its record', async () => {
  const { connection, wire } = opened();
  const waiting = connection.ping();
  wire.send('8882 00000000 0fa0');
  await connection.closed;
  for (const attempt of [waiting, connection.send('x'), connection.send(hex('00')), connection.ping()]) {
    await assert.rejects(attempt, (error) => error instanceof ClosedError && error.record.code === 4000);
  }
  connection.send('nobody awaits this');
  connection.ping();
});

test('a Duplex that throws holds up no other connection', async () => {
  const thrown: Error[] = [];
  process.setUncaughtExceptionCaptureCallback((error) => thrown.push(error));
  const [broken, ...others] = [opened(), opened(), opened()];
  broken!.ours._write = () => {
    throw new Error('from the application');
  };
  for (const { connection } of [broken!, ...others]) connection.send('x');
  await settled();
  process.setUncaughtExceptionCaptureCallback(null);
  assert.equal(thrown.length, 1);
  for (const { connection, wire } of others) {
    assert.equal(wire.take(), '810178');
    connection.terminate();
  }
  broken!.connection.terminate();
});
