// The tools that the other tests stand on, tried on themselves.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { Child, freePort } from './child.js';
import { launchChromium } from './chromium.js';
import { need } from './needs.js';
import { portOf, probe, raw } from './raw.js';
import { certificate } from './tls.js';

const node = (program: string) => new Child(process.execPath, ['-e', program]);

test('a child is waited for by its line, written to, and stopped', async () => {
  await using child = node(
    `console.log('first'); console.log('ready 7'); process.stdin.on('data', (d) => console.log(JSON.stringify({ got: String(d).trim() })))`,
  );
  assert.equal(await child.line(/ready/), 'ready 7');
  child.write('hello');
  assert.deepEqual(await child.json(), { got: 'hello' });
  assert.equal(await child.stop(), -1);
});

test('a child that ends or stays silent fails the wait with what it said', async () => {
  await using ended = node(`console.error('no luck'); process.exitCode = 3`);
  await assert.rejects(ended.line(/ready/), /ended without a line[\s\S]*no luck/);
  assert.equal(await ended.exited, 3);
  await using silent = node(`setTimeout(() => {}, 60_000)`);
  await assert.rejects(silent.line(/ready/, 50), /goes on without a line/);
});

test('a program that does not exist is told apart from one that fails', async () => {
  await using child = new Child('/nonexistent/program', []);
  await assert.rejects(child.line(), /ENOENT/);
});

test('a raw connection tells FIN, RST and silence apart', async () => {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (chunk) => {
      if (String(chunk) === 'fin') socket.end('bye');
      else if (String(chunk) === 'rst') socket.resetAndDestroy();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const port = portOf(server);
  const fin = await probe(port, 'fin');
  assert.deepEqual([fin.text, fin.end], ['bye', 'fin']);
  assert.equal((await probe(port, 'rst')).end, 'rst');
  assert.equal((await probe(port, '...', { timeoutMs: 50 })).end, 'open');
  using connection = await raw(port, { from: '127.0.0.3' });
  assert.equal(connection.socket.localAddress, '127.0.0.3');
  connection.send('fin');
  assert.equal(String(await connection.until('bye')), 'bye');
  server.close();
});

test('the certificate is trusted by who is told to', { skip: need('openssl').skip }, async () => {
  const server = createTlsServer(certificate(), (socket) => socket.end('over tls')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { text, end } = await probe(portOf(server), '', { ca: certificate().ca });
  assert.deepEqual([text, end], ['over tls', 'fin']);
  server.close();
});

test('a free port can be listened on', async () => {
  const server = createServer().listen(await freePort(), '127.0.0.1');
  await once(server, 'listening');
  server.close();
});

test('Chromium starts and evaluates', { skip: need('chromium').skip }, async () => {
  await using browser = await launchChromium({ width: 400, height: 700 });
  const page = await browser.context.newPage();
  assert.equal(await page.evaluate('innerWidth'), 400);
});
