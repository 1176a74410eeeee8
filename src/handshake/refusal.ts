// Knows: how a refusal is written: status and fields from the row, and a body that says why (RFC 9457, RFC 9110 §15).
// Must not know: why it is refused, or how bytes are sent.
import { sentence } from '../errors.js';
import { isSecretName, printable, type Reason, type Rejection, reasonUrl } from '../reason.js';
import { type Carrier, type FieldLine, Fields, serializeResponse } from './head.js';

export interface RefusalOptions {
  /** The request's `Accept`: decides between JSON and a line of text. */
  readonly accept?: string | undefined;
  /** False leaves out what was seen and how to fix it. Default true. */
  readonly detail?: boolean | undefined;
  /** A URI for this one occurrence, such as `urn:uuid:…`. */
  readonly instance?: string | undefined;
  /** For `Date`, which a server with a clock must send with a refusal (RFC 9110 §6.6.1). */
  readonly date?: Date | undefined;
  /** The request's method: an answer to HEAD has no body (RFC 9110 §9.3.2). */
  readonly method?: string | undefined;
  /** What the answer travels over. Default `h1`. */
  readonly carrier?: Carrier | undefined;
  /** More members of the JSON (RFC 9457 §3.2), which never replace its own. They are sent as they are. */
  readonly members?: Readonly<Record<string, unknown>> | undefined;
}

export interface RefusalAnswer {
  readonly status: number;
  /** The reason phrase. */
  readonly phrase: string;
  readonly fields: Fields;
  /** ASCII only, so that characters are octets. */
  readonly body: string;
}

/** The one answer to a request that is refused. */
export function refusal(rejection: Rejection, options: RefusalOptions = {}): RefusalAnswer {
  const { carrier = 'h1' } = options;
  const status = refusalStatus(rejection.reason, carrier);
  const isText = prefersText(options.accept ?? '');
  const body = isText ? textBody(rejection, options) : problemBody(rejection, status, options);
  const lines = ownFields(rejection, isText, body.length, options.date);
  const fields = new Fields(carrier === 'h1' ? lines : lines.filter(([name]) => !isOfConnection(name)));
  const phrase = PHRASES.get(status) ?? 'Refused';
  return { status, phrase, fields, body: options.method === 'HEAD' ? '' : body };
}

/** RFC 9110 §15.5.22: a 426 says in Upgrade what would be right, and HTTP/2 has no Upgrade: there it is a 400. */
export function refusalStatus({ status = 400 }: Reason, carrier: Carrier): number {
  return carrier === 'h2' && status === 426 ? 400 : status;
}

/** The same as text. */
export function writeRefusal(rejection: Rejection, options?: RefusalOptions): string {
  return serializeRefusal(refusal(rejection, options));
}

/** An answer over HTTP/1.1, head and body, one character an octet. */
export function serializeRefusal({ status, phrase, fields, body }: RefusalAnswer): string {
  return serializeResponse({ version: '1.1', status, reason: phrase, fields }) + body;
}

function ownFields(
  { reason, headers = {} }: Rejection,
  isText: boolean,
  length: number,
  date?: Date,
): FieldLine[] {
  const replaced = new Set(Object.keys(headers).map((name) => name.toLowerCase()));
  const lines = Object.entries(reason.headers ?? {}).filter(([name]) => !replaced.has(name.toLowerCase()));
  const fields: FieldLine[] = [...lines, ...Object.entries(headers)].filter(
    ([name]) => !OWN.has(name.toLowerCase()),
  );
  // RFC 9110 §7.8: who sends Upgrade lists it in Connection; §9.6 of RFC 9112: who closes says so.
  const hasUpgrade = fields.some(([name]) => name.toLowerCase() === 'upgrade');
  if (date) fields.push(['Date', date.toUTCString()]);
  fields.push(['Connection', hasUpgrade ? 'Upgrade, close' : 'close']);
  fields.push(['Content-Type', isText ? 'text/plain; charset=utf-8' : 'application/problem+json']);
  fields.push(['Content-Length', String(length)]);
  fields.push(['Cache-Control', 'no-store'], ['X-Content-Type-Options', 'nosniff']);
  return fields;
}

