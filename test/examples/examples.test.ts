// Every example as written: started, talked to by clients that are not ours, stopped.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from '../cli/ws.js';
import { Child } from '../support/child.js';
import { root } from '../support/needs.js';

interface Running extends AsyncDisposable {
  readonly ws: string;
  readonly http: string;
}

const tested = new Set<string>();

/** Starts an example on a free port; it must end by itself when asked to. */
async function start(name: string): Promise<Running> {
  tested.add(name);
  const file = fileURLToPath(new URL(`examples/${name}`, root));
  const child = new Child(process.execPath, [file], { env: { PORT: '0' } });
  const line = await child.line(/listening on/);
  const { host } = new URL(line.split(' ').at(-1)!);
  return {
    ws: `ws://${host}`,
    http: `http://${host}`,
    async [Symbol.asyncDispose]() {
      assert.equal(await child.stop(), 0, `${name} did not end cleanly: ${child.stderr.join('\n')}`);
      assert.deepEqual(child.stderr, []);
    },
  };
}

async function open(url: string, options = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, [], options);
  await once(socket, 'open');
  return socket;
}

/** The first message of a connection, which may come with the handshake. */
async function firstMessage(url: string, options = {}): Promise<string> {
  const socket = new WebSocket(url, [], options);
  const [data] = await once(socket, 'message');
  socket.terminate();
  return String(data);
}

async function statusOf(url: string, options = {}): Promise<number> {
  const socket = new WebSocket(url, [], options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  return response.statusCode;
}

async function answer(socket: WebSocket, message: string): Promise<string> {
  socket.send(message);
  const [data] = await once(socket, 'message');
  return String(data);
}

describe('examples', () => {
  test('echo.js', async () => {
    await using example = await start('echo.js');
    const socket = await open(example.ws);
    assert.equal(await answer(socket, 'hello'), 'hello');
    socket.close();
  });

  test('chat.js', async () => {
    await using example = await start('chat.js');
    const [one, two, elsewhere] = await Promise.all(
      ['/room/tea', '/room/tea', '/room/milk'].map((path) => open(`${example.ws}${path}`)),
    );
    elsewhere!.on('message', () => assert.fail('heard through the wall'));
    const heard = once(two!, 'message');
    one!.send('hello');
    assert.equal(String((await heard)[0]), 'hello');
    const back = once(one!, 'message');
    two!.send('hello yourself');
    assert.equal(String((await back)[0]), 'hello yourself');
    assert.equal(await statusOf(`${example.ws}/other`), 404);
    for (const socket of [one, two, elsewhere]) socket!.close();
  });

  for (const [name, framework] of [
    ['behind-express.js', 'Express'],
    ['behind-fastify.js', 'Fastify'],
    ['behind-hono.js', 'Hono'],
  ] as const) {
    test(name, async () => {
      await using example = await start(name);
      const page = await fetch(`${example.http}/`, { headers: { connection: 'close' } });
      assert.equal(await page.text(), `Hello from ${framework}`);
      const socket = await open(`${example.ws}/ws`);
      assert.equal(await answer(socket, 'hi'), `${framework} heard: hi`);
      assert.equal(await statusOf(`${example.ws}/ws`, { origin: 'https://evil.example' }), 403);
      socket.close();
    });
  }

  test('auth-cookie.js', async () => {
    await using example = await start('auth-cookie.js');
    assert.equal(await statusOf(`${example.ws}/ws`), 401);
    assert.equal(await statusOf(`${example.ws}/ws`, { headers: { cookie: 'session=guessed' } }), 401);
    const login = await fetch(`${example.http}/login?name=Ada`, { headers: { connection: 'close' } });
    const cookie = login.headers.get('set-cookie')!.split(';')[0]!;
    assert.equal(await firstMessage(`${example.ws}/ws`, { headers: { cookie } }), 'Hello Ada');
    assert.equal(
      await statusOf(`${example.ws}/ws`, { headers: { cookie }, origin: 'https://evil.example' }),
      403,
    );
  });

  test('auth-ticket.js', async () => {
    await using example = await start('auth-ticket.js');
    const fetchTicket = async (headers: Record<string, string>) => {
      const response = await fetch(`${example.http}/ws-ticket`, {
        method: 'POST',
        headers: { connection: 'close', ...headers },
      });
      return {
        status: response.status,
        ticket: response.ok ? ((await response.json()) as { ticket: string }).ticket : '',
      };
    };
    const authorization = 'Bearer secret-of-ada';
    assert.equal((await fetchTicket({})).status, 401);
    assert.equal(await statusOf(`${example.ws}/ws`), 401);
    const { ticket } = await fetchTicket({ authorization });
    assert.equal(await firstMessage(`${example.ws}/ws?ticket=${ticket}`), 'Hello Ada');
    assert.equal(await statusOf(`${example.ws}/ws?ticket=${ticket}`), 401, 'used twice');
    const bound = await fetchTicket({ authorization, origin: example.http });
    assert.equal(await statusOf(`${example.ws}/ws?ticket=${bound.ticket}`), 401, 'another origin');
    const again = await fetchTicket({ authorization, origin: example.http });
    assert.equal(
      await firstMessage(`${example.ws}/ws?ticket=${again.ticket}`, { origin: example.http }),
      'Hello Ada',
    );
  });

  test('no example is left untested', () => {
    const files = readdirSync(new URL('examples/', root)).filter((name) => name.endsWith('.js'));
    assert.deepEqual([...tested].sort(), files.sort());
  });
});
