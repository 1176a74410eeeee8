// Knows: where sockets come from: a port of our own (TCP or TLS) with a `node:http` server behind it for plain requests, or the
// user's server. Must not know: handshakes. Every error of a listener or a socket has somebody who hears it.
import { constants } from 'node:crypto';
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcp, type Server as NetServer, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTls } from 'node:tls';
import { interceptRequests, type UnreadError } from './interception.js';
import { REQUEST_MS, type ServerOptions, type ServerTimeouts } from './options.js';
import { timeTls } from './tls-time.js';

/** What the front passes on. */
export interface Arrivals {
  /** A socket from which nothing was read yet. */
  socket(socket: Socket): void;
  /** An upgrade that `node:http` has read; false leaves it to the other listeners. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** A plain request with a WebSocket key; false leaves it to the application. */
  broken(request: IncomingMessage, response: ServerResponse): boolean;
  /** A plain request on a user's server; false leaves it to its listeners. */
  mounted(request: IncomingMessage, response: ServerResponse): boolean;
  /** What `node:http` or TLS could not read. They answer it, or end it, themselves. */
  unread(error: UnreadError, socket: Duplex): void;
  fault(what: string, error: unknown): void;
}

/** As many sockets may wait in the kernel to be accepted; it is the kernel's own limit on most machines. */
const BACKLOG = 4096;
/** How often node:http looks for heads and requests that take too long. */
const CHECK_MS = 1000;

export class Front {
  readonly server: NetServer;
  readonly secure: boolean;
  readonly #options: ServerOptions<never>;
  readonly #arrivals: Arrivals;
  /** Answers plain requests; on a port of our own it has no port itself and is given sockets. */
  readonly #http: HttpServer | undefined;
  /** Ends the interception of requests. */
  #release: () => void = ignore;
  #untime: () => void = ignore;
  readonly #refused = new WeakSet<Socket>();
  /** Keeps from the application handshakes that lost a field on the way, and what is for those mounted beside it. */
  readonly #take = (request: IncomingMessage, response: ServerResponse): boolean => {
    const { socket, headers } = request;
    // What a peer sent behind a refused handshake is read as nothing.
    if (this.#refused.has(socket)) return true;
    const isBroken = headers['sec-websocket-key'] !== undefined && this.#arrivals.broken(request, response);
    if (isBroken) this.#refused.add(socket);
    else if (this.#options.server === undefined || !this.#arrivals.mounted(request, response)) return false;
    countAnswers(request, response);
    return true;
  };
  readonly #onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
    this.#upgrade(request, socket, head);

  /** `http` answers the plain requests of a port of our own. */
  constructor(
    options: ServerOptions<never> | ServerOptions<unknown>,
    timeouts: ServerTimeouts,
    arrivals: Arrivals,
    http: RequestListener | undefined,
  ) {
    this.#options = options as ServerOptions<never>;
    this.#arrivals = arrivals;
    if (options.server !== undefined) {
      this.server = options.server;
      this.secure = 'setSecureContext' in options.server;
      options.server.on('upgrade', this.#onUpgrade);
      options.server.prependListener('request', countAnswers);
      const overhear = (error: UnreadError, socket: Duplex) => this.#arrivals.unread(error, socket);
      this.#release = interceptRequests(options.server, this.#take, overhear);
      if (this.secure) this.#untime = timeTls(options.server);
      return;
    }
    this.secure = options.tls !== undefined;
    this.server = this.#listener(timeouts);
    if (this.secure) timeTls(this.server);
    if (http !== undefined) this.#http = this.#inner(http, timeouts.headMs);
  }

  #listener(timeouts: ServerTimeouts): NetServer {
    const { tls, http2 } = this.#options;
    const arrive = (socket: Socket) => this.#arrivals.socket(socket);
    // Nagle's algorithm is switched off with the first frame: many a socket is refused, or silent, and never needs it.
    if (tls === undefined) return createTcp(arrive);
    const server = createTls(
      {
        handshakeTimeout: timeouts.handshakeMs,
        // Never h2 alone: a browser that has no session yet opens a WebSocket with http/1.1 only.
        ALPNProtocols: http2 === true ? ['h2', 'http/1.1'] : ['http/1.1'],
        ...tls,
        noDelay: true,
        // A peer that renegotiates makes the server work for nothing; TLS 1.3 has dropped it.
        secureOptions: (tls.secureOptions ?? 0) | constants.SSL_OP_NO_RENEGOTIATION,
      },
      arrive,
    );
    return server.on('tlsClientError', (error, socket) => {
      this.#arrivals.unread(error, socket);
      socket.destroy();
    });
  }

  #inner(listener: RequestListener, headMs: number): HttpServer {
    // The second head on a connection gets as long as the first; node:http takes 0 for no limit.
    const headersTimeout = Number.isFinite(headMs) ? Math.ceil(headMs) : 0;
    const requestTimeout = Math.max(REQUEST_MS, headersTimeout);
    const timing = { headersTimeout, requestTimeout, connectionsCheckingInterval: CHECK_MS };
    const server = createHttp(timing, listener);
    server.prependListener('request', countAnswers);
    interceptRequests(server, this.#take);
    // It never listens itself, and node:http watches over its connections (timeouts, closing them all) only once it did.
    server.emit('listening');
    return server.on('upgrade', this.#onUpgrade);
  }

  /**
   * Whether an upgrade that is none of ours can be left to another listener of the same server. Each server of ours that leaves it
   * says so; the last one has nobody to leave it to.
   */
  mayLeave(request: IncomingMessage): boolean {
    if (this.#options.server === undefined) return false;
    const left = ((request as Left)[LEFT] ?? 0) + 1;
    (request as Left)[LEFT] = left;
    return left < this.server.listenerCount('upgrade');
  }

  async listen(): Promise<void> {
    const { server } = this;
    if (this.#options.server !== undefined) {
      if (!server.listening) await new Promise<void>((resolve) => server.once('listening', resolve));
      return;
    }
    const { port, host = '127.0.0.1' } = this.#options;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ port, host, backlog: BACKLOG }, () => {
        server.off('error', reject);
        resolve();
      });
    });
    // Such as EMFILE at accept: the listener goes on, and somebody should know.
    server.on('error', (error) => this.#arrivals.fault('the listener reported an error', error));
  }

