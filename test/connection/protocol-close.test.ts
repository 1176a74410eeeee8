// RFC 6455 §5.5.1, §7: the close handshake from both ends, violations, and what the record of an ending says.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENDINGS } from '../../src/connection/endings.js';
import { CarrierError, type CloseRecord } from '../../src/errors.js';
import { Machine } from './machine.js';

const A = '8181 00000000 61';
const CLOSE_1000 = '8882 00000000 03e8';

function ended(machine: Machine, end: CloseRecord['end'] = 'fin', now = 0, error?: Error): CloseRecord {
  return machine.protocol.finish(end, error, 0, now);
}

test('the peer closes: its code is echoed, and the server ends the transport', () => {
  const machine = new Machine().receive('8885 00000000 03e9 627965');
  assert.equal(machine.sent(), '880203e9');
  assert.deepEqual([machine.protocol.phase, machine.protocol.transport], ['done', 'end']);
  const record = ended(machine);
  assert.deepEqual(record.received, { code: 1001, reason: 'bye' });
  assert.deepEqual(record.sent, { code: 1001, reason: '' });
  assert.deepEqual(
    [record.code, record.reason, record.clean, record.initiator, record.cause],
    [1001, 'bye', true, 'peer', undefined],
  );
  assert.equal(record.explanation, 'The peer closed with 1001 "bye"; we answered 1001.');
});

test('the peer closes: the client answers and waits for the server to end the transport', () => {
  const machine = new Machine({ role: 'client' }).receive('8802 03e8');
  assert.equal(machine.sent(), '88820000000003e8');
  assert.deepEqual([machine.protocol.phase, machine.protocol.transport], ['done', 'keep']);
});

test('a close frame without a code is answered with one without a code', () => {
  const machine = new Machine().receive('8880 00000000');
  assert.equal(machine.sent(), '8800');
  const record = ended(machine);
  assert.deepEqual([record.code, record.sent?.code, record.clean], [1005, 1005, true]);
});

test('we close: nothing is delivered any more, the answer ends it', () => {
  const machine = new Machine();
  machine.protocol.close(4000, 'enough', 0);
  assert.equal(machine.protocol.phase, 'closing');
  machine.protocol.close(1000, 'again', 0);
  machine.receive(`${A} 8980 00000000`);
  assert.equal(machine.closeSent(), '4000 enough');
  assert.deepEqual(machine.events, []);
  machine.receive('8882 00000000 0fa0');
  assert.equal(machine.sent(), '', 'no second close frame');
  const record = ended(machine);
  assert.deepEqual([record.code, record.clean, record.initiator], [4000, true, 'local']);
  assert.equal(record.explanation, 'We closed with 4000 "enough"; the peer answered 4000.');
});

test('both close at once: each takes the other’s frame for the answer', () => {
  const machine = new Machine();
  machine.protocol.close(1000, '', 0);
  machine.receive('8882 00000000 03e9');
  const record = ended(machine);
  assert.deepEqual([record.sent?.code, record.received?.code, record.clean], [1000, 1001, true]);
});

test('closing without a code sends an empty close frame', () => {
  const machine = new Machine();
  machine.protocol.close(undefined, '', 0);
  assert.equal(machine.sent(), '8800');
});

test('a reason that is too long is cut between characters', () => {
  const machine = new Machine();
  machine.protocol.close(1000, `${'x'.repeat(122)}é`, 0);
  assert.equal(machine.closeSent(), `1000 ${'x'.repeat(122)}`);
});

test('closing makes a machine that was stopped read again', () => {
  const machine = new Machine();
  machine.protocol.stopped = true;
  machine.receive(`${A} ${CLOSE_1000}`);
  machine.protocol.close(1000, '', 0);
  machine.protocol.resume(0);
  assert.deepEqual(machine.events, []);
  assert.equal(machine.protocol.phase, 'done');
});

test('what follows a close frame is not read', () => {
  const machine = new Machine();
  machine.protocol.congest(0);
  machine.receive(`${A} 8981 00000000 01 ${CLOSE_1000} ${A} 8980 00000000 ff ff ff`).receive(`${A} ff`);
  assert.deepEqual(machine.events, ['text 61']);
  assert.equal(machine.sent(), '880203e8');
  assert.equal(machine.protocol.unfinished, false);
  assert.equal(ended(machine).clean, true);
});

test('a close in the middle of a fragmented message drops the part', () => {
  const machine = new Machine().receive(`0181 00000000 61 ${CLOSE_1000} 8081 00000000 62`);
  assert.deepEqual(machine.events, []);
  assert.equal(machine.sent(), '880203e8');
});

