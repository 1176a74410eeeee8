// Knows: how a request's head reaches a server over HTTP/1.1 and how its answer leaves: from a raw socket, read with our own
// parser, or from a `node:http` server that read it already. It yields an Offer. Must not know: what is accepted, or why not.
// RFC 9112; RFC 6455 §4.2. A refused upgrade is one answer, FIN, and nothing after it is read as anything.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { deadlines } from '../deadlines.js';
import { disown, own } from '../duplex.js';
import { headFromRaw, type RequestHead } from '../handshake/head.js';
import { acceptFor } from '../handshake/key.js';
import { HeadParser } from '../handshake/parser.js';
import { type RefusalAnswer, serializeRefusal } from '../handshake/refusal.js';
import { refusalReasons } from '../handshake/rejections.js';
import { writeAccept } from '../handshake/response.js';
import type { Rejection } from '../reason.js';
import { type AcceptAnswer, Attempt, type Intake, type Offer } from './offer.js';

/** RFC 9113 §3.4: how a client begins that knows of HTTP/2 beforehand; the first line of what it sends. */
const PREFACE = 'PRI * HTTP/2.0\r\n';

/** A socket from the moment it is accepted until its handshake is answered. */
class Reception extends Attempt implements Offer {
  head!: RequestHead;
  #parser: HeadParser<'request'> | undefined = undefined;
  /** Octets up to the end of the head, for a socket that is handed on: the chunk that ended it, and those before. */
  #last: Uint8Array | undefined = undefined;
  #before: Uint8Array[] | undefined = undefined;

  get line(): Duplex {
    return this.socket;
  }

  /** Reads the head from a raw socket. */
  read(): void {
    own(this.socket, this);
    deadlines.set(this, this.since + this.intake.headMs);
  }

  /** Takes over a socket whose head was read already. */
  adopt(head: RequestHead, early: Uint8Array): void {
    this.head = head;
    own(this.socket, this);
    if (early.length > 0) this.keepEarly(early);
    this.intake.offer(this);
  }

  onData(chunk: Uint8Array): void {
    if (this.answered) return;
    if (this.head !== undefined) return this.keepEarly(chunk);
    this.#parser ??= new HeadParser('request', this.intake.limits);
    const progress = this.#parser.push(chunk);
    if (progress.state === 'more') {
      this.#before ??= [];
      this.#before.push(chunk);
      return;
    }
    deadlines.drop(this);
    if (progress.state === 'rejected') return this.#rejected(progress.rejection, chunk);
    this.head = progress.head;
    if (progress.rest.length > 0) this.keepEarly(progress.rest);
    this.#parser = undefined;
    this.#last = chunk;
    this.intake.offer(this);
  }

  #rejected(rejection: Rejection, chunk: Uint8Array): void {
    const { http2 } = this.intake;
    // RFC 9113 §3.3: over TLS it is ALPN that chooses HTTP/2, and nothing else.
    const isEncrypted = (this.socket as TLSSocket).encrypted === true;
    if (http2 === undefined || isEncrypted || !this.#parser!.text.startsWith(PREFACE)) {
      return this.#malformed(rejection);
    }
    this.#last = chunk;
    http2(this.release());
  }

  #malformed(rejection: Rejection): void {
    const { socket, since } = this;
    const text = this.#parser?.text ?? '';
    this.#parser = undefined;
    this.#before = undefined;
    this.intake.malformed(rejection, { socket, since, text, refuse: (answer) => this.refuse(answer) });
  }

  accept({ key, subprotocol, extensions }: AcceptAnswer): Uint8Array | undefined {
    const head = writeAccept(acceptFor(key), subprotocol, extensions);
    this.settle();
    this.socket.write(head, 'latin1');
    return this.takeEarly();
  }

  refuse(answer: RefusalAnswer): void {
    if (this.answered) return;
    const text = serializeRefusal(answer);
    this.settle();
    if (this.socket.writable) this.socket.end(text, 'latin1');
    this.linger();
  }

  get releasable(): boolean {
    return this.#last !== undefined;
  }

  /** Node's documented way: pause, put back, pass on; whoever gets it resumes. */
  release(): Socket {
    const last = this.#last;
    if (last === undefined) throw new TypeError('a socket that node:http handed over cannot be handed back');
    const seen = this.#before === undefined ? last : Buffer.concat([...this.#before, last]);
    this.settle();
    disown(this.socket);
    this.socket.unshift(seen);
    return this.socket as Socket;
  }

  protected override settle(): void {
    this.#parser = undefined;
    this.#last = undefined;
    this.#before = undefined;
    super.settle();
  }

  override due(): void {
    if (this.answered) {
      this.socket.destroy();
      return;
    }
    this.#malformed({
      reason: refusalReasons.REQ_HEAD_TIMEOUT,
      evidence: { seen: `no whole head after ${this.intake.headMs} ms` },
    });
  }

  onEnd(): void {
    this.leave();
    this.socket.end();
  }

  onError(): void {
    this.leave();
    this.socket.destroy();
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
