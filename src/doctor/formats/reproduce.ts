// Knows: the command with which anybody can ask the same as the first handshake of a report did.
// Must not know: more than the report says. Redacted values stay redacted; whoever runs it fills them in.
import type { Report } from '../report.js';

/** Fields that curl writes by itself, or that it has an option for. */
const own = new Set(['host', 'accept', 'user-agent', 'content-length']);

/** A curl command for a POSIX shell; nothing where no handshake was sent. */
export function curlCommand({ target, probes }: Report): string {
  const request = probes.find((probe) => /^GET \S/.test(probe.request ?? ''))?.request;
  if (request === undefined) return '';
  const fields = request
    .split(/\r?\n/)
    .slice(1)
    .filter((line) => line !== '' && !own.has(line.slice(0, line.indexOf(':')).toLowerCase()));
  const url = target.replace(/^ws/i, 'http');
  return [
    'curl -i -N --http1.1 --max-time 5',
    ...fields.map((line) => `-H ${quoted(sendable(line))}`),
    quoted(url),
  ].join(' \\\n  ');
}

/** curl leaves out a field that ends with its colon; with a semicolon it is sent empty. */
function sendable(line: string): string {
  return line.replace(/:\s*$/, ';');
}

/** POSIX.1-2024 §2.2.2: within single quotes nothing is special but the quote itself. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
