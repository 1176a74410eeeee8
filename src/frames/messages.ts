// Knows: how frames become messages and control frames: order of fragments, limits, UTF-8 as it arrives (RFC 6455 §5.4, §8.1).
// Must not know: who answers what. Memory held is at most twice the octets received, whatever lengths are declared.
import { isUtf8 } from 'node:buffer';
import { FrameDecoder, type FrameRules, Step } from './decoder.js';
import { type FrameHeader, MAX_CONTROL_BYTES, Opcode } from './frame.js';
import { Utf8Validator } from './utf8.js';
import { type Violation, violation } from './violations.js';

export interface MessageLimits {
  /** The largest message in octets, all fragments together. */
  readonly maxMessageBytes: number;
  /** The largest number of frames that one message may come in. */
  readonly maxFragments: number;
}

/** What `next` found. For all but `need` and `fault` the payload is `bytes[start, end)`. */
export const Found = { need: 0, message: 1, ping: 2, pong: 3, close: 4, fault: 5 } as const;
export type Found = (typeof Found)[keyof typeof Found];

const FIRST_BLOCK_BYTES = 256;
const LARGEST_BLOCK_BYTES = 65_536;

/** Hears of every frame while it is read. Nobody does unless somebody wants to see frames. */
export interface FrameListener {
  /** A portion of a payload was read: `bytes[start, end)` of the decoder, and what is wrong with it. */
  part(decoder: FrameDecoder, fault: Violation | undefined): void;
  /** A header that must not be, here or at all. */
  misfit(header: FrameHeader, fault: Violation): void;
}

export class MessageReader {
  bytes: Uint8Array;
  start = 0;
  end = 0;
  /** After `Found.message`: text, already known to be UTF-8, or binary; `ascii` when known to be nothing else. */
  isText = false;
  ascii = false;
  /** After `Found.message`: RSV1 stood on its first frame. */
  rsv1 = false;
  fault: Violation | undefined;
  /** @internal */
  listener: FrameListener | undefined = undefined;

  readonly #decoder: FrameDecoder;
  readonly #limits: MessageLimits;
  /** The opcode of the message under way, 0 without one. */
  #open = 0;
  #fragments = 0;
  #declared = 0;
  #allAscii = true;
  #received = 0;
  readonly #store = new Store();
  #utf8: Utf8Validator | undefined;
  /** A control payload that a chunk cut. */
  #control: Uint8Array | undefined;
  #controlled = 0;

  constructor(rules: FrameRules, limits: MessageLimits) {
    this.#decoder = new FrameDecoder(rules);
    this.#limits = limits;
    this.bytes = this.#decoder.bytes;
  }

  feed(bytes: Uint8Array): void {
    this.#decoder.feed(bytes);
  }

  /** True when neither a frame nor a message is under way: the reader can serve another connection. */
  get idle(): boolean {
    return this.#open === 0 && this.#decoder.atBoundary;
  }

  /** True when a message has begun and not ended. Control frames do not count. */
  get inMessage(): boolean {
    return this.#open !== 0;
  }

  release(): void {
    this.#decoder.release();
    this.bytes = this.#decoder.bytes;
  }

  next(): Found {
    for (;;) {
      const step = this.#decoder.next();
      if (step === Step.need) return Found.need;
      if (step === Step.fault) return this.#misfit(this.#decoder.fault!);
      if (step === Step.header) {
        const fault = this.#begin(this.#decoder.header);
        if (fault !== undefined) return this.#misfit(fault);
        continue;
      }
      const found = this.#decoder.header.opcode >= Opcode.close ? this.#controlPart() : this.#dataPart();
      this.listener?.part(this.#decoder, found === Found.fault ? this.fault : undefined);
      if (found !== Found.need) return found;
    }
  }

  #misfit(fault: Violation): Found {
    this.listener?.misfit(this.#decoder.header, fault);
    return this.#fail(fault);
  }

  #fail(fault: Violation): Found {
    this.fault = fault;
    return Found.fault;
  }

  /** A header that may stand by itself is judged in its place among the others. */
  #begin(header: FrameHeader): Violation | undefined {
    if (header.opcode >= Opcode.close) {
      this.#controlled = 0;
      return undefined;
    }
    // RFC 6455 §5.4: a continuation needs an open message, and a new message needs that none is open.
    if ((header.opcode === Opcode.continuation) !== (this.#open !== 0)) {
      return violation('FRAME_CONTINUATION', orderSeen(header.opcode));
    }
    // RFC 7692 §6.1: the compression bit stands on the first frame of a message only.
    if (header.rsv !== 0 && header.opcode === Opcode.continuation) {
      return violation('FRAME_RSV', 'RSV1 on a continuation');
    }
    if (header.opcode !== Opcode.continuation) this.#openMessage(header);
    this.#fragments += 1;
    if (this.#fragments > this.#limits.maxFragments) {
      return violation(
        'MSG_FRAGMENTS',
        `${this.#fragments} fragments`,
        `${this.#limits.maxFragments} at most`,
      );
    }
    this.#declared += header.payloadBytes;
    const { maxMessageBytes } = this.#limits;
    if (this.#declared > (this.rsv1 ? compressedLimit(maxMessageBytes) : maxMessageBytes)) {
      return violation('MSG_TOO_BIG', `${this.#declared} octets`, `${maxMessageBytes} at most`);
    }
    return undefined;
  }

