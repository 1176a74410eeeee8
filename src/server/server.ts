// Knows: how a server listens or attaches, answers what admission decided, keeps track of its connections, and stops.
// Must not know: why a handshake is refused (`admission.ts`), how heads travel (`transport/`), what frames are.
import { setMaxListeners } from 'node:events';
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Connection } from '../connection/connection.js';
import { clock } from '../deadlines.js';
import { cut } from '../duplex.js';
import { headFromRaw, type RequestHead } from '../handshake/head.js';
import { headFromHttp2 } from '../handshake/http2-head.js';
import { type RefusalAnswer, refusal } from '../handshake/refusal.js';
import { refusalReasons } from '../handshake/rejections.js';
import { lostOnTheWay } from '../handshake/request.js';
import type { Rejection } from '../reason.js';
import * as trace from '../trace.js';
import { receive, receiveUpgrade } from '../transport/http1.js';
import { Http2Sessions } from '../transport/http2.js';
import type { SessionIntake } from '../transport/http2-server-session.js';
import type { Intake, Offer, RefusedHead } from '../transport/offer.js';
import { AddressBook, TrustedProxies } from './addresses.js';
import {
  type Candidate,
  decide,
  type House,
  hasRoute,
  isPlainRequest,
  type Outcome,
  preliminary,
  RETRY_AFTER,
} from './admission.js';
import type { Course } from './course.js';
import { Leaving, Wait } from './deciding.js';
import { type DrainOptions, type DrainReport, drainConnections } from './drain.js';
import { type Arrivals, Front } from './front.js';
import type { UnreadError } from './interception.js';
import { annexOf, listenerBefore } from './mounted.js';
import {
  checkServerOptions,
  type Endpoint,
  endpointOf,
  headLimits,
  mergedRoute,
  type ServerLimits,
  type ServerOptions,
  type ServerTimeouts,
  serverLimits,
  serverTimeouts,
  sessionSettings,
} from './options.js';
import { Pending } from './pending.js';
import { type Connections, Register } from './register.js';
import { Routes } from './routes.js';
import { Standing } from './standing.js';
import { type Conclusion, Teller } from './told.js';
import { firstOf, unreadRejection } from './unread.js';

export type { DrainOptions, DrainReport } from './drain.js';
export type { Origins, RouteOptions, ServerLimits, ServerOptions, ServerTimeouts } from './options.js';
export type { Connections } from './register.js';

/** A WebSocket server. Made by `createServer`. */
export class Server<Context = undefined> implements AsyncDisposable {
  /** Resolves with the server once it listens; rejects when it cannot (port in use, no right to it). */
  readonly ready: Promise<Server<Context>>;
  readonly connections: Connections<Context>;

  readonly #options: ServerOptions<Context>;
  readonly #limits: ServerLimits;
  readonly #timeouts: ServerTimeouts;
  readonly #house: House<Context>;
  /** Of what is mounted beside the application. */
  readonly #annex: House<Context> | undefined = undefined;
  /** Answers plain requests. */
  readonly #http: RequestListener | undefined;
  readonly #intake: Intake;
  readonly #http2: Http2Sessions | undefined;
  readonly #front: Front;
  readonly #open = new Register<Context>();
  /** Connections that the application does not see: of the mirror, and of what is mounted. */
  readonly #aside = new Register<Context>();
  readonly #pending: Pending;
  readonly #teller: Teller;
  /** Aborted once it drains or closes. */
  readonly #ending = new AbortController();
  #draining = false;
  #isClosed = false;

