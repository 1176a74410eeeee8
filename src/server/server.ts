// Knows: how a server listens or attaches, answers what admission decided, keeps track of its connections, and stops.
// Must not know: why a handshake is refused (`admission.ts`), how heads travel (`transport/`), what frames are.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Connection } from '../connection/connection.js';
import { clock } from '../deadlines.js';
import { cut } from '../duplex.js';
import type { Carrier, RequestHead } from '../handshake/head.js';
import { type RefusalAnswer, type RefusalOptions, refusal, refusalStatus } from '../handshake/refusal.js';
import { OPENING_STATUS, refusalReasons, requestReasons } from '../handshake/rejections.js';
import type { Rejection } from '../reason.js';
import * as trace from '../trace.js';
import { receive, receiveUpgrade } from '../transport/http1.js';
import { Http2Sessions, type SessionIntake } from '../transport/http2.js';
import type { Intake, Offer, RefusedHead } from '../transport/offer.js';
import { AddressBook, addressOf, type Tally, TrustedProxies } from './addresses.js';
import {
  type Candidate,
  decide,
  type House,
  isPlainRequest,
  type Outcome,
  preliminary,
} from './admission.js';
import { Leaving, Wait } from './deciding.js';
import { type DrainOptions, type DrainReport, drainConnections } from './drain.js';
import { Front } from './front.js';
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
import { type Connections, Register } from './register.js';
import { HandshakeRequest } from './request.js';
import { Routes } from './routes.js';

export type { DrainOptions, DrainReport } from './drain.js';
export type { Origins, RouteOptions, ServerLimits, ServerOptions, ServerTimeouts } from './options.js';
export type { Connections } from './register.js';

const RETRY_AFTER = { 'Retry-After': '5' };

/** A WebSocket server. Made by `createServer`. */
export class Server<Context = undefined> implements AsyncDisposable {
  /** Resolves with the server once it listens; rejects when it cannot (port in use, no right to it). */
  readonly ready: Promise<Server<Context>>;
  readonly connections: Connections<Context>;

  readonly #options: ServerOptions<Context>;
  readonly #limits: ServerLimits;
  readonly #timeouts: ServerTimeouts;
  readonly #house: House<Context>;
  readonly #intake: Intake;
  readonly #http2: Http2Sessions | undefined;
  readonly #front: Front;
  readonly #open = new Register<Context>();
  /** Sockets whose handshake is not answered, with what their peer counts for. */
  readonly #pending = new Map<Duplex, Tally | undefined>();
  #draining = false;
  #handshakes = 0;

