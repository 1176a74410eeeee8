// The command `serve`: what it prints and where, what its options do, and how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { handfast, serve } from '../e2e/harness.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { ask, session, Visitor } from '../transport/http2-visitor.js';
import { run } from './run.js';
import { WebSocket } from './ws.js';

/** A client that is not ours. */
async function open(url: string | URL, protocols: string[] = [], options = {}): Promise<WebSocket> {
  const socket = new WebSocket(url, protocols, options);
  await once(socket, 'open');
  return socket;
}

async function refusedWith(url: string | URL, protocols: string[] = [], options = {}): Promise<number> {
  const socket = new WebSocket(url, protocols, options);
  socket.on('error', () => {});
  const [, response] = await once(socket, 'unexpected-response');
  response.destroy();
  return response.statusCode;
}

async function echoed(socket: WebSocket, message: string | Buffer): Promise<string | Buffer> {
  socket.send(message);
  const [data, isBinary] = await once(socket, 'message');
  return isBinary ? data : String(data);
}

describe('serve', () => {
  test('the first line is the address, and the echo keeps the type of a message', async () => {
    await using served = await serve();
    assert.match(served.child.stdout[0]!, /^listening on ws:\/\/127\.0\.0\.1:\d+\/$/);
    const socket = await open(served.url);
    assert.equal(await echoed(socket, 'grüß'), 'grüß');
    assert.deepEqual(await echoed(socket, Buffer.from([0, 255])), Buffer.from([0, 255]));
    assert.equal(String(await echoed(socket, '')), '');
    socket.terminate();
  });

  test('one line a handshake on stderr, secrets taken out', async () => {
    await using served = await serve('--subprotocol', 'a,b');
    const socket = await open(`${served.url}x?token=s3cr3t&room=42`, ['b']);
    const good = await served.child.errorLine(/101/);
    assert.match(
      good,
      /^\d\d:\d\d:\d\d \S+ 101 GET \/x\?token=.redacted [0-9a-f]{4}.&room=42 127\.0\.0\.1 b [\d.]+ ms$/,
    );
    assert.equal(await refusedWith(served.url, [], { origin: 'https://evil.example' }), 403);
    const bad = await served.child.errorLine(/403/);
    assert.match(bad, / 403 GET \/ 127\.0\.0\.1 ORIGIN_REJECTED [\d.]+ ms$/);
    socket.terminate();
  });

  test('--json writes the same as JSON', async () => {
    await using served = await serve('--json');
    assert.equal(await refusedWith(served.url, [], { origin: 'https://evil.example' }), 403);
    const record = JSON.parse(await served.child.errorLine(/handshake/));
    assert.equal(record.event, 'handshake');
    assert.deepEqual(
      [record.status, record.code, record.origin],
      [403, 'ORIGIN_REJECTED', 'https://evil.example'],
    );
  });

  test('--compress compresses with who can, and the log tells it', async () => {
    await using served = await serve('--compress');
    const socket = await open(served.url, [], { perMessageDeflate: true });
    const agreed = 'permessage-deflate; server_no_context_takeover; client_no_context_takeover';
    assert.equal(socket.extensions, 'permessage-deflate');
    assert.match(await served.child.errorLine(/101/), new RegExp(` 127\\.0\\.0\\.1 ${agreed} [\\d.]+ ms$`));
    const text = 'again and again, '.repeat(1000);
    assert.equal(await echoed(socket, text), text);
    socket.terminate();
    const plain = await open(served.url, [], { perMessageDeflate: false });
    assert.equal(plain.extensions, '');
    assert.equal(await echoed(plain, text), text);
    plain.terminate();
  });

  test('--path, --origin and --subprotocol decide who gets in', async () => {
    await using served = await serve(
      '--path',
      '/ws',
      '--origin',
      'https://app.example',
      '--subprotocol',
      'b,a',
    );
    assert.equal(served.url.pathname, '/ws');
    const socket = await open(served.url, ['a', 'b'], { origin: 'https://app.example' });
    assert.equal(socket.protocol, 'b');
    socket.terminate();
    assert.equal(await refusedWith(new URL('/other', served.url)), 404);
  });

  test('--max-message and --max-fragments close with 1009 and 1008', async () => {
    await using served = await serve('--max-message', '1000', '--max-fragments', '3');
    const large = await open(served.url);
    large.send('x'.repeat(1001));
    assert.equal((await once(large, 'close'))[0], 1009);
    const many = await open(served.url);
    for (let count = 0; count < 4; count++) many.send('x', { fin: false });
    const [code] = await once(many, 'close');
    assert.ok(code === 1008 || code === 1009, String(code));
  });

  test('--no-limits lets one address open more than the usual number', async () => {
    await using served = await serve('--no-limits');
    const sockets = await Promise.all(Array.from({ length: 130 }, () => open(served.url)));
    assert.equal(await echoed(sockets.at(-1)!, 'here'), 'here');
    for (const socket of sockets) socket.terminate();
  });

  for (const [signal, code] of [
    ['SIGTERM', 1012],
    ['SIGINT', 1001],
  ] as const) {
    test(`${signal} closes every connection with ${code} and exits 0`, async () => {
      await using served = await serve();
      const sockets = await Promise.all([open(served.url), open(served.url), open(served.url)]);
      const closes = Promise.all(sockets.map((socket) => once(socket, 'close')));
      served.child.process.kill(signal);
      for (const [seen] of await closes) assert.equal(seen, code);
      assert.equal(await served.child.exited, 0);
      assert.match(served.child.stderr.at(-1)!, new RegExp(`${signal}: closed 3 with ${code}, cut 0`));
    });
  }

  test('a port in use is one line and exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const port = portOf(other);
    const result = await run(['serve', '--port', String(port)]);
    other.close();
    assert.equal(result.code, 1);
    assert.equal(result.stdout, '');
    assert.equal(
      result.stderr,
      `✗ Port ${port} of 127.0.0.1 is in use: stop the other program, or take another port with --port ${port + 1}.\n`,
    );
  });

  test('TLS serves wss:', { skip: need('openssl').skip }, async () => {
    const { certificate } = await import('../support/tls.js');
    const folder = mkdtempSync(join(tmpdir(), 'handfast-serve-'));
    const { cert, key } = certificate();
    writeFileSync(join(folder, 'cert.pem'), cert as string);
    writeFileSync(join(folder, 'key.pem'), key as string);
    try {
      await using served = await serve(
        '--tls-cert',
        join(folder, 'cert.pem'),
        '--tls-key',
        join(folder, 'key.pem'),
      );
      assert.equal(served.url.protocol, 'wss:');
      const socket = await open(served.url, [], { rejectUnauthorized: false });
      assert.equal(await echoed(socket, 'over tls'), 'over tls');
      socket.terminate();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('--h2 speaks HTTP/2 beside HTTP/1.1, the chat and its page included', async () => {
    const { certificate } = await import('../support/tls.js');
    const folder = mkdtempSync(join(tmpdir(), 'handfast-serve-'));
    const { cert, key } = certificate();
    const [certFile, keyFile] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
    writeFileSync(certFile, cert);
    writeFileSync(keyFile, key);
    try {
      await using served = await serve('--chat', '--h2', '--tls-cert', certFile, '--tls-key', keyFile);
      const over = await session(served.port);
      assert.match((await ask(over, { ':path': '/' })).body, /<title>/);
      const guest = await Visitor.open(over, '/room/lobby', { 'sec-websocket-protocol': 'json' });
      const [welcome] = await guest.until(1);
      const { request, response, decisions } = JSON.parse(String(welcome?.payload));
      assert.deepEqual(
        [request[0].value, request[0].mark, response[0].value, response[0].mark],
        ['CONNECT /room/lobby HTTP/2', 'good', 'HTTP/2 200', 'good'],
      );
      assert.equal(request[1].label, ':authority');
      assert.match(decisions.join(' '), /Over HTTP\/2 there is no key/);
      assert.match(
        await served.child.errorLine(/200/),
        / 200 CONNECT \/room\/lobby 127\.0\.0\.1 json [\d.]+ ms$/,
      );
      over.destroy();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('--h2 without TLS is for who knows beforehand, and says so', async () => {
    await using served = await serve('--h2', '--json');
    await served.child.errorLine(/HTTP\/2 without TLS/);
    const over = await session(served.port, { secure: false });
    await (await Visitor.open(over)).echo('prior knowledge');
    assert.equal(JSON.parse(await served.child.errorLine(/handshake/)).carrier, 'h2');
    const socket = await open(served.url);
    assert.equal(await echoed(socket, 'and HTTP/1.1'), 'and HTTP/1.1');
    socket.terminate();
    over.destroy();
  });

  test('misuse is exit 64, a file that cannot be read exit 1', async () => {
    const wrong = [
      ['--port', '70000'],
      ['--port', 'x'],
      ['--chat', '--echo'],
      ['--chat', '--path', '/ws'],
      ['--tls-cert', 'cert.pem'],
      ['--path', 'ws'],
      ['--nonsense'],
      ['extra'],
    ];
    for (const args of wrong) {
      const result = await run(['serve', ...args]);
      assert.equal(result.code, 64, args.join(' '));
      assert.equal(result.stdout, '');
    }
    const unreadable = await run(['serve', '--tls-cert', '/no/cert.pem', '--tls-key', '/no/key.pem']);
    assert.equal(unreadable.code, 1);
    assert.match(unreadable.stderr, /I cannot read \/no\/cert\.pem: ENOENT/);
  });
});

describe('serve --inspect', () => {
  const env = (more: Readonly<Record<string, string>> = {}) =>
    ({ ...process.env, ...more }) as Record<string, string>;
  const TOKEN = 'sixteen-characters-and-more';
  /** What is printed when it listens, and what the page's address answers. */
  async function inspected(args: readonly string[], more: Readonly<Record<string, string>> = {}) {
    await using child = handfast(['serve', '--port', '0', ...args], { env: env(more) });
    const port = Number(new URL((await child.line(/listening/)).split(' ')[2]!).port);
    const { status } = await fetch(`http://127.0.0.1:${port}/.handfast/inspector/none`);
    return { status, said: child.stdout.join('\n'), noted: child.stderr.join('\n') };
  }

  test('beside the echo and the chat, whatever path is served', async () => {
    for (const args of [['--inspect'], ['--inspect', '--path', '/ws'], ['--inspect', '--chat']]) {
      const { status, said, noted } = await inspected(args);
      assert.match(
        said,
        /^inspector at http:\/\/127\.0\.0\.1:\d+\/\.handfast\/inspector\/$/m,
        args.join(' '),
      );
      assert.deepEqual([status, noted], [404, '']);
    }
  });

  test('without it there is none, also with a token in the environment', async () => {
    const { status, said } = await inspected([], { HANDFAST_INSPECT_TOKEN: TOKEN });
    assert.equal(status, 426);
    assert.doesNotMatch(said, /inspector/);
  });

  test('with a token it is asked for', async () => {
    assert.equal((await inspected(['--inspect-token', TOKEN])).status, 401);
    assert.equal((await inspected(['--inspect'], { HANDFAST_INSPECT_TOKEN: TOKEN })).status, 401);
    const { code, stderr } = await run(['serve', '--port', '0', '--inspect-token', 'short']);
    assert.equal(code, 64);
    assert.match(stderr, /16 to 256 visible ASCII characters/);
  });

  test('on every address and without a token it says who may look', async () => {
    const { said, noted } = await inspected(['--inspect', '--host', '0.0.0.0']);
    assert.match(said, /^inspector at http:\/\/localhost:/m);
    assert.match(noted, /only this machine may look .* --inspect-token TOKEN/);
  });

  test('those who watch may act where that is asked for, and the log says who did', async () => {
    const hello = async (args: readonly string[]) => {
      await using child = handfast(['serve', '--port', '0', ...args], { env: env() });
      const { host } = new URL((await child.line(/listening/)).split(' ')[2]!);
      const watcher = new WebSocket(`ws://${host}/.handfast/inspector/feed`, ['handfast-inspector.1']);
      const [told] = await once(watcher, 'message');
      const act = {
        type: 'act',
        ask: 1,
        id: 7,
        at: 7,
        action: { do: 'close', code: 4001, reason: '\x1b[2J' },
      };
      watcher.send(JSON.stringify(act));
      const line = await child.errorLine(/inspector 127|"event":"act"/);
      watcher.terminate();
      return [JSON.parse(String(told)).server.actions, line];
    };
    const [isOff, denied] = await hello(['--inspect']);
    assert.equal(isOff, false);
    assert.match(String(denied), /inspector 127\.0\.0\.1 close 4001 ".*\[2J" of #7 denied: off$/);
    const [isOn, gone] = await hello(['--inspect-actions', '--json']);
    assert.equal(isOn, true);
    assert.equal(JSON.parse(String(gone)).denied, 'gone');
  });

  test('in production without a token there is none', async () => {
    const { status, said, noted } = await inspected(['--inspect'], { NODE_ENV: 'production' });
    assert.equal(status, 426);
    assert.doesNotMatch(said, /inspector at/);
    assert.match(noted, /no inspector: with NODE_ENV=production it wants a token/);
  });
});
