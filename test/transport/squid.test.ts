// The way through a real Squid: open, closed by its rules, closed for want of credentials, and to where there is nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../src/client/connect.js';
import { createServer, type Server } from '../../src/server/server.js';
import { failing } from '../client/attempt.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { squid } from './squid.js';

const onmessage = (connection: { send(message: string | Buffer): Promise<void> }, message: string | Buffer) =>
  void connection.send(message);

async function serve(tls = false): Promise<Server> {
  const { key, cert } = certificate();
  return await createServer({ port: 0, onmessage, ...(tls && { tls: { key, cert }, http2: true }) }).ready;
}

describe('Squid', { skip: need('squid').skip, concurrency: true }, () => {
  for (const http of [1, 2] as const) {
    test(`opens a tunnel for wss over HTTP/${http}, and octets of a mebibyte go both ways`, async () => {
      await using server = await serve(true);
      await using proxy = await squid();
      const options = { http, tls: { ca: certificate().ca }, proxy: `http://127.0.0.1:${proxy.port}` };
      const connection = await connect(`wss://localhost:${server.port}/`, options);
      const back = new Promise((resolve) => {
        connection.onmessage = resolve;
      });
      const sent = Buffer.alloc(1_000_000, 'x');
      await connection.send(sent);
      assert.ok(sent.equals((await back) as Buffer));
      assert.equal((await connection.close(4001)).code, 4001);
      assert.equal(connection.handshake!.proxy, options.proxy);
    });
  }

  test('opens one for ws', async () => {
    await using server = await serve();
    await using proxy = await squid();
    const connection = await connect(`ws://localhost:${server.port}/`, {
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    assert.equal((await connection.close()).code, 1000);
  });

  test('denies other ports than its safe ones', async () => {
    await using server = await serve();
    await using proxy = await squid({ safePorts: [443] });
    const error = await failing(`ws://localhost:${server.port}/`, {
      proxy: `http://127.0.0.1:${proxy.port}`,
    });
    assert.equal(error.code, 'WS_FWD_CONNECT_DENIED');
    assert.equal(error.evidence.seen, '403, X-Squid-Error: ERR_ACCESS_DENIED 0');
    assert.match(error.next, /^handfast doctor ws:\S+ --proxy http:\S+ \(tries the same past the proxy/);
  });

  test('wants credentials, and takes the right ones', async () => {
    await using server = await serve();
    await using proxy = await squid({ credentials: 'user:s3cr3t' });
    const url = `ws://localhost:${server.port}/`;
    const through = (user: string) => ({ proxy: `http://${user}127.0.0.1:${proxy.port}` });
    for (const user of ['', 'user:wr0ng-one@']) {
      const error = await failing(url, through(user));
      assert.deepEqual([error.code, error.evidence.seen], ['WS_FWD_AUTH', 'Basic']);
      assert.ok(!JSON.stringify(error).includes('wr0ng-one'));
    }
    const connection = await connect(url, through('user:s3cr3t@'));
    await connection.close();
  });

  test('finds nobody who listens, or no such name', async () => {
    await using proxy = await squid();
    const options = { proxy: `http://127.0.0.1:${proxy.port}`, timeouts: { connectMs: 20_000 } };
    const refused = await failing(`ws://localhost:${await freePort()}/`, options);
    assert.equal(refused.code, 'WS_FWD_CONNECT_FAILED');
    assert.match(refused.evidence.seen!, /^503, X-Squid-Error: ERR_CONNECT_FAIL 111$/);
    const unknown = await failing('ws://no-such-host.invalid/', options);
    assert.equal(unknown.code, 'WS_FWD_CONNECT_FAILED');
    assert.match(unknown.evidence.seen!, /^50\d, X-Squid-Error: ERR_\w+ /);
  });
});
