// Every row of violations.ts and endings.ts has an input that yields exactly that code. Rows that say what a close code means
// are met when the peer closes with it: their example is that close frame.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explainReason } from '../../src/cli/explain.js';
import { Terminal } from '../../src/cli/terminal.js';
import { ENDINGS } from '../../src/connection/endings.js';
import { VIOLATIONS } from '../../src/frames/violations.js';
import { hex } from '../frames/hex.js';
import { type Bench, Machine } from './machine.js';

const DEFAULTS: Bench = {
  limits: { maxMessageBytes: 1_048_576, maxFragments: 1024 },
  heartbeat: { intervalMs: 25_000, timeoutMs: 10_000 },
  timeouts: { closeMs: 5000, messageMs: 30_000, stallMs: 30_000 },
};

type Input = (machine: Machine) => void;
const octets =
  (text: string): Input =>
  (machine) =>
    void machine.receive(text);
/** Passes the deadlines one by one for that long. */
const silence =
  (ms: number): Input =>
  ({ protocol }) => {
    while (protocol.deadline <= ms && protocol.transport !== 'destroy') protocol.tick(protocol.deadline);
  };

/** What each row's example says in words, done; a row without one here is its example's octets, sent to a server. */
const INPUTS: Record<string, Input[]> = {
  MSG_FRAGMENTS: [octets(`01 81 00000000 61 ${'00 81 00000000 61 '.repeat(1024)}`)],
  MSG_TYPE: [octets('82 81 00 00 00 00 00')],
  MSG_RATE: [octets('8180 00000000 '.repeat(11))],
  MSG_TIMEOUT: [octets('01 81 00 00 00 00 61'), octets('8a80 00000000'), silence(30_000)],
  MSG_SLOW_CONSUMER: [({ protocol }) => protocol.congest(0), silence(30_000)],
  CLOSE_NO_FRAME_FIN: [],
  CLOSE_NO_FRAME_RST: [],
  CLOSE_TRANSPORT_ERROR: [],
  CLOSE_NOT_ECHOED: [({ protocol }) => protocol.close(1000, '', 0), silence(5000)],
  CLOSE_TCP_LINGERS: [octets('8882 00000000 03e8'), silence(5000)],
  PING_UNANSWERED: [silence(35_000)],
};

const BENCHES: Record<string, Bench> = {
  FRAME_MASKED_BY_SERVER: { role: 'client' },
  FRAME_HTTP_IN_STREAM: { role: 'client' },
  MSG_TYPE: { messages: 'text' },
  MSG_RATE: { limits: { ...DEFAULTS.limits, maxMessagesPerSecond: 10 } },
};

/** How the transport ends where that is the cause. */
const TRANSPORT: Record<string, 'rst' | 'error'> = {
  CLOSE_NO_FRAME_RST: 'rst',
  CLOSE_TRANSPORT_ERROR: 'error',
};

/** Raised by the shell around the machine: `connection-endings.test.ts` has the example. */
const BY_THE_SHELL = ['HANDLER_FAILED'];

/** Rows about a close code: no cause of ours, but what the peer said. */
const MEANINGS: Record<string, number> = {
  CLOSE_NO_STATUS: 1005,
  CLOSE_1001: 1001,
  CLOSE_1011: 1011,
  CLOSE_1012: 1012,
  CLOSE_1013: 1013,
  CLOSE_1014: 1014,
  CLOSE_3000: 3000,
  CLOSE_3003: 3003,
  CLOSE_3008: 3008,
  CLOSE_APP: 4000,
};

const ROWS = { ...VIOLATIONS, ...ENDINGS };

for (const [code, row] of Object.entries(ROWS)) {
  if (code in MEANINGS || BY_THE_SHELL.includes(code)) continue;
  test(`${code} is yielded by its example, and nothing else is`, () => {
    const machine = new Machine({ ...DEFAULTS, ...BENCHES[code] });
    for (const input of INPUTS[code] ?? [octets(row.example)]) input(machine);
    const sent = closeCodeOf(machine.closeSent());
    const record = machine.protocol.finish(TRANSPORT[code] ?? 'fin', new Error('ETIMEDOUT'), 0, 60_000);
    assert.equal(record.cause, code);
    assert.ok(record.explanation.startsWith(`${code}: ${row.title}`), record.explanation);
    if (code in VIOLATIONS && row.closeCode !== 1006) assert.equal(sent, row.closeCode);
    else assert.equal(record.code, RECORDED[code] ?? row.closeCode);
  });
}

/** Where the record says another code than the row: a peer that takes nothing cannot be told 1008; both frames said 1000. */
const RECORDED: Record<string, number> = { MSG_SLOW_CONSUMER: 1006, CLOSE_TCP_LINGERS: 1000 };

function closeCodeOf(sent: string): number {
  return Number(sent.split(' ')[0]);
}

for (const [code, number] of Object.entries(MEANINGS)) {
  test(`${code} is what a peer says with ${number}`, () => {
    const row = ROWS[code as keyof typeof ROWS];
    const fromServer = (hex(row.example)[1]! & 0x80) === 0;
    const machine = new Machine({ role: fromServer ? 'client' : 'server' }).receive(row.example);
    const record = machine.protocol.finish('fin', undefined, 0, 0);
    assert.deepEqual([record.code, record.clean, record.cause], [number, true, undefined]);
    assert.equal(row.closeCode ?? number, number);
  });
}

test('the lists hold rows only', () => {
  const lists = [Object.keys(MEANINGS), BY_THE_SHELL, Object.keys(INPUTS), Object.keys(BENCHES)];
  for (const code of lists.flat()) assert.ok(code in ROWS, code);
});

test('explain prints each of them whole', () => {
  const terminal = new Terminal({ width: 400, ascii: false, colour: false });
  for (const [code, row] of Object.entries(ROWS)) {
    const text = explainReason(terminal, row).replace(/\s+/g, ' ');
    for (const part of [code, row.title, row.meaning, row.fix, ...row.sections]) {
      assert.ok(text.includes(part.replace(/\s+/g, ' ')), `${code}: ${part}\n${text}`);
    }
    if (row.closeCode !== undefined) assert.ok(text.includes(`close code ${row.closeCode}`), code);
  }
});
