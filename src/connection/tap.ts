// Knows: what is told on the diagnostics channels of one open connection: its frames, pings, backpressure and limits. A
// connection has one only once somebody has listened. Must not know: who listens, or what the machine makes of a frame.
import type { CloseRecord } from '../errors.js';
import type { FrameDecoder } from '../frames/decoder.js';
import { FIN, type FrameHeader, headerBytes, Opcode, RSV1 } from '../frames/frame.js';
import type { FrameListener } from '../frames/messages.js';
import type { Violation } from '../frames/violations.js';
import type { Evidence, Reason } from '../reason.js';
import * as trace from '../trace.js';

/** So much is kept of a frame that comes in several portions. */
const MAX_KEPT_BYTES = 65_536;
const NOTHING = new Uint8Array(0);

type Frame = Omit<trace.FrameTrace, 'connection' | 'at'>;

export class Tap implements FrameListener {
  readonly #connection: trace.TracedConnection;
  /** The beginning of a frame that is not whole yet. */
  #kept: Uint8Array[] = [];
  #keptBytes = 0;
  /** RSV1 stood on the first frame of the message under way. */
  #isCompressed = false;
  /** The frame that ends a compressed message, which is to be told with it. */
  #held: Frame | undefined = undefined;

  constructor(connection: trace.TracedConnection) {
    this.#connection = connection;
  }

  // ---- frames in

  part({ header, bytes, start, end, last }: FrameDecoder, fault: Violation | undefined): void {
    this.release();
    const part = bytes.subarray(start, end);
    if (!last && fault === undefined) return this.#keep(part);
    const payload = this.#kept.length === 0 ? part : this.#joined(part);
    const frame = this.#received(header, payload, fault);
    const { fin, rsv, opcode } = header;
    if (opcode === Opcode.text || opcode === Opcode.binary) this.#isCompressed = (rsv & RSV1) !== 0;
    const isLast = fin && opcode < Opcode.close;
    if (isLast && this.#isCompressed && fault === undefined) this.#held = frame;
    else this.#tell(frame);
  }

  misfit(header: FrameHeader, fault: Violation): void {
    this.release();
    this.#tell(this.#received(header, NOTHING, fault));
  }

  /** The message that was compressed, or why it could not be expanded. */
  expanded(outcome: Uint8Array | Violation): void {
    const frame = this.#held;
    this.#held = undefined;
    if (frame === undefined) return;
    this.#tell('reason' in outcome ? { ...frame, fault: outcome } : { ...frame, inflated: outcome });
  }

  /** Tells of a frame that waits for its message, which nobody expands any more. */
  release(): void {
    if (this.#held !== undefined) this.#tell(this.#held);
    this.#held = undefined;
  }

  #keep(part: Uint8Array): void {
    const room = MAX_KEPT_BYTES - this.#keptBytes;
    if (room <= 0) return;
    // A copy: the memory of a portion is not ours any more when the next one comes.
    this.#kept.push(Buffer.from(part.subarray(0, room)));
    this.#keptBytes += Math.min(room, part.length);
  }

  #joined(part: Uint8Array): Uint8Array {
    this.#keep(part);
    const joined = Buffer.concat(this.#kept);
    this.#kept = [];
    this.#keptBytes = 0;
    return joined;
  }

  #received(header: FrameHeader, payload: Uint8Array, fault: Frame['fault']): Frame {
    const { opcode, fin, rsv, masked, payloadBytes } = header;
    const wireBytes = headerBytes(payloadBytes, masked) + payloadBytes;
    const inflated = undefined;
    return { direction: 'in', opcode, fin, rsv, masked, wireBytes, payload, inflated, fault };
  }

  #tell(frame: Frame): void {
    trace.frames.publish({ connection: this.#connection, at: Date.now(), ...frame });
  }

  // ---- frames out

  /** `first`: the first octet. `inflated`: what was compressed. */
  sent(first: number, payload: Uint8Array, inflated: Uint8Array | undefined): void {
    const masked = this.#connection.role === 'client';
    this.#tell({
      direction: 'out',
      opcode: first & 0x0f,
      fin: first >= FIN,
      rsv: first & 0x70,
      masked,
      wireBytes: headerBytes(payload.length, masked) + payload.length,
      payload,
      inflated,
      fault: undefined,
    });
  }

  // ---- the others

  heartbeat(what: 'ping' | 'pong', direction: 'in' | 'out', roundTripMs?: number): void {
    const connection = this.#connection;
    trace.heartbeats.publish({ connection, at: Date.now(), what, direction, roundTripMs });
  }

  backpressure(full: boolean): void {
    const connection = this.#connection;
    const { bufferedBytes } = connection;
    trace.backpressure.publish({ connection, at: Date.now(), full, bufferedBytes });
  }

  /** `name` where the row alone does not tell which limit it was. */
  limit(reason: Reason, evidence: Evidence, name: string | undefined = LIMITS.get(reason.code)): void {
    if (name === undefined) return;
    const connection = this.#connection;
    trace.limits.publish({ at: Date.now(), name, reason, evidence, server: undefined, connection });
  }
}

/** An end as it is told. A class: to make an object with a getter costs many times as much. */
export class EndTold implements trace.ConnectionTrace {
  readonly role: trace.ConnectionTrace['role'];
  readonly connection: trace.TracedConnection;
  readonly at = Date.now();
  readonly code: number;
  readonly #write: () => CloseRecord;

  constructor(connection: trace.TracedConnection, code: number, write: () => CloseRecord) {
    this.role = connection.role;
    this.connection = connection;
    this.code = code;
    this.#write = write;
  }

  get record(): CloseRecord {
    return this.#write();
  }
}

/** The options whose limits a peer runs into. */
const LIMITS: ReadonlyMap<string, string> = new Map([
  ['MSG_TOO_BIG', 'limits.maxMessageBytes'],
  ['MSG_FRAGMENTS', 'limits.maxFragments'],
  ['MSG_RATE', 'limits.maxMessagesPerSecond'],
  ['MSG_TIMEOUT', 'timeouts.messageMs'],
  ['MSG_INFLATE_RATE', 'compression.maxInflatedBytesPerSecond'],
]);
