// One Varnish with an address and a backend for each deployment. Of itself it pipes nothing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { FORBIDDEN, NOT_FORWARDED } from './alike.js';
import { type Backends, REFLECT_TOKEN } from './backends.js';
import { type Part, type ProxySetup, proxied, type Row } from './row.js';

interface VarnishRow extends Row {
  /** Behind it. */
  readonly server: (to: Backends) => string;
  /** Whether a pipe copies Upgrade and Connection. Default true. */
  readonly copies?: false;
  /** Lines of vcl_backend_response. */
  readonly response?: string;
}

const PIPE = 'if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }';
const REQUIRED = /^HTTP\/1\.1 426 [\s\S]*\nX-Varnish: [\s\S]*\nVia: 1\.1 varnish [\s\S]*\nUpgrade Required/;
const FAILED = /^HTTP\/1\.1 503 Backend fetch failed\n[\s\S]*Guru Meditation/;
const piping = () => PIPE;
const nothing = () => '';

const rows: readonly VarnishRow[] = [
  {
    name: 'nothing wrong',
    expect: [],
    server: ({ ws }) => ws,
    lines: piping,
    shows: /^HTTP\/1\.1 101 (?![\s\S]*X-Varnish)/,
  },
  {
    name: 'no pipe',
    ...NOT_FORWARDED,
    server: ({ ws }) => ws,
    lines: nothing,
    shows: REQUIRED,
  },
  {
    name: 'pass in place of pipe',
    ...NOT_FORWARDED,
    server: ({ ws }) => ws,
    lines: () => 'return (pass);',
    shows: REQUIRED,
  },
  {
    name: 'a pipe that does not copy Upgrade and Connection',
    ...NOT_FORWARDED,
    server: ({ ws }) => ws,
    lines: piping,
    copies: false,
    shows: /^HTTP\/1\.1 426 (?![\s\S]*X-Varnish)[\s\S]*\nUpgrade Required/,
  },
  {
    name: 'no pipe, reflected',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: { reflect: REFLECT_TOKEN },
    server: ({ reflecting }) => reflecting,
    lines: nothing,
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'no pipe, and everything is kept in the cache',
    ...NOT_FORWARDED,
    findings: ['PROXY_CACHED'],
    server: ({ ws }) => ws,
    lines: nothing,
    response: 'unset beresp.http.Cache-Control; set beresp.ttl = 1h; return (deliver);',
    // Somebody has asked before.
    crowd: { everyMs: 60_000 },
    shows: /^HTTP\/1\.1 426 [\s\S]*\nX-Varnish: \d+ \d+\n/,
  },
  {
    name: 'nobody listens behind the pipe',
    expect: ['PROXY_UPSTREAM_DOWN'],
    server: ({ nobody }) => nobody,
    lines: piping,
    shows: /^\[fin\]$/,
  },
  {
    name: 'the server behind the pipe says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    server: ({ silent }) => silent,
    lines: piping,
    quietMs: 3_500,
    shows: /^\[fin\]$/,
  },
  {
    name: 'no pipe, and nobody listens',
    expect: ['PROXY_UPSTREAM_DOWN'],
    server: ({ nobody }) => nobody,
    lines: nothing,
    shows: FAILED,
  },
  {
    name: 'no pipe, and the server says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    server: ({ silent }) => silent,
    lines: nothing,
    quietMs: 1_800,
    shows: FAILED,
  },
  {
    name: 'synth 404',
    expect: ['ROUTE_PROXY_NOT_FOUND'],
    server: ({ ws }) => ws,
    lines: () => 'return (synth(404));',
    shows: /^HTTP\/1\.1 404 [\s\S]*\nX-Varnish: /,
  },
  {
    name: 'synth 403',
    ...FORBIDDEN,
    server: ({ ws }) => ws,
    lines: () => 'return (synth(403));',
    shows: /^HTTP\/1\.1 403 [\s\S]*\nX-Varnish: /,
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    server: ({ ws }) => ws,
    lines: piping,
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
];

const socket = ({ port }: Part<VarnishRow>) => `local.socket == "at${port}"`;

const backend = (part: Part<VarnishRow>, to: Backends) => {
  const [host, port] = part.row.server(to).split(':');
  return `backend to${part.port} { .host = "${host}"; .port = "${port}"; .first_byte_timeout = 1s; }`;
};

const config = (parts: ReadonlyArray<Part<VarnishRow>>, to: Backends) => `vcl 4.1;
${parts.map((part) => backend(part, to)).join('\n')}
sub vcl_recv {
  ${parts
    .map((part) => `if (${socket(part)}) { set req.backend_hint = to${part.port}; ${part.lines} }`)
    .join('\n  ')}
}
sub vcl_hash { hash_data(local.socket); }
sub vcl_pipe {
  ${parts
    .filter(({ row }) => row.copies === false)
    .map((part) => `if (${socket(part)}) { return (pipe); }`)
    .join('\n  ')}
  set bereq.http.Upgrade = req.http.Upgrade;
  set bereq.http.Connection = req.http.Connection;
}
sub vcl_backend_response {
  ${parts
    .filter(({ row }) => row.response)
    .map(({ row, port }) => `if (bereq.backend == to${port}) { ${row.response} }`)
    .join('\n  ')}
}
`;

export const varnish: ProxySetup = proxied('Varnish', 'varnish', rows, (folder, parts, to) => {
  writeFileSync(join(folder, 'default.vcl'), config(parts, to));
  return new Child(need('varnish').path, [
    ...['-F', '-j', 'none', '-n', join(folder, 'work'), '-s', 'malloc,16m', '-l', '1m'],
    ...['-f', join(folder, 'default.vcl'), '-p', 'pipe_timeout=2'],
    ...parts.flatMap(({ port }) => ['-a', `at${port}=127.0.0.1:${port}`]),
  ]);
});
