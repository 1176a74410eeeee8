// Knows: by which way the page is told: a WebSocket, or where none opens a stream of events until one does; and that what is lost is opened
// again. Must not know: how either works (`carriers.ts`), or what the messages are for. Pure but for the time.
import type { FromServer, FromWatcher } from '../../protocol.js';
import type { Carrier, Hearer } from './carrier.js';

export type LinkState = 'opening' | 'live' | 'lost';
export type Way = 'socket' | 'stream';

export interface LinkNow {
  readonly state: LinkState;
  /** While it is live. */
  readonly way?: Way;
  /** While it is lost: when it is opened again. */
  readonly retryAt?: number;
}

export interface LinkListener {
  onstate(now: LinkNow): void;
  onmessage(message: FromServer): void;
}

const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
/** After so many sockets in a row that brought nothing a stream is tried, then each in turn. */
const SOCKETS_FIRST = 2;
/** While a stream brings the news a socket is tried after so long, then after twice as long: each that fails is a row in the list. */
const FIRST_RETURN_MS = 15_000;
const LONGEST_RETURN_MS = 600_000;

export class Link {
  readonly #make: (way: Way, hearer: Hearer) => Carrier;
  readonly #listener: LinkListener;
  #carrier: Carrier | undefined;
  /** A socket that is tried while a stream brings the news. */
  #candidate: Carrier | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #returnTimer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** Sockets in a row that brought nothing. */
  #inVain = 0;
  #returns = 0;

  /** `make` opens either; its hearer hears nothing before that has returned. */
  constructor(make: (way: Way, hearer: Hearer) => Carrier, listener: LinkListener) {
    this.#make = make;
    this.#listener = listener;
    this.#open();
  }

  /** What is sent while the link is down is not kept: whoever opens it again asks for what it wants then. */
  send(message: FromWatcher): void {
    this.#carrier?.send(message);
  }

  /** Opens what is lost now, and not later. */
  wake(): void {
    if (this.#timer !== undefined) this.#open();
  }

  /** The same for somebody who asks for it, and a socket where there is a stream. */
  hurry(): void {
    this.#failures = 0;
    this.wake();
    if (this.#returnTimer !== undefined) this.#return();
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listener.onstate({ state: 'opening' });
    this.#carrier = this.#try(this.#inVain < SOCKETS_FIRST ? 'socket' : 'stream');
  }

  #try(way: Way): Carrier {
    // A stream that brings nothing has a socket behind it.
    this.#inVain = way === 'socket' ? this.#inVain + 1 : SOCKETS_FIRST - 1;
    const hearer = {
      onmessage: (message: FromServer) => {
        if (message.type === 'hello') this.#live(carrier, way);
        this.#listener.onmessage(message);
      },
      onlost: () => this.#lost(carrier),
    };
    const carrier = this.#make(way, hearer);
    return carrier;
  }

  #live(carrier: Carrier, way: Way): void {
    if (carrier === this.#candidate) {
      this.#carrier?.close();
      this.#carrier = carrier;
      this.#candidate = undefined;
    }
    this.#failures = 0;
    this.#inVain = way === 'socket' ? 0 : SOCKETS_FIRST;
    if (way === 'socket') this.#returns = 0;
    else this.#returnLater();
    this.#listener.onstate({ state: 'live', way });
  }

  #returnLater(): void {
    const ms = Math.min(LONGEST_RETURN_MS, FIRST_RETURN_MS * 2 ** this.#returns);
    this.#returns += 1;
    this.#returnTimer = setTimeout(() => this.#return(), ms * (0.75 + Math.random() / 2));
  }

  #return(): void {
    this.#stay();
    this.#candidate = this.#try('socket');
  }

  #stay(): void {
    clearTimeout(this.#returnTimer);
    this.#returnTimer = undefined;
  }

  // Full jitter, so that a restarted server does not meet all its watchers at once.
  #lost(carrier: Carrier): void {
    if (carrier === this.#candidate) {
      this.#candidate = undefined;
      return this.#returnLater();
    }
    this.#stay();
    this.#candidate?.close();
    this.#candidate = undefined;
    this.#carrier = undefined;
    const most = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** this.#failures);
    const waitMs = SHORTEST_WAIT_MS + Math.random() * most;
    this.#failures += 1;
    this.#listener.onstate({ state: 'lost', retryAt: Date.now() + waitMs });
    this.#timer = setTimeout(() => this.#open(), waitMs);
  }
}
