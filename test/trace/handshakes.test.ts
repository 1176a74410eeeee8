// What a server tells of a handshake, for each way in which one can end: both heads as they were, the way it came, its steps.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect as connectTcp } from 'node:net';
import { test } from 'node:test';
import { connect as connectTls } from 'node:tls';
import { serializeResponse } from '../../src/handshake/head.js';
import { connect, createServer, refuse } from '../../src/index.js';
import * as trace from '../../src/trace.js';
import { ACCEPT, readAnswer, upgrade, upgradeTo } from '../hostile/bytes.js';
import { ask, opened, serve } from '../server/peer.js';
import { portOf, raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { hear } from './heard.js';

const OPENING = {
  'Sec-WebSocket-Protocol': 'chat, log',
  'Sec-WebSocket-Extensions': 'permessage-deflate',
  Origin: 'http://example.com',
};
const HOPS = '203.0.113.7, 10.0.0.7';

test('an accepted one: heads, route, way, steps and connection', async () => {
  using heard = hear(trace.handshakes);
  await using server = await serve({
    routes: {
      '/room/:id': { subprotocols: ['log'], authorize: () => new Promise((go) => setImmediate(go)) },
    },
    compression: true,
    trustedProxies: ['127.0.0.1'],
  });
  const origin = 'https://example.com';
  const fields = { ...OPENING, Origin: origin, 'X-Forwarded-For': HOPS, 'X-Forwarded-Proto': 'https' };
  const before = Date.now();
  const connection = await opened(server.port, upgradeTo('/room/7?a=b', fields));
  const [told] = await heard.until(1);
  assert.ok(told !== undefined && told.at >= before && told.at <= Date.now());
  assert.deepEqual(
    [told.outcome, told.status, told.carrier, told.method, told.target, told.route, told.origin],
    ['accepted', 101, 'h1', 'GET', '/room/7?a=b', '/room/:id', origin],
  );
  assert.deepEqual(told.forwarded, ['203.0.113.7', '10.0.0.7']);
  assert.deepEqual(
    [told.peer, told.address, told.secure, told.tls],
    ['127.0.0.1', '10.0.0.7', true, undefined],
  );
  assert.equal(told.request?.fields.get('sec-websocket-protocol'), 'chat, log');
  assert.equal(told.response?.fields.get('sec-websocket-accept'), ACCEPT);
  assert.deepEqual(
    [told.rejection, told.firstOctets, told.error, told.responseBody],
    [undefined, undefined, undefined, ''],
  );
  assert.deepEqual(
    told.steps.map(({ name }) => name),
    ['head', 'limits', 'rules', 'route', 'origin', 'subprotocol', 'authorize', 'extensions', 'answer'],
  );
  assert.ok(told.steps.every(({ ms }) => ms >= 0 && ms < 5000));
  const [live] = [...server.connections];
  assert.equal(told.connection, live);
  assert.deepEqual([told.subprotocol, told.extensions], ['log', live?.extensions]);
  connection.socket.destroy();
});

test('its answer is told as it left, and so is that of a refusal', async () => {
  using heard = hear(trace.handshakes);
  await using server = await serve({
    routes: {
      '/ws': { subprotocols: ['log'], compression: true },
      '/closed': { authorize: () => refuse('AUTH_REQUIRED', { headers: { 'X-Why': 'no card' } }) },
    },
  });
  for (const request of [
    upgrade(OPENING),
    upgradeTo('/closed'),
    upgradeTo('/nowhere', { Accept: 'text/html' }),
  ]) {
    using connection = await raw(server.port);
    const head = await connection.send(request).until('\r\n\r\n');
    const [status] = [readAnswer(head).status];
    if (status !== 101) await connection.ending();
    const told = heard.all.at(-1);
    assert.ok(told?.response !== undefined);
    assert.equal(
      serializeResponse(told.response) + told.responseBody,
      connection.received.toString('latin1'),
    );
    assert.equal(told.status, status);
    assert.equal(told.route, told.target === '/nowhere' ? undefined : told.target);
  }
  assert.deepEqual(
    heard.all.map(({ outcome, rejection, steps }) => [outcome, rejection?.reason.code, steps.at(-1)?.name]),
    [
      ['accepted', undefined, 'answer'],
      ['refused', 'AUTH_REQUIRED', 'authorize'],
      ['refused', 'ROUTE_NOT_FOUND', 'route'],
    ],
  );
});

test('over HTTP/2 both heads are as they were there', async () => {
  const { connect: connectHttp2 } = await import('node:http2');
  const { key, cert, ca } = certificate();
  using heard = hear(trace.handshakes);
  await using server = await serve({ path: '/ws', http2: true, tls: { key, cert } });
  const session = connectHttp2(`https://localhost:${server.port}`, { ca });
  await once(session, 'remoteSettings');
  for (const path of ['/ws', '/no']) {
    const fields = { ':method': 'CONNECT', ':protocol': 'websocket', 'sec-websocket-version': '13' };
    const stream = session.request(
      { ...fields, ':path': path, ':authority': 'localhost' },
      { endStream: false },
    );
    await once(stream, 'response');
    stream.destroy();
  }
  const told = await heard.until(2);
  assert.deepEqual(
    told.map(({ outcome, status, carrier, response, tls }) => [
      [outcome, status, carrier],
      [response?.version, response?.reason, response?.fields.has('connection')],
      [tls?.alpn, tls?.version, tls?.servername, tls?.ms],
    ]),
    [
      [
        ['accepted', 200, 'h2'],
        ['2', '', false],
        ['h2', 'TLSv1.3', 'localhost', undefined],
      ],
      [
        ['refused', 404, 'h2'],
        ['2', '', false],
        ['h2', 'TLSv1.3', 'localhost', undefined],
      ],
    ],
  );
  session.destroy();
});

test('how long TLS took is told to who listened when it began, on a port of ours and on a server of theirs', async () => {
  const { key, cert, ca } = certificate();
  const http = createHttps({ key, cert });
  const attached = createServer({ server: http, path: '/ws' });
  http.listen(0, '127.0.0.1');
  await attached.ready;
  await using server = await serve({ path: '/ws', tls: { key, cert } });
  for (const port of [server.port, portOf(http)]) {
    const upgraded = async () => {
      const socket = connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca });
      await once(socket, 'secureConnect');
      return socket;
    };
    const early = await upgraded();
    using heard = hear(trace.handshakes, ({ tls, tookMs }) => ({ tls, tookMs }));
    const late = await upgraded();
    for (const socket of [early, late]) {
      socket.write(upgrade());
      await once(socket, 'data');
      socket.destroy();
    }
    const [unheard, timed] = await heard.until(2);
    assert.equal(unheard?.tls?.ms, undefined);
    assert.equal(unheard?.tls?.servername, 'localhost');
    assert.ok(timed!.tls!.ms! > 0);
  }
  await attached.close({ deadlineMs: 0 });
  assert.equal(
    http.listeners('connection').some(({ name }) => name === 'begin'),
    false,
  );
  http.close();
});

