// Knows: failures of one kind: how many, since when, how they are spread over the last ten minutes, which one to look at.
// Must not know: where they come from. Bounded: a peer chooses origins and paths, so there are so many kinds and no more.
import { scrub } from '../forensics/redact.js';
import type { Rejection } from '../reason.js';
import { own } from './kept-head.js';
import type { Group } from './protocol.js';

const INTERVAL_MS = 20_000;
const INTERVALS = 30;
const MAX_GROUPS = 200;
const NEW_MS = 600_000;
/** A peer chooses how long they are, and all of them are told once a second. */
const MAX_ORIGIN_LENGTH = 200;
const MAX_ROUTE_LENGTH = 200;

/** What makes two failures one kind. */
export interface Failure {
  readonly at: number;
  readonly rejection: Rejection | undefined;
  readonly outcome: string;
  readonly origin: string | undefined;
  readonly route: string;
  /** Worked out when a new kind is seen. */
  via(): string | undefined;
}

interface Counted {
  readonly key: string;
  readonly code: string;
  readonly origin: string | undefined;
  readonly route: string;
  readonly via: string | undefined;
  readonly firstAt: number;
  count: number;
  lastAt: number;
  sample: number;
  readonly intervals: number[];
  /** The interval that stands last in the list. */
  last: number;
}

export class Groups {
  readonly #groups = new Map<string, Counted>();
  readonly #startedAt: number;
  /** When many connections ended at once: a deploy or a reload. */
  #reloadedAt: number;

  constructor(startedAt: number) {
    this.#startedAt = startedAt;
    this.#reloadedAt = startedAt;
  }

  /** Counts it, without what looks like a secret in its path or origin; `id` is the number under which it is kept, undefined when it is only counted. One of a new kind is kept in any case. */
  add(told: Failure, id: number | undefined, keep: () => number): void {
    const failure = {
      ...told,
      origin: told.origin && bounded(told.origin, MAX_ORIGIN_LENGTH),
      route: bounded(told.route, MAX_ROUTE_LENGTH),
    };
    const code = failure.rejection?.reason.code ?? failure.outcome;
    const key = `${code} ${failure.origin ?? ''} ${failure.route}`;
    const known = this.#groups.get(key);
    const group = known ?? this.#begin(key, code, failure);
    group.count += 1;
    group.lastAt = failure.at;
    const kept = id ?? (known === undefined ? keep() : undefined);
    if (kept !== undefined) group.sample = kept;
    advance(group, failure.at);
    group.intervals[INTERVALS - 1]! += 1;
  }

  #begin(key: string, code: string, { at, origin, route, via }: Failure): Counted {
    if (this.#groups.size >= MAX_GROUPS) this.#forgetOldest();
    const intervals = Array.from({ length: INTERVALS }, () => 0);
    const last = Math.floor(at / INTERVAL_MS);
    const group = {
      key,
      code,
      origin,
      route,
      via: via(),
      firstAt: at,
      count: 0,
      lastAt: at,
      sample: 0,
      intervals,
      last,
    };
    this.#groups.set(key, group);
    return group;
  }

  #forgetOldest(): void {
    let oldest: Counted | undefined;
    for (const group of this.#groups.values())
      if (oldest === undefined || group.lastAt < oldest.lastAt) oldest = group;
    if (oldest !== undefined) this.#groups.delete(oldest.key);
  }

  /** From now on what was not seen before is new. */
  reloaded(at: number): void {
    this.#reloadedAt = at;
  }

  /** Most often in the last ten minutes first. */
  list(now: number): Group[] {
    const recent = (group: Group) => group.spark.reduce((sum, count) => sum + count, 0);
    return [...this.#groups.values()]
      .map((group) => this.#shown(group, now))
      .sort((one, other) => recent(other) - recent(one) || other.lastAt - one.lastAt);
  }

  #shown(group: Counted, now: number): Group {
    advance(group, now);
    const { key, code, origin, route, via, count, firstAt, lastAt, sample, intervals } = group;
    const since = this.#reloadedAt > this.#startedAt ? this.#reloadedAt : this.#startedAt + NEW_MS;
    return {
      key,
      code,
      ...(origin !== undefined && { origin }),
      route,
      ...(via !== undefined && { via }),
      count,
      firstAt,
      lastAt,
      spark: [...intervals],
      sample,
      isNew: firstAt >= since && now - firstAt < NEW_MS,
    };
  }
}

/** In memory of its own: it outlives the head that it was cut out of. */
function bounded(text: string, mostLength: number): string {
  return own(scrub(text).slice(0, mostLength));
}

/** Shifts the intervals until the last one is that of `at`. */
function advance(group: Counted, at: number): void {
  const now = Math.floor(at / INTERVAL_MS);
  const steps = Math.min(INTERVALS, now - group.last);
  for (let step = 0; step < steps; step += 1) {
    group.intervals.shift();
    group.intervals.push(0);
  }
  group.last = Math.max(group.last, now);
}
