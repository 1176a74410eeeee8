// The command `inspect`: where it connects, how news read, what it makes of servers that have no inspector, or a hostile one.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp, request } from 'node:http';
import { describe, test } from 'node:test';
import { feedUrl } from '../../src/cli/inspect.js';
import { Reloads, Rows, shownFrom, statusLine, summary } from '../../src/cli/inspect-lines.js';
import { Events } from '../../src/cli/inspect-stream.js';
import { Screen } from '../../src/cli/screen.js';
import { Terminal } from '../../src/cli/terminal.js';
import { connect, createServer, type Server, type ServerOptions } from '../../src/index.js';
import { type InspectOptions, inspect } from '../../src/inspector/index.js';
import type { FromServer, Group, HandshakeRow, Overview } from '../../src/inspector/protocol.js';
import { handfast } from '../e2e/harness.js';
import { portOf } from '../support/raw.js';
import { assertFits, golden, plainEnv, run } from './run.js';

process.env.TZ = 'UTC';

const TOKEN = 'sixteen-characters-and-more';
const AT = Date.UTC(2026, 10, 22, 15, 4, 5);
const HOSTILE = '\u001b[31mred\u001b]0;title\u0007\u009b2J\u202eevil\r\nHost: x';

for (const [where, url] of [
  ['http://127.0.0.1:8101', 'ws://127.0.0.1:8101/.handfast/inspector/feed'],
  ['https://app.example/', 'wss://app.example/.handfast/inspector/feed'],
  ['wss://app.example/chat?room=1', 'wss://app.example/.handfast/inspector/feed'],
  ['app.example:81', 'ws://app.example:81/.handfast/inspector/feed'],
  ['8101', 'ws://127.0.0.1:8101/.handfast/inspector/feed'],
  [':8101', 'ws://127.0.0.1:8101/.handfast/inspector/feed'],
  ['https://app.example/.handfast/inspector/#/1', 'wss://app.example/.handfast/inspector/feed'],
  ['https://app.example/ops/sockets/', 'wss://app.example/ops/sockets/feed'],
  ['ftp://app.example', undefined],
  ['http://', undefined],
  [':99999', undefined],
] as const)
  test(`${where} is watched at ${url}`, () => assert.equal(feedUrl(where), url));

