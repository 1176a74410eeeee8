// Frames as hexadecimal text, and a reader's findings as text, so that a test shows what went in and what came out.
import { Found, type MessageLimits, MessageReader } from '../../src/frames/messages.js';
import type { Violation } from '../../src/frames/violations.js';

/** Octets from hexadecimal digits; spaces and line ends are free. */
export function hex(text: string): Uint8Array {
  const digits = text.replace(/\s+/g, '');
  if (!/^(?:[0-9a-f]{2})*$/i.test(digits)) throw new TypeError(`not hexadecimal: ${text}`);
  return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}

export function show(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** Cuts bytes at the given places, wherever they fall; each part is a copy that its reader may change. */
export function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...at].map((start, index) => bytes.slice(start, at[index] ?? bytes.length));
}

export const LIMITS: MessageLimits = { maxMessageBytes: 1000, maxFragments: 10 };

export function serverReader(limits: Partial<MessageLimits> = {}, rsv = 0): MessageReader {
  return new MessageReader({ masked: true, rsv }, { ...LIMITS, ...limits });
}

export function clientReader(limits: Partial<MessageLimits> = {}, rsv = 0): MessageReader {
  return new MessageReader({ masked: false, rsv }, { ...LIMITS, ...limits });
}

/** Everything that a reader finds in the chunks, one line a finding; a fault is the last. */
export function findings(reader: MessageReader, ...chunks: Uint8Array[]): string[] {
  const found: string[] = [];
  for (const chunk of chunks) {
    reader.feed(chunk);
    for (let what = reader.next(); what !== Found.need; what = reader.next()) {
      found.push(line(reader, what));
      if (what === Found.fault) return found;
    }
    reader.release();
  }
  return found;
}

function line(reader: MessageReader, what: Found): string {
  if (what === Found.fault) return faultLine(reader.fault!);
  const payload = show(reader.bytes.subarray(reader.start, reader.end));
  if (what === Found.message) return `${reader.isText ? 'text' : 'binary'} ${payload}`.trimEnd();
  return `${what === Found.ping ? 'ping' : what === Found.pong ? 'pong' : 'close'} ${payload}`.trimEnd();
}

export function faultLine(fault: Violation): string {
  const wanted = fault.wanted === undefined ? '' : `, wanted ${fault.wanted}`;
  return `${fault.reason.code} ${fault.reason.closeCode}: ${fault.seen}${wanted}`;
}
