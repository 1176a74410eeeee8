// Knows: what can come of one request, over either HTTP, and how much of a refusal's body is kept. RFC 9112 §6.3, §7.1.
// Must not know: how the octets travel.
import type { Fields, ResponseHead } from '../handshake/head.js';
import { isOpening } from '../handshake/response.js';
import type { Failure } from './system-errors.js';

/** So much of a refusal's body is read, and for no longer than this. */
const MAX_BODY_BYTES = 1024;
export const BODY_MS = 300;

/** Taken; or not taken, with the first kibibyte of the body; or there was no answer. */
export type Exchanged<Taken> =
  | { readonly kind: 'taken'; readonly value: Taken }
  | { readonly kind: 'refused'; readonly head: ResponseHead; readonly body: Buffer }
  | ({ readonly kind: 'failed' } & Omit<Failure, 'ok'>);

/** The beginning of the body of a refusal. RFC 9112 §6.3 as far as it tells when to stop waiting. */
export class Body {
  readonly head: ResponseHead;
  readonly #chunks: Uint8Array[] = [];
  readonly #isChunked: boolean;
  readonly #wantedBytes: number;
  #length = 0;

  constructor(head: ResponseHead) {
    const { status, fields } = head;
    this.head = head;
    this.#isChunked = fields.combined('transfer-encoding')?.toLowerCase().includes('chunked') ?? false;
    // RFC 9110 §6.4.1: no body follows a 1xx, a 204 or a 304; behind an opening that is refused stand frames.
    const isBare = status < 200 || status === 204 || status === 304 || isOpening(head);
    const most = this.#isChunked ? MAX_BODY_BYTES : Math.min(announced(fields), MAX_BODY_BYTES);
    this.#wantedBytes = isBare ? 0 : most;
  }

  push(chunk: Uint8Array): void {
    const room = this.#wantedBytes - this.#length;
    if (chunk.length === 0 || room === 0) return;
    this.#chunks.push(chunk.slice(0, room));
    this.#length += Math.min(room, chunk.length);
  }

  get isComplete(): boolean {
    if (this.#length >= this.#wantedBytes) return true;
    return this.#isChunked && Buffer.concat(this.#chunks).includes('\r\n0\r\n', 0, 'latin1');
  }

  bytes(): Buffer {
    const bytes = Buffer.concat(this.#chunks);
    return this.#isChunked ? unchunked(bytes) : bytes;
  }
}

function announced(fields: Fields): number {
  const length = fields.get('content-length') ?? '';
  return /^\d{1,15}$/.test(length) ? Number(length) : MAX_BODY_BYTES;
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
