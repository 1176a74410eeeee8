// Knows: the one grammar for field values: tokens, lists, quoted strings, parameters, hosts and origins
// (RFC 9110 §5.6, RFC 9112 §3.2, RFC 3986 §3.2, RFC 6454 §7, RFC 6455 §9.1). One pass by hand, no regular
// expression on a peer's input, so that time is linear whatever arrives.
// Must not know: which field a value came from, or what a wrong one leads to.

/** Classes of octets. A table is the fastest test, and the same one serves the head parser. */
export const TOKEN = 1;
export const VALUE = 2;
export const LINE = 4;
export const TARGET = 8;
const HOST = 16;
const SCHEME = 32;
export const HEX = 64;

export const CLASSES: Uint8Array = classes();

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  const add = (flag: number, characters: string) => {
    for (const character of characters) table[character.charCodeAt(0)]! |= flag;
  };
  const alphanumeric = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  // RFC 9110 §5.6.2: tchar.
  add(TOKEN, `${alphanumeric}!#$%&'*+-.^_\`|~`);
  // RFC 9110 §5.5: VCHAR, obs-text, space and tab; no other control character.
  for (let octet = 0x20; octet < 0x100; octet++) if (octet !== 0x7f) table[octet]! |= VALUE;
  add(VALUE, '\t');
  for (let octet = 0x20; octet < 0x7f; octet++) table[octet]! |= LINE;
  // RFC 9112 §3.2: a target has no fragment. Characters that RFC 3986 wants encoded but browsers send bare (`|`) pass.
  for (let octet = 0x21; octet < 0x7f; octet++) if (octet !== 0x23) table[octet]! |= TARGET;
  // RFC 3986 §3.2.2: reg-name without its percent escapes.
  add(HOST, `${alphanumeric}-._~!$&'()*+,;=`);
  add(SCHEME, `${alphanumeric}+-.`);
  add(HEX, '0123456789abcdefABCDEF');
  return table;
}

/** Where a value leaves its grammar, and what would have been right there. */
export class SyntaxFault {
  readonly position: number;
  readonly wanted: string;

  constructor(position: number, wanted: string) {
    this.position = position;
    this.wanted = wanted;
  }
}

/** More elements than this in one list field are refused: no client needs them, and each, even an empty one, costs work. */
export const MAX_ELEMENTS = 100;

const TAB = 0x09;
const SPACE = 0x20;
const QUOTE = 0x22;
const PERCENT = 0x25;
const COMMA = 0x2c;
const COLON = 0x3a;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

function is(flag: number, text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 256 && (CLASSES[code]! & flag) !== 0;
}

function run(flag: number, text: string, from: number): number {
  let at = from;
  while (at < text.length && is(flag, text, at)) at++;
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (let code = text.charCodeAt(at); code === SPACE || code === TAB; code = text.charCodeAt(at)) at++;
  return at;
}

export function isToken(text: string): boolean {
  return text.length > 0 && run(TOKEN, text, 0) === text.length;
}

/** True when `text` may stand as a field value: no control character but tab, nothing beyond one octet. */
export function isFieldValue(text: string): boolean {
  return run(VALUE, text, 0) === text.length;
}

/**
 * True when the comma-separated `list` has the element `wanted`, compared without regard to case. `wanted` is in lower
 * case. Elements that are no tokens match nothing; a longer word that contains `wanted` does not match either.
 */
export function listIncludes(list: string, wanted: string): boolean {
  for (let start = 0; start <= list.length; ) {
    const comma = list.indexOf(',', start);
    const end = comma < 0 ? list.length : comma;
    const from = skipSpace(list, start);
    const to = from + wanted.length;
    if (skipSpace(list, to) === end && standsAt(list, from, wanted)) return true;
    start = end + 1;
  }
  return false;
}

/** Whether `wanted`, which is in lower case, stands at `from`, in any case. */
function standsAt(text: string, from: number, wanted: string): boolean {
  for (let at = 0; at < wanted.length; at++) {
    const code = text.charCodeAt(from + at);
    if ((code >= 0x41 && code <= 0x5a ? code + 0x20 : code) !== wanted.charCodeAt(at)) return false;
  }
  return true;
}

/** `#token` of RFC 9110 §5.6.1: empty elements are skipped, but they count: more than 100 elements are a fault. */
export function parseTokenList(value: string): string[] | SyntaxFault {
  const tokens: string[] = [];
  let at = -1;
  let elements = 0;
  do {
    at = skipSpace(value, at + 1);
    if (++elements > MAX_ELEMENTS) return new SyntaxFault(at, `at most ${MAX_ELEMENTS} elements`);
    const end = run(TOKEN, value, at);
    if (end > at) tokens.push(value.slice(at, end));
    at = skipSpace(value, end);
  } while (value.charCodeAt(at) === COMMA);
  return at === value.length ? tokens : new SyntaxFault(at, 'a token or a comma');
}

