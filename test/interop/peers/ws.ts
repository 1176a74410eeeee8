// npm `ws` as the other side, in this process: the same client modes and server paths as the programs beside this file.
// It is without types here: what little is used of it is said below.
import { once } from 'node:events';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import type { Report } from '../scenario.js';
import { payload } from '../scenario.js';
import { compressed as converse } from './standard.js';

interface Ws {
  readonly protocol: string;
  on(event: string, listener: (...values: never[]) => void): this;
  once(event: string, listener: (...values: never[]) => void): this;
  send(data: string | Uint8Array, options?: { binary?: boolean; fin?: boolean }): void;
  ping(data: string): void;
  close(code?: number, reason?: string): void;
}
interface WsServer {
  on(event: 'connection', listener: (ws: Ws, request: { url: string }) => void): this;
  once(event: string, listener: () => void): this;
  address(): AddressInfo;
  close(done: () => void): void;
  readonly clients: Set<{ terminate(): void }>;
}
interface WsModule {
  WebSocket: new (url: string, protocols: string[], options: object) => Ws;
  WebSocketServer: new (options: object) => WsServer;
}
const { WebSocket, WebSocketServer }: WsModule = createRequire(import.meta.url)('ws');

const next = (ws: Ws, event: string) => once(ws as never, event) as Promise<unknown[]>;

async function message(ws: Ws): Promise<Buffer> {
  const [data] = await next(ws, 'message');
  return data as Buffer;
}

async function closing(ws: Ws): Promise<[number, string]> {
  const [code, reason] = await next(ws, 'close');
  return [code as number, String(reason)];
}

async function talk(url: string, options: object = {}): Promise<Report> {
  const ws = new WebSocket(url, ['chat.v1', 'echo.v2'], options);
  await next(ws, 'open');
  ws.send('grüße, 世界 👋');
  const text = String(await message(ws));
  ws.send(payload);
  const binary = (await message(ws)).equals(payload);
  ws.send('one ', { fin: false });
  ws.send('two ', { fin: false });
  ws.send('three');
  const fragments = String(await message(ws));
  ws.ping('are you there');
  const [echoed] = await next(ws, 'pong');
  ws.send('please: ping');
  const answered = String(await message(ws));
  ws.close(4001, 'done ✓');
  const close = await closing(ws);
  return {
    subprotocol: ws.protocol,
    text,
    binary,
    fragments,
    pong: String(echoed) === 'are you there',
    answered,
    close,
  };
}

async function closed(url: string, options: object = {}): Promise<Report> {
  return { close: await closing(new WebSocket(url, [], options)) };
}

async function refused(url: string, options: object = {}): Promise<Report> {
  const ws = new WebSocket(url, [], { origin: 'http://evil.example', ...options });
  ws.on('error', () => {});
  const [, response] = await next(ws, 'unexpected-response');
  const { statusCode, headers } = response as { statusCode: number; headers: Record<string, string> };
  (response as NodeJS.ReadableStream).resume();
  return { status: statusCode, type: headers['content-type'] ?? '' };
}

async function compressed(url: string): Promise<Report> {
  let answered: { headers: Record<string, string> } | undefined;
  class Noting extends WebSocket {
    constructor(target: string) {
      super(target, [], {});
      this.once('upgrade', (response: typeof answered) => {
        answered = response;
      });
    }
  }
  const report = await converse(Noting, url);
  // Its own property has the name alone.
  return { ...report, extensions: answered?.headers['sec-websocket-extensions'] ?? '' };
}

export const client = { talk, closed, refused, compressed };

export interface WsPeer extends AsyncDisposable {
  readonly port: number;
  readonly closes: [number, string][];
}

export async function serve(): Promise<WsPeer> {
  const closes: [number, string][] = [];
  const server = new WebSocketServer({
    port: 0,
    host: '127.0.0.1',
    maxPayload: 2 ** 24,
    perMessageDeflate: true,
    handleProtocols: () => 'echo.v2',
    verifyClient: (info: { req: { url: string } }, answer: (...values: unknown[]) => void) =>
      info.req.url === '/private'
        ? answer(false, 401, 'no token', { 'WWW-Authenticate': 'Bearer' })
        : answer(true),
  });
  server.on('connection', (ws, request) => {
    if (request.url === '/close') return ws.close(4002, 'bye ✓');
    ws.on('message', (data: Buffer, isBinary: boolean) => reply(ws, data, isBinary));
    ws.on('pong', () => ws.send('pong came'));
    ws.once('close', (code: number, reason: Buffer) => closes.push([code, String(reason)]));
  });
  await once(server as never, 'listening');
  return {
    port: server.address().port,
    closes,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise<void>((resolve) => server.close(resolve));
    },
  };
}

function reply(ws: Ws, data: Buffer, isBinary: boolean): void {
  const text = isBinary ? '' : String(data);
  if (text === 'please: ping') ws.ping('server asks');
  else if (text === 'please: fragments') {
    for (const part of ['one ', 'two ']) ws.send(part, { fin: false });
    ws.send('three');
  } else ws.send(data, { binary: isBinary });
}
