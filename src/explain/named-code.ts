// Knows: text that names one of our codes: a line of `serve`, an error of the client, a problem document, the reason of a close frame.
// Must not know: any code.
import { catalogue } from '../catalogue.js';
import { type Explanation, explanationOf } from './explanation.js';
import type { Material } from './material.js';
import { showText } from './show.js';

const word = /(?<![A-Z0-9_])(?:WS_)?([A-Z][A-Z0-9]{1,20}(?:_[A-Z0-9]{1,20}){1,6})(?![A-Z0-9_])/g;

export function explainNamedCode({ text }: Material): readonly Explanation[] | undefined {
  const part = text.slice(0, 64 * 1024);
  const codes = new Set<string>();
  let line = '';
  for (const match of part.matchAll(word)) {
    if (!catalogue.has(match[1]!)) continue;
    codes.add(match[1]!);
    line ||= part.slice(part.lastIndexOf('\n', match.index) + 1).split('\n', 1)[0]!;
  }
  const [code, ...others] = codes;
  if (code === undefined) return undefined;
  return [explanationOf(code, 'strong', { candidates: others.slice(0, 5), saw: showText(line.trim()) })];
}
