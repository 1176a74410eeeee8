// Knows: one WebSocket on any Duplex: messages, backpressure, deadlines, the end. It is the shell around `protocol.ts`.
// Must not know: handshakes, servers, what is below the Duplex. An idle connection holds no closure, timer, buffer or promise.

import type { Duplex } from 'node:stream';
import { clock, deadlines, Timed } from '../deadlines.js';
import { Codec, type Expanded } from '../deflate/codec.js';
import type { DeflateAgreement } from '../deflate/permessage-deflate.js';
import type { CompressionSettings } from '../deflate/settings.js';
import { cut, isStream, own } from '../duplex.js';
import type { CloseRecord } from '../errors.js';
import { CarrierError, ClosedError } from '../errors.js';
import { isSendableCloseCode, MAX_CONTROL_BYTES } from '../frames/frame.js';
import type { Evidence, Reason } from '../reason.js';
import * as trace from '../trace.js';
import { Compressor } from './compressor.js';
import { ENDINGS } from './endings.js';
import { flush, flushAtTurnEnd } from './outgoing.js';
import {
  asBuffer,
  asBytes,
  asMessage,
  checkUtf8,
  type Message,
  pingPayload,
  type Sendable,
} from './payload.js';
import { type Compressed, Prepared } from './prepared.js';
import { type PendingPing, Protocol, type ProtocolSettings } from './protocol.js';
import { type HandshakeRecord, handled, Rare, withResolvers } from './rare.js';
import { EndTold, Tap } from './tap.js';

export type { Message, Sendable } from './payload.js';
export type { HandshakeRecord } from './rare.js';

export interface SendOptions {
  /** Sends bytes as a text message. They must be UTF-8. Default false. Without meaning for a prepared message. */
  readonly text?: boolean;
  /**
   * False sends this message as it is, where compression was agreed on: for secrets, and for what is compressed already.
   * Default: what has `compression.thresholdBytes` is compressed.
   */
  readonly compress?: boolean;
}

/** Callbacks that all connections of an endpoint share, so that none needs a closure of its own. */
export interface Handlers<Context = undefined> {
  /** For speed: every message as bytes, text (already known to be UTF-8) and binary alike. Goes before `onmessage`. */
  onbytes?(connection: Connection<Context>, bytes: Buffer, isText: boolean): void;
  onmessage?(connection: Connection<Context>, message: Message): void;
  /** Called once when a connection has ended, after its last message. */
  onclose?(connection: Connection<Context>, record: CloseRecord): void;
}

/** What all connections of one endpoint have in common. */
export interface ConnectionSettings extends ProtocolSettings {
  readonly handlers: Handlers<never>;
  /** From so many waiting bytes on, `send` answers with a promise that waits. */
  readonly highWaterBytes: number;
  /** With so many bytes refused by the peer, another `send` closes the connection with 1008. */
  readonly maxBufferedBytes: number;
  /** Messages that nobody took yet; with so many, reading stops. */
  readonly maxQueuedMessages: number;
  /** Undefined where compression is neither offered nor accepted. */
  readonly compression: CompressionSettings | undefined;
  /** Called once for every connection that has ended. */
  readonly ended: ((connection: Connection<unknown>) => void) | undefined;
}

/** Callbacks of one connection alone. */
interface Callbacks {
  onbytes: ((bytes: Buffer, isText: boolean) => void) | undefined;
  onmessage: ((message: Message) => void) | undefined;
  onclose: ((record: CloseRecord) => void) | undefined;
}

/** What `send` answers while there is room. */
export const ROOM: Promise<void> = Promise.resolve();

