// Knows: how a server writes the answer that opens a connection, and the rules of RFC 6455 §4.1 by which a client
// judges an answer; on HTTP/2 those that RFC 8441 §5 leaves. One list, read two ways, as in `request.ts`.
// Must not know: refusals; `refusal.ts` writes them and `rejections.ts` reads them.
import { accepted, type Evidence, type Rejection, rejected, type Verdict } from '../reason.js';
import {
  type ExtensionOffer,
  isToken,
  listIncludes,
  parseExtensions,
  parseTokenList,
  SyntaxFault,
  serializeExtensions,
} from './fields.js';
import { type FieldLine, type ResponseHead, serializeFields } from './head.js';
import { acceptFor } from './key.js';
import { repeatedAnswer, unsolicitedAnswer } from './negotiate.js';
import { OPENING_STATUS, reasonOfRefusal, responseReasons as reasons } from './rejections.js';
import { audit, type Rule } from './request.js';

/** The 101 as text (RFC 6455 §4.2.2(5)). Throws `TypeError` for what may not be written. */
export function writeAccept(
  accept: string,
  subprotocol: string = '',
  extensions: readonly ExtensionOffer[] = [],
  extra: readonly FieldLine[] = [],
): string {
  let text = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n`;
  if (subprotocol !== '') {
    if (!isToken(subprotocol)) throw new TypeError('The subprotocol is not a token');
    text += `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  }
  if (extensions.length > 0) text += `Sec-WebSocket-Extensions: ${serializeExtensions(extensions)}\r\n`;
  if (extra.length > 0) text += extraFields(extra);
  return `${text}\r\n`;
}

function extraFields(extra: readonly FieldLine[]): string {
  for (const [name] of extra) {
    if (OWN.has(name.toLowerCase())) throw new TypeError(`The handshake writes the header ${name} itself`);
  }
  return serializeFields(extra);
}

/** RFC 9110 §8.6: a 1xx carries no Content-Length either. */
const OWN = new Set([
  'upgrade',
  'connection',
  'sec-websocket-accept',
  'sec-websocket-protocol',
  'sec-websocket-extensions',
  'content-length',
  'transfer-encoding',
]);

/** What the client asked for. */
export interface Asked {
  /** Empty on HTTP/2, where it takes no part (RFC 8441 §5). */
  readonly key: string;
  readonly subprotocols?: readonly string[];
  readonly extensions?: readonly ExtensionOffer[];
  /** The URL that was asked, to tell one redirect from another. */
  readonly url?: string;
}

export interface Answered {
  /** `''` when the server selected none. */
  readonly subprotocol: string;
  /** Still to be confirmed by the extensions themselves: `confirmExtensions`. */
  readonly extensions: readonly ExtensionOffer[];
}

/** A 101, or a 200 on HTTP/2, beside what was asked. */
export class ResponseReading {
  readonly head: ResponseHead;
  readonly key: string;
  readonly offered: readonly string[];
  readonly offers: readonly ExtensionOffer[];
  /** What the server selected, still as a list. */
  readonly selected: readonly string[] | SyntaxFault;
  readonly answers: readonly ExtensionOffer[] | SyntaxFault;

  constructor(head: ResponseHead, asked: Asked) {
    this.head = head;
    this.key = asked.key;
    this.offered = asked.subprotocols ?? [];
    this.offers = asked.extensions ?? [];
    const selected = head.fields.combined(PROTOCOL);
    this.selected = selected === undefined ? [] : parseTokenList(selected);
    const answers = head.fields.combined(EXTENSIONS);
    this.answers = answers === undefined ? [] : parseExtensions(answers);
  }

  /** The one subprotocol that was selected, where it is one. */
  get subprotocol(): string | undefined {
    return this.selected instanceof SyntaxFault || this.selected.length !== 1 ? undefined : this.selected[0];
  }
}

const PROTOCOL = 'Sec-WebSocket-Protocol';
const EXTENSIONS = 'Sec-WebSocket-Extensions';
const ACCEPT = 'Sec-WebSocket-Accept';