  /** @internal */
  constructor(options: ServerOptions<Context>) {
    checkServerOptions(options);
    this.#options = options;
    this.#limits = serverLimits(options.limits);
    this.#timeouts = serverTimeouts(options.timeouts);
    this.#house = this.#build();
    this.#intake = this.#makeIntake();
    if (options.http2 === true) this.#http2 = this.#makeSessions();
    this.connections = this.#open;
    this.#front = new Front(options, this.#timeouts, {
      socket: (socket) => this.#arrive(socket),
      upgrade: (request, socket, head) => this.#upgrade(request, socket, head),
      broken: (request, response) => this.#broken(request, response),
      fault: trace.reportFault,
    });
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
    this.#http2?.drain();
    return drainConnections(this.#open, options);
  }

  /** Stops listening, closes every connection with 1001 and waits for the end of all, at most `timeouts.closeMs`. */
  async close(options: DrainOptions = {}): Promise<DrainReport> {
    this.#draining = true;
    const stopped = this.#front.stop();
    this.#http2?.stop();
    for (const socket of this.#pending.keys()) cut(socket);
    const deadlineMs = this.#timeouts.closeMs;
    const report = await drainConnections(this.#open, {
      code: 1001,
      reason: 'server stops',
      windowMs: 0,
      deadlineMs,
      ...options,
    });
    await stopped;
    return report;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #build(): House<Context> {
    const options = this.#options;
    const routes = new Routes<Endpoint<Context>>();
    const ended = (connection: Connection<unknown>) => this.#ended(connection as Connection<Context>);
    if (options.routes === undefined) routes.add(options.path, endpointOf(options, 'createServer()', ended));
    for (const [path, route] of Object.entries(options.routes ?? {})) {
      routes.add(path, endpointOf(mergedRoute(options, route, `route ${path}`), `route ${path}`, ended));
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
      settled: (socket) => this.#settled(socket),
    };
  }

  #makeSessions(): Http2Sessions {
    const intake: SessionIntake = {
      offer: (offer) => this.#stream(offer),
      settled: (socket) => this.#settled(socket),
      waits: (socket) => void this.#count(socket),
      ended: (rejection, socket, since) => this.#publish(rejection, NO_STREAM, socket, since),
    };
    return new Http2Sessions(sessionSettings(this.#options), intake, this.#options.http);
  }

  // ---- arrival

  #arrive(socket: Socket): void {
    if (this.#http2 !== undefined && (socket as TLSSocket).alpnProtocol === 'h2')
      return this.#arriveHttp2(socket);
    const full = this.#count(socket);
    if (full === undefined) return receive(socket, this.#intake);
    receive(socket, this.#intake, this.#answer(full, undefined));
    this.#publish(full, NO_HEAD, socket, clock());
  }

  /** Before it has a stream HTTP/2 has no answer: one too many is cut. */
  #arriveHttp2(socket: Socket): void {
    const full = this.#count(socket);
    if (full === undefined) return this.#http2!.take(socket);
    this.#publish(full, NO_STREAM, socket, clock());
    this.#settled(socket);
    socket.destroy();
  }

  #stream(offer: Offer): void {
    const full = this.#count(offer.socket, offer.line);
    if (full === undefined) this.#offer(offer);
    else this.#refuse(offer, full, offer.line);
  }

  /**
   * Counts a socket, or a stream of `line`, among those that wait for an answer; the reason to refuse it when there are too many.
   */
  #count(socket: Duplex, line: Duplex = socket): Rejection | undefined {
    const tally = this.#tallyOf(line);
    const full = this.#full(tally, line);
    if (tally !== undefined) tally.connections += 1;
    this.#pending.set(socket, tally);
    return full;
  }

  /** A trusted proxy's sockets count for the clients behind it, once their heads tell who they are. */
  #tallyOf(socket: Duplex): Tally | undefined {
    const { addresses, proxies } = this.#house;
    if (addresses === undefined) return undefined;
    const address = addressOf(socket);
    return proxies.includes(address) ? undefined : addresses.of(address, clock());
  }

  /** Too many sockets are refused before a single octet is read. */
  #full(tally: Tally | undefined, socket: Duplex): Rejection | undefined {
    if (this.#pending.size >= this.#limits.maxPendingHandshakes) {
      const evidence = { wanted: `${this.#limits.maxPendingHandshakes} at most` };
      return { reason: refusalReasons.LIMIT_PENDING_HANDSHAKES, evidence, headers: RETRY_AFTER };
    }
    const most = this.#limits.maxConnectionsPerAddress;
    if (tally === undefined || tally.connections < most) return undefined;
    const evidence = { field: 'address', seen: addressOf(socket), wanted: `${most} connections at most` };
    return { reason: refusalReasons.LIMIT_CONNECTIONS_PER_ADDRESS, evidence, headers: RETRY_AFTER };
  }

  #settled(socket: Duplex): void {
    const tally = this.#pending.get(socket);
    if (tally !== undefined) tally.connections -= 1;
    this.#pending.delete(socket);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    const path = (request.url ?? '').split('?', 1)[0]!;
    if (this.#house.routes.match(path) === undefined && this.#front.mayLeave(request)) return false;
    const full = this.#count(socket);
    if (full === undefined) receiveUpgrade(request, head, this.#intake);
    else {
      receive(socket, this.#intake, this.#answer(full, request.headers.accept));
      this.#publish(full, requestFacts(request), socket, clock());
    }
    return true;
  }

  /** A handshake that lost its Upgrade and so arrived as a plain request at `node:http`. */
  #broken(request: IncomingMessage, response: ServerResponse): void {
    const rejection: Rejection = {
      reason: requestReasons.PROXY_UPGRADE_STRIPPED,
      evidence: { field: 'Upgrade', wanted: 'websocket, since Sec-WebSocket-Key is there' },
    };
    this.#publish(rejection, requestFacts(request), request.socket, clock());
    // By node:http's own means: an earlier request on this connection may still wait for its answer.
    const { status, phrase, fields, body } = refusal(rejection, this.#refusalOptions(request.headers.accept));
    response.sendDate = false;
    response.writeHead(status, phrase, [...fields].flat());
    response.end(body);
  }

  #malformed(rejection: Rejection, { socket, since, refuse }: RefusedHead): void {
    refuse(this.#answer(rejection, undefined));
    this.#publish(rejection, NO_HEAD, socket, since);
  }

  // ---- answer

  #offer(offer: Offer): void {
    const { head, socket, line } = offer;
    if (this.#options.http !== undefined && offer.releasable && isPlainRequest(head)) {
      return this.#front.hand(offer.release());
    }
    const counted = this.#pending.get(socket);
    // The socket itself is counted already; it must not be counted against itself.
    if (counted !== undefined) counted.connections -= 1;
    const found = preliminary(this.#house, head, line);
    if (counted !== undefined) counted.connections += 1;
    if ('rejection' in found) return this.#refuse(offer, found.rejection, line, found.error);
    this.#decide(offer, found);
  }

  #decide(offer: Offer, candidate: Candidate<Context>): void {
    const leaving = new Leaving();
    const outcome = decide(candidate, leaving);
    if (!(outcome instanceof Promise)) return this.#conclude(offer, outcome, candidate);
    const wait = new Wait(offer, leaving, this.#timeouts.handshakeMs, () => {
      const evidence = { seen: `no decision after ${this.#timeouts.handshakeMs} ms` };
      this.#refuse(
        offer,
        { reason: refusalReasons.REQ_HANDSHAKE_TIMEOUT, evidence, headers: RETRY_AFTER },
        candidate.request,
      );
    });
    outcome.then((decided) => {
      if (wait.finish()) this.#conclude(offer, decided, candidate);
    });
  }

  #conclude(offer: Offer, outcome: Outcome<Context>, candidate: Candidate<Context>): void {
    const { request: from } = candidate;
    if (offer.abandoned)
      return this.#publish(undefined, headFacts(offer.head), from, offer.since, 'abandoned');
    if ('rejection' in outcome) return this.#refuse(offer, outcome.rejection, from, outcome.error);
    if (this.#draining) {
      return this.#refuse(
        offer,
        { reason: refusalReasons.ROUTE_MAINTENANCE, evidence: {}, headers: RETRY_AFTER },
        from,
      );
    }
    const { endpoint, request, subprotocol, extensions, context } = outcome;
    const early = offer.accept({ key: request.handshake.key, subprotocol, extensions: extensions.answers });
    const agreement = extensions.agreed[0]?.agreed;
    const connection = new Connection(offer.socket, endpoint.settings, subprotocol, context, agreement);
    this.#open.add(connection, candidate.tally);
    if (trace.handshakes.hasSubscribers)
      this.#publish(undefined, headFacts(offer.head), from, offer.since, 'accepted', connection);
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

  #refuse(offer: Offer, rejection: Rejection, from: HandshakeRequest | Duplex, error?: unknown): void {
    const { head } = offer;
    offer.refuse(this.#answer(rejection, head.fields.get('accept'), head));
    this.#publish(rejection, headFacts(head), from, offer.since);
    if (error !== undefined) trace.reportFault('a handshake hook threw', error);
  }

  #answer(rejection: Rejection, accept: string | undefined, head?: RequestHead): RefusalAnswer {
    return refusal(rejection, this.#refusalOptions(accept, head));
  }

  #refusalOptions(accept: string | undefined, head?: RequestHead): RefusalOptions {
    const { method, carrier } = head ?? {};
    return { accept, method, carrier, detail: this.#options.detail !== false, date: new Date() };
  }

  #ended(connection: Connection<Context>): void {
    this.#open.remove(connection);
  }

  #publish(
    rejection: Rejection | undefined,
    facts: HeadFacts,
    from: HandshakeRequest | Duplex,
    since: number,
    outcome: trace.HandshakeTrace['outcome'] = 'refused',
    connection?: Connection<Context>,
  ): void {
    this.#handshakes += 1;
    if (!trace.handshakes.hasSubscribers) return;
    const event: trace.HandshakeTrace = {
      id: this.#handshakes,
      outcome,
      ...facts,
      address: from instanceof HandshakeRequest ? from.address : addressOf(from),
      status: statusOf(outcome, facts, rejection),
      subprotocol: connection?.subprotocol ?? '',
      extensions: connection?.extensions ?? '',
      rejection,
      tookMs: clock() - since,
    };
    trace.handshakes.publish(event);
  }
}

