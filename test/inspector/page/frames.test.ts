// Frames folded into messages, filtered, read as text, JSON, MessagePack and octets, and laid out in time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from '@msgpack/msgpack';
import { VIOLATIONS } from '../../../src/frames/violations.js';
import { formsOfReading } from '../../../src/inspector/page/state/forms.js';
import {
  everyFrame,
  filterLines,
  fold,
  payloadLength,
  readingOf,
} from '../../../src/inspector/page/state/frames.js';
import { faultyHeader } from '../../../src/inspector/page/state/header-bits.js';
import { layOut, ticks } from '../../../src/inspector/page/state/lanes.js';
import { hexLines, readPayload } from '../../../src/inspector/page/state/payload.js';
import type { FrameRow } from '../../../src/inspector/protocol.js';

let next = 1;
function frame(change: Partial<FrameRow> = {}): FrameRow {
  const base = {
    n: next++,
    at: 0,
    direction: 'in',
    opcode: 1,
    fin: true,
    rsv: 0,
    masked: true,
    wireBytes: 2,
  } as const;
  return { ...base, ...change };
}
const payload = (text: string) => Buffer.from(text).toString('base64');
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

test('fragments become one line, with a ping between them and the other direction apart', () => {
  const lines = fold([
    frame({ fin: false, rsv: 0x40, payload: payload('he') }),
    frame({ opcode: 9, direction: 'in', at: 5 }),
    frame({ opcode: 2, direction: 'out', at: 6 }),
    frame({ opcode: 0, fin: false, at: 7, payload: payload('ll') }),
    frame({ opcode: 0, at: 8, wireBytes: 1, payload: payload('o'), inflatedBytes: 5 }),
    frame({ at: 9 }),
  ]);
  assert.deepEqual(
    lines.map(({ opcode }) => opcode),
    [1, 9, 2, 1],
  );
  assert.equal(lines[0]!.frames.length, 3);
  assert.equal(lines[0]!.wireBytes, 5);
  assert.equal(lines[0]!.inflatedBytes, 5);
  assert.equal(lines[0]!.isCompressed, true);
  assert.equal(readingOf(lines[0]!)?.text, 'hello');
  assert.deepEqual(
    lines.map(({ sinceMs }) => sinceMs),
    [0, 5, 1, 3],
  );
});

test('a continuation whose beginning was not seen stands by itself', () => {
  assert.deepEqual(
    fold([frame({ opcode: 0 }), frame({ opcode: 0 })]).map(({ frames }) => frames.length),
    [1, 1],
  );
});

test('lines are filtered by text, expression, opcode, size, and whether they are control frames', () => {
  const lines = fold([
    frame({ payload: payload('Hello there') }),
    frame({ opcode: 9 }),
    frame({ opcode: 2, wireBytes: 5000 }),
    frame({ opcode: 8, note: '1001 going away' }),
  ]);
  const opcodes = (change: object) =>
    filterLines(lines, { ...everyFrame, ...change }).map(({ opcode }) => opcode);
  assert.deepEqual(opcodes({}), [1, 9, 2, 8]);
  assert.deepEqual(opcodes({ withControl: false }), [1, 2]);
  assert.deepEqual(opcodes({ words: 'hello' }), [1]);
  assert.deepEqual(opcodes({ words: '/^hel+o/im' }), [1]);
  assert.deepEqual(opcodes({ words: 'going' }), [8]);
  assert.deepEqual(opcodes({ opcode: 9 }), [9]);
  assert.deepEqual(opcodes({ leastBytes: 1024 }), [2]);
  assert.throws(() => opcodes({ words: '/(/' }), SyntaxError);
});

test('a payload is read as what it can be', () => {
  const forms = (octets: Uint8Array, opcode: number, isWhole = true) =>
    formsOfReading(readPayload(octets, isWhole), opcode, { subprotocol: '', path: '/chat' });
  const keys = (...of: Parameters<typeof forms>) => forms(...of).map(({ key }) => key);
  assert.deepEqual(keys(bytes('{"a":[1]}'), 1), ['json', 'text', 'hex']);
  assert.deepEqual(keys(bytes('42'), 1), ['text', 'hex']);
  assert.deepEqual(keys(bytes('{"a":'), 1, false), ['text', 'hex']);
  const [packed] = forms(encode({ a: 1 }), 2);
  assert.equal(packed?.key, 'msgpack');
  assert.deepEqual(packed.decoded?.body, { a: 1 });
  assert.deepEqual(keys(Uint8Array.of(0xff, 0xfe), 2), ['hex']);
});

test('a ping that carries a number is octets first, one that carries words is words', () => {
  const keys = (octets: Uint8Array) =>
    formsOfReading(readPayload(octets, true), undefined, { subprotocol: '', path: '/chat' }).map(
      ({ key }) => key,
    );
  assert.deepEqual(keys(Uint8Array.of(0, 0, 0, 7)), ['hex', 'text']);
  assert.deepEqual(keys(bytes('are you there?')), ['text', 'hex']);
});

test('a character that was cut in two is left out where the payload goes on, and is an error where it is whole', () => {
  const cut = bytes('né').subarray(0, 2);
  assert.equal(readPayload(cut, false).text, 'n');
  assert.equal(readPayload(cut, true).text, undefined);
});

