// Knows: what `authorize`, the functions in options and the handler see of a handshake. Parts are worked out when asked for.
// Must not know: what is decided about it.
import type { Duplex } from 'node:stream';
import type { Fields, RequestHead } from '../handshake/head.js';
import type { Handshake } from '../handshake/request.js';

export type Parameters = Readonly<Record<string, string>>;

/** The opening handshake of a client, well formed by the rules of RFC 6455 §4.2.1. */
export class HandshakeRequest {
  /** The head as it arrived. */
  readonly head: RequestHead;
  /** The client's address: the socket's, or what a trusted proxy says. */
  readonly address: string;
  /** Whether the client's side is TLS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** Values of the route's parameters, percent-decoded, such as `id` for `/room/:id`. */
  readonly params: Parameters;
  /** The socket below. For facts such as a client certificate; writing to it breaks the handshake. */
  readonly socket: Duplex;
  /** @internal */
  readonly handshake: Handshake;
  #query: URLSearchParams | undefined = undefined;

  /** @internal */
  constructor(
    handshake: Handshake,
    head: RequestHead,
    facts: { address: string; secure: boolean; socket: Duplex },
    params: Parameters,
  ) {
    this.handshake = handshake;
    this.head = head;
    this.address = facts.address;
    this.secure = facts.secure;
    this.socket = facts.socket;
    this.params = params;
  }

  /** As sent, not decoded. */
  get path(): string {
    return this.handshake.path;
  }

  get query(): URLSearchParams {
    this.#query ??= new URLSearchParams(this.handshake.query);
    return this.#query;
  }

  get headers(): Fields {
    return this.head.fields;
  }

  /** The `Host` that the client used, lower case, with its port. */
  get host(): string {
    return this.handshake.host;
  }

  /** The page that opened the socket; undefined for most clients that are not browsers. */
  get origin(): string | undefined {
    return this.handshake.origin;
  }

  /** Offered by the client, its favourite first. */
  get subprotocols(): readonly string[] {
    return this.handshake.subprotocols;
  }
}
