// Knows: which part of the user's own handshake a server does not like: one is left out after the other until the answer flips.
// Must not know: why that part is not liked.
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyLine, bodyOf, isOpen, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

/** One thing of the user's handshake after the other is left out, until the answer flips. */
export function* bisect(
  own: Case,
  baseline: Observation,
  steps: Finding['steps'],
): Inquiry<Finding | undefined> {
  const { target } = own;
  const found = (code: string, flipped: Observation, detail: string) =>
    finding(code, { confidence: 'proven', detail, steps: [...steps, step(flipped)], hops: own.hopNames });
  if (target.subprotocols.length > 0) {
    const without = yield* ask(own.variant('no-subprotocol', 'no subprotocol', { subprotocols: [] }));
    if (isOpen(without))
      return found(
        'REQ_PROTO_SYNTAX',
        without,
        'Without the subprotocols that you offer it opens: it cannot take them.',
      );
  }
  if (target.deflate) {
    const without = yield* ask(own.variant('no-extension', 'no extension offered', { deflate: false }));
    if (isOpen(without))
      return found(
        'EXT_OFFER_REFUSED_400',
        without,
        'Without the offer to compress it opens. A server that does not like an offer has to decline it, not to refuse the handshake.',
      );
  }
  if (target.origin !== null) {
    const without = yield* ask(own.variant('origin-none', 'no Origin', { origin: null }));
    if (isOpen(without)) return found('ORIGIN_REJECTED', without, 'Without Origin it opens.');
  }
  if (target.cookie !== undefined || target.headers.length > 0) {
    const without = yield* ask(own.variant('bare', 'without your cookies and fields', { bare: true }));
    if (isOpen(without))
      return found(
        isLarge(baseline, without) && statusOf(baseline) === 400
          ? 'ROUTE_HEADERS_TOO_LARGE'
          : 'AUTH_TOKEN_INVALID',
        without,
        'Without your cookies and fields it opens.',
      );
  }
  return undefined;
}

/** The smallest limits of usual servers are at 4 KiB. What was sent is counted: a recording has no secrets any more. */
function isLarge(baseline: Observation, without: Observation): boolean {
  return baseline.bytesOut - without.bytesOut >= 4096;
}

/** The reverse: nothing of it was offered, and the server wants something. */
export function wantsSubprotocol(
  own: Case,
  baseline: Observation,
  steps: Finding['steps'],
): Finding | undefined {
  if (own.target.subprotocols.length > 0 || !/subprotocol|Sec-WebSocket-Protocol/i.test(bodyOf(baseline)))
    return undefined;
  return finding('PROTO_REQUIRED', {
    confidence: 'strong',
    detail: `It wants a subprotocol: ${bodyLine(baseline, 120)}`,
    steps,
  });
}
