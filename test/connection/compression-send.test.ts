// Messages out, compressed: which ones, in what order behind one that another thread compresses, and how much may wait.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import type { Connection } from '../../src/connection/connection.js';
import { prepare } from '../../src/connection/prepared.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { ClosedError } from '../../src/errors.js';
import { noise, prose, TAKEOVER } from '../deflate/agreed.js';
import { hex } from '../frames/hex.js';
import { compressed, compressedPair, framesIn, inflated, told, until } from './compressed.js';
import { opened, settled, to } from './opened.js';
import { holdThreads } from './threads.js';

after(() => assert.equal(heldBytes(), 0, 'every connection let go what it held'));

const TEXT = 'some text, '.repeat(20);
/** For another thread, and hardly smaller than it was. */
const LARGE = prose(300_000);

test('extensions is what was agreed on, and empty without an agreement', () => {
  const text = 'permessage-deflate; server_no_context_takeover';
  const { connection } = compressed({ agreed: { text } });
  assert.equal(connection.extensions, text);
  const plain = opened({ compression: true });
  assert.equal(plain.connection.extensions, '');
  for (const each of [connection, plain.connection]) each.terminate();
});

test('an agreement without options is used with the defaults', async () => {
  const { connection, wire } = compressed({ compression: {} });
  const plain = opened({ compression: true });
  const agreed = opened({ agreement: { ...AGREEMENT } } as object);
  agreed.connection.send('x'.repeat(1023));
  agreed.connection.send('x'.repeat(1024));
  plain.connection.send('x'.repeat(2000));
  await settled();
  assert.deepEqual(
    framesIn(hex(agreed.wire.take())).map(({ isCompressed }) => isCompressed),
    [false, true],
  );
  assert.deepEqual(told(plain.wire), [`text ${'x'.repeat(2000)}`]);
  assert.deepEqual(told(wire), []);
  for (const each of [connection, plain.connection, agreed.connection]) each.terminate();
});

const AGREEMENT = {
  sendWindowBits: 15,
  sendTakeover: false,
  receiveWindowBits: 15,
  receiveTakeover: false,
  text: 'permessage-deflate',
};

type Sent = Parameters<Connection['send']>;
const messages: [what: string, args: Sent, frame: string][] = [
  ['a string as long as the threshold', ['a'.repeat(100)], `compressed text ${'a'.repeat(100)}`],
  ['a shorter one', ['a'.repeat(99)], `text ${'a'.repeat(99)}`],
  ['a string with as many octets', ['é'.repeat(50)], `compressed text ${'é'.repeat(50)}`],
  ['one with less', ['é'.repeat(49)], `text ${'é'.repeat(49)}`],
  ['a string whose characters are enough', [`é${'a'.repeat(99)}`], `compressed text é${'a'.repeat(99)}`],
  ['bytes', [Buffer.alloc(100)], `compressed binary ${'00'.repeat(100)}`],
  ['fewer bytes', [Buffer.alloc(99)], `binary ${'00'.repeat(99)}`],
  ['bytes as text', [Buffer.alloc(100, 'a'), { text: true }], `compressed text ${'a'.repeat(100)}`],
  [
    'a part of a buffer',
    [Buffer.alloc(300, 'a').subarray(100, 200)],
    `compressed binary ${'61'.repeat(100)}`,
  ],
  ['what does not get smaller', [noise(200)], `binary ${noise(200).toString('hex')}`],
  ['what must not be compressed', [TEXT, { compress: false }], `text ${TEXT}`],
  ['what may be compressed', [TEXT, { compress: true }], `compressed text ${TEXT}`],
  ['a prepared message', [prepare(TEXT)], `compressed text ${TEXT}`],
  ['a prepared one that must not be', [prepare(TEXT, { compress: false })], `text ${TEXT}`],
  ['a prepared one that must not be here', [prepare(TEXT), { compress: false }], `text ${TEXT}`],
];
for (const role of ['server', 'client'] as const) {
  for (const [what, args, frame] of messages) {
    test(`${role}: sends ${what}`, async () => {
      const { connection, wire } = compressed({ role });
      const before = args[0] instanceof Uint8Array ? Buffer.from(args[0]) : undefined;
      await connection.send(...args);
      await settled();
      assert.deepEqual(told(wire), [frame]);
      if (before !== undefined) assert.deepEqual(args[0], before, 'the bytes are as they were');
      connection.terminate();
    });
  }
}

test('a client masks what it compressed', async () => {
  const { connection, wire } = compressed({ role: 'client' });
  await connection.send(TEXT);
  await settled();
  const octets = hex(wire.take());
  assert.equal(octets[0], 0xc1);
  assert.equal(octets[1]! & 0x80, 0x80);
  assert.notDeepEqual(Buffer.from(octets.subarray(6)), framesIn(octets)[0]!.payload);
  connection.terminate();
});

// ---- behind a message that another thread compresses

test('messages leave in the order of their send, and the close frame last', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  connection.send('before');
  connection.send(LARGE);
  connection.send('a string');
  connection.send(hex('0102'));
  connection.send(prepare(TEXT));
  connection.send(prepare(TEXT), { compress: false });
  connection.send(TEXT, { compress: false });
  connection.send(LARGE, { text: true });
  connection.send(Buffer.from('as text'), { text: true });
  const record = connection.close(4000, 'done');
  assert.equal(connection.state, 'closing');
  await settled();
  assert.deepEqual(told(wire), ['text before']);
  threads.release();
  await until(() => wire.ended || connection.bufferedBytes === 0);
  await settled();
  const large = LARGE.toString('hex');
  assert.deepEqual(told(wire), [
    `compressed binary ${large}`,
    'text a string',
    'binary 0102',
    `compressed text ${TEXT}`,
    `text ${TEXT}`,
    `text ${TEXT}`,
    `compressed text ${LARGE}`,
    'text as text',
    'close 4000 done',
  ]);
  wire.send('8882 00000000 0fa0').end.end();
  assert.equal((await record).clean, true);
});

