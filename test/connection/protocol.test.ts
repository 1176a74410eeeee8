// RFC 6455 §5: an open connection as a machine: messages, pings, what a sink may do in the middle, and turns.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Readers } from '../../src/connection/protocol.js';
import { hex } from '../frames/hex.js';
import { Machine, settings } from './machine.js';

const A = '8181 00000000 61';
const B = '8181 00000000 62';
const C = '8281 00000000 63';

test('messages go to the sink in their order', () => {
  const machine = new Machine().receive(`${A} ${C}`).receive(B);
  assert.deepEqual(machine.events, ['text 61', 'binary 63', 'text 62']);
  assert.equal(machine.sent(), '');
  assert.equal(machine.protocol.unfinished, false);
});

test('the client reads without masks and writes with them', () => {
  const machine = new Machine({ role: 'client' }).receive('8101 61');
  assert.deepEqual(machine.events, ['text 61']);
  machine.protocol.sendText('hi', 0);
  machine.protocol.sendBytes(hex('00'), false, 0);
  machine.protocol.sendBytes(hex('61'), true, 0);
  assert.equal(machine.sent(), '8182000000006869' + '82810000000000' + '81810000000061');
});

test('a ping is answered with its payload', () => {
  const machine = new Machine().receive('8980 00000000').receive('8983 00000000 010203');
  assert.equal(machine.sent(), '8a00' + '8a03010203');
});

test('a ping between fragments is answered before the message is whole', () => {
  const machine = new Machine().receive('0181 00000000 61 8981 00000000 2a');
  assert.equal(machine.sent(), '8a012a');
  assert.deepEqual(machine.events, []);
});

test('a pong that nobody asked for is ignored', () => {
  const machine = new Machine().receive('8a80 00000000 8a81 00000000 01');
  machine.protocol.ping(hex('07'), 0);
  machine.receive('8a81 00000000 08');
  assert.deepEqual(machine.events, []);
});

test('a pong answers its ping and those before it', () => {
  const machine = new Machine();
  for (const [payload, at] of [
    ['01', 100],
    ['02', 150],
    ['03', 200],
  ] as const) {
    machine.protocol.ping(hex(payload), at);
  }
  assert.equal(machine.sent(), '890101' + '890102' + '890103');
  machine.receive('8a81 00000000 02', 250);
  assert.deepEqual(machine.events, ['pong 01 after 150', 'pong 02 after 100']);
  machine.receive('8a81 00000000 03', 260).receive('8a81 00000000 03', 270);
  assert.equal(machine.events.length, 3, 'each pong counts once');
});

test('of the application’s unanswered pings the newest sixteen are remembered', () => {
  const machine = new Machine();
  for (let at = 1; at <= 17; at += 1) machine.protocol.ping(Uint8Array.of(at), at);
  machine.receive('8a81 00000000 01', 100);
  assert.deepEqual(machine.events, []);
  machine.receive('8a81 00000000 11', 100);
  assert.equal(machine.events.length, 16);
});

test('only one answer waits for a peer that does not read, and it is the newest', () => {
  const machine = new Machine();
  machine.protocol.congest(0);
  machine.receive('8981 00000000 01 8981 00000000 02').receive('8981 00000000 03');
  assert.equal(machine.sent(), '');
  machine.protocol.drained(0);
  assert.equal(machine.sent(), '8a0103');
  machine.protocol.drained(0);
  assert.equal(machine.sent(), '', 'it goes once');
});

test('an owed answer is not sent once we have closed', () => {
  const machine = new Machine();
  machine.protocol.congest(0);
  machine.receive('8981 00000000 01');
  machine.protocol.close(1000, '', 0);
  machine.protocol.drained(0);
  assert.equal(machine.sent(), '880203e8');
});

test('draining a machine that owes nothing changes nothing', () => {
  const machine = new Machine();
  machine.protocol.drained(0);
  machine.protocol.ping(hex('01'), 0);
  machine.sent();
  machine.protocol.drained(0);
  assert.equal(machine.sent(), '');
});

