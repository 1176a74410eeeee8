// Knows: how frames are written: shortest length, mask or none, and gathered so that all frames of one turn leave in one piece
// (RFC 6455 §5.2, §5.3). Must not know: connections, limits, sockets.
import { FIN, headerBytes, writeHeader } from './frame.js';
import { maskInto, unmask } from './mask.js';

const SLAB_BYTES = 65_536;
/** A payload from here on is passed on as it is when no mask is needed; below, copying it beats a second buffer in `writev`. */
const PASS_FROM_BYTES = 8_192;
/** UTF-8 takes at most three octets for a UTF-16 unit. */
const MAX_OCTETS_PER_UNIT = 3;

/** Where frames wait for the end of the turn. A connection is one. */
export interface Outbox {
  pieces: Uint8Array[] | Run | undefined;
  /** Octets in `pieces` and in the encoder's slab that are still to be taken. */
  pendingBytes: number;
}

/** So many different frames may begin runs in one turn. */
const MOST_FIRST_RUNS = 8;
/** Above, frames that many get are written one by one rather than as one copy of all. */
const MOST_RUN_BYTES = 65_536;

/**
 * Frames that several outboxes got in the same order. Each of them holds the run's end; whoever gets the same next frame holds
 * the same next run, so that what a broadcast sends in one turn is put together once for all.
 */
export class Run {
  readonly bytes: number;
  readonly #frame: Uint8Array;
  readonly #before: Run | undefined;
  #next: Run | undefined = undefined;
  #joined: Uint8Array | undefined = undefined;

  constructor(frame: Uint8Array, before: Run | undefined) {
    this.#frame = frame;
    this.#before = before;
    this.bytes = frame.length + (before === undefined ? 0 : before.bytes);
  }

