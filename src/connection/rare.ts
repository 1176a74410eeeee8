// Knows: the state of a connection that most connections never need, and the promises that wait on one.
// Must not know: when it is made; an idle connection has none of it.
import type { Expanded } from '../deflate/codec.js';
import type { CloseRecord, Timings } from '../errors.js';
import type { RequestHead, ResponseHead } from '../handshake/head.js';
import type { Rejection } from '../reason.js';
import type { Message } from './payload.js';
import type { PendingPing } from './protocol.js';
import type { Tap } from './tap.js';

/** The opening handshake as a client saw it. */
export interface HandshakeRecord {
  readonly request: RequestHead;
  readonly response: ResponseHead;
  /** On an HTTP/2 session that was there already there is no DNS, TCP and TLS, and so no time of them. */
  readonly timings: Timings;
  /** The peer's; through a forward proxy that of the proxy. */
  readonly address: string;
  /** The forward proxy in between, without its credentials: `http://proxy.example:3128`. */
  readonly proxy: string | undefined;
  /** What TLS chose by ALPN, such as `h2` or `http/1.1`; undefined without TLS, or without a choice. */
  readonly alpn: string | undefined;
  /** Why the connection is not over HTTP/2, when `http: 'auto'` tried it: such as `H2_NOT_OFFERED`. */
  readonly fallback: Rejection | undefined;
}

export interface Waiting<Value> {
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** State that most connections never need, made when it is. */
export class Rare {
  /** All sends that wait for room wait for the same: a promise of its own would cost more than most messages. */
  room: PromiseWithResolvers<void> | undefined = undefined;
  /** What another thread has expanded and that was not delivered yet. */
  expanded: Expanded | undefined = undefined;
  pings: Map<PendingPing, Waiting<number>> | undefined = undefined;
  closed: PromiseWithResolvers<CloseRecord> | undefined = undefined;
  abort: AbortController | undefined = undefined;
  next: ((result: IteratorResult<Message, undefined>) => void) | undefined = undefined;
  handshake: HandshakeRecord | undefined = undefined;
  error: Error | undefined = undefined;
  end: CloseRecord['end'] | undefined = undefined;
  /** The Duplex has closed; what came before may still be read. */
  hasClosed = false;
  /** When the application took something of that last. */
  takenAt = 0;
  endedAt: number = -1;
  bytesUnsent: number = 0;
  record: CloseRecord | undefined = undefined;
  /** Made when somebody listens to the channels. */
  tap: Tap | undefined = undefined;
}

export interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>;
  resolve(value: Value): void;
  reject(error: Error): void;
}

/** A promise whose rejection is raised only where somebody awaits it. */
export function handled<Value>(promise: Promise<Value>): Promise<Value> {
  promise.catch(() => {});
  return promise;
}

export function withResolvers<Value>(): PromiseWithResolvers<Value> {
  let resolve!: (value: Value) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<Value>((...settle) => {
    [resolve, reject] = settle;
  });
  return { promise, resolve, reject };
}
