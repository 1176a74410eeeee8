// RFC 6455 §5.1, §5.2, §5.5: which headers may stand, and the payload in any portions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameDecoder, type FrameRules, Step } from '../../src/frames/decoder.js';
import { faultLine, hex, show } from './hex.js';

const SERVER: FrameRules = { masked: true, rsv: 0 };
const CLIENT: FrameRules = { masked: false, rsv: 0 };
const WITH_RSV1: FrameRules = { masked: true, rsv: 0x40 };

/** The steps of a decoder over chunks: `h` and the opcode, `p` and the payload, `.` behind a frame's last part, or a fault. */
function steps(rules: FrameRules, ...chunks: string[]): string[] {
  const decoder = new FrameDecoder(rules);
  const seen: string[] = [];
  for (const chunk of chunks) {
    decoder.feed(hex(chunk));
    for (let step = decoder.next(); step !== Step.need; step = decoder.next()) {
      if (step === Step.fault) return [...seen, faultLine(decoder.fault!)];
      if (step === Step.header) seen.push(`h${decoder.header.opcode}`);
      else {
        const part = show(decoder.bytes.subarray(decoder.start, decoder.end));
        seen.push(`p${part}${decoder.last ? '.' : ''}`);
      }
    }
  }
  return seen;
}

// One valid frame (the RFC's own "Hello", §5.7), then one change.
const valid: [string, FrameRules, string, string[]][] = [
  ['masked, to a server', SERVER, '81 85 37fa213d 7f9f4d5158', ['h1', 'p48656c6c6f.']],
  ['unmasked, to a client', CLIENT, '81 05 48656c6c6f', ['h1', 'p48656c6c6f.']],
  ['a mask of zeros', SERVER, '81 81 00000000 61', ['h1', 'p61.']],
  ['no payload', SERVER, '82 80 01020304', ['h2', 'p.']],
  ['a fragment', SERVER, '01 81 00000000 61', ['h1', 'p61.']],
  ['close', SERVER, '88 80 00000000', ['h8', 'p.']],
  ['ping', SERVER, '89 80 00000000', ['h9', 'p.']],
  ['pong', SERVER, '8a 80 00000000', ['h10', 'p.']],
  ['125 octets of ping', CLIENT, `89 7d ${'2a'.repeat(125)}`, ['h9', `p${'2a'.repeat(125)}.`]],
  ['RSV1 that was agreed', WITH_RSV1, 'c1 81 00000000 61', ['h1', 'p61.']],
  ['two frames', CLIENT, '82 01 ff 81 01 61', ['h2', 'pff.', 'h1', 'p61.']],
  ['the first octet of HTTP alone, were it a frame', WITH_RSV1, '42 80 00000000', ['h2', 'p.']],
];
for (const [what, rules, octets, want] of valid) {
  test(`may stand: ${what}`, () => assert.deepEqual(steps(rules, octets), want));
}

const faulty: [string, FrameRules, string, string][] = [
  ['no mask, to a server', SERVER, '81 05 48656c6c6f', 'FRAME_UNMASKED_BY_CLIENT 1002: mask bit 0'],
  ['a mask, to a client', CLIENT, '81 85 37fa213d', 'FRAME_MASKED_BY_SERVER 1002: mask bit 1'],
  ['RSV1', SERVER, 'c1 80 00000000', 'FRAME_RSV 1002: RSV1'],
  ['RSV2', SERVER, 'a1 80 00000000', 'FRAME_RSV 1002: RSV2'],
  ['RSV3', SERVER, '91 80 00000000', 'FRAME_RSV 1002: RSV3'],
  ['all three', SERVER, 'f1 80 00000000', 'FRAME_RSV 1002: RSV1+RSV2+RSV3'],
  ['RSV2 where RSV1 was agreed', WITH_RSV1, 'e1 80 00000000', 'FRAME_RSV 1002: RSV2'],
  ['RSV1 agreed, on a ping', WITH_RSV1, 'c9 80 00000000', 'FRAME_RSV 1002: RSV1 on a control frame'],
  ['ping without FIN', SERVER, '09 80 00000000', 'FRAME_CONTROL_FRAGMENTED 1002: opcode 9, FIN 0'],
  ['close without FIN', SERVER, '08 80 00000000', 'FRAME_CONTROL_FRAGMENTED 1002: opcode 8, FIN 0'],
  ['pong without FIN', SERVER, '0a 80 00000000', 'FRAME_CONTROL_FRAGMENTED 1002: opcode 10, FIN 0'],
  [
    '126 octets of ping',
    SERVER,
    '89 fe 007e 00000000',
    'FRAME_CONTROL_TOO_LONG 1002: 126 octets, wanted 125 at most',
  ],
  [
    'a control frame in the 64-bit form',
    SERVER,
    '88 ff 0000000000010000 00000000',
    'FRAME_CONTROL_TOO_LONG 1002: 65536 octets, wanted 125 at most',
  ],
  ['5 octets in 16 bits', SERVER, '81 fe 0005 00000000', 'FRAME_LENGTH 1002: 5 in a longer form than needed'],
  [
    'a ping of 5 octets in 16 bits',
    SERVER,
    '89 fe 0005 00000000',
    'FRAME_LENGTH 1002: 5 in a longer form than needed',
  ],
  [
    '65,535 octets in 64 bits',
    SERVER,
    '82 ff 000000000000ffff 00000000',
    'FRAME_LENGTH 1002: 65535 in a longer form than needed',
  ],
];
for (const [what, rules, octets, want] of faulty) {
  test(`may not stand: ${what}`, () => assert.deepEqual(steps(rules, octets), [want]));
}

