// Knows: that a path leads to its endpoint with its parameters, and each endpoint has options of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HandshakeRequest } from '../../src/index.js';
import { frame, Op, readClose, readFrames, upgradeTo } from '../hostile/bytes.js';
import { ask, echoOf, opened, outcome, serve } from './peer.js';

test('parameters are decoded, and belong to their route', async () => {
  const seen: HandshakeRequest[] = [];
  const note = { authorize: (request: HandshakeRequest) => void seen.push(request) };
  await using server = await serve({
    routes: { '/room/:id': note, '/room/lobby': note, '/a/:b/c/:d': note, '/literal': note },
  });
  const paramsOf = async (target: string) => {
    seen.length = 0;
    const result = await outcome(server.port, upgradeTo(target));
    return result === 'accepted' ? { ...seen[0]!.params } : result;
  };
  assert.deepEqual(await paramsOf('/room/42'), { id: '42' });
  assert.deepEqual(await paramsOf('/room/42?id=7'), { id: '42' });
  assert.deepEqual(await paramsOf('/room/caf%C3%A9%20x'), { id: 'café x' });
  assert.deepEqual(await paramsOf('/room/lobby'), {}, 'a literal goes before a pattern');
  assert.deepEqual(await paramsOf('/a/__proto__/c/constructor'), { b: '__proto__', d: 'constructor' });
  assert.deepEqual(await paramsOf('/literal?a=1&a=2'), {});
  assert.deepEqual(seen[0]!.query.getAll('a'), ['1', '2']);
  assert.deepEqual([seen[0]!.path, seen[0]!.host], ['/literal', 'example.com']);
  for (const none of [
    '/room',
    '/room/',
    '/room/a/b',
    '/room/%2f',
    '/room/%00',
    '/room/%zz',
    '/a/b/c/',
    '/literal/',
    '/Literal',
  ]) {
    assert.equal(await paramsOf(none), 'ROUTE_NOT_FOUND', none);
  }
});

test('endpoints on one port have their own handlers, limits and subprotocols, and share what they leave out', async () => {
  const who = (name: string) => ({
    onmessage: (connection: { send(message: string): Promise<void> }) => void connection.send(name),
  });
  await using server = await serve({
    limits: { maxMessageBytes: 10 },
    subprotocols: ['shared'],
    routes: {
      '/one': who('one'),
      '/two': { ...who('two'), subprotocols: ['own'], limits: { maxMessageBytes: 5 } },
    },
  });
  const head = (path: string) => upgradeTo(path, { 'Sec-WebSocket-Protocol': 'own, shared' });
  assert.equal((await ask(server.port, head('/one'))).fields.get('sec-websocket-protocol'), 'shared');
  assert.equal((await ask(server.port, head('/two'))).fields.get('sec-websocket-protocol'), 'own');
  using one = await opened(server.port, upgradeTo('/one'));
  using two = await opened(server.port, upgradeTo('/two'));
  one.send(frame(Op.text, '12345678'));
  await one.until('one');
  two.send(frame(Op.text, '12345678'));
  await two.until(2);
  assert.equal(readClose(readFrames(two.received)[0])?.code, 1009);
});

test('without path and routes every path is the endpoint; with a path only that one', async () => {
  await using every = await serve();
  for (const path of ['/', '/a/b', '//', '/%zz'])
    assert.equal(await outcome(every.port, upgradeTo(path)), 'accepted');
  await using one = await serve({ path: '/ws' });
  assert.equal(await outcome(one.port, upgradeTo('/ws?a')), 'accepted');
  assert.equal(await outcome(one.port, upgradeTo('/')), 'ROUTE_NOT_FOUND');
});

test('a plain request: 404 where nothing is, 426 where a WebSocket would be', async () => {
  await using server = await serve({ path: '/ws' });
  const plain = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\nAccept: text/html\r\n\r\n`;
  const nothing = await ask(server.port, plain('/'));
  assert.deepEqual([nothing.status, nothing.fields.get('content-type')], [404, 'text/plain; charset=utf-8']);
  assert.match(nothing.body, /ROUTE_NOT_FOUND/);
  assert.equal((await ask(server.port, plain('/ws'))).status, 426);
});

test('subprotocols: the favourite of the server, of the client, by function, or none', async () => {
  const offered = { 'Sec-WebSocket-Protocol': 'c, b, a' };
  await using server = await serve({
    routes: {
      '/server': { subprotocols: ['a', 'b'] },
      '/client': { subprotocols: { names: ['a', 'b'], order: 'client' } },
      '/function': { subprotocols: (names) => names[0] },
      '/none': { subprotocols: ['x'] },
      '/needed': { subprotocols: ['x'], requireSubprotocol: true },
    },
  });
  const chosen = async (path: string) =>
    (await ask(server.port, upgradeTo(path, offered))).fields.get('sec-websocket-protocol');
  assert.equal(await chosen('/server'), 'a');
  assert.equal(await chosen('/client'), 'b');
  assert.equal(await chosen('/function'), 'c');
  assert.equal(await chosen('/none'), undefined);
  const refused = await ask(server.port, upgradeTo('/needed', offered));
  assert.deepEqual([refused.status, JSON.parse(refused.body).code], [400, 'PROTO_REQUIRED']);
  using connection = await opened(server.port, upgradeTo('/none', offered));
  assert.equal(await echoOf(connection, 'works'), 'works');
});
