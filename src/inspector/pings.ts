// Knows: the round trips of pings: how those of the last five minutes are spread, and the middle one of the newest.
// Must not know: whose they are. Bounded: counts in fixed buckets, however many pings there are.
import type { PingBucket } from './protocol.js';

const INTERVAL_MS = 20_000;
const INTERVALS = 15;
/** A bucket takes what is above the one before, up to this; the last one, without a bound, all that took longer. */
const BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/** Of so many, the newest, the middle one is told. */
const KEPT_TIMES = 500;

interface Interval {
  readonly number: number;
  readonly counts: number[];
}

export class Pings {
  /** Oldest first; those without a ping are not there. */
  readonly #intervals: Interval[] = [];
  readonly #newest: number[] = [];
  #newestAt = 0;

  add(at: number, roundTripMs: number): void {
    const bucket = BOUNDS_MS.findIndex((mostMs) => roundTripMs <= mostMs);
    const { counts } = this.#intervalOf(Math.floor(at / INTERVAL_MS));
    counts[bucket < 0 ? BOUNDS_MS.length : bucket]! += 1;
    this.#newest[this.#newestAt] = roundTripMs;
    this.#newestAt = (this.#newestAt + 1) % KEPT_TIMES;
  }

  #intervalOf(number: number): Interval {
    const last = this.#intervals.at(-1);
    if (last !== undefined && last.number >= number) return last;
    const next = { number, counts: noCounts() };
    this.#intervals.push(next);
    if (this.#intervals.length > INTERVALS) this.#intervals.shift();
    return next;
  }

  get newest(): readonly number[] {
    return this.#newest;
  }

  /** Those of the last five minutes, shortest first. Every bucket is there, empty ones too. */
  spread(now: number): PingBucket[] {
    const oldest = Math.floor(now / INTERVAL_MS) - INTERVALS;
    const sums = noCounts();
    for (const { number, counts } of this.#intervals) {
      if (number <= oldest) continue;
      for (const [bucket, count] of counts.entries()) sums[bucket]! += count;
    }
    return sums.map((count, bucket) => {
      const mostMs = BOUNDS_MS[bucket];
      return mostMs === undefined ? { count } : { mostMs, count };
    });
  }
}

function noCounts(): number[] {
  return Array.from({ length: BOUNDS_MS.length + 1 }, () => 0);
}
