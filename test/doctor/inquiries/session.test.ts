// What happened behind a right 101: each fault of a frame, each end, each slip, and what is none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { judgeSession, roundTrips } from '../../../src/doctor/inquiries/session.js';
import type { FrameSeen } from '../../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import { begun, conversation, frame, named, type Opened, opens, target } from '../driver.js';

const MERIT = 'close echoed, TCP ended by the server';
const DEFLATE = ['Sec-WebSocket-Extensions: permessage-deflate'];

function judged(more: Opened = {}, options: DiagnoseOptions = {}) {
  const { own, baseline } = begun(opens(more), target(options));
  return { own, baseline, causes: judgeSession(own, baseline) };
}

/** Frames of the server in the middle of a session that is well otherwise. */
function said(...frames: readonly FrameSeen[]): Opened {
  const whole = conversation();
  return { ...whole, frames: [...frames, ...whole.frames!] };
}

test('a session that is well', () => {
  const { own, causes, baseline } = judged();
  assert.deepEqual(causes, []);
  assert.deepEqual(own.findings, []);
  assert.ok(own.ran.has('session'));
  assert.equal(own.merits.get(MERIT), true);
  assert.equal(own.merits.has('idle'), false);
  assert.equal(roundTrips(baseline).length, 3);
  assert.equal(own.stages[0]!.mark, 'good');
  assert.match(own.stages[0]!.text, /^ping /);
});

test('round trips are told in tenths below ten milliseconds', () => {
  const frames = conversation().frames!.map((one) =>
    one.opcode === 10 ? { ...one, atMs: one.atMs + 20 } : one,
  );
  assert.match(judged({ ...conversation(), frames }).own.stages[0]!.text, /^ping 20\/20\/20 ms/);
});

test('a ping of the server is a merit', () => {
  const { own, causes } = judged(said(frame('in', 9)));
  assert.deepEqual(causes, []);
  assert.equal(own.merits.get('idle'), true);
});

describe('octets that are no frame', () => {
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ['an answer of HTTP', 'HTTP/1.1 200 OK\r\n', 'FRAME_HTTP_IN_STREAM'],
    ['a page', '<!doctype html><html>', 'FRAME_HTTP_IN_STREAM'],
    ['a reserved bit, and text behind it', '\xf3 plain text\r\n', 'FRAME_RSV'],
    ['plain text', 'plain text without a frame\r\n', 'FRAME_RSV'],
    ['a reserved bit and a reserved opcode', '\xf3\x05hello', 'FRAME_RSV'],
    ['a beginning of nothing', '', 'FRAME_OPCODE'],
    ['a length beyond all bounds', '\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff', 'FRAME_OPCODE'],
  ];
  for (const [name, octets, code] of cases) {
    test(`${name}: ${code}`, () => {
      const stray = Buffer.from(octets, 'latin1').toString('hex');
      assert.deepEqual(named(judged({ stray }).causes), [`${code} proven`]);
    });
  }
});

