// Knows: the rules of RFC 6455 §4.2.1 for a request, in the order in which a server gives its reason: the more
// fundamental fault first. Those that only HTTP/2 has stand in `http2-request.ts`. One list, read two ways: judged to the first failure, or audited to the last.
// Must not know: what a server decides about a request that passes; see `origin.ts`, `negotiate.ts` and the server.
import { accepted, type Evidence, type Reason, type Rejection, rejected, type Verdict } from '../reason.js';
import { type ExtensionOffer, listIncludes, parseHost, parseOrigin, SyntaxFault } from './fields.js';
import { type Carrier, isDigit, type RequestHead } from './head.js';
import { HTTP2_NOTES, HTTP2_RULES } from './http2-request.js';
import { isKey } from './key.js';
import { requestReasons as reasons } from './rejections.js';
import { type JudgeOptions, RequestReading } from './request-reading.js';
import { isTargetHere, splitTarget, withoutQuery } from './target.js';

const VERSION = 'Sec-WebSocket-Version';
const KEY = 'Sec-WebSocket-Key';

/** One rule: evidence when it is broken, undefined when it holds. It may rely on nothing but its subject. */
export interface Rule<Subject> {
  readonly reason: Reason;
  /** The only carrier that the rule is for; without one it is for all. */
  readonly carrier?: Carrier;
  check(subject: Subject): Evidence | undefined;
}

/** What a handshake asks, once every rule holds. */
export interface Handshake {
  /** Empty on HTTP/2, where it takes no part (RFC 8441 §5). */
  readonly key: string;
  /** As sent, not decoded; it starts with a slash. */
  readonly path: string;
  /** Behind the question mark, without it; `''` when there is none. */
  readonly query: string;
  /** In lower case, with the port when one was sent. */
  readonly host: string;
  readonly origin: string | undefined;
  /** As offered, best first for the client. */
  readonly subprotocols: readonly string[];
  readonly extensions: readonly ExtensionOffer[];
}

