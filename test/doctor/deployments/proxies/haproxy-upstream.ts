// Servers behind HAProxy that are not there, have no room, say nothing, hang up, or speak another protocol.
import { HAPROXY_DOWN, HAPROXY_NO_101, HAPROXY_NOBODY, HUNG_UP } from './alike.js';
import { type HaproxyRow, page, to } from './haproxy-lines.js';

const NOT_TAKEN = page(502, 'invalid or incomplete response');
const NOT_THERE = page(503, 'No server is available');

export const haproxyUpstream: readonly HaproxyRow[] = [
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
    name: 'a 101 without Connection, and the direct way',
    expect: ['PROXY_BAD_101'],
    options: ({ to: { withoutConnection } }) => ({ direct: withoutConnection }),
    lines: ({ withoutConnection }) => to(withoutConnection),
    shows: /^HTTP\/1\.1 502 /,
  },
  {
    name: 'the PROXY protocol to a server that expects none',
    expect: ['TCP_PROXY_PROTOCOL'],
    lines: ({ ws }) => to(ws, 'send-proxy'),
    shows: /^HTTP\/1\.1 400 Bad Request\n(?:connection: close\n)?(?:content-length: 0\n)?/i,
  },
];
