// Knows: which exit code a report has once the limits of a run are applied, and which one several reports have together.
// Must not know: how the report was made.
import { isAtLeast, isBelow, isWorking } from '../../doctor/formats/words.js';
import type { Grade, Report, Severity } from '../../doctor/report.js';
import { exits } from '../exits.js';

export interface Limits {
  readonly failOn: Severity | 'never';
  readonly minGrade?: Grade;
}

/** The report with the exit code, and of those that work the verdict, that these limits give it. */
export function limited(report: Report, { failOn, minGrade }: Limits): Report {
  if (!isWorking(report)) return report;
  const isFound = report.findings.some(({ severity }) => isAtLeast(severity, failOn));
  const isBad = isFound || (minGrade !== undefined && isBelow(report, minGrade));
  return { ...report, verdict: isBad ? 'findings' : 'good', exit: isBad ? exits.failed : exits.good };
}

const worst: readonly number[] = [
  exits.unreachable,
  exits.refused,
  exits.cut,
  exits.undecided,
  exits.failed,
  exits.good,
];

/** Of several targets the one that a person has to see first. */
export function exitOf(reports: readonly Report[]): number {
  return worst.find((code) => reports.some(({ exit }) => exit === code)) ?? exits.good;
}
