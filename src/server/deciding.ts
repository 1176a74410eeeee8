// Knows: how long an application may take to decide about a handshake, and who else may end the wait.
// Must not know: what is decided, or how it is answered.
import { deadlines, Timed } from '../deadlines.js';
import type { Offer } from '../transport/offer.js';

/** The options of `authorize`: its signal is made when it is asked for, which may be after the peer has left. */
export class Leaving {
  #controller: AbortController | undefined = undefined;
  #reason: Error | undefined = undefined;

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#reason !== undefined) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }

  abort(reason: Error): void {
    this.#reason = reason;
    this.#controller?.abort(reason);
  }
}

/** The time that an application has to decide. It ends with the decision, the deadline, or the peer's leaving. */
export class Wait extends Timed {
  readonly #leaving: Leaving;
  readonly #expire: () => void;
  readonly #offer: Offer;
  #over = false;

  constructor(offer: Offer, leaving: Leaving, handshakeMs: number, expire: () => void) {
    super();
    this.#offer = offer;
    this.#leaving = leaving;
    this.#expire = expire;
    offer.onabandon = () => this.#leaving.abort(new Error('the peer left during the handshake'));
    deadlines.set(this, offer.since + handshakeMs);
  }

  /** True for the first to ask. */
  finish(): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#offer.onabandon = undefined;
    deadlines.drop(this);
    return true;
  }

  override due(): void {
    if (!this.finish()) return;
    this.#leaving.abort(new Error('the handshake took too long'));
    this.#expire();
  }
}
