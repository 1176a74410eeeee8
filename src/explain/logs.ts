// Knows: how lines of logs are read, one by one, and told once for each cause.
// Must not know: any log. Each kind has a file of its own.
import { explainAccessLine } from './access-log.js';
import { explainEnvoyLine } from './envoy-log.js';
import type { Explanation } from './explanation.js';
import { explainHaproxyLine } from './haproxy-log.js';
import type { Material } from './material.js';
import { explainNginxLine } from './nginx-log.js';
import { explainServerLine } from './server-logs.js';
import { counted } from './show.js';

const mostLines = 20_000;
const mostKinds = 20;
const lineLimit = 4096;

export function explainLogs({ text }: Material): readonly Explanation[] | undefined {
  const lines = text.split('\n', mostLines).filter((line) => line.trim() !== '');
  const kinds = new Map<string, { readonly first: Explanation; count: number }>();
  for (const line of lines) {
    const explained = explainLine(line.slice(0, lineLimit).trim(), lines.length === 1);
    if (explained === undefined) continue;
    const kind = `${explained.source} ${explained.code} ${explained.candidates.join()}`;
    const known = kinds.get(kind);
    if (known !== undefined) known.count += 1;
    else if (kinds.size < mostKinds) kinds.set(kind, { first: explained, count: 1 });
  }
  return kinds.size === 0 ? undefined : [...kinds.values()].map(({ first, count }) => toldOnce(first, count));
}

function explainLine(line: string, isAlone: boolean): Explanation | undefined {
  return (
    explainHaproxyLine(line) ??
    explainEnvoyLine(line) ??
    explainAccessLine(line, isAlone) ??
    explainServerLine(line) ??
    explainNginxLine(line, isAlone)
  );
}

function toldOnce(first: Explanation, count: number): Explanation {
  if (count === 1) return first;
  return { ...first, source: `${first.source}, the first of ${counted(count, 'line')} like it` };
}
