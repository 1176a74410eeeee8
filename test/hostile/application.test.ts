// Knows: mistakes of the application itself: handlers that throw, things that are no messages, codes that may not be sent. Rows 93 to 95
// of the list. A mistake costs one connection at most, and never puts on the wire what was not meant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Connection } from '../../src/index.js';
import { Arena, CARRIERS } from './arena.js';
import { frame, Op, readAnswer, readClose, readFrames, upgradeTo } from './bytes.js';

function thrower(): never {
  throw new Error('a secret of the application');
}

const failing = {
  'onconnection throws': { onconnection: thrower },
  'onconnection rejects': { onconnection: async () => thrower() },
  'onconnection rejects later': { onconnection: () => pause(10).then(thrower) },
  'onmessage throws': { onmessage: thrower },
  'onbytes throws': { onbytes: thrower },
  "a connection's own onmessage throws": {
    onconnection: (connection: Connection) => {
      connection.onmessage = thrower;
    },
  },
  'a loop over the messages throws': {
    // The echo of the other endpoints would take the messages.
    onmessage: undefined,
    onconnection: async (connection: Connection) => {
      for await (const _ of connection) thrower();
    },
  },
};

const detached = new Uint8Array(8);
structuredClone(detached.buffer, { transfer: [detached.buffer] });
const misused: unknown[] = [
  5,
  1e9,
  0,
  -1,
  NaN,
  true,
  null,
  undefined,
  {},
  [],
  [1, 2],
  Symbol('s'),
  () => {},
  5n,
  new Blob(['x']),
  new Date(),
  { length: 100 },
  detached,
];

for (const carrier of CARRIERS) {
  describe(`mistakes of the application over ${carrier}`, { concurrency: false }, () => {
    for (const [name, options] of Object.entries(failing)) {
      test(`93: ${name} → 1011 for that connection only, without details`, async () => {
        await using arena = await Arena.open(carrier, {
          routes: { '/ws': {}, '/bad': options as object },
        });
        arena.fresh();
        using connection = await arena.connect();
        connection.send(upgradeTo('/bad')).send(frame(Op.text, 'go'));
        await connection.until('internal error', 2000);
        const close = readClose(readFrames(readAnswer(connection.received).rest).at(-1));
        assert.deepEqual(close, { code: 1011, reason: 'internal error' });
        connection.send(frame(Op.close, Buffer.of(3, 0xf3)));
        assert.equal((await connection.ending(2000)).end, 'fin');
        connection.socket.destroy();
        await arena.settled();
        assert.ok(arena.log.faults.length > 0, 'the application is told');
        assert.equal(arena.log.closes.at(-1)?.cause, 'HANDLER_FAILED');
      });
    }

    test('94, 95: what cannot be sent is refused, and nothing reaches the wire', async () => {
      await using arena = await Arena.open(carrier);
      using peer = await arena.opened();
      // The witness opened first.
      const connection = [...arena.server.connections][1]!;
      const refused = (act: () => unknown, what: string) =>
        assert.throws(act, (error) => error instanceof TypeError || error instanceof RangeError, what);
      for (const value of misused) {
        const what = `misuse ${misused.indexOf(value)}, ${typeof value}`;
        refused(() => connection.send(value as string), `send ${what}`);
        if (value !== undefined) refused(() => connection.ping(value as string), `ping ${what}`);
        if (value !== undefined) refused(() => connection.close(1000, value as string), `close ${what}`);
      }
      refused(() => connection.ping('x'.repeat(126)), 'a long ping');
      refused(() => connection.send(Uint8Array.of(0xff), { text: true }), 'text that is no UTF-8');
      refused(
        () => connection.close(1000, new Float64Array(4) as unknown as string),
        'a TypedArray as a reason',
      );
      for (const code of [
        0,
        999,
        1004,
        1005,
        1006,
        1015,
        1016,
        2999,
        5000,
        65_536,
        -1,
        1000.5,
        NaN,
        '1000',
        null,
      ]) {
        refused(() => connection.close(code as number), `code ${code}`);
      }
      refused(() => connection.close(1000, 'x'.repeat(124)), 'a reason of 124 octets');
      refused(() => connection.close(1000, '€'.repeat(42)), 'a reason of 126 octets');
      await connection.send('the only one');
      await peer.until('the only one');
      assert.deepEqual(
        readFrames(peer.received).map(({ payload }) => String(payload)),
        ['the only one'],
      );
      peer.socket.destroy();
      await arena.settled();
    });

    test('94: views, buffers and lone surrogates → exactly their octets', async () => {
      await using arena = await Arena.open(carrier);
      using peer = await arena.opened();
      // The witness opened first.
      const connection = [...arena.server.connections][1]!;
      const large = Uint8Array.from({ length: 64 }, (_, at) => at);
      const sent: [unknown, Buffer][] = [
        [large.subarray(8, 12), Buffer.of(8, 9, 10, 11)],
        [new Uint16Array(large.buffer, 2, 2), Buffer.of(2, 3, 4, 5)],
        [new DataView(large.buffer, 1, 3), Buffer.of(1, 2, 3)],
        [new Float64Array(1), Buffer.alloc(8)],
        [large.buffer.slice(0, 2), Buffer.of(0, 1)],
        [new SharedArrayBuffer(2), Buffer.alloc(2)],
        [Buffer.from('pooled'), Buffer.from('pooled')],
        ['a\ud800b', Buffer.from('a\ufffdb')],
        ['', Buffer.alloc(0)],
      ];
      for (const [value] of sent) await connection.send(value as string);
      await connection.send('end');
      await peer.until('end');
      const seen = readFrames(peer.received).map(({ payload }) => Buffer.from(payload));
      assert.deepEqual(seen, [...sent.map(([, bytes]) => bytes), Buffer.from('end')]);
      peer.socket.destroy();
      await arena.settled();
    });
  });
}
