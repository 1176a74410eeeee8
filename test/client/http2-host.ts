// Knows: how to be the other side of a client over HTTP/2 for one test: Node's own server does with each stream what the test says,
// and tells what came. Over TLS, HTTP/1.1 beside it if wanted. Must not know: what is tried. Nothing is left when it is disposed of.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
  type Settings,
} from 'node:http2';
import type { Socket } from 'node:net';
import { createServer as createTcpServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer, type TLSSocket } from 'node:tls';
import type { ConnectOptions } from '../../src/client/connect.js';
import type { Connection } from '../../src/connection/connection.js';
import { open } from '../../src/connection/settings.js';
import { createServer } from '../../src/server/server.js';
import { Flag, headers, PREFACE, readHttp2, settings, Type } from '../hostile/h2-bytes.js';
import { portOf } from '../support/raw.js';
import { certificate } from '../support/tls.js';

export interface Http2Host extends AsyncDisposable {
  readonly port: number;
  /** `wss://localhost:PORT/`, or `ws://127.0.0.1:PORT/`. */
  readonly url: string;
  /** Every TCP connection that came. */
  readonly sockets: readonly Socket[];
  /** What ALPN chose on each of them. */
  readonly chosen: readonly (string | false | null)[];
  readonly sessions: readonly ServerHttp2Session[];
  readonly streams: readonly ServerHttp2Stream[];
  readonly requests: readonly IncomingHttpHeaders[];
  /** Resolves when every socket that came is closed; fails after three seconds. */
  gone(): Promise<void>;
}

export interface Http2HostOptions {
  readonly secure?: boolean;
  readonly alpn?: string[];
  /** Its SETTINGS. */
  readonly announced?: Settings;
  readonly onStream?: (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, count: number) => void;
  readonly onSession?: (session: ServerHttp2Session, count: number) => void;
  /** In place of HTTP/2: gets the sockets on which h2 was chosen. */
  readonly onSocket?: (socket: Socket) => void;
}

/** RFC 8441 §3. */
export const TAKES_WEBSOCKETS: Settings = { enableConnectProtocol: true };

export async function hosting(options: Http2HostOptions = {}): Promise<Http2Host> {
  const { secure = true, alpn = ['h2', 'http/1.1'], announced = TAKES_WEBSOCKETS } = options;
  const { onStream = (stream) => void accept(stream), onSession, onSocket } = options;
  const [sockets, chosen, sessions, streams, requests] = [[], [], [], [], []] as [
    Socket[],
    Http2Host['chosen'][number][],
    ServerHttp2Session[],
    ServerHttp2Stream[],
    IncomingHttpHeaders[],
  ];
  const http2 = secure
    ? createSecureServer({ settings: announced })
    : createHttp2Server({ settings: announced });
  http2.on('session', (session: ServerHttp2Session) => {
    session.on('error', () => {});
    sessions.push(session);
    onSession?.(session, sessions.length);
  });
  http2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {});
    streams.push(stream);
    requests.push(headers);
    onStream(stream, headers, streams.length);
  });
  const http1 = createServer({
    server: createHttpServer(),
    onmessage: (peer, message) => void peer.send(message),
  });
  const speak = (socket: Socket, protocol: string | false | null) => {
    chosen.push(protocol);
    if (protocol !== 'h2') http1.adopt(socket);
    else if (onSocket !== undefined) onSocket(socket);
    else http2.emit(secure ? 'secureConnection' : 'connection', socket);
  };
  const front = secure
    ? createTlsServer({ ...certificate(), ALPNProtocols: alpn }, (socket: TLSSocket) =>
        speak(socket, socket.alpnProtocol),
      )
    : createTcpServer((socket) => speak(socket, 'h2'));
  front.on('tlsClientError', () => {});
  front.on('connection', (socket: Socket) => {
    socket.on('error', () => {});
    sockets.push(socket);
  });
  front.listen(0, '127.0.0.1');
  await once(front, 'listening');
  const port = portOf(front);
  return {
    port,
    url: secure ? `wss://localhost:${port}/` : `ws://127.0.0.1:${port}/`,
    sockets,
    chosen,
    sessions,
    streams,
    requests,
    async gone() {
      const until = performance.now() + 3000;
      while (sockets.some((socket) => !socket.closed)) {
        if (performance.now() > until) throw new Error('sockets are still open');
        await pause(5);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await http1.close();
      front.close();
      await once(front, 'close');
    },
  };
}

/** Answers 200 and speaks WebSocket: every message comes back. */
export function accept(stream: ServerHttp2Stream, fields: Record<string, string> = {}): Connection {
  stream.respond({ ':status': 200, ...fields });
  const connection = open(stream, { role: 'server', limits: { maxMessageBytes: 16 << 20 } });
  connection.onmessage = (message) => void connection.send(message);
  return connection;
}

/** Octets in place of Node's server: `onRequest` is called when a client's HEADERS have come on a stream. */
export function bytes(
  socket: Socket,
  greeting: Uint8Array,
  onRequest: (stream: number) => void = () => {},
): void {
  let received = Buffer.alloc(0);
  let known = 0;
  socket.write(greeting);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    const frames = readHttp2(received.subarray(PREFACE.length)).filter(({ type }) => type === Type.headers);
    for (; known < frames.length; known += 1) onRequest(frames[known]!.stream);
  });
}

/** SETTINGS that take WebSockets. */
export const GREETING: Buffer = settings({ 8: 1 });

export const answer = (stream: number, status: number, flags: number = Flag.endHeaders): Buffer =>
  headers(stream, [[':status', String(status)]], flags);

/** What the test's client trusts, and that it insists on HTTP/2. */
export const insisting = (): ConnectOptions => ({ http: 2, tls: { ca: certificate().ca } });
