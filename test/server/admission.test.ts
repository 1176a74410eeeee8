// Knows: who is let in: origins, `authorize` in all its ways, refusals of the application, and what of it is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { createServer, type HandshakeRequest, refuse } from '../../src/index.js';
import * as trace from '../../src/trace.js';
import { frame, Op, readAnswer, upgrade, upgradeTo } from '../hostile/bytes.js';
import { raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask, echoOf, opened, outcome, serve } from './peer.js';

const from = (path: string, Origin: string) => upgradeTo(path, { Origin });

test('origins: same-origin, a list, a function, any-insecure', async () => {
  const asked: [string, HandshakeRequest][] = [];
  await using server = await serve({
    routes: {
      '/same': {},
      '/list': { origins: ['https://app.example', 'null'] },
      '/function': {
        origins: (origin, request) => {
          asked.push([origin, request]);
          return origin.endsWith('.example');
        },
      },
      '/any': { origins: 'any-insecure' },
    },
  });
  const { port } = server;
  const rows: [string, string, string][] = [
    ['/same', 'http://example.com', 'accepted'],
    ['/same', 'https://example.com', 'ORIGIN_HOST_MISMATCH'],
    ['/same', 'https://evil.example', 'ORIGIN_REJECTED'],
    ['/list', 'https://app.example', 'accepted'],
    ['/list', 'null', 'accepted'],
    ['/list', 'http://example.com', 'ORIGIN_REJECTED'],
    ['/list', 'https://app.example:8443', 'ORIGIN_REJECTED'],
    ['/function', 'https://x.example', 'accepted'],
    ['/function', 'https://x.test', 'ORIGIN_REJECTED'],
    ['/any', 'https://evil.example', 'accepted'],
    ['/any', 'null', 'accepted'],
  ];
  for (const [path, origin, wanted] of rows)
    assert.equal(await outcome(port, from(path, origin)), wanted, `${path} ${origin}`);
  assert.deepEqual([asked[0]![0], asked[0]![1].path], ['https://x.example', '/function']);
});

test('same-origin behind TLS, and behind a trusted proxy that ends it', async () => {
  const { key, cert, ca } = certificate();
  await using secure = await serve({ tls: { key, cert } });
  assert.equal(await outcome(secure.port, from('/', 'https://example.com'), { ca }), 'accepted');
  assert.equal(await outcome(secure.port, from('/', 'http://example.com'), { ca }), 'ORIGIN_HOST_MISMATCH');
  await using behind = await serve({ trustedProxies: ['127.0.0.1'] });
  const proxied = {
    Origin: 'https://example.com',
    'X-Forwarded-For': '192.0.2.1',
    'X-Forwarded-Proto': 'https',
  };
  assert.equal(await outcome(behind.port, upgrade(proxied)), 'accepted');
  assert.equal(
    await outcome(behind.port, upgrade({ ...proxied, 'X-Forwarded-Proto': 'http' })),
    'ORIGIN_HOST_MISMATCH',
  );
});

test('authorize: at once or later, with a context that the handlers see typed', async () => {
  await using server = await serve<{ user: string }>({
    authorize: async (request) => {
      if (request.query.get('later') !== null) await pause(20);
      const user = request.query.get('user');
      return user === null ? refuse('AUTH_REQUIRED') : { user };
    },
    onmessage: (connection) => void connection.send(connection.context.user),
  });
  for (const query of ['user=ada', 'later&user=bob']) {
    using connection = await opened(server.port, upgradeTo(`/?${query}`));
    connection.send(frame(Op.text, 'who'));
    await connection.until(query.split('=')[1]!);
  }
  for (const query of ['', 'later']) {
    const answer = await ask(server.port, upgradeTo(`/?${query}`));
    assert.deepEqual([answer.status, answer.fields.get('www-authenticate')], [401, 'Bearer']);
  }
});

test('authorize without waiting: context, refusal, nothing', async () => {
  await using server = await serve<number | undefined>({
    routes: {
      '/context': {
        authorize: () => 7,
        onmessage: (connection) => void connection.send(String(connection.context)),
      },
      '/refusal': { authorize: () => refuse() },
      '/nothing': { authorize: () => {} },
    },
  });
  using connection = await opened(server.port, upgradeTo('/context'));
  assert.equal(await echoOf(connection, 'x'), '7');
  assert.equal(await outcome(server.port, upgradeTo('/refusal')), 'AUTH_FORBIDDEN');
  assert.equal(await outcome(server.port, upgradeTo('/nothing')), 'accepted');
});

