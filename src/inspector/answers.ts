// Knows: what all answers to plain requests have in common: the fields that keep other sites, frames and caches out, and how whoever may
// not look is turned away; and of a request who asks, and its body. Must not know: what is asked for. RFC 9110 §15, CSP 3, RFC 6454 §7.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Fields } from '../handshake/head.js';
import type { Verdict, Visitor } from './access.js';

/** Of every answer: nothing from outside, in no frame, kept by nobody. `connect-src` falls back to `'self'`, which covers sockets of this host. */
export const SAFE_FIELDS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  // With `no-referrer` a browser would hide from us that the form is our own.
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

export const NOT_FROM_HERE = 'Without a token the inspector is for this machine alone, by its own name.';
export const TOO_MANY = 'Too many wrong tokens. Wait a minute.';

export function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  fields: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': String(Buffer.byteLength(body)),
    ...SAFE_FIELDS,
    ...fields,
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** `form`: what asks for the token, where that is a page of its own. */
export function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  verdict: Exclude<Verdict, 'welcome'>,
  form?: string,
): void {
  if (verdict === 'machine') return send(request, response, 403, `${NOT_FROM_HERE}\n`);
  if (verdict === 'later') return send(request, response, 429, `${TOO_MANY}\n`, { 'retry-after': '60' });
  const fields = { 'www-authenticate': 'Bearer' };
  if (form === undefined) return send(request, response, 401, 'Give the token first.\n', fields);
  send(request, response, 401, form, { ...fields, 'content-type': 'text/html; charset=utf-8' });
}

export function visitorOf({ socket, headers }: IncomingMessage): Visitor {
  const fields = new Fields();
  // Over HTTP/2 `:authority` stands in the place of Host (RFC 9113 §8.3.1).
  const { ':authority': authority, ...others } = headers;
  for (const [name, value] of Object.entries({ ...others, ...(authority && { host: authority }) }))
    if (!name.startsWith(':')) fields.append(name, String(value));
  return { peer: socket.remoteAddress ?? '', fields };
}

/** Another site's page may try nothing through the browsers of its visitors: no token, no news, not whether there is any. */
export function isForeign({ fields }: Visitor): boolean {
  const site = fields.get('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin';
  const origin = fields.get('origin');
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== fields.get('host');
}

/** Undefined for a body that is too long, whose rest is read as nothing. */
export function readBody(
  request: IncomingMessage,
  mostBytes: number,
  done: (text: string | undefined) => void,
): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= mostBytes) chunks.push(chunk);
  });
  request.on('end', () => done(bytes > mostBytes ? undefined : Buffer.concat(chunks).toString()));
  request.on('error', () => {});
}
