// Knows: which handshakes are still kept: the newest, so many and so many bytes; those that failed outlive those that went well.
// Must not know: what stands in them.
import type { Kept } from './kept.js';

/** Kept in the order of their numbers. */
export class Ring {
  readonly #kept = new Map<number, Kept>();
  readonly #mostRows: number;
  readonly #mostBytes: number;
  readonly #forgotten: (one: Kept) => void;
  #bytes = 0;

  /** `forgotten` is told of each that is no longer kept. */
  constructor(mostRows: number, mostBytes: number, forgotten: (one: Kept) => void) {
    this.#forgotten = forgotten;
    this.#mostRows = mostRows;
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get size(): number {
    return this.#kept.size;
  }

  add(one: Kept): void {
    this.#kept.set(one.id, one);
    this.#bytes += one.bytes;
    if (this.#isFull) this.#forget();
  }

  get(id: number): Kept | undefined {
    return this.#kept.get(id);
  }

  /** Oldest first. */
  values(): IterableIterator<Kept> {
    return this.#kept.values();
  }

  get #isFull(): boolean {
    return this.#kept.size > this.#mostRows || this.#bytes > this.#mostBytes;
  }

  /** A tenth at once, so that forgetting costs little: first what went well and is over, then the oldest of all. */
  #forget(): void {
    const most = { rows: this.#mostRows * 0.9, bytes: this.#mostBytes * 0.9 };
    const isOver = () => this.#kept.size > most.rows || this.#bytes > most.bytes;
    const newest = Math.floor(this.#kept.size / 2);
    let seen = 0;
    for (const one of this.#kept.values()) {
      if (!isOver()) return;
      seen += 1;
      // Half of all are the newest: they stay whatever they are.
      if (seen > newest) break;
      if (one.row.outcome === 'accepted' && one.connection === undefined) this.#drop(one);
    }
    for (const one of this.#kept.values()) {
      if (!isOver()) return;
      this.#drop(one);
    }
  }

  #drop(one: Kept): void {
    this.#kept.delete(one.id);
    this.#bytes -= one.bytes;
    this.#forgotten(one);
  }
}
