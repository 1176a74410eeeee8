// The server's half of HTTP/2 (RFC 8441): one port for both, the same admission, the application's requests, limits by
// address, backpressure, the end. The client is node:http2; hostile ones are in test/hostile/h2.test.ts.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { RequestListener } from 'node:http';
import { constants, createServer as createHttp2, createSecureServer, type Http2Server } from 'node:http2';
import { connect as connectTcp } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import {
  type Connection,
  createServer,
  type HandshakeRequest,
  refuse,
  type ServerOptions,
} from '../../src/index.js';
import { memoryPair } from '../../src/testing.js';
import * as trace from '../../src/trace.js';
import { Http2Sessions } from '../../src/transport/http2.js';
import type { SessionIntake } from '../../src/transport/http2-server-session.js';
import { frame, Op, readClose, upgrade } from '../hostile/bytes.js';
import { extendedConnect, headers as headersFrame, Type } from '../hostile/h2-bytes.js';
import { peer, silentPeer } from '../hostile/h2-peer.js';
import { opened, outcome, serve as serveEcho } from '../server/peer.js';
import { Child } from '../support/child.js';
import { need, root } from '../support/needs.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask, connecting, session, Visitor } from './http2-visitor.js';

const { key, cert, ca } = certificate();
const serve = <Context>(options: Partial<ServerOptions<Context>> = {}) =>
  serveEcho<Context>({ tls: { key, cert }, http2: true, ...options });

