// The figures and the list are what they are, whoever else looks, however they came, and whatever a watcher does.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Connection, connect, createServer } from '../../src/index.js';
import { inspect } from '../../src/inspector/index.js';
import type { FromServer, Overview } from '../../src/inspector/protocol.js';
import { faults } from '../../src/trace.js';
import { hear } from '../trace/heard.js';
import { watched } from './watched.js';

/** What nobody reads would wait. */
function read(connection: Connection<unknown>): void {
  connection.onmessage = () => {};
}

const FEED = '/.handfast/inspector/feed';

test('to look at a connection in between takes nothing from the rates', async () => {
  await using own = await watched({ onconnection: read });
  const connection = await connect(`${own.url}/chat`);
  const { id } = await own.row(({ watcher }) => watcher === undefined);
  await own.next('overview');
  const from = own.told.length;
  for (let count = 0; count < 50; count += 1) await connection.send('hello');
  const figures = () =>
    own.told.slice(from).flatMap((told) => (told.type === 'overview' ? [told.overview] : []));
  const seen = (overviews: readonly Overview[]) =>
    overviews.reduce((sum, { messagesInPerSecond }) => sum + messagesInPerSecond, 0);
  while (figures().length < 3) {
    own.inspector.feed.detail(id);
    await sleep(20);
  }
  assert.ok(seen(figures()) > 25, `${seen(figures())} of 50`);
  connection.close();
});

test('what was carried before anybody watched is in no rate', async () => {
  const inspector = inspect();
  await using server = createServer({
    port: 0,
    routes: { '/chat': {} },
    onconnection: read,
    inspect: inspector,
  });
  await server.ready;
  const connection = await connect(`${server.url}chat`);
  for (let count = 0; count < 500; count += 1) await connection.send('hello');
  await connection.ping();
  const told: FromServer[] = [];
  const leave = inspector.feed.watch((one) => told.push(structuredClone(one)));
  const overviews = () => told.flatMap((one) => (one.type === 'overview' ? [one.overview] : []));
  while (overviews().length === 0) await sleep(20);
  assert.equal(overviews()[0]?.messagesInPerSecond, 0);
  leave();
  inspector.close();
  connection.close();
});

test('who watches is in no figure, also where its handshake was not heard, or names the host in its target', async () => {
  const inspector = inspect({ samplesPerSecond: 0 });
  await using server = createServer({ port: 0, routes: {}, onconnection() {}, inspect: inspector });
  await server.ready;
  const url = `ws://127.0.0.1:${server.port}${FEED}`;
  const unheard = await connect(url, { subprotocols: ['handfast-inspector.1'] });
  await unheard.close();
  const told: FromServer[] = [];
  const leave = inspector.feed.watch((one) => told.push(structuredClone(one)));
  const socket = connectTcp(server.port, '127.0.0.1').on('error', () => {});
  const lines = ['Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Version: 13'];
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
  const target = `GET ${url.replace('ws', 'http')} HTTP/1.1`;
  const head = [target, `Host: 127.0.0.1:${server.port}`, ...lines, key];
  socket.write(`${[...head, 'Sec-WebSocket-Protocol: handfast-inspector.1'].join('\r\n')}\r\n\r\n`);
  await once(socket, 'data');
  socket.destroy();
  const overviews = () => told.flatMap((one) => (one.type === 'overview' ? [one.overview] : []));
  while (overviews().length < 2) await sleep(20);
  assert.deepEqual(overviews().at(-1)?.closes, []);
  assert.equal(Math.max(...overviews().map(({ acceptedPerSecond }) => acceptedPerSecond)), 0);
  leave();
  inspector.close();
});

test('a watcher that throws is a fault, and keeps nothing from the others', async () => {
  using heard = hear(faults, ({ what }) => what);
  await using own = await watched();
  const leave = own.inspector.feed.watch(() => {
    throw new Error('bad');
  });
  const connection = await connect(`${own.url}/chat`);
  await own.row(({ watcher }) => watcher === undefined);
  await own.next('overview');
  assert.equal((await heard.until(1))[0], 'a watcher of the inspector threw');
  leave();
  connection.close();
});

test('a feed that is closed holds no connection', async () => {
  await using own = await watched();
  const connection = await connect(`${own.url}/chat`);
  const { id } = await own.row(({ watcher }) => watcher === undefined);
  own.inspector.close();
  const openMs = own.inspector.feed.detail(id)?.row.connection?.openMs;
  await sleep(30);
  assert.equal(own.inspector.feed.detail(id)?.row.connection?.openMs, openMs);
  await connection.close();
});
