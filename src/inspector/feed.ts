// Knows: what the inspector hears and whom it tells: it listens to the channels, keeps what fits its budget, and tells watchers in
// batches. While nobody watches it counts what fails and what ends, keeps few handshakes, and has its servers tell it of no others.
// Must not know: sockets, pages, or who may watch (`mount.ts`). Nothing below knows that it exists.
import type { Channel } from 'node:diagnostics_channel';
import * as trace from '../trace.js';
import { version } from '../version.js';
import { type ActAsked, Actions, type Actor } from './actions.js';
import { Denied } from './deeds.js';
import { detailOf } from './detail.js';
import { companyOf, endOf, recordWithoutSecrets } from './endings.js';
import { Figures } from './figures.js';
import { Frames } from './frames.js';
import { Groups } from './groups.js';
import { harOf } from './har.js';
import { hopOf, type Kept, keep } from './kept.js';
import {
  type ConnectionRow,
  type ConnectionState,
  type Detail,
  FEED_PATH,
  type FrameRow,
  type FromServer,
  type HandshakeRow,
  type ServerFacts,
} from './protocol.js';
import { Ring } from './ring.js';
import { Samples } from './samples.js';
import type { Settings } from './settings.js';
import { userOf } from './whose.js';

/** Somebody who watches. The rows that they are told are those that are kept, and go on changing: copy what is to stay. */
export type Watcher = (told: FromServer) => void;

const FIGURES_MS = 1000;
/** Who watches a quiet server sees a handshake at once. The more there is to tell, the less often: each message costs by itself. */
const BATCH_MS = 100;
const MANY = 10;
const MANY_MS = 400;
/** What is heard holds its head with its secrets, which may be 16 KiB: so many wait to be looked at, and no more. */
const MOST_HEARD = 500;
/** Connections that are told again a second: of many open ones each has its turn. */
const MOST_MOVED = 100;
/** More rows than that in one message help nobody. */
const MAX_HELLO_ROWS = 2000;

interface Watched extends Actor {
  readonly watcher: Watcher;
  frames: number | undefined;
}

export class Feed {
  readonly #settings: Settings;
  readonly #startedAt = Date.now();
  readonly #ring: Ring;
  readonly #groups: Groups;
  readonly #figures: Figures;
  readonly #actions: Actions;
  readonly #watched = new Set<Watched>();
  /** Open connections that are kept, by the connection. */
  readonly #open = new Map<trace.TracedConnection, Kept>();
  readonly #frames = new Map<number, Frames>();
  readonly #subscriptions: Array<readonly [Channel, (message: unknown) => void]> = [];
  readonly #frameListener = (message: unknown) => this.#onFrame(message as trace.FrameTrace);
  readonly #heartbeatListener = (message: unknown) => this.#onHeartbeat(message as trace.HeartbeatTrace);
  readonly #acceptedListener = (message: unknown) => this.#hearAccepted(message as trace.HandshakeTrace);
  /** What was heard and not looked at yet, in order. */
  #heard: Array<() => void> = [];
  /** Rows that are new or have changed since the last batch. */
  #changed = new Map<number, Kept>();
  /** Those that were open for all that watchers know, and are not kept any more. */
  #forgotten: number[] = [];
  #newFrames = new Map<number, FrameRow[]>();
  /** The servers that were heard and have not ended, and how each is called. */
  readonly #servers = new Map<trace.TracedServer, string>();
  #hasSeveral = false;
  /** Connections by which somebody watches us. */
  readonly #watching = new WeakSet<trace.TracedConnection>();
  #lastId = 0;
  readonly #samples: Readonly<Record<'accepted' | 'failed' | 'watching', Samples>>;
  #sampleTimer: NodeJS.Timeout | undefined = undefined;
  /** Watchers know the rows of these numbers: of what has changed in one of them its connection is enough. */
  #firstTold = 0;
  #lastTold = 0;
  #batchTimer: NodeJS.Timeout | undefined = undefined;
  #figuresTimer: NodeJS.Timeout | undefined = undefined;
  #isClosed = false;

