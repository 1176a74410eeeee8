// RFC 7692 §7.2.3: the RFC's own examples, octet by octet, and the window that messages share.
import { EXAMPLES, HELLO, HELLO_FINAL } from '../deflate/rfc-examples.js';
import { deflated, fromHex } from './payloads.js';
import { AGREED, rule } from './roles.js';

/** What is echoed is sent as it is: here it matters how messages are read. */
const PLAINLY = { compression: { thresholdBytes: Number.POSITIVE_INFINITY } } as const;
const BOTH = { agreement: AGREED, ...PLAINLY } as const;
const NEITHER = {
  agreement: { ...AGREED, sendTakeover: false, receiveTakeover: false },
  ...PLAINLY,
} as const;
const HELLO_AGAIN = 'f2 00 11 00 00';

for (const [section, what, octets, text] of EXAMPLES) {
  rule(
    `${section} ${what}: ${octets}`,
    async (peer) => {
      for (const isText of [true, false]) {
        peer.write(peer.compressed(isText, fromHex(octets)));
        await peer.expectMessage(isText, text);
      }
    },
    NEITHER,
  );
}

rule(
  '§7.2.3.1 the example in two fragments, as the RFC cuts it',
  async (peer) => {
    peer.write(peer.compressed(true, fromHex('f2 48 cd'), fromHex('c9 c9 07 00')));
    await peer.expectMessage(true, 'Hello');
  },
  BOTH,
);

rule(
  '§7.2.3.6 data of unknown size: the last fragment is an empty block',
  async (peer) => {
    peer.write(peer.compressed(true, fromHex('f2 48 cd c9 c9 07 00 00 00 ff ff'), fromHex('00')));
    await peer.expectMessage(true, 'Hello');
  },
  BOTH,
);

rule(
  '§7.2.3.2 the second message refers to the first',
  async (peer) => {
    for (const octets of [HELLO, HELLO_AGAIN, HELLO_AGAIN]) {
      peer.write(peer.compressed(true, fromHex(octets)));
      await peer.expectMessage(true, 'Hello');
    }
  },
  BOTH,
);

rule(
  '§7.2.3.2 a message that refers to none before is as good, and the next one refers to it',
  async (peer) => {
    for (const [octets, text] of [
      [HELLO, 'Hello'],
      [HELLO_AGAIN, 'Hello'],
      [deflated('World'), 'World'],
      // The example is an H and four octets from five before.
      [HELLO_AGAIN, 'Horld'],
    ] as const) {
      peer.write(peer.compressed(true, typeof octets === 'string' ? fromHex(octets) : octets));
      await peer.expectMessage(true, text);
    }
  },
  BOTH,
);

rule(
  '§7.2.3.2, §6 what was not compressed is not in the window; nor are control frames',
  async (peer) => {
    peer.write([
      ...peer.compressed(true, fromHex(HELLO)),
      ...peer.message(true, 'between'),
      peer.frame(10, 'unasked'),
      ...peer.compressed(true, fromHex(HELLO_AGAIN)),
    ]);
    await peer.expectMessage(true, 'Hello');
    await peer.expectMessage(true, 'between');
    await peer.expectMessage(true, 'Hello');
  },
  BOTH,
);

rule(
  '§7.2.3.2, §7.2.3.4 a final block and an empty message leave the window as it is',
  async (peer) => {
    for (const [octets, text] of [
      [`${HELLO_FINAL} 00`, 'Hello'],
      ['00', ''],
      [HELLO_AGAIN, 'Hello'],
      ['01 00 00 ff ff', ''],
      [HELLO_AGAIN, 'Hello'],
    ] as const) {
      peer.write(peer.compressed(true, fromHex(octets)));
      await peer.expectMessage(true, text);
    }
  },
  BOTH,
);

rule(
  '§7.2.3.2 without takeover there is nothing to refer to: 1007',
  async (peer) => {
    peer.write(peer.compressed(true, fromHex(HELLO)));
    await peer.expectMessage(true, 'Hello');
    peer.write(peer.compressed(true, fromHex(HELLO_AGAIN)));
    await peer.expectFailure(1007, 'EXT_INFLATE');
  },
  NEITHER,
);

rule(
  '§7.2.3.2 nor is there before the first message: 1007',
  async (peer) => {
    peer.write(peer.compressed(true, fromHex(HELLO_AGAIN)));
    await peer.expectFailure(1007, 'EXT_INFLATE');
  },
  BOTH,
);
