// One Caddy with a site for each deployment. Its own errors have empty bodies.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { certificate } from '../../../support/tls.js';
import { BAD_GATEWAY, CONNECTION_NOT_FORWARDED, FORBIDDEN, NOT_FORWARDED, OWN_ORIGIN } from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { type Part, type ProxySetup, proxied, type Row } from './row.js';

interface CaddyRow extends Row {
  readonly secure?: true;
}

const REQUIRED = /^HTTP\/1\.1 426 [\s\S]*\nServer: Caddy\n[\s\S]*\nUpgrade Required/;
const OPEN = /^HTTP\/1\.1 101 [\s\S]*\nSec-Websocket-Accept: /;
const trusting = () => ({ tls: { ca: certificate().ca } });

/** An answer of Caddy itself. */
const empty = (status: number) =>
  new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\nServer: Caddy\\n[\\s\\S]*\\nContent-Length: 0\\n\\n\\[`);

const passing = (to: string, ...lines: string[]) => `reverse_proxy ${to} {\n    ${lines.join('\n    ')}\n  }`;
const transport = (...lines: string[]) => `transport http {\n      ${lines.join('\n      ')}\n    }`;

const fields: readonly CaddyRow[] = [
  { name: 'nothing wrong', expect: [], lines: ({ ws }) => passing(ws), shows: OPEN },
  {
    name: 'Upgrade deleted for the server behind it',
    ...NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, 'header_up -Upgrade'),
    shows: REQUIRED,
  },
  {
    name: 'Connection: close for the server behind it',
    ...CONNECTION_NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, 'header_up Connection close'),
    shows: REQUIRED,
  },
  {
    name: 'Upgrade deleted from the request',
    ...NOT_FORWARDED,
    lines: ({ ws }) => `request_header -Upgrade\n  ${passing(ws)}`,
    shows: REQUIRED,
  },
  {
    name: 'Upgrade deleted, reflected',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => passing(reflecting, 'header_up -Upgrade'),
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'Sec-WebSocket-Key deleted',
    expect: ['PROXY_HEADER_DROPPED'],
    lines: ({ ws }) => passing(ws, 'header_up -Sec-WebSocket-Key'),
    shows: /^HTTP\/1\.1 400 [\s\S]*Missing or invalid Sec-WebSocket-Key header/,
  },
  {
    name: 'Host of the server behind it, which compares it with Origin',
    ...OWN_ORIGIN,
    lines: ({ sameHost }) => passing(sameHost, 'header_up Host {upstream_hostport}'),
    shows: /^HTTP\/1\.1 403 [\s\S]*origin not allowed/,
  },
];

const servers: readonly CaddyRow[] = [
  {
    name: 'nobody listens behind it',
    ...BAD_GATEWAY,
    lines: ({ nobody }) => passing(nobody),
    shows: empty(502),
  },
  {
    name: 'the server behind it hangs up',
    ...BAD_GATEWAY,
    lines: ({ closing }) => passing(closing),
    shows: empty(502),
  },
  {
    name: 'SSH behind it',
    ...BAD_GATEWAY,
    lines: ({ ssh }) => passing(ssh),
    shows: empty(502),
  },
  {
    name: 'https to a server without TLS',
    ...BAD_GATEWAY,
    lines: ({ ws }) => passing(`https://${ws}`),
    shows: empty(502),
  },
  {
    name: 'https to a certificate that it does not trust',
    ...BAD_GATEWAY,
    lines: ({ secure }) => passing(`https://${secure}`),
    shows: empty(502),
  },
  {
    name: 'the server behind it crashes in the upgrade',
    expect: ['PROXY_UPSTREAM_RESET'],
    lines: ({ crashing }) => passing(crashing),
    shows: empty(502),
  },
  {
    name: 'the server behind it says nothing, response_header_timeout 1 s',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    lines: ({ silent }) => passing(silent, transport('response_header_timeout 1s')),
    quietMs: 1_800,
    shows: empty(504),
  },
  {
    name: 'the server behind it says nothing, and Caddy waits for ever',
    expect: ['HTTP_NO_RESPONSE'],
    options: { stageMs: 1_000 },
    lines: ({ silent }) => passing(silent),
    shows: /^\[open\]$/,
  },
  {
    name: 'a 101 without Connection',
    expect: ['PROXY_BAD_101'],
    lines: ({ withoutConnection }) => passing(withoutConnection),
    shows: empty(200),
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    lines: ({ ws }) => passing(ws, transport('read_timeout 2s')),
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
];

