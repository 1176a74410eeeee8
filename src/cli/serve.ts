// Knows: the command `serve`: an echo or the chat, its log, and how it ends without cutting anybody off.
// Must not know: how the server works. RFC 6455 §7.4.1 for 1001; 1012 is in the registry of close codes.
import type { Connection } from '../connection/connection.js';
import type { Inspector } from '../inspector/mount.js';
import { createServer, type Server, type ServerOptions } from '../server/server.js';
import { createChat } from './chat/chat.js';
import { exits } from './exits.js';
import { listenFailure, readTls, stopSignal } from './listening.js';
import { startLog } from './log.js';
import { inspectorFor, inspectorLines } from './serve-inspector.js';
import { type Terminal, terminalFor } from './terminal.js';

export interface ServeOptions {
  readonly port: number;
  readonly host: string;
  readonly echo?: boolean;
  readonly chat?: boolean;
  readonly path?: string;
  readonly subprotocol: readonly string[];
  readonly origin: readonly string[];
  readonly maxMessage?: number;
  readonly maxFragments?: number;
  /** Compresses messages with clients that can do it. */
  readonly compress: boolean;
  /** Speaks HTTP/2 beside HTTP/1.1. */
  readonly h2: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** False after `--no-limits`. */
  readonly limits: boolean;
  readonly inspect: boolean;
  readonly inspectToken?: string;
  readonly inspectActions: boolean;
  readonly json: boolean;
}

/** How long connections have to answer the close, and over how long the closes are spread. */
const drainWindowMs = 1000;
const drainDeadlineMs = 5000;

export async function serveCommand(options: ServeOptions, { ascii }: { ascii: boolean }): Promise<number> {
  const terminal = terminalFor(process.stderr, process.env, ascii);
  const tell = (line: string) => void process.stderr.write(`${line}\n`);
  const complain = (text: string, code: number) => {
    tell(`${terminal.sign('bad')} ${terminal.text(text)}`);
    return code;
  };
  const misuse = findMisuse(options);
  if (misuse !== undefined) return complain(misuse, exits.usage);
  let made: ServerOptions<unknown>;
  try {
    made = serverOptions(options);
  } catch (error) {
    return complain((error as Error).message, exits.failed);
  }
  let inspector: Inspector | undefined;
  try {
    inspector = inspectorFor(options);
  } catch (error) {
    return complain((error as Error).message, exits.usage);
  }
  if (inspector !== undefined) made = { ...made, inspect: inspector };
  const stopLog = startLog(terminal, options.json, tell);
  let server: Server<unknown>;
  try {
    server = createServer(made);
  } catch (error) {
    return complain((error as Error).message, exits.usage);
  }
  try {
    await server.ready;
  } catch (error) {
    return complain(
      listenFailure(error as NodeJS.ErrnoException, options, (port) => `--port ${port}`),
      exits.failed,
    );
  }
  announce(server, options, terminal);
  announceInspector(server, options, terminal);
  const signal = await stopSignal();
  await drain(server, signal, options.json, terminal, tell);
  stopLog();
  inspector?.close();
  return exits.good;
}

function findMisuse(options: ServeOptions): string | undefined {
  if (options.chat && options.echo) return 'Choose one: --echo or --chat.';
  if (options.chat && (options.path !== undefined || options.subprotocol.length > 0)) {
    return 'The chat has its own path and subprotocols: leave out --path and --subprotocol.';
  }
  if ((options.tlsCert === undefined) !== (options.tlsKey === undefined)) {
    return 'TLS needs both: --tls-cert FILE and --tls-key FILE.';
  }
  if (options.path !== undefined && !options.path.startsWith('/')) return '--path must begin with a slash.';
  return undefined;
}

