// Knows: the shapes that the report's lines have: two ends of a line, labelled rows with lines to copy.
// Must not know: what is in them. Text is wrapped; lines that a person copies are left whole.
import { columns, type Terminal, unpainted } from '../terminal.js';

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
  const end = terminal.width - columns(unpainted(lines.at(-1)!)) - columns(last);
  if (end >= 2) return `${lines.join('\n')}${' '.repeat(end)}${edge}`;
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
  const start = `${' '.repeat(indent)}${terminal.text(label)}`;
  const first = terminal.paint(start.padEnd(gap), 'faint');
  const wrapped = text === '' ? [] : terminal.wrap(text, terminal.width - gap);
  const copied = lines.map((line) => terminal.text(line));
  const column = gap + (text === '' ? 0 : 2);
  const fits = copied.every((line) => column + columns(line) <= terminal.width);
  const at = ' '.repeat(fits ? column : indent + 2);
  const below = copied.map((line) => painted(terminal, line));
  if (text === '' && fits) return [first + below[0]!, ...below.slice(1).map((line) => at + line)];
  const above = text === '' ? [terminal.paint(start.trimEnd(), 'faint')] : [first + wrapped[0]!];
  return [
    ...above,
    ...wrapped.slice(1).map((line) => ' '.repeat(gap) + line),
    ...below.map((line) => at + line),
  ].map((line) => line.trimEnd());
}

/** Added and removed lines, as a diff colours them. */
function painted(terminal: Terminal, line: string): string {
  if (/^\+ /.test(line)) return terminal.paint(line, 'good');
  return /^- /.test(line) ? terminal.paint(line, 'bad') : line;
}
