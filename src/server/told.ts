// Knows: what a server tells of each handshake on the diagnostics channels. Must not know: who listens, or what was decided
// why. While nobody listens a handshake is counted and nothing else.
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import type { Connection } from '../connection/connection.js';
import { clock } from '../deadlines.js';
import type { RequestHead, ResponseHead } from '../handshake/head.js';
import type { RefusalAnswer } from '../handshake/refusal.js';
import { OPENING_STATUS } from '../handshake/rejections.js';
import { pathOf } from '../handshake/target.js';
import type { Rejection } from '../reason.js';
import * as trace from '../trace.js';
import type { AcceptAnswer } from '../transport/offer.js';
import { addressOf, forwardedOf, isEncrypted } from './addresses.js';
import type { House } from './admission.js';
import { openingHead, refusalHead } from './answered.js';
import { Course } from './course.js';
import type { DrainReport } from './drain.js';
import { tlsMs } from './tls-time.js';

/** Whose handshake it was, as far as that is known. An offer is one. */
export interface Subject {
  /** Undefined when none could be read. */
  readonly head?: RequestHead | undefined;
  readonly line: Duplex;
  readonly since: number;
  /** Where there is no head to tell it. Default `h1`. */
  readonly carrier?: 'h1' | 'h2';
}

/** How a handshake came out. */
export interface Conclusion {
  /** `refused` stands for `broken` too, which the rejection tells. */
  readonly outcome: trace.HandshakeOutcome;
  /** What was answered. */
  readonly answer?: AcceptAnswer | RefusalAnswer;
  readonly rejection?: Rejection;
  readonly connection?: Connection<unknown>;
  readonly firstOctets?: Uint8Array;
  readonly error?: unknown;
}

type Premises = Pick<House<unknown>, 'proxies'> & {
  readonly routes: { match(path: string): { readonly pattern: string } | undefined };
};

/** Tells of the handshakes of one server, and counts them. */
export class Teller {
  readonly server: trace.TracedServer;
  readonly #premises: Premises;
  #handshakes = 0;

  constructor(server: trace.TracedServer, premises: Premises) {
    this.server = server;
    this.#premises = premises;
  }

  /** A head has come, and is about to be judged. Undefined while nobody listens. */
  arrive({ head, line, since }: Subject & { readonly head: RequestHead }): Course | undefined {
    const { arrivals, handshakes } = trace;
    if (!handshakes.hasSubscribers && !arrivals.hasSubscribers) return undefined;
    this.#handshakes += 1;
    const course = new Course(this.#handshakes, addressOf(line), clock() - since);
    const { id, peer } = course;
    if (arrivals.hasSubscribers)
      arrivals.publish({ id, server: this.server, at: Date.now(), request: head, peer });
    return course;
  }

  tell(subject: Subject, conclusion: Conclusion, course?: Course): void {
    if (course === undefined) this.#handshakes += 1;
    const { rejection } = conclusion;
    if (rejection !== undefined && trace.limits.hasSubscribers) this.#tellLimit(rejection);
    const { handshakes, failures } = trace;
    const isFailure = conclusion.outcome !== 'accepted' && failures.hasSubscribers;
    if (!handshakes.hasSubscribers && !isFailure) return;
    const id = course?.id ?? this.#handshakes;
    const told = new Told(id, this.server, this.#premises, subject, conclusion, course);
    if (handshakes.hasSubscribers) handshakes.publish(told);
    if (isFailure) failures.publish(told);
  }

  tellDrain(phase: 'begin' | 'end', open: number, report?: DrainReport): void {
    if (!trace.drains.hasSubscribers) return;
    trace.drains.publish({ server: this.server, at: Date.now(), phase, open, ...(report && { report }) });
  }

  #tellLimit({ reason, evidence }: Rejection): void {
    const name = LIMITS.get(reason.code);
    const { server } = this;
    if (name !== undefined)
      trace.limits.publish({ at: Date.now(), name, reason, evidence, server, connection: undefined });
  }
}

/** The options whose limits handshakes run into. */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['LIMIT_CONNECTIONS', 'limits.maxConnections'],
  ['LIMIT_CONNECTIONS_PER_ADDRESS', 'limits.maxConnectionsPerAddress'],
  ['LIMIT_PENDING_HANDSHAKES', 'limits.maxPendingHandshakes'],
  ['ROUTE_RATE_LIMIT', 'limits.maxHandshakesPerSecond'],
  ['REQ_HEAD_TOO_LARGE', 'limits.maxHeadBytes'],
  ['REQ_LINE_TOO_LONG', 'limits.maxHeadLineBytes'],
  ['REQ_HEAD_TIMEOUT', 'timeouts.headMs'],
  ['REQ_HANDSHAKE_TIMEOUT', 'timeouts.handshakeMs'],
]);

