// The inspector over the wire, as a stranger tries it: paths, methods, names, origins, the form, HTTP/2.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect, createServer, HandshakeError } from '../../src/index.js';
import { FEED_PATH, inspect } from '../../src/inspector/index.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask, session } from '../transport/http2-visitor.js';
import { type Watched, watched } from './watched.js';

const TOKEN = 'sixteen-characters-and-more';
const SUBPROTOCOL = 'handfast-inspector.1';
const pageOf = ({ server, inspector }: Watched) => `http://127.0.0.1:${server.port}${inspector.path}`;

/** The answer's head and the beginning of its body, as they came. */
async function answerTo({ server }: Watched, head: string): Promise<string> {
  using connection = await raw(server.port);
  connection.send(`${head}\r\nConnection: close\r\n\r\n`);
  await connection.ending(2000);
  return connection.received.toString();
}
const refusedWith = (code: string) => (error: unknown) =>
  error instanceof HandshakeError && error.code === code;

describe('without a token', () => {
  test('another name, another origin, a proxy: nothing is told', async () => {
    await using own = await watched();
    const named = await answerTo(own, 'GET /.handfast/inspector/ HTTP/1.1\r\nHost: evil.example');
    assert.match(named, /^HTTP\/1\.1 403 /);
    assert.doesNotMatch(named, /<!doctype/);
    const feed = `${own.url}/.handfast/inspector/feed`;
    const attempt = (options: object) => connect(feed, { subprotocols: [SUBPROTOCOL], ...options });
    const port = own.server.port;
    await assert.rejects(attempt({ origin: 'https://evil.example' }), refusedWith('WS_ORIGIN_REJECTED'));
    await assert.rejects(
      attempt({ origin: `http://127.0.0.1:${port + 1}` }),
      refusedWith('WS_ORIGIN_HOST_MISMATCH'),
    );
    await assert.rejects(
      attempt({ headers: [['X-Forwarded-For', '::1']] }),
      refusedWith('WS_AUTH_FORBIDDEN'),
    );
    await assert.rejects(connect(feed), refusedWith('WS_PROTO_REQUIRED'));
    const rebound =
      `GET /.handfast/inspector/feed HTTP/1.1\r\nHost: evil.example:${port}\r\nOrigin: http://evil.example:${port}\r\n` +
      `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n` +
      `Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: ${SUBPROTOCOL}\r\n\r\n`;
    using connection = await raw(port);
    connection.send(rebound);
    assert.match((await connection.until('\r\n\r\n')).toString(), /^HTTP\/1\.1 403 /);
  });

  test('every answer keeps out frames, other sites and caches', async () => {
    await using own = await watched();
    for (const [path, method] of [
      ['', 'GET'],
      ['none', 'GET'],
      ['', 'POST'],
      ['token', 'GET'],
      ['', 'HEAD'],
    ] as const) {
      const { headers } = await fetch(`${pageOf(own)}${path}`, { method });
      assert.match(
        headers.get('content-security-policy') ?? '',
        /default-src 'self';.*frame-ancestors 'none'/,
      );
      assert.equal(headers.get('x-frame-options'), 'DENY');
      assert.equal(headers.get('cross-origin-resource-policy'), 'same-origin');
      assert.equal(headers.get('cache-control'), 'no-store');
      assert.equal(headers.get('x-content-type-options'), 'nosniff');
    }
  });

  test('a path that means another one is none', async () => {
    await using own = await watched();
    for (const path of [
      '/.handfast/inspector/../inspector/',
      '/.handfast/inspector/%2e%2e/feed',
      '/.handfast/inspector/..%2f..%2fpackage.json',
      '/.handfast/inspector//etc/passwd',
      '/.handfast/inspector/index.html%00.js',
    ])
      assert.match(await answerTo(own, `GET ${path} HTTP/1.1\r\nHost: localhost`), /^HTTP\/1\.1 404 /, path);
    for (const path of ['/.handfast/inspectors', '/%2ehandfast/inspector/', '//.handfast/inspector/']) {
      const told = await answerTo(own, `GET ${path} HTTP/1.1\r\nHost: localhost`);
      assert.match(told, /ROUTE_NOT_FOUND|REQ_|404/, path);
      assert.doesNotMatch(told, /content-security-policy/i, path);
    }
  });

  test('methods: GET and HEAD, and nothing is written by others', async () => {
    await using own = await watched();
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH']) {
      const { status, headers } = await fetch(pageOf(own), { method });
      assert.deepEqual([status, headers.get('allow')], [405, 'GET, HEAD'], method);
    }
    const moved = await fetch(pageOf(own).slice(0, -1), { redirect: 'manual' });
    assert.deepEqual([moved.status, moved.headers.get('location')], [308, 'inspector/']);
    assert.equal((await fetch(`${pageOf(own)}token`, { method: 'POST' })).status, 403);
  });
});

