// Knows: opening handshakes that must be refused, by the row of the list of hostile inputs that each stands for (rows 1 to 40), with
// its neighbours: the bytes, the status, the reason and the fields that the answer must carry.
// RFC 6455 §4.2.1, RFC 9112 §2-6, RFC 9110 §5. Must not know: how they are sent.
import { KEY, upgrade, upgradeTo } from './bytes.js';

export interface RefusedRow {
  readonly row: number;
  readonly name: string;
  readonly bytes: string;
  readonly status: number;
  readonly code: string;
  /** Fields that the answer must carry. */
  readonly fields?: Readonly<Record<string, string>>;
  /** An answer to HEAD has no body. */
  readonly bodiless?: boolean;
}

type Change = Parameters<typeof upgrade>[0];
type Rest = Partial<Pick<RefusedRow, 'fields' | 'bodiless'>>;

/** A class of inputs with one outcome. */
function rows(
  row: number,
  status: number,
  code: string,
  inputs: Readonly<Record<string, string | Change>>,
  rest: Rest = {},
): RefusedRow[] {
  return Object.entries(inputs).map(([name, input]) => {
    const bytes = typeof input === 'string' ? input : upgrade(input);
    return { row, name, bytes, status, code, ...rest };
  });
}

/** The good head with one line put in raw, in front of the others. */
const withLine = (line: string) => upgrade().replace('\r\n', `\r\n${line}\r\n`);
const first = (line: string) => upgrade({}, line);
const pad = (length: number) => 'x'.repeat(length);
/** The good head with its request line made this long, without its line end. */
export const lineOf = (length: number) => upgradeTo(`/ws?${pad(length - 'GET /ws? HTTP/1.1'.length)}`);
/** The good head filled up to so many bytes by lines of at most 4,000. */
export function headOf(length: number): string {
  let head = upgrade();
  for (let missing = length - head.length; missing > 0; missing = length - head.length) {
    const size = missing > 8000 ? 4000 : missing > 4000 ? missing - 4000 : missing;
    head = head.replace('\r\n\r\n', `\r\nX-Pad: ${pad(size - 'X-Pad: \r\n'.length)}\r\n\r\n`);
  }
  return head;
}
/** The good head with so many field lines in all. */
export const fieldsOf = (count: number) =>
  upgrade({ '': Array.from({ length: count - 5 }, (_, at) => `X-${at}: 1`) });

const UPGRADE = { Upgrade: 'websocket', Connection: 'Upgrade, close' };
const VERSION = { ...UPGRADE, 'Sec-WebSocket-Version': '13' };
const CONTROLS = [...Array(32).keys(), 0x7f].filter((octet) => ![0x09, 0x0a, 0x0d].includes(octet));

