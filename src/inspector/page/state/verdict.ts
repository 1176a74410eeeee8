// Knows: how a handshake came out in a word and a tone, and on which tabs it stands.
// Must not know: how a tone looks. Words carry the meaning; the colour only repeats it.
import type { HandshakeRow } from '../../protocol.js';

export type Tone = 'good' | 'warn' | 'bad' | 'calm';
export type Sign = 'open' | 'closed' | 'cut' | 'unknown' | 'refused' | 'broken' | 'garbled' | 'left';

/** A row as the page knows it. */
export interface SeenRow extends HandshakeRow {
  /** It was open when the server forgot it: how it is now nobody tells. */
  readonly isForgotten?: true;
}

export interface Verdict {
  readonly sign: Sign;
  readonly tone: Tone;
  /** The number that was answered or closed with; `TLS`, `GET` where there is none. */
  readonly figure: string;
  /** `open`, `net/idle`, `ORIGIN_REJECTED`. */
  readonly word: string;
}

export function verdict(row: SeenRow): Verdict {
  if (row.outcome === 'accepted') return opened(row);
  const figure = row.status === 0 ? 'none' : String(row.status);
  const word = row.code ?? row.outcome;
  if (row.outcome === 'refused') return { sign: 'refused', tone: 'bad', figure, word };
  if (row.outcome === 'broken') return { sign: 'broken', tone: 'bad', figure, word };
  if (row.outcome === 'garbled') return { sign: 'garbled', tone: 'warn', figure, word };
  return { sign: 'left', tone: 'warn', figure, word: row.code ?? 'left early' };
}

function opened(row: SeenRow): Verdict {
  const end = row.connection?.end;
  const status = String(row.status);
  if (row.isForgotten) return { sign: 'unknown', tone: 'calm', figure: status, word: 'no longer known' };
  if (end === undefined) return { sign: 'open', tone: 'good', figure: status, word: 'open' };
  const figure = String(end.code);
  return end.clean
    ? { sign: 'closed', tone: 'calm', figure, word: end.who }
    : { sign: 'cut', tone: 'warn', figure, word: end.who };
}

export const tabs = ['all', 'open', 'failed', 'closed', 'broken'] as const;
export type Tab = (typeof tabs)[number];

export function isOn(tab: Tab, row: SeenRow): boolean {
  switch (tab) {
    case 'all':
      return true;
    case 'open':
      return row.outcome === 'accepted' && row.connection?.end === undefined && !row.isForgotten;
    case 'closed':
      return row.outcome === 'accepted' && row.connection?.end !== undefined;
    case 'failed':
      return row.outcome !== 'accepted';
    case 'broken':
      return row.outcome === 'broken' || row.outcome === 'garbled';
  }
}
