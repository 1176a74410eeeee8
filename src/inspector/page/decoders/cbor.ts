// Knows: CBOR (RFC 8949), every tag of it by its number.
import { decode, type TagDecoder } from 'cborg';
import { briefOf, type Decoder } from './decoder.js';

/** It reads the tags that it is told of: whatever number stands there, its value is shown under it. */
const tags = new Proxy<Record<number, TagDecoder>>(
  {},
  { get: (_, number) => (inner: () => unknown) => ({ [`tag ${String(number)}`]: inner() }) },
);

export const cbor: Decoder = {
  key: 'cbor',
  label: 'CBOR',
  speaks: ({ subprotocol }) => /\bcbor\b/i.test(subprotocol),
  /** Unless it is spoken maps and arrays only, since any octet below 24 is a whole value by itself. */
  read({ bytes, isText, json }, isSpoken) {
    if (isText || json !== undefined) return undefined;
    const value: unknown = decode(bytes, { useMaps: true, tags });
    if (!isSpoken && (typeof value !== 'object' || value === null || value instanceof Uint8Array))
      return undefined;
    return { brief: briefOf(value, 'CBOR'), body: value };
  },
};
