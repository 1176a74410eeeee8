// Knows: MessagePack. Its lengths are bounded before anything is made of them.
import { Decoder as Msgpack } from '@msgpack/msgpack';
import { briefOf, type Decoder } from './decoder.js';

const LIMIT = 1 << 16;
const reader = new Msgpack({
  maxStrLength: LIMIT,
  maxBinLength: LIMIT,
  maxArrayLength: LIMIT,
  maxMapLength: LIMIT,
  maxExtLength: LIMIT,
  useBigInt64: true,
});

export const msgpack: Decoder = {
  key: 'msgpack',
  label: 'MessagePack',
  speaks: ({ subprotocol }) => /\bmsgpack\b/i.test(subprotocol),
  /** Unless it is spoken maps and arrays only, since any octet below 128 is a whole value by itself. */
  read({ bytes, isText, json }, isSpoken) {
    if (isText || json !== undefined) return undefined;
    const value = reader.decode(bytes);
    if (!isSpoken && (typeof value !== 'object' || value === null)) return undefined;
    return { brief: briefOf(value, 'MessagePack'), body: value };
  },
};
