// Knows: what is left of a message that another thread compresses or expands when its connection ends meanwhile: nothing is sent or
// delivered any more, nothing is thrown, and its memory is given back. Row 106, both roles. RFC 6455 §7.1.
// Must not know: how large a message must be for another thread; it takes those that are.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { deflateRaw, inflateRaw } from 'node:zlib';
import { heldBytes } from '../../src/deflate/memory.js';
import { ClosedError, type Connection, connect, type Message } from '../../src/index.js';
import { type HeldThreads, holdThreads } from '../connection/threads.js';
import { Arena, echo } from './arena.js';
import { Op, readClose } from './bytes.js';
import { againstClient, againstServer, bomb, type Foe, type Role, RSV1 } from './compression-bytes.js';
import { noise } from './compression-rows.js';

const LARGE = noise(150_000).toString('hex');
const BOMB = bomb(1);
const OPTIONS = { compression: true } as const;

let ours: Connection;
let sending: Promise<void> | undefined;
let sent = 0;
let delivered = 0;

const endpoint = {
  onconnection(connection: Connection): void {
    ours = connection;
    sending = undefined;
    delivered = 0;
  },
  onmessage(connection: Connection, message: Message): void {
    delivered += 1;
    if (message !== 'go') return;
    void connection.send('it begins');
    sent += 1;
    // A text that goes to several at once is compressed for all of them together.
    sending = connection.send(`${sent}${LARGE}`);
  },
};

async function dial(url: string): Promise<void> {
  const connection = await connect(url, OPTIONS);
  endpoint.onconnection(connection);
  connection.onmessage = (message) => endpoint.onmessage(connection, message);
}

/** Returns when a large message of ours is on another thread. */
async function whileCompressing(foe: Foe): Promise<void> {
  foe.connection.send(foe.write(Op.text, 'go'));
  await foe.messages(1);
}

/** Returns when a large message of the foe is on another thread: the pong leaves with what is read of the same octets. */
async function whileExpanding(foe: Foe): Promise<void> {
  const [ping, message] = [foe.write(Op.ping, 'read'), foe.write(Op.binary, BOMB, { rsv: RSV1 })];
  foe.connection.send(Buffer.concat([ping, message]));
  await foe.until(({ opcode }) => opcode === Op.pong);
}

/** The threads stand still until they are let go, at the latest at the end of the test. */
function hold(): HeldThreads & Disposable {
  const threads = holdThreads();
  return Object.assign(threads, { [Symbol.dispose]: () => threads.release() });
}

/** As long as the threads take for both once more. */
async function untilThreadsAreDone(): Promise<void> {
  const ended = Buffer.concat([BOMB, Buffer.of(0, 0, 0xff, 0xff, 3, 0)]);
  await Promise.all([promisify(deflateRaw)(LARGE), promisify(inflateRaw)(ended)]);
}

interface Way {
  readonly leave: (foe: Foe) => unknown;
  readonly cause: string | undefined;
  readonly code: number;
  /** Whether a message that was whole is delivered before the end. */
  readonly isDelivered: boolean;
}

/** Sends 4000 and, once ours is here, the FIN that a client waits for. */
async function closes(foe: Foe): Promise<number | undefined> {
  foe.connection.send(foe.write(Op.close, Buffer.of(0x0f, 0xa0)));
  const close = readClose(await foe.until(({ opcode }) => opcode === Op.close));
  foe.connection.socket.end();
  return close?.code;
}

const WAYS: Readonly<Record<string, Way>> = {
  'the peer sends FIN': {
    leave: (foe) => foe.connection.socket.end(),
    cause: 'CLOSE_NO_FRAME_FIN',
    code: 1006,
    isDelivered: true,
  },
  'the peer sends RST': {
    leave: (foe) => foe.connection.reset(),
    cause: 'CLOSE_NO_FRAME_RST',
    code: 1006,
    isDelivered: false,
  },
  'the peer closes': {
    leave: closes,
    cause: undefined,
    code: 4000,
    isDelivered: true,
  },
  'the peer breaks a rule': {
    leave: (foe) => foe.connection.send(foe.write(3, 'reserved')),
    cause: 'FRAME_OPCODE',
    code: 1006,
    isDelivered: true,
  },
  'we cut it': { leave: () => ours.terminate(), cause: undefined, code: 1006, isDelivered: false },
};

