// Knows: how a probe gets a line to its place: TCP, a forward proxy's tunnel, TLS that goes on without trust; what was seen on the way.
// Must not know: HTTP, or why it is asked. Nothing here throws; a stage that fails is told as trouble.
import { connect, isIP, type Socket } from 'node:net';
import {
  connect as connectTls,
  createSecureContext,
  type SecureContextOptions,
  type SecureVersion,
  type TLSSocket,
} from 'node:tls';
import type { Rejection } from '../../reason.js';
import { FAILURES } from '../../transport/failures.js';
import type { ForwardProxy } from '../../transport/forward-proxy.js';
import { Patience } from '../../transport/patience.js';
import { connectFailure, tlsFailure } from '../../transport/system-errors.js';
import { openTunnel } from '../../transport/tunnel.js';
import type { Route, StageTimes, TlsSeen, Trouble } from '../observation.js';

export interface LineOptions {
  /** For each stage. */
  readonly stageMs: number;
  readonly signal: AbortSignal;
  readonly material: SecureContextOptions;
  /** Forward proxies that a route may name. */
  readonly proxies: readonly ForwardProxy[];
  readonly alpn?: readonly string[];
  readonly maxVersion?: SecureVersion | undefined;
  readonly servername?: string | undefined;
}

/** What is known of a line, whether it came up or not. */
export interface Line {
  readonly socket?: Socket;
  readonly times: { -readonly [Stage in keyof StageTimes]: StageTimes[Stage] };
  readonly address?: string;
  readonly tunnel?: string;
  readonly tls?: TlsSeen;
  readonly trouble?: Trouble;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Opens a line. With `trouble` there is no socket; an untrusted certificate is no trouble of the line but of `tls`. */
export async function openLine(route: Route, options: LineOptions): Promise<Line> {
  const line: Mutable<Line> = { times: { totalMs: 0 } };
  const tcp =
    route.proxy === undefined
      ? await reach(route.address ?? route.host, route.port, options, line)
      : await tunnel(route, options, line);
  if (tcp === undefined || !route.secure) return line;
  await greet(tcp, route, options, line);
  return line;
}

const MAX_TUNNEL_ANSWER = 16_384;

/** TCP to the forward proxy and its tunnel to the place. */
async function tunnel(
  { proxy: name, host, address, port }: Route,
  { stageMs, signal, proxies }: LineOptions,
  line: Mutable<Line>,
): Promise<Socket | undefined> {
  const proxy = proxies.find((one) => one.name === name);
  if (proxy === undefined) throw new TypeError(`no credentials are known for the proxy ${name}`);
  const patience = new Patience(stageMs, signal);
  const opened = await openTunnel(proxy, { host: address ?? host, port }, {}, patience, line.times);
  patience.release();
  if (opened.answer !== undefined) line.tunnel = opened.answer.slice(0, MAX_TUNNEL_ANSWER);
  if (!opened.ok) {
    line.trouble = troubleOf(opened.rejection);
    return undefined;
  }
  line.address = endpoint(opened.value);
  line.socket = opened.value;
  return opened.value;
}

/** TCP alone. */
export async function reach(
  host: string,
  port: number,
  { stageMs, signal }: LineOptions,
  line: Mutable<Line>,
): Promise<Socket | undefined> {
  const since = performance.now();
  const socket = connect({ host, port, noDelay: true, autoSelectFamily: true });
  const error = await settled(socket, 'connect', stageMs, signal);
  if (error === undefined) {
    line.times.tcpMs = msSince(since);
    line.address = endpoint(socket);
    line.socket = socket;
    return socket;
  }
  socket.destroy();
  line.trouble =
    error === OVERDUE
      ? troubleOf({ reason: FAILURES.TCP_TIMEOUT, evidence: { seen: `no answer within ${stageMs} ms` } })
      : troubleOf(connectFailure(error, `${host}:${port}`).rejection, error);
  return undefined;
}

async function greet(tcp: Socket, route: Route, options: LineOptions, line: Mutable<Line>): Promise<void> {
  const { stageMs, signal, material, alpn = ['http/1.1'], maxVersion, servername } = options;
  const since = performance.now();
  const old = maxVersion !== undefined && maxVersion < 'TLSv1.2';
  const socket = connectTls({
    socket: tcp,
    host: route.host,
    servername: servername ?? (isIP(route.host) === 0 ? route.host.replace(/\.$/, '') : ''),
    ALPNProtocols: [...alpn],
    // The doctor goes on without trust and says so; nothing that it sends depends on it.
    rejectUnauthorized: false,
    secureContext: createSecureContext({
      ...material,
      ...(old && { minVersion: 'TLSv1', maxVersion, ciphers: 'DEFAULT:@SECLEVEL=0' }),
    }),
  });
  delete line.socket;
  let hasKeys = false;
  socket.once('keylog', () => {
    hasKeys = true;
  });
  const error = await settled(socket, 'secureConnect', stageMs, signal);
  if (error === undefined) {
    line.times.tlsMs = msSince(since);
    line.tls = tlsSeen(socket, route.host);
    line.socket = socket;
    return;
  }
  socket.destroy();
  tcp.destroy();
  line.trouble =
    error === OVERDUE
      ? troubleOf({ reason: FAILURES.TLS_TIMEOUT, evidence: { seen: `no TLS within ${stageMs} ms` } })
      : troubleOf(afterKeys(tlsFailure(error, route.host).rejection, hasKeys), error);
}

/**
 * RFC 5246 §7.4.6: a server of TLS 1.2 that misses our certificate says handshake_failure, as it does when no cipher fits; but then
 * there are keys already.
 */
function afterKeys({ reason, evidence }: Rejection, hasKeys: boolean): Rejection {
  const isLate = hasKeys && reason === FAILURES.TLS_CIPHER;
  return { reason: isLate ? FAILURES.TLS_CLIENT_CERT : reason, evidence };
}

const OVERDUE = new Error('overdue');

/** Undefined when the socket is ready; the error, or OVERDUE, when it will not be. */
function settled(
  socket: Socket,
  ready: 'connect' | 'secureConnect',
  limitMs: number,
  signal: AbortSignal,
): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const done = (error?: Error) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      socket.off('close', onClose).off(ready, onReady).off('error', done).on('error', ignore);
      resolve(error);
    };
    const onReady = () => done();
    const onClose = () => done(HUNG_UP);
    const onAbort = () => done(OVERDUE);
    const timer = setTimeout(() => done(OVERDUE), limitMs);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once(ready, onReady).once('close', onClose).on('error', done);
    if (signal.aborted) onAbort();
  });
}