  #openMessage(header: FrameHeader): void {
    this.#open = header.opcode;
    this.#fragments = 0;
    this.#declared = 0;
    this.#received = 0;
    this.#allAscii = true;
    this.rsv1 = header.rsv !== 0;
  }

  #dataPart(): Found {
    const { bytes, start, end, header } = this.#decoder;
    const ends = this.#decoder.last && header.fin;
    if (this.#open === Opcode.text && !this.rsv1) {
      const fault = this.#judgeText(bytes, start, end, ends);
      if (fault !== undefined) return this.#fail(fault);
    }
    this.#received += end - start;
    if (!ends) {
      this.#store.add(bytes, start, end);
      return Found.need;
    }
    this.isText = this.#open === Opcode.text;
    this.ascii = this.#allAscii;
    this.#open = 0;
    if (this.#store.bytes === 0) return this.#deliver(Found.message, bytes, start, end);
    const whole = this.#store.take(bytes, start, end);
    return this.#deliver(Found.message, whole, 0, whole.length);
  }

  #deliver(found: Found, bytes: Uint8Array, start: number, end: number): Found {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    return found;
  }

  /** RFC 6455 §8.1: text that is not UTF-8 fails the connection; here as soon as the offending octet is there. */
  #judgeText(bytes: Uint8Array, start: number, end: number, ends: boolean): Violation | undefined {
    const midCharacter = this.#utf8 !== undefined && !this.#utf8.complete;
    if (this.#decoder.ascii && !midCharacter) return undefined;
    this.#allAscii = false;
    if (ends && !midCharacter && isUtf8(bytes.subarray(start, end))) return undefined;
    this.#utf8 ??= new Utf8Validator();
    const at = this.#utf8.push(bytes, start, end);
    if (at < 0 && (!ends || this.#utf8.complete)) return undefined;
    this.#utf8.reset();
    const seen =
      at < 0 ? 'the end inside a character' : `octet 0x${bytes[at]!.toString(16).padStart(2, '0')}`;
    const offset = this.#received + (at < 0 ? end : at) - start;
    return violation('MSG_UTF8', `${seen} at offset ${offset}`);
  }

  #controlPart(): Found {
    const { bytes, start, end, last, header } = this.#decoder;
    const found =
      header.opcode === Opcode.ping ? Found.ping : header.opcode === Opcode.pong ? Found.pong : Found.close;
    if (last && this.#controlled === 0) return this.#deliver(found, bytes, start, end);
    this.#control ??= new Uint8Array(MAX_CONTROL_BYTES);
    for (let at = start; at < end; at += 1) this.#control[this.#controlled++] = bytes[at]!;
    return last
      ? this.#deliver(found, this.#control.slice(0, this.#controlled), 0, this.#controlled)
      : Found.need;
  }
}

/** What does not compress gets larger: five octets for each stored block, and blocks may be small. */
function compressedLimit(maxMessageBytes: number): number {
  return maxMessageBytes + maxMessageBytes / 16 + 64;
}

function orderSeen(opcode: number): string {
  return opcode === Opcode.continuation
    ? 'a continuation with no message open'
    : `opcode ${opcode} inside a fragmented message`;
}

/**
 * The parts of a message that is not whole yet. A part is kept by reference only when it fills at least half of the memory
 * that it holds; smaller ones are copied into blocks, so that a thousand fragments of one octet cost a thousand octets.
 */
class Store {
  bytes = 0;
  readonly #parts: Uint8Array[] = [];
  #block: Uint8Array | undefined;
  #used = 0;

  add(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.bytes += size;
    if (size * 2 >= bytes.buffer.byteLength) {
      this.#seal();
      this.#parts.push(bytes.subarray(start, end));
    } else this.#copy(bytes, start, end);
  }

  #copy(bytes: Uint8Array, start: number, end: number): void {
    while (start < end) {
      if (this.#block === undefined || this.#used === this.#block.length) this.#nextBlock();
      const size = Math.min(end - start, this.#block!.length - this.#used);
      this.#block!.set(bytes.subarray(start, start + size), this.#used);
      this.#used += size;
      start += size;
    }
  }

  /** Blocks double with what was received, so that they never hold more than it again. */
  #nextBlock(): void {
    this.#seal();
    this.#block = new Uint8Array(Math.min(Math.max(FIRST_BLOCK_BYTES, this.bytes), LARGEST_BLOCK_BYTES));
  }

  #seal(): void {
    if (this.#block !== undefined && this.#used > 0) this.#parts.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }

  /** All parts and a last one in a single piece; the store is empty again. */
  take(bytes: Uint8Array, start: number, end: number): Uint8Array {
    this.#seal();
    const whole = Buffer.allocUnsafeSlow(this.bytes + end - start);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    whole.set(bytes.subarray(start, end), at);
    this.#parts.length = 0;
    this.bytes = 0;
    return whole;
  }
}
