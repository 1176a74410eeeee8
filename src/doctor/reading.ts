// Knows: what one observation says when it is read: heads, bodies, frames, and whether two answers are the same.
// Must not know: what follows from it. It reads leniently: a faulty answer is what a diagnosis is about.

import { spell } from '../forensics/first-bytes.js';
import { findExchanges } from '../forensics/paste.js';
import { showTarget } from '../forensics/redact.js';
import { Fields, type RequestHead, type ResponseHead } from '../handshake/head.js';
import { printable } from '../reason.js';
import type { FrameSeen, Observation } from './observation.js';

const NO_HEAD: ResponseHead = { carrier: 'h1', version: '1.1', status: 0, reason: '', fields: new Fields() };

/** The final head; status 0 where there is none. */
export function headOf({ answer }: Observation): ResponseHead {
  if (answer === undefined) return NO_HEAD;
  return findExchanges(answer.head)[0]?.response?.head ?? NO_HEAD;
}

export function requestOf({ probe }: Observation): RequestHead | undefined {
  return probe.kind === 'exchange' ? findExchanges(probe.request)[0]?.request?.head : undefined;
}

/** A field as it was sent; empty where it was not. */
export function sentField(seen: Observation, name: string): string {
  return requestOf(seen)?.fields.combined(name) ?? '';
}

/** 0 without an answer. */
export function statusOf(seen: Observation): number {
  return Number(/^HTTP\/\S+ +(\d{3})/.exec(seen.answer?.head ?? '')?.[1] ?? 0);
}

export function fieldOf(seen: Observation, name: string): string | undefined {
  return headOf(seen).fields.combined(name);
}

export function bodyOf({ answer }: Observation): string {
  return Buffer.from(answer?.body ?? '', 'latin1').toString('utf8');
}

export function isOpen(seen: Observation): boolean {
  return statusOf(seen) === 101;
}

/** Whether the probe was made and had an answer of HTTP. */
export function isAnswered({ answer }: Observation): boolean {
  return answer !== undefined;
}

/**
 * Whether the request came to somebody, who reacted to it in one way or another. A probe that was not made, that found no line to
 * be sent on, or whose answer only asks to be left alone, is evidence of nothing.
 */
export function isReaction(seen: Observation): boolean {
  if (seen.skipped !== undefined) return false;
  const status = statusOf(seen);
  if (status === 429 || (status === 503 && fieldOf(seen, 'retry-after') !== undefined)) return false;
  return isAnswered(seen) || seen.garbage !== undefined || seen.trouble?.code.startsWith('HTTP_') === true;
}

/** Octets that came in place of HTTP. */
export function garbageOf({ garbage }: Observation): Buffer | undefined {
  return garbage === undefined ? undefined : Buffer.from(garbage, 'hex');
}

export function payloadOf(frame: FrameSeen): Buffer {
  return Buffer.from(frame.payload, 'hex');
}

/** What came back, in a few words: `403`, `101`, `FIN, no octet`, `no answer within 10000 ms`. */
export function resultOf(seen: Observation): string {
  const { skipped, trouble, end } = seen;
  if (skipped !== undefined) return `not made (${skipped})`;
  const status = statusOf(seen);
  if (status > 0) return [String(status), headOf(seen).reason].filter(Boolean).join(' ');
  const garbage = garbageOf(seen);
  if (garbage !== undefined) return spell(garbage)?.text ?? `${garbage.length} octets that are no HTTP`;
  if (trouble === undefined)
    return reachedOf(seen) ?? (end === undefined ? 'no answer' : end.how.toUpperCase());
  return [trouble.code, trouble.seen ?? trouble.message]
    .filter(Boolean)
    .map((part) => printable(part!))
    .join(': ');
}

/** Characters of a body that fit beside all else. */
const SHOWN_WORDS = 40;

/** What came of a probe that asks for no answer: addresses, those that answer, TLS, what ALPN chose. */
function reachedOf({ probe, addresses, tls, http2 }: Observation): string | undefined {
  if (probe.kind === 'resolve') return addresses?.map(({ address }) => address).join(' ');
  if (probe.kind === 'reach' && addresses !== undefined) {
    const good = addresses.filter((one) => one.trouble === undefined);
    return `${good.length} of ${addresses.length} connected`;
  }
  if (probe.kind === 'http2' && http2 !== undefined)
    return http2.alpn === 'h2' ? (http2.reset ?? `HTTP/2 ${http2.status ?? 'SETTINGS'}`) : 'no HTTP/2';
  return probe.kind === 'hello' ? tls?.version : undefined;
}

