// Knows: how one attempt to open a WebSocket goes: the URL, one visit or, if asked for, several along redirects, each over
// HTTP/1.1 or HTTP/2; its error. RFC 6455 §4.1. Must not know: sockets, or what a failure means (`answers.ts`).
import type { Duplex } from 'node:stream';
import { Connection } from '../connection/connection.js';
import type { HandshakeError, Timings } from '../errors.js';
import { isToken } from '../handshake/fields.js';
import { statusReasons } from '../handshake/rejections.js';
import type { Rejection } from '../reason.js';
import * as trace from '../trace.js';
import { FAILURES } from '../transport/failures.js';
import type { ForwardProxy } from '../transport/forward-proxy.js';
import { msSince, Patience } from '../transport/patience.js';
import { errorOf, type Outcome } from './answers.js';
import { type ConnectOptions, forAnotherOrigin, type Plan, planOf } from './options.js';
import { Secrets } from './secrets.js';
import { isSameOrigin, judgeRedirect, judgeUrl, locationOf, shownUrl } from './url.js';
import { proxyOf, visitOverHttp1 } from './visit.js';

export type { TlsOptions } from '../transport/tls.js';
export type { ClientLimits, ClientTimeouts, ConnectOptions } from './options.js';

/**
 * Opens a WebSocket to `url` (`ws` or `wss`; `http` and `https` mean the same). Resolves with the open connection, whose
 * `handshake` holds both heads, the times of the stages and the peer's address.
 * @throws HandshakeError (as a rejection) for whatever keeps it from opening, a bad URL included: code, stage, status, headers
 *   and first bytes of the answer, timings, cause and fix. The secrets of the request are taken out of all of them.
 * @throws TypeError or RangeError (as a rejection) for options that cannot be meant.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Connection> {
  return new Attempt(planOf(options)).run(url);
}

/** The same over a Duplex that is connected already: no DNS, no TCP, no proxy, no TLS, no HTTP/2, no redirects. */
export async function connectOver(
  duplex: Duplex,
  url: string | URL,
  options: Omit<ConnectOptions, 'tls' | 'redirects' | 'http' | 'proxy'> = {},
): Promise<Connection> {
  return new Attempt(planOf(options), duplex).run(url);
}

class Attempt {
  #plan: Plan;
  readonly #duplex: Duplex | undefined;
  readonly #patience: Patience;
  readonly #secrets = new Secrets();
  readonly #since = performance.now();
  #timings: Timings = { totalMs: 0 };
  #proxy: ForwardProxy | undefined;

  constructor(plan: Plan, duplex?: Duplex) {
    this.#plan = plan;
    this.#duplex = duplex;
    this.#patience = new Patience(plan.connectMs, plan.signal);
  }

  async run(input: string | URL): Promise<Connection> {
    try {
      const url = judgeUrl(input);
      if (!url.ok) throw this.#error(input, url);
      const misnamed = misnamedSubprotocol(this.#plan.subprotocols);
      if (misnamed !== undefined) throw this.#error(url.value, { rejection: misnamed });
      return await this.#follow(url.value);
    } finally {
      this.#patience.release();
    }
  }

  async #follow(first: URL): Promise<Connection> {
    const most = this.#duplex === undefined ? this.#plan.redirects : 0;
    let url = first;
    for (let count = 0; ; count += 1) {
      const outcome = await this.#visit(url);
      if (outcome instanceof Connection) return this.#opened(url, outcome);
      const location = outcome.head && locationOf(outcome.head);
      if (location === undefined || most === 0) throw this.#error(url, outcome);
      const next = count === most ? tooMany(most) : judgeRedirect(url, location);
      if (!next.ok) throw this.#error(url, { ...outcome, rejection: next.rejection });
      if (!isSameOrigin(url, next.value)) this.#plan = forAnotherOrigin(this.#plan);
      url = next.value;
    }
  }

  /** One request to one URL. */
  async #visit(url: URL): Promise<Connection | Outcome> {
    const plan = this.#plan;
    this.#secrets.learn(url, plan.headers, plan.subprotocols);
    this.#timings = { totalMs: 0 };
    this.#proxy = this.#duplex === undefined ? proxyOf(url, plan) : undefined;
    const visit = {
      url,
      plan,
      proxy: this.#proxy,
      patience: this.#patience,
      timings: this.#timings,
      since: this.#since,
    };
    if (this.#duplex !== undefined || !wantsHttp2(plan, url)) return visitOverHttp1(visit, this.#duplex);
    // What only HTTP/2 needs is not loaded without need.
    const { visitOverHttp2 } = await import('./over-http2.js');
    const outcome = await visitOverHttp2(visit);
    return 'fallback' in outcome ? visitOverHttp1(visit, outcome.socket, outcome.fallback) : outcome;
  }

  #opened(url: URL, connection: Connection): Connection {
    if (trace.attempts.hasSubscribers) this.#tell('opened', url, { connection, error: undefined });
    return connection;
  }

  /** What the attempt ends with. */
  #error(url: string | URL, outcome: Outcome): HandshakeError {
    this.#timings.totalMs = msSince(this.#since);
    const asked = { url: shownUrl(url), origin: this.#plan.origin, proxy: this.#namedProxy };
    const error = errorOf(outcome, asked, this.#timings, this.#secrets);
    if (trace.attempts.hasSubscribers) this.#tell('failed', url, { connection: undefined, error });
    return error;
  }

  #tell(
    outcome: trace.AttemptTrace['outcome'],
    url: string | URL,
    end: Pick<trace.AttemptTrace, 'connection' | 'error'>,
  ): void {
    const shown = this.#secrets.hide(shownUrl(url));
    trace.attempts.publish({ at: Date.now(), outcome, url: shown, timings: this.#timings, ...end });
  }

  /** Whoever reads the environment too finds there what the name leaves out: the credentials. */
  get #namedProxy(): string | undefined {
    const isRead = this.#plan.proxy === 'environment' && this.#proxy?.credentials !== undefined;
    return isRead ? undefined : this.#proxy?.name;
  }
}

/** Without TLS nothing tells whether a server speaks HTTP/2: only who insists gets it. */
function wantsHttp2({ http }: Plan, { protocol }: URL): boolean {
  return http === 2 || (http === 'auto' && protocol === 'wss:');
}

/** RFC 6455 §4.1(10): tokens, each of them once. They are counted and not shown: one of them may be a credential. */
function misnamedSubprotocol(names: readonly string[]): Rejection | undefined {
  const at = names.findIndex((name, index) => !isToken(name) || names.indexOf(name) < index);
  if (at < 0) return undefined;
  const seen = isToken(names[at]!) ? 'one that is there already' : 'no token';
  return { reason: FAILURES.URL_PROTOCOL_TOKEN, evidence: { field: `subprotocol ${at + 1}`, seen } };
}

function tooMany(most: number): { readonly ok: false; readonly rejection: Rejection } {
  const evidence = { field: 'redirects', seen: `${most + 1}`, wanted: `${most} at most` };
  return { ok: false, rejection: { reason: statusReasons.ROUTE_REDIRECT, evidence } };
}
