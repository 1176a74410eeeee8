// Knows: all sessions of HTTP/2 of a server: the sockets that they come from, what `node:http2` is told, and whose each of
// their streams is (RFC 9113 §6.5.2). Must not know: how one session is watched (`http2-server-session.ts`), handshakes.
import type { RequestListener } from 'node:http';
import {
  createServer,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type Http2Session,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2';
import type { Duplex } from 'node:stream';
import type { HeadLimits } from '../handshake/head.js';
import { MAX_RESETS, Session, type SessionIntake, type SessionSettings } from './http2-server-session.js';

/** Streams of a session at once. RFC 9113 §6.5.2 wants no fewer. */
const MAX_STREAMS = 100;
/** What a peer may send on a stream before somebody has read it. */
const STREAM_WINDOW_BYTES = 65_536;
/**
 * What a session may hold in all, in megabytes. It includes what streams have written, 256 KiB each to a slow peer; beyond
 * it `node:http2` resets every new stream.
 */
const MAX_SESSION_MEMORY = 40;
/** `node:http2` counts them among the fields. */
const PSEUDO_FIELDS = 5;
/** All sessions of a server. */
export class Http2Sessions {
  readonly #settings: SessionSettings;
  readonly #intake: SessionIntake;
  /** It has no port of its own and is given sockets. */
  readonly #server: Http2Server;
  readonly #hasHttp: boolean;
  readonly #sessions = new Map<Http2Session, Session>();
  /** Streams that the application does not see. */
  readonly #ours = new WeakSet<ServerHttp2Stream>();
  #isStopped = false;

  /** `http` gets what asks for no WebSocket; without it that is an offer too, to be refused. */
  constructor(settings: SessionSettings, intake: SessionIntake, http?: RequestListener) {
    this.#settings = settings;
    this.#intake = intake;
    this.#hasHttp = http !== undefined;
    this.#server = createServer(serverOptions(settings.limits));
    // Before the listener for requests, which makes `node:http2` hear of every stream too.
    this.#server.on('stream', (stream: ServerHttp2Stream, _headers: object, _flags: number, raw: string[]) =>
      this.#stream(stream, raw),
    );
    if (http !== undefined) this.#serve(http);
  }

  #serve(http: RequestListener): void {
    // Unless somebody listens for CONNECT, `node:http2` answers each with 405 then.
    this.#server.on('connect', () => {});
    const serve = (request: Http2ServerRequest, response: Http2ServerResponse) => {
      if (!this.#ours.has(request.stream)) http(request as never, response as never);
    };
    this.#server.on('request', serve);
    // By itself `node:http2` writes 100 also on a stream that has ended already, and that throws with nobody to catch it.
    this.#server.on('checkContinue', (request, response) => {
      if (!this.#ours.has(request.stream)) response.writeContinue();
      serve(request, response);
    });
  }

  #stream(stream: ServerHttp2Stream, raw: readonly string[]): void {
    // Whoever takes it, it may fail before that.
    stream.on('error', () => {});
    const session = stream.session && this.#sessions.get(stream.session);
    // One whose session has ended meanwhile is nobody's.
    if (session === undefined || session.takes(stream, raw)) this.#ours.add(stream);
  }

  /** Takes a socket from which nothing was read, or what was read is put back. It counts as waiting already. */
  take(socket: Duplex): void {
    if (this.#isStopped) socket.destroy();
    if (socket.destroyed) return this.#intake.settled(socket);
    this.#server.once('session', (session) => this.#watch(session, socket));
    // Documented for the servers of node:http2: they serve whatever Duplex is emitted, and tell the session at once.
    this.#server.emit('connection', socket);
  }

  #watch(session: ServerHttp2Session, socket: Duplex): void {
    this.#sessions.set(session, new Session(session, socket, this.#settings, this.#intake, this.#hasHttp));
    socket.once('close', () => this.#sessions.delete(session));
  }

  /** GOAWAY to every peer: streams that are open go on, new ones need another session. */
  drain(): void {
    for (const session of this.#sessions.values()) session.drain();
  }

  /** The same for good, and the application's requests end now; what is left after `deadlineMs` is cut. */
  stop(deadlineMs: number): void {
    this.#isStopped = true;
    for (const session of this.#sessions.values()) session.stop(deadlineMs);
  }
}

function serverOptions({ maxBytes, maxFields }: HeadLimits) {
  return {
    settings: {
      enableConnectProtocol: true,
      maxConcurrentStreams: MAX_STREAMS,
      initialWindowSize: STREAM_WINDOW_BYTES,
      maxHeaderListSize: Math.min(maxBytes, 2 ** 31 - 1),
    },
    maxHeaderListPairs: Math.min(maxFields, 2 ** 16) + PSEUDO_FIELDS,
    maxSessionMemory: MAX_SESSION_MEMORY,
    maxSessionInvalidFrames: MAX_RESETS,
  };
}