test('refuse: status, headers and detail of the application, its own fields kept', async () => {
  await using server = await serve({
    authorize: () =>
      refuse('AUTH_TOKEN_INVALID', {
        status: 403,
        headers: {
          'WWW-Authenticate': 'Bearer realm="x"',
          'Retry-After': '9',
          Connection: 'keep-alive',
          'Content-Length': '0',
        },
        detail: 'the ticket was used <b>twice</b>\r\n\u202e',
      }),
  });
  const answer = await ask(server.port);
  assert.equal(answer.status, 403);
  assert.equal(answer.fields.get('www-authenticate'), 'Bearer realm="x"');
  assert.equal(answer.fields.get('retry-after'), '9');
  assert.equal(
    answer.fields.get('connection'),
    'close',
    'how the connection ends is not for the application to say',
  );
  const problem = JSON.parse(answer.body);
  assert.deepEqual([problem.status, problem.code], [403, 'AUTH_TOKEN_INVALID']);
  assert.equal(problem.seen, 'the ticket was used <b>twice</b>\\r\\n\\u{202e}');
});

test('refuse: misuse throws where it is written', () => {
  assert.throws(() => refuse('NOT_A_CODE' as 'AUTH_REQUIRED'), /"NOT_A_CODE" is no code/);
  assert.throws(() => refuse('constructor' as 'AUTH_REQUIRED'), /is no code/);
  for (const status of [200, 101, 399, 600, 403.5, NaN])
    assert.throws(() => refuse('AUTH_REQUIRED', { status }), /400 to 599/);
  assert.throws(() => refuse('AUTH_REQUIRED', { headers: { 'a b': 'c' } }), /may not be sent/);
  assert.throws(() => refuse('AUTH_REQUIRED', { headers: { a: 'b\nc' } }), /may not be sent/);
});

test('early frames while authorize is slow are delivered in order afterwards', async () => {
  const got: string[] = [];
  await using server = await serve({
    authorize: () => pause(80),
    onmessage: (_connection, message) => void got.push(String(message)),
  });
  using connection = await raw(server.port);
  connection.send(upgrade());
  for (let at = 0; at < 20; at += 1) connection.send(frame(Op.text, `early ${at}`));
  await connection.until('\r\n\r\n');
  connection.send(frame(Op.text, 'late')).send(frame(Op.ping, 'through'));
  await connection.until('through');
  assert.deepEqual(got, [...Array.from({ length: 20 }, (_, at) => `early ${at}`), 'late']);
});

test('detail: false tells code and title only, in JSON and in text', async () => {
  await using server = await serve({
    detail: false,
    authorize: () => refuse('AUTH_REQUIRED', { detail: 'a secret' }),
  });
  const json = await ask(server.port);
  assert.deepEqual(Object.keys(JSON.parse(json.body)), ['type', 'title', 'status', 'code']);
  const text = await ask(server.port, upgrade({ Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }));
  assert.equal(text.fields.get('content-type'), 'text/plain; charset=utf-8');
  assert.equal(
    text.body,
    'This is a WebSocket endpoint: the server wants to know who connects (AUTH_REQUIRED).\n',
  );
  const broken = await ask(server.port, 'GET / HTTP/1.1\r\n folded\r\n\r\n');
  assert.deepEqual(Object.keys(JSON.parse(broken.body)), ['type', 'title', 'status', 'code']);
});

test('a refusal shows no cookie, authorization or query', async () => {
  await using server = await serve({ path: '/ws' });
  const secrets = {
    Cookie: 's=SECRET',
    Authorization: 'Bearer SECRET',
    'Sec-WebSocket-Protocol': 'a b SECRET',
  };
  for (const target of [
    '/ws?ticket=SECRET',
    '/none?ticket=SECRET',
    'http://other.example/?ticket=SECRET',
    '/ws?ticket=SECRET#x',
  ]) {
    const answer = await ask(server.port, upgradeTo(target, secrets));
    assert.ok(answer.status >= 400);
    assert.doesNotMatch(answer.body, /SECRET/, target);
  }
});