test('chunks that wait while a close frame is read are dropped', () => {
  const machine = new Machine();
  machine.onmessage = () => machine.receive(A);
  machine.receive(`${A} ${CLOSE_1000}`);
  assert.deepEqual(machine.events, ['text 61']);
});

test('a violation is told to the peer, nothing more is read, and the transport ends', () => {
  for (const role of ['server', 'client'] as const) {
    const machine = new Machine({ role }).receive(role === 'server' ? `8301 ${A}` : '8301 00 8101 61');
    assert.equal(machine.closeSent(), '1002 FRAME_OPCODE: opcode 3');
    assert.deepEqual([machine.protocol.phase, machine.protocol.transport], ['done', 'end']);
    assert.deepEqual(machine.events, []);
    const record = ended(machine);
    assert.deepEqual(
      [record.code, record.clean, record.initiator, record.cause],
      [1006, false, 'local', 'FRAME_OPCODE'],
    );
    assert.deepEqual(record.evidence, { seen: 'opcode 3' });
    assert.match(
      record.explanation,
      /^FRAME_OPCODE: The opcode is reserved \(opcode 3\)\. We closed with 1002 /,
    );
  }
});

test('a violation shows what was wanted, where a limit says it', () => {
  const record = ended(new Machine().receive('82fe 03e9 00000000'));
  assert.deepEqual(record.evidence, { seen: '1001 octets', wanted: '1000 at most' });
});

test('a violation after our own close frame sends no second one, and is the cause', () => {
  const machine = new Machine();
  machine.protocol.close(1000, '', 0);
  machine.sent();
  machine.receive('8380 00000000');
  assert.equal(machine.sent(), '');
  assert.equal(machine.protocol.transport, 'end');
  const record = ended(machine);
  assert.deepEqual(
    [record.sent?.code, record.cause, record.evidence],
    [1000, 'FRAME_OPCODE', { seen: 'opcode 3' }],
  );
});

test('a violation after a close of ours with a reason keeps that reason', () => {
  const machine = new Machine();
  machine.protocol.close(1011, 'internal error', 0, ENDINGS.HANDLER_FAILED, { seen: 'oops' });
  machine.receive('8380 00000000');
  const record = ended(machine);
  assert.deepEqual([record.cause, record.evidence], ['HANDLER_FAILED', { seen: 'oops' }]);
});

const faultyCloses: [string, string, string][] = [
  ['one octet', '8881 00000000 03', '1002 CLOSE_PAYLOAD: 1 octet'],
  ['code 0', '8882 00000000 0000', '1002 CLOSE_CODE_INVALID: 0'],
  ['code 1005', '8882 00000000 03ed', '1002 CLOSE_CODE_INVALID: 1005'],
  ['code 1015', '8882 00000000 03f7', '1002 CLOSE_CODE_INVALID: 1015'],
  ['code 5000', '8882 00000000 1388', '1002 CLOSE_CODE_INVALID: 5000'],
  ['a reason that is not UTF-8', '8884 00000000 03e8 c3ff', '1007 MSG_UTF8: the reason of a close frame'],
  [
    'a reason that ends in a character',
    '8883 00000000 03e8 c3',
    '1007 MSG_UTF8: the reason of a close frame',
  ],
];
for (const [what, octets, want] of faultyCloses) {
  test(`a close frame with ${what}`, () => {
    const machine = new Machine().receive(octets);
    assert.equal(machine.closeSent(), want);
    assert.equal(ended(machine).received, undefined);
  });
}

test('abandoning with a reason is the network’s end, without one it is ours', () => {
  const dead = new Machine();
  dead.protocol.abandon(ENDINGS.PING_UNANSWERED, { seen: 'no octet for 10000 ms' });
  assert.deepEqual([dead.protocol.transport, dead.sent()], ['destroy', '']);
  const record = ended(dead, 'destroyed');
  assert.deepEqual([record.cause, record.initiator, record.code], ['PING_UNANSWERED', 'network', 1006]);
  const ours = new Machine();
  ours.protocol.abandon(undefined, {});
  assert.equal(ended(ours, 'destroyed').initiator, 'local');
});

test('abandoning in the middle of a message ends the reading', () => {
  const machine = new Machine();
  machine.onmessage = () => machine.protocol.abandon(undefined, {});
  machine.receive(`${A} ${A}`);
  assert.deepEqual(machine.events, ['text 61']);
  assert.equal(machine.protocol.unfinished, false);
});

