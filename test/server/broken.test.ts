// A handshake that lost Upgrade or Connection on its way is recognised wherever it arrives, and answered as one: on a port of our own, as
// the first request and as a later one, attached to a server of somebody else's, over HTTP/2, behind real proxies. Other requests are the
// application's, as before. RFC 9110 §7.6.1.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import {
  createServer as createHttp,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import { join } from 'node:path';
import { afterEach, describe, test } from 'node:test';
import { fastify } from 'fastify';
import { connect } from '../../src/client/connect.js';
import type { HandshakeError } from '../../src/errors.js';
import { createServer, type ServerOptions } from '../../src/server/server.js';
import { type HandshakeTrace, handshakes } from '../../src/trace.js';
import { readAnswer, upgradeTo } from '../hostile/bytes.js';
import { startProxy } from '../interop/peers/proxy.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';
import { portOf, raw } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { squid } from '../transport/squid.js';
import { FREE, serve } from './peer.js';

const open: (() => Promise<unknown>)[] = [];
const asked: string[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
  asked.length = 0;
});

/** The application: notes what it was asked, and answers. */
const page: RequestListener = (request, response) => {
  asked.push(request.url!);
  request.resume().once('end', () => response.end('page;'));
};
/** It has no types of its own. */
interface Express extends RequestListener {
  use(handler: (request: IncomingMessage, response: ServerResponse, next: () => void) => void): void;
}
const { default: express } = (await import('express' as string)) as { default: () => Express };

const onmessage = (connection: { send(message: string | Buffer): Promise<void> }, message: string | Buffer) =>
  void connection.send(message);

async function attach(server: HttpServer, options: Partial<ServerOptions> = {}): Promise<void> {
  const ours = createServer({ server, path: '/ws', onmessage, limits: FREE, ...options });
  open.push(() => ours.close());
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    open.push(async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    });
  }
  await ours.ready;
}

interface Place {
  readonly port: number;
  readonly ca?: string;
}

const places: Record<string, () => Promise<Place>> = {
  'a port of our own': async () => {
    const server = await serve({ path: '/ws', http: page });
    open.push(() => server.close());
    return { port: server.port };
  },
  'attached to node:http': async () => {
    const http = createHttp(page);
    await attach(http);
    return { port: portOf(http) };
  },
  'attached to node:https': async () => {
    const { key, cert, ca } = certificate();
    const https = createHttps({ key, cert }, page);
    await attach(https as unknown as HttpServer);
    return { port: portOf(https), ca };
  },
  'attached before there is a listener': async () => {
    const http = createHttp();
    await attach(http);
    http.prependListener('request', page);
    return { port: portOf(http) };
  },
  'attached to Express': async () => {
    const app = express();
    app.use((request, _response, next) => {
      asked.push(request.url!);
      next();
    });
    app.use((request, response) => void request.resume().once('end', () => response.end('page;')));
    const http = createHttp(app);
    await attach(http);
    return { port: portOf(http) };
  },
  'attached to Fastify': async () => {
    const app = fastify();
    app.addHook('onRequest', async (request) => void asked.push(request.url));
    app.all('/*', async (request) => `page; ${request.body ?? ''}`);
    await app.listen({ port: 0, host: '127.0.0.1' });
    await attach(app.server);
    open.push(() => app.close());
    return { port: portOf(app.server) };
  },
};

const STRIPPED = { Upgrade: null, Connection: 'close' };
const LOST = { Connection: 'close' };
const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;