test('once it is closing, nothing more is sent, delivered or closed again', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  connection.onmessage = () => assert.fail('we have closed');
  connection.send(LARGE);
  void connection.close(4000);
  void connection.close(4001);
  const outcomes = [connection.send('x'), connection.send(prepare('x')), connection.ping()];
  wire.send(to(1, '61'));
  await settled();
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  await settled();
  assert.deepEqual(told(wire).slice(1), ['close 4000']);
  wire.send('8882 00000000 0fa0').end.end();
  await connection.closed;
  for (const outcome of outcomes) await assert.rejects(outcome, ClosedError);
});

test('pings and pongs pass it by', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  connection.send(LARGE);
  connection.ping(hex('01'));
  wire.send(to(9, '02'));
  await settled();
  assert.deepEqual(told(wire), ['ping 01', 'pong 02']);
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  connection.terminate();
});

test('messages come in meanwhile, and their answers wait for their turn', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  const got: unknown[] = [];
  connection.onmessage = (message) => {
    got.push(message);
    connection.send(`re ${message}`);
  };
  connection.send(LARGE);
  wire.send(to(1, '61'));
  await settled();
  assert.deepEqual(got, ['a']);
  assert.deepEqual(told(wire), []);
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  await settled();
  assert.deepEqual(told(wire).slice(1), ['text re a']);
  connection.terminate();
});

test('bytes may change once their send has resolved, whatever else left meanwhile', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  const bytes = Buffer.from(LARGE);
  let isResolved = false;
  const room = connection.send(bytes).then(() => {
    isResolved = true;
  });
  connection.ping(hex('01'));
  wire.send(to(9, '02'));
  await settled();
  assert.deepEqual(told(wire), ['ping 01', 'pong 02']);
  assert.equal(isResolved, false, 'they are still to be read');
  threads.release();
  await room;
  bytes.fill(0);
  await settled();
  assert.deepEqual(told(wire), [`compressed binary ${LARGE.toString('hex')}`]);
  connection.terminate();
});

test('of two on their way the second resolves no earlier than it was compressed', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  const bytes = Buffer.from(LARGE);
  connection.send(Buffer.alloc(200_000));
  let isResolved = false;
  const room = connection.send(bytes).then(() => {
    isResolved = true;
  });
  assert.equal(threads.waiting, 1, 'they go one after the other');
  threads.next();
  await until(() => threads.waiting === 1);
  await settled();
  assert.equal(told(wire).length, 1);
  assert.equal(isResolved, false, 'it is still to be read');
  threads.release();
  await room;
  bytes.fill(0);
  await settled();
  assert.deepEqual(told(wire), [`compressed binary ${LARGE.toString('hex')}`]);
  connection.terminate();
});

test('with takeover the messages behind it refer to it, and its receiver follows', async () => {
  const { client, server } = compressedPair({ agreed: TAKEOVER });
  const got: string[] = [];
  client.onmessage = (message) => got.push(`${message}`);
  const large = prose(200_000).toString();
  const sent = [TEXT, large, TEXT, large.slice(-2000), 'short', TEXT];
  for (const text of sent) server.send(text);
  server.send(prepare(TEXT));
  server.send(large.slice(-2000));
  await until(() => got.length === 8);
  assert.deepEqual(got, [...sent, TEXT, large.slice(-2000)]);
  for (const each of [client, server]) each.terminate();
});

test('that a message is still being compressed is not the peer’s fault, whatever its size', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed({ limits: { maxBufferedBytes: 1000 } });
  connection.send(LARGE);
  assert.equal(connection.bufferedBytes, LARGE.length);
  await settled();
  connection.send('behind it');
  assert.equal(connection.state, 'open');
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  await settled();
  assert.deepEqual(told(wire).slice(1), ['text behind it']);
  connection.terminate();
});

test('of what waits behind it there is a bound, and one message more of any size is taken', async () => {
  const threads = holdThreads();
  const { connection } = compressed({ limits: { maxBufferedBytes: 1000 } });
  connection.send(LARGE);
  await settled();
  connection.send('€'.repeat(333));
  connection.send(LARGE);
  assert.equal(connection.bufferedBytes, 2 * LARGE.length + 999);
  assert.equal(connection.state, 'open');
  connection.send('one too many');
  assert.equal(connection.state, 'closing');
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  connection.terminate();
  const record = await connection.closed;
  assert.deepEqual([record.cause, record.sent?.code], ['MSG_SLOW_CONSUMER', 1008]);
});

test('in one turn any number of messages may be sent', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed({ limits: { maxBufferedBytes: 1000 } });
  for (let count = 0; count < 3; count += 1) connection.send(LARGE);
  assert.equal(connection.state, 'open');
  threads.release();
  await until(() => connection.bufferedBytes === 0);
  await settled();
  assert.equal(told(wire).length, 3);
  connection.terminate();
});

test('over its budget a connection sends large messages as they are, in their order', async () => {
  const { connection, wire } = compressed({ compression: { maxConnectionBytes: 400_000 } });
  connection.send(LARGE);
  connection.send('behind it');
  await until(() => connection.bufferedBytes === 0);
  connection.send(prose(400_001));
  connection.send(TEXT);
  await settled();
  const frames = framesIn(hex(wire.take()));
  assert.deepEqual(
    frames.map(({ isCompressed }) => isCompressed),
    [true, false, false, true],
  );
  assert.deepEqual(inflated(frames[0]!.payload), LARGE);
  assert.deepEqual(frames[2]!.payload, prose(400_001));
  connection.terminate();
});
