// Knows: the handshake and the two requests that tell whether anybody read it: one without Upgrade, one of a version that does not exist.
// Must not know: what follows from them.
import { step } from '../findings.js';
import type { Observation } from '../observation.js';
import { bodyLine } from '../reading.js';
import type { Step } from '../report.js';

/** The handshake and its two controls. */
export interface Controlled {
  readonly baseline: Observation;
  readonly plain: Observation;
  readonly canary: Observation;
}

const PAST = 'the same: it read no version either';

/** Where both got the same answer. */
export function alikeSteps({ baseline, plain, canary }: Controlled, note = PAST): readonly Step[] {
  return [step(baseline, bodyLine(baseline)), step(plain, 'the same'), step(canary, note)];
}
