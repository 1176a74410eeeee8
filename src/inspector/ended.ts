// Knows: what is known of an ending and around it, and what an explanation of it is. Must not know: any rule (`why-ended.ts`).
import type { CloseRecord } from '../errors.js';

/** `proven`: it was said or done by who is named. What is concluded from the time alone is `strong` at most. */
export type Sureness = 'proven' | 'strong' | 'likely' | 'possible';

export interface Ended {
  readonly record: CloseRecord;
  /** Whether a browser was at the other end, as far as its request tells. */
  readonly isBrowser: boolean;
  /** Proxies that the request shows, by the names of `forensics/respondents.ts`. */
  readonly hops: readonly string[];
  /** Whether so many ended within that second that it was a reload. */
  readonly isReload: boolean;
  /** Others that were cut without a close frame after a silence as long as this one. */
  readonly alike: number;
}

export interface WhyEnded {
  /** The catalogue's; undefined where there is no row, since all went as agreed. */
  readonly code: string | undefined;
  readonly confidence: Sureness;
  /** What happened, in one sentence; undefined where the title of the row says it. */
  readonly headline: string | undefined;
  /** What speaks for it and against it: sentences. */
  readonly why: readonly string[];
  /** The idle timeout that it looks like, in milliseconds. */
  readonly timeoutMs?: number;
}

/** The time since the last octet in either direction. */
export function silenceOf({
  sinceReceivedMs,
  sinceSentMs,
}: Pick<CloseRecord, 'sinceReceivedMs' | 'sinceSentMs'>): number {
  return Math.min(sinceReceivedMs, sinceSentMs);
}

/** So far apart may two silences be that one timer ended. */
export const SAME_MS = 100;

/** `640 ms`, `60.0 s`, `350 s`, `75 min`. */
export function duration(ms: number): string {
  if (ms < 950) return `${Math.max(0, Math.round(ms))} ms`;
  if (ms < 120_000) return `${(ms / 1000).toFixed(1)} s`;
  return ms < 3_600_000 ? `${Math.round(ms / 1000)} s` : `${Math.round(ms / 60_000)} min`;
}
