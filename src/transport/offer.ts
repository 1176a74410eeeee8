// Knows: what a carrier yields to a server, the same for each of them: a request that waits for its answer, and where such
// requests are taken in. Must not know: how a head travels, or what is accepted.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clock, deadlines, Timed } from '../deadlines.js';
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
  /** What a connection would live on. */
  readonly socket: Duplex;
  /** What the peer is known by: the same, or on HTTP/2 the socket that streams share. */
  readonly line: Duplex;
  /** When the socket was there, on HTTP/2 the request, in milliseconds of `clock`. */
  readonly since: number;
  /** Called when the peer leaves before the answer. */
  onabandon: (() => void) | undefined;
  readonly abandoned: boolean;
  /** Whether the socket can be handed on untouched. */
  readonly releasable: boolean;
  /** Hands the socket on as if nobody had read from it, instead of an answer. @throws TypeError unless `releasable`. */
  release(): Socket;
  /**
   * Writes the accepting head, gives the socket up, and answers what the peer sent early. @throws TypeError for what may
   * not be written.
   */
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
  /** Takes a socket whose peer begins with the preface of HTTP/2. Without it that is a head like any other wrong one. */
  readonly http2: ((socket: Socket) => void) | undefined;
  /** The socket is none of ours any more: answered, gone, or handed on. */
  settled(socket: Duplex): void;
}

/** What is left of an attempt without a head. */
export type RefusedHead = Pick<Offer, 'socket' | 'since' | 'refuse'> & { readonly text: string };

/** A peer that was refused, or closed with over HTTP/2, has this long to take what is on its way and to go. */
export const LINGER_MS = 700;
/** What a peer may send before it was answered; then reading pauses (its frames wait below). */
const MAX_EARLY_BYTES = 65_536;

/** A socket from the moment it is there until it is answered: what the peer sends early is kept, and its leaving is told. */
export abstract class Attempt<Into extends Pick<Intake, 'settled'> = Intake> extends Timed {
  readonly socket: Duplex;
  readonly since: number;
  onabandon: (() => void) | undefined = undefined;
  abandoned = false;
  protected answered = false;
  protected readonly intake: Into;
  #early: Uint8Array[] | undefined = undefined;
  #earlyBytes = 0;

  constructor(socket: Duplex, intake: Into) {
    super();
    this.socket = socket;
    this.intake = intake;
    this.since = clock();
  }

  protected keepEarly(chunk: Uint8Array): void {
    this.#early ??= [];
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes >= MAX_EARLY_BYTES) this.socket.pause();
  }

  /** What came early, once; the socket flows again. */
  protected takeEarly(): Uint8Array | undefined {
    const early = this.#early;
    if (early === undefined) return undefined;
    this.#early = undefined;
    this.socket.resume();
    return early.length === 1 ? early[0] : Buffer.concat(early);
  }

  /**
   * RFC 9112 §9.6: closing with octets unread would reset a connection and lose the answer, so they are read and dropped.
   */
  protected linger(): void {
    this.#early = undefined;
    this.socket.resume();
    deadlines.set(this, clock() + LINGER_MS);
  }

  protected settle(): void {
    this.answered = true;
    deadlines.drop(this);
    this.intake.settled(this.socket);
  }

  /** The peer is gone before it was answered. */
  protected leave(): void {
    if (this.answered) return;
    this.settle();
    this.abandoned = true;
    this.onabandon?.();
  }

  onDrain(): void {}

  onClose(): void {
    deadlines.drop(this);
    this.leave();
  }
}