export interface ExtensionParameter {
  readonly name: string;
  /** Undefined for a parameter without `=`. */
  readonly value: string | undefined;
}

/** One extension with its parameters in order, as offered or as answered. */
export interface ExtensionOffer {
  readonly name: string;
  readonly parameters: readonly ExtensionParameter[];
}

/** `Sec-WebSocket-Extensions` (RFC 6455 §9.1). Extensions, parameters and empty elements together may number 100. */
export function parseExtensions(value: string): ExtensionOffer[] | SyntaxFault {
  return new ExtensionReader(value).read();
}

class ExtensionReader {
  readonly #text: string;
  #at = 0;
  #elements = 0;
  #fault: SyntaxFault | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  read(): ExtensionOffer[] | SyntaxFault {
    const offers: ExtensionOffer[] = [];
    for (; ; this.#at++) {
      this.#space();
      if (this.#at < this.#text.length && this.#code() !== COMMA) {
        const offer = { name: this.#token('an extension name'), parameters: this.#parameters() };
        offers.push(offer);
      } else this.#count();
      if (this.#fault) return this.#fault;
      if (this.#at === this.#text.length) break;
      if (this.#code() !== COMMA) return new SyntaxFault(this.#at, '";" or "," or the end');
    }
    // RFC 6455 §9.1: 1#extension, so at least one.
    return offers.length > 0 ? offers : new SyntaxFault(0, 'at least one extension');
  }

  #parameters(): ExtensionParameter[] {
    const parameters: ExtensionParameter[] = [];
    while (this.#fault === undefined && this.#code() === SEMICOLON) {
      this.#at++;
      this.#space();
      parameters.push({ name: this.#token('a parameter name'), value: this.#value() });
    }
    return parameters;
  }

  #value(): string | undefined {
    if (this.#fault !== undefined || this.#code() !== EQUALS) return undefined;
    this.#at++;
    this.#space();
    if (this.#code() !== QUOTE) return this.#word('a value');
    // RFC 6455 §9.1: a quoted value must, once unescaped, be a token.
    const start = this.#at;
    const value = this.#quoted();
    if (this.#fault === undefined && !isToken(value)) this.#fail(start, 'a token between the quotes');
    this.#space();
    return value;
  }

  #token(what: string): string {
    this.#count();
    return this.#word(what);
  }

  #count(): void {
    if (++this.#elements > MAX_ELEMENTS) this.#fail(this.#at, `at most ${MAX_ELEMENTS} elements`);
  }

  /** A token and the space behind it. */
  #word(what: string): string {
    const start = this.#at;
    this.#at = run(TOKEN, this.#text, start);
    if (this.#at === start) this.#fail(start, what);
    const word = this.#text.slice(start, this.#at);
    this.#space();
    return word;
  }

  #quoted(): string {
    let text = '';
    let from = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const code = this.#code();
      if (code !== QUOTE && code !== BACKSLASH) continue;
      text += this.#text.slice(from, this.#at);
      from = ++this.#at;
      if (code === QUOTE) return text;
    }
    this.#fail(this.#text.length, 'a closing quote');
    return text;
  }

  #fail(position: number, wanted: string): void {
    this.#fault ??= new SyntaxFault(position, wanted);
  }

  #space(): void {
    this.#at = skipSpace(this.#text, this.#at);
  }

  #code(): number {
    return this.#text.charCodeAt(this.#at);
  }
}

/** The inverse of `parseExtensions`; a value that is no token is quoted. */
export function serializeExtensions(offers: readonly ExtensionOffer[]): string {
  return offers.map(serializeExtension).join(', ');
}

function serializeExtension(offer: ExtensionOffer): string {
  let text = checkedToken(offer.name);
  for (const { name, value } of offer.parameters) {
    text += `; ${checkedToken(name)}`;
    if (value !== undefined) text += `=${checkedToken(value)}`;
  }
  return text;
}

function checkedToken(text: string): string {
  if (isToken(text)) return text;
  throw new TypeError(`Not a token for an extension: ${JSON.stringify(text)}`);
}

export interface Authority {
  /** As sent, without the brackets' removal: `example.com`, `192.0.2.1` or `[::1]`. */
  readonly name: string;
  /** Undefined when none, or an empty one, was given. */
  readonly port: number | undefined;
}

