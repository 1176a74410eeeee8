// An echo as the README of handfast shows it, with the limits on how many may come lifted: the load comes from one address.
import { createServer } from '../../dist/index.js';

const AS_TEXT = { text: true };
const server = createServer({
  port: 0,
  origins: 'any-insecure',
  limits: {
    maxConnections: Infinity,
    maxConnectionsPerAddress: Infinity,
    maxHandshakesPerSecond: Infinity,
    maxPendingHandshakes: Infinity,
    maxMessageBytes: 2 ** 24,
  },
  onbytes(connection, bytes, isText) {
    connection.send(bytes, isText ? AS_TEXT : undefined);
  },
});
await server.ready;
console.log(`listening ${server.port}`);
