// Knows: that nothing is refused that must be taken: the list "Must be accepted" with its neighbours.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { ACCEPTED_FRAMES, ACCEPTED_HEADS } from './accepted-rows.js';
import { Arena, CARRIERS } from './arena.js';
import { frame, Op, readAnswer, readFrames, upgrade } from './bytes.js';

/** RFC 6455 §4.2.2(5.4), from its text. */
function acceptFor(head: string): string {
  const key = /^sec-websocket-key:[ \t]*(\S+)/im.exec(head)![1]!;
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

for (const carrier of [...CARRIERS, 'chopped'] as const) {
  describe(`what must be accepted over ${carrier}`, { concurrency: false }, () => {
    let arena: Arena;
    before(async () => {
      // On TLS the origin of this host has another scheme, and only the syntax is asked here.
      arena = await Arena.open(carrier, {
        path: '/ws',
        origins: ['http://example.com', 'http://example.com:80'],
      });
    });
    after(async () => {
      arena.witness.assertUnhurt();
      await arena[Symbol.asyncDispose]();
    });

    for (const { name, bytes } of ACCEPTED_HEADS) {
      test(`${name} → 101`, async () => {
        const log = arena.fresh();
        using connection = await arena.connect();
        // The first frame rides in the segment of the head.
        const all = Buffer.concat([Buffer.from(bytes, 'latin1'), frame(Op.text, 'early')]);
        await connection.send(all).until('early', 2000);
        const answer = readAnswer(connection.received);
        assert.equal(answer.status, 101);
        assert.deepEqual([...answer.fields.keys()].sort(), ['connection', 'sec-websocket-accept', 'upgrade']);
        assert.equal(answer.fields.get('sec-websocket-accept'), acceptFor(bytes));
        assert.deepEqual(
          readFrames(answer.rest).map(({ payload }) => String(payload)),
          ['early'],
        );
        assert.deepEqual(
          log.handshakes.map(({ outcome, status }) => [outcome, status]),
          [['accepted', 101]],
        );
        connection.socket.destroy();
        await arena.settled();
      });
    }

    for (const { name, bytes, back } of ACCEPTED_FRAMES) {
      // In pieces of three octets a megabyte takes seconds, and shows nothing that 64 KiB do not.
      if (carrier === 'chopped' && bytes.length > 100_000) continue;
      test(`${name} → ${back.map(([opcode]) => `opcode ${opcode}`).join(', ')}`, async () => {
        using connection = await arena.opened();
        connection.send(bytes);
        const closes = back.at(-1)![0] === Op.close;
        // A ping behind it shows that all of it is through.
        if (closes) await connection.ending(2000);
        else await connection.send(frame(Op.ping, 'through')).until('through', 5000);
        const seen = readFrames(connection.received).filter(({ payload }) => String(payload) !== 'through');
        assert.deepEqual(
          seen.map(({ fin, rsv, opcode, payload }) => ({ fin, rsv, opcode, payload: Buffer.from(payload) })),
          back.map(([opcode, payload]) => ({ fin: true, rsv: 0, opcode, payload: Buffer.from(payload) })),
        );
        if (closes) assert.equal(connection.end, 'fin');
        connection.socket.destroy();
        await arena.settled();
      });
    }

    test('a head that arrives octet by octet, with a frame behind it', async () => {
      using connection = await arena.connect();
      const bytes = Buffer.concat([Buffer.from(upgrade(), 'latin1'), frame(Op.text, 'early')]);
      await connection.drip(
        Array.from(bytes, (octet) => Uint8Array.of(octet)),
        0,
      );
      await connection.until('early', 3000);
      assert.equal(readAnswer(connection.received).status, 101);
      connection.socket.destroy();
      await arena.settled();
    });
  });
}
