// Knows: how a client writes the opening handshake: a GET on HTTP/1.1 (RFC 6455 §4.1), a CONNECT on HTTP/2 (RFC 8441 §5).
// Must not know: URLs, sockets, or how the answer is judged.
import {
  type ExtensionOffer,
  isToken,
  parseHost,
  parseOrigin,
  SyntaxFault,
  serializeExtensions,
} from './fields.js';
import { type FieldLine, Fields, type RequestHead, serializeFields } from './head.js';
import { isKey } from './key.js';
import { isTarget } from './target.js';

export interface HandshakeRequestParts {
  /** With the port, unless it is the default of the scheme. */
  readonly host: string;
  /** Path and query, percent-encoded. */
  readonly target: string;
  readonly key: string;
  readonly origin?: string | undefined;
  readonly subprotocols?: readonly string[];
  readonly extensions?: readonly ExtensionOffer[];
  /** Sent behind the handshake's own fields, in this order. */
  readonly headers?: readonly FieldLine[];
}

/** The same without a key: on HTTP/2 `:protocol` stands for it. */
export type ConnectRequestParts = Omit<HandshakeRequestParts, 'key'>;

/** What the handshake writes by itself, and what would give the request a body. */
const RESERVED = new Set([
  'host',
  'upgrade',
  'connection',
  'origin',
  'sec-websocket-key',
  'sec-websocket-version',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'sec-websocket-accept',
  'content-length',
  'transfer-encoding',
]);

/** The request as a head. Throws `TypeError` for a part that may not be sent, or a header that the handshake owns. */
export function writeRequest(parts: HandshakeRequestParts): RequestHead {
  const { host, target, key } = parts;
  checkPlace(parts);
  check(isKey(key), 'key', key);
  // RFC 6455 §4.1(4) to (9).
  const fields = new Fields([
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
  ]);
  for (const [name, value] of chosenFields(parts)) fields.append(name, value);
  return { carrier: 'h1', method: 'GET', target, version: '1.1', fields };
}

/** The same for HTTP/2: an extended CONNECT; its pseudo-header fields are those of the carrier. Throws as `writeRequest` does. */
export function writeConnect(parts: ConnectRequestParts): RequestHead {
  const { host, target } = parts;
  checkPlace(parts);
  // RFC 8441 §5: no Upgrade, no Connection, no key; names in lower case (RFC 9113 §8.2).
  const fields = new Fields([
    ['host', host],
    ['sec-websocket-version', '13'],
  ]);
  for (const [name, value] of chosenFields(parts)) {
    if (OF_HTTP1.has(name.toLowerCase())) throw new TypeError(`The header ${name} has no place in HTTP/2`);
    fields.append(name.toLowerCase(), value);
  }
  // HTTP/2 frames its fields, and yet a proxy writes them as lines: what would break one is refused as on HTTP/1.1.
  serializeFields(fields);
  return { carrier: 'h2', method: 'CONNECT', target, version: '2', fields };
}

/** RFC 9113 §8.2.2: what is about one connection of HTTP/1.1. */
const OF_HTTP1 = new Set(['keep-alive', 'proxy-connection', 'te']);

function checkPlace({ host, target }: ConnectRequestParts): void {
  check(!(parseHost(host) instanceof SyntaxFault), 'host', host);
  check(isTarget(target) && target.startsWith('/'), 'request target', target);
}

/** What the caller chose, in the order sent. */
function chosenFields(parts: ConnectRequestParts): FieldLine[] {
  const { origin, subprotocols = [], extensions = [], headers = [] } = parts;
  const lines: FieldLine[] = [];
  if (origin !== undefined) {
    check(!(parseOrigin(origin) instanceof SyntaxFault), 'origin', origin);
    lines.push(['Origin', origin]);
  }
  if (subprotocols.length > 0) lines.push(['Sec-WebSocket-Protocol', subprotocolList(subprotocols)]);
  if (extensions.length > 0) lines.push(['Sec-WebSocket-Extensions', serializeExtensions(extensions)]);
  for (const line of headers) {
    if (RESERVED.has(line[0].toLowerCase()))
      throw new TypeError(`The handshake writes the header ${line[0]} itself`);
    lines.push(line);
  }
  return lines;
}

function subprotocolList(names: readonly string[]): string {
  // RFC 6455 §4.1(10): tokens, each of them once. They are not shown: one of them may be a credential.
  if (!names.every(isToken)) throw new TypeError('A subprotocol is not a token');
  if (new Set(names).size < names.length) throw new TypeError('A subprotocol is listed twice');
  return names.join(', ');
}

function check(isRight: boolean, what: string, value: string): void {
  if (!isRight) throw new TypeError(`Not a valid ${what} for a handshake: ${JSON.stringify(value)}`);
}
