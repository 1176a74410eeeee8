// Knows: one room's WebSocket kept open: when to try again, how long to wait, and how to learn why it was refused.
// Must not know: the document. RFC 6455 §7.2.3 asks for a random delay before a client comes back.
import { decode as decodeMsgpack, encode as encodeMsgpack } from '/vendor/msgpack/index.mjs';
import type { FromClient, FromServer } from '../messages.js';

/** The refusal of a handshake as the server tells it (RFC 9457), or what can be known without an answer. */
export interface Refusal {
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly meaning: string;
  readonly fix: string;
  readonly section: string;
  readonly retry: string;
  readonly retryAfterMs: number;
}

export interface Watcher {
  onconnecting(): void;
  onopen(subprotocol: string): void;
  onmessage(message: FromServer): void;
  onrefused(refusal: Refusal): void;
  onclosed(code: number, reason: string): void;
  /** A new attempt in `delayMs`; undefined when there will be none until somebody asks. */
  onwait(delayMs: number | undefined, why: string): void;
}

const baseMs = 1000;
const capMs = 30_000;

export class RoomSocket {
  readonly #watcher: Watcher;
  #room = '';
  #offer: readonly string[] = [];
  #socket: WebSocket | undefined;
  #timer = 0;
  #failures = 0;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Leaves whatever was open and opens this room. */
  open(room: string, offer: readonly string[]): void {
    this.#room = room;
    this.#offer = offer;
    this.#failures = 0;
    this.retryNow();
  }

  retryNow(): void {
    clearTimeout(this.#timer);
    this.#drop();
    this.#attempt();
  }

  send(message: FromClient): void {
    if (!this.isOpen) return;
    const socket = this.#socket!;
    if (socket.protocol === 'msgpack') socket.send(encodeMsgpack(message));
    else socket.send(JSON.stringify(message));
  }

  #drop(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (socket === undefined) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(1000, 'leaving');
  }

  #attempt(): void {
    const attempt = crypto.getRandomValues(new Uint32Array(2)).join('-');
    const path = `/room/${encodeURIComponent(this.#room)}?attempt=${attempt}`;
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}${path}`, [...this.#offer]);
    let hasOpened = false;
    socket.binaryType = 'arraybuffer';
    this.#socket = socket;
    this.#watcher.onconnecting();
    socket.onopen = () => {
      hasOpened = true;
      this.#watcher.onopen(socket.protocol);
    };
    socket.onmessage = (event: MessageEvent) => {
      this.#failures = 0;
      this.#watcher.onmessage(read(event.data));
    };
    socket.onclose = (event: CloseEvent) => {
      if (this.#socket !== socket) return;
      this.#socket = undefined;
      if (hasOpened) this.#closed(event.code, event.reason);
      else void this.#refused(path);
    };
  }

  #closed(code: number, reason: string): void {
    this.#watcher.onclosed(code, reason);
    const range = waitAfterClose[code];
    if (range === 'never') this.#watcher.onwait(undefined, 'The server asked this page to stop.');
    else if (range === undefined) this.#wait(this.#jitter());
    else this.#wait(range[0] + Math.random() * (range[1] - range[0]));
  }

  async #refused(path: string): Promise<void> {
    const socket = this.#socket;
    const refusal = await why(path);
    if (this.#socket !== socket) return;
    this.#watcher.onrefused(refusal);
    if (refusal.retry === 'never' || refusal.retry === 'after a fix') {
      this.#watcher.onwait(undefined, 'Trying again would change nothing until this is fixed.');
    } else this.#wait(refusal.retryAfterMs + this.#jitter());
  }

  /** Full jitter: anything between nothing and the whole step, so that a thousand pages do not return at once. */
  #jitter(): number {
    return Math.random() * Math.min(capMs, baseMs * 2 ** this.#failures++);
  }

  #wait(delayMs: number): void {
    this.#watcher.onwait(delayMs, '');
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#attempt(), delayMs);
  }
}

/**
 * What the codes of the WebSocket close registry ask of a client: 1012 (restart) to come back within 5 to 30 seconds,
 * 1013 (overload) to come back later than that; 1008 and 1002 not to come back with the same behaviour.
 */
const waitAfterClose: Readonly<Record<number, readonly [number, number] | 'never'>> = {
  1002: 'never',
  1008: 'never',
  1012: [5000, 30_000],
  1013: [30_000, 60_000],
};

function read(data: string | ArrayBuffer): FromServer {
  return (typeof data === 'string' ? JSON.parse(data) : decodeMsgpack(new Uint8Array(data))) as FromServer;
}

/**
 * A browser tells a script nothing but 1006 about a refused handshake. The server remembers its refusals for a minute
 * by the attempt's number, so the same URL asked as plain HTTP gives the same refusal again, readable this time.
 */
async function why(path: string): Promise<Refusal> {
  try {
    const response = await fetch(path, {
      headers: { accept: 'application/problem+json' },
      cache: 'no-store',
    });
    if (!response.headers.get('content-type')?.startsWith('application/problem+json'))
      return notOurs(response.status);
    const problem = (await response.json()) as Record<string, unknown>;
    return {
      code: text(problem.code),
      status: response.status,
      title: text(problem.title),
      detail: text(problem.detail),
      meaning: text(problem.meaning),
      fix: text(problem.fix),
      section: text(problem.section),
      retry: text(problem.retry),
      retryAfterMs: 1000 * Number(response.headers.get('retry-after') ?? 0) || 0,
    };
  } catch {
    return unreachable;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

const unreachable: Refusal = {
  code: 'TCP_UNREACHABLE',
  status: 0,
  title: 'The server does not answer',
  detail: 'Neither the WebSocket nor a plain request to the same address got an answer.',
  meaning: 'The server is stopped or restarting, or the network between is down.',
  fix: 'Nothing here: this page tries again by itself.',
  section: '',
  retry: 'later',
  retryAfterMs: 0,
};

function notOurs(status: number): Refusal {
  return {
    ...unreachable,
    code: 'HTTP_FOREIGN_ANSWER',
    status,
    title: 'Something other than the chat server answered',
    detail: `A plain request to the same address got status ${status} and no problem document.`,
    meaning: 'Most likely a proxy in front of the server answers for it.',
    fix: 'Look at what stands between this browser and the server.',
  };
}
