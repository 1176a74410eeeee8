// An endpoint for every grade. Each works, and one thing sets its grade.
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { certificate } from '../../../support/tls.js';
import { certificates } from './certificates.js';
import { type Host, type Row, servers } from './row.js';
import { converse, type Parts, sound, status } from './sound.js';
import { handfast, ws } from './stacks.js';

const HSTS = 'max-age=31536000; includeSubDomains';

/** The client trusts the authority. */
async function trusted(host: Promise<Host>): Promise<Host> {
  return { ...(await host), options: { tls: { ca: certificates().ca } } };
}

/** Everything is right but for these parts. */
const good = (parts: Parts = {}, tls: TlsOptions = {}) =>
  trusted(sound({ ...parts, tls: { ...certificates().good, ...tls } }));

/** Our own server, as it comes, on a host that says HSTS. HSTS is for names: so `localhost` in place of an address. */
async function ours(): Promise<Host> {
  const host = await handfast({
    tls: certificates().good,
    heartbeat: { intervalMs: 300 },
    http: (_request, response) => void response.writeHead(404, { 'Strict-Transport-Security': HSTS }).end(),
  });
  const options = { tls: { ca: certificates().ca }, resolve: '127.0.0.1' };
  return { ...host, url: host.url.replace('127.0.0.1', 'localhost'), options };
}

const OPENS = /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /;
const OLD = { minVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } as const;
const SESSION = 'session=4f3c2b1a';

const rows: readonly Row[] = [
  { name: 'grade A+: handfast', expect: [], grade: 'A+', serve: ours, shows: OPENS },
  { name: 'grade A: all is right, and no HSTS', expect: [], grade: 'A', serve: () => good(), shows: OPENS },
  {
    name: 'grade A-: no TLS 1.3',
    expect: [],
    grade: 'A-',
    serve: () => good({}, { maxVersion: 'TLSv1.2' }),
    shows: /^\{TLSv1\.2 trusted http\/1\.1\}HTTP\/1\.1 101 /,
  },
  {
    name: 'grade A-: version 99 gets 400',
    expect: [],
    findings: ['CONF_VERSION_STATUS'],
    grade: 'A-',
    serve: () =>
      good({
        refuses: ({ headers }) => (headers['sec-websocket-version'] === '99' ? status(400) : undefined),
      }),
    shows: OPENS,
    flips: [[{ version: '99' }, /\}HTTP\/1\.1 400 /]],
  },
  {
    name: 'grade A-: the certificate ends in five days',
    expect: [],
    findings: ['OPS_CERT_SOON'],
    grade: 'A-',
    serve: () => good({}, certificates().soon),
    shows: OPENS,
  },
  {
    name: 'grade B: ws as it comes',
    expect: [],
    findings: ['SEC_ORIGIN_UNCHECKED'],
    grade: 'B',
    serve: () => trusted(ws({}, { tls: certificates().good })),
    shows: OPENS,
    flips: [[{ origin: 'https://evil.example' }, /\}HTTP\/1\.1 101 /]],
  },
  {
    name: 'grade A-: ws as it comes, and any page may read',
    expect: [],
    findings: ['CONF_VERSION_STATUS', 'PROTO_ECHO_ANY'],
    grade: 'A-',
    options: { public: true },
    serve: () => trusted(ws({}, { tls: certificates().good })),
    shows: OPENS,
  },
  {
    name: 'grade C: TLS 1.1 is spoken too',
    expect: [],
    findings: ['SEC_TLS_OLD'],
    grade: 'C',
    serve: () => good({}, OLD),
    shows: OPENS,
  },
  {
    name: 'grade C: neither version nor key is looked at',
    expect: [],
    findings: ['CONF_VERSION_UNCHECKED', 'CONF_KEY_UNCHECKED'],
    grade: 'C',
    serve: () => good({ unchecked: ['version', 'key'] }),
    shows: OPENS,
    flips: [
      [{ version: '99' }, /\}HTTP\/1\.1 101 /],
      [{ key: null }, /\}HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'grade D: its frames are masked',
    expect: ['FRAME_MASKED_BY_SERVER'],
    grade: 'D',
    serve: () => good({ session: masked }),
    shows: /\n\n\\x81\\x85/,
  },
  {
    name: 'grade F: any page gets in as the user',
    expect: [],
    findings: ['SEC_CSWSH'],
    grade: 'F',
    options: { cookie: SESSION },
    serve: () =>
      good({
        unchecked: ['origin'],
        refuses: ({ headers }) => (headers.cookie?.includes(SESSION) ? undefined : status(401)),
      }),
    shows: OPENS,
    flips: [
      [{ origin: 'https://evil.example' }, /\}HTTP\/1\.1 101 /],
      [{ origin: 'https://evil.example', cookie: null }, /\}HTTP\/1\.1 401 /],
    ],
  },
  {
    name: 'grade T: all is right, and the certificate is signed by itself',
    expect: ['TLS_CERT_UNTRUSTED'],
    grade: 'T',
    serve: () => sound({ tls: certificate() }),
    shows: /^\{TLSv1\.3 DEPTH_ZERO_SELF_SIGNED_CERT http\/1\.1\}HTTP\/1\.1 101 /,
  },
];

function masked(socket: Duplex): void {
  socket.write(Buffer.from('81850102030469676f686e', 'hex'));
  converse(socket);
}

export const graded = servers('an endpoint for each grade', rows, ['openssl']);
