// Knows: how a client asks for a WebSocket on a stream of HTTP/2 and how the answer's head is read, bounded; of a refusal, the
// beginning of its body. RFC 8441, RFC 9113. Must not know: what was asked, or whether the answer is right.
import {
  type ClientHttp2Stream,
  constants,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  sensitiveHeaders,
} from 'node:http2';
import { clock, deadlines, Timed } from '../deadlines.js';
import { cut, type Owner, own } from '../duplex.js';
import type { Timings } from '../errors.js';
import { Fields, type HeadLimits, type RequestHead, type ResponseHead } from '../handshake/head.js';
import { responseReasons } from '../handshake/rejections.js';
import { isOpening } from '../handshake/response.js';
import { type Evidence, isSecretName } from '../reason.js';
import { BODY_MS, Body, type Exchanged } from './exchange.js';
import { FAILURES } from './failures.js';
import { H2_FAILURES } from './http2-failures.js';
import type { Session } from './http2-session.js';
import { codeName } from './http2-stream.js';
import { msSince, type Patience } from './patience.js';
import { type Failure, failed } from './system-errors.js';

/** A session that was there already is left for another one when it says nothing for so long: neither an answer nor to a PING. */
const SILENT_MS = 3000;

const { NGHTTP2_REFUSED_STREAM: REFUSED_STREAM, NGHTTP2_HTTP_1_1_REQUIRED: HTTP_1_1_REQUIRED } = constants;

export interface StreamQuestion<Taken> {
  readonly head: RequestHead;
  /** RFC 8441 §5: https for wss, http for ws. */
  readonly scheme: 'https' | 'http';
  readonly limits: HeadLimits;
  /**
   * Called with the answer's head in the turn in which it came. Whoever answers with a value owns the stream from then on; undefined
   * refuses the answer.
   */
  take(head: ResponseHead, stream: ClientHttp2Stream): Taken | undefined;
}

/** As over HTTP/1.1, and more of a failure. */
export type StreamExchanged<Taken> =
  | Exclude<Exchanged<Taken>, { kind: 'failed' }>
  | ({ readonly kind: 'failed' } & Unanswered);

export interface Unanswered extends Omit<Failure, 'ok'> {
  /** True when the server has not looked at the request, as far as can be known: it may be asked again on another session. */
  readonly mayAskAgain: boolean;
  /** True when the server wants the request over HTTP/1.1. */
  readonly wantsHttp1: boolean;
}

/**
 * Opens a stream on a session that has room, sends the request and reads the answer. The stream is reset unless it was taken.
 * @throws TypeError for fields that Node does not send.
 */
export function ask<Taken>(
  session: Session,
  question: StreamQuestion<Taken>,
  patience: Patience,
  timings: Timings,
): Promise<StreamExchanged<Taken>> {
  const stream = session.request(headersOf(question));
  return new Promise((resolve) => new Asking(session, stream, question, patience, timings, resolve).begin());
}

class Asking<Taken> extends Timed implements Owner {
  readonly #session: Session;
  readonly #stream: ClientHttp2Stream;
  readonly #question: StreamQuestion<Taken>;
  readonly #patience: Patience;
  readonly #timings: Timings;
  readonly #resolve: (outcome: StreamExchanged<Taken>) => void;
  readonly #since = performance.now();
  readonly #isReused: boolean;
  #body: Body | undefined = undefined;
  #isOver = false;

  constructor(
    session: Session,
    stream: ClientHttp2Stream,
    question: StreamQuestion<Taken>,
    patience: Patience,
    timings: Timings,
    resolve: (outcome: StreamExchanged<Taken>) => void,
  ) {
    super();
    this.#session = session;
    this.#isReused = session.hasAnswered;
    this.#stream = stream;
    this.#question = question;
    this.#patience = patience;
    this.#timings = timings;
    this.#resolve = resolve;
  }

  begin(): void {
    this.#patience.entrust((why) => {
      if (this.#body !== undefined) return this.#endBody();
      this.#fail(this.#patience.failure(why, 'http', FAILURES.HTTP_NO_RESPONSE, 'no answer'));
    });
    if (this.#isReused) this.#session.isAlive(SILENT_MS).then((isAlive) => this.#probed(isAlive));
    // Interim answers (1xx) are another event; they mean nothing here.
    this.#stream.once('response', (headers, flags) => this.#answered(headers, flags));
    this.#stream.once('close', () => this.onClose());
  }

