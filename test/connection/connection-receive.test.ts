// Messages in: handlers, the queue before the first listener, async iteration, pause and resume, handlers that throw.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../../src/connection/connection.js';
import { hex } from '../frames/hex.js';
import { opened, openedWith, settled, to } from './opened.js';

const A = to(1, '61');
const B = to(1, '62');
const C = to(1, '63');

test('text comes as a string, binary as a Buffer', async () => {
  const { connection, wire } = opened();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(`${to(1, 'c3a9')} ${to(2, '00ff')} ${to(1)} ${to(2)}`);
  await settled();
  assert.deepEqual(got, ['é', Buffer.from([0, 255]), '', Buffer.alloc(0)]);
});

test('onbytes gets every message as bytes, and goes before onmessage', async () => {
  const { connection, wire } = opened();
  const got: [string, boolean][] = [];
  connection.onmessage = () => assert.fail('not this one');
  connection.onbytes = (bytes, isText) => got.push([bytes.toString('latin1'), isText]);
  wire.send(`${A} ${to(2, '62')}`);
  await settled();
  assert.deepEqual(got, [
    ['a', true],
    ['b', false],
  ]);
});

test('an endpoint’s handlers get the connection; a connection’s own callback goes before them', async () => {
  const seen: string[] = [];
  const shared = openedWith({
    onmessage: (connection, message) => seen.push(`${connection.role} ${message}`),
  });
  shared.wire.send(A);
  const bytes = openedWith({ onbytes: (_, octets, isText) => seen.push(`bytes ${octets} ${isText}`) });
  bytes.wire.send(B);
  const own = openedWith({ onmessage: () => assert.fail('its own callback is set') });
  own.connection.onmessage = (message) => seen.push(`own ${message}`);
  own.wire.send(C);
  await settled();
  assert.deepEqual(seen, ['server a', 'bytes b true', 'own c']);
});

test('nothing is lost before the first listener, and the order stays', async () => {
  const { connection, wire } = opened();
  wire.send(`${A} ${B}`);
  await settled();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send(C);
  await settled();
  assert.deepEqual(got, ['a', 'b', 'c']);
});

test('early octets that came with the handshake are read first, also a part of a frame', async () => {
  const { connection, wire } = opened({ early: hex(`${A} 8182 00`) });
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  wire.send('000000 6263');
  await settled();
  assert.deepEqual(got, ['a', 'bc']);
});

test('for await yields messages one by one and ends with the connection', async () => {
  const { connection, wire } = opened();
  wire.send(`${A} ${B}`);
  const got: Message[] = [];
  setTimeout(() => wire.send(`${C} 8882 00000000 03e8`), 10);
  for await (const message of connection) got.push(message);
  assert.deepEqual(got, ['a', 'b', 'c']);
  assert.equal((await connection.closed).code, 1000);
});

test('a loop that was left can be taken up again', async () => {
  const { connection, wire } = opened();
  wire.send(`${A} ${B} 8882 00000000 03e8`);
  const got: Message[] = [];
  for await (const message of connection) {
    got.push(message);
    break;
  }
  for await (const message of connection) got.push(message);
  assert.deepEqual(got, ['a', 'b']);
});

test('what was queued is still yielded after the connection has ended', async () => {
  const { connection, wire } = opened();
  wire.send(`${A} ${B} 8882 00000000 03e8`);
  wire.end.end();
  await connection.closed;
  const got: Message[] = [];
  for await (const message of connection) got.push(message);
  assert.deepEqual(got, ['a', 'b']);
});

test('a loop that waits ends when the transport breaks', async () => {
  const { connection, wire } = opened();
  setTimeout(() => wire.end.reset(), 10);
  for await (const _ of connection) assert.fail('no message came');
  assert.equal((await connection.closed).cause, 'CLOSE_NO_FRAME_RST');
});

test('reading stops when as many messages wait as may, and goes on when they were taken', async () => {
  const { connection, wire, ours } = opened({ limits: { maxQueuedMessages: 4 } });
  for (let at = 0; at < 40; at += 1) wire.send(to(1, (at + 48).toString(16)));
  await settled(60);
  assert.equal(ours.isPaused(), true);
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  await settled(120);
  assert.equal(got.join(''), String.fromCharCode(...Array.from({ length: 40 }, (_, at) => at + 48)));
});

