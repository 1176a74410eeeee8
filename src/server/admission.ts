// Knows: the one order in which a handshake is admitted: the server's own state and limits, the rules of the request, the route,
// the host, the origin, the application. Must not know: sockets and answers. Its outcome is a value.
import type { Duplex } from 'node:stream';
import { clock } from '../deadlines.js';
import type { DeflateAgreement } from '../deflate/permessage-deflate.js';
import type { RequestHead } from '../handshake/head.js';
import { chooseSubprotocol, type Negotiated, negotiateExtensions } from '../handshake/negotiate.js';
import { originRejection } from '../handshake/origin.js';
import { refusalReasons } from '../handshake/rejections.js';
import { isHandshakeAttempt, judgeRequest, lostOnTheWay } from '../handshake/request.js';
import { pathOf } from '../handshake/target.js';
import type { Reason, Rejection } from '../reason.js';
import { type AddressBook, Peer, type Tally, type TrustedProxies } from './addresses.js';
import type { Course } from './course.js';
import type { Endpoint, ServerLimits } from './options.js';
import { Refusal } from './refuse.js';
import { HandshakeRequest } from './request.js';
import type { Match, Routes } from './routes.js';

/** A handshake that may be accepted. */
export interface Admitted<Context> {
  readonly endpoint: Endpoint<Context>;
  readonly request: HandshakeRequest;
  readonly subprotocol: string;
  readonly extensions: Negotiated<DeflateAgreement>;
  readonly context: Context;
}

/** Refused with a reason; `error` when the application's own code failed. */
export interface Turned {
  readonly rejection: Rejection;
  readonly error?: unknown;
}

export type Outcome<Context> = Admitted<Context> | Turned;

/** What admission must know of the server as it is now. */
export interface House<Context> {
  readonly routes: Routes<Endpoint<Context>>;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly proxies: TrustedProxies;
  /** Undefined when nothing is limited by address: then no address is looked up. */
  readonly addresses: AddressBook | undefined;
  readonly limits: ServerLimits;
  readonly connections: number;
  readonly draining: boolean;
}

/** A request that passed everything but the application. */
export interface Candidate<Context> {
  readonly endpoint: Endpoint<Context>;
  readonly request: HandshakeRequest;
  readonly tally: Tally | undefined;
  readonly course: Course | undefined;
}

/** What a refusal says that only this moment is the reason for. */
export const RETRY_AFTER = { 'Retry-After': '5' };

/** Everything that needs no waiting. */
export function preliminary<Context>(
  house: House<Context>,
  head: RequestHead,
  line: Duplex,
  course?: Course,
): Candidate<Context> | Turned {
  course?.enter('limits');
  const peer = new Peer(line, house.proxies, head);
  const now = clock();
  const tally = house.addresses?.of(peer.address, now);
  const crowded = crowd(house, tally, peer, now);
  if (crowded !== undefined) return { rejection: crowded };
  course?.enter('rules');
  const { maxHeadFields: maxFields, maxHeadBytes: maxBytes } = house.limits;
  const judged = judgeRequest(head, { maxFields, maxBytes });
  if (!judged.ok) return { rejection: missingRoute(house, head) ?? judged.rejection };
  const handshake = judged.value;
  course?.enter('route');
  const match = house.routes.match(handshake.path);
  if (match === undefined) return turned(refusalReasons.ROUTE_NOT_FOUND, 'path', handshake.path);
  if (house.hosts !== undefined && !house.hosts.has(handshake.host)) {
    return turned(refusalReasons.ROUTE_MISDIRECTED, 'Host', handshake.host);
  }
  const request = new HandshakeRequest(handshake, head, peer, match.params);
  course?.enter('origin');
  return checkOrigin(match, request, tally, course);
}

function crowd<Context>(
  house: House<Context>,
  tally: Tally | undefined,
  peer: Peer,
  now: number,
): Rejection | undefined {
  const { limits } = house;
  if (house.draining) return refused(refusalReasons.ROUTE_MAINTENANCE, {}, RETRY_AFTER);
  if (tally !== undefined && !house.addresses!.spend(tally, now)) {
    const evidence = {
      field: 'address',
      seen: peer.address,
      wanted: `${limits.maxHandshakesPerSecond} handshakes a second at most`,
    };
    return refused(refusalReasons.ROUTE_RATE_LIMIT, evidence, { 'Retry-After': '1' });
  }
  if (house.connections >= limits.maxConnections) {
    return refused(
      refusalReasons.LIMIT_CONNECTIONS,
      { wanted: `${limits.maxConnections} at most` },
      RETRY_AFTER,
    );
  }
  if (tally !== undefined && tally.connections >= limits.maxConnectionsPerAddress) {
    const evidence = {
      field: 'address',
      seen: peer.address,
      wanted: `${limits.maxConnectionsPerAddress} connections at most`,
    };
    return refused(refusalReasons.LIMIT_CONNECTIONS_PER_ADDRESS, evidence, RETRY_AFTER);
  }
  return undefined;
}

/** A request that asks for no WebSocket, on a path where there is none, is a 404 before it is a bad handshake. */
function missingRoute<Context>(house: House<Context>, head: RequestHead): Rejection | undefined {
  if (isHandshakeAttempt(head)) return undefined;
  const path = pathOf(head.target);
  if (path === undefined || house.routes.match(path) !== undefined) return undefined;
  return refused(refusalReasons.ROUTE_NOT_FOUND, { field: 'path', seen: path });
}

