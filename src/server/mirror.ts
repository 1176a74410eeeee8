// Knows: what stands in front of the endpoints and answers some requests in their place, whatever path they have.
// Must not know: which requests, or how they are answered; `reflect/` makes one.
import type { Duplex } from 'node:stream';
import type { RequestHead } from '../handshake/head.js';
import type { RefusalAnswer } from '../handshake/refusal.js';
import type { Rejection } from '../reason.js';
import type { Offer } from '../transport/offer.js';
import type { Conclusion } from './told.js';

export interface Mirror {
  /** Whether it answers this request. What it does not want is served as if there were none. */
  wants(head: RequestHead): boolean;
  /** Answers a request that it wants, in either way. The server closes a connection of it when it drains or stops. */
  answer(offer: Offer): Conclusion;
  /** How one is refused that it wants and that can be no handshake any more. */
  refusalOf(head: RequestHead, line: Duplex, rejection: Rejection): RefusalAnswer;
}
