// One message for many connections: framed once, compressed once for each form that they agreed on, the same octets for all, and part
// of the context of each.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { broadcast } from '../../src/connection/broadcast.js';
import type { Connection, Message, Sendable } from '../../src/connection/connection.js';
import { prepare } from '../../src/connection/prepared.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { ClosedError } from '../../src/errors.js';
import { noise, prose, TAKEOVER } from '../deflate/agreed.js';
import { hex } from '../frames/hex.js';
import { compressed, compressedPair, told, until } from './compressed.js';
import { compressions, writesTo } from './counted.js';
import { type Opened, opened, settled } from './opened.js';

after(() => assert.equal(heldBytes(), 0, 'every connection let go what it held'));

const TEXT = prose(2000).toString();
const NAMES = { plain: 'text', compressed: 'compressed text' };

function end(...connections: { connection: Connection }[]): void {
  for (const { connection } of connections) connection.terminate();
}

const prepared: [what: string, args: [Sendable, { text?: boolean }?], isText: boolean, frame: string][] = [
  ['a string', ['é'], true, 'text é'],
  ['an empty string', [''], true, 'text '],
  ['bytes', [hex('00ff')], false, 'binary 00ff'],
  ['bytes as text', [hex('c3a9'), { text: true }], true, 'text é'],
  ['a part of a buffer', [hex('00112233').subarray(1, 3)], false, 'binary 1122'],
  ['an ArrayBuffer', [hex('0102').buffer as ArrayBuffer], false, 'binary 0102'],
];
for (const role of ['server', 'client'] as const) {
  for (const [what, args, isText, frame] of prepared) {
    test(`${role}: sends ${what} that was prepared`, async () => {
      const some = compressed({ role });
      const message = prepare(...args);
      assert.equal(message.isText, isText);
      await some.connection.send(message);
      await settled();
      assert.deepEqual(told(some.wire), [frame]);
      end(some);
    });
  }
}

test('only strings and bytes are prepared, and only UTF-8 as text', () => {
  for (const misuse of [1, null, undefined, {}, [1]])
    assert.throws(() => prepare(misuse as never), TypeError);
  assert.throws(() => prepare(hex('ff'), { text: true }), TypeError);
  assert.throws(() => prepare('x', { comprss: false } as never), /unknown option "comprss" in prepare\(\)/);
});

test('bytes may change once they are prepared', async () => {
  const some = opened();
  const bytes = hex('0102');
  const message = prepare(bytes);
  bytes.fill(0);
  some.connection.send(message);
  await settled();
  assert.deepEqual(told(some.wire), ['binary 0102']);
  end(some);
});

test('it is framed once: all servers write the very same octets', async () => {
  const all = [opened(), opened(), compressed()];
  const writes = all.map(({ ours }) => writesTo(ours));
  const message = prepare('short');
  for (const { connection } of all) connection.send(message);
  await settled();
  const [frame] = writes[0]![0]!;
  for (const [[piece]] of writes as [[Uint8Array]][]) assert.equal(piece, frame);
  end(...all);
});

test('it is compressed once for each form that was agreed on, also by later sends', async () => {
  const message = prepare(TEXT);
  const groups: [name: keyof typeof NAMES, members: Opened[]][] = [
    ['plain', [opened(), opened()]],
    ['compressed', [compressed(), compressed(), compressed({ agreed: TAKEOVER })]],
    ['compressed', [9, 9].map((bits) => compressed({ agreed: { ...TAKEOVER, sendWindowBits: bits } }))],
    [
      'compressed',
      [compressed({ agreed: { sendWindowBits: 8 } }), compressed({ agreed: { sendWindowBits: 9 } })],
    ],
    ['compressed', [compressed({ compression: { level: 9 } })]],
    ['plain', [compressed({ compression: { thresholdBytes: 5000 } })]],
  ];
  const all = groups.flatMap(([, members]) => members);
  const writes = new Map(all.map((one) => [one, writesTo(one.ours)]));
  const send = () => {
    for (const { connection } of all) connection.send(message);
    return settled();
  };
  assert.equal(await compressions(send), 3, 'windows of 12 and of 9 bits, and another level');
  assert.equal(await compressions(send), 0);
  for (const [name, members] of groups) {
    const [frame] = writes.get(members[0]!)![0]!;
    for (const one of members) {
      assert.deepEqual(told(one.wire), [`${NAMES[name]} ${TEXT}`, `${NAMES[name]} ${TEXT}`]);
      for (const write of writes.get(one)!) assert.equal(write[0], frame, 'the very same octets');
    }
  }
  const [small, smallest] = [groups[2]![1][0]!, groups[3]![1][0]!];
  assert.equal(writes.get(small)![0]![0], writes.get(smallest)![0]![0], '8 bits are compressed with 9');
  end(...all);
});

test('clients get the same, each with a mask of its own', async () => {
  const all = [compressed({ role: 'client' }), compressed({ role: 'client' }), opened()];
  const message = prepare(TEXT);
  const count = await compressions(() => {
    for (const { connection } of all) connection.send(message);
    return settled();
  });
  assert.equal(count, 1);
  const [first, second] = all.slice(0, 2).map(({ ours }) => Buffer.concat(ours.written));
  assert.notDeepEqual(first, second);
  for (const { wire } of all.slice(0, 2)) assert.deepEqual(told(wire), [`compressed text ${TEXT}`]);
  end(...all);
});

