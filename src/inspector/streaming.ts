// Knows: the same news over plain HTTP, for where no WebSocket opens: a stream of events (WHATWG HTML §9.2), and the requests by which its
// watcher asks. Must not know: what is told and asked (`watching.ts`), what is kept, or who may look (`access.ts`).
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Access } from './access.js';
import { isForeign, readBody, SAFE_FIELDS, send, turnAway, visitorOf } from './answers.js';
import type { Feed } from './feed.js';
import { ASK_PATH, EVENTS_PATH, MAX_ASKED_BYTES, STREAM_FIELD } from './protocol.js';
import { type Attended, attend } from './watching.js';

/** At once. Each may hold a backlog, and over HTTP/1.1 a connection. */
const MAX_STREAMS = 16;
/** A comment so often, so that no proxy takes the stream for dead. */
const BEAT_MS = 15_000;
/** Who takes nothing of what waits for so long has gone. */
const STALL_MS = 60_000;

export class Streams {
  readonly #feed: Feed;
  readonly #access: Access;
  readonly #stallMs: number;
  readonly #open = new Map<string, Stream>();

  constructor(feed: Feed, access: Access, stallMs: number = STALL_MS) {
    this.#feed = feed;
    this.#access = access;
    this.#stallMs = stallMs;
  }

  /** Answers what asks for a stream, or belongs to one. False: it is something else. `ending`: when the server wants no more of it. */
  answer(request: IncomingMessage, response: ServerResponse, ending: AbortSignal): boolean {
    const path = (request.url ?? '/').split('?')[0];
    if (path === EVENTS_PATH) this.#begin(request, response, ending);
    else if (path === ASK_PATH) this.#ask(request, response);
    else return false;
    return true;
  }

  #begin(request: IncomingMessage, response: ServerResponse, ending: AbortSignal): void {
    if (!this.#lets('GET', request, response)) return;
    // Behind an answer that is not over, node:http would not tell us that whoever asked has gone.
    if (response.socket === null)
      return send(request, response, 400, 'A stream is the first answer that is waited for.\n');
    if (ending.aborted) return sendLater(request, response, 'The server stops.', 5);
    if (this.#open.size >= MAX_STREAMS)
      return sendLater(request, response, `${MAX_STREAMS} watch without a WebSocket already.`, 60);
    // Quiet is no fault.
    response.setTimeout(this.#stallMs, () => void (response.writableLength > 0 && response.destroy()));
    const stream = new Stream(this.#feed, visitorOf(request).peer, response, ending);
    this.#open.set(stream.id, stream);
    response.once('close', () => this.#open.delete(stream.id));
  }

  #ask(request: IncomingMessage, response: ServerResponse): void {
    if (!this.#lets('POST', request, response)) return;
    // Another site's page cannot send this field unasked, whatever a browser tells of where it comes from.
    const stream = this.#open.get(String(request.headers[STREAM_FIELD]));
    if (stream === undefined) return send(request, response, 404, 'There is no such stream.\n');
    readBody(request, MAX_ASKED_BYTES, (text) => {
      if (text === undefined) return send(request, response, 413, 'That is no question.\n');
      stream.attended.heed(text);
      send(request, response, 202, '');
    });
  }

  /** Whoever may not watch has got an answer. Another site's page gets the same one, whatever its visitor may see. */
  #lets(method: 'GET' | 'POST', request: IncomingMessage, response: ServerResponse): boolean {
    const visitor = visitorOf(request);
    if (request.method !== method) send(request, response, 405, `Use ${method}.\n`, { allow: method });
    else if (isForeign(visitor)) send(request, response, 403, 'That is for no other site.\n');
    else {
      const verdict = this.#access.judge(visitor);
      if (verdict === 'welcome') return true;
      turnAway(request, response, verdict);
    }
    return false;
  }
}

/** One watcher. It ends with its response, which ends with the server. */
class Stream {
  /** By which what is asked belongs to it. */
  readonly id = randomBytes(24).toString('base64url');
  readonly attended: Attended;

  constructor(feed: Feed, address: string, response: ServerResponse, ending: AbortSignal) {
    response.on('error', () => {});
    // nginx, and others after its example, would keep events back until some kibibytes have come together.
    const type = { 'content-type': 'text/event-stream', 'x-accel-buffering': 'no' };
    response.writeHead(200, { ...SAFE_FIELDS, ...type });
    response.write(`event: stream\ndata: ${this.id}\n\n`);
    this.attended = attend(feed, {
      address,
      behindBytes: () => response.writableLength,
      // JSON has no line ends but escaped ones.
      tell: (text) => void response.write(`data: ${text}\n\n`),
    });
    const beat = setInterval(() => response.writableLength === 0 && response.write(':\n\n'), BEAT_MS).unref();
    // Who does not take what waits would keep a server from its end.
    const end = () => (response.writableLength > 0 ? response.destroy() : response.end());
    ending.addEventListener('abort', end);
    response.once('close', () => {
      clearInterval(beat);
      ending.removeEventListener('abort', end);
      this.attended.leave();
    });
  }
}

function sendLater(request: IncomingMessage, response: ServerResponse, why: string, seconds: number): void {
  send(request, response, 503, `${why}\n`, { 'retry-after': String(seconds) });
}
