// Knows: how many handshakes may be kept whole while nobody watches: so many a second on average, and as many at once as a minute has
// left over. Must not know: what a handshake is.

const MOST_SECONDS = 60;

export class Samples {
  readonly #perSecond: number;
  readonly #most: number;
  #left: number;
  #at: number;

  constructor(perSecond: number, now: number) {
    this.#perSecond = perSecond;
    this.#most = perSecond === 0 ? 0 : Math.max(1, MOST_SECONDS * perSecond);
    this.#left = this.#most;
    this.#at = now;
  }

  /** False when there are none left. */
  take(now: number): boolean {
    this.#earn(now);
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /**
   * How long not to ask for any: 0 while there are some left, then until there are as many as there can be; Infinity where there never
   * are. To begin to listen and to end costs a busy server more than to listen: V8 compiles anew what asks whether somebody does.
   */
  waitMs(now: number): number {
    this.#earn(now);
    if (this.#left >= 1) return 0;
    if (this.#perSecond === 0) return Number.POSITIVE_INFINITY;
    return Math.ceil(((this.#most - this.#left) / this.#perSecond) * 1000);
  }

  #earn(now: number): void {
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#left = Math.min(this.#most, this.#left + seconds * this.#perSecond);
    this.#at = now;
  }
}
