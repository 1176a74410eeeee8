// Knows: which clients would open on an answer, by the checks that each of them makes in its own order.
// Must not know: where the answer came from. Clients disagree about the same octets, so one run tells all of them.
import { printable } from '../reason.js';
import { readAnswer } from './answer-facts.js';
import { BROWSERS } from './client-browsers.js';
import { LANGUAGES } from './client-languages.js';
import { NODE_CLIENTS } from './client-node.js';
import type { Client } from './client-rules.js';
import { RUNTIMES } from './client-runtimes.js';

export interface ClientVerdict {
  /** `chrome`, `firefox`, `ws`, `undici`, `bun`, `deno`, `python`, `go` */
  readonly client: string;
  /** The version that was measured. */
  readonly version: string;
  readonly outcome: 'accepts' | 'refuses' | 'hangs';
  /** What that client says, word for word but without the URL, safe to print; absent where it says nothing of the cause, as Firefox does. */
  readonly message?: string;
  /** What it gives as the cause of its error. */
  readonly cause?: string;
  /** The catalogue's code of what it stumbles over. */
  readonly code?: string;
  /** What else must be known of it. */
  readonly note?: string;
}

const CLIENTS: readonly Client[] = [...BROWSERS, ...NODE_CLIENTS, ...RUNTIMES, ...LANGUAGES];

const MAX_QUOTED = 300;

/** An answer over HTTP/1.1, heads in latin1 as they came. */
export interface AnswerHeads {
  readonly head: string;
  /** The 1xx before it, but no 101. */
  readonly interim: readonly string[];
}

/**
 * What each client that was measured does with this answer, if it had sent this request with its own offer of compression.
 * `request` is the head as sent; where it is empty, accept value and subprotocol count as right. Safari was not measured.
 * Python is left out where the answer is a redirect: it follows, and what comes then is not known.
 */
export function simulateClients({ head, interim }: AnswerHeads, request: string): ClientVerdict[] {
  const facts = readAnswer(head, interim, request);
  const isRedirect = facts.status >= 300 && facts.status < 400 && facts.fields.has('location');
  const asked = CLIENTS.filter(({ client }) => !(isRedirect && client === 'python'));
  return asked.map(({ client, version, checks, note }) => {
    for (const check of checks) {
      const refusal = check(facts);
      if (refusal === undefined) continue;
      const { hangs, code, message, cause } = refusal;
      return {
        client,
        version,
        outcome: hangs ? 'hangs' : 'refuses',
        ...(code === undefined ? {} : { code }),
        // Both quote the answer.
        ...(message === undefined ? {} : { message: printable(message, MAX_QUOTED) }),
        ...(cause === undefined ? {} : { cause: printable(cause, MAX_QUOTED) }),
        ...(note === undefined || hangs ? {} : { note }),
      };
    }
    return { client, version, outcome: 'accepts' };
  });
}
