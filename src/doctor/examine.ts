// Knows: the order of a diagnosis, stage by stage, and when a stage is left out. A fault found early does not end it where later stages
// can still run: people otherwise fix one thing a run. Must not know: the network; it yields probes and is given observations.

import { finding, step } from './findings.js';
import { conformance, unknownSubprotocol } from './inquiries/conformance.js';
import { deviantFrames, deviantRequests, halfAHead } from './inquiries/deviant-frames.js';
import { comparedWithDirect } from './inquiries/direct.js';
import { idle } from './inquiries/idle.js';
import { opened } from './inquiries/opening.js';
import { origins } from './inquiries/origins.js';
import { browserRules, isSendable, localNetwork } from './inquiries/page.js';
import { reach } from './inquiries/reach.js';
import { reflected } from './inquiries/reflected.js';
import { refused } from './inquiries/refusal.js';
import { judgeSession } from './inquiries/session.js';
import { unanswered } from './inquiries/silence.js';
import { unlessUnsteady } from './inquiries/steady.js';
import { hsts, http2, oldTls, plainTwin, pool, tellBaseline } from './inquiries/surroundings.js';
import { Case, respondentOf } from './inquiry.js';
import type { Inquiry, Observation } from './observation.js';
import { answerLine, bodyOf, isAnswered, isOpen, resultOf } from './reading.js';
import type { Finding } from './report.js';
import type { Target } from './target.js';

/** So many connections may a healthy run open; what is only nice to know is left out before. */
const HEALTHY_CONNECTIONS = 11;
const MAX_POOL = 3;
/** A stack trace of Node, Python, Java or Go. */
const TRACE = /^\s+at .+[:(]\d+(?::\d+)?\)?$|Traceback \(most recent call last\)|^goroutine \d+ \[/m;

/** The whole diagnosis of one target. `token` is what a mounted reflection wants to see. */
export function* examine(target: Target, startedAt: string, token = ''): Inquiry<Case> {
  const own = new Case(target, startedAt);
  yield* counted(own, whole(own, token));
  return own;
}

/** Passes probes on, and keeps what came of them. */
function* counted(own: Case, inquiry: Inquiry<void>): Inquiry<void> {
  let next = inquiry.next([]);
  while (!next.done) {
    const seen = yield next.value;
    own.seen.push(...seen);
    next = inquiry.next(seen);
  }
}

function* whole(own: Case, token: string): Inquiry<void> {
  if (!isSendable(own)) return;
  yield* browserRules(own);
  const baseline = yield* reach(own);
  localNetwork(own);
  if (baseline === undefined || baseline.skipped !== undefined) return;
  own.respondent = respondentOf(baseline);
  if (isOpen(baseline)) yield* openedWell(own, baseline, token);
  else yield* notOpened(own, baseline, token);
}

function* notOpened(own: Case, baseline: Observation, token: string): Inquiry<void> {
  if (TRACE.test(bodyOf(baseline))) {
    const detail = 'The refusal shows a stack trace or a path of the server.';
    own.findings.push(
      finding('SEC_VERBOSE_ERROR', {
        confidence: 'proven',
        severity: 'warn',
        detail,
        steps: [step(baseline)],
      }),
    );
  }
  const ms = baseline.times.headMs;
  const text = isAnswered(baseline) ? answerLine(baseline) : resultOf(baseline);
  own.stage({
    stage: 'upgrade',
    name: 'Upgrade',
    mark: 'bad',
    text,
    probes: [baseline.id],
    ...(ms !== undefined && { ms }),
  });
  const onTheWay = yield* reflectedFaults(own, token);
  const isHostAlone = onTheWay.length > 0 && onTheWay.every(({ code }) => code === 'PROXY_HOST_REWRITTEN');
  if (isHostAlone) return yield* withOtherHost(own, baseline, onTheWay);
  if (onTheWay.length > 0) return void own.causes.push(...onTheWay);
  const causes = isAnswered(baseline) ? yield* refused(own, baseline) : yield* unanswered(own, baseline);
  const steady = yield* unlessUnsteady(own, baseline, causes);
  own.causes.push(...(steady === causes ? yield* comparedWithDirect(own, baseline, causes) : steady));
}

/** Another Host breaks no handshake by itself; a server that compares it with the Origin refuses everybody. */
function* withOtherHost(own: Case, baseline: Observation, onTheWay: readonly Finding[]): Inquiry<void> {
  const causes = isAnswered(baseline) ? yield* refused(own, baseline) : yield* unanswered(own, baseline);
  if (!causes[0]?.code.startsWith('ORIGIN_')) return void own.causes.push(...onTheWay, ...causes);
  own.findings.push(...onTheWay);
  const { steps } = causes[0];
  const detail = `The server compares the Origin with a Host that was rewritten on the way: ${onTheWay[0]!.detail}`;
  own.causes.push(
    finding('ORIGIN_HOST_MISMATCH', {
      confidence: 'proven',
      detail,
      steps: [...steps, ...onTheWay[0]!.steps],
      hops: own.hopNames,
    }),
  );
}

function* openedWell(own: Case, baseline: Observation, token: string): Inquiry<void> {
  const invalid = yield* opened(own, baseline);
  const onTheWay = yield* reflectedFaults(own, token);
  if (invalid.length > 0) {
    const causes = onTheWay.length > 0 ? onTheWay : yield* comparedWithDirect(own, baseline, invalid);
    return void own.causes.push(...causes);
  }
  own.findings.push(...onTheWay.map((fault) => ({ ...fault, severity: 'warn' as const })));
  own.ran.add('upgrade');
  tellBaseline(own, baseline);
  const broken = judgeSession(own, baseline);
  own.causes.push(...broken);
  // A reflection in the place of the application says nothing about the application.
  if (broken.length > 0 || own.target.reflect === 'backend') return;
  yield* conformance(own);
  yield* origins(own);
  yield* aroundIt(own);
  if (own.target.idleMs !== undefined) own.causes.push(...(yield* idle(own, own.target.idleMs)));
  if (!own.target.own) return;
  yield* deviantRequests(own);
  yield* deviantFrames(own);
  yield* halfAHead(own);
}

function* reflectedFaults(own: Case, token: string): Inquiry<readonly Finding[]> {
  return own.target.reflect === undefined ? [] : ((yield* reflected(own, token)) ?? []);
}

function* aroundIt(own: Case): Inquiry<void> {
  const left = () => HEALTHY_CONNECTIONS - own.seen.reduce((sum, { connections }) => sum + connections, 0);
  for (const inquiry of own.target.secure ? [http2, oldTls, plainTwin, hsts] : [])
    if (left() > 0) yield* inquiry(own);
  const others = own.otherAddresses.slice(0, MAX_POOL);
  yield* pool(own, others.slice(0, Math.max(0, left())));
  if (left() > 0) yield* unknownSubprotocol(own);
}
