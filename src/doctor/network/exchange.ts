// Knows: one request over HTTP/1.1 on an open line: its answer, and after a 101 the session that the probe asks for.
// Must not know: what any of it means. Everything is bounded: octets kept, time waited, frames answered.
import type { Socket } from 'node:net';
import { encodeFrame } from '../../frames/encoder.js';
import { closePayload, Opcode } from '../../frames/frame.js';
import { randomMask } from '../../frames/mask.js';
import { handshakeReasons } from '../../handshake/rejections.js';
import { FAILURES } from '../../transport/failures.js';
import { isReset, isTlsError, tlsFailure } from '../../transport/system-errors.js';
import type { EndSeen, FrameSeen, Observation, SessionPlan, Trouble } from '../observation.js';
import { AnswerReader } from './answer.js';
import { FrameTap } from './frame-tap.js';
import { msSince, troubleOf } from './line.js';

export interface ExchangeOptions {
  readonly request: string;
  readonly session?: SessionPlan | undefined;
  /** From the request to the whole head. */
  readonly headMs: number;
  readonly signal: AbortSignal;
}

/** What an exchange adds to its observation. */
export type Exchanged = Pick<
  Observation,
  'answer' | 'garbage' | 'trouble' | 'frames' | 'stray' | 'isCutInFrame' | 'end' | 'bytesOut' | 'bytesIn'
> & { readonly headMs?: number };

/** How long the beginning of a body, the answer to a close frame, and the end of TCP behind it are waited for. */
const BODY_MS = 700;
const CLOSE_MS = 3000;
const END_MS = 1000;
/** More than any endpoint has to say to somebody who says nothing. Of all that a few hundred frames are kept. */
const MAX_SESSION_BYTES = 4 * 1024 * 1024;
const MAX_PONGS = 20;
/** Enough to see what octets are that are no HTTP. */
const MAX_GARBAGE_BYTES = 64 * 1024;

/** Never rejects. The socket is destroyed at the end. */
export function exchange(socket: Socket, options: ExchangeOptions): Promise<Exchanged> {
  return new Promise((resolve) => new Exchange(socket, options, resolve).begin());
}

class Exchange {
  readonly #socket: Socket;
  readonly #options: ExchangeOptions;
  readonly #resolve: (exchanged: Exchanged) => void;
  readonly #reader = new AnswerReader();
  readonly #tap = new FrameTap();
  readonly #frames: FrameSeen[] = [];
  readonly #asked = performance.now();
  readonly #timers = new Set<NodeJS.Timeout>();
  #opened: number | undefined;
  #headMs: number | undefined;
  #trouble: Trouble | undefined;
  #end: EndSeen | undefined;
  #isOver = false;
  #isClosing = false;
  #isLingering = false;
  #pongs = 0;
  #bytesOut = 0;
  #bytesIn = 0;
  #lastIn = performance.now();
  #lastOut = performance.now();

  constructor(socket: Socket, options: ExchangeOptions, resolve: (exchanged: Exchanged) => void) {
    this.#socket = socket;
    this.#options = options;
    this.#resolve = resolve;
  }

