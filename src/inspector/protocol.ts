// Knows: what the inspector tells its page and the terminal, and what they may ask: JSON, one value a text message.
// Must not know: where it comes from (`feed.ts`) or how it is shown. Imported by the page too: types and constants alone.
// Everything in it is redacted and bounded; texts of peers are as they came, and whoever shows them shows them as text.

/** How a handshake came out. `broken`: it lost Upgrade or Connection on the way. `garbled`: no head could be read, or TLS failed. */
export type Outcome = 'accepted' | 'refused' | 'broken' | 'garbled' | 'abandoned';

/** One line of the list of handshakes. `id` is unique for the life of the inspector and grows. */
export interface HandshakeRow {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly outcome: Outcome;
  /** 0 when nothing was answered. */
  readonly status: number;
  /** The catalogue's code; undefined when accepted. */
  readonly code?: string;
  readonly carrier: 'h1' | 'h2';
  readonly secure: boolean;
  readonly method: string;
  readonly target: string;
  /** Path and matched route, for grouping: `/chat/:room`. */
  readonly route?: string;
  /** The client's address, the peer's of TCP, and what X-Forwarded-For or Forwarded say between them. */
  readonly address: string;
  readonly peer: string;
  readonly forwarded: readonly string[];
  readonly origin?: string;
  /** `Chrome`, `Firefox`, `Safari`, `Node`, `Python`, `Go`, `curl` …, as far as User-Agent tells. */
  readonly agent?: string;
  /** Whose it is, as the application's `user` says. */
  readonly user?: string;
  /** Of X-Request-Id, traceparent, CF-Ray and their like. */
  readonly requestIds?: readonly string[];
  readonly subprotocol: string;
  readonly extensions: string;
  readonly tookMs: number;
  /** Somebody who watches the inspector, or whose WebSocket for it was broken on its way: in no figure and in no group. */
  readonly watcher?: true;
  /** The server's address, such as `ws://127.0.0.1:8101/`, once several of the process were heard. */
  readonly server?: string;
  /** Of an accepted one: how its connection is now. */
  readonly connection?: ConnectionState;
}

/** A connection now, or as it was at its end. */
export interface ConnectionState {
  readonly messagesIn: number;
  readonly messagesOut: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly pingMs?: number;
  readonly bufferedBytes: number;
  readonly openMs: number;
  /** Somebody who watches has paused its reading. */
  readonly held?: true;
  /** Undefined while it is open. */
  readonly end?: EndState;
}

/** How the connection of a handshake is, whose row was told before. */
export interface ConnectionRow extends ConnectionState {
  readonly id: number;
}

export interface EndState {
  readonly at: number;
  readonly code: number;
  readonly reason: string;
  readonly clean: boolean;
  readonly initiator: 'local' | 'peer' | 'network';
  /** Who and in which phase, after HAProxy: `client/close`, `us/data`, `net/idle`, `net/ping`. */
  readonly who: string;
  readonly cause?: string;
  readonly how: 'fin' | 'rst' | 'error' | 'destroyed';
}

/** Failures of one kind: code, origin and route. */
export interface Group {
  readonly key: string;
  readonly code: string;
  readonly origin?: string;
  readonly route: string;
  /** The program that stands in front, where the request tells. */
  readonly via?: string;
  readonly count: number;
  readonly firstAt: number;
  readonly lastAt: number;
  /** Counts of the last 30 intervals of 20 s, oldest first. */
  readonly spark: readonly number[];
  /** The newest handshake of the kind. */
  readonly sample: number;
  /** Not seen before the last reload of many sockets, or in the first ten minutes. */
  readonly isNew: boolean;
}

/** So many connections that ended at once that it was no accident: a deploy, or a proxy that reloads (`RELOAD_CUT`). */
export interface Reload {
  readonly at: number;
  /** How many ended, in that second and in those that followed at once and were as unusual. */
  readonly ended: number;
}

/** Pings whose round trip took at most `mostMs`, and longer than those of the bucket before; without it all that took longer. */
export interface PingBucket {
  readonly mostMs?: number;
  readonly count: number;
}

