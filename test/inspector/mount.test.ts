// The inspector in the servers that people have: beside a path, routes, frameworks; several servers; those who watch among the rows.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp, type Server as HttpServer, type RequestListener } from 'node:http';
import { createRequire } from 'node:module';
import { describe, test } from 'node:test';
import Fastify from 'fastify';
import { connect, createServer, type Server } from '../../src/index.js';
import { inspect } from '../../src/inspector/index.js';
import { watched } from './watched.js';

/** It comes without types. */
interface Express {
  (): RequestListener & { use(listener: RequestListener): void };
  urlencoded(): RequestListener;
}
const express = createRequire(import.meta.url)('express') as Express;

const SUBPROTOCOL = 'handfast-inspector.1';
/** That somebody is let in is all that is asked here: without a build there is no page, and the answer is 404. */
const isThere = async (port: number) => {
  const { status, headers } = await fetch(`http://127.0.0.1:${port}/.handfast/inspector/none`);
  return status === 404 && headers.get('x-frame-options') === 'DENY';
};

async function watch(port: number): Promise<void> {
  const connection = await connect(`ws://127.0.0.1:${port}/.handfast/inspector/feed`, {
    subprotocols: [SUBPROTOCOL],
  });
  const { value } = await connection[Symbol.asyncIterator]().next();
  assert.equal(JSON.parse(String(value)).type, 'hello');
  await connection.close();
}

interface App {
  readonly http: HttpServer;
  listen(): Promise<unknown>;
}

const frameworks: Readonly<Record<string, () => App>> = {
  Express() {
    const app = express();
    app.use(express.urlencoded());
    app.use((_request, response) => void response.writeHead(418).end());
    const http = createHttp(app);
    return { http, listen: () => once(http.listen(0, '127.0.0.1'), 'listening') };
  },
  Fastify() {
    const app = Fastify();
    app.setNotFoundHandler((_request, reply) => reply.code(418).send());
    return { http: app.server, listen: () => app.listen({ port: 0, host: '127.0.0.1' }) };
  },
};

for (const [name, make] of Object.entries(frameworks))
  test(`attached to ${name}: the page and the socket are ours, everything else is its own`, async () => {
    const { http, listen } = make();
    const token = 'sixteen-characters-and-more';
    const inspector = inspect({ token });
    const server = createServer({ server: http, path: '/ws', inspect: inspector });
    try {
      await listen();
      const { port } = await server.ready;
      const page = `http://127.0.0.1:${port}/.handfast/inspector/`;
      assert.equal((await fetch(page)).status, 401);
      // A framework that reads bodies has read none of ours.
      const body = new URLSearchParams({ token });
      assert.equal((await fetch(`${page}token`, { method: 'POST', body, redirect: 'manual' })).status, 303);
      assert.equal((await fetch(`http://127.0.0.1:${port}/other`)).status, 418);
      await (await connect(`ws://127.0.0.1:${port}/ws`)).close();
    } finally {
      inspector.close();
      await server.close();
      http.closeAllConnections();
      http.close();
    }
  });

describe('on a port of our own', () => {
  for (const [name, options] of Object.entries({
    'a path': { path: '/ws' },
    'routes, and a listener for plain requests': { routes: { '/ws': {} }, http: express() },
    'nothing else': { routes: {} },
  }))
    test(`beside ${name}`, async () => {
      const inspector = inspect();
      await using server = await createServer({ port: 0, inspect: inspector, ...options }).ready;
      assert.ok(await isThere(server.port));
      await watch(server.port);
      inspector.close();
    });
});

test('who watches is a row that says so, and is in no figure, no group and none of the application’s lists', async () => {
  await using own = await watched();
  const row = await own.row(({ watcher }) => watcher === true);
  assert.deepEqual([row.outcome, row.route], ['accepted', '/.handfast/inspector/feed']);
  assert.equal(own.server.connections.size, 0);
  const before = await own.next('overview');
  assert.deepEqual([before.overview.open, before.overview.acceptedPerSecond], [0, 0]);
  assert.deepEqual([before.overview.bytesOutPerSecond, before.overview.messagesOutPerSecond], [0, 0]);
  await watch(own.server.port);
  const { overview } = await own.next('overview');
  assert.deepEqual([overview.p50Ms, overview.closes], [0, []]);
  own.ask({ type: 'frames', id: row.id });
  const told = await own.next('frames');
  await own.next('overview');
  assert.deepEqual(told.frames, []);
  assert.equal(own.told.filter(({ type }) => type === 'frames').length, 1);
});

test('who may not watch is a failure as any other', async () => {
  await using own = await watched();
  await assert.rejects(
    connect(`${own.url}/.handfast/inspector/feed`, {
      subprotocols: [SUBPROTOCOL],
      origin: 'https://evil.example',
    }),
  );
  const row = await own.row(({ code }) => code === 'ORIGIN_REJECTED');
  assert.equal(row.watcher, undefined);
  const { groups } = await own.next('groups');
  assert.deepEqual(
    groups.map(({ code, route }) => [code, route]),
    [['ORIGIN_REJECTED', '/.handfast/inspector/feed']],
  );
});

test('rows tell their server once there are several; their figures are added up', async () => {
  await using own = await watched();
  const first = await connect(`${own.url}/chat`);
  assert.equal((await own.row(({ target }) => target === '/chat')).server, undefined);
  const second: Server = await createServer({ port: 0, path: '/other' }).ready;
  const other = await connect(`${second.url}other`);
  const row = await own.row(({ target }) => target === '/other');
  assert.equal(row.server, second.url);
  const { overview } = await own.next('overview');
  assert.equal(overview.open, 2);
  assert.equal(new Set(overview.limits.map(({ name }) => name)).size, overview.limits.length);
  await Promise.all([first.close(), other.close()]);
  await second.close();
  assert.equal((await own.next('overview')).overview.open, 0);
});
