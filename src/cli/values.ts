// Knows: how the value of an option is read, and what is said about one that cannot be meant. Must not know: the options.
import { InvalidArgumentError } from 'commander';

/** Whole numbers from `least` to `most`. */
export function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

/** Also with a fraction. */
export function seconds(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a number of seconds from ${least} to ${most}.`);
  };
}

/** For options that may be repeated. */
export function collect(value: string, earlier: readonly string[]): string[] {
  return [...earlier, value];
}

/** `a, b` */
export function names(text: string): string[] {
  return text.split(',').flatMap((name) => name.trim() || []);
}