/** What a trace tells of a head. */
interface HeadFacts {
  readonly carrier: Carrier;
  readonly method: string;
  readonly target: string;
  readonly origin: string | undefined;
}

const NO_HEAD: HeadFacts = { carrier: 'h1', method: '', target: '', origin: undefined };
const NO_STREAM: HeadFacts = { ...NO_HEAD, carrier: 'h2' };

function requestFacts({ method = '', url = '', headers }: IncomingMessage): HeadFacts {
  return { carrier: 'h1', method, target: url, origin: headers.origin };
}

function headFacts({ carrier, method, target, fields }: RequestHead): HeadFacts {
  return { carrier, method, target, origin: fields.get('origin') };
}

function statusOf(
  outcome: trace.HandshakeTrace['outcome'],
  facts: HeadFacts,
  rejection: Rejection | undefined,
): number {
  if (outcome === 'abandoned' || facts === NO_STREAM) return 0;
  if (rejection !== undefined) return refusalStatus(rejection.reason, facts.carrier);
  return OPENING_STATUS[facts.carrier];
}

/** Makes a server and lets it listen (`port`), or attaches it to yours (`server`). @throws TypeError for options that cannot be meant. */
export function createServer<Context = undefined>(options: ServerOptions<Context>): Server<Context> {
  return new Server(options);
}
