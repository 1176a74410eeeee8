// Knows: reports as Markdown for a ticket: short enough to be read there, with what is needed to see the same again.
// Must not know: where it is pasted. Peers' text must not become markup, links or mentions. CommonMark 0.31, GFM tables.
import type { Recipe } from '../../forensics/recipes.js';
import type { Finding, Report } from '../report.js';
import { clean } from './clean.js';
import { fixesFor, recipeText } from './fixes.js';
import { curlCommand } from './reproduce.js';
import {
  budgetText,
  clientsText,
  codeText,
  duration,
  gradeText,
  headlineOf,
  isUndecided,
  respondentText,
  verdicts,
} from './words.js';

export interface MarkdownOptions {
  /** Whose recipes: `all`, or a program's name. Default: those of the programs on the path. */
  readonly fix?: string;
}

const signs = { good: '✓', warn: '!', bad: '✗', skip: '–', none: '' } as const;

export function markdown(reports: readonly Report[], options: MarkdownOptions = {}): string {
  return `${reports.map((report) => reportText(clean(report), options)).join('\n\n---\n\n')}\n`;
}

function reportText(report: Report, { fix }: MarkdownOptions): string {
  const { target, verdict, stages, causes, findings, budget, started, tool, rating } = report;
  const command = curlCommand(report);
  const grade = report.grade === null ? '' : `, grade ${gradeText(report)}`;
  return [
    `## ${code(target)}: ${verdicts[verdict]}${grade}`,
    table(
      ['', 'Stage', '', 'Time'],
      stages.map(({ mark, name, text, ms }) => [
        signs[mark],
        name,
        text,
        ms === undefined ? '' : duration(ms),
      ]),
    ),
    ...causes.map((cause, at) => causeText(report, cause, at, fix)),
    findings.length > 0 ? `### Findings\n\n${findings.map(findingText).join('\n')}` : '',
    report.gradeReason === '' ? '' : `Grade: ${escaped(`${gradeText(report)}; ${report.gradeReason}`)}`,
    command === '' ? '' : `### Reproduce\n\n${fenced(command, 'sh')}`,
    `<sub>${escaped(`${tool} · rating ${rating} · ${started} · exit ${report.exit} · ${budgetText(budget)}`)}</sub>`,
  ]
    .filter(Boolean)
    .join('\n\n');
}

function causeText(report: Report, cause: Finding, at: number, fix: string | undefined): string {
  const { respondent, clients } = report;
  const { sentence, shown } = fixesFor(cause, report, fix);
  const who = respondent === undefined ? '' : respondentText(respondent);
  const accepts = clients.some(({ outcome }) => outcome !== 'accepts') ? clientsText(clients) : '';
  const isCandidate = isUndecided(report.causes);
  const isAnswer = at === (isCandidate ? 0 : report.causes.length - 1);
  return [
    `### ${at > 0 && isCandidate ? 'Or: ' : ''}${escaped(headlineOf(cause))}`,
    `${code(codeText(cause))} · ${cause.confidence}`,
    cause.steps.length === 0
      ? ''
      : table(
          ['', 'Asked', 'Answered', ''],
          cause.steps.map(({ probe, asked, answered, note = '' }) => [probe, asked, answered, note]),
        ),
    escaped(cause.detail),
    cause.decide === undefined ? '' : `**To decide**\n\n${fenced(cause.decide)}`,
    !isAnswer || who === '' ? '' : `**Who answered:** ${escaped(who)}`,
    !isAnswer || accepts === '' ? '' : `**Who accepts:** ${escaped(accepts)}`,
    `**Do this:** ${escaped(sentence)}`.trimEnd(),
    ...shown.map(recipe),
    ...(cause.remarks ?? []).map(({ label, text }) => `**${escaped(label)}:** ${escaped(text)}`),
  ]
    .filter(Boolean)
    .join('\n\n');
}

function recipe(each: Recipe): string {
  const lines = each.lines.length === 0 ? '' : fenced(each.lines.join('\n'), 'diff');
  return [escaped(recipeText(each)), lines].filter(Boolean).join('\n\n');
}

function findingText(finding: Finding): string {
  const cap = finding.cap === undefined ? '' : `, at best grade ${finding.cap}`;
  return `- ${finding.severity}: ${code(codeText(finding))} ${escaped(headlineOf(finding))} (${finding.confidence}${cap}). ${escaped(finding.fix).replaceAll('\n', ' ')}`;
}

function table(head: readonly string[], rows: ReadonlyArray<readonly string[]>): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const cell = (text: string) => escaped(text).replaceAll('\n', ' ');
  return [line(head), line(head.map(() => '---')), ...rows.map((row) => line(row.map(cell)))].join('\n');
}

/** Everything that CommonMark or a tracker reads as more than text. `@` and `#` would call people and issues. */
function escaped(text: string): string {
  return text
    .replace(/[\\`*_{}[\]<>|~!@#&]/g, (sign) => entities[sign] ?? `\\${sign}`)
    .replace(/^(\s*)([-+=]|\d+(?=[.)]))/gm, (_, space: string, sign: string) =>
      /\d/.test(sign) ? `${space}${sign}\\` : `${space}\\${sign}`,
    )
    .replace(/\b(https?|ftp|wss?):/gi, '$1&#58;')
    .replace(/\bwww\./gi, 'www&#46;');
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '@': '&#64;', '#': '&#35;', '<': '&lt;' };

/** Code on one line, within more backquotes than it has in a row. */
function code(text: string): string {
  const ticks = '`'.repeat(longestRun(text) + 1);
  const space = /^`|`$/.test(text) ? ' ' : '';
  return `${ticks}${space}${text.replaceAll('\n', ' ')}${space}${ticks}`;
}

function fenced(text: string, language = ''): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1));
  return `${fence}${language}\n${text}\n${fence}`;
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
