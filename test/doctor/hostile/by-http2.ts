// Servers that are good over HTTP/1.1, and over HTTP/2 never come to an end. RFC 9113, RFC 8441; CVE-2019-9512, CVE-2019-9515,
// CVE-2024-27983 are floods of this kind against servers.
import type { Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { acceptFor } from '../../../src/handshake/key.js';
import { make } from '../../support/tls.js';
import { bound } from '../deployments/servers/listen.js';
import type { Host } from '../deployments/servers/row.js';
import { eachFrame, frame, status } from '../deployments/servers/sound.js';
import { flood, KIB, OPENING } from './flows.js';
import type { Hostile } from './row.js';

const TYPES = {
  headers: 1,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const;

/** RFC 9113 §4.1. */
function octets(
  type: keyof typeof TYPES,
  flags: number,
  stream: number,
  payload: Uint8Array = new Uint8Array(),
) {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = TYPES[type];
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** SETTINGS_ENABLE_CONNECT_PROTOCOL: 1, so that a request comes. */
const SETTINGS = octets('settings', 0, 0, Buffer.from([0, 8, 0, 0, 0, 1]));
const GOAWAY = octets('goaway', 0, 0, Buffer.from('7fffffff0000000b', 'hex'));
/** `:status: 200`, and one field of 4,000 octets that is kept. */
const KEPT = Buffer.concat([Buffer.from([0x88, 0x40, 1, 0x61, 0x7f, 0xa1, 0x1e]), Buffer.alloc(4_000, 'x')]);

const FLOWS: Readonly<Record<string, (socket: Socket) => void>> = {
  silence: () => {},
  'SETTINGS without an end': (socket) => flood(socket, octets('settings', 0, 0)),
  'pings without an end': (socket) => flood(socket, many(octets('ping', 0, 0, Buffer.alloc(8)))),
  'updates of its window without an end': (socket) =>
    flood(socket, many(octets('windowUpdate', 0, 0, Buffer.from([0, 0, 0, 1])))),
  'GOAWAY again and again': (socket) => flood(socket, many(GOAWAY)),
  'silence after the request': (socket) => void socket.write(SETTINGS),
  'a head of continuations without an end': onRequest((socket) => {
    socket.write(octets('headers', 0, 1, Buffer.from([0x88])));
    flood(socket, many(octets('continuation', 0, 1, Buffer.alloc(KIB, 0x86))));
  }),
  'one field sixteen thousand times, an octet each': onRequest((socket) => {
    const repeats = Buffer.alloc(16_000 - KEPT.length, 0xbe);
    socket.write(octets('headers', 4, 1, Buffer.concat([KEPT, repeats])));
  }),
  'interim answers without an end': onRequest((socket) =>
    flood(socket, many(octets('headers', 4, 1, Buffer.from([0x08, 3, 0x31, 0x30, 0x33])))),
  ),
  'resets of streams that nobody opened': (socket) =>
    flood(socket, many(octets('reset', 0, 3, Buffer.alloc(4)))),
  'octets of no kind': (socket) => flood(socket, 'no HTTP/2 at all '.repeat(1_000)),
};

function many(one: Uint8Array): Buffer {
  return Buffer.concat(Array<Uint8Array>(100).fill(one));
}

/** SETTINGS first, and this once more came than the peer's own. */
function onRequest(answer: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.write(SETTINGS);
    const since = setTimeout(() => answer(socket), 100);
    socket.once('close', () => clearTimeout(since));
  };
}

export const byHttp2: readonly Hostile[] = Object.entries(FLOWS).map(([what, flow]) => ({
  name: `HTTP/2: ${what}`,
  limit: 'time',
  expect: [],
  serve: () => overHttp2(flow),
  shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /,
}));

/** Good over HTTP/1.1; over HTTP/2 the peer gets this. */
async function overHttp2(answer: (socket: Socket) => void): Promise<Host> {
  const made = make('localhost', 'DNS:localhost,IP:127.0.0.1', 25);
  const server = createTls({ ...made, ALPNProtocols: ['h2', 'http/1.1'] }, (socket) => {
    socket.on('error', () => {});
    if (socket.alpnProtocol === 'h2') answer(socket.resume());
    else socket.once('data', (chunk: Buffer) => opened(socket, chunk.toString('latin1')));
  });
  const { port, stop } = await bound(server);
  return { url: `wss://127.0.0.1:${port}/ws`, options: { tls: { ca: made.ca } }, stop };
}

function opened(socket: Socket, head: string): void {
  const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
  if (!/^sec-websocket-version: 13\r/im.test(head)) return void socket.end(status(426));
  socket.write(`${OPENING}Connection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key)}\r\n\r\n`);
  eachFrame(socket, (opcode, payload) => {
    if (opcode === 9) socket.write(frame(0x8a, payload));
    if (opcode === 8) socket.end(frame(0x88, payload));
  });
}
