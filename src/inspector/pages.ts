// Knows: what is answered to plain requests: the files of the page, the form for the token, and refusals. Nothing that was seen stands
// in any of them. Must not know: who may see what (`access.ts`), or what all answers have in common (`answers.ts`). RFC 9110 §9.3.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { fileURLToPath } from 'node:url';
import type { Access } from './access.js';
import { isForeign, readBody, send, turnAway, visitorOf } from './answers.js';
import { INSPECTOR_PATH } from './protocol.js';

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
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
    if (verdict !== 'welcome')
      return turnAway(request, response, verdict, name === '' ? tokenForm(false) : undefined);
    // A path that is not in the list does not exist, so there is nothing to climb out of.
    const file = this.#files.get(name);
    if (file === undefined) return send(request, response, 404, 'There is no such file.\n');
    send(request, response, 200, file.body, { 'content-type': file.type });
  }

  #takeToken(request: IncomingMessage, response: ServerResponse): void {
    const visitor = visitorOf(request);
    if (isForeign(visitor)) return send(request, response, 403, 'The form is on another site.\n');
    readBody(request, MAX_FORM_BYTES, (text) => {
      if (text === undefined) return send(request, response, 413, 'That is no token.\n');
      const form = new URLSearchParams(text);
      const verdict = this.#access.judgeToken(form.get('token') ?? '', visitor);
      if (verdict !== 'welcome') return turnAway(request, response, verdict, tokenForm(form.has('token')));
      const cookie = this.#access.cookie(isSecure(request));
      send(request, response, 303, '', { location: './', 'set-cookie': cookie });
    });
  }
}

/** A word of a proxy is enough: who lies gets a cookie that is not sent back to them. */
function isSecure({ socket, headers }: IncomingMessage): boolean {
  return (socket as TLSSocket).encrypted === true || headers['x-forwarded-proto'] === 'https';
}

const MAX_FORM_BYTES = 2048;

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

/** A form, so that the token never stands in a URL. */
function tokenForm(isWrong: boolean): string {
  const wrong = isWrong ? '<p role="alert">That is not the token.</p>' : '';
  return `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark"><title>handfast inspector</title><h1>handfast inspector</h1>${wrong}
<form method="post" action="token"><label>Token <input name="token" type="password" autocomplete="current-password" autofocus></label>
<button>Watch</button></form></html>
`;
}
