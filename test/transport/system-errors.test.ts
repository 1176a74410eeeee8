// Each error that a system, a resolver or OpenSSL can give belongs to one row.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  connectFailure,
  isReset,
  isTlsError,
  nameFailure,
  tlsFailure,
} from '../../src/transport/system-errors.js';

function errorOf(code: string, more: object = {}, message = code): NodeJS.ErrnoException {
  return Object.assign(new Error(message), { code, ...more });
}

describe('names', () => {
  const rows: [string, NodeJS.ErrnoException, string][] = [
    ['DNS_NXDOMAIN', errorOf('ENOTFOUND', { errno: -3008 }), 'host.test'],
    ['DNS_NODATA', errorOf('ENOTFOUND', { errno: -3007 }), 'host.test'],
    ['DNS_NODATA', errorOf('ENODATA'), 'host.test'],
    ['DNS_FAILURE', errorOf('EAI_AGAIN'), 'host.test: EAI_AGAIN'],
    ['DNS_FAILURE', errorOf('ESERVFAIL'), 'host.test: ESERVFAIL'],
  ];
  for (const [code, error, seen] of rows) {
    test(`${error.code} ${error.errno ?? ''} is ${code}`, () => {
      const failure = nameFailure(error, 'host.test');
      assert.equal(failure.rejection.reason.code, code);
      assert.deepEqual(failure.rejection.evidence, { field: 'host', seen });
      assert.equal(failure.cause, error);
    });
  }
});

describe('connecting', () => {
  const rows: [string, string][] = [
    ['ECONNREFUSED', 'TCP_REFUSED'],
    ['ETIMEDOUT', 'TCP_TIMEOUT'],
    ['ERR_SOCKET_CONNECTION_TIMEOUT', 'TCP_TIMEOUT'],
    ['EHOSTUNREACH', 'TCP_UNREACHABLE'],
    ['ENETUNREACH', 'TCP_UNREACHABLE'],
    ['EHOSTDOWN', 'TCP_UNREACHABLE'],
    ['EADDRNOTAVAIL', 'TCP_UNREACHABLE'],
    ['EACCES', 'TCP_UNREACHABLE'],
    ['ECONNRESET', 'TCP_RESET_AFTER_ACCEPT'],
    ['EMFILE', 'TCP_FAILED'],
  ];
  for (const [code, reason] of rows) {
    test(`${code} is ${reason}`, () => {
      const { rejection } = connectFailure(errorOf(code), 'host.test:80');
      assert.equal(rejection.reason.code, reason);
      assert.equal(rejection.evidence.seen, `host.test:80 ${code}`);
    });
  }

  test('of several addresses the most telling one decides, and all are shown', () => {
    const errors = [
      errorOf('ENETUNREACH', { address: '2001:db8::1', port: 80 }),
      errorOf('ECONNREFUSED', { address: '192.0.2.1', port: 80 }),
    ];
    const { rejection } = connectFailure(new AggregateError(errors), 'host.test:80');
    assert.equal(rejection.reason.code, 'TCP_REFUSED');
    assert.equal(rejection.evidence.seen, '[2001:db8::1]:80 ENETUNREACH, 192.0.2.1:80 ECONNREFUSED');
    const slow = new AggregateError([errors[0], errorOf('ETIMEDOUT', { address: '192.0.2.1', port: 80 })]);
    assert.equal(connectFailure(slow, '').rejection.reason.code, 'TCP_TIMEOUT');
  });

  test('an AggregateError without errors, and an error without a code, still make a sentence', () => {
    assert.equal(
      connectFailure(new AggregateError([], 'all failed'), 'h:1').rejection.evidence.seen,
      'h:1 all failed',
    );
    assert.equal(connectFailure(new Error('odd'), 'h:1').rejection.reason.code, 'TCP_FAILED');
  });
});

