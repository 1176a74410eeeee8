// Knows: frames as people read them: fragments folded into their message, the time since the line before, what a filter
// leaves. RFC 6455 §5.4 for fragments, between which control frames may stand.
// Must not know: how they are drawn, or where they come from.
import type { FrameRow } from '../../protocol.js';
import { fromBase64, type Reading, readPayload } from './payload.js';

const FIRST_CONTROL = 8;
/** As it stands in the first octet of a frame. */
const RSV1 = 0x40;

/** A message, or a control frame. */
export interface Line {
  readonly n: number;
  readonly at: number;
  /** Milliseconds since the line before it, of either direction. */
  readonly sinceMs: number;
  readonly direction: 'in' | 'out';
  readonly opcode: number;
  readonly isControl: boolean;
  readonly isCompressed: boolean;
  /** With the headers of its frames. */
  readonly wireBytes: number;
  /** Without them; of a compressed message, once it is expanded. */
  readonly payloadBytes: number;
  readonly inflatedBytes?: number;
  readonly note?: string;
  /** Somebody who watches has asked for it. */
  readonly byWatcher?: true;
  /** The one that must not be, where there is one. */
  readonly faulty?: FrameRow;
  /** More than one where it was fragmented; the last lacks FIN while the message goes on. */
  readonly frames: readonly FrameRow[];
}

/** Oldest first, as the frames are. */
export function fold(frames: readonly FrameRow[]): Line[] {
  const lines: Line[] = [];
  const unfinished: Partial<Record<FrameRow['direction'], number>> = {};
  for (const frame of frames) {
    const open = unfinished[frame.direction];
    if (frame.opcode === 0 && open !== undefined) {
      lines[open] = joined(lines[open]!, frame);
      if (frame.fin) delete unfinished[frame.direction];
      continue;
    }
    if (frame.opcode < FIRST_CONTROL && !frame.fin) unfinished[frame.direction] = lines.length;
    lines.push(lineOf(frame, frame.at - (lines.at(-1)?.at ?? frame.at)));
  }
  return lines;
}

function lineOf(frame: FrameRow, sinceMs: number): Line {
  const { n, at, direction, opcode, wireBytes } = frame;
  return {
    n,
    at,
    sinceMs,
    direction,
    opcode,
    isControl: opcode >= FIRST_CONTROL,
    // RFC 7692 §6: RSV1 on the first frame of a message says that it is compressed.
    isCompressed: (frame.rsv & RSV1) !== 0,
    wireBytes,
    payloadBytes: frame.inflatedBytes ?? payloadLength(frame),
    ...(frame.inflatedBytes !== undefined && { inflatedBytes: frame.inflatedBytes }),
    ...(frame.note !== undefined && { note: frame.note }),
    ...(frame.byWatcher && { byWatcher: true }),
    ...(frame.fault !== undefined && { faulty: frame }),
    frames: [frame],
  };
}

function joined(line: Line, frame: FrameRow): Line {
  const inflated = frame.inflatedBytes ?? line.inflatedBytes;
  const note = frame.note ?? line.note;
  return {
    ...line,
    wireBytes: line.wireBytes + frame.wireBytes,
    payloadBytes: inflated ?? line.payloadBytes + payloadLength(frame),
    ...(inflated !== undefined && { inflatedBytes: inflated }),
    ...(note !== undefined && { note }),
    ...(frame.fault !== undefined && { faulty: frame }),
    frames: [...line.frames, frame],
  };
}

/** RFC 6455 §5.2: two octets, two or eight more for a length from 126 or 65,536 on, four for the masking key. */
export function payloadLength({ wireBytes, masked }: Pick<FrameRow, 'wireBytes' | 'masked'>): number {
  const rest = wireBytes - 2 - (masked ? 4 : 0);
  if (rest < 126 + 2) return Math.max(0, rest);
  return rest < 65_536 + 2 ? rest - 2 : rest - 8;
}

const names: Readonly<Record<number, string>> = {
  0: 'continuation',
  1: 'text',
  2: 'binary',
  8: 'close',
  9: 'ping',
  10: 'pong',
};

export function opcodeName(opcode: number): string {
  return names[opcode] ?? `opcode 0x${opcode.toString(16).toUpperCase()}`;
}

const readings = new WeakMap<Line, Reading>();

/** Undefined where no payload was captured. */
export function readingOf(line: Line): Reading | undefined {
  const known = readings.get(line);
  if (known !== undefined) return known;
  const parts = line.frames.flatMap((frame) =>
    frame.payload === undefined ? [] : [fromBase64(frame.payload)],
  );
  if (parts.length === 0) return undefined;
  const bytes = joinedBytes(parts);
  const reading = readPayload(bytes, bytes.length >= line.payloadBytes);
  readings.set(line, reading);
  return reading;
}

function joinedBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

export interface FrameFilter {
  /** Words, or `/expression/` with its flags. */
  readonly words: string;
  readonly opcode: number | 'all';
  readonly leastBytes: number;
  readonly withControl: boolean;
}

export const everyFrame: FrameFilter = { words: '', opcode: 'all', leastBytes: 0, withControl: true };

/** Throws `SyntaxError` for an expression that is none. */
export function filterLines(lines: readonly Line[], filter: FrameFilter): readonly Line[] {
  const says = textTest(filter.words);
  return lines.filter(
    (line) =>
      (filter.withControl || !line.isControl) &&
      (filter.opcode === 'all' || line.opcode === filter.opcode) &&
      line.payloadBytes >= filter.leastBytes &&
      (says === undefined || says(`${line.note ?? ''}\n${readingOf(line)?.text ?? ''}`)),
  );
}

function textTest(words: string): ((text: string) => boolean) | undefined {
  if (words === '') return undefined;
  const [, source, flags] = /^\/(.+)\/([imsu]*)$/s.exec(words) ?? [];
  if (source !== undefined) {
    const expression = new RegExp(source, flags);
    return (text) => expression.test(text);
  }
  const wanted = words.toLowerCase();
  return (text) => text.toLowerCase().includes(wanted);
}
