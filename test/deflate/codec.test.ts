// RFC 7692 §7.2: one message compressed and expanded: its examples octet by octet, what is refused, limits and windows.
import assert from 'node:assert/strict';
import { syncBuiltinESMExports } from 'node:module';
import { after, test } from 'node:test';
import zlib, { constants, deflateRawSync } from 'node:zlib';
import { compressAlone } from '../../src/deflate/codec.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { hex, show } from '../frames/hex.js';
import { codec, compressAway, expand, expandAway, noise, prose, TAKEOVER } from './agreed.js';
import { EXAMPLES } from './rfc-examples.js';
import { StreamExpander } from './zlib-peer.js';

after(() => assert.equal(heldBytes(), 0, 'every codec was released'));

const HELLO = Buffer.from('Hello');

for (const [section, what, octets, text] of EXAMPLES) {
  test(`RFC 7692 ${section}: ${what}, on this thread and on another`, async () => {
    const plain = codec();
    assert.equal(expand(plain, hex(octets)).toString(), text);
    assert.equal((await expandAway(plain, hex(octets))).toString(), text);
    plain.release();
  });
}

test('RFC 7692 §7.2.3.2: a second message refers to the first, where context is taken over', () => {
  const kept = codec({ receiveTakeover: true });
  assert.equal(expand(kept, hex('f2 48 cd c9 c9 07 00')).toString(), 'Hello');
  assert.equal(expand(kept, hex('f2 00 11 00 00')).toString(), 'Hello');
  kept.release();
  const fresh = codec();
  expand(fresh, hex('f2 48 cd c9 c9 07 00'));
  assert.equal(expand(fresh, hex('f2 00 11 00 00')), 'EXT_INFLATE 1007: invalid distance too far back');
  fresh.release();
});

test('a message after a final block may refer to it too', () => {
  const kept = codec({ receiveTakeover: true });
  assert.equal(expand(kept, hex('f3 48 cd c9 c9 07 00 00')).toString(), 'Hello');
  assert.equal(expand(kept, hex('f2 00 11 00 00')).toString(), 'Hello');
  kept.release();
});

const refused: [what: string, octets: string, seen: string][] = [
  ['no payload, which is not even an empty block', '', 'invalid stored block lengths'],
  ['a block of a reserved type', '06', 'invalid block type'],
  ['an octet behind a final block', 'f3 48 cd c9 c9 07 00 01', '1 octet behind the final block'],
  ['two octets behind a final block', 'f3 48 cd c9 c9 07 00 00 00', '2 octets behind the final block'],
  ['a message behind a final block', 'f3 48 cd c9 c9 07 00 f2 48 00', '3 octets behind the final block'],
  ['an end inside a final block', 'f3 48 cd c9 c9 07', 'an end inside the final block'],
  ['a final block without the second half of its length', '01 05 00', 'invalid stored block lengths'],
  ['more stored octets than came', '00 20 00 df ff 48 65', 'unexpected end of file'],
  ['a distance in front of everything', 'f2 00 11 00 00', 'invalid distance too far back'],
];
for (const [what, octets, seen] of refused) {
  test(`refused, on this thread and on another: ${what}`, async () => {
    const plain = codec();
    assert.equal(expand(plain, hex(octets)), `EXT_INFLATE 1007: ${seen}`);
    assert.equal(await expandAway(plain, hex(octets)), `EXT_INFLATE 1007: ${seen}`);
    plain.release();
  });
}

test('only the given part of the octets is expanded', () => {
  const plain = codec();
  const octets = hex('ffff f2 48 cd c9 c9 07 00 ffff');
  assert.deepEqual(plain.expand(octets, 2, 9, 100, 0), HELLO);
  plain.release();
});

/** Messages whose compressed forms have every kind of block. */
const wholes: [what: string, octets: Buffer][] = [
  ['fixed codes', deflate(Buffer.from('Hello, hello, hello'))],
  ['codes of its own', deflate(prose(900))],
  ['codes of its own and few of them', deflate(Buffer.from('aaaaaaaaab'.repeat(90)))],
  ['stored', deflate(noise(200))],
  [
    'two blocks',
    Buffer.concat([deflateRawSync(prose(300), { finishFlush: constants.Z_SYNC_FLUSH }), deflate(noise(90))]),
  ],
];
for (const [what, octets] of wholes) {
  test(`cut anywhere (${what}), a message is refused or is what RFC 7692 §7.2.2 makes of those octets`, async () => {
    const plain = codec();
    for (let size = 0; size < octets.length; size += 1) {
      const cut = octets.subarray(0, size);
      const outcome = expand(plain, cut);
      if (typeof outcome === 'string') assert.match(outcome, /^EXT_INFLATE 1007: /);
      else assert.deepEqual(outcome, await literally(cut), `${size} of ${octets.length} octets`);
    }
    plain.release();
  });

  test(`with any octet changed (${what}), a message is refused or is something else, and nothing is thrown`, () => {
    const plain = codec();
    for (let at = 0; at < octets.length; at += 1) {
      const changed = Buffer.from(octets);
      changed[at]! ^= 0xff;
      const outcome = expand(plain, changed);
      if (typeof outcome === 'string') assert.match(outcome, /^EXT_INFLATE 1007: /);
    }
    plain.release();
  });
}

