// One port for Hono and for sockets: handfast attaches to the node:http server that Hono's adapter makes.
//   node examples/behind-hono.js
import { serve } from '@hono/node-server';
import { createServer } from 'handfast';
import { Hono } from 'hono';

const app = new Hono();
app.get('/', (context) => context.text('Hello from Hono'));

const http = serve(
  { fetch: app.fetch, port: Number(process.env.PORT ?? 8080), hostname: '127.0.0.1' },
  (address) => {
    console.log(`listening on http://127.0.0.1:${address.port}/`);
  },
);
const sockets = createServer({
  server: http,
  path: '/ws',
  onconnection(connection) {
    connection.onmessage = (message) => connection.send(`Hono heard: ${message}`).catch(() => {});
  },
});
process.once('SIGTERM', async () => {
  http.close();
  await sockets.close();
});
