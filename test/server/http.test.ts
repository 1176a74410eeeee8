// Knows: that pages and sockets share a port and plain HTTP stays as it was: on a port of our own with a listener, and attached to a
// server of node:http or node:https. RFC 9112 §9.3, RFC 9110 §10.1.1.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import {
  Agent,
  request as askHttp,
  createServer as createHttp,
  type Server as HttpServer,
  type RequestListener,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { afterEach, describe, test } from 'node:test';
import { createServer, type Server } from '../../src/index.js';
import { frame, Op, readAnswer, upgrade, upgradeTo } from '../hostile/bytes.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask, echoOf, FREE, opened, outcome, serve } from './peer.js';

/** Answers with what it got: method, path, and how many octets of body. */
const mirror: RequestListener = async (request, response) => {
  let bytes = 0;
  for await (const chunk of request) bytes += (chunk as Buffer).length;
  response.setHeader('Content-Type', 'text/plain');
  response.end(`${request.method} ${request.url} ${bytes};`);
};
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});
const onmessage = (connection: { send(message: string | Buffer): Promise<void> }, message: string | Buffer) =>
  void connection.send(message);

async function listening(server: HttpServer): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as { port: number }).port;
}

interface Place {
  readonly port: number;
  readonly ca?: string;
}
const own = (tls: boolean) => async (): Promise<Place> => {
  const { key, cert, ca } = certificate();
  const server = await serve({ path: '/ws', http: mirror, ...(tls && { tls: { key, cert } }) });
  open.push(() => server.close());
  return { port: server.port, ...(tls && { ca }) };
};
const attached = (tls: boolean) => async (): Promise<Place> => {
  const { key, cert, ca } = certificate();
  const server = (tls ? createHttps({ key, cert }, mirror) : createHttp(mirror)) as HttpServer;
  const port = await listening(server);
  const ours = createServer({ server, path: '/ws', onmessage, limits: FREE });
  await ours.ready;
  open.push(() => ours.close());
  return { port, ...(tls && { ca }) };
};

for (const [name, begin] of Object.entries({
  'a port of our own': own(false),
  'a port of our own with TLS': own(true),
  'attached to node:http': attached(false),
  'attached to node:https': attached(true),
})) {
  describe(name, { concurrency: false }, () => {
    test('plain requests with and without a body, pipelined, then an upgrade, on one connection', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
      connection.send(get('/1'));
      await connection.until('GET /1 0;');
      connection.send(`POST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello`);
      await connection.until('POST /2 5;');
      connection.send(
        `POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n${get('/4')}${get('/5')}`,
      );
      await connection.until('GET /5 0;');
      const text = connection.take().toString('latin1');
      assert.deepEqual(text.match(/(GET|POST) \/\d \d+;/g), [
        'GET /1 0;',
        'POST /2 5;',
        'POST /3 3;',
        'GET /4 0;',
        'GET /5 0;',
      ]);
      connection.send(upgrade());
      assert.equal(readAnswer(await connection.until('\r\n\r\n')).status, 101);
      connection.take();
      assert.equal(await echoOf(connection, 'over the reused connection'), 'over the reused connection');
    });

    test('the head of a plain request octet by octet', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      const bytes = 'POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc';
      await connection.drip([...bytes], 0);
      await connection.until('POST /slow 3;');
    });

    test('Expect: 100-continue, and an upload of 8 MiB', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      const size = 8 * 1_048_576;
      connection.send(
        `PUT /up HTTP/1.1\r\nHost: a\r\nContent-Length: ${size}\r\nExpect: 100-continue\r\n\r\n`,
      );
      await connection.until('HTTP/1.1 100 Continue');
      connection.send(Buffer.alloc(size));
      await connection.until(`PUT /up ${size};`, 10_000);
    });

    test('a handshake that is refused on a reused connection is answered once, with FIN', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      connection.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
      await connection.until('GET /1 0;');
      connection.take();
      const { received, end } = await connection
        .send(upgrade({ 'Sec-WebSocket-Key': 'x' }) + upgrade())
        .ending(2000);
      const answer = readAnswer(received);
      assert.deepEqual(
        [answer.status, JSON.parse(answer.body).code, end, answer.rest.length],
        [400, 'REQ_KEY_INVALID', 'fin', 0],
      );
    });

    test('an unknown path of an upgrade → 404', async () => {
      const { port, ca } = await begin();
      assert.equal(await outcome(port, upgradeTo('/other'), { ...(ca && { ca }) }), 'ROUTE_NOT_FOUND');
    });

    test('the first frame in the segment of the head', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      connection.send(Buffer.concat([Buffer.from(upgrade()), frame(Op.text, 'early')]));
      await connection.until('early');
    });
  });
}

test('a handshake that lost its Upgrade is answered as one, also at the listener for plain requests', async () => {
  await using server = await serve({ http: mirror });
  const stripped = upgrade({ Upgrade: null, Connection: 'close' });
  assert.equal(await outcome(server.port, stripped), 'PROXY_UPGRADE_STRIPPED');
  using connection = await raw(server.port);
  connection.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await connection.until('GET /1 0;');
  connection.take();
  const { received } = await connection.send(stripped).ending(2000);
  assert.equal(JSON.parse(readAnswer(received).body).code, 'PROXY_UPGRADE_STRIPPED');
});

