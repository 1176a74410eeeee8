// Knows: the last octets of a direction's messages, which later messages may refer to (RFC 7692 §7.2.3.2).
// Must not know: zlib. It holds memory from its first message on, and never more than the window that was agreed on.

const FIRST_BYTES = 256;

export class Window {
  /** What it holds at most. */
  readonly mostBytes: number;
  #buffer: Buffer | undefined = undefined;
  #used = 0;

  constructor(bits: number) {
    this.mostBytes = 2 ** bits;
  }

  /** What is held for it now. */
  get heldBytes(): number {
    return this.#buffer === undefined ? 0 : this.#buffer.length;
  }

  /** What it would hold after `bytes` more. */
  heldBytesWith(bytes: number): number {
    const wanted = Math.min(this.#used + bytes, this.mostBytes);
    if (wanted <= this.heldBytes) return this.heldBytes;
    let size = Math.max(FIRST_BYTES, this.heldBytes);
    while (size < wanted) size *= 2;
    return Math.min(size, this.mostBytes);
  }

  /** The octets, oldest first, undefined while there are none. Valid until the next `add`. */
  get octets(): Buffer | undefined {
    return this.#used === 0 ? undefined : this.#buffer!.subarray(0, this.#used);
  }

  add(bytes: Uint8Array): void {
    const last = bytes.length > this.mostBytes ? bytes.subarray(bytes.length - this.mostBytes) : bytes;
    const buffer = this.#grown(last.length);
    const kept = Math.min(this.#used, this.mostBytes - last.length);
    if (kept < this.#used) buffer.copyWithin(0, this.#used - kept, this.#used);
    buffer.set(last, kept);
    this.#used = kept + last.length;
  }

  #grown(bytes: number): Buffer {
    const size = this.heldBytesWith(bytes);
    if (this.#buffer !== undefined && this.#buffer.length === size) return this.#buffer;
    const larger = Buffer.allocUnsafeSlow(size);
    if (this.#buffer !== undefined) this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
    return larger;
  }
}
