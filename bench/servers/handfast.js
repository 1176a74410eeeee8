// As the README of handfast shows it: an echo, or with --broadcast every message to all. With --compress small messages are
// compressed too. The limits on how many may come are lifted: the load comes from one address.
import { broadcast, createServer } from '../../dist/index.js';

const AS_TEXT = { text: true };
const server = createServer({
  port: 0,
  origins: 'any-insecure',
  compression: process.argv.includes('--compress') && { thresholdBytes: 0 },
  limits: {
    maxConnections: Infinity,
    maxConnectionsPerAddress: Infinity,
    maxHandshakesPerSecond: Infinity,
    maxPendingHandshakes: Infinity,
    maxMessageBytes: 2 ** 24,
  },
  onbytes: process.argv.includes('--broadcast') ? toAll : echo,
});
await server.ready;
console.log(`listening ${server.port}`);

function echo(connection, bytes, isText) {
  connection.send(bytes, isText ? AS_TEXT : undefined);
}

function toAll(_, bytes, isText) {
  broadcast(server.connections, bytes, isText ? AS_TEXT : undefined);
}