export interface Overview {
  readonly at: number;
  readonly open: number;
  readonly acceptedPerSecond: number;
  readonly refusedPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly messagesInPerSecond: number;
  readonly messagesOutPerSecond: number;
  readonly bytesInPerSecond: number;
  readonly bytesOutPerSecond: number;
  readonly backpressured: number;
  readonly pingP50Ms?: number;
  /** Pings of the last five minutes that were answered while somebody watched, by their round trip, shortest first. */
  readonly pings: readonly PingBucket[];
  /** Close codes of the last ten minutes. */
  readonly closes: ReadonlyArray<readonly [code: number, count: number]>;
  /** The last five reloads, oldest first. */
  readonly reloads: readonly Reload[];
  /** Limits in force and how near. */
  readonly limits: ReadonlyArray<{ readonly name: string; readonly used: number; readonly most: number }>;
  /** What the inspector itself holds. */
  readonly heldBytes: number;
  readonly budgetBytes: number;
}

export interface ServerFacts {
  readonly name: string;
  readonly version: string;
  readonly startedAt: number;
  readonly capturesPayload: boolean;
  /** Whether those who watch may act upon connections. */
  readonly actions: boolean;
}

/** One line of a head as it is annotated: the same as `forensics/annotate.ts` has it. */
export interface AnnotatedLine {
  readonly label: string;
  readonly value: string;
  readonly mark: 'good' | 'warn' | 'bad' | 'skip' | 'none';
  readonly code?: string;
  readonly note: string;
  readonly section: string;
}

/** One step of the negotiation or of admission: what was looked at, what came of it, how long it took. */
export interface StepTaken {
  readonly name: string;
  readonly text: string;
  readonly mark: AnnotatedLine['mark'];
  readonly ms?: number;
}

export interface Detail {
  readonly row: HandshakeRow;
  readonly request: readonly AnnotatedLine[];
  readonly response: readonly AnnotatedLine[];
  /** First octets of what was no head, in hexadecimal, and what they spell. */
  readonly firstOctets?: { readonly hex: string; readonly spelled: string };
  readonly steps: readonly StepTaken[];
  /** Key, GUID and accept value, where there is a key. */
  readonly accept?: { readonly key: string; readonly expected: string; readonly sent: string };
  readonly hops: ReadonlyArray<{ readonly name: string; readonly tell: string }>;
  readonly clients: ReadonlyArray<{
    readonly client: string;
    readonly version: string;
    readonly outcome: string;
    readonly message?: string;
  }>;
  readonly reason?: {
    readonly code: string;
    readonly title: string;
    readonly meaning: string;
    readonly fix: string;
    readonly sections: readonly string[];
  };
  readonly recipes: ReadonlyArray<{
    readonly hop: string;
    readonly text: string;
    readonly lines: readonly string[];
  }>;
  readonly end?: {
    readonly explanation: string;
    readonly facts: ReadonlyArray<readonly [name: string, value: string]>;
    readonly cause: EndCause;
  };
  /** Ready to be pasted. */
  readonly copies: { readonly curl: string; readonly doctor: string; readonly test: string };
}

/** Why a connection ended, as far as that can be told from this side. */
export interface EndCause {
  /** The catalogue's; undefined where all went as agreed. */
  readonly code?: string;
  readonly confidence: 'proven' | 'strong' | 'likely' | 'possible';
  readonly title: string;
  /** What speaks for it and against it: sentences. */
  readonly why: readonly string[];
  readonly fix?: string;
  readonly sections: readonly string[];
  readonly recipes: Detail['recipes'];
  /** The idle timeout that it looks like. */
  readonly timeoutMs?: number;
  /** The command that would tell for certain. */
  readonly decide?: string;
}

/** One frame, or a message folded from its fragments. */
export interface FrameRow {
  readonly n: number;
  readonly at: number;
  readonly direction: 'in' | 'out';
  readonly opcode: number;
  readonly fin: boolean;
  readonly rsv: number;
  readonly masked: boolean;
  readonly wireBytes: number;
  /** Of a compressed message, once it was expanded. */
  readonly inflatedBytes?: number;
  /** Close code and reason, or the violation of a frame that must not be. */
  readonly note?: string;
  /** It was sent since somebody who watches asked for it. */
  readonly byWatcher?: true;
  /** Of a frame that must not be: the catalogue's code. */
  readonly fault?: string;
  /** The beginning of the payload in base64, only where payload is captured; undefined otherwise. */
  readonly payload?: string;
}

