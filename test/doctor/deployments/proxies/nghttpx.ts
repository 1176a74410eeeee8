// One nghttpx with a path for each deployment: it chooses the server behind it by path, not by port.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { BAD_GATEWAY } from './alike.js';
import type { Backends } from './backends.js';
import { type Part, type ProxySetup, proxied, type Row } from './row.js';

interface NghttpxRow extends Row {
  readonly path: `/${string}/ws`;
  /** Further parameters of `backend`. */
  readonly parameters?: string;
}

/** The answer, and that it is a page of nghttpx itself. */
const page = (status: number) =>
  new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\nServer: nghttpx\\n[\\s\\S]*<footer>nghttpx`, 'i');

const rows: readonly NghttpxRow[] = [
  {
    name: 'nothing wrong',
    expect: [],
    path: '/right/ws',
    lines: ({ ws }) => ws,
    shows: /^HTTP\/1\.1 101 [\s\S]*\nVia: 1\.1 nghttpx\n/i,
  },
  {
    name: 'nobody listens behind it',
    ...BAD_GATEWAY,
    path: '/nobody/ws',
    lines: ({ nobody }) => nobody,
    shows: page(502),
  },
  {
    name: 'the server behind it hangs up',
    ...BAD_GATEWAY,
    path: '/closing/ws',
    lines: ({ closing }) => closing,
    shows: page(502),
  },
  {
    name: 'SSH behind it',
    ...BAD_GATEWAY,
    path: '/ssh/ws',
    lines: ({ ssh }) => ssh,
    shows: page(502),
  },
  {
    name: 'the server behind it crashes in the upgrade',
    expect: ['PROXY_UPSTREAM_RESET'],
    path: '/crashing/ws',
    lines: ({ crashing }) => crashing,
    shows: page(502),
  },
  {
    name: 'the server behind it says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    path: '/silent/ws',
    parameters: 'read-timeout=1s',
    lines: ({ silent }) => silent,
    quietMs: 1_800,
    shows: page(504),
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT'],
    path: '/idle/ws',
    parameters: 'read-timeout=2s',
    options: { idleMs: 3_000 },
    lines: ({ ws }) => ws,
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
  {
    name: 'redirect-if-not-tls',
    expect: ['ROUTE_REDIRECT_TLS'],
    path: '/secure/ws',
    parameters: 'redirect-if-not-tls',
    lines: ({ ws }) => ws,
    shows: /^HTTP\/1\.1 308 [\s\S]*\nLocation: https:\/\/127\.0\.0\.1\/secure\/ws\n/i,
  },
  {
    name: 'a cookie of 9 KB',
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    path: '/large/ws',
    options: { cookie: `session=${'a'.repeat(9_000)}` },
    lines: ({ ws }) => ws,
    shows: /^HTTP\/1\.1 431 /,
  },
];

const backend = ({ row, lines }: Part<NghttpxRow>) =>
  `backend=${lines.replace(':', ',')};${row.path.slice(0, -'ws'.length)};${row.parameters ?? ''}`.replace(
    /;$/,
    '',
  );

const config = (parts: ReadonlyArray<Part<NghttpxRow>>, to: Backends) => `
${parts.map(({ port }) => `frontend=127.0.0.1,${port};no-tls`).join('\n')}
${parts.map(backend).join('\n')}
backend=${to.ws.replace(':', ',')};/
request-header-field-buffer=8192
single-process=yes
workers=1
`;

export const nghttpx: ProxySetup = proxied('nghttpx', 'nghttpx', rows, (folder, parts, to) => {
  writeFileSync(join(folder, 'nghttpx.conf'), config(parts, to));
  return new Child(need('nghttpx').path, ['--conf=nghttpx.conf'], { cwd: folder });
});
