// Knows: how the octets behind a request become heads and the beginning of a body, leniently, so that a faulty answer is kept as it came.
// Must not know: sockets, or whether the answer is right. Bounded: 64 KiB of heads, 10 of them before the last, 8 KiB of body.
import type { Answer } from '../observation.js';

const MAX_HEAD_BYTES = 65_536;
const MAX_INTERIM = 10;
const MAX_BODY_BYTES = 8192;
const GARBAGE_BYTES = 256;

/** How far the reading of an answer has come. */
export type AnswerState = 'head' | 'body' | 'done' | 'garbage' | 'too-large' | 'too-many';

export class AnswerReader {
  state: AnswerState = 'head';
  readonly interim: string[] = [];
  head = '';
  status = 0;
  /** Of a 101: what came behind the head. */
  rest: Buffer = Buffer.alloc(0);
  #octets: Buffer = Buffer.alloc(0);
  /** Octets of the open head that were searched for its end already. */
  #searched = 0;
  #headBytes = 0;
  #body: Buffer[] = [];
  #bodyBytes = 0;
  #wantedBytes = Number.POSITIVE_INFINITY;
  #isChunked = false;
  #isWhole = false;

  push(chunk: Buffer): void {
    if (this.state === 'body') return this.#keep(chunk);
    if (this.state !== 'head') return;
    this.#octets = Buffer.concat([this.#octets, chunk]);
    while (this.state === 'head' && this.#readHead());
  }

  /** The peer has ended: a body without a length is whole now. */
  end(): void {
    if (this.state !== 'body') return;
    this.state = 'done';
    this.#isWhole = true;
  }

  get hasHead(): boolean {
    return this.state === 'body' || this.state === 'done';
  }

  get garbage(): string {
    return this.#octets.subarray(0, GARBAGE_BYTES).toString('hex');
  }

  answer(): Answer {
    const raw = Buffer.concat(this.#body);
    const body = this.#isChunked ? unchunked(raw) : raw;
    return {
      head: this.head,
      interim: this.interim,
      body: body.subarray(0, MAX_BODY_BYTES).toString('latin1'),
      isBodyCut: this.status !== 101 && (!this.#isWhole || this.#bodyBytes > MAX_BODY_BYTES),
    };
  }

  /** One head; true when another one follows it. */
  #readHead(): boolean {
    if (!'HTTP/'.startsWith(this.#octets.toString('latin1', 0, 5))) {
      this.state = 'garbage';
      return false;
    }
    const size = this.#endOfHead();
    if (this.#headBytes + (size || this.#octets.length) > MAX_HEAD_BYTES) this.state = 'too-large';
    if (size === 0 || this.state !== 'head') return false;
    const head = this.#octets.toString('latin1', 0, size);
    this.#octets = this.#octets.subarray(size);
    this.#headBytes += size;
    this.#searched = 0;
    const status = Number(/^HTTP\/\d(?:\.\d)? +(\d{3})/.exec(head)?.[1] ?? 0);
    if (status >= 100 && status < 200 && status !== 101) {
      if (this.interim.length < MAX_INTERIM) this.interim.push(head);
      else this.state = 'too-many';
      return this.state === 'head';
    }
    this.#take(head, status);
    return false;
  }

  /** 0: not yet. No octet is searched twice, so that a head that comes in drops costs no more than another. */
  #endOfHead(): number {
    const from = Math.max(0, this.#searched - 3);
    const text = this.#octets.toString('latin1', from, MAX_HEAD_BYTES + 4);
    this.#searched = this.#octets.length;
    // RFC 9112 §2.2 wants CRLF; a bare LF is a finding, not a reason to see nothing.
    const end = /\r?\n\r?\n/.exec(text);
    return end === null ? 0 : from + end.index + end[0].length;
  }

  #take(head: string, status: number): void {
    this.head = head;
    this.status = status;
    const rest = this.#octets;
    this.#octets = Buffer.alloc(0);
    if (status === 101) {
      this.state = 'done';
      this.rest = rest;
      return;
    }
    this.state = 'body';
    this.#isChunked = /^transfer-encoding:[^\r\n]*chunked/im.test(head);
    const length = /^content-length: *(\d{1,15})\s*$/im.exec(head)?.[1];
    if (status === 204 || status === 304) this.#wantedBytes = 0;
    else if (!this.#isChunked && length !== undefined) this.#wantedBytes = Number(length);
    this.#keep(rest);
  }

  #keep(chunk: Buffer): void {
    this.#bodyBytes += chunk.length;
    if (chunk.length > 0) this.#body.push(chunk);
    const ended = this.#isChunked && Buffer.concat(this.#body).includes('0\r\n\r\n', 0, 'latin1');
    this.#isWhole = ended || this.#bodyBytes >= this.#wantedBytes;
    if (this.#isWhole || this.#bodyBytes >= MAX_BODY_BYTES) this.state = 'done';
  }
}

/** RFC 9112 §7.1, as far as the octets go; what is wrong ends it. */
function unchunked(bytes: Buffer): Buffer {
  const parts: Buffer[] = [];
  for (let at = 0; ; ) {
    const end = bytes.indexOf('\r\n', at, 'latin1');
    const size = end < 0 ? Number.NaN : Number.parseInt(bytes.toString('latin1', at, end), 16);
    if (!(size > 0)) return Buffer.concat(parts);
    parts.push(bytes.subarray(end + 2, end + 2 + size));
    at = end + 2 + size + 2;
  }
}
