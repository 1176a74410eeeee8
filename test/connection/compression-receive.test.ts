// Compressed messages in: handlers, queue, pause and loops, the order behind one that another thread expands, and what is refused.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import type { Message } from '../../src/connection/connection.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { encodeFrame } from '../../src/frames/encoder.js';
import { TAKEOVER } from '../deflate/agreed.js';
import { show } from '../frames/hex.js';
import { compressed, compressedFrame, deflated, told, until } from './compressed.js';
import { settled, to } from './opened.js';
import { holdThreads } from './threads.js';

after(() => assert.equal(heldBytes(), 0, 'every connection let go what it held'));

const A = to(1, '61');
const B = to(1, '62');
const HELLO = compressedFrame(1, Buffer.from('Hello'));
/** For another thread: it expands to more than half a mebibyte. */
const LARGE = 'x'.repeat(600_000);
const AWAY = compressedFrame(1, Buffer.from(LARGE));

test('compressed and plain messages come to onmessage as they are', async () => {
  const { connection, wire } = compressed();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(
    `${HELLO} ${A} ${compressedFrame(2, Buffer.from('00ff', 'hex'))} ${compressedFrame(1, Buffer.from('é'))}`,
  );
  await settled();
  assert.deepEqual(got, ['Hello', 'a', Buffer.from('00ff', 'hex'), 'é']);
  connection.terminate();
});

test('onbytes gets the octets of both', async () => {
  const { connection, wire } = compressed();
  const got: string[] = [];
  connection.onbytes = (bytes, isText) => got.push(`${isText} ${bytes.toString('latin1')}`);
  wire.send(`${HELLO} ${compressedFrame(2, Buffer.from('b'))}`);
  await settled();
  assert.deepEqual(got, ['true Hello', 'false b']);
  connection.terminate();
});

test('a client expands what its server compressed', async () => {
  const { connection, wire } = compressed({ role: 'client' });
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(compressedFrame(1, Buffer.from('Hello'), false));
  await settled();
  assert.deepEqual(got, ['Hello']);
  connection.terminate();
});

test('behind one on another thread everything waits, of the same chunk and of later ones, and keeps its order', async () => {
  const threads = holdThreads();
  const { connection, wire, ours } = compressed();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire
    .send(`${A} ${AWAY} ${B} ${HELLO}`)
    .send(`${A} ${AWAY}`)
    .send(`${B} ${to(9, '2a')}`);
  await settled();
  assert.deepEqual(got, ['a']);
  assert.equal(ours.isPaused(), true, 'no more is read from the transport');
  assert.deepEqual(told(wire), [], 'a ping behind it waits too');
  threads.release();
  await until(() => got.length === 7);
  await settled();
  assert.deepEqual(got, ['a', LARGE, 'b', 'Hello', 'a', LARGE, 'b']);
  assert.deepEqual(told(wire), ['pong 2a']);
  assert.equal(ours.isPaused(), false);
  connection.terminate();
});

test('messages and pings go out meanwhile', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  wire.send(AWAY);
  await settled();
  connection.send('out');
  const pong = connection.ping('2a');
  await settled();
  assert.deepEqual(told(wire), ['text out', 'ping 3261']);
  wire.send(to(10, '3261'));
  threads.release();
  await pong;
  connection.terminate();
});

test('an answer that is sent while it is delivered leaves at once', async () => {
  const { connection, wire } = compressed();
  connection.onmessage = (message) => void connection.send(`${message.length}`);
  wire.send(AWAY);
  await until(() => told(wire).includes('text 600000'));
  connection.terminate();
});

test('the same when its handler pauses: what was sent before does not wait for resume', async () => {
  const { connection, wire } = compressed();
  let isDelivered = false;
  connection.onmessage = () => {
    connection.send('got it');
    connection.pause();
    isDelivered = true;
  };
  wire.send(AWAY);
  await until(() => isDelivered);
  await settled();
  assert.deepEqual(told(wire), ['text got it']);
  connection.terminate();
});

test('pause holds back also what is on another thread, and resume brings it in its order', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(`${A} ${AWAY} ${B}`);
  await settled();
  connection.pause();
  threads.release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(got, ['a']);
  connection.resume();
  await until(() => got.length === 3);
  assert.deepEqual(got, ['a', LARGE, 'b']);
  connection.terminate();
});

test('resume while it is still on another thread brings nothing before it', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(`${AWAY} ${B}`);
  await settled();
  connection.pause();
  connection.resume();
  await settled();
  assert.deepEqual(got, []);
  threads.release();
  await until(() => got.length === 2);
  assert.deepEqual(got, [LARGE, 'b']);
  connection.terminate();
});

test('a handler that pauses at each message gets every one once', async () => {
  const { connection, wire } = compressed();
  const got: Message[] = [];
  connection.onmessage = (message) => {
    got.push(message);
    connection.pause();
    setImmediate(() => connection.resume());
  };
  wire.send(`${HELLO} ${AWAY} ${A}`).send(`${AWAY} ${HELLO}`);
  await until(() => got.length === 5);
  await settled();
  assert.deepEqual(got, ['Hello', LARGE, 'a', LARGE, 'Hello']);
  connection.terminate();
});

