// Knows: when things are due. One timer of the process serves every deadline of every connection: setting, moving and dropping
// one costs a few assignments. Must not know: what is due. A deadline is kept to within TICK_MS, never early.

const TICK_MS = 32;
const SLOTS = 1024;
/** Node takes a longer one for 1 ms, and warns. The wheel sets the next one when it fires too early. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Whole milliseconds of a clock that never runs backwards. */
export function clock(): number {
  return Math.trunc(performance.now());
}

/** Something with one deadline. The wheel links it into a list of its own; the fields are the wheel's. */
export abstract class Timed {
  /** The tick it waits for, 0 when it waits for none. */
  dueTick = 0;
  dueNext: Timed | undefined = undefined;
  duePrevious: Timed | undefined = undefined;

  /** Called once the deadline has passed. It may be early when the deadline was moved meanwhile: then set it again. */
  abstract due(now: number): void;
}

class DeadlineWheel {
  readonly #slots = new Array<Timed | undefined>(SLOTS).fill(undefined);
  #count = 0;
  #done = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerTick = 0;

  /**
   * Sets the deadline of `timed` to `at`, Infinity for none. A later one than before is not moved: `due` is called early and
   * sets it again.
   */
  set(timed: Timed, at: number): void {
    if (at === Number.POSITIVE_INFINITY) return;
    const tick = Math.ceil(at / TICK_MS);
    if (timed.dueTick !== 0) {
      if (timed.dueTick <= tick) return;
      this.drop(timed);
    }
    if (this.#timer === undefined) this.#done = Math.max(this.#done, Math.floor(clock() / TICK_MS) - 1);
    this.#link(timed, Math.max(tick, this.#done + 1));
    if (this.#timer === undefined || timed.dueTick < this.#timerTick) this.#arm(timed.dueTick);
  }

  drop(timed: Timed): void {
    if (timed.dueTick === 0) return;
    if (timed.duePrevious !== undefined) timed.duePrevious.dueNext = timed.dueNext;
    else this.#slots[timed.dueTick % SLOTS] = timed.dueNext;
    if (timed.dueNext !== undefined) timed.dueNext.duePrevious = timed.duePrevious;
    timed.dueTick = 0;
    timed.dueNext = undefined;
    timed.duePrevious = undefined;
    // The timer stays: it fires once for nothing, which costs less than stopping and starting one for every socket.
    this.#count -= 1;
  }

  #link(timed: Timed, tick: number): void {
    const slot = tick % SLOTS;
    const head = this.#slots[slot];
    timed.dueTick = tick;
    timed.dueNext = head;
    if (head !== undefined) head.duePrevious = timed;
    this.#slots[slot] = timed;
    this.#count += 1;
  }

  #arm(tick: number): void {
    clearTimeout(this.#timer);
    this.#timerTick = tick;
    // A connection keeps the process alive by its socket; a deadline alone does not.
    const delayMs = Math.min(Math.max(1, tick * TICK_MS - performance.now()), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#run(), delayMs).unref();
  }

  #run(): void {
    this.#timer = undefined;
    const now = clock();
    const tick = Math.floor(now / TICK_MS);
    const from = Math.max(this.#done + 1, tick - SLOTS + 1);
    this.#done = tick;
    for (let at = from; at <= tick; at += 1) this.#fire(at % SLOTS, tick, now);
    if (this.#count === 0) return;
    // What was due may have set a deadline and so armed the timer; an earlier one of somebody else goes first.
    const next = this.#nextTick(tick);
    if (this.#timer === undefined || next < this.#timerTick) this.#arm(next);
  }

  #fire(slot: number, tick: number, now: number): void {
    let timed = this.#slots[slot];
    const ripe: Timed[] = [];
    for (; timed !== undefined; timed = timed.dueNext) if (timed.dueTick <= tick) ripe.push(timed);
    for (const each of ripe) {
      // One that was dropped by an earlier one of this round waits for nothing any more.
      if (each.dueTick === 0 || each.dueTick > tick) continue;
      this.drop(each);
      each.due(now);
    }
  }

  #nextTick(tick: number): number {
    for (let at = tick + 1; at < tick + SLOTS; at += 1) {
      for (let timed = this.#slots[at % SLOTS]; timed !== undefined; timed = timed.dueNext) {
        if (timed.dueTick === at) return at;
      }
    }
    return tick + SLOTS - 1;
  }
}

export const deadlines = new DeadlineWheel();
