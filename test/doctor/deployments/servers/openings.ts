// A 101 that a client must refuse, or take with a frown: its fields, the subprotocol, the extensions. One change to a right answer
// each. RFC 6455 §4.1, RFC 7692 §7.1; the cases of the client simulation are among them.
import { type Row, servers } from './row.js';
import { sound } from './sound.js';

/** The right 101 with one text in place of another. */
const changed = (from: string | RegExp, to: string) => () =>
  sound({ opens: (right) => right.replace(from, to) });

/** With one more line at its end. */
const added = (...lines: string[]) => changed('\r\n\r\n', ['', ...lines, '', ''].join('\r\n'));

const fields: readonly Row[] = [
  {
    name: '101 without Upgrade',
    expect: ['RESP_UPGRADE_MISSING'],
    serve: changed('Upgrade: websocket\r\n', ''),
    shows: /^HTTP\/1\.1 101 Switching Protocols\nConnection: Upgrade\nSec-WebSocket-Accept/,
  },
  {
    name: '101 with Upgrade: h2c',
    expect: ['RESP_UPGRADE_WRONG'],
    serve: changed('Upgrade: websocket', 'Upgrade: h2c'),
    shows: /\nUpgrade: h2c\n/,
  },
  {
    name: '101 without Connection',
    expect: ['RESP_CONNECTION_MISSING'],
    serve: changed('Connection: Upgrade\r\n', ''),
    shows: /\nUpgrade: websocket\nSec-WebSocket-Accept/,
  },
  {
    name: '101 with Connection: close',
    expect: ['RESP_CONNECTION_WRONG'],
    serve: changed('Connection: Upgrade', 'Connection: close'),
    shows: /\nConnection: close\n/,
  },
  {
    name: '101 with Connection: keep-alive, Upgrade',
    expect: [],
    findings: ['RESP_CONNECTION_LIST'],
    serve: changed('Connection: Upgrade', 'Connection: keep-alive, Upgrade'),
    shows: /\nConnection: keep-alive, Upgrade\n/,
  },
  {
    name: '101 without Sec-WebSocket-Accept',
    expect: ['RESP_ACCEPT_MISSING'],
    serve: changed(/Sec-WebSocket-Accept: .*\r\n/, ''),
    shows: /\nConnection: Upgrade\n\n/,
  },
  {
    name: '101 with Sec-WebSocket-Accept twice',
    expect: ['RESP_ACCEPT_REPEATED'],
    serve: changed(/Sec-WebSocket-Accept: .*\r\n/, '$&$&'),
    shows: /(\nSec-WebSocket-Accept: \S+){2}\n/,
  },
  {
    name: '101 with Content-Length: 0',
    expect: [],
    findings: ['RESP_BODY'],
    serve: added('Content-Length: 0'),
    shows: /\nContent-Length: 0\n\n/,
  },
  {
    name: '101 with Transfer-Encoding',
    expect: [],
    findings: ['RESP_BODY'],
    serve: added('Transfer-Encoding: chunked'),
    shows: /\nTransfer-Encoding: chunked\n\n/,
  },
];

const CHAT = { subprotocols: ['chat', 'superchat'] };

