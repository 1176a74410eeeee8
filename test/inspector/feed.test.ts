// What a watcher is told of a server's handshakes: each with its outcome, its heads, its reason, without a secret; and how it ended.
import assert from 'node:assert/strict';
import { connect as dial } from 'node:net';
import { test } from 'node:test';
import { connect, refuse } from '../../src/index.js';
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
