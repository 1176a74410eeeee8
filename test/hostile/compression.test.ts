// Knows: that every hostile message under an agreement ends its own connection with its code and its reason, on our server and on our
// client, and that what is only odd is delivered. Rows 96, 99, 100, 105 and 107, and the reserved bits. RFC 7692 §6, §7.2, §8.
// Must not know: how messages are expanded; `test/deflate/` tries that without sockets.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { heldBytes } from '../../src/deflate/memory.js';
import { type Connection, connect, type Message } from '../../src/index.js';
import { Arena, CARRIERS, type Carrier, echo } from './arena.js';
import { Op } from './bytes.js';
import {
  againstClient,
  againstServer,
  type Foe,
  NO_TAKEOVER,
  OFFER,
  type Role,
  writerTo,
} from './compression-bytes.js';
import { ACCEPTED, FAILED, type FailedRow } from './compression-rows.js';

/** Our end of the newest connection, and what was delivered to it. */
let ours: Connection;
const delivered: string[] = [];
const note = {
  onconnection(connection: Connection): void {
    ours = connection;
  },
  onmessage(connection: Connection, message: Message): void {
    delivered.push(String(message));
    void connection.send(message);
  },
};
const ROUTES = { '/ws': { ...note, compression: true }, '/off': note, '/witness': echo };

/** Our client does as the server's endpoint does. */
async function dial(url: string, compression = true): Promise<void> {
  const connection = await connect(url, { compression });
  note.onconnection(connection);
  connection.onmessage = (message) => note.onmessage(connection, message);
}

type Opener = (arena: Arena) => Promise<Foe>;
const AGREED: Readonly<Record<Role, Opener>> = {
  server: async (arena) => await againstServer(await arena.connect()),
  client: () => againstClient(dial),
};
const NOT_AGREED: Readonly<Record<Role, Readonly<Record<string, Opener>>>> = {
  server: {
    'which our server is not set to': async (arena) =>
      await againstServer(await arena.connect(), OFFER, '/off'),
    'which the client did not offer': async (arena) => await againstServer(await arena.connect(), null),
  },
  client: {
    'which our client did not offer': () => againstClient((url) => dial(url, false), null),
    'which the server did not take up': () => againstClient(dial, null),
  },
};

async function assertFailed(arena: Arena, foe: Foe, row: Omit<FailedRow, 'row' | 'name' | 'bytes'>) {
  const close = await foe.ending();
  assert.equal(close?.code, row.closeCode, `${close?.code} ${close?.reason}`);
  assert.equal(close?.reason.split(':')[0], row.code);
  assert.match(close!.reason, /^[\x20-\x7e…]*$/, 'nothing of the input unescaped');
  assert.equal(foe.connection.end, 'fin');
  assert.deepEqual(delivered, row.delivered ?? []);
  foe.connection.socket.destroy();
  await arena.settled();
  const record = arena.log.closes.at(-1)!;
  assert.deepEqual([arena.log.closes.length, record.cause, record.sent?.code], [1, row.code, row.closeCode]);
  assert.equal(heldBytes(), 0, 'memory that nobody gave back');
}

const grounds: readonly (readonly [Role, Carrier])[] = [
  ...[...CARRIERS, 'chopped' as const].map((carrier) => ['server', carrier] as const),
  ['client', 'tcp'],
];

for (const [role, carrier] of grounds) {
  describe(`compressed messages to our ${role} over ${carrier}`, { concurrency: false }, () => {
    let arena: Arena;
    before(async () => {
      arena = await Arena.open(carrier, { routes: ROUTES }, { witnessAt: '/witness' });
    });
    after(async () => {
      await using _ = arena;
      arena.witness.assertUnhurt();
    });

    const start = async (open: Opener = AGREED[role]): Promise<Foe> => {
      const foe = await open(arena);
      arena.fresh();
      delivered.length = 0;
      return foe;
    };
    // In pieces of three octets a hundred kilobytes take seconds, and show nothing that less does not.
    const isForHere = (bytes: Buffer) => carrier !== 'chopped' || bytes.length < 20_000;

    for (const row of FAILED) {
      const bytes = row.bytes(writerTo(role));
      if (!isForHere(bytes)) continue;
      test(`${row.row}: ${row.name} → ${row.closeCode} ${row.code}`, async () => {
        using foe = await start();
        foe.connection.send(bytes);
        await assertFailed(arena, foe, row);
      });
    }

    for (const row of ACCEPTED) {
      const bytes = row.bytes(writerTo(role));
      if (!isForHere(bytes)) continue;
      test(`100: ${row.name} → delivered, and sent back`, async () => {
        using foe = await start();
        foe.connection.send(bytes);
        const back = await foe.messages(row.delivered.length);
        assert.deepEqual(delivered, row.delivered);
        assert.deepEqual(
          back.map(({ payload }) => String(payload)),
          row.delivered,
        );
        foe.connection.socket.destroy();
        await arena.settled();
        assert.equal(heldBytes(), 0, 'memory that nobody gave back');
      });
    }

    // What follows shows nothing new in pieces.
    if (carrier === 'chopped') return;

    for (const [which, open] of Object.entries(NOT_AGREED[role])) {
      test(`62: a compressed message, ${which} → 1002 FRAME_RSV`, async () => {
        using foe = await start(open);
        assert.equal(foe.agreed, '');
        foe.squeeze(Op.text, 'not agreed on');
        await assertFailed(arena, foe, { closeCode: 1002, code: 'FRAME_RSV' });
      });

      test(`107: nothing is compressed, ${which}`, async () => {
        using foe = await start(open);
        assert.equal(ours.extensions, '');
        await ours.send('a'.repeat(100_000));
        const [told] = await foe.messages(1);
        assert.deepEqual([told!.isSqueezed, told!.payload.length], [false, 100_000]);
      });
    }

    test('107: a secret is sent as it is on request, between messages that are compressed', async () => {
      using foe = await start();
      assert.deepEqual([foe.agreed, ours.extensions], [NO_TAKEOVER, NO_TAKEOVER]);
      const secret = `token=${'a'.repeat(100_000)}`;
      void ours.send(secret);
      void ours.send(secret, { compress: false });
      await ours.send(secret);
      const told = await foe.messages(3);
      assert.deepEqual(
        told.map(({ isSqueezed, payload }) => [isSqueezed, String(payload)]),
        [
          [true, secret],
          [false, secret],
          [true, secret],
        ],
      );
    });

    test('107: compression is off unless it is asked for', async () => {
      const others = Object.values(NOT_AGREED[role]);
      using foe = await start(others[0]!);
      assert.deepEqual([foe.offered, foe.agreed], [role === 'server' ? OFFER : '', '']);
    });
  });
}
