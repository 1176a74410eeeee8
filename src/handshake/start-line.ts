// Knows: the first line of a request and of a response (RFC 9112 §3, §4), and what bytes that are no such line look
// like: TLS, SSH, mail, HTTP/2, a PROXY line.
// Must not know: field lines, or how bytes arrive.
import { type Evidence, type Refused, rejected } from '../reason.js';
import { isToken } from './fields.js';
import { isDigit } from './head.js';
import { requestReasons, responseReasons } from './rejections.js';
import { isTarget, withoutQuery } from './target.js';

export interface RequestLine {
  readonly ok: true;
  readonly method: string;
  readonly target: string;
  readonly version: string;
}

export interface StatusLine {
  readonly ok: true;
  readonly version: string;
  readonly status: number;
  readonly reason: string;
}

const REQUEST_LINE = 'GET /path HTTP/1.1';

/** `line` is without its line end; it holds no control characters. */
export function parseRequestLine(line: string): RequestLine | Refused {
  const first = line.indexOf(' ');
  const last = line.lastIndexOf(' ');
  const method = line.slice(0, Math.max(first, 0));
  // RFC 9112 §3: three parts, a version is not optional. HTTP/0.9 had none.
  if (first === last || !isVersion(line, last + 1) || last + 9 !== line.length || !isToken(method)) {
    const isOld = first > 0 && first === last;
    const unknown = isOld
      ? 'a line without an HTTP version'
      : 'a line without method, target and HTTP version';
    return refusedStart(describe(line) ?? unknown);
  }
  const target = line.slice(first + 1, last);
  const version = line.slice(last + 6);
  // RFC 9113 §3.4: the preface of HTTP/2 was chosen so that HTTP/1.1 servers refuse it.
  if (method === 'PRI' && version === '2.0') return refusedStart(describe(line)!);
  if (!isTarget(target)) return refusedTarget(withoutQuery(target));
  return { ok: true, method, target, version };
}

/** A request that cannot be one, by its first octet; `seen` ends with it and holds empty lines at most before it. */
export function refusedFirst(seen: string): Refused {
  const octet = seen.charCodeAt(seen.length - 1);
  const empty = octet === 0x0d ? 'more than two empty lines' : `${octetName(octet)} first`;
  return refusedStart(describe(seen) ?? empty);
}

/** A request whose first line holds an octet that no part of it may hold; `seen` is the line up to it. */
export function refusedOctet(seen: string, octet: number): Refused {
  const what = `${octetName(octet)} at ${seen.length - 1}`;
  const known = describe(seen);
  if (known !== undefined || octet === 0x0a || octet === 0x0d) return refusedStart(known ?? what);
  // Behind the first space and before a second one the octet stands in the target.
  const space = seen.indexOf(' ');
  return space > 0 && seen.lastIndexOf(' ') === space ? refusedTarget(what) : refusedStart(what);
}

export function refusedTarget(seen: string): Refused {
  return rejected(requestReasons.REQ_TARGET, {
    field: 'request target',
    seen,
    wanted: 'a path, percent-encoded',
  });
}

function refusedStart(seen: string): Refused {
  return rejected(requestReasons.REQ_SYNTAX, { field: 'request line', seen, wanted: REQUEST_LINE });
}

/** What other protocol starts with these characters. `undefined` when it is none of those that are met in practice. */
export function describe(start: string): string | undefined {
  if (start.startsWith('\x16')) return 'a TLS ClientHello: this port speaks plain HTTP';
  if (start.startsWith('\r\n\r\n\0')) return 'a PROXY protocol v2 header';
  if (start.startsWith('PROXY ')) return 'a PROXY protocol v1 line';
  if (start.startsWith('PRI * HTTP/2.0')) return 'the preface of HTTP/2';
  if (start.startsWith('SSH-')) return 'an SSH banner';
  if (start.startsWith('EHLO ') || start.startsWith('HELO ')) return 'an SMTP greeting';
  return undefined;
}

export function octetName(octet: number): string {
  const hex = octet.toString(16).padStart(2, '0').toUpperCase();
  if (octet === 0x0a) return 'a bare LF';
  if (octet === 0x0d) return 'a bare CR';
  return octet > 0x20 && octet < 0x7f ? `"${String.fromCharCode(octet)}"` : `octet 0x${hex}`;
}

/** `line` is without its line end and starts with `HTTP/`. */
export function parseStatusLine(line: string): StatusLine | Refused {
  const digits = isDigit(line, 9) && isDigit(line, 10) && isDigit(line, 11);
  const status = Number(line.slice(9, 12));
  // RFC 9112 §4: the reason phrase may be empty, the space before it may not be missing.
  if (!isVersion(line, 0) || line[8] !== ' ' || !digits || status < 100 || line[12] !== ' ') {
    return refusedStatusLine(line);
  }
  return { ok: true, version: line.slice(5, 8), status, reason: line.slice(13) };
}

export function refusedStatusLine(seen: string): Refused {
  return rejected(responseReasons.HTTP_STATUS_LINE, {
    field: 'status line',
    seen,
    wanted: 'HTTP/1.1 101 Switching Protocols',
  });
}

/** An answer that does not start with `HTTP/`: its first octets, at most 16, in hexadecimal. */
export function refusedNotHttp(octets: Uint8Array): Refused {
  const seen = Array.from(octets.subarray(0, 16), (octet) => octet.toString(16).padStart(2, '0')).join(' ');
  const evidence: Evidence = { field: 'first bytes', seen, wanted: 'HTTP/1.1' };
  return rejected(responseReasons.HTTP_NOT_HTTP, evidence);
}

/** RFC 9112 §2.3: exactly `HTTP/` digit `.` digit, in upper case. */
function isVersion(line: string, at: number): boolean {
  return (
    line.startsWith('HTTP/', at) && isDigit(line, at + 5) && line[at + 6] === '.' && isDigit(line, at + 7)
  );
}
