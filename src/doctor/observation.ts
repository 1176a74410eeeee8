// Knows: what a probe asks, as data made before anything is sent, and what was observed, as data that can be saved and read again.
// Must not know: how a probe travels (`run.ts`), which one comes next, or what an observation means.
import type { SecureVersion } from 'node:tls';

/** Where a probe goes, and by which way. */
export interface Route {
  readonly secure: boolean;
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Connect to this address in place of what the name says (`--resolve`, `--direct`, the addresses of a pool). */
  readonly address?: string;
  /** The forward proxy, without its credentials: `http://proxy.example:3128`, `socks5://127.0.0.1:1080`. */
  readonly proxy?: string;
}

interface Asked {
  /** The same in every run: under this name a recording is replayed. */
  readonly key: string;
  /** A few words for the report: `no Upgrade`, `Origin: https://a.example`. */
  readonly about: string;
}

/** All addresses of a name, both families. */
export interface ResolveProbe extends Asked {
  readonly kind: 'resolve';
  readonly host: string;
}

/** TCP to each address, nothing sent, closed at once. */
export interface ReachProbe extends Asked {
  readonly kind: 'reach';
  readonly addresses: readonly string[];
  readonly port: number;
}

/** A TLS handshake and nothing behind it. */
export interface HelloProbe extends Asked {
  readonly kind: 'hello';
  readonly route: Route;
  readonly maxVersion?: SecureVersion;
  readonly alpn?: readonly string[];
  /** Empty: no name is sent. */
  readonly servername?: string;
}

/** What is done on a connection that opened. All of it is bounded by the deadline of the run. */
export interface SessionPlan {
  /** How long to listen before closing. */
  readonly listenMs: number;
  /** Pings sent in that time, spread evenly. */
  readonly pings: number;
  /** Frames to send as they stand, in hexadecimal; only with `--own` or `--send`. */
  readonly frames?: readonly string[];
  /** Whether to close with 1000 at the end and wait for the answer; otherwise TCP is ended. Default true. */
  readonly close?: boolean;
}

/** One request over HTTP/1.1, its answer and what follows. */
export interface ExchangeProbe extends Asked {
  readonly kind: 'exchange';
  readonly route: Route;
  /** The head as it is sent, one character an octet, with the empty line. */
  readonly request: string;
  /** How long to wait for the answer's head. Default: two stages. */
  readonly headMs?: number;
  /** Undefined: whoever answers 101 is left at once. */
  readonly session?: SessionPlan;
}

/** A TLS handshake that offers h2, the peer's SETTINGS and, where they allow it, one extended CONNECT (RFC 8441). */
export interface Http2Probe extends Asked {
  readonly kind: 'http2';
  readonly route: Route;
  /** The fields of the CONNECT in order, pseudo-fields first. */
  readonly fields: ReadonlyArray<readonly [string, string]>;
}

export type Probe = ResolveProbe | ReachProbe | HelloProbe | ExchangeProbe | Http2Probe;

/** Why a probe was not made. */
export type Skipped = 'budget' | 'deadline' | 'stopped' | 'interrupted';

/** What kept a probe from having an answer: a row of the catalogue and what was seen. */
export interface Trouble {
  readonly code: string;
  readonly field?: string;
  readonly seen?: string;
  readonly wanted?: string;
  /** What the system or OpenSSL said. */
  readonly message?: string;
}

export interface AddressSeen {
  readonly address: string;
  readonly family: 4 | 6;
  readonly tcpMs?: number;
  readonly trouble?: Trouble;
}

/** What TLS agreed on and which certificate was shown. */
export interface TlsSeen {
  readonly version: string;
  readonly cipher: string;
  /** What ALPN chose; empty if nothing. */
  readonly alpn: string;
  readonly isTrusted: boolean;
  /** Why not. The probe went on without trust. */
  readonly trouble?: Trouble;
  readonly subject: string;
  readonly issuer: string;
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** Certificates that the server sent. */
  readonly chainLength: number;
}

export interface Answer {
  /** The final head as it came, one character an octet. */
  readonly head: string;
  /** Heads of status 1xx before it. */
  readonly interim: readonly string[];
  /** At most 8 KiB, decoded from chunks, one character an octet. Empty for a 101. */
  readonly body: string;
  readonly isBodyCut: boolean;
}

/** A frame either way, times from the end of the answer's head. */
export interface FrameSeen {
  readonly atMs: number;
  readonly direction: 'in' | 'out';
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly length: number;
  /** Not in its shortest form. */
  readonly isLengthIllegal?: boolean;
  /** The beginning of the payload, unmasked, in hexadecimal: 16 KiB of the first two frames, 64 octets of later ones. */
  readonly payload: string;
}

export interface EndSeen {
  /** Who ended TCP first and how; `open` when we left a connection that was whole. */
  readonly how: 'fin' | 'rst' | 'error' | 'left';
  /** From the end of the answer's head; of a connection without an answer, from the request. */
  readonly atMs: number;
  /** Age of the last octet received and sent at that time. */
  readonly sinceReceivedMs?: number;
  readonly sinceSentMs?: number;
}

export interface Http2Seen {
  /** What ALPN chose. */
  readonly alpn: string;
  /** SETTINGS_ENABLE_CONNECT_PROTOCOL; undefined when no SETTINGS came. */
  readonly offersConnect?: boolean;
  readonly status?: number;
  readonly fields?: ReadonlyArray<readonly [string, string]>;
  /** RST_STREAM or GOAWAY, by its name in RFC 9113 §7. */
  readonly reset?: string;
}

export interface StageTimes {
  readonly dnsMs?: number;
  readonly tcpMs?: number;
  readonly proxyMs?: number;
  readonly tlsMs?: number;
  /** From the end of the request to the end of the answer's head. */
  readonly headMs?: number;
  readonly totalMs: number;
}

/** One probe and what came of it. Everything in it is data; text of the peer stands in it as it came. */
export interface Observation {
  /** `p1`, `p2` … in the order in which they were made. */
  readonly id: string;
  readonly probe: Probe;
  readonly skipped?: Skipped;
  /** Milliseconds after the start of the run. */
  readonly startedMs: number;
  readonly times: StageTimes;
  /** Address and port of the peer of TCP. */
  readonly address?: string;
  /** Of `resolve` and `reach`. */
  readonly addresses?: readonly AddressSeen[];
  readonly trouble?: Trouble;
  /** The forward proxy's answer to CONNECT, its head. */
  readonly tunnel?: string;
  readonly tls?: TlsSeen;
  readonly answer?: Answer;
  /** What came where no head could be read: the first 256 octets in hexadecimal. */
  readonly garbage?: string;
  readonly frames: readonly FrameSeen[];
  /** Whether the end came inside a frame. */
  readonly isCutInFrame?: boolean;
  /** Octets behind the 101 that are no frames, and all that follows: the first 256 in hexadecimal. */
  readonly stray?: string;
  readonly end?: EndSeen;
  readonly http2?: Http2Seen;
  readonly connections: number;
  readonly bytesOut: number;
  readonly bytesIn: number;
}

/** A way of finding out: it yields probes, at most two of them at a time, is given what was observed, and ends with its result. */
export type Inquiry<Result> = Generator<readonly Probe[], Result, readonly Observation[]>;

export function* ask(probe: Probe): Inquiry<Observation> {
  const [seen] = yield [probe];
  return seen!;
}

export function* askBoth(one: Probe, other: Probe): Inquiry<readonly [Observation, Observation]> {
  const [first, second] = yield [one, other];
  return [first!, second!];
}
