// One message to many: who gets it, in one write a turn, in order with what each was sent alone; and what becomes of those that read
// too slowly.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { type Broadcast, type BroadcastOptions, broadcast } from '../../src/connection/broadcast.js';
import type { Connection } from '../../src/connection/connection.js';
import { prepare } from '../../src/connection/prepared.js';
import type { ConnectionOptions } from '../../src/connection/settings.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { prose, TAKEOVER } from '../deflate/agreed.js';
import { hex, show } from '../frames/hex.js';
import { compressed, told, until } from './compressed.js';
import { compressions, writesTo } from './counted.js';
import { type Opened, opened, settled, to } from './opened.js';
import { holdThreads } from './threads.js';

after(() => assert.equal(heldBytes(), 0, 'every connection let go what it held'));

const TEXT = prose(1500).toString();
const connections = (all: Opened[]): Connection[] => all.map(({ connection }) => connection);
const counts = ({ sent, dropped, closed }: Broadcast) => ({ sent, dropped, closed });

function end(...all: Opened[]): void {
  for (const { connection } of all) connection.terminate();
}

test('every open connection gets it, but the one that is left out', async () => {
  const all = [opened(), opened(), compressed(), compressed({ role: 'client' }), opened()];
  const [except] = connections(all).slice(-1);
  const outcome = broadcast(new Set(connections(all)), 'hello', { except: except! });
  assert.deepEqual(counts(outcome), { sent: 4, dropped: 0, closed: 0 });
  await outcome.ready;
  await settled();
  assert.deepEqual(
    all.map(({ wire }) => told(wire)),
    [['text hello'], ['text hello'], ['text hello'], ['text hello'], []],
  );
  end(...all);
});

test('bytes, bytes as text, and what was prepared; any iterable', async () => {
  const all = [opened(), opened()];
  function* each() {
    yield* connections(all);
  }
  broadcast(each(), hex('0102'));
  broadcast(connections(all), hex('c3a9'), { text: true });
  broadcast(connections(all), prepare('prepared'));
  broadcast([], 'nobody');
  await settled();
  for (const { wire } of all) assert.deepEqual(told(wire), ['binary 0102', 'text é', 'text prepared']);
  end(...all);
});

test('connections that close or have ended are passed over', async () => {
  const all = [opened(), opened(), opened()];
  const [closing, ended, open] = all as [Opened, Opened, Opened];
  void closing.connection.close(1000);
  ended.connection.terminate();
  await ended.connection.closed;
  assert.deepEqual(counts(broadcast(connections(all), 'x')), { sent: 1, dropped: 0, closed: 0 });
  await settled();
  assert.deepEqual([told(closing.wire), told(ended.wire), told(open.wire)], [['close 1000'], [], ['text x']]);
  end(...all);
});

const misuse: [what: string, args: unknown[]][] = [
  ['a number', [1]],
  ['bytes that are no text', [hex('ff'), { text: true }]],
  ['an unknown policy', ['x', { slow: 'ignore' }]],
  ['an unknown option', ['x', { slwo: 'drop' }]],
];
for (const [what, args] of misuse) {
  test(`${what} is refused, and nobody gets anything`, async () => {
    const some = opened();
    const call = () => broadcast([some.connection], ...(args as [string, BroadcastOptions?]));
    assert.throws(call, TypeError);
    await settled();
    assert.deepEqual(told(some.wire), []);
    end(some);
  });
}

test('it is compressed once for each form, and those that share one write the very same octets', async () => {
  const all = [
    ...[1, 2, 3].map(() => compressed()),
    ...[1, 2].map(() => compressed({ agreed: TAKEOVER })),
    ...[1, 2].map(() => compressed({ agreed: { ...TAKEOVER, sendWindowBits: 9 } })),
    compressed({ role: 'client' }),
    opened(),
  ];
  const writes = all.slice(0, 7).map(({ ours }) => writesTo(ours));
  const count = await compressions(() => {
    broadcast(connections(all), TEXT);
    return settled();
  });
  assert.equal(count, 2);
  const pieces = writes.map(([write]) => write![0]!);
  assert.equal(new Set(pieces.slice(0, 5)).size, 1);
  assert.equal(new Set(pieces.slice(5, 7)).size, 1);
  for (const { wire } of all.slice(0, -1)) assert.deepEqual(told(wire), [`compressed text ${TEXT}`]);
  assert.deepEqual(told(all.at(-1)!.wire), [`text ${TEXT}`]);
  end(...all);
});

