// Knows: how an inspector is put into a server: a path of plain HTTP for the page and the token, one route for the socket.
// Must not know: what is kept (`feed.ts`). Everything is refused before a word of it is told (`access.ts`).
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Connection } from '../connection/connection.js';
import { Fields } from '../handshake/head.js';
import type { RouteOptions } from '../server/options.js';
import { refuse } from '../server/refuse.js';
import type { HandshakeRequest } from '../server/request.js';
import { Access, type Visitor } from './access.js';
import { Feed } from './feed.js';
import { readPage, send, tokenForm } from './pages.js';
import { type FromServer, type FromWatcher, INSPECTOR_PATH, SUBPROTOCOL } from './protocol.js';
import { type InspectOptions, settingsOf } from './settings.js';

/** What is put into a server. Made by `inspect`. */
export interface Inspector {
  /** `/.handfast/inspector/` */
  readonly path: string;
  /** Endpoints for the option `routes` of `createServer`. */
  readonly routes: Readonly<Record<string, RouteOptions<undefined>>>;
  /** Answers requests below `path`. False: it is not one of its own. */
  http(request: IncomingMessage, response: ServerResponse): boolean;
  readonly feed: Feed;
  /** Stops listening; those who watch are closed with their server. */
  close(): void;
}

/**
 * An inspector for the servers of this process. It hears from now on; mount it to see it:
 * `createServer({ port, routes: { ...inspector.routes, … }, http: (request, response) => inspector.http(request, response) || … })`.
 * Without a token only this machine may look, by `localhost` or a loopback address.
 * @throws TypeError or RangeError for options that cannot be meant.
 */
export function inspect(options: InspectOptions = {}): Inspector {
  const settings = settingsOf(options);
  const access = new Access(settings.token);
  const feed = new Feed(settings);
  const files = readPage();
  return {
    path: INSPECTOR_PATH,
    routes: { [`${INSPECTOR_PATH}feed`]: feedRoute(feed, access) },
    http: (request, response) => {
      const path = (request.url ?? '/').split('?')[0]!;
      if (!`${path}/`.startsWith(INSPECTOR_PATH)) return false;
      answer(request, response, path, access, files);
      return true;
    },
    feed,
    close: () => feed.close(),
  };
}

// The page.

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
  access: Access,
  files: ReturnType<typeof readPage>,
): void {
  if (`${path}/` === INSPECTOR_PATH) return send(request, response, 308, '', { location: INSPECTOR_PATH });
  const name = path.slice(INSPECTOR_PATH.length);
  if (name === 'token' && request.method === 'POST') return takeToken(request, response, access);
  if (request.method !== 'GET' && request.method !== 'HEAD')
    return send(request, response, 405, 'Use GET.\n', { allow: 'GET, HEAD' });
  if (!access.admits(visitorOf(request))) return askForToken(request, response, name, access);
  const file = files.get(name);
  if (file === undefined) return send(request, response, 404, 'There is no such file.\n');
  send(request, response, 200, file.body, { 'content-type': file.type });
}

function visitorOf({ socket, rawHeaders }: IncomingMessage): Visitor {
  const fields = new Fields();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return { peer: socket.remoteAddress ?? '', fields };
}

function askForToken(request: IncomingMessage, response: ServerResponse, name: string, access: Access): void {
  if (!access.hasToken)
    return send(
      request,
      response,
      403,
      'The inspector is for this machine alone: it was mounted without a token.\n',
    );
  if (name !== '') return send(request, response, 401, 'Give the token first.\n');
  send(request, response, 401, tokenForm(INSPECTOR_PATH, false), {
    'content-type': 'text/html; charset=utf-8',
  });
}

const MAX_FORM_BYTES = 2048;

/** RFC 1867's simple form. Its origin is this one, or a browser does not send the cookie that it sets anyway. */
function takeToken(request: IncomingMessage, response: ServerResponse, access: Access): void {
  let body = '';
  request.setEncoding('latin1');
  request.on('data', (chunk: string) => {
    body += chunk;
    if (body.length > MAX_FORM_BYTES) request.destroy();
  });
  request.on('end', () => {
    const token = new URLSearchParams(body).get('token') ?? '';
    const cookie = access.cookieFor(token, 'encrypted' in request.socket);
    if (cookie !== undefined)
      return send(request, response, 303, '', { location: INSPECTOR_PATH, 'set-cookie': cookie });
    send(request, response, 403, tokenForm(INSPECTOR_PATH, true), {
      'content-type': 'text/html; charset=utf-8',
    });
  });
  request.on('error', () => {});
}

// The socket.

/** More than a watcher ever asks. */
const MAX_ASKED_BYTES = 16_384;
/** A watcher that takes nothing for so long a backlog is left behind: the newest counts. */
const MAX_BEHIND_BYTES = 4 * 1024 * 1024;

function feedRoute(feed: Feed, access: Access): RouteOptions<undefined> {
  return {
    origins: 'same-origin',
    subprotocols: [SUBPROTOCOL],
    requireSubprotocol: true,
    compression: true,
    limits: { maxMessageBytes: MAX_ASKED_BYTES },
    authorize: (request: HandshakeRequest) => {
      const { remoteAddress: peer = '' } = request.socket as { remoteAddress?: string };
      return access.admits({ peer, fields: request.headers })
        ? undefined
        : refuse('AUTH_REQUIRED', { detail: 'Give the token first.' });
    },
    onconnection: (connection) => serve(feed, connection),
  };
}

function serve(feed: Feed, connection: Connection<undefined>): void {
  const watcher = (told: FromServer) => {
    if (connection.bufferedBytes > MAX_BEHIND_BYTES && told.type !== 'hello') return;
    connection.send(JSON.stringify(told)).catch(ended);
  };
  const leave = feed.watch(watcher);
  connection.onmessage = (message) => heed(feed, watcher, message);
  connection.onclose = leave;
}

function heed(feed: Feed, watcher: (told: FromServer) => void, message: string | Uint8Array): void {
  const asked = read(message);
  if (asked === undefined) return;
  if (asked.type === 'detail') {
    const detail = feed.detail(asked.id);
    watcher({ type: 'detail', id: asked.id, ...(detail !== undefined && { detail }) });
  } else if (asked.type === 'har') watcher({ type: 'har', har: feed.har(asked.ids.slice(0, MAX_HAR)) });
  else feed.watchFrames(watcher, asked.type === 'frames' ? asked.id : undefined);
}

const MAX_HAR = 1000;

/** Whoever watches may say anything; what is none of the questions is not heard. */
function read(message: string | Uint8Array): FromWatcher | undefined {
  if (typeof message !== 'string') return undefined;
  try {
    const asked = JSON.parse(message) as Partial<{ type: string; id: number; ids: unknown }> | null;
    if (asked?.type === 'unwatch') return { type: 'unwatch' };
    if ((asked?.type === 'detail' || asked?.type === 'frames') && Number.isInteger(asked.id))
      return { type: asked.type, id: asked.id! };
    if (asked?.type !== 'har' || !Array.isArray(asked.ids)) return undefined;
    return { type: 'har', ids: asked.ids.filter((id): id is number => Number.isInteger(id)) };
  } catch {
    return undefined;
  }
}

/** A watcher that has gone is no news. */
function ended(): void {}
