// One Squid with a port for each deployment: most of them forward proxies on the client's side, one in front of a server.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SQUID } from '../../../interop/proxies/programs.js';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { NOT_FORWARDED } from './alike.js';
import { type Part, type Place, type ProxySetup, proxied, type Row } from './row.js';

interface SquidRow extends Row {
  /** Behind the port in `http_port`. */
  readonly mode?: string;
}

const through =
  (credentials = '') =>
  ({ port }: Place) => ({ proxy: `http://${credentials}127.0.0.1:${port}` });
const CONNECTED = /^HTTP\/1\.1 200 /;

const rows: readonly SquidRow[] = [
  {
    name: 'nothing wrong',
    expect: [],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through(),
    lines: () => 'http_access allow HERE',
    shows: CONNECTED,
  },
  {
    name: 'the port is not among those that may be connected to',
    expect: ['FWD_CONNECT_DENIED'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through(),
    lines: () => 'http_access deny HERE !ssl\n  http_access allow HERE',
    shows: /^HTTP\/1\.1 403 [\s\S]*\nX-Squid-Error: ERR_ACCESS_DENIED 0\n/,
  },
  {
    name: 'no credentials',
    expect: ['FWD_AUTH'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through(),
    lines: () => 'http_access allow HERE known',
    shows: /^HTTP\/1\.1 407 [\s\S]*\nProxy-Authenticate: Basic realm="staff"\n/,
  },
  {
    name: 'wrong credentials',
    expect: ['FWD_AUTH'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through('ada:wrong@'),
    lines: () => 'http_access allow HERE known',
    shows: /^HTTP\/1\.1 407 /,
  },
  {
    name: 'right credentials',
    expect: [],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: through('ada:secret@'),
    lines: () => 'http_access allow HERE known',
    shows: CONNECTED,
  },
  {
    name: 'nobody listens at the end of the tunnel',
    expect: ['FWD_CONNECT_FAILED'],
    url: ({ nobody }) => `ws://${nobody}/ws`,
    options: through(),
    lines: () => 'http_access allow HERE',
    shows: /^HTTP\/1\.1 503 [\s\S]*\nX-Squid-Error: ERR_CONNECT_FAIL 111\n/,
  },
  {
    name: 'a name that Squid does not find',
    expect: ['FWD_CONNECT_FAILED'],
    url: () => 'ws://nowhere.invalid/ws',
    options: through(),
    lines: () => 'http_access allow HERE',
    shows: /^HTTP\/1\.1 50[03] [\s\S]*\nX-Squid-Error: /,
  },
  {
    name: 'another path than that of the socket at the end of the tunnel',
    expect: ['ROUTE_NOT_FOUND'],
    url: ({ app }) => `ws://${app}/elsewhere`,
    options: through(),
    lines: () => 'http_access allow HERE',
    shows: CONNECTED,
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT', 'FWD_IDLE'],
    why: "whether the proxy on the client's side cuts or one further on, only the same run without that proxy tells",
    url: ({ ws }) => `ws://${ws}/ws`,
    options: (place) => ({ ...through()(place), idleMs: 3_500 }),
    lines: () => 'http_access allow HERE',
    shows: CONNECTED,
  },
  {
    name: 'nobody listens where the forward proxy should be',
    expect: ['FWD_UNREACHABLE'],
    url: ({ ws }) => `ws://${ws}/ws`,
    options: ({ to }) => ({ proxy: `http://${to.nobody}` }),
    lines: () => '',
    shows: /^\[ECONNREFUSED\]$/,
  },
  {
    name: 'in front of the server, without http_upgrade_request_protocols',
    ...NOT_FORWARDED,
    mode: 'accel no-vhost defaultsite=localhost',
    lines: ({ ws }) => `cache_peer 127.0.0.1 parent ${ws.split(':')[1]} 0 no-query originserver name=behind
  cache_peer_access behind allow HERE
  never_direct allow HERE
  http_access allow HERE`,
    shows: /^HTTP\/1\.1 426 [\s\S]*\nVia: 1\.1 localhost \(squid\/[\s\S]*Upgrade Required/,
  },
];

const section = ({ row, port, lines }: Part<SquidRow>) => `
http_port 127.0.0.1:${port} name=at${port} ${row.mode ?? ''}
acl here${port} myportname at${port}
${lines.replaceAll('HERE', `here${port}`)}
`;

const config = (folder: string, parts: ReadonlyArray<Part<SquidRow>>) => `
auth_param basic program /usr/lib/squid/basic_ncsa_auth ${folder}/passwords
auth_param basic realm staff
auth_param basic children 1 startup=1
acl known proxy_auth REQUIRED
acl ssl port 443
read_timeout 2 seconds
dns_timeout 1 second
dns_retransmit_interval 300 milliseconds
${SQUID}
${parts.map(section).join('')}
http_access deny all
`;

export const squid: ProxySetup = proxied('Squid', 'squid', rows, (folder, parts) => {
  // What `openssl passwd -apr1` makes of "secret".
  writeFileSync(join(folder, 'passwords'), 'ada:$apr1$handfast$mpCFLzYpZltYKoiJKRmZs0\n');
  writeFileSync(join(folder, 'squid.conf'), config(folder, parts));
  return new Child(need('squid').path, ['-N', '-f', join(folder, 'squid.conf')], { cwd: folder });
});
