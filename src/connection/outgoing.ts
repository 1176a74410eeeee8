// Knows: when and in what portions octets leave: all sends of a turn of the event loop together, large ones in parts.
// Must not know: what they mean.
import type { Duplex } from 'node:stream';
import { clock } from '../deadlines.js';

export interface Flushable {
  flushTurn(now: number): void;
}

/** Connections that sent something in this turn of the event loop. */
let dirty: Flushable[] = [];

/** Calls `flushTurn` when this turn of the event loop, with all its microtasks, is over. */
export function flushAtTurnEnd(connection: Flushable): void {
  if (dirty.length === 0) process.nextTick(flushDirty);
  dirty.push(connection);
}

function flushDirty(): void {
  const turn = dirty;
  dirty = [];
  const now = clock();
  for (const each of turn) each.flushTurn(now);
}

/**
 * A Duplex tells only when it has taken all that was written. In parts of this size a large message shows that it moves, and
 * timeouts.stallMs is about the line standing still, not about its speed.
 */
const PART_BYTES = 262_144;

/** Writes the first pieces, up to the size of a part; answers those that are left. */
export function writePart(duplex: Duplex, pieces: Uint8Array[]): Uint8Array[] {
  let room = PART_BYTES;
  let at = 0;
  duplex.cork();
  for (; at < pieces.length && pieces[at]!.length <= room; at += 1) {
    room -= pieces[at]!.length;
    duplex.write(pieces[at]!);
  }
  const rest = pieces.slice(at);
  if (rest.length > 0 && room > 0) {
    duplex.write(rest[0]!.subarray(0, room));
    rest[0] = rest[0]!.subarray(room);
  }
  duplex.uncork();
  return rest;
}