test('what lost Upgrade or Connection on its way is broken, in front of an application and without one', async () => {
  using heard = hear(trace.handshakes);
  await using shared = await serve({ path: '/ws', http: (_request, response) => void response.end('page') });
  await using alone = await serve({ path: '/ws' });
  for (const { port } of [shared, alone]) {
    await ask(port, upgrade({ Upgrade: null, Connection: 'close' }));
    await ask(port, upgrade({ Connection: 'close' }));
  }
  const codes = heard.all.map(({ outcome, rejection, status }) => [outcome, rejection?.reason.code, status]);
  const expected = [
    ['broken', 'PROXY_UPGRADE_STRIPPED', 426],
    ['broken', 'PROXY_CONNECTION_LOST', 426],
  ];
  assert.deepEqual(codes, [...expected, ...expected]);
  for (const { request, response, responseBody } of heard.all) {
    assert.equal(request?.fields.has('sec-websocket-key'), true);
    assert.equal(response?.status, 426);
    assert.equal(JSON.parse(responseBody).status, 426);
  }
});

test('what was no head is garbled, with its first octets', async () => {
  using heard = hear(trace.handshakes);
  await using server = await serve({ path: '/ws', timeouts: { headMs: 50 } });
  const hello = '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n';
  await ask(server.port, hello);
  await ask(server.port, `GET /ws HTTP/1.1\r\nHost : a\r\n${'x'.repeat(500)}\r\n\r\n`);
  await ask(server.port, 'GET /w');
  const [tls, space, late] = heard.all;
  assert.deepEqual(
    heard.all.map(({ outcome, rejection, status, method }) => [
      outcome,
      rejection?.reason.code,
      status,
      method,
    ]),
    [
      ['garbled', 'REQ_SYNTAX', 400, ''],
      ['garbled', 'REQ_SYNTAX', 400, ''],
      ['garbled', 'REQ_HEAD_TIMEOUT', 408, ''],
    ],
  );
  assert.equal(Buffer.from(tls!.firstOctets!).toString('latin1').slice(0, 11), hello.slice(0, 11));
  assert.equal(space!.firstOctets!.length <= 256, true);
  assert.match(Buffer.from(space!.firstOctets!).toString('latin1'), /^GET \/ws HTTP\/1.1\r\nHost : a/);
  assert.equal(String(Buffer.from(late!.firstOctets!)), 'GET /w');
  assert.deepEqual(
    [late!.request, late!.steps, late!.forwarded, late!.route],
    [undefined, [], [], undefined],
  );
});

