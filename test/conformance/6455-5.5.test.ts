// RFC 6455 §5.5: control frames: close (§5.5.1), ping (§5.5.2), pong (§5.5.3).
import assert from 'node:assert/strict';
import { rule } from './roles.js';

for (const [name, opcode] of [
  ['close', 8],
  ['ping', 9],
  ['pong', 10],
] as const) {
  rule(`§5.5 a ${name} frame of 126 octets fails the connection`, async (peer) => {
    peer.write(peer.frame(opcode, Buffer.alloc(126, 3)));
    await peer.expectFailure(1002, 'FRAME_CONTROL_TOO_LONG');
  });
  rule(`§5.5 a ${name} frame without FIN fails the connection`, async (peer) => {
    peer.write(peer.frame(opcode, '', { fin: false }));
    await peer.expectFailure(1002, 'FRAME_CONTROL_FRAGMENTED');
  });
}

rule('§5.5 125 octets of ping are answered', async (peer) => {
  peer.write(peer.frame(9, Buffer.alloc(125, 0xfe)));
  await peer.expectPong(Buffer.alloc(125, 0xfe));
});

rule('§5.5.1 a close frame is answered with its code, and the connection ends', async (peer) => {
  peer.write(peer.closeFrame(3001, 'the reason is not echoed'));
  assert.equal(await peer.expectClose(3001), '');
});

rule('§5.5.1 a close frame without a code is answered with one without a code', async (peer) => {
  peer.write(peer.closeFrame());
  await peer.expectCleanClose(undefined);
});

rule('§5.5.1 a reason of 123 octets is read whole', async (peer) => {
  peer.write(peer.closeFrame(1000, `${'é'.repeat(61)}x`));
  await peer.expectCleanClose(1000);
  assert.equal((await peer.connection.closed).reason, `${'é'.repeat(61)}x`);
});

rule('§5.5.1 one octet is no close payload', async (peer) => {
  peer.write(peer.frame(8, 'x'));
  await peer.expectFailure(1002, 'CLOSE_PAYLOAD');
});

rule('§5.5.1 a reason that is not UTF-8 fails the connection', async (peer) => {
  peer.write(peer.closeFrame(1000, Buffer.of(0xc3)));
  await peer.expectFailure(1007, 'MSG_UTF8');
});

rule(
  '§5.5.1 nothing is sent after a close frame: neither messages nor pongs nor a second one',
  async (peer) => {
    void peer.connection.close(1000);
    peer.connection.send('too late').catch(() => {});
    peer.write([peer.frame(9, 'ping'), ...peer.message(true, 'echo me'), peer.closeFrame(1001)]);
    await peer.expectClose(1000);
    if (peer.role === 'server') await peer.expectEnd();
    else assert.ok(await peer.silent(30));
  },
);

rule('§5.5.1 frames behind a close frame are not looked at', async (peer) => {
  peer.write([peer.closeFrame(1000), Buffer.from('ffffffff', 'hex')]);
  await peer.expectCleanClose(1000);
});

rule('§5.5.1 a close inside a fragmented message is answered, and the part is dropped', async (peer) => {
  peer.write([peer.message(true, 'a', 'b')[0]!, peer.closeFrame(1001)]);
  await peer.expectCleanClose(1001);
});

rule('§5.5.2 a ping is answered with a pong, as soon as it is there', async (peer) => {
  for (const payload of ['', 'x', Buffer.of(0, 255)]) {
    peer.write(peer.frame(9, payload));
    await peer.expectPong(payload);
  }
});

rule(
  '§5.5.2 a ping may come at any time, and may be a keepalive of ours',
  async (peer) => {
    const frame = await peer.next();
    assert.ok(frame !== 'end' && frame.opcode === 9);
    peer.write(peer.frame(10, frame.payload));
    const again = await peer.next();
    assert.ok(again !== 'end' && again.opcode === 9, 'the answer counted');
  },
  { heartbeat: { intervalMs: 40, timeoutMs: 1000 } },
);

rule('§5.5.3 a pong carries the payload of its ping, in order', async (peer) => {
  const payloads = Array.from({ length: 20 }, (_, at) => `${at}`);
  peer.write(payloads.map((payload) => peer.frame(9, payload)));
  for (const payload of payloads) await peer.expectPong(payload);
});

rule('§5.5.3 a pong that nobody asked for is not answered', async (peer) => {
  peer.write([peer.frame(10, 'x'), peer.frame(10)]);
  assert.ok(await peer.silent(30));
  await peer.closeCleanly();
});

rule('§5.5.3 a pong for the newest ping answers the earlier ones', async (peer) => {
  const pings = ['a', 'b', 'c'].map((payload) => peer.connection.ping(payload));
  peer.write(peer.frame(10, 'c'));
  for (const roundTripMs of await Promise.all(pings)) assert.ok(roundTripMs >= 0);
});
