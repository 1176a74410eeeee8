// Knows: why a server that has read the Upgrade refuses this very handshake without a status that says so.
// Must not know: requests that nobody read (`unread.ts`).
import { finding, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import type { Inquiry, Observation } from '../observation.js';
import { bodyLine, bodyOf, isSameAnswer, statusOf } from '../reading.js';
import type { Finding } from '../report.js';
import { bisect, wantsSubprotocol } from './bisect.js';
import type { Controlled } from './controls.js';
import { damage, versionsOf, WORDLESS } from './server-words.js';

export function* turnedDown(own: Case, seen: Controlled): Inquiry<readonly Finding[]> {
  const { baseline, plain, canary } = seen;
  const words = bodyOf(baseline).trim();
  const steps = [
    step(baseline, bodyLine(baseline)),
    step(plain, bodyLine(plain)),
    step(canary, versionsOf(canary) ?? bodyLine(canary)),
  ];
  const damaged = damage(words);
  if (damaged !== undefined) {
    const [code, detail] = damaged;
    return [finding(code, { confidence: 'strong', detail, steps, hops: own.hopNames })];
  }
  const listed = versionsOf(baseline);
  if (listed !== undefined && !/\b13\b/.test(listed)) {
    return [
      finding('ROUTE_VERSION', {
        confidence: 'proven',
        detail: `It speaks ${listed}, not 13.`,
        steps,
        hops: own.hopNames,
      }),
    ];
  }
  if (
    statusOf(baseline) === 200 &&
    bodyOf(baseline) === '' &&
    own.proxies.some(({ name }) => name === 'caddy')
  ) {
    // Measured with Caddy 2.6: what is no right 101 becomes an empty 200.
    const detail =
      'Caddy answers 200 without a body where the server behind it sent a 101 that it does not take.';
    return [finding('PROXY_BAD_101', { confidence: 'strong', detail, steps, hops: own.hopNames })];
  }
  const bisected = yield* bisect(own, baseline, steps);
  if (bisected !== undefined) return [bisected];
  if (statusOf(baseline) === 426 && isSameAnswer(baseline, plain)) {
    return [
      finding('PROXY_UPGRADE_STRIPPED', {
        confidence: 'strong',
        detail: 'It asks for the Upgrade that we sent.',
        steps,
        hops: own.hopNames,
      }),
    ];
  }
  const wanted = wantsSubprotocol(own, baseline, steps);
  if (wanted !== undefined) return [wanted];
  if (statusOf(baseline) === 400 && WORDLESS.test(words)) {
    const detail =
      'A WebSocket server read the Upgrade and says nothing but 400, whatever is left out: most likely the path is not one of its own.';
    return [finding('ROUTE_NOT_FOUND', { confidence: 'likely', detail, steps, hops: own.hopNames })];
  }
  return [elsewhere(own, baseline, steps)];
}

/** What a status alone is called. */
export function codeOfStatus(status: number): string {
  return BY_STATUS.get(status) ?? 'HTTP_STATUS';
}

const BY_STATUS: ReadonlyMap<number, string> = new Map([
  [200, 'ROUTE_HTTP_200'],
  [404, 'ROUTE_NOT_FOUND'],
  [405, 'ROUTE_METHOD'],
]);

function elsewhere(own: Case, baseline: Observation, steps: Finding['steps']): Finding {
  const status = statusOf(baseline);
  const code = codeOfStatus(status);
  const words = bodyLine(baseline, 120);
  const detail = `Something read the Upgrade and answered ${status}${words === '' ? '' : `: ${words}`}.`;
  return finding(code, {
    confidence: code === 'HTTP_STATUS' ? 'possible' : 'likely',
    detail,
    steps,
    hops: own.hopNames,
  });
}
