// What a watcher is told of a server's handshakes: each with its outcome, its heads, its reason, without a secret; and how it ended.
import assert from 'node:assert/strict';
import { connect as dial } from 'node:net';
import { test } from 'node:test';
import { connect, createServer, refuse } from '../../src/index.js';
import type { FromServer } from '../../src/inspector/protocol.js';
import { closed, failures } from '../../src/trace.js';
import { certificate } from '../support/tls.js';
import { hear } from '../trace/heard.js';
import { watched } from './watched.js';

const raw = (port: number, text: string) =>
  new Promise<string>((resolve) => {
    const socket = dial(port, '127.0.0.1', () => socket.write(text));
    let all = '';
    socket.on('data', (chunk) => {
      all += chunk;
    });
    socket.on('close', () => resolve(all)).on('error', () => {});
  });

test('a handshake that was accepted, and how its connection ended', async () => {
  await using own = await watched({ routes: { '/room/:id': {} } });
  const connection = await connect(`${own.url}/room/7`, {
    subprotocols: [],
    headers: [['User-Agent', 'curl/8.17.0']],
  });
  await connection.send('hello');
  const row = await own.row(({ target }) => target === '/room/7');
  assert.equal(row.outcome, 'accepted');
  assert.equal(row.status, 101);
  assert.equal(row.route, '/room/:id');
  assert.equal(row.agent, 'curl');
  connection.close(4001, 'enough');
  const ended = await own.row((one) => one.id === row.id && one.connection?.end !== undefined);
  assert.equal(ended.connection?.messagesIn, 1);
  assert.deepEqual(
    [
      ended.connection?.end?.code,
      ended.connection?.end?.reason,
      ended.connection?.end?.clean,
      ended.connection?.end?.who,
    ],
    [4001, 'enough', true, 'client/close'],
  );
  const detail = await own.detail(row.id);
  assert.match(detail?.end?.explanation ?? '', /4001/);
  assert.equal(detail?.end?.cause.code, 'CLOSE_APP');
  assert.equal(detail?.end?.cause.confidence, 'proven');
  assert.equal(detail?.accept?.expected, detail?.accept?.sent);
  assert.deepEqual(
    detail?.clients.filter(({ outcome }) => outcome !== 'accepts'),
    [],
  );
});

