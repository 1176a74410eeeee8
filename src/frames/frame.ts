// Knows: the octets of one frame header and of a close payload (RFC 6455 §5.2, §5.5.1, §7.4), as numbers.
// Must not know: streams of frames, messages, who is client or server.

/** RFC 6455 §5.2: 0-2 carry data, 8-10 control the connection, the rest is reserved. */
export const Opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export const FIN = 0x80;
export const RSV1 = 0x40;
export const MAX_CONTROL_BYTES = 125;
export const MAX_HEADER_BYTES = 14;

/** One header as read; filled again for every frame, so that reading one allocates nothing. */
export class FrameHeader {
  fin = false;
  /** The three reserved bits as they stand: 0x40, 0x20, 0x10. */
  rsv = 0;
  opcode = 0;
  masked = false;
  /** The four mask octets as one big-endian word, 0 without a mask. */
  mask = 0;
  payloadBytes = 0;
  /** False when fewer octets would have done, or when the top bit of a 64-bit length is set (RFC 6455 §5.2). */
  lengthLegal = true;

  /** Reads a header that starts at `start`; answers its size, or 0 when `end` cuts it short. */
  read(bytes: Uint8Array, start: number, end: number): number {
    if (end - start < 2) return 0;
    const first = bytes[start]!;
    const second = bytes[start + 1]!;
    this.fin = first >= FIN;
    this.rsv = first & 0x70;
    this.opcode = first & 0x0f;
    this.masked = second >= 0x80;
    const length = second & 0x7f;
    let at = start + 2;
    if (length < 126) {
      this.payloadBytes = length;
      this.lengthLegal = true;
    } else if (length === 126) {
      if (end - at < 2) return 0;
      this.payloadBytes = (bytes[at]! << 8) | bytes[at + 1]!;
      this.lengthLegal = this.payloadBytes > 125;
      at += 2;
    } else {
      if (end - at < 8) return 0;
      this.#readLongLength(bytes, at);
      at += 8;
    }
    this.mask = 0;
    if (this.masked) {
      if (end - at < 4) return 0;
      this.mask = word(bytes, at);
      at += 4;
    }
    return at - start;
  }

  #readLongLength(bytes: Uint8Array, at: number): void {
    const high = word(bytes, at) >>> 0;
    const low = word(bytes, at + 4) >>> 0;
    // Above 2^53 a double loses octets; such a length is far beyond any limit and is only compared with one.
    this.payloadBytes = high * 0x1_0000_0000 + low;
    // RFC 6455 §5.2: the most significant bit must be 0, and the minimal number of octets must be used.
    this.lengthLegal = high < 0x8000_0000 && (high > 0 || low > 0xffff);
  }
}

function word(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/** The size of the header that a payload needs. */
export function headerBytes(payloadBytes: number, masked: boolean): number {
  const length = payloadBytes < 126 ? 2 : payloadBytes < 0x1_0000 ? 4 : 10;
  return masked ? length + 4 : length;
}

/** Writes a header at `at` with the shortest length form; answers the offset behind it. `mask` undefined: no mask. */
export function writeHeader(
  target: Uint8Array,
  at: number,
  first: number,
  payloadBytes: number,
  mask: number | undefined,
): number {
  const maskBit = mask === undefined ? 0 : 0x80;
  target[at++] = first;
  if (payloadBytes < 126) target[at++] = maskBit | payloadBytes;
  else if (payloadBytes < 0x1_0000) {
    target[at++] = maskBit | 126;
    target[at++] = payloadBytes >>> 8;
    target[at++] = payloadBytes & 0xff;
  } else {
    target[at++] = maskBit | 127;
    at = writeWord(target, at, Math.floor(payloadBytes / 0x1_0000_0000));
    at = writeWord(target, at, payloadBytes % 0x1_0000_0000);
  }
  return mask === undefined ? at : writeWord(target, at, mask);
}

function writeWord(target: Uint8Array, at: number, value: number): number {
  target[at] = value >>> 24;
  target[at + 1] = (value >>> 16) & 0xff;
  target[at + 2] = (value >>> 8) & 0xff;
  target[at + 3] = value & 0xff;
  return at + 4;
}

/**
 * RFC 6455 §7.4: may this code stand in a close frame? 1000-1003 and 1007-1011 by the RFC, 1012-1014 by IANA's registry,
 * 3000-4999 for libraries and applications. 1004-1006 and 1015 are never sent.
 */
export function isSendableCloseCode(code: number): boolean {
  if (code >= 3000) return code <= 4999;
  return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014);
}

/** The payload of a close frame (RFC 6455 §5.5.1): nothing, or two octets of code and a UTF-8 reason. */
export function closePayload(code: number | undefined, reason: string): Uint8Array {
  if (code === undefined) return new Uint8Array(0);
  const text = new TextEncoder().encode(reason);
  const payload = new Uint8Array(2 + text.length);
  payload[0] = code >>> 8;
  payload[1] = code & 0xff;
  payload.set(text, 2);
  return payload;
}

/** Cuts a reason so that it fits a close frame (123 octets) without splitting a character. */
export function fitReason(reason: string): string {
  const bytes = new TextEncoder().encode(reason);
  if (bytes.length <= MAX_CONTROL_BYTES - 2) return reason;
  let end = MAX_CONTROL_BYTES - 2;
  while ((bytes[end]! & 0xc0) === 0x80) end -= 1;
  return new TextDecoder().decode(bytes.subarray(0, end));
}
