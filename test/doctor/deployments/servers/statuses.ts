// Refused with a status that says why, or seems to: version, size, host, rate, maintenance, errors.
import { always, handshakesGet } from './answers.js';
import { badRequestPage, NGINX } from './nginx-page.js';
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';

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
          (headers.cookie?.length ?? 0) > 8_192
            ? status(400, NGINX, badRequestPage('Request Header Or Cookie Too Large'))
            : undefined,
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
    serve: handshakesGet(500, { 'Content-Type': 'text/plain' }, stackTrace()),
    shows: /TypeError: Cannot read properties[\s\S]*\/srv\/chat\/dist\/upgrade\.js:42:17/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
];

function stackTrace(): string {
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

export const statuses = servers('refused with a status', refusals);
