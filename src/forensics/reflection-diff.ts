// Knows: what became of a request between here and there: each line as sent and as seen, and which fault a difference is.
// Must not know: how either came about. What RFC 9110 lets every proxy do (order of fields, spaces in lists, its own hop's
// fields) is no fault; a name in other letters is none either, but worth a word.
import { listIncludes } from '../handshake/fields.js';
import { type FieldLine, Fields } from '../handshake/head.js';
import { splitTarget } from '../handshake/target.js';
import { isSecretName, printable } from '../reason.js';
import { marksAsTokens, redactValue, scrub } from './redact.js';
import { headOf, isReflectField, type Reflection } from './reflection.js';
import { forwardedBy, type HopSeen } from './respondents.js';

/** One line of a request, as sent and as seen, side by side; safe to print. */
export interface ReflectedLine {
  /** As it was, removed, added, changed. */
  readonly mark: ' ' | '-' | '+' | '~';
  /** Empty for what was added. */
  readonly sent: string;
  /** Empty for what was removed. */
  readonly seen: string;
  /** Of the fault that the difference is, where it is one. */
  readonly code?: string;
}

/** A difference that is a fault. Secrets stand as marks; the rest is safe to print. */
export interface ReflectedFault {
  readonly code: string;
  /** The field's name as sent, or `version`, `path`, `query`. */
  readonly field: string;
  readonly sent: string;
  /** Undefined for what did not arrive at all. */
  readonly seen: string | undefined;
}

export interface ReflectionDiff {
  /** In the order sent, then what was added. */
  readonly lines: readonly ReflectedLine[];
  /** Those that break a handshake first. */
  readonly findings: readonly ReflectedFault[];
  /** Who forwarded it, as far as the request itself tells. */
  readonly hop: HopSeen | undefined;
}

/** `sentHead` is the head as it was sent, one character an octet; its secrets are taken out here. */
export function compareReflection(sentHead: string, reflection: Reflection): ReflectionDiff {
  const sent = readSent(sentHead);
  const seen = {
    ...reflection,
    target: marksAsTokens(reflection.target),
    fields: reflection.fields.map(comparable),
  };
  const rows = [startRow(sent, seen), ...fieldRows(sent, seen)];
  const faults = rows.flatMap((row) => row.faults);
  const inOrder = ORDER.flatMap((code) => faults.filter((fault) => fault.code === code));
  return {
    lines: rows.map(lineOf).map(withoutRepeat),
    findings: mergedCases(inOrder),
    hop: forwardedBy(headOf(reflection)),
  };
}

/** A handshake fails without the first; of the last nobody notices most of the time. */
const ORDER = [
  'PROXY_UPGRADE_STRIPPED',
  'PROXY_CONNECTION_LOST',
  'PROXY_HTTP10_UPSTREAM',
  'ROUTE_PREFIX',
  'PROXY_HEADER_DROPPED',
  'FWD_REWRITES_HANDSHAKE',
  'PROXY_QUERY_LOST',
  'PROXY_HOST_REWRITTEN',
  'PROXY_HEADER_CASE',
] as const;

type Code = (typeof ORDER)[number];

interface Fault extends ReflectedFault {
  readonly code: Code;
}

interface Row {
  readonly sent: string;
  readonly seen: string;
  readonly isSame: boolean;
  readonly faults: readonly Fault[];
}

function lineOf({ sent, seen, isSame, faults }: Row): ReflectedLine {
  const mark = isSame ? ' ' : sent === '' ? '+' : seen === '' ? '-' : '~';
  const line = { mark, sent: show(sent), seen: show(seen) } as const;
  return faults.length === 0 ? line : { ...line, code: faults[0]!.code };
}

/** A proxy renames all fields or none: to name the fault once is enough. */
function withoutRepeat(
  { code, ...line }: ReflectedLine,
  at: number,
  lines: readonly ReflectedLine[],
): ReflectedLine {
  const isRepeat = code === 'PROXY_HEADER_CASE' && lines.findIndex((other) => other.code === code) < at;
  return code === undefined || isRepeat ? line : { ...line, code };
}

function fault(code: Code, field: string, sent: string, seen: string | undefined): Fault {
  return { code, field, sent: show(sent), seen: seen === undefined ? undefined : show(seen) };
}

function show(text: string): string {
  return printable(text, 4096);
}