test('what is broadcast in one turn leaves in one write, the same piece for all', async () => {
  const all = [opened(), opened(), opened()];
  const writes = all.map(({ ours }) => writesTo(ours));
  for (const text of ['a', 'b', 'c']) broadcast(connections(all), text);
  await settled();
  const [[[piece]]] = writes as [[[Uint8Array]]];
  assert.equal(show(piece), '810161' + '810162' + '810163');
  for (const each of writes) {
    assert.equal(each.length, 1);
    assert.deepEqual(each[0]!.length, 1);
    assert.equal(each[0]![0], piece);
  }
  end(...all);
});

test('with what each was sent alone it leaves in one write too, in the order of the calls', async () => {
  const all = [opened(), opened(), compressed()];
  const [one, two, three] = all as [Opened, Opened, Opened];
  const writes = all.map(({ ours }) => writesTo(ours));
  one.connection.send('first');
  broadcast(connections(all), 'a');
  two.connection.send('between');
  three.connection.send(TEXT);
  broadcast(connections(all), TEXT);
  one.connection.ping('x');
  three.connection.send(new Uint8Array(9000));
  broadcast(connections(all), 'b');
  await settled();
  for (const each of writes) assert.equal(each.length, 1, 'one call of the system');
  assert.deepEqual(told(one.wire), ['text first', 'text a', `text ${TEXT}`, 'ping 78', 'text b']);
  assert.deepEqual(told(two.wire), ['text a', 'text between', `text ${TEXT}`, 'text b']);
  const zeros = `compressed binary ${'00'.repeat(9000)}`;
  const wanted = ['text a', `compressed text ${TEXT}`, `compressed text ${TEXT}`, zeros, 'text b'];
  assert.deepEqual(told(three.wire), wanted);
  end(...all);
});

test('what a handler broadcasts while it is called leaves in one write with its answers', async () => {
  const all = [opened(), opened(), opened()];
  const [one] = all as [Opened];
  one.connection.onmessage = (message) => {
    broadcast(connections(all), message);
    one.connection.send('yours');
  };
  const writes = all.map(({ ours }) => writesTo(ours));
  one.wire.send(`${to(1, '61')} ${to(1, '62')}`);
  await settled();
  assert.deepEqual(
    all.map(({ wire }) => told(wire)),
    [
      ['text a', 'text yours', 'text b', 'text yours'],
      ['text a', 'text b'],
      ['text a', 'text b'],
    ],
  );
  for (const each of writes) assert.equal(each.length, 1);
  end(...all);
});

test('much in one turn is not put together, and arrives in order', async () => {
  const all = [opened(), opened()];
  const frames = Array.from({ length: 40 }, (_, at) => Buffer.alloc(5000, at));
  for (const frame of frames) broadcast(connections(all), frame);
  await settled(60);
  for (const { wire } of all) {
    assert.deepEqual(
      told(wire),
      frames.map((frame) => `binary ${show(frame)}`),
    );
  }
  end(...all);
});

test('behind a message that another thread compresses it waits for its turn', async () => {
  const threads = holdThreads();
  const all = [compressed(), compressed()];
  all[0]!.connection.send(prose(200_000).toString());
  const outcome = broadcast(connections(all), 'behind');
  assert.deepEqual(counts(outcome), { sent: 2, dropped: 0, closed: 0 });
  await settled();
  assert.deepEqual(
    all.map(({ wire }) => told(wire)),
    [[], ['text behind']],
  );
  threads.release();
  await outcome.ready;
  await settled();
  assert.deepEqual(told(all[0]!.wire).slice(1), ['text behind']);
  end(...all);
});

// ---- slow receivers

/** A reader that has stopped while the high water mark and more is on its way to it, and one that reads. */
async function stopped(options: ConnectionOptions = {}): Promise<{ slow: Opened; quick: Opened }> {
  const slow = opened({ timeouts: { closeMs: 50 }, ...options }, 1000);
  const quick = opened(options);
  slow.wire.end.blocked = true;
  const outcome = broadcast([slow.connection, quick.connection], new Uint8Array(70_000));
  assert.deepEqual(counts(outcome), { sent: 2, dropped: 0, closed: 0 });
  await settled();
  assert.ok(slow.connection.bufferedBytes >= 65_536);
  told(quick.wire);
  return { slow, quick };
}

