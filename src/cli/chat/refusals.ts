// Knows: the answers to the latest handshakes, by the attempt's number in the query, so that a page can read its own.
// Must not know: rooms or pages. A browser hides a refused handshake from its script; the server does not have to.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { sawText, shown } from '../../forensics/evidence.js';
import { reasonUrl } from '../../reason.js';
import { type HandshakeTrace, handshakes } from '../../trace.js';
import { answer } from './pages.js';

const keptMs = 60_000;
const keptCount = 500;
const attemptPattern = /[?&]attempt=([\w-]{1,64})(?:&|$)/;

interface Kept {
  readonly trace: HandshakeTrace;
  readonly at: number;
}

/** Remembers handshakes that carry an attempt's number, for a minute and at most 500 of them. */
export class Refusals {
  readonly #kept = new Map<string, Kept>();

  /** Listens until the returned function is called. */
  listen(): () => void {
    const keep = (message: unknown) => this.keep(message as HandshakeTrace, Date.now());
    handshakes.subscribe(keep);
    return () => handshakes.unsubscribe(keep);
  }

  keep(trace: HandshakeTrace, now: number): void {
    const attempt = attemptPattern.exec(trace.target)?.[1];
    if (attempt === undefined) return;
    this.#kept.set(attempt, { trace, at: now });
    for (const [key, { at }] of this.#kept) {
      if (this.#kept.size <= keptCount && now - at < keptMs) break;
      this.#kept.delete(key);
    }
  }

  /** Answers a plain request for the URL of an attempt; false when the URL carries no attempt. */
  serve(request: IncomingMessage, response: ServerResponse): boolean {
    const attempt = attemptPattern.exec(request.url ?? '')?.[1];
    if (attempt === undefined) return false;
    const trace = this.#kept.get(attempt)?.trace;
    const rejection = trace?.rejection;
    if (rejection === undefined) {
      const problem = trace === undefined ? unseen : accepted;
      answer(request, response, 404, 'application/problem+json', JSON.stringify(problem));
      return true;
    }
    const { reason, evidence } = rejection;
    const retryAfter = rejection.headers?.['Retry-After'] ?? reason.headers?.['Retry-After'];
    const problem = {
      type: reasonUrl(reason.code),
      title: reason.title,
      status: trace!.status,
      detail: sawText(shown(evidence)),
      code: reason.code,
      meaning: reason.meaning,
      fix: reason.fix,
      section: reason.sections.join(', '),
      retry: reason.retry,
    };
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    answer(request, response, trace!.status, 'application/problem+json', JSON.stringify(problem), headers);
    return true;
  }
}

const unseen = {
  code: 'HTTP_NO_HANDSHAKE',
  title: 'No handshake of this attempt arrived here',
  detail: 'The plain request reached the server, the WebSocket handshake before it did not.',
  meaning:
    'Something between the browser and the server answered for it: a proxy, a browser extension, a policy.',
  fix: 'Look at what stands in between; `handfast connect -v URL` shows the answer that the browser hides.',
  section: '',
  retry: 'later',
};

const accepted = {
  code: 'HTTP_NO_REFUSAL',
  title: 'The server accepted this handshake',
  detail: 'The server answered 101, and the connection ended before the page knew that it was open.',
  meaning:
    'The network or a proxy cut the connection right after the answer, or the browser did not like the answer.',
  fix: "Nothing here: this page tries again by itself. The browser's console may say more.",
  section: '',
  retry: 'later',
};
