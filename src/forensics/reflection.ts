// Knows: what a reflection is: a request as it arrived at the far end, as data that travels back in a message or in the
// body of a refusal; how one is made, and how one is read, strictly, from a server that may send anything.
// Must not know: who reflects, or what differs from what was sent (`reflection-diff.ts`). No secret ever enters one.
import { isFieldValue, isToken } from '../handshake/fields.js';
import { type Carrier, type FieldLine, Fields, type RequestHead } from '../handshake/head.js';
import { redactValue, scrub } from './redact.js';

const SCHEMA = 'handfast-reflection/1';

/** The field that carries the token by which a server knows that it may reflect. It never appears in a reflection. */
export const REFLECT_FIELD = 'Handfast-Reflect';

/** A request as it arrived. Values that are secrets stand as the marks of `redact.ts`, so that equal ones stay equal. */
export interface Reflection {
  readonly schema: typeof SCHEMA;
  /** When it arrived, ISO 8601. */
  readonly time: string;
  /** The peer of TCP, such as `127.0.0.1:41234` or `[::1]:41234`: the last hop. Empty where it is not known. */
  readonly peer: string;
  /** Whether the last hop spoke TLS. */
  readonly tls: boolean;
  readonly carrier: Carrier;
  readonly method: string;
  readonly target: string;
  /** `1.1`, `1.0`, or `2`. */
  readonly version: string;
  /** `:protocol` of an extended CONNECT over HTTP/2 (RFC 8441 §4). */
  readonly protocol?: string;
  /** In the order and with the names as they came; over HTTP/2 `:authority` stands as `host`. */
  readonly fields: readonly FieldLine[];
}

/** How a request arrived. */
export interface Arrival {
  readonly time: Date;
  readonly peer: string;
  readonly tls: boolean;
}

export function reflectionOf(head: RequestHead, { time, peer, tls }: Arrival): Reflection {
  const { carrier, method, target, version, http2 } = head;
  const fields = [...head.fields].filter(([name]) => !isReflectField(name));
  return {
    schema: SCHEMA,
    time: time.toISOString(),
    peer,
    tls,
    carrier,
    method,
    target: scrub(target),
    version,
    ...(http2?.protocol !== undefined && { protocol: http2.protocol }),
    fields: fields.map(([name, value]) => [name, redactValue(name, value)]),
  };
}

export function isReflectField(name: string): boolean {
  return name.toLowerCase() === REFLECT_FIELD.toLowerCase();
}

/** The head that a reflection tells of, for whoever judges heads. */
export function headOf({ carrier, method, target, version, protocol, fields }: Reflection): RequestHead {
  const head = { carrier, method, target, version, fields: new Fields(fields) };
  if (carrier === 'h1') return head;
  const facts = { scheme: undefined, bytes: 0, otherHost: undefined, ended: false };
  return { ...head, http2: { protocol, ...facts } };
}

/** A head of 16 KiB of which JSON escapes every octet, and then some. */
const MAX_CHARACTERS = 131_072;
const MAX_FIELDS = 200;
const MAX_VALUE = 16_384;
const MAX_NAME = 256;

/**
 * The reflection that a text is, or that stands in it as the member `reflection`, as in the body of a refusal. Undefined for
 * all else: another schema, a member that is missing, too long or of another type. Its text is as the server sent it.
 */
export function readReflection(text: string): Reflection | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  const value = parsed(text);
  if (!isRecord(value)) return undefined;
  const found = Object.hasOwn(value, 'reflection') ? value.reflection : value;
  return isRecord(found) ? checked(found) : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Only what a reflection has is taken over. */
function checked(value: Readonly<Record<string, unknown>>): Reflection | undefined {
  const { schema, time, peer, tls, carrier, method, target, version, protocol, fields } = value;
  if (schema !== SCHEMA || typeof tls !== 'boolean' || (carrier !== 'h1' && carrier !== 'h2'))
    return undefined;
  if (!matches(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) || !matches(peer, /^[\w.:%[\]-]{0,100}$/))
    return undefined;
  if (!isName(method) || !isText(target) || !matches(version, /^\d(?:\.\d)?$/)) return undefined;
  if ((protocol !== undefined && !isName(protocol)) || !isFields(fields)) return undefined;
  const lines = fields.map(([name, text]): FieldLine => [name, text]);
  const common = { schema, time, peer, tls, carrier, method, target, version } as const;
  return { ...common, ...(protocol !== undefined && { protocol }), fields: lines };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function matches(value: unknown, pattern: RegExp): value is string {
  return typeof value === 'string' && pattern.test(value);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_NAME && isToken(value);
}

/** What a head can hold, and the marks of secrets. */
function isText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_VALUE && isFieldValue(value.replace(/[‹›]/g, ''));
}

function isFields(value: unknown): value is FieldLine[] {
  if (!Array.isArray(value) || value.length > MAX_FIELDS) return false;
  return value.every(
    (line) => Array.isArray(line) && line.length === 2 && isName(line[0]) && isText(line[1]),
  );
}
