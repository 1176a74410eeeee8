// Knows: what `handfast doctor` would try next about a failure, by its code or its layer: one command, and what it changes.
// Must not know: how the doctor goes about it. A failure that needs nobody else's word has no next step.
import { shellWord } from '../forensics/shell-word.js';
import type { Layer, Reason } from '../reason.js';

const AS_A_PAGE =
  'asks the same as a page and for version 99: if all answers are alike, nobody has read Upgrade';
const OTHER_SCHEME = 'tries the other scheme on the same port';
const ORIGINS = 'sends it without Origin and with that of the server itself, and compares';
const ONLY_UPGRADES = 'asks the same as a page, to see whether only upgrades fail';

const BY_CODE: Readonly<Record<string, string>> = {
  AUTH_FORBIDDEN: `${ORIGINS}: a rule about pages looks like one about users`,
  HTTP_EMPTY_REPLY: ONLY_UPGRADES,
  HTTP_NOT_HTTP: `reads what the first octets spell, and ${OTHER_SCHEME}`,
  HTTP_NO_RESPONSE: ONLY_UPGRADES,
  HTTP_RESET: ONLY_UPGRADES,
  HTTP_TRUNCATED: ONLY_UPGRADES,
  PROXY_UPSTREAM_DOWN: ONLY_UPGRADES,
  PROXY_UPSTREAM_RESET: ONLY_UPGRADES,
  PROXY_UPSTREAM_TIMEOUT: ONLY_UPGRADES,
  RESP_ACCEPT_WRONG: 'tries the known mistakes until one gives this accept value',
  ROUTE_MISDIRECTED: 'names who answered, and which certificate was shown',
  ROUTE_REDIRECT: 'compares the place that it points to with the one that was asked for',
  ROUTE_REDIRECT_TLS: OTHER_SCHEME,
  ROUTE_SERVER_ERROR: ONLY_UPGRADES,
  TLS_MISSING: OTHER_SCHEME,
  TLS_TO_PLAIN_PORT: OTHER_SCHEME,
  // It stops at a 429, and who is asked to wait is not asked again.
  ROUTE_MAINTENANCE: '',
  ROUTE_RATE_LIMIT: '',
};

const BY_LAYER: Readonly<Partial<Record<Layer, string>>> = {
  dns: 'asks for every address of the name, of both families',
  tcp: 'tries every address of the name by itself',
  tls: 'goes on without trust, shows the certificates, and what the server says behind them',
  forward: 'tries the same past the proxy, and compares',
  h2: 'asks over HTTP/1.1 and over HTTP/2, and compares',
  http: AS_A_PAGE,
  route: AS_A_PAGE,
  proxy: AS_A_PAGE,
  request: AS_A_PAGE,
  origin: ORIGINS,
  auth: 'names who asks for credentials, the server or something in front of it',
  response: 'judges every line of the answer, and says which clients would take it',
  subprotocol: 'asks without a subprotocol, and compares',
  extension: 'asks without extensions, and compares',
};

/** What was asked, as it may be shown: without credentials, without the query. */
export interface Asked {
  readonly url: string;
  readonly origin: string | undefined;
  /** The forward proxy that was used. */
  readonly proxy: string | undefined;
}

/** One line; `''` when the doctor can say no more. */
export function nextStep({ code, layer, stage }: Reason, { url, origin, proxy }: Asked): string {
  const change = stage === 'abort' ? '' : (BY_CODE[code] ?? BY_LAYER[layer] ?? '');
  if (change === '') return '';
  // Unless told otherwise the doctor sends the origin of the server itself, which may be let in.
  const sent = origin === undefined ? '' : ` --origin ${shellWord(origin)}`;
  const through = proxy === undefined ? '' : ` --proxy ${shellWord(proxy)}`;
  return `handfast doctor ${shellWord(url)}${sent}${through} (${change})`;
}
