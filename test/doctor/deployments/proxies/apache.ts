// One Apache with a virtual host for each deployment.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { certificate } from '../../../support/tls.js';
import { FORBIDDEN, NOT_FORWARDED, OWN_ORIGIN, UNREAD_404 } from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { type Part, type ProxySetup, proxied, type Row } from './row.js';

const REQUIRED = /^HTTP\/1\.1 426 [\s\S]*\nServer: Apache\/[\s\S]*\nUpgrade Required/;
const trusting = () => ({ tls: { ca: certificate().ca } });

/** The answer, and that it is a page of Apache itself. */
const page = (status: number) =>
  new RegExp(`^HTTP/1\\.1 ${status} [\\s\\S]*\\nServer: Apache/[\\s\\S]*<!DOCTYPE HTML PUBLIC`);

const plain = (to: string) => `ProxyPreserveHost On\n  ProxyPass / http://${to}/`;
const right = (to: string) => `${plain(to)} upgrade=websocket`;

const fields: readonly Row[] = [
  {
    name: 'nothing wrong',
    expect: [],
    lines: ({ ws }) => right(ws),
    shows: /^HTTP\/1\.1 101 /,
  },
  {
    name: 'ProxyPass without upgrade=',
    ...NOT_FORWARDED,
    lines: ({ ws }) => plain(ws),
    shows: REQUIRED,
  },
  {
    name: 'ProxyPass / before the line for the socket',
    ...NOT_FORWARDED,
    lines: ({ ws }) => `${plain(ws)}\n  ProxyPass /ws http://${ws}/ws upgrade=websocket`,
    shows: REQUIRED,
  },
  {
    name: 'ProxyPass without upgrade=, an application with pages behind it',
    ...UNREAD_404,
    lines: ({ app }) => plain(app),
    shows: /^HTTP\/1\.1 404 [\s\S]*Cannot GET \/ws/,
  },
  {
    name: 'ProxyPass without upgrade=, reflected',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => plain(reflecting),
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'no ProxyPreserveHost, and the server behind it compares Host with Origin',
    ...OWN_ORIGIN,
    lines: ({ sameHost }) => right(sameHost).replace('Host On', 'Host Off'),
    shows: /^HTTP\/1\.1 403 [\s\S]*origin not allowed/,
  },
  {
    name: 'a 101 without Sec-WebSocket-Accept, passed on',
    expect: ['RESP_ACCEPT_MISSING'],
    lines: ({ withoutAccept }) => right(withoutAccept),
    shows: /^HTTP\/1\.1 101 (?![\s\S]*Sec-WebSocket-Accept)/,
  },
];

const servers: readonly Row[] = [
  {
    name: 'nobody listens behind it',
    expect: ['PROXY_UPSTREAM_DOWN'],
    lines: ({ nobody }) => right(nobody),
    shows: page(503),
  },
  {
    name: 'the server behind it says nothing',
    expect: ['PROXY_UPSTREAM_TIMEOUT'],
    lines: ({ silent }) => `ProxyTimeout 1\n  ${right(silent)}`,
    quietMs: 1_800,
    shows: page(502),
  },
  {
    name: 'the server behind it hangs up',
    expect: ['PROXY_UPSTREAM_RESET'],
    lines: ({ closing }) => right(closing),
    shows: page(502),
  },
  {
    name: 'SSH behind it',
    expect: ['TCP_WRONG_SERVICE'],
    lines: ({ ssh }) => right(ssh),
    shows: /^HTTP\/1\.1 200 [\s\S]*SSH-2\.0-OpenSSH/,
  },
  {
    name: 'https to the server behind it without SSLProxyEngine',
    expect: ['ROUTE_SERVER_ERROR'],
    lines: ({ secure }) => right(secure).replace('http://', 'https://'),
    shows: page(500),
  },
  {
    name: 'cut when idle for 2 s',
    expect: ['IDLE_CUT'],
    options: { idleMs: 3_000 },
    lines: ({ ws }) => `Timeout 2\n  ${right(ws)}`,
    listens: true,
    quietMs: 3_500,
    shows: /^HTTP\/1\.1 101 [\s\S]*\[fin\]$/,
  },
];