  begin(): void {
    const socket = this.#socket;
    socket.on('data', (chunk) => this.#onData(chunk));
    socket.on('end', () => this.#onEnd('fin'));
    socket.on('error', (error) => this.#onError(error));
    socket.on('close', () => this.#onEnd('fin'));
    this.#options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (this.#options.signal.aborted) return this.#onAbort();
    this.#after(this.#options.headMs, () => this.#noHead());
    this.#write(this.#options.request);
    // A tunnel hands its socket over paused.
    socket.resume();
  }

  readonly #onAbort = () => this.#finish();

  #onData(chunk: Buffer): void {
    if (this.#isOver) return;
    this.#bytesIn += chunk.length;
    this.#lastIn = performance.now();
    if (this.#opened !== undefined) return this.#onSession(chunk);
    const hadHead = this.#reader.hasHead;
    this.#reader.push(chunk);
    const { state, status } = this.#reader;
    if (state === 'too-large')
      return this.#fail(handshakeReasons.HTTP_HEAD_TOO_LARGE.code, 'more than 64 KiB of heads');
    if (state === 'too-many')
      return this.#fail(handshakeReasons.HTTP_HEAD_TOO_LARGE.code, 'more than 10 interim answers');
    // What is no HTTP has a moment to say what it is.
    if (state === 'garbage') return this.#bytesIn > MAX_GARBAGE_BYTES ? this.#finish() : this.#linger();
    if (!hadHead && this.#reader.hasHead) this.#onHead(status);
    if (this.#opened === undefined && state === 'done') this.#finish();
  }

  #linger(): void {
    if (this.#isLingering) return;
    this.#isLingering = true;
    this.#afterAll(BODY_MS / 2, () => this.#finish());
  }

  #onHead(status: number): void {
    this.#headMs = msSince(this.#asked);
    if (status === 101) this.#open(this.#reader.rest);
    else this.#afterAll(BODY_MS, () => this.#finish());
  }

  // After a 101.

  #open(rest: Buffer): void {
    this.#opened = performance.now();
    this.#cancelAll();
    const { session } = this.#options;
    if (session === undefined) return this.#leave();
    const { listenMs, pings, frames = [] } = session;
    for (const frame of frames) this.#write(Buffer.from(frame, 'hex'));
    const everyMs = listenMs / (pings + 1);
    for (let count = 1; count <= pings; count += 1) {
      this.#after(everyMs * count, () => this.#ping(count));
    }
    this.#after(listenMs, () => (session.close === false ? this.#leave() : this.#close()));
    if (rest.length > 0) this.#onSession(rest);
  }

  /** Whoever said 101 is told that we go, and is not waited for. */
  #leave(): void {
    this.#send(Opcode.close, closePayload(1000, ''));
    this.#end ??= this.#endNow('left');
    this.#finish();
  }

  #onSession(chunk: Buffer): void {
    for (const frame of this.#tap.push(Buffer.from(chunk), this.#sinceOpened())) this.#onFrame(frame);
    // Nothing is known about the end of what has none.
    if (this.#bytesIn > MAX_SESSION_BYTES) this.#finish();
  }

  #onFrame(frame: FrameSeen): void {
    this.#frames.push(frame);
    const payload = Buffer.from(frame.payload, 'hex');
    // RFC 6455 §5.5.2, §5.5.1: a ping has its pong, a close frame its echo.
    if (frame.opcode === Opcode.ping && this.#pongs < MAX_PONGS) {
      this.#pongs += 1;
      this.#send(Opcode.pong, payload.subarray(0, 125));
    }
    if (frame.opcode !== Opcode.close) return;
    if (!this.#isClosing) this.#send(Opcode.close, payload.subarray(0, 2));
    this.#afterAll(END_MS, () => this.#over('left'));
  }

  #ping(count: number): void {
    if (!this.#isClosing) this.#send(Opcode.ping, Buffer.from(`handfast ${count}`));
  }

  #close(): void {
    this.#isClosing = true;
    this.#send(Opcode.close, closePayload(1000, ''));
    this.#afterAll(CLOSE_MS, () => this.#over('left'));
  }

  #send(opcode: number, payload: Uint8Array): void {
    const atMs = this.#sinceOpened();
    const hex = Buffer.from(payload).toString('hex');
    this.#frames.push({
      atMs,
      direction: 'out',
      opcode,
      fin: true,
      rsv: 0,
      masked: true,
      length: payload.length,
      payload: hex,
    });
    this.#write(Buffer.from(encodeFrame(opcode, payload, { mask: randomMask() })));
  }

  // The end.

  #onEnd(how: EndSeen['how']): void {
    if (this.#isOver) return;
    this.#reader.end();
    if (this.#opened === undefined && !this.#reader.hasHead) this.#trouble ??= this.#noAnswer(how);
    this.#over(how);
  }

  #onError(error: Error): void {
    if (this.#isOver) return;
    // In TLS 1.3 the server judges the client's certificate after the client has finished.
    if (isTlsError(error)) this.#trouble ??= troubleOf(tlsFailure(error, '').rejection, error);
    this.#onEnd(isReset(error) ? 'rst' : 'error');
  }

  #noAnswer(how: EndSeen['how']): Trouble | undefined {
    if (this.#reader.state === 'garbage') return undefined;
    const seen = `${this.#bytesIn} octets, then ${how === 'rst' ? 'RST' : 'FIN'}`;
    if (this.#bytesIn > 0) return { code: FAILURES.HTTP_TRUNCATED.code, seen };
    return { code: how === 'fin' ? FAILURES.HTTP_EMPTY_REPLY.code : FAILURES.HTTP_RESET.code, seen };
  }

  #noHead(): void {
    const what = this.#bytesIn === 0 ? 'no octet' : `no whole head, only ${this.#bytesIn} octets`;
    this.#fail(FAILURES.HTTP_NO_RESPONSE.code, `${what} within ${this.#options.headMs} ms`);
  }

  #fail(code: string, seen: string): void {
    this.#trouble ??= { code, seen };
    this.#finish();
  }

  #over(how: EndSeen['how']): void {
    this.#end ??= this.#endNow(how);
    this.#finish();
  }

  #endNow(how: EndSeen['how']): EndSeen {
    const since = this.#opened ?? this.#asked;
    return {
      how,
      atMs: msSince(since),
      sinceReceivedMs: msSince(this.#lastIn),
      sinceSentMs: msSince(this.#lastOut),
    };
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#cancelAll();
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    this.#socket.on('error', ignore).destroySoon();
    setTimeout(() => this.#socket.destroy(), 50).unref();
    const { stray, isInFrame } = this.#tap;
    const isGarbage = this.#reader.state === 'garbage';
    this.#resolve({
      frames: this.#frames,
      bytesOut: this.#bytesOut,
      bytesIn: this.#bytesIn,
      ...(this.#headMs !== undefined && { headMs: this.#headMs }),
      ...(this.#reader.hasHead && { answer: this.#reader.answer() }),
      ...(isGarbage && { garbage: this.#reader.garbage }),
      ...(this.#trouble !== undefined && { trouble: this.#trouble }),
      ...(stray !== undefined && { stray: stray.toString('hex') }),
      ...(isInFrame && this.#end !== undefined && this.#end.how !== 'left' && { isCutInFrame: true }),
      ...(this.#end !== undefined && { end: this.#end }),
    });
  }

  // Time and octets.

  #sinceOpened(): number {
    return this.#opened === undefined ? 0 : msSince(this.#opened);
  }

  #write(octets: string | Buffer): void {
    if (this.#isOver || this.#socket.destroyed) return;
    this.#bytesOut += octets.length;
    this.#lastOut = performance.now();
    if (typeof octets === 'string') this.#socket.write(octets, 'latin1');
    else this.#socket.write(octets);
  }

  #after(ms: number, due: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      if (!this.#isOver) due();
    }, ms);
    this.#timers.add(timer);
  }

  /** In place of everything that was to happen. */
  #afterAll(ms: number, due: () => void): void {
    this.#cancelAll();
    this.#after(ms, due);
  }

  #cancelAll(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }
}

function ignore(): void {}
