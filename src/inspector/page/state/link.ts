// Knows: the socket to the inspector's feed, a plain browser's WebSocket, and that it is opened again whenever it is lost.
// Must not know: what the messages are for.
import { type FromServer, type FromWatcher, SUBPROTOCOL } from '../../protocol.js';

export type LinkState = 'opening' | 'live' | 'lost';

export interface LinkListener {
  onstate(state: LinkState, retryAt?: number): void;
  onmessage(message: FromServer): void;
}

const SHORTEST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 8000;
/** The server tells its figures once a second: a socket that says nothing for so long is dead, whatever it seems. */
const SILENCE_MS = 15_000;

export class Link {
  readonly #url: string;
  readonly #listener: LinkListener;
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;

  constructor(url: URL, listener: LinkListener) {
    this.#url = url.href.replace(/^http/, 'ws');
    this.#listener = listener;
    // A laptop that wakes up, or a tab that is looked at again, does not wait for the timer.
    addEventListener('online', () => this.#hurry());
    document.addEventListener('visibilitychange', () => !document.hidden && this.#hurry());
    this.#open();
  }

  /** What is sent while the link is down is not kept: whoever opens it again asks for what it wants then. */
  send(message: FromWatcher): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  /** Opens now what would be opened later. */
  hurry(): void {
    this.#failures = 0;
    this.#hurry();
  }

  #hurry(): void {
    if (this.#timer !== undefined) this.#open();
  }

  #open(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#listener.onstate('opening');
    const socket = new WebSocket(this.#url, SUBPROTOCOL);
    this.#socket = socket;
    socket.onmessage = ({ data }) => socket === this.#socket && this.#receive(data);
    socket.onclose = () => this.#lost(socket);
    this.#expectNews(socket);
  }

  // A close that nobody answers takes a browser a minute and more: the link is lost at once.
  #expectNews(socket: WebSocket): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      socket.close();
      this.#lost(socket);
    }, SILENCE_MS);
  }

  #receive(data: unknown): void {
    if (this.#socket !== undefined) this.#expectNews(this.#socket);
    const message = JSON.parse(String(data)) as FromServer;
    if (message.type === 'hello') {
      this.#failures = 0;
      this.#listener.onstate('live');
    }
    this.#listener.onmessage(message);
  }

  // Full jitter, so that a restarted server does not meet all its watchers at once.
  #lost(socket: WebSocket): void {
    if (this.#socket !== socket) return;
    this.#socket = undefined;
    clearTimeout(this.#silence);
    const most = Math.min(LONGEST_WAIT_MS, SHORTEST_WAIT_MS * 2 ** this.#failures);
    const waitMs = SHORTEST_WAIT_MS + Math.random() * most;
    this.#failures += 1;
    this.#listener.onstate('lost', Date.now() + waitMs);
    this.#timer = setTimeout(() => this.#open(), waitMs);
  }
}
