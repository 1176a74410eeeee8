// Codecs as two sides would have agreed on them, and their outcomes as text.
import { Codec, type Expanded } from '../../src/deflate/codec.js';
import type { DeflateAgreement } from '../../src/deflate/permessage-deflate.js';
import { type CompressionOptions, CompressionSettings } from '../../src/deflate/settings.js';

/** No takeover and the largest windows, where nothing else is said. */
export function agreement(change: Partial<DeflateAgreement> = {}): DeflateAgreement {
  const plain = { sendTakeover: false, receiveTakeover: false, sendWindowBits: 15, receiveWindowBits: 15 };
  return { ...plain, text: 'permessage-deflate', ...change };
}

export const TAKEOVER: Partial<DeflateAgreement> = { sendTakeover: true, receiveTakeover: true };

export function codec(agreed: Partial<DeflateAgreement> = {}, options: CompressionOptions = {}): Codec {
  return new Codec(agreement(agreed), new CompressionSettings('server', options));
}

/** Expands on this thread: the octets, or the fault as a line of text. */
export function expand(by: Codec, bytes: Uint8Array, maxBytes = 1_000_000, now = 0): Buffer | string {
  const outcome = by.expand(bytes, 0, bytes.length, maxBytes, now);
  return outcome === undefined ? 'for another thread' : told(outcome);
}

export async function expandAway(
  by: Codec,
  bytes: Uint8Array,
  maxBytes = 1_000_000,
  now = 0,
): Promise<Buffer | string> {
  return told(await new Promise<Expanded>((done) => by.expandAway(bytes, maxBytes, now, done)));
}

export function compressAway(by: Codec, bytes: Uint8Array): Promise<Uint8Array | undefined> {
  return new Promise((done) => by.compressAway(bytes, done));
}

function told(outcome: Expanded): Buffer | string {
  if (!('reason' in outcome)) return outcome;
  const { reason, seen, wanted } = outcome;
  return `${reason.code} ${reason.closeCode}: ${seen}${wanted === undefined ? '' : `, wanted ${wanted}`}`;
}

/** Octets that do not get smaller, the same at every run. */
export function noise(bytes: number, seed = 1): Buffer {
  const octets = Buffer.alloc(bytes);
  let state = seed;
  for (let at = 0; at < bytes; at += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    octets[at] = state >>> 24;
  }
  return octets;
}

/** Text that does, and hardly repeats itself: numbered lines. */
export function prose(bytes: number, seed = 1): Buffer {
  let text = '';
  for (let line = seed; text.length < bytes; line += 1) text += `line ${line * 7919} of some text, `;
  return Buffer.from(text.slice(0, bytes));
}
