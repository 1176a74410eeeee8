// Knows: which row a TLS handshake is that failed on a server, by what OpenSSL found in it or was told by an alert.
// Must not know: who tells it. A server and a client see the two sides of each failure; `system-errors.ts` has the client's.
import type { Reason, Rejection } from '../reason.js';
import { FAILURES } from './failures.js';
import { opensslName } from './system-errors.js';

// OpenSSL's names of what it found, spaces as underscores, in the order in which they are looked for.
const ARRIVALS: readonly [Reason, readonly string[]][] = [
  [
    FAILURES.TLS_MISSING,
    [
      'HTTP_REQUEST',
      'HTTPS_PROXY_REQUEST',
      'WRONG_VERSION_NUMBER',
      'PACKET_LENGTH_TOO_LONG',
      'UNEXPECTED_MESSAGE',
      'BAD_RECORD_TYPE',
    ],
  ],
  [FAILURES.TLS_VERSION, ['UNSUPPORTED_PROTOCOL', 'ALERT_PROTOCOL_VERSION', 'WRONG_SSL_VERSION']],
  [FAILURES.TLS_CIPHER, ['NO_SHARED_CIPHER', 'ALERT_HANDSHAKE_FAILURE', 'NO_SUITABLE_SIGNATURE_ALGORITHM']],
  [FAILURES.TLS_CERT_EXPIRED, ['ALERT_CERTIFICATE_EXPIRED']],
  [FAILURES.TLS_CERT_REVOKED, ['ALERT_CERTIFICATE_REVOKED']],
  [
    FAILURES.TLS_CERT_UNTRUSTED,
    ['ALERT_UNKNOWN_CA', 'ALERT_CERTIFICATE_UNKNOWN', 'ALERT_BAD_CERTIFICATE', 'ALERT_ACCESS_DENIED'],
  ],
  [FAILURES.TLS_CLIENT_CERT, ['PEER_DID_NOT_RETURN_A_CERTIFICATE', 'CERTIFICATE_VERIFY_FAILED']],
  [FAILURES.TLS_TIMEOUT, ['ERR_TLS_HANDSHAKE_TIMEOUT']],
];

/** A peer that went away in the middle: one that does not trust our certificate often does that without an alert. */
const LEFT = 'the peer left in the middle of it';

/** Why the TLS handshake of a client failed, from the server's `error`. */
export function tlsArrivalFailure(error: NodeJS.ErrnoException): Rejection {
  const { code = '' } = error;
  const text = `${code} ${error.message}`.toUpperCase().replaceAll(' ', '_');
  const known = ARRIVALS.find(([, names]) => names.some((name) => text.includes(name)));
  const seen = code === 'ECONNRESET' ? LEFT : opensslName(error, code);
  return { reason: known?.[0] ?? FAILURES.TLS_FAILED, evidence: { field: 'TLS', seen } };
}
