// Knows: the shapes that the report's lines have: two ends of a line, labelled rows with lines to copy, a table of steps.
// Must not know: what is in them. Text is wrapped; lines that a person copies are left whole.
import type { Step } from '../../doctor/report.js';
import { columns, type Terminal } from '../terminal.js';

/** `left` and, at the right edge, `right`; on a line of its own where both do not fit. */
export function bothEnds(
  terminal: Terminal,
  left: string,
  right: string,
  paint: { left?: 'strong' | 'faint'; right?: 'bad' | 'warn' | 'faint' } = {},
  indent = 2,
): string {
  const first = terminal.text(left);
  const last = terminal.text(right);
  const colour = (text: string, how: 'strong' | 'faint' | 'bad' | 'warn' | undefined) =>
    how === undefined ? text : terminal.paint(text, how);
  const gap = terminal.width - indent - columns(first) - columns(last);
  const edge = colour(last, paint.right);
  if (gap >= 2) return `${' '.repeat(indent)}${colour(first, paint.left)}${' '.repeat(gap)}${edge}`.trimEnd();
  const lines = fitted(terminal, left, terminal.width - indent).map(
    (line) => ' '.repeat(indent) + colour(line, paint.left),
  );
  const room = Math.max(indent, terminal.width - columns(last));
  const ends =
    room > indent || columns(last) <= terminal.width - indent
      ? [' '.repeat(room) + edge]
      : terminal
          .wrap(right, terminal.width - indent)
          .map((line) => ' '.repeat(indent) + colour(line, paint.right));
  return [...lines, ...ends].join('\n');
}

/** Wrapping makes one space of two; what fits keeps its own. */
export function fitted(terminal: Terminal, text: string, width: number): string[] {
  const shown = terminal.text(text);
  return columns(shown) <= width && !shown.includes('\n') ? [shown] : terminal.wrap(text, width);
}

export interface Row {
  readonly label: string;
  readonly text: string;
  /** To be copied: neither wrapped nor their spaces changed. */
  readonly lines?: readonly string[];
}

/** Labels on the left, texts on the right, the same gap for all. Rows without a text are left out. */
export function rows(terminal: Terminal, all: readonly Row[], indent = 2): string {
  const kept = all.filter(({ text, lines = [] }) => text !== '' || lines.length > 0);
  const gap = indent + Math.max(0, ...kept.map(({ label }) => columns(label))) + 3;
  return kept.map((row) => rowLines(terminal, row, indent, gap).join('\n')).join('\n');
}

function rowLines(
  terminal: Terminal,
  { label, text, lines = [] }: Row,
  indent: number,
  gap: number,
): string[] {
  const first = terminal.paint(`${' '.repeat(indent)}${terminal.text(label)}`.padEnd(gap), 'faint');
  const wrapped = text === '' ? [] : terminal.wrap(text, terminal.width - gap);
  const copied = lines.map((line) => terminal.text(line));
  const fits = copied.every((line) => gap + 2 + columns(line) <= terminal.width);
  const at = ' '.repeat(fits ? gap + 2 : indent + 2);
  const below = copied.map((line) => at + painted(terminal, line));
  if (wrapped.length === 0) return [first.trimEnd(), ...below];
  return [first + wrapped[0]!, ...wrapped.slice(1).map((line) => ' '.repeat(gap) + line), ...below].map(
    (line) => line.trimEnd(),
  );
}

/** Added and removed lines, as a diff colours them. */
function painted(terminal: Terminal, line: string): string {
  if (/^\+ /.test(line)) return terminal.paint(line, 'good');
  return /^- /.test(line) ? terminal.paint(line, 'bad') : line;
}

/** `p1  what was asked  what came`, in columns; what does not fit goes on beneath its column. */
export function stepTable(terminal: Terminal, steps: readonly Step[], indent = 4): string {
  const width = (cells: readonly string[], most: number) =>
    Math.max(0, ...cells.map((cell) => columns(terminal.text(cell))).filter((size) => size <= most));
  const room = terminal.width - indent;
  const probe = width(
    steps.map((step) => step.probe),
    room,
  );
  const asked = width(
    steps.map((step) => step.asked),
    Math.floor(room / 2),
  );
  const answered = width(
    steps.map((step) => step.answered),
    Math.floor(room / 3),
  );
  const cell = (text: string, size: number) => pad(terminal.text(text), size);
  return steps
    .map((step) => {
      const start = ' '.repeat(indent) + cell(step.probe, probe) + cell(step.asked, asked);
      const come = step.note ? `${cell(step.answered, answered)}${terminal.text(step.note)}` : step.answered;
      const at = indent + [probe, asked].reduce((sum, size) => sum + (size === 0 ? 0 : size + 2), 0);
      const overlong = columns(start) > at;
      const line = start + terminal.text(come);
      if (columns(line) <= terminal.width) return line.trimEnd();
      const below = terminal
        .wrap([step.answered, step.note].filter(Boolean).join('  '), terminal.width - at)
        .map((part) => ' '.repeat(at) + part);
      return overlong
        ? [...terminal.wrap(start.trim(), room, 2).map((part) => ' '.repeat(indent) + part), ...below].join(
            '\n',
          )
        : [start + below[0]!.trimStart(), ...below.slice(1)].join('\n').trimEnd();
    })
    .join('\n');
}

function pad(text: string, size: number): string {
  return size === 0 && text === '' ? '' : `${text}${' '.repeat(Math.max(0, size - columns(text)))}  `;
}
