// The options of compression: their defaults, what is refused, and the budgets of memory that they set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { heldBytes, hold, letGo, promisedBytes } from '../../src/deflate/memory.js';
import {
  type CompressionOptions,
  CompressionSettings,
  compressionSettings,
} from '../../src/deflate/settings.js';
import { codec, compressAway, expand, expandAway, noise, prose, TAKEOVER } from './agreed.js';

test('compression is off unless it is asked for', () => {
  assert.equal(compressionSettings('server', undefined), undefined);
  assert.equal(compressionSettings('client', false), undefined);
});

test('true and an empty object are the defaults', () => {
  for (const option of [true, {}] as const) {
    const { thresholdBytes, level, maxInflatedBytesPerSecond, maxConnectionBytes, maxProcessBytes } =
      compressionSettings('server', option)!;
    assert.deepEqual([thresholdBytes, level], [1024, 1]);
    assert.deepEqual(
      [maxInflatedBytesPerSecond, maxConnectionBytes, maxProcessBytes],
      [67_108_864, 4_194_304, 67_108_864],
    );
  }
});

test('with takeover shorter messages are worth it, unless a threshold was given', () => {
  assert.equal(new CompressionSettings('server', { takeover: true }).thresholdBytes, 64);
  assert.equal(new CompressionSettings('server', { takeover: true, thresholdBytes: 0 }).thresholdBytes, 0);
});

test('an option that is undefined was not given', () => {
  const options = { level: undefined, takeover: undefined } as unknown as CompressionOptions;
  assert.equal(new CompressionSettings('client', options).level, 1);
});

const misuse: [options: unknown, error: RegExp][] = [
  [{ levle: 3 }, /TypeError: unknown option "levle" in compression: did you mean "level"/],
  [{ takeover: 1 }, /TypeError: compression.takeover is true or false/],
  [{ level: 0 }, /RangeError: compression.level must be a number of at least 1, not 0/],
  [{ level: 10 }, /RangeError: compression.level must be 9 at most, not 10/],
  [{ level: 1.5 }, /RangeError: compression.level must be a whole number, not 1.5/],
  [{ level: '1' }, /RangeError: compression.level must be a number/],
  [{ windowBits: 8 }, /RangeError: compression.windowBits must be a number of at least 9/],
  [{ windowBits: 16 }, /RangeError: compression.windowBits must be 15 at most/],
  [{ windowBits: 9.5 }, /RangeError: compression.windowBits must be a whole number/],
  [{ thresholdBytes: -1 }, /RangeError: compression.thresholdBytes must be a number of at least 0/],
  [{ thresholdBytes: Number.NaN }, /RangeError: compression.thresholdBytes/],
  [{ maxInflatedBytesPerSecond: 0 }, /RangeError: compression.maxInflatedBytesPerSecond/],
  [{ maxConnectionBytes: -1 }, /RangeError: compression.maxConnectionBytes/],
  [{ maxProcessBytes: null }, /RangeError: compression.maxProcessBytes/],
  ['yes', /TypeError: compression is true, false or an object/],
  [null, /TypeError: compression is true, false or an object/],
  [1, /TypeError: compression is true, false or an object/],
];
for (const [options, error] of misuse) {
  test(`${JSON.stringify(options)} is refused`, () => {
    assert.throws(
      () => compressionSettings('server', options as CompressionOptions),
      (thrown) => error.test(`${thrown}`),
    );
  });
}

test('no limit is a limit', () => {
  const options = { thresholdBytes: Number.POSITIVE_INFINITY, maxProcessBytes: Number.POSITIVE_INFINITY };
  assert.equal(new CompressionSettings('server', options).thresholdBytes, Number.POSITIVE_INFINITY);
});

// ---- budgets

const TEXT = prose(1500);

test('a connection over its budget sends uncompressed, and compresses again once there is room', async () => {
  const kept = codec({ ...TAKEOVER, sendWindowBits: 9 }, { maxConnectionBytes: 511 });
  assert.equal(kept.compress(TEXT), undefined, 'no room for a window');
  assert.equal(await compressAway(kept, TEXT), undefined);
  assert.equal(kept.passAlone(TEXT), false);
  assert.equal(heldBytes(), 0);
  assert.ok(kept.compress(prose(200)) !== undefined, 'a short message needs a small one');
  assert.equal(heldBytes(), 256);
  kept.release();
  const large = codec({ sendTakeover: true, sendWindowBits: 9 }, { maxConnectionBytes: 512 + 1500 });
  assert.ok(
    (await compressAway(large, TEXT)) !== undefined,
    'the message counts while it is on another thread',
  );
  assert.equal(heldBytes(), 512);
  assert.equal(await compressAway(large, prose(1501)), undefined);
  assert.ok((await compressAway(large, TEXT)) !== undefined, 'and not afterwards');
  large.release();
  assert.equal(heldBytes(), 0);
});

