// Knows: how the facts about an ending become a close record and a sentence (RFC 6455 §7.1.4 to §7.1.7).
// Must not know: sockets, timers. An unexplained 1006 is a defect: every record has
// a cause, two close frames, or words on who cut it off here.
import { CarrierError, type CloseFrame, type CloseRecord, sentence } from '../errors.js';
import { violation } from '../frames/violations.js';
import type { Evidence, Reason } from '../reason.js';
import { printable } from '../reason.js';
import { ENDINGS } from './endings.js';

/** What is known while a connection ends; filled step by step. */
export interface Ending {
  sent: CloseFrame | undefined;
  received: CloseFrame | undefined;
  /** Who acted first. */
  initiator: 'local' | 'peer' | 'network';
  reason: Reason | undefined;
  evidence: Evidence;
  /** When to stop waiting for the other side. */
  deadline: number;
}

export interface Facts {
  readonly role: 'server' | 'client';
  readonly end: CloseRecord['end'];
  readonly error: Error | undefined;
  readonly openMs: number;
  readonly sinceReceivedMs: number;
  readonly sinceSentMs: number;
  readonly bytesUnsent: number;
}

/** Why a connection ended for which nobody had given a reason; `cut` when that was inside a frame or message. */
export function brokenOff(
  end: CloseRecord['end'],
  error: Error | undefined,
  cut: boolean,
): { reason: Reason | undefined; evidence: Evidence } {
  if (error instanceof CarrierError) return error.rejection;
  if (end === 'rst') return { reason: ENDINGS.CLOSE_NO_FRAME_RST, evidence: {} };
  if (end === 'error') {
    return { reason: ENDINGS.CLOSE_TRANSPORT_ERROR, evidence: { seen: error?.message ?? 'no message' } };
  }
  if (end === 'destroyed')
    return { reason: undefined, evidence: { seen: 'this process destroyed the stream' } };
  if (cut) {
    const { reason, seen } = violation('FRAME_TRUNCATED', 'FIN inside a frame or message');
    return { reason, evidence: { seen } };
  }
  return { reason: ENDINGS.CLOSE_NO_FRAME_FIN, evidence: {} };
}

export function closeRecord(ending: Ending, facts: Facts): CloseRecord {
  const { sent, received, reason, evidence, initiator } = ending;
  // RFC 6455 §7.1.5: the connection's close code is the one received, 1005 when that frame had none, else 1006.
  const code = received?.code ?? 1006;
  return Object.freeze({
    code,
    reason: received?.reason ?? '',
    clean: sent !== undefined && received !== undefined,
    initiator,
    sent,
    received,
    end: facts.end,
    cause: reason?.code,
    evidence,
    explanation: explain(ending, facts),
    openMs: facts.openMs,
    sinceReceivedMs: facts.sinceReceivedMs,
    sinceSentMs: facts.sinceSentMs,
    bytesUnsent: facts.bytesUnsent,
    error: facts.error,
  });
}

function explain(ending: Ending, facts: Facts): string {
  const { sent, received, reason, evidence, initiator } = ending;
  const parts: string[] = [];
  if (reason !== undefined) parts.push(`${reason.code}: ${sentence(reason, evidence)}.`);
  else if (evidence.seen !== undefined) parts.push(`Cut off: ${evidence.seen}.`);
  if (received !== undefined && sent !== undefined) {
    parts.push(
      initiator === 'peer'
        ? `The peer closed with ${words(received)}; we answered ${words(sent)}.`
        : `We closed with ${words(sent)}; the peer answered ${words(received)}.`,
    );
  } else if (sent !== undefined) parts.push(`We closed with ${words(sent)}; no close frame came back.`);
  else if (received !== undefined) parts.push(`The peer closed with ${words(received)}.`);
  else parts.push(`No close frame went either way (1006).`);
  if (received === undefined) {
    parts.push(
      `Open for ${seconds(facts.openMs)}, last octet in ${seconds(facts.sinceReceivedMs)} and out ${seconds(facts.sinceSentMs)} before the end.`,
    );
  }
  if (facts.bytesUnsent > 0) parts.push(`${facts.bytesUnsent} octets were never sent.`);
  return parts.join(' ');
}

function words(frame: CloseFrame): string {
  return frame.reason === '' ? String(frame.code) : `${frame.code} "${printable(frame.reason)}"`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
