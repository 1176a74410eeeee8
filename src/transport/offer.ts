// Knows: what a carrier yields to a server, the same for each of them: a request that waits for its answer, and where such
// requests are taken in. Must not know: how a head travels, or what is accepted.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ExtensionOffer } from '../handshake/fields.js';
import type { HeadLimits, RequestHead } from '../handshake/head.js';
import type { RefusalAnswer } from '../handshake/refusal.js';
import type { Rejection } from '../reason.js';

/** What an accepting answer says; each carrier writes it in its own way. */
export interface AcceptAnswer {
  /** The request's nonce; '' where the carrier has none. */
  readonly key: string;
  /** '' for none. */
  readonly subprotocol: string;
  /** As agreed, in the order of the offers. */
  readonly extensions: readonly ExtensionOffer[];
}

/** A request to open a WebSocket, whatever carried it, and the ways to be done with it. Exactly one of them is called. */
export interface Offer {
  readonly head: RequestHead;
  readonly socket: Duplex;
  /** When the socket was there, in milliseconds of `clock`. */
  readonly since: number;
  /** Called when the peer leaves before the answer. */
  onabandon: (() => void) | undefined;
  readonly abandoned: boolean;
  /** Whether the socket can be handed on untouched. */
  readonly releasable: boolean;
  /** Hands the socket on as if nobody had read from it, instead of an answer. @throws TypeError unless `releasable`. */
  release(): Socket;
  /** Writes the accepting head, gives the socket up, and answers what the peer sent early. @throws TypeError for what may not be written. */
  accept(answer: AcceptAnswer): Uint8Array | undefined;
  /** Writes the refusing answer, ends, discards the rest, and is gone within a second. */
  refuse(answer: RefusalAnswer): void;
}

/** What a server does with what arrives. */
export interface Intake {
  readonly limits: HeadLimits;
  /** How long a peer may take for its head. */
  readonly headMs: number;
  /** A head has arrived. */
  offer(offer: Offer): void;
  /** The octets are no head, or took too long. */
  malformed(rejection: Rejection, offer: RefusedHead): void;
  /** The socket is none of ours any more: answered, gone, or handed on. */
  settled(socket: Duplex): void;
}

/** What is left of an attempt without a head. */
export type RefusedHead = Pick<Offer, 'socket' | 'since' | 'refuse'> & { readonly text: string };
