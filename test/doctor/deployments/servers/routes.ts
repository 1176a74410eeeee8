// Refused with a status because of the path or the method.
import type { RequestListener } from 'node:http';
import { always } from './answers.js';
import { type Row, servers } from './row.js';
import { sound, status } from './sound.js';
import { express, handfast, listening, singlePage, ws } from './stacks.js';

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

export const routes = servers('refused because of the path', [...paths, ...redirects]);
