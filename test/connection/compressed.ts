// Connections that agreed on compression, and what a plain peer of theirs sees, one line a frame.
import { setTimeout as delay } from 'node:timers/promises';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import { type ConnectionOptions, open } from '../../src/connection/settings.js';
import type { DeflateAgreement } from '../../src/deflate/permessage-deflate.js';
import { FrameDecoder, Step } from '../../src/frames/decoder.js';
import { encodeFrame } from '../../src/frames/encoder.js';
import { agreement } from '../deflate/agreed.js';
import { hex, show } from '../frames/hex.js';
import { type Opened, Wire } from './opened.js';
import { pair } from './pair.js';

export interface Agreed extends ConnectionOptions {
  readonly role?: 'server' | 'client';
  readonly agreed?: Partial<DeflateAgreement>;
  readonly highWaterMark?: number;
}

/** A connection in memory whose peer is the test; without takeover and a threshold of 100 octets where nothing else is said. */
export function compressed({ agreed, role = 'server', highWaterMark, ...options }: Agreed = {}): Opened {
  const [ours, theirs] = pair(highWaterMark);
  const compression = { thresholdBytes: 100, ...(options.compression as object) };
  const settings = { heartbeat: false as const, ...options, compression };
  const connection = open(ours, { role, ...settings, agreement: agreement(agreed) });
  return { connection, ours, wire: new Wire(theirs) };
}

/** Two connections with each other. */
export function compressedPair({ agreed, highWaterMark, ...options }: Agreed = {}) {
  const [ours, theirs] = pair(highWaterMark);
  const compression = { thresholdBytes: 100, ...(options.compression as object) };
  const settings = { heartbeat: false as const, ...options, compression };
  const mine = agreement(agreed);
  const yours: DeflateAgreement = {
    ...mine,
    sendTakeover: mine.receiveTakeover,
    sendWindowBits: mine.receiveWindowBits,
    receiveTakeover: mine.sendTakeover,
    receiveWindowBits: mine.sendWindowBits,
  };
  const server = open(ours, { role: 'server', ...settings, agreement: mine });
  const client = open(theirs, { role: 'client', ...settings, agreement: yours });
  return { server, client, ours, theirs };
}

export interface SeenFrame {
  readonly opcode: number;
  readonly isCompressed: boolean;
  readonly payload: Buffer;
}

/** The frames in octets that a connection wrote. */
export function framesIn(octets: Uint8Array): SeenFrame[] {
  const frames: SeenFrame[] = [];
  if (octets.length === 0) return frames;
  const decoder = new FrameDecoder({ masked: (octets[1]! & 0x80) !== 0, rsv: 0x40 });
  decoder.feed(Buffer.from(octets));
  for (let step = decoder.next(); step !== Step.need; step = decoder.next()) {
    if (step === Step.fault) throw new Error(decoder.fault!.seen);
    if (step === Step.header) continue;
    const { header, bytes, start, end } = decoder;
    const payload = Buffer.from(bytes.subarray(start, end));
    frames.push({ opcode: header.opcode, isCompressed: header.rsv !== 0, payload });
  }
  return frames;
}

const NAMES: Record<number, string> = { 1: 'text', 2: 'binary', 8: 'close', 9: 'ping', 10: 'pong' };

/** What the wire brought, one line a frame: `text abc`, `compressed binary 616263`, `close 1000`. */
export function told(wire: Wire): string[] {
  return framesIn(hex(wire.take())).map(({ opcode, isCompressed, payload }) => {
    const octets = isCompressed ? inflated(payload) : payload;
    const name = `${isCompressed ? 'compressed ' : ''}${NAMES[opcode]}`;
    if (opcode === 8) return `${name} ${octets.readUInt16BE(0)} ${octets.subarray(2)}`.trimEnd();
    return `${name} ${opcode === 1 ? octets : show(octets)}`;
  });
}

export function inflated(payload: Uint8Array): Buffer {
  const whole = Buffer.concat([payload, Buffer.from('0000ffff', 'hex')]);
  return inflateRawSync(whole, { finishFlush: constants.Z_SYNC_FLUSH });
}

export function deflated(payload: Uint8Array): Buffer {
  return deflateRawSync(payload, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4);
}

/** A compressed message in one frame as hexadecimal, to a server with a mask of zeros. */
export function compressedFrame(opcode: number, payload: Uint8Array, masked = true): string {
  return show(encodeFrame(opcode, deflated(payload), masked ? { rsv: 0x40, mask: 0 } : { rsv: 0x40 }));
}

/** Waits for what has no promise. */
export async function until(what: () => boolean): Promise<void> {
  for (let turn = 0; !what(); turn += 1) {
    if (turn > 5000) throw new Error(`waited in vain for ${what}`);
    await delay(1);
  }
}
