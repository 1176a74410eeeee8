// Knows: the live figures of the overview, from counters that cost a few additions each.
// Must not know: single handshakes or connections. Rates are of the last second, times of the last 500 handshakes.
import type { LimitUse, TracedConnection, TracedServer } from '../trace.js';
import { Closes } from './closes.js';
import { Pings } from './pings.js';
import type { ConnectionState, Overview } from './protocol.js';

const KEPT_TIMES = 500;
/** Whoever comes looks between two seconds: a rate of a moment would be any figure. */
const LEAST_MS = 500;

/** What has happened since the process began to watch; each is only ever added to. */
interface Totals {
  accepted: number;
  refused: number;
  messagesIn: number;
  messagesOut: number;
  bytesIn: number;
  bytesOut: number;
}

type Rates = { readonly [Name in keyof Totals as `${Name}PerSecond`]: number };

const NOTHING: Totals = { accepted: 0, refused: 0, messagesIn: 0, messagesOut: 0, bytesIn: 0, bytesOut: 0 };

export class Figures {
  readonly totals: Totals = { ...NOTHING };
  readonly closes = new Closes();
  readonly pings = new Pings();
  backpressured = 0;
  readonly #times: number[] = [];
  #timesAt = 0;
  #before: { readonly at: number; readonly totals: Totals };
  #rates: Rates = ratesOf(NOTHING, NOTHING, 1);

  constructor(now: number) {
    this.#before = { at: now, totals: { ...NOTHING } };
  }

  /** Somebody begins to look: rates are those from now on. */
  begin(now: number): void {
    this.#before = { at: now, totals: { ...this.totals } };
    this.#rates = ratesOf(NOTHING, NOTHING, 1);
  }

  answered(isAccepted: boolean, tookMs: number): void {
    if (isAccepted) this.totals.accepted += 1;
    else this.totals.refused += 1;
    if (!isAccepted) return;
    this.#times[this.#timesAt] = tookMs;
    this.#timesAt = (this.#timesAt + 1) % KEPT_TIMES;
  }

  /** What an open connection carried since it was looked at last. */
  moved(before: ConnectionState | undefined, now: TracedConnection): void {
    this.totals.messagesIn += now.messagesReceived - (before?.messagesIn ?? 0);
    this.totals.messagesOut += now.messagesSent - (before?.messagesOut ?? 0);
    this.totals.bytesIn += now.bytesReceived - (before?.bytesIn ?? 0);
    this.totals.bytesOut += now.bytesSent - (before?.bytesOut ?? 0);
  }

  /** Called about once a second; the rates are those since the call before, or its own where that is shorter ago than half a second. */
  overview(now: number, servers: readonly TracedServer[], heldBytes: number, budgetBytes: number): Overview {
    this.#measure(now);
    const pingP50Ms = quantile(this.pings.newest, 0.5);
    return {
      at: now,
      open: servers.reduce((sum, { connections }) => sum + connections, 0),
      ...this.#rates,
      p50Ms: quantile(this.#times, 0.5) ?? 0,
      p99Ms: quantile(this.#times, 0.99) ?? 0,
      backpressured: this.backpressured,
      ...(pingP50Ms !== undefined && { pingP50Ms }),
      pings: this.pings.spread(now),
      closes: this.closes.byCode(now),
      reloads: this.closes.reloads,
      limits: nearest(servers.flatMap(({ limits }) => limits)),
      heldBytes,
      budgetBytes,
    };
  }

  #measure(now: number): void {
    const { at, totals } = this.#before;
    // A clock that was set back measures nothing either.
    if (now >= at && now - at < LEAST_MS) return;
    this.#rates = ratesOf(totals, this.totals, Math.max(LEAST_MS, now - at) / 1000);
    this.#before = { at: now, totals: { ...this.totals } };
  }
}

function ratesOf(before: Totals, now: Totals, seconds: number): Rates {
  const rate = (name: keyof Totals) => Math.max(0, (now[name] - before[name]) / seconds);
  return {
    acceptedPerSecond: rate('accepted'),
    refusedPerSecond: rate('refused'),
    messagesInPerSecond: rate('messagesIn'),
    messagesOutPerSecond: rate('messagesOut'),
    bytesInPerSecond: rate('bytesIn'),
    bytesOutPerSecond: rate('bytesOut'),
  };
}

/** Of each limit the server that is nearest to it. */
function nearest(limits: readonly LimitUse[]): LimitUse[] {
  const worst = new Map<string, LimitUse>();
  for (const limit of limits) {
    const known = worst.get(limit.name);
    if (known === undefined || limit.used / limit.most > known.used / known.most)
      worst.set(limit.name, limit);
  }
  return [...worst.values()];
}

function quantile(values: readonly number[], share: number): number | undefined {
  if (values.length === 0) return undefined;
  // Of numbers alone, which is sorted many times as fast.
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
}
