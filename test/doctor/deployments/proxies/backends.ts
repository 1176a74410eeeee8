// Knows: the servers behind the proxies: npm ws as people use it, servers of node:http, sockets that say little or nothing, and
// ours. Must not know: any proxy. Each is named for what is peculiar to it; the value is `127.0.0.1:PORT`.
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  type Server,
  ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createRequire } from 'node:module';
import { createServer as createTcp, type Socket, type Server as TcpServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createOurs } from '../../../../src/index.js';
import { reflect } from '../../../../src/reflect/index.js';
import { certificate } from '../../../support/tls.js';
import { bound } from '../servers/listen.js';
import { sound } from '../servers/sound.js';

/** What a request must carry so that `reflecting` reflects it. */
export const REFLECT_TOKEN = 'a-token-for-the-tests';

interface WsServer {
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, done: (ws: Ws) => void): void;
}
interface Ws {
  on(event: string, listener: (...values: never[]) => void): this;
  send(data: string | Uint8Array, options?: { binary: boolean }): void;
}
const { WebSocketServer }: { WebSocketServer: new (options: object) => WsServer } = createRequire(
  import.meta.url,
)('ws');

interface Running {
  readonly port: number;
  stop(): Promise<unknown> | void;
}

const text = (status: number, body: string, fields: Record<string, string> = {}): RequestListener => {
  const head = { 'Content-Type': 'text/plain', ...fields };
  return (_request, response) => void response.writeHead(status, head).end(body);
};

/** As ws does on a port of its own. */
const upgradeRequired = text(426, 'Upgrade Required');

/** As Express does. */
const cannotGet = ({ url }: IncomingMessage, response: ServerResponse) =>
  void response
    .writeHead(404, { 'X-Powered-By': 'Express', 'Content-Type': 'text/html; charset=utf-8' })
    .end(`<!DOCTYPE html>\n<html><body><pre>Cannot GET ${url}</pre></body></html>\n`);

/** As Python's websockets 10.4 does: the version first, then Connection, then Upgrade. */
const asWebsockets: RequestListener = ({ httpVersion, headers: { connection } }, response) => {
  const [status, why] =
    httpVersion === '1.0'
      ? [400, 'did not receive a valid HTTP request.']
      : connection === undefined
        ? [426, 'empty Connection header.']
        : /\bupgrade\b/i.test(connection)
          ? [426, 'empty Upgrade header.']
          : [426, `invalid Connection header: ${connection}.`];
  response.writeHead(status as number, {
    'Content-Type': 'text/plain',
    Server: 'Python/3.11 websockets/10.4',
  });
  response.end(`Failed to open a WebSocket connection: ${why}\n`);
};

const PAGE = '<!doctype html>\n<title>App</title>\n<div id="root"></div>\n';

interface WsOptions {
  /** Requests without Upgrade. */
  readonly plain?: RequestListener;
  /** Upgrades of other paths get what a request without Upgrade gets. Default every path. */
  readonly path?: string;
  readonly admits?: (request: IncomingMessage) => boolean;
  /** Of ws itself. */
  readonly settings?: object;
  readonly greeting?: string;
  readonly server?: Server;
}

function ws(options: WsOptions = {}): Promise<Running> {
  const { plain = upgradeRequired, path, admits = () => true, settings = {}, greeting } = options;
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: true, ...settings });
  const server = (options.server ?? createHttp()).on('request', plain);
  server.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
    socket.on('error', () => {});
    if (path !== undefined && request.url !== path) return answerPlainly(plain, request, socket);
    if (!admits(request)) return refuse(socket, '403 Forbidden', 'origin not allowed');
    sockets.handleUpgrade(request, socket, head, (opened) => {
      opened.on('error', () => {});
      opened.on('message', (data: Buffer, binary: boolean) => opened.send(data, { binary }));
      if (greeting !== undefined) opened.send(greeting);
    });
  });
  return bound(server);
}

/** As express-ws does: an upgrade that no route takes gets what a plain request gets. */
function answerPlainly(plain: RequestListener, request: IncomingMessage, socket: Socket): void {
  const response = new ServerResponse(request);
  response.shouldKeepAlive = false;
  response.assignSocket(socket);
  response.once('finish', () => socket.end());
  plain(request, response);
}

function refuse(socket: Duplex, status: string, body: string): void {
  socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
}

