// Knows: how many handshakes may be kept whole while nobody watches: so many a second on average, and after a quiet minute as many at
// once as that minute had left over. Must not know: what a handshake is.

const MOST_SECONDS = 60;

export class Samples {
  readonly #perSecond: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#left = MOST_SECONDS * perSecond;
    this.#at = now;
  }

  /** False when there are none left. */
  take(now: number): boolean {
    this.#earn(now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** How long until one can be taken; 0 for now, Infinity where none ever can. */
  waitMs(now: number): number {
    this.#earn(now);
    return this.#left >= 1 ? 0 : Math.ceil(((1 - this.#left) / this.#perSecond) * 1000);
  }

  #earn(now: number): void {
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#left = Math.min(MOST_SECONDS * this.#perSecond, this.#left + seconds * this.#perSecond);
    this.#at = now;
  }
}
