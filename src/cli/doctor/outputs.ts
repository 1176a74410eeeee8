// Knows: which outputs were asked for, what goes to stdout, and which files are written at the end.
// Must not know: how any of them is made.
import { writeFile } from 'node:fs/promises';
import { changesBetween } from '../../doctor/formats/changes.js';
import { html } from '../../doctor/formats/html.js';
import { jsonText } from '../../doctor/formats/json.js';
import { junit } from '../../doctor/formats/junit.js';
import { markdown } from '../../doctor/formats/markdown.js';
import { sarif } from '../../doctor/formats/sarif.js';
import type { Report } from '../../doctor/report.js';
import type { Mark } from '../../forensics/annotate.js';
import type { Terminal } from '../terminal.js';
import type { Limits } from './limits.js';
import { oneLine, reportText } from './terminal-report.js';

export interface Outputs {
  readonly json: boolean;
  readonly md: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly trace: boolean;
  readonly fix?: string;
  readonly junit?: string;
  readonly sarif?: string;
  readonly sarifFile?: string;
  readonly html?: string;
  readonly save?: string;
}

/** What stdout gets of one report. `isOne`: there are no others. `earlier`: of the same target, to be compared with. */
export function printed(
  terminal: Terminal,
  report: Report,
  outputs: Outputs,
  isOne: boolean,
  earlier?: Report,
): string {
  if (outputs.json) return jsonText([report], isOne ? 'indented' : 'line');
  const fix = outputs.fix === undefined ? {} : { fix: outputs.fix };
  if (outputs.md) return markdown([report], fix);
  if (outputs.quiet) return oneLine(terminal, report);
  if (earlier !== undefined) return changesText(terminal, earlier, report);
  return reportText(terminal, report, { verbose: outputs.verbose, trace: outputs.trace, ...fix });
}

const marks: Readonly<Record<string, Mark>> = { better: 'good', worse: 'bad', other: 'skip' };

function changesText(terminal: Terminal, earlier: Report, report: Report): string {
  const changes = changesBetween(earlier, report);
  const gap = 2 + terminal.signWidth + 1;
  const lines = changes.map(({ kind, text }) =>
    terminal.block(text, gap, `  ${terminal.sign(marks[kind]!)} `),
  );
  const what =
    lines.length === 0 ? terminal.block(`nothing changed since ${earlier.started}`) : lines.join('\n');
  return `\n${terminal.block(report.target)}\n\n${what}\n`;
}

/** Writes the files, with the limits of each report; a sentence for the first that could not be. */
export async function writeFiles(
  reports: readonly Report[],
  outputs: Outputs,
  limits: readonly Limits[],
): Promise<string | undefined> {
  const file = outputs.sarifFile === undefined ? {} : { file: outputs.sarifFile };
  const wanted: readonly [string | undefined, () => string][] = [
    [outputs.junit, () => junit(reports, limits)],
    [outputs.sarif, () => sarif(reports, file)],
    [outputs.html, () => html(reports)],
  ];
  for (const [name, text] of wanted) {
    if (name === undefined) continue;
    const fault = await written(name, text());
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** `mode`: what is saved may hold more than what is shown. */
export async function written(name: string, text: string, mode = 0o666): Promise<string | undefined> {
  return writeFile(name, text, { mode }).then(
    () => undefined,
    (error: NodeJS.ErrnoException) => `${name} cannot be written (${error.code ?? error.message})`,
  );
}