test('a 64-bit length with its top bit set is named as that', () => {
  const [fault] = steps(SERVER, '82 ff 8000000000000000 00000000');
  assert.equal(fault, 'FRAME_LENGTH 1002: a 64-bit length with its top bit set');
});

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  for (const fin of [0x80, 0]) {
    test(`may not stand: opcode ${opcode}, FIN ${fin >> 7}`, () => {
      const first = (fin | opcode).toString(16).padStart(2, '0');
      assert.deepEqual(steps(SERVER, `${first} 80 00000000`), [`FRAME_OPCODE 1002: opcode ${opcode}`]);
    });
  }
}

const httpInStream: [string, string, string][] = [
  ['HTTP/1.1 400', '485454502f312e3120343030', '"HT…"'],
  ['<html>', '3c68746d6c3e', '"<h…"'],
  ['<HTML>', '3c48544d4c3e', '"<H…"'],
  ['<!doctype', '3c21646f6374797065', '"<!…"'],
];
for (const [text, octets, seen] of httpInStream) {
  for (const rules of [CLIENT, SERVER, WITH_RSV1, { ...CLIENT, rsv: 0x40 }]) {
    const reader = `a ${rules.masked ? 'server' : 'client'}${rules.rsv === 0 ? '' : ' with RSV1 agreed'}`;
    test(`${text} where a frame should begin, read by ${reader}`, () => {
      const want = [`FRAME_HTTP_IN_STREAM 1002: ${seen}`];
      assert.deepEqual(steps(rules, octets), want);
      assert.deepEqual(steps(rules, ...octets.match(/../g)!), want, 'octet by octet');
    });
  }
}

test('what only begins like HTTP is judged by its bits', () => {
  assert.deepEqual(steps(CLIENT, '48 00'), ['FRAME_RSV 1002: RSV1']);
  assert.deepEqual(steps(CLIENT, '3c 00'), ['FRAME_RSV 1002: RSV2+RSV3']);
  assert.deepEqual(steps({ ...CLIENT, rsv: 0x40 }, '48 00'), ['FRAME_RSV 1002: RSV1 on a control frame']);
});

test('every cut of a 14-octet header gives the same steps', () => {
  const octets = `82 ff 0000000000010000 01020304`.replaceAll(' ', '');
  const whole = octets.match(/../g)!;
  for (let cut = 1; cut < whole.length; cut += 1) {
    const chunks = [whole.slice(0, cut).join(''), whole.slice(cut).join('')];
    assert.deepEqual(steps(SERVER, ...chunks, 'fe'), ['h2', 'pff'], `cut at ${cut}`);
  }
  assert.deepEqual(steps(SERVER, ...whole, 'fe'), ['h2', 'pff'], 'octet by octet');
});

test('a payload in portions keeps the phase of its mask', () => {
  assert.deepEqual(steps(SERVER, '81 85 37fa213d 7f', '9f4d', '', '5158'), ['h1', 'p48', 'p656c', 'p6c6f.']);
});

test('a decoder is at a boundary between two frames only', () => {
  const decoder = new FrameDecoder(SERVER);
  const walk = (chunk: string) => {
    decoder.feed(hex(chunk));
    while (decoder.next() !== Step.need);
    return decoder.atBoundary;
  };
  assert.equal(decoder.atBoundary, true);
  assert.equal(walk('81'), false, 'inside a header');
  assert.equal(walk('82 00000000 61'), false, 'inside a payload');
  assert.equal(walk('62'), true);
  decoder.feed(hex('81'));
  assert.equal(decoder.atBoundary, false, 'octets that are not read yet');
  decoder.release();
  assert.equal(decoder.bytes.length, 0);
  assert.equal(decoder.atBoundary, true);
});

test('a part knows that it is ASCII when it was masked, and says nothing when it was not', () => {
  const ascii = (rules: FrameRules, octets: string) => {
    const decoder = new FrameDecoder(rules);
    decoder.feed(hex(octets));
    decoder.next();
    decoder.next();
    return decoder.ascii;
  };
  assert.equal(ascii(SERVER, '81 82 01010101 6060'), true);
  assert.equal(ascii(SERVER, '81 82 00000000 61c3'), false);
  assert.equal(ascii(CLIENT, '81 01 61'), false);
});
