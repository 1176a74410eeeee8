// RFC 7692 §7.2: how the payload of a message becomes DEFLATE data and back. The examples of §7.2.3 have a file of their own; other
// compressed messages are made and read by Node's zlib.
import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';
import { deflated, fromHex, noise, TAIL } from './payloads.js';
import type { Peer } from './peer.js';
import { AGREED, rule } from './roles.js';

/** What is echoed is sent as it is: here it matters how messages are read. */
const PLAINLY = { compression: { thresholdBytes: Number.POSITIVE_INFINITY } } as const;
const BOTH = { agreement: AGREED, ...PLAINLY } as const;
const NEITHER = {
  agreement: { ...AGREED, sendTakeover: false, receiveTakeover: false },
  ...PLAINLY,
} as const;
const HELLO = 'f2 48 cd c9 c9 07 00';
const HELLO_FINAL = 'f3 48 cd c9 c9 07 00';

// ---- §7.2.2: what cannot be expanded

const BROKEN: [what: string, octets: string][] = [
  ['a block of the type that is none', '06'],
  ['noise', 'ff ff ff ff ff'],
  ['text that was never compressed', '48 65 6c 6c 6f'],
  ['a stored block whose lengths differ', '00 05 00 fa fe 48 65 6c 6c 6f 00'],
  ['a distance into nothing', 'f2 48 05 60 00 00'],
  ['no octet at all', ''],
  ...[1, 2, 3, 4, 5, 6].map((size): [string, string] => [
    `cut behind octet ${size}`,
    HELLO.slice(0, size * 3 - 1),
  ]),
  ['cut in a stored block', '00 05 00 fa ff 48 65'],
  ['cut behind a stored block: its flush is missing', '00 05 00 fa ff 48 65 6c 6c 6f'],
  ['a flush that is still there', `${HELLO} 00 00 ff ff`],
  ['one octet behind the final block', `${HELLO_FINAL} 01`],
  ['two octets behind it', `${HELLO_FINAL} 00 00`],
  ['a flush behind it', `${HELLO_FINAL} 00 00 00 ff ff`],
  ['a block behind it', `${HELLO_FINAL} ${HELLO}`],
  ['a final block behind it', `${HELLO_FINAL} ${HELLO_FINAL}`],
];
for (const [what, octets] of BROKEN) {
  rule(
    `§7.2.2 ${what} fails the connection with 1007: ${octets}`,
    async (peer) => {
      peer.write(peer.compressed(false, fromHex(octets)));
      await peer.expectFailure(1007, 'EXT_INFLATE');
    },
    BOTH,
  );
}

rule(
  '§7.2.2 a message that is cut late fails, however large',
  async (peer) => {
    const whole = deflated(Buffer.from(Array.from({ length: 300_000 }, (_, at) => (at * at) % 251)));
    peer.write(peer.compressed(false, whole));
    assert.equal((await frame(peer)).payload.length, 300_000);
    peer.write(peer.compressed(false, whole.subarray(0, -2)));
    await peer.expectFailure(1007, 'EXT_INFLATE');
  },
  NEITHER,
);

// ---- RFC 6455 §8.1 holds for what is expanded

for (const [what, octets] of [
  ['FF', 'ff'],
  ['a surrogate', 'eda080'],
  ['the end inside a character', '61 e282'],
] as const) {
  rule(
    `§6.2 ${what} in a text, once expanded, fails the connection with 1007`,
    async (peer) => {
      peer.write(peer.compressed(true, deflated(fromHex(octets))));
      await peer.expectFailure(1007, 'MSG_UTF8');
    },
    BOTH,
  );
  rule(
    `§6.2 ${what} in a binary is nobody's business`,
    async (peer) => {
      peer.write(peer.compressed(false, deflated(fromHex(octets))));
      await peer.expectMessage(false, fromHex(octets));
    },
    BOTH,
  );
}

// ---- RFC 6455 §10.4, RFC 7692 §8: limits are those of the message, not of its octets on the wire