test('a TLS handshake that fails is garbled, and one that is left abandoned', async () => {
  const { key, cert } = certificate();
  const http = createHttps({ key, cert, handshakeTimeout: 300 });
  const attached = createServer({ server: http, path: '/ws' });
  http.listen(0, '127.0.0.1');
  await attached.ready;
  await using server = await serve({ path: '/ws', tls: { key, cert } });
  for (const port of [server.port, portOf(http)]) {
    using heard = hear(trace.handshakes);
    using plain = await raw(port);
    await plain.send(upgrade()).ending();
    const old = connectTls({
      port,
      host: '127.0.0.1',
      maxVersion: 'TLSv1.1',
      minVersion: 'TLSv1',
      ciphers: 'ALL:@SECLEVEL=0',
    });
    await once(old, 'error');
    const leaving = connectTcp({ port, host: '127.0.0.1' });
    leaving.end('\x16\x03\x01');
    const told = await heard.until(3);
    assert.deepEqual(
      told.map(({ outcome, rejection, status, secure }) => [outcome, rejection?.reason.code, status, secure]),
      [
        ['garbled', 'TLS_MISSING', 0, true],
        ['garbled', 'TLS_VERSION', 0, true],
        ['abandoned', 'TLS_FAILED', 0, true],
      ],
    );
    assert.deepEqual(
      [told[0]!.peer, told[0]!.request, told[0]!.response],
      ['127.0.0.1', undefined, undefined],
    );
    assert.ok(told[0]!.error instanceof Error);
  }
  await attached.close();
  http.close();
});

test('what a server of somebody else could not read is told, and answered as before', async () => {
  using heard = hear(trace.handshakes);
  const http = createHttp((_request, response) => response.end('page'));
  const ours = createServer({ server: http, path: '/ws' });
  http.listen(0, '127.0.0.1');
  await ours.ready;
  using connection = await raw(portOf(http));
  const { text } = await connection.send('\x16\x03\x01\x02\x00\x01\r\n\r\n').ending();
  assert.match(text, /^HTTP\/1.1 400 Bad Request/);
  const [told] = heard.all;
  assert.deepEqual([told?.outcome, told?.rejection?.reason.code, told?.status], ['garbled', 'REQ_SYNTAX', 0]);
  assert.equal(told?.firstOctets?.[0], 0x16);
  using broken = await raw(portOf(http));
  await broken.send('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nno chunk\r\n').ending();
  assert.equal(heard.all.length, 1, 'a broken body is no matter of ours');
  await ours.close();
  http.close();
});

test('one whose peer leaves is abandoned, whether its hook ever decides or not', async () => {
  for (const decides of [true, false]) {
    using heard = hear(trace.handshakes);
    let resolve = () => {};
    const asked = new Promise<void>((go) => {
      resolve = go;
    });
    await using server = await serve({
      path: '/ws',
      timeouts: { handshakeMs: 200 },
      authorize: (_request, { signal }) =>
        new Promise<void>((decide) => {
          if (decides) signal.addEventListener('abort', () => decide());
          resolve();
        }),
    });
    const connection = await raw(server.port);
    connection.send(upgrade());
    await asked;
    connection.socket.destroy();
    const [told] = await heard.until(1);
    assert.deepEqual(
      [told?.outcome, told?.status, told?.response, told?.steps.at(-1)?.name, told?.peer, told?.address],
      ['abandoned', 0, undefined, decides ? 'extensions' : 'authorize', '127.0.0.1', '127.0.0.1'],
    );
  }
});

test('what a hook threw is told', async () => {
  using heard = hear(trace.handshakes);
  using faults = hear(trace.faults);
  const error = new Error('no database');
  const authorize = () => {
    throw error;
  };
  await using server = await serve({ path: '/ws', authorize });
  await ask(server.port);
  assert.deepEqual([heard.all[0]?.error, faults.all[0]?.error], [error, error]);
});

