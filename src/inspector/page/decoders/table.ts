// Knows: which decoders there are. The order is that in which they are offered.
import { cbor } from './cbor.js';
import type { Decoded, Decoder, Payload, Talk } from './decoder.js';
import { graphql } from './graphql.js';
import { mqtt } from './mqtt.js';
import { msgpack } from './msgpack.js';
import { socketIo } from './socket-io.js';
import { stomp } from './stomp.js';

const DECODERS: readonly Decoder[] = [graphql, socketIo, stomp, mqtt, msgpack, cbor];

export interface Decoding {
  readonly key: string;
  readonly label: string;
  /** Whether the connection says that it speaks this. */
  readonly isSpoken: boolean;
  readonly decoded: Decoded;
}

/** All as which it can be read, what is spoken first. Never throws: a peer wrote it. */
export function decodings(payload: Payload, talk: Talk): readonly Decoding[] {
  const found = DECODERS.flatMap((decoder) => {
    const isSpoken = decoder.speaks(talk);
    const decoded = tryRead(decoder, payload, isSpoken);
    return decoded === undefined ? [] : [{ key: decoder.key, label: decoder.label, isSpoken, decoded }];
  });
  return found.sort((one, other) => Number(other.isSpoken) - Number(one.isSpoken));
}

function tryRead(decoder: Decoder, payload: Payload, isSpoken: boolean): Decoded | undefined {
  try {
    return decoder.read(payload, isSpoken);
  } catch {
    return undefined;
  }
}
