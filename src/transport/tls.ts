// Knows: how a socket becomes a TLS socket of a client: what is offered, what is checked, how it fails. RFC 8446, RFC 7301, RFC 6066.
// Must not know: what travels over it. Certificates are checked unless the caller says otherwise by name.
import { isIP, type Socket } from 'node:net';
import {
  connect,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureContextOptions,
  type TLSSocket,
} from 'node:tls';
import type { Timings } from '../errors.js';
import { FAILURES } from './failures.js';
import { msSince, type Patience, type Stop } from './patience.js';
import { type Failure, tlsFailure } from './system-errors.js';
import { identityOf } from './tls-identity.js';

interface Checks {
  /** Whether the certificate is checked. Default true, whatever NODE_TLS_REJECT_UNAUTHORIZED says. */
  readonly rejectUnauthorized?: boolean;
  /** The name asked for and expected in the certificate. Default: the host of the URL. */
  readonly servername?: string;
  readonly checkServerIdentity?: (host: string, certificate: PeerCertificate) => Error | undefined;
}

/** What may be said about TLS, as for `tls.connect`. There is no `session`: none is ever used again. */
export interface TlsOptions extends SecureContextOptions, Checks {}

/** The same with keys, certificates and ciphers read, once for an attempt and its redirects. */
export interface PreparedTls extends Checks {
  readonly secureContext?: SecureContext;
  /** What was prepared, as `identityOf` has it. */
  readonly identity: string;
}

export const DEFAULT_TLS: PreparedTls = Object.freeze({ identity: '' });

/** What TLS may choose for what travels over it (RFC 7301), favourite first. */
export type Alpn = readonly ('h2' | 'http/1.1')[];

// RFC 6455 §4.1: WebSocket is an upgrade of HTTP/1.1; a server that chose h2 would not understand it.
const HTTP1_ONLY: Alpn = ['http/1.1'];

export interface SecureOptions {
  readonly tls?: PreparedTls | undefined;
  /** HTTP/1.1 alone unless given. */
  readonly alpn?: Alpn | undefined;
}

/** @throws TypeError for keys, certificates and ciphers that cannot be used, before anything is dialled. */
export function prepareTls(tls: TlsOptions): PreparedTls {
  const { rejectUnauthorized, servername, checkServerIdentity, ...material } = tls;
  const checks = {
    identity: identityOf(tls),
    ...(rejectUnauthorized !== undefined && { rejectUnauthorized }),
    ...(servername !== undefined && { servername }),
    ...(checkServerIdentity !== undefined && { checkServerIdentity }),
  };
  if (Object.keys(material).length === 0) return checks;
  try {
    return { ...checks, secureContext: createSecureContext(material) };
  } catch (error) {
    throw new TypeError(`the option tls cannot be used: ${(error as Error).message}`, { cause: error });
  }
}

/** Speaks TLS over a connected socket. On failure both are destroyed. */
export function secure(
  tcp: Socket,
  host: string,
  options: SecureOptions,
  patience: Patience,
  timings: Timings,
): Promise<{ readonly ok: true; readonly value: TLSSocket } | Failure> {
  return new Promise((resolve) => {
    const since = performance.now();
    const socket = start(tcp, host, options);
    const fail = (failure: Failure) => {
      socket.destroy();
      tcp.destroy();
      resolve(failure);
    };
    const onError = (error: Error) => fail(tlsFailure(error, host));
    const onClose = () => onError(HUNG_UP);
    patience.entrust((why) => fail(unsecured(host, patience, why)));
    socket.on('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      timings.tlsMs = msSince(since);
      socket.off('close', onClose).off('error', onError).on('error', ignore);
      resolve({ ok: true, value: socket });
    });
  });
}

/** TLS was still under way. */
export function unsecured(host: string, patience: Patience, why: Stop): Failure {
  return patience.failure(why, 'tls', FAILURES.TLS_TIMEOUT, `no TLS with ${host}`);
}

const HUNG_UP: NodeJS.ErrnoException = Object.assign(new Error('closed before TLS was set up'), {
  code: 'ECONNRESET',
});

function start(
  tcp: Socket,
  host: string,
  { tls = DEFAULT_TLS, alpn = HTTP1_ONLY }: SecureOptions,
): TLSSocket {
  // RFC 6066 §3: an address is no name, and a name has no dot at its end.
  const name = isIP(host) === 0 ? host.replace(/\.$/, '') : '';
  return connect({
    ...tls,
    socket: tcp,
    host,
    // RFC 6455 §4.1(5): the host is named to the server.
    servername: tls.servername ?? name,
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    ALPNProtocols: [...alpn],
  });
}

function ignore(): void {}
