// Our client over HTTP/2 with Debian's hypercorn as the server: an implementation of RFC 8441 that is neither ours nor Node's.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { HandshakeError } from '../../src/errors.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { closedBy, payload, TEXT } from './scenario.js';
import { peerFile } from './suite.js';

const { path, skip } = need('hypercorn', 'openssl');

describe('hypercorn over HTTP/2', { skip, timeout: 60_000 }, () => {
  let folder: string;
  const file = (name: string) => join(folder, name);
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'handfast-hypercorn-'));
    writeFileSync(file('cert.pem'), certificate().cert);
    writeFileSync(file('key.pem'), certificate().key);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** A server of its own for each test: hypercorn 0.13 drops the whole TLS connection when a stream on it has ended in order. */
  async function start(): Promise<{ child: Child; base: string }> {
    const child = new Child(path, [peerFile('hypercorn_server.py'), file('cert.pem'), file('key.pem')]);
    return { child, base: `wss://localhost:${await child.line(/^\d+$/)}` };
  }
  const options = (http: 2 | 'auto' = 2): ConnectOptions => ({ http, tls: { ca: certificate().ca } });

  for (const http of [2, 'auto'] as const) {
    test(`text, 1 MiB, the subprotocol, a ping and our close, with http: ${http}`, async () => {
      const { child, base } = await start();
      await using _ = child;
      const connection = await connect(`${base}/echo`, {
        ...options(http),
        subprotocols: ['chat.v1', 'echo.v2'],
      });
      const { request, response, alpn, fallback } = connection.handshake!;
      assert.deepEqual([request.carrier, response.status, alpn, fallback], ['h2', 200, 'h2', undefined]);
      assert.equal(connection.subprotocol, 'echo.v2');
      const messages = connection[Symbol.asyncIterator]();
      await connection.send(TEXT);
      assert.equal((await messages.next()).value, TEXT);
      await connection.send(payload);
      assert.ok(payload.equals((await messages.next()).value as Buffer));
      assert.ok((await connection.ping('are you there')) >= 0);
      const record = await connection.close(4001, 'done ✓');
      assert.deepEqual([record.clean, record.received], [true, { code: 4001, reason: 'done ✓' }]);
      assert.deepEqual(await child.json(), { http: '2', scheme: 'wss', path: '/echo' });
      assert.deepEqual(await child.json(), { ended: true });
    });
  }

  test('its close code and reason', async () => {
    const { child, base } = await start();
    await using _ = child;
    await closedBy(base, options());
  });

  test('a refusal with its status', async () => {
    const { child, base } = await start();
    await using _ = child;
    const error = await connect(`${base}/private`, options()).catch((reason: unknown) => reason);
    assert.ok(error instanceof HandshakeError);
    assert.deepEqual([error.status, error.carrier, error.code], [403, 'h2', 'WS_AUTH_FORBIDDEN']);
  });

  test('many on one connection', async () => {
    const { child, base } = await start();
    await using _ = child;
    const connections = await Promise.all(
      Array.from({ length: 20 }, () => connect(`${base}/echo`, options())),
    );
    const echoes = connections.map(async (connection, index) => {
      await connection.send(`message ${index}`);
      return (await connection[Symbol.asyncIterator]().next()).value;
    });
    assert.deepEqual(
      await Promise.all(echoes),
      connections.map((_connection, index) => `message ${index}`),
    );
    const dialled = connections.filter(({ handshake }) => handshake!.timings.tcpMs !== undefined);
    assert.equal(dialled.length, 1);
    for (const connection of connections) connection.terminate();
  });
});
