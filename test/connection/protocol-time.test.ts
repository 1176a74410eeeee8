// Every deadline of an open connection; the clock is a number, and `deadline` says when it is wanted next.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hex } from '../frames/hex.js';
import { Machine } from './machine.js';

const A = '8181 00000000 61';
const HEARTBEAT = { intervalMs: 25_000, timeoutMs: 10_000 };
const cause = (machine: Machine, now: number) =>
  machine.protocol.finish('destroyed', undefined, 0, now).cause;

/** Ticks at each deadline that comes up to `until`. */
function run(machine: Machine, until: number): void {
  while (machine.protocol.deadline <= until && machine.protocol.transport === 'keep') {
    machine.protocol.tick(machine.protocol.deadline);
  }
}

test('without a heartbeat, an idle connection waits for nothing', () => {
  const machine = new Machine({}, 1000);
  assert.equal(machine.protocol.deadline, Number.POSITIVE_INFINITY);
  machine.protocol.tick(1e9);
  assert.equal(machine.sent(), '');
});

test('a ping goes out every interval, whatever else is said', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT }, 1000);
  assert.equal(machine.protocol.deadline, 26_000);
  machine.protocol.tick(25_999);
  assert.equal(machine.sent(), '');
  machine.protocol.tick(26_000);
  assert.equal(machine.sent(), '8900');
  assert.equal(machine.protocol.deadline, 36_000, 'now an answer is waited for');
  machine.receive('8a80 00000000', 26_050);
  assert.equal(machine.protocol.deadline, 51_000);
  run(machine, 51_000);
  assert.equal(machine.sent(), '8900');
});

test('pings go on at their interval where an answer may take longer', () => {
  const machine = new Machine({ heartbeat: { intervalMs: 1000, timeoutMs: 10_000 } });
  run(machine, 1000);
  assert.equal(machine.sent(), '8900');
  machine.receive('8a80 00000000', 1050);
  assert.equal(machine.protocol.deadline, 2000);
  run(machine, 4000);
  assert.equal(machine.sent(), '890089008900', 'answered or not, one a second');
  run(machine, 11_999);
  assert.equal(machine.protocol.transport, 'keep');
  run(machine, 12_000);
  assert.equal(machine.protocol.transport, 'destroy', 'ten seconds after the first that nothing answered');
});

test('a peer from which nothing comes after the ping is dead', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT });
  machine.receive(A, 20_000);
  machine.protocol.tick(25_000);
  machine.protocol.tick(34_999);
  assert.equal(machine.protocol.transport, 'keep');
  machine.protocol.tick(35_000);
  assert.equal(machine.protocol.transport, 'destroy');
  const record = machine.protocol.finish('destroyed', undefined, 0, 35_000);
  assert.deepEqual([record.cause, record.evidence], ['PING_UNANSWERED', { seen: 'no octet for 15000 ms' }]);
});

test('an answer within the same millisecond is an answer; octets just before the ping are none', () => {
  const quick = new Machine({ heartbeat: HEARTBEAT });
  quick.protocol.tick(25_000);
  quick.receive('8a80 00000000', 25_000);
  run(quick, 40_000);
  assert.equal(quick.protocol.transport, 'keep');
  const dead = new Machine({ heartbeat: HEARTBEAT });
  dead.receive(A, 25_000);
  dead.protocol.tick(25_000);
  run(dead, 40_000);
  assert.equal(dead.protocol.transport, 'destroy');
});

test('any octet shows that the peer lives', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT });
  machine.protocol.tick(25_000);
  machine.receive('81', 34_000);
  run(machine, 45_000);
  assert.equal(machine.protocol.transport, 'keep');
});

test('while the application reads nothing, silence proves nothing', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT });
  machine.protocol.stopped = true;
  run(machine, 200_000);
  assert.equal(machine.protocol.transport, 'keep');
  machine.protocol.stopped = false;
  run(machine, 300_000);
  assert.equal(cause(machine, 300_000), 'PING_UNANSWERED');
});

test('a ping that would wait behind a full line is not sent, and its answer not missed', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT, timeouts: { stallMs: 60_000 } });
  machine.protocol.tick(25_000);
  machine.sent();
  machine.protocol.congest(26_000);
  run(machine, 70_000);
  assert.equal(machine.protocol.transport, 'keep');
  assert.equal(machine.sent(), '', 'no ping behind what waits');
  machine.protocol.drained(70_000);
  run(machine, 85_000);
  assert.equal(machine.sent(), '8900', 'an interval after the last one was put off');
  run(machine, 130_000);
  assert.equal(cause(machine, 130_000), 'PING_UNANSWERED');
});

test('a ping that waited in the line has its time from when the line is free', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT, timeouts: { stallMs: 60_000 } });
  machine.protocol.tick(25_000);
  machine.protocol.congest(26_000);
  machine.protocol.drained(34_000);
  assert.equal(machine.protocol.deadline, 44_000);
  machine.protocol.tick(44_000);
  assert.equal(machine.protocol.transport, 'destroy');
});

