// One HAProxy with a frontend and a backend for each deployment.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { certificate } from '../../../support/tls.js';
import {
  CONNECTION_NOT_FORWARDED,
  FORBIDDEN,
  HAPROXY_DOWN,
  HAPROXY_NO_101,
  HAPROXY_NOBODY,
  HUNG_UP,
  NOT_FORWARDED,
} from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { type Part, type ProxySetup, proxied, type Row } from './row.js';

interface HaproxyRow extends Row {
  /** Behind the port in `bind`. */
  readonly bind?: string;
  /** Lines of the frontend; those of the backend are `lines`. */
  readonly front?: string;
  /** False: nothing leads to the backend. */
  readonly routed?: false;
}

const OPEN = /^HTTP\/1\.1 101 [\s\S]*\nsec-websocket-accept: /;
const REQUIRED = /^HTTP\/1\.1 426 .*\ncontent-type: [\s\S]*\nUpgrade Required/;
const SECURE = 'ssl crt both.pem alpn h2,http/1.1';
const to = (server: string, more = '') => `server app ${server} ${more}`;
const trusting = () => ({ tls: { ca: certificate().ca } });

/** The answer, and that it is a page of HAProxy itself: it has no Date. */
const page = (status: number, words: string) =>
  new RegExp(`^HTTP/1\\.[01] ${status} (?![\\s\\S]*\\ndate:)[\\s\\S]*${words}`, 'i');

const NOT_TAKEN = page(502, 'invalid or incomplete response');
const NOT_THERE = page(503, 'No server is available');

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

const servers: readonly HaproxyRow[] = [
  {
    name: 'nobody listens behind it',
    ...HAPROXY_DOWN,
    lines: ({ nobody }) => to(nobody),
    quietMs: 3_800,
    shows: NOT_THERE,
  },
  {
    name: 'TLS to a server without TLS',
    ...HAPROXY_DOWN,
    lines: ({ ws }) => to(ws, 'ssl verify none'),
    quietMs: 3_800,
    shows: NOT_THERE,
  },
  {
    name: 'maxconn of the server, used up by others',
    ...HAPROXY_DOWN,
    lines: ({ ws }) => `timeout queue 1s\n  ${to(ws, 'maxconn 1')}`,
    crowd: { open: 1 },
    quietMs: 1_800,
    shows: NOT_THERE,
  },
  {
    name: 'no server passes its check',
    ...HAPROXY_NOBODY,
    lines: ({ nobody }) => to(nobody, 'check inter 50ms fall 1 disabled'),
    shows: NOT_THERE,
  },
  {
    name: 'no rule for the path',
    ...HAPROXY_NOBODY,
    routed: false,
    lines: ({ ws }) => to(ws),
    shows: NOT_THERE,
  },
  {
    name: 'the server behind it says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    lines: ({ silent }) => `timeout server 1s\n  ${to(silent)}`,
    quietMs: 1_800,
    shows: page(504, "The server didn't respond in time"),
  },
  {
    name: 'the server behind it hangs up',
    ...HUNG_UP,
    lines: ({ closing }) => to(closing),
    shows: NOT_TAKEN,
  },
  {
    name: 'SSH behind it',
    ...HUNG_UP,
    lines: ({ ssh }) => to(ssh),
    shows: NOT_TAKEN,
  },
  {
    name: 'a server with TLS behind it, asked without',
    ...HUNG_UP,
    lines: ({ secure }) => to(secure),
    shows: NOT_TAKEN,
  },
  {
    name: 'the server behind it crashes in the upgrade',
    ...HAPROXY_NO_101,
    lines: ({ crashing }) => to(crashing),
    shows: NOT_TAKEN,
  },
  {
    name: 'a 101 without Connection',
    ...HAPROXY_NO_101,
    lines: ({ withoutConnection }) => to(withoutConnection),
    shows: NOT_TAKEN,
  },
  {
    name: 'the PROXY protocol to a server that expects none',
    expect: ['TCP_PROXY_PROTOCOL'],
    lines: ({ ws }) => to(ws, 'send-proxy'),
    shows: /^HTTP\/1\.1 400 Bad Request\n(?:connection: close\n)?(?:content-length: 0\n)?/i,
  },
];

