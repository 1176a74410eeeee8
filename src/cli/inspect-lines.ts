// Knows: how the inspector's news read on a terminal: the figures, failures by their kind, a line a handshake and one for its end.
// Must not know: where they come from. Whatever peers, or the server itself, have written is made safe to print as it comes in.
import type {
  ConnectionRow,
  FromServer,
  Group,
  HandshakeRow,
  Overview,
  Reload,
} from '../inspector/protocol.js';
import { printable } from '../reason.js';
import { clock, milliseconds } from './log.js';
import { columns, type Terminal } from './terminal.js';

/** Longer texts are cut: a head has at most some 16,000 octets, and a line of a terminal far fewer. */
const MOST_SHOWN = 200;

/** Undefined for what is none of the inspector's messages. All texts in it are safe to print then. */
export function shownFrom(message: unknown): FromServer | undefined {
  return inspectedFrom(message, (_, value) =>
    typeof value === 'string' ? printable(value, MOST_SHOWN) : value,
  );
}

/** The same as it came. */
export function inspectedFrom(
  message: unknown,
  reviver?: (name: string, value: unknown) => unknown,
): FromServer | undefined {
  try {
    const told = JSON.parse(String(message), reviver) as Partial<Record<string, unknown>> | null;
    const wanted = PARTS.get(told?.type as string);
    if (wanted === undefined) return undefined;
    const isWhole = wanted.every((name) => typeof told![name] === 'object' && told![name] !== null);
    return isWhole ? (told as unknown as FromServer) : undefined;
  } catch {
    return undefined;
  }
}

const PARTS: ReadonlyMap<string, readonly string[]> = new Map([
  ['hello', ['server', 'rows', 'groups', 'overview']],
  ['rows', ['rows']],
  ['connections', ['connections']],
  ['groups', ['groups']],
  ['overview', ['overview']],
]);

export function statusLine(terminal: Terminal, overview: Overview): string {
  const { open, acceptedPerSecond, refusedPerSecond, p99Ms, backpressured } = overview;
  const figures = [
    `open ${open.toLocaleString('en')}`,
    `accepted/s ${acceptedPerSecond.toFixed(1)}`,
    `refused/s ${refusedPerSecond.toFixed(1)}`,
    `p99 ${milliseconds(p99Ms)}`,
    `backpressured ${backpressured}`,
  ];
  return terminal.text(`  ${figures.join(' · ')}`);
}

/** The figures, then the failures of the last ten minutes, most often first. */
export function summary(
  terminal: Terminal,
  width: number,
  { server, groups, overview }: Extract<FromServer, { type: 'hello' }>,
): string {
  const since = clock(new Date(server.startedAt));
  const name = `${server.name} · handfast ${server.version} · since ${since}`;
  const lines = groups.flatMap((group) => groupLines(terminal, width, group));
  const failures = lines.length === 0 ? ['  Nothing was refused.'] : lines;
  const reloads = overview.reloads.map((reload) => `  ${reloadLine(terminal, reload)}`);
  const title = terminal.paint(terminal.text(name), 'strong');
  return ['', `  ${title}`, statusLine(terminal, overview), ...reloads, '', ...failures, ''].join('\n');
}

function reloadLine(terminal: Terminal, { at, ended }: Reload): string {
  const words = `reload: ${ended.toLocaleString('en')} connections ended at once, RELOAD_CUT`;
  return `${clock(new Date(at))} ${terminal.sign('warn')} ${terminal.text(words)}`;
}

/** A reload is told once, when no more connections end with it. */
export class Reloads {
  readonly #terminal: Terminal;
  #toldAt = 0;
  #ended = 0;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Those that the summary has. */
  know({ reloads }: Overview): void {
    this.#toldAt = reloads.at(-1)?.at ?? 0;
  }

