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

/** Less would be a few dots at the edge of a chart. */
const LEAST_SECONDS = 60;

/** How many seconds a chart is wide: at first a minute, in the end all that is kept. */
export function widthOf(samples: number): number {
  return Math.min(MOST_SAMPLES, Math.max(LEAST_SECONDS, Math.ceil(samples / 60) * 60));
}

/** Where on a chart of that width a moment stands, 0 to 1; undefined before the first sample. */
export function placeOf(at: number, samples: readonly Overview[], width: number): number | undefined {
  const [first] = samples;
  if (first === undefined || at < first.at) return undefined;
  const after = samples.findIndex((sample) => sample.at >= at);
  const index = after < 0 ? samples.length - 1 : after;
  return (width - samples.length + index + 1) / width;
}

const round = [2, 4, 6, 8, 10];

/** The next of 2, 4, 6, 8, 10 times a power of ten: a round number whose half is one too. */
export function roundUp(value: number): number {
  if (!(value > 0)) return 2;
  const power = 10 ** Math.floor(Math.log10(value));
  return round.map((factor) => factor * power).find((candidate) => candidate >= value * 0.999) ?? value;
}

/** The same in units of 1024. */
export function roundUpOctets(value: number): number {
  const unit = value < 1024 ? 1 : 1024 ** Math.floor(Math.log2(value) / 10);
  return roundUp(value / unit) * unit;
}
