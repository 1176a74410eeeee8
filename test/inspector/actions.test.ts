// What those who watch may do to open connections, over a real server: nothing unless it is switched on; each act answered and told on
// its channel; what they pause goes on when they leave; and nothing that they say ends a connection that they did not mean.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as dial } from 'node:net';
import { test } from 'node:test';
import { type Connection, connect } from '../../src/index.js';
import { Actions } from '../../src/inspector/actions.js';
import { type InspectOptions, inspect } from '../../src/inspector/index.js';
import type { Action, FromServer, HandshakeRow } from '../../src/inspector/protocol.js';
import { settingsOf } from '../../src/inspector/settings.js';
import { connectedPair } from '../../src/testing.js';
import * as trace from '../../src/trace.js';
import { hear } from '../trace/heard.js';
import { type Watched, watched } from './watched.js';

type Did = Extract<FromServer, { type: 'did' }>;

const FEED = '/.handfast/inspector/feed';
let lastAsk = 0;

async function act(own: Watched, { id, at }: Pick<HandshakeRow, 'id' | 'at'>, action: unknown): Promise<Did> {
  lastAsk += 1;
  const answer = own.next('did');
  own.ask({ type: 'act', ask: lastAsk, id, at, action: action as Action });
  const did = await answer;
  assert.deepEqual([did.ask, did.id], [lastAsk, id]);
  return did;
}

/** A server whose watchers may act, and one client of it. */
async function acted(options: Parameters<typeof watched>[0] = {}, inspectOptions: InspectOptions = {}) {
  const own = await watched(options, { actions: true, ...inspectOptions });
  const client = await connect(`${own.url}/chat`);
  const row = await own.row(({ target }) => target === '/chat');
  return {
    own,
    client,
    row,
    act: (action: unknown) => act(own, row, action),
    async [Symbol.asyncDispose]() {
      client.terminate();
      await own[Symbol.asyncDispose]();
    },
  };
}

const next = async (client: Connection): Promise<unknown> =>
  (await client[Symbol.asyncIterator]().next()).value;

test('text, octets and a ping reach the client, and each is answered', async () => {
  await using one = await acted();
  assert.deepEqual(
    [await one.act({ do: 'text', text: 'Grüße ☕' }), await next(one.client)].map((said) =>
      typeof said === 'object' ? (said as Did).words : said,
    ),
    ['Sent, 11 octets.', 'Grüße ☕'],
  );
  assert.equal((await one.act({ do: 'binary', base64: '3q2+7w==' })).denied, undefined);
  assert.deepEqual(await next(one.client), Buffer.from('deadbeef', 'hex'));
  assert.equal((await one.act({ do: 'text', text: '' })).words, 'Sent, 0 octets.');
  assert.equal(await next(one.client), '');
  assert.match((await one.act({ do: 'ping' })).words, /^The pong came after \d+ ms\.$/);
});

test('a connection that is closed for a watcher: its client gets code and reason, its end says for whom', async () => {
  await using one = await acted();
  const did = await one.act({ do: 'close', code: 1001, reason: 'moved to another hall' });
  assert.deepEqual([did.denied, did.words], [undefined, 'Closed with 1001, and the client answered.']);
  const { code, reason, clean } = await one.client.closed;
  assert.deepEqual([code, reason, clean], [1001, 'moved to another hall', true]);
  await one.own.row(({ id, connection }) => id === one.row.id && connection?.end !== undefined);
  const facts = new Map((await one.own.detail(one.row.id))?.end?.facts);
  assert.equal(facts.get('closed for'), 'somebody who watches the inspector, 127.0.0.1');
  assert.equal((await one.act({ do: 'ping' })).denied, 'gone');
});

test('an end that nobody asked for says nothing of watchers', async () => {
  await using one = await acted();
  await one.client.close();
  await one.own.row(({ id, connection }) => id === one.row.id && connection?.end !== undefined);
  const facts = (await one.own.detail(one.row.id))?.end?.facts ?? [];
  assert.equal(
    facts.some(([name]) => name === 'closed for'),
    false,
  );
});

test('off unless it is switched on, for the page and for whoever asks by hand', async () => {
  await using own = await watched();
  const [hello] = own.told;
  assert.equal(hello?.type === 'hello' && hello.server.actions, false);
  await using client = await connect(`${own.url}/chat`);
  const row = await own.row(({ target }) => target === '/chat');
  using heard = hear(trace.acts);
  for (const action of [{ do: 'text', text: 'x' }, { do: 'close', code: 1000 }, { do: 'pause' }, 7]) {
    const { denied, words } = await act(own, row, action);
    assert.deepEqual([denied, /actions: true/.test(words)], ['off', true]);
  }
  assert.deepEqual(
    heard.all.map((told) => [told.act, told.denied]),
    ['text', 'close', 'pause', 'unknown'].map((kind) => [kind, 'off']),
  );
  assert.deepEqual([client.state, client.messagesReceived], ['open', 0]);
});

