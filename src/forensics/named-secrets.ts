// Knows: secrets in any text by the names in front of them: members of JSON, lines of heads and forms, what a log repeats of them.
// Must not know: what the text is. It bounds nothing: whoever calls cuts the text before.
import { isSecretName, isSecretParameter } from '../reason.js';
import { redacted, scrub } from './redact.js';

/** A name and what stands in front of its value: `token=`, `"token":`, and where JSON stands in JSON `\"token\":`. */
const named = /(?<quote>(?:\\{0,3}["'])?)(?<name>[\w-]{2,40})\k<quote>\s{0,4}[:=]\s{0,4}/g;

/** A value: a list, in quotes, the rest of a line, or a word (or the mark of one that is hidden already). */
const list = /\[[^\]\n]*/y;
const quoted = /(?<open>\\{0,3}["'])(?<inner>(?:(?!\k<open>)(?:\\.|[^\\\n]))*)/y;
const rest = /[^"'\n]*/y;
const word = /‹[^›]*›|[^"'\s,;}&]*/y;

const credentials = /\b(Bearer|Basic|Digest|Negotiate) ([\w.~+/=-]{4,4096})/gi;

/** What `scrub` finds, credentials behind the name of their scheme, and the value of whatever has the name of a secret. */
export function withoutSecrets(text: string): string {
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
