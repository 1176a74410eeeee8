// Knows: the options of `connect`, their defaults and limits, and what they become before the first octet is sent.
// Must not know: how an attempt goes. What cannot be meant is refused by name.

import type { ConnectionSettings } from '../connection/connection.js';
import {
  CONNECTION_LIMITS,
  CONNECTION_TIMEOUTS,
  type ConnectionLimits,
  type ConnectionOptions,
  type ConnectionTimeouts,
  connectionSettings,
} from '../connection/settings.js';
import { type FieldLine, HEAD_LIMITS, type HeadLimits } from '../handshake/head.js';
import { checkKeys, checkNumber, fillNumbers } from '../options.js';
import { isSecretName } from '../reason.js';
import { type ForwardProxy, parseProxy } from '../transport/forward-proxy.js';
import { DEFAULT_TLS, type PreparedTls, prepareTls, type TlsOptions } from '../transport/tls.js';

export interface ClientLimits extends ConnectionLimits {
  /** The head of the answer in all. Default 16,384 bytes. Above: `WS_HTTP_HEAD_TOO_LARGE`. */
  maxHeadBytes: number;
  /** One line of that head. Default 8,192 bytes. */
  maxHeadLineBytes: number;
  /** Field lines of that head. Default 100. */
  maxHeadFields: number;
}

export interface ClientTimeouts extends ConnectionTimeouts {
  /** The whole attempt: DNS, TCP, TLS, the answer, and redirects. Default 10,000 ms. The error names the stage that hung. */
  connectMs: number;
}

export interface ConnectOptions extends Omit<ConnectionOptions, 'limits' | 'timeouts'> {
  /** Subprotocols to offer, favourite first. When the server selects none, the connection opens with `subprotocol` ''. */
  readonly subprotocols?: readonly string[];
  /** `Origin` to send. Default none: this is no browser. */
  readonly origin?: string;
  /** More header fields, sent in this order behind the handshake's own. */
  readonly headers?: Readonly<Record<string, string>> | readonly FieldLine[];
  /** Calls the attempt off (`WS_CLIENT_CLOSED_EARLY`). Once the connection is open it means nothing. */
  readonly signal?: AbortSignal;
  /** As for `tls.connect`, for `wss`. Certificates are checked unless `rejectUnauthorized` is false. */
  readonly tls?: TlsOptions;
  /**
   * How many redirects may be followed. Default 0, at most 5. Never from wss to ws. To another scheme, host or port go no
   * Authorization, Cookie or other header with a telling name, and no client certificate; subprotocols and `origin` do.
   */
  readonly redirects?: number;
  /**
   * A forward proxy: `http`, `https`, `socks5` (names are looked up here) or `socks5h` (by the proxy), with `user:password@` if it wants
   * them. `ws` goes through a tunnel (CONNECT) too, and a host on this machine as well. 'environment' takes what HTTPS_PROXY (for `ws`
   * HTTP_PROXY), ALL_PROXY and NO_PROXY say, and never one for this machine. Default none: a library does not read the environment by
   * itself. `tls` is for the server; of it a proxy over `https` gets what it gets at another origin (see `redirects`).
   */
  readonly proxy?: string | URL | null;
  /**
   * Over which HTTP. Default 1: it takes a round trip less, and works with every server. 'auto' (over TLS) takes HTTP/2 where ALPN
   * chooses it and the server announces RFC 8441, else HTTP/1.1; `handshake.fallback` says why. 2 insists, and over `ws` means that the
   * server is known to speak HTTP/2 without TLS. Over HTTP/2 all connections to a host and port with the same `tls` share one TCP
   * connection; 5 s after its last one it is closed.
   */
  readonly http?: 1 | 2 | 'auto';
  readonly timeouts?: Partial<ClientTimeouts>;
  readonly limits?: Partial<ClientLimits>;
}

const KEYS: readonly (keyof ConnectOptions)[] = [
  'subprotocols',
  'origin',
  'headers',
  'signal',
  'tls',
  'redirects',
  'timeouts',
  'limits',
  'heartbeat',
  'messages',
  'compression',
  'http',
  'proxy',
];

export const TLS_KEYS: readonly (keyof TlsOptions)[] = [
  'ca',
  'cert',
  'key',
  'pfx',
  'passphrase',
  'crl',
  'ciphers',
  'ecdhCurve',
  'sigalgs',
  'minVersion',
  'maxVersion',
  'secureOptions',
  'rejectUnauthorized',
  'servername',
  'checkServerIdentity',
];

/** What identifies this client, or one host, and so does not go to another one. */
const OWN_TLS_KEYS: readonly string[] = ['cert', 'key', 'pfx', 'passphrase', 'servername'];

const MOST_REDIRECTS = 5;

