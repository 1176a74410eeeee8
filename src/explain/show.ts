// Knows: how any text of an input is made safe to print: bounded first, then without secrets, then escaped.
// Must not know: what the text is.
import { redacted, scrub } from '../forensics/redact.js';
import { isSecretName, isSecretParameter, printable } from '../reason.js';

/** `"token":"…"` and `token: …` beside what `scrub` finds in URLs. */
const member = /(["']?)([\w-]{2,40})\1(\s{0,4}[:=]\s{0,4})(["']?)([^"'\s,;}&]{1,4096})/g;

const credentials = /\b(Bearer|Basic|Digest|Negotiate) ([\w.~+/=-]{4,4096})/gi;

/** Any text, safe to print, at most `limit` characters of it. */
export function showText(text: string, limit = 200): string {
  // Cut before it is searched: no pattern ever sees more than a line or two.
  return printable(withoutSecrets(text.slice(0, limit * 4)), limit);
}

function withoutSecrets(text: string): string {
  return scrub(text)
    .replace(credentials, (_, scheme: string, value: string) => `${scheme} ${redacted(value)}`)
    .replace(member, (whole, quote: string, name: string, between: string, open: string, value: string) =>
      isSecret(name) && !value.startsWith('‹') && !/^(?:Bearer|Basic|Digest|Negotiate)$/i.test(value)
        ? `${quote}${name}${quote}${between}${open}${redacted(value)}`
        : whole,
    );
}

function isSecret(name: string): boolean {
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
