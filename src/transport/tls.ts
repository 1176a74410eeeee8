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
import { msSince, type Patience } from './patience.js';
import { type Failure, tlsFailure } from './system-errors.js';

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
}

/** @throws TypeError for keys, certificates and ciphers that cannot be used, before anything is dialled. */
export function prepareTls(tls: TlsOptions): PreparedTls {
  const { rejectUnauthorized, servername, checkServerIdentity, ...material } = tls;
  const checks = {
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
  tls: PreparedTls,
  patience: Patience,
  timings: Timings,
): Promise<{ readonly ok: true; readonly value: TLSSocket } | Failure> {
  return new Promise((resolve) => {
    const since = performance.now();
    const socket = start(tcp, host, tls);
    const fail = (failure: Failure) => {
      socket.destroy();
      tcp.destroy();
      resolve(failure);
    };
    const onError = (error: Error) => fail(tlsFailure(error, host));
    const onClose = () => onError(HUNG_UP);
    patience.entrust((why) =>
      fail(patience.failure(why, 'tls', FAILURES.TLS_TIMEOUT, `no TLS with ${host}`)),
    );
    socket.on('error', onError).once('close', onClose);
    socket.once('secureConnect', () => {
      timings.tlsMs = msSince(since);
      socket.off('close', onClose).off('error', onError).on('error', ignore);
      resolve({ ok: true, value: socket });
    });
  });
}

const HUNG_UP: NodeJS.ErrnoException = Object.assign(new Error('closed before TLS was set up'), {
  code: 'ECONNRESET',
});

function start(tcp: Socket, host: string, tls: PreparedTls): TLSSocket {
  // RFC 6066 §3: an address is no name, and a name has no dot at its end.
  const name = isIP(host) === 0 ? host.replace(/\.$/, '') : '';
  return connect({
    ...tls,
    socket: tcp,
    host,
    // RFC 6455 §4.1(5): the host is named to the server.
    servername: tls.servername ?? name,
    rejectUnauthorized: tls.rejectUnauthorized ?? true,
    // RFC 6455 §4.1: WebSocket is an upgrade of HTTP/1.1; a server that chose h2 would not understand it.
    ALPNProtocols: ['http/1.1'],
  });
}

function ignore(): void {}
