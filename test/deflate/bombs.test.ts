// RFC 7692 §8: what a few octets expand to is bounded while they are expanded, not afterwards.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { constants, deflateRawSync } from 'node:zlib';
import { codec, expand, expandAway } from './agreed.js';

const MIB = 1_048_576;
/** zlib writes into buffers of this size, and notices the limit at the end of one. */
const CHUNK_BYTES = 65_536;
/** What a message of this test leaves beside: closures, the engine. */
const SMALL_BYTES = 4096;
/** More than this is not expanded on the thread of the event loop. */
const HERE_BYTES = 262_144;

let bombs: Record<'200 MiB' | '20 MiB', Buffer>;
before(() => {
  const zeros = (bytes: number) =>
    Buffer.from(
      deflateRawSync(Buffer.alloc(bytes), { level: 9, finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4),
    );
  bombs = { '200 MiB': zeros(200 * MIB), '20 MiB': zeros(20 * MIB) };
});

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Octets of buffers that are held now. Buffers of zlib are let go by finalizers, which need a turn of their own. */
async function held(): Promise<number> {
  for (let turn = 0; turn < 3; turn += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  return process.memoryUsage().arrayBuffers;
}

for (const limit of [MIB, 16 * MIB, 10_000]) {
  test(`200 MiB of zeros with a limit of ${limit}: 1009, and never more than the limit and a chunk`, async () => {
    const plain = codec();
    const octets = bombs['200 MiB'];
    assert.equal(expand(plain, octets, limit), 'for another thread');
    const before = await held();
    let most = 0;
    let isOver = false;
    const look = () => {
      most = Math.max(most, process.memoryUsage().arrayBuffers - before);
      if (!isOver) setImmediate(look);
    };
    look();
    const outcome = await expandAway(plain, octets, limit);
    look();
    isOver = true;
    assert.equal(
      outcome,
      `MSG_TOO_BIG 1009: more than ${limit} octets once expanded, wanted ${limit} at most`,
    );
    assert.ok(most > Math.min(limit, 50_000), `only ${most}: this is no measure`);
    assert.ok(most <= limit + CHUNK_BYTES + octets.length + SMALL_BYTES, `${most} held`);
    plain.release();
  });
}

test('a bomb that is short enough to be begun here is left at a quarter of a mebibyte', async () => {
  const plain = codec();
  const octets = bombs['20 MiB'];
  const before = await held();
  const outcome = expand(plain, octets, 16 * MIB);
  const most = process.memoryUsage().arrayBuffers - before;
  assert.equal(outcome, 'for another thread');
  assert.ok(most > HERE_BYTES, `only ${most}: this is no measure`);
  assert.ok(most <= HERE_BYTES + CHUNK_BYTES + octets.length + SMALL_BYTES, `${most} held`);
  plain.release();
});

test('with a smaller limit it is refused here', async () => {
  const plain = codec();
  const before = await held();
  const outcome = expand(plain, bombs['20 MiB'], 100_000);
  const most = process.memoryUsage().arrayBuffers - before;
  assert.match(`${outcome}`, /^MSG_TOO_BIG 1009: more than 100000 octets/);
  assert.ok(most <= 100_000 + CHUNK_BYTES + bombs['20 MiB'].length + SMALL_BYTES, `${most} held`);
  plain.release();
});
