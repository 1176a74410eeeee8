// RFC 6455 §7.4: status codes: which may be received, which may be sent, and what we send for what.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../src/connection/settings.js';
import { pair } from '../connection/pair.js';
import { rule } from './roles.js';

const GOOD = [
  1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3003, 3008, 3999, 4000, 4999,
];
const BAD = [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 1999, 2000, 2999, 5000, 65_535];

for (const code of GOOD) {
  rule(`§7.4 ${code} is received and echoed`, async (peer) => {
    peer.write(peer.closeFrame(code));
    await peer.expectCleanClose(code);
  });
}

for (const code of BAD) {
  rule(`§7.4 ${code} in a close frame fails the connection with 1002`, async (peer) => {
    peer.write(peer.closeFrame(code));
    await peer.expectFailure(1002, 'CLOSE_CODE_INVALID');
  });
}

test('§7.4 an application may send the good ones and none of the bad', () => {
  for (const code of GOOD)
    assert.doesNotThrow(() => open(pair()[0], { role: 'server', heartbeat: false }).close(code));
  for (const code of BAD)
    assert.throws(() => open(pair()[0], { role: 'server', heartbeat: false }).close(code), RangeError);
});

rule('§7.4.1 1000 is what close() sends', async (peer) => {
  void peer.connection.close();
  await peer.expectClose(1000);
});

rule('§7.4.1 1002 for a protocol error', async (peer) => {
  peer.write(peer.frame(7));
  await peer.expectFailure(1002, 'FRAME_OPCODE');
});

rule(
  '§7.4.1 1003 for a type of data that is not taken',
  async (peer) => {
    peer.write(peer.message(false, 'x'));
    await peer.expectFailure(1003, 'MSG_TYPE');
  },
  { messages: 'text' },
);

rule('§7.4.1 1007 for text that is not UTF-8', async (peer) => {
  peer.write(peer.message(true, Buffer.of(0xff)));
  await peer.expectFailure(1007, 'MSG_UTF8');
});

rule(
  '§7.4.1 1008 for a rule of ours: too many messages in a second',
  async (peer) => {
    peer.write(Array.from({ length: 30 }, () => peer.frame(10)));
    await peer.expectFailure(1008, 'MSG_RATE');
  },
  { limits: { maxMessagesPerSecond: 10 } },
);

rule(
  '§7.4.1 1009 for a message that is too big, on its header; one of exactly the limit passes',
  async (peer) => {
    peer.write(peer.message(false, Buffer.alloc(1_048_576, 1)));
    await peer.expectMessage(false, Buffer.alloc(1_048_576, 1));
    const head = peer.role === 'server' ? 14 : 10;
    peer.write(peer.message(false, Buffer.alloc(1_048_577))[0]!.subarray(0, head));
    await peer.expectFailure(1009, 'MSG_TOO_BIG');
  },
);

rule('§7.4.1 1011 when our own code fails, without details', async (peer) => {
  peer.connection.onbytes = () => {
    throw new Error('secret');
  };
  peer.write(peer.message(true, 'x'));
  assert.equal(await peer.expectClose(1011), 'internal error');
});
