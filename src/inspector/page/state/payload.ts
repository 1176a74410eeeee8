// Knows: what the beginning of a payload is before any protocol is asked: octets, text, JSON; and octets in hexadecimal.
// Must not know: how it is drawn, or what protocols make of it (`forms.ts`).
import { jsonOf } from '../decoders/decoder.js';

export interface Reading {
  readonly bytes: Uint8Array;
  readonly text?: string;
  readonly json?: unknown;
  /** False where only the beginning was kept. */
  readonly isWhole: boolean;
}

/** `isWhole`: nothing was cut off behind it. */
export function readPayload(bytes: Uint8Array, isWhole: boolean): Reading {
  const text = textOf(bytes, isWhole);
  // Objects and arrays only: that `42` is JSON tells nobody anything.
  const json = text !== undefined && /^\s*[[{]/.test(text) ? jsonOf(text) : undefined;
  return { bytes, isWhole, ...(text !== undefined && { text }), ...(json && { json: json.value }) };
}

function textOf(bytes: Uint8Array, isWhole: boolean): string | undefined {
  try {
    // A character may be cut in two where the payload was: a stream lets its octets wait.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

export function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

export interface HexLine {
  readonly offset: string;
  readonly octets: string;
  readonly text: string;
}

/** Sixteen octets a line, as hexdumps have it; what is not printable ASCII is a dot. */
export function hexLines(bytes: Uint8Array, width = 16): HexLine[] {
  const lines: HexLine[] = [];
  for (let at = 0; at < bytes.length; at += width) {
    const part = [...bytes.subarray(at, at + width)];
    lines.push({
      offset: at.toString(16).padStart(4, '0'),
      octets: part.map((octet) => octet.toString(16).padStart(2, '0')).join(' '),
      text: part.map((octet) => (octet > 31 && octet < 127 ? String.fromCharCode(octet) : '.')).join(''),
    });
  }
  return lines;
}
