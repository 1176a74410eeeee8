// The protocol machine on a bench: octets in as hexadecimal, the clock a number, events and frames out as text.
import {
  Protocol,
  type ProtocolSettings,
  type ProtocolSink,
  Readers,
} from '../../src/connection/protocol.js';
import type { Codec, Expanded } from '../../src/deflate/codec.js';
import { FrameEncoder } from '../../src/frames/encoder.js';
import { RSV1 } from '../../src/frames/frame.js';
import { hex, show } from '../frames/hex.js';

/** What a test may set; the rest is lenient. */
export interface Bench {
  role?: 'server' | 'client';
  limits?: Partial<ProtocolSettings['limits']>;
  heartbeat?: ProtocolSettings['heartbeat'];
  timeouts?: Partial<ProtocolSettings['timeouts']>;
  messages?: ProtocolSettings['messages'];
  /** When the connection opens. */
  now?: number;
}

export function settings(bench: Bench = {}): ProtocolSettings {
  const { role = 'server', heartbeat = false, messages = 'both' } = bench;
  const limits = { maxMessageBytes: 1000, maxFragments: 10, maxMessagesPerSecond: Number.POSITIVE_INFINITY };
  Object.assign(limits, bench.limits);
  const timeouts = { closeMs: 5000, messageMs: 30_000, stallMs: 20_000, ...bench.timeouts };
  // A client here masks with zeros, so that its frames read as they are.
  const encoder = new FrameEncoder(role === 'client' ? () => 0 : undefined);
  const readers = new Readers(role, limits, 0);
  const compressedReaders = new Readers(role, limits, RSV1);
  return { role, limits, heartbeat, timeouts, messages, readers, compressedReaders, encoder };
}

export class Machine implements ProtocolSink {
  readonly settings: ProtocolSettings;
  readonly protocol: Protocol;
  /** What the machine told, one line an event. */
  readonly events: string[] = [];
  /** Called with each message's line, in the middle of the machine's reading. */
  onmessage: (line: string) => void = () => {};
  /** Of each message, whether it was told to be ASCII. */
  readonly asciis: boolean[] = [];
  /** What came back from another thread. */
  readonly expanded: Expanded[] = [];

  constructor(bench: Bench | ProtocolSettings = {}, now = 0, codec?: Codec) {
    this.settings = 'readers' in bench ? bench : settings(bench);
    this.protocol = new Protocol(this.settings, this, now, codec);
  }

  message(bytes: Uint8Array, start: number, end: number, isText: boolean, ascii: boolean): void {
    this.asciis.push(ascii);
    const line = `${isText ? 'text' : 'binary'} ${show(bytes.subarray(start, end))}`.trimEnd();
    this.events.push(line);
    this.onmessage(line);
  }

  expandedAway(outcome: Expanded): void {
    this.expanded.push(outcome);
  }

  get tap(): ProtocolSink['tap'] {
    throw new Error('nobody listens to the channels here');
  }

  pong(ping: { payload: Uint8Array }, roundTripMs: number): void {
    this.events.push(`pong ${show(ping.payload)} after ${roundTripMs}`.replace('  ', ' '));
  }

  /** Octets from the peer. A server's machine gets them masked: write the mask as zeros. */
  receive(octets: string, now = 0): this {
    this.protocol.receive(hex(octets), now);
    return this;
  }

  /** The octets that wait to be sent, as hexadecimal. */
  sent(): string {
    return show(Buffer.concat(this.settings.encoder.take(this.protocol)));
  }

  /** The close frame that waits to be sent: its code, and its reason as text. Frames before it are passed over. */
  closeSent(): string {
    const octets = hex(this.sent());
    const mask = this.settings.role === 'client' ? 4 : 0;
    for (let at = 0; at < octets.length; at += 2 + mask + (octets[at + 1]! & 0x7f)) {
      if (octets[at] !== 0x88) continue;
      const payload = Buffer.from(octets.subarray(at + 2 + mask));
      return `${payload.readUInt16BE(0)} ${payload.subarray(2)}`.trimEnd();
    }
    return 'no close frame';
  }
}