describe('frames', () => {
  const compressed = deflateRawSync('hello hello hello', { finishFlush: 2 })
    .subarray(0, -4)
    .toString('latin1');
  const long = frame('in', 9, 'x'.repeat(126));
  const cases: ReadonlyArray<readonly [string, Opened, string | undefined, DiagnoseOptions?]> = [
    ['RSV2', said(frame('in', 1, 'a', { rsv: 2 })), 'FRAME_RSV proven'],
    ['RSV1 that nobody agreed on', said(frame('in', 1, 'a', { rsv: 4 })), 'EXT_STRIPPED_ONE_WAY strong'],
    [
      'RSV1 that nobody offered',
      said(frame('in', 1, 'a', { rsv: 4 })),
      'FRAME_RSV proven',
      { deflate: false },
    ],
    [
      'RSV1 on a control frame',
      { ...said(frame('in', 9, '', { rsv: 4 })), lines: DEFLATE },
      'FRAME_RSV proven',
    ],
    [
      'RSV1 on a continuation',
      {
        ...said(frame('in', 1, 'a', { fin: false, rsv: 4 }), frame('in', 0, 'b', { rsv: 4 })),
        lines: DEFLATE,
      },
      'FRAME_RSV proven',
    ],
    ['a length that nobody takes', said(frame('in', 2, '', { length: 2 ** 53 })), 'MSG_TOO_BIG proven'],
    ['what may be a header at the end of a text', said(frame('in', 1, 'abc\x81')), 'MSG_UTF8 proven'],
    ['opcode 3', said(frame('in', 3)), 'FRAME_OPCODE proven'],
    ['opcode 11', said(frame('in', 11)), 'FRAME_OPCODE proven'],
    ['masked', said(frame('in', 1, 'a', { masked: true })), 'FRAME_MASKED_BY_SERVER proven'],
    ['a ping in parts', said(frame('in', 9, '', { fin: false })), 'FRAME_CONTROL_FRAGMENTED proven'],
    ['a ping of 126 octets', said(long), 'FRAME_CONTROL_TOO_LONG proven'],
    [
      'a length not in its shortest form',
      said(frame('in', 1, 'a', { isLengthIllegal: true })),
      'FRAME_LENGTH proven',
    ],
    ['a continuation of nothing', said(frame('in', 0, 'a')), 'FRAME_CONTINUATION proven'],
    [
      'a message inside of a message',
      said(frame('in', 1, 'a', { fin: false }), frame('in', 1, 'b')),
      'FRAME_CONTINUATION proven',
    ],
    [
      'a message in parts',
      said(frame('in', 1, 'a', { fin: false }), frame('in', 9), frame('in', 0, 'b')),
      undefined,
    ],
    ['text that is no UTF-8', said(frame('in', 1, '\xff')), 'MSG_UTF8 proven'],
    [
      'half a character at the end of a fragment',
      said(frame('in', 1, '\xc3', { fin: false }), frame('in', 0, '\xa4')),
      undefined,
    ],
    ['text of which the end was not kept', said(frame('in', 1, '\xff', { length: 70_000 })), undefined],
    ['binary that is no UTF-8', said(frame('in', 2, '\xff')), undefined],
    ['a header inside of a text', said(frame('in', 1, '{"a":1\x81\x05hello}')), 'FRAME_TWO_WRITERS likely'],
    ['a compressed message', { ...said(frame('in', 1, compressed, { rsv: 4 })), lines: DEFLATE }, undefined],
    [
      'a compressed message that is none',
      { ...said(frame('in', 1, '\xff\xff', { rsv: 4 })), lines: DEFLATE },
      'EXT_INFLATE proven',
    ],
    [
      'the second compressed message is none',
      {
        ...said(frame('in', 1, compressed, { rsv: 4 }), frame('in', 1, '\xff\xff', { rsv: 4 })),
        lines: DEFLATE,
      },
      'EXT_INFLATE proven',
    ],
    [
      'a compressed message behind one of which the end was not kept',
      {
        ...said(
          frame('in', 2, compressed, { rsv: 4, length: 70_000 }),
          frame('in', 1, '\xff\xff', { rsv: 4 }),
        ),
        lines: DEFLATE,
      },
      undefined,
    ],
    [
      'a compressed message that becomes too large to look at',
      {
        ...said(
          frame('in', 2, deflateRawSync(Buffer.alloc(3_000_000), { finishFlush: 2 }).toString('latin1'), {
            rsv: 4,
          }),
        ),
        lines: DEFLATE,
      },
      undefined,
    ],
  ];
  for (const [name, more, expect, options] of cases) {
    test(`${name}: ${expect ?? 'no fault'}`, () => {
      const { own, causes } = judged(more, options);
      assert.deepEqual(named(causes), expect === undefined ? [] : [expect]);
      assert.equal(own.merits.get(MERIT), expect === undefined);
      assert.deepEqual(own.findings, []);
      assert.equal(own.stages[0]!.mark, expect === undefined ? 'good' : 'bad');
    });
  }

  test('that look back need what came before', () => {
    const { Z_SYNC_FLUSH } = { Z_SYNC_FLUSH: 2 } as const;
    const text = 'the same words again and again';
    const first = deflateRawSync(text, { finishFlush: Z_SYNC_FLUSH }).subarray(0, -4);
    const dictionary = Buffer.from(text);
    const second = deflateRawSync(text, { finishFlush: Z_SYNC_FLUSH, dictionary }).subarray(0, -4);
    const messages = [first, second].map((octets) => frame('in', 1, octets.toString('latin1'), { rsv: 4 }));
    assert.deepEqual(judged({ ...said(...messages), lines: DEFLATE }).causes, []);
    assert.deepEqual(named(judged({ ...said(messages[1]!), lines: DEFLATE }).causes), ['EXT_INFLATE proven']);
  });
});

