// Knows: one open HTTP/2 connection of a client: how many streams it may still open, whether it lives, what ended it, and when it
// closes itself. RFC 9113. Must not know: who shares it, or what is asked over it.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  constants,
  type OutgoingHttpHeaders,
} from 'node:http2';
import type { Socket } from 'node:net';
import { clock, deadlines, Timed } from '../deadlines.js';
import type { Rejection } from '../reason.js';
import { H2_FAILURES } from './http2-failures.js';
import { codeName, explainEnd } from './http2-stream.js';
import { isReset } from './system-errors.js';

export interface SessionTimes {
  /** A session without streams waits so long for the next one. It does not keep the process alive meanwhile. */
  readonly idleMs: number;
  /** One with streams is asked so often whether it is alive, also where its WebSockets have no heartbeat. */
  readonly beatMs: number;
  /** Without an answer for so long it is dead. */
  readonly silentMs: number;
}

export const SESSION_TIMES: SessionTimes = Object.freeze({ idleMs: 5000, beatMs: 25_000, silentMs: 10_000 });

/** After its end the peer has this long to end its side. */
const LINGER_MS = 1000;

/** What all streams together may have under way to us. Node counts what it has taken in as read, so that none holds up another. */
const WINDOW_BYTES = 1_048_576;

/** What an open session is told by its makers. */
export interface SessionOptions extends SessionTimes {
  /** Called once, when it takes no more streams. */
  readonly onRetired: (session: Session) => void;
}

/** One session, once its SETTINGS have come. */
export class Session extends Timed {
  readonly address: string;
  /** Whether a request has been answered on it. */
  hasAnswered = false;
  readonly #http2: ClientHttp2Session;
  readonly #socket: Socket;
  readonly #options: SessionOptions;
  #streams = 0;
  #isRetired = false;
  #lost: Rejection | undefined = undefined;
  #ping: Promise<boolean> | undefined = undefined;
  /** When to act: to ask for a sign of life, to close, or to stop waiting for the peer to. */
  #until = Number.POSITIVE_INFINITY;

  constructor(http2: ClientHttp2Session, socket: Socket, options: SessionOptions) {
    super();
    this.#http2 = http2;
    this.#socket = socket;
    this.#options = options;
    this.address = socket.remoteAddress ?? '';
    http2.setLocalWindowSize(WINDOW_BYTES);
    // Whatever ends the session is heard here before its streams are told.
    socket.once('end', () => this.#lose('FIN'));
    socket.once('error', (error) => this.#lose(wordFor(error)));
    http2.on('goaway', (code) => this.#goneAway(code));
    http2.on('error', (error) => this.#lose(wordFor(error)));
    http2.once('close', () => this.retire());
    this.#rest();
  }

  /** Whether it takes another stream now. */
  get hasRoom(): boolean {
    // RFC 9113 §5.1.2: the limit is the server's, and it may change it at any time.
    return !this.isOver && this.#streams < this.#http2.remoteSettings.maxConcurrentStreams!;
  }

  /** It takes no stream any more. */
  get isOver(): boolean {
    return this.#isRetired || this.#http2.closed || this.#http2.destroyed;
  }

  /** What ended the session under its streams, if anything but ourselves did. */
  get lost(): Rejection | undefined {
    return this.#lost;
  }

  /**
   * Opens a stream; there must be room.
   * @throws TypeError for fields that Node does not send, such as a second `user-agent`.
   */
  request(headers: OutgoingHttpHeaders): ClientHttp2Stream {
    const stream = this.#http2.request(headers, { endStream: false });
    if (this.#streams === 0) {
      this.#http2.ref();
      this.#wait(this.#options.beatMs);
    }
    this.#streams += 1;
    explainEnd(stream, (error) => this.#lossBy(error));
    stream.once('close', () => {
      this.#streams -= 1;
      if (this.#streams === 0) this.#rest();
    });
    return stream;
  }

  /**
   * Whether the peer says anything within this time. A connection can die in silence while nobody uses it; and after some faults of
   * the peer Node neither reads on nor tells.
   */
  isAlive(withinMs: number): Promise<boolean> {
    this.#ping ??= this.#askForLife().finally(() => {
      this.#ping = undefined;
    });
    const answered = this.#ping;
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), withinMs).unref();
      answered.then((isAnswered) => {
        clearTimeout(timer);
        resolve(isAnswered);
      });
    });
  }

  #askForLife(): Promise<boolean> {
    // RFC 9113 §6.7: a PING is answered before anything else.
    return new Promise<boolean>((resolve) => {
      if (this.#http2.destroyed) resolve(false);
      else this.#http2.ping((error) => resolve(error === null));
    });
  }

  /** It takes no more streams; those that it has go on. */
  retire(): void {
    if (this.#isRetired) return;
    this.#isRetired = true;
    this.#options.onRetired(this);
    if (this.#streams === 0) this.#close();
  }

  #goneAway(code: number): void {
    // RFC 9113 §6.8: without an error, the streams that the server has taken go on to their end.
    if (code !== constants.NGHTTP2_NO_ERROR) this.#lose(`GOAWAY ${codeName(code)}`);
    this.retire();
  }

  /** A stream hears of an error before its session does. */
  #lossBy(error: Error | undefined): Rejection | undefined {
    if (error !== undefined && this.#http2.destroyed) this.#lose(wordFor(error));
    return this.#lost;
  }

  #lose(seen: string): void {
    this.#lost ??= { reason: H2_FAILURES.H2_SESSION_LOST, evidence: { seen } };
  }

  /** There are no streams: it need not keep the process alive, and not stay for long. */
  #rest(): void {
    if (this.#http2.destroyed) return;
    this.#http2.unref();
    if (this.#isRetired) this.#close();
    else this.#wait(this.#options.idleMs);
  }

  #close(): void {
    this.#http2.close();
    this.#wait(LINGER_MS);
  }

  #wait(forMs: number): void {
    this.#until = clock() + forMs;
    deadlines.set(this, this.#until);
  }

  override due(now: number): void {
    if (this.#socket.destroyed) return;
    if (now < this.#until) deadlines.set(this, this.#until);
    else if (this.#streams > 0) this.#beat();
    else if (this.#isRetired) this.#socket.destroy();
    else this.retire();
  }

  async #beat(): Promise<void> {
    const { silentMs, beatMs } = this.#options;
    const heardBytes = this.#socket.bytesRead;
    // Any octet is a sign of life: on a slow line the answer stands behind what the peer sends.
    if ((await this.isAlive(silentMs)) || this.#socket.bytesRead !== heardBytes) {
      if (this.#streams > 0) this.#wait(beatMs);
    } else if (!this.#http2.destroyed) {
      this.#lose(`no answer to a PING within ${silentMs} ms`);
      this.retire();
      this.#http2.destroy();
      this.#socket.destroy();
    }
  }
}

/** How a session ended, in a word where there is one. */
export function wordFor(error: Error): string {
  return isReset(error) ? 'RST' : error.message;
}
