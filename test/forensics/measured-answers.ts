// The answers that were given to real clients in 2026-11, one by one, by a raw TCP server: each the smallest good 101 with one change.
// What the clients did with them is in measured-answers.json: true for open, null for silence, else what they said.
import { createHash } from 'node:crypto';

export const KEY = 'kvnrtHTsjR8JeMdpGnK9ZQ==';
const ACCEPT = createHash('sha1').update(`${KEY}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
const WRONG = 'AAAAAAAAAAAAAAAAAAAAAAAAAAA=';

const STATUS = 'HTTP/1.1 101 Switching Protocols';
const GOOD = [STATUS, 'Upgrade: websocket', 'Connection: Upgrade', `Sec-WebSocket-Accept: ${ACCEPT}`];

export interface Measured {
  readonly head: string;
  readonly interim: readonly string[];
  /** Asked for by the client. */
  readonly subprotocols: readonly string[];
}

const answer = (lines: readonly string[], end = '\r\n'): Measured => ({
  head: [...lines, '', ''].join(end),
  interim: [],
  subprotocols: [],
});

/** The good answer, its line of this name replaced by others; `status` is the first. */
const replaced = (name: string, ...lines: string[]): Measured =>
  answer(GOOD.flatMap((line, at) => ((at === 0 ? 'status' : line.split(':')[0]) === name ? lines : [line])));

const added = (...lines: string[]): Measured => answer([...GOOD, ...lines]);

const accept = (...values: string[]) =>
  replaced('Sec-WebSocket-Accept', ...values.map((value) => `Sec-WebSocket-Accept: ${value}`.trimEnd()));
const upgrade = (...values: string[]) =>
  replaced('Upgrade', ...values.map((value) => `Upgrade: ${value}`.trimEnd()));
const connection = (...values: string[]) =>
  replaced('Connection', ...values.map((value) => `Connection: ${value}`.trimEnd()));
const after = (interim: string): Measured => ({ ...added(), interim: [`HTTP/1.1 ${interim}\r\n\r\n`] });
const filled = (kibibytes: number) => added(`X-Huge: ${'a'.repeat(kibibytes * 1024)}`);
const crowded = (lines: number) => added(...Array.from({ length: lines }, (_, at) => `X-F${at}: a`));
const extensions = (...values: string[]) =>
  added(...values.map((value) => `Sec-WebSocket-Extensions: ${value}`.trimEnd()));
const deflate = (parameters: string) => extensions(`permessage-deflate; ${parameters}`);
const unasked = (...values: string[]) =>
  added(...values.map((value) => `Sec-WebSocket-Protocol: ${value}`.trimEnd()));
const selected = (...values: string[]): Measured => ({
  ...unasked(...values),
  subprotocols: ['chat', 'superchat'],
});
const refusal = (status: string, ...lines: string[]) => answer([`HTTP/1.1 ${status}`, ...lines]);

export const MEASURED: Readonly<Record<string, Measured>> = {
  good: added(),
  acceptWrong: accept(WRONG),
  acceptMissing: accept(),
  acceptEmpty: accept(''),
  acceptTwice: accept(ACCEPT, ACCEPT),
  acceptRightThenWrong: accept(ACCEPT, WRONG),
  acceptWrongThenRight: accept(WRONG, ACCEPT),
  upgradeMissing: upgrade(),
  upgradeEmpty: upgrade(''),
  upgradeWrong: upgrade('h2c'),
  upgradeCase: upgrade('WebSocket'),
  upgradeList: upgrade('h2c, websocket'),
  upgradeListFirst: upgrade('websocket, h2c'),
  upgradeTwice: upgrade('websocket', 'websocket'),
  upgradeTwiceOther: upgrade('websocket', 'h2c'),
  connMissing: connection(),
  connEmpty: connection(''),
  connClose: connection('close'),
  connKA: connection('keep-alive, Upgrade'),
  connUpKA: connection('Upgrade, keep-alive'),
  connTwo: connection('keep-alive', 'Upgrade'),
  connTwoUp: connection('Upgrade', 'keep-alive'),
  connLower: connection('upgrade'),
  http10: replaced('status', 'HTTP/1.0 101 Switching Protocols'),
  http10conn: answer(['HTTP/1.0 101 Switching Protocols', GOOD[1]!, GOOD[3]!]),
  noReason: replaced('status', 'HTTP/1.1 101'),
  emptyReason: replaced('status', 'HTTP/1.1 101 '),
  http20: replaced('status', 'HTTP/2.0 101 Switching Protocols'),
  http12: replaced('status', 'HTTP/1.2 101 Switching Protocols'),
  lowerHttp: replaced('status', 'http/1.1 101 Switching Protocols'),
  lfOnly: answer(GOOD, '\n'),
  lfFields: { ...added(), head: `${STATUS}\r\n${[...GOOD.slice(1), '', ''].join('\n')}` },
  lfLast: { ...added(), head: `${GOOD.join('\r\n')}\r\n\n` },
  clen: added('Content-Length: 0'),
  clen5: added('Content-Length: 5'),
  te: added('Transfer-Encoding: chunked'),
  s100: after('100 Continue'),
  s102: after('102 Processing'),
  s103: after('103 Early Hints\r\nLink: </a.css>; rel=preload'),
  huge: filled(300),
  huge250: filled(250),
  huge100: filled(100),
  huge20: filled(20),
  huge15: filled(15),
  huge10: filled(10),
  many101: crowded(101),
  many130: crowded(130),
  many300: crowded(300),
  spaceColon: replaced('Upgrade', 'Upgrade : websocket'),
  noColon: added('this is no field'),
  ctlValue: added('X-A: a\x01b'),
  nulValue: added('X-A: a\x00b'),
  obsText: added('X-A: gr\xfc\xdfe'),
  fold: added('X-A: a', ' b'),
  nameSpace: added('X A: a'),
  wsVersion8: added('Sec-WebSocket-Version: 8'),
  extFoo: extensions('x-foo'),
  extEmpty: extensions(''),
  pmdOk: extensions('permessage-deflate'),
  pmdBoth: deflate('server_no_context_takeover; client_no_context_takeover'),
  pmdDup: extensions('permessage-deflate, permessage-deflate'),
  pmdDupParam: deflate('server_no_context_takeover, permessage-deflate; server_no_context_takeover'),
  pmdDupLines: extensions('permessage-deflate', 'permessage-deflate'),
  pmdAndFoo: extensions('permessage-deflate, x-foo'),
  fooAndPmd: extensions('x-foo, permessage-deflate'),
  pmdBits16: deflate('server_max_window_bits=16'),
  pmdBits7: deflate('server_max_window_bits=7'),
  pmdBits08: deflate('server_max_window_bits=08'),
  pmdBits10: deflate('server_max_window_bits=10'),
  pmdBitsQuoted: deflate('server_max_window_bits="10"'),
  pmdBitsNone: deflate('server_max_window_bits'),
  pmdUnknown: deflate('foo=1'),
  pmdClientNoVal: deflate('client_max_window_bits'),
  pmdClient12: deflate('client_max_window_bits=12'),
  pmdClient16: deflate('client_max_window_bits=16'),
  pmdTakeoverVal: deflate('server_no_context_takeover=1'),
  pmdTwiceParam: deflate('server_no_context_takeover; server_no_context_takeover'),
  pmdUpper: extensions('Permessage-Deflate'),
  extSyntax: extensions('permessage-deflate;'),
  extSyntax2: deflate('=1'),
  extSyntax3: extensions('permessage-deflate,'),
  protoUnsolicited: unasked('chat'),
  protoMissing: selected(),
  protoOk: selected('chat'),
  protoOther: selected('other'),
  protoTwo: selected('chat, superchat'),
  protoTwoLines: selected('chat', 'superchat'),
  protoSameLines: selected('chat', 'chat'),
  protoCase: selected('Chat'),
  protoEmpty: selected(''),
  protoEmptyUnasked: unasked(''),
  protoUnsolTwo: unasked('chat, superchat'),
  s200: refusal('200 OK', 'Content-Length: 2'),
  s403: refusal('403 Forbidden', 'Content-Length: 0'),
  s426: refusal('426 Upgrade Required', 'Upgrade: websocket', 'Connection: Upgrade', 'Content-Length: 0'),
  s301: refusal('301 Moved', 'Location: ws://127.0.0.1:9/x', 'Content-Length: 0'),
  s401: refusal('401 Unauthorized', 'WWW-Authenticate: Basic realm="x"', 'Content-Length: 0'),
  ssh: { ...added(), head: 'SSH-2.0-OpenSSH_9.2p1\r\n' },
  twoFaults: answer([
    'HTTP/1.1 101 X',
    'Upgrade: h2c',
    'Connection: close',
    'Sec-WebSocket-Accept: x',
    'Sec-WebSocket-Protocol: no',
    'Sec-WebSocket-Extensions: x',
  ]),
  connAccept: answer([
    'HTTP/1.1 101 X',
    'Upgrade: websocket',
    'Connection: keep-alive, x',
    'Sec-WebSocket-Accept: x',
  ]),
  acceptProto: answer([
    'HTTP/1.1 101 X',
    'Upgrade: websocket',
    'Connection: Upgrade',
    'Sec-WebSocket-Accept: x',
    'Sec-WebSocket-Protocol: no',
  ]),
  protoExt: added('Sec-WebSocket-Protocol: no', 'Sec-WebSocket-Extensions: x'),
};
