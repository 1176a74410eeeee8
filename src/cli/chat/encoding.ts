// Knows: one message as JSON text or as MessagePack bytes, by the subprotocol that the handshake chose.
// Must not know: what the messages mean. MessagePack is read with limits: a peer wrote it.
import { Decoder, encode as encodeMsgpack } from '@msgpack/msgpack';
import { type Prepared, prepare } from '../../connection/prepared.js';
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

const prepared = new WeakMap<FromServer, Map<Encoding, Prepared>>();

/** A message for everybody who speaks this encoding: encoded, framed and compressed once, however many get it. */
export function encode(message: FromServer, encoding: Encoding): Prepared {
  const forms = prepared.get(message) ?? new Map<Encoding, Prepared>();
  prepared.set(message, forms);
  const form =
    forms.get(encoding) ?? prepare(encoding === 'msgpack' ? encodeMsgpack(message) : JSON.stringify(message));
  forms.set(encoding, form);
  return form;
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
