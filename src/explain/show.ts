// Knows: how any text of an input is made safe to print: bounded first, then without secrets, then escaped.
// Must not know: what the text is.
import { redacted, scrub } from '../forensics/redact.js';
import { isSecretName, isSecretParameter, printable } from '../reason.js';

/** A name and what stands in front of its value: `token=`, `"token":`, and where JSON stands in JSON `\"token\":`. */
const named = /(?<quote>(?:\\{0,3}["'])?)(?<name>[\w-]{2,40})\k<quote>\s{0,4}[:=]\s{0,4}/g;

/** A value: a list, in quotes, the rest of a line, or a word (or the mark of one that is hidden already). */
const list = /\[[^\]\n]*/y;
const quoted = /(?<open>\\{0,3}["'])(?<inner>(?:(?!\k<open>)(?:\\.|[^\\\n]))*)/y;
const rest = /[^"'\n]*/y;
const word = /‹[^›]*›|[^"'\s,;}&]*/y;

const credentials = /\b(Bearer|Basic|Digest|Negotiate) ([\w.~+/=-]{4,4096})/gi;

/** Any text, safe to print, at most `limit` characters of it. */
export function showText(text: string, limit = 200): string {
  // Cut before it is searched: no pattern ever sees more than a line or two.
  return printable(withoutSecrets(text.slice(0, limit * 4)), limit);
}

function withoutSecrets(text: string): string {
  const scrubbed = scrub(text).replace(
    credentials,
    (_, scheme: string, value: string) => `${scheme} ${redacted(value)}`,
  );
  let shown = '';
  let end = 0;
  for (const match of scrubbed.matchAll(named)) {
    const name = match.groups!.name!;
    const start = match.index + match[0].length;
    if (match.index < end || !isSecret(name)) continue;
    const [before, value] = valueAt(scrubbed, start, name);
    shown += scrubbed.slice(end, start) + before + (isHidden(value) ? value : redacted(value));
    end = start + before.length + value.length;
  }
  return shown + scrubbed.slice(end);
}

/** The value that begins there, and the quotes in front of it. */
function valueAt(text: string, start: number, name: string): [before: string, value: string] {
  const isLine = /^(?:set-)?cookie$|authorization$/i.test(name);
  for (const form of [list, quoted, isLine ? rest : word]) {
    form.lastIndex = start;
    const match = form.exec(text);
    if (match !== null) return [match.groups?.open ?? '', match.groups?.inner ?? match[0].trimEnd()];
  }
  return ['', ''];
}

/** Nothing, or nothing but what has been hidden already. */
function isHidden(value: string): boolean {
  return value === '' || /^(?:(?:Bearer|Basic|Digest|Negotiate) )?‹[^›]*›$/i.test(value);
}

function isSecret(name: string): boolean {
  // STOMP (CONNECT) calls a password a passcode.
  if (/^passcode$/i.test(name)) return true;
  return isSecretName(name) || (isSecretParameter(name) && !/^(?:code|key)s?$/i.test(name));
}

/** Octets as `81 05 48 …`, at most `most` of them. */
export function showOctets(octets: Uint8Array, most = 16): string {
  const hex = [...octets.subarray(0, most)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ');
  return octets.length > most ? `${hex} …` : hex;
}

/** `1 octet`, `12 octets`. */
export function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}

/** `0.013 s`, `60.0 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 600_000) return `${(ms / 1000).toFixed(1)} s`;
  const minutes = Math.round(ms / 60_000);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
