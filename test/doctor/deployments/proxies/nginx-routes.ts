// Requests that nginx answers itself: it finds another place, redirects, asks who it is, forbids, limits.
import { FORBIDDEN, LIMITED } from './alike.js';
import { REFLECT_TOKEN } from './backends.js';
import { HOST, type NginxRow, page, right, UPGRADE } from './nginx-lines.js';

const BIG_COOKIE = `session=${'a'.repeat(9_000)}`;

const paths: readonly NginxRow[] = [
  {
    name: 'no location for the path',
    expect: ['ROUTE_PROXY_NOT_FOUND'],
    lines: ({ ws }) => right(ws).replace('location /', 'location /socket'),
    shows: page(404),
  },
  {
    name: 'try_files before the socket',
    expect: ['ROUTE_SPA_FALLBACK'],
    lines: () => 'root FOLDER; location / { try_files $uri /index.html; }',
    shows: /^HTTP\/1\.1 200 [\s\S]*\nETag: [\s\S]*<!doctype html>/,
  },
  {
    name: 'a path in proxy_pass that cuts the prefix off',
    expect: ['ROUTE_PREFIX'],
    path: '/api/ws',
    lines: ({ mounted }) => `location /api/ { proxy_pass http://${mounted}/; ${UPGRADE} ${HOST} }`,
    shows: /^HTTP\/1\.1 404 [\s\S]*Cannot GET \/ws/,
  },
  {
    name: 'a path in proxy_pass that cuts the prefix off, reflected',
    expect: [],
    findings: ['ROUTE_PREFIX'],
    path: '/api/ws',
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => `location /api/ { proxy_pass http://${reflecting}/; ${UPGRADE} ${HOST} }`,
    shows: /./,
  },
  {
    name: 'a variable in proxy_pass that loses the query, reflected',
    expect: [],
    findings: ['PROXY_QUERY_LOST'],
    path: '/ws?room=42',
    options: { reflect: REFLECT_TOKEN },
    lines: ({ reflecting }) => `location / { proxy_pass http://${reflecting}$uri; ${UPGRADE} ${HOST} }`,
    shows: /./,
  },
  {
    name: 'another server block, which knows no such host',
    expect: ['ROUTE_MISDIRECTED'],
    lines: () => 'location / { return 421; }',
    shows: /^HTTP\/1\.1 421 /,
  },
  {
    name: 'a path that is gone',
    expect: ['ROUTE_GONE'],
    lines: () => 'location / { return 410; }',
    shows: page(410),
  },
];

const redirects: readonly NginxRow[] = [
  {
    name: 'a location with a slash at its end',
    expect: ['ROUTE_TRAILING_SLASH'],
    lines: ({ ws }) => `location /ws/ { proxy_pass http://${ws}; ${UPGRADE} ${HOST} }`,
    shows: /^HTTP\/1\.1 301 [\s\S]*\nLocation: http:\/\/127\.0\.0\.1:\d+\/ws\/\n/,
  },
  {
    name: 'from http to https',
    expect: ['ROUTE_REDIRECT_TLS'],
    lines: () => 'location / { return 301 https://$host$request_uri; }',
    shows: /^HTTP\/1\.1 301 [\s\S]*\nLocation: https:\/\/127\.0\.0\.1\/ws\n/,
  },
  {
    name: 'to the login',
    expect: ['ROUTE_REDIRECT_LOGIN'],
    lines: () => 'location / { return 302 /login?next=$request_uri; }',
    shows: /^HTTP\/1\.1 302 [\s\S]*\nLocation: .*\/login\?next=\/ws\n/,
  },
  {
    name: 'to another host',
    expect: ['ROUTE_REDIRECT'],
    lines: () => 'location / { return 308 http://live.invalid/socket; }',
    shows: /^HTTP\/1\.1 308 [\s\S]*\nLocation: http:\/\/live\.invalid\/socket\n/,
  },
];

