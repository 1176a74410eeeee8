// Two Duplexes joined in memory. Every write arrives as a chunk of its own in a later turn of the event loop, with backpressure
// and half-open ends as TCP has them, and can be broken off like TCP.
import { Duplex } from 'node:stream';

export class MemoryEnd extends Duplex {
  peer!: MemoryEnd;
  /** The other side's write that waits until this side reads again. */
  #taken: (() => void) | undefined;
  /** While true, nothing that the other side writes is taken: a reader that has stopped. */
  blocked = false;
  /** Everything that was written to this end, for tests that look at the wire. */
  readonly written: Buffer[] = [];

  override _write(chunk: Uint8Array, _encoding: string, done: () => void): void {
    // A copy, as through a kernel: the reader unmasks in place.
    const copy = Buffer.from(chunk);
    this.written.push(copy);
    setImmediate(() => this.peer.#arrive(copy, done));
  }

  #arrive(chunk: Buffer, done: () => void): void {
    if (this.destroyed || this.readableEnded) return done();
    if (!this.blocked && this.push(chunk)) return done();
    this.#taken = this.blocked ? () => this.#arrive(chunk, done) : done;
  }

  unblock(): void {
    this.blocked = false;
    this._read();
  }

  override _read(): void {
    if (this.blocked) return;
    const taken = this.#taken;
    this.#taken = undefined;
    taken?.();
  }

  override _final(done: () => void): void {
    setImmediate(() => {
      if (!this.peer.destroyed) this.peer.push(null);
      done();
    });
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    // Gone without an end: the other side sees the end of the stream.
    setImmediate(() => {
      if (!this.peer.destroyed && !this.peer.readableEnded) this.peer.push(null);
    });
    this._read();
    done(error);
  }

  /** Breaks off like an RST: the other side fails with `ECONNRESET` and loses what it had not read. */
  reset(code = 'ECONNRESET'): void {
    this.peer.destroy(Object.assign(new Error(`read ${code}`), { code }));
    this.destroy();
  }
}

export function pair(highWaterMark = 65_536): [MemoryEnd, MemoryEnd] {
  const options = { highWaterMark, allowHalfOpen: true };
  const [a, b] = [new MemoryEnd(options), new MemoryEnd(options)];
  a.peer = b;
  b.peer = a;
  return [a, b];
}
