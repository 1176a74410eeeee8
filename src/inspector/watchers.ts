// Knows: who watches, and the frames of which connection each of them looks at. Must not know: what they are told, or where it comes from.
import { reportFault } from '../trace.js';
import type { Actor } from './actions.js';
import type { FromServer } from './protocol.js';

/** Somebody who watches. The rows that they are told are those that are kept, and go on changing: copy what is to stay. */
export type Watcher = (told: FromServer) => void;

export interface Watched extends Actor {
  readonly watcher: Watcher;
  /** The number of the handshake whose frames they look at. */
  frames: number | undefined;
}

export class Watchers {
  readonly #all = new Set<Watched>();

  get size(): number {
    return this.#all.size;
  }

  /** Whether somebody looks at frames. */
  get wantFrames(): boolean {
    for (const { frames } of this.#all) if (frames !== undefined) return true;
    return false;
  }

  add(watched: Watched): void {
    this.#all.add(watched);
  }

  /** False when they had left already. */
  delete(watched: Watched): boolean {
    return this.#all.delete(watched);
  }

  has(watched: Watched): boolean {
    return this.#all.has(watched);
  }

  find(watcher: Watcher): Watched | undefined {
    for (const one of this.#all) if (one.watcher === watcher) return one;
    return undefined;
  }

  /** Whether somebody looks at the frames of this one. */
  lookAt(id: number): boolean {
    for (const { frames } of this.#all) if (frames === id) return true;
    return false;
  }

  /** Frames are for those who look at them, everything else for all. */
  tell(told: FromServer): void {
    for (const { watcher, frames } of this.#all) {
      if (told.type !== 'frames' || told.id === frames) tellOne(watcher, told);
    }
  }

  *[Symbol.iterator](): IterableIterator<Watched> {
    yield* this.#all;
  }
}

/** One that throws keeps nothing from the others. */
export function tellOne(watcher: Watcher, told: FromServer): void {
  try {
    watcher(told);
  } catch (error) {
    reportFault('a watcher of the inspector threw', error);
  }
}
