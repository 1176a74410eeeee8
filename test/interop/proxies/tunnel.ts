// Knows: how to give what connects to a port of loopback a tunnel through a forward proxy (RFC 9110 §9.3.6), so that clients
// that know nothing of proxies go through one. Must not know: who connects, or what is said inside.
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { portOf } from '../../support/raw.js';

export interface Tunnel extends AsyncDisposable {
  readonly port: number;
}

export async function startTunnel(proxy: number, target: string): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const upstream = connect({ port: proxy, host: '127.0.0.1', allowHalfOpen: true });
    for (const socket of [client, upstream]) {
      sockets.add(socket.on('error', () => client.destroy(upstream.destroy().errored ?? undefined)));
    }
    upstream.write(`CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`);
    let head = '';
    upstream.on('data', function onHead(chunk: Buffer) {
      head += chunk.toString('latin1');
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      upstream.off('data', onHead);
      if (!head.startsWith('HTTP/1.1 200 ')) return client.end(Buffer.from(head, 'latin1'));
      client.write(Buffer.from(head.slice(end + 4), 'latin1'));
      client.pipe(upstream).pipe(client);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
