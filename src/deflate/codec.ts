// Knows: how one message is compressed and expanded (RFC 7692 §7.2) without a zlib stream that lives as long as its connection:
// each message is one call, and context takeover is a dictionary, the last octets of the messages before.
// Must not know: frames, negotiation. `node:zlib` is used here only.
import { constants as buffers } from 'node:buffer';
import {
  constants,
  deflateRaw,
  deflateRawSync,
  inflateRaw,
  inflateRawSync,
  type ZlibOptions,
} from 'node:zlib';
import { type Violation, violation } from '../frames/violations.js';
import type { Reason } from '../reason.js';
import { deflateReasons } from './deflate-reasons.js';
import { hold, holdAnyway, letGo, promiseBytes } from './memory.js';
import type { DeflateAgreement } from './permessage-deflate.js';
import type { CompressionSettings } from './settings.js';
import { threadIsFree, whenThreadIsFree } from './threads.js';
import { Window } from './window.js';

/** zlib cannot compress with 8 bits. With 9 it refers back 250 octets at most (262 less than its window), which 8 bits allow. */
const LEAST_WINDOW_BITS = 9;
/** A smaller hash table is faster to set up, and as good for messages that fit small windows. */
const SMALL_WINDOW_BITS = 12;
const SMALL_MEMORY_LEVEL = 5;
const MEMORY_LEVEL = 8;
/** zlib writes into buffers of this size. A bomb is noticed at most one of them behind its limit. */
const MOST_CHUNK_BYTES = 65_536;
const LEAST_CHUNK_BYTES = 256;
/** Below, an expanded message that needs a second buffer costs more than the first one's memory. */
const LEAST_EXPANDED_BYTES = 2048;
/** RFC 7692 §7.2.1: what a flush ends with, and what is left out. */
const FLUSH_BYTES = 4;
/**
 * What is put behind a received message: the octets that its sender left out (RFC 7692 §7.2.2), and an empty final block. zlib
 * must get to the end of that, else the message was cut inside a block.
 */
const TAIL = Buffer.from([0x00, 0x00, 0xff, 0xff, 0x01, 0x00, 0x00, 0xff, 0xff]);
/** Text usually shrinks to about a quarter. */
const USUAL_RATIO = 4;
/** From here on a message is compressed on another thread: measured, 1 ms on the loop against 0.2 ms to change threads. */
const COMPRESS_AWAY_BYTES = 131_072;
/** The same for levels that take several times as long. */
const COMPRESS_AWAY_BYTES_SLOW = 32_768;
const LAST_FAST_LEVEL = 3;
/**
 * What is larger, or expands to more, is expanded on another thread. Measured: text of this size, or one that expands to this, takes
 * 0.3 ms here; but 32 KiB of nothing but tables of codes take 3 ms, and expand to nothing.
 */
const EXPAND_AWAY_BYTES = 32_768;
const EXPANDED_AWAY_BYTES = 262_144;
/** Expanding, measured in the 0.6 µs that reading a frame takes: one call of zlib, so many octets in at worst, so many out. */
const FRAMES_PER_CALL = 20;
const BYTES_IN_PER_FRAME = 8;
const BYTES_OUT_PER_FRAME = 512;

/** A message expanded; what is wrong with it; or undefined when it is for `expandAway`. */
export type Expanded = Buffer | Violation;

/** Compresses and expands the messages of one connection. */
export class Codec {
  readonly agreement: DeflateAgreement;
  /** What `expand` has taken, in frames that could be read meanwhile. Its caller, which has to give others their turn, sets it back. */
  spentFrames = 0;
  readonly #settings: CompressionSettings;
  readonly #sent: Window | undefined;
  readonly #received: Window | undefined;
  #heldBytes = 0;
  #second = 0;
  #secondBytes = 0;
  #isReleased = false;

