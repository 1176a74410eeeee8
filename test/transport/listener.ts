// Knows: how to be the other side of a client for one test: a listener that does with each socket what the test says, and tells
// how each socket ended. Must not know: what is tried. Nothing is left when it is disposed of.
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { acceptFor } from '../../src/handshake/key.js';
import { portOf } from '../support/raw.js';

export interface Listener extends AsyncDisposable {
  readonly port: number;
  /** `ws://127.0.0.1:PORT/`, or `wss://localhost:PORT/`. */
  readonly url: string;
  /** Every socket that came, TLS or not. */
  readonly sockets: readonly Socket[];
  /** The request heads that were read, as text. */
  readonly heads: readonly string[];
  /** Resolves when every socket that came is closed; fails after three seconds. */
  gone(): Promise<void>;
}

export interface ListenOptions {
  readonly tls?: TlsOptions;
  readonly host?: string;
}

type OnHead = (socket: Socket, head: string, count: number) => void;

/** Reads a request's head from each socket and then calls `onHead`; a string is written and ends the socket. */
export function answering(
  answer: string | ((head: string, count: number) => string),
  options?: ListenOptions,
): Promise<Listener> {
  return reading(
    (socket, head, count) => socket.end(typeof answer === 'string' ? answer : answer(head, count), 'latin1'),
    options,
  );
}

export function reading(onHead: OnHead, options?: ListenOptions): Promise<Listener> {
  return listening((socket, heads) => {
    let text = '';
    const onData = (chunk: Buffer) => {
      text += chunk.toString('latin1');
      const end = text.indexOf('\r\n\r\n');
      if (end < 0) return;
      socket.off('data', onData);
      heads.push(text.slice(0, end + 4));
      onHead(socket, heads.at(-1)!, heads.length);
    };
    socket.on('data', onData);
  }, options);
}

/** Calls `onSocket` with each socket as it comes. */
export async function listening(
  onSocket: (socket: Socket, heads: string[]) => void,
  { tls, host = '127.0.0.1' }: ListenOptions = {},
): Promise<Listener> {
  const sockets: Socket[] = [];
  const heads: string[] = [];
  const open = new Set<Socket>();
  const arrive = (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    onSocket(socket, heads);
  };
  const server: Server = tls === undefined ? createServer(arrive) : createTlsServer(tls, arrive);
  server.on('tlsClientError', () => {});
  // The sockets below TLS are counted too: a handshake that fails never gets to `arrive`.
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    socket.once('close', () => open.delete(socket));
  });
  server.listen(0, host);
  await once(server, 'listening');
  const port = portOf(server);
  return {
    port,
    url: tls === undefined ? `ws://${host}:${port}/` : `wss://localhost:${port}/`,
    sockets,
    heads,
    async gone() {
      const until = performance.now() + 3000;
      while (open.size > 0) {
        if (performance.now() > until) throw new Error(`${open.size} sockets are still open`);
        await pause(5);
      }
    },
    async [Symbol.asyncDispose]() {
      for (const socket of open) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

/** The valid 101 for a request's head; changes replace a line by its name, or add lines under ''. */
export function opening(head: string, changes: Readonly<Record<string, string | undefined>> = {}): string {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  const lines = new Map<string, string | undefined>([
    ['HTTP', 'HTTP/1.1 101 Switching Protocols'],
    ['Upgrade', 'Upgrade: websocket'],
    ['Connection', 'Connection: Upgrade'],
    ['Accept', `Sec-WebSocket-Accept: ${acceptFor(key)}`],
    ...Object.entries(changes),
  ]);
  return `${[...lines.values()].filter((line) => line !== undefined).join('\r\n')}\r\n\r\n`;
}

/** A port that answers no connection attempt: a listener that takes nothing, and once its queue is full, Linux drops what comes. */
export async function deaf(): Promise<{ port: number } & AsyncDisposable> {
  const worker = new Worker(
    `const { createServer } = require('node:net');
     const { parentPort, workerData } = require('node:worker_threads');
     const server = createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
       parentPort.postMessage(server.address().port);
       setImmediate(() => Atomics.wait(workerData, 0, 0));
     });`,
    { eval: true, workerData: new Int32Array(new SharedArrayBuffer(4)) },
  );
  const [port] = (await once(worker, 'message')) as [number];
  const fillers = Array.from({ length: 8 }, () => connect(port, '127.0.0.1').on('error', () => {}));
  await once(fillers[0]!, 'connect');
  return {
    port,
    async [Symbol.asyncDispose]() {
      for (const socket of fillers) socket.destroy();
      await worker.terminate();
    },
  };
}
