// The door `handfast/testing`: open connections, and whole handshakes, without a port.
import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { describe, test } from 'node:test';
import { HandshakeError } from '../../src/errors.js';
import { createServer, type ServerOptions } from '../../src/server/server.js';
import { connectedPair, connectOver, connectTo, memoryPair, type PairOptions } from '../../src/testing.js';
import './attempt.js';

describe('connectedPair', () => {
  for (const chopBytes of [1, 3, undefined]) {
    test(`talks both ways, in pieces of ${chopBytes ?? 'any size'}`, async () => {
      const { server, client } = connectedPair(chopBytes === undefined ? {} : { wire: { chopBytes } });
      server.onmessage = (message) => void server.send(message);
      await client.send('žluťoučký');
      await client.send(Buffer.alloc(3000, 7));
      const got: (string | Buffer)[] = [];
      for await (const message of client) if (got.push(message) === 2) break;
      assert.deepEqual(got, ['žluťoučký', Buffer.alloc(3000, 7)]);
      assert.ok((await client.ping()) >= 0);
      const record = await client.close(4000, 'bye');
      assert.deepEqual([record.clean, record.end], [true, 'fin']);
      assert.deepEqual([(await server.closed).code, (await server.closed).reason], [4000, 'bye']);
    });
  }

  test('takes options for each side, and a subprotocol', async () => {
    const { server, client } = connectedPair({
      server: { limits: { maxMessageBytes: 3 } },
      subprotocol: 'json',
    });
    assert.deepEqual(
      [server.subprotocol, client.subprotocol, server.role, client.role],
      ['json', 'json', 'server', 'client'],
    );
    await client.send('four');
    assert.equal((await server.closed).cause, 'MSG_TOO_BIG');
    assert.equal((await client.closed).code, 1009);
  });

  const both = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
  const kept = 'permessage-deflate; server_max_window_bits=11; client_max_window_bits=11';
  const asked: [what: string, options: PairOptions, agreed: string][] = [
    ['neither asks for compression', {}, ''],
    ['the server alone asks for it', { server: { compression: true } }, ''],
    ['the client alone asks for it', { server: { compression: false }, client: { compression: true } }, ''],
    ['both ask for it', { server: { compression: true }, client: { compression: { level: 9 } } }, both],
    [
      'both ask for takeover',
      { server: { compression: { takeover: true } }, client: { compression: { takeover: true } } },
      kept,
    ],
    [
      'the client alone asks for takeover',
      { server: { compression: true }, client: { compression: { takeover: true } } },
      `${both}; server_max_window_bits=11`,
    ],
  ];
  for (const [what, options, agreed] of asked) {
    test(`${what}: agrees on "${agreed}", as a handshake does`, async () => {
      const { server, client } = connectedPair(options);
      assert.equal(server.extensions, agreed);
      assert.equal(client.extensions, agreed);
      server.onmessage = (message) => void server.send(message);
      const text = 'the same again, '.repeat(100);
      for (let count = 0; count < 3; count += 1) client.send(text);
      const got: (string | Buffer)[] = [];
      for await (const message of client) if (got.push(message) === 3) break;
      assert.deepEqual(got, [text, text, text]);
      assert.equal((await client.close()).clean, true);
      const handshake = createServer({ port: 0, ...options.server });
      const through = await connectTo(handshake, '/', options.client);
      assert.equal(through.extensions, agreed);
      await through.close();
      await handshake.close();
    });
  }

  test('has backpressure', async () => {
    const { server, client } = connectedPair();
    server.pause();
    let waiting: Promise<void> | undefined;
    for (let count = 0; count < 40; count += 1) waiting = client.send(Buffer.alloc(10_000));
    const first = await Promise.race([
      waiting!.then(() => 'sent'),
      new Promise((resolve) => setTimeout(resolve, 30, 'waits')),
    ]);
    assert.equal(first, 'waits');
    server.onbytes = () => {};
    server.resume();
    await waiting;
    await client.close();
  });

  test('shows a reset as one', async () => {
    const { client, server } = memoryPair();
    const { open } = await import('../../src/connection/settings.js');
    const connection = open(client, { role: 'client' });
    server.reset();
    assert.equal((await connection.closed).cause, 'CLOSE_NO_FRAME_RST');
  });
});

describe('connectTo', () => {
  /** A server without a port of its own. */
  const portless = (options: ServerOptions = {}) => createServer({ server: createHttp(), ...options });

  test('does the whole handshake on both sides, octet by octet', async () => {
    const server = portless({
      path: '/room/:id',
      subprotocols: ['json'],
      onmessage: (peer, message) => void peer.send(message),
    });
    const client = await connectTo(server, '/room/42?x=1', {
      subprotocols: ['json'],
      wire: { chopBytes: 1 },
    });
    assert.equal(client.subprotocol, 'json');
    assert.equal(client.handshake!.request.target, '/room/42?x=1');
    await client.send('hello');
    for await (const message of client) {
      assert.equal(message, 'hello');
      break;
    }
    assert.equal(server.connections.size, 1);
    await client.close();
    await server.close();
    assert.equal(server.connections.size, 0);
  });

  test('a refusal is the same error as over TCP', async () => {
    const server = portless({ path: '/only' });
    const error = await connectTo(server, '/other').catch((caught) => caught);
    assert.ok(error instanceof HandshakeError);
    assert.deepEqual([error.code, error.status], ['WS_ROUTE_NOT_FOUND', 404]);
    await server.close();
  });

  test('a Duplex that is gone, and one that never answers', async () => {
    const gone = memoryPair();
    gone.client.destroy();
    const error = await connectOver(gone.client, 'ws://x/').catch((caught) => caught);
    assert.equal(error.code, 'WS_HTTP_EMPTY_REPLY');
    const silent = memoryPair();
    const late = await connectOver(silent.client, 'ws://x/', { timeouts: { connectMs: 50 } }).catch(
      (caught) => caught,
    );
    assert.equal(late.code, 'WS_HTTP_NO_RESPONSE');
    assert.ok(silent.client.destroyed);
  });
});
