// Knows: frames that must end the connection, by the row of the list of hostile inputs that each stands for (rows 61 to 90), with its
// neighbours: the bytes behind the handshake, the close code, the reason. RFC 6455 §5, §7.4, §8.1.
// Must not know: how they are sent.
import { closeFrame, type FrameOptions, frame, Op } from './bytes.js';

export interface FramingRow {
  readonly row: number;
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly closeCode: number;
  readonly code: string;
  /** The endpoint; `/ws` has every default. */
  readonly at?: '/ws' | '/text' | '/binary' | '/small';
  /** Texts that were delivered before. Default none. */
  readonly delivered?: readonly string[];
}

type Rest = Partial<Pick<FramingRow, 'at' | 'delivered'>>;

function rows(
  row: number,
  closeCode: number,
  code: string,
  inputs: Readonly<Record<string, Uint8Array>>,
  rest: Rest = {},
): FramingRow[] {
  return Object.entries(inputs).map(([name, bytes]) => ({ row, name, bytes, closeCode, code, ...rest }));
}

/** One input for each of several numbers. */
function each<Item>(items: readonly Item[], name: (item: Item) => string, bytes: (item: Item) => Uint8Array) {
  return Object.fromEntries(items.map((item) => [name(item), bytes(item)]));
}

const begin = (payload: string | Uint8Array = 'a', options: FrameOptions = {}) =>
  frame(Op.text, payload, { fin: false, ...options });
const more = (payload: string | Uint8Array = 'b') => frame(Op.continuation, payload, { fin: false });
const last = (payload: string | Uint8Array = 'c') => frame(Op.continuation, payload);
const all = (...parts: Uint8Array[]) => Buffer.concat(parts);
const hex = (octets: string) => Buffer.from(octets.replaceAll(' ', ''), 'hex');
const OPS = Object.entries(Op);
const RESERVED = [3, 4, 5, 6, 7, 11, 12, 13, 14, 15];

export const NOT_UTF8: Readonly<Record<string, string>> = {
  FF: 'ff',
  'FE in a word': '61fe62',
  'an overlong slash': 'c0af',
  'an overlong NUL': 'c080',
  'three octets overlong': 'e08080',
  'four octets overlong': 'f0808080',
  'a high surrogate': 'eda080',
  'a low surrogate': 'edbfbf',
  'a pair of surrogates': 'eda080edb080',
  'beyond the last code point': 'f4908080',
  'five octets': 'f888808080',
  'a lone continuation octet': '80',
  'ASCII where a continuation should be': 'e28261',
};
export const CUT: Readonly<Record<string, string>> = {
  'one of two': 'c3',
  'two of three': 'e282',
  'three of four': 'f09f98',
};

