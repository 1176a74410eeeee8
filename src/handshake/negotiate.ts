// Knows: how a server chooses a subprotocol, and the contract by which an extension is offered, accepted and confirmed
// (RFC 6455 §4.2.2, §9.1).
// Must not know: any concrete extension.
import { accepted, type Evidence, rejected, type Verdict } from '../reason.js';
import type { ExtensionOffer } from './fields.js';
import { responseReasons } from './rejections.js';

/**
 * How a subprotocol is chosen: a list in the server's order of preference; a list with the order of the client; or a
 * function, which returns one of those offered, or nothing.
 */
export type SubprotocolPolicy<Request = unknown> =
  | readonly string[]
  | { readonly names: readonly string[]; readonly order?: 'server' | 'client' }
  | ((offered: readonly string[], request: Request) => string | undefined);

/** The subprotocol to answer with, or `''` for none. Throws `TypeError` when a function returns one that was not offered. */
export function chooseSubprotocol<Request>(
  offered: readonly string[],
  policy: SubprotocolPolicy<Request>,
  request: Request,
): string {
  if (typeof policy === 'function') return checkedChoice(policy(offered, request), offered);
  if (offered.length === 0) return '';
  const names = 'names' in policy ? policy.names : policy;
  const isClientOrder = 'names' in policy && policy.order === 'client';
  const [first, second] = isClientOrder ? [offered, names] : [names, offered];
  return first.find((name) => second.includes(name)) ?? '';
}

function checkedChoice(choice: string | undefined, offered: readonly string[]): string {
  if (choice === undefined || choice === null || choice === '') return '';
  // RFC 6455 §4.2.2(5.5): only a value that the client offered. The choice itself is not shown: it may be a token.
  if (offered.includes(choice)) return choice;
  throw new TypeError('The function for subprotocols returned a value that the client did not offer');
}

/** What an extension has to say in the handshake. `Agreed` is what both sides then hold to. */
export interface Extension<Agreed = unknown> {
  readonly name: string;
  /** Client: the offers to send, best first. */
  offer(): readonly ExtensionOffer[];
  /** Server: the answer to an offer, or undefined to decline it. Must not throw for what a peer offers. */
  accept(offer: ExtensionOffer): { readonly answer: ExtensionOffer; readonly agreed: Agreed } | undefined;
  /** Client: whether the server's answer is one that the offers allow. */
  confirm(answer: ExtensionOffer): Verdict<Agreed>;
}

export interface AgreedExtension<Agreed = unknown> {
  readonly extension: Extension<Agreed>;
  readonly agreed: Agreed;
}

export interface Negotiated<Agreed = unknown> {
  /** For the field of the 101, in the order of the offers. */
  readonly answers: readonly ExtensionOffer[];
  readonly agreed: readonly AgreedExtension<Agreed>[];
}

/**
 * Server: goes through the offers in the client's order; the first acceptable one of each extension wins. Whatever is
 * unknown or not acceptable is declined, never a reason to refuse the handshake (RFC 6455 §9.1, RFC 7692 §5.1).
 */
export function negotiateExtensions<Agreed>(
  offers: readonly ExtensionOffer[],
  extensions: readonly Extension<Agreed>[],
): Negotiated<Agreed> {
  const answers: ExtensionOffer[] = [];
  const agreed: AgreedExtension<Agreed>[] = [];
  for (const offer of offers) {
    const extension = extensions.find((candidate) => candidate.name === offer.name);
    if (!extension || agreed.some((other) => other.extension === extension)) continue;
    const acceptance = extension.accept(offer);
    if (!acceptance) continue;
    answers.push(acceptance.answer);
    agreed.push({ extension, agreed: acceptance.agreed });
  }
  return { answers, agreed };
}

/** Client: each answer must belong to an extension that was offered, once, with parameters that it confirms. */
export function confirmExtensions<Agreed>(
  answers: readonly ExtensionOffer[],
  extensions: readonly Extension<Agreed>[],
): Verdict<readonly AgreedExtension<Agreed>[]> {
  const unsolicited = unsolicitedAnswer(answers, extensions);
  if (unsolicited) return rejected(responseReasons.EXT_UNSOLICITED, unsolicited);
  const repeated = repeatedAnswer(answers);
  if (repeated) return rejected(responseReasons.EXT_DUPLICATE, repeated);
  const agreed: AgreedExtension<Agreed>[] = [];
  for (const answer of answers) {
    const extension = extensions.find((candidate) => candidate.name === answer.name)!;
    const verdict = extension.confirm(answer);
    if (!verdict.ok) return verdict;
    agreed.push({ extension, agreed: verdict.value });
  }
  return accepted(agreed);
}

interface Named {
  readonly name: string;
}

/** RFC 6455 §4.1(5): the first answer to nothing that was offered. */
export function unsolicitedAnswer(
  answers: readonly Named[],
  offered: readonly Named[],
): Evidence | undefined {
  const answer = answers.find(({ name }) => !offered.some((other) => other.name === name));
  if (!answer) return undefined;
  const wanted = offered.length > 0 ? offered.map(({ name }) => name).join(', ') : 'no extension';
  return { field: 'Sec-WebSocket-Extensions', seen: answer.name, wanted };
}

/** The first extension that is answered a second time. */
export function repeatedAnswer(answers: readonly Named[]): Evidence | undefined {
  const repeated = answers.find(({ name }, at) => answers.findIndex((other) => other.name === name) < at);
  return repeated && { field: 'Sec-WebSocket-Extensions', seen: `${repeated.name} twice`, wanted: 'once' };
}
