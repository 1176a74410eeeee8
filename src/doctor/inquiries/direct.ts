// Knows: what the same handshake gets past everything that stands in front (`--direct HOST:PORT`), and what that says of a cause.
// Must not know: how the causes were found. What flips with the way is the fault of what stands in it.
import { isAdvice } from '../../forensics/annotate.js';
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { isAnswered, isOpen, isReaction, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { auditOpening } from './opening.js';

/** The causes, once the direct way was tried; as they are when there is none, or when nobody answers there. */
export function* comparedWithDirect(
  own: Case,
  baseline: Observation,
  causes: readonly Finding[],
): Inquiry<readonly Finding[]> {
  const { direct } = own.target;
  if (direct === undefined || causes.length === 0) return causes;
  const probe = own.variant('direct', `directly to ${direct.host}:${direct.port}`, {});
  const route = { secure: false, host: direct.host, port: direct.port };
  const there = yield* ask({ ...probe, route });
  if (there.skipped !== undefined) return withStep(causes, there);
  if (!isAnswered(there)) return withStep(causes, there, 'nobody answers there');
  const isRight = isOpen(there) && auditOpening(there).every(isAdvice);
  if (!isRight)
    return isOpen(there) ? badOpening(own, baseline, there, causes) : sameThere(baseline, there, causes);
  const code = codeOf(own, baseline, causes[0]!);
  if (code === undefined) return withStep(causes, there, 'directly it opens');
  if (code === 'PROXY_UPGRADE_STRIPPED' && causes[0]!.confidence !== 'proven') {
    const plain = yield* ask({ ...own.variant('direct-plain', PLAIN, { upgrade: null }), route });
    if (!isReaction(plain)) return withStep(withStep(causes, there, 'directly it opens'), plain);
    if (!isSameAnswer(baseline, plain)) return ledElsewhere(own, causes, there, plain);
  }
  const steps = [...causes[0]!.steps, step(there, 'directly it opens')];
  const detail =
    'Past everything that stands in front the same handshake opens: what stands between changes it.';
  return [finding(code, { confidence: 'proven', detail, steps, hops: own.hopNames })];
}

const PLAIN = 'directly, no Upgrade';

/** Without its Upgrade the server there answers otherwise than we were answered: it need not be the one that answered us. */
function ledElsewhere(
  own: Case,
  causes: readonly Finding[],
  there: Observation,
  plain: Observation,
): readonly Finding[] {
  // Who takes upgrades there is attached there: it is the way that does not lead to it.
  const left = causes.filter(({ code }) => code !== 'HTTP_NO_UPGRADE_LISTENER');
  const { steps } = causes[0]!;
  const unrouted = () =>
    finding('ROUTE_PROXY_NOT_FOUND', { confidence: 'likely', steps, hops: own.hopNames });
  const opens = withStep(left.length > 0 ? left : [unrouted()], there, 'directly it opens');
  const all = withStep(opens, plain, 'not what we were answered');
  const detail =
    'Directly it opens, and without Upgrade it answers otherwise than here: what stands between leads to another server or path, or answers itself.';
  const decide = own.command('--reflect');
  return all.map((cause) => ({ ...cause, detail, confidence: 'likely' as const, decide }));
}

function withStep(causes: readonly Finding[], there: Observation, note?: string): readonly Finding[] {
  return causes.map((cause) => ({ ...cause, steps: [...cause.steps, step(there, note)] }));
}

/** What the way does, where it does it; undefined for what the direct way does not explain. */
function codeOf(own: Case, baseline: Observation, { code }: Finding): string | undefined {
  if (isOpen(baseline)) return /^(?:RESP|PROTO|EXT)_/.test(code) ? 'PROXY_HEADER_DROPPED' : undefined;
  if (/^ORIGIN_(?:REJECTED|HOST_MISMATCH)$/.test(code) && own.target.origin === own.target.ownOrigin)
    return 'ORIGIN_HOST_MISMATCH';
  if (code === 'ROUTE_PREFIX' || code === 'PROXY_CONNECTION_LOST' || code === 'PROXY_HEADER_DROPPED')
    return code;
  return UNREAD.has(code) ? 'PROXY_UPGRADE_STRIPPED' : undefined;
}

/** What an ordinary answer to a handshake is called when nothing else is known. */
const UNREAD: ReadonlySet<string> = new Set([
  'PROXY_UPGRADE_STRIPPED',
  'ROUTE_NOT_FOUND',
  'ROUTE_HTTP_200',
  'ROUTE_SPA_FALLBACK',
  'HTTP_NO_UPGRADE_LISTENER',
  'HTTP_STATUS',
]);

/** The server's own 101 is wrong: a proxy that refuses it is right, one that passes it on is not to blame. */
function badOpening(
  own: Case,
  baseline: Observation,
  there: Observation,
  causes: readonly Finding[],
): readonly Finding[] {
  if (isOpen(baseline)) return withStep(causes, there, 'directly the same');
  const fault = auditOpening(there).find((one) => !isAdvice(one))!;
  const detail = `Directly the server answers with a 101 that no proxy has to take: ${fault.reason.title} (${fault.reason.code}).`;
  const steps = [...causes[0]!.steps, step(there, fault.reason.code)];
  return [finding('PROXY_BAD_101', { confidence: 'proven', detail, steps, hops: own.hopNames })];
}

/** Refused there as well: what a proxy might have done is no candidate any more. */
function sameThere(
  baseline: Observation,
  there: Observation,
  causes: readonly Finding[],
): readonly Finding[] {
  const isSame = isSameAnswer(baseline, there) || statusOf(baseline) === statusOf(there);
  const own = isSame ? causes.filter(({ code }) => !code.startsWith('PROXY_')) : causes;
  const left = withStep(
    own.length > 0 ? own : causes,
    there,
    isSame ? 'directly the same' : 'directly another answer',
  );
  if (left.length !== 1 || !isSame) return left;
  const { decide: _, ...decided } = left[0]!;
  return [{ ...decided, confidence: decided.confidence === 'proven' ? 'proven' : 'strong' }];
}