export const REFUSED: readonly RefusedRow[] = [
  ...rows(1, 400, 'REQ_HOST', { 'no Host': { Host: null } }),
  ...rows(2, 400, 'REQ_DUPLICATE_FIELD', {
    'two equal Host lines': { Host: ['example.com', 'example.com'] },
    'two different Host lines': { Host: ['example.com', 'evil.example'] },
    'two Host lines in different case': { Host: 'example.com', '': ['hOsT: evil.example'] },
  }),
  ...rows(3, 400, 'REQ_HOST', {
    'Host with a space': { Host: 'a b' },
    'Host with userinfo': { Host: 'user@example.com' },
    'Host with a path': { Host: 'example.com/x' },
    'Host with port 99999': { Host: 'example.com:99999' },
    'Host with a port that is no number': { Host: 'example.com:port' },
    'Host with a negative port': { Host: 'example.com:-1' },
    'Host with two ports': { Host: 'example.com:80:80' },
    'Host that is a list': { Host: 'example.com, evil.example' },
    'Host with an open bracket': { Host: '[::1' },
    'Host with octets behind the bracket': { Host: '[::1]x' },
    'Host with a zone': { Host: '[fe80::1%25eth0]' },
    'Host with nine groups': { Host: '[1:2:3:4:5:6:7:8:9]' },
    'Host with a backslash': { Host: 'example.com\\evil' },
    'Host with a bad escape': { Host: 'exa%zzmple.com' },
    'Host of 256 bytes': { Host: pad(256) },
    'Host of 8,000 bytes': { Host: pad(8000) },
    'Host that is a URL': { Host: 'http://example.com' },
    'Host in UTF-8': { Host: 'ex\xc3\xa4mple.com' },
    'an empty Host': { Host: '' },
  }),
  ...rows(3, 400, 'REQ_SYNTAX', { 'Host with NUL': { Host: 'example\0.com' } }),
  ...rows(5, 505, 'REQ_HTTP_VERSION', {
    'HTTP/1.0 with valid fields': first('GET /ws HTTP/1.0'),
    'HTTP/2.0 literally': first('GET /ws HTTP/2.0'),
    'HTTP/0.9 literally': first('GET /ws HTTP/0.9'),
    'HTTP/9.9': first('GET /ws HTTP/9.9'),
  }),
  ...rows(5, 400, 'REQ_SYNTAX', {
    'a version in lower case': first('GET /ws http/1.1'),
    'a version of two digits': first('GET /ws HTTP/1.10'),
    'a version with a comma': first('GET /ws HTTP/1,1'),
    'a version without a number': first('GET /ws HTTP/'),
    'another name than HTTP': first('GET /ws ICAP/1.1'),
  }),
  ...rows(7, 400, 'REQ_SYNTAX', {
    'HTTP/0.9, a line without a version': 'GET /ws\r\n',
    'HTTP/0.9 with an empty line': 'GET /ws\r\n\r\n',
    'a method alone': 'GET\r\n\r\n',
    'no method': first(' /ws HTTP/1.1'),
    'a method with a bracket': first('G[T /ws HTTP/1.1'),
  }),
  ...rows(
    8,
    405,
    'REQ_METHOD',
    Object.fromEntries(
      ['POST', 'PUT', 'OPTIONS', 'DELETE', 'PATCH', 'TRACE', 'CONNECT', 'PROPFIND', 'GETT', 'get'].map(
        (method) => [`${method} with upgrade fields`, first(`${method} /ws HTTP/1.1`)],
      ),
    ),
    { fields: { Allow: 'GET' } },
  ),
  ...rows(
    8,
    405,
    'REQ_METHOD',
    { 'HEAD with upgrade fields': first('HEAD /ws HTTP/1.1') },
    {
      fields: { Allow: 'GET' },
      bodiless: true,
    },
  ),
  ...rows(9, 400, 'REQ_TARGET', {
    'an absolute target of another host': upgradeTo('http://evil.example/ws'),
    'an absolute target of another port': upgradeTo('http://example.com:81/ws'),
    'an absolute target with userinfo': upgradeTo('http://user@example.com/ws'),
    'an absolute target without a host': upgradeTo('http:///ws'),
    'an absolute target of another scheme': upgradeTo('ftp://example.com/ws'),
    'the target *': upgradeTo('*'),
    'an authority as the target': upgradeTo('example.com:80'),
    'a relative path': upgradeTo('ws'),
    'a query alone': upgradeTo('?ws'),
  }),
  ...rows(10, 400, 'REQ_TARGET', {
    'a target with a fragment': upgradeTo('/ws#x'),
    'a target with a control octet': upgradeTo('/w\x01s'),
    'a target with DEL': upgradeTo('/w\x7fs'),
    'a target with NUL': upgradeTo('/w\0s'),
    'a target with a tab': upgradeTo('/w\ts'),
    'a target with a space': upgradeTo('/w s'),
    'a target with two spaces before it': first('GET  /ws HTTP/1.1'),
    'a target in raw UTF-8': upgradeTo('/w\xc3\xa9s'),
    'a target in latin1': upgradeTo('/w\xe9s'),
  }),
  ...rows(
    11,
    404,
    'ROUTE_NOT_FOUND',
    Object.fromEntries(
      [
        '//x',
        '//ws',
        '/%zz',
        '/..%2f',
        '/a%00',
        '/./ws',
        '/../ws',
        '/ws/',
        '/WS',
        '/%77s',
        '/ws;x',
        '/ws\\',
        '/',
        '/room/%zz',
        '/room/%',
        '/room/%2e%2e',
        '/room/..',
        '/room/a%2fb',
        '/room/a%5cb',
        '/room/a%00',
        '/room/a%0d%0ab',
        '/room/%c0%af',
        '/room/%ed%a0%80',
        '/room/',
        '/room/a/b',
        '/room',
        `/${'a/'.repeat(3000)}`,
        '/__proto__',
        '/constructor',
        '/toString',
        '/room/:id/x',
      ].map((path) => [`no route for ${path.slice(0, 40)}`, upgradeTo(path)]),
    ),
  ),
  ...rows(12, 414, 'REQ_LINE_TOO_LONG', {
    'a request line of 8,193 bytes': lineOf(8193),
    'a request line of 16,000 bytes': lineOf(16_000),
    'a request line without an end': `GET /ws?${pad(8200)}`,
    'a method without an end': pad(8200),
  }),
  ...rows(13, 431, 'REQ_HEAD_TOO_LARGE', {
    'a head of 16,385 bytes': headOf(16_385),
    'a head of 40,000 bytes': headOf(40_000),
    'a line of 8,193 bytes': withLine(`X: ${pad(8190)}`),
    'a line without an end': `GET /ws HTTP/1.1\r\nX: ${pad(8200)}`,
    'a name without an end': `GET /ws HTTP/1.1\r\n${pad(8200)}`,
    '101 field lines': fieldsOf(101),
    '3,000 field lines': fieldsOf(3000),
  }),
  ...rows(15, 400, 'REQ_KEY_MISSING', { 'no key': { 'Sec-WebSocket-Key': null } }),
  ...rows(15, 400, 'REQ_KEY_INVALID', { 'an empty key': { 'Sec-WebSocket-Key': '' } }),
  ...rows(16, 400, 'REQ_KEY_REPEATED', {
    'the key twice': { 'Sec-WebSocket-Key': [KEY, KEY] },
    'two different keys': { 'Sec-WebSocket-Key': [KEY, 'x3JJHMbDL1EzLkh9GBhXDw=='] },
    'a key and an empty one': { 'Sec-WebSocket-Key': [KEY, ''] },
  }),
  ...rows(
    17,
    400,
    'REQ_KEY_INVALID',
    Object.fromEntries(
      Object.entries({
        'of 15 bytes': Buffer.alloc(15).toString('base64'),
        'of 17 bytes': Buffer.alloc(17).toString('base64'),
        'of 18 bytes': Buffer.alloc(18).toString('base64'),
        'of 6,000 bytes': Buffer.alloc(6000).toString('base64'),
        'without padding': KEY.slice(0, 22),
        'with one padding character': KEY.slice(0, 23),
        'with three padding characters': `${KEY.slice(0, 21)}===`,
        'in base64url': 'dGhlIHNhbXBsZSBub-_jZQ==',
        'with a space inside': `${KEY.slice(0, 10)} ${KEY.slice(10)}`,
        'with a quote around it': `"${KEY}"`,
        'with a comma': `${KEY},`,
        'that is a list': `${KEY}, ${KEY}`,
        'with octets above 0x7f': `${KEY.slice(0, 20)}\xe9\xe9==`,
      }).map(([name, key]) => [`a key ${name}`, { 'Sec-WebSocket-Key': key }]),
    ),
  ),
  ...rows(
    18,
    426,
    'REQ_VERSION',
    {
      'no version': { 'Sec-WebSocket-Version': null },
      ...Object.fromEntries(
        ['0', '7', '8', '12', '14', '25', '99', '255'].map((version) => [
          `version ${version}`,
          { 'Sec-WebSocket-Version': version },
        ]),
      ),
    },
    { fields: VERSION },
  ),
  ...rows(
    19,
    400,
    'REQ_VERSION_SYNTAX',
    Object.fromEntries(
      [
        '013',
        '13.0',
        '+13',
        '-13',
        '0xd',
        '1e1',
        '13 13',
        '13, 13',
        '13, 8',
        '13;',
        '"13"',
        '256',
        '1313',
        '',
        'v13',
        '\xb9\xb3',
      ].map((version) => [`version ${JSON.stringify(version)}`, { 'Sec-WebSocket-Version': version }]),
    ),
  ),
  ...rows(19, 400, 'REQ_DUPLICATE_FIELD', {
    'two version lines': { 'Sec-WebSocket-Version': ['13', '8'] },
    'two equal version lines': { 'Sec-WebSocket-Version': ['13', '13'] },
  }),
  ...rows(19, 400, 'REQ_HIXIE', {
    'the two keys of the draft of 2010': {
      'Sec-WebSocket-Key': null,
      'Sec-WebSocket-Version': null,
      'Sec-WebSocket-Key1': '3e6b263  4 17 80',
      'Sec-WebSocket-Key2': '17  9 G`ZD9   2 2b 7X 3 /r90',
    },
  }),
  ...rows(
    21,
    426,
    'PROXY_UPGRADE_STRIPPED',
    { 'no Upgrade, but a key': { Upgrade: null } },
    { fields: UPGRADE },
  ),
  ...rows(
    21,
    426,
    'REQ_UPGRADE',
    {
      'a plain GET': 'GET /ws HTTP/1.1\r\nHost: example.com\r\n\r\n',
      'no Upgrade and no key': { Upgrade: null, 'Sec-WebSocket-Key': null },
      'another protocol': { Upgrade: 'websockets' },
      'websocket inside a longer word': { Upgrade: 'xwebsocket' },
      'an empty Upgrade': { Upgrade: '' },
      'a quoted websocket': { Upgrade: '"websocket"' },
    },
    { fields: UPGRADE },
  ),
  ...rows(
    23,
    426,
    'REQ_UPGRADE',
    {
      'h2c with its settings':
        'GET /ws HTTP/1.1\r\nHost: example.com\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n',
      'h2c with a good key': {
        Upgrade: 'h2c',
        Connection: 'Upgrade, HTTP2-Settings',
        'HTTP2-Settings': 'AAMAAABk',
      },
      'TLS/1.0 as the protocol': { Upgrade: 'TLS/1.0' },
    },
    { fields: UPGRADE },
  ),
  ...rows(
    24,
    426,
    'PROXY_CONNECTION_LOST',
    Object.fromEntries(
      [
        null,
        'close',
        'keep-alive',
        'notupgrade',
        'upgrades',
        'x-upgrade',
        '"Upgrade"',
        'Upgrade;q=1',
        '',
        ',',
      ].map((value) => [value === null ? 'no Connection' : `Connection: ${value}`, { Connection: value }]),
    ),
    { fields: UPGRADE },
  ),
  ...rows(
    24,
    426,
    'REQ_CONNECTION',
    { 'no Connection and no key': { Connection: null, 'Sec-WebSocket-Key': null } },
    { fields: UPGRADE },
  ),
  ...rows(25, 400, 'REQ_SYNTAX', {
    'bare LF throughout': upgrade().replaceAll('\r\n', '\n'),
    'one bare LF behind the request line': upgrade().replace('\r\n', '\n'),
    'one bare LF behind a field': upgrade({ 'X-A': 'b\nX-C: d' }),
    'bare CR throughout': `${upgrade().replaceAll('\r\n', '\r')}\n`,
    'one bare CR in a field': upgrade({ 'X-A': 'b\rX-C: d' }),
    'one bare CR in the request line': upgradeTo('/ws\r'),
    'CR CR LF': upgrade().replace('\r\n', '\r\r\n'),
    'CR CR LF at the end': upgrade().replace('\r\n\r\n', '\r\n\r\r\n'),
    'CRLF CR X at the end': upgrade().replace('\r\n\r\n', '\r\n\rX'),
    'LF LF at the end': upgrade().replace('\r\n\r\n', '\n\n'),
    'CRLF LF at the end': upgrade().replace('\r\n\r\n', '\r\n\n'),
    'five empty lines first': `\r\n\r\n\r\n\r\n\r\n${upgrade()}`,
    'a bare LF first': `\n${upgrade()}`,
  }),
  ...rows(26, 400, 'REQ_SYNTAX', {
    'a folded line': upgrade({ 'X-A': 'b\r\n c' }),
    'a line folded by a tab': upgrade({ 'X-A': 'b\r\n\tc' }),
    'a folded key': upgrade({ 'Sec-WebSocket-Key': `${KEY.slice(0, 10)}\r\n ${KEY.slice(10)}` }),
    'a folded line first': withLine(' X: y'),
    'a folded empty line': upgrade({ 'X-A': 'b\r\n ' }),
  }),
  ...rows(
    27,
    400,
    'REQ_SYNTAX',
    Object.fromEntries(
      [
        'X : y',
        'X\t: y',
        'X',
        'no colon here',
        ': y',
        'X[]: y',
        'X(1): y',
        'X{}: y',
        'X/Y: z',
        'X"Y": z',
        'X\xe9: y',
        'Ho st: y',
        '@: y',
        'Upgrade : h2c',
      ].map((line) => [`the line ${JSON.stringify(line)}`, withLine(line)]),
    ),
  ),
  ...rows(
    28,
    400,
    'REQ_SYNTAX',
    Object.fromEntries(
      CONTROLS.map((octet) => [
        `octet 0x${octet.toString(16).padStart(2, '0')} in a value`,
        { 'X-A': `b${String.fromCharCode(octet)}c` },
      ]),
    ),
  ),
  ...rows(31, 400, 'REQ_BODY', {
    'a chunked body': `${upgrade({ 'Transfer-Encoding': 'chunked' })}24\r\nGET /admin HTTP/1.1\r\nHost: x\r\n\r\n\r\n0\r\n\r\n`,
    'chunked in capitals': upgrade({ 'Transfer-Encoding': 'CHUNKED' }),
    'gzip, chunked': upgrade({ 'Transfer-Encoding': 'gzip, chunked' }),
    'the coding identity': upgrade({ 'Transfer-Encoding': 'identity' }),
    'an unknown coding': upgrade({ 'Transfer-Encoding': 'xchunked' }),
    'an empty Transfer-Encoding': upgrade({ 'Transfer-Encoding': '' }),
  }),
  ...rows(32, 400, 'REQ_BODY', {
    'Content-Length and Transfer-Encoding': { 'Content-Length': '6', 'Transfer-Encoding': 'chunked' },
    'Content-Length 0 and Transfer-Encoding': { 'Content-Length': '0', 'Transfer-Encoding': 'chunked' },
    'two Content-Length lines': { 'Content-Length': ['6', '7'] },
    'two Content-Length lines of 0': { 'Content-Length': ['0', '0'] },
    'a body that is a request': `${upgrade({ 'Content-Length': '37' })}GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n`,
    ...Object.fromEntries(
      [
        '5',
        '+5',
        '-1',
        '5 5',
        '0x5',
        '5.0',
        '1e3',
        '00',
        '',
        '0, 0',
        '18446744073709551616',
        '99999999999999999999',
      ].map((length) => [`Content-Length ${JSON.stringify(length)}`, { 'Content-Length': length }]),
    ),
  }),
  ...rows(32, 413, 'REQ_BODY_TOO_LARGE', {
    'Content-Length of a gigabyte': { 'Content-Length': '1073741824' },
    'Content-Length just above 64 KiB': { 'Content-Length': '65537' },
  }),
  ...rows(37, 400, 'REQ_SYNTAX', {
    'the first octet of a TLS ClientHello': '\x16',
    'a NUL octet alone': '\0',
    'the four octets of an SSH banner': 'SSH-',
    'a TLS ClientHello': `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${pad(500)}`,
    'the preface of HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0',
    'an SSH banner': 'SSH-2.0-OpenSSH_9.2p1\r\n',
    'an SSH banner without a line end': 'SSH-2.0-OpenSSH',
    'an SMTP greeting': 'EHLO mail.example\r\n',
    'a PROXY line, version 1': `PROXY TCP4 192.0.2.1 192.0.2.2 56324 443\r\n${upgrade()}`,
    'a PROXY header, version 2': `\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c${pad(12)}${upgrade()}`,
    'a masked frame without a handshake': '\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58',
    RDP: '\x03\0\0\x13\x0e\xe0\0\0\0\0\0\x01\0\x08\0\x03\0\0\0',
    'a Redis command': '*1\r\n$4\r\nPING\r\n',
    'an SMB header': '\0\0\0\x85\xffSMB',
    'NUL octets': '\0'.repeat(600),
    JSON: '{"jsonrpc":"2.0"}\r\n',
  }),
  ...rows(
    40,
    400,
    'REQ_EXT_SYNTAX',
    Object.fromEntries(
      [
        ';;;=',
        `a; b="${'\\c'.repeat(3500)}`,
        Array(1000).fill('a').join(', '),
        Array(1000).fill('a').join(';'),
        'a b',
        'a; b c',
        'a; =b',
        'a;',
        'a; b=',
        'a; b="',
        'a; b="c" d',
        'a; b="c d"',
        '"a"',
        'a=b',
        '',
        ',',
        ', ,',
        'a,,;',
        'a; b=\\c',
        '(',
        'a@b',
        '\xe9',
      ].map((value) => [
        `extensions ${JSON.stringify(value).slice(0, 40)}`,
        { 'Sec-WebSocket-Extensions': value },
      ]),
    ),
  ),
  ...rows(
    40,
    400,
    'REQ_PROTO_SYNTAX',
    Object.fromEntries(
      [
        'a b',
        'a;b',
        '"chat"',
        'a, a',
        'chat, b, chat',
        'a/b',
        'a=b',
        '',
        ',',
        ' , ',
        'a,(b)',
        '\xe9',
        '<script>',
        'a:b',
      ].map((value) => [`subprotocols ${JSON.stringify(value)}`, { 'Sec-WebSocket-Protocol': value }]),
    ),
  ),
  ...rows(40, 400, 'REQ_PROTO_SYNTAX', {
    'the same subprotocol on two lines': { 'Sec-WebSocket-Protocol': ['chat', 'chat'] },
  }),
  ...rows(43, 400, 'REQ_DUPLICATE_FIELD', {
    'two Origin lines': { Origin: ['http://example.com', 'https://evil.example'] },
    'two equal Origin lines': { Origin: ['http://example.com', 'http://example.com'] },
  }),
  ...rows(
    43,
    400,
    'ORIGIN_SYNTAX',
    Object.fromEntries(
      [
        'http://example.com http://evil.example',
        'http://example.com, http://evil.example',
        'example.com',
        '',
        'http://',
        'http://example.com/',
        'http://example.com/path',
        'http://user@example.com',
        'http://example.com:99999',
        'NULL',
        '//example.com',
        'http:example.com',
      ].map((value) => [`Origin: ${value}`, { Origin: value }]),
    ),
  ),
];
