// Knows: the handshakes that the page has heard of, oldest first, at most so many, and how many of each kind they are.
// Must not know: how they are drawn or which are looked at.
import type { ConnectionRow, HandshakeRow } from '../../protocol.js';
import { isOn, type SeenRow, type Tab, tabs } from './verdict.js';

/** The server keeps fewer; the page goes on knowing what it was told. */
export const MOST_ROWS = 10_000;
/** So many are let go at once, since to shorten an array for each new row would cost the whole array each time. */
const SPARE = 500;

export class Rows {
  readonly #most: number;
  #rows: SeenRow[] = [];
  #counts = noCounts();

  constructor(most = MOST_ROWS) {
    this.#most = most;
  }

  get counts(): Readonly<Record<Tab, number>> {
    return this.#counts;
  }

  /** The highest id that was heard of; 0 when there is none. */
  get newest(): number {
    return this.#rows.at(-1)?.id ?? 0;
  }

  /** Forgets all: ids of another run of the server mean something else. */
  clear(): void {
    this.#rows = [];
    this.#counts = noCounts();
  }

  apply(rows: readonly HandshakeRow[]): void {
    for (const row of rows) this.#put(row);
    if (this.#rows.length <= this.#most + SPARE) return;
    for (const row of this.#rows.splice(0, this.#rows.length - this.#most)) this.#count(row, -1);
  }

  move(connections: readonly ConnectionRow[]): void {
    for (const { id, ...connection } of connections) {
      const row = this.get(id);
      if (row !== undefined) this.#put({ ...row, connection });
    }
  }

  /** Of these the server tells nothing more. Those that are over stay as they are; one that looks open may have ended since. */
  forget(ids: readonly number[]): void {
    for (const id of ids) {
      const row = this.get(id);
      if (row !== undefined && isOn('open', row)) this.#put({ ...row, isForgotten: true });
    }
  }

  /** No others than these are known to be open. */
  keepOpen(ids: readonly number[]): void {
    const open = new Set(ids);
    this.forget(this.#rows.flatMap(({ id }) => (open.has(id) ? [] : id)));
  }

  get(id: number): SeenRow | undefined {
    const row = this.#rows[this.#position(id)];
    return row?.id === id ? row : undefined;
  }

  /** The newest for which it is true. */
  findLast(test: (row: HandshakeRow) => boolean): HandshakeRow | undefined {
    return this.#rows.findLast(test);
  }

  /** Newest first. */
  select(tab: Tab, test: (row: HandshakeRow) => boolean): SeenRow[] {
    const found: SeenRow[] = [];
    for (let at = this.#rows.length - 1; at >= 0 && found.length < this.#most; at -= 1) {
      const row = this.#rows[at]!;
      if (isOn(tab, row) && test(row)) found.push(row);
    }
    return found;
  }

  #put(row: SeenRow): void {
    const at = this.#position(row.id);
    const known = this.#rows[at];
    if (known?.id === row.id) {
      this.#count(known, -1);
      this.#rows[at] = row;
    } else if (at === this.#rows.length) this.#rows.push(row);
    else this.#rows.splice(at, 0, row);
    this.#count(row, 1);
  }

  #count(row: SeenRow, by: 1 | -1): void {
    for (const tab of tabs) if (isOn(tab, row)) this.#counts[tab] += by;
  }

  /** Where the id stands, or would: ids grow, so nearly always at the end. */
  #position(id: number): number {
    let low = 0;
    let high = this.#rows.length;
    if (high === 0 || id > this.#rows[high - 1]!.id) return high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#rows[middle]!.id < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function noCounts(): Record<Tab, number> {
  return { all: 0, open: 0, failed: 0, closed: 0, broken: 0 };
}