describe('one port, two versions', () => {
  const chosen = async (port: number, ALPNProtocols?: string[]) => {
    const socket = connectTls({
      port,
      host: '127.0.0.1',
      ca,
      servername: 'localhost',
      ...(ALPNProtocols && { ALPNProtocols }),
    });
    await once(socket, 'secureConnect');
    const { alpnProtocol } = socket;
    socket.destroy();
    return alpnProtocol;
  };

  test('ALPN chooses h2 for who offers it, and HTTP/1.1 for the others', async () => {
    await using server = await serve();
    assert.equal(await chosen(server.port, ['h2', 'http/1.1']), 'h2');
    assert.equal(await chosen(server.port, ['http/1.1']), 'http/1.1');
    assert.equal(await chosen(server.port), false);
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'accepted');
  });

  test('without http2 there is no h2, and its preface is refused as before', async () => {
    await using server = await serveEcho({ tls: { key, cert } });
    assert.equal(await chosen(server.port, ['h2', 'http/1.1']), 'http/1.1');
    await using plain = await serveEcho();
    assert.equal(await outcome(plain.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), 'REQ_SYNTAX');
  });

  test('a preface over TLS that did not choose h2 is refused', async () => {
    await using server = await serve();
    assert.equal(await outcome(server.port, 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', { ca }), 'REQ_SYNTAX');
  });

  for (const size of [1, 7, 16, 17, 23, 24]) {
    test(`without TLS the preface says so, also in pieces of ${size}`, async () => {
      await using server = await serveEcho({ http2: true });
      using connection = await raw(server.port);
      const octets = Buffer.concat([
        Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
        Buffer.from('000000040000000000', 'hex'),
      ]);
      const pieces = Array.from({ length: Math.ceil(octets.length / size) }, (_, at) =>
        octets.subarray(at * size, (at + 1) * size),
      );
      await connection.drip(pieces, 1);
      connection.send(headersFrame(1, extendedConnect()));
      const settings = await connection.until(9 + 24);
      assert.equal(settings[3], Type.settings);
      while (server.connections.size === 0) await pause(1);
    });
  }

  test('without TLS a WebSocket over each, and a page over each, side by side', async () => {
    await using server = await serveEcho({
      http2: true,
      http: (_request, response) => void response.end('page'),
    });
    const over = await session(server.port, { secure: false });
    await (await Visitor.open(over)).echo('over h2');
    assert.equal((await ask(over, { ':path': '/' })).body, 'page');
    using one = await opened(server.port);
    one.send(frame(Op.text, 'over h1'));
    await one.until('over h1');
    over.destroy();
  });

  test('over a transport of your own, from its preface on', async () => {
    const server = createServer({
      port: 0,
      http2: true,
      onmessage: (connection, message) => void connection.send(message),
    });
    await server.ready;
    const { client, server: end } = memoryPair();
    server.adopt(end);
    const over = await session(1, { secure: false, createConnection: () => client });
    const visitor = await Visitor.open(over);
    await visitor.echo('in memory');
    over.destroy();
    await server.close();
  });
});

describe('a handshake', () => {
  test('is answered with 200 and nothing of HTTP/1.1', async () => {
    await using server = await serve({ subprotocols: ['chat', 'json'], compression: true });
    const over = await session(server.port);
    const { headers } = await Visitor.open(over, '/ws', {
      'sec-websocket-protocol': 'json, other',
      'sec-websocket-extensions': 'permessage-deflate',
      'sec-websocket-key': 'ignored',
    });
    assert.equal(headers['sec-websocket-protocol'], 'json');
    assert.equal(
      headers['sec-websocket-extensions'],
      'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
    );
    for (const name of ['connection', 'upgrade', 'sec-websocket-accept', 'content-length'])
      assert.ok(!(name in headers), name);
    const [connection] = server.connections;
    assert.equal(connection?.subprotocol, 'json');
    assert.match(connection.extensions, /^permessage-deflate/);
    over.destroy();
  });

  test('tells the application whose it is, and by which carrier', async () => {
    let seen!: HandshakeRequest;
    await using server = await serve({
      routes: {
        '/room/:id': {
          authorize: (request) => {
            seen = request;
          },
        },
      },
    });
    const over = await session(server.port);
    await Visitor.open(over, '/room/a%20b?x=1', {
      origin: `https://localhost:${server.port}`,
      cookie: ['a=1', 'b=2'],
    });
    assert.deepEqual(
      [
        seen.head.carrier,
        seen.head.method,
        seen.head.version,
        seen.host,
        seen.secure,
        seen.address,
        seen.path,
        seen.query.get('x'),
      ],
      ['h2', 'CONNECT', '2', `localhost:${server.port}`, true, '127.0.0.1', '/room/a%20b', '1'],
    );
    assert.equal(seen.params.id, 'a b');
    assert.deepEqual(seen.headers.getAll('cookie'), ['a=1; b=2'], 'RFC 9113 §8.2.3');
    assert.equal(seen.headers.get('host'), `localhost:${server.port}`);
    assert.ok(![...seen.headers].some(([name]) => name.startsWith(':')));
    assert.match((seen.socket as TLSSocket).getProtocol() ?? '', /^TLSv1/);
    over.destroy();
  });

  const refusals: [string, Partial<ServerOptions<undefined>>, Record<string, string>, number, string][] = [
    ['an origin', {}, { origin: 'https://evil.example' }, 403, 'ORIGIN_REJECTED'],
    ['a host', { hosts: ['example.com'] }, {}, 421, 'ROUTE_MISDIRECTED'],
    ['a path', { path: '/other' }, {}, 404, 'ROUTE_NOT_FOUND'],
    ['a subprotocol', { subprotocols: ['a'], requireSubprotocol: true }, {}, 400, 'PROTO_REQUIRED'],
    ['the version', {}, { 'sec-websocket-version': '8' }, 400, 'REQ_VERSION'],
    [
      'authorize',
      { authorize: () => refuse('AUTH_REQUIRED', { headers: { 'WWW-Authenticate': 'Bearer' } }) },
      {},
      401,
      'AUTH_REQUIRED',
    ],
    [
      'a fault',
      { authorize: () => Promise.reject(new Error('x')), detail: false },
      {},
      500,
      'ROUTE_SERVER_ERROR',
    ],
    [
      'time',
      { authorize: () => new Promise(() => {}), timeouts: { handshakeMs: 50 } },
      {},
      503,
      'REQ_HANDSHAKE_TIMEOUT',
    ],
    ['limits', { limits: { maxConnections: 0 } }, {}, 503, 'LIMIT_CONNECTIONS'],
  ];
  for (const [what, options, more, status, code] of refusals) {
    test(`is refused for ${what} with ${status}, as over HTTP/1.1`, async () => {
      await using server = await serve(options);
      const over = await session(server.port);
      const answer = await ask(over, connecting('/ws', more));
      assert.equal(answer.status, status);
      const problem = JSON.parse(answer.body);
      assert.deepEqual([problem.code, problem.status], [code, status]);
      assert.equal(answer.headers['content-type'], 'application/problem+json');
      assert.ok(!('connection' in answer.headers) && !('upgrade' in answer.headers));
      if (code === 'REQ_VERSION') assert.equal(answer.headers['sec-websocket-version'], '13');
      if (code === 'AUTH_REQUIRED') assert.equal(answer.headers['www-authenticate'], 'Bearer');
      if (status === 503) assert.equal(answer.headers['retry-after'], '5');
      assert.equal(over.destroyed || over.closed, false, 'the session goes on');
      over.destroy();
    });
  }

  test('that is refused ends its stream within a second, also when the client stays', async () => {
    await using server = await serve({ path: '/other' });
    const other = await peer(server.port, 'tls');
    other.send(headersFrame(1, extendedConnect({ ':authority': 'localhost' })));
    assert.equal(await other.answer(1), 404);
    const { payload } = await other.until('reset', ({ type }) => type === Type.rst, 1500);
    assert.equal(payload.readUInt32BE(0), 0, 'NO_ERROR: RFC 9113 §8.1');
    other[Symbol.dispose]();
  });

  test('is told with its carrier', async () => {
    const events: trace.HandshakeTrace[] = [];
    const note = (event: unknown) => void events.push(event as trace.HandshakeTrace);
    trace.handshakes.subscribe(note);
    await using server = await serve({ path: '/ws' });
    const over = await session(server.port);
    await Visitor.open(over);
    await ask(over, connecting('/no'));
    (await opened(server.port, upgrade(), { ca })).socket.destroy();
    trace.handshakes.unsubscribe(note);
    assert.deepEqual(
      events.map(({ carrier, outcome: came, method, target, status, address }) => [
        carrier,
        came,
        method,
        target,
        status,
        address,
      ]),
      [
        ['h2', 'accepted', 'CONNECT', '/ws', 200, '127.0.0.1'],
        ['h2', 'refused', 'CONNECT', '/no', 404, '127.0.0.1'],
        ['h1', 'accepted', 'GET', '/ws', 101, '127.0.0.1'],
      ],
    );
    over.destroy();
  });
});

describe("the application's requests", () => {
  test('reach it over both versions, with their bodies', async () => {
    const seen: string[] = [];
    await using server = await serve({
      http: async (request, response) => {
        let body = '';
        for await (const part of request) body += part;
        seen.push(`${request.httpVersion} ${request.method} ${request.url}`);
        response.writeHead(201, { 'X-Test': 'yes' });
        response.end(`${body} back`);
      },
    });
    const over = await session(server.port);
    const answer = await ask(over, { ':method': 'POST', ':path': '/form' }, 'body');
    assert.deepEqual([answer.status, answer.headers['x-test'], answer.body], [201, 'yes', 'body back']);
    using one = await raw(server.port, { ca });
    one.send('POST /form HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody');
    await one.until('body back');
    assert.deepEqual(seen, ['2.0 POST /form', '1.1 POST /form']);
    over.destroy();
  });

  test('are none of those that mean a WebSocket or a tunnel', async () => {
    let asked = 0;
    const http: RequestListener = (_request, response) => {
      asked += 1;
      response.end();
    };
    await using server = await serve({ http });
    const over = await session(server.port);
    const answers = [
      await ask(over, { ':path': '/ws', 'sec-websocket-key': 'x', 'sec-websocket-version': '13' }),
      await ask(over, { ':method': 'CONNECT', ':authority': 'example.com:443' }),
      await ask(over, connecting('/ws', { ':protocol': 'connect-udp' })),
    ];
    assert.deepEqual(
      answers.map(({ body }) => JSON.parse(body).code),
      ['PROXY_UPGRADE_STRIPPED', 'H2_CONNECT_WANTED', 'H2_PROTOCOL_UNKNOWN'],
    );
    assert.equal(asked, 0);
    over.destroy();
  });

  test('are refused where nobody listens for them', async () => {
    await using server = await serve({ path: '/ws' });
    const over = await session(server.port);
    const code = async (path: string) => JSON.parse((await ask(over, { ':path': path })).body).code;
    assert.equal(await code('/ws'), 'H2_CONNECT_WANTED');
    assert.equal(await code('/other'), 'ROUTE_NOT_FOUND');
    const head = await ask(over, { ':method': 'HEAD', ':path': '/other' });
    assert.deepEqual([head.status, head.body], [404, '']);
    over.destroy();
  });
});

describe('limits by address', () => {
  const most = (maxConnectionsPerAddress: number) => ({ limits: { maxConnectionsPerAddress } });

  test('each stream counts as one connection, its session as none', async () => {
    await using server = await serve(most(3));
    const over = await session(server.port);
    const visitors = [await Visitor.open(over), await Visitor.open(over), await Visitor.open(over)];
    const refused = await ask(over, connecting());
    assert.deepEqual([refused.status, JSON.parse(refused.body).code], [429, 'LIMIT_CONNECTIONS_PER_ADDRESS']);
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'LIMIT_CONNECTIONS_PER_ADDRESS');
    visitors[0]!.stream.close();
    while (server.connections.size > 2) await pause(1);
    await Visitor.open(over);
    over.destroy();
    while (server.connections.size > 0) await pause(1);
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'accepted');
  });

  test('a session without a stream counts as one that waits', async () => {
    await using server = await serve(most(2));
    const sessions = [await session(server.port), await session(server.port)];
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'LIMIT_CONNECTIONS_PER_ADDRESS');
    sessions[0]!.destroy();
    while ((await outcome(server.port, upgrade(), { ca })) !== 'accepted') await pause(1);
    while (server.connections.size > 0) await pause(1);
    const one = await opened(server.port, upgrade(), { ca });
    const visitor = await Visitor.open(sessions[1]!);
    visitor.stream.close();
    while (server.connections.size > 1) await pause(1);
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'LIMIT_CONNECTIONS_PER_ADDRESS');
    one.socket.destroy();
    sessions[1]!.destroy();
  });

  test('a session that only has requests of the application counts as one that waits', async () => {
    await using server = await serve({ ...most(2), http: () => {} });
    const over = await session(server.port);
    const page = ask(over, { ':path': '/' }).catch(() => {});
    const other = await session(server.port);
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'LIMIT_CONNECTIONS_PER_ADDRESS');
    await Visitor.open(over);
    assert.equal((await ask(over, connecting())).status, 429);
    over.destroy();
    other.destroy();
    await page;
  });

  test('one session too many is cut, and told', async () => {
    const told: unknown[] = [];
    const note = (event: unknown) => {
      const { carrier, status, rejection } = event as trace.HandshakeTrace;
      told.push([carrier, status, rejection?.reason.code]);
    };
    trace.handshakes.subscribe(note);
    await using server = await serve({ limits: { maxPendingHandshakes: 1 } });
    const over = await session(server.port);
    using other = await silentPeer(server.port, 'tls');
    assert.notEqual(await other.ending(), 'open');
    trace.handshakes.unsubscribe(note);
    assert.deepEqual(told, [['h2', 0, 'LIMIT_PENDING_HANDSHAKES']]);
    over.destroy();
  });

  test('behind a trusted proxy each stream counts for its client', async () => {
    await using server = await serve({ ...most(1), trustedProxies: ['127.0.0.1'] });
    const over = await session(server.port);
    await Visitor.open(over, '/ws', { 'x-forwarded-for': '192.0.2.1' });
    await Visitor.open(over, '/ws', { 'x-forwarded-for': '192.0.2.2' });
    const refused = await ask(over, connecting('/ws', { 'x-forwarded-for': '192.0.2.1' }));
    assert.equal(JSON.parse(refused.body).code, 'LIMIT_CONNECTIONS_PER_ADDRESS');
    over.destroy();
  });

  test('handshakes a second are counted by stream', async () => {
    await using server = await serve({ limits: { maxHandshakesPerSecond: 2 } });
    const over = await session(server.port);
    await Visitor.open(over);
    await Visitor.open(over);
    assert.equal((await ask(over, connecting())).status, 429);
    over.destroy();
  });
});

