// Servers that never come to an end.
import { answering, greeting } from '../deployments/servers/listen.js';
import { frame, sound } from '../deployments/servers/sound.js';
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
    name: 'TLS: one octet of the handshake in a second',
    limit: 'time',
    expect: ['TLS_TIMEOUT'],
    serve: () => greetingHello((socket) => drip(socket, '\x16\x03\x03\x00\x40\x02\x00\x00\x3c\x03\x03\x00')),
    shows: /^\[ETIMEDOUT\]$/,
  },
  {
    name: 'a socket that takes everything and says nothing',
    limit: 'time',
    expect: ['HTTP_NO_RESPONSE'],
    serve: () => greeting((socket) => void socket.setNoDelay()),
    shows: /^\[open\]$/,
  },
  {
    name: 'pings without an end, through an idle time',
    limit: 'time',
    expect: [],
    options: { idleMs: 1_000 },
    serve: () => sound({ session: (socket) => flood(socket.resume(), frame(0x89, 'x'.repeat(125))) }),
    shows: /\n\n\\x89}x{125}\\x89}/,
    listens: true,
  },
];