function serverOptions(options: ServeOptions): ServerOptions<unknown> {
  const tls = options.tlsCert && options.tlsKey ? { tls: readTls(options.tlsCert, options.tlsKey) } : {};
  const common = {
    port: options.port,
    host: options.host,
    compression: options.compress,
    http2: options.h2,
    ...origins(options.origin),
    ...tls,
  };
  const limits = { ...sizes(options), ...(options.limits ? {} : unlimited) };
  if (!options.chat) return { ...common, limits, ...echo(options) };
  const { routes, http } = createChat();
  return { ...common, limits, routes, http };
}

function origins(list: readonly string[]): Partial<Pick<ServerOptions<unknown>, 'origins'>> {
  if (list.length === 0) return {};
  return { origins: list.includes('any-insecure') ? 'any-insecure' : list };
}

function sizes(options: ServeOptions) {
  return {
    ...(options.maxMessage !== undefined && { maxMessageBytes: options.maxMessage }),
    ...(options.maxFragments !== undefined && { maxFragments: options.maxFragments }),
  };
}

/** Connections and rates only: sizes and deadlines protect this process from a single peer and stay. */
const unlimited = {
  maxConnections: Number.POSITIVE_INFINITY,
  maxConnectionsPerAddress: Number.POSITIVE_INFINITY,
  maxPendingHandshakes: Number.POSITIVE_INFINITY,
  maxHandshakesPerSecond: Number.POSITIVE_INFINITY,
} as const;

function echo(options: ServeOptions): ServerOptions<unknown> {
  return {
    ...(options.path !== undefined && { path: options.path }),
    ...(options.subprotocol.length > 0 && { subprotocols: options.subprotocol }),
    onbytes: echoBack,
  };
}

/** Sends each message back as it came; when the peer reads slowly, this side stops reading too. */
function echoBack(connection: Connection<unknown>, bytes: Buffer, isText: boolean): void {
  const sent = connection.send(bytes, isText ? asText : undefined);
  if (connection.bufferedBytes < slowBytes) {
    sent.catch(ended);
    return;
  }
  connection.pause();
  sent.then(() => connection.resume(), ended);
}

const asText = { text: true } as const;
const slowBytes = 65_536;
/** A connection that ends while an echo is under way is no news. */
function ended(): void {}

/** The first line of stdout is for programs that start this one: it says that the port is open, and which. */
function announce(server: Server<unknown>, options: ServeOptions, terminal: Terminal): void {
  const url = new URL(server.url);
  if (options.path !== undefined) url.pathname = options.path;
  process.stdout.write(`listening on ${url.href}\n`);
  if (options.h2 && options.tlsCert === undefined) {
    const note = 'HTTP/2 without TLS: for proxies that were told so, browsers speak it with TLS only';
    process.stderr.write(`${terminal.text(note)}\n`);
  }
  if (!options.chat) return;
  url.protocol = url.protocol === 'wss:' ? 'https:' : 'http:';
  process.stdout.write(terminal.text(`open ${url.href} in two windows and chat\n`));
}

function announceInspector(server: Server<unknown>, options: ServeOptions, terminal: Terminal): void {
  const { where, note } = inspectorLines(new URL(server.url), options);
  if (where !== undefined) process.stdout.write(`${where}\n`);
  if (note !== undefined) process.stderr.write(`${terminal.text(note)}\n`);
}

/** SIGTERM is what a restart sends, so clients are told to come back (1012); SIGINT means going away (1001). */
async function drain(
  server: Server<unknown>,
  signal: 'SIGTERM' | 'SIGINT',
  isJson: boolean,
  terminal: Terminal,
  tell: (line: string) => void,
): Promise<void> {
  const [code, reason] = signal === 'SIGTERM' ? [1012, 'restart'] : [1001, 'going away'];
  const windowMs = server.connections.size > 20 ? drainWindowMs : 0;
  const { closed, terminated } = await server.drain({ code, reason, windowMs, deadlineMs: drainDeadlineMs });
  await server.close();
  if (isJson)
    tell(JSON.stringify({ time: new Date().toISOString(), event: 'drained', code, closed, terminated }));
  else tell(terminal.text(`${signal}: closed ${closed} with ${code}, cut ${terminated} that did not answer`));
}
