// RFC 7692 §6, §7.2.2: compressed messages in the machine: which frames may be, what is delivered, what is refused, and what
// happens while one of them is on another thread.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { constants, deflateRawSync } from 'node:zlib';
import { heldBytes } from '../../src/deflate/memory.js';
import { encodeFrame } from '../../src/frames/encoder.js';
import { codec, TAKEOVER } from '../deflate/agreed.js';
import { hex, show } from '../frames/hex.js';
import { type Bench, Machine } from './machine.js';

const HELLO = 'c187 00000000 f248cdc9c90700';
const A = '8181 00000000 61';
const B = '8281 00000000 62';
const CODEC = codec();

after(() => {
  CODEC.release();
  assert.equal(heldBytes(), 0);
});

const machine = (bench: Bench = {}) => new Machine(bench, 0, CODEC);

test('RFC 7692 §7.2.3.1: a compressed message is delivered expanded, whole and in fragments', () => {
  assert.deepEqual(machine().receive(HELLO).events, ['text 48656c6c6f']);
  const fragments = '4183 00000000 f248cd 8084 00000000 c9c90700';
  assert.deepEqual(machine().receive(fragments).events, ['text 48656c6c6f']);
  assert.deepEqual(machine().receive('c287 00000000 f248cdc9c90700').events, ['binary 48656c6c6f']);
});

test('compressed messages and others come in their order, with pings answered between fragments', () => {
  const some = machine().receive(`${A} 4183 00000000 f248cd 8981 00000000 2a 8084 00000000 c9c90700 ${B}`);
  assert.deepEqual(some.events, ['text 61', 'text 48656c6c6f', 'binary 62']);
  assert.equal(some.sent(), '8a012a');
});

test('a client reads compressed messages without a mask', () => {
  assert.deepEqual(machine({ role: 'client' }).receive('c107 f248cdc9c90700').events, ['text 48656c6c6f']);
});

test('with takeover a message may refer to the one before it', () => {
  const kept = codec(TAKEOVER);
  const some = new Machine({}, 0, kept).receive(`${HELLO} c185 00000000 f200110000`);
  assert.deepEqual(some.events, ['text 48656c6c6f', 'text 48656c6c6f']);
  kept.release();
});

test('a text that is not ASCII is delivered as such, an ASCII one is known as that', () => {
  const some = machine().receive(compressed(1, Buffer.from('é')));
  some.receive(compressed(1, Buffer.from('e'))).receive(compressed(2, Buffer.from('e')));
  assert.deepEqual(some.asciis, [false, true, false]);
});

const refused: [what: string, octets: string, close: string, bench?: Bench][] = [
  ['an octet that is no UTF-8', compressed(1, hex('61ff')), '1007 MSG_UTF8: an expanded message'],
  ['an end inside a character', compressed(1, hex('61c3')), '1007 MSG_UTF8: an expanded message'],
  ['data that is none', 'c181 00000000 06', '1007 EXT_INFLATE: invalid block type'],
  ['no data', 'c180 00000000', '1007 EXT_INFLATE: invalid stored block lengths'],
  [
    'octets behind a final block',
    'c189 00000000 f348cdc9c907000000',
    '1007 EXT_INFLATE: 2 octets behind the final block',
  ],
  [
    'more than the limit',
    compressed(2, Buffer.alloc(1001)),
    '1009 MSG_TOO_BIG: more than 1000 octets once expanded',
  ],
  ['a type that is not taken', HELLO, '1003 MSG_TYPE: text', { messages: 'binary' }],
  [
    'RSV1 on a continuation',
    '4181 00000000 f2 c086 00000000 48cdc9c90700',
    '1002 FRAME_RSV: RSV1 on a continuation',
  ],
  ['RSV1 on a ping', 'c980 00000000', '1002 FRAME_RSV: RSV1 on a control frame'],
  ['RSV2', 'a180 00000000', '1002 FRAME_RSV: RSV2'],
  [
    'one message too many',
    `${HELLO} ${HELLO}`,
    '1008 MSG_RATE: 2 in a second',
    { limits: { maxMessagesPerSecond: 1 } },
  ],
];
for (const [what, octets, close, bench] of refused) {
  test(`fails the connection: ${what}`, () => {
    const some = machine(bench).receive(`${octets} ${A}`);
    assert.equal(some.closeSent(), close);
    assert.deepEqual([some.protocol.phase, some.protocol.transport], ['done', 'end']);
    assert.equal(some.events.includes('text 61'), false, 'nothing behind it is delivered');
  });
}

test('RSV1 without an agreement fails the connection', () => {
  assert.equal(new Machine().receive(HELLO).closeSent(), '1002 FRAME_RSV: RSV1');
});

