// RFC 6455 §8.1: handling of errors in UTF-8-encoded data.
import assert from 'node:assert/strict';
import { rule } from './roles.js';

const fromHex = (digits: string) => Buffer.from(digits.replaceAll(' ', ''), 'hex');

const BAD: [string, string][] = [
  ['FF', 'ff'],
  ['an overlong slash', 'c0af'],
  ['a surrogate', 'eda080'],
  ['U+110000', 'f4908080'],
  ['a continuation octet alone', '80'],
  ['the end inside a character', '61 e282'],
];
for (const [what, octets] of BAD) {
  rule(`§8.1 ${what} in a text fails the connection with 1007`, async (peer) => {
    peer.write(peer.message(true, fromHex(octets)));
    await peer.expectFailure(1007, 'MSG_UTF8');
  });
  rule(`§8.1 ${what} in a binary is nobody's business`, async (peer) => {
    peer.write(peer.message(false, fromHex(octets)));
    await peer.expectMessage(false, fromHex(octets));
  });
}

rule('§8.1 a text fails at the offending octet: in a fragment, with the message unfinished', async (peer) => {
  peer.write(peer.message(true, fromHex('61ff'), 'never sent')[0]!);
  await peer.expectFailure(1007, 'MSG_UTF8');
});

rule('§8.1 a text fails at the offending octet: in a frame, with the frame unfinished', async (peer) => {
  const [frame] = peer.message(true, fromHex('6162 f490 8080 6162'));
  const head = frame!.length - 8;
  peer.write(frame!.subarray(0, head + 3));
  assert.ok(await peer.silent(30), 'F4 may still become a character');
  peer.write(frame!.subarray(head + 3, head + 4));
  await peer.expectFailure(1007, 'MSG_UTF8');
});

rule('§8.1 a character may be cut by fragments, by chunks, and by a ping in the cut', async (peer) => {
  const [first, second] = peer.message(true, fromHex('f09f'), fromHex('9880'));
  peer.write([first!, peer.frame(9, 'x'), second!], 1);
  await peer.expectPong('x');
  await peer.expectMessage(true, '😀');
});

rule('§8.1 noncharacters and U+0000 are text', async (peer) => {
  const text = '\0\ufffe\uffff\u{1ffff}';
  peer.write(peer.message(true, text));
  await peer.expectMessage(true, text);
});

rule('§8.1 we never send text that is not UTF-8', async (peer) => {
  peer.connection.send('a\ud800b');
  await peer.expectMessage(true, 'a\ufffdb');
  assert.throws(() => peer.connection.send(Buffer.of(0xff), { text: true }), TypeError);
});