describe('what is told', () => {
  const overview = {
    open: 1284,
    acceptedPerSecond: 12,
    refusedPerSecond: 0.68,
    p99Ms: 212.4,
    backpressured: 3,
    reloads: [{ at: AT - 60_000, ended: 1284 }],
  } as unknown as Overview;
  const spark = [...Array(15).fill(0), 1, 0, 4, 0, 0, 2, 0, 0, 9, 3, 0, 0, 12, 0, 6];
  const group = (more: Partial<Group>): Group => ({
    key: '',
    code: 'ORIGIN_REJECTED',
    route: '/chat',
    count: 37,
    firstAt: AT - 600_000,
    lastAt: AT,
    spark,
    sample: 1,
    isNew: false,
    ...more,
  });
  const hello: FromServer = {
    type: 'hello',
    server: {
      name: 'app',
      version: '0.1.0',
      startedAt: AT - 3_600_000,
      capturesPayload: false,
      actions: false,
    },
    rows: [],
    open: [],
    groups: [
      group({ origin: 'https://staging.example.com' }),
      group({ code: 'PROXY_UPGRADE_STRIPPED', count: 6, via: 'nginx', isNew: true }),
      group({
        code: 'AUTH_REQUIRED',
        origin: `https://${'long-name.'.repeat(12)}example.com`,
        count: 10_000,
      }),
    ],
    overview,
  };
  const row = (more: Partial<HandshakeRow>): HandshakeRow => ({
    id: 1,
    at: AT,
    outcome: 'refused',
    status: 403,
    code: 'ORIGIN_REJECTED',
    carrier: 'h1',
    secure: false,
    method: 'GET',
    target: '/chat',
    address: '203.0.113.7',
    peer: '203.0.113.7',
    forwarded: [],
    origin: 'https://staging.example.com',
    subprotocol: '',
    extensions: '',
    tookMs: 1.25,
    ...more,
  });
  const { code: _code, ...accepted } = row({
    id: 2,
    outcome: 'accepted',
    status: 101,
    subprotocol: 'chat.v2',
    origin: 'https://app.example.com',
  });
  const state = { messagesIn: 3, messagesOut: 9, bytesIn: 0, bytesOut: 0, bufferedBytes: 0, openMs: 60_040 };
  const end = {
    at: AT + 60_040,
    code: 1006,
    reason: '',
    clean: false,
    initiator: 'network',
    who: 'net/idle',
    cause: 'IDLE_CUT',
    how: 'fin',
  } as const;
  const rows = [
    accepted,
    row({}),
    row({
      id: 3,
      outcome: 'broken',
      status: 426,
      code: 'PROXY_UPGRADE_STRIPPED',
      server: 'ws://127.0.0.1:3000/',
    }),
    row({ id: 7, outcome: 'refused', status: 401, code: 'AUTH_REQUIRED', user: `bob ${HOSTILE}` }),
    row({ id: 4, outcome: 'garbled', status: 0, code: 'TLS_TO_PLAIN_PORT', method: '', target: '' }),
    { ...accepted, id: 5, outcome: 'abandoned', status: 0 } as HandshakeRow,
    { ...accepted, connection: { ...state, end } },
    { ...accepted, id: 6, watcher: true } as HandshakeRow,
  ];
  const page = (terminal: Terminal) => {
    const told = shownFrom(JSON.stringify(hello)) as typeof hello & { type: 'hello' };
    const { rows: shown } = shownFrom(JSON.stringify({ type: 'rows', rows })) as typeof hello & {
      rows: HandshakeRow[];
    };
    const lines = new Rows(terminal, false, terminal.width).lines([accepted, ...shown]);
    return `${[summary(terminal, terminal.width, told), ...lines].join('\n')}\n`;
  };

  for (const width of [80, 120])
    test(`${width} columns`, () => {
      const said = page(new Terminal({ width, ascii: false, colour: false }));
      assertFits(said, width);
      golden(`inspect.${width}.txt`, said);
    });

  test('in ASCII', () => {
    const said = page(new Terminal({ width: 80, ascii: true, colour: false }));
    assert.match(said, /^[\n -~]*$/);
    golden('inspect-ascii.80.txt', said);
  });

  const plain = new Terminal({ width: 80, ascii: false, colour: false });
  test('a reload is told once, when all that ended with it are counted, and none that the summary has', () => {
    const told = new Reloads(plain);
    const lines = (...reloads: Overview['reloads']) => told.lines({ ...overview, reloads });
    told.know(overview);
    assert.deepEqual(lines(...overview.reloads), []);
    assert.deepEqual(lines({ at: AT, ended: 40 }), []);
    assert.deepEqual(lines({ at: AT, ended: 1000 }), []);
    assert.deepEqual(lines({ at: AT, ended: 1000 }), [
      '15:04:05 ! reload: 1,000 connections ended at once, RELOAD_CUT',
    ]);
    assert.deepEqual(lines({ at: AT, ended: 1000 }), []);
  });
  test('a handshake is told once, its end once, and of those there before only the end', () => {
    const told = new Rows(plain, false, 200);
    assert.equal(told.lines([accepted, accepted]).length, 1);
    const ended = { ...accepted, connection: { ...state, end } };
    assert.match(told.lines([ended]).join(), / 1006 .* net\/idle IDLE_CUT open.60\.0.s/);
    assert.deepEqual(told.lines([ended, accepted]), []);
    const known = new Rows(plain, false, 200);
    known.know([accepted, row({ id: 9 })]);
    assert.equal(known.lines([accepted, row({ id: 9 })]).length, 0);
    assert.equal(known.lines([ended]).length, 1);
  });

  test('--failed tells refusals and bad ends only', () => {
    const told = new Rows(plain, true, 200);
    assert.equal(told.lines([accepted, row({})]).length, 1);
    assert.equal(
      told.lines([{ ...accepted, connection: { ...state, end: { ...end, clean: true } } }]).length,
      0,
    );
    const other = new Rows(plain, true, 200);
    assert.equal(other.lines([{ ...accepted, connection: { ...state, end } }]).length, 1);
  });

  test('whatever peers or the server write, nothing of it is obeyed', () => {
    const hostile = JSON.parse(JSON.stringify(hello), (name, value) =>
      typeof value === 'string' && name !== 'type' ? HOSTILE : value,
    );
    hostile.overview.backpressured = HOSTILE;
    hostile.groups[0].count = HOSTILE;
    const told = shownFrom(JSON.stringify(hostile)) as typeof hello & { type: 'hello' };
    const bad = { ...row({ subprotocol: HOSTILE, server: HOSTILE, status: HOSTILE as never }) };
    const strings = JSON.parse(JSON.stringify({ type: 'rows', rows: [bad] }), (name, value) =>
      typeof value === 'string' && name !== 'type' ? HOSTILE : value,
    );
    const shown = shownFrom(JSON.stringify(strings)) as typeof hello & { rows: HandshakeRow[] };
    const said = [summary(plain, 80, told), ...new Rows(plain, false, 80).lines(shown.rows)].join('\n');
    assert.match(said, /\\x1b\[31mred/);
    assert.doesNotMatch(said.replaceAll('\n', ''), /\p{Cc}|\p{Cf}/u);
  });

  test('a status line makes way for lines that stay, and never reaches the last column', () => {
    const written: string[] = [];
    const output = { isTTY: true, columns: 40, write: (text: string) => written.push(text) > 0 };
    const screen = new Screen(output as never, plain, true);
    screen.status(statusLine(plain, overview));
    screen.write('a line');
    screen.end();
    screen.write('the end');
    const status = '  open 1,284 · accepted/s 12.0 · refuse';
    assert.deepEqual(written, [`\r\x1b[K${status}`, `\r\x1b[Ka line\n${status}`, '\r\x1b[K', 'the end\n']);
    assert.equal(status.length, 39);
  });
});

async function serve(options: Partial<ServerOptions> = {}, inspected: InspectOptions = {}) {
  const inspector = inspect(inspected);
  const server: Server = createServer({ port: 0, path: '/chat', inspect: inspector, ...options });
  await server.ready;
  return {
    server,
    url: `ws://127.0.0.1:${server.port}`,
    async [Symbol.asyncDispose]() {
      inspector.close();
      await server.close({ deadlineMs: 0 });
    },
  };
}

describe('a running server', () => {
  test('--once: what there is, and 0', async () => {
    await using own = await serve();
    await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://evil.example' }));
    const { code, stdout, stderr } = await run(['inspect', own.url, '--once']);
    assert.deepEqual([code, stderr], [0, '']);
    assertFits(stdout, 80);
    assert.match(stdout, /ORIGIN_REJECTED +1×.*\n {4}https:\/\/evil\.example → \/chat\n/);
  });

  test('it follows until it is interrupted, and exits with 0; secrets and escapes of peers are not shown', async () => {
    await using own = await serve();
    await using child = handfast(['inspect', own.url], { env: { ...plainEnv } });
    await child.line(/Nothing was refused/);
    const connection = await connect(`${own.url}/chat?token=s3cr3t-s3cr3t`);
    await child.line(/ 101 GET \/chat\?token=redacted-/);
    await connection.close(4001, '\u001b[31m\u202ebye');
    const end = await child.line(/ 4001 /);
    assert.match(end, /"\\x1b\[31m\\u\{202e\}bye"/);
    child.process.kill('SIGINT');
    assert.deepEqual(await once(child.process, 'exit'), [0, null]);
  });

  test('--json: each message on a line, nothing in it a terminal would obey', async () => {
    await using own = await serve();
    const connection = await connect(`${own.url}/chat`);
    await connection.close(4001, '\u001b[31m\u202ebye\u009b');
    const { code, stdout } = await run(['inspect', own.url, '--once', '--json']);
    assert.equal(code, 0);
    assert.doesNotMatch(stdout.trimEnd(), /\p{Cc}|\p{Cf}/u);
    const told = JSON.parse(stdout) as Extract<FromServer, { type: 'hello' }>;
    assert.equal(
      told.rows.find(({ route }) => route === '/chat')?.connection?.end?.reason,
      '\u001b[31m\u202ebye\u009b',
    );
  });

  test('that stops is no success', async () => {
    await using own = await serve();
    await using child = handfast(['inspect', own.url], { env: { ...plainEnv } });
    await child.line(/Nothing was refused/);
    await own.server.drain();
    assert.deepEqual(await once(child.process, 'exit'), [5, null]);
  });

  test('the token, by flag or environment; without it or with another one it says so', async () => {
    await using own = await serve({}, { token: TOKEN });
    assert.equal((await run(['inspect', own.url, '--once', '--token', TOKEN])).code, 0);
    const env = { HANDFAST_INSPECT_TOKEN: TOKEN };
    assert.equal((await run(['inspect', own.url, '--once'], { env })).code, 0);
    const without = await run(['inspect', own.url, '--once']);
    assert.equal(without.code, 2);
    assert.match(without.stderr, /wants its token: --token/);
    const other = await run(['inspect', own.url, '--token', 'another-token-than-that']);
    assert.match(other.stderr, /has another token/);
    assert.doesNotMatch(other.stderr, /another-token-than-that/);
  });

  test('without an inspector', async () => {
    await using server = await createServer({ port: 0, path: '/chat' }).ready;
    const { code, stderr } = await run(['inspect', String(server.port)]);
    assert.equal(code, 2);
    assert.match(stderr, /No inspector is mounted there/);
  });

  for (const [name, message] of [
    ['no JSON', 'hello'],
    ['JSON of another kind', '{"type":"hello","rows":[]}'],
    ['fields of other types', '{"type":"hello","server":{},"rows":[1],"groups":[{}],"overview":{}}'],
  ] as const)
    test(`that tells ${name}`, async () => {
      await using server = await createServer({
        port: 0,
        subprotocols: ['handfast-inspector.1'],
        onconnection: (connection) => void connection.send(message),
      }).ready;
      const { code, stdout, stderr } = await run(['inspect', String(server.port)]);
      assert.deepEqual([code, stdout], [5, '']);
      assert.match(stderr, /nothing that this version of handfast understands/);
    });

  test('wrong usage', async () => {
    for (const args of [['ftp://x'], ['8101', '--token', 'with a space']]) {
      assert.equal((await run(['inspect', ...args])).code, 64, args.join(' '));
    }
  });
});

/** A proxy that passes on no Upgrade, and no more than `paths`. */
async function stripping(to: number, paths = /./) {
  const http = createHttp((asked, answer) => {
    const { upgrade: _, connection: __, ...headers } = asked.headers;
    if (!paths.test(asked.url!)) return void answer.writeHead(404).end();
    const { method = 'GET', url: path = '/' } = asked;
    const passed = request({ port: to, host: '127.0.0.1', method, path, headers, agent: false }, (got) => {
      answer.writeHead(got.statusCode!, got.headers);
      got.on('error', () => answer.destroy()).pipe(answer);
    });
    answer.on('close', () => passed.destroy());
    asked.pipe(passed.on('error', () => answer.destroy()));
  });
  await once(http.listen(0, '127.0.0.1'), 'listening');
  return {
    port: String(portOf(http)),
    async [Symbol.asyncDispose]() {
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}

describe('where no WebSocket opens', () => {
  const told = /^! live without WebSocket \(handfast explain PROXY_UPGRADE_STRIPPED\)\n$/;

  test('the news comes as a stream, and that is said', async () => {
    await using own = await serve({}, { token: TOKEN });
    await assert.rejects(connect(`${own.url}/chat`, { origin: 'https://evil.example' }));
    await using proxy = await stripping(own.server.port);
    const env = { HANDFAST_INSPECT_TOKEN: TOKEN };
    const { code, stdout, stderr } = await run(['inspect', proxy.port, '--once'], { env });
    assert.equal(code, 0);
    assert.match(stderr, told);
    assert.match(stdout, /ORIGIN_REJECTED +1×/);
    assert.doesNotMatch(stdout, /STRIPPED/);
    const json = await run(['inspect', proxy.port, '--once', '--json'], { env });
    assert.equal(JSON.parse(json.stdout).type, 'hello');
    const other = await run(['inspect', proxy.port, '--token', 'another-token-than-that']);
    assert.deepEqual([other.code, other.stdout], [2, '']);
    assert.match(other.stderr, /PROXY_UPGRADE_STRIPPED.*The inspector has another token/s);
  });

  test('it follows until it is interrupted; a server that stops is no success', async () => {
    await using own = await serve();
    await using proxy = await stripping(own.server.port);
    for (const end of ['interrupted', 'stopped'] as const) {
      await using child = handfast(['inspect', proxy.port], { env: { ...plainEnv } });
      await child.line(/Nothing was refused/);
      await (await connect(`${own.url}/chat?${end}`)).close();
      await child.line(new RegExp(` 101 GET /chat\\?${end} `));
      if (end === 'interrupted') child.process.kill('SIGINT');
      else await own.server.drain();
      assert.deepEqual(await once(child.process, 'exit'), [end === 'interrupted' ? 0 : 5, null]);
    }
  });

  test('where there is no stream either, what is told is why there is no WebSocket', async () => {
    await using own = await serve();
    await using proxy = await stripping(own.server.port, /feed$/);
    const { code, stdout, stderr } = await run(['inspect', proxy.port]);
    assert.deepEqual([code, stdout], [2, '']);
    assert.match(stderr, /PROXY_UPGRADE_STRIPPED/);
    assert.doesNotMatch(stderr, /live/);
  });

  test('events are found however they come in pieces; one without end is too long', () => {
    const text = 'event: stream\ndata: id\n\n:\n\ndata: {"a":1}\n\ndata:b\r\ndata: c\r\n\r\nid: 1\n\n';
    for (const size of [1, 2, 3, text.length]) {
      const events = new Events(100);
      const parts = text.match(new RegExp(`[^]{1,${size}}`, 'g'))!;
      assert.deepEqual(
        parts.flatMap((part) => events.take(part)),
        ['{"a":1}', 'b\nc'],
      );
    }
    assert.equal(new Events(100).take('x'.repeat(101)), undefined);
    assert.equal(new Events(100).take('data: 1\n'.repeat(20)), undefined);
  });
});
