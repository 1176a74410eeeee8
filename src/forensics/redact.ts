// Knows: which values of a head or URL are secrets, and how to show that one was there without showing it.
// Must not know: where the text goes. The same secret always gets the same short hash, so that two can be compared.
import { hash } from 'node:crypto';
import { isSecretName, isSecretParameter, isTokenLike, printable } from '../reason.js';

/** The mark in the place of a secret. Sixteen bits of a hash: enough to see a change, not enough to find the value. A mark stays. */
export function redacted(value: string): string {
  if (isMark.test(value)) return value;
  return `‹redacted ${hash('sha256', value).slice(0, 4)}›`;
}

const isMark = /^(?:‹redacted [\da-f]{4}›|redacted-[\da-f]{4})$/;

/** With marks that can stand in a target or among subprotocols, where a space would end what they stand in. */
export function marksAsTokens(text: string): string {
  return text.replace(/‹redacted ([\da-f]{4})›/g, 'redacted-$1');
}

const jsonWebToken = /eyJ[\w-]{8,4096}\.[\w-]+(?:\.[\w-]*)?/g;

/** A field's value, safe to print: secrets redacted, control characters escaped, at most 4096 characters. */
export function showValue(name: string, value: string): string {
  return printable(redactValue(name, value), 4096);
}

/** A field's value with its secrets redacted and nothing else changed, so that it can be compared. */
export function redactValue(name: string, value: string): string {
  return withoutSecrets(name.toLowerCase(), value);
}

function withoutSecrets(name: string, value: string): string {
  if (name === 'cookie' || name === 'set-cookie') return withoutCookieValues(name, value);
  if (name === 'authorization' || name === 'proxy-authorization') return withoutCredentials(value);
  if (name === 'sec-websocket-key' || name === 'sec-websocket-accept') return value;
  if (name === 'sec-websocket-protocol') return withoutTokens(value);
  // Its parameters begin without a separator (RFC 7239 §4).
  if (name === 'forwarded') return scrub(`;${value}`).slice(1);
  return isSecretName(name) ? redacted(value) : scrub(value);
}

function withoutCookieValues(name: string, value: string): string {
  const pairs = value.split(';');
  const isAttribute = (index: number) => name === 'set-cookie' && index > 0;
  return pairs.map((pair, index) => (isAttribute(index) ? pair : withoutCookieValue(pair))).join(';');
}

/** Without `=` it is a value that has no name (RFC 6265 §5.2; browsers send such ones). */
function withoutCookieValue(pair: string): string {
  const start = pair.indexOf('=') + 1 || pair.search(/\S|$/);
  return start === pair.length ? pair : `${pair.slice(0, start)}${redacted(pair.slice(start))}`;
}

/** The scheme stays (`Bearer`), the credentials go. */
function withoutCredentials(value: string): string {
  const match = /^([\w-]+) +(.*)$/s.exec(value);
  return match ? `${match[1]} ${redacted(match[2]!)}` : redacted(value);
}

/** A subprotocol is sometimes misused to carry a token. */
function withoutTokens(value: string): string {
  return value.replace(/[^\s,]+/g, (item) => (isTokenLike(item) ? redacted(item) : item));
}

/** Any text that may contain a URL or a token: query values with telling names, passwords in URLs, JSON Web Tokens. */
export function scrub(text: string): string {
  // Most texts have no sign of either, and of a busy server very many are looked at.
  let clean = text.includes('=') ? text.replace(PARAMETER, withoutParameter) : text;
  if (clean.includes('@')) clean = clean.replace(USER, withoutUser);
  return clean.includes('eyJ') ? clean.replace(jsonWebToken, redacted) : clean;
}

const PARAMETER = /([?&;#])([^=&;?#\s]+)=(‹redacted \w+›|[^&;#\s]*)/g;
const USER = /(\b\w+:\/\/)([^/?#\s]+)@/g;

function withoutParameter(whole: string, before: string, name: string, value: string): string {
  const isSecret = value !== '' && (isSecretParameter(decoded(name)) || isTokenLike(value));
  return isSecret ? `${before}${name}=${redacted(value)}` : whole;
}

function withoutUser(_: string, scheme: string, user: string): string {
  return `${scheme}${redacted(user)}@`;
}

/** A request target or URL, safe to print. */
export function showTarget(target: string, limit = 2048): string {
  return printable(scrub(target), limit);
}

function decoded(name: string): string {
  if (!name.includes('%')) return name;
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
