// Connections that end while a message of theirs is on another thread, in every way: nothing is told afterwards, nothing stays.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Connection } from '../../src/connection/connection.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { ClosedError } from '../../src/errors.js';
import { prose, TAKEOVER } from '../deflate/agreed.js';
import { compressed, compressedFrame, told } from './compressed.js';
import { type Opened, settled, to } from './opened.js';
import { type HeldThreads, holdThreads } from './threads.js';

afterEach(() => assert.equal(heldBytes(), 0, 'what the connection held was let go'));

const LARGE = prose(300_000);
const AWAY = compressedFrame(1, Buffer.alloc(600_000, 'x'));
const CLOSE = '8882 00000000 0fa0';

/** How it ends, and whether that is in order. */
const ends: [how: string, act: (opened: Opened) => void, cause: string | undefined][] = [
  ['terminate()', ({ connection }) => connection.terminate(), undefined],
  ['a reset by the peer', ({ wire }) => wire.end.reset(), 'CLOSE_NO_FRAME_RST'],
  ['its Duplex destroyed by somebody else', ({ ours }) => void ours.destroy(), undefined],
  ['an error of the transport', ({ ours }) => void ours.destroy(new Error('x')), 'CLOSE_TRANSPORT_ERROR'],
];

const away: [what: string, begin: (opened: Opened) => void][] = [
  ['one of ours is compressed', ({ connection }) => void connection.send(LARGE)],
  ['one of the peer’s is expanded', ({ wire }) => void wire.send(`${AWAY} ${to(1, '61')}`)],
  [
    'one each way is',
    ({ connection, wire }) => {
      connection.send(LARGE);
      wire.send(AWAY);
    },
  ],
];

for (const [what, begin] of away) {
  for (const [how, act, cause] of ends) {
    for (const order of ['before it is back', 'in the turn in which it comes back'] as const) {
      test(`while ${what}: ${how}, ${order}`, async () => {
        const threads = holdThreads();
        const some = compressed({ agreed: TAKEOVER });
        const { connection } = some;
        let closes = 0;
        connection.onclose = () => {
          closes += 1;
        };
        begin(some);
        await settled();
        connection.onmessage = () => assert.fail('delivered after the end');
        if (order === 'before it is back') act(some);
        threads.release();
        if (order !== 'before it is back') act(some);
        const record = await connection.closed;
        await settled(50);
        assert.equal(record.cause, cause);
        assert.equal(closes, 1);
        assert.equal(connection.bufferedBytes, 0);
      });
    }
  }
}

const lost: [how: string, act: (some: Opened) => void][] = [
  ['the peer closes', ({ wire }) => void wire.send(CLOSE).end.end()],
  ['the peer breaks the rules', ({ wire }) => void wire.send('8105').end.end()],
  ['terminate()', ({ connection }) => connection.terminate()],
];
for (const [how, act] of lost) {
  for (const order of ['before', 'after'] as const) {
    test(`what waits to be compressed when ${how} is told as unsent; it comes back ${order} the end`, async () => {
      const threads = holdThreads();
      const some = compressed();
      const outcomes = [some.connection.send(LARGE), some.connection.send('behind it')];
      await settled();
      act(some);
      if (order === 'before') await released(some.connection, threads);
      const record = await some.connection.closed;
      threads.release();
      await settled(50);
      assert.ok(record.bytesUnsent >= LARGE.length, `${record.bytesUnsent}`);
      for (const outcome of outcomes) await assert.rejects(outcome, ClosedError);
      assert.equal(
        told(some.wire).some((frame) => /text|binary/.test(frame)),
        false,
      );
      assert.equal(some.connection.bufferedBytes, 0, 'nothing of it is kept');
    });
  }
}

async function released(connection: Connection, threads: HeldThreads): Promise<void> {
  threads.release();
  await Promise.race([connection.closed, settled(50)]);
}

test('a close that waits behind a message is made up for by the peer’s own', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  connection.send(LARGE);
  const closed = connection.close(4000);
  wire.send(CLOSE).end.end();
  const record = await closed;
  threads.release();
  assert.deepEqual([record.clean, record.initiator, record.sent?.code], [true, 'peer', 4000]);
  assert.deepEqual(told(wire), ['close 4000']);
});

test('a close while one of the peer’s is expanded: it is not delivered, and the peer’s close behind it is read', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed();
  connection.onmessage = () => assert.fail('we have closed');
  wire.send(`${AWAY} ${CLOSE}`);
  await settled();
  const closed = connection.close(4000);
  threads.release();
  await settled();
  wire.end.end();
  assert.equal((await closed).clean, true);
});

test('the same of one that waits for resume()', async () => {
  const { connection, wire } = compressed();
  connection.onmessage = () => assert.fail('we have paused, and then closed');
  const threads = holdThreads();
  wire.send(`${AWAY} ${CLOSE}`);
  await settled();
  connection.pause();
  threads.release();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closed = connection.close(4000);
  await settled();
  wire.end.end();
  assert.equal((await closed).clean, true);
});

test('a connection whose message never comes back ends all the same', async () => {
  const threads = holdThreads();
  const { connection, wire } = compressed({ timeouts: { closeMs: 50 } });
  wire.send(AWAY);
  await settled();
  const alive = setInterval(() => {}, 1000);
  const record = await connection.close(4000);
  clearInterval(alive);
  assert.deepEqual([record.cause, record.end], ['CLOSE_NOT_ECHOED', 'destroyed']);
  threads.release();
});