test('octets are written sixteen a line', () => {
  const lines = hexLines(bytes('0123456789abcdef\u0000!'));
  assert.deepEqual(lines[1], { offset: '0010', octets: '00 21', text: '.!' });
  assert.equal(lines.length, 2);
});

for (const [payloadBytes, header] of [
  [0, 2],
  [125, 2],
  [126, 4],
  [65_535, 4],
  [65_536, 10],
] as const) {
  test(`${payloadBytes} octets of payload are told from their header, masked or not`, () => {
    assert.equal(payloadLength({ wireBytes: payloadBytes + header, masked: false }), payloadBytes);
    assert.equal(payloadLength({ wireBytes: payloadBytes + header + 4, masked: true }), payloadBytes);
  });
}

test('a pong answers the newest ping', () => {
  const { trips } = layOut(
    [
      frame({ opcode: 9, direction: 'out', at: 100 }),
      frame({ opcode: 9, direction: 'out', at: 200 }),
      frame({ opcode: 10, at: 223 }),
      frame({ opcode: 10, at: 300 }),
    ],
    0,
    1000,
  );
  assert.deepEqual(trips, [
    { x: 0.1, at: 100 },
    { x: 0.2, at: 200, ms: 23 },
  ]);
});

test('a silence is a band with a line at each timeout that it reached', () => {
  const { silences } = layOut([frame({ at: 10_000 }), frame({ at: 110_000 })], 0, 200_000);
  assert.deepEqual(
    silences.map(({ ms, marks }) => [ms, marks.map((mark) => mark.ms)]),
    [
      [100_000, [60_000, 100_000]],
      [90_000, [60_000]],
    ],
  );
  assert.equal(silences[0]!.marks[0]!.x, 0.35);
});

test('the silence before a cut is a band with a line at the timeout that was found, however short', () => {
  const { silences } = layOut([frame({ at: 30_000 }), frame({ at: 31_995 })], 0, 32_000, 1000);
  assert.deepEqual(silences, [
    { x: 0, width: 0.9375, ms: 30_000, from: 0, marks: [] },
    { x: 0.96875, width: 0.03125, ms: 1000, from: 31_000, marks: [{ x: 1, ms: 1000, isFound: true }] },
  ]);
  // Also where no frame was looked at: nothing is said of the time before.
  assert.deepEqual(
    layOut([], 0, 200_000, 60_000).silences.map(({ from, ms }) => [from, ms]),
    [[140_000, 60_000]],
  );
});

test('messages on one place are one mark, and each has its lane', () => {
  const lanes = layOut(
    [frame({ at: 10 }), frame({ at: 10 }), frame({ at: 500, direction: 'out', opcode: 2 })],
    0,
    1000,
  );
  assert.deepEqual(lanes.incoming, [{ x: 0.01, at: 10, count: 2, bytes: 4 }]);
  assert.equal(lanes.outgoing.length, 1);
});

test('there are four to eight ticks, whatever the length', () => {
  for (const length of [7, 90, 1500, 61_000, 222_000, 3_600_000, 86_400_000, 400_000_000]) {
    const count = ticks(length).length;
    assert.ok(count >= 3 && count <= 8, `${length} ms: ${count}`);
  }
});

test('the bits of a header that are why a frame must not be, and in words', () => {
  const wrong = (change: Partial<FrameRow>) => {
    const header = faultyHeader(frame(change));
    return header?.parts.filter(({ isWrong }) => isWrong).map(({ name, bits }) => `${name} ${bits}`);
  };
  assert.deepEqual(wrong({ fault: 'FRAME_UNMASKED_BY_CLIENT', masked: false }), ['MASK 0']);
  assert.deepEqual(wrong({ fault: 'FRAME_RSV', rsv: 0x60 }), ['RSV1 1', 'RSV2 1']);
  assert.deepEqual(wrong({ fault: 'FRAME_OPCODE', opcode: 11 }), ['opcode 1011']);
  assert.deepEqual(wrong({ fault: 'FRAME_CONTROL_FRAGMENTED', opcode: 9, fin: false }), [
    'FIN 0',
    'opcode 1001',
  ]);
  assert.deepEqual(wrong({ fault: 'FRAME_CONTROL_TOO_LONG', opcode: 9, wireBytes: 8 + 126 }), [
    'opcode 1001',
    'length 1111110 + 16',
  ]);
  assert.deepEqual(wrong({ fault: 'MSG_TOO_BIG', wireBytes: 14 + 2 ** 40 }), ['length 1111111 + 64']);
  assert.equal(wrong({ fault: 'FRAME_HTTP_IN_STREAM', opcode: 8, rsv: 0x40 })?.length, 7);
  // The payload is at fault, not the header; and most frames are not at fault at all.
  assert.equal(wrong({ fault: 'MSG_UTF8' }), undefined);
  assert.equal(wrong({}), undefined);
  assert.match(faultyHeader(frame({ fault: 'FRAME_RSV', rsv: 0x40 }))!.words, /reserved bit/);
  for (const code of Object.keys(VIOLATIONS).filter((name) => name.startsWith('FRAME_')))
    assert.equal(faultyHeader(frame({ fault: code })) === undefined, code === 'FRAME_TRUNCATED', code);
});
