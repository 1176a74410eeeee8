// Knows: reports as JUnit's XML: a suite for each stage and for the grade, a case for each check, also those that passed and were
// skipped. Must not know: which findings and grades break a build but what it is told. XML 1.0 §2.4.
import { properName } from '../../forensics/program-names.js';
import type { Finding, Grade, Report, Severity, StageLine } from '../report.js';
import { type Checked, checked, stageName } from './checks.js';
import { clean } from './clean.js';
import { codeText, gradeText, headlineOf, isAtLeast, isBelow, isWorking } from './words.js';

export interface JUnitOptions {
  /** Findings so bad fail their case; causes always do. Default `error`. */
  readonly failOn?: Severity | 'never';
  /** A worse grade fails the case `grade`, and so does the lack of one where the endpoint works. Default: no grade fails. */
  readonly minGrade?: Grade;
}

interface Case {
  readonly name: string;
  readonly failure?: { readonly type: string; readonly message: string; readonly text: string };
  readonly skipped?: string;
  readonly output?: string;
}

interface Suite {
  readonly name: string;
  readonly seconds: number;
  readonly cases: readonly Case[];
}

/** `options`: the same for all reports, or a list with those of each. */
export function junit(
  reports: readonly Report[],
  options: JUnitOptions | readonly JUnitOptions[] = {},
): string {
  const suites = reports.flatMap((report, at) => {
    const { failOn = 'error', minGrade } = (isList(options) ? options[at] : options) ?? {};
    const shown = clean(report);
    return [...suitesOf(shown, failOn), gradeSuite(shown, minGrade)];
  });
  const total = totals(suites.flatMap(({ cases }) => cases));
  const body = suites.map(suiteText).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="handfast doctor"${total}>\n${body}</testsuites>\n`;
}

function isList(options: JUnitOptions | readonly JUnitOptions[]): options is readonly JUnitOptions[] {
  return Array.isArray(options);
}

function suitesOf(report: Report, failOn: Severity | 'never'): Suite[] {
  const checks = checked(report);
  const stages = [
    ...new Set([...checks.map(({ check }) => check.stage), ...report.stages.map(({ stage }) => stage)]),
  ];
  return inOrder(stages, report).map((stage) => {
    const line = report.stages.find((each) => each.stage === stage);
    const cases = checks
      .filter(({ check }) => check.stage === stage)
      .map((each) => caseOf(each, line, report.causes, failOn));
    return {
      name: `${report.target} · ${stageName(stage)}`,
      seconds: (line?.ms ?? 0) / 1000,
      cases: [...cases, ...(stage === 'clients' ? clientCases(report) : []), ...lineCase(line, cases)],
    };
  });
}

/** Where the handshake failed there is no grade, and that has failed a case already. */
function gradeSuite(report: Report, minGrade: Grade | undefined): Suite {
  const { target, grade, gradeReason } = report;
  const text = `${gradeText(report)}: ${gradeReason}`;
  const isFailed =
    minGrade !== undefined && isBelow(report, minGrade) && (grade !== null || isWorking(report));
  const failure = { type: 'grade', message: `grade ${text}; the least is ${minGrade}`, text: '' };
  const result = isFailed ? { failure } : grade === null ? { skipped: gradeReason } : { output: text };
  return { name: `${target} · Grade`, seconds: 0, cases: [{ name: 'grade', ...result }] };
}

/** The stages as the report has them, then those that it does not have. */
function inOrder(stages: readonly string[], report: Report): string[] {
  const order = report.stages.map(({ stage }) => stage);
  const at = (stage: string) => (order.includes(stage) ? order.indexOf(stage) : order.length);
  return stages.toSorted((one, other) => at(one) - at(other));
}

function caseOf(
  { check, state, findings }: Checked,
  line: StageLine | undefined,
  causes: readonly Finding[],
  failOn: Severity | 'never',
): Case {
  if (state === 'skipped')
    return { name: check.name, skipped: line?.text || 'not reached, or not asked for' };
  const failing = findings.filter((each) => causes.includes(each) || isAtLeast(each.severity, failOn));
  const output = findings.map(evidenceText).join('\n\n');
  const [first] = failing;
  return {
    name: check.name,
    ...(first !== undefined && {
      failure: {
        type: first.code,
        message: failing
          .map((each) => `${headlineOf(each)} (${codeText(each)}, ${each.confidence})`)
          .join('; '),
        text: failing.map(({ fix }) => fix).join('\n'),
      },
    }),
    ...(output !== '' && { output }),
  };
}

/** A stage that failed without a finding of its own must not look as if it had passed. */
function lineCase(line: StageLine | undefined, cases: readonly Case[]): Case[] {
  if (line === undefined) return [];
  const isTold = cases.some(({ failure }) => failure !== undefined);
  const name = `stage.${line.stage}`;
  if (line.mark === 'bad' && !isTold)
    return [{ name, failure: { type: 'stage', message: line.text, text: '' } }];
  return cases.length > 0
    ? []
    : [{ name, ...(line.mark === 'skip' && { skipped: line.text }), output: line.text }];
}

function clientCases({ clients }: Report): Case[] {
  return clients.map(({ client, version, outcome, code = outcome, message }) => {
    const text = message ?? code;
    const failure =
      outcome === 'accepts' ? undefined : { type: code, message: `${properName(client)} ${outcome}`, text };
    return { name: `client.${client}.${version}`, ...(failure !== undefined && { failure }) };
  });
}

function evidenceText({ code, steps, detail }: Finding): string {
  const lines = steps.map(({ probe, asked, answered, note = '' }) =>
    [probe, asked, answered, note].filter(Boolean).join('  '),
  );
  return [code, ...lines, detail].filter(Boolean).join('\n');
}

function suiteText({ name, seconds, cases }: Suite): string {
  const body = cases.map((each) => caseText(name, each)).join('');
  return `  <testsuite${attributes({ name })}${totals(cases)} time="${seconds.toFixed(3)}">\n${body}  </testsuite>\n`;
}

function totals(cases: readonly Case[]): string {
  const failures = cases.filter(({ failure }) => failure !== undefined).length;
  const skipped = cases.filter((each) => each.skipped !== undefined).length;
  return ` tests="${cases.length}" failures="${failures}" errors="0" skipped="${skipped}"`;
}

function caseText(classname: string, { name, failure, skipped, output }: Case): string {
  const parts = [
    failure &&
      `      <failure${attributes({ message: failure.message, type: failure.type })}>${escaped(failure.text)}</failure>\n`,
    skipped === undefined ? '' : `      <skipped${attributes({ message: skipped })}/>\n`,
    output === undefined ? '' : `      <system-out>${escaped(output)}</system-out>\n`,
  ].filter(Boolean);
  const open = `    <testcase${attributes({ classname, name })} time="0"`;
  return parts.length === 0 ? `${open}/>\n` : `${open}>\n${parts.join('')}    </testcase>\n`;
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(value).replaceAll('\n', '&#10;')}"`)
    .join('');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