test('a loop takes what one chunk brought beyond the limit, in order', async () => {
  const { connection, wire } = opened({ limits: { maxQueuedMessages: 2 } });
  wire.send(`${A.repeat(7)} ${B} 8882 00000000 03e8`);
  let got = '';
  for await (const message of connection) got += message;
  assert.equal(got, 'aaaaaaab');
});

test('pause holds messages back, resume brings them in their order', async () => {
  const { connection, wire } = opened();
  const got: Message[] = [];
  connection.onmessage = (message) => got.push(message);
  assert.equal(connection.paused, false);
  connection.pause();
  assert.equal(connection.paused, true);
  wire.send(`${A} ${B}`);
  await settled();
  assert.deepEqual(got, []);
  connection.resume();
  assert.equal(connection.paused, false);
  await settled();
  assert.deepEqual(got, ['a', 'b']);
});

test('a handler that pauses gets no more of the same chunk until it resumes', async () => {
  const { connection, wire } = opened();
  const got: Message[] = [];
  connection.onmessage = (message) => {
    got.push(message);
    if (message === 'a') connection.pause();
  };
  wire.send(`${A} ${B} ${C}`);
  await settled();
  assert.deepEqual(got, ['a']);
  connection.resume();
  await settled();
  assert.deepEqual(got, ['a', 'b', 'c']);
});

test('a handler that pauses and resumes while the queue is delivered gets every message once', async () => {
  const { connection, wire } = opened();
  wire.send(`${A} ${B}`);
  await settled();
  const got: Message[] = [];
  connection.onmessage = (message) => {
    got.push(message);
    connection.pause();
    connection.resume();
  };
  wire.send(C);
  await settled();
  assert.deepEqual(got, ['a', 'b', 'c']);
});

test('2,000 messages of one chunk leave the event loop its turns', async () => {
  const { connection, wire } = opened();
  let got = 0;
  connection.onmessage = () => {
    got += 1;
  };
  wire.send(to(1).repeat(2000));
  await new Promise<void>((resolve) => {
    const look = () => (got > 0 ? resolve() : setImmediate(look));
    look();
  });
  assert.ok(got < 2000, 'not all in one turn');
  await settled();
  assert.equal(got, 2000);
});

test('a message after our own close is not delivered', async () => {
  const { connection, wire } = opened();
  connection.onmessage = () => assert.fail('we have closed');
  void connection.close(1000);
  wire.send(A);
  await settled();
  assert.equal(wire.take(), '880203e8');
});

for (const [what, fail] of [
  [
    'throws',
    () => {
      throw new Error('secret detail');
    },
  ],
  ['rejects', () => Promise.reject(new Error('secret detail'))],
] as const) {
  for (const kind of ['onmessage', 'onbytes'] as const) {
    for (const whose of ['own', 'shared', 'queued'] as const) {
      test(`${kind}, ${whose}, ${what}: 1011 without details, for this connection only`, async () => {
        const bystander = opened();
        const failing = whose === 'shared' ? openedWith({ [kind]: fail }) : opened();
        if (whose === 'queued') {
          failing.wire.send(A);
          await settled();
        }
        if (whose !== 'shared') failing.connection[kind] = fail as () => void;
        if (whose !== 'queued') failing.wire.send(A);
        await settled();
        assert.equal(
          failing.wire.take(),
          `8810 03f3 ${Buffer.from('internal error').toString('hex')}`.replaceAll(' ', ''),
        );
        failing.wire.send('8882 00000000 03f3').end.end();
        const record = await failing.connection.closed;
        assert.deepEqual([record.cause, record.evidence.seen], ['HANDLER_FAILED', 'secret detail']);
        bystander.wire.send(to(9, '2a'));
        await settled();
        assert.equal(bystander.wire.take(), '8a012a');
        bystander.connection.terminate();
      });
    }
  }
}

test('an onclose that throws or rejects hurts nobody', async () => {
  for (const fail of [
    () => {
      throw new Error('x');
    },
    () => Promise.reject(new Error('x')),
  ]) {
    const { connection, wire } = opened();
    connection.onclose = fail as () => void;
    wire.end.end();
    assert.equal((await connection.closed).cause, 'CLOSE_NO_FRAME_FIN');
    await settled();
  }
});
