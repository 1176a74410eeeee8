// Servers that never come to an end.
import type { Socket } from 'node:net';
import { createServer as createTls } from 'node:tls';
import { acceptFor } from '../../../src/handshake/key.js';
import { make } from '../../support/tls.js';
import { answering, bound } from '../deployments/servers/listen.js';
import type { Host } from '../deployments/servers/row.js';
import { eachFrame, frame, sound, status } from '../deployments/servers/sound.js';
import { drip, flood, greetingHello, OPENING, PAGE } from './flows.js';
import type { Hostile } from './row.js';

export const byTime: readonly Hostile[] = [
  {
    name: 'one octet of the head in a second',
    limit: 'time',
    expect: ['HTTP_NO_RESPONSE', 'HTTP_TRUNCATED'],
    serve: () => answering((socket) => drip(socket, `${OPENING}X-Filler: x`)),
    shows: /^\[open\]$/,
  },
  {
    name: 'one octet of the body in a second',
    limit: 'time',
    expect: ['ROUTE_HTTP_200', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_SPA_FALLBACK'],
    serve: () =>
      answering((socket) => {
        socket.write(`${PAGE}Content-Length: 1000000\r\n\r\n`);
        drip(socket, '<!doctype html>');
      }),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*\n\n\[open\]$/,
  },
  {
    name: 'one octet of a frame in a second',
    limit: 'time',
    expect: [],
    serve: () => sound({ session: (socket) => drip(socket.resume(), '\x82\x7e\xff\xffx') }),
    shows: /^HTTP\/1\.1 101 [\s\S]*\n\n\[open\]$/,
  },
  {
    name: 'interim answers without an end',
    limit: 'time',
    expect: ['HTTP_INTERIM', 'HTTP_NO_RESPONSE', 'HTTP_HEAD_TOO_LARGE'],
    serve: () => answering((socket) => flood(socket, 'HTTP/1.1 102 Processing\r\n\r\n'.repeat(100))),
    shows: /^HTTP\/1\.1 102 Processing\n\nHTTP\/1\.1 102 /,
  },
  {
    name: 'pings without an end',
    limit: 'time',
    expect: [],
    serve: () => sound({ session: (socket) => flood(socket.resume(), frame(0x89, 'x'.repeat(125))) }),
    shows: /\n\n\\x89}x{125}\\x89}/,
    listens: true,
  },
  {
    name: 'empty fragments without an end',
    limit: 'time',
    expect: [],
    serve: () =>
      sound({
        session: (socket) => {
          socket.resume().write(frame(0x02));
          flood(socket, Buffer.alloc(2_048));
        },
      }),
    shows: /\n\n\\x02(\\x00){100}/,
    listens: true,
  },
  {
    name: 'the close is answered after a minute, and data comes till then',
    limit: 'time',
    expect: [],
    serve: () =>
      sound({
        session: (socket) => {
          const talk = setInterval(() => socket.write(frame(0x82, 'still here')), 50);
          const end = setTimeout(() => socket.end(frame(0x88)), 60_000);
          socket.resume().once('close', () => {
            clearInterval(talk);
            clearTimeout(end);
          });
        },
      }),
    shows: /(\\x82\\x0astill here){20}/,
  },
  {
    name: 'TLS: half a record, and silence',
    limit: 'time',
    expect: ['TLS_TIMEOUT', 'TLS_FAILED'],
    serve: () => greetingHello((socket) => void socket.write(Buffer.from('160303400002003c00', 'hex'))),
    shows: /^\[ETIMEDOUT\]$/,
  },
  {
    name: 'HTTP/2: SETTINGS without an end',
    limit: 'time',
    expect: [],
    serve: () => overHttp2((socket) => flood(socket, Buffer.from('000000040000000000', 'hex'))),
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /,
  },
  {
    name: 'HTTP/2: silence',
    limit: 'time',
    expect: [],
    serve: () => overHttp2(() => {}),
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /,
  },
];

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
