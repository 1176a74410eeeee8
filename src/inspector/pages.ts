// Knows: the files of the page, how they are served, and the form by which a token is given. Nothing of what was seen stands in any of them.
// Must not know: who may see them (`access.ts`). CSP 3, RFC 9110 §9.3.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** Of every answer: nothing from outside, in no frame, kept by nobody. `connect-src 'self'` covers sockets of this host (CSP 3 §6.7.2.8). */
export const SAFE_FIELDS: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'",
  'x-frame-options': 'DENY',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
};

interface File {
  readonly type: string;
  readonly body: Buffer;
}

/** Read once: a path that is not in the list does not exist, so there is nothing to climb out of. */
export function readPage(folder: URL = new URL('./page/', import.meta.url)): ReadonlyMap<string, File> {
  const files = new Map<string, File>();
  if (!existsSync(folder)) return files;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    const type = TYPES[extname(name)];
    if (type === undefined) continue;
    const path = name.replaceAll('\\', '/');
    files.set(path, { type, body: readFileSync(fileURLToPath(new URL(path, folder))) });
  }
  const index = files.get('index.html');
  if (index !== undefined) files.set('', index);
  return files;
}

export function send(
  { method }: IncomingMessage,
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  fields: Readonly<Record<string, string>> = {},
): void {
  const length = String(Buffer.byteLength(body));
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': length,
    ...SAFE_FIELDS,
    ...fields,
  });
  response.end(method === 'HEAD' ? undefined : body);
}

/** Asks for the token. A form, so that it never stands in a URL. */
export function tokenForm(path: string, isWrong: boolean): string {
  const wrong = isWrong ? '<p role="alert">That is not the token.</p>' : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>handfast inspector</title><h1>handfast inspector</h1>${wrong}
<form method="post" action="${path}token"><label>Token <input name="token" type="password" autocomplete="current-password" autofocus></label>
<button>Watch</button></form></html>
`;
}