describe('messages', () => {
  test('of a mebibyte go both ways', async () => {
    await using server = await serve({ limits: { maxBufferedBytes: 8_000_000 } });
    const over = await session(server.port);
    const visitor = await Visitor.open(over);
    const payload = Buffer.alloc(1_048_576, 'abcdefg');
    visitor.say(Op.binary, payload);
    const [echoed] = await visitor.until(1);
    assert.ok(echoed?.payload.equals(payload));
    over.destroy();
  });

  test('that nobody takes wait here: send resolves when the client reads again', async () => {
    const connections: Connection<unknown>[] = [];
    await using server = await serve({ onconnection: (connection) => void connections.push(connection) });
    const over = await session(server.port);
    const visitor = await Visitor.open(over);
    const [connection] = connections as [Connection<unknown>];
    visitor.stream.pause();
    let sent = false;
    const payload = Buffer.alloc(700_000, 1);
    const sending = connection.send(payload).then(() => {
      sent = true;
    });
    await pause(100);
    assert.equal(sent, false);
    assert.ok(connection.bufferedBytes > 400_000, `${connection.bufferedBytes} wait`);
    await (await Visitor.open(over)).echo('a sibling runs');
    visitor.stream.resume();
    await sending;
    const [arrived] = await visitor.until(1);
    assert.ok(arrived?.payload.equals(payload));
    while (connection.bufferedBytes > 0) await pause(1);
    over.destroy();
  });

  test('that this side does not read wait there: the window of the stream stays shut', async () => {
    const got: number[] = [];
    const connections: Connection<unknown>[] = [];
    await using server = await serve({
      onconnection: (connection) => {
        connections.push(connection);
        connection.onbytes = (bytes) => void got.push(bytes.length);
        connection.pause();
      },
    });
    const over = await session(server.port);
    const visitor = await Visitor.open(over);
    for (let count = 0; count < 20; count += 1) visitor.say(Op.binary, Buffer.alloc(50_000));
    await pause(100);
    assert.deepEqual(got, []);
    assert.ok(visitor.stream.bufferSize > 800_000, `${visitor.stream.bufferSize} wait at the client`);
    connections[0]!.resume();
    while (got.length < 20) await pause(1);
    over.destroy();
  });

  test('that wait for as many slow streams as there may be keep nobody else out', async () => {
    await using server = await serve({
      limits: { maxBufferedBytes: 4_000_000 },
      onconnection: (connection) => void connection.send(Buffer.alloc(900_000)).catch(() => {}),
    });
    const over = await session(server.port, { settings: { initialWindowSize: 0 } });
    for (let count = 0; count < 99; count += 1) await Visitor.open(over);
    for (const connection of server.connections) assert.ok(connection.bufferedBytes >= 900_000);
    await Visitor.open(over);
    over.destroy();
  });

  test('of many streams at once stay apart', async () => {
    await using server = await serve();
    const over = await session(server.port);
    const visitors = await Promise.all(Array.from({ length: 50 }, () => Visitor.open(over)));
    await Promise.all(visitors.map((visitor, at) => visitor.echo(`to ${at}`)));
    assert.equal(server.connections.size, 50);
    over.destroy();
  });
});

