// Knows: the two ways by which news reaches a browser and questions leave it: a WebSocket; and a stream of events (WHATWG HTML §9.2) with
// requests beside it. Must not know: which of them is taken when (`link.ts`), or what the messages are for.
import { type FromWatcher, STREAM_FIELD, SUBPROTOCOL } from '../../protocol.js';
import { Carrier, type Hearer } from './carrier.js';
import { Questions } from './questions.js';

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

export class StreamCarrier extends Carrier {
  readonly #source: EventSource;
  #id = '';
  readonly #questions: Questions;

  constructor(feed: URL, hearer: Hearer) {
    super(hearer);
    this.#questions = new Questions((body) => this.#post(new URL('ask', feed), body));
    this.#source = new EventSource(new URL('events', feed));
    this.#source.onopen = () => this.opened();
    this.#source.addEventListener('stream', ({ data }) => (this.#id = data));
    this.#source.onmessage = ({ data }) => this.heard(data);
    // It would come again by itself, and nobody could say when.
    this.#source.onerror = () => this.lost();
  }

  send(message: FromWatcher): void {
    this.#questions.ask(JSON.stringify(message));
  }

  /** The status of the answer. */
  async #post(url: URL, body: string): Promise<number> {
    const headers = { 'content-type': 'application/json', [STREAM_FIELD]: this.#id };
    const { status } = await fetch(url, { method: 'POST', headers, body });
    return status;
  }

  protected end(): void {
    this.#source.close();
  }
}
