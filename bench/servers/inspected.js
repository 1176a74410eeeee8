// An echo that handshakes come to, with the inspector in it (--inspect) or without. Tells its parent what it used, when asked.
import { createServer } from '../../dist/index.js';

const inspector = process.argv.includes('--inspect')
  ? (await import('../../dist/inspector/index.js')).inspect({ name: 'bench' })
  : undefined;
const server = createServer({
  port: 0,
  limits: {
    // In force as by default, but for a load that comes from one address.
    maxConnectionsPerAddress: 1e6,
    maxHandshakesPerSecond: 1e6,
  },
  ...(inspector && { inspect: inspector }),
  routes: {
    '/chat': {
      subprotocols: ['chat.v2', 'chat.v1'],
      onconnection() {},
      onbytes: (connection, bytes, isText) => void connection.send(bytes, { text: isText }),
    },
  },
});
await server.ready;

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ cpuMs: (user + system) / 1000, rss, heapUsed, external });
});
process.on('disconnect', () => process.exit(0));
process.send({ port: server.port });
