// One port for Express and for sockets: handfast attaches to the server that Express runs on.
//   node examples/behind-express.js

import { createServer as createHttpServer } from 'node:http';
import express from 'express';
import { createServer } from 'handfast';

const app = express();
app.get('/', (_request, response) => response.send('Hello from Express'));

const http = createHttpServer(app);
const sockets = createServer({
  server: http,
  path: '/ws',
  onconnection(connection) {
    connection.onmessage = (message) => connection.send(`Express heard: ${message}`).catch(() => {});
  },
});

http.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => {
  console.log(`listening on http://127.0.0.1:${http.address().port}/`);
});
process.once('SIGTERM', async () => {
  http.close();
  await sockets.close();
});
