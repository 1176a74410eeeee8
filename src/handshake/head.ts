// Knows: what the head of an HTTP message is as a value, and how it is written (RFC 9110 §5, RFC 9112 §2-5).
// Must not know: WebSocket, or how bytes are read; `parser.ts` reads them.
import { isFieldValue, isToken } from './fields.js';
import { isTarget } from './target.js';

export type Carrier = 'h1' | 'h2';

export interface RequestHead {
  readonly carrier: Carrier;
  readonly method: string;
  /** As sent; on HTTP/1.1 any of the four forms of RFC 9112 §3.2, on HTTP/2 `:path`. */
  readonly target: string;
  /** Such as `1.1`, or `2`. */
  readonly version: string;
  /** On HTTP/2 without the pseudo-header fields; `:authority` stands as `host`, and all cookies in one line. */
  readonly fields: Fields;
  /** What only HTTP/2 tells, of a request that came over it. */
  readonly http2?: Http2Facts;
}

export interface Http2Facts {
  /** `:protocol` (RFC 8441 §4). */
  readonly protocol: string | undefined;
  readonly scheme: string | undefined;
  /** As RFC 9113 §6.5.2 counts: names and values, the pseudo-header fields too, and 32 for each. */
  readonly bytes: number;
  /** A field `host` that is not what `:authority` says. */
  readonly otherHost: string | undefined;
  /** END_STREAM came with the request: nothing can follow. */
  readonly ended: boolean;
}

export interface ResponseHead {
  readonly carrier: Carrier;
  readonly version: string;
  readonly status: number;
  readonly reason: string;
  readonly fields: Fields;
}

export interface HeadLimits {
  /** The whole head with its line ends. Default 16,384. */
  readonly maxBytes: number;
  /** One line without its line end. Default 8,192. */
  readonly maxLineBytes: number;
  /** Field lines. Default 100. */
  readonly maxFields: number;
}

export const HEAD_LIMITS: HeadLimits = Object.freeze({
  maxBytes: 16_384,
  maxLineBytes: 8_192,
  maxFields: 100,
});

export type FieldLine = readonly [name: string, value: string];

const NO_LINES: readonly FieldLine[] = [];

/** Where a field stands in the text of its head: four offsets a field, name and trimmed value. */
const OFFSETS = 4;

/**
 * Field lines in the order sent. Names keep their case and are compared without regard to it. Parallel arrays, not an
 * object: a peer chooses the names, and `__proto__` is a legal one. Of a head that was parsed, only what is asked for
 * is cut out of its text.
 */
export class Fields implements Iterable<FieldLine> {
  #text = '';
  #offsets: readonly number[] | undefined = undefined;
  #size = 0;
  /** A bit for every length of a name that is there: most names that are asked for are absent. */
  #lengths = 0;
  #names: string[] | undefined = undefined;
  #values: string[] | undefined = undefined;

  constructor(lines: Iterable<FieldLine> = NO_LINES) {
    if (lines !== NO_LINES) for (const [name, value] of lines) this.append(name, value);
  }

  /** `size` fields that stand in `text`: name start and end, value start and end for each; `lengths` by `lengthBit`. */
  static at(text: string, offsets: readonly number[], size: number, lengths: number): Fields {
    const fields = new Fields();
    fields.#text = text;
    fields.#offsets = offsets;
    fields.#size = size;
    fields.#lengths = lengths;
    return fields;
  }

  /** Of as many names as values; they are not copied. */
  static of(names: string[], values: string[]): Fields {
    const fields = new Fields();
    fields.#names = names;
    fields.#values = values;
    fields.#size = names.length;
    for (const name of names) fields.#lengths |= lengthBit(name.length);
    return fields;
  }

  append(name: string, value: string): this {
    this.#cut();
    this.#names!.push(name);
    this.#values!.push(value);
    this.#size++;
    this.#lengths |= lengthBit(name.length);
    return this;
  }

  get size(): number {
    return this.#size;
  }

  has(name: string): boolean {
    return this.#find(name.toLowerCase(), 0) >= 0;
  }

  /** The first value. */
  get(name: string): string | undefined {
    const at = this.#find(name.toLowerCase(), 0);
    return at < 0 ? undefined : this.value(at);
  }

