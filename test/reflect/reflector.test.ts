// A server with a mirror: who carries the token is told its own request, on whatever path and in whatever state it arrives, and nobody
// else sees a difference.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { describe, test } from 'node:test';
import { REFLECT_FIELD, type Reflection, readReflection } from '../../src/forensics/reflection.js';
import { createServer, type ServerOptions } from '../../src/index.js';
import { type ReflectOptions, reflect } from '../../src/reflect/index.js';
import { type FaultTrace, faults, type HandshakeTrace, handshakes } from '../../src/trace.js';
import {
  type Answer,
  closeFrame,
  frame,
  Op,
  readAnswer,
  readClose,
  readFrames,
  upgrade,
} from '../hostile/bytes.js';
import { ask, FREE, serve } from '../server/peer.js';
import { portOf, type RawConnection, type RawOptions, raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { ask as askHttp2, connecting, session, Visitor } from '../transport/http2-visitor.js';

const token = 'correct-horse-battery';
const TOKEN = { [REFLECT_FIELD]: token };

function mirrored(options: Partial<ServerOptions> = {}, mirror: Partial<ReflectOptions> = {}) {
  return serve({ reflect: reflect({ token, ...mirror }), path: '/ws', ...options });
}

interface Visit extends Disposable {
  readonly connection: RawConnection;
  readonly answer: Answer;
  readonly reflection: Reflection;
}

/** Opens a connection and waits for its first message, which came at once. */
async function visit(port: number, head: string = upgrade(TOKEN), options: RawOptions = {}): Promise<Visit> {
  const connection = await raw(port, options);
  // The JSON ends the frame, and has no other braces.
  const answer = readAnswer(await connection.send(head).until('}'));
  connection.take();
  assert.equal(answer.status, 101, answer.body);
  const frames = readFrames(answer.rest);
  assert.deepEqual(
    frames.map(({ opcode }) => opcode),
    [Op.text],
  );
  const reflection = readReflection(String(frames[0]!.payload));
  assert.ok(reflection);
  return { connection, answer, reflection, [Symbol.dispose]: () => connection[Symbol.dispose]() };
}

async function told(port: number, head?: string, options?: RawOptions): Promise<Reflection> {
  using visited = await visit(port, head, options);
  return visited.reflection;
}

function reflectedIn({ body }: Answer): Reflection | undefined {
  return readReflection(body);
}

describe('a request with the token', () => {
  test('is told back as it came, in the first message, and nothing after it', async () => {
    await using server = await mirrored();
    const head = upgrade(
      { ...TOKEN, hOST: 'other.example', Host: null, 'X-forwarded-FOR': '192.0.2.1' },
      'GET /any/path?x=1 HTTP/1.1',
    );
    using visited = await visit(server.port, head);
    const { connection, reflection } = visited;
    assert.deepEqual(
      [reflection.method, reflection.target, reflection.version],
      ['GET', '/any/path?x=1', '1.1'],
    );
    assert.deepEqual(
      reflection.fields.map(([name]) => name),
      ['Upgrade', 'Connection', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'hOST', 'X-forwarded-FOR'],
    );
    assert.equal(reflection.peer, `127.0.0.1:${connection.socket.localPort}`);
    assert.equal(reflection.tls, false);
    assert.ok(Math.abs(Date.parse(reflection.time) - Date.now()) < 60_000);
    connection.send(frame(Op.text, 'hello')).send(frame(Op.ping, 'p')).send(closeFrame(1000));
    const { received } = await connection.ending();
    assert.deepEqual(
      readFrames(received).map(({ opcode }) => opcode),
      [Op.pong, Op.close],
    );
  });

  test('needs no route, no origin and nobody who lets it in', async () => {
    await using server = await mirrored({
      hosts: ['app.example'],
      authorize: () => assert.fail('the application was asked'),
      onconnection: () => assert.fail('the application was given a connection'),
    });
    const reflection = await told(server.port, upgrade({ ...TOKEN, Origin: 'https://evil.example' }));
    assert.deepEqual(reflection.fields.at(-1), ['Origin', 'https://evil.example']);
    assert.equal(server.connections.size, 0);
  });

  test('is answered with the subprotocol that it asks for first, but for a credential', async () => {
    await using server = await mirrored();
    for (const [offered, chosen] of [
      ['chat.v2, chat.v1', 'chat.v2'],
      ['base64url.bearer.authorization.k8s.io.0123456789abcdef, chat.v1', 'chat.v1'],
    ]) {
      using visited = await visit(server.port, upgrade({ ...TOKEN, 'Sec-WebSocket-Protocol': offered! }));
      const { fields } = visited.answer;
      assert.equal(fields.get('sec-websocket-protocol'), chosen);
      assert.equal(fields.get('sec-websocket-extensions'), undefined);
    }
  });

  test('tells no secret, and never the token', async () => {
    await using server = await mirrored();
    const secrets = { Cookie: 'sid=s3cr3t', Authorization: 'Bearer s3cr3t' };
    using visited = await visit(
      server.port,
      upgrade({ ...TOKEN, ...secrets }, 'GET /ws?token=s3cr3t HTTP/1.1'),
    );
    assert.doesNotMatch(String(visited.answer.rest), /s3cr3t|correct-horse/);
    const { body } = await ask(server.port, upgrade({ ...TOKEN, ...secrets, Upgrade: null }));
    assert.doesNotMatch(body, /s3cr3t|correct-horse/);
  });

  const damaged: [name: string, head: string, code: string][] = [
    ['Upgrade lost', upgrade({ ...TOKEN, Upgrade: null, Connection: 'close' }), 'PROXY_UPGRADE_STRIPPED'],
    ['Connection lost', upgrade({ ...TOKEN, Connection: 'close' }), 'PROXY_CONNECTION_LOST'],
    ['HTTP/1.0', upgrade(TOKEN, 'GET /ws HTTP/1.0'), 'REQ_HTTP_VERSION'],
    ['the key lost', upgrade({ ...TOKEN, 'Sec-WebSocket-Key': null }), 'REQ_KEY_MISSING'],
    ['the version lost', upgrade({ ...TOKEN, 'Sec-WebSocket-Version': null }), 'REQ_VERSION'],
    ['a page of it', upgrade({ ...TOKEN, Upgrade: null, Accept: 'text/html' }), 'PROXY_UPGRADE_STRIPPED'],
    [
      'all of it lost',
      upgrade({
        ...TOKEN,
        Upgrade: null,
        Connection: null,
        'Sec-WebSocket-Key': null,
        'Sec-WebSocket-Version': null,
      }),
      'REQ_UPGRADE',
    ],
  ];
  for (const [name, head, code] of damaged) {
    test(`${name}: is refused with ${code}, and told in the body`, async () => {
      const listeners = { http: () => assert.fail('the application got the request') };
      for (const options of [{}, { detail: false }, listeners]) {
        await using server = await mirrored(options);
        const answer = await ask(server.port, head);
        assert.equal(answer.fields.get('content-type'), 'application/problem+json');
        assert.equal(JSON.parse(answer.body).code, code);
        const [, ...lines] = head.trimEnd().split('\r\n');
        const sent = lines.filter((line) => !line.startsWith(REFLECT_FIELD));
        assert.deepEqual(
          reflectedIn(answer)!.fields.map((line) => line.join(': ')),
          sent,
        );
      }
    });
  }

  test('is told over TLS, and over HTTP/2', async () => {
    const { key, cert, ca } = certificate();
    await using server = await mirrored({ tls: { key, cert }, http2: true });
    const overTls = await told(server.port, upgrade(TOKEN), { ca });
    assert.deepEqual([overTls.tls, overTls.carrier], [true, 'h1']);
    const over = await session(server.port);
    const field = { 'handfast-reflect': token };
    const [frameOfIt] = await (await Visitor.open(over, '/any', field)).until(1);
    const reflection = readReflection(String(frameOfIt!.payload))!;
    assert.deepEqual(
      [reflection.tls, reflection.carrier, reflection.method, reflection.protocol, reflection.target],
      [true, 'h2', 'CONNECT', 'websocket', '/any'],
    );
    assert.match(reflection.peer, /^(?:127\.0\.0\.1|\[::1\]):\d+$/);
    const refused = await askHttp2(over, { ':path': '/any', 'sec-websocket-version': '13', ...field });
    assert.equal(readReflection(refused.body)!.protocol, undefined);
    assert.equal((await askHttp2(over, connecting('/any'))).status, 404);
    over.destroy();
  });

  test('is told where node:http has read it: the second on its connection', async () => {
    await using server = await mirrored({ http: (_request, response) => response.end('page') });
    for (const [head, code] of [damaged[0]!, damaged[5]!].map(
      ([, lost, lostCode]) => [lost, lostCode] as const,
    )) {
      using connection = await raw(server.port);
      await connection.send('GET / HTTP/1.1\r\nHost: x\r\n\r\n').until('page');
      connection.take();
      connection.send(head);
      const { received } = await connection.ending();
      const body = received.toString('latin1').split('\r\n\r\n')[1]!;
      assert.equal(JSON.parse(body).code, code);
      assert.equal(readReflection(body)!.method, 'GET');
    }
  });

  test('is told on the paths of ours where it is attached to a server of node:http, and nowhere else', async () => {
    const http = createHttp((_request, response) => response.end('theirs'));
    http.on('upgrade', (request, socket) => {
      if (request.url !== '/ws') socket.end('HTTP/1.1 418 Theirs\r\nContent-Length: 0\r\n\r\n');
    });
    http.listen(0, '127.0.0.1');
    await once(http, 'listening');
    const ours = createServer({ server: http, path: '/ws', reflect: reflect({ token }), limits: FREE });
    await ours.ready;
    const port = portOf(http);
    assert.equal((await told(port)).target, '/ws');
    assert.equal((await ask(port, upgrade(TOKEN, 'GET /elsewhere HTTP/1.1'))).status, 418);
    await ours.close();
    http.close();
    http.closeAllConnections();
  });
});

describe('without the token', () => {
  const others: [name: string, fields: Record<string, string | null>][] = [
    ['none', {}],
    ['another', { [REFLECT_FIELD]: 'correct-horse-batterz' }],
    ['a part of it', { [REFLECT_FIELD]: token.slice(0, -1) }],
    ['in other letters', { [REFLECT_FIELD]: token.toUpperCase() }],
    ['an empty one', { [REFLECT_FIELD]: '' }],
    ['the token in the URL', { 'X-Nothing': token }],
  ];
  for (const [name, fields] of others) {
    test(`${name}: the same octets as from a server without a mirror`, async () => {
      await using plain = await serve({ path: '/ws', authorize: () => {} });
      await using server = await mirrored();
      const changes = [{}, { Upgrade: null }, { Connection: 'close' }, { Origin: 'https://evil.example' }];
      for (const change of changes) {
        for (const line of [
          'GET /ws HTTP/1.1',
          `GET /.handfast/reflect?token=${token} HTTP/1.1`,
          'GET /ws HTTP/1.0',
        ]) {
          const head = upgrade({ ...fields, ...change }, line);
          const [wanted, got] = [await ask(plain.port, head), await ask(server.port, head)];
          const dated = (answer: Answer) => ({
            ...answer,
            fields: [...answer.fields].filter(([field]) => field !== 'date'),
          });
          assert.deepEqual(dated(got), dated(wanted));
        }
      }
    });
  }
});

describe('the limits', () => {
  test('one connection too many is refused with 503, which tells as well', async () => {
    await using server = await mirrored({}, { maxConnections: 1 });
    using first = await visit(server.port);
    const answer = await ask(server.port, upgrade(TOKEN));
    assert.equal(answer.status, 503);
    assert.equal(reflectedIn(answer)!.target, '/ws');
    await first.connection.send(closeFrame(1000)).ending();
    await told(server.port);
  });

  test('a connection that stays is closed when its time is over', async () => {
    await using server = await mirrored({}, { lifetimeMs: 50 });
    using connection = await raw(server.port);
    const { rest } = readAnswer(await connection.send(upgrade(TOKEN)).until('reflected'));
    assert.deepEqual(readClose(readFrames(rest)[1]), { code: 1000, reason: 'reflected' });
  });

  test('a message that is too large ends it', async () => {
    await using server = await mirrored();
    using visited = await visit(server.port);
    const { received } = await visited.connection.send(frame(Op.binary, 'x'.repeat(70_000))).ending();
    assert.equal(readClose(readFrames(received)[0])!.code, 1009);
  });

  test('a server that stops closes what the mirror has open', async () => {
    const server = await mirrored();
    using visited = await visit(server.port);
    const stopped = server.close();
    await visited.connection.until('server stops');
    visited.connection.send(closeFrame(1001));
    assert.deepEqual(await stopped.then(({ closed, terminated }) => [closed, terminated]), [1, 0]);
  });

  test('a server that drains refuses as ever', async () => {
    await using server = await mirrored();
    await server.drain();
    const answer = await ask(server.port, upgrade(TOKEN));
    assert.deepEqual([JSON.parse(answer.body).code, reflectedIn(answer)], ['ROUTE_MAINTENANCE', undefined]);
  });
});

test('each is told to onreflection, and on the channel as any handshake', async () => {
  const seen: [string, string | undefined][] = [];
  const traced: HandshakeTrace[] = [];
  const listen = (message: unknown) => traced.push(message as HandshakeTrace);
  handshakes.subscribe(listen);
  try {
    const onreflection: ReflectOptions['onreflection'] = ({ target }, rejection) => {
      seen.push([target, rejection?.reason.code]);
    };
    await using server = await mirrored({}, { onreflection });
    await told(server.port, upgrade(TOKEN, 'GET /a HTTP/1.1'));
    await ask(server.port, upgrade({ ...TOKEN, Upgrade: null }, 'GET /b HTTP/1.1'));
  } finally {
    handshakes.unsubscribe(listen);
  }
  assert.deepEqual(seen, [
    ['/a', undefined],
    ['/b', 'PROXY_UPGRADE_STRIPPED'],
  ]);
  assert.deepEqual(
    traced.map(({ status, target, rejection }) => [status, target, rejection?.reason.code]),
    [
      [101, '/a', undefined],
      [426, '/b', 'PROXY_UPGRADE_STRIPPED'],
    ],
  );
});

test('an onreflection that throws costs nobody an answer', async () => {
  const heard: unknown[] = [];
  const listen = (message: unknown) => heard.push((message as FaultTrace).what);
  faults.subscribe(listen);
  try {
    await using server = await mirrored({}, { onreflection: () => assert.fail('mine') });
    await told(server.port);
  } finally {
    faults.unsubscribe(listen);
  }
  assert.deepEqual(heard, ['onreflection threw']);
});

describe('what cannot be meant is refused by name', () => {
  const bad: [name: string, options: object, message: RegExp][] = [
    ['no token', {}, /token/],
    ['a short token', { token: 'short' }, /16 to 256/],
    ['a token with a space', { token: 'correct horse battery' }, /visible/],
    ['an unknown option', { token, lifetime: 1 }, /did you mean "lifetimeMs"/],
    ['a lifetime that is no number', { token, lifetimeMs: 'x' }, /lifetimeMs/],
  ];
  for (const [name, options, message] of bad) {
    test(name, () => assert.throws(() => reflect(options as ReflectOptions), message));
  }
  test('a mirror that is none', () => {
    assert.throws(() => createServer({ port: 0, reflect: { token } as never }), /handfast\/reflect/);
  });
});
