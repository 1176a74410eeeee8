// Any sequence of messages with any parameters equals its input, with a zlib stream per connection as the other side.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { type Codec, compressAlone } from '../../src/deflate/codec.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { codec, compressAway, expand, expandAway } from './agreed.js';
import { payload } from './payloads.js';
import { StreamCompressor, StreamExpander } from './zlib-peer.js';

after(() => assert.equal(heldBytes(), 0));

const windowBits = fc.integer({ min: 8, max: 15 });
const level = fc.integer({ min: 1, max: 9 });

test('what we compress, here or on another thread or for many, a stream expands', async () => {
  const way = fc.constantFrom('here', 'away', 'alone');
  const messages = fc.array(fc.tuple(payload, way), { maxLength: 8 });
  const seen = { compressed: 0, plain: 0 };
  const property = fc.asyncProperty(
    windowBits,
    fc.boolean(),
    level,
    messages,
    async (bits, takeover, effort, sent) => {
      const ours = codec({ sendTakeover: takeover, sendWindowBits: bits }, { level: effort });
      const theirs = new StreamExpander({ windowBits: bits, takeover });
      for (const [message, how] of sent) {
        const compressed = await compress(ours, message, how);
        if (compressed === undefined) seen.plain += 1;
        else {
          seen.compressed += 1;
          assert.deepEqual(await theirs.expand(compressed), message);
        }
      }
      theirs.close();
      ours.release();
    },
  );
  await fc.assert(property, { numRuns: 1000 });
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 100, `${what}: only ${times}`);
});

async function compress(ours: Codec, message: Buffer, how: string): Promise<Uint8Array | undefined> {
  if (how === 'here') return ours.compress(message);
  if (how === 'away') return compressAway(ours, message);
  const compressed = compressAlone(message, ours.level, ours.windowBitsFor(message.length));
  return compressed !== undefined && ours.passAlone(message) ? compressed : undefined;
}

const AWAY = 'for another thread';

test('what a stream compresses we expand, here or on another thread', async () => {
  const messages = fc.array(fc.tuple(payload, fc.boolean()), { maxLength: 8 });
  const property = fc.asyncProperty(
    windowBits,
    fc.boolean(),
    fc.integer({ min: 0, max: 9 }),
    messages,
    async (bits, takeover, effort, sent) => {
      const ours = codec({ receiveTakeover: takeover, receiveWindowBits: bits });
      const theirs = new StreamCompressor({ windowBits: bits, takeover, level: effort });
      for (const [message, here] of sent) {
        const compressed = await theirs.compress(message);
        const outcome = here ? expand(ours, compressed) : AWAY;
        assert.deepEqual(outcome === AWAY ? await expandAway(ours, compressed) : outcome, message);
      }
      theirs.close();
      ours.release();
    },
  );
  await fc.assert(property, { numRuns: 1000 });
});

test('octets at random are expanded or refused, and nothing is thrown', async () => {
  const ours = codec({ receiveTakeover: true, receiveWindowBits: 9 }, { maxInflatedBytesPerSecond: 1e12 });
  const seen = { expanded: 0, refused: 0 };
  const property = fc.property(fc.uint8Array({ maxLength: 60 }), (octets) => {
    const outcome = expand(ours, octets, 10_000);
    if (typeof outcome !== 'string') seen.expanded += 1;
    else if (/^(?:EXT_INFLATE 1007|MSG_TOO_BIG 1009): /.test(outcome)) seen.refused += 1;
    else assert.fail(outcome);
  });
  fc.assert(property, { numRuns: 5000 });
  ours.release();
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 10, `${what}: only ${times}`);
});
