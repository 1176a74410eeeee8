// Requests that HAProxy answers itself, or never: it forbids, limits, redirects, asks who it is.
import { FORBIDDEN } from './alike.js';
import { type HaproxyRow, page, to } from './haproxy-lines.js';

export const haproxyRules: readonly HaproxyRow[] = [
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