test('the queue holds as many as may wait, and nothing is lost before the first listener', async () => {
  const { connection, wire, ours } = compressed({ limits: { maxQueuedMessages: 3 } });
  wire.send(`${AWAY} ${HELLO} ${AWAY} ${A} ${B}`).send(AWAY);
  await until(() => ours.isPaused());
  await new Promise((resolve) => setTimeout(resolve, 50));
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  await until(() => got.length === 6);
  assert.deepEqual(got, [LARGE, 'Hello', LARGE, 'a', 'b', LARGE]);
  connection.terminate();
});

test('a loop takes them one by one, and ends with the connection', async () => {
  const { connection, wire } = compressed({ limits: { maxQueuedMessages: 2 } });
  wire.send(`${AWAY} ${HELLO} ${AWAY} ${A}`).send(`${AWAY} ${B} 8882 00000000 03e8`).end.end();
  const got: Message[] = [];
  for await (const message of connection) {
    got.push(message);
    await settled(2);
  }
  assert.deepEqual(got, [LARGE, 'Hello', LARGE, 'a', LARGE, 'b']);
  assert.equal((await connection.closed).code, 1000);
});

test('a handler that throws at one from another thread closes with 1011, and what was behind it is not delivered', async () => {
  const { connection, wire } = compressed();
  let count = 0;
  connection.onmessage = () => {
    count += 1;
    throw new Error('x');
  };
  wire.send(`${AWAY} ${A} 8882 00000000 03f3`).end.end();
  const record = await connection.closed;
  assert.deepEqual([record.cause, count], ['HANDLER_FAILED', 1]);
});

test('with takeover a small message behind a large one may refer to it', async () => {
  const { connection, wire } = compressed({ agreed: { ...TAKEOVER, receiveWindowBits: 15 } });
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  const second = deflateRawSync(LARGE.slice(0, 200), {
    dictionary: Buffer.from(LARGE.slice(-32_768)),
    finishFlush: constants.Z_SYNC_FLUSH,
  }).subarray(0, -4);
  wire.send(`${AWAY} ${show(encodeFrame(1, second, { rsv: 0x40, mask: 0 }))}`);
  await until(() => got.length === 2);
  assert.deepEqual(got, [LARGE, LARGE.slice(0, 200)]);
  connection.terminate();
});

// ---- what is refused

const ZEROS = deflated(Buffer.alloc(200 * 1_048_576));

/** The same message in frames of so many octets. */
function inFragments(compressedOctets: Buffer, bytes: number): string {
  let octets = '';
  for (let at = 0; at < compressedOctets.length; at += bytes) {
    const part = compressedOctets.subarray(at, at + bytes);
    const fin = at + bytes >= compressedOctets.length;
    octets += show(encodeFrame(at === 0 ? 2 : 0, part, { rsv: at === 0 ? 0x40 : 0, mask: 0, fin }));
  }
  return octets;
}

const refused: [what: string, octets: string, code: number, cause: string][] = [
  ['200 MiB of zeros in one frame', inFragments(ZEROS, ZEROS.length), 1009, 'MSG_TOO_BIG'],
  ['200 MiB of zeros in 200 fragments', inFragments(ZEROS, 1024), 1009, 'MSG_TOO_BIG'],
  ['one octet more than the limit', compressedFrame(2, Buffer.alloc(1_048_577)), 1009, 'MSG_TOO_BIG'],
  ['data that is none', 'c181 00000000 06', 1007, 'EXT_INFLATE'],
  ['no UTF-8', compressedFrame(1, Buffer.from('ff', 'hex')), 1007, 'MSG_UTF8'],
  ['no UTF-8, expanded on another thread', compressedFrame(1, Buffer.alloc(600_000, 0xff)), 1007, 'MSG_UTF8'],
  ['RSV1 on a ping', 'c980 00000000', 1002, 'FRAME_RSV'],
];
for (const [what, octets, code, cause] of refused) {
  test(`${what}: ${code}, and nothing is delivered`, async () => {
    const { connection, wire } = compressed();
    connection.onmessage = () => assert.fail('delivered');
    wire.send(`${octets} ${A}`);
    const record = await connection.closed;
    assert.deepEqual([record.sent?.code, record.cause], [code, cause]);
    assert.match(told(wire).join(), new RegExp(`^close ${code} ${cause}: `));
  });
}

test('a message of exactly the limit is taken', async () => {
  const { connection, wire } = compressed();
  let size = 0;
  connection.onbytes = (bytes) => {
    size = bytes.length;
  };
  wire.send(compressedFrame(2, Buffer.alloc(1_048_576)));
  await until(() => size > 0);
  assert.equal(size, 1_048_576);
  connection.terminate();
});

test('messages that expand to too much in a second end with 1008', async () => {
  const { connection, wire } = compressed({ compression: { maxInflatedBytesPerSecond: 1_500_000 } });
  let count = 0;
  connection.onmessage = () => {
    count += 1;
  };
  wire.send(AWAY.repeat(5));
  const record = await connection.closed;
  assert.deepEqual([record.cause, record.sent?.code], ['MSG_INFLATE_RATE', 1008]);
  assert.ok(count >= 2 && count < 5, `${count}`);
});
