// RFC 7692 §6: framing. Which frames say that a message is compressed, and what compression leaves alone. The octets are those of
// §7.2.3.1; our own messages are read by zlib.
import assert from 'node:assert/strict';
import { constants, inflateRawSync } from 'node:zlib';
import type { Frame, Peer } from './peer.js';
import { AGREED, rule } from './roles.js';

const AGREEMENT = { agreement: AGREED } as const;
/** Every message is compressed if that makes it smaller. */
const EAGER = { agreement: AGREED, echo: false, compression: { thresholdBytes: 0 } } as const;
const HELLO = Buffer.from('f248cdc9c90700', 'hex');
const TEXT = 'compressed '.repeat(20);

async function frameOf(peer: Peer): Promise<Frame> {
  const frame = await peer.next();
  assert.ok(frame !== 'end');
  return frame;
}

function inflated(payload: Buffer): string {
  const octets = Buffer.concat([payload, Buffer.of(0, 0, 0xff, 0xff)]);
  return inflateRawSync(octets, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}

rule(
  '§6 RSV1 on the first frame: a compressed message, text or binary',
  async (peer) => {
    for (const isText of [true, false]) {
      peer.write(peer.compressed(isText, HELLO));
      await peer.expectMessage(isText, 'Hello');
    }
  },
  AGREEMENT,
);

rule(
  '§6 no RSV1: a message as it is, between compressed ones, and fragmented too',
  async (peer) => {
    peer.write([
      ...peer.compressed(true, HELLO),
      ...peer.message(true, 'as ', 'it ', 'is'),
      ...peer.message(false, HELLO),
      ...peer.compressed(true, HELLO),
    ]);
    await peer.expectMessage(true, 'Hello');
    await peer.expectMessage(true, 'as it is');
    await peer.expectMessage(false, HELLO);
    await peer.expectMessage(true, 'Hello');
  },
  AGREEMENT,
);

for (let at = 0; at <= HELLO.length; at += 1) {
  rule(
    `§6.1 a compressed message may be fragmented anywhere: behind octet ${at}`,
    async (peer) => {
      peer.write(peer.compressed(true, HELLO.subarray(0, at), HELLO.subarray(at)));
      await peer.expectMessage(true, 'Hello');
    },
    AGREEMENT,
  );
}

rule(
  '§6.1 a fragment an octet, empty ones between them, and every octet in a chunk of its own',
  async (peer) => {
    const parts = Array.from(HELLO, (octet) => [Buffer.of(octet), Buffer.alloc(0)]).flat();
    peer.write(peer.compressed(true, Buffer.alloc(0), ...parts), 1);
    await peer.expectMessage(true, 'Hello');
  },
  AGREEMENT,
);

for (const rsv of [4, 2, 1]) {
  rule(
    `§6.1 RSV bits ${rsv.toString(2).padStart(3, '0')} on a continuation fail the connection`,
    async (peer) => {
      const [first] = peer.compressed(true, HELLO.subarray(0, 3), HELLO.subarray(3));
      peer.write([first!, peer.frame(0, HELLO.subarray(3), { rsv })]);
      await peer.expectFailure(1002, 'FRAME_RSV');
    },
    AGREEMENT,
  );
}

rule(
  '§6.1 RSV1 on a continuation of a message that is not compressed fails the connection',
  async (peer) => {
    peer.write([peer.message(true, 'a', 'b')[0]!, peer.frame(0, HELLO, { rsv: 4 })]);
    await peer.expectFailure(1002, 'FRAME_RSV');
  },
  AGREEMENT,
);

for (const rsv of [1, 2, 3, 5, 6, 7]) {
  rule(
    `§6 RSV bits ${rsv.toString(2).padStart(3, '0')}: compression gives a meaning to RSV1 alone`,
    async (peer) => {
      peer.write(peer.frame(1, HELLO, { rsv }));
      await peer.expectFailure(1002, 'FRAME_RSV');
    },
    AGREEMENT,
  );
}

for (const opcode of [1, 2]) {
  rule(`§6 RSV1 without an agreement fails the connection: opcode ${opcode}`, async (peer) => {
    peer.write(peer.frame(opcode, HELLO, { rsv: 4 }));
    await peer.expectFailure(1002, 'FRAME_RSV');
  });
}

for (const [opcode, name] of [
  [8, 'close'],
  [9, 'ping'],
  [10, 'pong'],
] as const) {
  rule(
    `§6.1 control frames are never compressed: RSV1 on a ${name} fails the connection`,
    async (peer) => {
      peer.write(peer.frame(opcode, '', { rsv: 4 }));
      await peer.expectFailure(1002, 'FRAME_RSV');
    },
    AGREEMENT,
  );
  rule(
    `§6.1 the same inside a compressed message: RSV1 on a ${name}`,
    async (peer) => {
      const [first] = peer.compressed(true, HELLO.subarray(0, 3), HELLO.subarray(3));
      peer.write([first!, peer.frame(opcode, '', { rsv: 4 })]);
      await peer.expectFailure(1002, 'FRAME_RSV');
    },
    AGREEMENT,
  );
}

rule(
  '§6.1 control frames may stand between compressed fragments, and are answered at once',
  async (peer) => {
    const [first, second, third] = peer.compressed(
      true,
      HELLO.subarray(0, 2),
      HELLO.subarray(2, 5),
      HELLO.subarray(5),
    );
    // What looks compressed is a payload like any other here.
    peer.write([first!, peer.frame(9, HELLO)]);
    await peer.expectPong(HELLO);
    peer.write([second!, peer.frame(10, 'unasked'), peer.frame(9, '2')]);
    await peer.expectPong('2');
    assert.ok(await peer.silent(20), 'the message is not whole yet');
    peer.write(third!);
    await peer.expectMessage(true, 'Hello');
    peer.write([first!, peer.closeFrame(1000)]);
    await peer.expectCleanClose(1000);
  },
  AGREEMENT,
);

rule(
  '§6.1 a compressed text is UTF-8 once it is expanded: its own octets need not be',
  async (peer) => {
    const [first, second] = peer.compressed(true, HELLO.subarray(0, 3), HELLO.subarray(3));
    peer.write(first!);
    assert.ok(await peer.silent(20), 'F2 48 is no UTF-8, and nobody minds');
    peer.write(second!);
    await peer.expectMessage(true, 'Hello');
  },
  AGREEMENT,
);

rule(
  '§6.1 ours: RSV1 on the first frame, and the type of the message stays',
  async (peer) => {
    peer.connection.send(TEXT);
    peer.connection.send(Buffer.from(TEXT));
    for (const opcode of [1, 2]) {
      const { fin, rsv, opcode: seen, payload } = await frameOf(peer);
      assert.deepEqual([fin, rsv, seen], [true, 4, opcode]);
      assert.ok(payload.length < TEXT.length);
      if (opcode === 1) assert.equal(inflated(payload), TEXT);
    }
  },
  EAGER,
);

rule(
  '§6.1 ours: a message may be sent as it is, and then has no RSV1',
  async (peer) => {
    peer.connection.send(TEXT, { compress: false });
    await peer.expectMessage(true, TEXT);
    peer.connection.send(Buffer.from(TEXT), { compress: false });
    await peer.expectMessage(false, TEXT);
    // Too short to get any shorter.
    peer.connection.send('x');
    await peer.expectMessage(true, 'x');
  },
  EAGER,
);

rule(
  '§6.1 ours: control frames are not compressed',
  async (peer) => {
    const payload = 'a'.repeat(125);
    peer.write(peer.frame(9, payload));
    await peer.expectPong(payload);
    const answered = peer.connection.ping(payload);
    const ping = await frameOf(peer);
    assert.deepEqual([ping.fin, ping.rsv, ping.opcode, ping.payload.toString()], [true, 0, 9, payload]);
    peer.write(peer.frame(10, payload));
    await answered;
    const closed = peer.connection.close(1000, 'a'.repeat(123));
    assert.equal(await peer.expectClose(1000), 'a'.repeat(123));
    peer.write(peer.closeFrame(1000));
    peer.end();
    assert.equal((await closed).clean, true);
  },
  EAGER,
);

rule(
  '§6 without an agreement we compress nothing, whatever the options say',
  async (peer) => {
    peer.connection.send(TEXT);
    await peer.expectMessage(true, TEXT);
  },
  { echo: false, compression: { thresholdBytes: 0 } },
);
