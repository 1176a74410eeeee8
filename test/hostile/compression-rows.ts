// Knows: compressed messages that end a connection, and odd ones that must be delivered, octet by octet, where neither side keeps
// context. Part D of the list, rows 96, 99, 100 and 105 with their neighbours. RFC 7692 §6, §7.2, §8.
// Must not know: how they are sent.
import { createHash } from 'node:crypto';
import { constants, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { type FrameOptions, Op } from './bytes.js';
import { bomb, RSV1, split, squeezed, type Write } from './compression-bytes.js';
import { CUT, NOT_UTF8 } from './framing-rows.js';

type Bytes = (write: Write) => Buffer;

export interface FailedRow {
  readonly row: number;
  readonly name: string;
  readonly bytes: Bytes;
  readonly closeCode: number;
  readonly code: string;
  /** What was delivered before. Default nothing. */
  readonly delivered?: readonly string[];
}

export interface AcceptedRow {
  readonly name: string;
  readonly bytes: Bytes;
  readonly delivered: readonly string[];
}

/** The default limit. */
const MAX_BYTES = 1_048_576;
const TEXT = 'Ein Satz, der sich wiederholt, ein Satz, der sich wiederholt, und noch ein Satz. '.repeat(20);
const hex = (octets: string) => Buffer.from(octets.replaceAll(' ', ''), 'hex');

/** Octets that do not compress, the same in every run. */
export function noise(length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, at) =>
    createHash('sha256').update(`${at}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

/** The octets with one of them changed. */
function spoilt(octets: Buffer, at: number): Buffer {
  const copy = Buffer.from(octets);
  copy[at] = copy[at]! ^ 0xff;
  return copy;
}

const stored = (plain: Uint8Array) => squeezed(plain, { level: 0 });
const fixed = (plain: string) => squeezed(plain, { strategy: constants.Z_FIXED });
const final = (plain: string | Uint8Array) => deflateRawSync(plain);
/** Stored blocks; behind the type of each comes its length in two octets. */
const LARGE = stored(noise(300_000));
const zeros = (length: number) => squeezed(Buffer.alloc(length));
const joined = (...parts: Uint8Array[]) => Buffer.concat(parts);

/** A payload as one compressed message, in one frame or with other options. */
function whole(payload: Uint8Array, opcode: number = Op.text, options: FrameOptions = {}): Bytes {
  return (write) => write(opcode, payload, { rsv: RSV1, ...options });
}

const parts =
  (octets: number, payload: Uint8Array, opcode: number = Op.text): Bytes =>
  (write) =>
    split(write, opcode, payload, octets);
const begin: Bytes = (write) => write(Op.text, squeezed(TEXT).subarray(0, 9), { fin: false, rsv: RSV1 });
const end: Bytes = (write) => write(Op.continuation, squeezed(TEXT).subarray(9));
const all =
  (...pieces: readonly Bytes[]): Bytes =>
  (write) =>
    joined(...pieces.map((piece) => piece(write)));

function rows(
  row: number,
  closeCode: number,
  code: string,
  inputs: Readonly<Record<string, Bytes>>,
  delivered: readonly string[] = [],
): FailedRow[] {
  return Object.entries(inputs).map(([name, bytes]) => ({ row, name, bytes, closeCode, code, delivered }));
}

/** One text for each octet sequence. */
function texts(sequences: Readonly<Record<string, string>>, name: string, plain: (octets: Buffer) => Buffer) {
  return Object.fromEntries(
    Object.entries(sequences).map(([what, octets]) => [
      `${what} ${name}`,
      whole(squeezed(plain(hex(octets)))),
    ]),
  );
}

export const FAILED: readonly FailedRow[] = [
  ...rows(96, 1009, 'MSG_TOO_BIG', {
    '200 MiB of zeros in one frame': whole(bomb(200), Op.binary),
    '200 MiB of zeros in a thousand frames': parts(220, bomb(200), Op.binary),
    '200 MiB of zeros in a final block': whole(final(Buffer.alloc(200 * MAX_BYTES)), Op.binary),
    'one octet too many': whole(zeros(MAX_BYTES + 1), Op.binary),
    'one octet too many behind much that does not compress': whole(
      squeezed(joined(noise(200_000), Buffer.alloc(MAX_BYTES + 1 - 200_000))),
      Op.binary,
    ),
    'a compressed length that no message can need': whole(Buffer.alloc(10), Op.binary, {
      declared: BigInt(2 * MAX_BYTES),
    }),
    'fragments that add up to such a length': all(whole(noise(10), Op.binary, { fin: false }), (write) =>
      write(Op.continuation, noise(10), { declared: BigInt(2 * MAX_BYTES) }),
    ),
  }),
  ...rows(99, 1007, 'EXT_INFLATE', {
    'no octet at all': whole(Buffer.alloc(0)),
    'a reserved type of block': whole(hex('06')),
    'a text that is not compressed': whole(Buffer.from('hello, world')),
    'octets at random': whole(joined(hex('ff'), noise(500))),
    'a stored block whose lengths disagree': whole(spoilt(stored(noise(20)), 3)),
    'more codes than there are': whole(hex('04 ff ff ff ff')),
    'the header of zlib': whole(deflateSync(TEXT)),
    'the header of gzip': whole(gzipSync(TEXT)),
    'a reference to before the first octet': whole(squeezed(TEXT, { dictionary: Buffer.from(TEXT) })),
    'the first octet alone': whole(squeezed(TEXT).subarray(0, 1)),
    'the first half': whole(squeezed(TEXT).subarray(0, 40)),
    'all but the last octet': whole(squeezed(TEXT).subarray(0, -1)),
    'a stored block that is cut': whole(stored(noise(300)).subarray(0, 100)),
    'a block of fixed codes that is cut': whole(fixed(TEXT).subarray(0, 20)),
    'a final block that is cut': whole(final(TEXT).subarray(0, -1)),
    'cut, in fragments': parts(7, squeezed(TEXT).subarray(0, -1)),
    'cut, and large': whole(squeezed(noise(300_000)).subarray(0, 200_000), Op.binary),
    'large, with one octet spoilt': whole(spoilt(LARGE, 5 + LARGE.readUInt16LE(1) + 1), Op.binary),
    'small, expands to much, and is cut': whole(zeros(1_000_000).subarray(0, -1), Op.binary),
  }),
  ...rows(
    99,
    1007,
    'EXT_INFLATE',
    {
      'context of the message before, which was not agreed on': all(
        whole(squeezed(TEXT)),
        whole(squeezed(TEXT, { dictionary: Buffer.from(TEXT) })),
      ),
    },
    [TEXT],
  ),
  ...rows(100, 1007, 'EXT_INFLATE', {
    'text behind a final block': whole(joined(final(TEXT), Buffer.from('more'))),
    'one octet behind a final block': whole(joined(final(TEXT), hex('01'))),
    'two octets behind a final block': whole(joined(final(TEXT), hex('00 00'))),
    'another final block behind one': whole(joined(final(TEXT), final(TEXT))),
    'a whole message behind a final block': whole(joined(final(TEXT), squeezed(TEXT))),
    'octets behind a final block in a frame of their own': all(
      whole(final(TEXT), Op.text, { fin: false }),
      (write) => write(Op.continuation, 'more'),
    ),
    'much behind a final block': whole(joined(final(TEXT), noise(200_000))),
  }),
  ...rows(105, 1007, 'MSG_UTF8', {
    ...texts(NOT_UTF8, 'in a compressed text', (octets) => joined(Buffer.from('text '), octets)),
    ...texts(CUT, 'at the end of a compressed text', (octets) => joined(Buffer.from(TEXT), octets)),
    'FF behind half a mebibyte': whole(squeezed(joined(Buffer.alloc(600_000, 'a'), hex('ff')))),
  }),
  ...rows(62, 1002, 'FRAME_RSV', {
    'RSV1 on a ping': whole(Buffer.from('ping'), Op.ping),
    'RSV1 on a pong': whole(Buffer.from('pong'), Op.pong),
    'RSV1 on a close': whole(hex('03 e8'), Op.close),
    'RSV1 on a ping between compressed fragments': all(begin, whole(squeezed('ping'), Op.ping)),
    'RSV1 on the last fragment too': all(begin, whole(squeezed('more'), Op.continuation)),
    'RSV1 on a fragment in the middle': all(begin, whole(squeezed('more'), Op.continuation, { fin: false })),
    'RSV1 on the second fragment alone': all(
      (write) => write(Op.text, 'plain', { fin: false }),
      whole(squeezed('more'), Op.continuation),
    ),
    RSV2: whole(squeezed(TEXT), Op.text, { rsv: 2 }),
    RSV3: whole(squeezed(TEXT), Op.text, { rsv: 1 }),
    'RSV1 and RSV2': whole(squeezed(TEXT), Op.text, { rsv: RSV1 | 2 }),
    'all three reserved bits': whole(squeezed(TEXT), Op.text, { rsv: 7 }),
  }),
  ...rows(68, 1002, 'FRAME_CONTINUATION', {
    'a compressed text inside a compressed text': all(begin, whole(squeezed(TEXT))),
  }),
];

const ping: Bytes = (write) => write(Op.ping, 'between');
const plain: Bytes = (write) => write(Op.text, 'as it is');
const empty =
  (fin: boolean): Bytes =>
  (write) =>
    write(Op.continuation, '', { fin });

export const ACCEPTED: readonly AcceptedRow[] = [
  { name: 'a final block alone', bytes: whole(hex('f3 48 cd c9 c9 07 00')), delivered: ['Hello'] },
  // RFC 7692 §7.2.3.4.
  { name: 'a final block and 0x00', bytes: whole(hex('f3 48 cd c9 c9 07 00 00')), delivered: ['Hello'] },
  {
    name: 'a large final block',
    bytes: whole(final(noise(300_000)), Op.binary),
    delivered: [String(noise(300_000))],
  },
  { name: 'the empty message', bytes: whole(hex('00')), delivered: [''] },
  { name: 'the empty message as a final block', bytes: whole(final('')), delivered: [''] },
  {
    name: 'empty blocks, 20,000 of them',
    bytes: whole(joined(...Array<Buffer>(20_000).fill(hex('00 00 00 ff ff')), hex('00'))),
    delivered: [''],
  },
  { name: 'octet by octet, each in a frame', bytes: parts(1, squeezed(TEXT)), delivered: [TEXT] },
  { name: 'a ping between fragments', bytes: all(begin, ping, end), delivered: [TEXT] },
  {
    name: 'empty fragments before, between and behind',
    bytes: all(
      whole(Buffer.alloc(0), Op.text, { fin: false }),
      empty(false),
      (write) => write(Op.continuation, squeezed(TEXT), { fin: false }),
      empty(true),
    ),
    delivered: [TEXT],
  },
  {
    name: 'messages that are not compressed between those that are',
    bytes: all(whole(squeezed(TEXT)), plain, whole(squeezed(TEXT)), plain),
    delivered: [TEXT, 'as it is', TEXT, 'as it is'],
  },
  {
    name: 'small ones behind a large one',
    bytes: all(whole(zeros(MAX_BYTES), Op.binary), whole(squeezed(TEXT)), plain),
    delivered: ['\0'.repeat(MAX_BYTES), TEXT, 'as it is'],
  },
  {
    name: 'the largest message, larger for being compressed',
    bytes: whole(stored(noise(MAX_BYTES)), Op.binary),
    delivered: [String(noise(MAX_BYTES))],
  },
];