const routes: readonly Row[] = [
  {
    name: 'no ProxyPass for the path',
    expect: ['ROUTE_PROXY_NOT_FOUND'],
    lines: ({ ws }) => right(ws).replace('ProxyPass /', 'ProxyPass /socket'),
    shows: page(404),
  },
  {
    name: 'FallbackResource before the socket',
    expect: ['ROUTE_SPA_FALLBACK'],
    lines: () => 'DocumentRoot FOLDER/site\n  FallbackResource /index.html',
    shows: /^HTTP\/1\.1 200 [\s\S]*\nServer: Apache\/[\s\S]*<!doctype html>/,
  },
  {
    name: 'a folder with the name of the socket',
    expect: ['ROUTE_TRAILING_SLASH'],
    lines: () => 'DocumentRoot FOLDER/site-with-folder',
    shows: /^HTTP\/1\.1 301 [\s\S]*\nLocation: http:\/\/127\.0\.0\.1:\d+\/ws\/\n/,
  },
  {
    name: 'from http to https',
    expect: ['ROUTE_REDIRECT_TLS'],
    lines: () => 'Redirect permanent / https://127.0.0.1/',
    shows: /^HTTP\/1\.1 301 [\s\S]*\nLocation: https:\/\/127\.0\.0\.1\/ws\n/,
  },
  {
    name: 'Require all denied',
    ...FORBIDDEN,
    lines: ({ ws }) => `${right(ws)}\n  <Location />\n    Require all denied\n  </Location>`,
    shows: page(403),
  },
  {
    name: 'AuthType Basic',
    expect: ['AUTH_BASIC_VIA_PROXY'],
    lines: ({ ws }) => `${right(ws)}
  <Location />
    AuthType Basic
    AuthName "staff only"
    AuthUserFile FOLDER/passwords
    Require valid-user
  </Location>`,
    shows: /^HTTP\/1\.1 401 [\s\S]*\nWWW-Authenticate: Basic realm="staff only"\n/,
  },
  {
    name: 'ws: to a port with TLS',
    expect: ['TLS_MISSING'],
    options: trusting,
    lines: ({ ws }) => `${SECURE}\n  ${right(ws)}`,
    shows: /^HTTP\/1\.1 400 [\s\S]*speaking plain HTTP to an SSL-enabled server port/,
  },
  {
    name: 'WebSockets over HTTP/2 announced, and ProxyPass without upgrade= for them',
    ...NOT_FORWARDED,
    scheme: 'wss',
    options: trusting,
    lines: ({ ws }) => `${SECURE}\n  Protocols h2 http/1.1\n  H2WebSockets on\n  ${plain(ws)}`,
    shows: /HTTP\/1\.1 426 [\s\S]*Upgrade Required/,
  },
];

const SECURE = 'SSLEngine on\n  SSLCertificateFile FOLDER/cert.pem\n  SSLCertificateKeyFile FOLDER/key.pem';

// mod_http2 wants a worker of mpm_event; the rest is what Debian enables, and the proxy.
const MODULES =
  'mpm_event authn_core authn_file authz_core authz_host authz_user auth_basic alias dir env headers http2 mime proxy proxy_http rewrite socache_shmcb ssl'.split(
    ' ',
  );

const config = (folder: string, parts: ReadonlyArray<Part<Row>>) =>
  `
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
User www-data
Group www-data
ServerName localhost
DefaultRuntimeDir FOLDER
PidFile FOLDER/pid
ErrorLog FOLDER/error.log
TypesConfig /dev/null
AddType text/html .html
DirectoryIndex index.html
<Directory FOLDER>
  Require all granted
</Directory>
${parts
  .map(
    ({ port, lines }) =>
      `Listen 127.0.0.1:${port}\n<VirtualHost 127.0.0.1:${port}>\n  ${lines}\n</VirtualHost>`,
  )
  .join('\n')}
`.replaceAll('FOLDER', folder);

export const apache: ProxySetup = proxied(
  'Apache',
  'apache',
  [...fields, ...servers, ...routes],
  (folder, parts) => {
    const { key, cert } = certificate();
    mkdirSync(join(folder, 'site'));
    mkdirSync(join(folder, 'site-with-folder', 'ws'), { recursive: true });
    writeFileSync(join(folder, 'site', 'index.html'), '<!doctype html>\n<title>App</title>\n');
    writeFileSync(join(folder, 'passwords'), 'ada:nobody-logs-in\n');
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    writeFileSync(join(folder, 'apache.conf'), config(folder, parts));
    const options = ['-d', folder, '-f', join(folder, 'apache.conf'), '-DFOREGROUND'];
    return new Child(need('apache').path, options, { cwd: folder });
  },
);
