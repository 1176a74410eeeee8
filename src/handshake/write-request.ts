// Knows: how a client writes the opening handshake on HTTP/1.1 (RFC 6455 §4.1).
// Must not know: URLs, sockets, or how the answer is judged.
import {
  type ExtensionOffer,
  isToken,
  parseHost,
  parseOrigin,
  SyntaxFault,
  serializeExtensions,
} from './fields.js';
import { type FieldLine, Fields, type RequestHead } from './head.js';
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
  const { host, target, key, origin, subprotocols = [], extensions = [], headers = [] } = parts;
  check(!(parseHost(host) instanceof SyntaxFault), 'host', host);
  check(isTarget(target) && target.startsWith('/'), 'request target', target);
  check(isKey(key), 'key', key);
  // RFC 6455 §4.1(4) to (9).
  const fields = new Fields([
    ['Host', host],
    ['Upgrade', 'websocket'],
    ['Connection', 'Upgrade'],
    ['Sec-WebSocket-Key', key],
    ['Sec-WebSocket-Version', '13'],
  ]);
  if (origin !== undefined) {
    check(!(parseOrigin(origin) instanceof SyntaxFault), 'origin', origin);
    fields.append('Origin', origin);
  }
  if (subprotocols.length > 0) fields.append('Sec-WebSocket-Protocol', subprotocolList(subprotocols));
  if (extensions.length > 0) fields.append('Sec-WebSocket-Extensions', serializeExtensions(extensions));
  for (const [name, value] of headers) {
    if (RESERVED.has(name.toLowerCase()))
      throw new TypeError(`The handshake writes the header ${name} itself`);
    fields.append(name, value);
  }
  return { carrier: 'h1', method: 'GET', target, version: '1.1', fields };
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
