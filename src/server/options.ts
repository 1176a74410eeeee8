// Knows: what a server can be told, the defaults, and how a mistake in it is named. Must not know: how any of it is done.
import type { Server as HttpServer, RequestListener } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { TlsOptions } from 'node:tls';
import type { Connection, ConnectionSettings, Handlers } from '../connection/connection.js';
import {
  CONNECTION_LIMITS,
  CONNECTION_TIMEOUTS,
  type ConnectionLimits,
  type ConnectionOptions,
  type ConnectionTimeouts,
  connectionSettings,
  HEARTBEAT,
} from '../connection/settings.js';
import { isToken, parseHost, parseOrigin, SyntaxFault } from '../handshake/fields.js';
import { HEAD_LIMITS, type HeadLimits } from '../handshake/head.js';
import type { SubprotocolPolicy } from '../handshake/negotiate.js';
import { checkKeys, fillNumbers } from '../options.js';
import type { SessionSettings } from '../transport/http2-server-session.js';
import type { Mirror } from './mirror.js';
import type { Mounted } from './mounted.js';
import type { Refusal } from './refuse.js';
import type { Register } from './register.js';
import type { HandshakeRequest } from './request.js';

export interface ServerLimits extends ConnectionLimits {
  /** Open connections in all. Default 100,000. Above: 503 (`LIMIT_CONNECTIONS`). */
  maxConnections: number;
  /** Open connections and handshakes under way of one IPv4 address or IPv6 /64. Default 100. Above: 429. */
  maxConnectionsPerAddress: number;
  /** Sockets whose handshake is not answered yet. Default 10,000. Above: 503. */
  maxPendingHandshakes: number;
  /** Handshakes of one address in a second. Default 50. Above: 429. */
  maxHandshakesPerSecond: number;
  /** A request head in all. Default 16,384 bytes. Above: 431. */
  maxHeadBytes: number;
  /** One line of a head. Default 8,192 bytes. Above: 414 for the first line, else 431. */
  maxHeadLineBytes: number;
  /** Field lines of a head. Default 100. Above: 431. */
  maxHeadFields: number;
}

export interface ServerTimeouts extends ConnectionTimeouts {
  /** From the socket to the end of the head. Default 5,000 ms. Later: 408. */
  headMs: number;
  /** From the socket to the answer, `authorize` included. Default 10,000 ms. Later: 503. */
  handshakeMs: number;
}

export type Origins =
  | 'same-origin'
  | 'any-insecure'
  | readonly string[]
  | ((origin: string, request: HandshakeRequest) => boolean);

/** What one endpoint can be told. */
export interface RouteOptions<Context = undefined>
  extends Omit<ConnectionOptions, 'limits' | 'timeouts'>,
    Handlers<Context> {
  /** Called with every connection that opened. What it throws or rejects with closes that connection with 1011. */
  onconnection?(connection: Connection<Context>, request: HandshakeRequest): void | Promise<void>;
  /**
   * Decides about a handshake: returns nothing or the connection's context to accept, `refuse(…)` to refuse. Awaited, at most until
   * `timeouts.handshakeMs`; `signal` is aborted when the peer leaves or the time is up. What it throws is answered with 500.
   */
  authorize?(
    request: HandshakeRequest,
    options: { readonly signal: AbortSignal },
  ): Context | Refusal | void | Promise<Context | Refusal | void>;
  /** Which pages may connect. Default `same-origin`: pages whose origin is the `Host` that they connect to. */
  readonly origins?: Origins;
  /** Whether clients without an Origin (mostly not browsers) may connect. Default true. */
  readonly allowMissingOrigin?: boolean;
  /** The subprotocols that are spoken here, favourite first. Default none. */
  readonly subprotocols?: SubprotocolPolicy<HandshakeRequest>;
  /** Refuses with 400 when none of the offered subprotocols is spoken here. Default false: opens without one. */
  readonly requireSubprotocol?: boolean;
  readonly limits?: Partial<ServerLimits>;
  readonly timeouts?: Partial<ServerTimeouts>;
}

