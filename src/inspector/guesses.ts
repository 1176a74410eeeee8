// Knows: how often an address has given a wrong token lately, so that nobody tries them one by one.
// Must not know: the token. Bounded: an attacker has many addresses.

const MOST = 10;
const WINDOW_MS = 60_000;
const MOST_ADDRESSES = 1000;

interface Wrong {
  count: number;
  readonly since: number;
}

export class Guesses {
  readonly #wrong = new Map<string, Wrong>();

  /** False after ten wrong ones within a minute, until that is over. */
  mayGuess(address: string, now: number): boolean {
    const wrong = this.#wrong.get(address);
    return wrong === undefined || wrong.count < MOST || now - wrong.since >= WINDOW_MS;
  }

  wasWrong(address: string, now: number): void {
    const wrong = this.#wrong.get(address);
    if (wrong !== undefined && now - wrong.since < WINDOW_MS) {
      wrong.count += 1;
      return;
    }
    this.#wrong.delete(address);
    this.#wrong.set(address, { count: 1, since: now });
    if (this.#wrong.size > MOST_ADDRESSES) this.#wrong.delete(this.#wrong.keys().next().value!);
  }
}
