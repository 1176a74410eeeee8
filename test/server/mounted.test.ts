// Knows: that what is mounted beside an application is reached on every kind of server, and that neither sees anything of the other.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { describe, test } from 'node:test';
import { connect, createServer, HandshakeError, type Server, type ServerOptions } from '../../src/index.js';
import type { Mounted } from '../../src/server/mounted.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask as askOver, session } from '../transport/http2-visitor.js';

/** Answers below /beside/, and says on its endpoint what it hears, twice. */
const beside: Mounted = {
  routes: {
    '/beside/socket': { onmessage: (connection, message) => connection.send(`${message}${message}`) },
  },
  http(request, response) {
    if (request.url?.startsWith('/beside/') !== true) return false;
    response.end('beside');
    return true;
  },
};

async function serve(options: Partial<ServerOptions>): Promise<Server> {
  return createServer({ port: 0, inspect: beside, onconnection() {}, ...options }).ready;
}

async function said(port: number, path: string): Promise<string> {
  const connection = await connect(`ws://127.0.0.1:${port}${path}`);
  void connection.send('ha');
  const { value } = await connection[Symbol.asyncIterator]().next();
  await connection.close();
  return String(value);
}

const page = async (port: number, path: string) => {
  const answer = await fetch(`http://127.0.0.1:${port}${path}`);
  return [answer.status, (await answer.text()).slice(0, 20)] as const;
};

for (const [name, options] of Object.entries({
  'a path': { path: '/ws' },
  'every path': {},
  routes: { routes: { '/ws': {} } },
} satisfies Record<string, Partial<ServerOptions>>))
  describe(`beside ${name}`, () => {
    test('with a listener for plain requests', async () => {
      await using server = await serve({ ...options, http: (_request, response) => response.end('app') });
      assert.deepEqual(await page(server.port, '/beside/page'), [200, 'beside']);
      assert.deepEqual(await page(server.port, '/'), [200, 'app']);
      assert.equal(await said(server.port, '/beside/socket'), 'haha');
    });

    test('and without one: other requests get what they would get anyway, also behind one of its own', async () => {
      await using server = await serve(options);
      assert.equal(await said(server.port, '/beside/socket'), 'haha');
      using connection = await raw(server.port);
      connection.send('GET /beside/page HTTP/1.1\r\nHost: h\r\n\r\nGET /ws HTTP/1.1\r\nHost: h\r\n\r\n');
      const both = (await connection.until('REQ_UPGRADE')).toString();
      assert.match(both, /^HTTP\/1\.1 200 [\s\S]*beside[\s\S]*HTTP\/1\.1 426 [\s\S]*Upgrade: websocket/);
    });
  });

test('attached: it is asked before the listeners of the server, and only for what is its own', async () => {
  const http = createHttp((_request, response) => void response.end('app')).listen(0, '127.0.0.1');
  await once(http, 'listening');
  const server = createServer({ server: http, path: '/ws', inspect: beside });
  try {
    await server.ready;
    assert.deepEqual(await page(server.port, '/beside/page'), [200, 'beside']);
    assert.deepEqual(await page(server.port, '/'), [200, 'app']);
    assert.equal(await said(server.port, '/beside/socket'), 'haha');
    await server.close();
    assert.deepEqual(await page((http.address() as { port: number }).port, '/beside/page'), [200, 'app']);
  } finally {
    await server.close();
    http.closeAllConnections();
    http.close();
  }
});

test('over HTTP/2, with nobody for other requests', async () => {
  await using server = await serve({ http2: true, tls: certificate() });
  const over = await session(server.port);
  try {
    const asked = async (path: string) => (await askOver(over, { ':path': path })).status;
    assert.equal(await asked('/beside/page'), 200);
    const other = await askOver(over, { ':path': '/other' });
    assert.equal(other.headers.connection, undefined);
    assert.equal(other.status, 400);
  } finally {
    over.destroy();
  }
});

test('nothing of the application holds for it', async () => {
  const refusing = { authorize: () => assert.fail('asked'), subprotocols: ['app'], requireSubprotocol: true };
  await using server = await serve({
    ...refusing,
    hosts: ['app.example'],
    origins: ['https://app.example'],
    limits: { maxHandshakesPerSecond: 0 },
    onmessage: () => assert.fail('heard'),
  });
  assert.equal(await said(server.port, '/beside/socket'), 'haha');
  const connection = await connect(`ws://127.0.0.1:${server.port}/beside/socket`);
  assert.equal(server.connections.size, 0);
  const { closed } = await server.drain();
  assert.equal(closed, 1);
  assert.equal((await connection.closed).code, 1012);
});

test('its endpoints are judged as any other', async () => {
  await using server = await serve({ path: '/ws' });
  const url = `ws://127.0.0.1:${server.port}/beside/socket`;
  await assert.rejects(
    connect(url, { origin: 'https://elsewhere.example' }),
    (error) => error instanceof HandshakeError && error.code === 'WS_ORIGIN_REJECTED',
  );
  using connection = await raw(server.port);
  connection.send('GET /beside/socket HTTP/1.1\r\nHost: h\r\nSec-WebSocket-Key: x\r\n\r\n');
  assert.match((await connection.until('\r\n\r\n')).toString(), /^HTTP\/1\.1 4/);
});

test('what is no such thing is refused at once', () => {
  assert.throws(() => createServer({ port: 0, inspect: {} as Mounted }), /inspect takes what inspect\(\)/);
});
