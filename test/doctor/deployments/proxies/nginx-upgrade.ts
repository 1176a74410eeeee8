// What nginx does not forward of Upgrade, Connection and the version, and what the server behind it makes of that. RFC 9110 §7.6.1.
import {
  CONNECTION_FIRST,
  CONNECTION_NOT_FORWARDED,
  NOT_FORWARDED,
  OWN_ORIGIN,
  UNREAD_404,
  UNREAD_PAGE,
} from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { HOST, type NginxRow, passing, right, UPGRADE } from './nginx-lines.js';

const REQUIRED = /^HTTP\/1\.1 426 .*\nServer: nginx\/[\s\S]*\nUpgrade Required/;
const OPEN = /^HTTP\/1\.1 101 /;
const REFLECTED = { reflect: REFLECT_TOKEN };

const lost: readonly NginxRow[] = [
  {
    name: 'nothing but proxy_pass',
    ...NOT_FORWARDED,
    lines: ({ ws }) => passing(ws),
    shows: REQUIRED,
  },
  {
    name: 'HTTP/1.1, neither Upgrade nor Connection',
    ...NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, 'proxy_http_version 1.1;'),
    shows: REQUIRED,
  },
  {
    name: 'an empty Connection, for keep-alive',
    ...CONNECTION_NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, UPGRADE.replace('$connection_upgrade', '""')),
    shows: REQUIRED,
  },
  {
    name: 'Upgrade without Connection',
    ...CONNECTION_NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;'),
    shows: REQUIRED,
  },
  {
    name: 'Connection without Upgrade',
    ...NOT_FORWARDED,
    lines: ({ ws }) => passing(ws, 'proxy_http_version 1.1; proxy_set_header Connection "upgrade";'),
    shows: REQUIRED,
  },
  {
    name: 'a field in the location cancels those of the server',
    ...NOT_FORWARDED,
    lines: ({ ws }) => `${UPGRADE} ${passing(ws, 'proxy_set_header X-Request-Id $request_id;')}`,
    shows: REQUIRED,
  },
  {
    name: 'nothing but proxy_pass, an application with pages behind it',
    ...UNREAD_404,
    lines: ({ app }) => passing(app),
    shows: /^HTTP\/1\.1 404 .*\nServer: nginx\/[\s\S]*X-Powered-By: Express[\s\S]*Cannot GET \/ws/,
  },
  {
    name: 'nothing but proxy_pass, an application of one page behind it',
    ...UNREAD_PAGE,
    lines: ({ spa }) => passing(spa),
    shows: /^HTTP\/1\.1 200 .*\nServer: nginx\/[\s\S]*<!doctype html>/,
  },
  {
    name: 'nothing but proxy_pass, and error_page hides the 426',
    ...UNREAD_PAGE,
    lines: ({ ws }) => `${passing(ws, 'proxy_intercept_errors on; error_page 426 =200 /sorry;')}
      location = /sorry { default_type text/html; return 200 "<!doctype html><title>Sorry</title>"; }`,
    shows: /^HTTP\/1\.1 200 [\s\S]*<title>Sorry/,
  },
  {
    name: "nothing but proxy_pass, Python's websockets behind it",
    expect: ['PROXY_HTTP10_UPSTREAM'],
    lines: ({ python }) => passing(python),
    shows: /^HTTP\/1\.1 400 [\s\S]*did not receive a valid HTTP request/,
  },
  {
    name: "neither Upgrade nor Connection, Python's websockets behind it",
    ...CONNECTION_FIRST,
    lines: ({ python }) => passing(python, 'proxy_http_version 1.1;'),
    shows: /^HTTP\/1\.1 426 [\s\S]*invalid Connection header: close/,
  },
  {
    name: "Upgrade without Connection, Python's websockets behind it",
    ...CONNECTION_FIRST,
    lines: ({ python }) => passing(python, 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;'),
    shows: /^HTTP\/1\.1 426 [\s\S]*invalid Connection header: close/,
  },
  {
    name: "Connection without Upgrade, Python's websockets behind it",
    expect: ['PROXY_UPGRADE_STRIPPED'],
    lines: ({ python }) => passing(python, 'proxy_http_version 1.1; proxy_set_header Connection "upgrade";'),
    shows: /^HTTP\/1\.1 426 [\s\S]*empty Upgrade header/,
  },
  {
    name: 'neither Upgrade nor Connection, our server behind it',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    lines: ({ handfast }) => passing(handfast, 'proxy_http_version 1.1;', HOST),
    shows: /^HTTP\/1\.1 426 [\s\S]*"code":"PROXY_UPGRADE_STRIPPED"/,
  },
  {
    name: 'Upgrade without Connection, our server behind it',
    expect: ['PROXY_CONNECTION_LOST'],
    lines: ({ handfast }) =>
      passing(handfast, 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;', HOST),
    shows: /^HTTP\/1\.1 426 [\s\S]*"code":"PROXY_CONNECTION_LOST"/,
  },
];

const versions: readonly NginxRow[] = [
  {
    name: 'HTTP/1.0 to a server that does not mind',
    expect: [],
    lines: ({ ws }) => right(ws).replace('proxy_http_version 1.1;', ''),
    shows: OPEN,
  },
  {
    name: 'HTTP/1.0 to our server',
    expect: ['PROXY_HTTP10_UPSTREAM'],
    lines: ({ handfast }) => right(handfast).replace('proxy_http_version 1.1;', ''),
    shows: /^HTTP\/1\.1 (?:400|505|426) [\s\S]*REQ_HTTP_VERSION/,
  },
  {
    name: 'Connection: upgrade for every request',
    expect: [],
    lines: ({ ws }) => right(ws).replace('$connection_upgrade', '"upgrade"'),
    shows: OPEN,
  },
  {
    name: 'nothing wrong',
    expect: [],
    lines: ({ ws }) => right(ws),
    shows: OPEN,
  },
];

const hosts: readonly NginxRow[] = [
  {
    name: 'Host of the server behind it, which compares it with Origin',
    ...OWN_ORIGIN,
    lines: ({ sameHost }) => passing(sameHost, UPGRADE),
    shows: /^HTTP\/1\.1 403 [\s\S]*origin not allowed/,
  },
  {
    name: 'Host without its port',
    // A page of the same name without the port is let in.
    expect: ['ORIGIN_HOST_MISMATCH'],
    lines: ({ sameHost }) => passing(sameHost, UPGRADE, 'proxy_set_header Host $host;'),
    shows: /^HTTP\/1\.1 403 [\s\S]*origin not allowed/,
  },
];

const reflected: readonly NginxRow[] = [
  {
    name: 'neither Upgrade nor Connection, reflected',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: REFLECTED,
    lines: ({ reflecting }) => passing(reflecting, 'proxy_http_version 1.1;', HOST),
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'Upgrade without Connection, reflected',
    expect: ['PROXY_CONNECTION_LOST'],
    options: REFLECTED,
    lines: ({ reflecting }) =>
      passing(reflecting, 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;', HOST),
    shows: /^HTTP\/1\.1 426 /,
  },
  {
    name: 'HTTP/1.0, reflected',
    expect: ['PROXY_HTTP10_UPSTREAM'],
    options: REFLECTED,
    lines: ({ reflecting }) => right(reflecting).replace('proxy_http_version 1.1;', ''),
    shows: /^HTTP\/1\.1 (?:400|505|426) /,
  },
  {
    name: 'Host of the server behind it, reflected',
    expect: ['ORIGIN_HOST_MISMATCH'],
    findings: ['PROXY_HOST_REWRITTEN'],
    options: REFLECTED,
    lines: ({ reflecting }) => passing(reflecting, UPGRADE),
    shows: /^HTTP\/1\.1 403 [\s\S]*ORIGIN_/,
  },
];

/** The same with the way past nginx given: what it does is proved, or what it is suspected of is cleared. */
const direct: readonly NginxRow[] = [
  {
    name: 'nothing but proxy_pass, pages beside the socket, and the direct way',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    options: ({ to }) => ({ direct: to.app }),
    lines: ({ app }) => passing(app),
    shows: /^HTTP\/1\.1 404 .*\nServer: nginx\//,
  },
  {
    name: 'right, a path that nobody has, and the direct way',
    expect: ['ROUTE_NOT_FOUND'],
    path: '/nobody',
    options: ({ to }) => ({ direct: to.app }),
    lines: ({ app }) => passing(app, UPGRADE),
    shows: /^HTTP\/1\.1 404 .*\nServer: nginx\//,
  },
  {
    name: 'Host of the server behind it, and the direct way',
    expect: ['ORIGIN_HOST_MISMATCH'],
    options: ({ to }) => ({ direct: to.sameHost }),
    lines: ({ sameHost }) => passing(sameHost, UPGRADE),
    shows: /^HTTP\/1\.1 403 [\s\S]*origin not allowed/,
  },
];

export const nginxUpgrade: readonly NginxRow[] = [...lost, ...versions, ...hosts, ...reflected, ...direct];
