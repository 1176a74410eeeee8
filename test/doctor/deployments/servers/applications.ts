// Refused by a stack that wants to be asked otherwise, or by one behind a proxy that changes the request.
// Socket.IO, Express, ws and our own server really run here. What SignalR answers is from its documentation: only the words are real.
import { always } from './answers.js';
import { relayed } from './relay.js';
import { type Row, servers } from './row.js';
import { express, handfast, listening, singlePage, socketIo, wsAlone } from './stacks.js';

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
    quietMs: 1_500,
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

export const applications = servers('refused by a stack, or behind a proxy', [...stacks, ...proxied]);