function checkOrigin<Context>(
  { endpoint }: Match<Endpoint<Context>>,
  request: HandshakeRequest,
  tally: Tally | undefined,
  course: Course | undefined,
): Candidate<Context> | Turned {
  const { origins } = endpoint;
  try {
    const policy = typeof origins === 'function' ? (origin: string) => origins(origin, request) : origins;
    const rejection = originRejection(request.origin, policy, {
      host: request.host,
      secure: request.secure,
      allowMissing: endpoint.options.allowMissingOrigin,
      // Only told when no Origin is: then it is the one word on the page that there is.
      fetchSite: request.origin === undefined ? request.headers.get('sec-fetch-site') : undefined,
    });
    return rejection === undefined ? { endpoint, request, tally, course } : { rejection };
  } catch (error) {
    return failed(error);
  }
}

/** The application's part: the subprotocol and `authorize`. A promise only when it made one. */
export function decide<Context>(
  candidate: Candidate<Context>,
  leaving: { readonly signal: AbortSignal },
): Outcome<Context> | Promise<Outcome<Context>> {
  const { endpoint, request, course } = candidate;
  const { authorize, subprotocols = NO_NAMES, requireSubprotocol } = endpoint.options;
  course?.enter('subprotocol');
  try {
    const subprotocol = chooseSubprotocol(request.subprotocols, subprotocols, request);
    if (subprotocol === '' && requireSubprotocol === true) {
      return turned(
        refusalReasons.PROTO_REQUIRED,
        'Sec-WebSocket-Protocol',
        undefined,
        wantedNames(subprotocols),
      );
    }
    if (authorize === undefined) return concluded<Context>(candidate, subprotocol, undefined);
    course?.enter('authorize');
    const answer = authorize.call(endpoint.options, request, leaving);
    // Whatever can be awaited is: not every promise is an instance of this realm's class.
    if (!isPromise(answer)) return concluded(candidate, subprotocol, answer);
    return awaited(candidate, subprotocol, answer);
  } catch (error) {
    return failed(error);
  }
}

/** By itself, so that a handshake about which nobody thinks for long makes no closure. */
function awaited<Context>(
  candidate: Candidate<Context>,
  subprotocol: string,
  answer: Promise<Context | Refusal | void>,
): Promise<Outcome<Context>> {
  const conclude = (value: Context | Refusal | void) => concluded(candidate, subprotocol, value);
  return Promise.resolve(answer).then(conclude, failed);
}

function concluded<Context>(
  { endpoint, request, course }: Candidate<Context>,
  subprotocol: string,
  answer: Context | Refusal | void,
): Outcome<Context> {
  if (answer instanceof Refusal) return { rejection: answer.rejection };
  course?.enter('extensions');
  return {
    endpoint,
    request,
    subprotocol,
    extensions: agreeOn(endpoint, request),
    context: answer as Context,
  };
}

const NO_NAMES: readonly string[] = [];
const NO_EXTENSIONS: Negotiated<DeflateAgreement> = Object.freeze({ answers: [], agreed: [] });

/** Compression, where both the endpoint and the client want it. What is not agreed on is left out, and refuses nobody. */
function agreeOn<Context>(
  { settings }: Endpoint<Context>,
  { extensions }: HandshakeRequest,
): Negotiated<DeflateAgreement> {
  const { compression } = settings;
  if (compression === undefined || extensions.length === 0) return NO_EXTENSIONS;
  return negotiateExtensions(extensions, [compression.extension]);
}

function wantedNames(policy: unknown): string | undefined {
  const names = Array.isArray(policy) ? policy : (policy as { names?: readonly string[] }).names;
  return names === undefined ? undefined : names.join(' or ');
}

function isPromise<Value>(value: Value | Promise<Value>): value is Promise<Value> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function';
}

/** The application's code threw: the client learns that, and nothing of what was thrown. */
function failed(error: unknown): Turned {
  // `throw undefined` and `Promise.reject()` are failures too.
  const cause = error ?? new Error(`a hook threw ${error}`);
  return { rejection: { reason: refusalReasons.ROUTE_SERVER_ERROR, evidence: {} }, error: cause };
}

function turned(reason: Reason, field: string, seen: string | undefined, wanted?: string): Turned {
  return {
    rejection: {
      reason,
      evidence: { field, ...(seen !== undefined && { seen }), ...(wanted !== undefined && { wanted }) },
    },
  };
}

function refused(
  reason: Reason,
  evidence: Rejection['evidence'],
  headers?: Readonly<Record<string, string>>,
): Rejection {
  return headers === undefined ? { reason, evidence } : { reason, evidence, headers };
}

/** A request for the application. One that lost a field on its way to a WebSocket is none, wherever it arrives. */
export function isPlainRequest<Context>(house: House<Context>, head: RequestHead): boolean {
  if (!isHandshakeAttempt(head)) return !head.fields.has('upgrade');
  // In this order, so that a handshake on its path is not judged here and once more when it is admitted.
  return !hasRoute(house, head.target) && lostOnTheWay(head) !== undefined;
}

/** Whether there is a WebSocket at the path of this target. */
export function hasRoute<Context>({ routes }: House<Context>, target = ''): boolean {
  const path = pathOf(target);
  return path !== undefined && routes.match(path) !== undefined;
}
