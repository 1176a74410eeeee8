// Knows: what an offer and an answer of permessage-deflate say, and what each side agrees to (RFC 7692 §5, §7.1).
// Must not know: DEFLATE, messages, frames (`codec.ts`), or where the policy comes from (`settings.ts`).
import { type ExtensionOffer, type ExtensionParameter, serializeExtensions } from '../handshake/fields.js';
import type { Extension } from '../handshake/negotiate.js';
import { accepted, type Refused, rejected, type Verdict } from '../reason.js';
import { deflateReasons as reasons } from './deflate-reasons.js';

/** What both sides agreed on, as this side uses it. Windows are told as the logarithm to base 2 of their octets. */
export interface DeflateAgreement {
  /** How far back our compressed messages may refer: 8 to 15. */
  readonly sendWindowBits: number;
  /** Whether ours may refer to the messages before. */
  readonly sendTakeover: boolean;
  /** How far back the peer's refer at most: 8 to 15. */
  readonly receiveWindowBits: number;
  /** Whether the peer's may refer to the messages before. */
  readonly receiveTakeover: boolean;
  /** The extension as the answer names it: `permessage-deflate; server_no_context_takeover`. */
  readonly text: string;
}

/** What this side wants. */
export interface DeflatePolicy {
  /** Whether messages may refer to those before (context takeover), which keeps two windows for each connection. */
  readonly takeover: boolean;
  /** The largest window that is kept from one message to the next: 9 to 15. */
  readonly windowBits: number;
}

/** The four parameters of RFC 7692 §7.1. */
interface Terms {
  serverNoTakeover: boolean;
  clientNoTakeover: boolean;
  /** Undefined where the parameter is left out. */
  serverBits: number | undefined;
  /** The same; `any` is the parameter without a value, which only an offer may have. */
  clientBits: number | 'any' | undefined;
}

type Answered = Terms & { clientBits: number | undefined };

/** The part of an agreement that is not in the text. */
type Use = Omit<DeflateAgreement, 'text'>;

interface Acceptance {
  readonly answer: ExtensionOffer;
  readonly agreed: DeflateAgreement;
}

const NAME = 'permessage-deflate';
const WINDOW = 'a number from 8 to 15';
/** RFC 7692 §7.1.2: the window where nothing else is said, 32 KiB. */
const MOST_BITS = 15;

const NOTHING: Terms = Object.freeze({
  serverNoTakeover: false,
  clientNoTakeover: false,
  serverBits: undefined,
  clientBits: undefined,
});

/** The extension of RFC 7692 as one side speaks it, with one policy. */
export class PermessageDeflate implements Extension<DeflateAgreement> {
  readonly name = NAME;
  readonly #policy: DeflatePolicy;
  readonly #offers: readonly ExtensionOffer[];

  constructor(role: 'server' | 'client', policy: DeflatePolicy) {
    this.#policy = policy;
    this.#offers = role === 'client' ? offersOf(policy) : [];
  }

  /** Client: the offers to send, best first. */
  offer(): readonly ExtensionOffer[] {
    return this.#offers;
  }

