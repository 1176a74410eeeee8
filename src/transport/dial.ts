// Knows: how a client gets from a host and port to a socket: DNS, TCP over all addresses of the name, TLS where it is wanted; each
// stage timed, all of them bounded. RFC 8305. Must not know: HTTP. A failure is a value; the socket of one is destroyed.
import { lookup as systemLookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Timings } from '../errors.js';
import { FAILURES } from './failures.js';
import { msSince, type Patience, type Stop } from './patience.js';
import { connectFailure, type Failure, nameFailure } from './system-errors.js';
import { type SecureOptions, secure, unsecured } from './tls.js';

export interface Place {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
}

export interface DialOptions extends SecureOptions {
  /** How names become addresses; `dns.lookup` unless given. */
  readonly lookup?: LookupFunction | undefined;
}

export type Dialed<Carrier = Socket> = { readonly ok: true; readonly value: Carrier } | Failure;

/** Connects to `place`; the times of the stages that were passed are written to `timings`. */
export async function dial(
  place: Place,
  { lookup = systemLookup, ...options }: DialOptions,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  const tcp = await new TcpStep(place, lookup, timings).run(patience);
  if (!tcp.ok || !place.secure) return tcp;
  return secure(tcp.value, place.host, options, patience, timings);
}

/** What a stop means for whoever waits for a dialling that goes on: how far it has come shows in its timings. */
export function stoppedDialing(
  { host, secure: wantsTls }: Place,
  { dnsMs, tcpMs, tlsMs }: Timings,
  patience: Patience,
  why: Stop,
): Failure | undefined {
  if (tcpMs === undefined && dnsMs === undefined && isIP(host) === 0) return unnamed(host, patience, why);
  if (tcpMs === undefined) return unanswered(host, patience, why);
  if (wantsTls && tlsMs === undefined) return unsecured(host, patience, why);
  return undefined;
}

function unnamed(host: string, patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'dns', FAILURES.DNS_FAILURE, `no address of ${host}`);
}

function unanswered(host: string, patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'tcp', FAILURES.TCP_TIMEOUT, `no answer of ${host}`);
}

class TcpStep {
  readonly #place: Place;
  readonly #timings: Timings;
  readonly #socket: Socket;
  #resolve!: (outcome: Dialed) => void;
  #since = performance.now();
  #isNamed: boolean;

  constructor(place: Place, lookup: LookupFunction, timings: Timings) {
    const { host, port } = place;
    this.#place = place;
    this.#timings = timings;
    this.#isNamed = isIP(host) !== 0;
    // RFC 8305: Node tries the addresses in turn, both families, and gives each of them a moment.
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      autoSelectFamily: true,
      lookup: this.#timed(lookup),
    });
  }

  run(patience: Patience): Promise<Dialed> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      this.#socket.on('error', this.#onError).once('connect', () => this.#connected());
      patience.entrust((why) => this.#fail(this.#stopped(why, patience)));
    });
  }

  #timed(lookup: LookupFunction): LookupFunction {
    return (name, options, found) => {
      lookup(name, options, (error, addresses, family) => {
        this.#isNamed = !error && !(Array.isArray(addresses) && addresses.length === 0);
        if (this.#isNamed) this.#timings.dnsMs = msSince(this.#since);
        this.#since = performance.now();
        found(this.#isNamed ? null : (error ?? NO_ADDRESS), addresses, family);
      });
    };
  }

  #connected(): void {
    this.#timings.tcpMs = msSince(this.#since);
    // Between two owners nobody else would hear an error; the next one finds the socket destroyed.
    this.#socket.off('error', this.#onError).on('error', ignore);
    this.#resolve({ ok: true, value: this.#socket });
  }

  readonly #onError = (error: Error) => {
    const { host, port } = this.#place;
    this.#fail(this.#isNamed ? connectFailure(error, `${host}:${port}`) : nameFailure(error, host));
  };

  #stopped(why: Stop, patience: Patience): Failure {
    const { host } = this.#place;
    return this.#isNamed ? unanswered(host, patience, why) : unnamed(host, patience, why);
  }

  #fail(failure: Failure): void {
    this.#socket.destroy();
    this.#resolve(failure);
  }
}

const NO_ADDRESS: NodeJS.ErrnoException = Object.assign(new Error('the name has no address'), {
  code: 'ENODATA',
});

function ignore(): void {}
