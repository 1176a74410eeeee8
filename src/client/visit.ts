// Knows: one request to one URL: what it works with, how it goes over HTTP/1.1, and how an answer becomes a connection.
// RFC 6455 §4.1. Must not know: HTTP/2 (`over-http2.ts`), redirects, or what a failure means (`answers.ts`).
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { Connection } from '../connection/connection.js';
import type { Timings } from '../errors.js';
import { type RequestHead, type ResponseHead, serializeRequest } from '../handshake/head.js';
import { writeRequest } from '../handshake/write-request.js';
import type { Rejection } from '../reason.js';
import { type Dialed, type DialOptions, dial, type Place } from '../transport/dial.js';
import type { ForwardProxy } from '../transport/forward-proxy.js';
import { exchange } from '../transport/http1-client.js';
import { msSince, type Patience } from '../transport/patience.js';
import { proxyFor } from '../transport/proxy-environment.js';
import { noAnswer, type Outcome, refusedAnswer } from './answers.js';
import type { Plan } from './options.js';
import { judgeAnswer, type Wanted, wantedBy } from './wanted.js';

export interface Visit {
  readonly url: URL;
  readonly plan: Plan;
  /** Through whom; undefined where a Duplex is connected already. */
  readonly proxy: ForwardProxy | undefined;
  readonly patience: Patience;
  readonly timings: Timings;
  /** When the whole attempt began. */
  readonly since: number;
}

/** What an answer came over, and why not over HTTP/2 when that was wished for. */
export interface Carried {
  readonly duplex: Duplex;
  readonly address: string;
  /** What ALPN chose; undefined without TLS, or when it chose nothing. */
  readonly alpn: string | undefined;
  /** The forward proxy, without its credentials. */
  readonly proxy: string | undefined;
  readonly fallback?: Rejection | undefined;
}

/** HTTP/1.1 in place of HTTP/2: why, and the socket on which it was chosen, if there is one. */
export interface Fallback {
  readonly fallback: Rejection;
  readonly socket?: Duplex | undefined;
}

/** `over` is a Duplex that is connected already; otherwise a socket is dialled. */
export async function visitOverHttp1(
  visit: Visit,
  over?: Duplex,
  fallback?: Rejection,
): Promise<Connection | Outcome> {
  const { url, plan, patience, timings } = visit;
  const way = wayOf(visit);
  const wanted = wantedBy(plan);
  const request = writeRequest({ ...wanted, ...askedOf(visit) });
  const head = serializeRequest(request);
  const dialed: Dialed<Duplex> =
    over === undefined
      ? await dial(placeOf(url), { tls: plan.tls, ...way }, patience, timings)
      : { ok: true, value: over };
  if (!dialed.ok) return dialed;
  const duplex = dialed.value;
  const { remoteAddress: address = '', alpnProtocol } = duplex as Partial<TLSSocket>;
  const carried = { duplex, address, alpn: alpnProtocol || undefined, proxy: way.proxy?.name, fallback };
  const take = (response: ResponseHead, rest: Uint8Array) =>
    openOn(visit, carried, request, response, wanted, rest);
  const exchanged = await exchange(duplex, { head, limits: plan.headLimits, take }, patience, timings);
  if (exchanged.kind === 'taken') return exchanged.value;
  if (exchanged.kind === 'failed') return noAnswer(exchanged.rejection, exchanged.cause);
  return refusedAnswer(exchanged.head, exchanged.body, wanted, url);
}

/** What every request of this visit says, over whichever HTTP. */
export function askedOf({ url, plan: { origin, headers } }: Visit) {
  return { host: url.host, target: `${url.pathname}${url.search}`, origin, headers };
}

/** The proxy on the way to this URL. @throws TypeError when the environment names what is none. */
export function proxyOf(url: URL, { proxy }: Plan): ForwardProxy | undefined {
  return proxy === 'environment' ? proxyFor(url, process.env) : proxy;
}

/** By which way this URL is reached. */
export function wayOf({ plan, proxy }: Visit): Pick<DialOptions, 'proxy' | 'proxyTls'> {
  return proxy === undefined ? {} : { proxy, proxyTls: plan.tlsElsewhere };
}

export function placeOf({ hostname, port, protocol }: URL): Place {
  const secure = protocol === 'wss:';
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  return { host, port: port === '' ? (secure ? 443 : 80) : Number(port), secure };
}

/** The connection, when the answer is what was asked for; it begins to read in the same turn. */
export function openOn(
  { plan, timings, since }: Visit,
  { duplex, address, alpn, proxy, fallback }: Carried,
  request: RequestHead,
  response: ResponseHead,
  wanted: Wanted,
  early?: Uint8Array,
): Connection | undefined {
  const judged = judgeAnswer(response, wanted);
  if (!judged.ok) return undefined;
  const { subprotocol, agreement } = judged.value;
  timings.totalMs = msSince(since);
  const connection = new Connection(duplex, plan.settings, subprotocol, undefined, agreement);
  connection.handshake = { request, response, timings, address, alpn, proxy, fallback };
  connection.start(early);
  return connection;
}