for (const [name, begin] of Object.entries(places)) {
  describe(name, () => {
    /** Status and code of the answer to these bytes, behind as many answers of the application as come first. */
    async function answer({ port, ca }: Place, bytes: string, first = ''): Promise<[number, string, string]> {
      using connection = await raw(port, { ...(ca && { ca }) });
      if (first !== '') {
        await connection.send(first).until('page;');
        connection.take();
      }
      const { received, end } = await connection.send(bytes).ending(3000);
      const { status, body, rest } = readAnswer(received);
      assert.equal(rest.length, 0);
      return [status, JSON.parse(body).code, end];
    }

    for (const [what, changes, code] of [
      ['Upgrade', STRIPPED, 'PROXY_UPGRADE_STRIPPED'],
      ['Connection', LOST, 'PROXY_CONNECTION_LOST'],
      [
        'both, over a Connection that lives',
        { Upgrade: null, Connection: 'keep-alive' },
        'PROXY_UPGRADE_STRIPPED',
      ],
    ] as const) {
      test(`a first request that lost ${what}`, async () => {
        assert.deepEqual(await answer(await begin(), upgradeTo('/ws', changes)), [426, code, 'fin']);
        assert.deepEqual(asked, []);
      });

      test(`a later request that lost ${what}`, async () => {
        const place = await begin();
        assert.deepEqual(await answer(place, upgradeTo('/ws?a=b', changes), get('/page')), [
          426,
          code,
          'fin',
        ]);
        assert.deepEqual(asked, ['/page']);
      });
    }

    test('HTTP/1.0, as nginx speaks it to its backend by default', async () => {
      const place = await begin();
      const bytes = upgradeTo('/ws', STRIPPED).replace('HTTP/1.1', 'HTTP/1.0');
      assert.deepEqual(await answer(place, bytes), [426, 'PROXY_UPGRADE_STRIPPED', 'fin']);
      assert.deepEqual(asked, []);
    });

    test('a whole URL as the target', async () => {
      const place = await begin();
      const bytes = upgradeTo('http://example.com/ws', STRIPPED);
      assert.deepEqual(await answer(place, bytes), [426, 'PROXY_UPGRADE_STRIPPED', 'fin']);
    });

    test('what comes behind it on the same connection is read as nothing', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      const stripped = upgradeTo('/ws', { Upgrade: null });
      connection.send(get('/before') + stripped + get('/behind') + upgradeTo('/ws'));
      const { text, end } = await connection.ending(3000);
      assert.deepEqual([text.match(/HTTP\/1\.1 \d+/g), end], [['HTTP/1.1 200', 'HTTP/1.1 426'], 'fin']);
      assert.deepEqual(asked, ['/before']);
    });

    test('on a path without a WebSocket it is the application’s', async () => {
      const { port, ca } = await begin();
      for (const changes of [STRIPPED, LOST]) {
        using connection = await raw(port, { ...(ca && { ca }) });
        const { text } = await connection.send(upgradeTo('/other', changes)).ending(3000);
        assert.match(text, /^HTTP\/1\.1 200 [\s\S]*page;/);
      }
      assert.deepEqual(asked, ['/other', '/other']);
    });

    test('ordinary requests on the path of the WebSocket, and with a body, are the application’s', async () => {
      const { port, ca } = await begin();
      using connection = await raw(port, { ...(ca && { ca }) });
      await connection.send(get('/ws')).until('page;');
      connection.take();
      const head =
        'POST /form HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nConnection: close\r\n\r\n';
      const { text } = await connection.send(`${head}hello`).ending(3000);
      assert.match(text, /page;/);
      assert.deepEqual(asked, ['/ws', '/form']);
    });

    test('a whole handshake opens', async () => {
      const { port, ca } = await begin();
      const scheme = ca === undefined ? 'ws' : 'wss';
      const connection = await connect(`${scheme}://localhost:${port}/ws`, { ...(ca && { tls: { ca } }) });
      await connection.close();
    });

    test('it is traced', async () => {
      const place = await begin();
      const seen: HandshakeTrace[] = [];
      const listen = (event: unknown) => void seen.push(event as HandshakeTrace);
      handshakes.subscribe(listen);
      await answer(place, upgradeTo('/ws', STRIPPED));
      handshakes.unsubscribe(listen);
      const told = seen.map(({ outcome, status, target, address, rejection }) => [
        outcome,
        status,
        target,
        address,
        rejection?.reason.code,
      ]);
      assert.deepEqual(told, [['broken', 426, '/ws', '127.0.0.1', 'PROXY_UPGRADE_STRIPPED']]);
    });
  });
}

test('an application over HTTP/2 gets what is none of ours', async () => {
  const { connect: connectHttp2 } = await import('node:http2');
  await using server = await serve({ path: '/ws', http: page, http2: true });
  const session = connectHttp2(`http://127.0.0.1:${server.port}`);
  const ask = async (path: string): Promise<[number, string]> => {
    const stream = session
      .request({ ':path': path, 'sec-websocket-key': 'x', 'sec-websocket-version': '13' })
      .end();
    const [headers] = await once(stream, 'response');
    let body = '';
    for await (const chunk of stream.setEncoding('utf8')) body += chunk;
    return [headers[':status'], body];
  };
  const [status, body] = await ask('/ws?a=b');
  assert.deepEqual([status, JSON.parse(body).code], [400, 'PROXY_UPGRADE_STRIPPED']);
  assert.deepEqual(await ask('/other'), [200, 'page;']);
  assert.deepEqual(asked, ['/other']);
  session.close();
});

test('a server that is attached and closed leaves nothing in front of the application', async () => {
  const http = createHttp(page);
  const before = http.emit;
  const one = createServer({ server: http, path: '/one' });
  const two = createServer({ server: http, path: '/two' });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  open.push(async () => {
    http.close();
    await once(http, 'close');
  });
  const code = async (path: string) => {
    using connection = await raw(portOf(http));
    const { received, text } = await connection.send(upgradeTo(path, STRIPPED)).ending(3000);
    return text.includes('page;') ? 'page' : JSON.parse(readAnswer(received).body).code;
  };
  assert.deepEqual(
    [await code('/one'), await code('/two')],
    ['PROXY_UPGRADE_STRIPPED', 'PROXY_UPGRADE_STRIPPED'],
  );
  // Not in the order in which they came.
  await one.close();
  assert.deepEqual([await code('/one'), await code('/two')], ['page', 'PROXY_UPGRADE_STRIPPED']);
  await two.close();
  assert.deepEqual([await code('/one'), await code('/two')], ['page', 'page']);
  assert.ok(http.emit === before && !Object.hasOwn(http, 'emit'));
});

