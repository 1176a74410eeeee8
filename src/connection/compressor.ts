// Knows: which messages of a connection are compressed, and that all leave in the order in which they were sent, also while one
// is on another thread. Must not know: how a message is compressed (`deflate/codec.ts`), or how octets leave.
import type { Codec } from '../deflate/codec.js';
import { isAtLeast, octetsOf } from './payload.js';
import { type Compressed, type Prepared, repeated } from './prepared.js';

/** Where messages go: a connection. */
export interface CompressorSink {
  put(content: string | Uint8Array, isText: boolean): void;
  /** `inflated`: what it was. */
  putCompressed(compressed: Uint8Array, isText: boolean, inflated: Uint8Array): void;
  putPrepared(message: Prepared, compressed: Compressed | undefined): void;
  /** A message is back from another thread: calls `leave`, unless it is too late for all that. */
  lineMoved(leave: () => void): void;
}

/** What waits behind a message that another thread compresses: later messages, and then perhaps the close. */
export class Line {
  /** Octets of all of them, the one that is compressed included. */
  bytes: number;
  /** The connection closes when all have left. */
  closes = false;
  /** Octets of the message that is compressed. */
  readonly #awayBytes: number;
  readonly #acts: (() => void)[] = [];
  /** True once other connections had their turn since it began. */
  #isOld = false;

  constructor(bytes: number) {
    this.bytes = bytes;
    this.#awayBytes = bytes;
    setImmediate(() => {
      this.#isOld = true;
    });
  }

  /**
   * What counts as not taken when another message comes. As for a socket, what was sent in one turn may be of any size; and that
   * compressing takes its time is not the peer's fault.
   */
  get refusedBytes(): number {
    return this.#isOld ? this.bytes - this.#awayBytes : 0;
  }

  wait(bytes: number, act: () => void): void {
    this.bytes += bytes;
    this.#acts.push(act);
  }

  close(act: () => void): void {
    this.closes = true;
    this.#acts.push(act);
  }

  /** Lets all go, in order. One that is for another thread begins the next line, and those behind it wait there. */
  leave(): void {
    for (const act of this.#acts) act();
  }
}

/** The way of the messages of one connection that agreed on compression. */
export class Compressor {
  readonly codec: Codec;
  /** What waits while a message is on another thread. */
  line: Line | undefined = undefined;
  readonly #sink: CompressorSink;

  constructor(codec: Codec, sink: CompressorSink) {
    this.codec = codec;
    this.#sink = sink;
  }

  /** Compresses what is worth it. */
  send(content: string | Uint8Array, isText: boolean, mayCompress: boolean): void {
    const { codec, line } = this;
    if (line !== undefined) {
      return line.wait(octetsOf(content), () => this.send(content, isText, mayCompress));
    }
    if (!mayCompress || !isAtLeast(content, codec.thresholdBytes)) return this.#sink.put(content, isText);
    if (typeof content === 'string' && !codec.agreement.sendTakeover) {
      const again = repeated(content);
      if (again !== undefined) return this.pass(again, true);
    }
    const bytes = typeof content === 'string' ? Buffer.from(content) : content;
    if (codec.isForAway(bytes.length)) return this.#sendAway(bytes, isText);
    this.#put(bytes, codec.compress(bytes), isText);
  }

  /** Sends a prepared message in the form that the peer can expand. */
  pass(message: Prepared, mayCompress: boolean): void {
    const { codec, line } = this;
    if (line !== undefined) return line.wait(message.bytes.length, () => this.pass(message, mayCompress));
    this.#sink.putPrepared(message, mayCompress ? message.compressedFor(codec) : undefined);
  }

  #put(bytes: Uint8Array, compressed: Uint8Array | undefined, isText: boolean): void {
    if (compressed === undefined) this.#sink.put(bytes, isText);
    else this.#sink.putCompressed(compressed, isText, bytes);
  }

  /** The connection has ended: what waits is lost, and what is still on another thread is not told any more. */
  release(): void {
    this.codec.release();
    this.line = undefined;
  }

  #sendAway(bytes: Uint8Array, isText: boolean): void {
    const line = new Line(bytes.length);
    this.line = line;
    this.codec.compressAway(bytes, (compressed) => {
      this.#sink.lineMoved(() => {
        this.line = undefined;
        this.#put(bytes, compressed, isText);
        line.leave();
      });
    });
  }
}