test('a peer that takes nothing for stallMs is given up', () => {
  const machine = new Machine();
  machine.protocol.congest(1000);
  machine.protocol.congest(5000);
  assert.equal(machine.protocol.deadline, 21_000, 'counted from the first');
  machine.protocol.tick(20_999);
  assert.equal(machine.protocol.transport, 'keep');
  machine.protocol.tick(21_000);
  assert.equal(cause(machine, 21_000), 'MSG_SLOW_CONSUMER');
});

test('a peer that took what waited has its time anew', () => {
  const machine = new Machine();
  machine.protocol.congest(1000);
  machine.protocol.drained(20_000);
  assert.equal(machine.protocol.deadline, Number.POSITIVE_INFINITY);
  machine.protocol.congest(30_000);
  assert.equal(machine.protocol.deadline, 50_000);
});

test('a message has messageMs from its first octet to its last', () => {
  for (const begin of ['81', '8182 00000000 61', '0181 00000000 61']) {
    const machine = new Machine().receive(begin, 1000);
    assert.equal(machine.protocol.deadline, 31_000, begin);
    machine.protocol.tick(30_999);
    assert.equal(machine.protocol.phase, 'open');
    machine.protocol.tick(31_000);
    assert.equal(machine.closeSent(), '1008 MSG_TIMEOUT: 30000 ms');
  }
});

test('drops of octets and pings between fragments do not buy time', () => {
  const machine = new Machine().receive('0181 00000000 61', 0).receive('0081 00000000 61', 20_000);
  machine.receive('8980 00000000', 25_000);
  assert.equal(machine.protocol.deadline, 30_000);
});

test('a message that is whole waits for nothing, and the next one begins anew', () => {
  const machine = new Machine().receive('0181 00000000 61', 0).receive('8080 00000000', 20_000);
  assert.equal(machine.protocol.deadline, Number.POSITIVE_INFINITY);
  machine.receive('01', 25_000);
  assert.equal(machine.protocol.deadline, 55_000);
  machine.receive('80 00000000 8080 00000000 01', 26_000);
  assert.equal(machine.protocol.deadline, 56_000, 'one ended and another began in one chunk');
});

test('a message begins when it begins, however long the one before was held back by the application', () => {
  const machine = new Machine();
  machine.receive('0181 00000000 61', 0);
  machine.onmessage = () => {
    machine.protocol.stopped = true;
  };
  machine.receive('8080 00000000 01', 29_000);
  machine.protocol.stopped = false;
  machine.protocol.resume(29_500);
  assert.equal(machine.protocol.deadline, 59_500);
});

test('time in which the application does not read is not the peer’s', () => {
  const machine = new Machine().receive('0181 00000000 61', 0);
  machine.protocol.stopped = true;
  machine.receive('8080 00000000', 10_000);
  machine.protocol.tick(30_000);
  assert.deepEqual([machine.protocol.phase, machine.protocol.deadline], ['open', 60_000]);
  machine.protocol.stopped = false;
  machine.protocol.resume(50_000);
  assert.deepEqual(machine.events, ['text 61']);
});

test('the earliest deadline counts', () => {
  const machine = new Machine({ heartbeat: HEARTBEAT }).receive('01', 0);
  assert.equal(machine.protocol.deadline, 25_000);
  machine.protocol.congest(1000);
  assert.equal(machine.protocol.deadline, 21_000);
  const late = new Machine({ heartbeat: { intervalMs: 60_000, timeoutMs: 1 } }).receive('01', 0);
  assert.equal(late.protocol.deadline, 30_000);
});

test('a close frame that is not answered in closeMs ends the transport', () => {
  const machine = new Machine();
  machine.protocol.close(1000, '', 2000);
  assert.equal(machine.protocol.deadline, 7000);
  machine.protocol.tick(6999);
  assert.equal(machine.protocol.transport, 'keep');
  machine.protocol.tick(7000);
  assert.equal(machine.protocol.transport, 'destroy');
  assert.equal(cause(machine, 7000), 'CLOSE_NOT_ECHOED');
});

test('TCP that stays open after both close frames is ended, and named', () => {
  const machine = new Machine({ role: 'client' }).receive('8802 03e8', 1000);
  assert.equal(machine.protocol.deadline, 6000);
  machine.protocol.tick(6000);
  assert.equal(machine.protocol.transport, 'destroy');
  const record = machine.protocol.finish('destroyed', undefined, 0, 6000);
  assert.deepEqual([record.cause, record.code, record.clean], ['CLOSE_TCP_LINGERS', 1000, true]);
});

test('a peer that broke the rules has a second to read why', () => {
  const machine = new Machine().receive('8380 00000000', 1000);
  assert.equal(machine.protocol.deadline, 2000);
  machine.protocol.tick(2000);
  assert.equal(machine.protocol.transport, 'destroy');
  assert.equal(cause(machine, 2000), 'FRAME_OPCODE', 'the first reason stays');
});

test('of a ping that waits for its answer the payload is kept, not the chunk that it came in', () => {
  const machine = new Machine();
  machine.protocol.congest(0);
  const chunk = Buffer.from(hex('8981 00000000 2a'));
  machine.protocol.receive(chunk, 0);
  chunk.fill(0);
  machine.protocol.drained(1);
  assert.equal(machine.sent(), '8a012a');
});