test('an arrival is told before anything is decided, with the number of what becomes of it', async () => {
  const order: string[] = [];
  using arrived = hear(trace.arrivals, (told) => {
    order.push('arrived');
    return told;
  });
  using heard = hear(trace.handshakes);
  await using server = await serve({ path: '/ws', authorize: () => void order.push('asked') });
  await ask(server.port, upgradeTo('/nowhere'));
  (await opened(server.port)).socket.destroy();
  assert.deepEqual(order, ['arrived', 'arrived', 'asked']);
  assert.deepEqual(
    arrived.all.map(({ id }) => id),
    heard.all.map(({ id }) => id),
  );
  assert.deepEqual(new Set(heard.all.map(({ id }) => id)).size, 2);
  const [first] = arrived.all;
  assert.deepEqual(
    [first?.request.target, first?.peer, first?.server],
    ['/nowhere', '127.0.0.1', heard.all[0]?.server],
  );
});

test('servers are told apart, and tell how they stand', async () => {
  using heard = hear(trace.handshakes);
  await using one = await serve({ path: '/ws', limits: { maxConnections: 1, maxPendingHandshakes: 5 } });
  await using other = await serve({ path: '/ws' });
  const connection = await opened(one.port);
  assert.equal((await ask(one.port)).status, 503);
  await ask(other.port, upgradeTo('/no'));
  const [first, second, third] = heard.all;
  assert.equal(first?.server, second?.server);
  assert.notEqual(first?.server.id, third?.server.id);
  assert.deepEqual([first?.server.url, third?.server.url], [one.url, other.url]);
  assert.deepEqual(first?.server.limits, [
    { name: 'limits.maxConnections', used: 1, most: 1 },
    { name: 'limits.maxPendingHandshakes', used: 0, most: 5 },
  ]);
  assert.deepEqual([first?.server.connections, first?.server.draining], [1, false]);
  connection.socket.destroy();
});

test('a limit of the server that somebody runs into is told', async () => {
  using heard = hear(trace.limits);
  await using server = await serve({
    path: '/ws',
    limits: { maxConnectionsPerAddress: 1, maxHeadBytes: 400 },
    timeouts: { headMs: 40 },
  });
  const connection = await opened(server.port);
  await ask(server.port);
  connection.socket.destroy();
  while (server.connections.size > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await ask(server.port, upgrade({ 'X-Long': 'x'.repeat(500) }));
  await ask(server.port, 'GET');
  assert.deepEqual(
    heard.all.map(({ name, reason, server: whose, connection: none }) => [
      name,
      reason.code,
      whose?.url,
      none,
    ]),
    [
      ['limits.maxConnectionsPerAddress', 'LIMIT_CONNECTIONS_PER_ADDRESS', server.url, undefined],
      ['limits.maxHeadBytes', 'REQ_HEAD_TOO_LARGE', server.url, undefined],
      ['timeouts.headMs', 'REQ_HEAD_TIMEOUT', server.url, undefined],
    ],
  );
});

test('a drain is told at both ends, and so is the end of a server', async () => {
  using heard = hear(trace.drains);
  const server = await serve({ path: '/ws' });
  const connection = await opened(server.port);
  connection.socket.resume();
  const draining = server.drain({ windowMs: 0, deadlineMs: 50 });
  assert.equal(heard.all[0]?.server.draining, true);
  const report = await draining;
  await server.close();
  assert.deepEqual(
    heard.all.map(({ phase, open, report: told }) => [phase, open, told?.terminated]),
    [
      ['begin', 1, undefined],
      ['end', 0, report.terminated],
      ['begin', 0, undefined],
      ['end', 0, 0],
    ],
  );
});

test('the numbers count every handshake, also those of which nobody heard', async () => {
  await using server = await serve({ path: '/ws' });
  await ask(server.port, upgradeTo('/no'));
  (await opened(server.port)).socket.destroy();
  await ask(server.port, 'nonsense\r\n\r\n');
  using heard = hear(trace.handshakes);
  await ask(server.port, upgradeTo('/no'));
  assert.equal(heard.all[0]?.id, 4);
});

test('failures are told alone to whoever asks for no others, and cost those that went well nothing', async () => {
  using heard = hear(trace.failures);
  const server = createServer({ port: 0, onconnection() {} });
  await server.ready;
  const url = `ws://127.0.0.1:${server.port}`;
  (await connect(url)).terminate();
  await assert.rejects(connect(url, { origin: 'https://elsewhere.example' }));
  const [failure] = await heard.until(1);
  assert.equal(heard.all.length, 1);
  assert.deepEqual(
    [failure?.outcome, failure?.rejection?.reason.code, failure?.steps],
    ['refused', 'ORIGIN_REJECTED', []],
  );
  await server.close({ deadlineMs: 0 });
});
