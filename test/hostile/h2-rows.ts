// Knows: requests over HTTP/2 that must be refused, by the row of the list of hostile inputs that each stands for (rows
// 121 to 126), with their neighbours: the fields, and the status with its reason, or the code of the reset that
// `node:http2` answers with by itself. RFC 8441 §4, §5; RFC 9113 §8. Must not know: how they are sent.
import { extendedConnect, type Lines } from './h2-bytes.js';

export interface Http2Row {
  readonly row: number;
  readonly name: string;
  readonly lines: Lines;
  /** END_STREAM on the request. */
  readonly ended?: boolean;
  /** A status with its reason; or how what `Http2Peer.answer` says of a reset begins. */
  readonly answer: readonly [status: number, code: string] | string;
}

const PROTOCOL_ERROR = 'rst 1';
const with_ = (...more: Lines): Lines => [...extendedConnect(), ...more];
const GET: Lines = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':authority', 'example.com'],
  [':path', '/ws'],
];

export const REQUESTS: readonly Http2Row[] = [
  {
    row: 121,
    name: 'an unknown :protocol',
    lines: extendedConnect({ ':protocol': 'connect-udp' }),
    answer: [501, 'H2_PROTOCOL_UNKNOWN'],
  },
  {
    row: 121,
    name: 'an empty :protocol',
    lines: extendedConnect({ ':protocol': '' }),
    answer: PROTOCOL_ERROR,
  },
  {
    row: 122,
    name: ':protocol on GET',
    lines: extendedConnect({ ':method': 'GET' }),
    answer: PROTOCOL_ERROR,
  },
  {
    row: 122,
    name: 'CONNECT without :protocol',
    lines: [
      [':method', 'CONNECT'],
      [':authority', 'a:1'],
    ],
    answer: [400, 'H2_CONNECT_WANTED'],
  },
  { row: 122, name: 'GET', lines: GET, answer: [400, 'H2_CONNECT_WANTED'] },
  {
    row: 122,
    name: 'GET with a key',
    lines: [...GET, ['sec-websocket-key', 'x']],
    answer: [400, 'PROXY_UPGRADE_STRIPPED'],
  },
  {
    row: 122,
    name: 'GET of a path that is not there',
    lines: GET.map(([name, value]) => [name, name === ':path' ? '/no' : value]),
    answer: [404, 'ROUTE_NOT_FOUND'],
  },
  ...[':scheme', ':path', ':authority', ':method'].map((name) => ({
    row: 123,
    name: `no ${name}`,
    lines: extendedConnect({ [name]: null }),
    answer: PROTOCOL_ERROR,
  })),
  ...[':path', ':protocol', ':authority'].map((name) => ({
    row: 123,
    name: `${name} twice`,
    lines: [...extendedConnect().slice(0, 5), [name, 'websocket'] as const, ...extendedConnect().slice(5)],
    answer: PROTOCOL_ERROR,
  })),
  ...Object.entries({
    connection: 'Upgrade',
    upgrade: 'websocket',
    'transfer-encoding': 'chunked',
    'keep-alive': 'timeout=5',
    'proxy-connection': 'keep-alive',
    te: 'gzip',
    ':status': '200',
    ':unknown': 'x',
    'Upper-Case': 'x',
  }).map((line) => ({ row: 123, name: `a field ${line[0]}`, lines: with_(line), answer: PROTOCOL_ERROR })),
  {
    row: 123,
    name: 'a :path that is no path',
    lines: extendedConnect({ ':path': 'http://example.com/ws' }),
    answer: PROTOCOL_ERROR,
  },
  {
    row: 123,
    name: 'a fragment in :path',
    lines: extendedConnect({ ':path': '/ws#top' }),
    answer: [400, 'REQ_TARGET'],
  },
  // Node 22 and later reset this one.
  {
    row: 123,
    name: 'a user in :authority',
    lines: extendedConnect({ ':authority': 'user@example.com' }),
    answer: [400, 'REQ_HOST'],
  },
  {
    row: 123,
    name: 'another host',
    lines: with_(['host', 'other.example']),
    answer: [400, 'H2_HOST_MISMATCH'],
  },
  {
    row: 123,
    name: 'another scheme',
    lines: extendedConnect({ ':scheme': 'ftp' }),
    answer: [400, 'H2_SCHEME'],
  },
  { row: 123, name: 'a body', lines: with_(['content-length', '5']), answer: [400, 'REQ_BODY'] },
  { row: 123, name: 'END_STREAM', lines: extendedConnect(), ended: true, answer: [400, 'H2_CONNECT_ENDED'] },
  ...Object.entries({ none: null, '8': '8', '99': '99' }).map(([name, value]) => ({
    row: 125,
    name: `version ${name}`,
    lines: extendedConnect({ 'sec-websocket-version': value }),
    answer: [400, 'REQ_VERSION'] as const,
  })),
  {
    row: 125,
    name: 'version 13, 8',
    lines: extendedConnect({ 'sec-websocket-version': '13, 8' }),
    answer: [400, 'REQ_VERSION_SYNTAX'],
  },
  {
    row: 125,
    name: 'two versions',
    lines: with_(['sec-websocket-version', '8']),
    answer: [400, 'REQ_DUPLICATE_FIELD'],
  },
  {
    row: 13,
    name: 'a head of 17 KiB before our SETTINGS are acknowledged',
    lines: with_(...Array.from({ length: 17 }, (_, at) => [`x-${at}`, 'y'.repeat(1000)] as const)),
    answer: [431, 'REQ_HEAD_TOO_LARGE'],
  },
  {
    row: 13,
    name: '101 fields',
    lines: with_(...Array.from({ length: 99 }, (_, at) => [`x-${at}`, 'y'] as const)),
    answer: [431, 'REQ_HEAD_TOO_LARGE'],
  },
  // Node counts too.
  {
    row: 13,
    name: '200 fields',
    lines: with_(...Array.from({ length: 200 }, (_, at) => [`x-${at}`, 'y'] as const)),
    answer: 'rst',
  },
  { row: 43, name: 'Origin: null', lines: with_(['origin', 'null']), answer: [403, 'ORIGIN_NULL'] },
  {
    row: 42,
    name: 'an origin across sites',
    lines: with_(['origin', 'https://evil.example'], ['cookie', 'session=1']),
    answer: [403, 'ORIGIN_REJECTED'],
  },
  {
    row: 40,
    name: 'extensions that break the grammar',
    lines: with_(['sec-websocket-extensions', ';;;=']),
    answer: [400, 'REQ_EXT_SYNTAX'],
  },
];

/** What is odd and harmless. */
export const ACCEPTED: Readonly<Record<string, Lines>> = {
  '126: a key, which is ignored': with_(['sec-websocket-key', 'short'], ['sec-websocket-key', 'again']),
  '126: a key answer': with_(['sec-websocket-accept', 'x']),
  'a host that says the same': with_(['host', 'EXAMPLE.com']),
  'the scheme of another side of a proxy': extendedConnect({ ':scheme': 'http' }),
  'fields with names of Object.prototype': with_(['__proto__', 'x'], ['constructor', 'x'], ['tostring', 'x']),
  // Node drops a field that has one of these: it is absent.
  'a name with a space': with_(['na me', 'x']),
  'a value with CR LF': with_(['x', 'a\r\nb']),
  'a value with NUL': with_(['x', 'a\0b']),
  'a subprotocol with CR LF': with_(['sec-websocket-protocol', 'a\r\nset-cookie: x=1']),
};
