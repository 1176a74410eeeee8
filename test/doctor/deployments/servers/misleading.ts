// Answers that mislead: whoever judges by one word, by one status or by one flip names the wrong cause.
import type { IncomingMessage } from 'node:http';
import { always } from './answers.js';
import { together } from './listen.js';
import { type Host, type Row, servers } from './row.js';
import { type Parts, sound, status } from './sound.js';

const OPENS = /^HTTP\/1\.1 101 /;

/** Two servers behind one address take turns, and one of them refuses. */
function takingTurns(refusal: string, first: 'good' | 'bad', parts: Parts = {}): Promise<Host> {
  let requests = first === 'good' ? 1 : 0;
  return sound({ ...parts, refuses: () => (requests++ % 2 === 0 ? refusal : undefined) });
}

const unsteady: readonly Row[] = [
  {
    name: 'unsteady: 403 and 101 in turns',
    expect: ['ROUTE_UNSTEADY'],
    serve: () => takingTurns(status(403), 'bad'),
    shows: /^HTTP\/1\.1 403 /,
    flips: [[{}, OPENS]],
  },
  {
    name: 'unsteady: 404 and 101 in turns',
    expect: ['ROUTE_UNSTEADY'],
    serve: () => takingTurns(status(404, {}, 'no\n'), 'bad'),
    shows: /^HTTP\/1\.1 404 /,
    flips: [[{}, OPENS]],
  },
  {
    name: 'unsteady: no answer and 101 in turns',
    expect: ['ROUTE_UNSTEADY'],
    serve: () => takingTurns('', 'bad'),
    shows: /^\[fin\]$/,
    flips: [[{}, OPENS]],
  },
  {
    name: 'unsteady: 101 and 403 in turns, which is no check of origins',
    expect: [],
    findings: ['ROUTE_UNSTEADY'],
    serve: () => takingTurns(status(403), 'good', { unchecked: ['origin'] }),
    shows: OPENS,
    flips: [[{}, /^HTTP\/1\.1 403 /]],
  },
  {
    name: 'unsteady: 101 and 403 in turns, which is not about the cookie',
    expect: [],
    findings: ['ROUTE_UNSTEADY'],
    options: { cookie: 'session=5f1d7c0a9b' },
    serve: () => inTurnsFor(isForeign),
    shows: OPENS,
    flips: [
      [{ origin: 'https://evil.example' }, OPENS],
      [{ origin: 'https://evil.example' }, /^HTTP\/1\.1 403 /],
    ],
  },
];

const isForeign = ({ headers }: IncomingMessage) => headers.origin !== `http://${headers.host}`;

/** Only those requests are refused every other time. */
function inTurnsFor(test: (request: IncomingMessage) => boolean): Promise<Host> {
  let requests = 0;
  const isRefused = (request: IncomingMessage) => test(request) && requests++ % 2 === 1;
  return sound({
    unchecked: ['origin'],
    refuses: (request) => (isRefused(request) ? status(403) : undefined),
  });
}

const SIGN_IN =
  '<!doctype html><title>Sign in</title><form method="post"><input name="p" type="password"></form>';

const words: readonly Row[] = [
  {
    name: 'misleading: a page about WebSocket where nothing is found',
    expect: ['ROUTE_NOT_FOUND'],
    serve: always(404, { 'X-Powered-By': 'Express' }, '<h1>Not found</h1>Is it a missing Upgrade header?\n'),
    shows: /^HTTP\/1\.1 404 [\s\S]*missing Upgrade header/,
  },
  {
    name: 'misleading: 426 that wants HTTP/2',
    expect: ['HTTP_STATUS'],
    serve: always(426, { Upgrade: 'h2c' }, 'This service speaks HTTP/2.\n'),
    shows: /^HTTP\/1\.1 426 [\s\S]*Upgrade: h2c\n/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 426 /]],
  },
  {
    name: 'misleading: 426 for all, of a server that speaks version 8',
    expect: ['ROUTE_VERSION'],
    serve: always(426, { 'Sec-WebSocket-Version': '8' }),
    shows: /^HTTP\/1\.1 426 [\s\S]*Sec-WebSocket-Version: 8\n/,
  },
  {
    name: 'misleading: a page to sign in, with 200',
    expect: ['AUTH_REQUIRED'],
    serve: always(200, { 'Content-Type': 'text/html' }, SIGN_IN),
    shows: /^HTTP\/1\.1 200 [\s\S]*type="password"/,
  },
  {
    name: 'misleading: an invalid token, where none was sent',
    expect: ['AUTH_REQUIRED'],
    serve: always(401, { 'WWW-Authenticate': 'Negotiate, Bearer realm="a, b", error="invalid_token"' }),
    shows: /^HTTP\/1\.1 401 [\s\S]*error="invalid_token"\n/,
  },
  {
    name: 'misleading: a redirect to another host that adds a slash too',
    expect: ['ROUTE_REDIRECT'],
    serve: always(302, { Location: 'https://cdn.example/ws/' }),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: https:\/\/cdn\.example\/ws\/\n/,
  },
  {
    name: 'misleading: a redirect to the lessons',
    expect: ['ROUTE_REDIRECT'],
    serve: always(302, { Location: '/lessons/designing' }),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: \/lessons\/designing\n/,
  },
  {
    name: 'misleading: the page of an error says that the app was asked for /',
    expect: ['ROUTE_PREFIX'],
    serve: always(404, { 'X-Powered-By': 'Express' }, '<pre>Cannot GET /</pre>'),
    shows: /^HTTP\/1\.1 404 [\s\S]*Cannot GET \//,
  },
];

const breakdowns: readonly Row[] = [
  {
    name: 'misleading: without the cookie it breaks down, which refuses nobody',
    expect: [],
    grade: 'B',
    findings: ['SEC_ORIGIN_UNCHECKED'],
    options: { cookie: 'session=5f1d7c0a9b' },
    serve: () =>
      sound({
        unchecked: ['origin'],
        refuses: ({ headers }) => (headers.cookie === undefined ? status(502) : undefined),
      }),
    shows: OPENS,
    flips: [[{ cookie: null }, /^HTTP\/1\.1 502 /]],
  },
  {
    name: 'misleading: the proxy leads to another application than the direct way',
    expect: ['ROUTE_NOT_FOUND'],
    serve: async () => {
      const [front, right] = [await always(404, {}, 'no\n')(), await sound()];
      return { ...together(front.url, front, right), options: { direct: new URL(right.url).host } };
    },
    shows: /^HTTP\/1\.1 404 /,
  },
  {
    name: 'misleading: a plain request gets 429, so nobody knows whether the Upgrade was read',
    expect: ['ROUTE_NOT_FOUND'],
    serve: () =>
      sound({
        refuses: ({ headers }) => status(headers.upgrade === undefined ? 429 : 404),
      }),
    shows: /^HTTP\/1\.1 404 /,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 429 /]],
  },
];

export const misleading = servers('misleading', [...unsteady, ...words, ...breakdowns]);