describe('TLS', () => {
  const openssl = (name: string) =>
    errorOf(
      'EPROTO',
      { syscall: 'write' },
      `write EPROTO 40B7:error:0A00010B:SSL routines:ssl3_get_record:${name}:../ssl.c:354:\n`,
    );
  const rows: [string, Error][] = [
    ['TLS_CERT_EXPIRED', errorOf('CERT_HAS_EXPIRED')],
    ['TLS_CERT_NOT_YET', errorOf('CERT_NOT_YET_VALID')],
    ['TLS_CERT_NAME', errorOf('ERR_TLS_CERT_ALTNAME_INVALID')],
    ['TLS_CERT_UNTRUSTED', errorOf('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['TLS_CERT_UNTRUSTED', errorOf('SELF_SIGNED_CERT_IN_CHAIN')],
    ['TLS_CHAIN_INCOMPLETE', errorOf('UNABLE_TO_VERIFY_LEAF_SIGNATURE')],
    ['TLS_CHAIN_INCOMPLETE', errorOf('UNABLE_TO_GET_ISSUER_CERT_LOCALLY')],
    ['TLS_CERT_REVOKED', errorOf('CERT_REVOKED')],
    ['TLS_TO_PLAIN_PORT', openssl('wrong version number')],
    ['TLS_TO_PLAIN_PORT', errorOf('ERR_SSL_WRONG_VERSION_NUMBER')],
    ['TLS_TO_PLAIN_PORT', errorOf('ERR_SSL_PACKET_LENGTH_TOO_LONG')],
    ['TLS_SNI', openssl('tlsv1 unrecognized name')],
    ['TLS_ALPN_ONLY_H2', errorOf('ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL')],
    ['TLS_VERSION', openssl('tlsv1 alert protocol version')],
    ['TLS_VERSION', errorOf('ERR_SSL_UNSUPPORTED_PROTOCOL')],
    ['TLS_CLIENT_CERT', errorOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')],
    ['TLS_CLIENT_CERT', openssl('sslv3 alert bad certificate')],
    ['TLS_CLIENT_CERT', openssl('tlsv1 alert unknown ca')],
    // OpenSSL before and from 3.2 on.
    ['TLS_CIPHER', openssl('sslv3 alert handshake failure')],
    ['TLS_CIPHER', openssl('ssl/tls alert handshake failure')],
    ['TLS_CIPHER', errorOf('ERR_SSL_DH_KEY_TOO_SMALL')],
    ['TLS_FAILED', errorOf('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR')],
    ['TLS_FAILED', new Error('not the pinned key')],
    ['TCP_RESET_AFTER_ACCEPT', errorOf('ECONNRESET', { syscall: 'read' })],
    ['TCP_TIMEOUT', errorOf('ETIMEDOUT', { syscall: 'read' })],
  ];
  for (const [code, error] of rows) {
    test(`${error.message.trim()} is ${code}`, () => {
      assert.equal(tlsFailure(error, 'host.test').rejection.reason.code, code);
    });
  }

  test('the evidence is what OpenSSL calls it, without its addresses and line numbers', () => {
    assert.equal(
      tlsFailure(openssl('wrong version number'), '').rejection.evidence.seen,
      'wrong version number',
    );
    assert.equal(tlsFailure(errorOf('ERR_SSL_X', { reason: 'x' }), '').rejection.evidence.seen, 'x');
    assert.equal(
      tlsFailure(new Error('not the pinned key'), '').rejection.evidence.seen,
      'not the pinned key',
    );
  });

  test('a wrong name shows the names of the certificate and the one that was wanted', () => {
    const error = errorOf('ERR_TLS_CERT_ALTNAME_INVALID', { cert: { subjectaltname: 'DNS:other.test' } });
    const evidence = { field: 'certificate', seen: 'DNS:other.test', wanted: 'host.test' };
    assert.deepEqual(tlsFailure(error, 'host.test').rejection.evidence, evidence);
    const bare = tlsFailure(errorOf('ERR_TLS_CERT_ALTNAME_INVALID'), 'host.test');
    assert.equal(bare.rejection.evidence.seen, 'no subject alternative name');
  });

  test('an orderly end and a reset are told apart', () => {
    const seen = (more: object) => tlsFailure(errorOf('ECONNRESET', more), '').rejection.evidence.seen;
    assert.equal(seen({}), 'FIN');
    assert.equal(seen({ syscall: 'read' }), 'RST');
  });
});

test('what is a reset and what is an error of TLS', () => {
  assert.ok(isReset(errorOf('ECONNRESET')) && isReset(errorOf('EPIPE')));
  assert.ok(!isReset(errorOf('ETIMEDOUT')) && !isReset(undefined));
  assert.ok(
    isTlsError(errorOf('ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED')) && isTlsError(errorOf('EPROTO')),
  );
  assert.ok(!isTlsError(errorOf('ECONNRESET')));
});
