// Arbitrary streams of frames for properties: mostly lawful ones, with a fault here and there, and whatever octets behind.
import fc from 'fast-check';
import { encodeFrame } from '../../src/frames/encoder.js';

export interface SentMessage {
  readonly isText: boolean;
  readonly payload: Uint8Array;
  /** Where the payload is cut into fragments. */
  readonly cuts: readonly number[];
}

const text = fc
  .string({ unit: 'grapheme', maxLength: 20 })
  .map((value) => new Uint8Array(Buffer.from(value)));
const bytes = fc.oneof(fc.uint8Array({ maxLength: 30 }), fc.uint8Array({ minLength: 120, maxLength: 300 }));
const cuts = fc.array(fc.nat(400), { maxLength: 4 });

export const message: fc.Arbitrary<SentMessage> = fc.oneof(
  fc.record({ isText: fc.constant(true), payload: text, cuts }),
  fc.record({ isText: fc.constant(false), payload: bytes, cuts }),
);

export interface SentFrame {
  readonly opcode: number;
  readonly fin: boolean;
  readonly payload: Uint8Array;
}

/** The frames of a message: one more than it has cuts. */
export function fragments({ isText, payload, cuts }: SentMessage): SentFrame[] {
  const ends = [...cuts.map((at) => at % (payload.length + 1)).sort((a, b) => a - b), payload.length];
  return ends.map((end, index) => ({
    opcode: index > 0 ? 0 : isText ? 1 : 2,
    fin: index === ends.length - 1,
    payload: payload.subarray(ends[index - 1] ?? 0, end),
  }));
}

export const control: fc.Arbitrary<SentFrame> = fc.record({
  opcode: fc.constantFrom(9, 10),
  fin: fc.constant(true),
  payload: fc.uint8Array({ maxLength: 125 }),
});

const closing = fc
  .tuple(fc.constantFrom(1000, 1001, 3000, 4999, 1005, 999, 2000), text)
  .map(([code, reason]) => closeFrame(code, reason));

function closeFrame(code: number, reason: Uint8Array): SentFrame {
  return { opcode: 8, fin: true, payload: Uint8Array.of(code >> 8, code & 0xff, ...reason.subarray(0, 123)) };
}

/** Anything at all as a frame: wrong opcodes, wrong order, text that is none. */
const lawless: fc.Arbitrary<SentFrame> = fc.record({
  opcode: fc.nat(15),
  fin: fc.boolean(),
  payload: fc.uint8Array({ maxLength: 140 }),
});

/** Frames of messages with control frames between their fragments. */
const lawful = fc
  .array(fc.tuple(message, fc.array(control, { maxLength: 2 })), { maxLength: 5 })
  .map((messages) =>
    messages.flatMap(([one, between]) =>
      fragments(one).flatMap((frame, at) => (at === 0 ? [frame, ...between] : [frame])),
    ),
  );

const frames = fc.oneof(
  { weight: 3, arbitrary: lawful },
  {
    weight: 2,
    arbitrary: fc.tuple(lawful, fc.oneof(lawless, closing), lawful).map(([a, b, c]) => [...a, b, ...c]),
  },
);

export function encode(sent: readonly SentFrame[], masked: boolean): Uint8Array {
  const octets = sent.map(({ opcode, fin, payload }, at) =>
    encodeFrame(opcode, payload, masked ? { fin, mask: (at + 1) * 0x12345677 } : { fin }),
  );
  return new Uint8Array(Buffer.concat(octets));
}

/** Octets of a peer, lawful or not: frames, then perhaps something else, cut off anywhere. */
export function stream(masked: boolean): fc.Arbitrary<Uint8Array> {
  const tail = fc.oneof(
    fc.constant(new Uint8Array(0)),
    fc.uint8Array({ maxLength: 20 }),
    fc.constant(Buffer.from('HTTP/1.1 400')),
  );
  return fc.tuple(frames, tail, fc.nat(30)).map(([sent, last, off]) => {
    const octets = new Uint8Array(Buffer.concat([encode(sent, masked), last]));
    return octets.subarray(0, octets.length - (off > 10 ? 0 : off));
  });
}
