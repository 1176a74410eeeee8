// Knows: two Duplexes joined in memory: what one writes the other reads, later, in pieces, and no faster than it reads.
// Must not know: what travels. Each end behaves as a TCP socket does (FIN, RST, a kernel's buffer between them), without a port.
import { Duplex } from 'node:stream';

export interface MemoryOptions {
  /** Octets are delivered in pieces of at most so many, each in a turn of its own. Default: as they were written. */
  readonly chopBytes?: number;
  /** Octets under way in one direction before a writer has to wait. Default 64 KiB. */
  readonly wireBytes?: number;
}

/** One direction: what was written and not read yet. */
class Wire {
  readonly #chopBytes: number;
  readonly #wireBytes: number;
  readonly #reader: MemoryDuplex;
  #chunks: (Buffer | null)[] = [];
  #bytes = 0;
  #isMoving = false;
  #isWanted = false;
  #room: (() => void) | undefined = undefined;

  constructor(
    reader: MemoryDuplex,
    { chopBytes = Number.POSITIVE_INFINITY, wireBytes = 65_536 }: MemoryOptions,
  ) {
    if (!(chopBytes >= 1)) throw new RangeError('chopBytes is a number of at least 1');
    this.#reader = reader;
    this.#chopBytes = chopBytes;
    this.#wireBytes = wireBytes;
  }

  /** Takes octets, or null for FIN; `done` is called when there is room for more. */
  put(chunk: Buffer | null, done: () => void): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk?.length ?? 0;
    this.#move();
    if (this.#bytes < this.#wireBytes) done();
    else this.#room = done;
  }

  /** The reader wants more. */
  want(): void {
    this.#isWanted = true;
    this.#move();
  }

  /** Nobody reads any more. */
  cut(): void {
    this.#chunks = [];
    this.#bytes = 0;
    this.#giveRoom();
  }

  #move(): void {
    if (this.#isMoving || !this.#isWanted || this.#chunks.length === 0) return;
    this.#isMoving = true;
    setImmediate(() => this.#deliver());
  }

  #deliver(): void {
    this.#isMoving = false;
    const chunk = this.#chunks.shift();
    if (chunk === undefined || this.#reader.destroyed) return;
    if (chunk === null) return void this.#reader.push(null);
    const piece = chunk.subarray(0, Math.min(chunk.length, this.#chopBytes));
    if (piece.length < chunk.length) this.#chunks.unshift(chunk.subarray(piece.length));
    this.#bytes -= piece.length;
    this.#isWanted = this.#reader.push(piece);
    this.#move();
    if (this.#bytes < this.#wireBytes) this.#giveRoom();
  }

  #giveRoom(): void {
    const room = this.#room;
    this.#room = undefined;
    room?.();
  }
}

/** One end of a joined pair. */
export class MemoryDuplex extends Duplex {
  readonly #inward: Wire;
  #other!: MemoryDuplex;

  /** @internal Use `memoryPair`. */
  constructor(options: MemoryOptions) {
    super({ allowHalfOpen: false });
    this.#inward = new Wire(this, options);
  }

  /** @internal */
  join(other: MemoryDuplex): void {
    this.#other = other;
  }

  /** Ends both sides at once, as a RST does: the other one gets ECONNRESET. */
  reset(): void {
    this.#other.destroy(errorOf('ECONNRESET', 'read'));
    this.destroy();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#other.destroyed) return done(errorOf('EPIPE', 'write'));
    // The receiver unmasks in place and the sender may use its bytes again: each has its own.
    this.#other.#inward.put(Buffer.from(chunk), done);
  }

  override _read(): void {
    this.#inward.want();
  }

  override _final(done: () => void): void {
    this.#other.#inward.put(null, () => {});
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#inward.cut();
    if (!this.#other.destroyed) this.#other.#inward.put(null, () => {});
    done(error);
  }
}

function errorOf(code: string, syscall: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
}

/** Two ends joined in memory: what one writes the other reads, and the other way round. */
export function memoryPair(options: MemoryOptions = {}): { client: MemoryDuplex; server: MemoryDuplex } {
  const client = new MemoryDuplex(options);
  const server = new MemoryDuplex(options);
  client.join(server);
  server.join(client);
  return { client, server };
}
