// Knows: how the head of a message is read from bytes as they arrive: strict, bounded, one pass, no octet looked at
// twice however the bytes are split (RFC 9112 §2-5, RFC 9110 §5.5).
// Must not know: what a request asks or an answer means. Lenience is not offered: where two readers of one head can
// disagree, one request hides in another.
import { type Evidence, type Refused, type Rejection, rejected } from '../reason.js';
import { CLASSES, LINE, TOKEN, VALUE } from './fields.js';
import {
  Fields,
  HEAD_LIMITS,
  type HeadLimits,
  lengthBit,
  type RequestHead,
  type ResponseHead,
} from './head.js';
import { requestReasons, responseReasons } from './rejections.js';
import {
  octetName,
  parseRequestLine,
  parseStatusLine,
  type RequestLine,
  refusedFirst,
  refusedNotHttp,
  refusedOctet,
  refusedStatusLine,
  type StatusLine,
} from './start-line.js';

export type HeadKind = 'request' | 'response';
export type HeadOf<Kind extends HeadKind> = Kind extends 'request' ? RequestHead : ResponseHead;

/** What is known after some bytes: nothing yet, a head and the bytes behind it, or that it never will be one. */
export type Progress<Head> =
  | { readonly state: 'more' }
  | { readonly state: 'head'; readonly head: Head; readonly rest: Uint8Array }
  | { readonly state: 'rejected'; readonly rejection: Rejection };

const CR = 0x0d;
const LF = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;
const COLON = 0x3a;
const HTTP = [0x48, 0x54, 0x54, 0x50, 0x2f];
const SSH = 'SSH-';
/** RFC 9112 §2.2: a server ignores at least one empty line before a request; two, and no more, are ignored here. */
const MAX_EMPTY_LINES = 2;

/** Room for the fields of a browser's head; more make the array grow. */
const USUAL_FIELDS = 16;

const MORE = { state: 'more' } as const;
const NOTHING = new Uint8Array(0);

/** Where a step of the scan ended: out of bytes, at the end of its part, or at a fault. */
type Step = 'more' | 'done' | Refused;

export class HeadParser<Kind extends HeadKind> {
  readonly #kind: HeadKind;
  readonly #limits: HeadLimits;
  /** The caller's chunk while it is the only one, a copy of all bytes so far when more are needed. */
  #bytes: Uint8Array = NOTHING;
  #length = 0;
  #isBorrowed = false;
  #at = 0;
  #line = 0;
  /** Position of the colon in the current field line, or 0. */
  #colon = 0;
  #start: RequestLine | StatusLine | undefined;
  /** Four numbers a field: where its name and its value start and end. */
  readonly #marks: number[] = new Array<number>(4 * USUAL_FIELDS);
  #fields = 0;
  /** A bit for every length of a name that was met. */
  #lengths = 0;
  #progress: Progress<HeadOf<Kind>> = MORE;

  constructor(kind: Kind, limits: Partial<HeadLimits> = HEAD_LIMITS) {
    this.#kind = kind;
    this.#limits = isComplete(limits) ? limits : { ...HEAD_LIMITS, ...limits };
  }

