// Knows: how a cause is told (what I saw, who answered, what to do, where to read more), and the findings beside it.
// Must not know: how anything was found. The voice is the first person's, one cause at a time.
import { fixesFor } from '../../doctor/formats/fixes.js';
import {
  causesText,
  clientsText,
  codeText,
  evidenceOf,
  properName,
  respondentText,
} from '../../doctor/formats/words.js';
import type { Finding, Report } from '../../doctor/report.js';
import type { Mark } from '../../forensics/annotate.js';
import type { Terminal } from '../terminal.js';
import { bothEnds, type Row, rows, stepTable } from './layout.js';
import { reflectedTable } from './reflected.js';

/** The cause; where there are several candidates, the likeliest in full, the others in a line, and what decides. */
export function causeText(
  terminal: Terminal,
  report: Report,
  also: readonly Finding[],
  fix?: string,
): string {
  const [cause, ...others] = report.causes;
  if (cause === undefined) return '';
  return [
    bothEnds(terminal, sentence(cause.title), causesText(report.causes), { left: 'strong', right: 'bad' }),
    argument(terminal, cause, 4),
    report.reflected === undefined ? '' : reflectedTable(terminal, report.reflected),
    rows(terminal, causeRows(report, cause, others, also, fix)),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** The steps, and what follows from them. */
function argument(terminal: Terminal, { steps, detail }: Finding, indent: number): string {
  return [
    steps.length === 0 ? '' : stepTable(terminal, steps, indent),
    detail === '' ? '' : block(terminal, detail, indent),
  ]
    .filter(Boolean)
    .join('\n');
}

function block(terminal: Terminal, text: string, indent: number): string {
  return terminal
    .wrap(text, terminal.width - indent)
    .map((line) => ' '.repeat(indent) + line)
    .join('\n');
}

function causeRows(
  report: Report,
  cause: Finding,
  others: readonly Finding[],
  also: readonly Finding[],
  fix?: string,
): Row[] {
  const { respondent, clients } = report;
  const remarks = cause.remarks ?? [];
  const isSplit = clients.some(({ outcome }) => outcome !== 'accepts');
  return [
    ...others.map((other) => ({
      label: 'Or',
      text: [`${codeText(other)}: ${sentence(other.title)}`, other.detail].join(' ').trim(),
    })),
    { label: 'To decide', text: '', lines: cause.decide?.split('\n') ?? [] },
    { label: 'Who answered', text: respondent === undefined ? '' : respondentText(respondent) },
    { label: 'Who accepts', text: isSplit ? clientsText(clients) : '' },
    ...remarks.filter(({ label }) => label !== 'Note'),
    ...fixRows(cause, report, fix),
    ...remarks.filter(({ label }) => label === 'Note'),
    { label: 'Also', text: also.map((other) => `${codeText(other)}: ${sentence(other.title)}`).join('\n') },
    { label: 'More', text: `handfast explain ${cause.code}` },
  ];
}

/** `Do this`: the sentence, then the lines for the programs on the path. */
function fixRows(finding: Finding, report: Report, which?: string): Row[] {
  const { shown, others } = fixesFor(finding, report, which);
  const recipes = shown.map(({ hop, text, lines }, at) => ({
    label: '',
    text: [shown[at - 1]?.hop === hop ? '' : `${properName(hop)}:`, text].filter(Boolean).join(' '),
    lines,
  }));
  const more = others.length === 0 ? '' : `Lines for ${others.map(properName).join(', ')}: add --fix all.`;
  return [{ label: 'Do this', text: finding.fix }, ...recipes, { label: '', text: more }];
}

/** Findings of an endpoint that works: those that weigh something in full, notes in a line. */
export function findingsText(terminal: Terminal, report: Report, fix?: string): string {
  return report.findings
    .map((finding) =>
      finding.severity === 'note'
        ? headline(terminal, finding)
        : `${findingText(terminal, report, finding, fix)}\n`,
    )
    .join('\n')
    .trimEnd();
}

const marks: Readonly<Record<Finding['severity'], Mark>> = { error: 'bad', warn: 'warn', note: 'skip' };

function headline(terminal: Terminal, finding: Finding): string {
  const { severity, title, confidence, cap } = finding;
  const right = [codeText(finding), confidence, cap === undefined ? '' : `at best ${cap}`]
    .filter(Boolean)
    .join(' · ');
  const at = 2 + terminal.signWidth + 1;
  const colour = severity === 'error' ? 'bad' : severity === 'warn' ? 'warn' : 'faint';
  const line = bothEnds(terminal, sentence(title), right, { right: colour }, at);
  return `  ${terminal.sign(marks[severity])} ${line.slice(at)}`;
}

function findingText(terminal: Terminal, report: Report, finding: Finding, fix?: string): string {
  const indent = 2 + terminal.signWidth + 1;
  const evidence = evidenceOf(finding).length === 0 ? { ...finding, steps: [] } : finding;
  const details = rows(
    terminal,
    [...fixRows(finding, report, fix), { label: 'More', text: `handfast explain ${finding.code}` }],
    indent,
  );
  return [headline(terminal, finding), argument(terminal, evidence, indent), details]
    .filter(Boolean)
    .join('\n');
}

/** A title with its full stop. */
export function sentence(title: string): string {
  return /[.!?…]$/.test(title) ? title : `${title}.`;
}