test('a sink that stops reading gets nothing more until it is resumed', () => {
  const machine = new Machine();
  machine.onmessage = () => {
    machine.protocol.stopped = true;
  };
  machine.receive(`${A} ${B}`);
  assert.deepEqual(machine.events, ['text 61']);
  assert.equal(machine.protocol.unfinished, true);
  machine.receive(C);
  machine.protocol.resume(0);
  assert.deepEqual(machine.events, ['text 61'], 'it is still stopped');
  machine.protocol.stopped = false;
  machine.protocol.resume(0);
  assert.deepEqual(machine.events, ['text 61', 'text 62']);
  machine.protocol.stopped = false;
  machine.protocol.resume(0);
  assert.deepEqual(machine.events, ['text 61', 'text 62', 'binary 63']);
  machine.protocol.stopped = false;
  machine.protocol.resume(0);
  assert.equal(machine.protocol.unfinished, false);
  machine.protocol.resume(0);
  assert.equal(machine.events.length, 3, 'and resuming an empty machine does nothing');
});

test('octets that a sink feeds in the middle of a message come after the rest of the chunk', () => {
  const machine = new Machine();
  machine.onmessage = (line) => {
    if (line !== 'text 61') return;
    machine.receive(C);
    machine.protocol.resume(0);
  };
  machine.receive(`${A} ${B}`);
  assert.deepEqual(machine.events, ['text 61', 'text 62', 'binary 63']);
});

test('a message cut over chunks, the second of which came while reading was stopped', () => {
  const machine = new Machine();
  machine.onmessage = () => {
    machine.protocol.stopped = true;
  };
  machine.receive(`${A} 8182 00000000 62`).receive('63');
  machine.protocol.stopped = false;
  machine.protocol.resume(0);
  assert.deepEqual(machine.events, ['text 61', 'text 6263']);
});

test('after 1,024 frames the machine lets others have their turn', () => {
  const machine = new Machine();
  machine.receive('8180 00000000 '.repeat(1500));
  assert.equal(machine.events.length, 1024);
  assert.equal(machine.protocol.unfinished, true);
  machine.protocol.resume(0);
  assert.equal(machine.events.length, 1500);
});

test('frames in one second are counted together, and the one too many is named', () => {
  const bench = { limits: { maxMessagesPerSecond: 3 } };
  const machine = new Machine(bench).receive(`${A} 8980 00000000 8a80 00000000`, 1999);
  machine.receive(`${A} ${A} ${A}`, 2000);
  assert.equal(machine.protocol.phase, 'open', 'a new second, a new count');
  machine.sent();
  machine.receive(A, 2999);
  assert.equal(machine.closeSent(), '1008 MSG_RATE: 4 in a second');
  assert.deepEqual(machine.events.length, 4);
});

test('a close frame is not counted', () => {
  const machine = new Machine({ limits: { maxMessagesPerSecond: 1 } }).receive(`${A} 8882 00000000 03e8`);
  assert.equal(machine.closeSent(), '1000');
});

for (const [takes, octets, seen] of [
  ['text', C, 'binary'],
  ['binary', A, 'text'],
] as const) {
  test(`an endpoint that takes only ${takes} closes on ${seen}`, () => {
    const machine = new Machine({ messages: takes }).receive(takes === 'text' ? A : C).receive(octets);
    assert.equal(machine.events.length, 1);
    assert.equal(machine.closeSent(), `1003 MSG_TYPE: ${seen}`);
  });
}

test('connections between messages share one reader, and one in a message keeps its own', () => {
  const readers = new Readers('server', { maxMessageBytes: 10, maxFragments: 10 }, 0);
  const first = readers.take();
  readers.giveBack(first);
  assert.equal(readers.take(), first);
  assert.notEqual(readers.take(), first);

  const shared = settings();
  const [a, b] = [new Machine(shared), new Machine(shared)];
  a.receive('0181 00000000 61');
  b.receive('0181 00000000 78').receive('8981 00000000 02');
  a.receive('8081 00000000 62');
  b.receive('8081 00000000 79');
  assert.deepEqual([a.events, b.events], [['text 6162'], ['text 7879']]);
});

test('a reader that waits for the next connection holds no octets', () => {
  const shared = settings();
  new Machine(shared).receive(A);
  assert.equal(shared.readers.take().bytes.length, 0);
});

test('a connection that failed does not leave its reader to the next one', () => {
  const shared = settings();
  new Machine(shared).receive('8182 00000000 c3');
  const failed = new Machine(shared).receive('8182 00000000 ff');
  assert.equal(failed.protocol.phase, 'done');
  const next = new Machine(shared).receive('8182 00000000 c3a9');
  assert.deepEqual(next.events, ['text c3a9']);
});
