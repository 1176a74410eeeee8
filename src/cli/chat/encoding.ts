// Knows: one message as JSON text or as MessagePack bytes, by the subprotocol that the handshake chose.
// Must not know: what the messages mean. MessagePack is read with limits: a peer wrote it.
import { Decoder, encode as encodeMsgpack } from '@msgpack/msgpack';
import { bounds, type Encoding, type FromServer } from './messages.js';

const maxBytes = bounds.textLength * 4 + 256;
const decoder = new Decoder({
  maxStrLength: maxBytes,
  maxBinLength: 0,
  maxArrayLength: 0,
  maxMapLength: 8,
  maxExtLength: 0,
});

/** The longest message that the chat reads; the connection's own limit says the same. */
export const maxMessageBytes = maxBytes;

export function encode(message: FromServer, encoding: Encoding): string | Uint8Array {
  return encoding === 'msgpack' ? encodeMsgpack(message) : JSON.stringify(message);
}

/** What arrived as a value, or undefined when it is not in the agreed encoding. */
export function decode(message: string | Uint8Array, encoding: Encoding): unknown {
  try {
    if (encoding === 'json') return typeof message === 'string' ? JSON.parse(message) : undefined;
    return typeof message === 'string' ? undefined : decoder.decode(message);
  } catch {
    return undefined;
  }
}
