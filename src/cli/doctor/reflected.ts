// Knows: how a request as we sent it and as the backend saw it stand side by side, with what changed between.
// Must not know: how the backend told.
import type { ReflectedLine } from '../../doctor/report.js';
import { columns, type Terminal } from '../terminal.js';

/** Two columns; a line that is too long for its column goes on beneath, the code of a change stands at the right edge. */
export function reflectedTable(terminal: Terminal, lines: readonly ReflectedLine[]): string {
  const half = Math.floor((terminal.width - 8) / 2);
  const heading = { mark: ' ' as const, sent: 'sent by us', seen: 'seen by the backend' };
  return [heading, ...lines].flatMap((line) => both(terminal, line, half)).join('\n');
}

function both(terminal: Terminal, { mark, sent, seen, code }: ReflectedLine, half: number): string[] {
  const left = terminal.wrap(sent, half, 2);
  const right = terminal.wrap(mark === '-' ? '(removed)' : seen, half, 2);
  const marks = [mark === '-' ? '-' : ' ', mark === '-' ? ' ' : mark];
  const lines = Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const one = left[at] ?? '';
    const padding = ' '.repeat(Math.max(0, half - columns(one)));
    const [before, between] = at === 0 ? marks : [' ', ' '];
    return `  ${before} ${one}${padding} ${between} ${right[at] ?? ''}`.trimEnd();
  });
  return code === undefined ? lines : withCode(terminal, lines, code);
}

function withCode(terminal: Terminal, lines: string[], code: string): string[] {
  const shown = terminal.text(code);
  const gap = terminal.width - columns(lines[0]!) - columns(shown);
  const edge = terminal.paint(shown, 'bad');
  if (gap >= 2) return [lines[0]! + ' '.repeat(gap) + edge, ...lines.slice(1)];
  return [...lines, ' '.repeat(Math.max(2, terminal.width - columns(shown))) + edge];
}
