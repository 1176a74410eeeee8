// RFC 6455 §5.4: fragmentation.
import assert from 'node:assert/strict';
import { rule } from './roles.js';

for (const parts of [['a', 'b'], ['', ''], ['', 'a', ''], ['a', '', '', 'b'], Array.from('fragments')]) {
  rule(`§5.4 the fragments ${JSON.stringify(parts)} are one message`, async (peer) => {
    for (const isText of [true, false]) {
      peer.write(peer.message(isText, ...parts));
      await peer.expectMessage(isText, parts.join(''));
    }
  });
}

rule('§5.4 control frames may stand between fragments, and are answered at once', async (peer) => {
  const [first, second, third] = peer.message(true, 'a', 'b', 'c');
  peer.write([first!, peer.frame(9, '1')]);
  await peer.expectPong('1');
  peer.write([second!, peer.frame(10, 'unasked'), peer.frame(9, '2')]);
  await peer.expectPong('2');
  assert.ok(await peer.silent(20), 'the message is not whole yet');
  peer.write(third!);
  await peer.expectMessage(true, 'abc');
});

rule('§5.4 control frames must not be fragmented', async (peer) => {
  peer.write(peer.frame(9, 'x', { fin: false }));
  await peer.expectFailure(1002, 'FRAME_CONTROL_FRAGMENTED');
});

for (const fin of [true, false]) {
  rule(
    `§5.4 a continuation, FIN ${Number(fin)}, with nothing to continue fails the connection`,
    async (peer) => {
      peer.write(peer.frame(0, 'x', { fin }));
      await peer.expectFailure(1002, 'FRAME_CONTINUATION');
    },
  );
}

for (const opcode of [1, 2]) {
  rule(
    `§5.4 fragments of one message are not mixed with another: opcode ${opcode} inside a message`,
    async (peer) => {
      peer.write([peer.message(true, 'a', 'b')[0]!, peer.frame(opcode, 'x')]);
      await peer.expectFailure(1002, 'FRAME_CONTINUATION');
    },
  );
}

rule(
  '§5.4 a message of any number of fragments is read, where the limit allows it: 65,537',
  async (peer) => {
    const parts = Array.from({ length: 65_537 }, (_, at) => (at % 10).toString());
    peer.write(peer.message(true, ...parts));
    await peer.expectMessage(true, parts.join(''));
    await peer.closeCleanly();
  },
  { limits: { maxFragments: 65_537 } },
);

rule('§5.4, §10.4 by default 1,024 fragments pass, and the next one is 1008', async (peer) => {
  peer.write(peer.message(false, ...Array.from({ length: 1024 }, () => 'x')));
  await peer.expectMessage(false, 'x'.repeat(1024));
  peer.write(peer.message(false, ...Array.from({ length: 65_537 }, () => 'x')));
  await peer.expectFailure(1008, 'MSG_FRAGMENTS');
});

rule(
  '§5.4, §10.4 the size of a message is that of all its fragments: 1009 on the one that exceeds it',
  async (peer) => {
    const [first, second] = peer.message(false, Buffer.alloc(600), Buffer.alloc(401));
    peer.write([...peer.message(false, Buffer.alloc(600), Buffer.alloc(400))]);
    await peer.expectMessage(false, Buffer.alloc(1000));
    peer.write([first!, second!.subarray(0, 8)]);
    await peer.expectFailure(1009, 'MSG_TOO_BIG');
  },
  { limits: { maxMessageBytes: 1000 } },
);
