// Knows: how long an attempt to connect may take in all, and whether its caller still wants it. Whoever works on the attempt
// is told, once. Must not know: what the attempt is doing.
import { clock, deadlines, Timed } from '../deadlines.js';

/** Why an attempt stops without an outcome of its own. */
export type Stop = 'timeout' | 'abort';

export class Patience extends Timed {
  readonly limitMs: number;
  readonly #until: number;
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = () => this.#end('abort');
  #worker: ((why: Stop) => void) | undefined = undefined;
  #over: Stop | undefined = undefined;

  constructor(limitMs: number, signal?: AbortSignal) {
    super();
    this.limitMs = limitMs;
    this.#until = clock() + limitMs;
    this.#signal = signal;
    if (signal?.aborted) this.#over = 'abort';
    else signal?.addEventListener('abort', this.#onAbort, { once: true });
    if (Number.isFinite(this.#until)) deadlines.set(this, this.#until);
  }

  /** What the caller gave as the reason for the abort. */
  get abortReason(): unknown {
    return this.#signal?.reason;
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
    deadlines.drop(this);
    this.#signal?.removeEventListener('abort', this.#onAbort);
  }

  override due(now: number): void {
    if (now < this.#until) deadlines.set(this, this.#until);
    else this.#end('timeout');
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