for (const role of ['server', 'client'] as const satisfies readonly Role[]) {
  describe(`messages of our ${role} on another thread`, { concurrency: false }, () => {
    let arena: Arena;
    before(async () => {
      const routes = { '/ws': { ...OPTIONS, ...endpoint }, '/witness': echo };
      arena = await Arena.open('tcp', { routes }, { witnessAt: '/witness' });
    });
    after(async () => {
      await using _ = arena;
      arena.witness.assertUnhurt();
    });
    const open = async () =>
      role === 'server' ? await againstServer(await arena.connect()) : await againstClient(dial);
    const settled = async (foe: Foe) => {
      foe.connection.socket.destroy();
      await untilThreadsAreDone();
      await arena.settled();
      assert.equal(heldBytes(), 0, 'memory that nobody gave back');
    };

    for (const [name, way] of Object.entries(WAYS)) {
      test(`106: ${name} while a message is compressed → it is dropped`, async () => {
        using foe = await open();
        using threads = hold();
        await whileCompressing(foe);
        assert.deepEqual([threads.waiting, heldBytes() > 0], [1, true]);
        await way.leave(foe);
        const record = await ours.closed;
        assert.deepEqual([record.code, record.cause], [way.code, way.cause]);
        await assert.rejects(sending!, ClosedError);
        threads.release();
        await settled(foe);
        assert.deepEqual([delivered, foe.frames.filter(({ opcode }) => opcode < Op.close).length], [1, 1]);
      });

      const what = way.isDelivered ? 'delivered first' : 'dropped';
      test(`106: ${name} while a message is expanded → it is ${what}`, async () => {
        using foe = await open();
        using threads = hold();
        await whileExpanding(foe);
        assert.deepEqual([threads.waiting, heldBytes() > 0], [1, true]);
        const left = way.leave(foe);
        await arena.witness.echoes();
        if (way.isDelivered) threads.release();
        await left;
        const record = await ours.closed;
        assert.deepEqual([record.code, record.cause], [way.code, way.cause]);
        threads.release();
        await settled(foe);
        assert.equal(delivered, way.isDelivered ? 1 : 0);
      });
    }

    test('106: we close while a message is compressed → it arrives, and then the close', async () => {
      using foe = await open();
      using threads = hold();
      await whileCompressing(foe);
      const closed = ours.close(4001, 'done');
      threads.release();
      const told = await foe.messages(2);
      assert.equal(String(told[1]!.payload), `${sent}${LARGE}`);
      assert.equal(await closes(foe), 4001);
      assert.equal((await closed).clean, true);
      await settled(foe);
    });

    test('106: we close while a message is expanded → it is not delivered, and the close is answered', async () => {
      using foe = await open();
      using threads = hold();
      await whileExpanding(foe);
      const closed = ours.close(4001, 'done');
      threads.release();
      assert.equal(await closes(foe), 4001);
      assert.equal((await closed).clean, true);
      await settled(foe);
      assert.equal(delivered, 0);
    });

    test('106: fifty at once, half compress and half expand, all reset', async () => {
      const foes = await Promise.all(Array.from({ length: 50 }, open));
      using threads = hold();
      await Promise.all(foes.map((foe, at) => (at % 2 === 0 ? whileCompressing(foe) : whileExpanding(foe))));
      // As many as there are threads; the others wait for one.
      assert.deepEqual([threads.waiting, heldBytes() > 0], [4, true]);
      for (const foe of foes) foe.connection.reset();
      await arena.settled();
      assert.equal(heldBytes(), 0, 'memory is given back before the threads are through');
      threads.release();
      await settled(foes[0]!);
    });
  });
}
