// Knows: how what was found is told in words that may be printed: the value seen, the value wanted, a server's own words.
// Must not know: the row it belongs to, or where the words go.
import type { Evidence } from '../reason.js';
import { printable } from '../reason.js';
import { withoutSecrets } from './named-secrets.js';
import { scrub, showValue } from './redact.js';

/** Evidence that may be printed. */
export function shown({ field, seen, wanted }: Evidence): Evidence {
  return {
    ...(field !== undefined && { field: printable(field) }),
    ...(seen !== undefined && {
      seen: field === undefined ? printable(scrub(seen)) : showValue(field, seen),
    }),
    ...(wanted !== undefined && { wanted: printable(wanted) }),
  };
}

/** What was found as a sentence part, without the title of the reason. */
export function sawText({ field, seen, wanted }: Evidence): string {
  const found =
    seen === undefined ? (field === undefined ? '' : `no ${field}`) : field ? `${field}: ${seen}` : seen;
  return [found, wanted === undefined ? '' : `wanted ${wanted}`].filter(Boolean).join('; ');
}

/** What the server itself says in a problem document (RFC 9457), or the first line of another body. */
export function saidInBody(body: string): string {
  if (body === '') return '';
  try {
    const problem = JSON.parse(body) as Record<string, unknown>;
    const said = [problem.code, problem.detail ?? problem.title].filter((part) => typeof part === 'string');
    if (said.length > 0)
      return `The server says: ${printable(withoutSecrets(said.join(': ').slice(0, 1600)), 400)}`;
  } catch {
    // Not JSON: shown as it is.
  }
  return `The answer begins: ${printable(withoutSecrets(body.slice(0, 800)), 200)}`;
}