export const RESPONSE_RULES: readonly Rule<ResponseReading>[] = [
  {
    // RFC 9110 §15.2: HTTP/1.0 has no 1xx.
    reason: reasons.HTTP_VERSION_10,
    carrier: 'h1',
    check: ({ head: { version } }) =>
      version >= '1.1' && version < '2'
        ? undefined
        : { field: 'status line', seen: `HTTP/${version}`, wanted: 'HTTP/1.1' },
  },
  {
    // RFC 6455 §4.1, response (2).
    reason: reasons.RESP_UPGRADE_MISSING,
    carrier: 'h1',
    check: ({ head }) => (head.fields.has('upgrade') ? undefined : { field: 'Upgrade', wanted: 'websocket' }),
  },
  {
    // RFC 6455 §4.1, response (2): the whole value, in any case.
    reason: reasons.RESP_UPGRADE_WRONG,
    carrier: 'h1',
    check: ({ head }) => {
      const upgrade = head.fields.combined('upgrade');
      return upgrade === undefined || upgrade.toLowerCase() === 'websocket'
        ? undefined
        : { field: 'Upgrade', seen: upgrade, wanted: 'websocket' };
    },
  },
  {
    // RFC 6455 §4.1, response (3).
    reason: reasons.RESP_CONNECTION_MISSING,
    carrier: 'h1',
    check: ({ head }) =>
      head.fields.has('connection') ? undefined : { field: 'Connection', wanted: 'Upgrade' },
  },
  {
    // RFC 6455 §4.1, response (3): the token, in any case, alone or in a list.
    reason: reasons.RESP_CONNECTION_WRONG,
    carrier: 'h1',
    check: ({ head }) => {
      const connection = head.fields.combined('connection');
      return connection === undefined || listIncludes(connection, 'upgrade')
        ? undefined
        : { field: 'Connection', seen: connection, wanted: 'Upgrade' };
    },
  },
  {
    // RFC 6455 §4.1, response (4).
    reason: reasons.RESP_ACCEPT_MISSING,
    carrier: 'h1',
    check: ({ head, key }) =>
      head.fields.has(ACCEPT) ? undefined : { field: ACCEPT, wanted: acceptFor(key) },
  },
  {
    // RFC 6455 §11.3.3: once.
    reason: reasons.RESP_ACCEPT_REPEATED,
    carrier: 'h1',
    check: ({ head }) => {
      const values = head.fields.getAll(ACCEPT);
      return values.length > 1 ? { field: ACCEPT, seen: values.join(', '), wanted: 'one value' } : undefined;
    },
  },
  {
    // RFC 6455 §4.1, response (4): compared octet by octet.
    reason: reasons.RESP_ACCEPT_WRONG,
    carrier: 'h1',
    check: ({ head, key }) => {
      const accept = head.fields.get(ACCEPT);
      const wanted = acceptFor(key);
      return accept === undefined || accept === wanted ? undefined : { field: ACCEPT, seen: accept, wanted };
    },
  },
  {
    // RFC 6455 §4.2.2(5.5), §11.3.4: one token, one line.
    reason: reasons.PROTO_MULTIPLE,
    check: ({ head, selected, subprotocol }) =>
      subprotocol !== undefined || isNothing(selected)
        ? undefined
        : { field: PROTOCOL, seen: head.fields.combined(PROTOCOL)!, wanted: 'one subprotocol' },
  },
  {
    // RFC 6455 §4.1, response (6).
    reason: reasons.PROTO_UNSOLICITED,
    check: ({ offered, subprotocol }) =>
      subprotocol === undefined || offered.length > 0
        ? undefined
        : { field: PROTOCOL, seen: subprotocol, wanted: 'no subprotocol' },
  },
  {
    // RFC 6455 §4.1, response (6): names differ when their case does.
    reason: reasons.PROTO_CASE,
    check: (reading) => {
      const match = sameButForCase(reading);
      return match === undefined ? undefined : { field: PROTOCOL, seen: reading.subprotocol!, wanted: match };
    },
  },
  {
    // RFC 6455 §4.1, response (6).
    reason: reasons.PROTO_NOT_OFFERED,
    check: (reading) => {
      const { offered, subprotocol } = reading;
      if (subprotocol === undefined || offered.length === 0 || offered.includes(subprotocol))
        return undefined;
      if (sameButForCase(reading) !== undefined) return undefined;
      return { field: PROTOCOL, seen: subprotocol, wanted: offered.join(' or ') };
    },
  },
  {
    // RFC 6455 §9.1.
    reason: reasons.EXT_SYNTAX,
    check: ({ head, answers }) =>
      answers instanceof SyntaxFault
        ? {
            field: EXTENSIONS,
            seen: head.fields.combined(EXTENSIONS)!,
            wanted: `${answers.wanted} at ${answers.position}`,
          }
        : undefined,
  },
  {
    // RFC 6455 §4.1, response (5).
    reason: reasons.EXT_UNSOLICITED,
    check: ({ answers, offers }) =>
      answers instanceof SyntaxFault ? undefined : unsolicitedAnswer(answers, offers),
  },
  {
    // RFC 6455 §9.1, RFC 7692 §5.
    reason: reasons.EXT_DUPLICATE,
    check: ({ answers }) => (answers instanceof SyntaxFault ? undefined : repeatedAnswer(answers)),
  },
];