for (const maxMessageBytes of [1000, 65_536, 300_000, 3_000_000]) {
  for (const [what, make] of [
    ['zeros', (size: number) => Buffer.alloc(size)],
    ['noise', noise],
  ] as const) {
    rule(
      `§8 a message of ${maxMessageBytes} octets of ${what} passes where that is the limit; one more is 1009`,
      async (peer) => {
        const message = make(maxMessageBytes + 1);
        peer.write(peer.compressed(false, deflated(message.subarray(1))));
        assert.ok((await frame(peer)).payload.equals(message.subarray(1)));
        peer.write(peer.compressed(false, deflated(message)));
        await peer.expectFailure(1009, 'MSG_TOO_BIG');
      },
      { ...BOTH, limits: { maxMessageBytes } },
    );
  }
}

async function frame(peer: Peer) {
  const found = await peer.next();
  assert.ok(found !== 'end');
  return found;
}

// ---- §7.2.1: what we send

/** A message as a receiver expands it that has `before` in its window. */
function inflated(payload: Uint8Array, before: string | undefined): string {
  const context = before === undefined ? {} : { dictionary: Buffer.from(before) };
  const octets = Buffer.concat([payload, TAIL]);
  return inflateRawSync(octets, { finishFlush: constants.Z_SYNC_FLUSH, ...context }).toString();
}

const EAGER = { echo: false, compression: { thresholdBytes: 0 } } as const;
const TEXT = 'a text that is compressed; a text that is compressed again';

rule(
  '§7.2.1 ours can be expanded, and leaves out the four octets that every flush ends with',
  async (peer) => {
    for (let count = 0; count < 3; count += 1) {
      peer.connection.send(TEXT);
      const { rsv, payload } = await frame(peer);
      assert.equal(rsv, 4);
      assert.ok(!payload.subarray(-4).equals(TAIL));
      assert.equal(inflated(payload, undefined), TEXT);
    }
  },
  { ...NEITHER, ...EAGER },
);

rule(
  '§7.2.1 ours with takeover: the second time is a reference to the first',
  async (peer) => {
    let before: string | undefined;
    const sizes: number[] = [];
    for (let count = 0; count < 3; count += 1) {
      peer.connection.send(TEXT);
      const { rsv, payload } = await frame(peer);
      assert.equal(rsv, 4);
      sizes.push(payload.length);
      assert.equal(inflated(payload, before), TEXT);
      before = (before ?? '') + TEXT;
    }
    assert.ok(sizes[1]! < sizes[0]! / 4, sizes.join());
    assert.ok(sizes[2]! < sizes[0]! / 4, sizes.join());
  },
  { ...BOTH, ...EAGER },
);

rule(
  '§7.2.1 what we send as it is does not become context',
  async (peer) => {
    peer.connection.send(`the secret: ${TEXT}`, { compress: false });
    await peer.expectMessage(true, `the secret: ${TEXT}`);
    peer.connection.send(TEXT);
    assert.equal(inflated((await frame(peer)).payload, undefined), TEXT);
    peer.connection.send(`the secret: ${TEXT}`, { compress: false });
    await peer.expectMessage(true, `the secret: ${TEXT}`);
    peer.connection.send(TEXT);
    assert.equal(inflated((await frame(peer)).payload, TEXT), TEXT);
  },
  { ...BOTH, ...EAGER },
);

rule(
  '§7.2.1 what does not get smaller is sent as it is, and does not become context either',
  async (peer) => {
    const large = noise(200_000);
    for (const message of [large, large.subarray(-1000), large.subarray(-1000)]) {
      peer.connection.send(message);
      await peer.expectMessage(false, message);
    }
  },
  { ...BOTH, ...EAGER },
);

rule(
  '§7.2.1 ours keep their order, large ones and small ones, compressed and not',
  async (peer) => {
    const large = TEXT.repeat(20_000);
    const messages = [TEXT, large, 'x', TEXT, large, large, 'y'];
    for (const message of messages) peer.connection.send(message);
    for (const message of messages) {
      const { rsv, payload } = await frame(peer);
      assert.equal(rsv === 4 ? inflated(payload, undefined) : payload.toString(), message);
    }
  },
  { ...NEITHER, ...EAGER, limits: { maxBufferedBytes: 10_000_000 } },
);
