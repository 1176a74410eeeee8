// Knows: what an answer that did not open a connection means: its rejection, and the error that a caller gets, without secrets.
// Must not know: how the answer came. RFC 6455 §4.1, RFC 9110 §10.2.3.
import { HandshakeError, type Timings } from '../errors.js';
import type { ResponseHead } from '../handshake/head.js';
import { reasonOfRefusal, responseReasons } from '../handshake/rejections.js';
import { isOpening } from '../handshake/response.js';
import { printable, type Rejection } from '../reason.js';
import { FAILURES } from '../transport/failures.js';
import { type Asked, nextStep } from './next-step.js';
import type { Secrets } from './secrets.js';
import { judgeAnswer, type Wanted } from './wanted.js';

/** So much of a URL is shown. */
const SHOWN_URL = 2048;

/** What came of one request that opened nothing. */
export interface Outcome {
  readonly rejection: Rejection;
  readonly head?: ResponseHead;
  readonly body?: Buffer;
  readonly cause?: unknown;
}

/** Why an answer was not taken. */
export function refusedAnswer(head: ResponseHead, body: Buffer, wanted: Wanted, url: URL): Outcome {
  if (isOpening(head)) {
    const judged = judgeAnswer(head, wanted);
    if (!judged.ok) return { rejection: judged.rejection, head };
  }
  const text = body.toString('utf8');
  const rejection =
    tlsPage(head, text) ?? reasonOfRefusal(head.status, head.fields, text, url.href, head.carrier);
  return { rejection, head, body };
}

/** No answer, or octets that are none. */
export function noAnswer(rejection: Rejection, cause: unknown): Outcome {
  const { seen = '' } = rejection.evidence;
  // RFC 8446 §5.1: a record of type 21 is an alert: the server took our request for a broken TLS greeting.
  const isAlert = rejection.reason === responseReasons.HTTP_NOT_HTTP && seen.startsWith('15 03');
  return { rejection: isAlert ? { ...rejection, reason: FAILURES.TLS_MISSING } : rejection, cause };
}

const PAGES: readonly [RegExp, Rejection['reason']][] = [
  // nginx; Apache; Go.
  [/plain HTTP request was sent to HTTPS port/, FAILURES.TLS_MISSING],
  [/speaking plain HTTP to an SSL-enabled server port/, FAILURES.TLS_MISSING],
  [/Client sent an HTTP request to an HTTPS server/, FAILURES.TLS_MISSING],
  [/No required SSL certificate was sent/, FAILURES.TLS_CLIENT_CERT],
];

/** Servers that answer 400 to what TLS should have settled say so in their page. */
function tlsPage({ status }: ResponseHead, body: string): Rejection | undefined {
  const page = status === 400 ? PAGES.find(([pattern]) => pattern.test(body)) : undefined;
  return page && { reason: page[1], evidence: { field: 'status', seen: '400 and a page that says so' } };
}

/** What the caller gets to know. */
export function errorOf(outcome: Outcome, asked: Asked, timings: Timings, secrets: Secrets): HandshakeError {
  const { rejection, head, body, cause } = outcome;
  const retryAfterSeconds = head && retryAfter(head);
  const url = printable(secrets.hide(asked.url), SHOWN_URL);
  return new HandshakeError({
    reason: rejection.reason,
    evidence: secrets.hideIn(rejection.evidence),
    url,
    timings,
    next: nextStep(rejection.reason, { ...asked, url }),
    ...(head !== undefined && {
      carrier: head.carrier,
      status: head.status,
      headers: secrets.fields(head.fields),
    }),
    ...(body !== undefined && { body: printable(secrets.hide(body.toString('utf8')), body.length) }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
    ...(cause !== undefined && { cause }),
  });
}

/** RFC 9110 §10.2.3: seconds, or a date, which is turned into seconds from now. */
function retryAfter({ fields }: ResponseHead): number | undefined {
  const value = fields.get('retry-after');
  if (value === undefined) return undefined;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  const seconds = Math.ceil((Date.parse(value) - Date.now()) / 1000);
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds);
}
