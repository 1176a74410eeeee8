// Knows: what differs from one run to the next, and what stands in its place: something of the same kind, and as wide wherever
// something stands behind it. Must not know: what the text says. Versions are left: they are those of Debian.

import { hash } from 'node:crypto';
import { acceptFor } from '../../../src/handshake/key.js';

/** It stands in code that was generated. */
export const GENERATED_GUID = '258EAFA5-E914-47DA-95CA-5AB5DC11E65B';

type Rule = readonly [what: RegExp, instead: string | ((...match: string[]) => string)];

/** `ports`: those of the run, and those that are written. All of them have five digits. */
export function masked(text: string, ports: Readonly<Record<number, number>>): string {
  const known: Rule[] = Object.entries(ports).map(([port, instead]) => [
    new RegExp(`\\b${port}\\b`, 'g'),
    String(instead),
  ]);
  return [...known, ...RULES].reduce(
    // A replacement is a text or a function, and both go to the same method.
    (before, [what, instead]) => before.replace(what, instead as string),
    text,
  );
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';
/** What the two GUIDs of the sample make of that key. */
const EXPECTED = acceptFor(KEY);
const RECEIVED = hash('sha1', `${KEY}${GENERATED_GUID}`, 'base64');

const RULES: readonly Rule[] = [
  // The time of a stage at the right edge; what it took of the space before it goes back there.
  [/ {2,}\d+(?:\.\d)? m?s$/gm, (match) => '5 ms'.padStart(match.length)],
  [/\b\d+(?:\.\d+)? ms\b/g, '5 ms'],
  [/(?<=ping )[\d./]+ ms/g, '0.5/0.4/0.4 ms'],
  // Measured to hundredths: to the nearest second.
  [/\b\d+\.\d\d(?= s\b)/g, (match) => Number(match).toFixed(0).concat('.00')],
  [/ +(\d+ connections, )[\d.]+ KB sent(?:, [\d.]+ s)?$/gm, budget],
  [/\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, '2026-11-22T12:54:52Z'],
  [/\/zz-probe-[\da-f]{6}/g, '/zz-probe-51c07a'],
  [/(?<![A-Za-z\d+/])[A-Za-z\d+/]{22}==/g, KEY],
  [/(?<=expected +)[A-Za-z\d+/]{27}=/g, EXPECTED],
  [/(?<=received +)[A-Za-z\d+/]{27}=/g, RECEIVED],
];

/** What was sent depends on the lengths of names; the line keeps its width. */
function budget(match: string, connections: string): string {
  const time = / s$/.test(match) ? ', 5.0 s' : '';
  return `${connections}1.0 KB sent${time}`.padStart(match.length);
}
