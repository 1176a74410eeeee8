// Knows: what brings news and takes questions, whatever it is made of: it opens soon or not at all, is never silent for long, and is lost
// once. Must not know: what it is made of (`carriers.ts`), or when it is opened (`link.ts`).
import type { FromServer, FromWatcher } from '../../protocol.js';

export interface Hearer {
  onmessage(message: FromServer): void;
  /** It did not open, it broke, or it says nothing any more. Once, and never after `close`. */
  onlost(): void;
}

/** What opens at all opens within so long; what else waits in vain takes a browser a minute and more to give up. */
const OPENING_MS = 5000;
/** The server tells its figures once a second: what says nothing for so long is dead, whatever it seems. */
const SILENCE_MS = 15_000;

export abstract class Carrier {
  readonly #hearer: Hearer;
  #patience: ReturnType<typeof setTimeout> | undefined;
  #isOver = false;

  constructor(hearer: Hearer) {
    this.#hearer = hearer;
    this.#waitFor(OPENING_MS);
  }

  /** What is sent while it is not open is not kept. */
  abstract send(message: FromWatcher): void;
  protected abstract end(): void;

  close(): void {
    this.#isOver = true;
    clearTimeout(this.#patience);
    this.end();
  }

  protected opened(): void {
    if (!this.#isOver) this.#waitFor(SILENCE_MS);
  }

  protected heard(data: unknown): void {
    if (this.#isOver) return;
    this.#waitFor(SILENCE_MS);
    this.#hearer.onmessage(JSON.parse(String(data)) as FromServer);
  }

  protected lost(): void {
    if (this.#isOver) return;
    this.close();
    this.#hearer.onlost();
  }

  #waitFor(ms: number): void {
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.lost(), ms);
  }
}