test('without takeover nothing is kept, and only what is on another thread counts', async () => {
  const plain = codec({}, { maxConnectionBytes: 0 });
  assert.ok(plain.compress(TEXT) !== undefined);
  assert.equal(plain.passAlone(TEXT), true);
  assert.equal(await compressAway(plain, TEXT), undefined);
  assert.equal(heldBytes(), 0);
  plain.release();
});

test('the budget of the process is one for all connections, whatever their own', async () => {
  const options = { maxProcessBytes: 2048 };
  const agreed = { sendTakeover: true, sendWindowBits: 10 };
  const [first, second, third] = [1, 2, 3].map(() => codec(agreed, options));
  assert.ok(first!.compress(TEXT) !== undefined);
  assert.ok(second!.compress(TEXT) !== undefined);
  assert.equal(heldBytes(), 2048);
  assert.equal(third!.compress(TEXT), undefined);
  assert.equal(third!.passAlone(TEXT), false);
  assert.equal(await compressAway(third!, TEXT), undefined);
  assert.ok(first!.compress(TEXT) !== undefined, 'who has a window needs no more');
  second!.release();
  assert.ok(third!.compress(TEXT) !== undefined, 'and there is room again');
  first!.release();
  third!.release();
  assert.equal(heldBytes(), 0);
});

test('a window that a peer was promised counts for who opens next, though nothing is kept in it yet', () => {
  const settings = new CompressionSettings('server', { takeover: true, maxProcessBytes: 4096 });
  const wanted = settings.extension;
  const [first, second] = [1, 2].map(() => codec({ ...TAKEOVER, receiveWindowBits: 11 }));
  assert.deepEqual([heldBytes(), promisedBytes()], [0, 4096]);
  assert.notEqual(settings.extension, wanted, 'no takeover any more');
  first!.release();
  first!.release();
  assert.equal(promisedBytes(), 2048);
  assert.equal(settings.extension, wanted);
  second!.release();
  assert.equal(promisedBytes(), 0);
});

test('what a peer sends is expanded whatever is held, and counts', async () => {
  const sender = codec(TAKEOVER);
  const octets = sender.compress(TEXT)!;
  sender.release();
  const kept = codec({ ...TAKEOVER, receiveWindowBits: 10 }, { maxConnectionBytes: 100 });
  assert.deepEqual(expand(kept, octets), TEXT);
  assert.equal(heldBytes(), 1024);
  assert.equal(kept.compress(prose(200)), undefined, 'ours goes uncompressed');
  const away = expandAway(kept, noise(40_000));
  assert.ok(heldBytes() > 41_000, `${heldBytes()}`);
  await away;
  assert.equal(heldBytes(), 1024);
  kept.release();
  assert.equal(heldBytes(), 0);
});

test('a codec that was released tells nothing of what was on another thread, and holds nothing', async () => {
  const octets = codec().compress(TEXT)!;
  const gone = codec(TAKEOVER);
  gone.compress(TEXT);
  gone.compressAway(TEXT, () => assert.fail('its connection has ended'));
  gone.expandAway(octets, 10_000, 0, () => assert.fail('its connection has ended'));
  assert.ok(heldBytes() > 0);
  gone.release();
  assert.equal(heldBytes(), 0);
  const after = codec();
  await Promise.all([compressAway(after, noise(100_000)), expandAway(after, octets)]);
  assert.equal(heldBytes(), 0);
  after.release();
});

test('with the budget of the process used up, no takeover is offered or answered any more', () => {
  for (const role of ['server', 'client'] as const) {
    const settings = new CompressionSettings(role, { takeover: true, maxProcessBytes: 1000 });
    const usual = settings.extension;
    assert.ok(hold(1000, 1000));
    assert.equal(hold(1, 1000), false);
    const tight = settings.extension;
    letGo(1000);
    assert.notEqual(tight, usual);
    assert.equal(settings.extension, usual);
    const offer = { name: 'permessage-deflate', parameters: [] };
    if (role === 'server') {
      assert.equal(
        usual.accept({ ...offer, parameters: [{ name: 'client_max_window_bits', value: undefined }] })?.agreed
          .sendTakeover,
        true,
      );
      assert.equal(tight.accept(offer)?.agreed.sendTakeover, false);
    } else assert.notDeepEqual(tight.offer(), usual.offer());
  }
  const without = new CompressionSettings('server', { maxProcessBytes: 0 });
  assert.equal(
    without.extension.accept({ name: 'permessage-deflate', parameters: [] })?.agreed.sendTakeover,
    false,
  );
});
