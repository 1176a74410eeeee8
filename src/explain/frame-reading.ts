// Knows: how a run of octets is read as frames, all of them and not only up to the first fault, each with what breaks a rule
// (RFC 6455 §5, §7.4, §8.1; RFC 7692 §6).
// Must not know: where the octets came from, or how frames are shown.
import { isUtf8 } from 'node:buffer';
import { constants, inflateRawSync } from 'node:zlib';
import { deflateReasons } from '../deflate/deflate-reasons.js';
import { FrameDecoder, Step } from '../frames/decoder.js';
import { FrameHeader, isSendableCloseCode, MAX_HEADER_BYTES, Opcode, RSV1 } from '../frames/frame.js';
import { unmask } from '../frames/mask.js';
import { VIOLATIONS, type Violation, violation } from '../frames/violations.js';

export interface FrameRead {
  /** Where its first octet stands. */
  readonly at: number;
  /** As it came, with its header. */
  readonly octets: Uint8Array;
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  /** As declared; more than what is there when the octets end inside the frame. */
  readonly payloadBytes: number;
  /** Unmasked, and expanded where it was compressed and that was possible. */
  readonly payload: Uint8Array;
  readonly isExpanded: boolean;
  readonly isCut: boolean;
  readonly fault?: Violation;
  /** Of a close frame. */
  readonly closeCode?: number;
}

export interface Sender {
  /** Undefined: not known, so each frame may be masked or not. */
  readonly role?: 'client' | 'server';
  /** Whether permessage-deflate was agreed on; undefined: not known. */
  readonly deflate?: boolean;
}

/** Frames that are read at most. */
export const mostFrames = 100_000;
const inflateLimit = 64 * 1024;
/** Octets that messages of one direction are expanded to, all together; a short message takes as much time as one of so many. */
const inflateBudget = 16 * 1024 * 1024;
const inflateCost = 2048;

/** A receiver cannot tell where the next frame begins behind one of these. */
const lost: ReadonlySet<string> = new Set([
  'FRAME_RSV',
  'FRAME_OPCODE',
  'FRAME_LENGTH',
  'FRAME_HTTP_IN_STREAM',
]);

export function readFrames(octets: Uint8Array, sender: Sender = {}, most = mostFrames): FrameRead[] {
  const reading = new Reading(sender);
  const frames: FrameRead[] = [];
  for (let at = 0; at < octets.length && frames.length < most; ) {
    const frame = reading.frame(octets, at);
    frames.push(frame);
    if (frame.isCut || (frame.fault !== undefined && lost.has(frame.fault.reason.code))) break;
    at += frame.octets.length;
  }
  return frames;
}

interface Data {
  readonly payload: Uint8Array;
  readonly isExpanded?: boolean;
  readonly fault?: Violation;
}

/** What is carried from frame to frame of one direction. */
class Reading {
  readonly #sender: Sender;
  readonly #header = new FrameHeader();
  /** The opcode of the message under way, 0 without one. */
  #open = 0;
  #isCompressed = false;
  #parts: Uint8Array[] = [];
  /** What the sender's next message may refer back to; undefined after a message that could not be expanded. */
  #window: Uint8Array | undefined = new Uint8Array(0);
  #left = inflateBudget;

  constructor(sender: Sender) {
    this.#sender = sender;
  }

