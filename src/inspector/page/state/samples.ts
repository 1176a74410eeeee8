// Knows: the last minutes of the server's figures, one sample for each that was told, for the charts.
// Must not know: how a chart is drawn.
import type { Overview } from '../../protocol.js';

/** Five minutes at one a second. */
export const MOST_SAMPLES = 300;

export class Samples {
  #kept: Overview[] = [];

  get all(): readonly Overview[] {
    return this.#kept;
  }

  add(overview: Overview): void {
    const last = this.#kept.at(-1);
    if (last !== undefined && overview.at <= last.at) return;
    this.#kept = [...this.#kept.slice(1 - MOST_SAMPLES), overview];
  }

  clear(): void {
    this.#kept = [];
  }
}

/** The next of 1, 2, 5 times a power of ten, so that the upper line of a chart is a round number. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return (
    [1, 2, 5, 10].map((factor) => factor * power).find((candidate) => candidate >= value * 0.999) ?? value
  );
}