const subprotocols: readonly Row[] = [
  {
    name: 'subprotocol: none of those offered is selected',
    expect: ['PROTO_NOT_SELECTED'],
    options: CHAT,
    serve: () => sound(),
    shows: /^HTTP\/1\.1 101 (?!.*Sec-WebSocket-Protocol)/s,
  },
  {
    name: 'subprotocol: one that nobody asked for',
    expect: ['PROTO_UNSOLICITED'],
    serve: added('Sec-WebSocket-Protocol: chat'),
    shows: /\nSec-WebSocket-Protocol: chat\n/,
  },
  {
    name: 'subprotocol: another than those offered',
    expect: ['PROTO_NOT_OFFERED'],
    options: CHAT,
    serve: added('Sec-WebSocket-Protocol: chat.v3'),
    shows: /\nSec-WebSocket-Protocol: chat\.v3\n/,
  },
  {
    name: 'subprotocol: the one offered in capitals',
    expect: ['PROTO_CASE'],
    options: CHAT,
    serve: added('Sec-WebSocket-Protocol: CHAT'),
    shows: /\nSec-WebSocket-Protocol: CHAT\n/,
  },
  {
    name: 'subprotocol: the whole list',
    expect: ['PROTO_MULTIPLE'],
    options: CHAT,
    serve: added('Sec-WebSocket-Protocol: chat, superchat'),
    shows: /\nSec-WebSocket-Protocol: chat, superchat\n/,
  },
  {
    name: 'subprotocol: two fields',
    expect: ['PROTO_MULTIPLE'],
    options: CHAT,
    serve: added('Sec-WebSocket-Protocol: chat', 'Sec-WebSocket-Protocol: superchat'),
    shows: /\nSec-WebSocket-Protocol: chat\nSec-WebSocket-Protocol: superchat\n/,
  },
  {
    name: 'subprotocol: whatever is offered comes back',
    expect: [],
    findings: ['PROTO_ECHO_ANY'],
    serve: () =>
      sound({
        opens: (right, { headers }) => {
          const first = String(headers['sec-websocket-protocol'] ?? '').split(',')[0]!;
          return first === ''
            ? right
            : right.replace('\r\n\r\n', `\r\nSec-WebSocket-Protocol: ${first}\r\n\r\n`);
        },
      }),
    shows: /^HTTP\/1\.1 101 (?!.*Sec-WebSocket-Protocol)/s,
    flips: [[{ subprotocol: 'x-nobody-has-this' }, /\nSec-WebSocket-Protocol: x-nobody-has-this\n/]],
  },
  {
    name: 'subprotocol: the token of the client comes back',
    expect: [],
    findings: ['PROTO_TOKEN_LEAK'],
    options: { subprotocols: ['chat', 'bearer.eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsIm4iOjEyM30'] },
    serve: added('Sec-WebSocket-Protocol: bearer.eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsIm4iOjEyM30'),
    shows: /\nSec-WebSocket-Protocol: bearer\./,
  },
];

const extension = (value: string) => added(`Sec-WebSocket-Extensions: ${value}`);

const extensions: readonly Row[] = [
  {
    name: 'extension: one that was not offered',
    expect: ['EXT_UNSOLICITED'],
    serve: extension('x-webkit-deflate-frame'),
    shows: /\nSec-WebSocket-Extensions: x-webkit-deflate-frame\n/,
  },
  {
    name: 'extension: compression although it was not offered',
    expect: ['EXT_UNSOLICITED'],
    options: { deflate: false },
    serve: extension('permessage-deflate'),
    shows: /\nSec-WebSocket-Extensions: permessage-deflate\n/,
  },
  {
    name: 'extension: twice the same',
    expect: ['EXT_DUPLICATE'],
    serve: extension('permessage-deflate, permessage-deflate'),
    shows: /: permessage-deflate, permessage-deflate\n/,
  },
  {
    name: 'extension: a window of 7 bits',
    expect: ['EXT_PARAM_INVALID'],
    serve: extension('permessage-deflate; server_max_window_bits=7'),
    shows: /_bits=7\n/,
  },
  {
    name: 'extension: a window of 16 bits',
    expect: ['EXT_PARAM_INVALID'],
    serve: extension('permessage-deflate; server_max_window_bits=16'),
    shows: /_bits=16\n/,
  },
  {
    name: 'extension: a window of 08 bits',
    expect: ['EXT_PARAM_INVALID'],
    serve: extension('permessage-deflate; server_max_window_bits=08'),
    shows: /_bits=08\n/,
  },
  {
    name: 'extension: a parameter twice',
    expect: ['EXT_PARAM_INVALID'],
    serve: extension('permessage-deflate; server_no_context_takeover; server_no_context_takeover'),
    shows: /(; server_no_context_takeover){2}\n/,
  },
  {
    name: 'extension: an unknown parameter',
    expect: ['EXT_PARAM_UNKNOWN'],
    serve: extension('permessage-deflate; level=9'),
    shows: /; level=9\n/,
  },
  {
    name: 'extension: client_max_window_bits without a value',
    expect: ['EXT_CLIENT_BITS'],
    serve: extension('permessage-deflate; client_max_window_bits'),
    shows: /; client_max_window_bits\n/,
  },
  {
    name: 'extension: a parameter without a name',
    expect: ['EXT_SYNTAX'],
    serve: extension('permessage-deflate; =15'),
    shows: /permessage-deflate; =15\n/,
  },
  {
    name: 'extension: the offer is refused with 400',
    expect: ['EXT_OFFER_REFUSED_400'],
    serve: () =>
      sound({
        refuses: ({ headers }) =>
          headers['sec-websocket-extensions'] === undefined
            ? undefined
            : 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n',
      }),
    shows: /^HTTP\/1\.1 400 /,
    flips: [
      [{ extensions: null }, /^HTTP\/1\.1 101 /],
      [{ version: '99' }, /^HTTP\/1\.1 400 /],
    ],
  },
];

export const openings = servers('a 101 that is wrong', [...fields, ...subprotocols, ...extensions]);
