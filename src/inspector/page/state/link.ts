// Knows: by which way the page is told: a WebSocket, or where none opens a stream of events until one does; and that what is lost is opened
// again. Must not know: how either works (`carriers.ts`), or what the messages are for.
import type { FromServer, FromWatcher } from '../../protocol.js';
import { type Carrier, SocketCarrier, StreamCarrier } from './carriers.js';

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
  readonly #feed: URL;
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

  constructor(feed: URL, listener: LinkListener) {
    this.#feed = feed;
    this.#listener = listener;
    // A laptop that wakes up, or a tab that is looked at again, does not wait for the timer.
    addEventListener('online', () => this.#hurry());
    document.addEventListener('visibilitychange', () => !document.hidden && this.#hurry());
    this.#open();
  }

  /** What is sent while the link is down is not kept: whoever opens it again asks for what it wants then. */
  send(message: FromWatcher): void {
    this.#carrier?.send(message);
  }

  /** Opens now what would be opened later. */
  hurry(): void {
    this.#failures = 0;
    this.#hurry();
    if (this.#returnTimer !== undefined) this.#return();
  }

  #hurry(): void {
    if (this.#timer !== undefined) this.#open();
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
    const carrier =
      way === 'socket' ? new SocketCarrier(this.#feed, hearer) : new StreamCarrier(this.#feed, hearer);
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
