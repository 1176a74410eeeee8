// WebSocket servers in Python and Go: the programs of the interop tests, asked for what they refuse.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Child } from '../../../support/child.js';
import { need, root } from '../../../support/needs.js';
import { relayed } from './relay.js';
import { type Host, type Row, servers } from './row.js';

const peer = (file: string) => fileURLToPath(new URL(`test/interop/peers/${file}`, root));

/** The program prints its port first. */
async function running(command: string, args: readonly string[], path: string): Promise<Host> {
  const child = new Child(command, args);
  const port = await child.line();
  return { url: `ws://127.0.0.1:${port}${path}`, stop: () => child.stop() };
}

const websockets = (path: string) =>
  running(need('python-websockets').path, [peer('websockets_server.py')], path);
const aiohttp = (path: string) => running(need('python-aiohttp').path, [peer('aiohttp_server.py')], path);

async function gorilla(path: string): Promise<Host> {
  const folder = fileURLToPath(new URL('.build/peers/', root));
  mkdirSync(folder, { recursive: true });
  const program = `${folder}gorilla_server`;
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
  execFileSync(need('go').path, ['build', '-o', program, peer('gorilla_server/main.go')], {
    env,
    stdio: 'pipe',
  });
  return await running(program, [], path);
}

const python: readonly Row[] = [
  {
    name: 'Python websockets: a token is wanted',
    expect: ['AUTH_REQUIRED'],
    serve: () => websockets('/private'),
    shows: /^HTTP\/1\.1 401 [\s\S]*WWW-Authenticate: Bearer realm="peers"\n/,
  },
  {
    name: 'Python websockets: behind a proxy that drops Upgrade',
    expect: ['PROXY_UPGRADE_STRIPPED', 'PROXY_CONNECTION_LOST'],
    why: 'It looks at Connection first and names that alone; whether Upgrade was gone too only it can tell.',
    serve: async () => relayed(await websockets('/echo')),
    shows: /^HTTP\/1\.1 426 [\s\S]*Failed to open a WebSocket connection/,
  },
  {
    name: 'Python websockets: no subprotocol of ours',
    expect: ['PROTO_NOT_SELECTED'],
    options: { subprotocols: ['chat.v1'] },
    serve: () => websockets('/echo'),
    shows: /^HTTP\/1\.1 101 (?!.*Sec-WebSocket-Protocol)/s,
  },
  {
    name: 'Python aiohttp: no such route',
    expect: ['ROUTE_NOT_FOUND'],
    serve: () => aiohttp('/ws'),
    shows: /^HTTP\/1\.1 404 [\s\S]*aiohttp[\s\S]*404: Not Found/,
    flips: [[{ upgrade: null }, /^HTTP\/1\.1 404 /]],
  },
  {
    name: 'Python aiohttp: behind a proxy that drops Upgrade',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    serve: async () => relayed(await aiohttp('/echo')),
    shows: /^HTTP\/1\.1 400 [\s\S]*No WebSocket UPGRADE hdr/,
  },
];

const go: readonly Row[] = [
  {
    name: 'Go: no such route',
    expect: ['ROUTE_NOT_FOUND'],
    serve: () => gorilla('/ws'),
    shows: /^HTTP\/1\.1 404 [\s\S]*404 page not found/,
  },
  {
    name: 'Go gorilla: a page of another site',
    expect: ['ORIGIN_REJECTED'],
    options: { origin: 'https://staging.example.com' },
    serve: () => gorilla('/echo'),
    shows: /^HTTP\/1\.1 403 [\s\S]*Sec-Websocket-Version: 13\n/,
    flips: [
      [{ origin: 'own' }, /^HTTP\/1\.1 101 /],
      [{ origin: null }, /^HTTP\/1\.1 101 /],
    ],
  },
  {
    name: 'Go gorilla: behind a proxy that drops Upgrade',
    expect: ['PROXY_UPGRADE_STRIPPED'],
    serve: async () => relayed(await gorilla('/echo')),
    shows: /^HTTP\/1\.1 400 [\s\S]*Bad Request/,
    flips: [[{ version: '99' }, /^HTTP\/1\.1 400 /]],
  },
];

export const pythonServers = servers('servers in Python', python, ['python-websockets', 'python-aiohttp']);
export const goServers = servers('servers in Go', go, ['go', 'gorilla']);
