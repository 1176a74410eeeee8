// Knows: all that the server has told, as signals that change at most once a painted frame, however fast it tells.
// Must not know: how the news travels (`link.ts`) or what is looked at (`list.ts`, `at.ts`).
import { batch, signal } from '@preact/signals';
import type {
  Detail,
  FrameRow,
  FromServer,
  Group,
  HandshakeRow,
  Overview,
  ServerFacts,
} from '../../protocol.js';
import { Rows } from './rows.js';
import { Samples } from './samples.js';

/** Frames that the page keeps of the connection that is looked at. */
export const MOST_FRAMES = 20_000;

export const rows = new Rows();
const samples = new Samples();

/** Grows when rows came or changed. */
export const rowsVersion = signal(0);
export const past = signal<readonly Overview[]>([]);
export const overview = signal<Overview | undefined>(undefined);
export const groups = signal<readonly Group[]>([]);
export const server = signal<ServerFacts | undefined>(undefined);
/** What was told of the handshake that was asked about; no `detail` when the server has forgotten it. */
export const told = signal<{ readonly id: number; readonly detail?: Detail } | undefined>(undefined);
export const frames = signal<{ readonly id: number; readonly frames: readonly FrameRow[] } | undefined>(
  undefined,
);
/** What came of the last action that was asked for here. */
export const did = signal<Extract<FromServer, { type: 'did' }> | undefined>(undefined);
/** By how much the server's clock is ahead of this one, in milliseconds. */
export const aheadMs = signal(0);

type Change = () => void;
let waiting: Map<string, Change> | undefined;
let comingFrames: FrameRow[] = [];
let onhar: ((har: object) => void) | undefined;

export function take(message: FromServer): void {
  switch (message.type) {
    case 'hello':
      return greet(message);
    case 'rows':
      rows.forget(message.forgotten ?? []);
      return takeRows(message.rows);
    case 'connections':
      rows.move(message.connections);
      return laterRows();
    case 'groups':
      return later('groups', () => {
        groups.value = message.groups;
      });
    case 'overview':
      return takeOverview(message.overview);
    case 'detail':
      // It may be one that was not told before, or that the page took for forgotten.
      if (message.detail !== undefined) takeRows([message.detail.row]);
      return later('detail', () => {
        told.value = message;
      });
    case 'frames':
      return takeFrames(message.id, message.frames);
    case 'did':
      did.value = message;
      return;
    case 'har':
      onhar?.(message.har);
      onhar = undefined;
  }
}

/** Who gets the archive that was asked for. */
export function awaitHar(listener: (har: object) => void): void {
  onhar = listener;
}

function greet(hello: FromServer & { type: 'hello' }): void {
  // Of another run of the server nothing holds any more: its ids begin again.
  if (server.peek()?.startedAt !== hello.server.startedAt) {
    rows.clear();
    samples.clear();
  }
  server.value = hello.server;
  groups.value = hello.groups;
  takeRows(hello.rows);
  rows.keepOpen(hello.open);
  takeOverview(hello.overview);
}

function takeRows(news: readonly HandshakeRow[]): void {
  rows.apply(news);
  laterRows();
}

function laterRows(): void {
  later('rows', () => {
    rowsVersion.value += 1;
  });
}

function takeOverview(news: Overview): void {
  samples.add(news);
  later('overview', () => {
    overview.value = news;
    past.value = samples.all;
    aheadMs.value = news.at - Date.now();
  });
}

export function forgetFrames(id: number): void {
  comingFrames = [];
  frames.value = { id, frames: [] };
}

function takeFrames(id: number, news: readonly FrameRow[]): void {
  if (frames.peek()?.id !== id) return;
  // What is kept is told when one asks, and may be told once more with what is new.
  const known = comingFrames.at(-1)?.n ?? frames.peek()?.frames.at(-1)?.n ?? 0;
  comingFrames.push(...news.filter((frame) => frame.n > known));
  later('frames', () => {
    const all = [...(frames.peek()?.frames ?? []), ...comingFrames];
    comingFrames = [];
    frames.value = { id, frames: all.length > MOST_FRAMES ? all.slice(-MOST_FRAMES) : all };
  });
}

/** A hidden page paints nothing: its changes wait, one of each kind, until it is looked at. */
function later(kind: string, change: Change): void {
  if (waiting === undefined) {
    waiting = new Map();
    requestAnimationFrame(() => {
      const changes = [...waiting!.values()];
      waiting = undefined;
      batch(() => {
        for (const apply of changes) apply();
      });
    });
  }
  waiting.set(kind, change);
}
