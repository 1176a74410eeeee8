// The peer of groups 12 and 13 against itself: what it sends it can read, and a single wrong octet, a window that is too large, a
// takeover that was not agreed on, or an answer that no offer allows does not pass.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Connection } from '../../src/connection/connection.js';
import { pair } from '../connection/pair.js';
import { dataOf, slicesOf } from './autobahn-data.js';
import { checkAnswer, readParameters, type Way, writeParameters } from './deflate-parameters.js';
import { DeflatePeer } from './deflate-peer.js';
import type { Role } from './peer.js';

const LARGE: Way = { takeover: true, windowBits: 15 };
const JSON_DATA = dataOf('Large JSON data file (utf8, 194056 bytes)');

/** Two peers of each other: `tries` plays a client, and `plays` a server that compresses as `actual` says. */
function peers(agreed: Record<Role, Way>, actual = agreed): { tries: DeflatePeer; plays: DeflatePeer } {
  const [left, right] = pair();
  const nobody = { terminate: () => {} } as Connection;
  return {
    tries: new DeflatePeer('server', left, nobody, agreed),
    plays: new DeflatePeer('client', right, nobody, actual),
  };
}

for (const agreed of [
  { server: LARGE, client: LARGE },
  { server: { takeover: false, windowBits: 15 }, client: { takeover: true, windowBits: 9 } },
  { server: { takeover: true, windowBits: 9 }, client: { takeover: false, windowBits: 9 } },
]) {
  test(`itself: ${JSON.stringify(agreed)}`, async () => {
    const { tries, plays } = peers(agreed);
    for (const message of [...slicesOf(JSON_DATA, 500, 20), ...slicesOf(JSON_DATA, 100_000, 3)]) {
      tries.write(tries.compressed(true, await tries.deflate(message)));
      await plays.expectEcho(true, message);
      plays.write(plays.compressed(true, await plays.deflate(message)));
      assert.equal((await tries.expectEcho(true, message)).compressed, true);
    }
    tries[Symbol.dispose]();
    plays[Symbol.dispose]();
  });
}

const MESSAGE = Buffer.from('a message that somebody echoes');

test('a wrong octet, type or length does not pass, compressed or not', async () => {
  const wrong = Buffer.from(MESSAGE);
  wrong[17]! ^= 1;
  for (const [isText, echo] of [
    [true, wrong],
    [false, MESSAGE],
    [true, MESSAGE.subarray(1)],
    [true, Buffer.concat([MESSAGE, MESSAGE.subarray(0, 1)])],
    [true, Buffer.alloc(0)],
  ] as const) {
    const { tries, plays } = peers({ server: LARGE, client: LARGE });
    plays.write(plays.message(isText, echo));
    await assert.rejects(tries.expectEcho(true, MESSAGE), assert.AssertionError);
    // The one before has been read; the next is judged by itself.
    plays.write(plays.compressed(isText, await plays.deflate(echo)));
    await assert.rejects(tries.expectEcho(true, MESSAGE));
    tries[Symbol.dispose]();
    plays[Symbol.dispose]();
  }
});

/** What a server sends that should compress as agreed, and compresses as `actual` says. */
async function exchange(agreed: Way, actual: Way): Promise<void> {
  const { tries, plays } = peers({ server: agreed, client: LARGE }, { server: actual, client: LARGE });
  for (const message of slicesOf(JSON_DATA, 20_000, 3)) {
    plays.write(plays.compressed(true, await plays.deflate(message)));
    await tries.expectEcho(true, message);
  }
  tries[Symbol.dispose]();
  plays[Symbol.dispose]();
}

test('a takeover that was not agreed on does not pass', async () => {
  await assert.rejects(exchange({ ...LARGE, takeover: false }, LARGE), /invalid distance/);
});

test('a window larger than agreed does not pass', async () => {
  await assert.rejects(exchange({ ...LARGE, windowBits: 9 }, LARGE), /invalid distance/);
});

test('less than was agreed on passes: a sender may do without its window', async () => {
  await exchange(LARGE, { takeover: false, windowBits: 9 });
});

const P = 'permessage-deflate';

for (const [offer, answer] of [
  [P, P],
  [P, `${P}; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=8`],
  [`${P}; server_no_context_takeover`, `${P}; server_no_context_takeover`],
  [`${P}; server_max_window_bits=9`, `${P}; server_max_window_bits=8`],
  [`${P}; client_max_window_bits`, `${P}; client_max_window_bits=15`],
  [`${P}; client_max_window_bits=9`, `${P}; client_max_window_bits=9`],
] as const) {
  test(`allowed: ${answer} to ${offer}`, () => {
    checkAnswer(readParameters(offer)[0]!, readParameters(answer)[0]!);
    assert.equal(writeParameters(readParameters(answer)[0]!), answer);
  });
}

for (const [offer, answer] of [
  [P, `${P}; client_max_window_bits=15`],
  [`${P}; server_no_context_takeover`, P],
  [`${P}; server_max_window_bits=9`, P],
  [`${P}; server_max_window_bits=9`, `${P}; server_max_window_bits=10`],
  [`${P}; client_max_window_bits`, `${P}; client_max_window_bits`],
  [`${P}; client_max_window_bits=9`, `${P}; client_max_window_bits=10`],
  [P, `${P}; unknown`],
  [P, `${P}; server_no_context_takeover=1`],
  [P, `${P}; server_max_window_bits`],
  [P, `${P}; server_max_window_bits=7`],
  [P, `${P}; server_max_window_bits=16`],
  [P, `${P}; server_max_window_bits=09`],
  [P, `${P}; server_no_context_takeover; server_no_context_takeover`],
  [P, 'x-webkit-deflate-frame'],
] as const) {
  test(`not allowed: ${answer} to ${offer}`, () => {
    assert.throws(
      () => checkAnswer(readParameters(offer)[0]!, readParameters(answer)[0]!),
      assert.AssertionError,
    );
  });
}
