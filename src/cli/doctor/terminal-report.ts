// Knows: the order in which a report is told on a terminal: the stages, the cause or the findings, the grade, what it took.
// Must not know: where the report came from: a run, or a file.
import { clean } from '../../doctor/formats/clean.js';
import { budgetText, causesText, duration, gradeText, verdicts } from '../../doctor/formats/words.js';
import type { Report } from '../../doctor/report.js';
import { columns, type Terminal, unpainted } from '../terminal.js';
import { causeText, findingsText } from './findings.js';
import { readAloud, trace } from './probes-shown.js';
import { stageLines } from './stage-lines.js';

export interface Shown {
  /** All stages, the heads of the first handshake, all findings in full. */
  readonly verbose?: boolean;
  /** Every probe as it went over the line. */
  readonly trace?: boolean;
  /** Whose recipes: `all`, or a program's name. */
  readonly fix?: string;
}

/** The whole report. */
export function reportText(terminal: Terminal, given: Report, shown: Shown = {}): string {
  const report = clean(given);
  const verbose = shown.verbose ?? false;
  const isBrief = report.causes.length > 0 && !verbose;
  const parts = [
    terminal.block(report.target),
    stageLines(terminal, report, verbose),
    verbose ? readAloud(terminal, report) : '',
    shown.trace ? trace(terminal, report) : '',
    isBrief ? '' : findingsText(terminal, report, shown.fix),
    ending(terminal, report, causeText(terminal, report, isBrief ? report.findings : [], shown.fix)),
  ];
  return `\n${parts.filter(Boolean).join('\n\n')}\n`;
}

/** The cause, its last line shared with what the run took; or the grade. */
function ending(terminal: Terminal, report: Report, cause: string): string {
  if (cause !== '' && report.grade === null) return withTail(terminal, cause, tail(report));
  const grade = withTail(terminal, gradeLines(terminal, report), tail(report));
  return cause === '' ? grade : `${cause}\n${grade}`;
}

/** `Grade B     what keeps it from A`. */
function gradeLines(terminal: Terminal, report: Report): string {
  const label = `  Grade ${gradeText(report)}`;
  const gap = Math.max(13, columns(label) + 3);
  // The best grade needs no reason.
  const reason = report.grade === 'A+' ? '' : report.gradeReason;
  const [first = '', ...rest] = terminal.wrap(reason, terminal.width - gap);
  const start = `${terminal.paint(terminal.text(label), 'strong')}${' '.repeat(gap - columns(label))}${first}`;
  return [start.trimEnd(), ...rest.map((line) => ' '.repeat(gap) + line)].join('\n');
}

function withTail(terminal: Terminal, text: string, end: string): string {
  const shown = terminal.text(end);
  const last = text.slice(text.lastIndexOf('\n') + 1);
  const gap = terminal.width - columns(unpainted(last)) - columns(shown);
  return gap >= 2
    ? `${text}${' '.repeat(gap)}${shown}`
    : `${text}\n${' '.repeat(Math.max(2, terminal.width - columns(shown)))}${shown}`;
}

function tail({ exit, rating, budget }: Report): string {
  if (exit === 0) return `rating ${rating} · ${budgetText(budget)}, ${duration(budget.ms)}`;
  return `exit ${exit} · ${budgetText(budget)}`;
}

/** One line: for scripts, and for many targets. */
export function oneLine(terminal: Terminal, given: Report): string {
  const report = clean(given);
  const isGood = report.verdict === 'good' || report.verdict === 'findings';
  const what = isGood ? `grade ${gradeText(report)}` : causesText(report.causes) || verdicts[report.verdict];
  const mark = report.exit === 0 ? 'good' : isGood || report.exit === 4 ? 'warn' : 'bad';
  return `${terminal.sign(mark)} ${terminal.text(`${report.target}  ${what} · exit ${report.exit}`)}\n`;
}