for (const options of [{}, { slow: 'drop' }] as const) {
  test(`drop: ${JSON.stringify(options)} leaves a slow one out, until it has taken what waits`, async () => {
    const { slow, quick } = await stopped();
    const both = [slow.connection, quick.connection];
    const before = slow.connection.bufferedBytes;
    const outcome = broadcast(both, 'lost', options);
    assert.deepEqual(counts(outcome), { sent: 1, dropped: 1, closed: 0 });
    await outcome.ready;
    assert.equal(slow.connection.bufferedBytes, before);
    slow.wire.end.unblock();
    await until(() => slow.connection.bufferedBytes === 0);
    assert.deepEqual(counts(broadcast(both, 'again', options)), { sent: 2, dropped: 0, closed: 0 });
    await settled();
    assert.deepEqual(told(slow.wire).slice(1), ['text again']);
    assert.deepEqual(told(quick.wire), ['text lost', 'text again']);
    end(slow, quick);
  });
}

test('close: a slow one is closed with 1008, told why, and not sent the message', async () => {
  const { slow, quick } = await stopped();
  const outcome = broadcast([slow.connection, quick.connection], 'x', { slow: 'close' });
  assert.deepEqual(counts(outcome), { sent: 1, dropped: 0, closed: 1 });
  assert.equal(slow.connection.state, 'closing');
  assert.deepEqual(counts(broadcast([slow.connection], 'y', { slow: 'close' })), {
    sent: 0,
    dropped: 0,
    closed: 0,
  });
  slow.wire.end.unblock();
  await settled();
  assert.match(
    told(slow.wire).slice(1).join(),
    /^close 1008 MSG_SLOW_CONSUMER: \d+ octets waiting at a broadcast$/,
  );
  slow.wire.send('8882 00000000 03f0').end.end();
  const record = await slow.connection.closed;
  assert.deepEqual([record.cause, record.sent?.code], ['MSG_SLOW_CONSUMER', 1008]);
  assert.deepEqual(told(quick.wire), ['text x']);
  end(quick);
});

test('close: one that does not even read that is cut after closeMs', async () => {
  const { slow, quick } = await stopped();
  broadcast([slow.connection], 'x', { slow: 'close' });
  const alive = setInterval(() => {}, 1000);
  const record = await slow.connection.closed;
  clearInterval(alive);
  assert.deepEqual([record.cause, record.end], ['MSG_SLOW_CONSUMER', 'destroyed']);
  end(quick);
});

test('wait: a slow one gets it too, and ready waits for it', async () => {
  const { slow, quick } = await stopped();
  const outcome = broadcast([slow.connection, quick.connection], 'x', { slow: 'wait' });
  assert.deepEqual(counts(outcome), { sent: 2, dropped: 0, closed: 0 });
  let isReady = false;
  const ready = outcome.ready.then(() => {
    isReady = true;
  });
  await settled();
  assert.equal(isReady, false);
  assert.deepEqual(told(quick.wire), ['text x'], 'others do not wait for it');
  slow.wire.end.unblock();
  await ready;
  await settled();
  assert.deepEqual(told(slow.wire).slice(1), ['text x']);
  end(slow, quick);
});

test('wait: what waits for one is bounded by maxBufferedBytes', async () => {
  const { slow, quick } = await stopped({ limits: { maxBufferedBytes: 100_000 } });
  const both = [slow.connection, quick.connection];
  const outcomes: Broadcast[] = [];
  for (let count = 0; count < 5; count += 1) {
    outcomes.push(broadcast(both, new Uint8Array(20_000), { slow: 'wait' }));
    await settled();
  }
  assert.equal(slow.connection.state === 'open', false);
  assert.deepEqual(
    outcomes.map(({ sent }) => sent),
    [2, 2, 2, 1, 1],
  );
  assert.equal(told(quick.wire).length, 5);
  const alive = setInterval(() => {}, 1000);
  await Promise.all(outcomes.map(({ ready }) => ready));
  assert.equal((await slow.connection.closed).cause, 'MSG_SLOW_CONSUMER');
  clearInterval(alive);
  end(quick);
});

test('ready resolves when those it waits for end, and never rejects', async () => {
  const { slow, quick } = await stopped();
  const outcomes = ['a', 'b'].map((text) =>
    broadcast([slow.connection, quick.connection], text, { slow: 'wait' }),
  );
  slow.wire.end.reset();
  await Promise.all(outcomes.map(({ ready }) => ready));
  assert.equal((await slow.connection.closed).cause, 'CLOSE_NO_FRAME_RST');
  end(quick);
});

test('within one turn nobody is slow: any number of messages may be broadcast', async () => {
  const all = [opened(), opened()];
  let sent = 0;
  for (let count = 0; count < 40; count += 1)
    sent += broadcast(connections(all), new Uint8Array(50_000)).sent;
  assert.equal(sent, 80);
  await until(() => connections(all).every(({ bufferedBytes }) => bufferedBytes === 0));
  await settled();
  for (const { wire } of all) assert.equal(told(wire).length, 40);
  end(...all);
});
