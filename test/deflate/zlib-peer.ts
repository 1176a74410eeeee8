// The other side as everybody else writes it: one zlib stream a direction that is open as long as the connection, flushed after
// each message, and reset after it where no context is taken over (RFC 7692 §7.2).
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';

/** RFC 7692 §7.2.1: what is taken off a compressed message, and put back before it is expanded. */
const FLUSHED = Buffer.from('0000ffff', 'hex');

export interface StreamOptions {
  readonly windowBits: number;
  readonly takeover: boolean;
  readonly level?: number;
}

export class StreamCompressor {
  readonly #stream: DeflateRaw;
  readonly #takeover: boolean;
  readonly #out: Buffer[] = [];

  constructor({ windowBits, takeover, level = 6 }: StreamOptions) {
    this.#takeover = takeover;
    this.#stream = createDeflateRaw({ windowBits, level });
    this.#stream.on('data', (chunk: Buffer) => this.#out.push(chunk));
  }

  async compress(bytes: Uint8Array): Promise<Buffer> {
    await flushed(this.#stream, bytes);
    const octets = Buffer.concat(this.#out.splice(0));
    if (!this.#takeover) this.#stream.reset();
    return octets.subarray(0, octets.length - FLUSHED.length);
  }

  close(): void {
    this.#stream.close();
  }
}

export class StreamExpander {
  readonly #stream: InflateRaw;
  readonly #takeover: boolean;
  readonly #out: Buffer[] = [];
  #error: Error | undefined;

  constructor({ windowBits, takeover }: StreamOptions) {
    this.#takeover = takeover;
    this.#stream = createInflateRaw({ windowBits });
    this.#stream.on('data', (chunk: Buffer) => this.#out.push(chunk));
    this.#stream.on('error', (error) => {
      this.#error = error;
    });
  }

  async expand(compressed: Uint8Array): Promise<Buffer> {
    await flushed(this.#stream, Buffer.concat([compressed, FLUSHED]));
    if (this.#error !== undefined) throw this.#error;
    const octets = Buffer.concat(this.#out.splice(0));
    if (!this.#takeover) this.#stream.reset();
    return octets;
  }

  close(): void {
    this.#stream.close();
  }
}

function flushed(stream: DeflateRaw | InflateRaw, bytes: Uint8Array): Promise<void> {
  return new Promise((done) => {
    stream.once('close', done);
    stream.write(bytes);
    stream.flush(constants.Z_SYNC_FLUSH, () => {
      stream.off('close', done);
      done();
    });
  });
}
