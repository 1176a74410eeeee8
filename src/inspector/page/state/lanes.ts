// Knows: what happened on a connection and when, laid out on lanes: messages each way, pings with their round trip, the
// silences in which a proxy with an idle timeout would have cut it.
// Must not know: how lanes are drawn. Positions are fractions of the width, 0 to 1.
import type { FrameRow } from '../../protocol.js';

/** A silence shorter than this is of no interest to any proxy's timeout. */
const LEAST_SILENCE_MS = 20_000;
/** nginx, HAProxy and AWS cut after 60 s without an octet, Cloudflare after 100 s. */
export const TIMEOUTS_MS = [60_000, 100_000] as const;
const PING = 9;
const PONG = 10;

export interface Dot {
  readonly x: number;
  readonly at: number;
  /** Messages that fell on the same place. */
  readonly count: number;
  readonly bytes: number;
}
export interface Trip {
  readonly x: number;
  readonly at: number;
  /** Undefined while no pong came. */
  readonly ms?: number;
}
export interface Silence {
  readonly x: number;
  readonly width: number;
  readonly ms: number;
  readonly from: number;
  /** Where within it the known timeouts fall. `isFound`: the one that the end looks like. */
  readonly marks: ReadonlyArray<{ readonly x: number; readonly ms: number; readonly isFound?: true }>;
}
export interface Tick {
  readonly x: number;
  readonly ms: number;
}
export interface Lanes {
  readonly lengthMs: number;
  readonly incoming: readonly Dot[];
  readonly outgoing: readonly Dot[];
  readonly trips: readonly Trip[];
  readonly silences: readonly Silence[];
  readonly ticks: readonly Tick[];
}

/**
 * `from`: when it opened; `to`: when it ended, or now. Dots closer than 1/400 of the width become one. `foundMs`: the timeout that its
 * end looks like, so that it was silent for as long before.
 */
export function layOut(frames: readonly FrameRow[], from: number, to: number, foundMs?: number): Lanes {
  const lengthMs = Math.max(1, to - from);
  const place = (at: number) => Math.min(1, Math.max(0, (at - from) / lengthMs));
  const messages = frames.filter((frame) => frame.opcode < 8);
  return {
    lengthMs,
    incoming: dots(
      messages.filter((frame) => frame.direction === 'in'),
      place,
    ),
    outgoing: dots(
      messages.filter((frame) => frame.direction === 'out'),
      place,
    ),
    trips: trips(frames, place),
    silences: [...silences(frames, from, to, place, foundMs), ...cutIn(from, to, place, foundMs)],
    ticks: ticks(lengthMs),
  };
}

type Placing = (at: number) => number;

function dots(frames: readonly FrameRow[], place: Placing): Dot[] {
  const found = new Map<number, Dot>();
  for (const frame of frames) {
    const x = Math.round(place(frame.at) * 400) / 400;
    const dot = found.get(x) ?? { x, at: frame.at, count: 0, bytes: 0 };
    found.set(x, { ...dot, count: dot.count + 1, bytes: dot.bytes + frame.wireBytes });
  }
  return [...found.values()];
}

/** RFC 6455 §5.5.3: a pong answers the most recent ping, so that an earlier one without its own stays open. */
function trips(frames: readonly FrameRow[], place: Placing): Trip[] {
  const found: Trip[] = [];
  for (const frame of frames) {
    if (frame.opcode === PING && frame.direction === 'out') found.push({ x: place(frame.at), at: frame.at });
    const last = found.at(-1);
    if (frame.opcode !== PONG || frame.direction !== 'in' || last === undefined || last.ms !== undefined)
      continue;
    found[found.length - 1] = { ...last, ms: frame.at - last.at };
  }
  return found;
}

function silences(
  frames: readonly FrameRow[],
  from: number,
  to: number,
  place: Placing,
  foundMs: number | undefined,
): Silence[] {
  const moments = [from, ...frames.map((frame) => frame.at).filter((at) => at >= from && at <= to)];
  // The last one, before a cut, is known better than from the frames that happened to be looked at.
  if (foundMs === undefined) moments.push(to);
  return moments.slice(1).flatMap((until, index) => {
    const since = moments[index]!;
    const ms = until - since;
    if (ms < LEAST_SILENCE_MS) return [];
    const marks = TIMEOUTS_MS.filter((timeout) => timeout <= ms + 500).map((timeout) => ({
      x: place(since + timeout),
      ms: timeout,
    }));
    return [{ x: place(since), width: place(until) - place(since), ms, from: since, marks }];
  });
}

function cutIn(from: number, to: number, place: Placing, foundMs: number | undefined): Silence[] {
  if (foundMs === undefined) return [];
  const since = Math.max(from, to - foundMs);
  const marks = [{ x: place(since + foundMs), ms: foundMs, isFound: true } as const];
  return [{ x: place(since), width: place(to) - place(since), ms: foundMs, from: since, marks }];
}

const STEPS_MS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 2e4, 3e4, 6e4, 12e4, 3e5, 6e5, 18e5, 36e5, 72e5,
  216e5, 864e5,
];

/** Four to eight, at round times. */
export function ticks(lengthMs: number): Tick[] {
  const step = STEPS_MS.find((candidate) => lengthMs / candidate <= 7) ?? lengthMs / 6;
  const count = Math.floor(lengthMs / step);
  return Array.from({ length: count + 1 }, (_, index) => ({
    x: (index * step) / lengthMs,
    ms: index * step,
  }));
}