  /** The run that ends with one more frame. */
  followedBy(frame: Uint8Array): Run {
    if (this.#next === undefined || this.#next.#frame !== frame) this.#next = new Run(frame, this);
    return this.#next;
  }

  is(frame: Uint8Array): boolean {
    return this.#before === undefined && this.#frame === frame;
  }

  get frames(): Uint8Array[] {
    const frames: Uint8Array[] = [];
    for (let run: Run | undefined = this; run !== undefined; run = run.#before) frames.push(run.#frame);
    return frames.reverse();
  }

  /** All of them in one piece. */
  get joined(): Uint8Array {
    if (this.#before === undefined) return this.#frame;
    this.#joined ??= Buffer.concat(this.frames, this.bytes);
    return this.#joined;
  }
}

/**
 * Writes frames for any number of outboxes into one shared slab. The frames that one outbox gets in a row become one piece.
 * `nextMask` undefined writes without a mask (a server), else it yields an unpredictable word for every frame (a client).
 */
export class FrameEncoder {
  readonly #nextMask: (() => number) | undefined;
  #slab: Buffer = Buffer.allocUnsafeSlow(SLAB_BYTES);
  /** The outbox whose frames end the slab's used part, and where they begin. */
  #owner: Outbox | undefined;
  #from = 0;
  #used = 0;
  /** Where the runs of this turn begin: most broadcasts have one frame for all, or one for those with compression. */
  readonly #runs: Run[] = [];

  constructor(nextMask: (() => number) | undefined) {
    this.#nextMask = nextMask;
  }

  /** Adds a frame; `first` is its first octet (FIN, reserved bits, opcode). The payload must not change until it was sent. */
  frame(out: Outbox, first: number, payload: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const mask = this.#nextMask?.();
    const head = headerBytes(size, mask !== undefined);
    if (size >= PASS_FROM_BYTES) {
      this.#largeFrame(out, first, payload, start, end, mask, head);
      return;
    }
    let at = this.#reserve(out, head + size);
    const slab = this.#slab;
    at = writeHeader(slab, at, first, size, mask);
    if (mask !== undefined) maskInto(slab, at, payload, start, end, mask);
    else if (size < 64) for (let from = start; from < end; from += 1, at += 1) slab[at] = payload[from]!;
    else slab.set(start === 0 && end === payload.length ? payload : payload.subarray(start, end), at);
    this.#commit(out, head + size);
  }

  #largeFrame(
    out: Outbox,
    first: number,
    payload: Uint8Array,
    start: number,
    end: number,
    mask: number | undefined,
    head: number,
  ): void {
    const size = end - start;
    let piece: Uint8Array;
    if (mask === undefined)
      piece = start === 0 && end === payload.length ? payload : payload.subarray(start, end);
    else {
      // RFC 6455 §5.3: masking must not change the application's own buffer.
      piece = Buffer.allocUnsafeSlow(size);
      maskInto(piece, 0, payload, start, end, mask);
    }
    const at = this.#reserve(out, head);
    writeHeader(this.#slab, at, first, size, mask);
    this.#commit(out, head);
    this.#seal();
    (out.pieces as Uint8Array[]).push(piece);
    out.pendingBytes += size;
  }

  /** Adds a whole frame that other outboxes get too. It must not change any more. */
  shared(out: Outbox, frame: Uint8Array): void {
    if (this.#owner === out) this.#seal();
    const { pieces } = out;
    if (pieces === undefined) out.pieces = this.#firstRun(frame);
    else if (pieces instanceof Run) out.pieces = pieces.followedBy(frame);
    else pieces.push(frame);
    out.pendingBytes += frame.length;
  }

  #firstRun(frame: Uint8Array): Run {
    for (const run of this.#runs) if (run.is(frame)) return run;
    const run = new Run(frame, undefined);
    if (this.#runs.length === MOST_FIRST_RUNS) this.#runs.length = 0;
    this.#runs.push(run);
    return run;
  }

  /** Adds a text frame from a string; lone surrogates become U+FFFD. */
  text(out: Outbox, first: number, text: string): void {
    const most = text.length * MAX_OCTETS_PER_UNIT;
    if (text.length > PASS_FROM_BYTES) {
      const payload = Buffer.from(text, 'utf8');
      this.frame(out, first, payload, 0, payload.length);
      return;
    }
    const mask = this.#nextMask?.();
    const masked = mask !== undefined;
    const start = this.#reserve(out, headerBytes(most, masked) + most);
    // The header's size depends on the octets, which are known once written: guess by the units, and move if it was wrong.
    const guess = start + headerBytes(text.length, masked);
    const slab = this.#slab;
    const size = slab.write(text, guess, most, 'utf8');
    const head = headerBytes(size, masked);
    if (start + head !== guess) slab.copyWithin(start + head, guess, guess + size);
    const at = writeHeader(slab, start, first, size, mask);
    if (mask !== undefined) unmask(slab, at, at + size, mask, 0);
    this.#commit(out, head + size);
  }

  /** Takes what waits for an outbox when it is a single piece of the slab, as most answers are; else undefined, and `take` is for it. */
  takeOnly(out: Outbox): Uint8Array | undefined {
    if (out.pieces !== undefined) return this.#takeRun(out);
    if (this.#owner !== out) return undefined;
    this.#owner = undefined;
    out.pendingBytes = 0;
    return this.#slab.subarray(this.#from, this.#used);
  }

  #takeRun(out: Outbox): Uint8Array | undefined {
    const { pieces } = out;
    if (!(pieces instanceof Run) || this.#owner === out || pieces.bytes > MOST_RUN_BYTES) return undefined;
    this.#runs.length = 0;
    out.pieces = undefined;
    out.pendingBytes = 0;
    return pieces.joined;
  }

  /** Takes everything that waits for an outbox, in order. */
  take(out: Outbox): Uint8Array[] {
    if (this.#owner === out) this.#seal();
    const { pieces } = out;
    // What is sent next is another turn's: runs must not hold frames longer than that.
    this.#runs.length = 0;
    out.pieces = undefined;
    out.pendingBytes = 0;
    if (pieces instanceof Run) return pieces.frames;
    return pieces ?? [];
  }

  /**
   * Tells that a piece's octets were copied by whoever wrote them, so that its place may be used again. A slab that is used
   * again and again stays in the processor's cache. Never call it for a piece that somebody may still read.
   */
  giveBack(piece: Uint8Array): void {
    if (piece.buffer !== this.#slab.buffer || piece.byteOffset + piece.length !== this.#used) return;
    this.#used = piece.byteOffset;
    this.#owner = undefined;
  }

  #reserve(out: Outbox, bytes: number): number {
    if (this.#used + bytes > SLAB_BYTES) {
      this.#seal();
      this.#slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
      this.#used = 0;
    }
    if (this.#owner !== out) {
      this.#seal();
      this.#owner = out;
      this.#from = this.#used;
    }
    return this.#used;
  }

  #commit(out: Outbox, bytes: number): void {
    this.#used += bytes;
    out.pendingBytes += bytes;
  }

  #seal(): void {
    const owner = this.#owner;
    this.#owner = undefined;
    if (owner === undefined) return;
    const before = owner.pieces;
    const pieces = before instanceof Run ? before.frames : (before ?? []);
    owner.pieces = pieces;
    if (this.#used > this.#from) pieces.push(this.#slab.subarray(this.#from, this.#used));
  }
}

/** One whole frame in a buffer of its own: for tests, tools and frames that are sent many times. */
export function encodeFrame(
  opcode: number,
  payload: Uint8Array,
  options: { fin?: boolean; rsv?: number; mask?: number } = {},
): Uint8Array {
  const { fin = true, rsv = 0, mask } = options;
  const head = headerBytes(payload.length, mask !== undefined);
  const frame = new Uint8Array(head + payload.length);
  const at = writeHeader(frame, 0, (fin ? FIN : 0) | rsv | opcode, payload.length, mask);
  if (mask === undefined) frame.set(payload, at);
  else maskInto(frame, at, payload, 0, payload.length, mask);
  return frame;
}
