// Knows: what a server tells of each handshake on the diagnostics channel. Must not know: who listens, or what was
// decided why.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Connection } from '../connection/connection.js';
import { clock } from '../deadlines.js';
import type { RequestHead } from '../handshake/head.js';
import { refusalStatus } from '../handshake/refusal.js';
import { OPENING_STATUS } from '../handshake/rejections.js';
import type { Rejection } from '../reason.js';
import { type HandshakeTrace, handshakes } from '../trace.js';
import { addressOf } from './addresses.js';
import { HandshakeRequest } from './request.js';

/** What is told of a request. */
export type HeadFacts = Pick<HandshakeTrace, 'carrier' | 'method' | 'target' | 'origin'>;

/** Nothing came that could be read. */
export const NO_HEAD: HeadFacts = { carrier: 'h1', method: '', target: '', origin: undefined };
/** It was a session of HTTP/2 that failed, and not a request. */
export const NO_STREAM: HeadFacts = { ...NO_HEAD, carrier: 'h2' };

export function requestFacts({ method = '', url = '', headers }: IncomingMessage): HeadFacts {
  return { carrier: 'h1', method, target: url, origin: headers.origin };
}

export function headFacts({ carrier, method, target, fields }: RequestHead): HeadFacts {
  return { carrier, method, target, origin: fields.get('origin') };
}

/** How a handshake came out. */
export interface HandshakeOutcome {
  readonly outcome: HandshakeTrace['outcome'];
  readonly rejection?: Rejection;
  readonly connection?: Connection<unknown>;
}

/** Tells of the handshakes of one server, and counts them. */
export class Teller {
  #handshakes = 0;

  tell(facts: HeadFacts, from: HandshakeRequest | Duplex, since: number, how: HandshakeOutcome): void {
    this.#handshakes += 1;
    if (!handshakes.hasSubscribers) return;
    const { outcome, rejection, connection } = how;
    const event: HandshakeTrace = {
      id: this.#handshakes,
      outcome,
      ...facts,
      address: from instanceof HandshakeRequest ? from.address : addressOf(from),
      status: statusOf(facts, how),
      subprotocol: connection?.subprotocol ?? '',
      extensions: connection?.extensions ?? '',
      rejection,
      tookMs: clock() - since,
    };
    handshakes.publish(event);
  }
}

function statusOf(facts: HeadFacts, { outcome, rejection }: HandshakeOutcome): number {
  if (outcome === 'abandoned' || facts === NO_STREAM) return 0;
  return rejection === undefined
    ? OPENING_STATUS[facts.carrier]
    : refusalStatus(rejection.reason, facts.carrier);
}