/** One open WebSocket, on either side. */
export class Connection<Context = undefined>
  extends Timed
  implements AsyncDisposable, AsyncIterable<Message>
{
  /** What `authorize` returned on a server. */
  readonly context: Context;
  /** The agreed subprotocol, '' without one (RFC 6455 §1.9). */
  readonly subprotocol: string;

  /** @internal Where it stands in its server's register. */
  place: number = 0;
  readonly #duplex: Duplex;
  readonly #settings: ConnectionSettings;
  readonly #protocol: Protocol;
  /** Undefined without agreed compression. */
  readonly #compressor: Compressor | undefined;
  #callbacks: Callbacks | undefined = undefined;
  /** Messages that nobody took yet. */
  #queue: Message[] | undefined = undefined;
  #rare: Rare | undefined = undefined;
  #reading = false;
  #dirty = false;
  #paused = false;
  #delivering = false;
  #ending = false;

  /** @internal Use `createServer`, `connect`, or `open` for a Duplex of your own. */
  constructor(
    duplex: Duplex,
    settings: ConnectionSettings,
    subprotocol: string,
    context: Context,
    agreement?: DeflateAgreement,
  ) {
    super();
    this.#duplex = duplex;
    this.#settings = settings;
    this.subprotocol = subprotocol;
    this.context = context;
    const codec = agreement === undefined ? undefined : new Codec(agreement, settings.compression!);
    this.#compressor = codec === undefined ? undefined : new Compressor(codec, this);
    this.#protocol = new Protocol(settings, this, clock(), codec);
  }

  /** @internal Begins to read; `early` are octets that came with the handshake. */
  start(early?: Uint8Array): void {
    const duplex = this.#duplex;
    own(duplex, this);
    if (trace.opened.hasSubscribers) this.#tellOpen();
    deadlines.set(this, this.#protocol.deadline);
    if (duplex.destroyed) process.nextTick(() => this.#missed());
    else if (early !== undefined && early.length > 0) this.#receive(early);
    else if (this.#isBusy) this.#after(clock());
  }

  #tellOpen(): void {
    trace.opened.publish({ role: this.role, connection: this, at: Date.now() });
  }

  /** Something was done with it before it began to read, or a carrier has ended it. */
  get #isBusy(): boolean {
    const { quiet, stopped, pendingBytes } = this.#protocol;
    return !quiet || stopped || pendingBytes > 0;
  }

  /** The Duplex had ended before it was ours: its events are gone, its error is not. */
  #missed(): void {
    if (this.#duplex.errored != null) this.onError(this.#duplex.errored);
    this.#finish();
  }

  /** @internal */
  set handshake(record: HandshakeRecord | undefined) {
    this.#extra().handshake = record;
  }

  /** The opening handshake; on a client only. */
  get handshake(): HandshakeRecord | undefined {
    return this.#rare?.handshake;
  }

  /** The agreed extensions as the answer names them, '' without any: `permessage-deflate; server_no_context_takeover`. */
  get extensions(): string {
    return this.#compressor === undefined ? '' : this.#compressor.codec.agreement.text;
  }

  get role(): 'server' | 'client' {
    return this.#settings.role;
  }

  /** `closing` from the first close frame on, `closed` when the transport has ended. */
  get state(): 'open' | 'closing' | 'closed' {
    if (this.#rare !== undefined && this.#rare.endedAt >= 0) return 'closed';
    return this.#sendable ? 'open' : 'closing';
  }

  /** Bytes that `send` took and that have not left this process. */
  get bufferedBytes(): number {
    const waiting = this.#compressor?.line?.bytes ?? 0;
    return waiting + this.#protocol.pendingBytes + this.#duplex.writableLength;
  }

  /** False from our close on, also while that waits for messages before it to be compressed. */
  get #sendable(): boolean {
    return this.#protocol.phase === 'open' && this.#compressor?.line?.closes !== true;
  }

  /** What the last ping took that was answered, in whole milliseconds: of `ping` or of the heartbeat. Undefined before. */
  get roundTripMs(): number | undefined {
    const { roundTripMs } = this.#protocol;
    return roundTripMs < 0 ? undefined : roundTripMs;
  }

  /** Messages that have arrived; each counts once, in however many frames it came. */
  get messagesReceived(): number {
    return this.#protocol.messagesReceived;
  }

  /** Messages that `send` took and that are framed: not those that wait to be compressed. */
  get messagesSent(): number {
    return this.#protocol.messagesSent;
  }

  /** Octets since the handshake, as they came over the line: frames with their headers, compressed where they are. */
  get bytesReceived(): number {
    return this.#protocol.bytesReceived;
  }

  /** The same for those that were handed to the transport; `bufferedBytes` tells what of them waits there. */
  get bytesSent(): number {
    return this.#protocol.bytesSent;
  }

  // ---- sending

  /**
   * Sends a message. Resolves when there is room for the next one: at once below `limits.highWaterBytes` (64 KiB), else when the
   * peer took what waits. Rejects with `ClosedError` when the connection ends first; a rejection that nobody awaits is not raised.
   * Bytes are not copied, and must not change before `bufferedBytes` is 0 again; `prepare` makes a copy.
   * @throws TypeError for anything but a string or bytes, or for bytes sent as text that are not UTF-8.
   */
  send(message: Sendable | Prepared, options?: SendOptions): Promise<void> {
    if (message instanceof Prepared) {
      if (!this.#sendable) return this.#refuseSend();
      const waitedBytes = this.#waitingBytes;
      if (this.#compressor === undefined) this.putPrepared(message);
      else this.#compressor.pass(message, options?.compress !== false);
      return this.#sent(waitedBytes);
    }
    const content = typeof message === 'string' ? message : asBytes(message);
    const isText = typeof message === 'string' || options?.text === true;
    if (isText && typeof content !== 'string') checkUtf8(content);
    if (!this.#sendable) return this.#refuseSend();
    const waitedBytes = this.#waitingBytes;
    if (this.#compressor === undefined) this.put(content, isText);
    else this.#compressor.send(content, isText, options?.compress !== false);
    return this.#sent(waitedBytes);
  }

  /** @internal Adds a message to what leaves with this turn, as it is. */
  put(content: string | Uint8Array, isText: boolean): void {
    if (typeof content === 'string') this.#protocol.sendText(content, this.#now());
    else this.#protocol.sendBytes(content, isText, this.#now());
  }

  /** @internal The same for one that is compressed. */
  putCompressed(compressed: Uint8Array, isText: boolean, inflated: Uint8Array): void {
    this.#protocol.sendCompressed(compressed, isText, this.#now(), inflated);
  }

  /** @internal The same for a message that many get, in the form that this peer can expand. */
  putPrepared(message: Prepared, compressed?: Compressed): void {
    const { bytes, isText } = message;
    if (this.role === 'client') {
      if (compressed === undefined) this.put(bytes, isText);
      else this.putCompressed(compressed.payload, isText, bytes);
    } else if (compressed === undefined) this.#protocol.sendFrame(message.frame, this.#now(), bytes);
    else this.#protocol.sendFrame(compressed.frame, this.#now(), compressed.payload, bytes);
  }

  /** @internal What waited in line may leave. */
  lineMoved(leave: () => void): void {
    if (this.#protocol.phase !== 'open') return;
    leave();
    this.#schedule();
  }

  /** A clock costs as much as a small frame: an answer to what is being read has the time of that. */
  #now(): number {
    return this.#reading ? this.#protocol.receivedAt : clock();
  }

  /** What waits since an earlier turn, behind a full line or behind a message on another thread. */
  get #waitingBytes(): number {
    const { congested, pendingBytes } = this.#protocol;
    return (congested ? pendingBytes : 0) + (this.#compressor?.line?.refusedBytes ?? 0);
  }

  /** `waitedBytes` waited before this message. */
  #sent(waitedBytes: number): Promise<void> {
    if (!this.#reading) this.#schedule();
    const { highWaterBytes, maxBufferedBytes } = this.#settings;
    const written = this.#duplex.writableLength;
    const waits = this.#compressor?.line !== undefined;
    if (written + this.#protocol.pendingBytes < highWaterBytes && !waits) return ROOM;
    const refused = written + waitedBytes;
    if (refused >= maxBufferedBytes) {
      const evidence = { seen: `${refused} octets waiting`, wanted: `${maxBufferedBytes} at most` };
      this.#failSlow(evidence, 'limits.maxBufferedBytes');
    }
    const rare = this.#extra();
    if (rare.room === undefined) {
      rare.room = withResolvers();
      handled(rare.room.promise);
    }
    return rare.room.promise;
  }

  #refuseSend(): Promise<void> {
    return handled(
      this.closed.then((record) => {
        throw new ClosedError(record);
      }),
    );
  }

  /**
   * Sends a ping and resolves with its round trip in milliseconds. Payload at most 125 octets; without one, a unique one is made.
   * @throws RangeError for a longer payload.
   */
  ping(payload?: string | Uint8Array): Promise<number> {
    const bytes =
      payload === undefined
        ? pingPayload()
        : Uint8Array.from(asBytes(typeof payload === 'string' ? Buffer.from(payload) : payload));
    if (bytes.length > MAX_CONTROL_BYTES)
      throw new RangeError('a ping carries 125 octets at most (RFC 6455 §5.5)');
    if (!this.#sendable) return this.#refuseSend() as Promise<never>;
    const ping = this.#protocol.ping(bytes, clock());
    if (!this.#reading) this.#schedule();
    const rare = this.#extra();
    rare.pings ??= new Map();
    const { pings } = rare;
    return handled(new Promise((resolve, reject) => pings.set(ping, { resolve, reject })));
  }

  /**
   * Starts the close handshake and resolves with the close record when the transport has ended, at the latest after
   * `timeouts.closeMs` (5 s). What was sent before still arrives; what comes in from now on is not delivered.
   * @throws RangeError for a code that may not be sent (RFC 6455 §7.4) or a reason above 123 octets.
   */
  close(code: number = 1000, reason: string = ''): Promise<CloseRecord> {
    if (!Number.isInteger(code) || !isSendableCloseCode(code)) {
      throw new RangeError(`close code ${code} may not be sent; use 1000-1003, 1007-1014 or 3000-4999`);
    }
    if (typeof reason !== 'string') throw new TypeError('a close reason is a string');
    if (Buffer.byteLength(reason) > MAX_CONTROL_BYTES - 2)
      throw new RangeError('a close reason has 123 octets at most');
    const { closed } = this;
    this.#close(code, reason);
    return closed;
  }

  #close(code: number, text: string, reason?: Reason, evidence?: Evidence): void {
    if (!this.#sendable) return;
    this.#queue = undefined;
    const line = this.#compressor?.line;
    if (line !== undefined) return line.close(() => this.#close(code, text, reason, evidence));
    this.#protocol.close(code, text, clock(), reason, evidence);
    this.#schedule();
    this.#read();
  }

  #failSlow(evidence: Evidence & { readonly seen: string }, limit: string): void {
    const { MSG_SLOW_CONSUMER: reason } = ENDINGS;
    if (trace.limits.hasSubscribers && this.#sendable) this.tap.limit(reason, evidence, limit);
    this.#close(reason.closeCode!, `${reason.code}: ${evidence.seen}`, reason, evidence);
  }

  /** @internal True while the peer has not taken the high water mark or more of what was written. */
  get isSlow(): boolean {
    return this.#protocol.congested;
  }

  /** @internal A broadcast finds it too slow. */
  closeSlow(): void {
    const seen = `${this.bufferedBytes} octets waiting at a broadcast`;
    const wanted = `${this.#settings.highWaterBytes} at most`;
    this.#failSlow({ seen, wanted }, 'limits.highWaterBytes');
  }

  /** @internal The application's handler for this connection threw. The peer sees 1011 and no details. */
  handlerFailed(error: unknown): void {
    // That the connection ended under an awaited send or ping is no failure of the handler.
    if (error instanceof ClosedError && error.record === this.#rare?.record) return;
    trace.reportFault('the handler of a connection threw', error);
    this.#close(1011, 'internal error', ENDINGS.HANDLER_FAILED, {
      seen: error instanceof Error ? error.message : String(error),
    });
  }

  /** Ends the transport at once, without a close frame. */
  terminate(): void {
    this.#protocol.abandon(undefined, { seen: 'terminate() was called here' });
    this.#destroy();
  }

  /** Resolves when the connection has ended, with the whole story. Never rejects. */
  get closed(): Promise<CloseRecord> {
    const rare = this.#extra();
    if (rare.closed === undefined) {
      rare.closed = withResolvers();
      if (rare.endedAt >= 0) rare.closed.resolve(this.#record(rare));
    }
    return rare.closed.promise;
  }

  /** Aborted when the connection has ended, with the `ClosedError` as its reason. */
  get signal(): AbortSignal {
    const rare = this.#extra();
    if (rare.abort === undefined) {
      rare.abort = new AbortController();
      if (rare.endedAt >= 0) rare.abort.abort(new ClosedError(this.#record(rare)));
    }
    return rare.abort.signal;
  }

  /** Closes with 1000 and waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.state === 'open') await this.close(1000);
    else await this.closed;
  }

  // ---- receiving

  /** Called with every message; those that came before it was set are delivered first. */
  get onmessage(): ((message: Message) => void) | undefined {
    return this.#callbacks?.onmessage;
  }

  set onmessage(callback: ((message: Message) => void) | undefined) {
    this.#own().onmessage = callback;
    this.#deliverSoon();
  }

  /** For speed: called with every message as bytes, text (already known to be UTF-8) and binary alike. Goes before `onmessage`. */
  get onbytes(): ((bytes: Buffer, isText: boolean) => void) | undefined {
    return this.#callbacks?.onbytes;
  }

  set onbytes(callback: ((bytes: Buffer, isText: boolean) => void) | undefined) {
    this.#own().onbytes = callback;
    this.#deliverSoon();
  }

  /** Called once when the connection has ended, after the last message. */
  get onclose(): ((record: CloseRecord) => void) | undefined {
    return this.#callbacks?.onclose;
  }

  set onclose(callback: ((record: CloseRecord) => void) | undefined) {
    this.#own().onclose = callback;
  }

  #own(): Callbacks {
    this.#callbacks ??= { onbytes: undefined, onmessage: undefined, onclose: undefined };
    return this.#callbacks;
  }

  #deliverSoon(): void {
    if (this.#queue !== undefined) process.nextTick(deliverQueue, this);
  }

  /**
   * Messages one by one; reading stops while none is asked for. Ends with the connection.
   * @throws TypeError when another loop waits at the same time; nothing else.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Message, undefined, undefined> {
    for (;;) {
      const queued = this.#shift();
      if (queued !== undefined) {
        yield queued;
        continue;
      }
      if (this.state !== 'open') return undefined;
      if (this.#rare?.next !== undefined) throw new TypeError('another loop waits for messages already');
      const result = await new Promise<IteratorResult<Message, undefined>>((resolve) => {
        this.#extra().next = resolve;
      });
      if (result.done) return undefined;
      yield result.value;
    }
  }

  /** Stops delivering and reading until `resume`. Pongs are not read either, so the heartbeat rests meanwhile. */
  pause(): void {
    if (this.#protocol.phase !== 'open') return;
    this.#paused = true;
    this.#protocol.stopped = true;
    this.#duplex.pause();
    if (this.#rare?.hasClosed && !this.#reading) this.#readToEnd(this.#rare, clock());
  }

  /** True from `pause` to `resume`. */
  get paused(): boolean {
    return this.#paused;
  }

  resume(): void {
    this.#paused = false;
    if (this.#queue !== undefined) deliverQueue(this);
    this.#read();
  }

  /** @internal */
  message(bytes: Uint8Array, start: number, end: number, isText: boolean, ascii: boolean): void {
    if (!this.#sendable) return;
    if (this.#queue === undefined) {
      try {
        if (this.#call(bytes, start, end, isText, ascii)) return;
      } catch (error) {
        return this.handlerFailed(error);
      }
    }
    this.#enqueue(asMessage(bytes, start, end, isText, ascii));
  }

  /** Hands a message to whoever listens; false when nobody does. A connection's own callbacks go before the endpoint's. */
  #call(bytes: Uint8Array, start: number, end: number, isText: boolean, ascii: boolean): boolean {
    const own = this.#callbacks;
    const { handlers } = this.#settings;
    const self = this as unknown as Connection<never>;
    let outcome: unknown;
    if (own?.onbytes !== undefined) outcome = own.onbytes(asBuffer(bytes, start, end), isText);
    else if (own?.onmessage !== undefined)
      outcome = own.onmessage(asMessage(bytes, start, end, isText, ascii));
    else if (handlers.onbytes !== undefined)
      outcome = handlers.onbytes(self, asBuffer(bytes, start, end), isText);
    else if (handlers.onmessage !== undefined)
      outcome = handlers.onmessage(self, asMessage(bytes, start, end, isText, ascii));
    else return false;
    if (outcome !== undefined && outcome !== ROOM && isPromise(outcome))
      outcome.then(undefined, (error: unknown) => this.handlerFailed(error));
    return true;
  }

  #enqueue(message: Message): void {
    const next = this.#rare?.next;
    if (next !== undefined && this.#queue === undefined) {
      this.#rare!.next = undefined;
      return next({ done: false, value: message });
    }
    this.#queue ??= [];
    this.#queue.push(message);
    if (this.#queue.length >= this.#settings.maxQueuedMessages) this.#protocol.stopped = true;
  }

  #shift(): Message | undefined {
    const queue = this.#queue;
    if (queue === undefined) return undefined;
    const message = queue.shift();
    if (this.#rare?.hasClosed) this.#rare.takenAt = clock();
    if (queue.length === 0) {
      this.#queue = undefined;
      if (this.#protocol.stopped && !this.#paused) process.nextTick(() => this.#read());
    }
    return message;
  }

  /** @internal Delivers what was queued before anybody listened. */
  deliver(): void {
    // A handler that resumes gets here again, in the middle of its own message.
    if (this.#delivering) return;
    this.#delivering = true;
    this.#deliverAll();
    this.#delivering = false;
  }

  #deliverAll(): void {
    while (this.#queue !== undefined && !this.#paused && this.state !== 'closed') {
      const message = this.#queue[0]!;
      const bytes = typeof message === 'string' ? Buffer.from(message) : message;
      try {
        if (!this.#call(bytes, 0, bytes.length, typeof message === 'string', false)) return;
      } catch (error) {
        this.handlerFailed(error);
      }
      this.#shift();
    }
  }

  // ---- the shell around the machine

  #receive(chunk: Uint8Array): void {
    const now = clock();
    const protocol = this.#protocol;
    this.#reading = true;
    protocol.receive(chunk, now);
    this.#reading = false;
    // The usual chunk holds whole messages: once their answers are written, there is nothing to wait for.
    if (protocol.quiet && !protocol.stopped) {
      if (protocol.pendingBytes > 0) this.#flush(now);
      if (!protocol.congested) return;
    }
    this.#after(now);
  }

  /** Goes on reading: first what the machine still holds, then the Duplex. */
  #read(): void {
    if (this.#paused && this.#protocol.phase === 'open') return;
    if (this.#queue !== undefined && this.#queue.length >= this.#settings.maxQueuedMessages) return;
    const protocol = this.#protocol;
    protocol.stopped = false;
    if (this.#reading) return;
    const now = clock();
    if (this.#rare?.hasClosed) this.#rare.takenAt = now;
    this.#reading = true;
    this.#takeExpanded(now);
    protocol.resume(now);
    this.#reading = false;
    this.#after(now);
    if (!protocol.stopped && !protocol.unfinished) this.#duplex.resume();
  }

  /** After the machine did anything: write, end, pause, and set the next deadline. */
  #after(now: number): void {
    if (this.state === 'closed') return;
    const protocol = this.#protocol;
    if (protocol.pendingBytes > 0) this.#flush(now);
    // RFC 6455 §7.1.1 has the client wait for the end of TCP, so that no server keeps its TIME_WAIT; a stream has none.
    const isOver = protocol.phase === 'done' && isStream(this.#duplex);
    if (protocol.transport !== 'keep' || isOver) this.#endTransport();
    else if (protocol.unfinished) {
      this.#duplex.pause();
      if (!protocol.stopped && !protocol.expanding) setImmediate(goOn, this);
    } else if (protocol.stopped) this.#duplex.pause();
    if (this.#rare?.hasClosed) this.#readToEnd(this.#rare, now);
    else deadlines.set(this, protocol.deadline);
  }

  /** What came before the peer's FIN is read to its end, also what is on another thread, or waits for its turn or to be taken. */
  #readToEnd(rare: Rare, now: number): void {
    const { unfinished, stopped, phase } = this.#protocol;
    const isLeft = stopped && now >= rare.takenAt + LEFT_MS;
    if (!unfinished || isLeft || phase === 'done' || !this.#duplex.readableEnded) this.#finish();
    else if (stopped) deadlines.set(this, rare.takenAt + LEFT_MS);
  }

  /** @internal */
  goOn(): void {
    if (!this.#protocol.stopped && !this.#protocol.expanding && this.#protocol.unfinished) this.#read();
  }

  #schedule(): void {
    if (this.#dirty) return;
    this.#dirty = true;
    flushAtTurnEnd(this);
  }

  /** @internal */
  flushTurn(now: number): void {
    this.#dirty = false;
    this.#after(now);
  }

  #flush(now: number): void {
    // Behind a full line frames wait in the outbox, where the time of each part is seen.
    if (this.#protocol.congested) return;
    const duplex = this.#duplex;
    const { highWaterBytes } = this.#settings;
    const protocol = this.#protocol;
    const waitingBytes = protocol.pendingBytes;
    flush(duplex, protocol, this.#settings);
    protocol.bytesSent += waitingBytes - protocol.pendingBytes;
    if (duplex.writableLength >= highWaterBytes) {
      // Below its own mark the Duplex would not tell when it is empty.
      if (!duplex.writableNeedDrain) duplex.write(NOTHING, this.#onTaken());
      this.#protocol.congest(now);
      if (trace.backpressure.hasSubscribers) this.tap.backpressure(true);
    } else if (this.#rare !== undefined) this.#giveRoom();
  }

  #onTaken(): (error?: Error | null) => void {
    return (error) => {
      if (!error) this.onDrain();
    };
  }

  /** Not while a message is on another thread: the next one would wait behind it. */
  #giveRoom(): void {
    const { room } = this.#rare!;
    if (room === undefined || this.#compressor?.line !== undefined) return;
    this.#rare!.room = undefined;
    room.resolve();
  }

  #endTransport(): void {
    if (this.#protocol.transport === 'destroy') this.#destroy();
    else if (!this.#ending && this.#protocol.pendingBytes === 0) {
      this.#ending = true;
      this.#duplex.end();
      this.#duplex.resume();
    }
  }

  /** A destroyed Duplex forgets what it had not sent. */
  #destroy(): void {
    if (this.bufferedBytes > 0) this.#extra().bytesUnsent = this.bufferedBytes;
    cut(this.#duplex);
    if (this.#rare?.hasClosed) this.#finish();
  }

  /** @internal The wheel: a deadline has passed. */
  override due(now: number): void {
    this.#protocol.tick(now);
    this.#after(now);
  }

  /** @internal */
  onData(chunk: Uint8Array): void {
    this.#receive(chunk);
  }

  /** @internal */
  onDrain(): void {
    const now = clock();
    if (trace.backpressure.hasSubscribers && this.#protocol.congested) this.tap.backpressure(false);
    this.#protocol.drained(now);
    this.#after(now);
    if (this.#rare !== undefined && !this.#protocol.congested) this.#giveRoom();
  }

  /** @internal The reading side is over: ours ends too. */
  onEnd(): void {
    // It cannot be waited for any more.
    this.#protocol.bytesSent += this.#protocol.pendingBytes;
    for (const piece of this.#settings.encoder.take(this.#protocol)) this.#duplex.write(piece);
    this.#duplex.end();
  }

  /** @internal */
  onError(error: Error): void {
    const rare = this.#extra();
    // RFC 6455 §7.1.1: behind both close frames the end was awaited, and it is the same whatever ends the carrier.
    if (error instanceof CarrierError && this.#protocol.hasShakenHands) rare.end ??= 'fin';
    else {
      rare.error ??= error;
      rare.end ??= isReset(error) ? 'rst' : 'error';
    }
    this.#duplex.destroy();
  }

  /** @internal */
  onClose(): void {
    const rare = this.#extra();
    rare.hasClosed = true;
    rare.takenAt = clock();
    if (rare.error !== undefined) this.#finish();
    else this.#readToEnd(rare, rare.takenAt);
  }

  #finish(): void {
    const rare = this.#extra();
    if (rare.endedAt >= 0) return;
    rare.endedAt = clock();
    rare.bytesUnsent = Math.max(rare.bytesUnsent, this.bufferedBytes);
    rare.end ??= this.#duplex.readableEnded ? 'fin' : 'destroyed';
    this.#protocol.phase = 'done';
    deadlines.drop(this);
    this.#settings.encoder.take(this.#protocol);
    this.#compressor?.release();
    rare.tap?.release();
    this.#settings.ended?.(this);
    this.#tellEnd(rare);
    rare.next?.({ done: true, value: undefined });
    rare.next = undefined;
    rare.closed?.resolve(this.#record(rare));
    rare.abort?.abort(new ClosedError(this.#record(rare)));
  }

  /** The close record, written when somebody reads it: under load most are not. */
  #record(rare: Rare): CloseRecord {
    rare.record ??= this.#protocol.finish(rare.end!, rare.error, rare.bytesUnsent, rare.endedAt);
    return rare.record;
  }

  #tellEnd(rare: Rare): void {
    if (rare.room !== undefined || rare.pings !== undefined) this.#refuseWaiting(rare);
    if (trace.closed.hasSubscribers) {
      const { closeCode } = this.#protocol;
      trace.closed.publish(new EndTold(this, closeCode, () => this.#record(rare)));
    }
    const own = this.#callbacks?.onclose;
    const { onclose } = this.#settings.handlers;
    if (own === undefined && onclose === undefined) return;
    try {
      const outcome: unknown =
        own !== undefined
          ? own(this.#record(rare))
          : onclose!(this as unknown as Connection<never>, this.#record(rare));
      if (isPromise(outcome)) outcome.then(undefined, oncloseFailed);
    } catch (error) {
      oncloseFailed(error);
    }
  }

  #refuseWaiting(rare: Rare): void {
    const error = new ClosedError(this.#record(rare));
    rare.room?.reject(error);
    rare.room = undefined;
    for (const waiting of rare.pings?.values() ?? []) waiting.reject(error);
    rare.pings = undefined;
  }

  /** @internal */
  expandedAway(outcome: Expanded): void {
    if (this.state === 'closed') return;
    this.#extra().expanded = outcome;
    this.#read();
  }

  /** A message that is back from another thread. While the application has paused, it waits like those behind it. */
  #takeExpanded(now: number): void {
    const outcome = this.#rare?.expanded;
    if (outcome === undefined) return;
    this.#rare!.expanded = undefined;
    this.#protocol.expanded(outcome, now);
  }

  /** @internal */
  pong(ping: PendingPing, roundTripMs: number): void {
    const rare = this.#extra();
    if (!rare.pings?.has(ping)) return;
    // Those before it are answered too (RFC 6455 §5.5.3), also the ones that the machine has forgotten.
    for (const [earlier, waiting] of rare.pings) {
      waiting.resolve(roundTripMs + ping.sentAt - earlier.sentAt);
      rare.pings.delete(earlier);
      if (earlier === ping) return;
    }
  }

  /** @internal */
  get tap(): Tap {
    const rare = this.#extra();
    rare.tap ??= new Tap(this);
    return rare.tap;
  }

  #extra(): Rare {
    this.#rare ??= new Rare();
    return this.#rare;
  }
}

function goOn(connection: Connection<unknown>): void {
  connection.goOn();
}
function deliverQueue(connection: { deliver(): void }): void {
  connection.deliver();
}

const NOTHING = new Uint8Array(0);
/** An application that takes nothing for so long after the peer's FIN does not want what came before it. */
const LEFT_MS = 30_000;

function isPromise(outcome: unknown): outcome is PromiseLike<unknown> {
  return typeof outcome === 'object' && outcome !== null && 'then' in outcome;
}

function oncloseFailed(error: unknown): void {
  trace.reportFault('onclose threw', error);
}

function isReset(error: NodeJS.ErrnoException): boolean {
  return error.code === 'ECONNRESET' || error.code === 'EPIPE' || error instanceof CarrierError;
}
