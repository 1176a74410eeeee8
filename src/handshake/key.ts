// Knows: the nonce of the opening handshake and the answer to it (RFC 6455 §4.1, §4.2.2). The only file of
// this room that needs node:crypto.
// Must not know: the heads that carry them.
import { hash, randomBytes } from 'node:crypto';

// RFC 6455 §1.3: this text proves that the other end read the key as a WebSocket key, and nothing more.
export const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

/** A fresh `Sec-WebSocket-Key`. */
export function newKey(random: (size: number) => Uint8Array = randomBytes): string {
  // RFC 6455 §4.1(7): 16 random bytes in base64, new for each connection.
  return Buffer.from(random(16)).toString('base64');
}

/** The `Sec-WebSocket-Accept` that answers `key`. */
export function acceptFor(key: string): string {
  // RFC 6455 §4.2.2(5.4): the key is hashed as it was sent, not decoded.
  return hash('sha1', key + GUID, 'base64');
}

/** True for 16 bytes in base64. Bits beyond the sixteenth byte may be set: decoders ignore them, and so do servers. */
export function isKey(value: string): boolean {
  if (value.length !== 24 || value.charCodeAt(22) !== 0x3d || value.charCodeAt(23) !== 0x3d) return false;
  for (let at = 0; at < 22; at++) {
    const code = value.charCodeAt(at);
    if (code > 0x7f || BASE64[code] === 0) return false;
  }
  return true;
}

const BASE64 = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/') {
  BASE64[character.charCodeAt(0)] = 1;
}
