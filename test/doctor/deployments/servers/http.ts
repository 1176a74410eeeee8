// Broken between TCP and a final head: nothing comes, or what comes is no answer of HTTP/1.1 as it should be.
import { createServer, type RequestListener } from 'node:http';
import type { Socket } from 'node:net';
import { answering, bound } from './listen.js';
import { type Host, type Row, servers } from './row.js';
import { sound } from './sound.js';

/** A server of node:http that serves pages well, and does this with an upgrade; undefined: nobody listens for upgrades. */
async function pages(onUpgrade?: (socket: Socket) => void, page: RequestListener = home): Promise<Host> {
  const server = createServer(page);
  if (onUpgrade !== undefined)
    server.on('upgrade', (_request, socket: Socket) => onUpgrade(socket.on('error', () => {})));
  const { port, stop } = await bound(server);
  return { url: `ws://127.0.0.1:${port}/ws`, stop };
}

const home: RequestListener = (_request, response) => {
  response.writeHead(200, { 'Content-Type': 'text/plain' }).end('hello\n');
};

const silence: readonly Row[] = [
  {
    name: 'node:http without a listener for upgrades',
    expect: ['HTTP_NO_UPGRADE_LISTENER'],
    serve: () => pages(),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*hello/,
    flips: [
      [{ upgrade: null }, /^HTTP\/1\.1 200 OK\n[\s\S]*hello/],
      [{ path: '/no-such-path' }, /^HTTP\/1\.1 200 OK\n[\s\S]*hello/],
    ],
  },
  {
    name: 'node:http without a listener for upgrades, and the path knows what it wants',
    expect: ['HTTP_NO_UPGRADE_LISTENER', 'PROXY_UPGRADE_STRIPPED'],
    why: 'Words like a WebSocket stack, but nobody on the way shows itself: only the server knows whether Upgrade came.',
    serve: () =>
      pages(undefined, ({ url }, response) => {
        if (url !== '/ws') response.writeHead(404).end();
        else response.writeHead(400, { 'Content-Type': 'text/plain' }).end('Expected a WebSocket request\n');
      }),
    shows: /^HTTP\/1\.1 400 [\s\S]*Expected a WebSocket/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 400 [\s\S]*Expected a WebSocket/]],
  },
  {
    name: 'an upgrade listener that never answers',
    expect: ['HTTP_NO_RESPONSE'],
    options: { stageMs: 800 },
    serve: () => pages(() => {}),
    shows: /^\[open\]$/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
  {
    name: 'a server that never answers anything',
    expect: ['HTTP_NO_RESPONSE'],
    options: { stageMs: 800 },
    serve: () => answering(() => {}),
    shows: /^\[open\]$/,
    flips: [[{ upgrade: null }, /^\[open\]$/]],
  },
  {
    name: 'an upgrade listener that ends the socket without a status',
    expect: ['HTTP_EMPTY_REPLY'],
    serve: () => pages((socket) => void socket.end()),
    shows: /^\[fin\]$/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
  {
    name: 'a server that hangs up on every request',
    expect: ['HTTP_EMPTY_REPLY'],
    serve: () => answering(''),
    shows: /^\[fin\]$/,
    flips: [[{ upgrade: null }, /^\[fin\]$/]],
  },
  {
    name: 'a reset for upgrades alone',
    expect: ['HTTP_RESET'],
    serve: () => pages((socket) => void socket.resetAndDestroy()),
    shows: /^\[rst\]$/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 200 /]],
  },
];

/** Answers every handshake with the right 101, changed; everything else is right. */
const changed = (change: (right: string) => string) => () => sound({ opens: (right) => change(right) });

/** The same where what is behind the answer must not be read as frames. */
const cut = (change: (right: string) => string) => () =>
  sound({ opens: (right) => change(right), session: (socket) => void socket.end() });

