// Knows: the errors that users catch or find in a record. They hold plain data and their catalogue row, never live objects.
// Must not know: how a failure was found. RFC 6455 §7.1.5 to §7.1.7 for the words of the close record.
import type { Evidence, Reason, Rejection, Stage } from './reason.js';
import { printable } from './reason.js';

/** Milliseconds that each stage of a connection attempt took; a stage that was not reached is absent. */
export interface Timings {
  /** Through a forward proxy, `dnsMs` and `tcpMs` are of the way to it. */
  dnsMs?: number;
  tcpMs?: number;
  /** From the connection to a forward proxy until it has opened the way to the server. */
  proxyMs?: number;
  tlsMs?: number;
  /** From the request's last byte to the end of the answer's head. */
  headMs?: number;
  totalMs: number;
}

export interface HandshakeErrorDetails {
  readonly reason: Reason;
  readonly evidence?: Evidence;
  readonly url?: string;
  readonly carrier?: 'h1' | 'h2';
  readonly status?: number;
  /** The answer's header fields in order, secrets redacted. */
  readonly headers?: ReadonlyArray<readonly [string, string]>;
  /** The first bytes of the answer's body as text, at most 1 KiB, control characters escaped. */
  readonly body?: string;
  readonly timings?: Timings;
  /** Seconds that the server asked to wait (`Retry-After`). */
  readonly retryAfterSeconds?: number;
  readonly next?: string;
  readonly cause?: unknown;
}

/** An opening handshake that failed, on either side. `code` is `WS_` and the catalogue's code. */
export class HandshakeError extends Error {
  override readonly name: string = 'HandshakeError';
  readonly code: string;
  readonly reason: Reason;
  readonly stage: Stage;
  readonly evidence: Evidence;
  readonly url: string | undefined;
  /** Over which HTTP the answer came: HTTP/1.1 or HTTP/2. Undefined without an answer. */
  readonly carrier: 'h1' | 'h2' | undefined;
  readonly status: number | undefined;
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: string;
  readonly timings: Timings;
  readonly retryAfterSeconds: number | undefined;
  /** One line: what to do about it. */
  readonly fix: string;
  /** One line: the command that would find out more, and what it changes; `''` when there is none. */
  readonly next: string;

  constructor(details: HandshakeErrorDetails) {
    super(sentence(details.reason, details.evidence ?? {}), { cause: details.cause });
    this.code = `WS_${details.reason.code}`;
    this.reason = details.reason;
    this.stage = details.reason.stage;
    this.evidence = details.evidence ?? {};
    this.url = details.url;
    this.carrier = details.carrier;
    this.status = details.status;
    this.headers = details.headers ?? [];
    this.body = details.body ?? '';
    this.timings = details.timings ?? { totalMs: 0 };
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.fix = details.reason.fix;
    this.next = details.next ?? '';
  }
}

export interface CloseFrame {
  readonly code: number;
  readonly reason: string;
}

/** How a connection ended: who, in which phase, with which codes, and how long the line had been quiet. */
export interface CloseRecord {
  /** As RFC 6455 §7.1.5: the code received, 1005 for a close frame without one, 1006 without a close frame. */
  readonly code: number;
  readonly reason: string;
  /** True when a close frame went each way (RFC 6455 §7.1.4). */
  readonly clean: boolean;
  /** Who ended it first: this side, the other side, or the network under both. */
  readonly initiator: 'local' | 'peer' | 'network';
  readonly sent: CloseFrame | undefined;
  readonly received: CloseFrame | undefined;
  /** How the transport ended: an orderly end, a reset, an error, or destroyed here after a deadline. */
  readonly end: 'fin' | 'rst' | 'error' | 'destroyed';
  /** The catalogue's code, such as `PING_UNANSWERED` or `CLOSE_NO_FRAME_FIN`; undefined when all went as agreed. */
  readonly cause: string | undefined;
  readonly evidence: Evidence;
  /** The whole story in one or two sentences. */
  readonly explanation: string;
  /** How long the connection was open. */
  readonly openMs: number;
  /** Age of the last byte received and of the last byte sent, when it ended. */
  readonly sinceReceivedMs: number;
  readonly sinceSentMs: number;
  /** Bytes that `send` had accepted and that never left this process. */
  readonly bytesUnsent: number;
  readonly error: Error | undefined;
}

/** Thrown by what waits on a connection that has ended (`send`, `ping`). `code` is `WS_` and the cause, or `WS_CLOSED`. */
export class ClosedError extends Error {
  override readonly name: string = 'ClosedError';
  readonly code: string;
  readonly record: CloseRecord;

  constructor(record: CloseRecord) {
    super(record.explanation, record.error ? { cause: record.error } : undefined);
    this.code = `WS_${record.cause ?? 'CLOSED'}`;
    this.record = record;
  }
}

/**
 * Why the stream of a connection is gone, where the carrier tells more than an end or a reset: `error` of the close record of a
 * connection over HTTP/2. `code` is `WS_` and the cause.
 */
export class CarrierError extends Error {
  override readonly name: string = 'CarrierError';
  readonly code: string;
  readonly rejection: Rejection;

  constructor(rejection: Rejection, cause?: Error) {
    super(sentence(rejection.reason, rejection.evidence), cause && { cause });
    this.code = `WS_${rejection.reason.code}`;
    this.rejection = rejection;
  }
}

/** A reason and what was seen as one sentence. */
export function sentence(reason: Reason, evidence: Evidence): string {
  const parts: string[] = [];
  if (evidence.seen !== undefined) {
    parts.push(evidence.field ? `${evidence.field}: ${printable(evidence.seen)}` : printable(evidence.seen));
  } else if (evidence.field) parts.push(evidence.field);
  if (evidence.wanted !== undefined) parts.push(`wanted ${printable(evidence.wanted)}`);
  return parts.length > 0 ? `${reason.title} (${parts.join(', ')})` : reason.title;
}
