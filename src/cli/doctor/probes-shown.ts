// Knows: how probes are shown: the first handshake read aloud (`-v`), and all of them as they went over the line (`--trace`).
// Must not know: what they mean.
import { requestLines, responseLines } from '../../doctor/formats/heads.js';
import { duration } from '../../doctor/formats/words.js';
import type { ProbeShown, Report } from '../../doctor/report.js';
import { annotated } from '../report.js';
import type { Terminal } from '../terminal.js';
import { bothEnds } from './layout.js';

/** Both heads of the first handshake, a note beside every line. */
export function readAloud(terminal: Terminal, { probes }: Report): string {
  const probe = probes.find(({ request }) => request !== undefined);
  if (probe === undefined) return '';
  return [requestLines(probe), responseLines(probe)]
    .filter((lines) => lines.length > 0)
    .map((lines) => annotated(terminal, lines))
    .join('\n\n');
}

export function trace(terminal: Terminal, { probes }: Report): string {
  return probes.map((probe) => traced(terminal, probe)).join('\n\n');
}

function traced(terminal: Terminal, probe: ProbeShown): string {
  const { id, about, address = '', result, request, response, body, events, end } = probe;
  const lines = [
    ...marked(terminal, '>', request),
    ...marked(terminal, '<', response),
    ...marked(terminal, '|', body),
    ...events.flatMap(({ atMs, direction, text }) =>
      marked(terminal, direction === 'in' ? '<' : '>', `${text} at ${duration(atMs)}`),
    ),
    ...marked(terminal, '.', end),
  ];
  const right = [address, result, timesText(probe)].filter(Boolean).join(' · ');
  return [bothEnds(terminal, `${id}  ${about}`, right, { left: 'strong', right: 'faint' }), ...lines].join(
    '\n',
  );
}

function timesText({ times }: ProbeShown): string {
  const parts = Object.entries(times).filter(([name]) => name !== 'totalMs');
  return parts.map(([name, ms]) => `${name.replace(/Ms$/, '')} ${duration(ms)}`).join(', ');
}

function marked(terminal: Terminal, mark: string, text: string | undefined): string[] {
  if (text === undefined || text.trim() === '') return [];
  const lines = text.replace(/\r/g, '').replace(/\n+$/, '').split('\n');
  return lines.flatMap((line) =>
    terminal
      .wrap(line, terminal.width - 6, 2)
      .map((part, at) => `    ${at === 0 ? mark : ' '} ${part}`.trimEnd()),
  );
}