  constructor(agreement: DeflateAgreement, settings: CompressionSettings) {
    this.agreement = agreement;
    this.#settings = settings;
    // A message may refer to more of itself than is kept of those before.
    const keptBits = Math.min(agreement.sendWindowBits, settings.windowBits);
    this.#sent = agreement.sendTakeover ? new Window(keptBits) : undefined;
    this.#received = agreement.receiveTakeover ? new Window(agreement.receiveWindowBits) : undefined;
    if (this.#received !== undefined) promiseBytes(this.#received.mostBytes);
  }

  get thresholdBytes(): number {
    return this.#settings.thresholdBytes;
  }

  get level(): number {
    return this.#settings.level;
  }

  /** Whether a message of so many bytes is better compressed on another thread, by `compressAway`. */
  isForAway(bytes: number): boolean {
    return bytes >= (this.level <= LAST_FAST_LEVEL ? COMPRESS_AWAY_BYTES : COMPRESS_AWAY_BYTES_SLOW);
  }

  /** The message compressed; undefined when it does not get smaller, or there is no memory for it: it is sent as it is. */
  compress(bytes: Uint8Array): Uint8Array | undefined {
    if (!this.#roomToRemember(bytes.length)) return undefined;
    const compressed = compressNow(bytes, this.#deflateOptions(bytes.length));
    if (compressed !== undefined) this.#remember(bytes);
    return compressed;
  }

  /** The same on another thread. Nothing else may be compressed for this connection until `done` was called. */
  compressAway(bytes: Uint8Array, done: (compressed: Uint8Array | undefined) => void): void {
    const size = bytes.length;
    if (!this.#roomToRemember(size) || !this.#hold(size)) return done(undefined);
    whenThreadIsFree(() => {
      if (this.#isReleased) return false;
      deflateRaw(bytes, this.#deflateOptions(size), (error, output) => {
        threadIsFree();
        if (this.#isReleased) return;
        this.#letGo(size);
        const compressed = error === null ? worthwhile(output, bytes) : undefined;
        if (compressed !== undefined) this.#remember(bytes);
        done(compressed);
      });
      return true;
    });
  }

  /**
   * Which form of a message without context the peer can expand; the same number, the same form. It goes with `compressAlone`.
   */
  windowBitsFor(bytes: number): number {
    return fittingWindow(bytes, this.agreement.sendWindowBits);
  }

  /** A message that was compressed without context is about to be sent; false when there is no memory for it to become context. */
  passAlone(bytes: Uint8Array): boolean {
    if (!this.#roomToRemember(bytes.length)) return false;
    this.#remember(bytes);
    return true;
  }

  #deflateOptions(bytes: number): ZlibOptions {
    const context = this.#sent?.octets;
    if (context === undefined) return deflateOptions(this.level, this.windowBitsFor(bytes), bytes);
    const windowBits = this.windowBitsFor(context.length + bytes);
    return { ...deflateOptions(this.level, windowBits, bytes), dictionary: context };
  }

  #roomToRemember(bytes: number): boolean {
    const window = this.#sent;
    if (window === undefined) return true;
    const more = window.heldBytesWith(bytes) - window.heldBytes;
    return more === 0 || this.#hold(more, false);
  }

  #remember(bytes: Uint8Array): void {
    if (this.#sent !== undefined) this.#add(this.#sent, bytes);
  }

  /** Answers how much more the window takes now. */
  #add(window: Window, bytes: Uint8Array): number {
    const before = window.heldBytes;
    window.add(bytes);
    const more = window.heldBytes - before;
    this.#holdAnyway(more);
    return more;
  }

  #holdAnyway(bytes: number): void {
    this.#heldBytes += bytes;
    holdAnyway(bytes);
  }

  /** Counts memory against both limits; with `keep` false only asks. */
  #hold(bytes: number, keep: boolean = true): boolean {
    if (this.#heldBytes + bytes > this.#settings.maxConnectionBytes) return false;
    if (!hold(bytes, this.#settings.maxProcessBytes)) return false;
    if (keep) this.#heldBytes += bytes;
    else letGo(bytes);
    return true;
  }

  #letGo(bytes: number): void {
    this.#heldBytes -= bytes;
    letGo(bytes);
  }

  /**
   * The message `bytes[start, end)` expanded, at most `maxBytes`; undefined when that is for another thread, by `expandAway`.
   * What is larger is given up at `maxBytes` and 64 KiB; what is not takes twice its size while zlib's buffers are joined.
   */
  expand(bytes: Uint8Array, start: number, end: number, maxBytes: number, now: number): Expanded | undefined {
    if (end - start > EXPAND_AWAY_BYTES) return undefined;
    const most = Math.min(maxBytes, EXPANDED_AWAY_BYTES);
    try {
      const input = withTail(bytes, start, end);
      const inflated = inflateRawSync(input, this.#inflateOptions(end - start, most)) as unknown as Inflated;
      this.spentFrames += framesFor(end - start, inflated.buffer.length);
      return this.#judge(inflated, input, maxBytes, now);
    } catch (error) {
      if (isTooLarge(error) && most < maxBytes) return undefined;
      return expansionFault(error, maxBytes);
    }
  }

  /** The same on another thread. Nothing else may be expanded for this connection until `done` was called. */
  expandAway(bytes: Uint8Array, maxBytes: number, now: number, done: (expanded: Expanded) => void): void {
    const input = withTail(bytes, 0, bytes.length);
    this.#holdAnyway(input.length);
    whenThreadIsFree(() => {
      if (this.#isReleased) return false;
      inflateRaw(input, this.#inflateOptions(bytes.length, maxBytes), (error, output) => {
        threadIsFree();
        if (this.#isReleased) return;
        this.#letGo(input.length);
        if (error !== null) done(expansionFault(error, maxBytes));
        else done(this.#judge(output as unknown as Inflated, input, maxBytes, now));
      });
      return true;
    });
  }

  #inflateOptions(bytes: number, most: number): ZlibOptions {
    const options: ZlibOptions = {
      windowBits: this.agreement.receiveWindowBits,
      finishFlush: constants.Z_FINISH,
      chunkSize: Math.max(LEAST_EXPANDED_BYTES, chunkFor(bytes * USUAL_RATIO)),
      maxOutputLength: Math.min(Math.max(most, 1), buffers.MAX_LENGTH),
      info: true,
    };
    const context = this.#received?.octets;
    if (context !== undefined) options.dictionary = context;
    return options;
  }

  #judge({ buffer, engine }: Inflated, input: Uint8Array, maxBytes: number, now: number): Expanded {
    // zlib knows no limit below 1.
    if (buffer.length > maxBytes) return tooBig(maxBytes);
    const rest = misplaced(input, engine.bytesWritten);
    if (rest !== undefined) return fault(deflateReasons.EXT_INFLATE, rest);
    if (this.#isOverRate(buffer.length, now)) {
      const { maxInflatedBytesPerSecond: most } = this.#settings;
      const seen = `${this.#secondBytes} octets in a second`;
      return fault(deflateReasons.MSG_INFLATE_RATE, seen, `${most} at most`);
    }
    if (this.#received !== undefined) promiseBytes(-this.#add(this.#received, buffer));
    return buffer;
  }

  #isOverRate(bytes: number, now: number): boolean {
    const second = Math.floor(now / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#secondBytes = 0;
    }
    this.#secondBytes += bytes;
    return this.#secondBytes > this.#settings.maxInflatedBytesPerSecond;
  }

  /** The connection has ended: what is still on another thread is not told any more. */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    if (this.#received !== undefined) promiseBytes(this.#received.heldBytes - this.#received.mostBytes);
    this.#letGo(this.#heldBytes);
  }
}

/** What zlib answers with `info`: octets, and the engine, which counts the octets that it has used up. */
interface Inflated {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

/** A message compressed without context, for any number of connections; undefined when it does not get smaller. */
export function compressAlone(bytes: Uint8Array, level: number, windowBits: number): Uint8Array | undefined {
  return compressNow(bytes, deflateOptions(level, windowBits, bytes.length));
}

function compressNow(bytes: Uint8Array, options: ZlibOptions): Uint8Array | undefined {
  try {
    return worthwhile(deflateRawSync(bytes, options), bytes);
  } catch {
    // zlib fails to compress only for want of memory: then the message goes as it is.
    return undefined;
  }
}

function deflateOptions(level: number, windowBits: number, bytes: number): ZlibOptions {
  return {
    level,
    windowBits,
    memLevel: windowBits <= SMALL_WINDOW_BITS ? SMALL_MEMORY_LEVEL : MEMORY_LEVEL,
    finishFlush: constants.Z_SYNC_FLUSH,
    chunkSize: chunkFor(bytes / 2),
  };
}

/** Without its flush (RFC 7692 §7.2.1), if what is left is smaller than the message. */
function worthwhile(output: Buffer, bytes: Uint8Array): Uint8Array | undefined {
  const end = output.length - FLUSH_BYTES;
  return end < bytes.length ? output.subarray(0, end) : undefined;
}

/** The smallest window in which a message can refer to all of itself, and which the peer allows. */
function fittingWindow(bytes: number, mostBits: number): number {
  const wanted = Math.max(LEAST_WINDOW_BITS, 32 - Math.clz32(bytes + 262));
  return Math.max(LEAST_WINDOW_BITS, Math.min(wanted, mostBits));
}

function chunkFor(bytes: number): number {
  if (bytes >= MOST_CHUNK_BYTES) return MOST_CHUNK_BYTES;
  return Math.max(LEAST_CHUNK_BYTES, 2 ** (32 - Math.clz32(bytes)));
}

function withTail(bytes: Uint8Array, start: number, end: number): Buffer {
  const size = end - start;
  const input = Buffer.allocUnsafe(size + TAIL.length);
  input.set(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), 0);
  input.set(TAIL, size);
  return input;
}

function framesFor(bytesIn: number, bytesOut: number): number {
  return FRAMES_PER_CALL + Math.ceil(bytesIn / BYTES_IN_PER_FRAME + bytesOut / BYTES_OUT_PER_FRAME);
}

/** What is wrong with where zlib stopped: it has to be the end of the tail, or a final block that ends the message. */
function misplaced(input: Uint8Array, used: number): string | undefined {
  const size = input.length - TAIL.length;
  if (used === input.length || used === size) return undefined;
  // RFC 7692 §7.2.3.4: an empty block may stand behind a final one, of which only the first octet is sent.
  if (used === size - 1 && input[used] === 0) return undefined;
  // RFC 7692 §7.2.1 and §7.2.2: or the empty block at the end was the final one, of which all but the first octet was left out.
  if (used === size + FLUSH_BYTES) return undefined;
  if (used > size) return 'an end inside the final block';
  return size - used === 1
    ? '1 octet behind the final block'
    : `${size - used} octets behind the final block`;
}

function isTooLarge(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
}

function expansionFault(error: unknown, maxBytes: number): Violation {
  return isTooLarge(error) ? tooBig(maxBytes) : fault(deflateReasons.EXT_INFLATE, (error as Error).message);
}

function tooBig(maxBytes: number): Violation {
  return violation('MSG_TOO_BIG', `more than ${maxBytes} octets once expanded`, `${maxBytes} at most`);
}

function fault(reason: Reason, seen: string, wanted?: string): Violation {
  return { reason, seen, wanted };
}
