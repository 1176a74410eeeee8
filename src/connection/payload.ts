// Knows: what applications hand in and get out: strings and bytes of every kind, checked and converted.
// Must not know: frames. Nothing but a string or bytes gets near the wire (CVE-2016-10518, CVE-2026-45736).

import { isUtf8 } from 'node:buffer';

/** A message as it is delivered: a string for text, a Buffer for binary. */
export type Message = string | Buffer;

/** What may be sent: a string as text, bytes as binary. */
export type Sendable = string | ArrayBufferView | ArrayBuffer | SharedArrayBuffer;

export function asBuffer(bytes: Uint8Array, start: number, end: number): Buffer {
  if (bytes instanceof Buffer) return bytes.subarray(start, end);
  return Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset + start, end - start);
}

export function asMessage(
  bytes: Uint8Array,
  start: number,
  end: number,
  isText: boolean,
  ascii: boolean,
): Message {
  const buffer = asBuffer(bytes, start, end);
  if (!isText) return buffer;
  return buffer.toString(ascii ? 'latin1' : 'utf8');
}

/** The bytes of what an application passed, not copied. @throws TypeError for anything that is none. */
export function asBytes(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) {
    // Reading a detached buffer gives nothing; sending nothing instead would hide the mistake.
    if (value.length === 0) new Uint8Array(value.buffer);
    return value;
  }
  if (ArrayBuffer.isView(value)) return new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  if (value instanceof ArrayBuffer || value instanceof SharedArrayBuffer) return new Uint8Array(value);
  throw new TypeError(`a message is a string or bytes, not ${value === null ? 'null' : typeof value}`);
}

export function octetsOf(content: string | Uint8Array): number {
  return typeof content === 'string' ? Buffer.byteLength(content) : content.length;
}

/** Bytes for a text message. RFC 6455 §8.1 binds the sender too. @throws TypeError unless they are UTF-8. */
export function checkUtf8(bytes: Uint8Array): void {
  if (!isUtf8(bytes)) throw new TypeError('these bytes are not UTF-8, so they cannot be sent as text');
}

/** Whether a message has at least so many octets. A UTF-16 unit is one to three octets. */
export function isAtLeast(content: string | Uint8Array, bytes: number): boolean {
  if (content.length >= bytes) return true;
  if (typeof content !== 'string' || content.length * 3 < bytes) return false;
  return Buffer.byteLength(content) >= bytes;
}

let pingCount = 0;

/** A payload that no other ping of this process has. */
export function pingPayload(): Uint8Array {
  const payload = new Uint8Array(4);
  pingCount = (pingCount + 1) >>> 0;
  new DataView(payload.buffer).setUint32(0, pingCount);
  return payload;
}