  getAll(name: string): string[] {
    const key = name.toLowerCase();
    const all: string[] = [];
    for (let at = this.#find(key, 0); at >= 0; at = this.#find(key, at + 1)) all.push(this.value(at));
    return all;
  }

  /** How many lines have this name. */
  count(name: string): number {
    const key = name.toLowerCase();
    let count = 0;
    for (let at = this.#find(key, 0); at >= 0; at = this.#find(key, at + 1)) count++;
    return count;
  }

  /** All lines of this name as one list, RFC 9110 §5.3; undefined when there is none. */
  combined(name: string): string | undefined {
    const key = name.toLowerCase();
    const first = this.#find(key, 0);
    if (first < 0) return undefined;
    return this.#find(key, first + 1) < 0 ? this.value(first) : this.getAll(key).join(', ');
  }

  *[Symbol.iterator](): IterableIterator<FieldLine> {
    for (let at = 0; at < this.#size; at++) yield [this.name(at), this.value(at)];
  }

  /** How long the name of line `at` is, so that a reader of all lines can tell most of them apart at once. */
  nameLength(at: number): number {
    const offsets = this.#offsets;
    return offsets ? offsets[OFFSETS * at + 1]! - offsets[OFFSETS * at]! : this.#names![at]!.length;
  }

  /** Whether line `at` has this name, which is in lower case. */
  isNamed(at: number, key: string): boolean {
    const offsets = this.#offsets;
    return offsets
      ? isName(this.#text, offsets[OFFSETS * at]!, offsets[OFFSETS * at + 1]!, key)
      : isName(this.#names![at]!, 0, this.#names![at]!.length, key);
  }

  /** The name of line `at`, as it was sent. */
  name(at: number): string {
    const offsets = this.#offsets;
    return offsets ? this.#text.slice(offsets[OFFSETS * at]!, offsets[OFFSETS * at + 1]!) : this.#names![at]!;
  }

  /** The value of line `at`. */
  value(at: number): string {
    const offsets = this.#offsets;
    if (offsets === undefined) return this.#values![at]!;
    return this.#text.slice(offsets[OFFSETS * at + 2]!, offsets[OFFSETS * at + 3]!);
  }

  /** The first line from `from` on whose name is `key`, which is in lower case; -1 for none. */
  #find(key: string, from: number): number {
    if ((this.#lengths & lengthBit(key.length)) === 0) return -1;
    for (let at = from; at < this.#size; at++) if (this.isNamed(at, key)) return at;
    return -1;
  }

  /** Makes arrays of what stands in the text, so that lines can be added. */
  #cut(): void {
    if (this.#names !== undefined) return;
    const lines = [...this];
    this.#names = lines.map(([name]) => name);
    this.#values = lines.map(([, value]) => value);
    this.#offsets = undefined;
    this.#text = '';
  }
}

/** The bit that stands for names of this length; all of 31 and more share one. */
export function lengthBit(length: number): number {
  return 1 << Math.min(length, 31);
}

function isName(text: string, from: number, to: number, key: string): boolean {
  if (to - from !== key.length) return false;
  for (let at = 0; at < key.length; at++) {
    const code = text.charCodeAt(from + at);
    const lower = code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
    if (lower !== key.charCodeAt(at)) return false;
  }
  return true;
}

/** A head that `node:http` has read already: an upgrade on a reused connection, or an attached server. */
export function headFromRaw(
  method: string,
  target: string,
  httpVersion: string,
  rawHeaders: readonly string[],
): RequestHead {
  const fields = new Fields();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) fields.append(rawHeaders[at]!, rawHeaders[at + 1]!);
  return { carrier: 'h1', method, target, version: httpVersion, fields };
}

/** The head as text, one character an octet (latin1). Throws `TypeError` for what would break or inject a line. */
export function serializeRequest(head: RequestHead): string {
  if (!isToken(head.method)) throw new TypeError(`Not a method: ${JSON.stringify(head.method)}`);
  if (!isTarget(head.target)) throw new TypeError(`Not a request target: ${JSON.stringify(head.target)}`);
  return `${head.method} ${head.target} HTTP/${checkedVersion(head.version)}\r\n${serializeFields(head.fields)}\r\n`;
}

/** As `serializeRequest`. An empty reason phrase is legal, the space before it is not optional (RFC 9112 §4). */
export function serializeResponse(head: Omit<ResponseHead, 'carrier'>): string {
  const { status, reason } = head;
  if (!Number.isInteger(status) || status < 100 || status > 999)
    throw new TypeError(`Not a status: ${status}`);
  if (!isFieldValue(reason)) throw new TypeError(`Not a reason phrase: ${JSON.stringify(reason)}`);
  return `HTTP/${checkedVersion(head.version)} ${status} ${reason}\r\n${serializeFields(head.fields)}\r\n`;
}

/** Field lines as text, each ended by CRLF. */
export function serializeFields(fields: Iterable<FieldLine>): string {
  let text = '';
  for (const [name, value] of fields) {
    // RFC 9110 §5.1, §5.5: what our own caller hands in must not start a line of its own (CVE-2026-1527).
    if (!isToken(name)) throw new TypeError(`Not a header field name: ${JSON.stringify(name)}`);
    if (!isFieldValue(value))
      throw new TypeError(`Not a value for the header field ${name}: it has a control character`);
    text += `${name}: ${value}\r\n`;
  }
  return text;
}

function checkedVersion(version: string): string {
  if (version.length === 3 && isDigit(version, 0) && version[1] === '.' && isDigit(version, 2))
    return version;
  throw new TypeError(`Not an HTTP version: ${JSON.stringify(version)}`);
}

export function isDigit(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code >= 0x30 && code <= 0x39;
}