test('in production they want the option as anywhere, and nothing but true and false is one', () => {
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    assert.equal(settingsOf({ token: 'sixteen-characters-and-more' }).actions, false);
    assert.equal(settingsOf({ token: 'sixteen-characters-and-more', actions: true }).actions, true);
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
  assert.throws(() => inspect({ actions: 'false' as never }), TypeError);
});

test('what cannot be meant is denied in words, and harms nothing', async () => {
  await using one = await acted();
  const cases: ReadonlyArray<readonly [action: unknown, denied: Did['denied']]> = [
    ...[1004, 1005, 1006, 1015, 999, 1016, 2999, 5000, 1000.5, '1000', null, undefined].map(
      (code) => [{ do: 'close', code, reason: '' }, 'code'] as const,
    ),
    [{ do: 'close', code: 1000, reason: 'ä'.repeat(62) }, 'reason'],
    [{ do: 'close', code: 1000, reason: 7 }, 'unknown'],
    [{ do: 'binary', base64: 'not base64!' }, 'base64'],
    [{ do: 'binary', base64: '3q2+7w' }, 'base64'],
    [{ do: 'binary', base64: '3q2-7w==' }, 'base64'],
    [{ do: 'text', text: 7 }, 'unknown'],
    [{ do: 'text' }, 'unknown'],
    [{ do: 'terminate' }, 'unknown'],
    [{ do: 'constructor' }, 'unknown'],
    [{ do: 'resume' }, 'running'],
    [null, 'unknown'],
    ['close', 'unknown'],
    [[], 'unknown'],
  ];
  for (const [action, denied] of cases)
    assert.equal((await one.act(action)).denied, denied, JSON.stringify(action));
  assert.deepEqual([one.client.state, one.client.messagesReceived], ['open', 0]);
  assert.equal((await one.act({ do: 'close', code: 4999, reason: 'ä'.repeat(61) })).denied, undefined);
});

test('no other connection is met: none of another run, none that is over, none of somebody who watches', async () => {
  await using one = await acted();
  const { own, row } = one;
  const close = { do: 'close', code: 1000, reason: '' };
  const me = await own.row(({ watcher }) => watcher === true);
  await assert.rejects(connect(`${own.url}/nowhere`));
  const refused = await own.row(({ target }) => target === '/nowhere');
  for (const [aim, denied] of [
    [{ id: row.id, at: row.at - 1 }, 'gone'],
    [{ id: 1e9, at: row.at }, 'gone'],
    [refused, 'gone'],
    [me, 'watcher'],
  ] as const)
    assert.equal((await act(own, aim, close)).denied, denied);
  const other = await connect(`${own.url}${FEED}`, { subprotocols: ['handfast-inspector.1'] });
  const their = await own.row(({ id, watcher }) => watcher === true && id !== me.id);
  for (const action of [close, { do: 'pause' }, { do: 'text', text: '{}' }])
    assert.equal((await act(own, their, action)).denied, 'watcher');
  assert.equal(other.state, 'open');
  other.terminate();
  assert.equal(one.client.state, 'open');
});

test('an act without any of its parts is answered too', async () => {
  await using one = await acted();
  const answer = one.own.next('did');
  one.own.ask({ type: 'act' } as never);
  const { ask, id, denied } = await answer;
  assert.deepEqual([ask, id, denied], [-1, -1, 'gone']);
});

test('what a watcher pauses is not read until somebody resumes it, and its row says so', async () => {
  const heard: string[] = [];
  await using one = await acted({
    routes: { '/chat': { onmessage: (_, message) => void heard.push(String(message)) } },
  });
  const { own, client, row } = one;
  await one.act({ do: 'pause' });
  await own.row(({ id, connection }) => id === row.id && connection?.held === true);
  await client.send('while it was paused');
  assert.equal((await one.act({ do: 'pause' })).denied, 'held');
  assert.equal((await one.act({ do: 'ping' })).denied, 'held');
  assert.deepEqual(heard, []);
  assert.equal((await one.act({ do: 'resume' })).denied, undefined);
  await own.row(({ id, connection }) => id === row.id && connection?.messagesIn === 1 && !connection.held);
  assert.deepEqual(heard, ['while it was paused']);
  assert.equal((await one.act({ do: 'resume' })).denied, 'running');
});

test('whoever leaves lets go of what they paused, however they leave', async () => {
  let taken = () => {};
  await using one = await acted({ routes: { '/chat': { onmessage: () => taken() } } });
  const { own, client, row } = one;
  const other = await connect(`${own.url}${FEED}`, { subprotocols: ['handfast-inspector.1'] });
  using heard = hear(trace.acts);
  const { id, at } = row;
  await other.send(JSON.stringify({ type: 'act', ask: 1, id, at, action: { do: 'pause' } }));
  await own.row((one) => one.id === id && one.connection?.held === true);
  const { words } = await one.act({ do: 'pause' });
  assert.equal(words, 'Its reading is paused already, from 127.0.0.1.');
  const arrived = new Promise<void>((resolve) => {
    taken = resolve;
  });
  await client.send('held');
  other.terminate();
  await arrived;
  assert.deepEqual(
    heard.all.map((told) => [told.act, told.denied]),
    [
      ['pause', undefined],
      ['pause', 'held'],
      ['resume', undefined],
    ],
  );
  await own.row((one) => one.id === id && one.connection?.held === undefined);
});

