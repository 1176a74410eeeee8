// Knows: which URLs a WebSocket can have, where a redirect may lead, and how a URL is shown (RFC 6455 §3, WHATWG's rule that
// http means ws). Must not know: how it is reached.
import { parseHost, SyntaxFault } from '../handshake/fields.js';
import type { ResponseHead } from '../handshake/head.js';
import { statusReasons } from '../handshake/rejections.js';
import { withoutQuery } from '../handshake/target.js';
import { accepted, type Refused, rejected, type Verdict } from '../reason.js';
import { FAILURES } from '../transport/failures.js';

const SCHEMES: Readonly<Record<string, string>> = {
  'ws:': 'ws:',
  'wss:': 'wss:',
  'http:': 'ws:',
  'https:': 'wss:',
};

/** The URL with `ws` or `wss`, or why there is none. */
export function judgeUrl(input: string | URL): Verdict<URL> {
  const text = String(input);
  if (!URL.canParse(text))
    return refusedUrl(FAILURES.URL_SYNTAX, shownUrl(text), 'ws://host/path or wss://host/path');
  const url = new URL(text);
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined) return refusedUrl(FAILURES.URL_SCHEME, url.protocol, 'ws: or wss:');
  // RFC 6455 §3: no fragment, not even an empty one.
  if (url.href.includes('#')) return refusedUrl(FAILURES.URL_FRAGMENT, '#…', 'a URL without #');
  if (url.username !== '' || url.password !== '') {
    return refusedUrl(FAILURES.URL_USERINFO, 'user information', 'a header field');
  }
  url.protocol = scheme;
  if (parseHost(url.host) instanceof SyntaxFault)
    return refusedUrl(FAILURES.URL_SYNTAX, url.host, 'a host name');
  return accepted(url);
}

function refusedUrl(reason: (typeof FAILURES)[keyof typeof FAILURES], seen: string, wanted: string): Refused {
  return rejected(reason, { field: 'URL', seen, wanted });
}

/** As it may stand in an error or a log: no user information, nothing of the query. */
export function shownUrl(url: string | URL): string {
  return withoutQuery(String(url).replace(/\/\/[^/?#]*@/, '//…@'));
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Where an answer leads, if it is a redirect that says so. */
export function locationOf(head: ResponseHead): string | undefined {
  return REDIRECTS.has(head.status) ? head.fields.get('location') : undefined;
}

/** RFC 6455 §4.1: a client may follow a redirect; the rules that keep it safe are ours. */
export function judgeRedirect(from: URL, location: string): Verdict<URL> {
  const refused = (wanted: string) =>
    rejected(statusReasons.ROUTE_REDIRECT, { field: 'Location', seen: shownUrl(location), wanted });
  if (!URL.canParse(location, from.href)) return refused('a URL');
  const target = new URL(location, from);
  // RFC 9110 §10.2.2: a fragment in Location is for whoever shows the page.
  target.hash = '';
  const judged = judgeUrl(target);
  if (!judged.ok) return judged;
  if (from.protocol === 'wss:' && judged.value.protocol === 'ws:')
    return refused('a redirect that keeps TLS');
  return judged;
}

/** RFC 6454 §4 for URLs of WebSockets: scheme, host and port. */
export function isSameOrigin(one: URL, other: URL): boolean {
  return one.protocol === other.protocol && one.host === other.host;
}
