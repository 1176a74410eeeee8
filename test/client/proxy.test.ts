// connect() through a forward proxy: over either HTTP, for ws and wss, with credentials, from the environment, along redirects; what
// stands in the handshake and in the error, and never a password.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { createServer, type Server } from '../../src/server/server.js';
import { pool } from '../../src/transport/http2-pool.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { forwarding } from '../transport/forwarding.js';
import { answering, listening } from '../transport/listener.js';
import { failing } from './attempt.js';

const noOpenssl = need('openssl').skip;
const echo = {
  onmessage: (connection: { send(message: string): unknown }, message: unknown) =>
    void connection.send(`${message}`),
};

async function plain(): Promise<Server> {
  return await createServer({ port: 0, ...echo }).ready;
}

async function secured(): Promise<Server> {
  const { key, cert } = certificate();
  return await createServer({ port: 0, tls: { key, cert }, http2: true, ...echo }).ready;
}

/** Opens, sends, takes the echo, closes; and tells of the handshake. */
async function echoed(url: string, options: ConnectOptions) {
  const connection = await connect(url, options);
  const message = new Promise((resolve) => {
    connection.onmessage = resolve;
  });
  await connection.send('hello');
  assert.equal(await message, 'hello');
  const { handshake } = connection;
  assert.equal((await connection.close()).code, 1000);
  return handshake!;
}

/** With these variables, and none of those that this machine may have. */
async function withEnvironment<Value>(
  variables: Record<string, string>,
  run: () => Promise<Value>,
): Promise<Value> {
  const names = ['http_proxy', 'https_proxy', 'all_proxy', 'no_proxy'].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]);
  const before = Object.fromEntries(names.map((name) => [name, process.env[name]]));
  for (const name of names) delete process.env[name];
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const name of names) delete process.env[name];
    for (const [name, value] of Object.entries(before)) if (value !== undefined) process.env[name] = value;
  }
}

describe('a connection through a proxy', () => {
  test('ws, in a tunnel', async () => {
    await using server = await plain();
    await using proxy = await forwarding();
    const handshake = await echoed(`ws://127.0.0.1:${server.port}/`, { proxy: proxy.proxyUrl });
    assert.deepEqual(proxy.asked, [`127.0.0.1:${server.port}`]);
    assert.equal(handshake.proxy, proxy.proxyUrl);
    assert.ok(handshake.timings.proxyMs! >= 0 && handshake.timings.tlsMs === undefined);
  });

  test('the proxy looks the name up, unless socks5 says otherwise', async () => {
    await using server = await plain();
    await using proxy = await forwarding();
    const url = `ws://only-there.invalid:${server.port}/`;
    for (const scheme of ['http', 'socks5h'])
      await echoed(url, { proxy: `${scheme}://127.0.0.1:${proxy.port}` });
    assert.equal((await failing(url, { proxy: `socks5://127.0.0.1:${proxy.port}` })).code, 'WS_DNS_NXDOMAIN');
    assert.deepEqual(proxy.asked, [`only-there.invalid:${server.port}`, `only-there.invalid:${server.port}`]);
  });

  for (const scheme of ['http', 'socks5h']) {
    test(`credentials, over ${scheme}`, async () => {
      await using server = await plain();
      await using proxy = await forwarding({ credentials: 'user:pass word' });
      const url = `ws://127.0.0.1:${server.port}/`;
      const through = (user: string) => new URL(`${scheme}://${user}127.0.0.1:${proxy.port}`);
      const handshake = await echoed(url, { proxy: through('user:pass%20word@') });
      assert.ok(!inspect(handshake, { depth: 9 }).includes('pass'));
      for (const user of ['', 'user:hunter22@']) {
        const error = await failing(url, { proxy: through(user) });
        assert.deepEqual([error.code, error.stage], ['WS_FWD_AUTH', 'proxy']);
        assert.ok(error.next.includes(`${url} --proxy ${scheme}://127.0.0.1:${proxy.port} (`), error.next);
        assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes('hunter22'));
        assert.ok(error.timings.tcpMs! >= 0 && error.timings.proxyMs === undefined);
      }
    });
  }

  test('wss over HTTP/1.1 and HTTP/2, and who shares a session', { skip: noOpenssl }, async () => {
    await using server = await secured();
    await using one = await forwarding();
    await using other = await forwarding({ credentials: 'user:secret' });
    const url = `wss://localhost:${server.port}/`;
    const options: ConnectOptions = { tls: { ca: certificate().ca }, http: 'auto' };
    const h1 = await echoed(url, { ...options, http: 1, proxy: one.proxyUrl });
    assert.deepEqual([h1.request.carrier, h1.proxy], ['h1', one.proxyUrl]);
    const h2 = await echoed(url, { ...options, proxy: one.proxyUrl });
    assert.deepEqual([h2.request.carrier, h2.proxy], ['h2', one.proxyUrl]);
    assert.equal(one.asked.length, 2);
    await echoed(url, { ...options, proxy: one.proxyUrl });
    assert.equal(one.asked.length, 2, 'the session is shared');
    assert.equal((await echoed(url, options)).proxy, undefined);
    await echoed(url, { ...options, proxy: `http://user:secret@127.0.0.1:${other.port}` });
    assert.deepEqual([one.asked.length, other.asked.length, pool.size], [2, 1, 3], 'by the same way only');
    const denied = await failing(url, {
      ...options,
      http: 2,
      proxy: `http://user:wrong@127.0.0.1:${other.port}`,
    });
    assert.equal(denied.code, 'WS_FWD_AUTH', 'a session that has the right credentials is not for others');
  });

  test('HTTP/2 without TLS in a tunnel', async () => {
    await using server = await createServer({ port: 0, http2: true, ...echo }).ready;
    await using proxy = await forwarding();
    const handshake = await echoed(`ws://127.0.0.1:${server.port}/`, { http: 2, proxy: proxy.proxyUrl });
    assert.deepEqual(
      [handshake.request.carrier, handshake.proxy, proxy.asked.length],
      ['h2', proxy.proxyUrl, 1],
    );
  });

  test('auto falls back to HTTP/1.1 in the same tunnel', { skip: noOpenssl }, async () => {
    const { key, cert, ca } = certificate();
    await using server = await createServer({ port: 0, tls: { key, cert }, ...echo }).ready;
    await using proxy = await forwarding();
    const handshake = await echoed(`wss://localhost:${server.port}/`, {
      http: 'auto',
      tls: { ca },
      proxy: proxy.proxyUrl,
    });
    assert.deepEqual(
      [handshake.request.carrier, handshake.proxy, proxy.asked.length],
      ['h1', proxy.proxyUrl, 1],
    );
  });

  test('a proxy over TLS is checked by the same authorities, and shown no certificate of this client', {
    skip: noOpenssl,
  }, async () => {
    const { key, cert, ca } = certificate();
    await using server = await plain();
    const tls = { key, cert, requestCert: true, rejectUnauthorized: false };
    await using proxy = await forwarding({ tls });
    const url = `ws://127.0.0.1:${server.port}/`;
    const connection = await connect(url, {
      proxy: `https://localhost:${proxy.port}`,
      tls: { ca, key, cert },
    });
    assert.deepEqual((proxy.sockets[0] as TLSSocket).getPeerCertificate(), {});
    await connection.close();
    const error = await failing(url, { proxy: `https://localhost:${proxy.port}` });
    assert.equal(error.code, 'WS_FWD_UNREACHABLE');
    assert.match(error.message, /TLS_CERT_UNTRUSTED/);
  });

  test('along a redirect', async () => {
    await using server = await plain();
    await using first = await answering(
      `HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:${server.port}/\r\nContent-Length: 0\r\n\r\n`,
    );
    await using proxy = await forwarding();
    await echoed(first.url, { proxy: proxy.proxyUrl, redirects: 1 });
    assert.deepEqual(proxy.asked, [`127.0.0.1:${first.port}`, `127.0.0.1:${server.port}`]);
  });

  test('a redirect of the proxy itself is not followed', async () => {
    await using proxy = await answering('HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\n\r\n');
    const error = await failing('ws://server.test/', {
      proxy: `http://127.0.0.1:${proxy.port}`,
      redirects: 5,
    });
    assert.deepEqual([error.code, error.status], ['WS_FWD_CONNECT_DENIED', undefined]);
    await proxy.gone();
  });

  test('a proxy that hangs, alone and with others who wait for the same session', async () => {
    await using proxy = await listening((socket) => void socket.resume());
    const options: ConnectOptions = { proxy: `http://127.0.0.1:${proxy.port}`, timeouts: { connectMs: 150 } };
    const alone = await failing('ws://server.test/', options);
    assert.deepEqual([alone.code, alone.stage], ['WS_FWD_TIMEOUT', 'proxy']);
    const shared = await failing('wss://server.test/', { ...options, http: 2 });
    assert.equal(shared.code, 'WS_FWD_TIMEOUT');
    await proxy.gone();
  });
});

