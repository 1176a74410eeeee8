// Knows: the names of the diagnostics channels and the shape of what is published on them.
// Must not know: who publishes or who listens. Nobody pays for a channel that has no subscriber (`hasSubscribers`).
import { channel } from 'node:diagnostics_channel';
import type { CloseRecord } from './errors.js';
import type { Rejection } from './reason.js';

/** A handshake that a server answered, accepted or refused. */
export interface HandshakeTrace {
  /** Counts the handshakes of its server. */
  readonly id: number;
  readonly outcome: 'accepted' | 'refused' | 'abandoned';
  /** How it came: HTTP/1.1, or a stream of HTTP/2. */
  readonly carrier: 'h1' | 'h2';
  readonly method: string;
  readonly target: string;
  readonly address: string;
  readonly origin: string | undefined;
  /** 101 (over HTTP/2: 200), or the status of the refusal; 0 when there was no answer, or the peer left before it. */
  readonly status: number;
  readonly subprotocol: string;
  /** As answered, such as `permessage-deflate; server_no_context_takeover`; '' without any. */
  readonly extensions: string;
  readonly rejection: Rejection | undefined;
  /** From the moment the socket was there, over HTTP/2 the request, to the answer. */
  readonly tookMs: number;
}

/** A connection that opened or ended. */
export interface ConnectionTrace {
  readonly role: 'server' | 'client';
  readonly connection: object;
  readonly record?: CloseRecord;
}

/** A problem on this side that no peer is told about: a handler that threw, a listener out of file descriptors. */
export interface FaultTrace {
  readonly what: string;
  readonly error: unknown;
}

export const handshakes = channel('handfast:handshake');
export const opened = channel('handfast:connection:open');
export const closed = channel('handfast:connection:close');
export const faults = channel('handfast:fault');

/** Tells of a fault on this side: to whoever listens, and as a warning of the process when nobody does. */
export function reportFault(what: string, error: unknown): void {
  if (faults.hasSubscribers) return faults.publish({ what, error } satisfies FaultTrace);
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.emitWarning(what, { type: 'HandfastFault', detail });
}