const guards: readonly HaproxyRow[] = [
  {
    name: 'deny',
    ...FORBIDDEN,
    front: 'http-request deny',
    lines: ({ ws }) => to(ws),
    shows: page(403, 'Request forbidden by administrative rules'),
  },
  {
    name: 'deny with status 429',
    expect: ['ROUTE_RATE_LIMIT'],
    front: 'http-request deny deny_status 429',
    lines: ({ ws }) => to(ws),
    shows: page(429, 'Too Many Requests'),
  },
  {
    name: 'tarpit',
    expect: ['PROXY_WAF_BLOCK'],
    front: 'timeout tarpit 1s\n  http-request tarpit',
    lines: ({ ws }) => to(ws),
    quietMs: 1_800,
    shows: page(500, 'Internal Server Error'),
  },
  {
    name: 'a user and a password',
    expect: ['AUTH_BASIC_VIA_PROXY'],
    front: 'http-request auth realm staff unless { http_auth(staff) }',
    lines: ({ ws }) => to(ws),
    shows: page(401, 'www-authenticate: Basic realm="staff"'),
  },
  {
    name: 'reject',
    expect: ['HTTP_EMPTY_REPLY'],
    front: 'http-request reject',
    lines: ({ ws }) => to(ws),
    shows: /^\[(?:fin|rst)\]$/,
  },
  {
    name: 'silent-drop',
    expect: ['HTTP_NO_RESPONSE'],
    options: { stageMs: 1_000 },
    front: 'http-request silent-drop',
    lines: ({ ws }) => to(ws),
    shows: /^\[open\]$/,
  },
  {
    name: 'from http to https',
    expect: ['ROUTE_REDIRECT_TLS'],
    front: 'http-request redirect scheme https',
    lines: ({ ws }) => to(ws),
    shows: /^HTTP\/1\.1 302 [\s\S]*\nlocation: https:\/\/127\.0\.0\.1:\d+\/ws\n/,
  },
  {
    name: 'maxconn of the frontend, used up by others',
    expect: ['HTTP_NO_RESPONSE'],
    options: { stageMs: 1_000 },
    front: 'maxconn 1',
    lines: ({ ws }) => to(ws),
    crowd: { open: 1 },
    shows: /^\[open\]$/,
  },
  {
    name: 'a listener that expects the PROXY protocol',
    // With a line of that protocol in front, the handshake opens.
    expect: ['TCP_PROXY_PROTOCOL'],
    bind: 'accept-proxy',
    lines: ({ ws }) => to(ws),
    shows: /^\[rst\]$/,
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

const section = ({ row, port, lines }: Part<HaproxyRow>) => `
frontend front-${port}
  bind 127.0.0.1:${port} ${row.bind ?? ''}
  ${row.front ?? ''}
  ${row.routed === false ? '' : `default_backend back-${port}`}
backend back-${port}
  ${lines}
`;

const config = (parts: ReadonlyArray<Part<HaproxyRow>>) => `
userlist staff
  user ada insecure-password secret
defaults
  mode http
  timeout connect 1s
  timeout client 30s
  timeout server 30s
${parts.map(section).join('')}`;

export const haproxy: ProxySetup = proxied(
  'HAProxy',
  'haproxy',
  [...fields, ...cuts, ...servers, ...guards, ...tls],
  (folder, parts) => {
    const { key, cert } = certificate();
    writeFileSync(join(folder, 'both.pem'), cert + key);
    writeFileSync(join(folder, 'haproxy.cfg'), config(parts));
    return new Child(need('haproxy').path, ['-db', '-f', 'haproxy.cfg'], { cwd: folder });
  },
);
