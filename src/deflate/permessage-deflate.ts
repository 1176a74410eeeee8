// Knows: what an offer and an answer of `permessage-deflate` say, and what each side may agree to (RFC 7692 §5, §7.1).
// Must not know: DEFLATE, messages, frames (`codec.ts`).
import type { ExtensionOffer } from '../handshake/fields.js';
import type { Extension } from '../handshake/negotiate.js';
import { rejected, type Verdict } from '../reason.js';
import { deflateReasons } from './deflate-reasons.js';

/** What both sides agreed on, as this side uses it. */
export interface DeflateAgreement {
  /** How far back our compressed messages may refer: 8 to 15, the logarithm to base 2 of octets. */
  readonly sendWindowBits: number;
  /** Whether ours may refer to the messages before. */
  readonly sendTakeover: boolean;
  /** How far back the peer's may refer. */
  readonly receiveWindowBits: number;
  /** Whether the peer's may refer to the messages before. */
  readonly receiveTakeover: boolean;
  /** The extension as the answer names it: `permessage-deflate; server_no_context_takeover`. */
  readonly text: string;
}

/** What a side wants. */
export interface DeflatePolicy {
  /** Whether messages may refer to those before. It compresses small messages better and keeps windows in memory. */
  readonly takeover: boolean;
  /** The largest window that is kept between messages: 9 to 15, the logarithm to base 2 of octets. */
  readonly windowBits: number;
}

export class PermessageDeflate implements Extension<DeflateAgreement> {
  readonly name = 'permessage-deflate';
  readonly role: 'server' | 'client';
  readonly policy: DeflatePolicy;

  constructor(role: 'server' | 'client', policy: DeflatePolicy) {
    this.role = role;
    this.policy = policy;
  }

  offer(): ExtensionOffer[] {
    return [];
  }

  accept(_offer: ExtensionOffer): { answer: ExtensionOffer; agreed: DeflateAgreement } | undefined {
    return undefined;
  }

  confirm(_answer: ExtensionOffer): Verdict<DeflateAgreement> {
    return rejected(deflateReasons.EXT_PARAM_INVALID);
  }
}
