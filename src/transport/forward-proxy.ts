// Knows: what a forward proxy is, how its URL is read, and what of it is a secret. RFC 3986, RFC 7617, RFC 1929.
// Must not know: how a tunnel is asked for, or which proxy an environment names (`proxy-environment.ts`).
import { parseHost, SyntaxFault } from '../handshake/fields.js';
import type { Evidence } from '../reason.js';
import type { Port } from './tcp.js';

/** `socks5` looks names up here, `socks5h` lets the proxy do it. */
export type ProxyScheme = 'http' | 'https' | 'socks5' | 'socks5h';

export interface ProxyCredentials {
  readonly user: string;
  readonly password: string;
}

export interface ForwardProxy extends Port {
  readonly scheme: ProxyScheme;
  /** Never to be shown; `name` is. */
  readonly credentials: ProxyCredentials | undefined;
  /** As it may be shown, without credentials: `http://proxy.example:3128`. */
  readonly name: string;
}

const DEFAULT_PORTS: Readonly<Record<ProxyScheme, number>> = {
  http: 80,
  https: 443,
  socks5: 1080,
  socks5h: 1080,
};
/** Desktops write `socks://`; browsers read it as version 5 with names looked up by the proxy. */
const SCHEMES: ReadonlyMap<string, ProxyScheme> = new Map([
  ['http:', 'http'],
  ['https:', 'https'],
  ['socks5:', 'socks5'],
  ['socks5h:', 'socks5h'],
  ['socks:', 'socks5h'],
]);

const WANTED = 'a URL such as http://proxy.example:3128 or socks5h://127.0.0.1:1080';
/** RFC 1929 §2: one octet tells the length. */
const MOST_CREDENTIAL_BYTES = 255;

/**
 * Reads the URL of a proxy; without a scheme it is `http`. User and password in it are percent-decoded.
 * @throws TypeError for what is no such URL: it says where it was found (`source`), and nothing of its text.
 */
export function parseProxy(text: string, source = 'proxy'): ForwardProxy {
  const full = /^[a-z][a-z\d+.-]*:\/\//i.test(text) ? text : `http://${text}`;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  const scheme = SCHEMES.get(url?.protocol ?? '');
  if (url === undefined || scheme === undefined || url.hostname === '' || !isBare(url)) {
    throw new TypeError(`${source} is not ${WANTED}`);
  }
  const hostname = url.hostname.toLowerCase();
  // The grammar of hosts has escapes; names that are looked up have none.
  if (parseHost(hostname) instanceof SyntaxFault || hostname.includes('%'))
    throw new TypeError(`${source} is not ${WANTED}`);
  const port = url.port === '' ? DEFAULT_PORTS[scheme] : Number(url.port);
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
  const name = `${scheme}://${hostname}:${port}`;
  return { scheme, host, port, credentials: credentialsOf(url, scheme, source), name };
}

/** A path, query or fragment means nothing to a proxy: who writes one means something else. */
function isBare({ pathname, search, hash }: URL): boolean {
  return (pathname === '' || pathname === '/') && search === '' && hash === '';
}

function credentialsOf(url: URL, scheme: ProxyScheme, source: string): ProxyCredentials | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const user = decoded(url.username);
  const password = decoded(url.password);
  // RFC 7617 §2: no control characters, and no colon in the name, which ends it.
  const isRight = (text: string | undefined) =>
    text !== undefined && !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= MOST_CREDENTIAL_BYTES;
  const isSplit = scheme.startsWith('http') && user?.includes(':');
  if (!isRight(user) || !isRight(password) || isSplit) {
    throw new TypeError(`${source} has a user or password that cannot be sent`);
  }
  return { user: user!, password: password! };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** `user:password` as Basic sends it. */
export function basicOf({ user, password }: ProxyCredentials): string {
  return Buffer.from(`${user}:${password}`, 'utf8').toString('base64');
}

const HIDDEN = '(hidden)';
/** Shorter ones would take half of any text with them. */
const SHORTEST = 4;

/** A text of the proxy without the credentials, which it may repeat. */
export function hideCredentials(text: string, { credentials }: ForwardProxy): string {
  if (credentials === undefined) return text;
  const secrets = [basicOf(credentials), credentials.password, encodeURIComponent(credentials.password)];
  return secrets.reduce(
    (hidden, secret) => (secret.length < SHORTEST ? hidden : hidden.replaceAll(secret, HIDDEN)),
    text,
  );
}

export function hideCredentialsIn(evidence: Evidence, proxy: ForwardProxy): Evidence {
  const entries = Object.entries(evidence).map(([name, text]) => [name, hideCredentials(text, proxy)]);
  return Object.fromEntries(entries);
}
