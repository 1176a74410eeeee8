// Group 6: text is UTF-8, however it is fragmented, and fails at the offending octet.
import assert from 'node:assert/strict';
import type { Family, Script } from './autobahn.js';
import type { Case } from './autobahn-cases.js';
import type { Peer } from './peer.js';

export const utf8: Family = (one) => {
  if (!one.id.startsWith('6.')) return undefined;
  if (one.id.startsWith('6.4.')) return failFast(one);
  return {
    carrier: 'tcp',
    async run(peer) {
      const parts = partsOf(one);
      peer.write(peer.message(true, ...parts));
      if (/failed/.test(one.expectation)) return peer.expectFailure(1007, 'MSG_UTF8');
      assert.match(one.expectation, /echo'ed/);
      await peer.expectMessage(true, Buffer.concat(parts));
      await peer.closeCleanly();
    },
  };
};

/** The payload that the description spells, in the fragments that it wants. */
function partsOf(one: Case): Buffer[] {
  const { description } = one;
  if (one.id === '6.1.1') return [Buffer.alloc(0)];
  if (one.id === '6.1.2') return [Buffer.alloc(0), Buffer.alloc(0), Buffer.alloc(0)];
  if (one.id === '6.1.3') return [Buffer.alloc(0), Buffer.from('middle frame payload'), Buffer.alloc(0)];
  const payload = /^Payload: 0x([0-9a-f]+)$/m.exec(description)?.[1];
  const lines = description.match(/^[0-9a-f]{10,}$/gm) ?? [];
  const whole = payload === undefined ? lines.map(fromHex) : [fromHex(payload)];
  assert.equal(whole.length, one.id === '6.2.2' ? 2 : 1, description);
  if (!/fragments of 1 octet/.test(description)) return whole;
  return Array.from(whole[0]!, (octet) => Buffer.of(octet));
}

function fromHex(digits: string): Buffer {
  return Buffer.from(digits, 'hex');
}

/**
 * Three parts, with a wait after each: the first is taken, and the second fails the connection before the third is sent.
 * In 6.4.1 and 6.4.2 the parts are fragments, in 6.4.3 and 6.4.4 chops of one frame.
 */
function failFast(one: Case): Script {
  const part = (name: string) => fromHex(new RegExp(`${name} = ?([0-9a-f]*)`).exec(one.description)![1]!);
  const parts = [part('PART1'), part('PART2'), part('PART3')];
  // The list leaves out the end of 6.4.4; it is that of 6.4.2.
  if (one.id === '6.4.4') parts[2] = fromHex('8080656469746564');
  return {
    carrier: 'tcp',
    async run(peer) {
      const [first, second] = one.id < '6.4.3' ? peer.message(true, ...parts) : chopsOf(peer, parts);
      peer.write(first!);
      assert.ok(await peer.silent(100), 'the first part is taken');
      peer.write(second!);
      // The third part is never sent: the failure cannot have waited for it.
      await peer.expectFailure(1007, 'MSG_UTF8');
    },
  };
}

function chopsOf(peer: Peer, parts: readonly Buffer[]): Buffer[] {
  const [frame] = peer.message(true, Buffer.concat(parts));
  const head = frame!.length - Buffer.concat(parts).length;
  const ends = [head + parts[0]!.length, head + parts[0]!.length + parts[1]!.length];
  return [frame!.subarray(0, ends[0]), frame!.subarray(ends[0], ends[1])];
}
