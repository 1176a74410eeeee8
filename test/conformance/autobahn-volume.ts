// Groups 9 and 10: large messages, many fragments, small chops, many messages.
import assert from 'node:assert/strict';
import type { Family, Script } from './autobahn.js';
import type { Case } from './autobahn-cases.js';
import type { Peer } from './peer.js';

export const volume: Family = (one) => {
  const [group, family] = one.id.split('.');
  if (group === '9') return family === '7' || family === '8' ? roundTrips(one) : largeMessage(one);
  if (group === '10') return autoFragment(one);
  return undefined;
};

/** Text whose octets tell their place, with characters of several octets; or octets that are no text. */
function payloadOf(isText: boolean, size: number): Buffer {
  if (!isText)
    return Buffer.from(
      Uint32Array.from({ length: Math.ceil(size / 4) }, (_, at) => at * 2_654_435_761).buffer,
      0,
      size,
    );
  let text = '';
  for (let at = 0; text.length < size; at += 1) text += `${at.toString(36)}µ€😀`;
  const bytes = Buffer.from(text).subarray(0, size);
  // Whatever the cut left of a character at the end becomes ASCII.
  for (let at = size - 1; bytes[at]! >= 0x80; at -= 1) bytes[at] = 0x2a;
  return bytes;
}

/** "4 * 2**20 (4M)" by its formula, for the numbers in brackets are wrong in two cases. */
function sizeOf(one: Case): number {
  const found = /payload of length (\d+) \* 2\*\*(\d+)/.exec(one.description);
  assert.ok(found, one.description);
  return Number(found[1]) * 2 ** Number(found[2]);
}

function fragmentOf(one: Case): number | undefined {
  const found = /fragments of (\d+)([kM]?)\./.exec(one.description);
  return found ? Number(found[1]) * { '': 1, k: 2 ** 10, M: 2 ** 20 }[found[2] as '' | 'k' | 'M'] : undefined;
}

function largeMessage(one: Case): Script {
  const isText = /^Send (?:fragmented )?text/.test(one.description);
  const size = sizeOf(one);
  const fragment = fragmentOf(one) ?? size;
  const chop = Number(/chops of (\d+) octets/.exec(one.description)?.[1] ?? Number.POSITIVE_INFINITY);
  assert.equal(/[Ff]ragment/.test(one.description), /^9\.[34]\./.test(one.id), 'fragments are understood');
  assert.equal(Number.isFinite(chop), /^9\.[56]\./.test(one.id), 'chops are understood');
  return {
    carrier: Number.isFinite(chop) ? 'memory' : 'tcp',
    async run(peer) {
      const payload = payloadOf(isText, size);
      peer.write(inFragments(peer, isText, payload, fragment), chop);
      await peer.expectMessage(isText, payload);
      await peer.closeCleanly();
    },
  };
}

function inFragments(peer: Peer, isText: boolean, payload: Buffer, size: number): Buffer[] {
  const parts: Buffer[] = [];
  for (let at = 0; at < payload.length; at += size) parts.push(payload.subarray(at, at + size));
  assert.equal(parts.length, Math.ceil(payload.length / size));
  return peer.message(isText, ...parts);
}

function roundTrips(one: Case): Script {
  const found = /Send (\d+) (text|binary) messages of payload size (\d+)/.exec(one.description);
  assert.ok(found, one.description);
  const isText = found[2] === 'text';
  return {
    carrier: 'tcp',
    async run(peer) {
      const payload = payloadOf(isText, Number(found[3]));
      const [frame] = peer.message(isText, payload);
      for (let count = Number(found[1]); count > 0; count -= 1) {
        peer.write(frame!);
        await peer.expectMessage(isText, payload);
      }
      await peer.closeCleanly();
    },
  };
}

function autoFragment(one: Case): Script {
  const found = /payload of length (\d+) auto-fragmented with autoFragmentSize = (\d+)/.exec(one.description);
  assert.ok(found, one.description);
  return {
    carrier: 'tcp',
    async run(peer) {
      const payload = payloadOf(true, Number(found[1]));
      const frames = inFragments(peer, true, payload, Number(found[2]));
      assert.equal(frames.length, 51, 'transmitted frame counts as expected');
      peer.write(frames);
      await peer.expectMessage(true, payload);
      await peer.closeCleanly();
    },
  };
}