  /** Reads on. Throws `TypeError` when the head is complete or rejected already. */
  push(chunk: Uint8Array): Progress<HeadOf<Kind>> {
    if (this.#progress.state !== 'more') throw new TypeError('This head is finished; use a new HeadParser');
    const before = this.#length;
    this.#take(chunk);
    let step = this.#start === undefined ? this.#scanStart() : 'done';
    if (step === 'done') step = this.#scanFields();
    if (step === 'more') this.#keep();
    else if (step === 'done') {
      const head = this.#build() as HeadOf<Kind>;
      const from = this.#at - before;
      const rest = from === chunk.length ? NOTHING : chunk.subarray(from);
      this.#progress = { state: 'head', head, rest };
    } else this.#progress = { state: 'rejected', rejection: step.rejection };
    return this.#progress;
  }

  /** The raw head, or what has arrived of it, one character an octet. */
  get text(): string {
    return latin1(this.#bytes, 0, this.#progress.state === 'head' ? this.#at : this.#length);
  }

  #take(chunk: Uint8Array): void {
    const length = Math.min(this.#length + chunk.length, this.#limits.maxBytes);
    if (this.#length === 0) {
      this.#bytes = chunk;
      this.#isBorrowed = true;
    } else {
      this.#reserve(length);
      this.#bytes.set(chunk.subarray(0, length - this.#length), this.#length);
    }
    this.#length = length;
  }

  /** The caller may use its chunk again, so what is still needed is copied. */
  #keep(): void {
    if (this.#isBorrowed) this.#reserve(this.#length + 1);
  }

  #reserve(length: number): void {
    if (!this.#isBorrowed && length <= this.#bytes.length) return;
    const bytes = new Uint8Array(Math.min(Math.max(1024, 2 * length), this.#limits.maxBytes));
    bytes.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bytes;
    this.#isBorrowed = false;
  }

  #scanStart(): Step {
    const isRequest = this.#kind === 'request';
    for (;;) {
      const refused = isRequest ? this.#foreignRequest() : this.#foreignResponse();
      if (refused) return refused;
      const step = this.#scanLine(isRequest ? LINE : VALUE);
      if (step !== 'done') return step;
      const [line, end] = [this.#line, this.#at];
      this.#at = this.#line = end + 2;
      // RFC 9112 §2.2: an empty line before a request is skipped.
      if (isRequest && line === end) continue;
      const text = latin1(this.#bytes, line, end);
      const start = isRequest ? parseRequestLine(text) : parseStatusLine(text);
      if (!start.ok) return start;
      this.#start = start;
      return 'done';
    }
  }

  /** Refuses what cannot be a request before its first line is complete. */
  #foreignRequest(): Refused | undefined {
    const line = this.#line;
    if (line === this.#length) return undefined;
    const first = this.#bytes[line]!;
    const isFirstAllowed = (CLASSES[first]! & TOKEN) !== 0 || (first === CR && line < 2 * MAX_EMPTY_LINES);
    if (!isFirstAllowed) return refusedFirst(latin1(this.#bytes, 0, line + 1));
    // A peer that waits for our banner sends no line end, so the name is enough.
    const isSsh = first === SSH.charCodeAt(0) && this.#length - line >= SSH.length;
    return isSsh && latin1(this.#bytes, line, line + SSH.length) === SSH ? refusedFirst(SSH) : undefined;
  }

  #foreignResponse(): Refused | undefined {
    const isHttp = HTTP.every((octet, at) => at >= this.#length || this.#bytes[at] === octet);
    return isHttp ? undefined : refusedNotHttp(this.#bytes.subarray(0, this.#length));
  }

  /** To the CR of the line's end, over octets of one class. */
  #scanLine(flag: number): Step {
    const bytes = this.#bytes;
    const stop = Math.min(this.#length, this.#line + this.#limits.maxLineBytes);
    let at = this.#at;
    while (at < stop && (CLASSES[bytes[at]!]! & flag) !== 0) at++;
    this.#at = at;
    if (at >= this.#length) return this.#starved();
    if (bytes[at] !== CR)
      return at === this.#line + this.#limits.maxLineBytes ? this.#lineTooLong() : this.#fault(at);
    if (at + 1 >= this.#length) return this.#starved();
    // RFC 9112 §2.2: a CR that no LF follows is no line end, and nothing else either.
    return bytes[at + 1] === LF ? 'done' : this.#fault(at);
  }

  #scanFields(): Step {
    const bytes = this.#bytes;
    for (;;) {
      if (this.#colon === 0) {
        const step = this.#scanName(bytes);
        if (step !== undefined) return step;
      }
      const step = this.#scanLine(VALUE);
      if (step !== 'done') return step;
      if (this.#fields === this.#limits.maxFields) return this.#tooManyFields();
      this.#mark(bytes);
      this.#line = this.#at += 2;
      this.#colon = 0;
    }
  }

  /** To the colon, which ends the name; or over the empty line, which ends the head. */
  #scanName(bytes: Uint8Array): Step | undefined {
    const stop = Math.min(this.#length, this.#line + this.#limits.maxLineBytes);
    let at = this.#at;
    while (at < stop && (CLASSES[bytes[at]!]! & TOKEN) !== 0) at++;
    this.#at = at;
    if (at >= this.#length) return this.#starved();
    if (at === this.#line) {
      if (bytes[at] !== CR) return this.#fault(at);
      if (at + 1 >= this.#length) return this.#starved();
      if (bytes[at + 1] !== LF) return this.#fault(at);
      this.#at = at + 2;
      return 'done';
    }
    if (at === this.#line + this.#limits.maxLineBytes) return this.#lineTooLong();
    // RFC 9112 §5.1: no space between name and colon; §5: a line has a colon.
    if (bytes[at] !== COLON) return this.#fault(at);
    this.#colon = at;
    this.#at = at + 1;
    return undefined;
  }

  /** One more octet is needed. None beyond the limit is ever looked at. */
  #starved(): Step {
    const { maxBytes } = this.#limits;
    return this.#length < maxBytes ? 'more' : this.#tooLarge('head', `more than ${maxBytes} bytes`);
  }

  #lineTooLong(): Refused {
    const seen = `more than ${this.#limits.maxLineBytes} bytes`;
    if (this.#start !== undefined) return this.#tooLarge(this.#name() ?? 'field line', seen);
    const evidence = { field: this.#kind === 'request' ? 'request line' : 'status line', seen };
    const isRequest = this.#kind === 'request';
    return rejected(
      isRequest ? requestReasons.REQ_LINE_TOO_LONG : responseReasons.HTTP_HEAD_TOO_LARGE,
      evidence,
    );
  }

  #tooManyFields(): Refused {
    return this.#tooLarge('head', `more than ${this.#limits.maxFields} fields`);
  }

  #tooLarge(field: string, seen: string): Refused {
    const isRequest = this.#kind === 'request';
    return rejected(isRequest ? requestReasons.REQ_HEAD_TOO_LARGE : responseReasons.HTTP_HEAD_TOO_LARGE, {
      field,
      seen,
    });
  }

  /** An octet that may not stand where it stands. The rest of its line is not shown: it may hold a secret. */
  #fault(at: number): Refused {
    const octet = this.#bytes[at]!;
    if (this.#start === undefined) return this.#startFault(at, octet);
    const isFold = at === this.#line && (octet === SPACE || octet === TAB);
    const evidence: Evidence = {
      field: this.#name() ?? `line ${this.#fields + 2}`,
      seen: isFold ? 'a folded line' : `${octetName(octet)} at ${at - this.#line}`,
      wanted: 'Name: value',
    };
    if (this.#kind === 'request') return rejected(requestReasons.REQ_SYNTAX, evidence);
    return rejected(
      octet === LF ? responseReasons.HTTP_BARE_LF : responseReasons.HTTP_HEADER_SYNTAX,
      evidence,
    );
  }

  #startFault(at: number, octet: number): Refused {
    const line = latin1(this.#bytes, this.#line, at + 1);
    if (this.#kind === 'request') return refusedOctet(line, octet);
    if (octet !== LF) return refusedStatusLine(line);
    return rejected(responseReasons.HTTP_BARE_LF, { field: 'status line', seen: line, wanted: 'CR LF' });
  }

  /** The name of the field in the current line, once its colon is known. */
  #name(): string | undefined {
    return this.#colon === 0 ? undefined : latin1(this.#bytes, this.#line, this.#colon);
  }

  #build(): RequestHead | ResponseHead {
    const fields = Fields.at(latin1(this.#bytes, 0, this.#at), this.#marks, this.#fields, this.#lengths);
    const start = this.#start!;
    if ('method' in start) {
      const { method, target, version } = start;
      return { carrier: 'h1', method, target, version, fields };
    }
    const { version, status, reason } = start;
    return { carrier: 'h1', version, status, reason, fields };
  }

  /** Notes the field of the current line. RFC 9112 §5.1: white space around the value is not part of it. */
  #mark(bytes: Uint8Array): void {
    let from = this.#colon + 1;
    let to = this.#at;
    while (from < to && isSpace(bytes[from]!)) from++;
    while (to > from && isSpace(bytes[to - 1]!)) to--;
    const marks = this.#marks;
    const at = 4 * this.#fields++;
    marks[at] = this.#line;
    marks[at + 1] = this.#colon;
    marks[at + 2] = from;
    marks[at + 3] = to;
    this.#lengths |= lengthBit(this.#colon - this.#line);
  }
}

function isComplete(limits: Partial<HeadLimits>): limits is HeadLimits {
  return limits.maxBytes !== undefined && limits.maxLineBytes !== undefined && limits.maxFields !== undefined;
}

function isSpace(code: number): boolean {
  return code === SPACE || code === TAB;
}

function latin1(bytes: Uint8Array, from: number, to: number): string {
  const buffer =
    bytes instanceof Buffer ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return buffer.toString('latin1', from, Math.min(to, bytes.length));
}
