// Knows: the names of the diagnostics channels and the shape of what is published on them.
// Must not know: who publishes or who listens. Nobody pays for a channel that has no subscriber (`hasSubscribers`), and what
// is published is made only then. What is costly to know is worked out when it is read: read it while it is published.
import { type Channel, channel } from 'node:diagnostics_channel';
import type { CloseRecord, HandshakeError, Timings } from './errors.js';
import type { RequestHead, ResponseHead } from './handshake/head.js';
import type { Evidence, Reason, Rejection } from './reason.js';

// ---- who

/** A server of this process, as it is when it is asked. The same object for all that it publishes. */
export interface TracedServer {
  /** Unique in the process, from 1 on. */
  readonly id: number;
  /** Such as `wss://127.0.0.1:8443/`; '' where it has no port: before it listens, and on a socket file. */
  readonly url: string;
  /** Open connections. */
  readonly connections: number;
  /** Sockets, and streams of HTTP/2, whose handshake is not answered yet. */
  readonly pending: number;
  readonly draining: boolean;
  /** The limits of the server as a whole that are in force. */
  readonly limits: readonly LimitUse[];
}

export interface LimitUse {
  /** The option, such as `limits.maxConnections`. */
  readonly name: string;
  readonly used: number;
  /** Never Infinity: what has no limit is not listed. */
  readonly most: number;
}

/** What of a connection can be read at any time; it is the connection itself. */
export interface TracedConnection {
  readonly role: 'server' | 'client';
  /** What `authorize` returned. */
  readonly context: unknown;
  readonly state: 'open' | 'closing' | 'closed';
  readonly subprotocol: string;
  readonly extensions: string;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly bytesReceived: number;
  readonly bytesSent: number;
  readonly bufferedBytes: number;
  readonly roundTripMs: number | undefined;
}

// ---- handshakes of a server

/** A request whose head has come, before anything is decided about it. */
export interface ArrivalTrace {
  /** The same as that of the `HandshakeTrace` which follows. */
  readonly id: number;
  readonly server: TracedServer;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly request: RequestHead;
  /** The address of the socket. */
  readonly peer: string;
}

/**
 * `broken`: it lost Upgrade or Connection on its way. `garbled`: what came was no head, or no TLS. `abandoned`: the peer left
 * before it was answered.
 */
export type HandshakeOutcome = 'accepted' | 'refused' | 'broken' | 'garbled' | 'abandoned';

/** Where the time of a handshake went. The last one is where it was refused. */
export interface StepTrace {
  readonly name:
    | 'head'
    | 'limits'
    | 'rules'
    | 'route'
    | 'origin'
    | 'subprotocol'
    | 'authorize'
    | 'extensions'
    | 'answer';
  /** With fractions. */
  readonly ms: number;
}

/** What TLS agreed on, where it ends here. */
export interface TlsFacts {
  /** Such as `TLSv1.3`; '' when it was not agreed on. */
  readonly version: string;
  /** `h2`, `http/1.1`, or '' without a choice. */
  readonly alpn: string;
  /** The name that the client asked for, '' without one. */
  readonly servername: string;
  /**
   * How long its handshake took, from the TCP connection on, with fractions; in no `tookMs`. Undefined where nobody listened when it
   * began, where it failed, and over HTTP/2, whose streams share one.
   */
  readonly ms: number | undefined;
}

/** A handshake that a server is done with, whatever came of it. */
export interface HandshakeTrace {
  /** Counts the handshakes of its server. */
  readonly id: number;
  readonly server: TracedServer;
  /** When it was over, in milliseconds since 1970. */
  readonly at: number;
  readonly outcome: HandshakeOutcome;
  /** How it came: HTTP/1.1, or a stream of HTTP/2. */
  readonly carrier: 'h1' | 'h2';
  /** '' where no head could be read; so are `target` and the like. */
  readonly method: string;
  readonly target: string;
  /** The client's: the socket's, or what a trusted proxy says. */
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
  /** Whether the client's side is TLS, here or at a trusted proxy. */
  readonly secure: boolean;
  /** Undefined where TLS does not end here. */
  readonly tls: TlsFacts | undefined;
  /** The address of the socket. */
  readonly peer: string;
  /** What `Forwarded` or `X-Forwarded-For` say, trusted or not, as they say it: the client first, at most 50. */
  readonly forwarded: readonly string[];
  /** The route that its path belongs to, such as `/room/:id`; undefined where there is none, `*` where one takes every path. */
  readonly route: string | undefined;
  /** Undefined where no head could be read. */
  readonly request: RequestHead | undefined;
  /** Of what was no head, at most its first 256 octets. Of a failed TLS handshake Node does not give them. */
  readonly firstOctets: Uint8Array | undefined;
  /** What Node or OpenSSL told of what was no head, or what the application's hook threw. */
  readonly error: unknown;
  /** Undefined when nothing was answered. */
  readonly response: ResponseHead | undefined;
  /** Of a refusal. */
  readonly responseBody: string;
  /** In the order in which they were taken; empty where nobody listened when it arrived. */
  readonly steps: readonly StepTrace[];
  /** When it was accepted. */
  readonly connection: TracedConnection | undefined;
}

// ---- attempts of a client

/** An attempt of a client that has come to its end. */
export interface AttemptTrace {
  readonly at: number;
  readonly outcome: 'opened' | 'failed';
  /** Without its credentials and secrets; the last one of a chain of redirects. */
  readonly url: string;
  readonly timings: Timings;
  /** When it opened; its `handshake` has both heads. */
  readonly connection: TracedConnection | undefined;
  /** When it failed. */
  readonly error: HandshakeError | undefined;
}

