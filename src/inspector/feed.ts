// Knows: what the inspector keeps of what it hears, and when watchers are told of it. While nobody watches it counts what fails and what
// ends, and keeps few handshakes. Must not know: sockets, pages, or who may watch (`mount.ts`). Nothing below knows that it exists.
import * as trace from '../trace.js';
import { version } from '../version.js';
import { type ActAsked, Actions } from './actions.js';
import { Batches } from './batches.js';
import { Denied } from './deeds.js';
import { detailOf } from './detail.js';
import { companyOf, endOf, recordWithoutSecrets } from './endings.js';
import { Figures } from './figures.js';
import { Framed } from './framed.js';
import { Groups } from './groups.js';
import { harOf } from './har.js';
import { Hearing } from './hearing.js';
import { hopOf, type Kept, keep } from './kept.js';
import { type Detail, FEED_PATH, type FromServer, type HandshakeRow, type ServerFacts } from './protocol.js';
import { Ring } from './ring.js';
import { Samples } from './samples.js';
import { Servers } from './servers.js';
import type { Settings } from './settings.js';
import { isUnchanged, stateOf } from './states.js';
import { tellOne, type Watched, type Watcher, Watchers } from './watchers.js';
import { userOf } from './whose.js';

const FIGURES_MS = 1000;
/** Who watches a quiet server sees a handshake at once. The more there is to tell, the less often: each message costs by itself. */
const BATCH_MS = 100;
const MANY = 10;
const MANY_MS = 400;
/** Connections that are told again a second: of many open ones each has its turn. */
const MOST_MOVED = 100;
/** More rows than that in one message help nobody. */
const MAX_HELLO_ROWS = 2000;

export class Feed {
  readonly #settings: Settings;
  readonly #startedAt = Date.now();
  readonly #ring: Ring;
  readonly #groups: Groups;
  readonly #figures: Figures;
  readonly #actions: Actions;
  readonly #hearing: Hearing;
  readonly #framed: Framed;
  readonly #watchers = new Watchers();
  readonly #batches = new Batches();
  readonly #servers = new Servers(() => this.#watchers.size > 0 && this.#watchers.tell(this.#hello()));
  /** Open connections that are kept, by the connection. */
  readonly #open = new Map<trace.TracedConnection, Kept>();
  /** Connections by which somebody watches us. */
  readonly #watching = new WeakSet<trace.TracedConnection>();
  readonly #samples: Readonly<Record<'failed' | 'watching', Samples>>;
  #lastId = 0;
  #batchTimer: NodeJS.Timeout | undefined = undefined;
  #figuresTimer: NodeJS.Timeout | undefined = undefined;
  #isClosed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    const { handshakes, budgetBytes, samplesPerSecond, framesPerConnection, payloadBytes, payload } =
      settings;
    const samples = () => new Samples(samplesPerSecond, this.#startedAt);
    this.#ring = new Ring(handshakes, budgetBytes, (kept) => this.#forget(kept));
    this.#groups = new Groups(this.#startedAt);
    this.#figures = new Figures(this.#startedAt);
    this.#framed = new Framed({ frames: framesPerConnection, payloadBytes, payload });
    this.#actions = new Actions(settings.actions, (id, isHeld) => this.#onHold(id, isHeld));
    this.#samples = { failed: samples(), watching: samples() };
    const listener = {
      accepted: (told: trace.HandshakeTrace, isKept: boolean) => this.#onAccepted(told, isKept),
      failed: (told: trace.HandshakeTrace) => this.#onFailure(told),
      closed: (told: trace.ConnectionTrace) => this.#onClosed(told),
      ended: (server: trace.TracedServer) => this.#servers.end(server),
      pinged: (told: trace.HeartbeatTrace) => this.#onPing(told),
      frame: (told: trace.FrameTrace) => this.#onFrame(told),
    };
    this.#hearing = new Hearing(listener, samples());
  }

