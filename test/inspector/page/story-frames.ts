// Knows: the frames of a connection that never was: JSON, MessagePack, octets, fragments, pings, a silence, a close, and
// text by somebody who would like to be misread.
// Must not know: who is told.
import { encode } from '@msgpack/msgpack';
import type { FrameRow } from '../../../src/inspector/protocol.js';

const SILENCE_FROM = 0.55;
const SILENCE_SHARE = 0.3;

export const nasty =
  '{"name":"<script>alert(1)</script>","text":"\u001b[31mred\u001b[0m and \u202egnp.exe\u202c","at":[1,2,{"deep":true}]}';

/** Spread over the time from `from` to `to`, but for one silence. */
export function framesOf(from: number, to: number, count: number): FrameRow[] {
  const rows: FrameRow[] = [];
  const add = (row: Omit<FrameRow, 'n' | 'masked'>) =>
    rows.push({
      ...row,
      n: rows.length + 1,
      masked: row.direction === 'in',
      wireBytes: row.wireBytes + headerBytes(row),
    });
  for (let at = 0; at < count; at += 1) {
    const share = (at / count) * (1 - SILENCE_SHARE);
    const when = Math.round(from + (to - from) * (share < SILENCE_FROM ? share : share + SILENCE_SHARE));
    for (const row of messageOf(at, when)) add(row);
  }
  add({ at: to, direction: 'in', opcode: 8, fin: true, rsv: 0, wireBytes: 5, note: '1001 bye' });
  return rows;
}

function headerBytes({
  direction,
  wireBytes,
}: {
  direction: FrameRow['direction'];
  wireBytes: number;
}): number {
  return 2 + (wireBytes < 126 ? 0 : 2) + (direction === 'in' ? 4 : 0);
}

type Part = Omit<FrameRow, 'n' | 'masked'>;

function messageOf(at: number, when: number): Part[] {
  const direction = at % 3 === 0 ? 'in' : 'out';
  const base = { at: when, direction, fin: true, rsv: 0 } as const;
  if (at % 10 === 4) {
    return [
      { ...base, direction: 'out', opcode: 9, wireBytes: 8 },
      { ...base, at: when + 23, direction: 'in', opcode: 10, wireBytes: 8 },
    ];
  }
  if (at % 10 === 7)
    return [
      text({ ...base, opcode: 1, fin: false }, '{"part":'),
      text({ ...base, at: when + 3, opcode: 0 }, '"two"}'),
    ];
  if (at % 10 === 5)
    return [octets({ ...base, opcode: 2 }, encode({ type: 'move', x: at, y: 12.5, tags: ['a', 'b'] }))];
  if (at % 10 === 6)
    return [
      octets(
        { ...base, opcode: 2 },
        Uint8Array.from({ length: 70 }, (_, octet) => (octet * 37 + 200) & 255),
      ),
    ];
  if (at % 10 === 2) return [text({ ...base, opcode: 1 }, nasty)];
  const told = JSON.stringify({
    type: 'said',
    id: at,
    room: 'berlin',
    text: 'A message of some length, as people write them. '.repeat(1 + (at % 5)),
  });
  return [
    {
      ...text({ ...base, opcode: 1, rsv: 0x40 }, told),
      wireBytes: Math.round(told.length / 3),
      inflatedBytes: told.length,
    },
  ];
}

function text(base: Omit<Part, 'wireBytes'>, content: string): Part {
  return octets(base, Buffer.from(content));
}

function octets(base: Omit<Part, 'wireBytes'>, content: Uint8Array): Part {
  return { ...base, wireBytes: content.length, payload: Buffer.from(content).toString('base64') };
}
