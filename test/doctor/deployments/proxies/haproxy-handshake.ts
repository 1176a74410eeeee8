// What HAProxy does to the handshake and to the connection behind it: fields, sizes, silence, TLS and HTTP/2.
import { certificate } from '../../../support/tls.js';
import { CONNECTION_NOT_FORWARDED, NOT_FORWARDED } from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { type HaproxyRow, OPEN, page, to } from './haproxy-lines.js';

const REQUIRED = /^HTTP\/1\.1 426 .*\ncontent-type: [\s\S]*\nUpgrade Required/;
const SECURE = 'ssl crt both.pem alpn h2,http/1.1';
const trusting = () => ({ tls: { ca: certificate().ca } });

const fields: readonly HaproxyRow[] = [
  {
    name: 'nothing wrong',
    expect: [],
    lines: ({ ws }) => to(ws),
    shows: OPEN,
  },
  {
    name: 'Upgrade deleted',
    ...NOT_FORWARDED,
    front: 'http-request del-header Upgrade',
    lines: ({ ws }) => to(ws),
    shows: REQUIRED,
  },
  {
    name: 'Connection: close for every request',
    ...CONNECTION_NOT_FORWARDED,
    front: 'http-request set-header Connection close',
    lines: ({ ws }) => to(ws),
    shows: REQUIRED,
  },
  {
    name: 'Upgrade deleted, reflected',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: { reflect: REFLECT_TOKEN },
    front: 'http-request del-header Upgrade',
    lines: ({ reflecting }) => to(reflecting),
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'nothing wrong, reflected: names in lower case',
    expect: [],
    findings: ['PROXY_HEADER_CASE'],
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => to(reflecting),
    shows: OPEN,
  },
  {
    name: 'Sec-WebSocket-Key deleted, so that HAProxy makes one up',
    expect: ['RESP_ACCEPT_WRONG'],
    front: 'http-request del-header Sec-WebSocket-Key',
    lines: ({ ws }) => to(ws),
    shows: OPEN,
  },
  {
    name: 'Sec-WebSocket-Accept of the answer deleted, which HAProxy mends',
    expect: [],
    front: 'http-response del-header Sec-WebSocket-Accept',
    lines: ({ ws }) => to(ws),
    shows: /^HTTP\/1\.1 101 [\s\S]*\nSec-Websocket-Accept: /,
  },
  {
    name: 'a cookie of 18 KB',
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    options: { cookie: `session=${'a'.repeat(18_000)}` },
    lines: ({ ws }) => to(ws),
    shows: page(400, 'Your browser sent an invalid request'),
  },
];

const cuts: readonly HaproxyRow[] = [
  {
    name: 'no timeout tunnel, timeout client 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    front: 'timeout client 2s',
    lines: ({ ws }) => to(ws),
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
  {
    name: 'timeout tunnel 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    lines: ({ ws }) => `timeout tunnel 2s\n  ${to(ws)}`,
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
];

const tls: readonly HaproxyRow[] = [
  {
    name: 'ws: to a port with TLS',
    expect: ['TLS_MISSING'],
    bind: SECURE,
    options: trusting,
    lines: ({ ws }) => to(ws),
    shows: /^\[(?:fin|rst)\]$/,
  },
  {
    name: 'wss: to a port without TLS',
    expect: ['TLS_TO_PLAIN_PORT'],
    scheme: 'wss',
    lines: ({ ws }) => to(ws),
    shows: /^\[ERR_SSL_WRONG_VERSION_NUMBER\]$/,
  },
  {
    name: 'WebSockets over HTTP/2 forbidden, though announced',
    expect: [],
    findings: ['H2_CONNECT_REJECTED'],
    scheme: 'wss',
    bind: SECURE,
    options: trusting,
    front: 'http-request deny if { fc_http_major 2 }',
    lines: ({ ws }) => to(ws),
    shows: /HTTP\/1\.1 101 /,
  },
];

export const haproxyHandshake: readonly HaproxyRow[] = [...fields, ...cuts, ...tls];