test('messages that expand to too much in a second fail the connection, and the next second counts anew', () => {
  const strict = codec({}, { maxInflatedBytesPerSecond: 10 });
  const some = new Machine({}, 0, strict).receive(HELLO, 1000).receive(HELLO, 1900).receive(HELLO, 2000);
  assert.equal(some.events.length, 3);
  some.receive(`${HELLO} ${HELLO}`, 2500);
  assert.equal(some.closeSent(), '1008 MSG_INFLATE_RATE: 15 octets in a second');
  assert.equal(some.events.length, 4);
  strict.release();
});

test('a compressed message that comes after our close is not delivered, and not expanded', () => {
  const some = machine();
  some.protocol.close(1000, '', 0);
  some.receive('c181 00000000 06 8882 00000000 03e8');
  assert.deepEqual([some.events, some.protocol.phase], [[], 'done']);
  assert.equal(some.closeSent(), '1000');
});

// ---- sending

test('RFC 7692 §6.1: what is sent compressed has RSV1, and a mask where its sender is a client', () => {
  const [server, client] = [machine(), machine({ role: 'client' })];
  const hello = Buffer.from('Hello');
  for (const { protocol } of [server, client]) {
    protocol.sendCompressed(hex('f248cdc9c90700'), true, 0, hello);
    protocol.sendCompressed(hex('f248cdc9c90700'), false, 0, hello);
  }
  assert.equal(server.sent(), 'c107f248cdc9c90700' + 'c207f248cdc9c90700');
  assert.equal(client.sent(), 'c18700000000f248cdc9c90700' + 'c28700000000f248cdc9c90700');
});

test('a frame that is ready leaves as it is, in its place', () => {
  const some = machine();
  const payload = hex('616263');
  const frame = hex('8103 616263');
  some.protocol.sendFrame(frame, 0, payload);
  assert.deepEqual(some.settings.encoder.take(some.protocol), [frame]);
  some.protocol.sendText('1', 0);
  some.protocol.sendFrame(frame, 0, payload);
  some.protocol.sendText('2', 0);
  assert.equal(some.sent(), '810131' + '8103616263' + '810132');
});

// ---- another thread

/** A compressed message that expands to more than is expanded on this thread. */
const LARGE = compressed(2, Buffer.alloc(600_000, 'x'));
const LIMITS = { maxMessageBytes: 1_000_000 };

async function isBack(some: Machine): Promise<void> {
  while (some.expanded.length === 0) await new Promise((resolve) => setImmediate(resolve));
}

/** A machine that has read the octets, and whose large message has come back and is about to be told. */
async function away(octets: string, bench: Bench = {}, now = 0): Promise<Machine> {
  const some = machine({ ...bench, limits: { ...LIMITS, ...bench.limits } });
  some.receive(octets, now);
  assert.equal(some.protocol.expanding, true);
  await isBack(some);
  assert.equal(some.protocol.expanding, true, 'until it is told');
  return some;
}

test('behind a message that is on another thread nothing is read, and then everything in its order', async () => {
  const some = await away(`${A} ${LARGE} ${A} 8980 00000000`);
  some.receive(B);
  assert.deepEqual(some.events, ['text 61']);
  assert.deepEqual([some.protocol.unfinished, some.protocol.quiet], [true, false]);
  some.protocol.resume(0);
  assert.equal(some.events.length, 1, 'resuming does not pass it by');
  assert.equal(some.sent(), '');
  some.protocol.expanded(some.expanded[0]!, 0);
  assert.equal(some.events.length, 2);
  assert.equal(some.events[1], `binary ${'78'.repeat(600_000)}`);
  some.protocol.resume(0);
  assert.deepEqual(some.events.slice(2), ['text 61', 'binary 62']);
  assert.equal(some.sent(), '8a00');
  assert.deepEqual([some.protocol.unfinished, some.protocol.quiet], [false, true]);
});

test('two of them in a row are expanded one after the other', async () => {
  const text = compressed(1, Buffer.alloc(600_000, 'é'));
  const some = await away(`${LARGE} ${text} ${A}`);
  some.protocol.expanded(some.expanded.shift()!, 0);
  some.protocol.resume(0);
  assert.equal(some.protocol.expanding, true);
  await isBack(some);
  some.protocol.expanded(some.expanded.shift()!, 0);
  some.protocol.resume(0);
  const want = ['binary 7878', 'text c3a9c3', 'text 61'];
  assert.deepEqual(
    some.events.map((line, at) => line.slice(0, want[at]!.length)),
    want,
  );
});