describe('the end', () => {
  test('a close of the server: its frame, then END_STREAM', async () => {
    await using server = await serve();
    const over = await session(server.port);
    const visitor = await Visitor.open(over);
    const [connection] = server.connections;
    const closing = connection!.close(4001, 'enough');
    const [seen] = await visitor.until(1);
    assert.deepEqual(readClose(seen), { code: 4001, reason: 'enough' });
    visitor.say(Op.close, Buffer.of(0x0f, 0xa1));
    visitor.stream.end();
    const { clean, code } = await closing;
    assert.deepEqual([clean, code], [true, 4001]);
    if (!visitor.stream.closed) await once(visitor.stream, 'close');
    assert.equal(visitor.stream.rstCode, 0);
    over.destroy();
  });

  test('a close of the client: answered, END_STREAM, the session is free for the next', async () => {
    await using server = await serve();
    const over = await session(server.port);
    const visitor = await Visitor.open(over);
    const [connection] = server.connections;
    visitor.say(Op.close, Buffer.of(0x03, 0xe8));
    await once(visitor.stream, 'end');
    visitor.stream.end();
    assert.deepEqual([(await connection!.closed).clean, (await connection!.closed).end], [true, 'fin']);
    await (await Visitor.open(over)).echo('again');
    over.destroy();
  });

  test('a client that leaves its half open is asked to end it, and that is a clean end', async () => {
    await using server = await serve();
    using client = await peer(server.port, 'tls');
    const stream = await client.open();
    const [connection] = server.connections;
    client.say(stream, Op.close, Buffer.of(0x03, 0xe8));
    const reset = await client.until(
      'RST_STREAM',
      ({ type, stream: on }) => type === Type.rst && on === stream,
    );
    assert.equal(reset.payload.readUInt32BE(0), 0);
    const { clean, end, cause } = await connection!.closed;
    assert.deepEqual([clean, end, cause], [true, 'fin', undefined]);
    await client.echo(await client.open(), 'the session goes on');
  });

  test('drain tells sessions to go, and serves what is under way', async () => {
    let answer!: () => void;
    const http: RequestListener = (_request, response) => {
      answer = () => void response.end('late');
    };
    await using server = await serve({ http });
    const over = await session(server.port);
    const page = ask(over, { ':path': '/slow' });
    const visitor = await Visitor.open(over);
    const away = once(over, 'goaway');
    const drained = server.drain({ windowMs: 0, deadlineMs: 200 });
    await away;
    const [seen] = await visitor.until(1);
    assert.equal(readClose(seen)?.code, 1012);
    assert.deepEqual((await drained).terminated, 1);
    answer();
    assert.equal((await page).body, 'late');
    await once(over, 'close');
  });

  test('close() ends requests, sessions and sockets, and resolves', async () => {
    const server = await serve({ http: () => {}, timeouts: { closeMs: 200 } });
    const idle = await session(server.port);
    const busy = await session(server.port);
    const page = assert.rejects(ask(busy, { ':path': '/never' }), /no answer, RST_STREAM 8/);
    await Visitor.open(busy);
    await server.close();
    assert.ok(idle.closed && busy.closed);
    await page;
  });

  test('close() that is spread over a window leaves the session to its WebSockets until then', async () => {
    const server = await serve({ timeouts: { closeMs: 50 } });
    const over = await session(server.port);
    for (let count = 0; count < 3; count += 1) {
      const { stream } = await Visitor.open(over);
      stream.once('data', () => stream.end(frame(Op.close, Buffer.of(0x03, 0xe9))));
    }
    const records = [...server.connections].map(({ closed }) => closed);
    await server.close({ windowMs: 1500, deadlineMs: 5000 });
    for (const { code, clean } of await Promise.all(records)) assert.deepEqual([code, clean], [1001, true]);
  });

  test('a session that begins behind close() is cut', { timeout: 20_000 }, async () => {
    const server = await serve({ timeouts: { headMs: Number.POSITIVE_INFINITY } });
    const below = connectTcp({ port: server.port, host: '127.0.0.1' });
    await once(below, 'connect');
    // Until the server has it too.
    assert.equal(await outcome(server.port, upgrade(), { ca }), 'accepted');
    const closing = server.close();
    const late = connectTls({ socket: below, ca, servername: 'localhost', ALPNProtocols: ['h2'] });
    late.on('error', () => {}).resume();
    await once(late, 'close');
    await closing;
  });

  test('an open session without a stream is told to go', async () => {
    const events: string[] = [];
    const intake: SessionIntake = {
      offer: () => {},
      settled: () => void events.push('settled'),
      waits: () => void events.push('waits'),
      ended: () => void events.push('ended'),
      isBroken: () => false,
    };
    const limits = { maxBytes: 16_384, maxLineBytes: 8192, maxFields: 100 };
    const heartbeat = { intervalMs: 1000, timeoutMs: 1000 };
    const sessions = new Http2Sessions(
      { limits, headMs: 1000, stallMs: 1000, requestMs: 1000, heartbeat, idleMs: 50 },
      intake,
    );
    const { client, server } = memoryPair();
    sessions.take(server);
    const over = await session(1, { secure: false, createConnection: () => client });
    let told = false;
    over.once('goaway', () => {
      told = true;
    });
    // No socket keeps the process alive here.
    while (!over.destroyed) await pause(5);
    assert.ok(told);
    assert.deepEqual([...new Set(events)], ['settled']);
  });

  test('a request of the application whose body does not end is reset, and what waits for its answer is not', async () => {
    const intake: SessionIntake = { offer() {}, settled() {}, waits() {}, ended() {}, isBroken: () => false };
    const limits = { maxBytes: 16_384, maxLineBytes: 8192, maxFields: 100 };
    const heartbeat = { intervalMs: 1000, timeoutMs: 1000 };
    const settings = { limits, headMs: 1000, stallMs: 1000, requestMs: 100, heartbeat };
    let answer!: () => void;
    const sessions = new Http2Sessions(settings, intake, (request, response) => {
      if (request.url === '/whole') answer = () => void response.end('whole');
    });
    const { client, server } = memoryPair();
    sessions.take(server);
    const over = await session(1, { secure: false, createConnection: () => client });
    const whole = ask(over, { ':method': 'POST', ':path': '/whole' }, 'body');
    const endless = over.request({ ':method': 'POST', ':path': '/endless' }).on('error', () => {});
    // No socket keeps the process alive here.
    while (!endless.closed) await pause(5);
    assert.equal(endless.rstCode, constants.NGHTTP2_CANCEL);
    answer();
    assert.equal((await whole).body, 'whole');
    over.destroy();
  });

  test('a session that gives no sign of life is ended, with all that lives on it', async () => {
    await using server = await serve({
      heartbeat: { intervalMs: 60, timeoutMs: 500 },
      routes: { '/ws': { heartbeat: false } },
    });
    const over = await session(server.port);
    await Visitor.open(over);
    const [connection] = server.connections;
    await pause(800);
    assert.equal(connection?.state, 'open', 'a peer that answers lives on');
    // This one reads nothing more, and so answers no PING.
    const silent = await peer(server.port, 'tls');
    await silent.open({ ':authority': 'localhost' });
    silent.connection.socket.pause();
    const quiet = [...server.connections].find((one) => one !== connection)!;
    const { cause, explanation } = await quiet.closed;
    assert.equal(cause, 'H2_SESSION_LOST');
    assert.match(explanation, /no answer to a PING/);
    silent[Symbol.dispose]();
    over.destroy();
  });

  for (const carrier of ['tcp', 'tls'] as const) {
    test(`a session on ${carrier} whose answer to a PING is long in coming lives while anything comes`, async () => {
      const options = {
        http2: true,
        heartbeat: { intervalMs: 50, timeoutMs: 300 },
        routes: { '/ws': { heartbeat: false } },
      } as const;
      await using server = await (carrier === 'tls' ? serve(options) : serveEcho(options));
      using slow = await peer(server.port, carrier);
      const stream = await slow.open({ ':authority': 'localhost' });
      const [connection] = server.connections;
      slow.connection.socket.pause();
      for (let count = 0; count < 40; count += 1) {
        slow.say(stream, Op.text, 'x');
        await pause(25);
      }
      assert.equal(connection?.state, 'open');
      assert.equal((await connection.closed).cause, 'H2_SESSION_LOST');
    });
  }

  test('a process whose server was closed ends by itself', { skip: need('openssl').skip }, async () => {
    const script = `
      const { createServer } = await import(${JSON.stringify(new URL('.build/src/index.js', root).href)});
      const { connect } = await import('node:http2');
      const server = createServer({ port: 0, http2: true, timeouts: { closeMs: 200 } });
      await server.ready;
      const over = connect('http://127.0.0.1:' + server.port);
      const stream = over.request({ ':method': 'CONNECT', ':protocol': 'websocket', ':path': '/', 'sec-websocket-version': '13' });
      stream.on('response', async () => { await server.close(); console.log('closed'); });
      over.on('error', () => {}); stream.on('error', () => {});
      await new Promise((resolve) => over.once('remoteSettings', resolve));
    `;
    await using child = new Child(process.execPath, ['--input-type=module', '-e', script]);
    await child.line(/closed/);
    assert.equal(await child.exited, 0);
  });
});

describe('options that cannot be meant', () => {
  const refused = (options: object, words: RegExp) =>
    assert.throws(
      () => createServer(options as ServerOptions),
      (error) => error instanceof TypeError && words.test(error.message),
    );

  test('ALPN of your own beside http2', () => {
    refused(
      { port: 0, http2: true, tls: { key, cert, ALPNProtocols: ['h2'] } },
      /leave out tls\.ALPNProtocols/,
    );
    refused({ port: 0, http2: true, tls: { key, cert, ALPNCallback: () => 'h2' } }, /leave out/);
  });

  test('http2 beside a server of yours, and a server of node:http2', () => {
    const servers: Http2Server[] = [
      createHttp2(),
      createSecureServer({ key, cert }) as unknown as Http2Server,
    ];
    for (const server of servers) refused({ server }, /node:http2 cannot be attached to/);
    refused({ server: {}, http2: true }, /leave out http2/);
  });

  test('http2 that is neither true nor false', () => refused({ port: 0, http2: 'yes' }, /true or false/));
});
