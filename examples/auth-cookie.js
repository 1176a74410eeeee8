// Who is connecting? The session cookie says so, and the same-origin rule (the default) keeps other sites from using it.
//   node examples/auth-cookie.js      then open http://127.0.0.1:8080/login?name=Ada
import { randomBytes } from 'node:crypto';
import { createServer, refuse } from 'handfast';

/** Session number to name. A real one lives in a database and expires. */
const sessions = new Map();

const server = createServer({
  port: Number(process.env.PORT ?? 8080),
  path: '/ws',
  http: serveHttp,
  authorize(request) {
    const session = cookie(request.headers.get('cookie') ?? '', 'session');
    const name = sessions.get(session);
    // A browser sees only 1006; the answer says 401 and why to everybody else, and to `handfast connect -v`.
    return name === undefined ? refuse('AUTH_REQUIRED', { detail: 'Log in first.' }) : { name };
  },
  onconnection(connection) {
    connection.send(`Hello ${connection.context.name}`).catch(() => {});
  },
});

function serveHttp(request, response) {
  const url = new URL(request.url, 'http://localhost');
  if (url.pathname !== '/login') return response.writeHead(404).end('Not found\n');
  const session = randomBytes(16).toString('base64url');
  sessions.set(session, url.searchParams.get('name') ?? 'somebody');
  // SameSite is the second lock beside the Origin check; add Secure when the site is https.
  response.setHeader('Set-Cookie', `session=${session}; HttpOnly; SameSite=Strict; Path=/`);
  response.end('Logged in\n');
}

function cookie(header, name) {
  const pair = header.split(/; */).find((each) => each.startsWith(`${name}=`));
  return pair?.slice(name.length + 1);
}

await server.ready;
console.log(`listening on ${server.url}`);
process.once('SIGTERM', () => server.close());