export const REQUEST_RULES: readonly Rule<RequestReading>[] = [
  ...HTTP2_RULES,
  {
    // RFC 9110 §7.6.1: a proxy drops Upgrade unless it is told to pass it on; only WebSocket clients send a key. It goes first, as does the
    // next one: what a proxy did explains an HTTP/1.0 too, and not the other way round.
    reason: reasons.PROXY_UPGRADE_STRIPPED,
    carrier: 'h1',
    check: ({ key, upgrade }) =>
      key !== undefined && upgrade === undefined
        ? { field: 'Upgrade', wanted: 'websocket, since Sec-WebSocket-Key is there' }
        : undefined,
  },
  {
    // RFC 9110 §7.6.1: a proxy that passed Upgrade and the key wrote its own Connection.
    reason: reasons.PROXY_CONNECTION_LOST,
    carrier: 'h1',
    check: (reading) =>
      reading.asksForWebSocket && reading.key !== undefined ? missingConnection(reading) : undefined,
  },
  {
    // RFC 6455 §4.2.1(1): HTTP/1.1 or higher. RFC 9110 §2.5: a higher minor version is read as HTTP/1.1.
    reason: reasons.REQ_HTTP_VERSION,
    carrier: 'h1',
    check: ({ head: { version } }) =>
      version === '1.1' || (version.startsWith('1.') && version > '1.1')
        ? undefined
        : { field: 'HTTP version', seen: `HTTP/${version}`, wanted: 'HTTP/1.1' },
  },
  {
    // RFC 6585 §5: our own parser counts too; other parsers may count to 2,000 and then drop fields in silence.
    reason: reasons.REQ_HEAD_TOO_LARGE,
    check: ({ head, maxFields }) =>
      head.fields.size > maxFields ? { field: 'head', seen: `more than ${maxFields} fields` } : undefined,
  },
  {
    // RFC 9112 §3.2, RFC 6455 §4.2.1(1): a path, or an absolute http URL of the host that Host names.
    reason: reasons.REQ_TARGET,
    check: ({ head, host }) =>
      isTargetHere(head.target, host)
        ? undefined
        : { field: 'request target', seen: withoutQuery(head.target), wanted: 'a path on this host' },
  },
  {
    // RFC 9112 §3.2, RFC 6455 §11.3.5, RFC 6454 §7.3: one value each, and so one line each.
    reason: reasons.REQ_DUPLICATE_FIELD,
    check: ({ hosts, versions, origins }) =>
      repeated(hosts, 'Host') ?? repeated(versions, VERSION) ?? repeated(origins, 'Origin'),
  },
  {
    // RFC 6455 §4.2.1(2), RFC 9112 §3.2.
    reason: reasons.REQ_HOST,
    check: ({ host }) => {
      if (host === undefined) return { field: 'Host', wanted: 'the host of the URL' };
      const parsed = parseHost(host);
      return parsed instanceof SyntaxFault ? { field: 'Host', seen: host, wanted: parsed.wanted } : undefined;
    },
  },
  {
    // RFC 9110 §15.5.14: refused from the head alone.
    reason: reasons.REQ_BODY_TOO_LARGE,
    check: ({ contentLength: length }) =>
      length !== undefined && isLarge(length)
        ? { field: 'Content-Length', seen: length, wanted: '0' }
        : undefined,
  },
  {
    // RFC 9112 §6.1, §6.3: no framing of a body, in no notation.
    reason: reasons.REQ_BODY,
    check: ({ transferEncoding: coding, contentLength: length }) => {
      if (coding !== undefined) return { field: 'Transfer-Encoding', seen: coding, wanted: 'no body' };
      // A large one is the rule before.
      if (length === undefined || length === '0' || isLarge(length)) return undefined;
      return { field: 'Content-Length', seen: length, wanted: '0, or no such field' };
    },
  },
  {
    // RFC 6455 §4.2.1(1): the method is GET.
    reason: reasons.REQ_METHOD,
    carrier: 'h1',
    check: ({ head: { method } }) =>
      method === 'GET' ? undefined : { field: 'method', seen: method, wanted: 'GET' },
  },
  {
    // RFC 6455 §4.2.1(3): Upgrade has the value websocket, in any case.
    reason: reasons.REQ_UPGRADE,
    carrier: 'h1',
    check: ({ asksForWebSocket, key, upgrade }) => {
      if (asksForWebSocket) return undefined;
      if (upgrade !== undefined) return { field: 'Upgrade', seen: upgrade, wanted: 'websocket' };
      return key === undefined ? { field: 'Upgrade', wanted: 'websocket' } : undefined;
    },
  },
  {
    // RFC 6455 §4.2.1(4): Connection has the token Upgrade, in any case, alone or in a list.
    reason: reasons.REQ_CONNECTION,
    carrier: 'h1',
    check: (reading) =>
      reading.asksForWebSocket && reading.key !== undefined ? undefined : missingConnection(reading),
  },
  {
    // The draft of 2010 had two keys with spaces in them and eight bytes of body.
    reason: reasons.REQ_HIXIE,
    carrier: 'h1',
    check: ({ isHixie }) => (isHixie ? { field: 'Sec-WebSocket-Key1', wanted: KEY } : undefined),
  },
  {
    // RFC 6455 §4.3: one number up to 255 without a leading zero.
    reason: reasons.REQ_VERSION_SYNTAX,
    check: ({ version }) =>
      version === undefined || isVersionNumber(version)
        ? undefined
        : { field: VERSION, seen: version, wanted: '13' },
  },
  {
    // RFC 6455 §4.2.1(6), §4.4.
    reason: reasons.REQ_VERSION,
    check: ({ version }) => {
      if (version === '13' || (version !== undefined && !isVersionNumber(version))) return undefined;
      return version === undefined
        ? { field: VERSION, wanted: '13' }
        : { field: VERSION, seen: version, wanted: '13' };
    },
  },
  {
    // RFC 6455 §4.2.1(5).
    reason: reasons.REQ_KEY_MISSING,
    carrier: 'h1',
    check: ({ key, isHixie }) =>
      key === undefined && !isHixie ? { field: KEY, wanted: '16 random bytes in base64' } : undefined,
  },
  {
    // RFC 6455 §11.3.1: once.
    reason: reasons.REQ_KEY_REPEATED,
    carrier: 'h1',
    check: ({ keys }) => repeated(keys, KEY),
  },
  {
    // RFC 6455 §4.2.1(5): it decodes to 16 bytes.
    reason: reasons.REQ_KEY_INVALID,
    carrier: 'h1',
    check: ({ key }) =>
      key === undefined || isKey(key) ? undefined : { field: KEY, seen: key, wanted: '16 bytes in base64' },
  },
  {
    // RFC 6454 §7: one serialized origin, or null.
    reason: reasons.ORIGIN_SYNTAX,
    check: ({ origin }) => {
      const parsed = origin === undefined ? 'null' : parseOrigin(origin);
      return parsed instanceof SyntaxFault
        ? { field: 'Origin', seen: origin!, wanted: parsed.wanted }
        : undefined;
    },
  },
  {
    // RFC 6455 §4.2.1(8), §4.3. The value is not shown: some clients put a token into it.
    reason: reasons.REQ_PROTO_SYNTAX,
    check: ({ subprotocols }) => faultIn('Sec-WebSocket-Protocol', subprotocols),
  },
  {
    // RFC 6455 §4.2.1(9), §9.1.
    reason: reasons.REQ_EXT_SYNTAX,
    check: ({ extensions }) => faultIn('Sec-WebSocket-Extensions', extensions),
  },
];

const rulesOf = (carrier: Carrier) => REQUEST_RULES.filter((rule) => (rule.carrier ?? carrier) === carrier);
const RULES_OF: Readonly<Record<Carrier, typeof REQUEST_RULES>> = { h1: rulesOf('h1'), h2: rulesOf('h2') };

