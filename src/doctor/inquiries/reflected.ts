// Knows: what came of the request on its way, from a backend that sends it back: the two-sided proof.
// Must not know: how a reflection is made or compared; forensics/ does.

import { properName } from '../../forensics/program-names.js';
import { REFLECT_FIELD, type Reflection, readReflection } from '../../forensics/reflection.js';
import { compareReflection } from '../../forensics/reflection-diff.js';
import type { HopSeen } from '../../forensics/respondents.js';
import { type FindingParts, finding, remark, step } from '../findings.js';
import type { Case } from '../inquiry.js';
import { ask, type Inquiry, type Observation } from '../observation.js';
import { bodyOf } from '../reading.js';
import type { Finding } from '../report.js';
import { firstText } from './frameworks.js';

/** The faults that the path made, worst first; undefined when nobody reflects. */
export function* reflected(own: Case, token: string): Inquiry<readonly Finding[] | undefined> {
  const extra = token === '' ? [] : [[REFLECT_FIELD, token] as const];
  const seen = yield* ask(
    own.variant('reflect', 'your handshake, to be reflected', { extra }, { listenMs: 500, pings: 0 }),
  );
  const reflection = readReflection(firstText(seen)) ?? readReflection(bodyOf(seen));
  if (reflection === undefined || seen.probe.kind !== 'exchange') {
    own.stage({
      stage: 'reflect',
      name: 'Reflect',
      mark: 'warn',
      text: 'nobody at the far end reflects',
      probes: [seen.id],
    });
    return undefined;
  }
  return compared(own, seen, seen.probe.request, reflection);
}

function compared(own: Case, seen: Observation, sent: string, reflection: Reflection): readonly Finding[] {
  const { lines, findings, hop } = compareReflection(sent, reflection);
  own.reflected = lines;
  const changed = [...new Set(findings.map(({ field }) => field))].join(', ');
  const text =
    findings.length === 0
      ? 'the request reaches the backend as it was sent'
      : `the request reaches the backend changed: ${changed}`;
  own.stage({
    stage: 'reflect',
    name: 'Reflect',
    mark: findings.length === 0 ? 'good' : 'bad',
    text,
    probes: [seen.id],
  });
  const hops = [...(hop === undefined ? [] : [hop.name]), ...own.hopNames];
  const codes = findings.map(({ code }) => code);
  const all = findings.map(({ code, field, sent: was, seen: is }) =>
    finding(code, {
      confidence: 'proven',
      severity: HARMLESS.has(code) ? 'note' : isSlight(code, codes) ? 'warn' : 'error',
      headline: `${field} ${is === undefined ? 'does not reach the backend' : 'reaches the backend changed'}`,
      ...hopRemarks(own, hop),
      steps: [step(seen), remark(`sent  ${was}`), remark(`seen  ${is ?? '(removed)'}`)],
      hops,
    }),
  );
  own.findings.push(...all.filter(({ severity }) => severity !== 'error'));
  return all.filter(({ severity }) => severity === 'error');
}

/** What is only worth a word beside the rest: another Host breaks no handshake by itself, and no Upgrade needs HTTP/1.1. */
function isSlight(code: string, all: readonly string[]): boolean {
  if (code === 'PROXY_HTTP10_UPSTREAM') return all.includes('PROXY_UPGRADE_STRIPPED');
  return code === 'PROXY_HOST_REWRITTEN' && all.some((other) => other !== code && !HARMLESS.has(other));
}

/** The proxy in front of the backend: by the request that arrived, and its version by the answer. */
function hopRemarks(own: Case, hop: HopSeen | undefined): Partial<FindingParts> {
  if (hop === undefined) return {};
  const version = own.hops.find(({ name }) => name === hop.name)?.version;
  const name = [properName(hop.name), version].filter(Boolean).join('/');
  return { remarks: [{ label: 'Hop', text: `${name} forwarded the request (${hop.tell})` }] };
}

/** Names in other letters break nobody but embedded peers. */
const HARMLESS: ReadonlySet<string> = new Set(['PROXY_HEADER_CASE']);
