// Which row a TLS handshake is that failed on a server, by the names that OpenSSL 3 gives what it found or was told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tlsArrivalFailure } from '../../src/transport/tls-arrival.js';

const rows: [code: string, reason: string, row: string, seen: string][] = [
  ['ERR_SSL_HTTP_REQUEST', 'http request', 'TLS_MISSING', 'http request'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'wrong version number', 'TLS_MISSING', 'wrong version number'],
  ['ERR_SSL_UNSUPPORTED_PROTOCOL', 'unsupported protocol', 'TLS_VERSION', 'unsupported protocol'],
  ['ERR_SSL_NO_SHARED_CIPHER', 'no shared cipher', 'TLS_CIPHER', 'no shared cipher'],
  [
    'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA',
    'tlsv1 alert unknown ca',
    'TLS_CERT_UNTRUSTED',
    'tlsv1 alert unknown ca',
  ],
  [
    'ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED',
    'sslv3 alert certificate expired',
    'TLS_CERT_EXPIRED',
    'sslv3 alert certificate expired',
  ],
  [
    'ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE',
    'peer did not return a certificate',
    'TLS_CLIENT_CERT',
    'peer did not return a certificate',
  ],
  ['ERR_SSL_NO_APPLICATION_PROTOCOL', 'no application protocol', 'TLS_FAILED', 'no application protocol'],
  ['ERR_TLS_HANDSHAKE_TIMEOUT', '', 'TLS_TIMEOUT', 'ERR_TLS_HANDSHAKE_TIMEOUT'],
  ['ECONNRESET', '', 'TLS_FAILED', 'the peer left in the middle of it'],
];

for (const [code, reason, row, seen] of rows) {
  test(`${code} is ${row}`, () => {
    const message =
      reason === '' ? 'no word of OpenSSL' : `40B7:error:0A00009C:SSL routines:where:${reason}:a.c:1:`;
    const found = tlsArrivalFailure(Object.assign(new Error(message), { code }, reason && { reason }));
    assert.deepEqual([found.reason.code, found.evidence.seen, found.evidence.field], [row, seen, 'TLS']);
  });
}
