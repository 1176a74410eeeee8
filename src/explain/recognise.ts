// Knows: what kinds of input there are, and asks each reader in turn whether it is its own.
// Must not know: what any of them finds. The surest marks come first: magic numbers, then JSON, then the form of lines.
import { findExchanges } from '../forensics/paste.js';
import type { Explanation } from './explanation.js';
import { explainExchanges } from './heads.js';
import type { Material } from './material.js';

/** Explains what it knows, and answers undefined for what it does not. It never throws for what it is given. */
export type Reader = (material: Material) => readonly Explanation[] | undefined;

const readers: readonly Reader[] = [heads];

/** Undefined when it is nothing that is known here. */
export function explain(material: Material): readonly Explanation[] | undefined {
  for (const reader of readers) {
    const explained = reader(material);
    if (explained !== undefined && explained.length > 0) return explained;
  }
  return undefined;
}

function heads({ latin1 }: Material): readonly Explanation[] {
  return explainExchanges(findExchanges(latin1));
}
