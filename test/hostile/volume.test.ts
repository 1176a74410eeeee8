// Knows: what one peer can pour in, or make wait, and what that may cost: bounded memory for it, nothing for others.
// Rows 73, 75, 78 to 81 and 114 of the list. RFC 6455 §5.5.3, §10.4.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type RawConnection, raw } from '../support/raw.js';
import { frame, Op, readClose, readFrames, upgradeTo } from './bytes.js';
import { all, crowd, leave, Victim } from './crowd.js';

async function opened(victim: Victim, at = '/sink'): Promise<RawConnection> {
  const connection = await raw(victim.port);
  await connection.send(upgradeTo(at)).until('\r\n\r\n');
  connection.take();
  return connection;
}

const repeat = (bytes: Uint8Array, count: number) => Buffer.concat(Array<Uint8Array>(count).fill(bytes));

/** By how much the process has grown: V8 sweeps array buffers beside the collection, so they may be gone a little later. */
async function grownBytes(victim: Victim, before: number, limit: number): Promise<number> {
  let grown = 0;
  for (let tries = 0; tries < 20; tries += 1) {
    grown = (await victim.stats()).heldBytes - before;
    if (grown < limit) break;
    await pause(100);
  }
  return grown;
}

describe('volume', { concurrency: false }, () => {
  test('73: 1 MiB declared, 10 octets sent → at most 4 KiB held for each', async () => {
    await using victim = await Victim.start();
    const peers = await crowd(victim.port, 500, () => upgradeTo('/sink'));
    await all(peers, (peer) => peer.text.includes('\r\n\r\n'), 5000);
    const before = await victim.stats();
    const message = frame(Op.binary, Buffer.alloc(10), { declared: 1_048_576n });
    for (const { socket } of peers) socket.write(message);
    await pause(200);
    const each = ((await victim.stats()).heldBytes - before.heldBytes) / peers.length;
    assert.ok(each < 4096, `${each} bytes`);
    leave(peers);
    await victim.settled();
  });

  test('75: 16,383 fragments of one octet → at most twice the octets held, and some', async () => {
    await using victim = await Victim.start({ limits: { maxFragments: 20_000 } });
    const peers = await crowd(victim.port, 40, () => upgradeTo('/sink'));
    await all(peers, (peer) => peer.text.includes('\r\n\r\n'), 5000);
    const before = await victim.stats();
    const flood = Buffer.concat([
      frame(Op.text, 'a', { fin: false }),
      repeat(frame(Op.continuation, 'b', { fin: false }), 16_382),
    ]);
    for (const { socket } of peers) socket.write(flood);
    await pause(500);
    const each = ((await victim.stats()).heldBytes - before.heldBytes) / peers.length;
    assert.ok(each < 2 * 16_383 + 8192, `${each} bytes`);
    for (const { socket } of peers) socket.write(frame(Op.continuation, 'c'));
    while ((await victim.stats()).received < peers.length) await pause(5);
    leave(peers);
    await victim.settled();
    victim.assertUnhurt();
  });

  for (const [name, message] of [
    ['empty', frame(Op.text)],
    ['of one octet', frame(Op.binary, 'x')],
    ['empty, in two fragments', Buffer.concat([frame(Op.text, '', { fin: false }), frame(Op.continuation)])],
  ] as const) {
    test(`78: 200,000 messages ${name} in one burst → all delivered, others echo`, async () => {
      await using victim = await Victim.start();
      using connection = await opened(victim);
      connection.send(repeat(message, 200_000));
      for (let waited = 0; (await victim.stats()).received < 200_000; waited += 1) {
        assert.ok(waited < 500);
        await pause(10);
      }
      connection.socket.destroy();
      await victim.settled();
      victim.assertUnhurt();
    });
  }

  test('78: with a rate → 1008', async () => {
    await using victim = await Victim.start({ limits: { maxMessagesPerSecond: 1000 } });
    using connection = await opened(victim);
    connection.send(repeat(frame(Op.text), 200_000));
    await connection.ending(2000);
    const close = readClose(readFrames(connection.received).at(-1));
    assert.deepEqual([close?.code, close?.reason.split(':')[0]], [1008, 'MSG_RATE']);
    assert.equal((await victim.settled()).received, 1000);
  });

  for (const [name, opcode] of [
    ['pings', Op.ping],
    ['pongs that nobody asked for', Op.pong],
  ] as const) {
    test(`79, 81: 100,000 ${name} of a peer that reads → in order at most, nothing queued`, async () => {
      await using victim = await Victim.start();
      using connection = await opened(victim);
      const flood = Buffer.concat(Array.from({ length: 100_000 }, (_, at) => frame(opcode, String(at))));
      connection.send(flood).send(frame(Op.ping, 'first'));
      await connection.until('first', 10_000);
      connection.take();
      const before = await victim.stats();
      connection.send(flood).send(frame(Op.ping, 'last'));
      await connection.until('last', 10_000);
      const pongs = readFrames(connection.received).map(({ payload }) => String(payload));
      // RFC 6455 §5.5.3: an endpoint may answer the newest only; what it answers stays in order.
      const numbers = pongs.slice(0, -1).map(Number);
      assert.ok(numbers.every((number, at) => at === 0 || number > numbers[at - 1]!));
      assert.equal(numbers.length > 0, opcode === Op.ping);
      const grown = await grownBytes(victim, before.heldBytes, 500_000);
      assert.ok(grown < 500_000, `${grown} bytes`);
      assert.ok((await victim.stats()).mostBuffered < 200_000);
      connection.socket.destroy();
      await victim.settled();
      victim.assertUnhurt();
    });
  }

  test('79: with a rate, pings and pongs count too → 1008', async () => {
    await using victim = await Victim.start({ limits: { maxMessagesPerSecond: 1000 } });
    for (const opcode of [Op.ping, Op.pong]) {
      using connection = await opened(victim);
      connection.send(repeat(frame(opcode), 2000));
      await connection.ending(2000);
      assert.equal(readClose(readFrames(connection.received).at(-1))?.code, 1008);
    }
    await victim.settled();
  });

  test('80: pings of a peer that does not read → bounded, and an end', async () => {
    await using victim = await Victim.start({ timeouts: { stallMs: 1000, closeMs: 500 } });
    using connection = await opened(victim);
    const before = await victim.stats();
    connection.socket.pause();
    const pings = repeat(frame(Op.ping, 'p'.repeat(125)), 2000);
    let most = 0;
    const started = performance.now();
    for (;;) {
      if (connection.socket.writable && connection.socket.writableLength < 4_000_000) connection.send(pings);
      await pause(10);
      const stats = await victim.stats();
      most = Math.max(most, stats.heldBytes - before.heldBytes);
      if (stats.connections === 1) break;
      assert.ok(performance.now() - started < 15_000, 'it goes on for ever');
    }
    assert.ok(most < 2_000_000, `${most} bytes held`);
    const { reasons } = await victim.settled();
    assert.equal(reasons.MSG_SLOW_CONSUMER, 1);
    victim.assertUnhurt();
  });

  test('114: readers that stop while 1 MB/s is sent to each → bounded, and 1008 or cut', async () => {
    const limits = { highWaterBytes: 65_536, maxBufferedBytes: 262_144 };
    await using victim = await Victim.start({ limits, timeouts: { closeMs: 500, stallMs: 20_000 } });
    const before = await victim.stats();
    const stopped = await crowd(victim.port, 50, () => upgradeTo('/sink'));
    await all(stopped, (peer) => peer.text.includes('\r\n\r\n'), 5000);
    for (const { socket } of stopped) socket.pause();
    const [reader] = await crowd(victim.port, 1, () => upgradeTo('/sink'));
    victim.child.write('stream');
    let most = 0;
    const started = performance.now();
    for (;;) {
      const stats = await victim.stats();
      most = Math.max(most, stats.heldBytes - before.heldBytes);
      if (stats.connections === 2) {
        assert.equal(stats.reasons.MSG_SLOW_CONSUMER, 50);
        assert.ok(stats.mostBuffered < 262_144 + 2 * 65_546, `${stats.mostBuffered} octets waited for one`);
        break;
      }
      assert.ok(performance.now() - started < 20_000, `${stats.connections - 2} are still there`);
      await pause(50);
    }
    assert.ok(most < 51 * (262_144 + 2 * 65_546), `${most} bytes held`);
    const got = reader!.bytes;
    await pause(200);
    assert.ok(reader!.bytes > got && reader!.endedAt === undefined, 'who reads goes on');
    leave([...stopped, reader!]);
    await victim.settled();
    victim.assertUnhurt();
  });
});
