// Knows: how many connections ended with which code in the last ten minutes, and when so many ended at once that it was a reload.
// Must not know: why a connection ended. Bounded: a peer chooses its code.
import type { Reload } from './protocol.js';

const INTERVAL_MS = 20_000;
const INTERVALS = 30;
/** Codes of one interval; ends with others are not counted by code. */
const MAX_CODES = 100;
/** So many ends within a second, and so many times what is usual, are no accident: a deploy, or a proxy that reloads. */
const RELOAD = 20;
const UNUSUAL = 5;
/** What was usual fades with about ten seconds. */
const FADING = 0.9;
const MAX_RELOADS = 5;
/** What goes on for longer is how it is now. */
const LONGEST_RELOAD_S = 10;

interface Interval {
  readonly number: number;
  readonly counts: Map<number, number>;
}

interface Surge {
  readonly at: number;
  /** With so many ends a second is part of it. */
  readonly least: number;
  /** The last second that is. */
  second: number;
  ended: number;
}

export class Closes {
  /** Oldest first; those in which nothing ended are not there. */
  readonly #intervals: Interval[] = [];
  #second = 0;
  #inSecond = 0;
  #usual = 0;
  /** Oldest first. */
  readonly #reloads: Surge[] = [];

  /** True when it is the one that makes a reload of many ends; those that follow belong to it. */
  ended(at: number, code: number): boolean {
    const { counts } = this.#intervalOf(Math.floor(at / INTERVAL_MS));
    const count = counts.get(code);
    if (count !== undefined || counts.size < MAX_CODES) counts.set(code, (count ?? 0) + 1);
    this.#enter(Math.floor(at / 1000));
    this.#inSecond += 1;
    return !this.#goesOn() && this.#begins(at);
  }

  /** Connections that are closed one after the other, as those of a server that drains, are one reload. */
  #goesOn(): boolean {
    const last = this.#reloads.at(-1);
    if (last === undefined || this.#second > last.second + 1) return false;
    if (this.#second >= Math.floor(last.at / 1000) + LONGEST_RELOAD_S) return false;
    if (this.#second === last.second) last.ended += 1;
    else if (this.#inSecond === last.least) {
      last.second = this.#second;
      last.ended += this.#inSecond;
    }
    return true;
  }

  #begins(at: number): boolean {
    const least = Math.max(RELOAD, Math.ceil(UNUSUAL * this.#usual));
    if (this.#inSecond !== least) return false;
    this.#reloads.push({ at, least, second: this.#second, ended: least });
    if (this.#reloads.length > MAX_RELOADS) this.#reloads.shift();
    return true;
  }

  /** The last few, oldest first. */
  get reloads(): Reload[] {
    return this.#reloads.map(({ at, ended }) => ({ at, ended }));
  }

  /** Whether an end at that time was one of many. */
  wasReload(at: number): boolean {
    const isPartOf = (reload: Surge) => at >= reload.at - 1000 && Math.floor(at / 1000) <= reload.second + 1;
    return this.#reloads.some(isPartOf);
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
