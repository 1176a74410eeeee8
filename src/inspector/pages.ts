// Knows: what is answered to plain requests: the files of the page, the form for the token, and refusals. Nothing that was seen stands
// in any of them. Must not know: who may see what (`access.ts`). RFC 9110 §9.3, CSP 3.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { Fields } from '../handshake/head.js';
import type { Access, Verdict, Visitor } from './access.js';
import { INSPECTOR_PATH } from './protocol.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
};
const HTML = { 'content-type': TYPES['.html']! };

/** Of every answer: nothing from outside, in no frame, kept by nobody. `connect-src` falls back to `'self'`, which covers sockets of this host. */
const SAFE_FIELDS: Readonly<Record<string, string>> = {
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

interface File {
  readonly type: string;
  readonly body: Buffer;
}

export class Pages {
  readonly #access: Access;
  readonly #files: ReadonlyMap<string, File>;

  constructor(access: Access, folder: URL = new URL('./page/', import.meta.url)) {
    this.#access = access;
    this.#files = readPage(folder);
  }

  /** Answers what is below the inspector's path. False: it is not. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '/').split('?')[0]!;
    if (!`${path}/`.startsWith(INSPECTOR_PATH)) return false;
    // Addresses are relative, so that a proxy may show all of it under another path.
    if (`${path}/` === INSPECTOR_PATH) send(request, response, 308, '', { location: 'inspector/' });
    else this.#below(request, response, path.slice(INSPECTOR_PATH.length));
    return true;
  }

  #below(request: IncomingMessage, response: ServerResponse, name: string): void {
    const { method } = request;
    if (name === 'token' && method === 'POST') return this.#takeToken(request, response);
    if (method !== 'GET' && method !== 'HEAD')
      return send(request, response, 405, 'Use GET.\n', { allow: 'GET, HEAD' });
    const verdict = this.#access.judge(visitorOf(request));
    if (verdict !== 'welcome') return turnAway(request, response, verdict, name);
    // A path that is not in the list does not exist, so there is nothing to climb out of.
    const file = this.#files.get(name);
    if (file === undefined) return send(request, response, 404, 'There is no such file.\n');
    send(request, response, 200, file.body, { 'content-type': file.type });
  }

  #takeToken(request: IncomingMessage, response: ServerResponse): void {
    const visitor = visitorOf(request);
    if (isForeign(visitor)) return send(request, response, 403, 'The form is on another site.\n');
    readForm(request, (form) => {
      if (form === undefined) return send(request, response, 413, 'That is no token.\n');
      const verdict = this.#access.judgeToken(form.get('token') ?? '', visitor);
      if (verdict !== 'welcome') return turnAway(request, response, verdict, '', form.has('token'));
      const cookie = this.#access.cookie(isSecure(request));
      send(request, response, 303, '', { location: './', 'set-cookie': cookie });
    });
  }
}

function turnAway(
  request: IncomingMessage,
  response: ServerResponse,
  verdict: Exclude<Verdict, 'welcome'>,
  name: string,
  isWrong = false,
): void {
  if (verdict === 'machine') return send(request, response, 403, `${NOT_FROM_HERE}\n`);
  if (verdict === 'later') {
    return send(request, response, 429, `${TOO_MANY}\n`, { 'retry-after': '60' });
  }
  const fields = { 'www-authenticate': 'Bearer' };
  if (name !== '') return send(request, response, 401, 'Give the token first.\n', fields);
  send(request, response, 401, tokenForm(isWrong), { ...fields, ...HTML });
}

export const NOT_FROM_HERE = 'Without a token the inspector is for this machine alone, by its own name.';
export const TOO_MANY = 'Too many wrong tokens. Wait a minute.';

function visitorOf({ socket, headers }: IncomingMessage): Visitor {
  const fields = new Fields();
  // Over HTTP/2 `:authority` stands in the place of Host (RFC 9113 §8.3.1).
  const { ':authority': authority, ...others } = headers;
  for (const [name, value] of Object.entries({ ...others, ...(authority && { host: authority }) }))
    if (!name.startsWith(':')) fields.append(name, String(value));
  return { peer: socket.remoteAddress ?? '', fields };
}

/** Another site's page may not try tokens through the browsers of its visitors. RFC 6454 §7. */
function isForeign({ fields }: Visitor): boolean {
  const site = fields.get('sec-fetch-site');
  if (site !== undefined) return site !== 'same-origin';
  const origin = fields.get('origin');
  return origin !== undefined && origin.replace(/^https?:\/\//, '') !== fields.get('host');
}

/** A word of a proxy is enough: who lies gets a cookie that is not sent back to them. */
function isSecure({ socket, headers }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true || headers['x-forwarded-proto'] === 'https';
}

const MAX_FORM_BYTES = 2048;

/** Undefined for one that is too long, whose rest is read as nothing. */
function readForm(request: IncomingMessage, done: (form: URLSearchParams | undefined) => void): void {
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (chunk: string) => {
    if (body.length <= MAX_FORM_BYTES) body += chunk;
  });
  request.on('end', () => done(body.length > MAX_FORM_BYTES ? undefined : new URLSearchParams(body)));
  request.on('error', () => {});
}

function readPage(folder: URL): ReadonlyMap<string, File> {
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

function send(
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

/** A form, so that the token never stands in a URL. */
function tokenForm(isWrong: boolean): string {
  const wrong = isWrong ? '<p role="alert">That is not the token.</p>' : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>handfast inspector</title><h1>handfast inspector</h1>${wrong}
<form method="post" action="token"><label>Token <input name="token" type="password" autocomplete="current-password" autofocus></label>
<button>Watch</button></form></html>
`;
}
