// Knows: when and in what portions octets leave: all sends of a turn of the event loop together, large ones in parts.
// Must not know: what they mean.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { clock } from '../deadlines.js';
import { isPlainSocket, watch } from '../duplex.js';
import type { FrameEncoder, Outbox } from '../frames/encoder.js';

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
  let at = 0;
  try {
    for (; at < turn.length; at += 1) turn[at]!.flushTurn(now);
  } finally {
    // A Duplex of the application's own may throw. That is no reason for the others to wait for ever.
    for (const each of turn.slice(at + 1)) flushAtTurnEnd(each);
  }
}

/**
 * A Duplex tells only when it has taken all that was written. In parts of this size a large message shows that it moves, and
 * timeouts.stallMs is about the line standing still, not about its speed.
 */
const PART_BYTES = 262_144;

/** Writes the first pieces, up to the size of a part; answers those that are left. */
function writePart(duplex: Duplex, pieces: Uint8Array[]): Uint8Array[] {
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

/** Writes what waits in an outbox. What the Duplex does not take at once goes back, in front of what comes later. */
export function flush(
  duplex: Duplex,
  outbox: Outbox,
  { encoder, highWaterBytes }: { readonly encoder: FrameEncoder; readonly highWaterBytes: number },
): void {
  const only = encoder.takeOnly(outbox);
  const pieces = only === undefined ? encoder.take(outbox) : NO_PIECES;
  if (!duplex.writable) return;
  const isPlain = isPlainSocket(duplex);
  // A frame does not wait for the acknowledgement of the one before; after the first call this one costs nothing.
  if (isPlain) (duplex as Socket).setNoDelay(true);
  if (only === undefined) writeParts(duplex, outbox, pieces, highWaterBytes);
  else {
    duplex.write(only);
    // A plain socket whose write is through has copied the octets into the kernel.
    if (isPlain && duplex.writableLength === 0) encoder.giveBack(only);
  }
  if (duplex.writableLength > 0) watch(duplex);
}

const NO_PIECES: Uint8Array[] = [];

/** Part by part, while the Duplex takes them at once. */
function writeParts(duplex: Duplex, outbox: Outbox, pieces: Uint8Array[], highWaterBytes: number): void {
  let rest = pieces;
  do rest = writePart(duplex, rest);
  while (rest.length > 0 && duplex.writableLength < highWaterBytes);
  if (rest.length === 0) return;
  outbox.pieces = rest;
  for (const piece of rest) outbox.pendingBytes += piece.length;
}
