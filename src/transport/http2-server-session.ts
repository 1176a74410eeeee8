// Knows: one session of HTTP/2 of a server, and what `node:http2` leaves open about it: a peer that does not begin, idles,
// resets, or takes nothing (RFC 9113 §3.4, §6.5.3, §6.8, §10.5). Its streams that open a WebSocket become offers; the others
// are the application's. Must not know: handshakes, or how many of anything an address may have.
import { constants, type ServerHttp2Session, type ServerHttp2Stream } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clock, deadlines, Timed } from '../deadlines.js';
import { cut, wasCut } from '../duplex.js';
import type { HeadLimits, RequestHead } from '../handshake/head.js';
import { headFromHttp2 } from '../handshake/http2-head.js';
import type { Evidence, Reason, Rejection } from '../reason.js';
import { H2_FAILURES } from './http2-failures.js';
import { SESSION_FAULTS } from './http2-faults.js';
import { type StreamIntake, StreamOffer } from './http2-offer.js';
import { codeName } from './http2-stream.js';
import { LINGER_MS } from './offer.js';

/** What a peer may send on all streams before somebody has read it. */
const WINDOW_BYTES = 1_048_576;
/**
 * Streams that end before they are answered: so many of them in this time end the session (CVE-2023-44487,
 * CVE-2025-8671).
 */
export const MAX_RESETS = 100;
const RESETS_MS = 10_000;
/** A WebSocket that is reset so soon after its request counts as one that never opened. */
const YOUNG_MS = 1000;
/** How long an open session may have no stream. */
const IDLE_MS = 60_000;

export interface SessionSettings {
  readonly limits: HeadLimits;
  /** From the socket to the acknowledgement of our SETTINGS. */
  readonly headMs: number;
  /** How long a peer may take nothing of an answer of the application. */
  readonly stallMs: number;
  /** How long it may take for a request of the application with its body. */
  readonly requestMs: number;
  /** A session with streams is asked for a sign of life so often, and has so long to give it. */
  readonly heartbeat: { readonly intervalMs: number; readonly timeoutMs: number };
  /** Default 60,000 ms. */
  readonly idleMs?: number;
}

/** What a server does with sessions and their streams. */
export interface SessionIntake extends StreamIntake {
  /** A session has no WebSocket, so its socket counts as one whose handshake is still to come, until it is `settled`. */
  waits(socket: Duplex): void;
  /** We end a session for what its peer does. */
  ended(rejection: Rejection, socket: Duplex, since: number): void;
  /** Whether a request that the application would get is a handshake that was broken on the way. */
  isBroken(head: RequestHead): boolean;
}

/**
 * Whether a request is ours even where the application serves requests: it can mean nothing but a WebSocket or a tunnel,
 * or its head is larger than SETTINGS allow, which a client need not heed before it has acknowledged them.
 */
function isOurs({ method, http2 }: RequestHead, { maxBytes }: HeadLimits): boolean {
  return method === 'CONNECT' || http2!.bytes > maxBytes;
}

/** One session. It has one deadline at a time: that of its beginning, of its idling, of a sign of life, or of its end. */
export class Session extends Timed {
  readonly #session: ServerHttp2Session;
  readonly #socket: Duplex;
  readonly #settings: SessionSettings;
  readonly #intake: SessionIntake;
  readonly #hasHttp: boolean;
  readonly #since = clock();
  readonly #lost = (error?: Error) => {
    if (this.#session.destroyed) this.#explain(error?.message ?? 'ended by node:http2');
    return this.#end;
  };
  #phase: 'beginning' | 'open' | 'ending' = 'beginning';
  #deadline = 0;
  /** The peer's SETTINGS and its acknowledgement of ours: how many of them are still to come. */
  #missing = 2;
  #streams = 0;
  /** Those of them that count by themselves: handshakes and WebSockets. */
  #offers = 0;
  #isPinged = false;
  /** What the socket had read in all when the peer was last asked for a sign of life. */
  #heardBytes: number | undefined = undefined;
  /** The streams that are the application's. */
  readonly #requests = new Set<ServerHttp2Stream>();
  #resets = 0;
  #resetsSince = 0;
  /** Ended for what its peer did. */
  #isRefused = false;
  /** Why all streams end, when they do. */
  #end: Rejection | undefined = undefined;

