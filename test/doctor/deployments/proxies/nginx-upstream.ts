// Servers behind nginx that are not there, say nothing, hang up, or speak another protocol; and TLS on either side of nginx.
import { certificate } from '../../../support/tls.js';
import { BAD_GATEWAY } from './alike.js';
import { type NginxRow, page, right } from './nginx-lines.js';

const SECURE = 'ssl_certificate FOLDER/cert.pem; ssl_certificate_key FOLDER/key.pem;';
const trusting = () => ({ tls: { ca: certificate().ca } });

const servers: readonly NginxRow[] = [
  {
    name: 'nobody listens behind it',
    ...BAD_GATEWAY,
    lines: ({ nobody }) => right(nobody),
    shows: page(502),
  },
  {
    name: 'the server behind it hangs up',
    ...BAD_GATEWAY,
    lines: ({ closing }) => right(closing),
    shows: page(502),
  },
  {
    name: 'the server behind it resets',
    ...BAD_GATEWAY,
    lines: ({ resetting }) => right(resetting),
    shows: page(502),
  },
  {
    name: 'https to a server without TLS',
    ...BAD_GATEWAY,
    lines: ({ ws }) => right(ws).replace('http://', 'https://'),
    shows: page(502),
  },
  {
    name: 'http to a server with TLS',
    ...BAD_GATEWAY,
    lines: ({ secure }) => right(secure),
    shows: page(502),
  },
  {
    name: 'the server behind it crashes in the upgrade',
    expect: ['PROXY_UPSTREAM_RESET'],
    lines: ({ crashing }) => right(crashing),
    shows: page(502),
  },
  {
    name: 'the server behind it says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    lines: ({ silent }) => right(silent, 'proxy_read_timeout 1s;'),
    quietMs: 1_800,
    shows: page(504),
  },
  {
    name: 'SSH behind it',
    expect: ['TCP_WRONG_SERVICE'],
    lines: ({ ssh }) => right(ssh),
    shows: /^SSH-2\.0-OpenSSH/,
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    lines: ({ ws }) => right(ws, 'proxy_read_timeout 2s;'),
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
];

const tls: readonly NginxRow[] = [
  {
    name: 'ws: to a port with TLS',
    expect: ['TLS_MISSING'],
    listen: 'ssl',
    options: trusting,
    lines: ({ ws }) => `${SECURE} ${right(ws)}`,
    shows: /^HTTP\/1\.1 400 [\s\S]*The plain HTTP request was sent to HTTPS port/,
  },
  {
    name: 'wss: to a port without TLS',
    expect: ['TLS_TO_PLAIN_PORT'],
    scheme: 'wss',
    lines: ({ ws }) => right(ws),
    shows: /^\[ERR_SSL_WRONG_VERSION_NUMBER\]$/,
  },
  {
    name: 'a client certificate is wanted',
    expect: ['TLS_CLIENT_CERT'],
    scheme: 'wss',
    listen: 'ssl',
    options: trusting,
    lines: ({ ws }) => `${SECURE} ssl_client_certificate FOLDER/cert.pem; ssl_verify_client on; ${right(ws)}`,
    shows: /HTTP\/1\.1 400 [\s\S]*No required SSL certificate was sent/,
  },
  {
    name: 'HTTP/2 without RFC 8441 beside HTTP/1.1',
    expect: [],
    scheme: 'wss',
    listen: 'ssl http2',
    options: trusting,
    lines: ({ ws }) => `${SECURE} ${right(ws)}`,
    shows: /HTTP\/1\.1 101 /,
  },
  {
    name: 'HTTP/2 without TLS, and nothing else, on the port',
    expect: ['H2_ONLY'],
    listen: 'http2',
    lines: ({ ws }) => right(ws),
    shows: /^\\x00\\x00\\x12\\x04/,
  },
];

export const nginxUpstream: readonly NginxRow[] = [...servers, ...tls];
