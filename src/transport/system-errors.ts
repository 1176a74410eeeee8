// Knows: which row an error of the operating system, of the resolver or of OpenSSL belongs to, by its code or alert.
// Must not know: where the error was caught. The texts of OpenSSL differ between versions; the names of its reasons do not.
import type { Evidence, Reason, Rejection } from '../reason.js';
import { FAILURES } from './failures.js';

/** A failure as a value, with the error that showed it. */
export interface Failure {
  readonly ok: false;
  readonly rejection: Rejection;
  readonly cause: unknown;
}

export function failed(reason: Reason, evidence: Evidence, cause?: unknown): Failure {
  return { ok: false, rejection: { reason, evidence }, cause };
}

/** getaddrinfo's "the name exists without an address", which Node reports as ENOTFOUND (libuv's number). */
const EAI_NODATA = -3007;

export function nameFailure(error: NodeJS.ErrnoException, host: string): Failure {
  const noData = error.code === 'ENODATA' || error.errno === EAI_NODATA;
  const unknown = error.code === 'ENOTFOUND';
  const reason = noData ? FAILURES.DNS_NODATA : unknown ? FAILURES.DNS_NXDOMAIN : FAILURES.DNS_FAILURE;
  const code = noData || unknown ? '' : `: ${codeOf(error)}`;
  return failed(reason, { field: 'host', seen: `${host}${code}` }, error);
}

