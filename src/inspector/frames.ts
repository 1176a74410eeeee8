// Knows: the frames of a connection that somebody looks at: the newest of them, with the beginning of what they carry where that may be kept.
// Must not know: channels or watchers. What a frame carries is copied: the memory is somebody else's.
import { scrub } from '../forensics/redact.js';
import type { FrameTrace } from '../trace.js';
import type { FrameRow } from './protocol.js';

export interface FrameLimits {
  readonly frames: number;
  readonly payloadBytes: number;
  /** Whether what they carry may be kept at all. */
  readonly payload: boolean;
}

export class Frames {
  readonly #limits: FrameLimits;
  #rows: FrameRow[] = [];
  #count = 0;
  #bytes = 0;
  /** Whether the message under way in each direction is text: a fragment does not say. */
  readonly #isText = { in: false, out: false };

  constructor(limits: FrameLimits) {
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get rows(): readonly FrameRow[] {
    return this.#rows;
  }

  /** `isAskedFor`: somebody who watches has asked for it. */
  add(trace: FrameTrace, isAskedFor: boolean): FrameRow {
    this.#count += 1;
    const row = { ...this.#rowOf(trace), ...(isAskedFor && { byWatcher: true as const }) };
    this.#rows.push(row);
    this.#bytes += sizeOf(row);
    if (this.#rows.length > this.#limits.frames * 1.1) this.#forget();
    return row;
  }

  #forget(): void {
    const gone = this.#rows.splice(0, this.#rows.length - this.#limits.frames);
    for (const row of gone) this.#bytes -= sizeOf(row);
  }

  #rowOf(trace: FrameTrace): FrameRow {
    const { at, direction, opcode, fin, rsv, masked, wireBytes, inflated, fault } = trace;
    const note = fault === undefined ? closeNote(trace) : `${fault.reason.code}: ${scrub(fault.seen)}`;
    const payload = this.#payloadOf(trace);
    return {
      n: this.#count,
      at,
      direction,
      opcode,
      fin,
      rsv,
      masked,
      wireBytes,
      ...(inflated !== undefined && { inflatedBytes: inflated.length }),
      ...(note !== undefined && { note }),
      ...(fault !== undefined && { fault: fault.reason.code }),
      ...(payload !== undefined && { payload }),
    };
  }

  #payloadOf({ payload, inflated, opcode, rsv, fin, direction }: FrameTrace): string | undefined {
    if (opcode === 1 || opcode === 2) this.#isText[direction] = opcode === 1;
    // A fragment of a compressed message says nothing by itself.
    const isCompressedPart = inflated === undefined && (rsv & 0x40) !== 0 && !fin;
    if (!this.#limits.payload || isCompressedPart) return undefined;
    const octets = Buffer.from((inflated ?? payload).subarray(0, this.#limits.payloadBytes));
    const isText = opcode === 1 || (opcode === 0 && this.#isText[direction]);
    return withoutSecrets(octets, isText ? 0 : opcode === 8 ? 2 : octets.length).toString('base64');
  }
}

/** `textAt`: where text begins. What is none stays as it is. */
function withoutSecrets(octets: Buffer, textAt: number): Buffer {
  const text = octets.toString('utf8', textAt);
  const clean = scrub(text);
  return clean === text ? octets : Buffer.concat([octets.subarray(0, textAt), Buffer.from(clean)]);
}

function closeNote({ opcode, payload }: FrameTrace): string | undefined {
  if (opcode !== 8 || payload.length < 2) return undefined;
  const octets = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  return `${octets.readUInt16BE(0)} ${scrub(octets.toString('utf8', 2))}`.trim();
}

function sizeOf({ payload = '', note = '' }: FrameRow): number {
  return 200 + payload.length + 2 * note.length;
}