  constructor(settings: Settings) {
    this.#settings = settings;
    const samples = () => new Samples(settings.samplesPerSecond, this.#startedAt);
    this.#ring = new Ring(settings.handshakes, settings.budgetBytes, (kept) => this.#forget(kept));
    this.#groups = new Groups(this.#startedAt);
    this.#figures = new Figures(this.#startedAt);
    this.#actions = new Actions(settings.actions, (id, isHeld) => this.#onHold(id, isHeld));
    this.#samples = { accepted: samples(), failed: samples(), watching: samples() };
    this.#subscribe(trace.failures, (told) => this.#onFailure(told));
    this.#subscribe(trace.closed, (told) => this.#onClosed(told));
    this.#subscribe(trace.drains, ({ phase, server }) => phase === 'end' && this.#servers.delete(server));
    this.#listenToAccepted();
  }

  #subscribe<Message>(channel: trace.TraceChannel<Message>, look: (message: Message) => void): void {
    const heard = (message: unknown) => this.#soon(() => look(message as Message));
    channel.subscribe(heard);
    this.#subscriptions.push([channel, heard]);
  }

  get server(): ServerFacts {
    const { name, payload, actions } = this.#settings;
    return { name, version, startedAt: this.#startedAt, capturesPayload: payload, actions };
  }

  get heldBytes(): number {
    let bytes = this.#ring.bytes;
    for (const frames of this.#frames.values()) bytes += frames.bytes;
    return bytes;
  }

  /** Stops listening; watchers are told nothing more. */
  close(): void {
    this.#catchUp();
    this.#isClosed = true;
    for (const [channel, listener] of this.#subscriptions) channel.unsubscribe(listener);
    for (const watched of this.#watched) this.#actions.leave(watched);
    this.#watched.clear();
    this.#listenToFrames();
    trace.heartbeats.unsubscribe(this.#heartbeatListener);
    this.#listenToAccepted();
    this.#stop();
  }

  // Watching.

  /** Tells everything that is kept, then what is new, in batches, until the answer is called. `by`: the address of whoever watches. */
  watch(watcher: Watcher, by: string = 'this process'): () => void {
    const watched: Watched = { watcher, by, frames: undefined };
    if (this.#isClosed) return () => {};
    this.#catchUp();
    this.#watched.add(watched);
    if (this.#watched.size === 1) this.#begin();
    watcher(this.#hello());
    return () => this.#leave(watched);
  }

  #begin(): void {
    this.#changed.clear();
    this.#forgotten = [];
    this.#figures.begin(Date.now());
    this.#listenToAccepted();
    trace.heartbeats.subscribe(this.#heartbeatListener);
    this.#lastTold = this.#lastId;
    this.#firstTold = 0;
    this.#batchTimer = setTimeout(() => this.#batch(), BATCH_MS).unref();
    this.#figuresTimer = setInterval(() => this.#tellFigures(), FIGURES_MS).unref();
  }

  #stop(): void {
    clearTimeout(this.#batchTimer);
    clearInterval(this.#figuresTimer);
  }

  #leave(watched: Watched): void {
    if (!this.#watched.delete(watched)) return;
    this.#actions.leave(watched);
    this.#listenToFrames();
    if (this.#watched.size > 0) return;
    this.#catchUp();
    this.#stop();
    this.#changed.clear();
    this.#listenToAccepted();
    trace.heartbeats.unsubscribe(this.#heartbeatListener);
  }

  #hello(): FromServer {
    const now = Date.now();
    const rows = [...this.#ring.values()].slice(-MAX_HELLO_ROWS).map((kept) => this.#fresh(kept));
    this.#firstTold = Math.max(this.#firstTold, rows[0]?.id ?? 0);
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
    return harOf(kept, (id) => this.#frames.get(id)?.rows);
  }

  /** The frames of one connection, those that are kept at once and new ones in batches; undefined ends it. */
  watchFrames(watcher: Watcher, id: number | undefined): void {
    const watched = this.#find(watcher);
    if (watched === undefined) return;
    watched.frames = id;
    this.#listenToFrames();
    if (id !== undefined) watcher({ type: 'frames', id, frames: this.#frames.get(id)?.rows ?? [] });
  }

  /** Does something to an open connection, where that may be done; this watcher is told what came of it. Nothing of it throws. */
  act(watcher: Watcher, asked: ActAsked): void {
    const watched = this.#find(watcher);
    if (watched === undefined) return;
    // What is waited for may come when they have left.
    const tell = (told: FromServer) => this.#watched.has(watched) && watcher(told);
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
    this.#changed.set(id, kept);
  }

  #find(watcher: Watcher): Watched | undefined {
    return [...this.#watched].find((one) => one.watcher === watcher);
  }

  /** Frames cost the server something for each of them: it is asked for them only while somebody looks. */
  #listenToFrames(): void {
    const wanted = [...this.#watched].some(({ frames }) => frames !== undefined);
    trace.frames.unsubscribe(this.#frameListener);
    if (wanted && !this.#isClosed) trace.frames.subscribe(this.#frameListener);
  }

  // Hearing.

  /**
   * While somebody watches, what is heard is looked at with the next batch: all at once costs far less than each by itself, between
   * other work. Nothing of it is kept before. While nobody does, there is so little to do that to hold what was heard would cost more.
   */
  #soon(look: () => void): void {
    if (this.#watched.size === 0) return look();
    this.#heard.push(look);
    if (this.#heard.length >= MOST_HEARD) this.#catchUp();
  }

  #catchUp(): void {
    const heard = this.#heard;
    this.#heard = [];
    for (const look of heard) look();
  }

  /** Each that is told costs its server something: those that were accepted are asked for while somebody watches, or as a sample. */
  #listenToAccepted(): void {
    trace.handshakes.unsubscribe(this.#acceptedListener);
    clearTimeout(this.#sampleTimer);
    if (this.#isClosed) return;
    const waitMs = this.#watched.size > 0 ? 0 : this.#samples.accepted.waitMs(Date.now());
    if (waitMs === 0) trace.handshakes.subscribe(this.#acceptedListener);
    else if (Number.isFinite(waitMs))
      this.#sampleTimer = setTimeout(() => this.#listenToAccepted(), waitMs).unref();
  }

  /** Whether more are wanted is decided at once: each that is told in vain was paid for. */
  #hearAccepted(told: trace.HandshakeTrace): void {
    if (told.outcome !== 'accepted') return;
    const { accepted } = this.#samples;
    const isWatched = this.#watched.size > 0;
    const isKept = isWatched || accepted.take(told.at);
    if (!isWatched && accepted.waitMs(told.at) > 0) this.#listenToAccepted();
    this.#soon(() => this.#onAccepted(told, isKept));
  }

  #onAccepted(told: trace.HandshakeTrace, isKept: boolean): void {
    this.#hear(told.server);
    if (isFeed(told)) return this.#onWatching(told);
    this.#figures.answered(true, told.tookMs);
    if (isKept) this.#keep(told);
  }

  #onFailure(told: trace.HandshakeTrace): void {
    this.#hear(told.server);
    if (told.outcome === 'broken' && isFeed(told)) return this.#onBrokenWatching(told);
    this.#figures.answered(false, told.tookMs);
    const id = this.#watched.size > 0 || this.#samples.failed.take(told.at) ? this.#keep(told) : undefined;
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
    if (this.#watched.size > 0 || this.#samples.watching.take(told.at)) this.#keep(told);
  }

  /** Remembers it; how it is called. */
  #hear(server: trace.TracedServer): string {
    const known = this.#servers.get(server);
    if (known !== undefined) return known;
    const name = server.url || `server ${server.id}`;
    this.#servers.set(server, name);
    if (!this.#hasSeveral && this.#servers.size > 1) this.#distinguish();
    return name;
  }

  /** From now on rows tell whose they are, those that were told before too. */
  #distinguish(): void {
    this.#hasSeveral = true;
    if (this.#watched.size > 0) this.#tell(this.#hello());
  }

  #forget({ id, connection, row }: Kept): void {
    if (connection !== undefined) this.#open.delete(connection);
    const isUntold = this.#changed.delete(id);
    const looksOpen = row.outcome === 'accepted' && (connection !== undefined || isUntold);
    if (looksOpen && this.#watched.size > 0) this.#forgotten.push(id);
    this.#frames.delete(id);
  }

  #keep(told: trace.HandshakeTrace): number {
    this.#lastId += 1;
    const { user } = this.#settings;
    const name = user === undefined || isFeed(told) ? undefined : userOf(told, user);
    const kept = keep(this.#lastId, told, this.#hear(told.server), name);
    this.#ring.add(kept);
    if (kept.connection !== undefined) this.#open.set(kept.connection, kept);
    if (this.#watched.size > 0) this.#changed.set(kept.id, kept);
    return kept.id;
  }

  #onClosed(told: trace.ConnectionTrace): void {
    const { connection, at, code, role } = told;
    if (role !== 'server' || code === undefined) return;
    const isReload = !this.#watching.has(connection) && this.#figures.closes.ended(at, code);
    if (isReload) this.#groups.reloaded(at);
    const kept = this.#open.get(connection);
    if (kept === undefined) return;
    const record = told.record!;
    this.#open.delete(connection);
    if (!this.#watching.has(connection)) this.#figures.moved(kept.row.connection, connection);
    kept.record = recordWithoutSecrets(record);
    kept.closer = this.#actions.closerOf(connection);
    kept.end = endOf(kept.record, at);
    kept.row.connection = stateOf(connection, kept, at);
    kept.connection = undefined;
    if (this.#watched.size > 0) this.#changed.set(kept.id, kept);
  }

  #onHeartbeat({ connection, at, roundTripMs }: trace.HeartbeatTrace): void {
    if (roundTripMs === undefined || connection.role !== 'server' || this.#watching.has(connection)) return;
    this.#figures.pings.add(at, roundTripMs);
  }

  #onFrame(told: trace.FrameTrace): void {
    const kept = this.#open.get(told.connection);
    if (kept === undefined || this.#watching.has(told.connection)) return;
    if (!this.#isLookedAt(kept.id)) return;
    const frames = this.#frames.get(kept.id) ?? this.#framesOf(kept.id);
    const row = frames.add(told, this.#actions.isAskedFor(told));
    const news = this.#newFrames.get(kept.id);
    if (news === undefined) this.#newFrames.set(kept.id, [row]);
    else if (news.length < this.#settings.framesPerConnection) news.push(row);
  }

  /** The frames of few connections are kept at once: looking at one more forgets the one looked at longest ago. */
  #framesOf(id: number): Frames {
    const { framesPerConnection: most, payloadBytes, payload } = this.#settings;
    const frames = new Frames({ frames: most, payloadBytes, payload });
    this.#frames.set(id, frames);
    for (const oldest of this.#frames.keys()) {
      if (this.#frames.size <= MAX_FRAMED) break;
      this.#frames.delete(oldest);
    }
    return frames;
  }

  // Telling.

  #batch(): void {
    this.#catchUp();
    const changed = [...this.#changed.values()];
    this.#changed = new Map();
    this.#tellChanged(changed);
    for (const [id, frames] of this.#newFrames) this.#tellFrames(id, frames);
    this.#newFrames = new Map();
    this.#batchTimer = setTimeout(() => this.#batch(), changed.length > MANY ? MANY_MS : BATCH_MS).unref();
  }

  #tellChanged(changed: readonly Kept[]): void {
    const rows: HandshakeRow[] = [];
    const connections: ConnectionRow[] = [];
    for (const kept of changed) {
      const row = this.#fresh(kept);
      const isTold = kept.id >= this.#firstTold && kept.id <= this.#lastTold;
      if (isTold && row.connection !== undefined) connections.push({ id: kept.id, ...row.connection });
      else rows.push(row);
    }
    this.#lastTold = this.#lastId;
    const forgotten = this.#forgotten;
    this.#forgotten = [];
    if (forgotten.length > 0) this.#tell({ type: 'rows', rows, forgotten });
    else if (rows.length > 0) this.#tell({ type: 'rows', rows });
    if (connections.length > 0) this.#tell({ type: 'connections', connections });
  }

  #tellFigures(): void {
    this.#catchUp();
    const now = Date.now();
    this.#actions.refresh();
    this.#countOpen();
    this.#tell({ type: 'groups', groups: this.#groups.list(now) });
    this.#tell({ type: 'overview', overview: this.#overview(now) });
  }

  #tell(told: FromServer): void {
    for (const { watcher } of this.#watched) watcher(told);
  }

  #tellFrames(id: number, frames: readonly FrameRow[]): void {
    for (const watched of this.#watched)
      if (watched.frames === id) watched.watcher({ type: 'frames', id, frames });
  }

  #overview(now: number) {
    const servers = [...this.#servers.keys()];
    return this.#figures.overview(now, servers, this.heldBytes, this.#settings.budgetBytes);
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
      if (moved.length < MOST_MOVED || this.#isLookedAt(kept.id)) moved.push(kept);
    }
    for (const kept of moved) this.#count(kept, kept.connection!);
    this.#figures.backpressured = backpressured;
  }

  #count(kept: Kept, connection: trace.TracedConnection): void {
    if (!this.#watching.has(connection)) this.#figures.moved(kept.row.connection, connection);
    this.#fresh(kept);
    this.#changed.set(kept.id, kept);
    // To the end of those that are looked at.
    this.#open.delete(connection);
    this.#open.set(connection, kept);
  }

  #isLookedAt(id: number): boolean {
    for (const { frames } of this.#watched) if (frames === id) return true;
    return false;
  }

  #fresh(kept: Kept): HandshakeRow {
    const { connection, server } = kept;
    if (connection !== undefined) kept.row.connection = stateOf(connection, kept, Date.now());
    if (this.#hasSeveral) kept.row.server = server;
    return kept.row;
  }
}

/** Connections whose frames are kept at once. */
const MAX_FRAMED = 8;

/** Asked of every handshake: to find its route costs more than to look at its target. */
function isFeed(told: trace.HandshakeTrace): boolean {
  return told.target.startsWith(FEED_PATH) && told.route === FEED_PATH;
}

function stateOf(
  connection: trace.TracedConnection,
  { row, end, isHeld }: Kept,
  now: number,
): ConnectionState {
  const { messagesReceived, messagesSent, bytesReceived, bytesSent, bufferedBytes, roundTripMs } = connection;
  return {
    messagesIn: messagesReceived,
    messagesOut: messagesSent,
    bytesIn: bytesReceived,
    bytesOut: bytesSent,
    ...(roundTripMs !== undefined && { pingMs: roundTripMs }),
    bufferedBytes,
    openMs: (end?.at ?? now) - row.at,
    ...(isHeld && end === undefined && { held: true }),
    ...(end !== undefined && { end }),
  };
}

function isUnchanged(before: ConnectionState, now: trace.TracedConnection): boolean {
  return (
    before.bytesIn === now.bytesReceived &&
    before.bytesOut === now.bytesSent &&
    before.bufferedBytes === now.bufferedBytes
  );
}
