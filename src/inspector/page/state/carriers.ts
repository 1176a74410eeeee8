// Knows: the two ways by which news reaches a browser and questions leave it: a WebSocket; and a stream of events (WHATWG HTML §9.2) with
// requests beside it. Must not know: which of them is taken when (`link.ts`), or what the messages are for.
import { type FromServer, type FromWatcher, STREAM_FIELD, SUBPROTOCOL } from '../../protocol.js';

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

export class SocketCarrier extends Carrier {
  readonly #socket: WebSocket;

  constructor(feed: URL, hearer: Hearer) {
    super(hearer);
    this.#socket = new WebSocket(feed.href.replace(/^http/, 'ws'), SUBPROTOCOL);
    this.#socket.onopen = () => this.opened();
    this.#socket.onmessage = ({ data }) => this.heard(data);
    this.#socket.onclose = () => this.lost();
  }

  send(message: FromWatcher): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(message));
  }

  protected end(): void {
    this.#socket.close();
  }
}

/** Of several processes behind one address another may answer, which does not know the stream: it is asked so often. */
const ASKED_AGAIN = 4;

export class StreamCarrier extends Carrier {
  readonly #asking: URL;
  readonly #source: EventSource;
  #id = '';
  /** Questions arrive in their order, each after the answer to the one before. */
  #asked: Promise<void> = Promise.resolve();

  constructor(feed: URL, hearer: Hearer) {
    super(hearer);
    this.#asking = new URL('ask', feed);
    this.#source = new EventSource(new URL('events', feed));
    this.#source.onopen = () => this.opened();
    this.#source.addEventListener('stream', ({ data }) => (this.#id = data));
    this.#source.onmessage = ({ data }) => this.heard(data);
    // It would come again by itself, and nobody could say when.
    this.#source.onerror = () => this.lost();
  }

  send(message: FromWatcher): void {
    const body = JSON.stringify(message);
    this.#asked = this.#asked.then(() => this.#ask(body, ASKED_AGAIN)).catch(() => {});
  }

  async #ask(body: string, again: number): Promise<void> {
    const headers = { 'content-type': 'application/json', [STREAM_FIELD]: this.#id };
    const { status } = await fetch(this.#asking, { method: 'POST', headers, body });
    if (status === 404 && again > 0) await this.#ask(body, again - 1);
  }

  protected end(): void {
    this.#source.close();
  }
}
