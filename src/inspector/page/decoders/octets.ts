// Knows: octets read one after the other: numbers and texts as MQTT writes them. Must not know: what they mean.

/** Numbers and texts throw `RangeError` where there are too few octets; `take` gives what there is. */
export class Octets {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  byte(): number {
    if (this.left < 1) throw new RangeError('no octet is left');
    return this.#bytes[this.#at++]!;
  }

  word(): number {
    return this.byte() * 256 + this.byte();
  }

  /** Seven bits an octet, the lowest first, at most four octets (MQTT 5 §1.5.5); undefined for one that is longer or cut off. */
  variable(): number | undefined {
    let value = 0;
    for (let shift = 0; shift < 28 && this.left > 0; shift += 7) {
      const octet = this.byte();
      value += (octet & 127) << shift;
      if (octet < 128) return value;
    }
    return undefined;
  }

  take(length: number): Uint8Array {
    const part = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at += part.length;
    return part;
  }

  /** Two octets of length, then UTF-8. */
  text(): string {
    const length = this.word();
    if (length > this.left) throw new RangeError('the text is longer than what is left');
    return new TextDecoder().decode(this.take(length));
  }
}