const MAX_HOST_BYTES = 255;

/** `Host` (RFC 9112 §3.2): a name, an IPv4 or bracketed IPv6 address, an optional port. An empty host is a fault. */
export function parseHost(value: string): Authority | SyntaxFault {
  if (value.length > MAX_HOST_BYTES)
    return new SyntaxFault(MAX_HOST_BYTES, `at most ${MAX_HOST_BYTES} bytes`);
  const end = value.startsWith('[') ? endOfAddress(value) : endOfName(value);
  if (end === 0)
    return new SyntaxFault(0, value.startsWith('[') ? 'an IPv6 address in brackets' : 'a host name');
  if (end === value.length) return { name: value, port: undefined };
  if (value.charCodeAt(end) !== COLON)
    return new SyntaxFault(end, 'a character of a host name, or ":" and a port');
  const port = portNumber(value, end + 1);
  if (port === undefined) return new SyntaxFault(end + 1, 'a port from 0 to 65535');
  return { name: value.slice(0, end), port: port < 0 ? undefined : port };
}

function endOfName(value: string): number {
  let at = run(HOST, value, 0);
  // RFC 3986 §3.2.2: percent escapes are legal in a name, if they are escapes.
  while (value.charCodeAt(at) === PERCENT && run(HEX, value, at + 1) >= at + 3) at = run(HOST, value, at + 3);
  return at;
}

function endOfAddress(value: string): number {
  const close = value.indexOf(']');
  return close > 0 && isIPv6(value.slice(1, close)) ? close + 1 : 0;
}

/** The port from `at` to the end; -1 for an empty one, which RFC 3986 §3.2.3 allows; undefined for no port at all. */
function portNumber(value: string, at: number): number | undefined {
  let port = 0;
  for (let index = at; index < value.length; index++) {
    const digit = value.charCodeAt(index) - 0x30;
    if (digit < 0 || digit > 9) return undefined;
    port = port * 10 + digit;
    if (port > 65535) return undefined;
  }
  return at === value.length ? -1 : port;
}

/** RFC 4291 §2.2, all three forms. Zone identifiers are no part of a URI's host and are refused. */
function isIPv6(text: string): boolean {
  const halves = text.split('::');
  if (halves.length > 2) return false;
  const groups = groupsOf(halves[0]!, halves.length === 1);
  return halves.length === 1 ? groups === 8 : groups + groupsOf(halves[1]!, true) < 8;
}

/** How many 16-bit groups a run of them has; too many for any address when one of them is wrong. */
function groupsOf(text: string, mayEndInIPv4: boolean): number {
  if (text === '') return 0;
  const parts = text.split(':');
  const last = parts.at(-1)!;
  const dotted = mayEndInIPv4 && isIPv4(last);
  if (dotted) parts.pop();
  const right = parts.every(
    (part) => part.length > 0 && part.length < 5 && run(HEX, part, 0) === part.length,
  );
  return right ? parts.length + (dotted ? 2 : 0) : 99;
}

function isIPv4(text: string): boolean {
  const parts = text.split('.');
  return (
    parts.length === 4 &&
    parts.every((part) => part.length < 4 && String(Number(part)) === part && +part < 256)
  );
}

export interface Origin {
  /** In the case as sent; browsers send lower case. */
  readonly scheme: string;
  readonly name: string;
  /** The scheme's default is filled in: 80 for http, 443 for https; otherwise undefined. */
  readonly port: number | undefined;
}

/** `Origin` (RFC 6454 §7): exactly one `scheme://host[:port]`, or `null`. A path, a slash at the end or a list is a fault. */
export function parseOrigin(value: string): Origin | 'null' | SyntaxFault {
  if (value === 'null') return 'null';
  const end = run(SCHEME, value, 0);
  if (end === 0 || !value.startsWith('://', end)) return new SyntaxFault(end, 'scheme://host or null');
  const scheme = value.slice(0, end);
  const start = end + 3;
  // Pages from `file:` have an opaque origin, yet some embedded browsers write the scheme with an empty host.
  if (scheme === 'file' && start === value.length) return { scheme, name: '', port: undefined };
  const host = parseHost(value.slice(start));
  if (host instanceof SyntaxFault) return new SyntaxFault(start + host.position, host.wanted);
  return { scheme, name: host.name, port: host.port ?? defaultPort(scheme) };
}

export function defaultPort(scheme: string): number | undefined {
  if (scheme === 'https' || scheme === 'wss') return 443;
  return scheme === 'http' || scheme === 'ws' ? 80 : undefined;
}