test('the channels tell every handshake, opening, end and fault', async () => {
  const events: [string, unknown][] = [];
  const channels = {
    handshakes: trace.handshakes,
    opened: trace.opened,
    closed: trace.closed,
    faults: trace.faults,
  };
  const listeners = Object.entries(channels).map(([name, channel]) => {
    const listener = (event: unknown) => void events.push([name, event]);
    channel.subscribe(listener);
    return () => channel.unsubscribe(listener);
  });
  const server = await serve({
    routes: {
      '/ws': { subprotocols: ['chat'] },
      '/thrower': {
        authorize: () => {
          throw new Error('ours');
        },
      },
    },
  });
  using connection = await opened(
    server.port,
    upgradeTo('/ws?t=1', { 'Sec-WebSocket-Protocol': 'chat', Origin: 'http://example.com' }),
  );
  await ask(server.port, upgradeTo('/ws', { Origin: 'https://evil.example' }));
  await ask(server.port, upgradeTo('/thrower'));
  await ask(server.port, 'NONSENSE\r\n');
  connection.send(frame(Op.close, Buffer.of(3, 232)));
  await connection.ending();
  await server.close();
  for (const stop of listeners) stop();
  const handshakes = events
    .filter(([name]) => name === 'handshakes')
    .map(([, event]) => event as trace.HandshakeTrace);
  assert.deepEqual(
    handshakes.map(({ outcome, status, method, target, origin, subprotocol, rejection, address }) => [
      outcome,
      status,
      method,
      target,
      origin,
      subprotocol,
      rejection?.reason.code,
      address,
    ]),
    [
      ['accepted', 101, 'GET', '/ws?t=1', 'http://example.com', 'chat', undefined, '127.0.0.1'],
      ['refused', 403, 'GET', '/ws', 'https://evil.example', '', 'ORIGIN_REJECTED', '127.0.0.1'],
      ['refused', 500, 'GET', '/thrower', undefined, '', 'ROUTE_SERVER_ERROR', '127.0.0.1'],
      ['garbled', 400, '', '', undefined, '', 'REQ_SYNTAX', '127.0.0.1'],
    ],
  );
  assert.equal(new Set(handshakes.map(({ id }) => id)).size, 4);
  assert.ok(handshakes.every(({ tookMs }) => tookMs >= 0 && tookMs < 2000));
  const [, open] = events.find(([name]) => name === 'opened')!;
  const [, end] = events.find(([name]) => name === 'closed')!;
  assert.equal((open as trace.ConnectionTrace).role, 'server');
  assert.equal((open as trace.ConnectionTrace).connection, (end as trace.ConnectionTrace).connection);
  assert.equal((end as trace.ConnectionTrace).record?.code, 1000);
  const faults = events.filter(([name]) => name === 'faults').map(([, event]) => event as trace.FaultTrace);
  assert.deepEqual(
    faults.map(({ what, error }) => [what, (error as Error).message]),
    [['a handshake hook threw', 'ours']],
  );
});

test('what nobody hears becomes a warning of the process, with its stack', async () => {
  const warnings: Error[] = [];
  const listener = (warning: Error) => void warnings.push(warning);
  process.on('warning', listener);
  await using server = createServer({
    port: 0,
    onconnection: () => {
      throw new Error('of the handler');
    },
  });
  await server.ready;
  using connection = await raw(server.port);
  connection.send(upgrade());
  await connection.until('internal error');
  assert.equal(readAnswer(connection.received).status, 101);
  await pause(10);
  process.off('warning', listener);
  assert.deepEqual(
    warnings.map(({ name, message }) => [name, message]),
    [['HandfastFault', 'the handler of a connection threw']],
  );
});

test('a handler whose connection ends under an awaited send has not failed', async () => {
  const seen: unknown[] = [];
  const hear = (fault: unknown) => void seen.push(fault);
  trace.faults.subscribe(hear);
  let ended: unknown;
  await using server = createServer({
    port: 0,
    limits: { highWaterBytes: 1 },
    async onconnection(connection) {
      try {
        for (;;) await connection.send(Buffer.alloc(65_536));
      } catch (error) {
        ended = error;
        throw error;
      }
    },
  });
  await server.ready;
  using connection = await raw(server.port);
  connection.send(upgrade());
  await connection.until('\r\n\r\n');
  connection.reset();
  for (let tries = 0; ended === undefined && tries < 100; tries += 1) await pause(20);
  trace.faults.unsubscribe(hear);
  assert.match(String((ended as { code?: string }).code), /^WS_CLOSE_/);
  assert.deepEqual(seen, []);
});

test('a signal that is first asked for after the peer has left is aborted already', async () => {
  let left!: () => void;
  const gone = new Promise<void>((resolve) => {
    left = resolve;
  });
  let signal: AbortSignal | undefined;
  await using server = createServer({
    port: 0,
    async authorize(_request, options) {
      await gone;
      signal = options.signal;
    },
  });
  await server.ready;
  const connection = await raw(server.port);
  connection.send(upgrade());
  await pause(50);
  connection.reset();
  await pause(50);
  left();
  await pause(20);
  assert.equal(signal?.aborted, true);
  assert.match(String(signal?.reason), /left/);
});

test('what authorize and onconnection return is awaited when it is only like a promise', async () => {
  const like = <Value>(value: Value, error?: Error) =>
    ({
      // biome-ignore lint/suspicious/noThenProperty: the point of this test
      then: (resolve: (value: Value) => void, reject: (error: Error) => void) =>
        error === undefined ? resolve(value) : reject(error),
    }) as unknown as Promise<Value>;
  const heard: unknown[] = [];
  const hear = (fault: unknown) => void heard.push((fault as { error: Error }).error.message);
  trace.faults.subscribe(hear);
  await using server = createServer<{ name: string }>({
    port: 0,
    authorize: () => like({ name: 'Ada' }),
    onconnection: (connection) => {
      void connection.send(connection.context.name);
      return like(undefined, new Error('later')) as Promise<void>;
    },
  });
  await server.ready;
  using connection = await raw(server.port);
  connection.send(upgrade());
  await connection.until('internal error');
  trace.faults.unsubscribe(hear);
  assert.equal(readAnswer(connection.received).status, 101);
  assert.ok(connection.received.includes('Ada'));
  assert.deepEqual(heard, ['later']);
});
