// Knows: what kinds of input there are, and asks each reader in turn whether it is its own.
// Must not know: what any of them finds. The surest marks come first: magic numbers, then JSON, then the form of lines.
import { findExchanges } from '../forensics/paste.js';
import { explainCapture } from './capture-story.js';
import { explainCloseEvent } from './close-event.js';
import { explainError } from './errors.js';
import type { Explanation } from './explanation.js';
import { explainFrames } from './frame-dump.js';
import { explainHar } from './har.js';
import { explainExchanges } from './heads.js';
import { explainLogs } from './logs.js';
import type { Material } from './material.js';
import { explainNamedCode } from './named-code.js';
import { explainSource } from './source-text.js';

/** Explains what it knows, and answers undefined for what it does not. It never throws for what it is given. */
export type Reader = (material: Material) => readonly Explanation[] | undefined;

const readers: readonly Reader[] = [
  explainCapture,
  explainHar,
  explainSource,
  explainLogs,
  headsWithStart,
  explainNamedCode,
  explainCloseEvent,
  explainError,
  explainFrames,
  fieldsAlone,
];

/** Undefined when it is nothing that is known here. */
export function explain(material: Material): readonly Explanation[] | undefined {
  for (const reader of readers) {
    const explained = reader(material);
    if (explained !== undefined && explained.length > 0) return explained;
  }
  return undefined;
}

/** Octets in which heads are looked for: many times what a server takes. */
const headLimit = 256 * 1024;

function headsWithStart({ latin1 }: Material): readonly Explanation[] | undefined {
  const exchanges = findExchanges(latin1.slice(0, headLimit));
  const hasStart = exchanges.some(({ request, response }) => (request ?? response)?.raw !== undefined);
  return hasStart ? explainExchanges(exchanges) : undefined;
}

/** Lines `Name: value` without a first line: so the tools of browsers copy them. */
function fieldsAlone({ latin1 }: Material): readonly Explanation[] {
  return explainExchanges(findExchanges(latin1.slice(0, headLimit)));
}