/** What is worth a word but refuses nothing. */
export const REQUEST_NOTES: readonly Rule<RequestReading>[] = [
  ...HTTP2_NOTES,
  {
    // RFC 6455 §4.1(7), §10.3: the nonce is chosen at random for each connection.
    reason: reasons.REQ_KEY_REUSED,
    carrier: 'h1',
    check: ({ key }) =>
      key === 'dGhlIHNhbXBsZSBub25jZQ==' || key === 'AAAAAAAAAAAAAAAAAAAAAA=='
        ? { field: KEY, seen: key, wanted: '16 random bytes' }
        : undefined,
  },
  {
    // RFC 6455 §4.1: the client waits for the answer before it sends anything else.
    reason: reasons.REQ_EARLY_FRAMES,
    check: ({ earlyBytes }) =>
      earlyBytes > 0 ? { field: 'bytes after the head', seen: String(earlyBytes), wanted: '0' } : undefined,
  },
];

/** What the request asks, or the first reason to refuse it. */
export function judgeRequest(head: RequestHead, options?: JudgeOptions): Verdict<Handshake> {
  const reading = new RequestReading(head, options);
  for (const rule of RULES_OF[head.carrier]) {
    const evidence = rule.check(reading);
    if (evidence) return rejected(rule.reason, evidence);
  }
  return accepted(handshakeOf(reading));
}

/** Every reason to refuse the request, in the order of the rules, and then the notes. */
export function auditRequest(head: RequestHead, options?: JudgeOptions): Rejection[] {
  return audit([...REQUEST_RULES, ...REQUEST_NOTES], new RequestReading(head, options), head.carrier);
}

export function audit<Subject>(
  rules: readonly Rule<Subject>[],
  subject: Subject,
  carrier: Carrier,
): Rejection[] {
  return rules.flatMap((rule) => {
    const evidence = (rule.carrier ?? carrier) === carrier ? rule.check(subject) : undefined;
    return evidence ? [{ reason: rule.reason, evidence }] : [];
  });
}

/** What a proxy did to a handshake, so that it arrives as an ordinary request; undefined for every other request. */
export function lostOnTheWay(head: RequestHead): Rejection | undefined {
  if (!head.fields.has('sec-websocket-key')) return undefined;
  const judged = judgeRequest(head);
  return judged.ok || !LOST.has(judged.rejection.reason) ? undefined : judged.rejection;
}

const LOST: ReadonlySet<Reason> = new Set([reasons.PROXY_UPGRADE_STRIPPED, reasons.PROXY_CONNECTION_LOST]);

/** True for a request that means to open a WebSocket, even one that lost a field on the way. */
export function isHandshakeAttempt(head: RequestHead): boolean {
  const { fields, http2 } = head;
  if (http2?.protocol !== undefined) return true;
  if (fields.has('sec-websocket-key') || fields.has('sec-websocket-version')) return true;
  const upgrade = fields.combined('upgrade');
  return upgrade !== undefined && listIncludes(upgrade, 'websocket');
}

function handshakeOf(reading: RequestReading): Handshake {
  const { head, host = '', subprotocols, extensions } = reading;
  const target = splitTarget(head.target)!.path;
  const mark = target.indexOf('?');
  return {
    // RFC 8441 §5: on HTTP/2 it is not looked at.
    key: head.carrier === 'h1' ? reading.key! : '',
    path: mark < 0 ? target : target.slice(0, mark),
    query: mark < 0 ? '' : target.slice(mark + 1),
    host: host.toLowerCase(),
    origin: reading.origin,
    subprotocols: subprotocols as readonly string[],
    extensions: extensions as readonly ExtensionOffer[],
  };
}

function repeated(count: number, name: string): Evidence | undefined {
  return count > 1 ? { field: name, seen: `${count} times`, wanted: 'once' } : undefined;
}

function missingConnection({ connection }: RequestReading): Evidence | undefined {
  if (connection === undefined) return { field: 'Connection', wanted: 'Upgrade' };
  return listIncludes(connection, 'upgrade')
    ? undefined
    : { field: 'Connection', seen: connection, wanted: 'Upgrade' };
}

function faultIn(field: string, parsed: readonly unknown[] | SyntaxFault): Evidence | undefined {
  if (!(parsed instanceof SyntaxFault)) return undefined;
  return { field, seen: `a fault at character ${parsed.position}`, wanted: parsed.wanted };
}

const LARGE_BODY = 65_536;

/** A Content-Length in plain digits that is above 64 KiB. What is no such number is malformed instead. */
function isLarge(length: string): boolean {
  return length.length < 16 && allDigits(length) && Number(length) > LARGE_BODY;
}

function isVersionNumber(text: string): boolean {
  return allDigits(text) && text.length < 4 && (text.length === 1 || text[0] !== '0') && Number(text) < 256;
}

function allDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (!isDigit(text, at)) return false;
  return text.length > 0;
}
