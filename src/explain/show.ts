// Knows: how any text of an input is made safe to print: bounded first, then without secrets, then escaped.
// Must not know: what the text is.
import { withoutSecrets } from '../forensics/named-secrets.js';
import { printable } from '../reason.js';

/** Any text, safe to print, at most `limit` characters of it. */
export function showText(text: string, limit = 200): string {
  // Cut before it is searched: no pattern ever sees more than a line or two.
  return printable(withoutSecrets(text.slice(0, limit * 4)), limit);
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
