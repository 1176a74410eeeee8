// Knows: how many connections ended with which code in the last ten minutes, and when so many ended at once that it was a reload.
// Must not know: why a connection ended. Bounded: a peer chooses its code.

const INTERVAL_MS = 20_000;
const INTERVALS = 30;
/** Codes of one interval; ends with others are not counted by code. */
const MAX_CODES = 100;
/** So many ends within a second, and so many times what is usual, are no accident: a deploy, or a proxy that reloads. */
const RELOAD = 20;
const UNUSUAL = 5;
/** What was usual fades with about ten seconds. */
const FADING = 0.9;

interface Interval {
  readonly number: number;
  readonly counts: Map<number, number>;
}

export class Closes {
  /** Oldest first; those in which nothing ended are not there. */
  readonly #intervals: Interval[] = [];
  #second = 0;
  #inSecond = 0;
  #usual = 0;

  /** True when it is the one that makes a reload of many ends. */
  ended(at: number, code: number): boolean {
    const { counts } = this.#intervalOf(Math.floor(at / INTERVAL_MS));
    const count = counts.get(code);
    if (count !== undefined || counts.size < MAX_CODES) counts.set(code, (count ?? 0) + 1);
    this.#enter(Math.floor(at / 1000));
    this.#inSecond += 1;
    return this.#inSecond === Math.max(RELOAD, Math.ceil(UNUSUAL * this.#usual));
  }

  #intervalOf(number: number): Interval {
    const last = this.#intervals.at(-1);
    if (last !== undefined && last.number >= number) return last;
    const next = { number, counts: new Map<number, number>() };
    this.#intervals.push(next);
    if (this.#intervals.length > INTERVALS) this.#intervals.shift();
    return next;
  }

  #enter(second: number): void {
    const passed = second - this.#second;
    if (passed <= 0) return;
    this.#usual =
      (FADING * this.#usual + (1 - FADING) * this.#inSecond) * FADING ** Math.min(100, passed - 1);
    this.#second = second;
    this.#inSecond = 0;
  }

  /** The code with which most ended first. */
  byCode(now: number): Array<readonly [code: number, count: number]> {
    const oldest = Math.floor(now / INTERVAL_MS) - INTERVALS;
    const sums = new Map<number, number>();
    for (const { number, counts } of this.#intervals) {
      if (number <= oldest) continue;
      for (const [code, count] of counts) sums.set(code, (sums.get(code) ?? 0) + count);
    }
    return [...sums].sort(([, one], [, other]) => other - one);
  }
}
