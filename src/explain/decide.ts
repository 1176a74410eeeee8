// Knows: how to write the command that decides what an input leaves open, built from what the input says.
// Must not know: what is open, or who reads it. It can be pasted into a shell; credentials are left out of it.
import { marksAsTokens, redactValue, scrub } from '../forensics/redact.js';
import { shellWord } from '../forensics/shell-word.js';
import type { Fields, RequestHead } from '../handshake/head.js';
import { printable } from '../reason.js';

/** What was asked when it failed. */
export interface AskedFor {
  readonly url: string;
  readonly profile?: 'chrome' | 'firefox' | undefined;
  readonly origin?: string | undefined;
  readonly subprotocols?: string | undefined;
  readonly hasCookie?: boolean;
}

/** `handfast doctor --profile chrome --origin https://page.example wss://x.example/ws` */
export function doctorCommand({ url, profile, origin, subprotocols, hasCookie }: AskedFor): string {
  const parts = ['handfast', 'doctor'];
  if (profile !== undefined) parts.push('--profile', profile);
  if (origin !== undefined) parts.push('--origin', quoted(origin));
  if (subprotocols !== undefined)
    parts.push('--protocol', quoted(withoutTokens(subprotocols).replaceAll(' ', '')));
  if (hasCookie) parts.push('--cookie', `'<your cookie>'`);
  return [...parts, quoted(url)].join(' ');
}

/** The command for a URL that is not known. */
export const doctorOnUrl = 'handfast doctor URL';

/** As a shell takes it, whatever it holds; secrets in it are replaced. */
function quoted(word: string): string {
  return shellWord(printable(scrub(word.slice(0, 2048)), 1024));
}

/** A subprotocol that is a token: its mark stands in the command. */
function withoutTokens(subprotocols: string): string {
  return marksAsTokens(redactValue('sec-websocket-protocol', subprotocols));
}

/** What a request head says about who asked for what; undefined without a Host. */
export function askedIn(
  { target, fields }: RequestHead,
  profile?: AskedFor['profile'],
): AskedFor | undefined {
  const host = fields.get('host');
  if (host === undefined) return undefined;
  const scheme = /^https:/i.test(fields.get('origin') ?? '') ? 'wss' : 'ws';
  return asked(`${scheme}://${host}${target}`, fields, profile);
}

export function asked(url: string, fields: Fields, profile?: AskedFor['profile']): AskedFor {
  return {
    url,
    profile,
    origin: fields.get('origin'),
    subprotocols: fields.combined('sec-websocket-protocol'),
    hasCookie: fields.has('cookie'),
  };
}