/** Legal, and yet a cause of trouble with other clients or proxies. */
export const RESPONSE_NOTES: readonly Rule<ResponseReading>[] = [
  {
    // RFC 9110 §7.6.1: a list is legal; some clients compare the whole value.
    reason: reasons.RESP_CONNECTION_LIST,
    carrier: 'h1',
    check: ({ head }) => {
      const connection = head.fields.combined('connection');
      return connection?.includes(',') && listIncludes(connection, 'upgrade')
        ? { field: 'Connection', seen: connection, wanted: 'Upgrade' }
        : undefined;
    },
  },
  {
    // RFC 9112 §6.3: a 1xx ends with its head whatever these fields say, so a client goes on.
    reason: reasons.RESP_BODY,
    carrier: 'h1',
    check: ({ head }) => {
      const field = ['Content-Length', 'Transfer-Encoding'].find((name) => head.fields.has(name));
      return field === undefined
        ? undefined
        : { field, seen: head.fields.combined(field)!, wanted: 'no such field' };
    },
  },
  {
    // RFC 6455 §4.1: the server may select none.
    reason: reasons.PROTO_NOT_SELECTED,
    check: ({ offered, selected }) =>
      offered.length > 0 && isNothing(selected)
        ? { field: PROTOCOL, wanted: offered.join(' or ') }
        : undefined,
  },
];

/** Whether this is the status that opens a connection; the fields are still to be judged. */
export function isOpening({ carrier, status }: ResponseHead): boolean {
  return status === OPENING_STATUS[carrier];
}

/** What the server agreed to, or the first reason to fail the connection. An interim answer (1xx) fails as HTTP_INTERIM. */
export function judgeResponse(head: ResponseHead, asked: Asked): Verdict<Answered> {
  if (!isOpening(head)) return { ok: false, rejection: otherStatus(head, asked) };
  const reading = new ResponseReading(head, asked);
  for (const rule of RESPONSE_RULES) {
    if (rule.carrier !== undefined && rule.carrier !== head.carrier) continue;
    const evidence: Evidence | undefined = rule.check(reading);
    if (evidence) return rejected(rule.reason, evidence);
  }
  const { subprotocol = '', answers } = reading;
  return accepted({ subprotocol, extensions: answers as readonly ExtensionOffer[] });
}

/** Every reason to fail the connection, in the order of the rules, and then the notes. */
export function auditResponse(head: ResponseHead, asked: Asked): Rejection[] {
  if (!isOpening(head)) return [otherStatus(head, asked)];
  return audit([...RESPONSE_RULES, ...RESPONSE_NOTES], new ResponseReading(head, asked), head.carrier);
}

function otherStatus({ carrier, status, fields }: ResponseHead, { url }: Asked): Rejection {
  return reasonOfRefusal(status, fields, '', url, carrier);
}

function isNothing(selected: readonly string[] | SyntaxFault): boolean {
  return !(selected instanceof SyntaxFault) && selected.length === 0;
}

/** The offered name that equals the selected one but for case. */
function sameButForCase({ offered, subprotocol }: ResponseReading): string | undefined {
  if (subprotocol === undefined || offered.includes(subprotocol)) return undefined;
  return offered.find((name) => name.toLowerCase() === subprotocol.toLowerCase());
}