describe('a close frame of the server', () => {
  const closed = (payload: string): Opened => ({
    frames: [frame('in', 8, payload), frame('out', 8, payload.slice(0, 2))],
    end: { how: 'fin', atMs: 20 },
  });
  const cases: ReadonlyArray<readonly [string, Opened, string, DiagnoseOptions?]> = [
    ['1000', closed('\x03\xe8bye'), 'CLOSE_IMMEDIATE proven'],
    ['1000, and it must stay open', closed('\x03\xe8bye'), 'CLOSE_IMMEDIATE proven', { expectOpenMs: 5000 }],
    ['no code', closed(''), 'CLOSE_IMMEDIATE proven'],
    ['1008', closed('\x03\xf0no'), 'AUTH_AFTER_OPEN proven'],
    ['4401', closed('\x11\x31'), 'AUTH_AFTER_OPEN proven'],
    ['1002, about the subprotocol', closed('\x03\xeasubprotocol missing'), 'PROTO_REQUIRED strong'],
    ['4406', closed('\x11\x36'), 'PROTO_REQUIRED strong'],
    ['one octet', closed('\x03'), 'CLOSE_PAYLOAD proven'],
    ['1006', closed('\x03\xee'), 'CLOSE_CODE_INVALID proven'],
    ['a reason that is no UTF-8', closed('\x03\xe8\xff'), 'CLOSE_PAYLOAD proven'],
  ];
  for (const [name, more, expect, options] of cases)
    test(`${name}: ${expect}`, () => assert.deepEqual(named(judged(more, options).causes), [expect]));

  test('to answer ours is no fault', () => assert.deepEqual(judged().causes, []));
});

describe('an end without a close frame', () => {
  const ended = (how: 'fin' | 'rst' | 'error', more: Opened = {}): Opened => ({
    frames: [],
    end: { how, atMs: 20 },
    ...more,
  });
  const cases: ReadonlyArray<readonly [string, Opened, string]> = [
    ['FIN', ended('fin'), 'CLOSE_NO_FRAME_FIN'],
    ['an error', ended('error'), 'CLOSE_NO_FRAME_FIN'],
    ['RST', ended('rst'), 'CLOSE_NO_FRAME_RST'],
    ['inside of a frame', ended('fin', { isCutInFrame: true }), 'FRAME_TRUNCATED'],
  ];
  for (const [name, more, code] of cases)
    test(`${name}: ${code}`, () => assert.deepEqual(named(judged(more).causes), [`${code} proven`]));

  test('that is our own says nothing, and the session did not run', () => {
    const { own, causes } = judged({ frames: [frame('out', 9, 'handfast 1')], end: undefined as never });
    assert.deepEqual([causes, own.findings], [[], []]);
    assert.equal(own.ran.has('session'), false);
    assert.equal(own.merits.has(MERIT), false);
    assert.equal(own.stages[0]!.mark, 'skip');
  });
});

describe('slips', () => {
  const whole = conversation().frames!;
  const without = (opcode: number, ...more: readonly FrameSeen[]): Opened => ({
    frames: [...more, ...whole.filter((one) => one.direction === 'out' || one.opcode !== opcode)],
    end: { how: 'fin', atMs: 702 },
  });
  const cases: ReadonlyArray<readonly [string, Opened, readonly string[]]> = [
    ['no pong', without(10), ['PING_UNANSWERED']],
    ['a pong that nobody asked for', said(frame('in', 10, 'alive')), []],
    ['pongs that carry something else', without(10, frame('in', 10, 'pong')), ['PONG_PAYLOAD']],
    ['pongs that carry nothing', without(10, frame('in', 10)), ['PONG_PAYLOAD']],
    ['one pong for the newest ping', without(10, frame('in', 10, 'handfast 3')), []],
    ['no ping was sent', { frames: whole.slice(-2), end: { how: 'fin', atMs: 702 } }, []],
    ['our close frame is not answered', without(8), ['CLOSE_NOT_ECHOED']],
    ['TCP stays open', { end: { how: 'left', atMs: 1702 } }, ['CLOSE_TCP_LINGERS']],
  ];
  for (const [name, more, expect] of cases) {
    test(`${name}: ${expect.join(', ') || 'none'}`, () => {
      const { own, causes } = judged(more);
      assert.deepEqual(causes, []);
      assert.deepEqual(
        named(own.findings),
        expect.map((code) => `${code} proven`),
      );
      assert.ok(own.findings.every(({ severity }) => severity === 'warn'));
      assert.equal(own.merits.get(MERIT), expect.length === 0);
      assert.equal(own.stages[0]!.mark, expect.length === 0 ? 'good' : 'warn');
    });
  }
});