  get server(): ServerFacts {
    const { name, payload, actions } = this.#settings;
    return { name, version, startedAt: this.#startedAt, capturesPayload: payload, actions };
  }

  get heldBytes(): number {
    return this.#ring.bytes + this.#framed.bytes;
  }

  /** Stops listening; watchers are told nothing more. */
  close(): void {
    this.#isClosed = true;
    for (const watched of [...this.#watchers]) this.#leave(watched);
    this.#hearing.close();
    // Nobody tells of their end any more.
    for (const kept of this.#open.values()) kept.connection = undefined;
    this.#open.clear();
    this.#framed.clear();
    this.#servers.clear();
  }

  // Watching.

  /**
   * Tells everything that is kept, then what is new, in batches, until the answer is called. `by`: the address of whoever watches.
   * `connection`: by which they do: while nobody watches, its handshake may not have been heard.
   */
  watch(watcher: Watcher, by: string = 'this process', connection?: trace.TracedConnection): () => void {
    if (connection !== undefined) this.#watching.add(connection);
    if (this.#isClosed) return () => {};
    const watched: Watched = { watcher, by, frames: undefined };
    this.#hearing.catchUp();
    this.#watchers.add(watched);
    if (this.#watchers.size === 1) this.#begin();
    tellOne(watcher, this.#hello());
    return () => this.#leave(watched);
  }

  #begin(): void {
    this.#hearing.watch(true);
    this.#batches.begin(this.#lastId);
    // What they carried before is no news.
    for (const kept of this.#open.values()) this.#fresh(kept);
    this.#figures.begin(Date.now());
    this.#batchIn(BATCH_MS);
    this.#figuresTimer = setInterval(() => this.#tellFigures(), FIGURES_MS).unref();
  }

  #leave(watched: Watched): void {
    if (!this.#watchers.delete(watched)) return;
    this.#actions.leave(watched);
    this.#hearing.look(this.#watchers.wantFrames);
    if (this.#watchers.size > 0) return;
    this.#hearing.watch(false);
    this.#batches.end();
    clearTimeout(this.#batchTimer);
    clearInterval(this.#figuresTimer);
  }

  #hello(): FromServer {
    const now = Date.now();
    const rows = [...this.#ring.values()].slice(-MAX_HELLO_ROWS).map((kept) => this.#fresh(kept));
    this.#batches.greeted(rows[0]?.id ?? 0);
    return {
      type: 'hello',
      server: this.server,
      rows,
      open: Array.from(this.#open.values(), ({ id }) => id),
      groups: this.#groups.list(now),
      overview: this.#overview(now),
    };
  }

  /** All that can be told of one handshake; undefined when it is forgotten. */
  detail(id: number): Detail | undefined {
    const kept = this.#ring.get(id);
    if (kept === undefined) return undefined;
    this.#fresh(kept);
    return detailOf(kept, companyOf(kept, this.#ring.values(), this.#figures.closes));
  }

  har(ids: readonly number[]): object {
    const kept = ids.flatMap((id) => this.#ring.get(id) ?? []);
    return harOf(kept, (id) => this.#framed.rows(id));
  }

  /** The frames of one connection, those that are kept at once and new ones in batches; undefined ends it. */
  watchFrames(watcher: Watcher, id: number | undefined): void {
    const watched = this.#watchers.find(watcher);
    if (watched === undefined) return;
    watched.frames = id;
    this.#hearing.look(this.#watchers.wantFrames);
    if (id !== undefined) tellOne(watcher, { type: 'frames', id, frames: this.#framed.rows(id) ?? [] });
  }

  /** Does something to an open connection, where that may be done; this watcher is told what came of it. Nothing of it throws. */
  act(watcher: Watcher, asked: ActAsked): void {
    const watched = this.#watchers.find(watcher);
    if (watched === undefined) return;
    // What is waited for may come when they have left.
    const tell = (told: FromServer) => this.#watchers.has(watched) && watcher(told);
    this.#actions
      .act(watched, asked, this.#aimOf(asked), tell)
      .catch((error) => trace.reportFault('a watcher of the inspector threw', error));
  }

  #aimOf({ id, at }: ActAsked): trace.TracedConnection | Denied {
    const kept = this.#ring.get(id);
    if (kept === undefined || kept.row.at !== at)
      return new Denied('gone', 'This handshake is forgotten, or of another run of the server.');
    if (kept.row.watcher) return new Denied('watcher', 'Whoever watches is left alone.');
    return kept.connection ?? new Denied('gone', 'It has no connection that is open.');
  }

  #onHold(id: number, isHeld: boolean): void {
    const kept = this.#ring.get(id);
    if (kept === undefined) return;
    kept.isHeld = isHeld;
    this.#batches.change(kept);
  }

  // What is heard.

  #onAccepted(told: trace.HandshakeTrace, isKept: boolean): void {
    this.#servers.hear(told.server);
    if (isFeed(told)) return this.#onWatching(told);
    this.#figures.answered(true, told.tookMs);
    if (isKept) this.#keep(told);
  }

  #onFailure(told: trace.HandshakeTrace): void {
    this.#servers.hear(told.server);
    if (told.outcome === 'broken' && isFeed(told)) return this.#onBrokenWatching(told);
    this.#figures.answered(false, told.tookMs);
    const isKept = this.#watchers.size > 0 || this.#samples.failed.take(told.at);
    const id = isKept ? this.#keep(told) : undefined;
    if (told.outcome === 'abandoned') return;
    const { at, rejection, outcome, origin } = told;
    const route = told.route ?? told.target.split('?')[0]!.slice(0, 200);
    const via = () => (told.request === undefined ? undefined : hopOf({ request: told.request } as Kept));
    // The first of its kind is always worth keeping.
    this.#groups.add({ at, rejection, outcome, origin, route, via }, id, () => this.#keep(told));
  }

  /** Who watches is shown, and changes no figure by watching. */
  #onWatching(told: trace.HandshakeTrace): void {
    this.#watching.add(told.connection!);
    this.#keep(told);
  }

  /** Nor by trying to: who finds no way for a WebSocket goes on trying, and wants to see why. */
  #onBrokenWatching(told: trace.HandshakeTrace): void {
    if (this.#watchers.size > 0 || this.#samples.watching.take(told.at)) this.#keep(told);
  }

  #onClosed(told: trace.ConnectionTrace): void {
    const { connection, at, code, role } = told;
    if (role !== 'server' || code === undefined) return;
    const isReload = !this.#watching.has(connection) && this.#figures.closes.ended(at, code);
    if (isReload) this.#groups.reloaded(at);
    const kept = this.#open.get(connection);
    if (kept === undefined) return;
    this.#open.delete(connection);
    if (!this.#watching.has(connection)) this.#figures.moved(kept.row.connection, connection);
    kept.record = recordWithoutSecrets(told.record!);
    kept.closer = this.#actions.closerOf(connection);
    kept.end = endOf(kept.record, at);
    kept.row.connection = stateOf(connection, kept, at);
    kept.connection = undefined;
    this.#batches.change(kept);
  }

  #onPing({ connection, at, roundTripMs }: trace.HeartbeatTrace): void {
    if (roundTripMs === undefined || connection.role !== 'server' || this.#watching.has(connection)) return;
    this.#figures.pings.add(at, roundTripMs);
  }

  #onFrame(told: trace.FrameTrace): void {
    const kept = this.#open.get(told.connection);
    if (kept === undefined || this.#watching.has(told.connection) || !this.#watchers.lookAt(kept.id)) return;
    const row = this.#framed.add(kept.id, told, this.#actions.isAskedFor(told));
    this.#batches.frame(kept.id, row, this.#settings.framesPerConnection);
  }

  #keep(told: trace.HandshakeTrace): number {
    this.#lastId += 1;
    const { user } = this.#settings;
    const name = user === undefined || isFeed(told) ? undefined : userOf(told, user);
    const kept = keep(this.#lastId, told, this.#servers.hear(told.server), name);
    if (kept.connection !== undefined) this.#open.set(kept.connection, kept);
    this.#batches.change(kept);
    // The last: it may be too large for the budget itself.
    this.#ring.add(kept);
    return kept.id;
  }

  #forget(kept: Kept): void {
    if (kept.connection !== undefined) this.#open.delete(kept.connection);
    this.#batches.forget(kept);
    this.#framed.forget(kept.id);
  }

  // Telling.

  #batch(): void {
    this.#hearing.catchUp();
    const { changes, news } = this.#batches.take((kept) => this.#fresh(kept), this.#lastId);
    for (const told of news) this.#watchers.tell(told);
    // Whoever is told may have left, and be the last.
    if (this.#watchers.size > 0) this.#batchIn(changes > MANY ? MANY_MS : BATCH_MS);
  }

  #batchIn(ms: number): void {
    clearTimeout(this.#batchTimer);
    this.#batchTimer = setTimeout(() => this.#batch(), ms).unref();
  }

  #tellFigures(): void {
    this.#hearing.catchUp();
    const now = Date.now();
    this.#actions.refresh();
    this.#countOpen();
    this.#watchers.tell({ type: 'groups', groups: this.#groups.list(now) });
    this.#watchers.tell({ type: 'overview', overview: this.#overview(now) });
  }

  #overview(now: number) {
    return this.#figures.overview(now, this.#servers.all, this.heldBytes, this.#settings.budgetBytes);
  }

  /**
   * Once a second the open connections that are kept are looked at. Those that have changed are counted and told again: so many at a time,
   * then those that were left over.
   */
  #countOpen(): void {
    let backpressured = 0;
    const moved: Kept[] = [];
    for (const [connection, kept] of this.#open) {
      const { row } = kept;
      if (connection.bufferedBytes > 0 && !this.#watching.has(connection)) backpressured += 1;
      if (row.connection !== undefined && isUnchanged(row.connection, connection)) continue;
      if (moved.length < MOST_MOVED || this.#watchers.lookAt(kept.id)) moved.push(kept);
    }
    for (const kept of moved) this.#count(kept, kept.connection!);
    this.#figures.backpressured = backpressured;
  }

  #count(kept: Kept, connection: trace.TracedConnection): void {
    this.#fresh(kept);
    this.#batches.change(kept);
    // To the end of those that are looked at.
    this.#open.delete(connection);
    this.#open.set(connection, kept);
  }

  #fresh(kept: Kept): HandshakeRow {
    const { connection, server } = kept;
    if (connection !== undefined) {
      // Whoever looks in between takes nothing from the rates.
      if (!this.#watching.has(connection)) this.#figures.moved(kept.row.connection, connection);
      kept.row.connection = stateOf(connection, kept, Date.now());
    }
    if (this.#servers.hasSeveral) kept.row.server = server;
    return kept.row;
  }
}

/** Asked of every handshake: to find its route costs more than to look at its target. */
function isFeed(told: trace.HandshakeTrace): boolean {
  // In the middle of it, where it is written with its scheme and host (RFC 9112 §3.2.2).
  return told.target.includes(FEED_PATH) && told.route === FEED_PATH;
}