function deflate(bytes: Uint8Array): Buffer {
  return deflateRawSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

async function literally(octets: Uint8Array): Promise<Buffer> {
  const stream = new StreamExpander({ windowBits: 15, takeover: false });
  const out = await stream.expand(octets);
  stream.close();
  return out;
}

// ---- limits

for (const bytes of [0, 1, 1000, 65_535, 65_536, 65_537, 262_144, 262_145, 700_000]) {
  test(`a message of ${bytes} octets is taken at that limit, and not one below`, async () => {
    const plain = codec();
    const octets = deflate(Buffer.alloc(bytes));
    const here = expand(plain, octets, bytes);
    if (bytes > 262_144) assert.equal(here, 'for another thread');
    else assert.equal(here.length, bytes);
    assert.equal((await expandAway(plain, octets, bytes)).length, bytes);
    if (bytes > 0) {
      const tooBig = `MSG_TOO_BIG 1009: more than ${bytes - 1} octets once expanded, wanted ${bytes - 1} at most`;
      if (bytes <= 262_145) assert.equal(expand(plain, octets, bytes - 1), tooBig);
      assert.equal(await expandAway(plain, octets, bytes - 1), tooBig);
    }
    plain.release();
  });
}

test('without a limit, what expands to much is expanded on another thread', async () => {
  const plain = codec();
  const octets = deflate(Buffer.alloc(600_000));
  assert.equal(expand(plain, octets, Number.POSITIVE_INFINITY), 'for another thread');
  assert.equal((await expandAway(plain, octets, Number.POSITIVE_INFINITY)).length, 600_000);
  plain.release();
});

test('a compressed message above 32 KiB is for another thread, whatever it expands to', async () => {
  const plain = codec();
  const octets = deflate(noise(32_769));
  assert.equal(expand(plain, octets), 'for another thread');
  assert.deepEqual(await expandAway(plain, octets), noise(32_769));
  plain.release();
});

test('what one connection expands in a second is counted together, on both threads', async () => {
  const plain = codec({}, { maxInflatedBytesPerSecond: 2500 });
  const octets = deflate(Buffer.alloc(1000));
  assert.equal(expand(plain, octets, 5000, 10_000).length, 1000);
  assert.equal((await expandAway(plain, octets, 5000, 10_500)).length, 1000);
  const fault = 'MSG_INFLATE_RATE 1008: 3000 octets in a second, wanted 2500 at most';
  assert.equal(expand(plain, octets, 5000, 10_999), fault);
  assert.equal(expand(plain, octets, 5000, 11_000).length, 1000, 'a new second, a new count');
  const other = codec({}, { maxInflatedBytesPerSecond: 1000 });
  assert.equal(expand(other, octets, 5000, 11_000).length, 1000, 'each connection has its own');
  for (const each of [plain, other]) each.release();
});

// ---- compressing

test('compressed on this thread and on another, it is what zlib writes, without the end of its flush', async () => {
  for (const level of [1, 6]) {
    const plain = codec({}, { level });
    const text = prose(3000);
    const want = deflateRawSync(text, {
      level,
      windowBits: 12,
      memLevel: 5,
      finishFlush: constants.Z_SYNC_FLUSH,
    });
    assert.equal(show(plain.compress(text)!), show(want.subarray(0, -4)));
    assert.equal(show((await compressAway(plain, text))!), show(want.subarray(0, -4)));
    assert.equal(show(compressAlone(text, level, 12)!), show(want.subarray(0, -4)));
    plain.release();
  }
});

test('what does not get smaller is not compressed, and is no context for what follows', async () => {
  const kept = codec(TAKEOVER);
  const octets = noise(300);
  assert.equal(kept.compress(HELLO), undefined);
  assert.equal(kept.compress(octets), undefined);
  assert.equal(kept.compress(Buffer.alloc(0)), undefined);
  assert.equal(await compressAway(kept, octets), undefined);
  assert.equal(compressAlone(octets, 1, 15), undefined);
  assert.equal(heldBytes(), 0);
  assert.equal(kept.compress(octets), undefined, 'the same again would be a reference if it had been kept');
  kept.release();
});

test('with takeover a message that was there before is a reference, on either thread', async () => {
  const text = prose(2000);
  const kept = codec(TAKEOVER);
  const first = kept.compress(text)!;
  const second = kept.compress(text)!;
  assert.ok(second.length < first.length / 10, `${first.length}, then ${second.length}`);
  const third = (await compressAway(kept, text))!;
  assert.ok(third.length < first.length / 10);
  const theirs = codec(TAKEOVER);
  for (const octets of [first, second, third]) assert.deepEqual(expand(theirs, octets), text);
  for (const each of [kept, theirs]) each.release();
});

test('without takeover each message is compressed alone, in a window that it fits', () => {
  const plain = codec();
  const text = prose(2000);
  const first = plain.compress(text)!;
  assert.equal(show(plain.compress(text)!), show(first));
  const bits = [0, 250, 251, 1000, 33_000, 1_000_000].map((bytes) => plain.windowBitsFor(bytes));
  assert.deepEqual(bits, [9, 10, 10, 11, 15, 15]);
  const small = codec({ sendWindowBits: 8 });
  assert.deepEqual([small.windowBitsFor(0), small.windowBitsFor(100_000)], [9, 9]);
  const middle = codec({ sendWindowBits: 11 });
  assert.deepEqual([middle.windowBitsFor(100), middle.windowBitsFor(100_000)], [9, 11]);
  for (const each of [plain, small, middle]) each.release();
});

test('zlib cannot compress with 8 bits; with 9 it never refers further back than 8 allow', async () => {
  const theirs = new StreamExpander({ windowBits: 8, takeover: true });
  const ours = codec({ sendTakeover: true, sendWindowBits: 8 }, { level: 9 });
  // What would best be written as a reference by 1 to 512 octets.
  for (let distance = 1; distance <= 512; distance += 1) {
    const text = Buffer.concat([noise(distance, distance), noise(distance, distance), Buffer.alloc(300)]);
    const compressed = ours.compress(text);
    if (compressed !== undefined) assert.deepEqual(await theirs.expand(compressed), text, `${distance}`);
  }
  theirs.close();
  ours.release();
});

test('which messages are for another thread depends on the effort', () => {
  const fast = codec({}, { level: 3 });
  const slow = codec({}, { level: 4 });
  assert.deepEqual(
    [131_071, 131_072].map((bytes) => fast.isForAway(bytes)),
    [false, true],
  );
  assert.deepEqual(
    [32_767, 32_768].map((bytes) => slow.isForAway(bytes)),
    [false, true],
  );
  assert.equal(fast.thresholdBytes, 1024);
  for (const each of [fast, slow]) each.release();
});

test('what zlib fails to compress is sent as it is, and is no context', async () => {
  const kept = codec(TAKEOVER);
  const { deflateRaw, deflateRawSync: deflateNow } = zlib;
  // Only a machine without memory gets there by itself.
  const failing = (_bytes: unknown, _options: unknown, done: (error: Error) => void) =>
    void setImmediate(() => done(new Error('not enough memory')));
  const throwing = () => {
    throw new Error('not enough memory');
  };
  Object.assign(zlib, { deflateRaw: failing, deflateRawSync: throwing });
  syncBuiltinESMExports();
  try {
    assert.equal(await compressAway(kept, prose(2000)), undefined);
    assert.equal(kept.compress(prose(2000)), undefined);
    assert.equal(compressAlone(prose(2000), 1, 15), undefined);
    assert.equal(heldBytes(), 0);
  } finally {
    Object.assign(zlib, { deflateRaw, deflateRawSync: deflateNow });
    syncBuiltinESMExports();
  }
  assert.deepEqual(expand(codec(), (await compressAway(kept, prose(2000)))!), prose(2000));
  kept.release();
});

test('what waits for a thread when its connection ends takes none', async () => {
  const busy = [1, 2, 3, 4].map(() => codec());
  const works = busy.map((each) => compressAway(each, noise(200_000)));
  const [sender, receiver] = [codec(), codec()];
  sender.compressAway(noise(200_000), () => assert.fail('compressed'));
  receiver.expandAway(noise(200_000), 1000, 0, () => assert.fail('expanded'));
  sender.release();
  receiver.release();
  await Promise.all(works);
  assert.deepEqual(expand(codec(), (await compressAway(busy[0]!, prose(2000)))!), prose(2000));
  for (const each of busy) each.release();
});

test('a message refers to all of itself, and to as much of those before as is kept', () => {
  const text = noise(8192);
  const twice = Buffer.concat([text, text]);
  const [sender, receiver] = [codec({ sendTakeover: true }), codec({ receiveTakeover: true })];
  const first = sender.compress(twice)!;
  assert.ok(first.length < 8192 + 300, `${first.length}: the second half refers to the first`);
  assert.equal(heldBytes(), 2048, 'windowBits is 11');
  assert.deepEqual(expand(receiver, first), twice);
  const again = sender.compress(text.subarray(-2048))!;
  assert.ok(again.length < 100, `${again.length}: the last 2 KiB are known`);
  assert.deepEqual(expand(receiver, again), text.subarray(-2048));
  sender.release();
  receiver.release();
});