/** Rows that say of a handshake what it lost on its way. */
const BROKEN: ReadonlySet<string> = new Set(['PROXY_UPGRADE_STRIPPED', 'PROXY_CONNECTION_LOST']);

/** What is published. The socket is asked at once, since it may be gone soon; the rest is worked out when it is read. */
class Told implements trace.HandshakeTrace {
  readonly id: number;
  readonly server: trace.TracedServer;
  readonly at = Date.now();
  readonly outcome: trace.HandshakeOutcome;
  readonly carrier: 'h1' | 'h2';
  readonly request: RequestHead | undefined;
  readonly rejection: Rejection | undefined;
  readonly connection: Connection<unknown> | undefined;
  readonly tookMs: number;
  readonly secure: boolean;
  readonly tls: trace.TlsFacts | undefined;
  readonly address: string;
  readonly peer: string;
  readonly firstOctets: Uint8Array | undefined;
  readonly error: unknown;
  readonly steps: readonly trace.StepTrace[];
  readonly #premises: Premises;
  readonly #answer: Conclusion['answer'];

  constructor(
    id: number,
    server: trace.TracedServer,
    premises: Premises,
    { head, line, since, carrier = 'h1' }: Subject,
    { outcome, rejection, connection, answer, firstOctets, error }: Conclusion,
    course: Course | undefined,
  ) {
    this.id = id;
    this.server = server;
    this.outcome = rejection !== undefined && BROKEN.has(rejection.reason.code) ? 'broken' : outcome;
    this.carrier = head?.carrier ?? carrier;
    this.request = head;
    this.rejection = rejection;
    this.connection = connection;
    this.tookMs = clock() - since;
    this.peer = course?.peer ?? addressOf(line);
    const client = premises.proxies.clientOf(this.peer, isEncrypted(line), head);
    this.address = client.address;
    this.secure = client.secure;
    this.tls = isEncrypted(line) ? tlsFacts(line as TLSSocket, this.carrier) : undefined;
    this.firstOctets = firstOctets;
    this.error = error;
    this.steps = course?.finish() ?? NO_STEPS;
    this.#premises = premises;
    this.#answer = answer;
  }

  get method(): string {
    return this.request?.method ?? '';
  }

  get target(): string {
    return this.request?.target ?? '';
  }

  get origin(): string | undefined {
    return this.request?.fields.get('origin');
  }

  get forwarded(): readonly string[] {
    return this.request === undefined ? NO_HOPS : forwardedOf(this.request);
  }

  get route(): string | undefined {
    const path = this.request && pathOf(this.request.target);
    return path === undefined ? undefined : this.#premises.routes.match(path)?.pattern;
  }

  get subprotocol(): string {
    return this.connection?.subprotocol ?? '';
  }

  get extensions(): string {
    return this.connection?.extensions ?? '';
  }

  get status(): number {
    const answer = this.#answer;
    if (answer === undefined) return 0;
    return 'key' in answer ? OPENING_STATUS[this.carrier] : answer.status;
  }

  get response(): ResponseHead | undefined {
    const answer = this.#answer;
    if (answer === undefined) return undefined;
    return 'key' in answer ? openingHead(this.carrier, answer) : refusalHead(this.carrier, answer);
  }

  get responseBody(): string {
    const answer = this.#answer;
    return answer === undefined || 'key' in answer ? '' : answer.body;
  }
}

const NO_STEPS: readonly trace.StepTrace[] = [];
const NO_HOPS: readonly string[] = [];

function tlsFacts(socket: TLSSocket, carrier: 'h1' | 'h2'): trace.TlsFacts {
  const { alpnProtocol, servername } = socket as TLSSocket & { readonly servername?: string | false };
  return {
    version: socket.getProtocol?.() ?? '',
    alpn: alpnProtocol || '',
    servername: servername || '',
    ms: carrier === 'h1' ? tlsMs(socket) : undefined,
  };
}
