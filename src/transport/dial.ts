// Knows: how a client gets to a socket that leads to the server: DNS and TCP, or a tunnel through a forward proxy, then TLS where it is
// wanted; each stage timed, all of them bounded. Must not know: HTTP. A failure is a value; the socket of one is destroyed.
import { isIP, type LookupFunction, type Socket } from 'node:net';
import type { Timings } from '../errors.js';
import type { ForwardProxy } from './forward-proxy.js';
import type { Patience, Stop } from './patience.js';
import type { Failure } from './system-errors.js';
import { connectTcp, type Dialed, type Port, unanswered, unnamed } from './tcp.js';
import { type PreparedTls, type SecureOptions, secure, unsecured } from './tls.js';
import { openTunnel, stoppedTunnel } from './tunnel.js';

export type { Dialed } from './tcp.js';

export interface Place extends Port {
  readonly secure: boolean;
}

export interface DialOptions extends SecureOptions {
  /** How names become addresses; `dns.lookup` unless given. */
  readonly lookup?: LookupFunction | undefined;
  /** Through whom. Default: straight to the place. */
  readonly proxy?: ForwardProxy | undefined;
  /** For the way to a proxy that is reached over TLS itself. */
  readonly proxyTls?: PreparedTls | undefined;
}

/** Connects to `place`; the times of the stages that were passed are written to `timings`. */
export async function dial(
  place: Place,
  { lookup, proxy, proxyTls, ...options }: DialOptions,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  const reached: Dialed<Socket> =
    proxy === undefined
      ? await connectTcp(place, lookup, patience, timings)
      : await openTunnel(proxy, place, { lookup, tls: proxyTls }, patience, timings);
  if (!reached.ok || !place.secure) return reached;
  return secure(reached.value, place.host, options, patience, timings);
}

/** What a stop means for whoever waits for a dialling that goes on: how far it has come shows in its timings. */
export function stoppedDialing(
  { host, secure: wantsTls }: Place,
  proxy: ForwardProxy | undefined,
  timings: Timings,
  patience: Patience,
  why: Stop,
): Failure | undefined {
  const { dnsMs, tcpMs, tlsMs, proxyMs } = timings;
  if (proxy !== undefined && proxyMs === undefined) return stoppedTunnel(proxy, host, timings, patience, why);
  if (tcpMs === undefined && dnsMs === undefined && isIP(host) === 0) return unnamed(host, patience, why);
  if (tcpMs === undefined) return unanswered(host, patience, why);
  if (wantsTls && tlsMs === undefined) return unsecured(host, patience, why);
  return undefined;
}