test('what was wrong with it is told when it is back', async () => {
  const tooBig = await away(compressed(2, Buffer.alloc(1_000_001)));
  tooBig.protocol.expanded(tooBig.expanded[0]!, 0);
  assert.equal(tooBig.closeSent(), '1009 MSG_TOO_BIG: more than 1000000 octets once expanded');
  const notText = await away(compressed(1, Buffer.alloc(600_000, 0xff)));
  notText.protocol.expanded(notText.expanded[0]!, 0);
  assert.equal(notText.closeSent(), '1007 MSG_UTF8: an expanded message');
  assert.equal(notText.protocol.phase, 'done');
});

test('its octets may be written over meanwhile', async () => {
  const some = machine({ limits: LIMITS });
  const octets = hex(compressed(2, noise()));
  some.protocol.receive(octets, 0);
  assert.equal(some.protocol.expanding, true);
  octets.fill(0);
  await isBack(some);
  some.protocol.expanded(some.expanded[0]!, 0);
  assert.equal(some.events[0], `binary ${show(noise())}`);
});

test('what is expanded gives others their turn, as many frames do', () => {
  const much = machine({ limits: LIMITS }).receive(compressed(2, Buffer.alloc(100_000)).repeat(8));
  assert.deepEqual([much.events.length, much.protocol.unfinished], [5, true]);
  much.protocol.resume(0);
  assert.deepEqual([much.events.length, much.protocol.unfinished], [8, false]);
  const many = machine().receive(HELLO.repeat(100));
  assert.deepEqual([many.events.length, many.protocol.unfinished], [47, true]);
  const stored = machine({ limits: LIMITS }).receive(compressed(2, noise().subarray(0, 5000)).repeat(4));
  assert.deepEqual([stored.events.length, stored.protocol.unfinished], [2, true]);
});

/** Too many octets for this thread, compressed or not. */
function noise(): Buffer {
  return Buffer.from(Uint32Array.from({ length: 50_000 }, (_, at) => Math.imul(at, 0x9e3779b1)).buffer);
}

test('after our close it is not delivered, and the peer’s close frame behind it is read', async () => {
  const some = await away(`${LARGE} 8882 00000000 03e8`);
  some.protocol.close(1000, '', 0);
  some.protocol.resume(0);
  assert.equal(some.protocol.phase, 'closing');
  some.protocol.expanded(some.expanded[0]!, 0);
  some.protocol.resume(0);
  assert.deepEqual([some.events, some.protocol.phase], [[], 'done']);
});

test('a connection that is cut meanwhile delivers nothing and keeps nothing', async () => {
  const some = await away(`${LARGE} ${A}`);
  some.protocol.abandon(undefined, { seen: 'the test cut it' });
  some.protocol.expanded(some.expanded[0]!, 0);
  some.protocol.resume(0);
  assert.deepEqual([some.events, some.protocol.unfinished], [[], false]);
});

test('the heartbeat does not accuse while a message is on another thread', async () => {
  const heartbeat = { intervalMs: 1000, timeoutMs: 500 };
  const some = machine({ heartbeat, limits: LIMITS });
  some.receive(A, 0);
  some.protocol.tick(1000);
  assert.equal(some.sent(), '8900', 'a ping went out');
  some.receive(LARGE, 1100);
  await isBack(some);
  some.protocol.tick(2000);
  some.protocol.tick(2500);
  assert.equal(some.protocol.phase, 'open', 'the pong may stand behind it');
  assert.equal(some.sent(), '8900');
  some.protocol.expanded(some.expanded[0]!, 2600);
  some.protocol.resume(2600);
  assert.equal(some.protocol.phase, 'open');
  while (some.protocol.phase === 'open' && some.protocol.deadline < 10_000) {
    some.protocol.tick(some.protocol.deadline);
  }
  const record = some.protocol.finish('destroyed', undefined, 0, 10_000);
  assert.equal(record.cause, 'PING_UNANSWERED', 'and it accuses again afterwards');
});

test('the time that a message may take does not run while it is on another thread', async () => {
  const some = await away(`${LARGE} 0181 00000000 61`, { timeouts: { messageMs: 100 } });
  some.protocol.tick(5000);
  assert.equal(some.protocol.phase, 'open');
  some.protocol.expanded(some.expanded[0]!, 5000);
  some.protocol.resume(5000);
  some.protocol.tick(5050);
  assert.equal(some.protocol.phase, 'open');
  some.protocol.tick(5100);
  assert.equal(some.closeSent(), '1008 MSG_TIMEOUT: 100 ms');
});

/** A whole compressed message to a server, its mask zeros. */
function compressed(opcode: number, payload: Uint8Array): string {
  const octets = deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
  return show(encodeFrame(opcode, octets, { rsv: 0x40, mask: 0 }));
}