const heads: readonly Row[] = [
  {
    name: 'half a head',
    expect: ['HTTP_TRUNCATED'],
    serve: cut((right) => right.slice(0, 60)),
    shows: /^HTTP\/1\.1 101 Switching Protocols\nUpgrade: websocket\n[^\n]*\[fin\]$/,
  },
  {
    name: 'line ends without CR',
    expect: ['HTTP_BARE_LF'],
    serve: changed((right) => right.replaceAll('\r\n', '\n')),
    shows: /^HTTP\/1\.1 101 Switching Protocols\\x0aUpgrade/,
  },
  {
    name: 'a head of 300 KB',
    expect: ['HTTP_HEAD_TOO_LARGE'],
    serve: changed((right) => right.replace('\r\n\r\n', `\r\nX-Filler: ${'x'.repeat(300_000)}\r\n\r\n`)),
    shows: /^HTTP\/1\.1 101 [\s\S]{300000}/,
  },
  {
    name: 'HTTP/1.0 101',
    expect: ['HTTP_VERSION_10'],
    serve: changed((right) => right.replace('HTTP/1.1', 'HTTP/1.0')),
    shows: /^HTTP\/1\.0 101 /,
  },
  {
    name: '103 before the 101',
    expect: ['HTTP_INTERIM'],
    serve: changed((right) => `HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n${right}`),
    shows: /^HTTP\/1\.1 103 [\s\S]*\nHTTP\/1\.1 101 /,
  },
  {
    name: '100 before the 101',
    expect: ['HTTP_INTERIM'],
    serve: changed((right) => `HTTP/1.1 100 Continue\r\n\r\n${right}`),
    shows: /^HTTP\/1\.1 100 [\s\S]*\nHTTP\/1\.1 101 /,
  },
  {
    name: 'a status line without a reason and its space',
    expect: ['HTTP_STATUS_LINE'],
    serve: changed((right) => right.replace(' Switching Protocols', '')),
    shows: /^HTTP\/1\.1 101\n/,
  },
  {
    name: 'a status line with two spaces',
    expect: ['HTTP_STATUS_LINE'],
    serve: changed((right) => right.replace(' 101', '  101')),
    shows: /^HTTP\/1\.1 {2}101 /,
  },
  {
    name: 'a space before a colon',
    expect: ['HTTP_HEADER_SYNTAX'],
    serve: changed((right) => right.replace('Upgrade:', 'Upgrade :')),
    shows: /\nUpgrade : websocket\n/,
  },
  {
    name: 'a field folded over two lines',
    expect: ['HTTP_HEADER_SYNTAX'],
    serve: changed((right) => right.replace('Accept: ', 'Accept:\r\n ')),
    shows: /\nSec-WebSocket-Accept:\n HSmrc0sM/,
  },
  {
    name: 'a line without a colon',
    expect: ['HTTP_HEADER_SYNTAX'],
    serve: changed((right) => right.replace('\r\n\r\n', '\r\nWebSocket server ready\r\n\r\n')),
    shows: /\nWebSocket server ready\n\n/,
  },
  {
    name: 'NUL in a field, as C leaves it',
    expect: ['HTTP_HEADER_SYNTAX'],
    serve: changed((right) => right.replace('\r\n\r\n', '\r\nServer: tinyws\0\r\n\r\n')),
    shows: /\nServer: tinyws\\x00\n\n/,
  },
];

/** What is right and looks odd: none of it may be called a fault. */
const odd: readonly Row[] = [
  {
    name: 'good: names in lower case and WebSocket in capitals',
    expect: [],
    serve: changed((right) =>
      right.replace(/^[\w-]+(?=:)/gm, (name) => name.toLowerCase()).replace('websocket\r', 'WebSocket\r'),
    ),
    shows: /\nupgrade: WebSocket\nconnection: Upgrade\n/,
  },
  {
    name: 'good: the first message in the same segment as the head',
    expect: [],
    serve: changed((right) => `${right}\x81\x05hello`),
    shows: /\n\n\\x81\\x05hello\\x8a\\x02hi\\x88\\x02\\x03\\xe8\[fin\]$/,
  },
  {
    name: 'good: the head octet by octet',
    expect: [],
    serve: dripping,
    shows: /^HTTP\/1\.1 101 [\s\S]*\\x88\\x02\\x03\\xe8\[fin\]$/,
    quietMs: 600,
  },
];

async function dripping(): Promise<Host> {
  return await sound({
    opens: async (right, { socket }) => {
      for (const octet of right.slice(0, -60)) {
        socket.write(octet);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
      return right.slice(-60);
    },
  });
}

export const http = servers('HTTP before the upgrade', [...silence, ...heads, ...odd]);
