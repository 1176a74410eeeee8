// Knows: heads as they are kept: without secrets, and in memory of their own. What every head has is looked at and kept once.
// Must not know: rows, or what the detail says about a head.
import { withoutSecrets } from '../forensics/named-secrets.js';
import { marksAsTokens, redactValue, scrub } from '../forensics/redact.js';
import { Fields, type RequestHead } from '../handshake/head.js';
import type { Rejection } from '../reason.js';

export function requestWithoutSecrets(head: RequestHead): RequestHead {
  return { ...head, target: targetWithoutSecrets(head.target), fields: fieldsWithoutSecrets(head.fields) };
}

/** The rules for a head are asked of it later: what stands for a secret must not break them. */
export function targetWithoutSecrets(target: string): string {
  const clean = scrub(target);
  return clean === target ? own(target) : marksAsTokens(clean);
}

export function fieldsWithoutSecrets(fields: Fields): Fields {
  const names = new Array<string>(fields.size);
  const values = new Array<string>(fields.size);
  for (let at = 0; at < fields.size; at += 1) {
    const known = knownName(fields.name(at));
    names[at] = known.name;
    values[at] = valueWithoutSecrets(known, fields.value(at));
  }
  return Fields.of(names, values);
}

/** Of what was no head, the beginning: that may be a head all the same, with one octet too many. */
export function octetsWithoutSecrets(octets: Uint8Array): Uint8Array {
  const text = Buffer.from(octets.subarray(0, MAX_OCTETS)).toString('latin1');
  // The marks as tokens are ASCII.
  return Uint8Array.from(Buffer.from(marksAsTokens(withoutSecrets(text)), 'latin1')).subarray(0, MAX_OCTETS);
}

/** What was seen of it may be the value of a field, or a whole target. */
export function rejectionWithoutSecrets({ reason, evidence }: Rejection): Rejection {
  const { field, seen } = evidence;
  if (seen === undefined) return { reason, evidence };
  const clean = field === undefined ? scrub(seen) : redactValue(field, seen);
  return { reason, evidence: { ...evidence, seen: own(clean.slice(0, MAX_SEEN_LENGTH)) } };
}

/** Who forwarded it, as the request says: anything may stand there. */
export function hopsWithoutSecrets(hops: readonly string[]): readonly string[] {
  return hops.map((hop) => own(redactValue('forwarded', hop).slice(0, MAX_HOP_LENGTH)));
}

export function subprotocolWithoutSecrets(subprotocol: string): string {
  return valueWithoutSecrets(knownName(SUBPROTOCOL), subprotocol);
}

/** About how many bytes they take. */
export function sizeOf(fields: Fields | undefined): number {
  let size = 0;
  for (let at = 0; at < (fields?.size ?? 0); at += 1)
    size += 2 * (fields!.nameLength(at) + fields!.value(at).length) + 64;
  return size;
}

const SUBPROTOCOL = 'sec-websocket-protocol';
const MAX_OCTETS = 256;
/** Of evidence the beginning is shown. */
const MAX_SEEN_LENGTH = 1000;
/** Longer than any address, with a port and a zone. */
const MAX_HOP_LENGTH = 100;

/** A name that has come, and values of it that hold no secret. */
interface Known {
  readonly name: string;
  readonly values: Map<string, string>;
}

/** Peers choose both: so many are known, and when there are more all are learned again. */
const MAX_NAMES = 200;
const MAX_VALUES = 50;
const MAX_KNOWN_LENGTH = 256;
/** Of every handshake another. */
const NEVER_TWICE: ReadonlySet<string> = new Set(['sec-websocket-key', 'sec-websocket-accept']);

const names = new Map<string, Known>();

function knownName(name: string): Known {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size >= MAX_NAMES) names.clear();
  const learned = { name: own(name), values: new Map<string, string>() };
  names.set(learned.name, learned);
  return learned;
}

function valueWithoutSecrets({ name, values }: Known, value: string): string {
  const known = values.get(value);
  if (known !== undefined) return known;
  const lower = name.toLowerCase();
  const clean = lower === SUBPROTOCOL ? marksAsTokens(redactValue(lower, value)) : redactValue(lower, value);
  if (clean !== value) return own(clean);
  const kept = own(value);
  if (NEVER_TWICE.has(lower) || kept.length > MAX_KNOWN_LENGTH) return kept;
  if (values.size >= MAX_VALUES) values.clear();
  values.set(kept, kept);
  return kept;
}

/** A part that is cut out of a text keeps all of it in memory, here a head with its secrets: this is one of another text. */
export function own(part: string): string {
  return ` ${part}`.slice(1);
}
