// Knows: how a server of Node is given a port on loopback, and taken down with all that is connected to it; and servers that
// say given octets. Must not know: what they say.
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Host } from './row.js';

/** Listens on any free port. What is still connected when it stops is cut. */
export async function bound(server: Server, host = '127.0.0.1', port = 0) {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}));
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening'); // Rejects when the port is taken.
  return {
    port: (server.address() as { port: number }).port,
    async stop() {
      for (const socket of sockets) socket.destroy();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}

type Answer = string | Uint8Array | ((socket: Socket, head: string) => void);

const octets = (answer: string | Uint8Array) =>
  typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer;

/** Does this with every connection as it comes; octets are said, and then it is ended. */
export async function greeting(
  answer: string | Uint8Array | ((socket: Socket) => void),
  scheme = 'ws',
): Promise<Host> {
  const server = createServer((socket) => {
    if (typeof answer === 'function') answer(socket);
    else socket.end(octets(answer));
    socket.resume();
  });
  const { port, stop } = await bound(server);
  return { url: `${scheme}://127.0.0.1:${port}/ws`, stop };
}

/** Reads one head, says the octets, and ends. */
export async function answering(answer: Answer, path = '/ws'): Promise<Host> {
  const server = createServer((socket) => {
    let head = '';
    const onData = (chunk: Buffer) => {
      head += chunk.toString('latin1');
      if (!head.includes('\r\n\r\n')) return;
      socket.off('data', onData).resume();
      if (typeof answer === 'function') answer(socket, head);
      else socket.end(octets(answer));
    };
    socket.on('data', onData);
  });
  const { port, stop } = await bound(server);
  return { url: `ws://127.0.0.1:${port}${path}`, stop };
}

/** Several servers as one. */
export function together(url: string, ...parts: ReadonlyArray<{ stop(): Promise<unknown> | void }>): Host {
  return { url, stop: async () => void (await Promise.all(parts.map((part) => part.stop()))) };
}
