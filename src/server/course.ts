// Knows: which steps one handshake has taken, and how long each took. One is made only while somebody listens: for all others
// there is none, and each step costs a look at `undefined`. Must not know: what is decided in a step.
import type { StepTrace } from '../trace.js';

export class Course {
  /** The number of the handshake. */
  readonly id: number;
  /** The address of its socket, which may be gone when the handshake is over. */
  readonly peer: string;
  readonly #steps: StepTrace[];
  #name: StepTrace['name'] | undefined = undefined;
  #since = performance.now();

  /** `headMs`: from the socket to the end of the head. */
  constructor(id: number, peer: string, headMs: number) {
    this.id = id;
    this.peer = peer;
    this.#steps = [{ name: 'head', ms: headMs }];
  }

  /** Ends a step and begins the next one. */
  enter(name: StepTrace['name']): void {
    const now = performance.now();
    if (this.#name !== undefined) this.#steps.push({ name: this.#name, ms: now - this.#since });
    this.#name = name;
    this.#since = now;
  }

  /** Ends the last one. */
  finish(): readonly StepTrace[] {
    if (this.#name !== undefined) this.#steps.push({ name: this.#name, ms: performance.now() - this.#since });
    this.#name = undefined;
    return this.#steps;
  }
}
