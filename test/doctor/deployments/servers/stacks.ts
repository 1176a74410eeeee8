// Knows: the stacks of other people that deployments are made of (Express, ws, Socket.IO), and our own, each as a host.
// Must not know: which faults they are used for. They are loaded without types: what little is used of them is said here.
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecure } from 'node:https';
import { createRequire } from 'node:module';
import type { TlsOptions } from 'node:tls';
import { createServer as createHandfast, type ServerOptions } from '../../../../src/index.js';
import { bound } from './listen.js';
import type { Host } from './row.js';

const load = createRequire(import.meta.url);

interface ExpressResponse {
  type(kind: string): ExpressResponse;
  send(body: string): void;
}
interface Express extends RequestListener {
  use(handler: (request: unknown, response: ExpressResponse) => void): void;
}
interface WsServer {
  on(event: 'connection', listener: (socket: { close(code?: number, reason?: string): void }) => void): void;
  close(): void;
}

export async function listening(listener: RequestListener, path = '/ws'): Promise<Host> {
  const { port, stop } = await bound(createServer(listener));
  return { url: `ws://127.0.0.1:${port}${path}`, stop };
}

/** Without a route. */
export function express(): Express {
  return load('express')() as Express;
}

/** Every path gets the page of a single-page application. */
export function singlePage(): Express {
  const app = express();
  app.use((_request, response) => {
    response
      .type('html')
      .send('<!doctype html><title>app</title><div id="root"></div><script src="/app.js"></script>');
  });
  return app;
}

export interface WsParts {
  /** Of the URL. Default `/ws`. */
  readonly path?: string;
  readonly tls?: TlsOptions;
}

/** npm ws as people attach it to a server of node:http. */
export async function ws(options: object = {}, { path = '/ws', tls }: WsParts = {}): Promise<Host> {
  const listener: RequestListener = (_request, response) => void response.writeHead(200).end('hello\n');
  const http = tls === undefined ? createServer(listener) : createSecure(tls, listener);
  const { WebSocketServer } = load('ws') as { WebSocketServer: new (options: object) => WsServer };
  const server = new WebSocketServer({ server: http, ...options });
  const { port, stop } = await bound(http);
  const close = async () => {
    server.close();
    await stop();
  };
  return { url: `${tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${port}${path}`, stop: close };
}

/** ws with a port of its own, which answers what is no upgrade itself. */
export async function wsAlone(): Promise<Host> {
  const http = createServer((_request, response) => {
    response.writeHead(426, { 'Content-Length': 16, 'Content-Type': 'text/plain' }).end('Upgrade Required');
  });
  const { WebSocketServer } = load('ws') as { WebSocketServer: new (options: object) => WsServer };
  new WebSocketServer({ server: http });
  const { port, stop } = await bound(http);
  return { url: `ws://127.0.0.1:${port}/ws`, stop };
}

/** Engine.IO behind Socket.IO, as `new Server(http)` makes it. */
export async function socketIo(path: string): Promise<Host> {
  const http = createServer((_request, response) => void response.writeHead(404).end());
  const { Server } = load('socket.io') as { Server: new (http: unknown) => { close(): unknown } };
  const io = new Server(http);
  const { port, stop } = await bound(http);
  const close = async () => {
    await stop();
    io.close();
  };
  return { url: `ws://127.0.0.1:${port}${path}`, stop: close };
}

/** Our own server on every path. */
export async function handfast(options: ServerOptions<undefined> = {}): Promise<Host> {
  const server = createHandfast({ port: 0, ...options });
  await server.ready;
  const { href } = new URL('/ws', server.url);
  return { url: href, stop: () => server.close({ deadlineMs: 50 }) };
}
