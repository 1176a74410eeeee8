// Knows: the command `inspect`: the feed of a running server's inspector on a terminal, failures by their kind first, then what comes.
// Must not know: what is kept there. Everything a peer wrote is made safe here; secrets never leave the server.
import { connect } from '../client/connect.js';
import type { Connection } from '../connection/connection.js';
import { HandshakeError } from '../errors.js';
import type { FromServer, Group, HandshakeRow, Overview } from '../inspector/protocol.js';
import { INSPECTOR_PATH, SUBPROTOCOL } from '../inspector/protocol.js';
import { printable } from '../reason.js';
import { showRefusal } from './connect-failure.js';
import { exits } from './exits.js';
import { clock } from './log.js';
import { type Terminal, terminalFor } from './terminal.js';

export interface InspectCommandOptions {
  readonly token?: string;
  readonly failed: boolean;
  readonly once: boolean;
  readonly json: boolean;
}

/** More than any batch of the feed has. */
const MAX_TOLD_BYTES = 16 * 1024 * 1024;

export async function inspectCommand(
  where: string,
  options: InspectCommandOptions,
  { ascii }: { readonly ascii: boolean },
): Promise<number> {
  const terminal = terminalFor(process.stdout, process.env, ascii);
  const complain = (text: string) => void process.stderr.write(`${text}\n`);
  const url = feedUrl(where);
  if (url === undefined) {
    complain('Give the address of the server, such as http://127.0.0.1:8101.');
    return exits.usage;
  }
  const token = options.token ?? process.env.HANDFAST_INSPECT_TOKEN;
  try {
    const connection = await connect(url, {
      subprotocols: [SUBPROTOCOL],
      compression: true,
      limits: { maxMessageBytes: MAX_TOLD_BYTES },
      ...(token !== undefined && { headers: [['Authorization', `Bearer ${token}`]] }),
    });
    return await follow(connection, terminal, options);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    return showRefusal(terminal, error, false, complain);
  }
}

/** With or without scheme and path; the inspector is at the same place on every server. */
function feedUrl(where: string): string | undefined {
  const full = /^[a-z]+:\/\//i.test(where) ? where : `http://${where}`;
  if (!URL.canParse(full)) return undefined;
  const { protocol, host } = new URL(full);
  if (!/^(?:http|ws)s?:$/.test(protocol) || host === '') return undefined;
  return `${protocol === 'https:' || protocol === 'wss:' ? 'wss' : 'ws'}://${host}${INSPECTOR_PATH}feed`;
}

function follow(
  connection: Connection<unknown>,
  terminal: Terminal,
  options: InspectCommandOptions,
): Promise<number> {
  return new Promise((resolve) => {
    const seen = new Map<number, string>();
    const write = (line: string) => void process.stdout.write(`${line}\n`);
    const stop = () => connection.close();
    process.once('SIGINT', stop).once('SIGTERM', stop);
    connection.onmessage = (message) => {
      const told = JSON.parse(String(message)) as FromServer;
      if (options.json) write(JSON.stringify(told));
      else if (told.type === 'hello') write(summary(terminal, told.groups, told.overview));
      else if (told.type === 'rows')
        for (const row of told.rows) tellRow(terminal, row, options.failed, seen, write);
      if (options.once && told.type === 'hello') stop();
    };
    connection.onclose = ({ clean, explanation }) => {
      process.off('SIGINT', stop).off('SIGTERM', stop);
      if (!clean)
        process.stderr.write(`${terminal.sign('bad')} ${terminal.text(printable(explanation, 400))}\n`);
      resolve(clean ? exits.good : exits.cut);
    };
  });
}

/** The figures, then the failures of the last ten minutes, most often first. */
function summary(terminal: Terminal, groups: readonly Group[], overview: Overview): string {
  const { open, acceptedPerSecond, refusedPerSecond, p99Ms, backpressured } = overview;
  const figures = `open ${open} · ${acceptedPerSecond.toFixed(1)} accepted/s · ${refusedPerSecond.toFixed(1)} refused/s · p99 ${Math.round(p99Ms)} ms · ${backpressured} backpressured`;
  const lines = groups.map((group) => groupLine(terminal, group));
  const failures = lines.length === 0 ? ['  no failures yet'] : lines;
  return terminal.text(['', `  ${figures}`, '', ...failures, ''].join('\n'));
}

const BARS = '▁▂▃▄▅▆▇█';

function groupLine(
  terminal: Terminal,
  { code, count, origin, route, via, spark, isNew, lastAt }: Group,
): string {
  const most = Math.max(1, ...spark);
  const bars = spark
    .slice(-15)
    .map((one) => (one === 0 ? ' ' : BARS[Math.ceil((one / most) * (BARS.length - 1))]));
  const about = [
    origin === undefined ? '' : `${printable(origin, 60)} →`,
    printable(route, 60),
    via === undefined ? '' : `via ${via}`,
    isNew ? 'new' : '',
  ];
  const plainBars = terminal.ascii ? '' : bars.join('');
  return `  ${terminal.paint(printable(code, 40).padEnd(26), 'bad')} ${String(count).padStart(5)}x  ${about.filter(Boolean).join(' ')}  ${plainBars} last ${clock(new Date(lastAt))}`;
}

/** A handshake once, and the end of its connection once. */
function tellRow(
  terminal: Terminal,
  row: HandshakeRow,
  onlyFailed: boolean,
  seen: Map<number, string>,
  write: (line: string) => void,
): void {
  const state = row.connection?.end === undefined ? 'open' : 'ended';
  const before = seen.get(row.id);
  if (before === state || (before === 'ended' && state === 'open')) return;
  seen.set(row.id, state);
  if (seen.size > MAX_SEEN) seen.delete(seen.keys().next().value!);
  const isFailure = row.outcome !== 'accepted';
  const isBadEnd = row.connection?.end !== undefined && !row.connection.end.clean;
  if (onlyFailed && !isFailure && !isBadEnd) return;
  if (before === undefined) write(handshakeLine(terminal, row));
  if (row.connection?.end !== undefined) write(endLine(terminal, row));
}

const MAX_SEEN = 20_000;

function handshakeLine(terminal: Terminal, row: HandshakeRow): string {
  const { at, outcome, status, code, method, target, address, origin, subprotocol, tookMs } = row;
  const mark = outcome === 'accepted' ? 'good' : outcome === 'abandoned' ? 'skip' : 'bad';
  const parts = [
    clock(new Date(at)),
    terminal.sign(mark),
    status === 0 ? '---' : String(status),
    printable(`${method} ${target}`.trim() || outcome, 100),
    address,
    code ?? '',
    origin === undefined ? '' : printable(origin, 60),
    printable(subprotocol, 40),
    `${tookMs < 10 ? tookMs.toFixed(1) : Math.round(tookMs)} ms`,
  ];
  return terminal.text(parts.filter((part) => part !== '').join(' '));
}

function endLine(terminal: Terminal, { target, connection }: HandshakeRow): string {
  const { end, openMs, messagesIn, messagesOut } = connection!;
  const { at, code, reason, who, cause, clean } = end!;
  const said = reason === '' ? '' : `"${printable(reason, 60)}"`;
  const parts = [
    clock(new Date(at)),
    terminal.sign(clean ? 'skip' : 'bad'),
    String(code),
    printable(target, 80),
    said,
    who,
    cause ?? '',
    `open ${(openMs / 1000).toFixed(1)} s, ${messagesIn} in, ${messagesOut} out`,
  ];
  return terminal.text(parts.filter((part) => part !== '').join(' '));
}
