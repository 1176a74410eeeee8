// Knows: what `authorize`, the functions in options and the handler see of a handshake. Parts are worked out when asked for.
// Must not know: what is decided about it.
import type { Duplex } from 'node:stream';
import type { ExtensionOffer } from '../handshake/fields.js';
import type { Fields, RequestHead } from '../handshake/head.js';
import type { Handshake } from '../handshake/request.js';
import type { Peer } from './addresses.js';

export type Parameters = Readonly<Record<string, string>>;

/** The opening handshake of a client, well formed by the rules of RFC 6455 §4.2.1. */
export class HandshakeRequest {
  /** The head as it arrived. */
  readonly head: RequestHead;
  /** Values of the route's parameters, percent-decoded, such as `id` for `/room/:id`. */
  readonly params: Parameters;
  /** @internal */
  readonly handshake: Handshake;
  readonly #peer: Peer;
  #query: URLSearchParams | undefined = undefined;

  /** @internal */
  constructor(handshake: Handshake, head: RequestHead, peer: Peer, params: Parameters) {
    this.handshake = handshake;
    this.head = head;
    this.#peer = peer;
    this.params = params;
  }

  /** The client's address: the socket's, or what a trusted proxy says. */
  get address(): string {
    return this.#peer.address;
  }

  /** Whether the client's side is TLS, here or at a trusted proxy. */
  get secure(): boolean {
    return this.#peer.secure;
  }

  /** The socket below, for facts such as a client certificate. Writing to it breaks the handshake. */
  get socket(): Duplex {
    return this.#peer.socket;
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

  /** Offered by the client, its favourite first; what came of them is `connection.extensions`. */
  get extensions(): readonly ExtensionOffer[] {
    return this.handshake.extensions;
  }
}
