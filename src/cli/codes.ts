// Knows: how to find a row of the catalogue by what a person typed.
// Must not know: any row.
import { catalogue } from '../catalogue.js';
import type { Reason } from '../reason.js';

function normal(text: string): string {
  return text.toUpperCase().replaceAll('-', '_').replace(/^WS_/, '');
}

export function findReason(text: string): Reason | undefined {
  return catalogue.get(normal(text));
}

/** The code that is most like the text, when it is near enough to be meant. */
export function nearestCode(text: string): string | undefined {
  const wanted = normal(text);
  if (!/^[A-Z][A-Z0-9_]{2,60}$/.test(wanted)) return undefined;
  let best: string | undefined;
  let least = Math.max(2, Math.floor(wanted.length / 3)) + 1;
  for (const code of catalogue.keys()) {
    const away = distance(wanted, code);
    if (away < least) [best, least] = [code, away];
  }
  return best;
}

/** Levenshtein's distance: how many characters to change, add or drop. */
function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let at = 1; at <= b.length; at++) {
      const change = previous[at - 1]! + (a[row - 1] === b[at - 1] ? 0 : 1);
      current.push(Math.min(change, previous[at]! + 1, current[at - 1]! + 1));
    }
    previous = current;
  }
  return previous[b.length]!;
}
