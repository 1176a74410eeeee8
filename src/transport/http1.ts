// Knows: how a request's head reaches a server over HTTP/1.1 and how its answer leaves: from a raw socket, read with our own
// parser, or from a `node:http` server that read it already. It yields an Offer. Must not know: what is accepted, or why not.
// RFC 9112; RFC 6455 §4.2. A refused upgrade is one answer, FIN, and nothing after it is read as anything.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clock, deadlines, Timed } from '../deadlines.js';
import { disown, own } from '../duplex.js';
import { headFromRaw, type RequestHead } from '../handshake/head.js';
import { acceptFor } from '../handshake/key.js';
import { HeadParser } from '../handshake/parser.js';
import { type RefusalAnswer, serializeRefusal } from '../handshake/refusal.js';
import { refusalReasons } from '../handshake/rejections.js';
import { writeAccept } from '../handshake/response.js';
import type { Rejection } from '../reason.js';
import type { AcceptAnswer, Intake, Offer } from './offer.js';

/** A refused peer has this long to take the answer and to go. */
const LINGER_MS = 700;
/** What a peer may send before it was answered; then reading pauses (its frames wait in the kernel). */
const MAX_EARLY_BYTES = 65_536;

/** A socket from the moment it is accepted until its handshake is answered. */
class Reception extends Timed implements Offer {
  readonly socket: Duplex;
  readonly since: number;
  head!: RequestHead;
  onabandon: (() => void) | undefined = undefined;
  abandoned = false;

  readonly #intake: Intake;
  #parser: HeadParser<'request'> | undefined = undefined;
  /** Octets up to the end of the head, for a socket that is handed on: the chunk that ended it, and those before. */
  #last: Uint8Array | undefined = undefined;
  #before: Uint8Array[] | undefined = undefined;
  #early: Uint8Array[] | undefined = undefined;
  #earlyBytes = 0;
  #answered = false;

  constructor(socket: Duplex, intake: Intake) {
    super();
    this.socket = socket;
    this.#intake = intake;
    this.since = clock();
  }

  /** Reads the head from a raw socket. */
  read(): void {
    own(this.socket, this);
    deadlines.set(this, this.since + this.#intake.headMs);
  }

  /** Takes over a socket whose head was read already. */
  adopt(head: RequestHead, early: Uint8Array): void {
    this.head = head;
    own(this.socket, this);
    if (early.length > 0) this.#keepEarly(early);
    this.#intake.offer(this);
  }

  onData(chunk: Uint8Array): void {
    if (this.#answered) return;
    if (this.head !== undefined) return this.#keepEarly(chunk);
    this.#parser ??= new HeadParser('request', this.#intake.limits);
    const progress = this.#parser.push(chunk);
    if (progress.state === 'more') {
      this.#before ??= [];
      this.#before.push(chunk);
      return;
    }
    deadlines.drop(this);
    if (progress.state === 'rejected') return this.#malformed(progress.rejection);
    this.head = progress.head;
    if (progress.rest.length > 0) this.#keepEarly(progress.rest);
    this.#parser = undefined;
    this.#last = chunk;
    this.#intake.offer(this);
  }

  #malformed(rejection: Rejection): void {
    const { socket, since } = this;
    const text = this.#parser?.text ?? '';
    this.#parser = undefined;
    this.#before = undefined;
    this.#intake.malformed(rejection, { socket, since, text, refuse: (answer) => this.refuse(answer) });
  }

  #keepEarly(chunk: Uint8Array): void {
    this.#early ??= [];
    this.#early.push(chunk);
    this.#earlyBytes += chunk.length;
    if (this.#earlyBytes >= MAX_EARLY_BYTES) this.socket.pause();
  }

  accept({ key, subprotocol, extensions }: AcceptAnswer): Uint8Array | undefined {
    const head = writeAccept(acceptFor(key), subprotocol, extensions);
    this.#settle();
    this.socket.write(head, 'latin1');
    const early = this.#early;
    if (early === undefined) return undefined;
    this.#early = undefined;
    this.socket.resume();
    return early.length === 1 ? early[0] : Buffer.concat(early);
  }

  refuse(answer: RefusalAnswer): void {
    if (this.#answered) return;
    const text = serializeRefusal(answer);
    this.#settle();
    this.#early = undefined;
    if (this.socket.writable) this.socket.end(text, 'latin1');
    // RFC 9112 §9.6: closing with octets unread would reset the connection and lose the answer, so they are read and dropped.
    this.socket.resume();
    deadlines.set(this, clock() + LINGER_MS);
  }

  get releasable(): boolean {
    return this.#last !== undefined;
  }

  /** Node's documented way: pause, put back, pass on; whoever gets it resumes. */
  release(): Socket {
    const last = this.#last;
    if (last === undefined) throw new TypeError('a socket that node:http handed over cannot be handed back');
    const seen = this.#before === undefined ? last : Buffer.concat([...this.#before, last]);
    this.#settle();
    disown(this.socket);
    this.socket.unshift(seen);
    return this.socket as Socket;
  }

  #settle(): void {
    this.#answered = true;
    this.#parser = undefined;
    this.#last = undefined;
    this.#before = undefined;
    deadlines.drop(this);
    this.#intake.settled(this.socket);
  }

  override due(): void {
    if (this.#answered) {
      this.socket.destroy();
      return;
    }
    this.#malformed({
      reason: refusalReasons.REQ_HEAD_TIMEOUT,
      evidence: { seen: `no whole head after ${this.#intake.headMs} ms` },
    });
  }

  onEnd(): void {
    this.#leave();
    this.socket.end();
  }

  onDrain(): void {}

  onError(): void {
    this.#leave();
    this.socket.destroy();
  }

  onClose(): void {
    deadlines.drop(this);
    this.#leave();
  }

  /** The peer is gone before it was answered. */
  #leave(): void {
    if (this.#answered) return;
    this.#settle();
    this.abandoned = true;
    this.onabandon?.();
  }
}

/** Reads a handshake from a socket that was just accepted; with `refusal`, answers with that instead. */
export function receive(socket: Duplex, intake: Intake, refusal?: RefusalAnswer): void {
  const reception = new Reception(socket, intake);
  reception.read();
  if (refusal !== undefined) reception.refuse(refusal);
}

/** Takes an `upgrade` event of a `node:http` server. */
export function receiveUpgrade(request: IncomingMessage, head: Uint8Array, intake: Intake): void {
  const { method = '', url = '', httpVersion, rawHeaders, socket } = request;
  new Reception(socket, intake).adopt(headFromRaw(method, url, httpVersion, rawHeaders), head);
}
