// Knows: how the steps of an argument stand in columns: the probe, what was asked, what came, what is worth a note.
// Must not know: what they argue. A step that is one sentence stands between them as it is.
import type { Step } from '../../doctor/report.js';
import { columns, type Terminal } from '../terminal.js';
import { fitted } from './layout.js';

/** A column that is narrower is no column for sentences. */
const LEAST_NOTE = 28;

interface Widths {
  readonly probe: number;
  readonly asked: number;
  readonly answered: number;
}

/** What does not fit beside its column goes on beneath it. */
export function stepTable(terminal: Terminal, steps: readonly Step[], indent = 4): string {
  const widths = widthsOf(terminal, steps.filter(isRow), terminal.width - indent);
  return steps
    .flatMap((step) =>
      isRow(step)
        ? row(terminal, step, widths, terminal.width - indent)
        : fitted(terminal, [step.asked, step.note].filter(Boolean).join(' '), terminal.width - indent),
    )
    .map((line) => (' '.repeat(indent) + line).trimEnd())
    .join('\n');
}

/** A note alone belongs to the row above. */
function isRow({ probe, asked, answered }: Step): boolean {
  return probe !== '' || answered !== '' || asked === '';
}

/** The widest cell of each column, but for those that would take the room of the others. */
function widthsOf(terminal: Terminal, steps: readonly Step[], room: number): Widths {
  const widest = (cell: (step: Step) => string, most: number) =>
    Math.max(0, ...steps.map((step) => columns(terminal.text(cell(step)))).filter((size) => size <= most));
  return {
    probe: widest(({ probe }) => probe, room),
    asked: widest(({ asked }) => asked, Math.floor(room / 2)),
    answered: widest(({ answered }) => answered, Math.floor(room / 3)),
  };
}

function row(
  terminal: Terminal,
  { probe, asked, answered, note = '' }: Step,
  widths: Widths,
  room: number,
): string[] {
  const start = cell(terminal, probe, widths.probe) + cell(terminal, asked, widths.asked);
  const end =
    note === '' ? terminal.text(answered) : cell(terminal, answered, widths.answered) + terminal.text(note);
  if (columns(start) + columns(end) <= room) return [(start + end).trimEnd()];
  const at = [widths.probe, widths.asked].reduce((sum, size) => sum + (size === 0 ? 0 : size + 2), 0);
  const beside = at + widths.answered + 2;
  // A note hangs in its own column where there is room for it; otherwise it begins beneath the answer.
  if (columns(answered) <= widths.answered && room - beside >= LEAST_NOTE && columns(start) <= at) {
    const lines = terminal.wrap(note, room - beside);
    return [
      start + cell(terminal, answered, widths.answered) + lines[0]!,
      ...lines.slice(1).map((line) => ' '.repeat(beside) + line),
    ];
  }
  const parts = [answered, note].filter(Boolean);
  const below = parts.flatMap((part) => fitted(terminal, part, room - at));
  const hanging = below.map((line) => ' '.repeat(at) + line);
  if (columns(start) <= at) return [start + below[0]!, ...hanging.slice(1)];
  return [...terminal.wrap(start.trim(), room, 2), ...hanging];
}

/** A column that is empty in all rows takes no room. */
function cell(terminal: Terminal, text: string, size: number): string {
  const shown = terminal.text(text);
  return size === 0 && shown === '' ? '' : `${shown}${' '.repeat(Math.max(0, size - columns(shown)))}  `;
}