  #answered(headers: IncomingHttpHeaders, flags: number): void {
    if (this.#isOver) return;
    this.#session.hasAnswered = true;
    this.#timings.headMs = msSince(this.#since);
    const head = headOf(headers);
    const excess = excessIn(head, this.#question.limits);
    if (excess !== undefined) return this.#fail(failed(responseReasons.HTTP_HEAD_TOO_LARGE, excess));
    // An answer that is over with its head opens nothing, whatever its status.
    if (isOpening(head) && (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0) {
      return this.#fail(
        failed(H2_FAILURES.H2_CONNECT_REJECTED, { field: 'status', seen: `${head.status}, then END_STREAM` }),
      );
    }
    const value = this.#question.take(head, this.#stream);
    if (value !== undefined) return this.#settle({ kind: 'taken', value });
    this.#readBody(new Body(head));
  }

  #readBody(body: Body): void {
    this.#body = body;
    if (body.isComplete || this.#stream.destroyed) return this.#endBody();
    deadlines.set(this, clock() + Math.min(BODY_MS, this.#patience.leftMs));
    own(this.#stream, this);
  }

  #endBody(): void {
    const body = this.#body!;
    this.#end({ kind: 'refused', head: body.head, body: body.bytes() });
  }

  #fail({ rejection, cause }: Failure, mayAskAgain = false, wantsHttp1 = false): void {
    this.#end({ kind: 'failed', rejection, cause, mayAskAgain, wantsHttp1 });
  }

  #probed(isAlive: boolean): void {
    if (isAlive || this.#isOver || this.#body !== undefined) return;
    this.#fail(failed(FAILURES.HTTP_NO_RESPONSE, { seen: 'no answer to a PING either' }), true);
  }

  #end(outcome: StreamExchanged<Taken>): void {
    this.#settle(outcome);
    cut(this.#stream);
  }

  #settle(outcome: StreamExchanged<Taken>): void {
    this.#isOver = true;
    deadlines.drop(this);
    this.#resolve(outcome);
  }

  override due(): void {
    this.#endBody();
  }

  onData(chunk: Uint8Array): void {
    if (this.#isOver) return;
    this.#body!.push(chunk);
    if (this.#body!.isComplete) this.#endBody();
  }

  onEnd(): void {
    if (!this.#isOver) this.#endBody();
  }

  onDrain(): void {}

  onError(): void {}

  /** The stream is gone before the answer was whole. */
  onClose(): void {
    if (this.#isOver) return;
    if (this.#body !== undefined) return this.#endBody();
    const { rstCode = 0, errored } = this.#stream;
    // A server that hung up while the request was on its way has not looked at it: so it goes with a kept-alive HTTP/1.1 too.
    if (this.#session.lost) return this.#fail(unanswered(this.#session, errored), this.#isReused);
    const evidence = { seen: `RST_STREAM ${codeName(rstCode)}` };
    const failure = failed(H2_FAILURES.H2_CONNECT_REJECTED, evidence, errored ?? undefined);
    // RFC 9113 §8.7: nothing was done with a refused stream.
    this.#fail(failure, rstCode === REFUSED_STREAM, rstCode === HTTP_1_1_REQUIRED);
  }
}

/** The session ended before there was an answer. */
export function unanswered({ lost }: Session, cause?: Error | null): Failure {
  const evidence = lost?.evidence ?? { seen: `GOAWAY ${codeName(constants.NGHTTP2_NO_ERROR)}` };
  const reason =
    evidence.seen === 'FIN'
      ? FAILURES.HTTP_EMPTY_REPLY
      : evidence.seen === 'RST'
        ? FAILURES.HTTP_RESET
        : H2_FAILURES.H2_CONNECT_REJECTED;
  return failed(reason, evidence, cause ?? undefined);
}

/** The request as Node wants it. The names of secrets are told to HPACK, which then keeps their values out of its tables. */
function headersOf({
  head: { method, target, fields },
  scheme,
}: StreamQuestion<unknown>): OutgoingHttpHeaders {
  // RFC 8441 §4, §5: all pseudo-header fields of a request, and `:protocol`; Host travels as `:authority`.
  const headers: Record<string | symbol, string | string[]> = {
    ':method': method,
    ':protocol': 'websocket',
    ':scheme': scheme,
    ':authority': fields.get('host')!,
    ':path': target,
  };
  for (const [name] of fields) {
    if (name === 'host') continue;
    const values = fields.getAll(name);
    headers[name] = values.length === 1 ? values[0]! : values;
  }
  // RFC 7541 §7.1.3.
  headers[sensitiveHeaders] = Object.keys(headers).filter(isSecretName);
  return headers as OutgoingHttpHeaders;
}

function headOf(headers: IncomingHttpHeaders): ResponseHead {
  const fields = new Fields();
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith(':')) continue;
    for (const line of Array.isArray(value) ? value : [value ?? '']) fields.append(name, line);
  }
  return { carrier: 'h2', version: '2', status: Number(headers[':status']), reason: '', fields };
}

/** What of a head is above the limits, counted as on HTTP/1.1: a line is name, colon, space and value. */
function excessIn(
  { fields }: ResponseHead,
  { maxFields, maxLineBytes, maxBytes }: HeadLimits,
): Evidence | undefined {
  if (fields.size > maxFields) return { field: 'head', seen: `more than ${maxFields} fields` };
  let bytes = 0;
  for (const [name, value] of fields) {
    const length = name.length + value.length + 2;
    if (length > maxLineBytes) return { field: name, seen: `more than ${maxLineBytes} bytes` };
    bytes += length + 2;
  }
  return bytes > maxBytes ? { field: 'head', seen: `more than ${maxBytes} bytes` } : undefined;
}