/** The options with everything filled in. */
export interface Plan {
  readonly subprotocols: readonly string[];
  readonly origin: string | undefined;
  readonly headers: readonly FieldLine[];
  readonly signal: AbortSignal | undefined;
  readonly tls: PreparedTls;
  /** For another origin than the URL's own, and for a proxy. */
  readonly tlsElsewhere: PreparedTls;
  readonly redirects: number;
  readonly http: 1 | 2 | 'auto';
  readonly proxy: ForwardProxy | 'environment' | undefined;
  readonly connectMs: number;
  readonly headLimits: HeadLimits;
  readonly settings: ConnectionSettings;
}

const LIMITS: ClientLimits = {
  ...CONNECTION_LIMITS,
  maxHeadBytes: HEAD_LIMITS.maxBytes,
  maxHeadLineBytes: HEAD_LIMITS.maxLineBytes,
  maxHeadFields: HEAD_LIMITS.maxFields,
};
const TIMEOUTS: ClientTimeouts = { ...CONNECTION_TIMEOUTS, connectMs: 10_000 };

/** @throws TypeError or RangeError for options that cannot be meant. */
export function planOf(options: ConnectOptions): Plan {
  checkKeys(options, KEYS, 'connect()');
  const { subprotocols = [], origin, signal, tls = {}, redirects = 0, http = 1 } = options;
  if (!Array.isArray(subprotocols) || !subprotocols.every((name) => typeof name === 'string')) {
    throw new TypeError('subprotocols is a list of strings');
  }
  if (signal !== undefined && typeof signal?.addEventListener !== 'function') {
    throw new TypeError('signal is an AbortSignal');
  }
  checkKeys(tls, TLS_KEYS, 'tls');
  if (!Number.isInteger(redirects) || redirects < 0 || redirects > MOST_REDIRECTS) {
    throw new RangeError(`redirects is a whole number from 0 to ${MOST_REDIRECTS}, not ${String(redirects)}`);
  }
  if (http !== 1 && http !== 2 && http !== 'auto') {
    throw new TypeError(`http is 1, 2 or 'auto', not ${String(http)}`);
  }
  const { maxHeadBytes, maxHeadLineBytes, maxHeadFields, ...limits } = fillNumbers(
    options.limits,
    LIMITS,
    'limits',
  );
  const { connectMs, ...timeouts } = fillNumbers(options.timeouts, TIMEOUTS, 'timeouts');
  const { heartbeat, messages, compression } = options;
  const proxy = proxyIn(options);
  return {
    subprotocols: [...subprotocols],
    origin,
    headers: linesOf(options.headers ?? []),
    signal,
    tls: prepareTls(tls),
    tlsElsewhere: redirects > 0 || proxy !== undefined ? prepareTls(impersonal(tls)) : DEFAULT_TLS,
    redirects,
    http,
    proxy,
    connectMs: checkNumber(connectMs, 'timeouts.connectMs', 1),
    headLimits: { maxBytes: maxHeadBytes, maxLineBytes: maxHeadLineBytes, maxFields: maxHeadFields },
    settings: sharedSettings({
      limits,
      timeouts,
      ...(heartbeat !== undefined && { heartbeat }),
      ...(messages !== undefined && { messages }),
      ...(compression !== undefined && { compression }),
    }),
  };
}

/** The same plan for another origin: without what only the first one may see. */
export function forAnotherOrigin(plan: Plan): Plan {
  const headers = plan.headers.filter(([name]) => !isSecretName(name));
  return { ...plan, headers, tls: plan.tlsElsewhere };
}

function proxyIn({ proxy }: ConnectOptions): Plan['proxy'] {
  if (proxy === undefined || proxy === null) return undefined;
  return proxy === 'environment' ? proxy : parseProxy(String(proxy));
}

function impersonal(tls: TlsOptions): TlsOptions {
  return Object.fromEntries(Object.entries(tls).filter(([key]) => !OWN_TLS_KEYS.includes(key)));
}

function linesOf(headers: NonNullable<ConnectOptions['headers']>): FieldLine[] {
  const lines: unknown[] = Symbol.iterator in headers ? [...headers] : Object.entries(headers);
  return lines.map((line) => {
    if (Array.isArray(line) && line.length === 2 && line.every((part) => typeof part === 'string')) {
      return [line[0], line[1]] as [string, string];
    }
    throw new TypeError('headers is an object, or a list of [name, value]; names and values are strings');
  });
}

/** Settings of clients by what they say: thousands of clients with the same options share one. */
const known = new Map<string, ConnectionSettings>();
const MOST_KNOWN = 64;

function sharedSettings(options: ConnectionOptions): ConnectionSettings {
  // With its type, since JSON has no infinite numbers, and would leave out what must be refused.
  const key = JSON.stringify(options, (_, value) =>
    typeof value === 'object' ? value : `${typeof value} ${String(value)}`,
  );
  let settings = known.get(key);
  if (settings === undefined) {
    settings = connectionSettings('client', options);
    if (known.size >= MOST_KNOWN) known.clear();
    known.set(key, settings);
  }
  return settings;
}