export interface ServerOptions<Context = undefined> extends RouteOptions<Context> {
  /** Listens on this port by itself; 0 for any free one. Not together with `server`. */
  readonly port?: number;
  /** The address to listen on. Default 127.0.0.1. */
  readonly host?: string;
  /** Speaks TLS with this key and certificate; as for `tls.createServer`. */
  readonly tls?: TlsOptions;
  /**
   * Speaks HTTP/2 beside HTTP/1.1 on the same port: with `tls` to whom ALPN says so, without to who begins with its preface, as a proxy
   * that was told to does. A WebSocket is a stream of it then (RFC 8441). Default false.
   */
  readonly http2?: boolean;
  /** Attaches to a server of `node:http` or `node:https` instead of listening. */
  readonly server?: HttpServer | HttpsServer;
  /** Gets the plain HTTP requests that arrive on the same port. Without it they are answered with 426 or 404. */
  readonly http?: RequestListener;
  /** The only endpoint's path. Default: every path. */
  readonly path?: string;
  /** Endpoints by path, with parameters such as `/room/:id`. What they leave out they take from the server's options. */
  readonly routes?: Readonly<Record<string, RouteOptions<Context>>>;
  /** The hosts that this server answers to; another is refused with 421. Default: any. */
  readonly hosts?: readonly string[];
  /** Proxies (addresses or networks) whose `Forwarded` or `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Whether refusals say what was seen and how to fix it. Default true; false for production behind strangers. */
  readonly detail?: boolean;
  /** Tells requests that carry its token back to who sent them, for `handfast doctor --reflect`; made by `handfast/reflect`. */
  readonly reflect?: Mirror;
  /** Shows the handshakes of this server below `/.handfast/inspector/`; made by `handfast/inspector`. */
  readonly inspect?: Mounted;
}

const ROUTE_KEYS = [
  'onconnection',
  'onmessage',
  'onbytes',
  'onclose',
  'authorize',
  'origins',
  'allowMissingOrigin',
  'subprotocols',
  'requireSubprotocol',
  'limits',
  'timeouts',
  'heartbeat',
  'messages',
  'compression',
];
const SERVER_KEYS = [
  ...ROUTE_KEYS,
  'port',
  'host',
  'tls',
  'http2',
  'server',
  'http',
  'path',
  'routes',
  'hosts',
  'trustedProxies',
  'detail',
  'reflect',
  'inspect',
];

const SERVER_LIMITS: ServerLimits = {
  ...CONNECTION_LIMITS,
  maxConnections: 100_000,
  maxConnectionsPerAddress: 100,
  maxPendingHandshakes: 10_000,
  maxHandshakesPerSecond: 50,
  maxHeadBytes: HEAD_LIMITS.maxBytes,
  maxHeadLineBytes: HEAD_LIMITS.maxLineBytes,
  maxHeadFields: HEAD_LIMITS.maxFields,
};
const SERVER_TIMEOUTS: ServerTimeouts = { ...CONNECTION_TIMEOUTS, headMs: 5000, handshakeMs: 10_000 };

/** An endpoint with everything that its options leave open filled in. */
export interface Endpoint<Context> {
  readonly options: RouteOptions<Context>;
  readonly origins: Origins;
  readonly settings: ConnectionSettings;
  /** Where its connections are. */
  readonly register: Register<Context>;
}

/** Options of an endpoint over those of its server. */
export function endpointOf<Context>(
  options: RouteOptions<Context>,
  where: string,
  register: Register<Context>,
): Endpoint<Context> {
  checkRoute(options, where);
  const { onmessage, onbytes, onclose } = options;
  const handlers = {
    ...(onmessage && { onmessage }),
    ...(onbytes && { onbytes }),
    ...(onclose && { onclose }),
  } as Handlers<never>;
  return {
    options,
    origins: options.origins ?? 'same-origin',
    settings: connectionSettings(
      'server',
      {
        limits: pick(serverLimits(options.limits), CONNECTION_LIMITS),
        timeouts: pick(serverTimeouts(options.timeouts), CONNECTION_TIMEOUTS),
        ...(options.heartbeat !== undefined && { heartbeat: options.heartbeat }),
        ...(options.messages !== undefined && { messages: options.messages }),
        ...(options.compression !== undefined && { compression: options.compression }),
      },
      handlers,
      (ended) => register.remove(ended as Connection<Context>),
    ),
    register,
  };
}

/** The server's options with a route's laid over them. */
export function mergedRoute<Context>(
  server: ServerOptions<Context>,
  route: RouteOptions<Context>,
  where: string,
): RouteOptions<Context> {
  checkKeys(route, ROUTE_KEYS, where);
  const base = Object.fromEntries(Object.entries(server).filter(([key]) => ROUTE_KEYS.includes(key)));
  return {
    ...base,
    ...route,
    limits: { ...server.limits, ...route.limits },
    timeouts: { ...server.timeouts, ...route.timeouts },
  };
}

/** A whole plain request, its body included; the default of node:http. */
export const REQUEST_MS = 300_000;