describe('with a token', () => {
  const give = (own: Watched, token: string, headers: Readonly<Record<string, string>> = {}) =>
    fetch(`${pageOf(own)}token`, {
      method: 'POST',
      headers,
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    });

  test('the form, a wrong one, the right one, and the cookie from then on', async () => {
    await using own = await watched({}, { token: TOKEN });
    const asked = await fetch(pageOf(own));
    assert.deepEqual([asked.status, asked.headers.get('www-authenticate')], [401, 'Bearer']);
    assert.match(await asked.text(), /<input name="token" type="password"/);
    const wrong = await give(own, 'no-such-token-at-all');
    assert.equal(wrong.status, 401);
    assert.match(await wrong.text(), /role="alert"/);
    assert.equal(wrong.headers.get('set-cookie'), null);
    const right = await give(own, TOKEN);
    assert.deepEqual([right.status, right.headers.get('location')], [303, './']);
    const set = right.headers.get('set-cookie')!;
    assert.doesNotMatch(set, /Secure/);
    const [cookie = ''] = set.split(';');
    assert.notEqual((await fetch(pageOf(own), { headers: { cookie } })).status, 401);
    const watching = await connect(`${own.url}/.handfast/inspector/feed`, {
      subprotocols: [SUBPROTOCOL],
      headers: [['Cookie', cookie]],
    });
    await watching.close();
    assert.match(
      (await give(own, TOKEN, { 'x-forwarded-proto': 'https' })).headers.get('set-cookie')!,
      /Secure/,
    );
  });

  test('it is never looked for in a URL', async () => {
    await using own = await watched({}, { token: TOKEN });
    assert.equal((await fetch(`${pageOf(own)}?token=${TOKEN}`)).status, 401);
    const { status } = await fetch(`${pageOf(own)}token?token=${TOKEN}`, {
      method: 'POST',
      redirect: 'manual',
    });
    assert.equal(status, 401);
  });

  test("another site's form is refused before the token is looked at", async () => {
    await using own = await watched({}, { token: TOKEN });
    for (const headers of [
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
      { origin: 'https://evil.example' },
      { origin: 'null' },
    ]) {
      const { status, headers: told } = await give(own, TOKEN, headers);
      assert.deepEqual([status, told.get('set-cookie')], [403, null]);
    }
    const { port } = own.server;
    assert.equal((await give(own, TOKEN, { origin: `http://127.0.0.1:${port}` })).status, 303);
  });

  test('guessing ends with 429, in the form and on the socket', async () => {
    await using own = await watched({}, { token: TOKEN });
    const statuses: number[] = [];
    for (let count = 0; count < 11; count += 1) statuses.push((await give(own, `wrong-${count}`)).status);
    assert.deepEqual(statuses, [...Array(10).fill(401), 429]);
    assert.equal((await give(own, TOKEN)).headers.get('retry-after'), '60');
    await assert.rejects(
      connect(`${own.url}/.handfast/inspector/feed`, {
        subprotocols: [SUBPROTOCOL],
        headers: [['Authorization', `Bearer ${TOKEN}`]],
      }),
      refusedWith('WS_ROUTE_RATE_LIMIT'),
    );
  });

  test('a form of any length costs nothing', async () => {
    await using own = await watched({}, { token: TOKEN });
    assert.equal((await give(own, 'x'.repeat(1_000_000))).status, 413);
  });
});

test('over HTTP/2 the name is in :authority, and no field of a connection is answered', async () => {
  const inspector = inspect();
  const server = createServer({ port: 0, http2: true, tls: certificate(), inspect: inspector });
  const over = await session((await server.ready).port);
  try {
    const asked = (headers: object) => ask(over, { ':path': '/.handfast/inspector/none', ...headers });
    assert.equal((await asked({})).status, 404);
    const other = await asked({ ':authority': 'evil.example', host: 'localhost' });
    assert.equal(other.status, 403);
    assert.equal(other.headers.connection, undefined);
    assert.match(String(other.headers['content-security-policy']), /frame-ancestors 'none'/);
    const feed = `wss://localhost:${server.port}${FEED_PATH}`;
    const options = { http: 2, subprotocols: [SUBPROTOCOL], tls: { ca: certificate().ca } } as const;
    const watching = await connect(feed, { ...options, origin: `https://localhost:${server.port}` });
    assert.equal(watching.handshake?.request.carrier, 'h2');
    await watching.close();
    await assert.rejects(
      connect(feed, { ...options, origin: 'https://evil.example' }),
      refusedWith('WS_ORIGIN_REJECTED'),
    );
  } finally {
    over.destroy();
    inspector.close();
    await server.close({ deadlineMs: 0 });
  }
});