const HUNG_UP: NodeJS.ErrnoException = Object.assign(new Error('closed before it was set up'), {
  code: 'ECONNRESET',
});

function tlsSeen(socket: TLSSocket, host: string): TlsSeen {
  const certificate = socket.getPeerCertificate(true);
  const error = socket.authorizationError as unknown as string | Error | undefined | null;
  const code = typeof error === 'string' ? error : error?.message;
  return {
    version: socket.getProtocol() ?? '',
    cipher: socket.getCipher()?.standardName ?? '',
    alpn: socket.alpnProtocol || '',
    isTrusted: socket.authorized,
    ...(!socket.authorized && code && { trouble: distrust(code, certificate, host) }),
    subject: nameOf(certificate.subject),
    issuer: nameOf(certificate.issuer),
    names: (certificate.subjectaltname ?? '')
      .split(/, /, MAX_NAMES)
      .filter(Boolean)
      .map((name) => name.slice(0, MAX_NAME)),
    notBefore: isoDate(certificate.valid_from),
    notAfter: isoDate(certificate.valid_to),
    chainLength: chainLength(certificate),
  };
}

function distrust(code: string, certificate: object, host: string): Trouble {
  const error = Object.assign(new Error(code), { code, cert: certificate });
  return troubleOf(tlsFailure(error, host).rejection, error);
}

/** Certificates are written by peers: so many names, each so long, are kept. A name of DNS has 253 characters. */
const MAX_NAMES = 20;
const MAX_NAME = 300;

function nameOf(name: { CN?: string | string[]; O?: string | string[] } | undefined): string {
  const first = (value: string | string[] | undefined) => (Array.isArray(value) ? value[0] : value);
  return (first(name?.O) ?? first(name?.CN) ?? '').slice(0, MAX_NAME);
}

function isoDate(text: string | undefined): string {
  const time = Date.parse(text ?? '');
  return Number.isNaN(time) ? '' : new Date(time).toISOString();
}

function chainLength(leaf: { issuerCertificate?: unknown }): number {
  const seen = new Set<unknown>();
  for (let at: { issuerCertificate?: unknown } | undefined = leaf; at && !seen.has(at) && seen.size < 20; ) {
    seen.add(at);
    at = at.issuerCertificate as typeof at;
  }
  return seen.size;
}

function endpoint({ remoteAddress = '', remotePort = 0 }: Socket): string {
  return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
}

const MAX_EVIDENCE = 300;

export function troubleOf({ reason, evidence }: Rejection, error?: Error): Trouble {
  const found = Object.entries({ ...evidence, ...(error !== undefined && { message: error.message }) });
  return {
    code: reason.code,
    ...Object.fromEntries(found.map(([name, text]) => [name, text.slice(0, MAX_EVIDENCE)])),
  };
}

/** Milliseconds since then, to the hundredth. */
export function msSince(since: number): number {
  return Math.round((performance.now() - since) * 100) / 100;
}

function ignore(): void {}
