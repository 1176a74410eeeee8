// Knows: how an end is told: who ended it and in which phase, after HAProxy's two letters, and the facts that show it.
// Must not know: connections that are open. RFC 6455 §7.1.5.

import type { CloseRecord } from '../errors.js';
import { redactValue, scrub } from '../forensics/redact.js';
import type { EndState } from './protocol.js';

/** After so long without an octet it was idle. */
const IDLE_MS = 20_000;

export function endOf(record: CloseRecord, at: number): EndState {
  const { code, reason, clean, initiator, cause, end } = record;
  return {
    at,
    code,
    reason: scrub(redactValue('reason', reason)),
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

/** `close`: as agreed; `idle`: nothing had come or gone for long; `data`: in the middle of it. */
function phaseOf({ clean, sinceReceivedMs, sinceSentMs }: CloseRecord): string {
  if (clean) return 'close';
  return Math.min(sinceReceivedMs, sinceSentMs) >= IDLE_MS ? 'idle' : 'data';
}

/** What shows it, name and value. `closer`: the address of whoever closed it, where that was somebody who watches. */
export function endFacts(
  record: CloseRecord,
  closer?: string,
): ReadonlyArray<readonly [name: string, value: string]> {
  const { sent, received, end, openMs, sinceReceivedMs, sinceSentMs, bytesUnsent, error } = record;
  const frame = (one: CloseRecord['sent']) =>
    one === undefined ? 'none' : [String(one.code), scrub(one.reason)].filter(Boolean).join(' ');
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
    ...(error === undefined ? [] : [['error', scrub(error.message).slice(0, 200)] as const]),
  ];
}

function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
