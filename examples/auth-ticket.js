// A page cannot set a header on a WebSocket, but it can fetch a ticket first and put that into the URL. The ticket is
// good once, for 30 seconds, for the origin that fetched it: a URL in somebody's log is worth nothing.
//   node examples/auth-ticket.js
//   curl -X POST -H 'Authorization: Bearer secret-of-ada' http://127.0.0.1:8080/ws-ticket
import { randomBytes } from 'node:crypto';
import { createServer, refuse } from 'handfast';

const users = new Map([['secret-of-ada', 'Ada']]);
const ticketMs = 30_000;
/** Ticket to what it is good for. */
const tickets = new Map();

const server = createServer({
  port: Number(process.env.PORT ?? 8080),
  path: '/ws',
  http: serveHttp,
  authorize(request) {
    const ticket = request.query.get('ticket');
    if (ticket === null) return refuse('AUTH_REQUIRED', { detail: 'Fetch a ticket with POST /ws-ticket.' });
    const grant = tickets.get(ticket);
    // Taken whatever comes next, so that no second attempt can use it.
    tickets.delete(ticket);
    const isGood = grant !== undefined && grant.endsAt > Date.now() && grant.origin === request.origin;
    return isGood ? { name: grant.name } : refuse('AUTH_TOKEN_INVALID', { detail: 'Tickets are good once.' });
  },
  onconnection(connection) {
    connection.send(`Hello ${connection.context.name}`).catch(() => {});
  },
});

function serveHttp(request, response) {
  if (request.method !== 'POST' || request.url !== '/ws-ticket') return response.writeHead(404).end();
  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  const name = users.get(token);
  if (name === undefined) return response.writeHead(401, { 'WWW-Authenticate': 'Bearer' }).end();
  const ticket = randomBytes(16).toString('base64url');
  tickets.set(ticket, { name, origin: request.headers.origin, endsAt: Date.now() + ticketMs });
  setTimeout(() => tickets.delete(ticket), ticketMs).unref();
  response.writeHead(200, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' });
  response.end(JSON.stringify({ ticket }));
}

await server.ready;
console.log(`listening on ${server.url}`);
process.once('SIGTERM', () => server.close());