test('attached: upgrades of other paths are left alone when somebody else listens', async () => {
  const http = createHttp(mirror);
  const port = await listening(http);
  const others: string[] = [];
  http.on('upgrade', (request, socket) => {
    others.push(request.url!);
    if (request.url === '/theirs')
      socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
  });
  const ours = createServer({ server: http, path: '/ours', onmessage, limits: FREE });
  open.push(() => ours.close());
  assert.equal((await ask(port, upgradeTo('/theirs'))).status, 418);
  using connection = await opened(port, upgradeTo('/ours'));
  assert.equal(await echoOf(connection, 'ours'), 'ours');
  assert.deepEqual(others, ['/theirs', '/ours']);
});

test('attached: two of our servers on one node:http server, each with its path', async () => {
  const http = createHttp(mirror);
  const port = await listening(http);
  const named = (name: string): Server =>
    createServer({
      server: http,
      path: `/${name}`,
      limits: FREE,
      onmessage: (connection) => void connection.send(name),
    });
  const servers = [named('one'), named('two')];
  for (const server of servers) open.push(() => server.close());
  for (const name of ['one', 'two']) {
    using connection = await opened(port, upgradeTo(`/${name}`));
    connection.send(frame(Op.text, 'who'));
    await connection.until(name);
  }
  const { status, body } = await ask(port, upgradeTo('/three'));
  assert.equal(status, 404, 'the last of them has nobody to leave it to');
  assert.equal(JSON.parse(body).code, 'ROUTE_NOT_FOUND');
});

test('attached: closing ours leaves their server as it was', async () => {
  const http = createHttp(mirror);
  const before = http.listenerCount('upgrade') + http.listenerCount('request');
  const port = await listening(http);
  const ours = createServer({ server: http, onmessage });
  using connection = await opened(port);
  const closing = ours.close({ deadlineMs: 200 });
  await connection.until(2);
  await closing;
  assert.equal(http.listenerCount('upgrade') + http.listenerCount('request'), before);
  const [response] = await once(askHttp({ port, path: '/still', agent: new Agent() }).end(), 'response');
  response.resume();
  assert.equal(response.statusCode, 200);
});

test('a second head that does not come is cut as the first one is', async () => {
  await using server = await serve({ http: mirror, timeouts: { headMs: 300 } });
  using connection = await raw(server.port);
  connection.send('GET /1 HTTP/1.1\r\nHost: a\r\n\r\n');
  await connection.until('GET /1 0;');
  connection.take();
  const started = performance.now();
  connection.send('GET /2 HTTP/1.1\r\nHost: a\r\nX');
  const timer = setInterval(() => connection.end === 'open' && connection.send('x'), 50);
  const { text } = await connection.ending(4000);
  clearInterval(timer);
  const tookMs = performance.now() - started;
  assert.match(text, /^HTTP\/1\.1 408 /);
  assert.ok(connection.end !== 'open' && tookMs < 2500, `${connection.end} after ${tookMs} ms`);
});

test('what comes behind a handshake that lost its Upgrade is read as nothing, what came before is answered first', async () => {
  const asked: string[] = [];
  await using server = await serve({
    http: (request, response) => {
      asked.push(request.url!);
      setTimeout(() => response.end('page;'), 50);
    },
  });
  using connection = await raw(server.port, { allowHalfOpen: true });
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
  connection.send(get('/before') + upgrade({ Upgrade: null }) + get('/behind') + upgrade());
  const { text, end } = await connection.ending(1000);
  assert.deepEqual([text.match(/HTTP\/1\.1 \d+/g), end], [['HTTP/1.1 200', 'HTTP/1.1 426'], 'fin']);
  assert.ok(text.indexOf('page;') < text.indexOf('PROXY_UPGRADE_STRIPPED'));
  connection.send(get('/later'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(asked, ['/before']);
});

test('attached: handshakes that wait for a decision are counted, in all and per address', async () => {
  const http = createHttp(mirror);
  const port = await listening(http);
  const never = () => new Promise<void>(() => {});
  const limits = { maxPendingHandshakes: 3, maxConnectionsPerAddress: 2 };
  const ours = createServer<void>({ server: http, authorize: never, limits });
  open.push(() => ours.close());
  const peers = [];
  for (const from of ['127.0.0.1', '127.0.0.1']) peers.push((await raw(port, { from })).send(upgrade()));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(await outcome(port), 'LIMIT_CONNECTIONS_PER_ADDRESS');
  peers.push((await raw(port, { from: '127.0.0.2' })).send(upgrade()));
  await new Promise((resolve) => setTimeout(resolve, 30));
  assert.equal(await outcome(port, upgrade(), { from: '127.0.0.3' }), 'LIMIT_PENDING_HANDSHAKES');
  for (const peer of peers) peer.socket.destroy();
});
