// Knows: how a client gets from a host and port to a socket: DNS, and TCP over all addresses of the name, each timed. RFC 8305.
// Must not know: what the socket is for. A failure is a value; the socket of one is destroyed.
import { lookup as systemLookup } from 'node:dns';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import type { Timings } from '../errors.js';
import { FAILURES } from './failures.js';
import { msSince, type Patience, type Stop } from './patience.js';
import { connectFailure, type Failure, nameFailure } from './system-errors.js';

/** Where a socket may lead: a name or an address, without brackets. */
export interface Port {
  readonly host: string;
  readonly port: number;
}

export type Dialed<Carrier = Socket> = { readonly ok: true; readonly value: Carrier } | Failure;

/** Connects; the times of the stages that were passed are written to `timings`. `lookup` is `dns.lookup` unless given. */
export function connectTcp(
  to: Port,
  lookup: LookupFunction | undefined,
  patience: Patience,
  timings: Timings,
): Promise<Dialed> {
  return new TcpStep(to, lookup ?? systemLookup, timings).run(patience);
}

/** The first address of a name. */
export function resolve(
  host: string,
  lookup: LookupFunction | undefined,
  patience: Patience,
  timings: Timings,
): Promise<Dialed<string>> {
  const since = performance.now();
  return new Promise((resolve) => {
    patience.entrust((why) => resolve(unnamed(host, patience, why)));
    (lookup ?? systemLookup)(host, {}, (error, found) => {
      const address = Array.isArray(found) ? found[0]?.address : found;
      if (error || !address) return resolve(nameFailure(error ?? NO_ADDRESS, host));
      timings.dnsMs = msSince(since);
      resolve({ ok: true, value: address });
    });
  });
}

/** The name was still being looked up. */
export function unnamed(host: string, patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'dns', FAILURES.DNS_FAILURE, `no address of ${host}`);
}

/** TCP was still under way. */
export function unanswered(host: string, patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'tcp', FAILURES.TCP_TIMEOUT, `no answer of ${host}`);
}

class TcpStep {
  readonly #to: Port;
  readonly #timings: Timings;
  readonly #socket: Socket;
  #resolve!: (outcome: Dialed) => void;
  #since = performance.now();
  #isNamed: boolean;

  constructor(to: Port, lookup: LookupFunction, timings: Timings) {
    const { host, port } = to;
    this.#to = to;
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
    const { host, port } = this.#to;
    this.#fail(this.#isNamed ? connectFailure(error, `${host}:${port}`) : nameFailure(error, host));
  };

  #stopped(why: Stop, patience: Patience): Failure {
    const { host } = this.#to;
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