  /** Gives a socket whose first request is plain HTTP to `node:http`, as if it had just been accepted. */
  hand(socket: Socket): void {
    // One that was adopted may be no TCP socket.
    if (socket instanceof Socket) socket.setNoDelay(true);
    this.#http!.emit('connection', socket);
    socket.resume();
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', ignore);
    // RFC 9112 §9.3.2: answers leave in the order of their requests, so an upgrade waits for those before it.
    const before = (socket as Counted)[ANSWERS];
    if (before !== undefined && before.open > 0) {
      before.next = () => this.#upgrade(request, socket, head);
      return;
    }
    this.#arrivals.upgrade(request, socket, head);
    socket.off('error', ignore);
  }

  /** Stops listening; resolves when nothing that was handed to `node:http` is left either. */
  async stop(): Promise<void> {
    const { server } = this;
    if (this.#options.server !== undefined) {
      server.off('upgrade', this.#onUpgrade).off('request', countAnswers);
      this.#release();
      this.#untime();
      return;
    }
    this.#http?.closeAllConnections();
    this.#http?.close();
    if (!server.listening) return;
    await new Promise<void>((resolve) => server.close(() => resolve()));
  }
}

const LEFT = Symbol('handfast.left');
type Left = IncomingMessage & { [LEFT]?: number };

const ANSWERS = Symbol('handfast.answers');
type Counted = Duplex & { [ANSWERS]?: { open: number; next: (() => void) | undefined } };

/** Counts the answers that a socket still owes for requests before an upgrade. */
function countAnswers(request: IncomingMessage, response: ServerResponse): void {
  const socket: Counted = request.socket;
  socket[ANSWERS] ??= { open: 0, next: undefined };
  const answers = socket[ANSWERS];
  answers.open += 1;
  response.once('close', () => {
    answers.open -= 1;
    if (answers.open > 0) return;
    const go = answers.next;
    answers.next = undefined;
    go?.();
  });
}

function ignore(): void {}