  /** @internal */
  constructor(options: ServerOptions<Context>) {
    checkServerOptions(options);
    this.#options = options;
    this.#limits = serverLimits(options.limits);
    this.#timeouts = serverTimeouts(options.timeouts);
    this.#house = this.#build();
    this.#http = options.http;
    if (options.inspect !== undefined) {
      this.#annex = annexOf(options.inspect, this.#house, this.#aside);
      // As many of its answers may wait for the end as it likes.
      setMaxListeners(0, this.#ending.signal);
      // Without it plain requests have no listener; now there is one, and those that are not for it get the same answer.
      const others = options.http ?? ((request, response) => this.#turnAway(request, response));
      this.#http = listenerBefore(options.inspect, this.#ending.signal, others);
    }
    this.#pending = new Pending(this.#house);
    this.#teller = this.#makeTeller();
    this.#intake = this.#makeIntake();
    if (options.http2 === true) this.#http2 = this.#makeSessions();
    this.connections = this.#open;
    const arrivals: Arrivals = {
      socket: (socket) => this.#arrive(socket),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      broken: (request, response) => this.#broken(request, response),
      mounted: (request, response) => options.inspect?.http(request, response, this.#ending.signal) === true,
      unread: (error, socket) => this.#unread(error, socket),
      fault: trace.reportFault,
    };
    this.#front = new Front(options, this.#timeouts, arrivals, this.#http);
    this.ready = this.#front.listen().then(() => this);
    this.ready.catch(() => {});
  }

  /** Where it listens, such as `ws://127.0.0.1:8101/`. @throws Error before it listens. */
  get url(): string {
    const { address, family } = this.#address();
    const host = family === 'IPv6' ? `[${address}]` : address;
    return `${this.#front.secure ? 'wss' : 'ws'}://${host}:${this.port}/`;
  }

  /** @throws Error before it listens. */
  get port(): number {
    return this.#address().port;
  }

  #address(): AddressInfo {
    const address = this.#front.server.address();
    if (address === null || typeof address === 'string')
      throw new Error('the server does not listen on a port (await server.ready)');
    return address;
  }

  /** Serves a Duplex as if it had just been accepted: from a transport of your own, or from memory (`handfast/testing`). */
  adopt(socket: Duplex): void {
    this.#arrive(socket as Socket);
  }

  /**
   * Stops taking new connections (503, `ROUTE_MAINTENANCE`) and closes the open ones, spread over a window so that not all clients
   * come back at once. Resolves when all have ended; those that do not answer are cut at the deadline.
   */
  async drain(options: DrainOptions = {}): Promise<DrainReport> {
    this.#draining = true;
    this.#ending.abort();
    this.#http2?.drain();
    return this.#closeAll(options);
  }

  /**
   * Stops listening, closes every connection with 1001 and waits for the end of all, at most `timeouts.closeMs`; with `tls` for a peer
   * that is still in its TLS handshake at most `timeouts.handshakeMs`.
   */
  async close(options: DrainOptions = {}): Promise<DrainReport> {
    this.#draining = true;
    this.#isClosed = true;
    this.#ending.abort();
    const { deadlineMs = this.#timeouts.closeMs } = options;
    const stopped = this.#front.stop();
    this.#http2?.stop(deadlineMs);
    for (const socket of this.#pending) cut(socket);
    const stops = { code: 1001, reason: 'server stops', windowMs: 0, ...options, deadlineMs };
    const report = await this.#closeAll(stops);
    await stopped;
    return report;
  }

  async #closeAll(options: DrainOptions): Promise<DrainReport> {
    const open = [...this.#open, ...this.#aside];
    this.#teller.tellDrain('begin', open.length);
    const report = await drainConnections(open, options);
    this.#teller.tellDrain('end', this.#open.size + this.#aside.size, report);
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #build(): House<Context> {
    const options = this.#options;
    const routes = new Routes<Endpoint<Context>>();
    if (options.routes === undefined)
      routes.add(options.path, endpointOf(options, 'createServer()', this.#open));
    for (const [path, route] of Object.entries(options.routes ?? {})) {
      routes.add(path, endpointOf(mergedRoute(options, route, `route ${path}`), `route ${path}`, this.#open));
    }
    const server = this;
    return {
      routes,
      hosts: options.hosts && new Set(options.hosts.map((host) => host.toLowerCase())),
      proxies: new TrustedProxies(options.trustedProxies ?? []),
      addresses: this.#bookOfAddresses(),
      limits: this.#limits,
      get connections() {
        return server.#open.size;
      },
      get draining() {
        return server.#draining;
      },
    };
  }

  /** Where a target leads. */
  #houseOf(target: string | undefined): House<Context> {
    return this.#annex !== undefined && hasRoute(this.#annex, target) ? this.#annex : this.#house;
  }

  #makeTeller(): Teller {
    const { proxies } = this.#house;
    const routes = { match: (path: string) => this.#houseOf(path).routes.match(path) };
    return new Teller(new Standing(this.#house, this, this.#pending), { proxies, routes });
  }

  #bookOfAddresses(): AddressBook | undefined {
    const { maxConnectionsPerAddress, maxHandshakesPerSecond } = this.#limits;
    if (
      maxConnectionsPerAddress === Number.POSITIVE_INFINITY &&
      maxHandshakesPerSecond === Number.POSITIVE_INFINITY
    )
      return undefined;
    return new AddressBook(maxHandshakesPerSecond);
  }

  #makeIntake(): Intake {
    return {
      limits: headLimits(this.#limits),
      headMs: this.#timeouts.headMs,
      offer: (offer) => this.#offer(offer),
      malformed: (rejection, refused) => this.#malformed(rejection, refused),
      http2: this.#options.http2 === true ? (socket) => this.#arriveHttp2(socket) : undefined,
      settled: (socket) => this.#pending.delete(socket),
    };
  }

  #makeSessions(): Http2Sessions {
    const intake: SessionIntake = {
      offer: (offer) => this.#stream(offer),
      settled: (socket) => this.#pending.delete(socket),
      waits: (socket) => void this.#pending.add(socket),
      ended: (rejection, line, since) =>
        this.#teller.tell({ carrier: 'h2', line, since }, { outcome: 'refused', rejection }),
      isBroken: (head) => this.#lost(head) !== undefined,
    };
    return new Http2Sessions(sessionSettings(this.#options), intake, this.#http);
  }

  // ---- arrival

  #arrive(socket: Socket): void {
    // It was accepted before `close()`, and its TLS handshake ended behind it.
    if (this.#isClosed) return void socket.destroy();
    if (this.#http2 !== undefined && (socket as TLSSocket).alpnProtocol === 'h2')
      return this.#arriveHttp2(socket);
    const full = this.#pending.add(socket);
    if (full === undefined) return receive(socket, this.#intake);
    const answer = this.#answer(full, undefined);
    receive(socket, this.#intake, answer);
    this.#teller.tell({ line: socket, since: clock() }, { outcome: 'refused', rejection: full, answer });
  }

  /** Before it has a stream HTTP/2 has no answer: one too many is cut. */
  #arriveHttp2(socket: Socket): void {
    const full = this.#pending.add(socket);
    if (full === undefined) return this.#http2!.take(socket);
    const subject = { carrier: 'h2', line: socket, since: clock() } as const;
    this.#teller.tell(subject, { outcome: 'refused', rejection: full });
    this.#pending.delete(socket);
    socket.destroy();
  }

  #stream(offer: Offer): void {
    const full = this.#pending.add(offer.socket, offer.line);
    if (full === undefined) this.#offer(offer);
    else this.#refuse(offer, full);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const isOurs = hasRoute(this.#houseOf(request.url), request.url);
    if (!isOurs && this.#front.mayLeave(request)) return false;
    const full = this.#pending.add(socket);
    if (full === undefined) receiveUpgrade(request, head, this.#intake);
    else {
      const head = headOf(request);
      const answer = this.#answer(full, request.headers.accept, head);
      receive(socket, this.#intake, answer);
      const subject = { head, line: socket, since: clock() };
      this.#teller.tell(subject, { outcome: 'refused', rejection: full, answer });
    }
    return true;
  }

  /** Refuses a handshake that lost a field on the way, and so arrived as a plain request at `node:http`. */
  #broken(request: IncomingMessage, response: ServerResponse): boolean {
    const head = headOf(request);
    const lost = this.#lost(head);
    if (lost === undefined) return false;
    const isMirrored = this.#isMirrored(head);
    // As any other it counts for its address, and may be one too many.
    const rejection = isMirrored ? lost : this.#rejectionOf(head, request, lost);
    const answer = isMirrored
      ? this.#options.reflect!.refusalOf(head, request.socket, rejection)
      : this.#answer(rejection, request.headers.accept, head);
    this.#respond(request, response, head, { outcome: 'refused', rejection, answer });
    return true;
  }

  /** A plain request that nobody takes. */
  #turnAway(request: IncomingMessage, response: ServerResponse): void {
    const head = headOf(request);
    const rejection = this.#rejectionOf(head, request, {
      reason: refusalReasons.ROUTE_NOT_FOUND,
      evidence: {},
    });
    const answer = this.#answer(rejection, request.headers.accept, head);
    this.#respond(request, response, head, { outcome: 'refused', rejection, answer });
  }

  #rejectionOf(head: RequestHead, { socket }: IncomingMessage, otherwise: Rejection): Rejection {
    const found = preliminary(this.#houseOf(head.target), head, socket);
    return 'rejection' in found ? found.rejection : otherwise;
  }

  /** By node:http's own means: an earlier request on this connection may still wait for its answer. */
  #respond(
    { socket }: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    refused: Conclusion & { readonly answer: RefusalAnswer },
  ): void {
    this.#teller.tell({ head, line: socket, since: clock() }, refused);
    const { status, phrase, fields, body } = refused.answer;
    response.sendDate = false;
    // HTTP/2 has no phrases.
    if (head.carrier === 'h1') response.statusMessage = phrase;
    response.writeHead(status, [...fields].flat());
    response.end(body);
  }

  /** What became of a handshake on its way to a place that is ours. */
  #lost(head: RequestHead): Rejection | undefined {
    const lost = lostOnTheWay(head);
    if (lost === undefined || this.#isMirrored(head)) return lost;
    return hasRoute(this.#houseOf(head.target), head.target) ? lost : undefined;
  }

  #malformed(rejection: Rejection, { socket: line, since, text, refuse }: RefusedHead): void {
    const answer = this.#answer(rejection, undefined);
    refuse(answer);
    const firstOctets = firstOf(Buffer.from(text, 'latin1'));
    this.#teller.tell({ line, since }, { outcome: 'garbled', rejection, answer, firstOctets });
  }

  #unread(error: UnreadError, line: Duplex): void {
    const found = unreadRejection(error, line, this.#intake.limits);
    if (found === undefined) return;
    this.#teller.tell({ line, since: clock() }, { error, ...found });
  }

  // ---- answer

  #offer(offer: Offer): void {
    const { head, socket, line } = offer;
    if (this.#isMirrored(head)) return this.#mirror(offer);
    const house = this.#houseOf(head.target);
    if (this.#http !== undefined && offer.releasable && isPlainRequest(house, head)) {
      return this.#front.hand(offer.release());
    }
    const counted = this.#pending.tallyOf(socket);
    const course = this.#teller.arrive(offer);
    // The socket itself is counted already; it must not be counted against itself.
    if (counted !== undefined) counted.connections -= 1;
    const found = preliminary(house, head, line, course);
    if (counted !== undefined) counted.connections += 1;
    if ('rejection' in found) return this.#refuse(offer, found.rejection, found.error, course);
    this.#decide(offer, found);
  }

  #isMirrored(head: RequestHead): boolean {
    return !this.#draining && this.#options.reflect?.wants(head) === true;
  }

  #mirror(offer: Offer): void {
    const outcome = this.#options.reflect!.answer(offer);
    const connection = outcome.connection as Connection<Context> | undefined;
    if (connection !== undefined) {
      this.#aside.add(connection, undefined);
      connection.closed.then(() => this.#aside.remove(connection));
    }
    this.#teller.tell(offer, outcome);
  }

  #decide(offer: Offer, candidate: Candidate<Context>): void {
    const leaving = new Leaving();
    const outcome = decide(candidate, leaving);
    if (!(outcome instanceof Promise)) return this.#conclude(offer, outcome, candidate);
    const wait = new Wait(offer, leaving, this.#timeouts.handshakeMs, () => {
      if (offer.abandoned) return this.#teller.tell(offer, { outcome: 'abandoned' }, candidate.course);
      const evidence = { seen: `no decision after ${this.#timeouts.handshakeMs} ms` };
      this.#refuse(
        offer,
        { reason: refusalReasons.REQ_HANDSHAKE_TIMEOUT, evidence, headers: RETRY_AFTER },
        undefined,
        candidate.course,
      );
    });
    outcome.then((decided) => {
      if (wait.finish()) this.#conclude(offer, decided, candidate);
    });
  }

  #conclude(offer: Offer, outcome: Outcome<Context>, candidate: Candidate<Context>): void {
    const { course } = candidate;
    if (offer.abandoned) return this.#teller.tell(offer, { outcome: 'abandoned' }, course);
    if ('rejection' in outcome) return this.#refuse(offer, outcome.rejection, outcome.error, course);
    if (this.#draining) {
      return this.#refuse(
        offer,
        { reason: refusalReasons.ROUTE_MAINTENANCE, evidence: {}, headers: RETRY_AFTER },
        undefined,
        course,
      );
    }
    const { endpoint, request, subprotocol, extensions, context } = outcome;
    course?.enter('answer');
    const answer = { key: request.handshake.key, subprotocol, extensions: extensions.answers };
    const early = offer.accept(answer);
    const agreement = extensions.agreed[0]?.agreed;
    const connection = new Connection(offer.socket, endpoint.settings, subprotocol, context, agreement);
    endpoint.register.add(connection, candidate.tally);
    this.#teller.tell(offer, { outcome: 'accepted', answer, connection }, course);
    if (endpoint.options.onconnection !== undefined) this.#handle(endpoint, connection, request);
    connection.start(early);
  }

  /** Runs the application's handler; whatever it throws ends this connection and no other. */
  #handle(
    endpoint: Endpoint<Context>,
    connection: Connection<Context>,
    request: Candidate<Context>['request'],
  ): void {
    const failed = (error: unknown) => connection.handlerFailed(error);
    try {
      const running = endpoint.options.onconnection?.(connection, request);
      if (running !== undefined) Promise.resolve(running).catch(failed);
    } catch (error) {
      failed(error);
    }
  }

  #refuse(offer: Offer, rejection: Rejection, error?: unknown, course?: Course): void {
    const { head } = offer;
    const answer = this.#answer(rejection, head.fields.get('accept'), head);
    offer.refuse(answer);
    this.#teller.tell(offer, { outcome: 'refused', rejection, answer, error }, course);
    if (error !== undefined) trace.reportFault('a handshake hook threw', error);
  }

  #answer(rejection: Rejection, accept: string | undefined, head?: RequestHead): RefusalAnswer {
    const { method, carrier } = head ?? {};
    const detail = this.#options.detail !== false;
    return refusal(rejection, { accept, method, carrier, detail, date: new Date() });
  }
}

function headOf(request: IncomingMessage): RequestHead {
  const { method = '', url = '', httpVersion, httpVersionMajor, rawHeaders } = request;
  // The compatibility API of node:http2 has the pseudo-header fields among the others.
  if (httpVersionMajor === 2) return headFromHttp2(rawHeaders, true);
  return headFromRaw(method, url, httpVersion, rawHeaders);
}

/** Makes a server and lets it listen (`port`), or attaches it to yours (`server`). @throws TypeError for options that cannot be meant. */
export function createServer<Context = undefined>(options: ServerOptions<Context>): Server<Context> {
  return new Server(options);
}
