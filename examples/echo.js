// Sends every message back.
//   node examples/echo.js
//   npx handfast connect ws://127.0.0.1:8080/
import { createServer } from 'handfast';

const server = createServer({
  port: Number(process.env.PORT ?? 8080),
  async onconnection(connection) {
    for await (const message of connection) await connection.send(message);
  },
});

await server.ready;
console.log(`listening on ${server.url}`);
process.once('SIGTERM', () => server.close());
