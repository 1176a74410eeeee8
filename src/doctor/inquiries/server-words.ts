// Knows: what WebSocket servers say in their own words of a request that something on the way has damaged (measured 2026-11).
// Must not know: what was sent. Only the words decide; the probes say whether they are true.
import type { Observation } from '../observation.js';
import { fieldOf } from '../reading.js';

/** What WebSocket servers say to a request without Upgrade or Connection, in their own words (measured 2026-11). */
export const MISSES_UPGRADE =
  /^Upgrade Required$|No WebSocket UPGRADE hdr|(?:empty|invalid|missing) Upgrade header|Can "?Upgrade"? only to "?WebSocket|'upgrade' token not found|'upgrade' header must contain 'websocket'|missing or invalid upgrade header/i;
/** The same of those that look at Upgrade first: whoever misses Connection has seen Upgrade. */
export const MISSES_CONNECTION =
  /No CONNECTION upgrade hdr|"Connection" must be "Upgrade"|'connection' header must contain 'Upgrade'/i;

/** And of those that look at Connection first: they cannot say whether Upgrade is still there. */
export const MISSES_EITHER =
  /(?:empty|invalid|missing) Connection header|Connection header "[^"]*" does not contain/i;

/** What a port of TLS says to somebody who does not speak it: nginx, Apache, Go; the last one to a client without a certificate. */
export const TLS_ONLY =
  /plain HTTP request was sent to HTTPS port|speaking plain HTTP to an SSL-enabled server port|sent an HTTP request to an HTTPS server|No required SSL certificate was sent/;

/** Servers that say nothing but the status, such as ws. */
export const WORDLESS = /^(?:Bad Request)?$/;

/** What a server says of a request that lost something on the way, though it left us whole. */
export function damage(words: string): readonly [code: string, detail: string] | undefined {
  if (MISSES_CONNECTION.test(words))
    return ['PROXY_CONNECTION_LOST', 'The server misses Connection: Upgrade, which we sent.'];
  if (MISSES_EITHER.test(words))
    return [
      'PROXY_CONNECTION_LOST',
      'The server tells our handshake from a plain request, so Upgrade reaches it; Connection: Upgrade does not.',
    ];
  if (MISSES_UPGRADE.test(words))
    return ['PROXY_UPGRADE_STRIPPED', 'The server misses Upgrade, which we sent.'];
  if (
    /invalid Sec-WebSocket-Key|Sec-WebSocket-Key.*(?:missing|invalid)|missing.*Sec-WebSocket-Key/i.test(words)
  ) {
    return ['PROXY_HEADER_DROPPED', 'The server misses Sec-WebSocket-Key, which we sent.'];
  }
  if (
    /invalid Sec-WebSocket-Version|Sec-WebSocket-Version.*(?:missing|invalid)|missing.*Sec-WebSocket-Version/i.test(
      words,
    )
  ) {
    return ['PROXY_HEADER_DROPPED', 'The server misses Sec-WebSocket-Version, which we sent.'];
  }
  if (
    /did not receive a valid HTTP request|must be at least HTTP\/1\.1|unsupported protocol.*HTTP\/1\.0/i.test(
      words,
    )
  ) {
    return ['PROXY_HTTP10_UPSTREAM', 'The server was asked over HTTP/1.0, and we spoke HTTP/1.1.'];
  }
  return undefined;
}

export function versionsOf(seen: Observation): string | undefined {
  const value = fieldOf(seen, 'sec-websocket-version');
  return value === undefined ? undefined : `Sec-WebSocket-Version: ${value}`;
}
