// Knows: how to stand between a client and a server and count the octets of each. Must not know: what they say.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from '../support/raw.js';

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** Octets that clients have sent, and the server. */
  readonly fromClient: number;
  readonly fromServer: number;
}

/** Passes what comes to a port of its own on to `port`, and back. */
export async function startRelay(port: number): Promise<Relay> {
  const sockets: Socket[] = [];
  let [fromClient, fromServer] = [0, 0];
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, upstream]) socket.on('error', () => leave(client, upstream));
    sockets.push(client, upstream);
    client.on('data', (chunk: Buffer) => {
      fromClient += chunk.length;
    });
    upstream.on('data', (chunk: Buffer) => {
      fromServer += chunk.length;
    });
    client.pipe(upstream).pipe(client);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    get fromClient() {
      return fromClient;
    },
    get fromServer() {
      return fromServer;
    },
    async [Symbol.asyncDispose]() {
      leave(...sockets);
      server.close();
      await once(server, 'close');
    },
  };
}

function leave(...sockets: Socket[]): void {
  for (const socket of sockets) socket.destroy();
}
