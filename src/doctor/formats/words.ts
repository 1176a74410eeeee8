// Knows: the few sentences that every output of a report has in common: who answered, who accepts, the grade, the budget.
// Must not know: which output it is. Nothing here is escaped for one.
import type { ClientVerdict } from '../../forensics/clients.js';
import { properName } from '../../forensics/program-names.js';
import type { HopSeen, Respondent } from '../../forensics/respondents.js';
import type { Finding, Grade, Report, Severity } from '../report.js';

export function hopText({ name, version }: HopSeen): string {
  const proper = libraries[name] ?? properName(name);
  return version === undefined ? proper : `${proper}/${version}`;
}

/** Libraries whose own name says nothing to whoever does not know them. */
const libraries: Readonly<Record<string, string>> = { ws: 'Node ws', websockets: 'Python websockets' };

/** `Node ws behind nginx/1.22.1 (text "Upgrade Required")`. */
export function respondentText({ hops, confidence }: Respondent): string {
  const author = hops.findLast((hop) => hop.wrote) ?? hops.at(-1);
  if (author === undefined) return '';
  const before = hops.slice(0, hops.indexOf(author)).map(hopText);
  const behind = before.length === 0 ? '' : ` behind ${before.join(', then ')}`;
  const told = [author.tell, confidence === 'strong' ? '' : confidence].filter(Boolean).join('; ');
  return `${hopText(author)}${behind}${told === '' ? '' : ` (${told})`}`;
}

/** `Deno · refuse: Chrome Firefox`; empty where nobody was asked. */
export function clientsText(clients: readonly ClientVerdict[]): string {
  const those = (outcome: ClientVerdict['outcome']) =>
    clients.filter((client) => client.outcome === outcome).map(({ client }) => properName(client));
  const [accepting, refusing, hanging] = [those('accepts'), those('refuses'), those('hangs')];
  return [
    accepting.length > 0 ? accepting.join(' ') : clients.length > 0 ? 'none' : '',
    refusing.length > 0 ? `refuse: ${refusing.join(' ')}` : '',
    hanging.length > 0 ? `hang: ${hanging.join(' ')}` : '',
  ]
    .filter(Boolean)
    .join(' · ');
}

/** What is the matter, without a full stop: with this very endpoint where that is known. */
export function headlineOf({ headline, title }: Finding): string {
  return headline ?? title;
}

/** With its full stop. */
export function sentence(title: string): string {
  return /[.!?…]$/.test(title) ? title : `${title}.`;
}

/** `RESP_ACCEPT_WRONG / WRONG_GUID`. */
export function codeText({ code, subcause }: Finding): string {
  return subcause === undefined ? code : `${code} / ${subcause}`;
}

/** True where the causes are candidates, and something decides between them; otherwise one stands behind another. */
export function isUndecided(causes: readonly Finding[]): boolean {
  return causes.length > 1 && causes[0]?.decide !== undefined;
}

/** All causes and how sure the first is: `A or B · likely`. */
export function causesText(causes: readonly Finding[]): string {
  const [first] = causes;
  if (first === undefined) return '';
  return `${causes.map(codeText).join(isUndecided(causes) ? ' or ' : ', ')} · ${first.confidence}`;
}

/** The probes that a finding rests on. */
export function evidenceOf({ steps }: Finding): string[] {
  return [...new Set(steps.map(({ probe }) => probe).filter((probe) => /^p\d+$/.test(probe)))];
}

export function gradeText({ grade, gradeIfTrusted }: Report): string {
  if (grade === null) return 'none';
  return gradeIfTrusted === undefined ? grade : `${grade} (${gradeIfTrusted} if trust is ignored)`;
}

/** `6 connections, 2.3 KB sent`. */
export function budgetText({ connections, bytesOut }: Report['budget']): string {
  return `${connections} ${connections === 1 ? 'connection' : 'connections'}, ${(bytesOut / 1000).toFixed(1)} KB sent`;
}

/** `28 ms`, `3.4 s`, `124 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 10_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`;
}

const severities: readonly Severity[] = ['note', 'warn', 'error'];

/** True for a finding that is as bad as `limit`, or worse. */
export function isAtLeast(severity: Severity, limit: Severity | 'never'): boolean {
  return limit !== 'never' && severities.indexOf(severity) >= severities.indexOf(limit);
}

/** From worst to best. T is below all: nothing is known about an endpoint behind a certificate that is not trusted. */
const grades: readonly Report['grade'][] = [null, 'T', 'F', 'D', 'C', 'B', 'A-', 'A', 'A+'];

/** True for a report that has a worse grade than `least`, or none. */
export function isBelow({ grade }: Report, least: Grade): boolean {
  return grades.indexOf(grade) < grades.indexOf(least);
}

/** Whether it opens and stays open: what is left to say is how good it is. */
export function isWorking({ verdict }: Report): boolean {
  return verdict === 'good' || verdict === 'findings';
}

/** What a report says in one word or two, for titles. */
export const verdicts: Readonly<Record<Report['verdict'], string>> = {
  good: 'works',
  findings: 'works, with findings',
  'handshake-refused': 'the handshake is refused',
  'handshake-invalid': 'the handshake is invalid',
  unreachable: 'not reachable',
  undecided: 'undecided',
  cut: 'opened, then cut',
};
