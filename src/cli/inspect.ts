// Knows: the command `inspect`: the feed of a running server's inspector on a terminal: what fails, by its kind, then what comes.
// Must not know: how a line looks (`inspect-lines.ts`), or what the inspector keeps. Secrets never leave the server.
import { connect } from '../client/connect.js';
import { HandshakeError } from '../errors.js';
import { FEED_PATH, type FromServer, SUBPROTOCOL } from '../inspector/protocol.js';
import { showEnd, showRefusal } from './connect-failure.js';
import { exits } from './exits.js';
import { inspectedFrom, Reloads, Rows, shownFrom, statusLine, summary } from './inspect-lines.js';
import { openEvents } from './inspect-stream.js';
import { Screen } from './screen.js';
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
  const misuse = (text: string) => {
    complain(`${terminal.sign('bad')} ${text}`);
    return exits.usage;
  };
  const url = feedUrl(where);
  if (url === undefined) return misuse('Give the address of the server, such as http://127.0.0.1:8101.');
  const { token } = options;
  if (token !== undefined && !/^[!-~]+$/.test(token)) return misuse('A token is visible ASCII characters.');
  try {
    const connection = await connect(url, {
      subprotocols: [SUBPROTOCOL],
      compression: true,
      limits: { maxMessageBytes: MAX_TOLD_BYTES },
      ...(token !== undefined && { headers: [['Authorization', `Bearer ${token}`]] }),
    });
    const news: News = {
      listen: (listener) => {
        connection.onmessage = listener;
      },
      leave: () => void connection.close(),
      ended: connection.closed.then((record) => () => showEnd(terminal, record, false, complain)),
    };
    return await follow(news, terminal, options, complain);
  } catch (error) {
    if (!(error instanceof HandshakeError)) throw error;
    const news = mayStream(error) ? await newsByStream(url, token, terminal, complain) : 0;
    if (typeof news !== 'number') {
      const why = `handfast explain ${error.reason.code}`;
      complain(`${terminal.sign('warn')} live without WebSocket (${why})`);
      return await follow(news, terminal, options, complain);
    }
    const code = showRefusal(terminal, error, false, complain);
    const hint = hintFor(news === 401 ? news : error.status, token !== undefined);
    if (hint !== undefined) complain(terminal.block(hint));
    return code;
  }
}

/** What brings the news, a WebSocket or a stream of events. */
interface News {
  listen(listener: (message: unknown) => void): void;
  leave(): void;
  /** Once it has ended: tells how, and gives the exit code. */
  readonly ended: Promise<() => number>;
}

/** Where nobody is there to ask, or what was said is about the token, another way there changes nothing. */
function mayStream({ stage, status }: HandshakeError): boolean {
  return !['url', 'dns', 'tcp', 'proxy', 'tls', 'abort'].includes(stage) && status !== 401 && status !== 429;
}

/** The status of what was answered in its place; 0 where nothing was. */
async function newsByStream(
  feed: string,
  token: string | undefined,
  terminal: Terminal,
  complain: (text: string) => void,
): Promise<News | number> {
  const url = new URL('events', feed.replace(/^ws/, 'http'));
  const stream = await openEvents(url, token, MAX_TOLD_BYTES);
  if (typeof stream === 'number') return stream;
  const ended = stream.ended.then((why) => () => {
    if (why === undefined) return exits.good;
    complain(`${terminal.sign('bad')} ${why}`);
    return exits.cut;
  });
  return { listen: stream.listen, leave: stream.leave, ended };
}

/**
 * A port, an address with or without scheme, or, with a slash at its end, the page's address where a proxy shows it under another path.
 * Any other path is that of a WebSocket: the inspector is at the same place on every server.
 */
export function feedUrl(where: string): string | undefined {
  const full = /^:?\d{1,5}$/.test(where) ? `http://127.0.0.1:${where.replace(':', '')}` : where;
  const text = /^[a-z]+:\/\//i.test(full) ? full : `http://${full}`;
  if (!URL.canParse(text)) return undefined;
  const { protocol, host, pathname } = new URL(text);
  if (!/^(?:http|ws)s?:$/.test(protocol) || host === '') return undefined;
  const isPage = pathname.endsWith('/') && pathname !== '/';
  return `${/^(?:https|wss):$/.test(protocol) ? 'wss' : 'ws'}://${host}${isPage ? `${pathname}feed` : FEED_PATH}`;
}

/** What a refusal of this endpoint means, where its own words do not say. */
function hintFor(status: number | undefined, hasToken: boolean): string | undefined {
  if (status === 401)
    return hasToken
      ? 'The inspector has another token.\n'
      : 'The inspector wants its token: --token, or HANDFAST_INSPECT_TOKEN in the environment.\n';
  if (status !== 404 && status !== 426 && status !== 200) return undefined;
  return 'No inspector is mounted there: handfast serve --inspect, or createServer({ inspect: inspect() }).\n';
}

/** Until the feed ends or is left, which is no failure. */
async function follow(
  news: News,
  terminal: Terminal,
  options: InspectCommandOptions,
  complain: (text: string) => void,
): Promise<number> {
  const leave = () => news.leave();
  process.once('SIGINT', leave).once('SIGTERM', leave);
  const screen = new Screen(process.stdout, terminal, !options.json);
  const rows = new Rows(terminal, options.failed, screen.width);
  const reloads = new Reloads(terminal);
  let isStrange = false;
  news.listen((message) => {
    try {
      const { type } = options.json
        ? showJson(message, screen, options.failed)
        : show(message, terminal, screen, rows, reloads);
      if (options.once && type === 'hello') leave();
    } catch {
      isStrange = true;
      leave();
    }
  });
  const told = await news.ended;
  process.off('SIGINT', leave).off('SIGTERM', leave);
  screen.end();
  if (!isStrange) return told();
  complain(
    `${terminal.sign('bad')} What is told there is nothing that this version of handfast understands.`,
  );
  return exits.cut;
}

/** @throws for what is none of the inspector's messages, or has not what they have. */
function show(
  message: unknown,
  terminal: Terminal,
  screen: Screen,
  rows: Rows,
  reloads: Reloads,
): FromServer {
  const told = shownFrom(message)!;
  if (told.type === 'hello') {
    screen.write(summary(terminal, screen.width, told));
    rows.know(told.rows);
    reloads.know(told.overview);
  }
  if (told.type === 'rows') for (const line of rows.lines(told.rows)) screen.write(line);
  if (told.type === 'connections') for (const line of rows.ends(told.connections)) screen.write(line);
  if (told.type !== 'overview') return told;
  for (const line of reloads.lines(told.overview)) screen.write(line);
  screen.status(statusLine(terminal, told.overview));
  return told;
}

/** A line for each message; what a terminal would obey is escaped as JSON escapes it. @throws as `show`. */
function showJson(message: unknown, screen: Screen, onlyFailed: boolean): FromServer {
  const told = inspectedFrom(message)!;
  // Only what was accepted has one.
  if (told.type === 'connections' && onlyFailed) return told;
  const isFiltered = told.type === 'rows' && onlyFailed;
  const kept = isFiltered
    ? { ...told, rows: told.rows.filter(({ outcome }) => outcome !== 'accepted') }
    : told;
  screen.write(JSON.stringify(kept).replace(/[\p{Cc}\p{Cf}\p{Co}\u2028\u2029]/gu, escaped));
  return told;
}

function escaped(character: string): string {
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