test('who came in front of the server meanwhile stays, and so does all that comes later', async () => {
  const http = createHttp(page);
  const one = createServer({ server: http, path: '/one' });
  const emit = http.emit;
  const seen: unknown[] = [];
  http.emit = function (this: HttpServer, ...values: Parameters<typeof emit>) {
    seen.push(values[0]);
    return emit.apply(this, values);
  } as typeof emit;
  const wrapped = http.emit;
  await one.close();
  assert.equal(http.emit, wrapped);
  await attach(http, { path: '/two' });
  assert.equal(http.emit, wrapped, 'nothing is put in front a second time');
  using connection = await raw(portOf(http));
  const { received } = await connection.send(upgradeTo('/two', STRIPPED)).ending(3000);
  assert.equal(JSON.parse(readAnswer(received).body).code, 'PROXY_UPGRADE_STRIPPED');
  assert.ok(seen.includes('request'));
});

describe('it counts against the rate of its address', () => {
  const limits = { ...FREE, maxHandshakesPerSecond: 2 };
  const outcomes = async (port: number, first: string) => {
    const seen: unknown[] = [];
    for (let count = 0; count < 3; count += 1) {
      using connection = await raw(port);
      if (first !== '') await connection.send(first).until('page;');
      connection.take();
      const { received } = await connection.send(upgradeTo('/ws', STRIPPED)).ending(3000);
      const { status, body, fields } = readAnswer(received);
      seen.push([status, JSON.parse(body).code, fields.get('retry-after')]);
    }
    return seen;
  };
  const stripped = [426, 'PROXY_UPGRADE_STRIPPED', undefined];
  const wanted = [stripped, stripped, [429, 'ROUTE_RATE_LIMIT', '1']];

  test('attached to node:http', async () => {
    const http = createHttp(page);
    await attach(http, { limits });
    assert.deepEqual(await outcomes(portOf(http), ''), wanted);
    assert.deepEqual(asked, []);
  });

  test('on a port of our own, behind a request of the application', async () => {
    const server = await serve({ path: '/ws', http: page, limits });
    open.push(() => server.close());
    assert.deepEqual(await outcomes(server.port, get('/other')), wanted);
    assert.deepEqual(asked, ['/other', '/other', '/other']);
  });
});

describe('behind nginx', { skip: need('nginx').skip }, () => {
  const start = (upstream: number, lines: string) =>
    startProxy((folder, port) => {
      const file = join(folder, 'nginx.conf');
      writeFileSync(
        file,
        `daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${upstream}; ${lines} } }
}`,
      );
      const args = ['-p', folder, '-e', join(folder, 'error.log'), '-c', file];
      return new Child(need('nginx').path, args, { cwd: folder });
    });
  const rows: [what: string, lines: string, code: string][] = [
    ['as it comes, in HTTP/1.0', '', 'WS_PROXY_UPGRADE_STRIPPED'],
    ['HTTP/1.1 alone', 'proxy_http_version 1.1;', 'WS_PROXY_UPGRADE_STRIPPED'],
    ['Upgrade alone', 'proxy_set_header Upgrade $http_upgrade;', 'WS_PROXY_CONNECTION_LOST'],
    [
      'Upgrade without Connection',
      'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;',
      'WS_PROXY_CONNECTION_LOST',
    ],
    [
      'Connection without Upgrade',
      'proxy_http_version 1.1; proxy_set_header Connection "upgrade";',
      'WS_PROXY_UPGRADE_STRIPPED',
    ],
  ];
  for (const [what, lines, code] of rows) {
    for (const place of ['a port of our own', 'attached to Express', 'attached to Fastify']) {
      test(`${what}: ${place}`, async () => {
        const { port } = await places[place]!();
        await using proxy = await start(port, lines);
        const error: HandshakeError = await connect(`ws://127.0.0.1:${proxy.port}/ws`).then(
          () => assert.fail('it opened'),
          (refused) => refused,
        );
        assert.equal(error.code, code);
        assert.deepEqual(asked, []);
      });
    }
  }
});

test('through Squid as a plain request', { skip: need('squid').skip }, async () => {
  await using proxy = await squid();
  const { port } = await places['attached to node:http']!();
  using connection = await raw(proxy.port);
  connection.send(upgradeTo(`http://127.0.0.1:${port}/ws`, { Host: `127.0.0.1:${port}` }));
  const text = (await connection.until('PROXY_UPGRADE_STRIPPED')).toString('latin1');
  assert.match(text, /^HTTP\/1\.1 426 /);
  assert.match(text, /^Via: .*squid/m);
});