// The most telling one of several addresses decides: a host that refuses is at least there.
const TCP_CODES: readonly [Reason, readonly string[]][] = [
  [FAILURES.TCP_REFUSED, ['ECONNREFUSED']],
  [FAILURES.TCP_TIMEOUT, ['ETIMEDOUT', 'ERR_SOCKET_CONNECTION_TIMEOUT']],
  [
    FAILURES.TCP_UNREACHABLE,
    ['EHOSTUNREACH', 'ENETUNREACH', 'EHOSTDOWN', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM'],
  ],
  [FAILURES.TCP_RESET_AFTER_ACCEPT, ['ECONNRESET']],
];

/** The other side has ended the connection under our hands. */
export function isReset(error: unknown): boolean {
  return ['ECONNRESET', 'EPIPE', 'ECONNABORTED'].includes(codeOf(error));
}

/** `error` is an AggregateError when several addresses were tried. */
export function connectFailure(error: Error, where: string): Failure {
  const errors = error instanceof AggregateError && error.errors.length > 0 ? error.errors : [error];
  const codes = errors.map(codeOf);
  const known = TCP_CODES.find(([, names]) => codes.some((code) => names.includes(code)));
  const seen = errors.map((each, at) => `${placeOf(each) ?? where} ${codes[at]}`).join(', ');
  return failed(known?.[0] ?? FAILURES.TCP_FAILED, { seen }, error);
}

function placeOf({ address, port }: { address?: string; port?: number }): string | undefined {
  if (address === undefined) return undefined;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

const CERTIFICATE_CODES: ReadonlyMap<string, Reason> = new Map([
  ['CERT_HAS_EXPIRED', FAILURES.TLS_CERT_EXPIRED],
  ['CERT_NOT_YET_VALID', FAILURES.TLS_CERT_NOT_YET],
  ['ERR_TLS_CERT_ALTNAME_INVALID', FAILURES.TLS_CERT_NAME],
  ['HOSTNAME_MISMATCH', FAILURES.TLS_CERT_NAME],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', FAILURES.TLS_CERT_UNTRUSTED],
  ['SELF_SIGNED_CERT_IN_CHAIN', FAILURES.TLS_CERT_UNTRUSTED],
  ['CERT_UNTRUSTED', FAILURES.TLS_CERT_UNTRUSTED],
  ['CERT_REJECTED', FAILURES.TLS_CERT_UNTRUSTED],
  ['CERT_SIGNATURE_FAILURE', FAILURES.TLS_CERT_UNTRUSTED],
  ['INVALID_CA', FAILURES.TLS_CERT_UNTRUSTED],
  ['INVALID_PURPOSE', FAILURES.TLS_CERT_UNTRUSTED],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', FAILURES.TLS_CHAIN_INCOMPLETE],
  ['UNABLE_TO_GET_ISSUER_CERT', FAILURES.TLS_CHAIN_INCOMPLETE],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', FAILURES.TLS_CHAIN_INCOMPLETE],
  ['CERT_REVOKED', FAILURES.TLS_CERT_REVOKED],
]);

// OpenSSL's names of what it found or was told by an alert, spaces as underscores, in the order in which they are looked for.
const TLS_REASONS: readonly [Reason, readonly string[]][] = [
  [
    FAILURES.TLS_TO_PLAIN_PORT,
    [
      'WRONG_VERSION_NUMBER',
      'PACKET_LENGTH_TOO_LONG',
      'UNEXPECTED_MESSAGE',
      'BAD_RECORD_TYPE',
      'HTTP_REQUEST',
    ],
  ],
  [FAILURES.TLS_SNI, ['UNRECOGNIZED_NAME']],
  [FAILURES.TLS_ALPN_ONLY_H2, ['NO_APPLICATION_PROTOCOL', 'BAD_EXTENSION_ALPN']],
  [
    FAILURES.TLS_VERSION,
    ['ALERT_PROTOCOL_VERSION', 'UNSUPPORTED_PROTOCOL', 'WRONG_SSL_VERSION', 'NO_PROTOCOLS_AVAILABLE'],
  ],
  [
    FAILURES.TLS_CLIENT_CERT,
    [
      'CERTIFICATE_REQUIRED',
      'ALERT_BAD_CERTIFICATE',
      'ALERT_UNSUPPORTED_CERTIFICATE',
      'ALERT_CERTIFICATE_REVOKED',
      'ALERT_CERTIFICATE_EXPIRED',
      'ALERT_CERTIFICATE_UNKNOWN',
      'ALERT_UNKNOWN_CA',
      'ALERT_ACCESS_DENIED',
    ],
  ],
  [
    FAILURES.TLS_CIPHER,
    [
      'ALERT_HANDSHAKE_FAILURE',
      'ALERT_INSUFFICIENT_SECURITY',
      'NO_CIPHERS_AVAILABLE',
      'NO_SHARED_CIPHER',
      'KEY_TOO_SMALL',
      'UNSAFE_LEGACY_RENEGOTIATION_DISABLED',
      'NO_SUITABLE_SIGNATURE_ALGORITHM',
      'WRONG_CIPHER_RETURNED',
    ],
  ],
];

/** True for what OpenSSL found, or was told by an alert; in TLS 1.3 some alerts come after the handshake. */
export function isTlsError(error: Error): boolean {
  const code = codeOf(error);
  return (
    code === 'EPROTO' ||
    code.startsWith('ERR_SSL_') ||
    code.startsWith('ERR_TLS_') ||
    CERTIFICATE_CODES.has(code)
  );
}

export function tlsFailure(error: Error, host: string): Failure {
  const code = codeOf(error);
  const certificate = CERTIFICATE_CODES.get(code);
  if (certificate !== undefined) return failed(certificate, certificateEvidence(error, code, host), error);
  // Node writes ECONNRESET for an orderly end as well; only a real one names the call that failed.
  const isCall = (error as NodeJS.ErrnoException).syscall !== undefined;
  if (isReset(error)) {
    const seen = isCall ? 'RST' : 'FIN';
    return failed(FAILURES.TCP_RESET_AFTER_ACCEPT, { seen, wanted: 'a TLS handshake' }, error);
  }
  if (isCall && !isTlsError(error)) return connectFailure(error, host);
  const text = `${code} ${error.message}`.toUpperCase().replaceAll(' ', '_');
  const known = TLS_REASONS.find(([, names]) => names.some((name) => text.includes(name)));
  return failed(known?.[0] ?? FAILURES.TLS_FAILED, { seen: opensslName(error, code) }, error);
}

function certificateEvidence(error: Error, code: string, host: string): Evidence {
  if (code !== 'ERR_TLS_CERT_ALTNAME_INVALID') return { field: 'certificate', seen: code };
  const names = (error as { cert?: { subjectaltname?: string } }).cert?.subjectaltname;
  return { field: 'certificate', seen: names ?? 'no subject alternative name', wanted: host };
}

/** `wrong version number` out of `40B7…:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:…`. */
export function opensslName(error: Error, code: string): string {
  const reason =
    (error as { reason?: string }).reason ?? /SSL routines:[^:]*:([^:]+)/.exec(error.message)?.[1];
  return reason ?? code;
}

function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : error instanceof Error ? error.message : String(error);
}
