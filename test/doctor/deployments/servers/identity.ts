// Refused because of who asks: Origin, credentials, cookies, a subprotocol. RFC 6455 §10.2, §10.5.
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { refuse } from '../../../../src/index.js';
import { NGINX, nginxPage } from './nginx-page.js';
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';
import { handfast, ws } from './stacks.js';

export type Test = (request: IncomingMessage) => boolean;

/** Everything is right but for those that fail the test; they get this answer. */
export const unless = (passes: Test, answer: string) => () =>
  sound({ unchecked: ['origin'], refuses: (request) => (passes(request) ? undefined : answer) });

export const FORBIDDEN = status(403, { 'Content-Type': 'text/plain' }, 'Forbidden\n');
const ownOrigin: Test = ({ headers }) => headers.origin === `http://${headers.host}`;
const STAGING = { origin: 'https://staging.example.com' };

const origins: readonly Row[] = [
  {
    name: 'origin: a list, and the page is not on it',
    expect: ['ORIGIN_REJECTED'],
    options: STAGING,
    serve: unless((request) => request.headers.origin === undefined || ownOrigin(request), FORBIDDEN),
    shows: /^HTTP\/1\.1 403 /,
    flips: [
      [{ origin: null }, /^HTTP\/1\.1 101 /],
      [{ origin: 'https://evil.example' }, /^HTTP\/1\.1 403 /],
    ],
  },
  {
    name: "origin: a list, and the server's own is not on it",
    expect: ['ORIGIN_REJECTED'],
    serve: unless(
      ({ headers }) => (headers.origin ?? 'https://app.example.com') === 'https://app.example.com',
      FORBIDDEN,
    ),
    shows: /^HTTP\/1\.1 403 /,
    flips: [
      [{ origin: null }, /^HTTP\/1\.1 101 /],
      [{ origin: 'https://app.example.com' }, /^HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'origin: compared with a Host that has lost its port',
    expect: ['ORIGIN_HOST_MISMATCH'],
    serve: unless(
      ({ headers }) => withoutPort(headers) === (headers.origin ?? withoutPort(headers)),
      FORBIDDEN,
    ),
    shows: /^HTTP\/1\.1 403 /,
    flips: [
      [{ origin: 'http://127.0.0.1' }, /^HTTP\/1\.1 101 /],
      [{ origin: null }, /^HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'origin: handfast, a page of another site',
    expect: ['ORIGIN_REJECTED'],
    options: STAGING,
    serve: () => handfast(),
    shows: /^HTTP\/1\.1 403 [\s\S]*ORIGIN_REJECTED/,
    flips: [[{ origin: null }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'origin: ws refuses it with 401',
    expect: ['ORIGIN_REJECTED'],
    options: STAGING,
    serve: () => ws({ verifyClient: ({ origin }: { origin?: string }) => origin !== STAGING.origin }),
    shows: /^HTTP\/1\.1 401 Unauthorized\n/,
    flips: [[{ origin: null }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'origin: a program without one is refused',
    expect: ['ORIGIN_REQUIRED'],
    options: { origin: null },
    serve: unless(ownOrigin, FORBIDDEN),
    shows: /^HTTP\/1\.1 403 /,
    flips: [[{ origin: 'own' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'origin: null of a sandboxed page',
    expect: ['ORIGIN_NULL'],
    options: { origin: 'null' },
    serve: unless(({ headers }) => headers.origin !== 'null', FORBIDDEN),
    shows: /^HTTP\/1\.1 403 /,
    flips: [[{ origin: null }, /^HTTP\/1\.1 101 /]],
  },
];

function withoutPort({ host = '' }: IncomingHttpHeaders): string {
  return `http://${host.replace(/:\d+$/, '')}`;
}

const SESSION = 'session=4f3c2b1a';
const hasSession: Test = ({ headers }) => headers.cookie?.includes(SESSION) === true;
const LOGIN = status(302, { Location: '/login?next=%2Fws' });

const credentials: readonly Row[] = [
  {
    name: 'auth: Basic',
    expect: ['AUTH_REQUIRED'],
    serve: unless(
      ({ headers }) => headers.authorization !== undefined,
      status(401, { 'WWW-Authenticate': 'Basic realm="intranet"' }),
    ),
    shows: /^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Basic realm="intranet"\n/,
  },
  {
    name: 'auth: Bearer',
    expect: ['AUTH_REQUIRED'],
    findings: ['AUTH_HEADER_IN_BROWSER'],
    serve: unless(
      ({ headers }) => headers.authorization !== undefined,
      status(401, { 'WWW-Authenticate': 'Bearer realm="chat"' }),
    ),
    shows: /^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Bearer realm="chat"\n/,
  },
  {
    name: 'auth: a token that expired',
    expect: ['AUTH_TOKEN_INVALID'],
    options: { headers: [['Authorization', 'Bearer eyJhbGciOiJub25lIn0.e30.']] },
    serve: () =>
      sound({ refuses: () => status(401, { 'WWW-Authenticate': 'Bearer error="invalid_token"' }) }),
    shows: /^HTTP\/1\.1 401 [\s\S]*error="invalid_token"/,
  },
  {
    name: 'auth: handfast refuses',
    expect: ['AUTH_REQUIRED'],
    serve: () => handfast({ authorize: () => refuse('AUTH_REQUIRED') }),
    shows: /^HTTP\/1\.1 401 [\s\S]*AUTH_REQUIRED/,
  },
  {
    name: 'auth: a session is wanted, with 401',
    expect: ['AUTH_REQUIRED'],
    serve: unless(hasSession, status(401)),
    shows: /^HTTP\/1\.1 401 /,
    flips: [[{ cookie: SESSION }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'auth: a session is wanted, with the way to the login',
    expect: ['ROUTE_REDIRECT_LOGIN'],
    serve: unless(hasSession, LOGIN),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: \/login\?/,
    flips: [[{ cookie: SESSION }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'auth: the session is over',
    expect: ['ROUTE_REDIRECT_LOGIN'],
    options: { cookie: 'session=0a0b0c0d' },
    serve: unless(hasSession, LOGIN),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: \/login\?/,
    flips: [[{ cookie: SESSION }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'auth: the role is missing',
    expect: ['AUTH_FORBIDDEN'],
    options: { cookie: SESSION },
    serve: () =>
      sound({
        unchecked: ['origin'],
        refuses: () => status(403, { 'Content-Type': 'application/json' }, '{"error":"role admin required"}'),
      }),
    shows: /^HTTP\/1\.1 403 [\s\S]*role admin required/,
  },
  {
    name: 'auth: 407 of a server',
    expect: ['FWD_AUTH'],
    serve: () => sound({ refuses: () => status(407, { 'Proxy-Authenticate': 'Basic realm="proxy"' }) }),
    shows: /^HTTP\/1\.1 407 [\s\S]*Proxy-Authenticate: Basic/,
  },
  {
    name: 'auth: the proxy asks for a password',
    expect: ['AUTH_BASIC_VIA_PROXY'],
    serve: () =>
      sound({
        refuses: () => status(401, BASIC, nginxPage('401 Authorization Required')),
      }),
    shows: /^HTTP\/1\.1 401 [\s\S]*<center>nginx\/1\.27\.3<\/center>/,
  },
];

const BASIC = { ...NGINX, 'WWW-Authenticate': 'Basic realm="restricted"' };

const subprotocols: readonly Row[] = [
  {
    name: 'subprotocol: refused without one',
    expect: ['PROTO_REQUIRED'],
    serve: () =>
      sound({
        refuses: ({ headers }) =>
          headers['sec-websocket-protocol'] === undefined ? NO_SUBPROTOCOL : undefined,
      }),
    shows: /^HTTP\/1\.1 400 [\s\S]*Sec-WebSocket-Protocol/,
    flips: [[{ subprotocol: 'mqtt' }, /^HTTP\/1\.1 101 /]],
  },
  {
    name: 'subprotocol: handfast refuses without one',
    expect: ['PROTO_REQUIRED'],
    serve: () => handfast({ subprotocols: ['chat.v1'], requireSubprotocol: true }),
    shows: /^HTTP\/1\.1 400 [\s\S]*PROTO_REQUIRED/,
    flips: [[{ subprotocol: 'chat.v1' }, /^HTTP\/1\.1 101 /]],
  },
];

const NO_SUBPROTOCOL = status(
  400,
  { 'Content-Type': 'text/plain' },
  'Missing Sec-WebSocket-Protocol: mqtt\n',
);

export const identity = servers('refused because of who asks', [...origins, ...credentials, ...subprotocols]);
