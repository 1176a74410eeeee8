// Groups 1 to 5: framing, pings and pongs, reserved bits, opcodes, fragmentation.
import assert from 'node:assert/strict';
import type { Family, Script } from './autobahn.js';
import type { Case } from './autobahn-cases.js';
import type { Peer } from './peer.js';

const HELLO = 'Hello, world!';

export const framing: Family = (one) => {
  const group = one.id.split('.')[0]!;
  const family = { 1: plain, 2: pings, 3: reservedBits, 4: opcodes, 5: fragmentation }[group];
  return family?.(one);
};

/** The number of octets that the case sends at a time. */
function chopOf(one: Case): number {
  if (/octet-wise/.test(one.description)) return 1;
  const chops = /chops of (\d+) octets/.exec(one.description);
  return chops ? Number(chops[1]) : Number.POSITIVE_INFINITY;
}

function numberIn(text: string, pattern: RegExp): number {
  const found = pattern.exec(text)?.[1];
  assert.ok(found !== undefined, `${pattern} in ${text}`);
  return Number(found);
}

function plain(one: Case): Script {
  const isText = one.id.startsWith('1.1.');
  const size = numberIn(one.description, /payload (?:of length )?(\d+)/);
  const payload = Buffer.alloc(size, isText ? 0x2a : 0xfe);
  const chop = chopOf(one);
  return {
    carrier: Number.isFinite(chop) ? 'memory' : 'tcp',
    async run(peer) {
      peer.write(peer.message(isText, payload), chop);
      await peer.expectMessage(isText, payload);
      await peer.closeCleanly();
    },
  };
}

const PING_PAYLOADS: Record<string, Buffer> = {
  '2.1': Buffer.alloc(0),
  '2.2': Buffer.from(HELLO),
  '2.3': Buffer.from('00fffefdfcfb00ff', 'hex'),
  '2.4': Buffer.alloc(125, 0xfe),
  '2.5': Buffer.alloc(126, 0xfe),
  '2.6': Buffer.alloc(125, 0xfe),
};

function pings(one: Case): Script {
  const chop = chopOf(one);
  const carrier = Number.isFinite(chop) ? 'memory' : 'tcp';
  const payload = PING_PAYLOADS[one.id];
  if (payload !== undefined) {
    return {
      carrier,
      async run(peer) {
        peer.write(peer.frame(9, payload), chop);
        if (one.id === '2.5') return peer.expectFailure(1002, 'FRAME_CONTROL_TOO_LONG');
        await peer.expectPong(payload);
        await peer.closeCleanly();
      },
    };
  }
  if (one.id === '2.10' || one.id === '2.11') return { carrier, run: (peer) => tenPings(peer, chop) };
  return {
    carrier,
    async run(peer) {
      peer.write(peer.frame(10, one.id === '2.7' ? '' : 'unsolicited'));
      assert.ok(await peer.silent(50));
      if (one.id === '2.9') {
        peer.write(peer.frame(9, 'ping payload'));
        await peer.expectPong('ping payload');
      }
      await peer.closeCleanly();
    },
  };
}

async function tenPings(peer: Peer, chop: number): Promise<void> {
  const payloads = Array.from({ length: 10 }, (_, at) => `payload-${at}`);
  peer.write(
    payloads.map((payload) => peer.frame(9, payload)),
    chop,
  );
  for (const payload of payloads) await peer.expectPong(payload);
  await peer.closeCleanly();
}

/** A small text, echoed, then the frame at fault and a ping that is not answered; or the frame alone. */
function faultyFrame(one: Case, row: string, faulty: (peer: Peer) => Buffer): Script {
  const chop = chopOf(one);
  const framewise = /frame-wise/.test(one.description);
  const first = /Send small text message,/.test(one.description);
  const ping = /then send Ping/.test(one.description);
  return {
    carrier: Number.isFinite(chop) || framewise ? 'memory' : 'tcp',
    async run(peer) {
      if (first) peer.write(peer.message(true, HELLO), chop);
      peer.write(faulty(peer), chop);
      if (ping) peer.write(peer.frame(9), chop);
      if (first) await peer.expectMessage(true, HELLO);
      await peer.expectFailure(1002, row);
    },
  };
}

