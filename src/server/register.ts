// Knows: the open connections of a server, and what each counts for. Must not know: what becomes of them.
// A list with each one's place in it instead of a Set or Map: that costs a third of the memory for every idle connection.
import type { Connection } from '../connection/connection.js';
import type { Tally } from './addresses.js';

/** The open connections of a server, as they are when asked: a loop over them sees neither those that come nor those that go. */
export interface Connections<Context> extends Iterable<Connection<Context>> {
  readonly size: number;
}

export class Register<Context> implements Connections<Context> {
  readonly #connections: Connection<Context>[] = [];
  /** What the address of each has in all; the same place in both lists. */
  readonly #tallies: (Tally | undefined)[] = [];

  get size(): number {
    return this.#connections.length;
  }

  [Symbol.iterator](): ArrayIterator<Connection<Context>> {
    return this.#connections.slice().values();
  }

  add(connection: Connection<Context>, tally: Tally | undefined): void {
    if (tally !== undefined) tally.connections += 1;
    connection.place = this.#connections.length;
    this.#connections.push(connection);
    this.#tallies.push(tally);
  }

  /** The last one takes the place of the one that leaves. */
  remove(connection: Connection<Context>): void {
    const { place } = connection;
    const last = this.#connections.pop()!;
    const lastTally = this.#tallies.pop();
    const tally = last === connection ? lastTally : this.#tallies[place];
    if (tally !== undefined) tally.connections -= 1;
    if (last === connection) return;
    this.#connections[place] = last;
    this.#tallies[place] = lastTally;
    last.place = place;
  }
}
