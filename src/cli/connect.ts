// Knows: the command `connect`: lines in, messages out, the handshake shown, and an exit code that tells how it ended.
// Must not know: the protocol. A 1006 is never a success.
import { createInterface } from 'node:readline';
import { connect } from '../client/connect.js';
import type { Connection } from '../connection/connection.js';
import { type CloseRecord, HandshakeError } from '../errors.js';
import { readHeads } from '../explain/heads.js';
import type { Mark } from '../forensics/annotate.js';
import { sawText, shown } from '../forensics/evidence.js';
import { extensionWords } from '../forensics/extensions.js';
import type { Pasted } from '../forensics/paste.js';
import { printable } from '../reason.js';
import { showEnd, showRefusal } from './connect-failure.js';
import { connectTarget, type TargetOptions } from './connect-target.js';
import { exits } from './exits.js';
import { listingsText } from './explain-page.js';
import { type Terminal, terminalFor } from './terminal.js';

export interface ConnectOptions extends TargetOptions {
  readonly http: '1' | '2' | 'auto';
  readonly verbose: boolean;
}

const https = { '1': 1, '2': 2, auto: 'auto' } as const;

/** After the last line of stdin: how long the line must be quiet before the connection is closed. */
const quietMs = 1000;

export async function connectCommand(
  operands: readonly string[],
  options: ConnectOptions,
  { ascii }: { ascii: boolean },
): Promise<number> {
  const terminal = terminalFor(process.stderr, process.env, ascii);
  const tell = (text: string) => void process.stderr.write(`${text}\n`);
  const target = await connectTarget(operands, options);
  if (typeof target === 'string') {
    tell(`${terminal.sign('bad')} ${terminal.text(printable(target, 500))}`);
    return exits.usage;
  }
  const interrupt = new AbortController();
  const onInterrupt = () => interrupt.abort();
  process.once('SIGINT', onInterrupt);
  let connection: Connection<unknown>;
  try {
    connection = await connect(target.url, {
      ...target.asked,
      signal: interrupt.signal,
      http: https[options.http],
    });
  } catch (error) {
    if (interrupt.signal.aborted) return exits.interrupted;
    if (error instanceof HandshakeError) return showRefusal(terminal, error, options.verbose, tell);
    if (!(error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError))
      throw error;
    tell(`${terminal.sign('bad')} ${terminal.text(printable(error.message, 500))}`);
    return exits.usage;
  }
  const carrier = options.http === '1' ? '' : carrierText(terminal, connection);
  const compression = target.compress ? compressionText(terminal, connection) : '';
  const granted = `${carrier}${compression}`;
  if (options.verbose) tell(`${handshakeText(terminal, connection)}${granted}`);
  else if (granted !== '') tell(granted.trimEnd());
  const record = await talk(connection, interrupt.signal);
  if (interrupt.signal.aborted) return exits.interrupted;
  return showEnd(terminal, record, options.verbose, tell);
}

/** A head that was never pasted: parsed strictly already, and without a body. */
function whole<Head>(head: Head): Pasted<Head> {
  return { head, raw: undefined, body: '', strays: [] };
}

function handshakeText(terminal: Terminal, connection: Connection<unknown>): string {
  const { request, response, timings, proxy } = connection.handshake!;
  const way = proxy === undefined ? '' : `, through ${printable(proxy)}`;
  const speaking = connection.subprotocol === '' ? '' : `, speaking ${printable(connection.subprotocol)}`;
  const heads = readHeads({ request: whole(request), interim: [], response: whole(response) });
  const open = `  ${terminal.sign('good')} open after ${Math.round(timings.totalMs)} ms${terminal.text(`${way}${speaking}`)}`;
  return `\n${listingsText(terminal, heads.listings)}\n${open}\n`;
}

/** What came of the wish for HTTP/2: a line of its own. */
function carrierText(terminal: Terminal, connection: Connection<unknown>): string {
  const { request, alpn = 'nothing', fallback, timings } = connection.handshake!;
  const http = request.carrier === 'h2' ? 'HTTP/2' : 'HTTP/1.1';
  const choice = timings.tlsMs === undefined ? 'without TLS' : `ALPN chose ${printable(alpn)}`;
  if (fallback === undefined) return markedLine(terminal, 'good', `over ${http}; ${choice}`);
  const why = `${fallback.reason.code}, ${fallback.reason.title} (${sawText(shown(fallback.evidence))})`;
  return markedLine(terminal, 'warn', `over ${http}; ${choice}. Not over HTTP/2: ${why}`);
}

/** What came of the offer to compress: a line of its own. */
function compressionText(terminal: Terminal, { extensions }: Connection<unknown>): string {
  if (extensions !== '') return markedLine(terminal, 'good', extensionWords(extensions));
  return markedLine(terminal, 'warn', 'not compressed: the server declined the offer');
}

function markedLine(terminal: Terminal, mark: Mark, text: string): string {
  return `  ${terminal.sign(mark)} ${terminal.block(text, 2 + terminal.signWidth + 1).trimStart()}\n`;
}

/** Until the connection ends: each line of stdin is sent, each message is printed. */
async function talk(connection: Connection<unknown>, interrupted: AbortSignal): Promise<CloseRecord> {
  let heardAt = performance.now();
  connection.onmessage = (message) => {
    heardAt = performance.now();
    const text = typeof message === 'string' ? message : binaryLine(message);
    if (!process.stdout.write(`${text}\n`)) {
      connection.pause();
      process.stdout.once('drain', () => connection.resume());
    }
  };
  interrupted.addEventListener('abort', () => void connection.close(1000), { once: true });
  const lines = createInterface({ input: process.stdin });
  connection.closed.then(() => {
    lines.close();
    process.stdin.destroy();
  });
  for await (const line of lines) {
    if (connection.state !== 'open') break;
    await connection.send(line).catch(() => {});
    heardAt = performance.now();
  }
  await quiet(() => heardAt, connection.closed);
  void connection.close(1000);
  return connection.closed;
}

/** Waits until nothing was heard for a second, so that the answers to piped lines are not lost, or until it has ended. */
async function quiet(heardAt: () => number, ended: Promise<unknown>): Promise<void> {
  for (;;) {
    const leftMs = heardAt() + quietMs - performance.now();
    if (leftMs <= 0) return;
    let timer: NodeJS.Timeout | undefined;
    const pause = new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, leftMs, false);
    });
    const isOver = await Promise.race([ended.then(() => true), pause]);
    clearTimeout(timer);
    if (isOver) return;
  }
}

function binaryLine(bytes: Buffer): string {
  const shown = bytes.subarray(0, 64).toString('hex').replace(/../g, '$& ').trim();
  const rest = bytes.length > 64 ? ' …' : '';
  return `(${bytes.length} bytes) ${shown}${rest}`;
}
