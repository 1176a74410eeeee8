// Knows: what connections that agreed on compression hold: little once they are idle, no more after many messages than after some, and
// nothing above the budget of the process, where messages leave as they are. Rows 103 and 104. RFC 7692 §7.1.1.
// Must not know: where the memory is.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, test } from 'node:test';
import { Op } from './bytes.js';
import { againstVictim, type Foe, NO_TAKEOVER, type Role, RSV1, squeezed } from './compression-bytes.js';
import { Victim } from './crowd.js';

const ROLES = ['server', 'client'] as const satisfies readonly Role[];
const skip = existsSync('/proc/self/status') ? false : 'only Linux tells how much memory a process has';
const TAKEOVER = 'permessage-deflate; client_max_window_bits=11';

async function open(victim: Victim, role: Role, count: number, answer?: string): Promise<Foe[]> {
  const foes: Foe[] = [];
  while (foes.length < count) foes.push(await againstVictim(victim, role, '/ws', answer));
  return foes;
}

/** A text of its own for each, of so many octets. */
const textOf = (at: number, octets: number) => `{"id":${at},"text":"`.padEnd(octets, `lorem ipsum ${at} `);

/** Sends each a compressed message, and waits for its echo. */
async function exchange(foes: readonly Foe[], octets: number): Promise<boolean[]> {
  for (const [at, foe] of foes.entries()) foe.squeeze(Op.text, textOf(at, octets));
  return await Promise.all(
    foes.map(async (foe, at) => {
      const [told] = await foe.messages(1);
      assert.equal(String(told!.payload), textOf(at, octets));
      foe.connection.take();
      return told!.isSqueezed;
    }),
  );
}

function leave(foes: readonly Foe[]): void {
  for (const { connection } of foes) connection.socket.destroy();
}

for (const role of ROLES) {
  describe(`memory of our ${role}`, { concurrency: false }, () => {
    // Our clients are opened one by one: fewer of them, and measured by what V8 tells, zlib's memory included.
    const [before, more, bytes] =
      role === 'server' ? ([1000, 2000, 'residentBytes'] as const) : ([100, 300, 'heldBytes'] as const);
    for (const takeover of [false, true]) {
      const name = `104: ${more} that each send once, with${takeover ? '' : 'out'} takeover → 16 KiB each at most`;
      test(name, { skip }, async () => {
        await using victim = await Victim.start({ compression: { takeover } });
        const answer = role === 'server' ? undefined : takeover ? TAKEOVER : NO_TAKEOVER;
        const first = await open(victim, role, before, answer);
        assert.equal(first[0]!.agreed, takeover ? TAKEOVER : NO_TAKEOVER);
        await exchange(first, 1100);
        const held = await victim.stats();
        const others = await open(victim, role, more, answer);
        assert.ok((await exchange(others, 1100)).every(Boolean), 'some echo was not compressed');
        const each = ((await victim.stats())[bytes] - held[bytes]) / more;
        assert.ok(each <= 16_384, `${each} octets`);
        leave([...first, ...others]);
        assert.equal((await victim.settled()).compressionBytes, 0);
        victim.assertUnhurt();
      });
    }

    test('103: 60,000 small messages without takeover → memory as after the first third', {
      skip,
    }, async () => {
      await using victim = await Victim.start({ compression: { thresholdBytes: 0 } });
      const [foe] = (await open(victim, role, 1)) as [Foe];
      const thirds: number[] = [];
      while (thirds.length < 3) {
        await stream(foe, 20_000);
        thirds.push((await victim.stats()).residentBytes);
      }
      // A hundred octets kept for each would be more in either third. What V8 and malloc take once may come in one of them.
      const grown = thirds.slice(1).map((bytes, at) => bytes - thirds[at]!);
      assert.ok(Math.min(...grown) < 2_000_000, `${grown.join(' and ')} octets more`);
      leave([foe]);
      await victim.settled();
      victim.assertUnhurt();
    });
  });
}

/** So many small messages and their echoes, at most 100 under way. */
async function stream(foe: Foe, count: number): Promise<void> {
  const { socket } = foe.connection;
  foe.squeeze(Op.text, textOf(0, 120));
  const [first] = await foe.messages(1);
  assert.ok(first!.isSqueezed);
  const echoBytes = foe.connection.take().length;
  const message = foe.write(Op.text, squeezed(textOf(0, 120)), { rsv: RSV1 });
  let [sent, receivedBytes] = [0, 0];
  const send = () => {
    while (sent < count && sent < receivedBytes / echoBytes + 100) {
      socket.write(message);
      sent += 1;
    }
  };
  await new Promise<void>((resolve) => {
    const onData = () => {
      receivedBytes += foe.connection.take().length;
      send();
      if (receivedBytes < count * echoBytes) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    send();
  });
}

test('104: over the budget of the process → sent as it is, and no takeover for new ones; then as before', async () => {
  // The windows that forty peers are promised, and some of ours.
  const maxProcessBytes = 48 * 32_768;
  await using victim = await Victim.start({
    compression: { takeover: true, windowBits: 15, maxProcessBytes },
  });
  const large = 'permessage-deflate; client_max_window_bits=15';
  const foes = await open(victim, 'server', 40);
  assert.ok(foes.every(({ agreed }) => agreed === large));
  const squeezedOnes = await exchange(foes, 40_000);
  assert.ok(squeezedOnes.includes(true) && squeezedOnes.includes(false), String(squeezedOnes));
  const { compressionBytes } = await victim.stats();
  assert.ok(compressionBytes <= maxProcessBytes, `${compressionBytes} octets`);
  const late = await open(victim, 'server', 1);
  assert.equal(late[0]!.agreed, NO_TAKEOVER);
  assert.deepEqual(await exchange(late, 40_000), [true], 'without takeover nothing is kept');
  leave([...foes, ...late]);
  assert.equal((await victim.settled()).compressionBytes, 0);
  const [again] = await open(victim, 'server', 1);
  assert.equal(again!.agreed, large);
  assert.deepEqual(await exchange([again!], 40_000), [true]);
  leave([again!]);
  victim.assertUnhurt();
});
