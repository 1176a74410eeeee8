// Knows: how a server stops: drain and close, what they report, and that nothing of it is left.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import type { CloseRecord } from '../../src/index.js';
import { closeFrame, frame, Op, readClose, readFrames, upgrade } from '../hostile/bytes.js';
import { need } from '../support/needs.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask, FREE, opened, outcome, serve } from './peer.js';

const sockets = () => process.getActiveResourcesInfo().filter((kind) => kind.startsWith('TCP')).length;

test('drain: new ones 503, open ones 1012, those that answer and those that are cut are counted', async () => {
  const server = await serve();
  const polite = await Promise.all([1, 2, 3].map(() => opened(server.port)));
  const silent = await Promise.all([1, 2].map(() => opened(server.port)));
  for (const one of polite) one.socket.once('data', () => one.send(closeFrame(1012)));
  const draining = server.drain({ windowMs: 100, deadlineMs: 400, reason: 'deploy' });
  const refused = await ask(server.port);
  assert.deepEqual(
    [refused.status, JSON.parse(refused.body).code, refused.fields.get('retry-after')],
    [503, 'ROUTE_MAINTENANCE', '5'],
  );
  const report = await draining;
  assert.deepEqual([report.closed, report.terminated], [3, 2]);
  assert.ok(report.tookMs >= 350 && report.tookMs < 1500, `${report.tookMs} ms`);
  for (const one of [...polite, ...silent]) {
    assert.deepEqual(readClose(readFrames(one.received)[0]), { code: 1012, reason: 'deploy' });
    one.socket.destroy();
  }
  assert.equal(server.connections.size, 0);
  const closing = await server.close();
  assert.deepEqual([closing.closed, closing.terminated], [0, 0]);
});

test('drain: a handshake that is being decided meanwhile is refused', async () => {
  let decide!: () => void;
  await using server = await serve({
    authorize: () =>
      new Promise<void>((resolve) => {
        decide = resolve;
      }),
  });
  using connection = await raw(server.port);
  connection.send(upgrade());
  while (decide === undefined) await pause(2);
  await server.drain({ windowMs: 0 });
  decide();
  const { text } = await connection.ending();
  assert.match(text, /^HTTP\/1\.1 503 /);
});

test('close: 1001, the port is free, pending handshakes are gone, twice is once', async () => {
  const before = sockets();
  const records: CloseRecord[] = [];
  const server = await serve({ onclose: (_connection, record) => void records.push(record) });
  const { port } = server;
  using connection = await opened(port);
  connection.socket.once('data', () => connection.send(closeFrame(1001)));
  using pending = await raw(port);
  pending.send('GET / HTTP');
  await pause(20);
  const [report] = await Promise.all([server.close(), server.close()]);
  assert.deepEqual([report.closed, report.terminated], [1, 0]);
  assert.deepEqual(
    records.map(({ code, sent }) => [code, sent?.code]),
    [[1001, 1001]],
  );
  assert.notEqual((await pending.ending(500)).end, 'open');
  await assert.rejects(raw(port), { code: 'ECONNREFUSED' });
  connection.socket.destroy();
  pending.socket.destroy();
  await pause(20);
  assert.ok(sockets() <= before);
});

test('close cuts who does not answer at timeouts.closeMs', async () => {
  const server = await serve({ timeouts: { closeMs: 200 } });
  using _silent = await opened(server.port);
  const started = performance.now();
  const report = await server.close();
  assert.deepEqual([report.closed, report.terminated], [0, 1]);
  assert.ok(performance.now() - started < 1000);
});

test('a TLS handshake that ends behind close() ends a socket that is cut', {
  skip: need('openssl').skip,
  timeout: 20_000,
}, async (t) => {
  const { key, cert, ca } = certificate();
  const server = await serve({ tls: { key, cert }, timeouts: { headMs: Number.POSITIVE_INFINITY } });
  const below = connect({ port: server.port, host: '127.0.0.1' });
  t.after(() => below.destroy());
  await once(below, 'connect');
  // Until the server has it too.
  assert.equal(await outcome(server.port, upgrade(), { ca }), 'accepted');
  const closing = server.close();
  const late = connectTls({ socket: below, ca, servername: 'localhost' });
  late.on('error', () => {}).resume();
  await once(late, 'close');
  await closing;
});

test('await using closes at the end of the block', async () => {
  let port: number;
  {
    await using server = await serve();
    port = server.port;
    assert.equal(await outcome(port), 'accepted');
  }
  await assert.rejects(raw(port), { code: 'ECONNREFUSED' });
});

test('close also ends plain connections that were handed to the listener', async () => {
  const server = await serve({ http: (_request, response) => void response.end('page') });
  using connection = await raw(server.port);
  connection.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
  await connection.until('page');
  const started = performance.now();
  await server.close();
  assert.notEqual((await connection.ending(1000)).end, 'open');
  assert.ok(performance.now() - started < 1000);
});

test('connections are counted and listed while they are open', async () => {
  await using server = await serve({ limits: FREE });
  using _one = await opened(server.port);
  const two = await opened(server.port);
  assert.equal(server.connections.size, 2);
  const [first, second] = [...server.connections];
  assert.deepEqual([first!.state, second!.state, first!.role], ['open', 'open', 'server']);
  two.send(frame(Op.close));
  await two.ending();
  while (server.connections.size > 1) await pause(2);
  assert.deepEqual([...server.connections], [first]);
});
