// Knows: which exit code a report has once the limits of a run are applied, and which one several reports have together.
// Must not know: how the report was made.
import { isAtLeast } from '../../doctor/formats/words.js';
import type { Grade, Report, Severity } from '../../doctor/report.js';
import { exits } from '../exits.js';

export interface Limits {
  readonly failOn: Severity | 'never';
  readonly minGrade?: Grade;
}

/** From worst to best. T is below all: nothing is known about an endpoint behind a certificate that is not trusted. */
const order: readonly (Grade | null)[] = [null, 'T', 'F', 'D', 'C', 'B', 'A-', 'A', 'A+'];

/** The report with the exit code, and of those that work the verdict, that these limits give it. */
export function limited(report: Report, { failOn, minGrade }: Limits): Report {
  if (report.verdict !== 'good' && report.verdict !== 'findings') return report;
  const isFound = report.findings.some(({ severity }) => isAtLeast(severity, failOn));
  const isBelow = minGrade !== undefined && order.indexOf(report.grade) < order.indexOf(minGrade);
  return {
    ...report,
    verdict: isFound || isBelow ? 'findings' : 'good',
    exit: isFound || isBelow ? exits.failed : exits.good,
  };
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
