// Knows: what a server must take although it looks odd: opening handshakes that are answered with 101, and frames that are delivered.
// Whoever refuses these is too strict. RFC 6455 §4.1, §5, §7.4; RFC 9112 §2.2; RFC 9110 §5.
// Must not know: how they are sent.
import { closeFrame, frame, KEY, Op, upgrade, upgradeTo } from './bytes.js';
import { fieldsOf, headOf, lineOf } from './opening-rows.js';

export interface AcceptedHead {
  readonly name: string;
  readonly bytes: string;
}

const heads = (inputs: Readonly<Record<string, string | Parameters<typeof upgrade>[0]>>): AcceptedHead[] =>
  Object.entries(inputs).map(([name, input]) => ({
    name,
    bytes: typeof input === 'string' ? input : upgrade(input),
  }));

export const ACCEPTED_HEADS: readonly AcceptedHead[] = heads({
  'the plain case': {},
  'tokens in mixed case': { Upgrade: 'WebSocket', Connection: 'uPGRADE' },
  'names in lower case': upgrade().replace(/^[A-Z][A-Za-z-]*(?=:)/gm, (name) => name.toLowerCase()),
  'names in upper case': upgrade().replace(/^[A-Z][A-Za-z-]*(?=:)/gm, (name) => name.toUpperCase()),
  'Connection: keep-alive, Upgrade': { Connection: 'keep-alive, Upgrade' },
  'Connection: close, Upgrade': { Connection: 'close, Upgrade' },
  'Connection with empty elements': { Connection: ',, Upgrade ,' },
  'two Connection lines': { Connection: ['keep-alive', 'Upgrade'] },
  'two Upgrade lines': { Upgrade: ['h2c', 'websocket'] },
  'Upgrade: h2c, websocket': { Upgrade: 'h2c, websocket' },
  'several extension lines': { 'Sec-WebSocket-Extensions': ['permessage-deflate', 'x-one; a=1, x-two'] },
  'several subprotocol lines': { 'Sec-WebSocket-Protocol': ['chat', 'superchat, json'] },
  'unknown extensions': { 'Sec-WebSocket-Extensions': 'x-a; b="c"; d, x-e' },
  'extensions with Prototype names': { 'Sec-WebSocket-Extensions': '__proto__; constructor=1, toString' },
  'subprotocols with Prototype names': { 'Sec-WebSocket-Protocol': '__proto__, constructor' },
  'permessage-deflate with odd parameters': {
    'Sec-WebSocket-Extensions': 'permessage-deflate; server_max_window_bits=08; x=1; x=1',
  },
  'Host: [::1]:8080': { Host: '[::1]:8080' },
  'Host: [::ffff:192.0.2.1]': { Host: '[::ffff:192.0.2.1]' },
  'Host with an empty port': { Host: 'example.com:' },
  'Host with a dot at its end': { Host: 'example.com.' },
  'Host in upper case': { Host: 'EXAMPLE.COM' },
  'Host with an underscore': { Host: 'my_service' },
  'Host of 255 bytes': { Host: 'h'.repeat(255) },
  'Content-Length: 0': { 'Content-Length': '0' },
  'values with octets above 0x7f': { 'X-Name': 'caf\xe9 \xff\x80', 'User-Agent': '\xf0\x9f\x8c\x8d' },
  'a value with a tab': { 'X-Name': 'a\tb' },
  'an empty value': { 'X-Name': '' },
  'spaces around a value': { 'X-Name': ' \t a \t ', 'Sec-WebSocket-Key': `  ${KEY}  ` },
  'no space behind the colon': upgrade().replaceAll(': ', ':'),
  'Expect: 100-continue without a body': { Expect: '100-continue' },
  'a key whose last bits are not 0': { 'Sec-WebSocket-Key': `${KEY.slice(0, 21)}R==` },
  'a key of zeros': { 'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64') },
  'an empty line before the request line': `\r\n${upgrade()}`,
  'two empty lines before the request line': `\r\n\r\n${upgrade()}`,
  'HTTP/1.2': upgrade({}, 'GET /ws HTTP/1.2'),
  'an absolute target of this host': upgradeTo('http://example.com/ws'),
  'an absolute target with ws:': upgradeTo('ws://EXAMPLE.com/ws?a=b'),
  'a query with everything that it may hold': upgradeTo('/ws?a=%00&b[]=1&__proto__=2&c=\'<script>"`{|}^\\'),
  'an empty query': upgradeTo('/ws?'),
  'names of Prototype': {
    '': ['__proto__: 1', 'constructor: 2', 'toString: 3', 'hasOwnProperty: 4', '__proto__: 5'],
  },
  'names that are numbers': { '': ['0: a', '1: b', '4294967295: c'] },
  'every character of a token as a name': { '': ["!#$%&'*+-.^_`|~09azAZ: 1"] },
  'the origin of this host': { Origin: 'http://example.com' },
  'the origin with its default port': { Origin: 'http://example.com:80' },
  'two cookie lines': { Cookie: ['a=b', 'c=d'] },
  'a second Upgrade-Insecure-Requests': { 'Upgrade-Insecure-Requests': ['1', '1'] },
  'a request line of 8,192 bytes': lineOf(8192),
  'a head of 16,384 bytes': headOf(16_384),
  'a line of 8,192 bytes': { 'X-Pad': 'x'.repeat(8192 - 'X-Pad: '.length) },
  '100 field lines': fieldsOf(100),
  '50 extensions': {
    'Sec-WebSocket-Extensions': Array.from({ length: 50 }, (_, at) => `x-${at}`).join(', '),
  },
});

