// A chat without a page: everybody in a room hears what anybody in it says.
//   node examples/chat.js
//   npx handfast connect ws://127.0.0.1:8080/room/tea      (twice)
import { broadcast, createServer } from 'handfast';

/** @type {Map<string, Set<import('handfast').Connection>>} */
const rooms = new Map();

const server = createServer({
  port: Number(process.env.PORT ?? 8080),
  routes: {
    '/room/:id': {
      limits: { maxMessageBytes: 4096 },
      async onconnection(connection, request) {
        const room = enter(request.params.id, connection);
        try {
          for await (const message of connection) {
            // Framed once for all. Whoever reads too slowly misses it and holds nobody up.
            broadcast(room, message, { except: connection });
          }
        } finally {
          leave(request.params.id, connection);
        }
      },
    },
  },
});

function enter(id, connection) {
  const room = rooms.get(id) ?? new Set();
  rooms.set(id, room.add(connection));
  return room;
}

function leave(id, connection) {
  const room = rooms.get(id);
  room.delete(connection);
  if (room.size === 0) rooms.delete(id);
}

await server.ready;
console.log(`listening on ${server.url}room/tea`);
process.once('SIGTERM', () => server.close());