const routes: readonly CaddyRow[] = [
  {
    name: 'no handler for the path',
    expect: ['ROUTE_PROXY_NOT_FOUND'],
    lines: ({ ws }) => `reverse_proxy /socket* ${ws}`,
    shows: empty(200),
  },
  {
    name: 'a file server in place of the socket',
    expect: ['ROUTE_PROXY_NOT_FOUND'],
    lines: () => 'root * FOLDER/site\n  file_server',
    shows: empty(404),
  },
  {
    name: 'try_files before the socket',
    expect: ['ROUTE_SPA_FALLBACK'],
    lines: () => 'root * FOLDER/site\n  try_files {path} /index.html\n  file_server',
    shows: /^HTTP\/1\.1 200 [\s\S]*\nServer: Caddy\n[\s\S]*<!doctype html>/,
  },
  {
    name: 'handle_path, which cuts the prefix off',
    expect: ['ROUTE_PREFIX'],
    path: '/api/ws',
    lines: ({ mounted }) => `handle_path /api/* {\n    reverse_proxy ${mounted}\n  }`,
    shows: /^HTTP\/1\.1 404 [\s\S]*Cannot GET \/ws/,
  },
  {
    name: 'from http to https',
    expect: ['ROUTE_REDIRECT_TLS'],
    lines: () => 'redir https://{host}{uri} permanent',
    shows: /^HTTP\/1\.1 301 [\s\S]*\nLocation: https:\/\/127\.0\.0\.1\/ws\n/,
  },
  {
    name: 'respond 403',
    ...FORBIDDEN,
    lines: () => 'respond 403',
    shows: empty(403),
  },
  {
    name: 'basicauth',
    expect: ['AUTH_BASIC_VIA_PROXY'],
    // What `caddy hash-password` makes of "secret".
    lines: ({ ws }) =>
      `basicauth {\n    ada $2a$14$nXbBUOktyYq2PzZXl3zisOL.zhzAWVX.T7tsF/BDPUPvOeoKj5Qdq\n  }\n  ${passing(ws)}`,
    shows: /^HTTP\/1\.1 401 [\s\S]*\nWww-Authenticate: Basic realm="restricted"\n/,
  },
  {
    name: 'forward_auth says 401',
    expect: ['AUTH_REQUIRED'],
    lines: ({ ws, deciding }) => `forward_auth ${deciding} {\n    uri /401\n  }\n  ${passing(ws)}`,
    shows: /^HTTP\/1\.1 401 [\s\S]*\nWww-Authenticate: Bearer realm="app"\n/,
  },
  {
    name: 'ws: to a port with TLS',
    expect: ['TLS_MISSING'],
    secure: true,
    options: trusting,
    lines: ({ ws }) => `tls FOLDER/cert.pem FOLDER/key.pem\n  ${passing(ws)}`,
    shows: /^HTTP\/1\.0 400 [\s\S]*Client sent an HTTP request to an HTTPS server/,
  },
];

const config = (folder: string, parts: ReadonlyArray<Part<CaddyRow>>) =>
  `{
  admin off
  auto_https disable_redirects
}
${parts
  .map(({ row, port, lines }) =>
    row.secure
      ? `https://127.0.0.1:${port} {\n  ${lines}\n}`
      : `http://:${port} {\n  bind 127.0.0.1\n  ${lines}\n}`,
  )
  .join('\n')}
`.replaceAll('FOLDER', folder);

export const caddy: ProxySetup = proxied(
  'Caddy',
  'caddy',
  [...fields, ...servers, ...routes],
  (folder, parts) => {
    const { key, cert } = certificate();
    mkdirSync(join(folder, 'site'));
    writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html>\n<title>App</title>\n');
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'Caddyfile'), config(folder, parts));
    const options = ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')];
    return new Child(need('caddy').path, options, { cwd: folder, env: { HOME: folder } });
  },
);