/** Type and beginning of what the body says, on one line: `text/html "Cannot GET /ws"`. JSON shows itself. Empty without one. */
export function bodyLine(seen: Observation, limit = SHOWN_WORDS): string {
  const words = bodyWords(seen);
  if (/^[[{]/.test(words)) return shortened(words, limit);
  const type = printable((fieldOf(seen, 'content-type') ?? '').split(';')[0]!.trim(), 40);
  return [type, words === '' ? '' : `"${shortened(words, limit)}"`].filter(Boolean).join(' ');
}

/** The answer in a few words: `403 Forbidden`, `404 Not Found  "Cannot GET /ws"`. What the body only repeats is left out. */
export function answerLine(seen: Observation): string {
  const { reason } = headOf(seen);
  const words = bodyWords(seen);
  const says = words.toLowerCase();
  const isEcho =
    says === reason.toLowerCase() || says.startsWith(`${statusOf(seen)} ${reason}`.toLowerCase());
  return [resultOf(seen), words === '' || isEcho ? '' : `"${shortened(words, SHOWN_WORDS)}"`]
    .filter(Boolean)
    .join('  ');
}

/** What the body says to people: the title of a problem document, the text of an error page; otherwise its beginning. */
function bodyWords(seen: Observation): string {
  const body = bodyOf(seen).trim();
  const title = problemTitle(seen, body);
  const isErrorPage = statusOf(seen) >= 400 && /^<(?:!doctype|html|head|title)/i.test(body);
  const text = isErrorPage
    ? body.replace(/<(title|style|script)\b[\s\S]*?<\/\1>/gi, ' ').replace(/<[^>]*>/g, ' ')
    : body;
  return showTarget((title ?? text).replace(/\s+/g, ' ').trim(), 400);
}

function problemTitle(seen: Observation, body: string): string | undefined {
  if (!/^application\/problem\+json/i.test(fieldOf(seen, 'content-type') ?? '')) return undefined;
  try {
    const { title } = JSON.parse(body) as { title?: unknown };
    return typeof title === 'string' ? title : undefined;
  } catch {
    return undefined;
  }
}

/** Cut behind a word or a tag, where one ends soon before. The text is printable already. */
function shortened(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const cut = text.slice(0, limit);
  const end = Math.max(cut.lastIndexOf(' '), cut.lastIndexOf('>') + 1, cut.lastIndexOf(',') + 1);
  return `${end > limit / 2 ? cut.slice(0, end) : cut}…`;
}

/**
 * Whether two answers are the same page: status, type and body, without what differs from one request to the next (dates,
 * identifiers, the path where the body repeats it).
 */
export function isSameAnswer(one: Observation, other: Observation): boolean {
  if (!isAnswered(one) || !isAnswered(other)) return false;
  return statusOf(one) === statusOf(other) && essence(one) === essence(other);
}

function essence(seen: Observation): string {
  const type = (fieldOf(seen, 'content-type') ?? '').split(';')[0]!.trim().toLowerCase();
  const location = fieldOf(seen, 'location') ?? '';
  const target = requestOf(seen)?.target ?? '/';
  const text = withoutPath(withoutPath(`${location}\n${bodyOf(seen)}`, target), target.split('?')[0]!);
  return `${type}\n${withoutChance(text)}`;
}

/** Where the path stands alone: `/a` is no part of `/assets/app.js`. */
function withoutPath(text: string, path: string): string {
  const literal = path.replace(/[^\w/]/g, '\\$&');
  return path === '/'
    ? text
    : text.replace(new RegExp(`(?<![\\w%-])${literal}(?![\\w%-]|\\.\\w)`, 'g'), '‹path›');
}

function withoutChance(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\d[T ][\d:.Z+-]+/g, '#')
    .replace(/\b[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\b/gi, '#')
    .replace(/\bXID: \d+/g, '#') // Varnish
    .replace(/\b(?=[\da-z_-]*\d)[\da-z_-]{6,}\b/gi, '#')
    .replace(/\d{3,}/g, '#');
}

/** A problem document of RFC 9457 that names a code. */
export function problemCode(seen: Observation): string | undefined {
  if (!/^application\/problem\+json/i.test(fieldOf(seen, 'content-type') ?? '')) return undefined;
  try {
    const { code } = JSON.parse(bodyOf(seen)) as { code?: unknown };
    return typeof code === 'string' && /^[A-Z0-9_]{3,60}$/.test(code) ? code : undefined;
  } catch {
    return undefined;
  }
}