  constructor(
    session: ServerHttp2Session,
    socket: Duplex,
    settings: SessionSettings,
    intake: SessionIntake,
    hasHttp: boolean,
  ) {
    super();
    this.#session = session;
    this.#socket = socket;
    this.#settings = settings;
    this.#intake = intake;
    this.#hasHttp = hasHttp;
    session.setLocalWindowSize(WINDOW_BYTES);
    session.once('remoteSettings', () => this.#began()).once('localSettings', () => this.#began());
    session.on('goaway', (code) => this.#goaway(code));
    session.on('error', (error) => this.#explain(`an error of HTTP/2: ${error.message}`));
    socket.on('error', (error) => this.#explain(error.message)).once('close', () => this.#closed());
    this.#wait(settings.headMs);
  }

  #began(): void {
    this.#missing -= 1;
    if (this.#missing > 0 || this.#phase !== 'beginning') return;
    this.#phase = 'open';
    if (this.#streams === 0) this.#idle();
    else this.#lives();
  }

  #idle(): void {
    if (this.#phase === 'open') this.#wait(this.#settings.idleMs ?? IDLE_MS);
  }

  /** Takes a stream that begins; false when it is for the application. */
  takes(stream: ServerHttp2Stream, raw: readonly string[]): boolean {
    // HEADERS and RST_STREAM came together: nobody has seen the stream, and nobody will.
    if (stream.closed || stream.destroyed) {
      this.#reset();
      return true;
    }
    // One whose session ends in this turn reaches nobody either.
    if (this.#isRefused) return true;
    const head = headFromHttp2(raw, stream.endAfterHeaders);
    const isOffer = !this.#hasHttp || isOurs(head, this.#settings.limits) || this.#intake.isBroken(head);
    this.#opened();
    if (isOffer) this.#offer(stream, head);
    else this.#request(stream);
    return isOffer;
  }

  #opened(): void {
    this.#streams += 1;
    if (this.#streams === 1 && this.#phase === 'open') this.#lives();
  }

  #offer(stream: ServerHttp2Stream, head: RequestHead): void {
    if (this.#offers === 0) this.#intake.settled(this.#socket);
    this.#offers += 1;
    const offer = new StreamOffer(stream, head, this.#socket, this.#intake, this.#lost);
    stream.once('close', () => {
      this.#offers -= 1;
      if (this.#offers === 0 && this.#phase !== 'ending') this.#intake.waits(this.#socket);
      const isYoung = offer.accepted && clock() - offer.since < YOUNG_MS;
      this.#gone(offer.abandoned || (isYoung && wasReset(stream)));
    });
    this.#intake.offer(offer);
  }

  /** The application answers it; that the peer takes the answer is watched here. */
  #request(stream: ServerHttp2Stream): void {
    this.#requests.add(stream);
    stream.once('close', () => {
      this.#requests.delete(stream);
      // Who calls off an answer that has begun, such as a download, gets no work done for nothing.
      this.#gone(wasReset(stream) && !stream.headersSent);
    });
    const { stallMs, requestMs } = this.#settings;
    if (Number.isFinite(stallMs)) stream.on('timeout', cutIfStalled).setTimeout(stallMs);
    if (stream.endAfterHeaders) return;
    const timer = setTimeout(cutIfAsking, requestMs, stream).unref();
    stream.once('close', () => clearTimeout(timer));
  }

  #gone(isReset: boolean): void {
    this.#streams -= 1;
    if (isReset) this.#reset();
    if (this.#streams > 0) return;
    if (this.#phase === 'ending') return this.#wait(LINGER_MS);
    if (this.#session.closed || this.#session.destroyed) return this.#finish();
    this.#idle();
  }

  #reset(): void {
    if (this.#phase === 'ending') return;
    const now = clock();
    if (this.#resets === 0 || now - this.#resetsSince > RESETS_MS)
      [this.#resets, this.#resetsSince] = [0, now];
    this.#resets += 1;
    if (this.#resets < MAX_RESETS) return;
    const evidence = { seen: `${this.#resets} in ${now - this.#resetsSince} ms`, wanted: 'fewer' };
    this.#refuse(SESSION_FAULTS.H2_RESET_FLOOD, evidence, constants.NGHTTP2_ENHANCE_YOUR_CALM);
  }

  #lives(): void {
    this.#isPinged = false;
    if (this.#phase === 'open' && this.#streams > 0) this.#wait(this.#settings.heartbeat.intervalMs);
  }

  /**
   * Having found a fault of the peer, `node:http2` may send GOAWAY and from then on read nothing, not even FIN, without a
   * word to us: only a PING tells. RFC 9113 §6.7.
   */
  #ping(): void {
    // One that closes pings no more, and soon has no streams.
    if (this.#session.closed || this.#session.destroyed) return this.#lives();
    this.#isPinged = true;
    this.#listen();
    this.#session.ping((error) => {
      if (error === null) this.#lives();
    });
  }

  #listen(): void {
    this.#heardBytes = this.#readBytes;
    this.#wait(this.#settings.heartbeat.timeoutMs);
  }

  /** A Duplex that is no socket does not count. */
  get #readBytes(): number | undefined {
    return (this.#socket as Partial<Socket>).bytesRead;
  }

  drain(): void {
    this.#session.close();
    if (this.#streams === 0) this.#finish();
  }

  stop(deadlineMs: number): void {
    this.#finish();
    if (this.#streams > 0) this.#wait(deadlineMs + LINGER_MS);
    for (const stream of this.#requests) cut(stream);
    this.#session.close();
  }

  /** `node:http2` ends a session by itself once it is closed and no stream is left; its socket may need help. */
  #finish(): void {
    this.#phase = 'ending';
    this.#intake.settled(this.#socket);
    this.#wait(LINGER_MS);
  }

  /** RFC 9113 §6.8: with NO_ERROR its streams go on to their ends; with another code Node ends them now. */
  #goaway(code: number): void {
    if (code !== constants.NGHTTP2_NO_ERROR) this.#explain(`GOAWAY ${codeName(code)}`);
    if (this.#streams === 0) this.#finish();
  }

  /** Ends the session for what its peer does. */
  #refuse(reason: Reason, evidence: Evidence, code: number): void {
    this.#isRefused = true;
    this.#end ??= { reason, evidence };
    this.#finish();
    this.#intake.ended({ reason, evidence }, this.#socket, this.#since);
    // Within the end of a stream, and with others open, `node:http2` would write for ever: the process stands still.
    setImmediate(() => this.#session.destroy(new Error(reason.title), code));
  }

  #explain(seen: string): void {
    this.#end ??= { reason: H2_FAILURES.H2_SESSION_LOST, evidence: { seen } };
  }

  #closed(): void {
    this.#explain('FIN');
    this.#phase = 'ending';
    deadlines.drop(this);
    this.#intake.settled(this.#socket);
  }

  #wait(ms: number): void {
    deadlines.drop(this);
    this.#deadline = clock() + ms;
    deadlines.set(this, this.#deadline);
  }

  override due(now: number): void {
    if (now < this.#deadline) return deadlines.set(this, this.#deadline);
    if (this.#phase === 'ending') return void this.#socket.destroy();
    if (this.#phase === 'open') return this.#isDue();
    const what = this.#missing === 2 ? 'SETTINGS' : 'acknowledgement of SETTINGS';
    const evidence = { seen: `no ${what} after ${this.#settings.headMs} ms` };
    this.#refuse(SESSION_FAULTS.H2_SETTINGS_TIMEOUT, evidence, constants.NGHTTP2_SETTINGS_TIMEOUT);
  }

  #isDue(): void {
    if (this.#streams === 0) return this.drain();
    if (!this.#isPinged) return this.#ping();
    // Any octet is a sign of life: on a slow line the answer stands behind what the peer sends, or the PING behind what we do.
    if (this.#readBytes !== this.#heardBytes) return this.#listen();
    this.#explain(`no answer to a PING in ${this.#settings.heartbeat.timeoutMs} ms`);
    this.#socket.destroy();
  }
}

/** Whether the other side, or a fault of it, ended a stream before this side had. */
function wasReset(stream: ServerHttp2Stream): boolean {
  return stream.aborted && !wasCut(stream);
}

/** Its body has not ended. Whether somebody has read it does not count, as for `node:http`. */
function cutIfAsking(stream: ServerHttp2Stream): void {
  if (stream.state.state !== constants.NGHTTP2_STREAM_STATE_HALF_CLOSED_REMOTE) cut(stream);
}

/** Quiet is no fault; with something to send it is: the peer opens no window. */
function cutIfStalled(this: ServerHttp2Stream): void {
  if (this.writableLength > 0) cut(this);
}
