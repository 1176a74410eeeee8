// Knows: how a client gets from a host and port to a socket: DNS, TCP (over all addresses), TLS with ALPN; each stage timed, all of
// them bounded. RFC 8305, RFC 8446, RFC 7301. Must not know: HTTP. A failure is a value; the socket of one is destroyed.
import { lookup as systemLookup } from 'node:dns';
import { connect as connectTcp, isIP, type LookupFunction, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { Timings } from '../errors.js';
import { FAILURES } from './failures.js';
import type { Patience, Stop } from './patience.js';
import { connectFailure, type Failure, failed, nameFailure, tlsFailure } from './system-errors.js';

export interface Place {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

/** What may be said about TLS, as for `tls.connect`. There is no `session`: none is ever used again. */
export interface TlsOptions extends SecureContextOptions {
  /** Whether the certificate is checked. Default true, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
  readonly rejectUnauthorized?: boolean;
  /** The name asked for and expected in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

type PeerCertificate = Parameters<typeof import('node:tls').checkServerIdentity>[1];

export interface DialOptions {
  readonly tls?: TlsOptions | undefined;
  /** How names become addresses; `dns.lookup` unless given. */
  readonly lookup?: LookupFunction | undefined;
}

export type Dialed<Carrier = Socket> = { readonly ok: true; readonly value: Carrier } | Failure;

/** Connects to `place`; the times of the stages that were passed are written to `timings`. */
export async function dial(
  place: Place,
  options: DialOptions,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  const tcp = await dialTcp(place, options.lookup ?? systemLookup, patience, timings);
  if (!tcp.ok || !place.secure) return tcp;
  return dialTls(tcp.value, place, options.tls ?? {}, patience, timings);
}

function dialTcp(
  { host, port }: Place,
  lookup: LookupFunction,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  return new Promise((resolve) => {
    let since = performance.now();
    let isNamed = isIP(host) !== 0;
    const resolver: LookupFunction = (name, options, found) => {
      lookup(name, options, (error, addresses, family) => {
        isNamed = error === null && !isEmpty(addresses);
        if (isNamed) timings.dnsMs = msSince(since);
        since = performance.now();
        found(isNamed ? null : (error ?? NO_ADDRESS), addresses, family);
      });
    };
    // RFC 8305: Node tries the addresses in turn, both families, and gives each of them a moment.
    const socket = connectTcp({ host, port, noDelay: true, autoSelectFamily: true, lookup: resolver });
    const fail = (failure: Failure) => {
      socket.destroy();
      resolve(failure);
    };
    patience.entrust((why) =>
      fail(
        stopped(why, isNamed ? 'tcp' : 'dns', patience, `no ${isNamed ? 'answer' : 'address'} of ${host}`),
      ),
    );
    socket.once('connect', () => {
      timings.tcpMs = msSince(since);
      resolve({ ok: true, value: socket });
    });
    // Stays for the life of the socket: between two owners nobody else would hear an error.
    socket.on('error', (error) => {
      fail(isNamed ? connectFailure(error, `${host}:${port}`) : nameFailure(error, host));
    });
  });
}

const NO_ADDRESS: NodeJS.ErrnoException = Object.assign(new Error('the name has no address'), {
  code: 'ENODATA',
});

function isEmpty(addresses: unknown): boolean {
  return Array.isArray(addresses) && addresses.length === 0;
}

function dialTls(
  tcp: Socket,
  { host }: Place,
  tls: TlsOptions,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  return new Promise((resolve) => {
    const since = performance.now();
    const socket = startTls(tcp, host, tls);
    const fail = (failure: Failure) => {
      socket.destroy();
      tcp.destroy();
      resolve(failure);
    };
    const onClose = () => fail(tlsFailure(HUNG_UP, host));
    patience.entrust((why) => fail(stopped(why, 'tls', patience, `no TLS with ${host}`)));
    socket.once('secureConnect', () => {
      timings.tlsMs = msSince(since);
      socket.off('close', onClose);
      resolve({ ok: true, value: socket });
    });
    socket.on('error', (error) => fail(tlsFailure(error, host)));
    socket.once('close', onClose);
  });
}

const HUNG_UP: NodeJS.ErrnoException = Object.assign(new Error('closed before TLS was set up'), {
  code: 'ECONNRESET',
});

function startTls(
  tcp: Socket,
  host: string,
  { servername, rejectUnauthorized, ...tls }: TlsOptions,
): TLSSocket {
  return connectTls({
    ...tls,
    socket: tcp,
    host,
    // RFC 6455 §4.1(5): the host is named to the server. RFC 6066 §3: an address is no name.
    servername: servername ?? (isIP(host) === 0 ? host : ''),
    rejectUnauthorized: rejectUnauthorized ?? true,
    // RFC 6455 §4.1: WebSocket is an upgrade of HTTP/1.1; a server that chose h2 would not understand it.
    ALPNProtocols: ['http/1.1'],
  });
}

/** @throws TypeError for keys and certificates that cannot be read, before anything is dialled. */
export function checkTls(tls: TlsOptions): void {
  try {
    createSecureContext(tls);
  } catch (error) {
    throw new TypeError(`the option tls cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

const SILENT = {
  dns: FAILURES.DNS_FAILURE,
  tcp: FAILURES.TCP_TIMEOUT,
  tls: FAILURES.TLS_TIMEOUT,
  http: FAILURES.HTTP_NO_RESPONSE,
} as const;

/** The attempt was called off, or its time was up: named after the stage that hung. */
export function stopped(why: Stop, stage: keyof typeof SILENT, patience: Patience, seen: string): Failure {
  if (why === 'abort') {
    return failed(FAILURES.CLIENT_CLOSED_EARLY, { field: 'stage', seen: stage }, patience.abortReason);
  }
  return failed(SILENT[stage], { seen: `${seen} within ${patience.limitMs} ms` });
}

/** To the hundredth of a millisecond. */
export function msSince(since: number): number {
  return Math.round((performance.now() - since) * 100) / 100;
}
