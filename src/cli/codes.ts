// Knows: how to find a row of the catalogue by what a person typed.
// Must not know: any row.
import { catalogue } from '../catalogue.js';
import { nearestName } from '../options.js';
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
  return nearestName(wanted, catalogue.keys(), 1 / 3);
}
