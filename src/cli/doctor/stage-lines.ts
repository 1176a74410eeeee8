// Knows: how the stages of a report stand at its head: one line each, or those that went well together where one did not.
// Must not know: what a stage checks.
import { duration } from '../../doctor/formats/words.js';
import type { Report, StageLine } from '../../doctor/report.js';
import { columns, type Terminal, unpainted } from '../terminal.js';
import { fitted } from './layout.js';

/** Every stage on a line of its own if all went well or `isVerbose`; otherwise what went well is only named. */
export function stageLines(terminal: Terminal, { stages, causes }: Report, isVerbose: boolean): string {
  const failedAt = stages.findIndex(({ mark }) => mark === 'bad');
  if (isVerbose || failedAt < 0 || causes.length === 0) return whole(terminal, stages);
  // What was not reached behind the failure goes without saying.
  const told = stages.filter(({ mark }, at) => at < failedAt || (mark !== 'skip' && mark !== 'none'));
  return grouped(told)
    .map((group) => (isQuiet(group[0]!) ? named(terminal, group) : whole(terminal, group)))
    .join('\n');
}

/** What is only a warning stands among the findings. */
function isQuiet({ mark }: StageLine): boolean {
  return mark !== 'bad';
}

/** Neighbours that are alike. */
function grouped(stages: readonly StageLine[]): StageLine[][] {
  const groups: StageLine[][] = [];
  for (const stage of stages) {
    const last = groups.at(-1);
    if (last !== undefined && isQuiet(last[0]!) === isQuiet(stage)) last.push(stage);
    else groups.push([stage]);
  }
  return groups;
}

/** `✓ DNS ✓ TCP – TLS`. */
function named(terminal: Terminal, stages: readonly StageLine[]): string {
  const lines = [' '];
  for (const { mark, name } of stages) {
    const part = ` ${terminal.sign(mark).trimEnd()} ${terminal.text(name)}`;
    if (columns(unpainted(lines.at(-1)! + part)) > terminal.width) lines.push(' ');
    lines[lines.length - 1] += part;
  }
  return lines.join('\n');
}

function whole(terminal: Terminal, stages: readonly StageLine[]): string {
  const names = Math.max(9, ...stages.map(({ name }) => columns(terminal.text(name))));
  return stages.map((stage) => line(terminal, stage, names)).join('\n');
}

/** `✓ TCP       2 of 2 addresses answer        21 ms`. */
function line(terminal: Terminal, { mark, name, text, ms }: StageLine, names: number): string {
  const time = ms === undefined ? '' : duration(ms);
  const shown = terminal.text(name);
  const start = `  ${terminal.sign(mark)} ${shown}${' '.repeat(names - columns(shown))} `;
  const at = 2 + terminal.signWidth + 1 + names + 1;
  const [first = '', ...rest] = fitted(
    terminal,
    text,
    terminal.width - at - (time === '' ? 0 : time.length + 2),
  );
  const gap = ' '.repeat(Math.max(1, terminal.width - at - columns(first) - time.length));
  return [
    time === '' ? (start + first).trimEnd() : start + first + gap + terminal.paint(time, 'faint'),
    ...rest.map((part) => ' '.repeat(at) + part),
  ].join('\n');
}
