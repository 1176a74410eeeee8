// Knows: how octets in any portions become headers and unmasked payload parts, and which headers may stand (RFC 6455 §5).
// Must not know: messages, answers, sockets. It is asked for the next step and can be left in the middle of a chunk.
import { FrameHeader, MAX_CONTROL_BYTES, MAX_HEADER_BYTES, Opcode } from './frame.js';
import { unmask } from './mask.js';
import { type Violation, violation } from './violations.js';

/** What may stand in a header that this side reads. */
export interface FrameRules {
  /** RFC 6455 §5.1: true on a server (clients mask), false on a client (servers do not). */
  readonly masked: boolean;
  /** The reserved bits that an agreed extension uses (0x40, 0x20, 0x10), else 0. */
  readonly rsv: number;
}

/** What `next` found: nothing whole yet; a header; a part of its payload; a fault. */
export const Step = { need: 0, header: 1, payload: 2, fault: 3 } as const;
export type Step = (typeof Step)[keyof typeof Step];

export class FrameDecoder {
  readonly rules: FrameRules;
  readonly header = new FrameHeader();
  /** After `Step.payload`: the part is `bytes[start, end)`, unmasked; `last` tells whether the frame ends with it. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  last = false;
  /** Whether this part is all ASCII; known only when the frame was masked, else false. */
  ascii = false;
  fault: Violation | undefined;

  #at = 0;
  #limit = 0;
  #inPayload = false;
  /** Octets of the open frame's payload that were handed out, and that are still to come. */
  #before = 0;
  #left = 0;
  /** The beginning of a header that a chunk cut off. */
  #carry: Uint8Array | undefined;
  #carried = 0;

  constructor(rules: FrameRules) {
    this.rules = rules;
  }

  /** Gives the next octets. They are unmasked in place: the decoder owns them from now on. All earlier ones must be used up. */
  feed(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.#at = 0;
    this.#limit = bytes.length;
  }

  /** True between two frames with nothing left over: the decoder holds no state. */
  get atBoundary(): boolean {
    return !this.#inPayload && this.#carried === 0 && this.#at === this.#limit;
  }

  /** Lets go of the chunk, so that a decoder that waits holds no memory of others. */
  release(): void {
    this.bytes = EMPTY;
    this.#at = 0;
    this.#limit = 0;
  }

  next(): Step {
    if (this.#inPayload) return this.#payload();
    return this.#carried > 0 ? this.#carriedHeader() : this.#wholeHeader();
  }

  #wholeHeader(): Step {
    const size = this.header.read(this.bytes, this.#at, this.#limit);
    if (size === 0) {
      this.#keep();
      return Step.need;
    }
    const start = this.#at;
    this.#at += size;
    return this.#judge(this.bytes[start]!, this.bytes[start + 1]!);
  }

  /** A header that began in an earlier chunk: octets are added one by one until it is whole. */
  #carriedHeader(): Step {
    const carry = this.#carry!;
    while (this.#at < this.#limit) {
      carry[this.#carried++] = this.bytes[this.#at++]!;
      if (this.header.read(carry, 0, this.#carried) > 0) {
        this.#carried = 0;
        return this.#judge(carry[0]!, carry[1]!);
      }
    }
    return Step.need;
  }

  #keep(): void {
    if (this.#at === this.#limit) return;
    this.#carry ??= new Uint8Array(MAX_HEADER_BYTES);
    while (this.#at < this.#limit) this.#carry[this.#carried++] = this.bytes[this.#at++]!;
  }

  #judge(first: number, second: number): Step {
    this.fault = judgeHeader(this.header, this.rules, first, second);
    if (this.fault !== undefined) return Step.fault;
    this.#inPayload = true;
    this.#before = 0;
    this.#left = this.header.payloadBytes;
    return Step.header;
  }

  #payload(): Step {
    const size = Math.min(this.#left, this.#limit - this.#at);
    if (size === 0 && this.#left > 0) return Step.need;
    this.start = this.#at;
    this.end = this.#at + size;
    this.#at = this.end;
    this.ascii =
      this.header.masked && unmask(this.bytes, this.start, this.end, this.header.mask, this.#before);
    this.#before += size;
    this.#left -= size;
    this.last = this.#left === 0;
    this.#inPayload = !this.last;
    return Step.payload;
  }
}

const EMPTY = new Uint8Array(0);

/** The rules for one header alone, most telling first. */
function judgeHeader(
  header: FrameHeader,
  rules: FrameRules,
  first: number,
  second: number,
): Violation | undefined {
  // RFC 6455 §5.2: a reserved bit that no agreed extension uses fails the connection.
  // RFC 7692 §6.1: an extension's bit marks messages, never control frames.
  const reserved = header.rsv & ~(header.opcode >= Opcode.close ? 0 : rules.rsv);
  if (reserved !== 0) {
    return spellsMarkup(first, second)
      ? violation('FRAME_HTTP_IN_STREAM', `"${String.fromCharCode(first, second)}…"`)
      : violation('FRAME_RSV', rsvSeen(reserved, rules.rsv));
  }
  // RFC 6455 §5.2: an unknown opcode fails the connection.
  if ((header.opcode & 0x07) > 2) return violation('FRAME_OPCODE', `opcode ${header.opcode}`);
  // RFC 6455 §5.1: a server closes on an unmasked frame, a client on a masked one.
  if (header.masked !== rules.masked) {
    return rules.masked
      ? violation('FRAME_UNMASKED_BY_CLIENT', 'mask bit 0')
      : violation('FRAME_MASKED_BY_SERVER', 'mask bit 1');
  }
  if (header.opcode >= Opcode.close) {
    // RFC 6455 §5.5: control frames carry 125 octets at most and are not fragmented.
    if (!header.fin) return violation('FRAME_CONTROL_FRAGMENTED', `opcode ${header.opcode}, FIN 0`);
    if (header.payloadBytes > MAX_CONTROL_BYTES) {
      return violation('FRAME_CONTROL_TOO_LONG', `${header.payloadBytes} octets`, '125 at most');
    }
  }
  if (!header.lengthLegal) return violation('FRAME_LENGTH', lengthSeen(header.payloadBytes));
  return undefined;
}

function lengthSeen(payloadBytes: number): string {
  return payloadBytes < 2 ** 63
    ? `${payloadBytes} in a longer form than needed`
    : 'a 64-bit length with its top bit set';
}

/** "HT" of "HTTP/1.1", "<h" of "<html", "<!" of "<!doctype": two octets decide, so that no split changes the outcome. */
function spellsMarkup(first: number, second: number): boolean {
  if (first === 0x48) return second === 0x54;
  return first === 0x3c && (second === 0x21 || second === 0x68 || second === 0x48);
}

function rsvSeen(bits: number, agreed: number): string {
  const names: string[] = [];
  if (bits & 0x40) names.push('RSV1');
  if (bits & 0x20) names.push('RSV2');
  if (bits & 0x10) names.push('RSV3');
  return `${names.join('+')}${(bits & agreed) === 0 ? '' : ' on a control frame'}`;
}
