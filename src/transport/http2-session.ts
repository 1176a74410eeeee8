// Knows: one HTTP/2 connection of a client: its SETTINGS, how many streams it may still open, what ended it, and when it closes
// itself. RFC 9113, RFC 8441 §3. Must not know: who shares it, or what is asked over it.
import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  type ClientSessionOptions,
  connect,
  constants,
  type OutgoingHttpHeaders,
  type Settings,
} from 'node:http2';
import type { Socket } from 'node:net';
import { clock, deadlines, Timed } from '../deadlines.js';
import type { Evidence, Rejection } from '../reason.js';
import { H2_FAILURES } from './http2-failures.js';
import { codeName, explainEnd } from './http2-stream.js';
import type { Patience, Stop } from './patience.js';
import { type Failure, failed, isReset, isTlsError, tlsFailure } from './system-errors.js';

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

/** What one stream may have under way to us, and all of them together. */
const STREAM_WINDOW_BYTES = 262_144;
const WINDOW_BYTES = 1_048_576;

/** The head of an answer at most, as HPACK counts. Each attempt has its own limits below these. */
const MAX_HEAD_BYTES = 65_536;
const MAX_HEAD_FIELDS = 256;

/** What an open session is told by its makers. */
export interface SessionOptions extends SessionTimes {
  /** Called once, when it takes no more streams. */
  readonly onRetired: (session: Session) => void;
}

/** One session, from its SETTINGS to its end. */
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
    if (await this.isAlive(silentMs)) {
      if (this.#streams > 0) this.#wait(beatMs);
    } else if (!this.#http2.destroyed) {
      this.#lose(`no answer to a PING within ${silentMs} ms`);
      this.retire();
      this.#http2.destroy();
      this.#socket.destroy();
    }
  }
}

export type Opened = { readonly ok: true; readonly value: Session } | Failure;

/** Speaks HTTP/2 over a connected socket until its SETTINGS have come. On failure both are destroyed. */
export function openSession(socket: Socket, patience: Patience, options: SessionOptions): Promise<Opened> {
  return new Promise((resolve) => {
    const http2 = connect(AUTHORITY, { ...CONNECT_OPTIONS, createConnection: () => socket });
    const fail = (failure: Failure) => {
      http2.off('close', onClose).destroy();
      socket.destroy();
      resolve(failure);
    };
    const onError = (error: Error) => fail(sessionFailure(error));
    const onClose = () => fail(failed(H2_FAILURES.H2_SESSION_FAILED, { seen: 'FIN' }));
    const onSettings = (settings: Settings) => {
      http2.off('close', onClose);
      const refused = refusedBy(settings);
      if (refused !== undefined) return fail(failed(H2_FAILURES.H2_NOT_OFFERED, refused));
      http2.off('error', onError);
      resolve({ ok: true, value: new Session(http2, socket, options) });
    };
    patience.entrust((why) => fail(unsettled(patience, why)));
    http2.once('error', onError).once('close', onClose).once('remoteSettings', onSettings);
  });
}

/** SETTINGS were still awaited. */
export function unsettled(patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'upgrade', H2_FAILURES.H2_NO_SETTINGS, 'no SETTINGS');
}

/** Every request names its own. */
const AUTHORITY = 'http://localhost';

const CONNECT_OPTIONS: ClientSessionOptions = {
  maxHeaderListPairs: MAX_HEAD_FIELDS,
  settings: {
    enablePush: false,
    initialWindowSize: STREAM_WINDOW_BYTES,
    maxHeaderListSize: MAX_HEAD_BYTES,
  },
};

function sessionFailure(error: Error): Failure {
  // In TLS 1.3 the server judges the client's certificate after the client has finished.
  if (isTlsError(error)) return tlsFailure(error, '');
  return failed(H2_FAILURES.H2_SESSION_FAILED, { seen: wordFor(error) }, error);
}

function wordFor(error: Error): string {
  return isReset(error) ? 'RST' : error.message;
}

/** Why a server with these SETTINGS cannot be asked for a WebSocket. */
function refusedBy({ enableConnectProtocol, maxConcurrentStreams }: Settings): Evidence | undefined {
  // RFC 8441 §3: only after a 1 may the request be sent. Node would send it anyway, and that can end the whole session.
  if (enableConnectProtocol !== true) {
    return { field: 'SETTINGS_ENABLE_CONNECT_PROTOCOL', seen: 'not 1', wanted: '1' };
  }
  if (maxConcurrentStreams !== 0) return undefined;
  return { field: 'SETTINGS_MAX_CONCURRENT_STREAMS', seen: '0', wanted: 'at least 1' };
}
