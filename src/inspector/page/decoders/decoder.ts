// Knows: what a decoder of payloads is, and what it is given. To add one: a file beside this one, and a row in `table.ts`.
// Must not know: any protocol, or how what it says is drawn. All of it is text of a peer.

/** What the connection says about what is spoken on it. */
export interface Talk {
  /** The subprotocol that was agreed on, '' without one. */
  readonly subprotocol: string;
  /** Without its query. */
  readonly path: string;
}

/** A message, or its beginning. */
export interface Payload {
  readonly bytes: Uint8Array;
  /** Undefined where it is no UTF-8. */
  readonly text: string | undefined;
  /** An object or array, where the text is one. */
  readonly json: unknown;
  /** By its opcode. */
  readonly isText: boolean;
  /** False where only the beginning was kept. */
  readonly isWhole: boolean;
}

export interface Decoded {
  /** What it is, in one line. */
  readonly brief: string;
  readonly facts?: ReadonlyArray<readonly [name: string, value: string]>;
  /** What it carries: a string as text, octets as their number, anything else as a tree. */
  readonly body?: unknown;
}

export interface Decoder {
  readonly key: string;
  readonly label: string;
  /** Whether the connection says that it speaks this. */
  speaks(talk: Talk): boolean;
  /** Undefined where it cannot be read so; where it is not spoken, also where it may as well be something else. May throw. */
  read(payload: Payload, isSpoken: boolean): Decoded | undefined;
}

/** Longer ones help nobody in one line. */
const BRIEF_CHARACTERS = 240;

/** A value in one line; one that is nested deeper than the stack has none. */
export function briefOf(value: unknown, otherwise: string): string {
  try {
    return JSON.stringify(value, plain)?.slice(0, BRIEF_CHARACTERS) ?? otherwise;
  } catch {
    return otherwise;
  }
}

function plain(_: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  return value instanceof Uint8Array ? `${value.length} octets` : value;
}

/** What octets carry, as far as it can be told: a value of JSON, text, or they themselves. */
export function bodyOf(bytes: Uint8Array): unknown {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return bytes;
  }
  return /^\s*[[{]/.test(text) ? (jsonOf(text)?.value ?? text) : text;
}

export function jsonOf(text: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