test('an inspector that is closed lets go too', async () => {
  let taken = () => {};
  await using one = await acted({ routes: { '/chat': { onmessage: () => taken() } } });
  await one.act({ do: 'pause' });
  const arrived = new Promise<void>((resolve) => {
    taken = resolve;
  });
  await one.client.send('held');
  one.own.inspector.close();
  await arrived;
});

test('what the application has paused is its own affair', async () => {
  let theirs: Connection | undefined;
  await using one = await acted({
    routes: {
      '/chat': {
        onconnection: (connection) => {
          theirs = connection;
          connection.pause();
        },
      },
    },
  });
  assert.equal((await one.act({ do: 'pause' })).denied, 'held');
  assert.equal((await one.act({ do: 'resume' })).denied, 'running');
  assert.equal(theirs!.paused, true);
  theirs!.resume();
  assert.equal((await one.act({ do: 'pause' })).denied, undefined);
  theirs!.resume();
  assert.equal((await one.act({ do: 'pause' })).denied, undefined);
  theirs!.resume();
  // The application reads it again: that it is held is no longer true, and is not told for long.
  await one.own.row(({ id, connection }) => id === one.row.id && connection?.held === true);
  await one.own.row(({ id, connection }) => id === one.row.id && connection?.held === undefined);
});

test('to a client that takes nothing no message is added, and it stays open', async () => {
  let theirs: Connection | undefined;
  const keep = (connection: Connection) => {
    theirs = connection;
  };
  await using own = await watched(
    {
      limits: { highWaterBytes: 1024, maxBufferedBytes: 2048 },
      routes: { '/chat': { onconnection: keep } },
    },
    { actions: true },
  );
  const socket = dial(own.server.port, '127.0.0.1');
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';
  socket.write(
    `GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n\r\n`,
  );
  await once(socket, 'data');
  socket.pause();
  const row = await own.row(({ target }) => target === '/chat');
  // More than the kernel's buffers take.
  theirs!.send(Buffer.alloc(32 * 1024 * 1024)).catch(() => {});
  for (const action of [
    { do: 'text', text: 'x' },
    { do: 'binary', base64: '' },
  ]) {
    const { denied, words } = await act(own, row, action);
    assert.deepEqual([denied, /octets still wait/.test(words)], ['full', true]);
  }
  assert.equal(theirs!.state, 'open');
  socket.destroy();
});

test('the frames that a watcher asked for are marked, and no others', async () => {
  await using one = await acted({
    routes: {
      '/chat': {
        compression: { thresholdBytes: 1 },
        onmessage: (connection, message) => void connection.send(message).catch(() => {}),
      },
    },
  });
  const { own, client, row } = one;
  const first = own.next('frames');
  own.ask({ type: 'frames', id: row.id });
  await first;
  await one.act({ do: 'text', text: 'from a watcher' });
  await one.act({ do: 'ping' });
  await client.send('from the client');
  await one.act({ do: 'close', code: 1000, reason: '' });
  await own.row(({ id, connection }) => id === row.id && connection?.end !== undefined);
  const frames = own.told.flatMap((told) => (told.type === 'frames' ? told.frames : []));
  assert.deepEqual(
    frames.map(({ direction, opcode, byWatcher }) => [direction, opcode, byWatcher]),
    [
      ['out', 1, true],
      ['out', 9, true],
      ['in', 10, undefined],
      ['in', 1, undefined],
      ['out', 1, undefined],
      ['out', 8, true],
      ['in', 8, undefined],
    ],
  );
});

test('each act is told on its channel: who, what, to whom, and nothing of what it says', async () => {
  await using one = await acted();
  using heard = hear(trace.acts);
  await one.act({ do: 'text', text: 'a secret' });
  await one.act({ do: 'close', code: 4001, reason: 'enough' });
  assert.deepEqual(
    heard.all.map(({ by, act: kind, id, bytes, code, reason, denied }) => [
      by,
      kind,
      id === one.row.id,
      bytes,
      code,
      reason,
      denied,
    ]),
    [
      ['127.0.0.1', 'text', true, 8, undefined, undefined, undefined],
      ['127.0.0.1', 'close', true, undefined, 4001, 'enough', undefined],
    ],
  );
  assert.ok(heard.all.every(({ connection, at }) => connection?.role === 'server' && at > 0));
});

test('a client that answers no ping: said so, and asked no second time', async () => {
  const { server, client } = await connectedPair();
  client.pause();
  const actions = new Actions(true, () => {}, 20);
  const told: FromServer[] = [];
  const ping = () =>
    actions.act({ by: 'a test' }, { ask: 1, id: 1, at: 1, action: { do: 'ping' } }, server, (said) =>
      told.push(said),
    );
  // Who waits for a pong keeps no process alive.
  const alive = setInterval(() => {}, 1000);
  await ping();
  await ping();
  clearInterval(alive);
  assert.deepEqual(
    told.map((said) => said.type === 'did' && said.denied),
    ['unanswered', 'waiting'],
  );
  assert.equal(server.state, 'open');
  client.terminate();
});