test('abandoning after a close of ours keeps what was known', () => {
  const machine = new Machine();
  machine.protocol.close(1000, '', 0);
  machine.protocol.abandon(ENDINGS.MSG_SLOW_CONSUMER, {});
  const record = ended(machine, 'destroyed');
  assert.deepEqual([record.cause, record.sent?.code, record.initiator], ['MSG_SLOW_CONSUMER', 1000, 'local']);
});

const endings: [string, CloseRecord['end'], Error | undefined, string | undefined, RegExp][] = [
  ['FIN', 'fin', undefined, 'CLOSE_NO_FRAME_FIN', /without a close frame/],
  ['RST', 'rst', new Error('ECONNRESET'), 'CLOSE_NO_FRAME_RST', /was reset/],
  ['an error', 'error', new Error('ETIMEDOUT'), 'CLOSE_TRANSPORT_ERROR', /\(ETIMEDOUT\)/],
  ['an error without a message', 'error', undefined, 'CLOSE_TRANSPORT_ERROR', /\(no message\)/],
];
for (const [what, end, error, cause, says] of endings) {
  test(`the transport ends by ${what}, and no close frame came`, () => {
    const record = ended(new Machine().receive(A), end, 65_000, error);
    assert.deepEqual(
      [record.code, record.clean, record.initiator, record.cause],
      [1006, false, 'network', cause],
    );
    assert.match(record.explanation, says);
    assert.match(record.explanation, /Open for 65\.0 s, last octet in 65\.0 s/);
    assert.equal(record.error, error);
  });
}

test('a carrier that knows why it ended is believed', () => {
  const evidence = { seen: 'RST_STREAM CANCEL (8)' };
  const error = new CarrierError({ reason: ENDINGS.CLOSE_TCP_LINGERS, evidence });
  const record = ended(new Machine(), 'rst', 0, error);
  assert.deepEqual([record.code, record.cause, record.evidence], [1006, 'CLOSE_TCP_LINGERS', evidence]);
  assert.equal(record.error, error);
});

test('hands are shaken when both close frames have gone their way', () => {
  const machine = new Machine();
  assert.equal(machine.protocol.hasShakenHands, false);
  machine.protocol.close(1000, '', 0);
  assert.equal(machine.protocol.hasShakenHands, false);
  machine.receive('8882 00000000 03e8');
  assert.equal(machine.protocol.hasShakenHands, true);
});

test('a stream that this process destroyed, or cut off itself, says so without a row', () => {
  const foreign = ended(new Machine(), 'destroyed');
  assert.deepEqual([foreign.cause, foreign.code, foreign.initiator], [undefined, 1006, 'network']);
  assert.match(
    foreign.explanation,
    /^Cut off: this process destroyed the stream\. No close frame went either way/,
  );
  const machine = new Machine();
  machine.protocol.abandon(undefined, { seen: 'terminate() was called here' });
  assert.match(ended(machine, 'destroyed').explanation, /^Cut off: terminate\(\) was called here\./);
  const closing = new Machine();
  closing.protocol.close(1000, '', 0);
  closing.protocol.abandon(undefined, {});
  assert.equal(ended(closing, 'destroyed').cause, 'CLOSE_NOT_ECHOED');
});

test('FIN inside a frame or a message is named as that; FIN behind one is not', () => {
  for (const octets of ['81', '8185 00000000 61', '0181 00000000 61']) {
    assert.equal(ended(new Machine().receive(octets)).cause, 'FRAME_TRUNCATED', octets);
  }
  assert.equal(ended(new Machine().receive(A)).cause, 'CLOSE_NO_FRAME_FIN');
  const stopped = new Machine();
  stopped.protocol.stopped = true;
  assert.equal(
    ended(stopped.receive(A)).cause,
    'CLOSE_NO_FRAME_FIN',
    'what we did not read is no fault of the peer',
  );
});

test('the transport ends before the answer to our close frame', () => {
  const machine = new Machine();
  machine.protocol.close(1000, '', 0);
  const record = ended(machine, 'fin', 100);
  assert.deepEqual([record.code, record.cause, record.clean], [1006, 'CLOSE_NOT_ECHOED', false]);
});

test('octets that were never sent are told', () => {
  const record = new Machine().protocol.finish('fin', undefined, 42, 0);
  assert.equal(record.bytesUnsent, 42);
  assert.match(record.explanation, /42 octets were never sent\.$/);
});

test('a record is frozen, and its ages are those of the last octet each way', () => {
  const machine = new Machine({}, 1000).receive(A, 3000);
  machine.protocol.sendText('x', 4000);
  const record = ended(machine, 'fin', 10_000);
  assert.deepEqual([record.openMs, record.sinceReceivedMs, record.sinceSentMs], [9000, 7000, 6000]);
  assert.ok(Object.isFrozen(record));
});
