// Knows: how one request to one URL goes over HTTP/2: on a session that others may share, on another one when that refuses, and
// when it is left for HTTP/1.1. RFC 8441. Must not know: sockets, or what a failure means (`answers.ts`).
import type { Duplex } from 'node:stream';
import type { Connection } from '../connection/connection.js';
import type { RequestHead, ResponseHead } from '../handshake/head.js';
import { writeConnect } from '../handshake/write-request.js';
import { ask, type StreamExchanged, unanswered } from '../transport/http2-client.js';
import type { Reached, Target } from '../transport/http2-dialing.js';
import { H2_FAILURES } from '../transport/http2-failures.js';
import { pool } from '../transport/http2-pool.js';
import type { Session } from '../transport/http2-session.js';
import { noAnswer, type Outcome, refusedAnswer } from './answers.js';
import { askedOf, type Fallback, openOn, placeOf, type Visit, wayOf } from './visit.js';
import { type Wanted, wantedBy } from './wanted.js';

/** While a server restarts, a session may end or refuse a stream without a look at it: so often another one is tried. */
const MOST_REFUSALS = 2;

/** Why 'auto' goes on over HTTP/1.1. What is wrong with the network or the certificate is wrong there too. */
const FALLS_BACK: ReadonlySet<unknown> = new Set([
  H2_FAILURES.H2_NOT_CHOSEN,
  H2_FAILURES.H2_NOT_OFFERED,
  H2_FAILURES.H2_SESSION_FAILED,
]);

export async function visitOverHttp2(visit: Visit): Promise<Connection | Outcome | Fallback> {
  const { url, plan, patience, timings } = visit;
  const isAuto = plan.http === 'auto';
  const wanted = wantedBy(plan);
  const head = writeConnect({ ...wanted, ...askedOf(visit) });
  const way = wayOf(visit);
  const target: Target = { place: placeOf(url), tls: plan.tls, ...way, orHttp1: isAuto };
  for (let refusals = 0; ; ) {
    const reached = await pool.reach(target, patience, timings);
    if (!reached.ok) return isAuto ? orFallBack(reached) : reached;
    const session = reached.value;
    if (!session.hasRoom) {
      // Others who waited for it were faster; or it has ended already.
      if (session.isOver) refusals += 1;
      if (refusals > MOST_REFUSALS) return unanswered(session);
      continue;
    }
    const asked = await askOn(session, visit, way.proxy?.name, head, wanted);
    if (asked.kind === 'taken') return asked.value;
    if (asked.kind === 'refused') return refusedAnswer(asked.head, asked.body, wanted, url);
    const { rejection, cause, mayAskAgain, wantsHttp1 } = asked;
    if (wantsHttp1 && isAuto) return { fallback: rejection };
    if (refusals === MOST_REFUSALS || !mayAskAgain) return noAnswer(rejection, cause);
    session.retire();
    refusals += 1;
  }
}

function askOn(
  session: Session,
  visit: Visit,
  proxy: string | undefined,
  head: RequestHead,
  wanted: Wanted,
): Promise<StreamExchanged<Connection>> {
  const { plan, url, patience, timings } = visit;
  // RFC 8441 §5: https for wss, http for ws.
  const [scheme, alpn] =
    url.protocol === 'wss:' ? (['https', 'h2'] as const) : (['http', undefined] as const);
  const { address } = session;
  const take = (response: ResponseHead, duplex: Duplex) =>
    openOn(visit, { duplex, address, alpn, proxy }, head, response, wanted);
  return ask(session, { head, scheme, limits: plan.headLimits, take }, patience, timings);
}

function orFallBack(reached: Exclude<Reached, { ok: true }>): Outcome | Fallback {
  const { rejection, socket } = reached;
  return FALLS_BACK.has(rejection.reason) ? { fallback: rejection, socket } : reached;
}
