// Refused with a status because of the path, the method, the proxy on the way, or the stack that listens there.
import type { RequestListener } from 'node:http';
import { relayed } from './relay.js';
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';
import { express, handfast, listening, singlePage, socketIo, ws, wsAlone } from './stacks.js';

const SLOW_ON_PURPOSE = 1_500;

/** The whole server answers so, and knows nothing of WebSocket. */
const always =
  (code: number, fields: Readonly<Record<string, string>> = {}, body = '') =>
  () =>
    listening((_request, response) => void response.writeHead(code, fields).end(body));

/** The same for handshakes only; pages are served well. */
const handshakesGet =
  (code: number, fields: Readonly<Record<string, string>> = {}, body = '') =>
  () =>
    sound({
      refuses: ({ headers }) => (headers.upgrade === undefined ? undefined : status(code, fields, body)),
      plain: (_request, response) => void response.writeHead(200).end('hello\n'),
    });

const paths: readonly Row[] = [
  {
    name: 'Express: no such route',
    expect: ['ROUTE_NOT_FOUND'],
    serve: () => listening(express()),
    shows: /^HTTP\/1\.1 404 [\s\S]*X-Powered-By: Express\n[\s\S]*Cannot GET \/ws/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 404 [\s\S]*Cannot GET \/ws/]],
  },
  {
    name: 'ws: another path than its own',
    // Its other refusals name what they miss, and 400 "Bad Request" alone is what it says to a path that is not its own.
    expect: ['ROUTE_NOT_FOUND'],
    serve: () => ws({ path: '/socket' }),
    shows: /^HTTP\/1\.1 400 Bad Request\n[\s\S]*\n\nBad Request\[fin\]$/,
    flips: [
      [{ version: '99' }, /^HTTP\/1\.1 400 [\s\S]*Sec-WebSocket-Version: 13, 8\n/],
      [{ path: '/socket' }, /^HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'handfast: another path than its own',
    expect: ['ROUTE_NOT_FOUND'],
    serve: () => handfast({ path: '/socket' }),
    shows: /^HTTP\/1\.1 404 [\s\S]*ROUTE_NOT_FOUND/,
    flips: [[{ path: '/socket' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'slash: 404 without the slash at the end',
    expect: ['ROUTE_TRAILING_SLASH'],
    serve: () => sound({ refuses: ({ url }) => (url === '/ws/' ? undefined : status(404)) }),
    shows: /^HTTP\/1\.1 404 /,
    flips: [[{ path: '/ws/' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'slash: a redirect to the path with a slash',
    expect: ['ROUTE_TRAILING_SLASH'],
    serve: () =>
      sound({ refuses: ({ url }) => (url === '/ws' ? status(301, { Location: '/ws/' }) : undefined) }),
    shows: /^HTTP\/1\.1 301 [\s\S]*Location: \/ws\/\n/,
    flips: [[{ path: '/ws/' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'slash: 404 with the slash at the end',
    expect: ['ROUTE_TRAILING_SLASH'],
    serve: () => sound({ path: '/ws/', refuses: ({ url }) => (url === '/ws' ? undefined : status(404)) }),
    shows: /^HTTP\/1\.1 404 /,
    flips: [[{ path: '/ws' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'a single-page application takes every path',
    expect: ['ROUTE_SPA_FALLBACK'],
    serve: () => listening(singlePage()),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*<div id="root">/,
    flips: [[{ path: '/no-such-path' }, /^HTTP\/1\.1 200 OK\n[\s\S]*<div id="root">/]],
  },
  {
    name: 'the path is an interface of JSON',
    expect: ['ROUTE_HTTP_200'],
    serve: () => listening(oneResource({ 'Content-Type': 'application/json' }, '{"status":"ok"}')),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*{"status":"ok"}/,
    flips: [[{ path: '/no-such-path' }, /^HTTP\/1\.1 404 /]],
  },
  {
    name: 'the path is a stream of server-sent events',
    expect: ['ROUTE_HTTP_200'],
    serve: () =>
      listening(({ url }, response) => {
        if (url !== '/ws') return void response.writeHead(404).end();
        response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: hello\n\n');
      }),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*data: hello[\s\S]*\[open\]$/,
  },
  {
    name: 'the path takes POST only',
    expect: ['ROUTE_METHOD'],
    serve: always(405, { Allow: 'POST' }),
    shows: /^HTTP\/1\.1 405 [\s\S]*Allow: POST\n/,
  },
  { name: 'gone for good', expect: ['ROUTE_GONE'], serve: always(410), shows: /^HTTP\/1\.1 410 / },
  {
    name: 'misdirected',
    expect: ['ROUTE_MISDIRECTED'],
    serve: always(421),
    shows: /^HTTP\/1\.1 421 /,
  },
];

function oneResource(fields: Readonly<Record<string, string>>, body: string): RequestListener {
  return ({ url }, response) => {
    if (url === '/ws') response.writeHead(200, fields).end(body);
    else response.writeHead(404).end();
  };
}

const redirects: readonly Row[] = [
  {
    name: 'redirect: to the same with TLS',
    expect: ['ROUTE_REDIRECT_TLS'],
    serve: () =>
      listening(({ url, headers }, response) => {
        response.writeHead(301, { Location: `https://${headers.host}${url}` }).end();
      }),
    shows: /^HTTP\/1\.1 301 [\s\S]*Location: https:\/\/127\.0\.0\.1:\d+\/ws\n/,
  },
  {
    name: 'redirect: to another host',
    expect: ['ROUTE_REDIRECT'],
    serve: always(307, { Location: 'http://live.example/ws' }),
    shows: /^HTTP\/1\.1 307 [\s\S]*Location: http:\/\/live\.example\/ws\n/,
  },
];

const refusals: readonly Row[] = [
  {
    name: 'another version of the protocol only',
    expect: ['ROUTE_VERSION'],
    serve: handshakesGet(426, { 'Sec-WebSocket-Version': '8, 7', Upgrade: 'websocket' }),
    shows: /^HTTP\/1\.1 426 [\s\S]*Sec-WebSocket-Version: 8, 7\n/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
  {
    name: 'a head that is too large, with 431',
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    options: { cookie: `filler=${'x'.repeat(9_000)}` },
    serve: () =>
      sound({ refuses: ({ headers }) => ((headers.cookie?.length ?? 0) > 8_192 ? status(431) : undefined) }),
    shows: /^HTTP\/1\.1 431 /,
    flips: [[{ cookie: null }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: "a head that is too large, with nginx's page",
    expect: ['ROUTE_HEADERS_TOO_LARGE'],
    options: { cookie: `filler=${'x'.repeat(9_000)}` },
    serve: () =>
      sound({
        refuses: ({ headers }) =>
          (headers.cookie?.length ?? 0) > 8_192 ? status(400, NGINX, COOKIE_TOO_LARGE) : undefined,
      }),
    shows: /^HTTP\/1\.1 400 [\s\S]*Request Header Or Cookie Too Large/,
    flips: [[{ cookie: null }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'a development server that does not know the host',
    expect: ['ROUTE_BAD_HOST'],
    options: { resolve: '127.0.0.1' },
    serve: () => sound({ name: 'app.example.test', refuses: ({ headers }) => knownHost(headers.host) }),
    shows: /^HTTP\/1\.1 403 [\s\S]*This host \("app\.example\.test"\) is not allowed/,
    flips: [
      [{ host: 'localhost', origin: 'http://localhost' }, /^HTTP\/1\.1 101 /],
      [{ host: 'localhost', origin: null }, /^HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'a status without a meaning here',
    expect: ['HTTP_STATUS'],
    serve: handshakesGet(402, { 'Content-Type': 'text/plain' }, 'Upgrade your plan.\n'),
    shows: /^HTTP\/1\.1 402 [\s\S]*Upgrade your plan/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
  {
    name: 'too many requests',
    expect: ['ROUTE_RATE_LIMIT'],
    serve: always(429, { 'Retry-After': '30' }),
    shows: /^HTTP\/1\.1 429 [\s\S]*Retry-After: 30\n/,
  },
  {
    name: 'maintenance',
    expect: ['ROUTE_MAINTENANCE'],
    serve: always(503, { 'Retry-After': '120' }, 'Back at noon.\n'),
    shows: /^HTTP\/1\.1 503 [\s\S]*Retry-After: 120\n/,
  },
  {
    name: '500 for handshakes alone',
    expect: ['ROUTE_SERVER_ERROR'],
    serve: handshakesGet(500, { 'Content-Type': 'text/plain' }, 'Internal Server Error'),
    shows: /^HTTP\/1\.1 500 /,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
  {
    name: '500 with a stack trace',
    expect: ['ROUTE_SERVER_ERROR'],
    findings: ['SEC_VERBOSE_ERROR'],
    serve: handshakesGet(500, { 'Content-Type': 'text/plain' }, STACK_TRACE()),
    shows: /TypeError: Cannot read properties[\s\S]*\/srv\/chat\/dist\/upgrade\.js:42:17/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
];

const NGINX = { Server: 'nginx/1.27.3', 'Content-Type': 'text/html' };
const COOKIE_TOO_LARGE =
  '<html>\r\n<head><title>400 Request Header Or Cookie Too Large</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1></center>\r\n<center>Request Header Or Cookie Too Large</center>\r\n<hr><center>nginx/1.27.3</center>\r\n</body>\r\n</html>\r\n';

function STACK_TRACE(): string {
  return [
    "TypeError: Cannot read properties of undefined (reading 'id')",
    '    at authenticate (/srv/chat/dist/upgrade.js:42:17)',
    '    at Server.<anonymous> (/srv/chat/dist/main.js:19:5)',
  ].join('\n');
}

/** As Vite guards against DNS rebinding: names are allowed one by one, addresses and localhost always. */
function knownHost(host = ''): string | undefined {
  const name = host.replace(/:\d+$/, '');
  if (name === 'localhost' || /^[\d.]+$/.test(name)) return undefined;
  const body = `Blocked request. This host ("${name}") is not allowed.\nTo allow this host, add "${name}" to \`server.allowedHosts\` in vite.config.js.\n`;
  return status(403, { 'Content-Type': 'text/plain' }, body);
}

const SOCKET_IO = '/socket.io/?EIO=4&transport=websocket';

const stacks: readonly Row[] = [
  {
    name: 'Socket.IO: without the query',
    expect: ['ROUTE_SOCKETIO'],
    serve: () => socketIo('/socket.io/'),
    shows: /^HTTP\/1\.1 400 [\s\S]*Transport unknown/,
    flips: [
      [{ upgrade: null }, /^HTTP\/1\.1 400 [\s\S]*{"code":0,"message":"Transport unknown"}/],
      [{ path: SOCKET_IO }, /^HTTP\/1\.1 101 [\s\S]*0{"sid":/],
    ],
  },
  {
    name: 'Socket.IO: a session of another node',
    expect: ['ROUTE_STICKY'],
    serve: () => socketIo(`${SOCKET_IO}&sid=lv_VI97HAXpY6yYWAAAC`),
    shows: /^HTTP\/1\.1 400 [\s\S]*Session ID unknown/,
  },
  {
    name: 'Socket.IO: version 3 of its protocol',
    expect: ['FRAME_HTTP_IN_STREAM'],
    serve: () => socketIo(SOCKET_IO.replace('EIO=4', 'EIO=3')),
    shows: /^HTTP\/1\.1 101 [\s\S]*\n\nHTTP\/1\.1 400 Bad Request\n/,
  },
  {
    name: 'Socket.IO: a path that is not its own',
    // Silence, and FIN after exactly one second: `destroyUpgradeTimeout` of Engine.IO.
    expect: ['ROUTE_SOCKETIO'],
    serve: () => socketIo('/ws'),
    shows: /^\[fin\]$/,
    quietMs: SLOW_ON_PURPOSE,
    flips: [[{ path: '/socket.io/' }, /Transport unknown/]],
  },
  {
    name: 'good: Socket.IO as it wants to be asked',
    expect: [],
    serve: () => socketIo(SOCKET_IO),
    shows: /^HTTP\/1\.1 101 [\s\S]*\n\n\\x81.0{"sid":/,
  },
  {
    name: 'SignalR: not negotiated',
    expect: ['ROUTE_SIGNALR'],
    serve: always(400, { 'Content-Type': 'text/plain', Server: 'Kestrel' }, 'Connection ID required'),
    shows: /^HTTP\/1\.1 400 [\s\S]*Connection ID required/,
  },
  {
    name: 'SignalR: a connection of another node',
    expect: ['ROUTE_STICKY'],
    serve: always(404, { 'Content-Type': 'text/plain', Server: 'Kestrel' }, 'No Connection with that ID'),
    shows: /^HTTP\/1\.1 404 [\s\S]*No Connection with that ID/,
  },
];

const UNDECIDED =
  'The proxy shows itself, and whether Upgrade came through it only the server behind can tell.';

const proxied: readonly Row[] = [
  {
    name: 'a proxy drops Upgrade: ws behind it',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    serve: async () => relayed(await wsAlone()),
    shows: /^HTTP\/1\.1 426 [\s\S]*Upgrade Required/,
    flips: [
      [{ upgrade: null }, /^HTTP\/1\.1 426 [\s\S]*Upgrade Required/],
      [{ version: '99' }, /^HTTP\/1\.1 426 (?![\s\S]*Sec-WebSocket-Version)[\s\S]*Upgrade Required/],
    ],
  },
  {
    name: 'a proxy drops Upgrade: handfast behind it',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    serve: async () => relayed(await handfast()),
    shows: /^HTTP\/1\.1 426 [\s\S]*PROXY_UPGRADE_STRIPPED/,
  },
  {
    name: 'a proxy that says so drops Upgrade: a single-page application behind it',
    expect: ['PROXY_UPGRADE_STRIPPED', 'ROUTE_SPA_FALLBACK'],
    why: UNDECIDED,
    serve: async () => relayed(await listening(singlePage()), { via: '1.1 relay' }),
    shows: /^HTTP\/1\.1 200 [\s\S]*\nvia: 1\.1 relay\n[\s\S]*<div id="root">/i,
  },
  {
    name: 'a proxy that says so drops Upgrade: Express without the route behind it',
    expect: ['PROXY_UPGRADE_STRIPPED', 'ROUTE_NOT_FOUND'],
    why: UNDECIDED,
    serve: async () => relayed(await listening(express()), { via: '1.1 relay' }),
    shows: /^HTTP\/1\.1 404 [\s\S]*\nvia: 1\.1 relay\n[\s\S]*Cannot GET \/ws/i,
  },
  {
    name: 'a proxy loses the beginning of the path: Express behind it',
    expect: ['ROUTE_PREFIX'],
    serve: async () =>
      relayed(await listening(express()), { via: '1.1 relay', prefix: '/api', path: '/api/ws' }),
    shows: /^HTTP\/1\.1 404 [\s\S]*Cannot GET \/ws</,
    flips: [[{ path: '/api/zz' }, /Cannot GET \/zz</]],
  },
];

export const routes = servers('refused because of the path or the stack', [
  ...paths,
  ...redirects,
  ...refusals,
  ...stacks,
  ...proxied,
]);
