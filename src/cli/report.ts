// Knows: the shapes of what the commands print: labelled paragraphs, annotated heads, one block for one cause.
// Must not know: how anything was found. Everything a peer wrote has been made safe before it comes here.
import type { HeadLine } from '../forensics/annotate.js';
import { columns, type Terminal } from './terminal.js';

/** Labels on the left, wrapped paragraphs on the right; a text keeps its own line breaks. */
export function labelled(
  terminal: Terminal,
  rows: ReadonlyArray<readonly [label: string, text: string]>,
  indent = 2,
): string {
  const kept = rows.filter(([, text]) => text !== '');
  const gap = indent + Math.max(...kept.map(([label]) => columns(label))) + 2;
  return kept
    .map(([label, text]) => {
      const first = `${' '.repeat(indent)}${label}`.padEnd(gap);
      const lines = terminal.wrap(text, terminal.width - gap);
      return lines
        .map((line, at) => (at === 0 ? terminal.paint(first, 'faint') : ' '.repeat(gap)) + line)
        .map((line) => line.trimEnd())
        .join('\n');
    })
    .join('\n');
}

/** A head with a note beside each line, or beneath it where both do not fit. */
export function annotated(terminal: Terminal, lines: readonly HeadLine[]): string {
  const most = Math.floor(terminal.width * 0.5);
  const fitting = lines.map((line) => columns(textOf(terminal, line))).filter((width) => width <= most);
  const left = Math.max(16, ...fitting);
  return lines.map((line) => annotatedLine(terminal, line, left)).join('\n');
}

function annotatedLine(terminal: Terminal, line: HeadLine, left: number): string {
  const text = textOf(terminal, line);
  const note = noteOf(line);
  if (note === '' && line.mark === 'none')
    return terminal
      .wrap(text, terminal.width - 2, 2)
      .map(indented)
      .join('\n');
  const noteAt = 2 + left + 1 + terminal.signWidth + 1;
  const sign = terminal.sign(line.mark);
  if (columns(text) <= left) {
    const notes = terminal.wrap(note, terminal.width - noteAt);
    const first = `  ${text}${' '.repeat(left - columns(text))} ${sign} ${emphasized(terminal, notes[0]!, line)}`;
    return [first.trimEnd(), ...notes.slice(1).map((rest) => ' '.repeat(noteAt) + rest)].join('\n');
  }
  const below = 4 + terminal.signWidth + 1;
  const notes = terminal.wrap(note, terminal.width - below);
  return [
    ...terminal.wrap(text, terminal.width - 2, 2).map(indented),
    `    ${sign} ${emphasized(terminal, notes[0]!, line)}`.trimEnd(),
    ...notes.slice(1).map((rest) => ' '.repeat(below) + rest),
  ].join('\n');
}

function textOf(terminal: Terminal, line: HeadLine): string {
  return terminal.text(line.label === '' ? line.value : `${line.label}: ${line.value}`);
}

function noteOf(line: HeadLine): string {
  const section = line.section === '' ? '' : ` (${line.section})`;
  return [line.code, `${line.note}${section}`.trim()].filter(Boolean).join(' · ');
}

function emphasized(terminal: Terminal, text: string, line: HeadLine): string {
  if (line.code === undefined || !text.startsWith(line.code)) return text;
  return terminal.paint(line.code, line.mark) + text.slice(line.code.length);
}

function indented(line: string): string {
  return `  ${line}`;
}

export interface Cause {
  readonly title: string;
  readonly code: string;
  readonly saw: string;
  readonly why: string;
  readonly fix: string;
  readonly more: string;
  /** The command that would find out more. */
  readonly next?: string;
}

/** One cause, in the first person: what I saw, why it matters, what to do, where to read more. */
export function causeBlock(terminal: Terminal, cause: Cause): string {
  const rows = labelled(
    terminal,
    [
      ['I saw', cause.saw],
      ['Why', cause.why],
      ['Do this', cause.fix],
      ['More', cause.more],
      ['Next', cause.next ?? ''],
    ],
    4,
  );
  return `${causeHead(terminal, cause.title, cause.code)}\n\n${rows}\n`;
}

/** The title as a sentence, and its code at the right edge, on a line of its own where both do not fit. */
export function causeHead(terminal: Terminal, sentence: string, code: string): string {
  const title = terminal.text(`${sentence}.`);
  const shown = terminal.text(code);
  const gap = terminal.width - 2 - columns(title) - columns(shown);
  if (gap >= 2) {
    return `  ${terminal.paint(title, 'strong')}${' '.repeat(gap)}${terminal.paint(shown, 'bad')}`;
  }
  const indent = ' '.repeat(Math.max(2, terminal.width - columns(shown)));
  return `${terminal.block(title)}\n${indent}${terminal.paint(shown, 'bad')}`;
}