const OWN = new Set([
  'connection',
  'content-type',
  'content-length',
  'transfer-encoding',
  'cache-control',
  'x-content-type-options',
  'date',
]);

/** RFC 9113 §8.2.2: HTTP/2 has no fields that are about the connection. */
function isOfConnection(name: string): boolean {
  return OF_CONNECTION.has(name.toLowerCase());
}

const OF_CONNECTION = new Set([
  'connection',
  'upgrade',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'te',
  'http2-settings',
]);

function problemBody(rejection: Rejection, status: number, options: RefusalOptions): string {
  const { reason } = rejection;
  const brief = { type: reasonUrl(reason.code), title: reason.title, status, code: reason.code };
  const problem = options.detail === false ? brief : { ...brief, ...detailOf(rejection) };
  const own = { ...problem, instance: options.instance };
  // For people who read it, its own members stand first; twice, since they are not to be replaced.
  return ascii(JSON.stringify({ ...own, ...options.members, ...own }));
}

/** What was seen and what to do. A value that may be a secret stays out; what is undefined, JSON leaves out. */
function detailOf({ reason, evidence }: Rejection): Readonly<Record<string, string | undefined>> {
  const { field, seen, wanted } = evidence;
  const safe = seen !== undefined && field !== undefined && isSecretName(field) ? '(not shown)' : seen;
  const shown = safe === undefined ? evidence : { ...evidence, seen: safe };
  return {
    detail: sentence(reason, shown),
    fix: reason.fix,
    field: field && printable(field),
    seen: safe && printable(safe),
    wanted: wanted && printable(wanted),
    section: reason.sections[0],
  };
}

function textBody({ reason }: Rejection, { detail }: RefusalOptions): string {
  const fix = detail === false ? '' : ` ${reason.fix}`;
  return `This is a WebSocket endpoint: ${lowerFirst(reason.title)} (${reason.code}).${fix}\n`;
}

/** `Host is missing` keeps its capital, `The request …` does not. */
function lowerFirst(title: string): string {
  return /^(?:The|A|An|This|Too|Nothing|Pages) /.test(title)
    ? title[0]!.toLowerCase() + title.slice(1)
    : title;
}

/** JSON escapes for what is not ASCII: the body is the same in every charset, and one character is one octet. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** RFC 9110 §12.5.1: true when text is wanted more than JSON. Equal wishes, or none, give JSON. */
function prefersText(accept: string): boolean {
  let text = 0;
  let json = 0;
  for (const range of accept.toLowerCase().split(',', 32)) {
    const [type = '', ...parameters] = range.split(';', 8).map((part) => part.trim());
    const quality = parameters.find((parameter) => parameter.startsWith('q='));
    const weight = quality === undefined ? 1 : Number(quality.slice(2)) || 0;
    if (type === 'text/html' || type === 'text/plain' || type === 'text/*') text = Math.max(text, weight);
    else if (type === 'application/problem+json' || type === 'application/json')
      json = Math.max(json, weight);
    else if (type === '*/*' || type === 'application/*') json = Math.max(json, weight);
  }
  return text > json;
}

// RFC 9110 §15, RFC 6585: the phrases of the statuses that rows have.
const PHRASES: ReadonlyMap<number, string> = new Map([
  [400, 'Bad Request'],
  [401, 'Unauthorized'],
  [403, 'Forbidden'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [408, 'Request Timeout'],
  [413, 'Content Too Large'],
  [414, 'URI Too Long'],
  [421, 'Misdirected Request'],
  [426, 'Upgrade Required'],
  [429, 'Too Many Requests'],
  [431, 'Request Header Fields Too Large'],
  [500, 'Internal Server Error'],
  [501, 'Not Implemented'],
  [503, 'Service Unavailable'],
  [505, 'HTTP Version Not Supported'],
]);
