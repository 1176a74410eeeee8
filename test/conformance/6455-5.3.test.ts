// RFC 6455 §5.3: client-to-server masking.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open } from '../../src/connection/settings.js';
import { pair } from '../connection/pair.js';
import { rule } from './roles.js';

for (const size of [5, 126, 70_000]) {
  rule(
    `§5.3 octet i is xor-ed with octet i modulo 4 of the mask, ${size} octets, at any cut`,
    async (peer) => {
      const payload = Buffer.from(Array.from({ length: size }, (_, at) => (at * 31) & 0xff));
      for (const chop of [Number.POSITIVE_INFINITY, 1021, 3].filter((each) => size / each < 1000)) {
        peer.write(peer.message(false, payload), chop);
        await peer.expectMessage(false, payload);
      }
    },
  );
}

test('§5.3 a client’s mask is fresh for every frame and cannot be foretold', async () => {
  const [ours, theirs] = pair();
  const client = open(ours, { role: 'client', heartbeat: false });
  const masks: number[] = [];
  let octets = Buffer.alloc(0);
  theirs.on('data', (chunk: Buffer) => {
    octets = Buffer.concat([octets, chunk]);
  });
  for (let count = 0; count < 500; count += 1) await client.send('');
  while (octets.length < 500 * 6) await new Promise((resolve) => setImmediate(resolve));
  for (let at = 0; at < octets.length; at += 6) masks.push(octets.readUInt32BE(at + 2));
  assert.equal(masks.length, 500);
  assert.ok(new Set(masks).size >= 499, 'no mask twice');
  const steps = new Set(masks.slice(1).map((mask, at) => (mask - masks[at]!) | 0));
  assert.ok(steps.size >= 498, 'no pattern from one to the next');
  for (let bit = 0; bit < 32; bit += 1) {
    const set = masks.filter((mask) => (mask >>> bit) & 1).length;
    assert.ok(set > 150 && set < 350, `bit ${bit} is set ${set} times of 500`);
  }
  client.terminate();
});

test('§5.3 masking does not change the octets that the application sends', async () => {
  const [ours, theirs] = pair();
  theirs.resume();
  const client = open(ours, { role: 'client', heartbeat: false });
  for (const size of [10, 300, 9000, 100_000]) {
    const payload = Buffer.alloc(size, 'abc');
    await client.send(payload);
    assert.ok(payload.equals(Buffer.alloc(size, 'abc')), `${size} octets`);
  }
  client.terminate();
});

rule(
  '§5.3 a mask of zeros is a mask',
  async (peer) => {
    peer.write(Buffer.from(`818500000000${Buffer.from('Hello').toString('hex')}`, 'hex'));
    await peer.expectMessage(true, 'Hello');
  },
  { role: 'server' },
);
