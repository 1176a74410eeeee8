// Knows: how an end is kept and told: who ended it and in which phase, after HAProxy's two letters, the facts that show it, its cause.
// Must not know: connections that are open, or how a cause is found (`why-ended.ts`). RFC 6455 §7.1.5.
import { catalogue } from '../catalogue.js';
import type { CloseFrame, CloseRecord } from '../errors.js';
import { recipesFor } from '../forensics/recipes.js';
import { redactValue, scrub } from '../forensics/redact.js';
import type { Closes } from './closes.js';
import { duration, type Ended, SAME_MS, silenceOf } from './ended.js';
import type { Kept } from './kept.js';
import type { Detail, EndCause, EndState } from './protocol.js';
import { whyEnded } from './why-ended.js';

/** A second, or nearly: from then on nothing moves. */
const IDLE_MS = 950;

/** As it is kept: what was said at the end may hold a secret, and an error may hold anything. */
export function recordWithoutSecrets(record: CloseRecord): CloseRecord {
  const { sent, received, reason, evidence, explanation, error } = record;
  const frame = (one: CloseFrame | undefined) => one && { ...one, reason: clean(one.reason) };
  return {
    ...record,
    reason: clean(reason),
    sent: frame(sent),
    received: frame(received),
    evidence: { ...evidence, ...(evidence.seen !== undefined && { seen: scrub(evidence.seen) }) },
    explanation: scrub(explanation),
    error: error && { name: error.name, message: scrub(error.message).slice(0, 200) },
  };
}

function clean(reason: string): string {
  return scrub(redactValue('reason', reason));
}

/** Of a record without secrets. */
export function endOf(record: CloseRecord, at: number): EndState {
  const { code, reason, clean, initiator, cause, end } = record;
  return {
    at,
    code,
    reason,
    clean,
    initiator,
    who: `${WHO[initiator]}/${phaseOf(record)}`,
    ...(cause !== undefined && { cause }),
    how: end,
  };
}

const WHO: Readonly<Record<CloseRecord['initiator'], string>> = {
  local: 'us',
  peer: 'client',
  network: 'net',
};

/** `close`: as agreed; `ping`: our heartbeat gave up; `idle`: nothing moved any more; `data`: in the middle of it. */
function phaseOf(record: CloseRecord): string {
  if (record.clean) return 'close';
  if (record.cause === 'PING_UNANSWERED') return 'ping';
  return silenceOf(record) >= IDLE_MS ? 'idle' : 'data';
}

/** What shows it, name and value. `closer`: the address of whoever closed it, where that was somebody who watches. */
export function endFacts(
  record: CloseRecord,
  closer?: string,
): ReadonlyArray<readonly [name: string, value: string]> {
  const { sent, received, end, openMs, sinceReceivedMs, sinceSentMs, bytesUnsent, error } = record;
  const frame = (one: CloseRecord['sent']) =>
    one === undefined ? 'none' : [String(one.code), one.reason].filter(Boolean).join(' ');
  const isAskedFor = closer !== undefined && record.initiator === 'local';
  return [
    ...(isAskedFor ? [['closed for', `somebody who watches the inspector, ${closer}`] as const] : []),
    ['close frame sent', frame(sent)],
    ['close frame received', frame(received)],
    ['TCP', { fin: 'FIN', rst: 'RST', error: 'error', destroyed: 'cut by us' }[end]],
    ['open for', duration(openMs)],
    ['last octet received', `${duration(sinceReceivedMs)} before`],
    ['last octet sent', `${duration(sinceSentMs)} before`],
    ['unsent', `${bytesUnsent} octets`],
    ...(error === undefined ? [] : [['error', error.message] as const]),
  ];
}

/** What else ended, as far as it bears on an end. */
export type Company = Pick<Ended, 'isReload' | 'alike'>;

/** What of all that ended bears on this end. */
export function companyOf(kept: Kept, all: Iterable<Kept>, closes: Pick<Closes, 'wasReload'>): Company {
  const { end, record } = kept;
  if (end === undefined || record === undefined) return { isReload: false, alike: 0 };
  const silence = silenceOf(record);
  let alike = 0;
  for (const other of all) {
    if (other === kept || other.record?.cause !== 'CLOSE_NO_FRAME_FIN') continue;
    if (Math.abs(silenceOf(other.record) - silence) <= SAME_MS) alike += 1;
  }
  return { isReload: closes.wasReload(end.at), alike };
}

const BROWSERS: ReadonlySet<string | undefined> = new Set(['Chrome', 'Edge', 'Firefox', 'Opera', 'Safari']);

/** `doctor`: the command that asks about this handshake. */
export function endDetail(
  { record, row, closer }: Kept,
  company: Company,
  hops: readonly string[],
  doctor: string,
): Detail['end'] {
  if (record === undefined) return undefined;
  const isBrowser = row.origin !== undefined && BROWSERS.has(row.agent);
  const { code, confidence, headline, why, timeoutMs } = whyEnded({ record, isBrowser, hops, ...company });
  const reason = code === undefined ? undefined : catalogue.get(code);
  const decide = decideBy(code, timeoutMs ?? record.openMs, doctor);
  const cause: EndCause = {
    ...(code !== undefined && { code }),
    confidence,
    title: headline ?? reason?.title ?? '',
    why,
    ...(reason !== undefined && reason.actor !== 'nobody' && { fix: reason.fix }),
    sections: reason?.sections ?? [],
    recipes: code === undefined ? [] : recipesHere(code, hops),
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(decide !== undefined && { decide }),
  };
  return { explanation: record.explanation, facts: endFacts(record, closer), cause };
}

/** In front of this server, and for itself: not for others in its place. */
function recipesHere(code: string, hops: readonly string[]): EndCause['recipes'] {
  return recipesFor(code, [...hops, 'handfast']).filter(({ hop }) => !OTHER_SERVERS.has(hop));
}

const OTHER_SERVERS: ReadonlySet<string> = new Set([
  ...['server', 'ws', 'gorilla', 'websockets', 'aiohttp', 'tornado', 'uvicorn'],
]);

/** Two connections, one silent and one with pings, for twice as long: that tells idleness from age. */
function decideBy(code: string | undefined, afterMs: number, doctor: string): string | undefined {
  if (code !== 'IDLE_CUT' && code !== 'LIFETIME_CUT') return undefined;
  const seconds = Math.max(2, Math.ceil((2 * afterMs) / 1000));
  return doctor.replace('handfast doctor', `handfast doctor --idle ${seconds}`);
}
