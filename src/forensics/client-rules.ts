// Knows: what a client's rules are made of: a check is given the facts of an answer and says why the client refuses it, if it does.
// Must not know: any client in particular (`client-browsers.ts`, `client-node.ts`, `client-runtimes.ts`, `client-languages.ts`).
import { judgeDeflate } from '../deflate/permessage-deflate.js';
import { type ExtensionOffer, listIncludes, parseExtensions, SyntaxFault } from '../handshake/fields.js';
import { reasonOfRefusal } from '../handshake/rejections.js';
import type { Rejection } from '../reason.js';
import type { AnswerFacts } from './answer-facts.js';

/** Why a client does not open. */
export interface Refusal {
  /** The catalogue's code of what it stumbles over, where there is a row for it. */
  readonly code?: string;
  /** Word for word; absent where it says nothing that could be quoted. */
  readonly message?: string;
  /** What the client gives as the cause of its error. */
  readonly cause?: string;
  /** It neither opens nor tells an error. */
  readonly hangs?: true;
}

export type Check = (facts: AnswerFacts) => Refusal | undefined;

/** A client as it was measured: its checks in the order in which it makes them. */
export interface Client {
  readonly client: string;
  readonly version: string;
  readonly checks: readonly Check[];
  /** What holds for it whatever the answer. */
  readonly note?: string;
}

export const UPGRADE = 'upgrade';
export const CONNECTION = 'connection';
export const ACCEPT = 'sec-websocket-accept';
export const PROTOCOL = 'sec-websocket-protocol';
export const EXTENSIONS = 'sec-websocket-extensions';

/** Refuses every status but 101, and says so in its own words. */
export function statusIs101(message?: (status: number) => string): Check {
  return (facts) =>
    facts.status === 101 ? undefined : { code: statusCode(facts), ...said(message?.(facts.status)) };
}

function statusCode({ status, fields }: AnswerFacts): string {
  return status === 0 ? 'HTTP_NOT_HTTP' : reasonOfRefusal(status, fields, '', undefined, 'h1').reason.code;
}

/** Takes the first interim answer of those that `isMinded` for the final one. */
export function noInterim(
  message: (status: number) => string,
  isMinded: (status: number) => boolean = () => true,
): Check {
  return ({ interim }) => {
    const status = interim.find(isMinded);
    return status === undefined ? undefined : { code: 'HTTP_INTERIM', message: message(status) };
  };
}

/** Overlooks a field whose name has a space behind it, which matters where the handshake needs it. */
export function noSpacedNames(message?: string): Check {
  return ({ faulty }) => {
    if (faulty?.fault !== 'space before colon') return undefined;
    const isNeeded = [UPGRADE, CONNECTION, ACCEPT].includes(faulty.name.trimEnd().toLowerCase());
    return isNeeded ? { code: 'HTTP_HEADER_SYNTAX', ...said(message) } : undefined;
  };
}

export function said(message: string | undefined): { readonly message?: string } {
  return message === undefined ? {} : { message };
}

/** RFC 9110 §5.6.1, with its empty elements, which some clients stumble over. */
export function elementsOf(values: readonly string[]): string[] {
  return values.flatMap((value) => value.split(',').map((element) => element.trim()));
}

export function hasUpgradeToken({ fields }: AnswerFacts): boolean {
  return listIncludes(fields.combined(CONNECTION) ?? '', 'upgrade');
}

export function upgradeCode({ fields }: AnswerFacts): string {
  return fields.has(UPGRADE) ? 'RESP_UPGRADE_WRONG' : 'RESP_UPGRADE_MISSING';
}

export function connectionCode(facts: AnswerFacts): string {
  if (!facts.fields.has(CONNECTION)) return 'RESP_CONNECTION_MISSING';
  return hasUpgradeToken(facts) ? 'RESP_CONNECTION_LIST' : 'RESP_CONNECTION_WRONG';
}

export function acceptCode({ fields }: AnswerFacts): string {
  if (!fields.has(ACCEPT)) return 'RESP_ACCEPT_MISSING';
  return fields.count(ACCEPT) > 1 ? 'RESP_ACCEPT_REPEATED' : 'RESP_ACCEPT_WRONG';
}

/** Where the request is not known, every value that could be the hash of a key. */
export function isRightAccept({ expected }: AnswerFacts, value = ''): boolean {
  return expected === undefined ? /^[A-Za-z0-9+/]{27}=$/.test(value) : value === expected;
}

export function protocolCode({ fields, asked }: AnswerFacts): string {
  const selected = fields.combined(PROTOCOL);
  if (selected === undefined) return 'PROTO_NOT_SELECTED';
  if (asked.length === 0) return 'PROTO_UNSOLICITED';
  if (selected.includes(',')) return 'PROTO_MULTIPLE';
  const isCase = asked.some((name) => name.toLowerCase() === selected.toLowerCase());
  return isCase ? 'PROTO_CASE' : 'PROTO_NOT_OFFERED';
}

export const DEFLATE = 'permessage-deflate';

/** What an answer says about extensions, read by the grammar of RFC 6455 §9.1; undefined for no such field. */
export function extensionsOf({ fields }: AnswerFacts): readonly ExtensionOffer[] | SyntaxFault | undefined {
  const value = fields.combined(EXTENSIONS);
  return value === undefined ? undefined : parseExtensions(value);
}

/** Whether the list has an empty element, which the grammar allows. */
export function hasEmptyExtension({ fields }: AnswerFacts): boolean {
  return elementsOf(fields.getAll(EXTENSIONS)).includes('');
}

/** What is wrong with the parameters alone: all clients below offer what allows any legal answer (RFC 7692 §7.1). */
export function deflateFault(answer: ExtensionOffer): Rejection | undefined {
  const judged = judgeDeflate(answer, []);
  return judged.ok ? undefined : judged.rejection;
}

/** As `deflateFault`, for readers to whom `08` is 8. */
export function deflateFaultByNumber({ name, parameters }: ExtensionOffer): Rejection | undefined {
  return deflateFault({
    name,
    parameters: parameters.map((parameter) => ({
      ...parameter,
      value: parameter.value?.replace(/^0+(?=\d)/, ''),
    })),
  });
}

/** The catalogue's code for an answer about extensions that a client refuses. */
export function extensionCode(facts: AnswerFacts): string {
  const answers = extensionsOf(facts);
  if (answers === undefined || answers instanceof SyntaxFault) return 'EXT_SYNTAX';
  if (answers.some(({ name }) => name !== DEFLATE)) return 'EXT_UNSOLICITED';
  const [fault] = answers.flatMap((answer) => deflateFault(answer) ?? []);
  if (fault !== undefined) return fault.reason.code;
  return answers.length > 1 ? 'EXT_DUPLICATE' : 'EXT_SYNTAX';
}
