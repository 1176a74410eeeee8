// A certificate that a client must not trust, and servers that want one of the client. RFC 5280 §6, RFC 9525, RFC 8446 §4.3.2.
import type { TlsOptions } from 'node:tls';
import type { DiagnoseOptions } from '../../../../src/doctor/options.js';
import { certificate } from '../../../support/tls.js';
import { certificates } from './certificates.js';
import { badRequestPage, NGINX } from './nginx-page.js';
import { type Host, type Row, servers } from './row.js';
import { sound, status } from './sound.js';

/** Behind this TLS everything is right; the client trusts the authority. */
export async function behind(tls: TlsOptions, client: DiagnoseOptions['tls'] = {}): Promise<Host> {
  const host = await sound({ tls });
  return { ...host, options: { tls: { ca: certificates().ca, ...client } } };
}

const rows: readonly Row[] = [
  {
    name: 'certificate: signed by itself',
    expect: ['TLS_CERT_UNTRUSTED'],
    serve: () => sound({ tls: certificate() }),
    shows: /^\{TLSv1\.3 DEPTH_ZERO_SELF_SIGNED_CERT http\/1\.1\}HTTP\/1\.1 101 /,
  },
  {
    name: 'certificate: of an authority that nobody knows',
    expect: ['TLS_CERT_UNTRUSTED'],
    serve: () =>
      sound({ tls: { ...certificates().good, cert: certificates().good.cert + certificates().ca } }),
    shows: /^\{TLSv1\.3 SELF_SIGNED_CERT_IN_CHAIN /,
  },
  {
    name: 'certificate: expired',
    expect: ['TLS_CERT_EXPIRED'],
    serve: () => behind(certificates().expired),
    shows: /^\{TLSv1\.3 CERT_HAS_EXPIRED /,
  },
  {
    name: 'certificate: expired, and the clock of the server is behind ours',
    expect: ['CLIENT_CLOCK_SKEW'],
    serve: async () => {
      const date = new Date(Date.now() - 3 * 86_400_000).toUTCString();
      const opens = (right: string) => right.replace('\r\n\r\n', `\r\nDate: ${date}\r\n\r\n`);
      const host = await sound({ tls: certificates().expired, opens });
      return { ...host, options: { tls: { ca: certificates().ca } } };
    },
    shows: /^\{TLSv1\.3 CERT_HAS_EXPIRED http\/1\.1\}HTTP\/1\.1 101 [\s\S]*\nDate: /,
  },
  {
    name: 'certificate: not valid yet',
    expect: ['TLS_CERT_NOT_YET'],
    serve: () => behind(certificates().notYet),
    shows: /^\{TLSv1\.3 CERT_NOT_YET_VALID /,
  },
  {
    name: 'certificate: for another name',
    expect: ['TLS_CERT_NAME'],
    serve: () => behind(certificates().otherName),
    shows: /^\{TLSv1\.3 ERR_TLS_CERT_ALTNAME_INVALID /,
  },
  {
    name: 'certificate: without the one above it',
    expect: ['TLS_CHAIN_INCOMPLETE'],
    serve: () => behind(certificates().withoutChain),
    shows: /^\{TLSv1\.3 UNABLE_TO_VERIFY_LEAF_SIGNATURE /,
  },
  {
    name: 'certificate: with the one above it',
    expect: [],
    serve: () => behind(certificates().withChain),
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /,
  },
  {
    name: 'certificate: revoked',
    expect: ['TLS_CERT_REVOKED'],
    serve: () => behind(certificates().revoked, { crl: certificates().revocations }),
    shows: /^\{TLSv1\.3 CERT_REVOKED /,
  },
  {
    name: 'certificate: not trusted, and then the Origin is refused',
    expect: ['TLS_CERT_UNTRUSTED', 'ORIGIN_REJECTED'],
    why: 'Both are broken: a run goes on behind a certificate, so that one run tells both.',
    options: { origin: 'https://staging.example.com' },
    serve: () => sound({ tls: certificate() }),
    shows: /^\{TLSv1\.3 DEPTH_ZERO_SELF_SIGNED_CERT http\/1\.1\}HTTP\/1\.1 403 /,
  },
  {
    name: 'client certificate: wanted in TLS 1.3',
    expect: ['TLS_CLIENT_CERT'],
    serve: () => behind({ ...certificates().good, ...WANTED, minVersion: 'TLSv1.3' }),
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}\[ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED\]$/,
  },
  {
    name: 'client certificate: wanted in TLS 1.2',
    expect: ['TLS_CLIENT_CERT'],
    serve: () => behind({ ...certificates().good, ...WANTED, maxVersion: 'TLSv1.2' }),
    shows: /^\[(EPROTO|ERR_SSL_.*ALERT.*|ECONNRESET)\]$/,
  },
  {
    name: "client certificate: nginx's page",
    expect: ['TLS_CLIENT_CERT'],
    serve: async () => {
      const refuses = () => status(400, NGINX, badRequestPage('No required SSL certificate was sent'));
      const host = await sound({
        tls: { ...certificates().good, requestCert: true, rejectUnauthorized: false },
        refuses,
      });
      return { ...host, options: { tls: { ca: certificates().ca } } };
    },
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 400 [\s\S]*No required SSL certificate was sent/,
  },
];

const WANTED = {
  requestCert: true,
  rejectUnauthorized: true,
  get ca() {
    return certificates().ca;
  },
};

export const trust = servers('certificates', rows, ['openssl']);
