// Knows: that every hostile frame ends its own connection with its code and its reason, however the bytes are cut. Part C of the list.
// Must not know: how frames are read; `test/frames/` and `test/connection/` try that without sockets.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RawConnection } from '../support/raw.js';
import { Arena, CARRIERS } from './arena.js';
import { closeFrame, frame, Op, readClose, readFrames, upgradeTo } from './bytes.js';
import { FAILED, type FramingRow } from './framing-rows.js';

/** What was delivered to the application since the last row. */
const delivered: string[] = [];
const note = {
  onmessage(connection: { send(message: string | Buffer): Promise<void> }, message: string | Buffer): void {
    delivered.push(String(message));
    void connection.send(message);
  },
};
const ROUTES = {
  '/ws': note,
  '/witness': {
    onmessage(connection: { send(message: string | Buffer): Promise<void> }, message: string | Buffer): void {
      void connection.send(message);
    },
  },
  '/text': { ...note, messages: 'text' as const },
  '/binary': { ...note, messages: 'binary' as const },
  '/small': { ...note, limits: { maxMessageBytes: 1000 } },
};

async function assertFailed(arena: Arena, connection: RawConnection, row: FramingRow): Promise<void> {
  const { end } = await connection.ending(2000);
  const frames = readFrames(connection.received);
  const close = readClose(frames.at(-1));
  assert.equal(close?.code, row.closeCode, `${close?.code} ${close?.reason}`);
  assert.equal(close?.reason.split(':')[0], row.code);
  assert.match(close!.reason, /^[\x20-\x7e…]*$/, 'nothing of the input unescaped');
  assert.equal(end, 'fin');
  assert.deepEqual(delivered, row.delivered ?? []);
  connection.socket.destroy();
  await arena.settled();
  const record = arena.log.closes.at(-1)!;
  assert.deepEqual([arena.log.closes.length, record.cause, record.sent?.code], [1, row.code, row.closeCode]);
}

for (const carrier of [...CARRIERS, 'chopped'] as const) {
  describe(`frames over ${carrier}`, { concurrency: false }, () => {
    let arena: Arena;
    before(async () => {
      arena = await Arena.open(carrier, { routes: ROUTES }, { witnessAt: '/witness' });
    });
    after(async () => {
      arena.witness.assertUnhurt();
      await arena[Symbol.asyncDispose]();
    });

    const start = async (at: string): Promise<RawConnection> => {
      const connection = await arena.opened(upgradeTo(at));
      arena.fresh();
      delivered.length = 0;
      return connection;
    };

    for (const row of FAILED) {
      test(`${row.row}: ${row.name} → ${row.closeCode} ${row.code}`, async () => {
        using connection = await start(row.at ?? '/ws');
        await assertFailed(arena, connection.send(row.bytes), row);
      });
    }

    // What follows cuts by itself.
    if (carrier === 'chopped') return;

    test('77: the same, every octet in a segment of its own', async () => {
      for (const row of FAILED.filter(({ bytes }) => bytes.length <= 64)) {
        using connection = await start(row.at ?? '/ws');
        for (const octet of row.bytes) {
          connection.send(Uint8Array.of(octet));
          await new Promise((resolve) => setImmediate(resolve));
        }
        await assertFailed(arena, connection, row);
      }
    });

    test('77: a header of 14 octets, cut at every place → the message', async () => {
      const message = frame(Op.binary, Buffer.alloc(65_536, 5));
      for (let cut = 1; cut < 14; cut += 1) {
        using connection = await start('/ws');
        connection.send(message.subarray(0, cut));
        await arena.witness.echoes();
        connection.send(message.subarray(cut));
        await connection.until(65_546, 2000);
        assert.equal(readFrames(connection.received)[0]!.payload.length, 65_536);
        connection.socket.destroy();
      }
      await arena.settled();
    });

    test('77: every kind of frame, octet by octet → the same answers', async () => {
      using connection = await start('/ws');
      const bytes = Buffer.concat([
        frame(Op.text, 'one'),
        frame(Op.binary, 'x'.repeat(200)),
        frame(Op.text, 'a', { fin: false }),
        frame(Op.ping, 'p'),
        frame(Op.continuation, Buffer.from('€')),
        frame(Op.pong, 'q'),
        closeFrame(4000, 'done'),
      ]);
      await connection.drip(
        Array.from(bytes, (octet) => Uint8Array.of(octet)),
        0,
      );
      await connection.ending(2000);
      const seen = readFrames(connection.received).map(({ opcode, payload }) => [opcode, String(payload)]);
      assert.deepEqual(seen.slice(0, -1), [
        [Op.text, 'one'],
        [Op.binary, 'x'.repeat(200)],
        [Op.pong, 'p'],
        [Op.text, 'a€'],
      ]);
      assert.equal(readClose(readFrames(connection.received).at(-1))?.code, 4000);
      await arena.settled();
    });

    for (const [name, more] of Object.entries({
      'a message': frame(Op.text, 'late'),
      'a ping': frame(Op.ping, 'late'),
      'a second close': closeFrame(4001, 'late'),
      'a bad frame': frame(Op.text, 'late', { mask: null, rsv: 7 }),
      'a megabyte': frame(Op.binary, Buffer.alloc(1_000_000)),
    })) {
      test(`89: ${name} behind a close → dropped, nothing delivered`, async () => {
        using connection = await start('/ws');
        connection.send(Buffer.concat([frame(Op.text, 'good'), closeFrame(4000, 'bye'), more]));
        await connection.ending(1000);
        connection.send(more);
        const frames = readFrames(connection.received);
        assert.deepEqual(
          frames.map(({ opcode }) => opcode),
          [Op.text, Op.close],
        );
        assert.equal(readClose(frames[1])?.code, 4000);
        assert.deepEqual(delivered, ['good']);
        connection.socket.destroy();
        await arena.settled();
        assert.deepEqual(
          arena.log.closes.map(({ code, clean }) => [code, clean]),
          [[4000, true]],
        );
      });
    }

    test('90: a close in the middle of a message → the code is echoed, the part is dropped', async () => {
      using connection = await start('/ws');
      connection.send(Buffer.concat([frame(Op.text, 'part', { fin: false }), closeFrame(4002, 'bye')]));
      await connection.ending(1000);
      assert.deepEqual(readFrames(connection.received).map(readClose), [{ code: 4002, reason: '' }]);
      assert.deepEqual(delivered, []);
      await arena.settled();
    });
  });
}
