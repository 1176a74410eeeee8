// Knows: how long an attempt to connect may take in all, and whether its caller still wants it. Whoever works on the attempt
// is told, once. Must not know: what the attempt is doing. Its timer keeps the process alive: an attempt always has an outcome.
import { clock } from '../deadlines.js';
import type { Reason, Stage } from '../reason.js';
import { FAILURES } from './failures.js';
import { type Failure, failed } from './system-errors.js';

/** Why an attempt stops without an outcome of its own. */
export type Stop = 'timeout' | 'abort';

/** What setTimeout can count to; a limit beyond it is none. */
const LONGEST_MS = 2 ** 31 - 1;

export class Patience {
  readonly limitMs: number;
  readonly #until: number;
  readonly #signal: AbortSignal | undefined;
  readonly #timer: NodeJS.Timeout | undefined;
  readonly #onAbort = () => this.#end('abort');
  #worker: ((why: Stop) => void) | undefined = undefined;
  #over: Stop | undefined = undefined;

  constructor(limitMs: number, signal?: AbortSignal) {
    this.limitMs = limitMs;
    this.#until = clock() + limitMs;
    this.#signal = signal;
    if (signal?.aborted) this.#over = 'abort';
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (limitMs <= LONGEST_MS) this.#timer = setTimeout(() => this.#end('timeout'), limitMs);
  }

  /** What a stop means at this stage: called off, or silent (`reason`) until the time was up. */
  failure(why: Stop, stage: Stage, reason: Reason, seen: string): Failure {
    if (why === 'timeout') return failed(reason, { seen: `${seen} within ${this.limitMs} ms` });
    return failed(FAILURES.CLIENT_CLOSED_EARLY, { field: 'stage', seen: stage }, this.#signal?.reason);
  }

  get leftMs(): number {
    return Math.max(0, this.#until - clock());
  }

  /** `worker` works on the attempt from now on, and is told (at once, if it is over already) to stop. */
  entrust(worker: (why: Stop) => void): void {
    this.#worker = worker;
    if (this.#over !== undefined) this.#tell(this.#over);
  }

  /** The attempt has an outcome: nobody is told anything any more. */
  release(): void {
    this.#worker = undefined;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  #end(why: Stop): void {
    this.#over ??= why;
    this.#tell(this.#over);
  }

  #tell(why: Stop): void {
    const worker = this.#worker;
    this.#worker = undefined;
    worker?.(why);
  }
}

/** Milliseconds since then, to the hundredth. */
export function msSince(since: number): number {
  return Math.round((performance.now() - since) * 100) / 100;
}