/** All names in other letters are one finding. */
function mergedCases(faults: readonly Fault[]): readonly ReflectedFault[] {
  const [first, ...more] = faults.filter(({ code }) => code === 'PROXY_HEADER_CASE');
  if (first === undefined || more.length === 0) return faults;
  const all = [first, ...more];
  const joined = (part: (one: Fault) => string | undefined) => all.map(part).join(', ');
  const names = joined(({ sent }) => sent);
  const merged = { ...first, field: names, sent: names, seen: joined(({ seen }) => seen) };
  return [...faults.filter(({ code }) => code !== 'PROXY_HEADER_CASE'), merged];
}

// ---- the request line

interface Sent {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly fields: Fields;
}

/** Our own head, deviant ones too: no rule is held to it. */
function readSent(head: string): Sent {
  const [start = '', ...rest] = head.split('\r\n');
  const [method = '', target = '', protocol = ''] = start.split(' ');
  const fields = new Fields();
  for (const line of rest) {
    if (line === '') break;
    const colon = line.indexOf(':');
    const name = line.slice(0, colon);
    if (colon > 0 && !isReflectField(name))
      fields.append(...comparable([name, redactValue(name, line.slice(colon + 1).trim())]));
  }
  return { method, target: marksAsTokens(scrub(target)), version: protocol.replace('HTTP/', ''), fields };
}

/** A recording has other marks among subprotocols than a reflection. */
function comparable([name, value]: FieldLine): FieldLine {
  return [name, name.toLowerCase() === 'sec-websocket-protocol' ? marksAsTokens(value) : value];
}

function startRow(sent: Sent, seen: Reflection): Row {
  const [before, after] = [parts(sent.target), parts(seen.target)];
  const faults: Fault[] = [];
  if (seen.version === '1.0' && sent.version !== '1.0')
    faults.push(fault('PROXY_HTTP10_UPSTREAM', 'version', sent.version, seen.version));
  if (decoded(before.path) !== decoded(after.path))
    faults.push(fault('ROUTE_PREFIX', 'path', before.path, after.path));
  if (!isSubset(before.query, after.query))
    faults.push(fault('PROXY_QUERY_LOST', 'query', before.query.join('&'), after.query.join('&')));
  const texts = { sent: startLine(sent), seen: startLine(seen) };
  return { ...texts, isSame: texts.sent === texts.seen, faults };
}

function startLine({ method, target, version }: Pick<Sent, 'method' | 'target' | 'version'>): string {
  return `${method} ${target} HTTP/${version}`;
}

/** A forward proxy was told the whole URL and passes on the path: that is its task. */
function parts(target: string): { path: string; query: readonly string[] } {
  const path = splitTarget(target)?.path ?? target;
  const mark = path.indexOf('?');
  if (mark < 0) return { path, query: [] };
  return {
    path: path.slice(0, mark),
    query: path
      .slice(mark + 1)
      .split('&')
      .filter(Boolean),
  };
}

/** RFC 3986 §6.2.2: `%7e` and `~` are the same path. */
function decoded(path: string): string {
  try {
    return decodeURI(path);
  } catch {
    return path;
  }
}

function isSubset(some: readonly string[], all: readonly string[]): boolean {
  return some.every((one) => all.includes(one));
}

// ---- the fields

interface Both {
  readonly name: string;
  readonly sent: string;
  readonly seen: string | undefined;
  readonly reflection: Reflection;
}

function fieldRows(sent: Sent, reflection: Reflection): Row[] {
  const seen = byName(reflection.fields);
  const rows = [...byName(sent.fields)].map(([key, [name, value]]) => {
    const arrived = seen.get(key);
    seen.delete(key);
    return fieldRow([name, value], arrived, reflection);
  });
  const added = [...seen.values()].map((line) => ({ sent: '', seen: text(line), isSame: false, faults: [] }));
  return [...rows, ...added];
}

/** RFC 9110 §5.3: several lines of one name are one list. RFC 6265 §5.4, RFC 9113 §8.2.3: a cookie is joined otherwise. */
function byName(lines: Iterable<FieldLine>): Map<string, FieldLine> {
  const fields = new Map<string, FieldLine>();
  for (const [name, value] of lines) {
    const key = name.toLowerCase();
    const before = fields.get(key);
    const glue = key === 'cookie' ? '; ' : ', ';
    fields.set(key, before === undefined ? [name, value] : [before[0], before[1] + glue + value]);
  }
  return fields;
}

function text([name, value]: FieldLine): string {
  return `${name}: ${value}`;
}