export function serverLimits(given: Partial<ServerLimits> | undefined): ServerLimits {
  return fillNumbers(given, SERVER_LIMITS, 'limits');
}

export function serverTimeouts(given: Partial<ServerTimeouts> | undefined): ServerTimeouts {
  return fillNumbers(given, SERVER_TIMEOUTS, 'timeouts');
}

export function headLimits({ maxHeadBytes, maxHeadLineBytes, maxHeadFields }: ServerLimits): HeadLimits {
  return { maxBytes: maxHeadBytes, maxLineBytes: maxHeadLineBytes, maxFields: maxHeadFields };
}

/** What holds for sessions of HTTP/2. They are asked for a sign of life also where WebSockets are not. */
export function sessionSettings<Context>(options: ServerOptions<Context>): SessionSettings {
  const { headMs, stallMs } = serverTimeouts(options.timeouts);
  const heartbeat = fillNumbers(options.heartbeat || undefined, HEARTBEAT, 'heartbeat');
  const limits = headLimits(serverLimits(options.limits));
  return { limits, headMs, stallMs, requestMs: REQUEST_MS, heartbeat };
}

function pick<Group extends object>(values: Group, like: Group): Group {
  return Object.fromEntries(Object.keys(like).map((key) => [key, values[key as keyof Group]])) as Group;
}

/** Refuses options that cannot be meant. @throws TypeError that names the mistake. */
export function checkServerOptions<Context>(options: ServerOptions<Context>): void {
  checkKeys(options, SERVER_KEYS, 'createServer()');
  if (
    options.server !== undefined &&
    (options.port !== undefined || options.tls !== undefined || options.http !== undefined)
  ) {
    throw new TypeError('with `server`, that server listens and answers HTTP: leave out port, tls and http');
  }
  if (options.server === undefined && options.port === undefined) {
    throw new TypeError('give a `port` to listen on (0 for any free one) or a `server` to attach to');
  }
  if (options.path !== undefined && options.routes !== undefined)
    throw new TypeError('give `path` or `routes`, not both');
  checkHttp2(options);
  if (options.reflect !== undefined && typeof options.reflect.wants !== 'function')
    throw new TypeError('reflect takes what reflect() of handfast/reflect makes');
  if (options.inspect !== undefined && typeof options.inspect.http !== 'function')
    throw new TypeError('inspect takes what inspect() of handfast/inspector makes');
  for (const host of options.hosts ?? []) {
    if (parseHost(host) instanceof SyntaxFault)
      throw new TypeError(`hosts: ${JSON.stringify(host)} is no host`);
  }
}

function checkHttp2<Context>({ http2, server, tls }: ServerOptions<Context>): void {
  // Only the servers of node:http2 have it.
  if (server !== undefined && 'updateSettings' in server) {
    throw new TypeError(
      'server: a server of node:http2 cannot be attached to; give port, tls, http and http2: true',
    );
  }
  if (http2 === undefined || http2 === false) return;
  if (http2 !== true) throw new TypeError('http2 is true or false');
  if (server !== undefined)
    throw new TypeError('with `server`, that server decides on HTTP/2: leave out http2');
  if (tls?.ALPNProtocols !== undefined || tls?.ALPNCallback !== undefined) {
    throw new TypeError(
      'with `http2`, ALPN offers h2 and http/1.1: leave out tls.ALPNProtocols and tls.ALPNCallback',
    );
  }
}

function checkRoute<Context>(options: RouteOptions<Context>, where: string): void {
  const { origins, subprotocols } = options;
  if (Array.isArray(origins)) {
    for (const origin of origins) {
      // `*` may stand in a host by the grammar, but who writes it means a pattern, and it would match nothing.
      if (parseOrigin(origin) instanceof SyntaxFault || origin.includes('*')) {
        throw new TypeError(
          `origins in ${where}: ${JSON.stringify(origin)} is no origin; write scheme://host or scheme://host:port`,
        );
      }
    }
  } else if (
    origins !== undefined &&
    typeof origins !== 'function' &&
    !['same-origin', 'any-insecure'].includes(origins as string)
  ) {
    throw new TypeError(`origins in ${where} is 'same-origin', 'any-insecure', a list or a function`);
  }
  if (subprotocols === undefined || typeof subprotocols === 'function') return;
  const names = 'names' in subprotocols ? subprotocols.names : subprotocols;
  for (const name of names) {
    if (!isToken(name))
      throw new TypeError(`subprotocols in ${where}: ${JSON.stringify(name)} is no token (RFC 9110 §5.6.2)`);
  }
}