export interface AcceptedFrames {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** What the echo sends back: opcode and payload of each frame. */
  readonly back: ReadonlyArray<readonly [number, string | Uint8Array]>;
}

const text = (payload: string) => frame(Op.text, payload);
const closes = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999,
];
const bytesOfCode = (code: number) => Buffer.of(code >> 8, code & 0xff);

export const ACCEPTED_FRAMES: readonly AcceptedFrames[] = [
  {
    name: 'a mask of zeros',
    bytes: frame(Op.text, 'hello', { mask: new Uint8Array(4) }),
    back: [[Op.text, 'hello']],
  },
  { name: 'an empty text', bytes: text(''), back: [[Op.text, '']] },
  { name: 'an empty binary', bytes: frame(Op.binary), back: [[Op.binary, '']] },
  { name: 'U+FFFE and U+FFFF', bytes: text('\ufffe\uffff'), back: [[Op.text, '\ufffe\uffff']] },
  { name: 'U+0000 in a text', bytes: text('a\0b'), back: [[Op.text, 'a\0b']] },
  { name: 'a BOM at the start of a text', bytes: text('\ufeffa'), back: [[Op.text, '\ufeffa']] },
  { name: 'the last code point', bytes: text('\u{10ffff}'), back: [[Op.text, '\u{10ffff}']] },
  {
    name: 'a ping between fragments',
    bytes: Buffer.concat([
      frame(Op.text, 'he', { fin: false }),
      frame(Op.ping, 'p'),
      frame(Op.pong, 'unasked'),
      frame(Op.continuation, 'llo'),
    ]),
    back: [
      [Op.pong, 'p'],
      [Op.text, 'hello'],
    ],
  },
  {
    name: 'empty fragments',
    bytes: Buffer.concat([
      frame(Op.text, '', { fin: false }),
      frame(Op.continuation, 'a', { fin: false }),
      frame(Op.continuation, '', { fin: false }),
      frame(Op.continuation, ''),
    ]),
    back: [[Op.text, 'a']],
  },
  {
    name: 'a code point over two fragments',
    bytes: Buffer.concat([
      frame(Op.text, Buffer.of(0xe2, 0x82), { fin: false }),
      frame(Op.continuation, Buffer.of(0xac)),
    ]),
    back: [[Op.text, '€']],
  },
  {
    name: 'octets that are no UTF-8, as binary',
    bytes: frame(Op.binary, Buffer.of(0xff, 0xc0, 0xaf)),
    back: [[Op.binary, Buffer.of(0xff, 0xc0, 0xaf)]],
  },
  {
    name: 'a ping of 125 octets',
    bytes: frame(Op.ping, 'p'.repeat(125)),
    back: [[Op.pong, 'p'.repeat(125)]],
  },
  { name: 'an empty ping', bytes: frame(Op.ping), back: [[Op.pong, '']] },
  {
    name: 'pongs that nobody asked for',
    bytes: Buffer.concat([frame(Op.pong, 'x'), text('y')]),
    back: [[Op.text, 'y']],
  },
  ...[125, 126, 127, 65_535, 65_536].map((length) => ({
    name: `a message of ${length} octets`,
    bytes: frame(Op.binary, Buffer.alloc(length, 7)),
    back: [[Op.binary, Buffer.alloc(length, 7)]] as const,
  })),
  {
    name: 'a message of exactly the largest size',
    bytes: frame(Op.binary, Buffer.alloc(1_048_576, 1)),
    back: [[Op.binary, Buffer.alloc(1_048_576, 1)]],
  },
  {
    name: 'exactly the largest number of fragments',
    bytes: Buffer.concat([
      frame(Op.binary, 'x', { fin: false }),
      ...Array.from({ length: 1022 }, () => frame(Op.continuation, 'x', { fin: false })),
      frame(Op.continuation, 'x'),
    ]),
    back: [[Op.binary, 'x'.repeat(1024)]],
  },
  { name: 'a close without a body', bytes: frame(Op.close), back: [[Op.close, '']] },
  {
    name: 'a close with a reason of 123 octets',
    bytes: closeFrame(1000, 'r'.repeat(123)),
    back: [[Op.close, bytesOfCode(1000)]],
  },
  ...closes.map((code) => ({
    name: `a close with ${code}`,
    bytes: closeFrame(code),
    back: [[Op.close, bytesOfCode(code)]] as const,
  })),
];