  frame(all: Uint8Array, at: number): FrameRead {
    const header = this.#header;
    const size = header.read(all, at, all.length);
    if (size === 0) return cutHeader(all, at);
    const start = at + size;
    const end = Math.min(all.length, start + header.payloadBytes);
    const payload = all.slice(start, end);
    if (header.masked) unmask(payload, 0, payload.length, header.mask, 0);
    const { opcode, fin, rsv, masked, payloadBytes } = header;
    const octets = all.subarray(at, end);
    const read = { at, octets, opcode, fin, rsv, masked, payloadBytes, isExpanded: false };
    const isCut = end - start < payloadBytes;
    const fault = this.#judgeHeader(all.slice(at, at + MAX_HEADER_BYTES));
    if (fault !== undefined) return { ...read, payload, isCut, fault };
    if (opcode >= Opcode.close)
      return { ...read, payload, isCut, ...(opcode === Opcode.close && closeOf(payload)) };
    return { ...read, isCut, ...this.#data(payload, isCut) };
  }

  #judgeHeader(octets: Uint8Array): Violation | undefined {
    const { role, deflate } = this.#sender;
    const masked = role === undefined ? this.#header.masked : role === 'client';
    const decoder = new FrameDecoder({ masked, rsv: deflate === false ? 0 : RSV1 });
    decoder.feed(octets);
    if (decoder.next() === Step.fault) return decoder.fault;
    const { opcode } = this.#header;
    // RFC 6455 §5.4: a continuation needs an open message, and a new message needs that none is open.
    if (opcode < Opcode.close && (opcode === Opcode.continuation) !== (this.#open !== 0)) {
      return violation(
        'FRAME_CONTINUATION',
        `opcode ${opcode} ${this.#open === 0 ? 'outside of' : 'inside'} a message`,
      );
    }
    return undefined;
  }

  #data(payload: Uint8Array, isCut: boolean): Data {
    const { opcode, fin, rsv } = this.#header;
    if (opcode !== Opcode.continuation) {
      this.#open = opcode;
      this.#isCompressed = rsv !== 0;
      this.#parts = [];
    }
    this.#parts.push(payload);
    if (!fin || isCut) return { payload };
    const isText = this.#open === Opcode.text;
    const isAlone = this.#parts.length === 1;
    const message = isAlone ? payload : Buffer.concat(this.#parts);
    this.#open = 0;
    this.#parts = [];
    if (this.#isCompressed) return this.#inflated(message);
    return isText && !isUtf8(message) ? { payload, fault: violation('MSG_UTF8', 'no UTF-8') } : { payload };
  }

  #inflated(message: Uint8Array): Data {
    const window = this.#window;
    if (window === undefined) return { payload: message };
    const expanded = this.#left > 0 ? expand(message, window) : 'too large';
    if (expanded instanceof Uint8Array) {
      this.#left -= Math.max(expanded.length, inflateCost);
      this.#window = Buffer.concat([window, expanded]).subarray(-32_768);
      return { payload: expanded, isExpanded: true };
    }
    this.#window = undefined;
    if (expanded === 'too large') return { payload: message };
    // Where nothing was said about compression, RSV1 is no sign of it when nothing inflates.
    const reason = this.#sender.deflate === undefined ? VIOLATIONS.FRAME_RSV : deflateReasons.EXT_INFLATE;
    const fault = { reason, seen: 'RSV1, and the payload does not inflate', wanted: undefined };
    return { payload: message, fault };
  }
}

/** RFC 7692 §7.2.2: four octets are put back behind the message. */
function expand(message: Uint8Array, window: Uint8Array): Uint8Array | 'too large' | 'faulty' {
  try {
    const expanded = inflateRawSync(Buffer.concat([message, Buffer.of(0, 0, 0xff, 0xff)]), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: inflateLimit,
      ...(window.length > 0 && { dictionary: window }),
    });
    // What zlib returns is the beginning of 16 KiB, which would be kept with it.
    return Uint8Array.from(expanded);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE' ? 'too large' : 'faulty';
  }
}

function cutHeader(all: Uint8Array, at: number): FrameRead {
  const octets = all.subarray(at);
  const first = octets[0]!;
  return {
    at,
    octets,
    opcode: first & 0x0f,
    fin: first >= 0x80,
    rsv: first & 0x70,
    masked: (octets[1] ?? 0) >= 0x80,
    payloadBytes: 0,
    payload: octets.subarray(octets.length),
    isExpanded: false,
    isCut: true,
  };
}

/** RFC 6455 §5.5.1 and §7.4. */
function closeOf(payload: Uint8Array): { closeCode?: number; fault?: Violation } {
  if (payload.length === 0) return {};
  if (payload.length === 1) return { fault: violation('CLOSE_PAYLOAD', '1 octet') };
  const closeCode = (payload[0]! << 8) | payload[1]!;
  if (!isSendableCloseCode(closeCode)) {
    return { closeCode, fault: violation('CLOSE_CODE_INVALID', String(closeCode)) };
  }
  const isText = isUtf8(payload.subarray(2));
  return isText
    ? { closeCode }
    : { closeCode, fault: violation('MSG_UTF8', 'in the reason of a close frame') };
}
