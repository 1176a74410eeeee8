// RFC 6455 §5.2: the base framing protocol: bits, opcodes, lengths.
import assert from 'node:assert/strict';
import { rule } from './roles.js';

for (const rsv of [1, 2, 4, 3, 7]) {
  rule(
    `§5.2 RSV bits ${rsv.toString(2).padStart(3, '0')} without an extension fail the connection`,
    async (peer) => {
      peer.write(peer.frame(1, 'x', { rsv }));
      await peer.expectFailure(1002, 'FRAME_RSV');
    },
  );
}

for (const opcode of [3, 4, 5, 6, 7, 11, 12, 13, 14, 15]) {
  rule(`§5.2 the reserved opcode ${opcode} fails the connection, on its header`, async (peer) => {
    peer.write(peer.frame(opcode, 'never read').subarray(0, peer.role === 'server' ? 6 : 2));
    await peer.expectFailure(1002, 'FRAME_OPCODE');
  });
}

for (const size of [0, 1, 125, 126, 127, 65_535, 65_536, 65_537]) {
  rule(`§5.2 a payload of ${size} octets is read, and written in the shortest form`, async (peer) => {
    const payload = Buffer.alloc(size, 'abc');
    peer.write(peer.message(false, payload));
    await peer.expectMessage(false, payload);
    // A longer form than needed would have put our reader out of step.
    await peer.closeCleanly();
  });
}

for (const [size, form] of [
  [0, 126],
  [125, 126],
  [0, 127],
  [126, 127],
  [65_535, 127],
] as const) {
  rule(
    `§5.2 ${size} octets in the form for ${form === 126 ? '16' : '64'} bits fail the connection`,
    async (peer) => {
      const bit = peer.role === 'server' ? 0x80 : 0;
      const length = form === 126 ? [size >> 8, size & 0xff] : [0, 0, 0, 0, 0, 0, size >> 8, size & 0xff];
      peer.write(Buffer.from([0x82, bit | form, ...length, ...(bit ? [0, 0, 0, 0] : [])]));
      await peer.expectFailure(1002, 'FRAME_LENGTH');
    },
  );
}

for (const first of [0x80, 0xff]) {
  rule(`§5.2 a 64-bit length that begins with ${first.toString(16)} fails the connection`, async (peer) => {
    const bit = peer.role === 'server' ? 0x80 : 0;
    peer.write(Buffer.from([0x82, bit | 127, first, 0, 0, 0, 0, 0, 0, 0, ...(bit ? [0, 0, 0, 0] : [])]));
    await peer.expectFailure(1002, 'FRAME_LENGTH');
  });
}

rule('§5.2 HTTP in the stream fails the connection, and is named', async (peer) => {
  peer.write(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
  await peer.expectFailure(1002, 'FRAME_HTTP_IN_STREAM');
});

rule('§5.2 every octet in a chunk of its own reads the same', async (peer) => {
  peer.write(
    [...peer.message(true, 'Hello'), peer.frame(9, 'x'), ...peer.message(false, Buffer.alloc(300, 7))],
    1,
  );
  await peer.expectMessage(true, 'Hello');
  await peer.expectPong('x');
  await peer.expectMessage(false, Buffer.alloc(300, 7));
});

rule('§5.2 our own frames have RSV 0, FIN 1, and opcodes that are defined', async (peer) => {
  peer.connection.send('text');
  peer.connection.send(Buffer.of(1));
  peer.connection.ping('x');
  for (const opcode of [1, 2, 9]) {
    const frame = await peer.next();
    assert.ok(frame !== 'end');
    assert.deepEqual([frame.fin, frame.rsv, frame.opcode], [true, 0, opcode]);
  }
});
