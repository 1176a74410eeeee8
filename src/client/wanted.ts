// Knows: what one request asks for, and whether an answer grants it: subprotocol and extensions with it (RFC 6455 §4.1).
// Must not know: URLs, sockets, or what an answer that grants nothing means (`answers.ts`).
import type { DeflateAgreement, PermessageDeflate } from '../deflate/permessage-deflate.js';
import type { ResponseHead } from '../handshake/head.js';
import { newKey } from '../handshake/key.js';
import { confirmExtensions } from '../handshake/negotiate.js';
import { type Asked, judgeResponse } from '../handshake/response.js';
import { accepted, type Verdict } from '../reason.js';
import type { Plan } from './options.js';

/** What one request asks for. */
export interface Wanted extends Asked {
  readonly subprotocols: readonly string[];
  /** The extensions that made the offers, and that judge the answers to them. */
  readonly offering: readonly PermessageDeflate[];
}

/** What the server granted. */
export interface Granted {
  /** `''` when it selected none. */
  readonly subprotocol: string;
  readonly agreement: DeflateAgreement | undefined;
}

/** What to ask for, with a key of its own. What compression offers depends on the memory that there is for it now. */
export function wantedBy({ subprotocols, settings: { compression } }: Plan): Wanted {
  const offering = compression === undefined ? [] : [compression.extension];
  return { key: newKey(), subprotocols, extensions: offering.flatMap((one) => one.offer()), offering };
}

/** What the answer grants, or the reason to fail the connection. */
export function judgeAnswer(head: ResponseHead, wanted: Wanted): Verdict<Granted> {
  const judged = judgeResponse(head, wanted);
  if (!judged.ok) return judged;
  const { subprotocol, extensions } = judged.value;
  const confirmed = confirmExtensions(extensions, wanted.offering);
  if (!confirmed.ok) return confirmed;
  return accepted({ subprotocol, agreement: confirmed.value[0]?.agreed });
}