function fieldRow(line: FieldLine, arrived: FieldLine | undefined, reflection: Reflection): Row {
  const [name, sent] = line;
  const both = { name: name.toLowerCase(), sent, seen: arrived?.[1], reflection };
  const isSame = arrived !== undefined && isEqual(both.name, sent, arrived[1]);
  const code = isSame ? undefined : faultOf(both);
  const faults: Fault[] = code === undefined ? [] : [fault(code, name, sent, both.seen)];
  // RFC 9113 §8.2.1: over HTTP/2 all names are in lower case.
  const isRenamed = arrived !== undefined && arrived[0] !== name && reflection.carrier === 'h1';
  if (isRenamed) faults.push(fault('PROXY_HEADER_CASE', name, name, arrived[0]));
  const seen = arrived === undefined ? standIn(both) : text(arrived);
  return { sent: text(line), seen, isSame: isSame && !isRenamed, faults };
}

/** RFC 8441 §5: what HTTP/2 says in place of Upgrade. */
function standIn({ name, reflection: { protocol } }: Both): string {
  return name === 'upgrade' && protocol !== undefined ? `:protocol: ${protocol}` : '';
}

function isEqual(name: string, sent: string, seen: string): boolean {
  const [before, after] = [items(name, sent), items(name, seen)];
  if (name !== 'connection') return before.join() === after.join();
  return before.sort().join() === after.sort().join();
}

/** What a field lists, without the spaces that mean nothing. */
function items(name: string, value: string): string[] {
  const tidy = value
    .split(',')
    .map((item) => item.trim().replace(/\s*([;=])\s*/g, '$1'))
    .filter(Boolean);
  return CASELESS.has(name) ? tidy.map((item) => item.toLowerCase()) : tidy;
}

const CASELESS: ReadonlySet<string> = new Set(['host', 'upgrade', 'connection', 'origin']);

/** Which fault it is that a field does not arrive as it was sent. */
function faultOf(both: Both): Code | undefined {
  const { name, sent, seen, reflection } = both;
  if (name === 'host') return isSameHost(sent, seen) ? undefined : 'PROXY_HOST_REWRITTEN';
  // RFC 8441 §5: on HTTP/2 these three have no place.
  const isTunnel = reflection.protocol !== undefined;
  if (name === 'upgrade')
    return isTunnel || !isLost(both, 'websocket') ? undefined : 'PROXY_UPGRADE_STRIPPED';
  if (name === 'connection') return isTunnel ? undefined : connectionFault(both);
  if (name === 'sec-websocket-key' && isTunnel) return undefined;
  if (name === 'proxy-authorization') return undefined;
  const isOfHandshake = name.startsWith('sec-websocket-') || name === 'origin';
  if (seen === undefined) return isOfHandshake || isSecretName(name) ? 'PROXY_HEADER_DROPPED' : undefined;
  if (!isOfHandshake || (name === 'sec-websocket-key' && isKeyOfHop(reflection))) return undefined;
  const [before, after] = [items(name, sent), items(name, seen)];
  const isShortened = after.length < before.length && isSubset(after, before);
  return isShortened ? 'PROXY_HEADER_DROPPED' : 'FWD_REWRITES_HANDSHAKE';
}

/**
 * Whoever makes HTTP/1.1 of HTTP/2 has to make up a key, and answers the client by the key that it had itself: whether that
 * went well shows in its answer. HAProxy writes `Sec-Websocket-Key` among names in lower case, lighttpd sixteen zeros in digits.
 */
function isKeyOfHop({ fields }: Reflection): boolean {
  const [line] = fields.filter(([name]) => name.toLowerCase() === 'sec-websocket-key');
  const others = fields.filter((other) => other !== line);
  const isHaproxy =
    line?.[0] === 'Sec-Websocket-Key' && others.every(([name]) => name === name.toLowerCase());
  const via = fields.filter(([name]) => name.toLowerCase() === 'via').map(([, value]) => value);
  return isHaproxy || line?.[1] === LIGHTTPD_KEY || via.some((hops) => /(?:^|,)\s*2(?:\.0)? /.test(hops));
}

const LIGHTTPD_KEY = 'MDAwMDAwMDAwMDAwMDAwMA==';

/** RFC 9110 §4.2.1 and §4.2.2: the port of the scheme may be left out. */
function isSameHost(sent: string, seen: string | undefined): boolean {
  const plain = (host: string) => host.toLowerCase().replace(/:(?:80|443)$/, '');
  return seen !== undefined && plain(sent) === plain(seen);
}

/** Without Upgrade the other half of it means nothing, and is no fault of its own. */
function connectionFault(both: Both): Code | undefined {
  const upgrade = both.reflection.fields.find(([name]) => name.toLowerCase() === 'upgrade');
  return upgrade !== undefined && isLost(both, 'upgrade') ? 'PROXY_CONNECTION_LOST' : undefined;
}

function isLost({ sent, seen }: Both, token: string): boolean {
  return listIncludes(sent, token) && (seen === undefined || !listIncludes(seen, token));
}
