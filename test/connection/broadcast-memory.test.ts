// A megabyte a second is broadcast to a thousand readers that have stopped: what is held for all of them is the payload once, and
// little for each.
import assert from 'node:assert/strict';
import { Duplex } from 'node:stream';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { broadcast } from '../../src/connection/broadcast.js';
import { Connection } from '../../src/connection/connection.js';
import { connectionSettings } from '../../src/connection/settings.js';
import type { DeflateAgreement } from '../../src/deflate/permessage-deflate.js';
import { agreement, prose, TAKEOVER } from '../deflate/agreed.js';

const READERS = 1000;
const SECONDS = 10;
/** A megabyte a second. */
const MESSAGES_PER_SECOND = 64;
const MESSAGE_BYTES = 16_384;

/** A peer that takes nothing at all, as behind a full socket. It holds what it is given, and copies nothing. */
class Stopped extends Duplex {
  override _write(): void {}
  override _read(): void {}
}

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

async function held(): Promise<{ buffers: number; heap: number }> {
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { arrayBuffers, heapUsed } = process.memoryUsage();
  return { buffers: arrayBuffers, heap: heapUsed };
}

interface Expected {
  readonly slow: 'drop' | 'close' | 'wait';
  readonly agreement?: DeflateAgreement;
  /** Most bytes of payload that are held for all of them together. */
  readonly payloadBytes: number;
}

/** The window of each connection with takeover, which is its own. */
const WINDOW_BITS = 9;
const takeover = agreement({ ...TAKEOVER, sendWindowBits: WINDOW_BITS });

const cases: Record<string, Expected> = {
  'drop, without compression': { slow: 'drop', payloadBytes: 200_000 },
  'drop, compressed with takeover': { slow: 'drop', agreement: takeover, payloadBytes: 200_000 },
  'close, without compression': { slow: 'close', payloadBytes: 200_000 },
  'wait, without compression': { slow: 'wait', payloadBytes: 1_200_000 },
  'wait, compressed with takeover': { slow: 'wait', agreement: takeover, payloadBytes: 1_200_000 },
};

/** The connection, its stream and their queue; no payload. */
const HEAP_BYTES = 16_384;

for (const [what, { slow, agreement, payloadBytes }] of Object.entries(cases)) {
  test(`${what}`, async () => {
    const settings = connectionSettings('server', { heartbeat: false, compression: true });
    const before = await held();
    const readers = Array.from({ length: READERS }, () => {
      const connection = new Connection(new Stopped(), settings, '', undefined, agreement);
      connection.start();
      return connection;
    });
    let sent = 0;
    for (let count = 0; count < SECONDS * MESSAGES_PER_SECOND; count += 1) {
      sent += broadcast(readers, prose(MESSAGE_BYTES, count), { slow }).sent;
      await new Promise((resolve) => setImmediate(resolve));
    }
    const after = await held();
    assert.ok(sent >= READERS * 4, 'the high water mark was reached');
    const windows = agreement === undefined ? 0 : READERS * 2 ** WINDOW_BITS;
    const buffers = after.buffers - before.buffers - windows;
    assert.ok(buffers <= payloadBytes, `${buffers} octets of payload for all`);
    const each = (after.heap - before.heap) / READERS;
    assert.ok(each <= HEAP_BYTES, `${each} octets of heap for each`);
    for (const connection of readers) connection.terminate();
  });
}

/** What a message that waits may cost beside its octets: that it is there, and in which place. */
const MOST_PER_MESSAGE_BYTES = 200;

for (const how of ['broadcast', 'send'] as const) {
  test(`${how}: messages of ten octets that wait cost little more than they count for`, async () => {
    const settings = connectionSettings('server', { heartbeat: false });
    const readers = Array.from({ length: 5 }, () => {
      const connection = new Connection(new Stopped(), settings, '', undefined);
      connection.start();
      connection.send(new Uint8Array(70_000));
      return connection;
    });
    const before = await held();
    let count = 0;
    for (; count < 20_000; count += 1) {
      const message = Buffer.alloc(10);
      if (how === 'broadcast') broadcast(readers, message, { slow: 'wait' });
      else for (const connection of readers) connection.send(message);
      if (count % 100 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const after = await held();
    assert.ok(readers.every(({ state }) => state === 'open'));
    const each = (after.heap + after.buffers - before.heap - before.buffers) / readers.length / count;
    assert.ok(each <= MOST_PER_MESSAGE_BYTES, `${each} octets for each`);
    for (const connection of readers) connection.terminate();
  });
}
