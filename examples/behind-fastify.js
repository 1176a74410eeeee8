// One port for Fastify and for sockets: handfast attaches to Fastify's own server, before it listens.
//   node examples/behind-fastify.js
import Fastify from 'fastify';
import { createServer } from 'handfast';

const app = Fastify();
app.get('/', async () => 'Hello from Fastify');

const sockets = createServer({
  server: app.server,
  path: '/ws',
  onconnection(connection) {
    connection.onmessage = (message) => connection.send(`Fastify heard: ${message}`).catch(() => {});
  },
});
// Fastify closes its server when app.close() is called: the sockets have to go first.
app.addHook('preClose', async () => {
  await sockets.close();
});

await app.listen({ port: Number(process.env.PORT ?? 8080), host: '127.0.0.1' });
console.log(`listening on http://127.0.0.1:${app.server.address().port}/`);
process.once('SIGTERM', () => app.close());