export const FAILED: readonly FramingRow[] = [
  ...rows(
    61,
    1002,
    'FRAME_UNMASKED_BY_CLIENT',
    each(
      OPS,
      ([name]) => `unmasked ${name}`,
      ([, opcode]) => frame(opcode, 'ab', { mask: null }),
    ),
  ),
  ...rows(
    61,
    1002,
    'FRAME_UNMASKED_BY_CLIENT',
    {
      'unmasked behind a good message': all(frame(Op.text, 'good'), frame(Op.text, 'bad', { mask: null })),
    },
    { delivered: ['good'] },
  ),
  ...rows(61, 1002, 'FRAME_UNMASKED_BY_CLIENT', { 'unmasked, empty': frame(Op.text, '', { mask: null }) }),
  ...rows(62, 1002, 'FRAME_RSV', {
    ...each(
      [1, 2, 3, 4, 5, 6, 7],
      (rsv) => `reserved bits ${rsv.toString(2).padStart(3, '0')} on a text`,
      (rsv) => frame(Op.text, 'abc', { rsv }),
    ),
    ...each(
      [1, 2, 4],
      (rsv) => `reserved bits ${rsv} on a ping`,
      (rsv) => frame(Op.ping, 'abc', { rsv }),
    ),
    ...each(
      [1, 2, 4],
      (rsv) => `reserved bits ${rsv} on a close`,
      (rsv) => frame(Op.close, '', { rsv }),
    ),
    'RSV1 on a continuation': all(begin(), frame(Op.continuation, 'x', { rsv: 4 })),
  }),
  ...rows(63, 1002, 'FRAME_HTTP_IN_STREAM', {
    'an HTTP answer as frames': Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'),
    'a page as frames': Buffer.from('<html><body>502</body></html>'),
    'a page with its doctype': Buffer.from('<!DOCTYPE html>'),
  }),
  ...rows(63, 1002, 'FRAME_RSV', {
    'a request as frames': Buffer.from('GET /ws HTTP/1.1\r\nHost: example.com\r\n\r\n'),
  }),
  ...rows(64, 1002, 'FRAME_OPCODE', {
    ...each(
      RESERVED,
      (opcode) => `opcode ${opcode}`,
      (opcode) => frame(opcode, 'ab'),
    ),
    ...each(
      RESERVED,
      (opcode) => `opcode ${opcode}, empty`,
      (opcode) => frame(opcode),
    ),
    ...each(
      RESERVED,
      (opcode) => `opcode ${opcode} with FIN 0`,
      (opcode) => frame(opcode, 'ab', { fin: false }),
    ),
    ...each(
      [3, 11],
      (opcode) => `opcode ${opcode} inside a message`,
      (opcode) => all(begin(), frame(opcode)),
    ),
    'opcode 3, the header alone of a large frame': frame(3, '', { declared: 1n << 40n }),
  }),
  ...rows(65, 1002, 'FRAME_CONTROL_FRAGMENTED', {
    ...each(
      [Op.close, Op.ping, Op.pong],
      (opcode) => `control opcode ${opcode} with FIN 0`,
      (opcode) => frame(opcode, 'ab', { fin: false }),
    ),
    'a ping in two': all(frame(Op.ping, 'a', { fin: false }), last('b')),
    'a ping with FIN 0 inside a message': all(begin(), frame(Op.ping, '', { fin: false })),
  }),
  ...rows(66, 1002, 'FRAME_CONTROL_TOO_LONG', {
    ...each(
      [Op.close, Op.ping, Op.pong],
      (opcode) => `control opcode ${opcode} of 126 octets`,
      (opcode) => frame(opcode, Buffer.alloc(126, 97)),
    ),
    'a ping of 64 KiB': frame(Op.ping, Buffer.alloc(65_536)),
    'a ping that declares a terabyte': frame(Op.ping, '', { declared: 1n << 40n }),
  }),
  ...rows(67, 1002, 'FRAME_CONTINUATION', {
    'a continuation first': last(),
    'a continuation with FIN 0 first': more(),
    'an empty continuation first': last(''),
  }),
  ...rows(
    67,
    1002,
    'FRAME_CONTINUATION',
    {
      'a continuation behind a whole message': all(frame(Op.text, 'good'), last()),
      'a continuation behind the last fragment': all(begin('go'), last('od'), last()),
    },
    { delivered: ['good'] },
  ),
  ...rows(68, 1002, 'FRAME_CONTINUATION', {
    'a text inside a message': all(begin(), frame(Op.text, 'x')),
    'a binary inside a message': all(begin(), frame(Op.binary, 'x')),
    'a second beginning': all(begin(), begin()),
    'a text behind a ping inside a message': all(begin(), frame(Op.ping), frame(Op.text, 'x')),
  }),
  ...rows(69, 1002, 'FRAME_LENGTH', {
    ...each(
      [0, 5, 125],
      (length) => `${length} in 16 bits`,
      (length) => frame(Op.text, 'x'.repeat(length), { form: 16 }),
    ),
    ...each(
      [0, 125, 126, 65_535],
      (length) => `${length} in 64 bits`,
      (length) => frame(Op.binary, Buffer.alloc(length), { form: 64 }),
    ),
    'a continuation of 5 in 64 bits': all(begin(), frame(Op.continuation, 'abcde', { form: 64 })),
    'the header of 5 in 16 bits alone': hex('81 fe 00 05 00 00 00 00'),
  }),
  ...rows(69, 1002, 'FRAME_LENGTH', {
    'a ping of 5 in 16 bits': frame(Op.ping, 'abcde', { form: 16 }),
    'a close of 2 in 64 bits': frame(Op.close, Buffer.of(3, 0xe8), { form: 64 }),
  }),
  ...rows(70, 1002, 'FRAME_LENGTH', {
    '2^63 octets': frame(Op.binary, '', { declared: 1n << 63n }),
    '-1 octets': frame(Op.binary, '', { declared: (1n << 64n) - 1n }),
    '2^63 and 5 octets': frame(Op.text, 'abcde', { declared: (1n << 63n) | 5n }),
  }),
  ...rows(72, 1009, 'MSG_TOO_BIG', {
    'one octet above the limit, the header alone': frame(Op.binary, '', { declared: 1_048_577n }),
    '2^32 octets': frame(Op.binary, '', { declared: 1n << 32n }),
    '2^53 octets': frame(Op.binary, '', { declared: 1n << 53n }),
    '2^63 - 1 octets': frame(Op.binary, '', { declared: (1n << 63n) - 1n }),
    'a text above the limit': frame(Op.text, '', { declared: 1_048_577n }),
  }),
  ...rows(
    72,
    1009,
    'MSG_TOO_BIG',
    { 'one octet above a limit of 1,000': frame(Op.binary, Buffer.alloc(1001)) },
    { at: '/small' },
  ),
  ...rows(
    74,
    1009,
    'MSG_TOO_BIG',
    {
      'fragments that pass the limit by one': all(
        begin('x'.repeat(600)),
        more('x'.repeat(400)),
        frame(Op.continuation, '', { declared: 1n }),
      ),
      'a fragment of 2^63 - 1 behind one octet': all(
        begin('x'),
        frame(Op.continuation, '', { declared: (1n << 63n) - 1n }),
      ),
      'fragments and pings that pass the limit': all(begin('x'.repeat(999)), frame(Op.ping), more('xx')),
    },
    { at: '/small' },
  ),
  ...rows(75, 1008, 'MSG_FRAGMENTS', {
    '1,025 fragments of one octet': all(begin(), ...Array<Buffer>(1024).fill(more())),
    '1,025 empty fragments': all(begin(''), ...Array<Buffer>(1024).fill(more(''))),
    '1,025 fragments with pings between': all(
      begin(),
      ...Array<Buffer>(1024).fill(all(frame(Op.ping), more())),
    ),
  }),
  ...rows(82, 1007, 'MSG_UTF8', {
    ...each(
      Object.entries(NOT_UTF8),
      ([name]) => `a text with ${name}`,
      ([, octets]) => frame(Op.text, hex(octets)),
    ),
    ...each(
      Object.entries(NOT_UTF8),
      ([name]) => `a first fragment with ${name}, never finished`,
      ([, octets]) => begin(hex(octets)),
    ),
    'a fault far behind': frame(Op.text, Buffer.concat([Buffer.alloc(70_000, 97), Buffer.of(0xff)])),
    'a fault in the second fragment': all(begin('good'), more(Buffer.of(0xc0))),
    'a fault in the first octets of a large text that never ends': frame(Op.text, hex('eda080'), {
      declared: 100_000n,
    }),
  }),
  ...rows(84, 1007, 'MSG_UTF8', {
    ...each(
      Object.entries(CUT),
      ([name]) => `a text cut at ${name} octets`,
      ([, octets]) => frame(Op.text, hex(`61${octets}`)),
    ),
    ...each(
      Object.entries(CUT),
      ([name]) => `a last fragment cut at ${name} octets`,
      ([, octets]) => all(begin(), last(hex(octets))),
    ),
    'a code point begun in one fragment, the next empty and last': all(begin(hex('e282')), last('')),
    'a code point begun in one fragment, ASCII in the next': all(begin(hex('e282')), last('a')),
  }),
  ...rows(85, 1003, 'MSG_TYPE', { 'a binary where text is spoken': frame(Op.binary, 'x') }, { at: '/text' }),
  ...rows(
    85,
    1003,
    'MSG_TYPE',
    { 'an empty binary where text is spoken': frame(Op.binary) },
    { at: '/text' },
  ),
  ...rows(85, 1003, 'MSG_TYPE', { 'a text where binary is spoken': frame(Op.text, 'x') }, { at: '/binary' }),
  ...rows(86, 1002, 'CLOSE_PAYLOAD', { 'a close of one octet': frame(Op.close, Buffer.of(3)) }),
  ...rows(86, 1007, 'MSG_UTF8', {
    'a close reason that is no UTF-8': closeFrame(1000, hex('ff')),
    'a close reason that is cut': closeFrame(1000, hex('61e282')),
    'a close reason with a surrogate': closeFrame(1000, hex('eda080')),
  }),
  ...rows(
    87,
    1002,
    'CLOSE_CODE_INVALID',
    each(
      [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 9999, 32_768, 65_535],
      (code) => `close code ${code}`,
      (code) => closeFrame(code, 'why'),
    ),
  ),
  ...rows(90, 1002, 'CLOSE_CODE_INVALID', {
    'a bad close in the middle of a message': all(begin(), closeFrame(1006)),
  }),
];
