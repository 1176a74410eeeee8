// Knows: how requests are reflected: whose, in a message behind a 101 or in the body of a refusal, how many at once and for how
// long. Must not know: routes, origins and the application, which such a request never reaches; how heads travel.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Connection, type ConnectionSettings } from '../connection/connection.js';
import { connectionSettings } from '../connection/settings.js';
import { REFLECT_FIELD, type Reflection, reflectionOf } from '../forensics/reflection.js';
import type { RequestHead } from '../handshake/head.js';
import { type RefusalAnswer, refusal } from '../handshake/refusal.js';
import { refusalReasons } from '../handshake/rejections.js';
import { type Handshake, judgeRequest } from '../handshake/request.js';
import { checkKeys, checkNumber } from '../options.js';
import { isTokenLike, type Rejection } from '../reason.js';
import type { Mirror } from '../server/mirror.js';
import type { Conclusion } from '../server/told.js';
import * as trace from '../trace.js';
import type { Offer } from '../transport/offer.js';

export interface ReflectorOptions {
  /** Connections that are open at once. Default 16. Above: 503 (`LIMIT_CONNECTIONS`), which reflects as well. */
  readonly maxConnections?: number;
  /** A connection is closed with 1000 after so long. Default 10,000 ms. */
  readonly lifetimeMs?: number;
  /** Told of each request that is reflected, and of why it is no handshake any more. */
  onreflection?(reflection: Reflection, rejection: Rejection | undefined): void;
}

const KEYS = ['maxConnections', 'lifetimeMs', 'onreflection'];

/** Peers have nothing to say here: what they send is read and dropped. */
const MAX_MESSAGE_BYTES = 65_536;
/** Node takes a longer one for 1 ms. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Reflector implements Mirror {
  readonly #token: Buffer | undefined;
  readonly #options: ReflectorOptions;
  readonly #maxConnections: number;
  readonly #lifetimeMs: number;
  readonly #settings: ConnectionSettings;
  readonly #open = new Map<Connection<unknown>, NodeJS.Timeout>();

  /** Without a token it wants every request. */
  constructor(token: string | undefined, options: ReflectorOptions) {
    checkKeys(options, KEYS, 'reflect()');
    this.#token = token === undefined ? undefined : digest(token);
    this.#options = options;
    this.#maxConnections = checkNumber(options.maxConnections ?? 16, 'maxConnections');
    this.#lifetimeMs = Math.min(checkNumber(options.lifetimeMs ?? 10_000, 'lifetimeMs'), LONGEST_TIMER_MS);
    const limits = { maxMessageBytes: MAX_MESSAGE_BYTES };
    const handlers = { onbytes: () => {} };
    this.#settings = connectionSettings('server', { limits }, handlers, (ended) => this.#ended(ended));
  }

  wants({ fields }: RequestHead): boolean {
    if (this.#token === undefined) return true;
    const given = fields.get(REFLECT_FIELD);
    // Digests are as long as each other whatever was given, and comparing them takes the same time.
    return given !== undefined && timingSafeEqual(digest(given), this.#token);
  }

  answer(offer: Offer): Conclusion {
    const judged = judgeRequest(offer.head);
    if (!judged.ok) return this.#refuse(offer, judged.rejection);
    const full = this.#full();
    if (full !== undefined) return this.#refuse(offer, full);
    return this.#accept(offer, judged.value);
  }

  #refuse(offer: Offer, rejection: Rejection): Conclusion {
    const answer = this.refusalOf(offer.head, offer.line, rejection);
    offer.refuse(answer);
    return { outcome: 'refused', rejection, answer };
  }

  refusalOf(head: RequestHead, line: Duplex, rejection: Rejection): RefusalAnswer {
    const reflection = this.#reflect(head, line, rejection);
    const { method, carrier } = head;
    return refusal(rejection, { method, carrier, date: new Date(), members: { reflection } });
  }

  #reflect(head: RequestHead, line: Duplex, rejection?: Rejection): Reflection {
    const tls = (line as TLSSocket).encrypted === true;
    const reflection = reflectionOf(head, { time: new Date(), peer: peerOf(line), tls });
    try {
      this.#options.onreflection?.(reflection, rejection);
    } catch (error) {
      trace.reportFault('onreflection threw', error);
    }
    return reflection;
  }

  #full(): Rejection | undefined {
    if (this.#open.size < this.#maxConnections) return undefined;
    return {
      reason: refusalReasons.LIMIT_CONNECTIONS,
      evidence: { wanted: `${this.#maxConnections} at most` },
    };
  }

  #accept(offer: Offer, { key, subprotocols }: Handshake): Conclusion {
    const reflection = this.#reflect(offer.head, offer.line);
    // A browser closes a connection on which none of its subprotocols is spoken. A token among them is not repeated.
    const subprotocol = subprotocols.find((name) => !isTokenLike(name)) ?? '';
    const answer = { key, subprotocol, extensions: [] };
    const early = offer.accept(answer);
    const connection = new Connection<unknown>(offer.socket, this.#settings, subprotocol, undefined);
    const close = () => void connection.close(1000, 'reflected');
    this.#open.set(connection, setTimeout(close, this.#lifetimeMs).unref());
    connection.start(early);
    connection.send(JSON.stringify(reflection)).catch(() => {});
    return { outcome: 'accepted', connection, answer };
  }

  #ended(connection: Connection<unknown>): void {
    clearTimeout(this.#open.get(connection));
    this.#open.delete(connection);
  }
}

function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest();
}

/** RFC 3986 §3.2.2: an address of IPv6 stands in brackets before a port. */
function peerOf(line: Duplex): string {
  const { remoteAddress: address, remotePort: port } = line as Socket;
  if (address === undefined) return '';
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