test('what does not get smaller is tried once, and sent as it is', async () => {
  const message = prepare(noise(500));
  const all = [compressed(), compressed(), compressed({ agreed: TAKEOVER })];
  const count = await compressions(() => {
    for (const { connection } of all) connection.send(message);
    return settled();
  });
  assert.equal(count, 1);
  for (const { wire } of all) assert.deepEqual(told(wire), [`binary ${noise(500).toString('hex')}`]);
  end(...all);
});

test('compress: false is never compressed', async () => {
  const some = compressed();
  const message = prepare(TEXT, { compress: false });
  const count = await compressions(() => {
    some.connection.send(message);
    return settled();
  });
  assert.equal(count, 0);
  assert.deepEqual(told(some.wire), [`text ${TEXT}`]);
  end(some);
});

test('a connection without memory for its context gets it as it is', async () => {
  const poor = compressed({ agreed: TAKEOVER, compression: { maxConnectionBytes: 100 } });
  const rich = compressed({ agreed: TAKEOVER });
  const message = prepare(TEXT);
  for (const { connection } of [poor, rich]) connection.send(message);
  await settled();
  assert.deepEqual([told(poor.wire), told(rich.wire)], [[`text ${TEXT}`], [`compressed text ${TEXT}`]]);
  end(poor, rich);
});

test('it is part of the context: what follows refers to it, on either side, and is expanded right', async () => {
  const agreements = [
    TAKEOVER,
    { ...TAKEOVER, sendWindowBits: 9, receiveWindowBits: 11 },
    { ...TAKEOVER, sendTakeover: false },
    {},
  ];
  const pairs = agreements.map((agreed) => compressedPair({ agreed }));
  const message = prepare(TEXT);
  const got = pairs.map(({ server, client }) => {
    const [down, up]: [Message[], Message[]] = [[], []];
    client.onmessage = (each) => down.push(each);
    server.onmessage = (each) => up.push(each);
    return { down, up };
  });
  const sent: Message[] = [];
  for (let round = 0; round < 5; round += 1) {
    for (const { server, client } of pairs) {
      for (const side of [server, client]) {
        side.send(message);
        side.send(`${round} ${TEXT.slice(round * 100)}`);
      }
    }
    broadcast(
      pairs.map(({ server }) => server),
      message,
    );
    for (const { client } of pairs) client.send(TEXT);
    sent.push(TEXT, `${round} ${TEXT.slice(round * 100)}`, TEXT);
    await settled();
  }
  await until(() => got.every(({ down, up }) => down.length === 15 && up.length === 15));
  for (const { down, up } of got) assert.deepEqual([down, up], [sent, sent]);
  const [first] = pairs;
  const before = Buffer.concat(first!.ours.written).length;
  first!.server.send(TEXT);
  await settled();
  const size = Buffer.concat(first!.ours.written).length - before;
  assert.ok(size < 100, `${size} octets for what was there before`);
  for (const { server, client } of pairs) end({ connection: server }, { connection: client });
});

test('a connection that has ended rejects it', async () => {
  const { connection } = opened();
  connection.terminate();
  await connection.closed;
  await assert.rejects(connection.send(prepare('x')), ClosedError);
});

// ---- the loop over all clients, as most code has it

test('a text that a loop sends to many is compressed for the first one, and once for all the others', async () => {
  const all = Array.from({ length: 20 }, () => compressed());
  const takeover = compressed({ agreed: TAKEOVER });
  const count = await compressions(() => {
    for (const { connection } of all) connection.send(TEXT);
    takeover.connection.send(TEXT);
    return settled();
  });
  assert.equal(count, 3, 'two, and one in a context of its own');
  for (const { wire } of [...all, takeover]) assert.deepEqual(told(wire), [`compressed text ${TEXT}`]);
  end(...all, takeover);
});

test('texts that take turns are each compressed, and none is taken for another', async () => {
  const all = [
    compressed(),
    compressed(),
    compressed({ agreed: { sendWindowBits: 9 } }),
    compressed({ role: 'client' }),
  ];
  const texts = [TEXT, `${TEXT}.`, TEXT, TEXT, `${TEXT}!`, `${TEXT}!`, TEXT.slice(1)];
  for (const text of texts) for (const { connection } of all) connection.send(text);
  for (const { connection } of all) connection.send(TEXT.slice(1), { compress: false });
  await settled();
  const want = [...texts.map((text) => `compressed text ${text}`), `text ${TEXT.slice(1)}`];
  for (const { wire } of all) assert.deepEqual(told(wire), want);
  end(...all);
});

test('in a later turn it is compressed anew', async () => {
  const all = [compressed(), compressed()];
  const count = await compressions(async () => {
    for (const { connection } of all) {
      connection.send(TEXT);
      await settled();
    }
  });
  assert.equal(count, 2);
  end(...all);
});