// ---- connections

/** A connection that opened or ended. */
export interface ConnectionTrace {
  readonly role: 'server' | 'client';
  readonly connection: TracedConnection;
  readonly at: number;
  /** When it ended: the code of its record. */
  readonly code?: number;
  /** When it ended. Written when it is read, now or later. */
  readonly record?: CloseRecord;
}

/**
 * A frame that was read or handed to the transport. One that ends a compressed message received is told once that is expanded.
 * A frame that must not be is told as far as it was read, with its `fault`.
 */
export interface FrameTrace {
  readonly connection: TracedConnection;
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly opcode: number;
  readonly fin: boolean;
  /** The reserved bits as they stand in the first octet: 0x40 for RSV1. */
  readonly rsv: number;
  readonly masked: boolean;
  /** Header and payload. */
  readonly wireBytes: number;
  /**
   * Unmasked, and compressed where it is. Of a frame that came in several portions at most the first 65,536 octets. Others
   * write to this memory when the subscribers have returned: copy what is kept, change nothing.
   */
  readonly payload: Uint8Array;
  /** With the last frame of a compressed message: the whole message expanded. As `payload`, valid only meanwhile. */
  readonly inflated: Uint8Array | undefined;
  /** The rule that it breaks. */
  readonly fault: { readonly reason: Reason; readonly seen: string } | undefined;
}

/** More than `limits.highWaterBytes` waits for the peer (`full`), or it took what waited. */
export interface BackpressureTrace {
  readonly connection: TracedConnection;
  readonly at: number;
  readonly full: boolean;
  readonly bufferedBytes: number;
}

/** A ping of either side, and the pong to one of ours. */
export interface HeartbeatTrace {
  readonly connection: TracedConnection;
  readonly at: number;
  readonly what: 'ping' | 'pong';
  readonly direction: 'in' | 'out';
  /** With a pong that answers a ping of ours. */
  readonly roundTripMs: number | undefined;
}

// ---- limits, the end of a server, faults

/** A limit that somebody ran into. */
export interface LimitTrace {
  readonly at: number;
  /** The option, such as `limits.maxConnections` or `timeouts.headMs`. */
  readonly name: string;
  readonly reason: Reason;
  readonly evidence: Evidence;
  /** Whose it is: one of the two. */
  readonly server: TracedServer | undefined;
  readonly connection: TracedConnection | undefined;
}

/** A server begins to close its connections, or has ended. */
export interface DrainTrace {
  readonly server: TracedServer;
  readonly at: number;
  readonly phase: 'begin' | 'end';
  /** Connections that were open when it began; at the end those that are left. */
  readonly open: number;
  /** At the end. */
  readonly report?: { readonly closed: number; readonly terminated: number; readonly tookMs: number };
}

/** What somebody who watches the inspector asked to be done to a connection, when it is begun or refused. */
export interface ActTrace {
  readonly at: number;
  /** The address of whoever asked. */
  readonly by: string;
  readonly act: 'text' | 'binary' | 'ping' | 'close' | 'pause' | 'resume' | 'unknown';
  /** The number of the handshake in the inspector. */
  readonly id: number;
  /** Undefined where that has none that is open. */
  readonly connection: TracedConnection | undefined;
  /** Of a message, its octets; what it says is told nobody. */
  readonly bytes: number | undefined;
  /** Of a close. */
  readonly code: number | undefined;
  readonly reason: string | undefined;
  /** Why it was not done, in a word such as `off` or `gone`. */
  readonly denied: string | undefined;
}

/** A problem on this side that no peer is told about: a handler that threw, a listener out of file descriptors. */
export interface FaultTrace {
  readonly what: string;
  readonly error: unknown;
}

// ---- channels

/** A channel and what is published on it. Nothing of it is there at run time. */
export interface TraceChannel<Message> extends Channel {
  publish(message: Message): void;
}

export const arrivals: TraceChannel<ArrivalTrace> = channel('handfast:handshake:arrive');
export const handshakes: TraceChannel<HandshakeTrace> = channel('handfast:handshake');
/** Of those the ones that were not accepted: for whoever wants to pay for no others. */
export const failures: TraceChannel<HandshakeTrace> = channel('handfast:handshake:fail');
export const attempts: TraceChannel<AttemptTrace> = channel('handfast:attempt');
export const opened: TraceChannel<ConnectionTrace> = channel('handfast:connection:open');
export const closed: TraceChannel<ConnectionTrace> = channel('handfast:connection:close');
export const frames: TraceChannel<FrameTrace> = channel('handfast:frame');
export const backpressure: TraceChannel<BackpressureTrace> = channel('handfast:backpressure');
export const heartbeats: TraceChannel<HeartbeatTrace> = channel('handfast:heartbeat');
export const limits: TraceChannel<LimitTrace> = channel('handfast:limit');
export const drains: TraceChannel<DrainTrace> = channel('handfast:drain');
export const acts: TraceChannel<ActTrace> = channel('handfast:inspector:act');
export const faults: TraceChannel<FaultTrace> = channel('handfast:fault');

/** Tells of a fault on this side: to whoever listens, and as a warning of the process when nobody does. */
export function reportFault(what: string, error: unknown): void {
  if (faults.hasSubscribers) return faults.publish({ what, error });
  process.emitWarning(what, { type: 'HandfastFault', detail: inWords(error) });
}

/** Anything can be thrown, such as what has no way to be a string. */
function inWords(error: unknown): string {
  try {
    return String(error instanceof Error ? (error.stack ?? error.message) : error);
  } catch {
    return `${typeof error} that cannot be told`;
  }
}
