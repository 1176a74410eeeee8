// Knows: which files the chat's page consists of and how they are served: their types, their headers, nothing else.
// Must not know: rooms or sockets. RFC 9110 §9.3 for GET and HEAD; the content security policy lets nothing in from outside.
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const pageFolder = fileURLToPath(new URL('./page/', import.meta.url));
// The browser reads the same MessagePack library as the server, as ES modules, from the installed package.
const packed = dirname(createRequire(import.meta.url).resolve('@msgpack/msgpack/package.json'));

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#0b6664"/>
<g fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round">
<path d="M6 12h13M15 8l4 4-4 4"/><path d="M26 21H13m4-4-4 4 4 4" stroke="#8fe0d8"/></g></svg>`;

/** Fields of every answer. `connect-src 'self'` covers this host's sockets too (CSP Level 3 §6.7.2.8). */
export const safeHeaders = {
  'content-security-policy':
    "default-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cache-control': 'no-cache',
} as const;

/** Paths to files, listed once: a path that is not in the map does not exist, so there is nothing to climb out of. */
function listFiles(): Map<string, string> {
  const files = new Map<string, string>();
  for (const name of readdirSync(pageFolder)) {
    if (types[extname(name)] !== undefined) files.set(`/${name}`, join(pageFolder, name));
  }
  const modules = join(packed, 'dist.esm');
  for (const name of readdirSync(modules, { recursive: true, encoding: 'utf8' })) {
    if (name.endsWith('.mjs'))
      files.set(`/vendor/msgpack/${name.replaceAll('\\', '/')}`, join(modules, name));
  }
  const index = files.get('/index.html');
  if (index !== undefined) files.set('/', index);
  return files;
}

/** A listener for the files of the page; it answers 404 for the rest. Throws when the page was not built. */
export function servePages(): (request: IncomingMessage, response: ServerResponse) => void {
  const files = listFiles();
  if (!files.has('/')) throw new Error(`The chat's page is missing from ${pageFolder}: run npm run build`);
  return (request, response) => {
    const path = (request.url ?? '/').split('?')[0]!;
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      return answer(request, response, 405, 'text/plain; charset=utf-8', 'Use GET.\n', {
        allow: 'GET, HEAD',
      });
    }
    if (path === '/favicon.svg') return answer(request, response, 200, types['.svg']!, icon);
    const file = files.get(path);
    if (file === undefined)
      return answer(request, response, 404, 'text/plain; charset=utf-8', 'There is no such page.\n');
    readFile(file).then(
      (bytes) => answer(request, response, 200, types[extname(file)]!, bytes),
      () => answer(request, response, 500, 'text/plain; charset=utf-8', 'The page could not be read.\n'),
    );
  };
}

export function answer(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    ...safeHeaders,
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}