test('handshakes that fail, each with its code, its heads and what to do', async () => {
  await using own = await watched({
    routes: {
      '/chat': {},
      '/staff': { authorize: () => refuse('AUTH_FORBIDDEN', { detail: 'staff only' }) },
    },
  });
  const { port } = own.server;
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n';
  await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://staging.example' }));
  await assert.rejects(connect(`${own.url}/staff`));
  await raw(port, `GET /chat HTTP/1.0\r\nHost: 127.0.0.1:3000\r\nConnection: close\r\n${key}\r\n`);
  await raw(
    port,
    `GET /chat HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Key: k\r\nSec-WebSocket-Version: 99\r\n\r\n`,
  );
  await raw(port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  const seen = async (code: string) => {
    const row = await own.row((one) => one.code === code);
    return { row, detail: await own.detail(row.id) };
  };
  const origin = await seen('ORIGIN_REJECTED');
  assert.equal(origin.row.outcome, 'refused');
  assert.match(origin.detail?.reason?.title ?? '', /staging\.example/);
  assert.ok(
    origin.detail?.request.some(({ code, label }) => code === 'ORIGIN_REJECTED' && label === 'Origin'),
  );
  assert.match(origin.detail?.response[0]?.value ?? '', /^HTTP\/1\.1 403 /);
  const forbidden = await seen('AUTH_FORBIDDEN');
  assert.ok(forbidden.detail?.steps.some(({ name, mark }) => name === 'authorize' && mark === 'bad'));
  const stripped = await seen('PROXY_UPGRADE_STRIPPED');
  assert.equal(stripped.row.outcome, 'broken');
  assert.deepEqual(
    stripped.detail?.hops.map(({ name }) => name),
    ['nginx'],
  );
  assert.equal(stripped.detail?.recipes[0]?.hop, 'nginx');
  const garbled = await own.row(({ outcome }) => outcome === 'garbled');
  assert.match((await own.detail(garbled.id))?.firstOctets?.spelled ?? '', /TLS/);
  const groups = await own.next('groups');
  assert.deepEqual(
    groups.groups.map(({ code, count }) => [code, count]).filter(([code]) => code === 'ORIGIN_REJECTED'),
    [['ORIGIN_REJECTED', 1]],
  );
});

test('no secret is kept', async () => {
  await using own = await watched();
  const connection = await connect(`${own.url}/chat?token=s3cr3t-in-the-url`, {
    headers: [
      ['Cookie', 'sid=s3cr3t-in-a-cookie'],
      ['Authorization', 'Bearer s3cr3t-bearer'],
      ['X-Api-Key', 's3cr3t-key'],
    ],
  });
  const { id } = await own.row(({ target }) => target.startsWith('/chat'));
  const detail = await own.detail(id);
  assert.match(detail?.copies.curl ?? '', /^curl /);
  assert.equal(JSON.stringify([own.told, detail, own.inspector.feed.har([id])]).includes('s3cr3t'), false);
  connection.close();
});

test('an open connection that the budget takes is told as forgotten, also to who watches from then on', async () => {
  await using own = await watched({}, { handshakes: 20 });
  const connection = await connect(`${own.url}/chat?first`);
  const { id } = await own.row(({ target }) => target === '/chat?first');
  while (!own.forgotten().includes(id)) {
    const told = own.next('rows');
    await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://staging.example' }));
    await told;
  }
  assert.equal(await own.detail(id), undefined);
  const kept = await connect(`${own.url}/chat?second`);
  const { id: keptId } = await own.row(({ target }) => target === '/chat?second');
  let hello: FromServer | undefined;
  const leave = own.inspector.feed.watch((told) => {
    hello ??= told;
  });
  leave();
  assert.ok(hello?.type === 'hello');
  assert.deepEqual(hello.open.includes(keptId), true);
  assert.deepEqual(hello.open.includes(id), false);
  connection.close();
  kept.close();
});

test('so is one whose end was heard, and taken by the budget before it was told', async () => {
  await using own = await watched({}, { handshakes: 20 });
  const connection = await connect(`${own.url}/chat?first`);
  const { id } = await own.row(({ target }) => target === '/chat?first');
  using refused = hear(failures);
  await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://staging.example' }));
  const [told] = await refused.until(1);
  // Between two batches, whatever else this machine does.
  using _ = hear(closed, ({ role }) => {
    for (let count = 0; role === 'server' && count < 40; count += 1) failures.publish(told!);
  });
  connection.close();
  await own.until(() => own.forgotten().includes(id) || undefined);
  assert.equal(
    own.told.some((one) => one.type === 'rows' && one.rows.some((row) => row.connection?.end !== undefined)),
    false,
  );
});

test('round trips of pings are counted while somebody watches', async () => {
  await using own = await watched();
  const connection = await connect(`${own.url}/chat`);
  const { id } = await own.row(({ target }) => target === '/chat');
  const [open] = own.server.connections;
  await open!.ping();
  await open!.ping();
  const { overview } = await own.next('overview');
  assert.equal(
    overview.pings.reduce((sum, { count }) => sum + count, 0),
    2,
  );
  assert.ok(overview.pingP50Ms !== undefined);
  assert.ok(id > 0);
  connection.close();
});

test('what TLS agreed on and how long it took is the first step; where it failed, so is that', async () => {
  const { key, cert, ca } = certificate();
  await using own = await watched();
  const server = createServer({ port: 0, path: '/chat', tls: { key, cert }, onconnection() {} });
  await server.ready;
  const connection = await connect(`wss://localhost:${server.port}/chat`, { tls: { ca } });
  const { id } = await own.row(({ target, secure }) => target === '/chat' && secure);
  const [tls, ...steps] = (await own.detail(id))!.steps;
  assert.deepEqual(
    [tls?.name, tls?.text, tls?.mark],
    ['TLS', 'TLSv1.3, ALPN http/1.1, SNI localhost', 'good'],
  );
  assert.ok(tls!.ms! > 0);
  assert.equal(steps[0]?.name, 'head read');
  await raw(server.port, 'GET / HTTP/1.1\r\n\r\n');
  const failed = await own.row(({ code }) => code === 'TLS_MISSING');
  assert.deepEqual((await own.detail(failed.id))?.steps, [
    { name: 'TLS', text: 'TLS_MISSING, SNI none', mark: 'bad' },
  ]);
  connection.close();
  await server.close({ deadlineMs: 0 });
});

test('TLS that ended in front is told from none', async () => {
  await using own = await watched({ trustedProxies: ['127.0.0.1'] });
  const stepOf = async (name: string, headers: ReadonlyArray<readonly [string, string]>) => {
    const connection = await connect(`${own.url}/chat?${name}`, { headers });
    const { id } = await own.row(({ target }) => target === `/chat?${name}`);
    connection.close();
    return (await own.detail(id))?.steps[0];
  };
  const proxied = await stepOf('proxied', [
    ['X-Forwarded-For', '203.0.113.7'],
    ['X-Forwarded-Proto', 'https'],
  ]);
  assert.deepEqual([proxied?.name, proxied?.mark, proxied?.ms], ['TLS', 'none', undefined]);
  assert.equal((await stepOf('direct', []))?.name, 'head read');
});

test('frames are told while somebody looks, and only then', async () => {
  await using own = await watched({
    routes: {
      '/chat': { onmessage: (connection, message) => void connection.send(message).catch(() => {}) },
    },
  });
  const connection = await connect(`${own.url}/chat`);
  await connection.send('before anybody looked');
  const { id } = await own.row(({ target }) => target === '/chat');
  const first = own.next('frames');
  own.ask({ type: 'frames', id });
  assert.deepEqual((await first).frames, []);
  const second = own.next('frames');
  await connection.send('{"now":true}');
  const { frames } = await second;
  assert.deepEqual(
    frames.map(({ direction, opcode, masked }) => [direction, opcode, masked]),
    [
      ['in', 1, true],
      ['out', 1, false],
    ],
  );
  assert.equal(Buffer.from(frames[0]?.payload ?? '', 'base64').toString(), '{"now":true}');
  connection.close();
});

test('without payload only its length is told', async () => {
  await using own = await watched({}, { payload: false });
  const connection = await connect(`${own.url}/chat`);
  const { id } = await own.row(({ target }) => target === '/chat');
  own.ask({ type: 'frames', id });
  await own.next('frames');
  const told = own.next('frames');
  await connection.send('private');
  const { frames } = await told;
  assert.equal(frames[0]?.wireBytes, 13);
  assert.equal(frames[0]?.payload, undefined);
  connection.close();
});
