// Knows: whether octets that arrive in any portions are UTF-8 (RFC 3629 §4), and at which octet they stop being it.
// Must not know: frames. RFC 6455 §8.1 wants the failure; this says it at the offending octet, not at the end.
import { isUtf8 } from 'node:buffer';

/** A validator that keeps at most the state of one unfinished character between portions. */
export class Utf8Validator {
  /** Continuation octets that the open character still wants. */
  #wanted = 0;
  /** The range that the next continuation octet must be in; only the first one of a character is narrower. */
  #low = 0x80;
  #high = 0xbf;

  /** True when no character is open. */
  get complete(): boolean {
    return this.#wanted === 0;
  }

  reset(): void {
    this.#wanted = 0;
    this.#low = 0x80;
    this.#high = 0xbf;
  }

  /** Judges `bytes[start, end)`; answers the offset of the first octet that cannot be, or -1. */
  push(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (this.#wanted > 0 && at < end) {
      if (!this.#step(bytes[at]!)) return at;
      at += 1;
    }
    const tail = lastBoundary(bytes, at, end);
    // Node's own check is ten times as fast as a loop here; the loop finds the place once it said no.
    if (tail > at && !isUtf8(bytes.subarray(at, tail))) return this.#scan(bytes, at, end);
    return this.#scan(bytes, tail, end);
  }

  #scan(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end; at += 1) if (!this.#step(bytes[at]!)) return at;
    return -1;
  }

  /** RFC 3629 §4, the table of well-formed sequences. */
  #step(octet: number): boolean {
    if (this.#wanted > 0) {
      if (octet < this.#low || octet > this.#high) return false;
      this.#wanted -= 1;
      this.#low = 0x80;
      this.#high = 0xbf;
      return true;
    }
    if (octet < 0x80) return true;
    if (octet < 0xc2 || octet > 0xf4) return false;
    this.#wanted = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
    // Overlong forms (E0, F0), surrogates (ED) and everything above U+10FFFF (F4) are cut off by the second octet.
    this.#low = octet === 0xe0 ? 0xa0 : octet === 0xf0 ? 0x90 : 0x80;
    this.#high = octet === 0xed ? 0x9f : octet === 0xf4 ? 0x8f : 0xbf;
    return true;
  }
}

/** The last offset in `[start, end]` that no character can straddle: in front of an unfinished character, if there is one. */
function lastBoundary(bytes: Uint8Array, start: number, end: number): number {
  const earliest = Math.max(start, end - 3);
  for (let at = end - 1; at >= earliest; at -= 1) {
    const octet = bytes[at]!;
    if (octet < 0x80) return end;
    if (octet >= 0xc0) {
      const size = octet < 0xe0 ? 2 : octet < 0xf0 ? 3 : 4;
      return at + size > end ? at : end;
    }
  }
  return end;
}
