// Knows: how `connect` tells why no connection came about, the stages, one cause, what to do, or how one ended; and the exit code.
// Must not know: how the attempt was made; a `HandshakeError` and a close record say all.
import type { CloseRecord, HandshakeError, Timings } from '../errors.js';
import { annotateResponse, type Mark } from '../forensics/annotate.js';
import { saidInBody, sawText, shown } from '../forensics/evidence.js';
import { Fields } from '../handshake/head.js';
import { printable } from '../reason.js';
import { exits } from './exits.js';
import { annotated, causeBlock } from './report.js';
import type { Terminal } from './terminal.js';

export function showRefusal(
  terminal: Terminal,
  error: HandshakeError,
  verbose: boolean,
  tell: (text: string) => void,
): number {
  tell(`\n${stageLines(terminal, error)}\n`);
  if (verbose && error.status !== undefined) tell(`${headText(terminal, error)}\n`);
  const told = saidInBody(error.body);
  tell(
    causeBlock(terminal, {
      title: error.reason.title,
      code: error.reason.code,
      saw: [sawText(shown(error.evidence)), told].filter(Boolean).join('\n'),
      why: error.reason.meaning,
      fix: error.fix,
      more: `handfast explain ${error.reason.code}`,
      next: error.next,
    }),
  );
  return exitOf(error);
}

const unreached: ReadonlySet<string> = new Set(['url', 'dns', 'tcp', 'proxy', 'tls']);

function exitOf(error: HandshakeError): number {
  if (unreached.has(error.stage)) return exits.unreachable;
  if (error.stage === 'timeout' && error.timings.tcpMs === undefined) return exits.unreachable;
  return error.stage === 'abort' ? exits.interrupted : exits.refused;
}

/** Such as `✓ DNS 1 ms`, `✓ TCP 2 ms`, `✗ Upgrade 403`. The stage that failed is the last line. */
function stageLines(terminal: Terminal, error: HandshakeError): string {
  const lines: string[] = [];
  const passed: [string, number | undefined][] = [
    ['DNS', error.timings.dnsMs],
    ['TCP', error.timings.tcpMs],
    ['Proxy', error.timings.proxyMs],
    ['TLS', error.timings.tlsMs],
  ];
  for (const [name, ms] of passed) if (ms !== undefined) lines.push(stage(terminal, 'good', name, '', ms));
  const failed = names[error.stage] ?? 'Upgrade';
  const what = error.status === undefined ? '' : String(error.status);
  const last = stage(terminal, 'bad', failed, what, lastMs(error.timings));
  return [...lines.filter((line) => !line.includes(`${failed} `) || failed === 'Upgrade'), last].join('\n');
}

const names: Readonly<Record<string, string>> = {
  url: 'URL',
  dns: 'DNS',
  tcp: 'TCP',
  tls: 'TLS',
  proxy: 'Proxy',
};

function lastMs(timings: Timings): number | undefined {
  return timings.headMs ?? timings.totalMs;
}

function stage(terminal: Terminal, mark: Mark, name: string, what: string, ms: number | undefined): string {
  const time = ms === undefined ? '' : `${Math.round(ms)} ms`;
  const left = `  ${terminal.sign(mark)} ${name.padEnd(9)} ${what}`;
  const width = 2 + terminal.signWidth + 1 + 10 + what.length;
  return `${left}${' '.repeat(Math.max(1, terminal.width - width - time.length))}${time}`;
}

function headText(terminal: Terminal, error: HandshakeError): string {
  const { carrier = 'h1', status = 0, headers } = error;
  const version = carrier === 'h2' ? '2' : '1.1';
  const head = { carrier, version, status, reason: '', fields: new Fields(headers) };
  return annotated(terminal, annotateResponse(head, []));
}

/** What there is to say about the end of a connection that had opened; the exit code. */
export function showEnd(
  terminal: Terminal,
  record: CloseRecord,
  verbose: boolean,
  tell: (text: string) => void,
): number {
  const isGood = record.code === 1000 || record.code === 1001 || record.code === 1005;
  const reason = record.reason === '' ? '' : ` ${JSON.stringify(printable(record.reason))}`;
  if (isGood) {
    if (verbose) tell(`  ${terminal.sign('good')} closed ${record.code}${terminal.text(reason)}`);
    return exits.good;
  }
  tell(`\n  ${terminal.sign('bad')} closed ${record.code}${terminal.text(reason)}\n`);
  const code = record.cause ?? `${record.code}`;
  tell(
    causeBlock(terminal, {
      title: record.code === 1006 ? 'The connection was cut' : 'The connection was closed with an error',
      code,
      saw: record.explanation,
      why: closeFacts(record),
      fix: '',
      more: `handfast explain ${code}`,
    }),
  );
  return exits.cut;
}

function closeFacts(record: CloseRecord): string {
  const seconds = (ms: number) => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  return `It was open for ${seconds(record.openMs)}; the last byte in was ${seconds(record.sinceReceivedMs)} old, the last byte out ${seconds(record.sinceSentMs)}.`;
}
