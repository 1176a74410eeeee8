// Knows: how a client's head leaves over HTTP/1.1 and how the answer's head is read, strictly and bounded; of a refusal, the
// beginning of its body. RFC 9112; RFC 6455 §4.1. Must not know: what was asked, or whether the answer is right.
import type { Duplex } from 'node:stream';
import { clock, deadlines, Timed } from '../deadlines.js';
import { type Owner, own } from '../duplex.js';
import type { Timings } from '../errors.js';
import type { HeadLimits, ResponseHead } from '../handshake/head.js';
import { HeadParser } from '../handshake/parser.js';
import { BODY_MS, Body, type Exchanged } from './exchange.js';
import { FAILURES } from './failures.js';
import { msSince, type Patience } from './patience.js';
import { type Failure, failed, isReset, isTlsError, tlsFailure } from './system-errors.js';

export interface Question<Taken> {
  /** The request's head, one character an octet. */
  readonly head: string;
  readonly limits: Partial<HeadLimits>;
  /**
   * Called with the answer's head and what came behind it, in the turn in which it came, so that no octet falls between two
   * owners. Whoever answers with a value owns the Duplex from then on; undefined refuses the answer.
   */
  take(head: ResponseHead, rest: Uint8Array): Taken | undefined;
}

/** Sends the request and reads the answer. The Duplex is destroyed unless it was taken. */
export function exchange<Taken>(
  duplex: Duplex,
  question: Question<Taken>,
  patience: Patience,
  timings: Timings,
): Promise<Exchanged<Taken>> {
  return new Promise((resolve) => new Exchange(duplex, question, patience, timings, resolve).begin());
}

class Exchange<Taken> extends Timed implements Owner {
  readonly #duplex: Duplex;
  readonly #question: Question<Taken>;
  readonly #patience: Patience;
  readonly #timings: Timings;
  readonly #resolve: (outcome: Exchanged<Taken>) => void;
  readonly #parser: HeadParser<'response'>;
  readonly #since = performance.now();
  #receivedBytes = 0;
  #body: Body | undefined = undefined;
  #error: Error | undefined = undefined;
  #isOver = false;

  constructor(
    duplex: Duplex,
    question: Question<Taken>,
    patience: Patience,
    timings: Timings,
    resolve: (outcome: Exchanged<Taken>) => void,
  ) {
    super();
    this.#duplex = duplex;
    this.#question = question;
    this.#patience = patience;
    this.#timings = timings;
    this.#resolve = resolve;
    this.#parser = new HeadParser('response', question.limits);
  }

  begin(): void {
    own(this.#duplex, this);
    this.#patience.entrust((why) => {
      if (this.#body !== undefined) return this.#endBody();
      const seen =
        this.#receivedBytes === 0 ? 'no octet' : `no whole head, only ${this.#receivedBytes} octets`;
      this.#fail(this.#patience.failure(why, 'http', FAILURES.HTTP_NO_RESPONSE, seen));
    });
    if (this.#duplex.destroyed) return this.onClose();
    // Who opened a tunnel has paused it, so that nothing falls between two owners.
    this.#duplex.resume();
    this.#duplex.write(this.#question.head, 'latin1');
  }

  onData(chunk: Uint8Array): void {
    // A Duplex may go on with what it had buffered after it was destroyed.
    if (this.#isOver) return;
    this.#receivedBytes += chunk.length;
    if (this.#body !== undefined) return this.#read(this.#body, chunk);
    const progress = this.#parser.push(chunk);
    if (progress.state === 'more') return;
    this.#timings.headMs = msSince(this.#since);
    if (progress.state === 'rejected') {
      const { reason, evidence } = progress.rejection;
      return this.#fail(failed(reason, evidence));
    }
    const { head, rest } = progress;
    const value = this.#question.take(head, rest);
    if (value !== undefined) return this.#resolve({ kind: 'taken', value });
    this.#body = new Body(head);
    deadlines.set(this, clock() + Math.min(BODY_MS, this.#patience.leftMs));
    this.#read(this.#body, rest);
  }

  #read(body: Body, chunk: Uint8Array): void {
    body.push(chunk);
    if (body.isComplete) this.#endBody();
  }

  #endBody(): void {
    const { head } = this.#body!;
    this.#end({ kind: 'refused', head, body: this.#body!.bytes() });
  }

  #fail({ rejection, cause }: Failure): void {
    this.#end({ kind: 'failed', rejection, cause });
  }

  #end(outcome: Exchanged<Taken>): void {
    this.#isOver = true;
    deadlines.drop(this);
    this.#duplex.destroy();
    this.#resolve(outcome);
  }

  override due(): void {
    this.#endBody();
  }

  onError(error: Error): void {
    this.#error ??= error;
    this.#duplex.destroy();
  }

  onEnd(): void {
    this.#duplex.end();
  }

  onDrain(): void {}

  /** The transport is gone before the answer was whole. */
  onClose(): void {
    if (this.#isOver) return;
    if (this.#body !== undefined) return this.#endBody();
    const error = this.#error ?? this.#duplex.errored ?? undefined;
    // In TLS 1.3 the server judges the client's certificate after the client has finished.
    if (error !== undefined && isTlsError(error)) return this.#fail(tlsFailure(error, ''));
    const how = error === undefined ? 'FIN' : isReset(error) ? 'RST' : error.message;
    const seen = `${this.#receivedBytes} octets, then ${how}`;
    if (this.#receivedBytes > 0) return this.#fail(failed(FAILURES.HTTP_TRUNCATED, { seen }, error));
    this.#fail(
      failed(error === undefined ? FAILURES.HTTP_EMPTY_REPLY : FAILURES.HTTP_RESET, { seen }, error),
    );
  }
}
