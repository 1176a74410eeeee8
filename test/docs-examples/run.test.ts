// What the documentation shows is run as it is written, but for the port: servers are started and talked to, and printed
// output is compared with what the program prints.
// `GOLDEN=write` writes what `explain` prints into the pages.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../src/catalogue.js';
import { writeRefusal } from '../../src/handshake/index.js';
import { connect } from '../../src/index.js';
import { run } from '../cli/run.js';
import { Child, freePort } from '../support/child.js';
import { root } from '../support/needs.js';
import { blocks, isWriting, marked, writeAnew } from './pages.js';

const folder = fileURLToPath(new URL('.build/docs-run/', root));
const tried = new Set<string>();

/** The block as a program, on a port of its own. */
function program(name: string, port: number): Child {
  const mark = `run: ${name}`;
  tried.add(mark);
  mkdirSync(folder, { recursive: true });
  const file = `${folder}${name}.mjs`;
  writeFileSync(file, marked(mark).text.replaceAll('8080', String(port)));
  return new Child(process.execPath, [file], { env: { NODE_TEST_CONTEXT: '' } });
}

interface Started extends AsyncDisposable {
  readonly child: Child;
  readonly port: number;
}

/** A server that says that it listens, and ends by itself when asked to. */
async function start(name: string): Promise<Started> {
  const port = await freePort();
  const child = program(name, port);
  await child.line(/^(?:\{.*"msg":")?(?:listening on|open) /);
  return {
    child,
    port,
    async [Symbol.asyncDispose]() {
      assert.equal(await child.stop(), 0, child.stderr.join('\n'));
      assert.deepEqual(child.stderr, []);
    },
  };
}

async function output(name: string, port: number): Promise<string[]> {
  const child = program(name, port);
  assert.equal(await child.exited, 0, child.stderr.join('\n'));
  return child.stdout;
}

test('README: the server and the client', async () => {
  await using server = await start('readme-server');
  const lines = await output('readme-client', server.port);
  assert.deepEqual(lines.slice(0, 3), [
    'Hello Ada, this is room 42',
    'anybody here?',
    'We closed with 1000 "done"; the peer answered 1000.',
  ]);
  assert.match(lines[3]!, /^WS_AUTH_REQUIRED 401 Send a session cookie/);
});

test('start: the server and the client', async () => {
  await using server = await start('start-server');
  const lines = await output('start-client', server.port);
  assert.match(lines[0]!, /^chat\.v1 [\d.]+$/);
  assert.deepEqual(lines.slice(1), [
    'Welcome, 127.0.0.1',
    'hello',
    'We closed with 1000; the peer answered 1000.',
  ]);
});

test('start: the page and its socket', async () => {
  await using server = await start('start-page');
  const page = await fetch(`http://127.0.0.1:${server.port}/`, { headers: { connection: 'close' } });
  assert.match(await page.text(), /new WebSocket/);
  const connection = await connect(`ws://127.0.0.1:${server.port}/chat`, {
    subprotocols: ['chat.v1'],
    origin: `http://127.0.0.1:${server.port}`,
  });
  await connection.send('hello');
  for await (const message of connection) {
    assert.equal(message, 'hello');
    break;
  }
  await connection.close();
});

test('drain: a connection is closed with 1012, and the report says so', async () => {
  const server = await start('drain');
  const connection = await connect(`ws://127.0.0.1:${server.port}/`);
  server.child.process.kill('SIGTERM');
  assert.equal((await connection.closed).code, 1012);
  assert.match(await server.child.line(/^closed/), /^closed 1, cut 0, after \d+ ms$/);
  assert.equal(await server.child.exited, 0);
});

test('logging: one line for a handshake, one for a close, nothing of the query', async () => {
  await using server = await start('logging');
  const connection = await connect(`ws://127.0.0.1:${server.port}/tea?ticket=s3cr3t`);
  await connection.close(1000);
  const handshake = JSON.parse(await server.child.line(/"handshake"/));
  assert.equal(handshake.status, 101);
  assert.equal(handshake.path, '/tea');
  assert.equal(JSON.parse(await server.child.line(/"close"/)).code, 1000);
  assert.equal(
    server.child.stdout.some((line) => line.includes('s3cr3t')),
    false,
  );
});

test('inspector: the page is there, and what was refused is in the feed', async () => {
  await using server = await start('inspector');
  const at = `127.0.0.1:${server.port}/.handfast/inspector/`;
  const page = await fetch(`http://${at}`, { headers: { connection: 'close' } });
  assert.match(await page.text(), /<title>handfast inspector<\/title>/);
  await connect(`ws://127.0.0.1:${server.port}/chat`, { origin: 'https://evil.example' }).catch(() => {});
  const feed = await connect(`ws://${at}feed`, { subprotocols: ['handfast-inspector.1'] });
  const { value } = await feed[Symbol.asyncIterator]().next();
  assert.match(String(value), /"code":"ORIGIN_REJECTED"/);
  await feed.close();
});

test('prometheus: what is exported is what happened', async () => {
  await using server = await start('prometheus');
  const url = `ws://127.0.0.1:${server.port}`;
  const connection = await connect(`${url}/chat`);
  await connection.send('hello');
  await connect(`${url}/nowhere`).catch(() => {});
  const metrics = async () => {
    const answer = await fetch(`http://127.0.0.1:${server.port}/metrics`, {
      headers: { connection: 'close' },
    });
    return (await answer.text()).split('\n').filter((line) => !line.startsWith('#'));
  };
  const during = await metrics();
  for (const line of [
    'websocket_handshakes_total{outcome="accepted",code="",route="/chat"} 1',
    'websocket_handshakes_total{outcome="refused",code="ROUTE_NOT_FOUND",route=""} 1',
    'websocket_handshake_seconds_count{outcome="accepted"} 1',
    'websocket_connections 1',
    'websocket_backpressured 0',
  ])
    assert.ok(during.includes(line), `${line} in\n${during.join('\n')}`);
  await connection.close(4001);
  const after = await metrics();
  assert.ok(after.includes('websocket_connections 0'));
  assert.ok(after.includes('websocket_closes_total{code="4001",cause="",initiator="peer"} 1'));
  assert.ok(after.includes(`websocket_bytes_total{direction="in"} ${connection.bytesSent}`));
});

test('opentelemetry: a span and a measure for each handshake', async () => {
  const server = await start('opentelemetry');
  const connection = await connect(`ws://127.0.0.1:${server.port}/chat?ticket=s3cr3t`);
  await connect(`ws://127.0.0.1:${server.port}/nowhere`).catch(() => {});
  await connection.close();
  await server[Symbol.asyncDispose]();
  const printed = server.child.stdout.join('\n');
  assert.match(printed, /name: 'websocket handshake \/chat'/);
  assert.match(printed, /'websocket\.step\.origin_ms': [\d.]+/);
  assert.match(printed, /'error\.type': 'ROUTE_NOT_FOUND'/);
  assert.match(printed, /status: \{ code: 2, message: 'Nothing answers WebSocket at this path' \}/);
  for (const name of ['handshake.duration', 'connections', 'closes'])
    assert.match(printed, new RegExp(`name: 'websocket\\.(?:server\\.)?${name}'`));
  assert.doesNotMatch(printed, /s3cr3t/);
});

test('structured logs: a line for each handshake and end, joined by their number', async () => {
  await using server = await start('structured-logs');
  const connection = await connect(`ws://127.0.0.1:${server.port}/chat?ticket=s3cr3t`);
  await connection.close(1000);
  await connect(`ws://127.0.0.1:${server.port}/nowhere`).catch(() => {});
  const accepted = JSON.parse(await server.child.line(/handshake accepted/));
  const closed = JSON.parse(await server.child.line(/The peer closed with 1000/));
  const refused = JSON.parse(await server.child.line(/handshake refused/));
  assert.deepEqual([refused.level, refused.code, refused.status], [40, 'ROUTE_NOT_FOUND', 404]);
  assert.deepEqual([accepted.level, accepted.path, accepted.route], [30, '/chat', '/chat']);
  assert.equal(closed.id, accepted.id);
  assert.deepEqual([closed.messagesReceived, closed.bytesReceived > 0], [0, true]);
  assert.equal(
    server.child.stdout.some((line) => line.includes('s3cr3t')),
    false,
  );
});

test('testing: its tests pass', async () => {
  const lines = await output('testing', 0);
  assert.match(lines.join('\n'), /pass 4\n[\s\S]*fail 0/);
});

test('no block that is marked to be run is left out', () => {
  const runnable = blocks.map(({ mark }) => mark.split(', ')[0]!).filter((mark) => mark.startsWith('run: '));
  assert.deepEqual([...tried].sort(), runnable.sort());
});

const wide = { env: { COLUMNS: '100' } };
const trimmed = (text: string) => text.replace(/^\n+|\n+$/g, '');

for (const [at, block] of blocks.entries()) {
  if (!block.mark.startsWith('explained')) continue;
  test(`${block.page}, line ${block.line}: what explain prints`, async () => {
    const code = block.mark.slice('explained: '.length);
    const result = await run(code ? ['explain', code] : ['explain'], {
      ...wide,
      ...(code === '' && { input: blocks[at - 1]!.text }),
    });
    if (isWriting) return writeAnew(block, `${trimmed(result.stdout)}\n`);
    assert.equal(trimmed(result.stdout), trimmed(block.text));
  });
}

for (const block of blocks) {
  if (!block.mark.startsWith('printed: ')) continue;
  const command = block.mark.slice('printed: '.length);
  test(`${block.page}, line ${block.line}: what handfast ${command} prints`, async () => {
    const { stdout, code } = await run(command.split(' '));
    assert.equal(code, 0);
    assert.equal(block.text, stdout);
  });
}

test('start: what connect prints when the path is wrong', async () => {
  await using server = await start('start-server');
  const { stderr, code } = await run(['connect', `ws://127.0.0.1:${server.port}/caht`], wide);
  // The longer number of a port may break a line elsewhere.
  const same = (text: string) =>
    trimmed(text)
      .replace(/ +\d+ ms$/gm, ' N ms')
      .replace(/:\d+\/caht/, ':8080/caht')
      .replace(/\s+/g, ' ');
  assert.equal(same(stderr), same(marked('connect-refused: /caht').text));
  assert.equal(code, 2);
});

test('README: the refusal is the one that goes over the wire', () => {
  const [head = '', body = ''] = marked('answer: ORIGIN_REJECTED').text.split('\n\n');
  const reason = catalogue.get('ORIGIN_REJECTED')!;
  const evidence = { field: 'Origin', seen: 'https://evil.example', wanted: 'http://127.0.0.1:8080' };
  const wire = writeRefusal({ reason, evidence }, { date: new Date('2026-11-22T16:44:57Z') });
  const [wireHead = '', wireBody = ''] = wire.split('\r\n\r\n');
  assert.equal(head, wireHead.replaceAll('\r\n', '\n'));
  assert.deepEqual(JSON.parse(body), JSON.parse(wireBody));
});