/** What may be done to an open connection, where the inspector was made with `actions`. */
export type Action =
  | { readonly do: 'text'; readonly text: string }
  | { readonly do: 'binary'; readonly base64: string }
  | { readonly do: 'ping' }
  /** A code that may be sent (RFC 6455 §7.4), and at most 123 octets of reason. */
  | { readonly do: 'close'; readonly code: number; readonly reason: string }
  /** Nothing is read from it until `resume`, or until whoever asked for it leaves. */
  | { readonly do: 'pause' }
  | { readonly do: 'resume' };

/**
 * Why something was not done. `off`: nobody may act here. `unknown`: there is no such action. `gone`: there is no such connection, or not
 * any more. `watcher`: it belongs to somebody who watches. `base64`, `code`, `reason`: what was asked is not valid. `full`: too much
 * waits for the peer. `waiting`: a ping has no pong yet. `unanswered`: no pong came. `held`, `running`: reading is paused already, or
 * nobody who watches has paused it. `fault`: it failed on the server.
 */
export type Denial =
  | 'off'
  | 'unknown'
  | 'gone'
  | 'watcher'
  | 'base64'
  | 'code'
  | 'reason'
  | 'full'
  | 'waiting'
  | 'unanswered'
  | 'held'
  | 'running'
  | 'fault';

export type FromServer =
  | {
      readonly type: 'hello';
      readonly server: ServerFacts;
      readonly rows: readonly HandshakeRow[];
      /** Whose connection is open and kept, older ones than `rows` among them: how all others are now is not known. */
      readonly open: readonly number[];
      readonly groups: readonly Group[];
      readonly overview: Overview;
    }
  /**
   * New ones, newest last, and older ones that were not told before; at most ten of these messages a second. `forgotten`: their
   * connection was open, or its end not told yet, when the budget took them; nothing more is told of them.
   */
  | {
      readonly type: 'rows';
      readonly rows: readonly HandshakeRow[];
      readonly forgotten?: readonly number[];
    }
  /** Those that have changed. */
  | { readonly type: 'connections'; readonly connections: readonly ConnectionRow[] }
  | { readonly type: 'groups'; readonly groups: readonly Group[] }
  | { readonly type: 'overview'; readonly overview: Overview }
  /** Undefined when it was already forgotten. */
  | { readonly type: 'detail'; readonly id: number; readonly detail?: Detail }
  | { readonly type: 'frames'; readonly id: number; readonly frames: readonly FrameRow[] }
  | { readonly type: 'har'; readonly har: object }
  /** What came of an action, to whoever asked for it: in words, with `denied` where it was not done. A ping and a close are waited for. */
  | {
      readonly type: 'did';
      readonly ask: number;
      readonly id: number;
      readonly denied?: Denial;
      readonly words: string;
    };

export type FromWatcher =
  | { readonly type: 'detail'; readonly id: number }
  /** Frames of a connection from now on, and those that are kept; one connection a watcher at a time. */
  | { readonly type: 'frames'; readonly id: number }
  | { readonly type: 'unwatch' }
  | { readonly type: 'har'; readonly ids: readonly number[] }
  /**
   * `ask` comes back with the answer. `at` is that of the row: ids begin again with another run of the server, and what was meant for one
   * connection must not be done to another.
   */
  | {
      readonly type: 'act';
      readonly ask: number;
      readonly id: number;
      readonly at: number;
      readonly action: Action;
    };

/** Whoever asks more at once is cut off. */
export const MAX_ASKED_BYTES = 16_384;

/** Where the inspector is, on whichever port it is mounted. */
export const INSPECTOR_PATH = '/.handfast/inspector/';

/** Where the page and the terminal watch. */
export const FEED_PATH = `${INSPECTOR_PATH}feed`;

/** Where the same is told as a stream of events (WHATWG HTML §9.2) to whom no WebSocket opens, and where that asks. */
export const EVENTS_PATH = `${INSPECTOR_PATH}events`;
export const ASK_PATH = `${INSPECTOR_PATH}ask`;

/** The first event of a stream, named `stream`, is an id; with it in this field what is asked belongs to the stream. */
export const STREAM_FIELD = 'handfast-stream';

/** The subprotocol by which the page and the terminal speak to the inspector. */
export const SUBPROTOCOL = 'handfast-inspector.1';
