// Knows: whether an endpoint answers the same handshake alike. An answer that flips by chance proves nothing: before a flip is taken
// for a proof, the handshake is sent once more as it was. Must not know: what the flip was about.
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type ExchangeProbe, type Inquiry, type Observation } from '../observation.js';
import { isAnswered, isOpen, isReaction, statusOf } from '../reading.js';
import type { Finding } from '../report.js';

/** The causes of a handshake that failed; in place of them, that it does not always fail. */
export function* unlessUnsteady(
  own: Case,
  baseline: Observation,
  causes: readonly Finding[],
): Inquiry<readonly Finding[]> {
  const flip = flipOf(own, baseline, causes);
  if (flip === undefined) return causes;
  for (const probe of onceMore(own, baseline)) {
    const again = yield* ask(probe);
    if (!isReaction(again)) return causes;
    if (isOther(baseline, again)) return [unsteady(own, baseline, again)];
  }
  return causes;
}

export function unsteady(own: Case, baseline: Observation, again: Observation): Finding {
  const steps = [step(baseline), step(again, 'nothing was changed')];
  return finding('ROUTE_UNSTEADY', { confidence: 'proven', steps, hops: own.hopNames });
}

/** A probe of the argument that fared better than the handshake did. What is told apart by asking twice has asked twice. */
function flipOf(own: Case, baseline: Observation, [cause]: readonly Finding[]): Observation | undefined {
  const told = new Set(cause?.steps.map(({ probe }) => probe));
  const shown = own.seen.filter(({ id, probe }) => told.has(id) && probe.kind === 'exchange');
  if (shown.some(({ probe }) => probe.key === 'again')) return undefined;
  return shown.find((seen) => isSameWay(own, seen) && isBetter(baseline, seen));
}

/** Past a proxy other servers may answer. */
function isSameWay({ route }: Case, { probe }: Observation): boolean {
  return probe.kind === 'exchange' && probe.route.port === route.port && probe.route.secure === route.secure;
}

function isBetter(baseline: Observation, seen: Observation): boolean {
  if (!isAnswered(seen)) return false;
  return isOpen(seen) || ((!isAnswered(baseline) || statusOf(baseline) >= 500) && statusOf(seen) < 500);
}

/** Silence is waited for only once as long as it takes. */
const SILENCE_MS = 2000;

/** Twice, one right behind the other: two servers that take turns never both answer the same. */
function onceMore(own: Case, baseline: Observation): readonly ExchangeProbe[] {
  const first = own.variant('control', 'your handshake once more', {});
  if (baseline.trouble?.code === 'HTTP_NO_RESPONSE') return [{ ...first, headMs: SILENCE_MS }];
  return [first, own.variant('control-2', 'and once more', {})];
}

function isOther(baseline: Observation, again: Observation): boolean {
  if (isOpen(again)) return true;
  return !isAnswered(baseline) && isAnswered(again);
}
