// Knows: what watchers are to be told next: rows that are new, connections that have changed, rows that are not kept any more, frames.
// Must not know: who watches, or how it travels. While nobody watches it holds nothing.
import type { Kept } from './kept.js';
import type { ConnectionRow, FrameRow, FromServer, HandshakeRow } from './protocol.js';

export class Batches {
  #isOn = false;
  #changed = new Map<number, Kept>();
  /** Those that were open for all that watchers know, and are not kept any more. */
  #gone: number[] = [];
  #frames = new Map<number, FrameRow[]>();
  /** Watchers know the rows of these numbers: of what has changed in one of them its connection is enough. */
  #firstTold = 0;
  #lastTold = 0;

  /** Somebody watches from now on, who is told all rows up to this one. */
  begin(lastId: number): void {
    this.end();
    this.#isOn = true;
    this.#firstTold = 0;
    this.#lastTold = lastId;
  }

  /** Nobody watches any more. */
  end(): void {
    this.#isOn = false;
    this.#clear();
  }

  #clear(): void {
    this.#changed = new Map();
    this.#gone = [];
    this.#frames = new Map();
  }

  /** Somebody was told no row that is older than this one. */
  greeted(firstId: number): void {
    this.#firstTold = Math.max(this.#firstTold, firstId);
  }

  change(kept: Kept): void {
    if (this.#isOn) this.#changed.set(kept.id, kept);
  }

  /** It is not kept any more. */
  forget({ id, row, connection }: Kept): void {
    const isUntold = this.#changed.delete(id);
    const looksOpen = row.outcome === 'accepted' && (connection !== undefined || isUntold);
    if (looksOpen && this.#isOn) this.#gone.push(id);
  }

  /** `most`: so many frames of one connection are told at once. */
  frame(id: number, row: FrameRow, most: number): void {
    const frames = this.#frames.get(id);
    if (frames === undefined) this.#frames.set(id, [row]);
    else if (frames.length < most) frames.push(row);
  }

  /** What is to be told now, and nothing of it again. `fresh` gives rows as they are now; `lastId`: that of the newest. */
  take(fresh: (kept: Kept) => HandshakeRow, lastId: number): { changes: number; news: FromServer[] } {
    const rows: HandshakeRow[] = [];
    const connections: ConnectionRow[] = [];
    for (const kept of this.#changed.values()) {
      const row = fresh(kept);
      if (this.#isTold(kept) && row.connection !== undefined)
        connections.push({ id: kept.id, ...row.connection });
      else rows.push(row);
    }
    const news: FromServer[] = [];
    if (this.#gone.length > 0) news.push({ type: 'rows', rows, forgotten: this.#gone });
    else if (rows.length > 0) news.push({ type: 'rows', rows });
    if (connections.length > 0) news.push({ type: 'connections', connections });
    for (const [id, frames] of this.#frames) news.push({ type: 'frames', id, frames });
    const changes = this.#changed.size;
    this.#lastTold = lastId;
    this.#clear();
    return { changes, news };
  }

  #isTold({ id }: Kept): boolean {
    return id >= this.#firstTold && id <= this.#lastTold;
  }
}
