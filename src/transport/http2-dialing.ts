// Knows: how one dialling serves all attempts that wait for it: each leaves when its own time is up, the last one ends it.
// RFC 9113 §3.2 and §3.3. Must not know: who else there is, or what is asked over the session.
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { Timings } from '../errors.js';
import { dial, type Place, stoppedDialing } from './dial.js';
import { FAILURES } from './failures.js';
import type { ForwardProxy } from './forward-proxy.js';
import { H2_FAILURES } from './http2-failures.js';
import { openSession, unsettled } from './http2-opening.js';
import type { Session, SessionOptions } from './http2-session.js';
import { Patience, type Stop } from './patience.js';
import { type Failure, failed } from './system-errors.js';
import type { Alpn, PreparedTls } from './tls.js';

export interface Target {
  /** Over TLS h2 is offered by ALPN; without it the server is taken to know that HTTP/2 is spoken ("prior knowledge"). */
  readonly place: Place;
  readonly tls?: PreparedTls | undefined;
  readonly proxy?: ForwardProxy | undefined;
  readonly proxyTls?: PreparedTls | undefined;
  /** Whether HTTP/1.1 is offered too, so that the socket is of use when it is chosen. */
  readonly orHttp1: boolean;
}

/** A session; or none, perhaps with a socket on which HTTP/1.1 was chosen. */
export type Reached =
  | { readonly ok: true; readonly value: Session }
  | (Failure & { readonly socket?: Socket | undefined });

interface Waiter {
  readonly timings: Timings;
  resolve(reached: Reached): void;
}

export class Dialing {
  readonly #target: Target;
  readonly #onOver: (session?: Session) => void;
  readonly #timings: Timings = { totalMs: 0 };
  readonly #givenUp = new AbortController();
  readonly #patience = new Patience(Number.POSITIVE_INFINITY, this.#givenUp.signal);
  readonly #waiters = new Set<Waiter>();

  /** `onOver` is called when nobody may join any more, and again with a session that came nevertheless. */
  constructor(target: Target, options: SessionOptions, onOver: (session?: Session) => void) {
    this.#target = target;
    this.#onOver = onOver;
    this.#run(options).then((reached) => this.#settle(reached));
  }

  /** Waits with the others. The first one gets the times of the stages, and a socket for HTTP/1.1. */
  join(patience: Patience, timings: Timings): Promise<Reached> {
    return new Promise((resolve) => {
      const waiter = { timings, resolve };
      this.#waiters.add(waiter);
      patience.entrust((why) => this.#leave(waiter, patience, why));
    });
  }

  async #run(options: SessionOptions): Promise<Reached> {
    const { place, proxy, proxyTls, tls, orHttp1 } = this.#target;
    const alpn: Alpn = orHttp1 ? ['h2', 'http/1.1'] : ['h2'];
    const dialed = await dial(place, { tls, alpn, proxy, proxyTls }, this.#patience, this.#timings);
    if (!dialed.ok) return orHttp1 ? dialed : notChosenAtAll(dialed);
    const socket = dialed.value;
    const chosen = place.secure ? (socket as TLSSocket).alpnProtocol : 'h2';
    if (chosen === 'h2') return openSession(socket, this.#patience, options);
    const failure = notChosen(chosen || 'nothing');
    if (orHttp1) return { ...failure, socket };
    socket.destroy();
    return failure;
  }

  #settle(reached: Reached): void {
    this.#onOver(reached.ok ? reached.value : undefined);
    const [first, ...others] = this.#waiters;
    this.#waiters.clear();
    if (first === undefined) {
      if (!reached.ok) reached.socket?.destroy();
      return;
    }
    Object.assign(first.timings, this.#timings);
    first.resolve(reached);
    for (const other of others) other.resolve(reached.ok ? reached : { ...reached, socket: undefined });
  }

  #leave(waiter: Waiter, patience: Patience, why: Stop): void {
    if (!this.#waiters.delete(waiter)) return;
    const { place, proxy } = this.#target;
    Object.assign(waiter.timings, this.#timings);
    waiter.resolve(stoppedDialing(place, proxy, this.#timings, patience, why) ?? unsettled(patience, why));
    if (this.#waiters.size > 0) return;
    this.#onOver();
    this.#givenUp.abort();
  }
}

/** RFC 7301 §3.2: a server that knows nothing of what is offered ends TLS with an alert; many go on without a choice. */
function notChosenAtAll(failure: Failure): Failure {
  const isRefusal = failure.rejection.reason === FAILURES.TLS_ALPN_ONLY_H2;
  return isRefusal ? notChosen('no_application_protocol', failure.cause) : failure;
}

function notChosen(seen: string, cause?: unknown): Failure {
  return failed(H2_FAILURES.H2_NOT_CHOSEN, { field: 'ALPN', seen, wanted: 'h2' }, cause);
}