/** The check that most examples show: the page's host is the request's. */
function isSameHost({ headers: { origin, host } }: IncomingMessage): boolean {
  return origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);
}

const tcp = (act: (socket: Socket) => void): Promise<Running> => bound(createTcp(act) as TcpServer);

/** Does it as soon as something was asked. */
const onRequest = (act: (socket: Socket) => void) =>
  tcp((socket) => void socket.once('data', () => act(socket)));

function crashing(): Promise<Running> {
  return bound(createHttp(text(200, 'ok')).on('upgrade', (_request, socket) => void socket.destroy()));
}

/** What a service that only decides about others answers: `/401`, `/403`, `/500`, `/200`. */
function deciding(): Promise<Running> {
  return bound(
    createHttp(({ url = '' }, response) => {
      const status = Number(url.slice(1, 4));
      const fields = status === 401 ? { 'WWW-Authenticate': 'Bearer realm="app"' } : {};
      response.writeHead(status, { 'Content-Type': 'text/plain', ...fields }).end();
    }),
  );
}

/** A right server but for its 101, and `/` and all else are 200. */
async function opening(change: (right: string) => string): Promise<Running> {
  const { url, stop } = await sound({ opens: change, plain: text(200, 'ok') });
  return { port: Number(new URL(url).port), stop };
}

const without = (field: string) => () =>
  opening((right) => right.replace(new RegExp(`^${field}: .*\r\n`, 'mi'), ''));

async function ours(options: Parameters<typeof createOurs>[0]): Promise<Running> {
  const server = createOurs({ onconnection() {}, ...options, port: 0 });
  await server.ready;
  return { port: server.port, stop: () => server.close({ deadlineMs: 0 }) };
}

/** A port of old that nobody listens on: a free one might be somebody's before it is asked. */
async function nobody(): Promise<Running> {
  return { port: 1, stop() {} };
}

const starts = {
  ws: () => ws(),
  /** An application with pages, whose socket is at /ws. */
  app: () => ws({ plain: cannotGet, path: '/ws' }),
  /** The same, at /api/ws. */
  mounted: () => ws({ plain: cannotGet, path: '/api/ws' }),
  /** Every path is its one page. */
  spa: () => ws({ plain: text(200, PAGE, { 'Content-Type': 'text/html' }) }),
  sameHost: () => ws({ admits: isSameHost }),
  /** Sends what compresses well as soon as it is open. */
  greeting: () => ws({ greeting: 'hello '.repeat(400), settings: { perMessageDeflate: { threshold: 0 } } }),
  python: () => ws({ plain: asWebsockets }),
  handfast: () => ours({}),
  reflecting: () => ours({ reflect: reflect({ token: REFLECT_TOKEN }) }),
  secure: () => ws({ server: createHttps(certificate()) as unknown as Server }),
  deciding,
  nobody,
  silent: () => tcp((socket) => void socket.resume()),
  closing: () => onRequest((socket) => void socket.end()),
  resetting: () => onRequest((socket) => void socket.resetAndDestroy()),
  crashing,
  /**
   * Greets, and ends what greets it in another language, as OpenSSH does, which forks first: its greeting takes some milliseconds.
   * nginx that reads a greeting before it has asked never asks, and both wait.
   */
  ssh: () =>
    tcp((socket) => {
      setTimeout(() => {
        socket.write('SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n');
        socket.once('data', () => socket.end('Invalid SSH identification string.\r\n'));
      }, 20);
    }),
  withoutAccept: without('Sec-WebSocket-Accept'),
  withoutUpgrade: without('Upgrade'),
  withoutConnection: without('Connection'),
  wrongAccept: () =>
    opening((right) => right.replace(/^(Sec-WebSocket-Accept: ).*$/m, '$1s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r')),
} satisfies Record<string, () => Promise<Running>>;

export type Backends = Readonly<Record<keyof typeof starts, string>> & { stop(): Promise<void> };

export async function startBackends(): Promise<Backends> {
  const names = Object.keys(starts) as (keyof typeof starts)[];
  const running = await Promise.all(names.map((name) => starts[name]()));
  const at = names.map((name, index) => [name, `127.0.0.1:${running[index]!.port}`]);
  return {
    ...(Object.fromEntries(at) as Record<keyof typeof starts, string>),
    stop: async () => void (await Promise.all(running.map((one) => one.stop()))),
  };
}
