// Knows: what a reason is, the row of the catalogue that every failure points at, and what an occurrence of one is.
// Must not know: any concrete reason. Each room keeps its own rows (`handshake/rejections.ts`, `frames/violations.ts`,
// `connection/endings.ts`, `transport/failures.ts`, `forensics/reasons.ts`); `catalogue.ts` lists them all.

/** The part of the path that a reason belongs to. The code's prefix says the same, upper case. */
export type Layer =
  | 'url'
  | 'browser'
  | 'dns'
  | 'tcp'
  | 'tls'
  | 'forward'
  | 'h2'
  | 'http'
  | 'route'
  | 'proxy'
  | 'origin'
  | 'auth'
  | 'limit'
  | 'request'
  | 'response'
  | 'subprotocol'
  | 'extension'
  | 'frame'
  | 'message'
  | 'ping'
  | 'close'
  | 'idle'
  | 'security'
  | 'conformance'
  | 'operation';

/** How far an attempt had come when it failed. */
export type Stage =
  | 'url'
  | 'browser'
  | 'dns'
  | 'tcp'
  | 'proxy'
  | 'tls'
  | 'http'
  | 'upgrade'
  | 'accept'
  | 'subprotocol'
  | 'extension'
  | 'timeout'
  | 'abort'
  | 'frame'
  | 'close';

/** Who has to change something. */
export type Actor = 'client' | 'server' | 'proxy' | 'network' | 'nobody';

/** Whether trying again can help: never, only after somebody fixed something, after a pause, or at once. */
export type Retry = 'never' | 'after a fix' | 'later' | 'at once';

/** One row of the catalogue. A code is never used again for another meaning. */
export interface Reason {
  readonly code: string;
  readonly layer: Layer;
  readonly stage: Stage;
  /** One short sentence without a full stop. It names the fault, not the consequence. */
  readonly title: string;
  /** Two or three sentences: what happened and why it is refused. */
  readonly meaning: string;
  readonly actor: Actor;
  /** The HTTP status of the refusal, where a server answers with one. */
  readonly status?: number;
  /** The close code that is sent, or recorded, where the connection was open. */
  readonly closeCode?: number;
  /** Header fields that the refusal must carry. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where the rule stands, such as `RFC 6455 §4.2.1`. */
  readonly sections: readonly string[];
  readonly fix: string;
  readonly retry: Retry;
  /** The smallest input that yields this reason: a head, frames in hexadecimal, or one sentence. */
  readonly example: string;
}

/** What was found: the field or place, the value seen (escaped and shortened when shown), the value wanted. */
export interface Evidence {
  readonly field?: string;
  readonly seen?: string;
  readonly wanted?: string;
}

/** An occurrence of a reason in a handshake. */
export interface Rejection {
  readonly reason: Reason;
  readonly evidence: Evidence;
  /** Fields of this answer alone, such as `Retry-After`, in addition to the row's. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** A judgement as a value: the core never throws for what a peer sent. */
export type Verdict<Value> = { readonly ok: true; readonly value: Value } | Refused;
export interface Refused {
  readonly ok: false;
  readonly rejection: Rejection;
}

export function accepted<Value>(value: Value): Verdict<Value> {
  return { ok: true, value };
}

export function rejected(
  reason: Reason,
  evidence: Evidence = {},
  headers?: Readonly<Record<string, string>>,
): Refused {
  return { ok: false, rejection: headers ? { reason, evidence, headers } : { reason, evidence } };
}

type Row = Omit<Reason, 'code'>;

/** Turns a table of rows into reasons that know their own code, and keeps the codes as a type. */
export function defineReasons<Code extends string>(
  rows: Readonly<Record<Code, Row>>,
): Readonly<Record<Code, Reason>> {
  const entries = Object.entries<Row>(rows).map(([code, row]) => [code, Object.freeze({ code, ...row })]);
  return Object.freeze(Object.fromEntries(entries));
}

/** Where a reason is explained. */
export function reasonUrl(code: string): string {
  return `https://handfast.dev/reasons#${code.toLowerCase()}`;
}

const SHOWN = 120;

/** A peer's text made safe to print: control, bidirectional and other unprintable characters escaped, length bounded. */
export function printable(text: string, limit: number = SHOWN): string {
  const cut = text.length > limit ? `${text.slice(0, limit)}…` : text;
  return cut.replace(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\u2028\u2029\\]/gu, escaped);
}

function escaped(character: string): string {
  if (character === '\\') return '\\\\';
  if (character === '\r') return '\\r';
  if (character === '\n') return '\\n';
  if (character === '\t') return '\\t';
  const code = character.codePointAt(0)!;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

const SECRET =
  /^(?:proxy-)?authorization$|^(?:set-)?cookie2?$|token|secret|passw(?:or)?d|ticket|(?:api|access|private)[-_]?key|^x-amz-security|session|(?:^|[-_])(?:auth|jwt|csrf|xsrf|signature|credentials?)(?:$|[-_])|^handfast-reflect$/i;

/** True for a field (or query parameter) whose value must not appear in a log, error, page or report. */
export function isSecretName(name: string): boolean {
  return SECRET.test(name);
}

const SECRET_PARAMETER = /^(?:auth|jwt|sig|signature|code|key|pwd|pass|sid|credential)s?$/i;

/** The same for a query parameter, whose names are shorter. */
export function isSecretParameter(name: string): boolean {
  return isSecretName(name) || SECRET_PARAMETER.test(name);
}

/** True for what is most likely a token: long, of the alphabets that tokens have, with letters and several digits. */
export function isTokenLike(text: string): boolean {
  return /^[\w.~+/=-]{20,}$/.test(text) && /[a-z]/i.test(text) && (text.match(/\d/g)?.length ?? 0) >= 3;
}
