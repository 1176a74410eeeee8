// Knows: the report as JSON (docs/doctor-report.schema.json) and how one is read back.
// Must not know: anything that is not in the report. Each finding has the problem fields of RFC 9457 that a server may answer with.
import { catalogue } from '../../catalogue.js';
import { reasonUrl } from '../../reason.js';
import type { Finding, Report } from '../report.js';
import { clean } from './clean.js';
import { evidenceOf, sentence } from './words.js';

/** The report as its schema has it: every string safe to print, every finding a problem document. */
export function jsonReport(report: Report): Record<string, unknown> {
  const { causes, findings, ...rest } = clean(report);
  return { ...rest, causes: causes.map(problem), findings: findings.map(problem) };
}

function problem(finding: Finding): Record<string, unknown> {
  const layer = catalogue.get(finding.code)?.layer;
  const { headline, ...rest } = finding;
  return {
    type: reasonUrl(finding.code),
    ...(layer !== undefined && { layer }),
    ...rest,
    // RFC 9457 §3.1.3: a title is the same for every occurrence.
    detail: [headline && sentence(headline), finding.detail].filter(Boolean).join(' '),
    evidence: evidenceOf(finding),
  };
}

/** Indented for people, or each on a line of its own. Either way a reader of JSON can take one after another. */
export function jsonText(reports: readonly Report[], form: 'indented' | 'line' = 'indented'): string {
  const space = form === 'indented' ? 2 : undefined;
  return reports.map((report) => `${JSON.stringify(jsonReport(report), undefined, space)}\n`).join('');
}

/** Reports that `jsonText` wrote, either way; a sentence where the text is something else. */
export function readReports(text: string): Report[] | string {
  const values = parsed(text);
  if (values === undefined) return 'it is not JSON';
  const known = values.filter(isReport);
  if (known.length < values.length || values.length === 0)
    return 'it is not a report of handfast doctor --json';
  return known.map((report) => clean(report));
}

function parsed(text: string): unknown[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [value];
  } catch {
    return lines(text);
  }
}

function lines(text: string): unknown[] | undefined {
  try {
    return text.split('\n').flatMap((line) => (line.trim() === '' ? [] : [JSON.parse(line) as unknown]));
  } catch {
    return undefined;
  }
}

/** As far as a comparison needs it. */
function isReport(value: unknown): value is Report {
  if (value === null || typeof value !== 'object') return false;
  const { schema, target, stages, causes, findings, exit } = value as Partial<Report>;
  const all = (list: unknown, has: (item: Record<string, unknown>) => boolean) =>
    Array.isArray(list) && list.every((item) => item !== null && typeof item === 'object' && has(item));
  return (
    schema === 'handfast-report/1' &&
    typeof target === 'string' &&
    typeof exit === 'number' &&
    all(stages, ({ stage, mark, text }) => [stage, mark, text].every((part) => typeof part === 'string')) &&
    [causes, findings].every((list) =>
      all(list, ({ code, title }) => typeof code === 'string' && typeof title === 'string'),
    )
  );
}