const guards: readonly NginxRow[] = [
  {
    name: 'deny all',
    ...FORBIDDEN,
    lines: ({ ws }) => right(ws, 'deny all;'),
    shows: page(403),
  },
  {
    name: 'limit_except that leaves out GET',
    ...FORBIDDEN,
    lines: ({ ws }) => right(ws, 'limit_except POST { deny all; }'),
    shows: page(403),
  },
  {
    name: 'auth_request says 403',
    ...FORBIDDEN,
    lines: ({ ws, deciding }) => asking(ws, `http://${deciding}/403`),
    shows: page(403),
  },
  {
    name: 'auth_request says 401',
    expect: ['AUTH_REQUIRED'],
    lines: ({ ws, deciding }) => asking(ws, `http://${deciding}/401`),
    shows: /^HTTP\/1\.1 401 [\s\S]*\nWWW-Authenticate: Bearer realm="app"\n/,
  },
  {
    name: 'auth_request says 500',
    expect: ['ROUTE_SERVER_ERROR'],
    lines: ({ ws, deciding }) => asking(ws, `http://${deciding}/500`),
    shows: page(500),
  },
  {
    name: 'auth_request passes Upgrade on, to an endpoint that takes it',
    expect: ['HTTP_EMPTY_REPLY'],
    // The endpoint says 200 to a plain request.
    lines: ({ ws, spa }) =>
      `${UPGRADE} ${HOST} location / { auth_request /decides; proxy_pass http://${ws}; }
       location = /decides { internal; proxy_pass http://${spa}/; }`,
    shows: /^\[fin\]$/,
  },
  {
    name: 'auth_basic',
    expect: ['AUTH_BASIC_VIA_PROXY'],
    lines: ({ ws }) => right(ws, 'auth_basic "staff only"; auth_basic_user_file FOLDER/passwords;'),
    shows: /^HTTP\/1\.1 401 [\s\S]*\nWWW-Authenticate: Basic realm="staff only"\n/,
  },
  {
    name: 'a list of robots',
    expect: ['PROXY_BOT_FILTER'],
    lines: ({ ws }) => `if ($http_user_agent !~ Mozilla) { return 403; } ${right(ws)}`,
    shows: page(403),
  },
  {
    name: 'return 444',
    expect: ['HTTP_EMPTY_REPLY'],
    lines: () => 'location / { return 444; }',
    shows: /^\[fin\]$/,
  },
  {
    name: 'a listener that expects the PROXY protocol',
    // With a line of that protocol in front, the handshake opens.
    expect: ['TCP_PROXY_PROTOCOL'],
    listen: 'proxy_protocol',
    lines: ({ ws }) => right(ws),
    shows: /^\[fin\]$/,
  },
];

const asking = (to: string, decides: string) => `${right(to, 'auth_request /decides;')}
  location = /decides { internal; proxy_pass ${decides}; proxy_pass_request_body off; }`;

const limits: readonly NginxRow[] = [
  {
    name: 'limit_conn, used up by others',
    ...LIMITED,
    http: 'limit_conn_zone $server_name zone=few:1m;',
    lines: ({ ws }) => right(ws, 'limit_conn few 2;'),
    crowd: { open: 2 },
    shows: page(503),
  },
  {
    name: 'limit_req, used up by others',
    ...LIMITED,
    http: 'limit_req_zone $server_name zone=slow:1m rate=1r/m;',
    lines: ({ ws }) => right(ws, 'limit_req zone=slow;'),
    crowd: { everyMs: 50 },
    shows: page(503),
  },
  {
    name: 'limit_req with status 429',
    expect: ['ROUTE_RATE_LIMIT'],
    http: 'limit_req_zone $server_name zone=polite:1m rate=1r/m;',
    lines: ({ ws }) => right(ws, 'limit_req zone=polite; limit_req_status 429;'),
    crowd: { everyMs: 50 },
    shows: page(429),
  },
  {
    name: 'maintenance',
    expect: ['ROUTE_MAINTENANCE'],
    lines: () => 'location / { add_header Retry-After 120 always; return 503; }',
    shows: /^HTTP\/1\.1 503 [\s\S]*\nRetry-After: 120\n/,
  },
  {
    name: 'a cookie of 9 KB',
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    options: { cookie: BIG_COOKIE },
    lines: ({ ws }) => right(ws),
    shows: /^HTTP\/1\.1 400 [\s\S]*Request Header Or Cookie Too Large/,
  },
  {
    name: 'a cookie of 18 KB, too large for Node behind it',
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    options: { cookie: `${BIG_COOKIE}; more=${'b'.repeat(9_000)}` },
    lines: ({ ws }) => `large_client_header_buffers 4 64k; ${right(ws)}`,
    shows: /^HTTP\/1\.1 431 .*\nServer: nginx\//,
  },
];

export const nginxRoutes: readonly NginxRow[] = [...paths, ...redirects, ...guards, ...limits];