function reservedBits(one: Case): Script {
  const rsv = numberIn(one.description, /RSV = (\d)/);
  const [opcode, payload] =
    one.id === '3.5'
      ? [2, Buffer.from('00ff00ff', 'hex')]
      : one.id === '3.6'
        ? [9, Buffer.alloc(0)]
        : one.id === '3.7'
          ? [8, Buffer.alloc(0)]
          : [1, Buffer.from(HELLO)];
  return faultyFrame(one, 'FRAME_RSV', (peer) => peer.frame(opcode, payload, { rsv }));
}

function opcodes(one: Case): Script {
  const opcode = numberIn(one.description, /Opcode = (\d+)/);
  const payload = /non-empty payload/.test(one.description) ? HELLO : '';
  return faultyFrame(one, 'FRAME_OPCODE', (peer) => peer.frame(opcode, payload));
}

const PARTS = ['fragment1', 'fragment2'] as const;

/** The frames of a case of group 5 and what it expects: a row that fails it, or the echo of the parts. */
function framesOf(one: Case, peer: Peer): { frames: Buffer[]; row?: string } {
  const number = Number(one.id.split('.')[1]);
  const parts = peer.message(true, ...PARTS);
  const text = peer.message(true, HELLO);
  const continuation = peer.frame(0, 'non-continuation', { fin: !/FIN = false/.test(one.description) });
  const row = 'FRAME_CONTINUATION';
  if (number <= 2) {
    const opcode = number === 1 ? 9 : 10;
    const frames = [peer.frame(opcode, PARTS[0], { fin: false }), peer.frame(0, PARTS[1])];
    return { frames, row: 'FRAME_CONTROL_FRAGMENTED' };
  }
  if (number <= 5) return { frames: parts };
  if (number <= 8) return { frames: [parts[0]!, peer.frame(9, 'ping'), parts[1]!] };
  if (number <= 14) return { frames: [continuation, ...text], row };
  if (number === 15) return { frames: [...parts, continuation, ...text], row };
  if (number <= 17) return { frames: [continuation, ...parts, continuation, ...parts], row };
  assert.equal(number, 18);
  return { frames: [parts[0]!, peer.frame(1, PARTS[1])], row };
}

function fragmentation(one: Case): Script {
  if (one.id === '5.19' || one.id === '5.20') return slowFragments(one);
  const chop = chopOf(one);
  const framewise = /(?:frame-wise|per-frame)/.test(one.description);
  return {
    carrier: Number.isFinite(chop) || framewise ? 'memory' : 'tcp',
    async run(peer) {
      const { frames, row } = framesOf(one, peer);
      assert.equal(row !== undefined, /failed/.test(one.expectation), 'as the case expects');
      if (framewise) for (const frame of frames) peer.write(frame);
      else peer.write(frames, chop);
      // The message before the fault of 5.15 is whole, and is echoed.
      if (one.id === '5.15') await peer.expectMessage(true, PARTS.join(''));
      if (row !== undefined) return peer.expectFailure(1002, row);
      if (/ping/.test(one.description)) await peer.expectPong('ping');
      await peer.expectMessage(true, PARTS.join(''));
      await peer.closeCleanly();
    },
  };
}

function slowFragments(one: Case): Script {
  const parts = ['fragment1', 'fragment2', 'fragment3', 'fragment4', 'fragment5'];
  return {
    // 5.20 is 5.19 with every frame flushed by itself.
    carrier: one.id === '5.20' ? 'memory' : 'tcp',
    async run(peer) {
      const frames = peer.message(true, ...parts);
      const pings = ['pongme 1!', 'pongme 2!'];
      const send = (octets: Buffer[]) => {
        if (one.id === '5.20') for (const frame of octets) peer.write(frame);
        else peer.write(octets);
      };
      send([...frames.slice(0, 2), peer.frame(9, pings[0])]);
      await peer.expectPong(pings[0]!);
      assert.ok(await peer.silent(1000), 'only the pong comes before the last fragment');
      send([...frames.slice(2, 4), peer.frame(9, pings[1]), frames[4]!]);
      await peer.expectPong(pings[1]!);
      await peer.expectMessage(true, parts.join(''));
      await peer.closeCleanly();
    },
  };
}