  /** Server: the answer to an offer, or undefined to decline it. */
  accept(offer: ExtensionOffer): Acceptance | undefined {
    const read = readTerms(offer);
    // RFC 7692 §7: what is unknown, illegal or repeated is declined; the connection opens without compression.
    return read.ok ? answerTo(read.value, this.#policy) : undefined;
  }

  /** Client: what the answer agrees to, or why none of the offers allows it. */
  confirm(answer: ExtensionOffer): Verdict<DeflateAgreement> {
    const judged = judgeDeflate(answer, this.#offers);
    if (!judged.ok) return judged;
    const { takeover } = this.#policy;
    const { serverNoTakeover, clientNoTakeover, serverBits, clientBits } = judged.value;
    const { agreed } = acceptance(judged.value, {
      // RFC 7692 §7.1.1.2, §7.1.2.2: a client may use less than the answer grants, and must where its offer said so.
      sendWindowBits: clientBits ?? MOST_BITS,
      sendTakeover: takeover && !clientNoTakeover,
      receiveWindowBits: serverBits ?? MOST_BITS,
      receiveTakeover: !serverNoTakeover,
    });
    return accepted(agreed);
  }
}

/** RFC 7692 §5.1: best first; last comes what every server that knows the extension can accept. */
function offersOf({ takeover, windowBits }: DeflatePolicy): ExtensionOffer[] {
  // RFC 7692 §7.1.2.2: a server may limit our window only where we offer that, and it costs us nothing.
  const plain: Terms = { ...NOTHING, clientBits: 'any' };
  const small: Terms = { ...NOTHING, serverBits: windowBits, clientBits: windowBits };
  if (!takeover) return [{ ...plain, serverNoTakeover: true, clientNoTakeover: true }, plain].map(written);
  return (windowBits < MOST_BITS ? [small, plain] : [plain]).map(written);
}

/**
 * What a server answers to a legal offer, and what it holds to. A window that is not kept may be large; and of what we send ourselves
 * we keep as little as we like, whatever the client keeps.
 */
function answerTo(offered: Terms, { takeover, windowBits }: DeflatePolicy): Acceptance {
  const { serverBits, clientBits } = offered;
  // RFC 7692 §7.1.1.1: the demand is accepted by repeating it; a server may also say so unasked.
  const serverNoTakeover = !takeover || offered.serverNoTakeover;
  // RFC 7692 §7.1.2.2: a client that does not offer to limit its window may use 32 KiB, and must not be told otherwise.
  const isTooLarge = clientBits === undefined && windowBits < MOST_BITS;
  // RFC 7692 §7.1.1.2: a hint that saves us a window; a server may also say so unasked.
  const clientNoTakeover = !takeover || offered.clientNoTakeover || isTooLarge;
  const sendWindowBits = serverBits ?? MOST_BITS;
  // RFC 7692 §7.1.2.2: a value in the offer is the most that the client will use.
  const hinted = typeof clientBits === 'number' ? clientBits : MOST_BITS;
  const receiveWindowBits = clientNoTakeover ? MOST_BITS : Math.min(hinted, windowBits);
  const answered: Answered = {
    serverNoTakeover,
    clientNoTakeover,
    // RFC 7692 §7.1.2.1: accepted by the same or a smaller value; not said unasked, since some clients take it for a fault.
    serverBits: serverBits === undefined ? undefined : sendWindowBits,
    clientBits: clientBits !== undefined && !clientNoTakeover ? receiveWindowBits : undefined,
  };
  const [sendTakeover, receiveTakeover] = [!serverNoTakeover, !clientNoTakeover];
  return acceptance(answered, { sendWindowBits, sendTakeover, receiveWindowBits, receiveTakeover });
}

/**
 * What an answer says, if at least one of the offers allows it; or why a client must fail the connection (RFC 7692 §5.1, §7.1).
 * Offers that a server had to decline count for nothing.
 */
export function judgeDeflate(answer: ExtensionOffer, offers: readonly ExtensionOffer[]): Verdict<Answered> {
  const read = readTerms(answer);
  if (!read.ok) return read;
  const { clientBits, ...others } = read.value;
  // RFC 7692 §7.1.2.2: in an answer the parameter has a value.
  if (clientBits === 'any') return fault('EXT_CLIENT_BITS', 'client_max_window_bits', WINDOW);
  const answered = { ...others, clientBits };
  let first: Refused | undefined;
  for (const offer of offers) {
    const offered = readTerms(offer);
    if (!offered.ok) continue;
    const conflict = conflictBetween(offered.value, answered);
    if (conflict === undefined) return accepted(answered);
    first ??= conflict;
  }
  return first ?? accepted(answered);
}

/** Why an offer does not allow an answer. */
function conflictBetween(offered: Terms, answered: Answered): Refused | undefined {
  const { serverBits, clientBits } = answered;
  // RFC 7692 §7.1.1.1: who accepts the demand repeats it.
  if (offered.serverNoTakeover && !answered.serverNoTakeover) {
    return fault('EXT_PARAM_INVALID', textOf(answered), 'server_no_context_takeover, as offered');
  }
  // RFC 7692 §7.1.2.1: who accepts this one answers the same or a smaller value.
  const most = offered.serverBits;
  if (most !== undefined && (serverBits === undefined || serverBits > most)) {
    const wanted = `server_max_window_bits of ${most} at most, as offered`;
    return fault('EXT_PARAM_INVALID', textOf(answered), wanted);
  }
  // RFC 7692 §7.1.2.2: not unless it was offered.
  if (offered.clientBits === undefined && clientBits !== undefined) {
    const seen = `client_max_window_bits=${clientBits}`;
    return fault('EXT_CLIENT_BITS', seen, 'no client_max_window_bits, since it was not offered');
  }
  return undefined;
}

/** The parameters of an offer or an answer, unless one is unknown, illegal, or there again (RFC 7692 §7, §7.1). */
function readTerms({ parameters }: ExtensionOffer): Verdict<Terms> {
  const terms: Terms = { ...NOTHING };
  for (const [at, parameter] of parameters.entries()) {
    const isAgain = parameters.findIndex(({ name }) => name === parameter.name) < at;
    const found = isAgain
      ? fault('EXT_PARAM_INVALID', `${parameter.name} twice`, 'once')
      : note(terms, parameter);
    if (found !== undefined) return found;
  }
  return accepted(terms);
}

function note(terms: Terms, { name, value }: ExtensionParameter): Refused | undefined {
  const seen = value === undefined ? name : `${name}=${value}`;
  switch (name) {
    case 'server_no_context_takeover':
      terms.serverNoTakeover = true;
      return value === undefined ? undefined : fault('EXT_PARAM_INVALID', seen, 'no value');
    case 'client_no_context_takeover':
      terms.clientNoTakeover = true;
      return value === undefined ? undefined : fault('EXT_PARAM_INVALID', seen, 'no value');
    case 'server_max_window_bits':
      terms.serverBits = bitsOf(value);
      return terms.serverBits === undefined ? fault('EXT_PARAM_INVALID', seen, WINDOW) : undefined;
    case 'client_max_window_bits':
      terms.clientBits = value === undefined ? 'any' : bitsOf(value);
      return terms.clientBits === undefined ? fault('EXT_PARAM_INVALID', seen, WINDOW) : undefined;
    default:
      return fault('EXT_PARAM_UNKNOWN', seen, 'one of the four that RFC 7692 names');
  }
}

/** RFC 7692 §7.1.2: 8 to 15 without leading zeros. The parser of the field has taken quotes away. */
function bitsOf(value: string | undefined): number | undefined {
  return value !== undefined && /^(?:[89]|1[0-5])$/.test(value) ? Number(value) : undefined;
}

function fault(code: keyof typeof reasons, seen: string, wanted: string): Refused {
  return rejected(reasons[code], { field: 'Sec-WebSocket-Extensions', seen, wanted });
}

/** The extension with these parameters, always in the same order. */
function written({ serverNoTakeover, clientNoTakeover, serverBits, clientBits }: Terms): ExtensionOffer {
  const parameters: ExtensionParameter[] = [];
  if (serverNoTakeover) parameters.push({ name: 'server_no_context_takeover', value: undefined });
  if (clientNoTakeover) parameters.push({ name: 'client_no_context_takeover', value: undefined });
  if (serverBits !== undefined)
    parameters.push({ name: 'server_max_window_bits', value: String(serverBits) });
  if (clientBits !== undefined) {
    parameters.push({
      name: 'client_max_window_bits',
      value: clientBits === 'any' ? undefined : String(clientBits),
    });
  }
  return Object.freeze({ name: NAME, parameters: Object.freeze(parameters) });
}

function textOf(terms: Terms): string {
  return serializeExtensions([written(terms)]);
}

/** Each connection keeps its agreement, so equal ones are one object. A peer cannot make more than some hundreds differ. */
const known = new Map<string, Acceptance>();

function acceptance(answered: Answered, use: Use): Acceptance {
  const answer = written(answered);
  const text = serializeExtensions([answer]);
  const { sendWindowBits, sendTakeover, receiveWindowBits, receiveTakeover } = use;
  const key = [text, sendWindowBits, sendTakeover, receiveWindowBits, receiveTakeover].join();
  let shared = known.get(key);
  if (shared === undefined) {
    shared = Object.freeze({ answer, agreed: Object.freeze({ ...use, text }) });
    known.set(key, shared);
  }
  return shared;
}