describe('the environment', () => {
  test('is not read unless asked for', async () => {
    await using server = await plain();
    const proxy = `http://127.0.0.1:${await freePort()}`;
    await withEnvironment({ HTTP_PROXY: proxy, ALL_PROXY: proxy }, () =>
      echoed(`ws://127.0.0.1:${server.port}/`, {}),
    );
  });

  test('names the proxy, never for this machine', async () => {
    await using server = await plain();
    await using proxy = await forwarding();
    const options = { proxy: 'environment' };
    await withEnvironment({ HTTP_PROXY: proxy.proxyUrl, NO_PROXY: 'exempt.invalid' }, async () => {
      await echoed(`ws://only-there.invalid:${server.port}/`, options);
      await echoed(`ws://127.0.0.1:${server.port}/`, options);
      assert.equal((await failing(`ws://exempt.invalid:${server.port}/`, options)).code, 'WS_DNS_NXDOMAIN');
    });
    assert.deepEqual(proxy.asked, [`only-there.invalid:${server.port}`]);
  });

  test('is named by what to do next, but where it alone has the credentials', async () => {
    const place = `127.0.0.1:${await freePort()}`;
    for (const [user, told] of [
      ['', `wss://server.test/ --proxy http://${place} (`],
      ['user:hunter22@', 'wss://server.test/ ('],
    ] as const) {
      await withEnvironment({ HTTPS_PROXY: `http://${user}${place}` }, async () => {
        const { next } = await failing('wss://server.test/', { proxy: 'environment' });
        assert.ok(next.startsWith(`handfast doctor ${told}`), next);
      });
    }
  });

  test('names what is none', async () => {
    await withEnvironment({ HTTPS_PROXY: 'ftp://user:hunter22@p' }, () =>
      assert.rejects(connect('wss://server.test/', { proxy: 'environment' }), (error: Error) => {
        assert.ok(error instanceof TypeError && /^HTTPS_PROXY is not a URL/.test(error.message));
        return !inspect(error).includes('hunter22');
      }),
    );
  });

  test('an option that is none is refused before anything is sent', async () => {
    await assert.rejects(connect('ws://server.test/', { proxy: 'ftp://p' }), TypeError);
    await assert.rejects(connect('ws://server.test/', { proxy: '' }), TypeError);
  });
});