  lines({ reloads }: Overview): string[] {
    const [next] = reloads.filter(({ at }) => at > this.#toldAt);
    if (next === undefined) return [];
    const isOver = next.ended === this.#ended;
    this.#ended = isOver ? 0 : next.ended;
    if (!isOver) return [];
    this.#toldAt = next.at;
    return [reloadLine(this.#terminal, next)];
  }
}

const BARS = '▁▂▃▄▅▆▇█';
/** Of the intervals of 20 s the newest. */
const SHOWN_INTERVALS = 15;
const CODE_COLUMNS = 30;

/** Which, how often and when; then whom it concerns. */
function groupLines(terminal: Terminal, width: number, group: Group): string[] {
  const { code, count, origin, route, via, isNew, lastAt } = group;
  const name = terminal.paint(code, 'bad') + ' '.repeat(Math.max(1, CODE_COLUMNS - columns(code)));
  const seen = [
    `${String(count).padStart(5)}×`,
    terminal.ascii ? '' : sparkline(group.spark),
    `last ${clock(new Date(lastAt))}`,
    isNew ? 'new' : '',
  ];
  const from = origin === undefined ? '' : `${origin} → `;
  const about = terminal.wrap(`${from}${route}${via === undefined ? '' : ` via ${via}`}`, width - 4);
  const head = `  ${name}${terminal.text(seen.filter((part) => part !== '').join('  '))}`;
  return [head, ...about.map((line) => `    ${line}`)];
}

function sparkline(spark: readonly number[]): string {
  const newest = spark.slice(-SHOWN_INTERVALS);
  const most = Math.max(1, ...newest);
  return newest
    .map((count) => (count === 0 ? ' ' : BARS[Math.ceil((count / most) * BARS.length) - 1]))
    .join('');
}

/** More than the feed keeps. */
const MAX_KNOWN = 20_000;

/** A handshake is told once, and once how its connection ended, however often it is heard of. */
export class Rows {
  readonly #terminal: Terminal;
  readonly #onlyFailed: boolean;
  readonly #width: number;
  readonly #known = new Map<number, HandshakeRow | 'over'>();

  constructor(terminal: Terminal, onlyFailed: boolean, width: number) {
    this.#terminal = terminal;
    this.#onlyFailed = onlyFailed;
    this.#width = width;
  }

  /** Of those that were there before only the ends are told. */
  know(rows: readonly HandshakeRow[]): void {
    for (const row of rows) this.#learn(row);
  }

  lines(rows: readonly HandshakeRow[]): string[] {
    return rows.flatMap((row) => {
      const before = this.#known.get(row.id);
      this.#learn(row);
      if (before === 'over' || row.watcher === true) return [];
      const isOver = row.connection?.end !== undefined;
      return [
        ...(before === undefined && this.#wants(row) ? this.#handshake(row) : []),
        ...(isOver && this.#wantsEnd(row) ? this.#end(row) : []),
      ];
    });
  }

  ends(connections: readonly ConnectionRow[]): string[] {
    const rows = connections.flatMap(({ id, ...connection }) => {
      const row = this.#known.get(id);
      return row === undefined || row === 'over' ? [] : [{ ...row, connection }];
    });
    return this.lines(rows);
  }

  #learn(row: HandshakeRow): void {
    const isOver = row.outcome !== 'accepted' || row.connection?.end !== undefined;
    this.#known.set(row.id, isOver ? 'over' : row);
    if (this.#known.size > MAX_KNOWN) this.#known.delete(this.#known.keys().next().value!);
  }

  #wants({ outcome }: HandshakeRow): boolean {
    return !this.#onlyFailed || outcome !== 'accepted';
  }

  #wantsEnd({ connection }: HandshakeRow): boolean {
    return !this.#onlyFailed || connection!.end!.clean !== true;
  }

  #handshake(row: HandshakeRow): string[] {
    const { at, outcome, status, code, method, target, address, origin, subprotocol, tookMs } = row;
    const { user, server } = row;
    const mark = outcome === 'accepted' ? 'good' : outcome === 'abandoned' ? 'skip' : 'bad';
    return this.#line(at, mark, [
      status === 0 ? '---' : String(status),
      method,
      target,
      address,
      userTold(user),
      code ?? (outcome === 'abandoned' ? 'left before the answer' : ''),
      origin ?? '',
      subprotocol,
      server === undefined ? '' : `on ${server}`,
      inOnePiece(milliseconds(tookMs)),
    ]);
  }

  #end({ target, user, connection }: HandshakeRow): string[] {
    const { end, openMs, messagesIn, messagesOut } = connection!;
    const { at, code, reason, who, cause, clean } = end!;
    return this.#line(at, clean ? 'skip' : 'bad', [
      String(code),
      reason === '' ? '' : `"${reason}"`,
      target,
      userTold(user),
      who,
      cause ?? '',
      inOnePiece(`open ${(openMs / 1000).toFixed(1)} s,`),
      inOnePiece(`${messagesIn} in, ${messagesOut} out`),
    ]);
  }

  #line(at: number, mark: 'good' | 'skip' | 'bad', parts: readonly string[]): string[] {
    const terminal = this.#terminal;
    const hang = 9 + terminal.signWidth + 1;
    const text = parts.filter((part) => part !== '').join(' ');
    const [first = '', ...others] = terminal.wrap(text, this.#width - hang);
    const start = `${clock(new Date(at))} ${terminal.sign(mark)} ${first}`;
    return [start, ...others.map((line) => `${' '.repeat(hang)}${line}`)];
  }
}

function userTold(user: string | undefined): string {
  return user === undefined ? '' : `user ${user}`;
}

function inOnePiece(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}
