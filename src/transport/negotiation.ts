// Knows: what talking a forward proxy into a tunnel is, whichever protocol it speaks: octets in, a step out. Must not know: sockets,
// clocks, or any of the protocols.
import type { Rejection } from '../reason.js';

export type Step =
  /** More of the answer is needed, perhaps after something else was said: then what came too early is read by a push of nothing. */
  | { readonly state: 'more'; readonly send?: Uint8Array }
  /** The tunnel stands; what came behind the answer comes from its other end. */
  | { readonly state: 'open'; readonly rest: Uint8Array }
  | { readonly state: 'refused'; readonly rejection: Rejection };

/** One is made for each tunnel. After `open` or `refused` it is given nothing more. */
export interface Negotiation {
  /** What this side says first. */
  readonly greeting: Uint8Array;
  push(chunk: Uint8Array): Step;
  /** What the proxy has said so far, as text for a report. */
  readonly answer: string;
}
