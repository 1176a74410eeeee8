// Knows: which frames stand in a stream, right or wrong, without judging them: what is wrong is for the diagnosis to say.
// Must not know: sockets, or what an extension makes of a payload. RFC 6455 §5.2. Bounded in frames kept and octets looked at.
import { FrameHeader } from '../../frames/frame.js';
import { unmask } from '../../frames/mask.js';
import type { FrameSeen } from '../observation.js';

/** Of either kind: pongs and a close are told behind any number of messages. */
const MAX_FRAMES = 200;
/** Of the first frames so much that a greeting or a reflection is whole, of later ones a glimpse. */
const GREETING_FRAMES = 2;
const GREETING_BYTES = 16_384;
const SHOWN_BYTES = 64;
const STRAY_BYTES = 256;

/** Reads the frames of one direction. After a header that no frame can have it only keeps what follows. */
export class FrameTap {
  readonly frames: FrameSeen[] = [];
  /** Octets that are no frame, the first 256. */
  stray: Buffer | undefined;
  readonly #header = new FrameHeader();
  #controlFrames = 0;
  #pending: Buffer = Buffer.alloc(0);
  /** Payload octets of the open frame still to come, behind those that are kept. */
  #toSkip = 0;

  /** Adds octets; returns the frames that they completed. */
  push(chunk: Buffer, atMs: number): readonly FrameSeen[] {
    if (this.stray !== undefined) {
      this.stray = Buffer.concat([this.stray, chunk]).subarray(0, STRAY_BYTES);
      return [];
    }
    const before = this.frames.length;
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    while (this.#skip() && this.#read(atMs));
    return this.frames.slice(before);
  }

  /** Whether a frame has begun and not ended. */
  get isInFrame(): boolean {
    return this.#toSkip > 0 || this.#pending.length > 0;
  }

  #skip(): boolean {
    const skipped = Math.min(this.#toSkip, this.#pending.length);
    this.#toSkip -= skipped;
    this.#pending = this.#pending.subarray(skipped);
    return this.#toSkip === 0 && this.#pending.length > 0;
  }

  #read(atMs: number): boolean {
    const header = this.#header;
    const size = header.read(this.#pending, 0, this.#pending.length);
    if (size === 0) return false;
    if (header.payloadBytes >= 2 ** 53) this.#keep(seen(header, Buffer.alloc(0), atMs));
    if (!isPlausible(header)) {
      this.stray = Buffer.from(this.#pending.subarray(0, STRAY_BYTES));
      this.#pending = Buffer.alloc(0);
      return false;
    }
    const most = this.frames.length < GREETING_FRAMES ? GREETING_BYTES : SHOWN_BYTES;
    const shown = Math.min(header.payloadBytes, most);
    if (this.#pending.length < size + shown) return false;
    const payload = Buffer.from(this.#pending.subarray(size, size + shown));
    if (header.masked) unmask(payload, 0, shown, header.mask, 0);
    this.#toSkip = header.payloadBytes - shown;
    this.#pending = this.#pending.subarray(size + shown);
    this.#keep(seen(header, payload, atMs));
    return true;
  }

  #keep(frame: FrameSeen): void {
    const isControl = frame.opcode >= 8;
    const kept = isControl ? this.#controlFrames : this.frames.length - this.#controlFrames;
    if (kept >= MAX_FRAMES) return;
    if (isControl) this.#controlFrames += 1;
    this.frames.push(frame);
  }
}

/** A reserved bit or a reserved opcode alone may still be a frame; both together, or a length beyond all bounds, are none. */
function isPlausible({ payloadBytes, rsv, opcode }: FrameHeader): boolean {
  return payloadBytes < 2 ** 53 && (rsv === 0 || opcode <= 2);
}

function seen(header: FrameHeader, payload: Buffer, atMs: number): FrameSeen {
  const { opcode, fin, rsv, masked, payloadBytes, lengthLegal } = header;
  return {
    atMs,
    direction: 'in',
    opcode,
    fin,
    rsv: rsv >> 4,
    masked,
    length: payloadBytes,
    ...(!lengthLegal && { isLengthIllegal: true }),
    payload: payload.toString('hex'),
  };
}
