// Knows: how a client asks for a WebSocket on a stream of HTTP/2 and how the answer's head is read, bounded; of a refusal, the
// beginning of its body. RFC 8441, RFC 9113. Must not know: what was asked, or whether the answer is right.
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders } from 'node:http2';
import { clock, deadlines, Timed } from '../deadlines.js';
import { cut, type Owner, own } from '../duplex.js';
import type { Timings } from '../errors.js';
import type { HeadLimits, RequestHead, ResponseHead } from '../handshake/head.js';
import { responseReasons } from '../handshake/rejections.js';
import { isOpening } from '../handshake/response.js';
import { BODY_MS, Body, type Exchanged } from './exchange.js';
import { FAILURES } from './failures.js';
import { H2_FAILURES } from './http2-failures.js';
import { excessIn, headersOf, headOf } from './http2-fields.js';
import type { Session } from './http2-session.js';
import { codeName } from './http2-stream.js';
import { msSince, type Patience } from './patience.js';
import { type Failure, failed } from './system-errors.js';

/** A session that was there already is left for another one when it says nothing for so long, not even to a PING. */
const PROBE_MS = 3000;

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
  const stream = session.request(headersOf(question.head, question.scheme));
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
    if (this.#isReused) this.#session.isAlive(PROBE_MS).then((isAlive) => this.#probed(isAlive));
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
