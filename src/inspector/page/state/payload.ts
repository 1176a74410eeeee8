// Knows: what the beginning of a payload can be read as: text, JSON, MessagePack, or octets in hexadecimal.
// Must not know: how it is drawn. What a peer wrote is decoded with limits, and shown only as text.
import { Decoder } from '@msgpack/msgpack';

export type Form = 'json' | 'text' | 'msgpack' | 'hex';

export interface Reading {
  readonly bytes: Uint8Array;
  readonly text?: string;
  readonly json?: unknown;
  readonly msgpack?: unknown;
  /** Which forms apply, the most telling first. */
  readonly forms: readonly Form[];
}

const LIMIT = 1 << 16;
const msgpack = new Decoder({
  maxStrLength: LIMIT,
  maxBinLength: LIMIT,
  maxArrayLength: LIMIT,
  maxMapLength: LIMIT,
  maxExtLength: LIMIT,
  useBigInt64: true,
});

/** `opcode` 1 is text by RFC 6455 §5.6; anything else may be. `isWhole`: nothing was cut off behind it. */
export function readPayload(bytes: Uint8Array, opcode: number, isWhole: boolean): Reading {
  const text = textOf(bytes, isWhole);
  const json = text === undefined ? undefined : jsonOf(text);
  const packed = opcode === 1 || json !== undefined ? undefined : msgpackOf(bytes);
  const forms: Form[] = [];
  if (json !== undefined) forms.push('json');
  if (packed !== undefined) forms.push('msgpack');
  if (text !== undefined) forms.push('text');
  forms.push('hex');
  return {
    bytes,
    forms,
    ...(text !== undefined && { text }),
    ...(json && { json: json.value }),
    ...(packed && { msgpack: packed.value }),
  };
}

function textOf(bytes: Uint8Array, isWhole: boolean): string | undefined {
  try {
    // A character may be cut in two where the payload was: a stream lets its octets wait.
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: !isWhole });
  } catch {
    return undefined;
  }
}

/** Objects and arrays only: that `42` is JSON tells nobody anything. */
function jsonOf(text: string): { value: unknown } | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** Maps and arrays only, since any octet below 128 is a whole MessagePack value by itself. */
function msgpackOf(bytes: Uint8Array): { value: unknown } | undefined {
  try {
    const value = msgpack.decode(bytes);
    return typeof value === 'object' && value !== null ? { value } : undefined;
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
