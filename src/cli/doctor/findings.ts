// Knows: how a cause is told (what I saw, who answered, what to do, where to read more), and the findings beside it.
// Must not know: how anything was found. The voice is the first person's, one cause at a time.
import { fixesFor, othersText, recipeText } from '../../doctor/formats/fixes.js';
import {
  causesText,
  clientsText,
  codeText,
  headlineOf,
  isUndecided,
  respondentText,
  sentence,
} from '../../doctor/formats/words.js';
import type { Finding, Report } from '../../doctor/report.js';
import type { Mark } from '../../forensics/annotate.js';
import type { Terminal } from '../terminal.js';
import { bothEnds, type Row, rows } from './layout.js';
import { reflectedTable } from './reflected.js';
import { stepTable } from './step-table.js';

/** One block for each cause; where there are several candidates, one for the likeliest, which names the others and what decides. */
export function causeText(
  terminal: Terminal,
  report: Report,
  also: readonly Finding[],
  fix?: string,
): string {
  const groups = isUndecided(report.causes) ? [report.causes] : report.causes.map((cause) => [cause]);
  return groups
    .map((causes, at) =>
      causeBlock(terminal, report, causes, at === groups.length - 1 ? also : undefined, fix),
    )
    .join('\n\n');
}

/** `also`: only the last block has it, and all else that is about the answer as a whole. */
function causeBlock(
  terminal: Terminal,
  report: Report,
  causes: readonly Finding[],
  also: readonly Finding[] | undefined,
  fix: string | undefined,
): string {
  const [cause, ...others] = causes;
  if (cause === undefined) return '';
  const isLast = also !== undefined;
  return [
    bothEnds(terminal, sentence(headlineOf(cause)), causesText(causes), { left: 'strong', right: 'bad' }),
    argument(terminal, isShownBeneath(report, cause) ? { ...cause, steps: [] } : cause, 4),
    isLast && report.reflected !== undefined ? reflectedTable(terminal, report.reflected) : '',
    rows(terminal, [
      ...others.map(alternative),
      { label: 'To decide', text: '', lines: cause.decide?.split('\n') ?? [] },
      ...(isLast ? answerRows(report, cause) : []),
      ...actionRows(report, cause, fix),
      {
        label: 'Also',
        text: (also ?? []).map((other) => `${codeText(other)}: ${sentence(headlineOf(other))}`).join('\n'),
      },
      { label: 'More', text: `handfast explain ${cause.code}` },
    ]),
  ]
    .filter(Boolean)
    .join('\n\n');
}

/** What was sent and what was seen stands in the table of the reflection. */
function isShownBeneath({ reflected }: Report, { code }: Finding): boolean {
  return reflected?.some((line) => line.code === code) === true;
}

function alternative(other: Finding): Row {
  return {
    label: 'Or',
    text: `${codeText(other)}: ${sentence(headlineOf(other))}`,
  };
}

function answerRows({ respondent, clients }: Report, { remarks = [] }: Finding): Row[] {
  const isSplit = clients.some(({ outcome }) => outcome !== 'accepts');
  // Where a reflection answered in place of the application, who forwarded the request is worth more.
  const hasHop = remarks.some(({ label }) => label === 'Hop');
  const who = respondent === undefined || hasHop ? '' : respondentText(respondent);
  return [
    { label: 'Who answered', text: who },
    { label: 'Who accepts', text: isSplit ? clientsText(clients) : '' },
  ];
}

/** What to do, between where to look and what to note. */
function actionRows(report: Report, cause: Finding, fix: string | undefined): Row[] {
  const { remarks = [] } = cause;
  return [
    ...remarks.filter(({ label }) => label !== 'Note'),
    ...fixRows(cause, report, fix),
    ...remarks.filter(({ label }) => label === 'Note'),
  ];
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

/** `Do this`: the sentence, then the lines for the programs on the path. */
function fixRows(finding: Finding, report: Report, which?: string): Row[] {
  const { sentence: text, shown, others } = fixesFor(finding, report, which);
  const recipes = shown.map((recipe, at) => ({
    label: at === 0 && text === '' ? 'Do this' : '',
    text: recipeText(recipe, shown[at - 1]),
    lines: recipe.lines,
  }));
  return [
    { label: 'Do this', text },
    ...recipes,
    { label: '', text: othersText(others, shown.length === 0 ? which : undefined) },
  ];
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
  const { severity, confidence, cap } = finding;
  const right = [codeText(finding), confidence, cap === undefined ? '' : `at best ${cap}`]
    .filter(Boolean)
    .join(' · ');
  const at = 2 + terminal.signWidth + 1;
  const colour = severity === 'error' ? 'bad' : severity === 'warn' ? 'warn' : 'faint';
  const line = bothEnds(terminal, sentence(headlineOf(finding)), right, { right: colour }, at);
  return `  ${terminal.sign(marks[severity])} ${line.slice(at)}`;
}

function findingText(terminal: Terminal, report: Report, finding: Finding, fix?: string): string {
  const indent = 2 + terminal.signWidth + 1;
  const more = { label: 'More', text: `handfast explain ${finding.code}` };
  const details = rows(terminal, [...actionRows(report, finding, fix), more], indent);
  return [headline(terminal, finding), argument(terminal, finding, indent), details]
    .filter(Boolean)
    .join('\n');
}
