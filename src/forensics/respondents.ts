// Knows: which programs an answer came through and which of them wrote it; which proxy a request came through.
// Must not know: why that is asked, or what each program writes (`signatures.ts`).
import type { Fields, RequestHead, ResponseHead } from '../handshake/head.js';
import { ANSWERS, type Marks, REQUESTS, type Role, type Signature } from './signatures.js';

/** Programs that an answer shows on its way, the one nearest to us first, the one that wrote it last. */
export interface Respondent {
  readonly hops: readonly HopSeen[];
  /** Never `proven`: what an answer says about itself can be forged or copied. */
  readonly confidence: 'strong' | 'likely' | 'possible';
}

export interface HopSeen {
  /** `nginx`, `haproxy`, `caddy`, `apache`, `varnish`, `squid`, `nghttpx`, `envoy`, `cloudflare` …, `ws`, `express` … */
  readonly name: string;
  readonly version?: string;
  readonly role: Role;
  /** Whether the answer itself is its own: its error page, its words. */
  readonly wrote: boolean;
  /** What told it. */
  readonly tell: string;
}

const RANK: readonly Role[] = ['platform', 'proxy', 'server'];
const CONFIDENCES = ['possible', 'likely', 'strong'] as const;

/**
 * Who answered. A program whose page or words stand in the body wrote it; a field such as Server shows only that the answer
 * passed that program, since proxies put theirs on what applications wrote. Two proxies have the order of the table,
 * which is a guess. `body` is one character an octet; 8 KiB of it are enough.
 */
export function whoAnswered(head: ResponseHead, body: string): Respondent {
  const seen = { ...headMarks(head), status: head.status, body };
  const all = ANSWERS.flatMap((signature) => {
    const match = matchOf(signature.marks, seen);
    return match === undefined ? [] : [{ signature, ...match }];
  });
  const found = all.filter((one) => !isOutdone(one, all));
  const names = [...new Set(found.map(({ signature }) => signature.name))];
  const hops = names.map((name) => hopOf(found.filter(({ signature }) => signature.name === name)));
  return { hops: hops.sort(byDistance), confidence: confidenceOf(found.map(({ signature }) => signature)) };
}

/** The proxy nearest to the server that a request shows. A server or `handfast reflect` asks; undefined when none shows. */
export function forwardedBy(head: RequestHead): HopSeen | undefined {
  const seen = headMarks(head);
  for (const signature of REQUESTS) {
    const match = matchOf(signature.marks, seen);
    if (match !== undefined) return hopOf([{ signature, ...match }]);
  }
  return undefined;
}

interface Found {
  readonly signature: Signature;
  readonly version?: string;
}

/** A weak sign, such as the case of names, says nothing more beside a better one for the same part of the path. */
function isOutdone({ signature }: Found, all: readonly Found[]): boolean {
  const isBetter = (other: Signature) => other.role === signature.role && other.confidence !== 'possible';
  return signature.confidence === 'possible' && all.some((other) => isBetter(other.signature));
}

function hopOf(found: readonly Found[]): HopSeen {
  const own = found.find(({ signature }) => signature.writes);
  const { signature } = own ?? found[0]!;
  const version = found.find((one) => one.version !== undefined)?.version;
  return {
    name: signature.name,
    ...(version !== undefined && { version }),
    role: signature.role,
    wrote: own !== undefined,
    tell: signature.tell,
  };
}

function byDistance(one: HopSeen, other: HopSeen): number {
  return Number(one.wrote) - Number(other.wrote) || RANK.indexOf(one.role) - RANK.indexOf(other.role);
}

/** That of the program that wrote the answer; where none shows, the best there is. */
function confidenceOf(signatures: readonly Signature[]): Respondent['confidence'] {
  const writers = signatures.filter(({ writes }) => writes);
  const best = Math.max(
    0,
    ...(writers.length > 0 ? writers : signatures).map((one) => CONFIDENCES.indexOf(one.confidence)),
  );
  return CONFIDENCES[best]!;
}

/** What a head or a whole message shows, in the terms of `Marks`. */
interface Seen {
  readonly fields: Fields;
  /** Undefined where the carrier gave names no case. */
  readonly names: string | undefined;
  readonly http: string;
  readonly status?: number;
  readonly body?: string;
}

function headMarks({ carrier, version, fields }: RequestHead | ResponseHead): Seen {
  const names = carrier === 'h1' ? [...fields].map(([name]) => name).join(' ') : undefined;
  return { fields, names, http: version };
}

/** The version that it says, if it does; undefined when a mark is missing. */
function matchOf(marks: Marks, seen: Seen): { readonly version?: string } | undefined {
  if (marks.http !== undefined && marks.http !== seen.http) return undefined;
  if (marks.status !== undefined && !marks.status.includes(seen.status ?? 0)) return undefined;
  if (hasException(marks, seen.fields)) return undefined;
  const pairs: (readonly [RegExp, string | undefined])[] = Object.entries(marks.fields ?? {}).map(
    ([name, like]) => [like, seen.fields.combined(name)],
  );
  if (marks.names !== undefined) pairs.push([marks.names, seen.names]);
  if (marks.body !== undefined) pairs.push([marks.body, seen.body]);
  const matches = pairs.map(([like, text]) => (text === undefined ? null : like.exec(text)));
  if (matches.includes(null)) return undefined;
  const version = matches.map((match) => match?.groups?.version).find((one) => one !== undefined);
  return version === undefined ? {} : { version };
}

function hasException({ except = {} }: Marks, fields: Fields): boolean {
  return Object.entries(except).some(([name, like]) => like.test(fields.combined(name) ?? ''));
}
