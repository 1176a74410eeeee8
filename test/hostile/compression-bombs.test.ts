// Knows: what messages that expand to a thousand times their size may cost: memory up to the limit and no more, an end for who sends
// them without pause, and nothing for others. Rows 96 and 97, both roles. RFC 7692 §8.
// Must not know: how expanding is bounded.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Op } from './bytes.js';
import {
  againstVictim,
  bomb,
  type Foe,
  type Role,
  RSV1,
  split,
  squeezed,
  tables,
} from './compression-bytes.js';
import { Victim } from './crowd.js';

const ROLES = ['server', 'client'] as const satisfies readonly Role[];
const LIMIT_BYTES = 1_048_576;
const CHUNK_BYTES = 65_536;
const ROUNDS = 7;
/**
 * What a connection takes besides: its socket, its handshake, pages that V8 and malloc take or do not. Measured: 10 to 90 KiB for one
 * that sends a single octet, up to 270 KiB for the octets of the bomb sent uncompressed, and 250 KiB from one round to the next.
 */
const NOISE_BYTES = 512 * 1024;
/** Else malloc keeps what was freed, and the next peak does not show. */
const ENV = { MALLOC_MMAP_THRESHOLD_: '16384', MALLOC_TRIM_THRESHOLD_: '0', MALLOC_ARENA_MAX: '1' };

const BOMB = bomb(200);
const SMALL_BOMB = bomb(20);
const inOneFrame = (payload: Uint8Array) => (foe: Foe) => foe.write(Op.binary, payload, { rsv: RSV1 });
const BOMBS = {
  '200 MiB of zeros in one frame': { send: inOneFrame(BOMB), octets: BOMB.length, wastedBytes: 0 },
  '200 MiB of zeros in frames of 220 octets': {
    send: (foe: Foe) => split(foe.write, Op.binary, BOMB, 220),
    octets: BOMB.length,
    wastedBytes: 0,
  },
  // So small a message is first expanded where it was received, up to a quarter of a mebibyte, before another thread begins anew.
  '20 MiB of zeros in one frame': {
    send: inOneFrame(SMALL_BOMB),
    octets: SMALL_BOMB.length,
    wastedBytes: LIMIT_BYTES / 4 + CHUNK_BYTES,
  },
};

/** For so long, and more octets than can be read meanwhile. */
const FLOOD_MS = 1000;
const FLOOD_BYTES = 4_000_000;
const FLOODS = {
  'messages just under the limit': squeezed(Buffer.alloc(LIMIT_BYTES - 16)),
  'messages that expand to a quarter of it': squeezed(Buffer.alloc(LIMIT_BYTES / 4)),
  'small messages': squeezed('{"a":1}'),
  'small messages of nothing but tables': tables(1000),
  'large messages of nothing but tables': tables(200_000),
};

/** By how much the most that the process held is above what it held before. */
async function peakOf(victim: Victim, act: () => Promise<void>): Promise<number> {
  // V8 frees array buffers a little after the collection that finds them.
  await victim.stats();
  await pause(50);
  victim.child.write('mark');
  const { residentBytes } = await victim.stats();
  await act();
  return (await victim.stats()).peakBytes - residentBytes;
}

async function assertEnds(foe: Foe, bytes: Uint8Array, code: number, reason: string): Promise<void> {
  foe.connection.send(bytes);
  const close = await foe.ending(10_000);
  assert.deepEqual([close?.code, close?.reason.split(':')[0]], [code, reason]);
  foe.connection.socket.end();
}

for (const role of ROLES) {
  describe(`bombs to our ${role}`, { concurrency: false }, () => {
    const skip = existsSync('/proc/self/clear_refs')
      ? false
      : 'only Linux tells the most memory that a process had';
    for (const [name, { send, octets, wastedBytes }] of Object.entries(BOMBS)) {
      test(`96: ${name} → 1009, and memory up to the limit`, { skip }, async () => {
        await using victim = await Victim.start({ compression: true }, { env: ENV });
        const peaks: number[] = [];
        for (let round = 0; round < ROUNDS; round += 1) {
          using foe = await againstVictim(victim, role, '/sink');
          const bytes = send(foe);
          peaks.push(await peakOf(victim, () => assertEnds(foe, bytes, 1009, 'MSG_TOO_BIG')));
        }
        // The message itself is held as it came, then in one piece, and once more for the other thread.
        const most = LIMIT_BYTES + CHUNK_BYTES + wastedBytes + 3 * octets + NOISE_BYTES;
        const peak = peaks.toSorted((one, other) => one - other)[ROUNDS >> 1]!;
        assert.ok(peak < most, `${peaks} octets, at most ${most}`);
        await victim.settled();
        victim.assertUnhurt();
      });
    }

    test('96: fifty at once → 1009 each, and others echo', async () => {
      await using victim = await Victim.start({ compression: true });
      const foes: Foe[] = [];
      while (foes.length < 50) foes.push(await againstVictim(victim, role, '/sink'));
      const bytes = inOneFrame(BOMB)(foes[0]!);
      await Promise.all(foes.map((foe) => assertEnds(foe, bytes, 1009, 'MSG_TOO_BIG')));
      const { reasons, received } = await victim.settled();
      assert.deepEqual([reasons.MSG_TOO_BIG, received], [50, 0]);
      victim.assertUnhurt();
    });

    test('97: messages just under the limit, without pause → 1008', async () => {
      await using victim = await Victim.start({ compression: true });
      using foe = await againstVictim(victim, role, '/sink');
      const bytes = inOneFrame(FLOODS['messages just under the limit'])(foe);
      await assertEnds(foe, Buffer.concat(Array<Buffer>(1000).fill(bytes)), 1008, 'MSG_INFLATE_RATE');
      const { received } = await victim.settled();
      // 64 in a second, and where it ended perhaps 64 more in the next.
      assert.ok(received >= 64 && received <= 128, `${received} were delivered`);
      victim.assertUnhurt();
    });

    for (const [name, payload] of Object.entries(FLOODS)) {
      test(`97: ${name}, without pause, on twenty connections → others echo`, async () => {
        await using victim = await Victim.start({ compression: true });
        const foes: Foe[] = [];
        while (foes.length < 20) foes.push(await againstVictim(victim, role, '/sink'));
        const message = inOneFrame(payload)(foes[0]!);
        const bytes = Buffer.alloc(Math.ceil(FLOOD_BYTES / message.length) * message.length, message);
        for (const { connection } of foes) connection.send(bytes);
        await pause(FLOOD_MS);
        victim.assertUnhurt();
        // A busy machine needs longer for the same; it is the witness that must not wait.
        let { received } = await victim.stats();
        for (let round = 0; round < 40 && received <= 20; round += 1) {
          await pause(250);
          ({ received } = await victim.stats());
        }
        assert.ok(received > 20, 'nothing was expanded');
        for (const { connection } of foes) connection.reset();
      });
    }
  });
}
