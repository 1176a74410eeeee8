// Servers that send more than anybody can keep, or what takes long to look at.
import { constants, deflateRawSync } from 'node:zlib';
import { make } from '../../support/tls.js';
import { answering } from '../deployments/servers/listen.js';
import { frame, sound, status } from '../deployments/servers/sound.js';
import { flood, greetingHello, KIB, OPENING, PAGE } from './flows.js';
import type { Hostile } from './row.js';

export const bySize: readonly Hostile[] = [
  {
    name: 'a head of fields without an end',
    limit: 'size',
    expect: ['HTTP_HEAD_TOO_LARGE'],
    serve: () =>
      answering((socket) => {
        socket.write(OPENING);
        flood(socket, `X-Filler: ${'x'.repeat(KIB)}\r\n`.repeat(16));
      }),
    shows: /^HTTP\/1\.1 101 [\s\S]{100000}/,
  },
  {
    name: 'one field without an end',
    limit: 'size',
    expect: ['HTTP_HEAD_TOO_LARGE'],
    serve: () =>
      answering((socket) => {
        socket.write(`${OPENING}Set-Cookie: `);
        flood(socket, 'x'.repeat(64 * KIB));
      }),
    shows: /^HTTP\/1\.1 101 [\s\S]*Set-Cookie: x{30000}/,
  },
  {
    name: 'a status line without an end',
    limit: 'size',
    expect: ['HTTP_HEAD_TOO_LARGE', 'HTTP_STATUS_LINE'],
    serve: () =>
      answering((socket) => {
        socket.write('HTTP/1.1 101 ');
        flood(socket, 'x'.repeat(64 * KIB));
      }),
    shows: /^HTTP\/1\.1 101 x{30000}/,
  },
  {
    name: 'a body of a gigabyte',
    limit: 'size',
    expect: ['ROUTE_HTTP_200', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_SPA_FALLBACK'],
    serve: () =>
      answering((socket) => {
        socket.write(`${PAGE}Content-Length: 1073741824\r\n\r\n`);
        flood(socket, 'x'.repeat(64 * KIB));
      }),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*\n\nx{30000}/,
  },
  {
    name: 'chunks without an end, each with a long extension',
    limit: 'size',
    expect: ['ROUTE_HTTP_200', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_SPA_FALLBACK'],
    serve: () =>
      answering((socket) => {
        socket.write(`${PAGE}Transfer-Encoding: chunked\r\n\r\n`);
        flood(socket, `1;${'x'.repeat(4 * KIB)}\r\nx\r\n`);
      }),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*\n\n1;x{4096}\nx\n1;/,
  },
  {
    name: 'fifteen thousand fields',
    limit: 'size',
    expect: [],
    serve: () => sound({ opens: (right) => right.replace('\r\n\r\n', `${'\r\na:'.repeat(15_000)}\r\n\r\n`) }),
    shows: /^HTTP\/1\.1 101 [\s\S]*(\na:){15000}/,
  },
  {
    name: 'interim answers of the largest size',
    limit: 'size',
    expect: ['HTTP_HEAD_TOO_LARGE'],
    serve: () =>
      answering((socket) =>
        flood(socket, `HTTP/1.1 103 Early Hints\r\nLink: ${'x'.repeat(60 * KIB)}\r\n\r\n`),
      ),
    shows: /^HTTP\/1\.1 103 Early Hints\nLink: x{61440}\n\nHTTP\/1\.1 103 /,
  },
  {
    name: 'chunks of negative, endless and no size',
    limit: 'size',
    expect: ['ROUTE_HTTP_200', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_SPA_FALLBACK'],
    serve: () =>
      answering((socket) => {
        socket.write(`${PAGE}Transfer-Encoding: chunked\r\n\r\n2\r\nok\r\n`);
        flood(socket, '-1\r\nx\r\nffffffffffffffff\r\nx\r\nzz\r\nx\r\n');
      }),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*\n\n2\nok\n-1\nx\nffffffffffffffff\n/,
  },
  {
    name: 'one frame of a gigabyte',
    limit: 'size',
    expect: [],
    serve: () =>
      sound({
        session: (socket) => {
          socket.resume().write(Buffer.from('827f0000000040000000', 'hex'));
          flood(socket, 'x'.repeat(64 * KIB));
        },
      }),
    shows: /\n\n\\x82\\x7f(\\x00){4}@(\\x00){3}x{30000}/,
    listens: true,
  },
  {
    name: 'octets of no kind behind a 101, without an end',
    limit: 'size',
    expect: ['FRAME_RSV', 'FRAME_OPCODE'],
    serve: () => sound({ session: (socket) => flood(socket.resume(), Buffer.alloc(64 * KIB, 0xf7)) }),
    shows: /\n\n(\\xf7){10000}/,
    listens: true,
  },
  {
    name: 'frames without an end, to one who says that it is his',
    limit: 'size',
    expect: [],
    options: { own: true },
    serve: () => sound({ session: (socket) => flood(socket.resume(), frame(0x82, 'x'.repeat(60 * KIB))) }),
    shows: /\n\n\\x82~\\xf0\\x00x{60000}/,
    listens: true,
  },
  {
    name: 'frames without an end',
    limit: 'size',
    expect: [],
    serve: () => sound({ session: (socket) => flood(socket.resume(), frame(0x82, 'x'.repeat(60 * KIB))) }),
    shows: /\n\n\\x82~\\xf0\\x00x{60000}/,
    listens: true,
  },
  {
    name: 'one frame of four exabytes',
    limit: 'size',
    expect: [],
    serve: () =>
      sound({
        session: (socket) => {
          socket.resume().write(Buffer.from('827f4000000000000000', 'hex'));
          flood(socket, 'x'.repeat(64 * KIB));
        },
      }),
    shows: /\n\n\\x82\\x7f@(\\x00){7}x{30000}/,
    listens: true,
  },
  {
    name: 'a message of a megabyte that expands to a gigabyte',
    limit: 'size',
    expect: [],
    serve: () => sound({ opens: agreeing, session: (socket) => void socket.resume().write(bomb()) }),
    shows: /permessage-deflate\n\n\\xc2\\x7f\\x00\\x00\\x00\\x00\\x00/,
    listens: true,
  },
  {
    name: 'small messages that expand to megabytes, without an end',
    limit: 'size',
    expect: [],
    serve: () =>
      sound({
        opens: agreeing,
        session: (socket) => flood(socket.resume(), frame(0xc2, zeros().subarray(0, -4))),
      }),
    shows: /permessage-deflate\n\n\\xc2~/,
    listens: true,
  },
  {
    name: 'a page in gzip, of a kind that expands',
    limit: 'size',
    expect: ['ROUTE_HTTP_200', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_SPA_FALLBACK'],
    serve: () => answering(Buffer.concat([Buffer.from(GZIPPED), zeros()])),
    shows: /^HTTP\/1\.1 200 OK\n[\s\S]*Content-Encoding: deflate\n\n/,
  },
  {
    name: 'fields that are slow to match',
    limit: 'size',
    expect: ['EXT_SYNTAX', 'HTTP_HEAD_TOO_LARGE', 'RESP_UPGRADE_WRONG'],
    serve: () =>
      sound({
        opens: (right) => {
          const slow = [`Sec-WebSocket-Extensions: ${';='.repeat(6_000)}`, `Via: ${'1.1 a,'.repeat(2_000)}`];
          return right.replace(
            '\r\n\r\n',
            ['', ...slow, `Server: ${'a/1 '.repeat(2_000)}`, '', ''].join('\r\n'),
          );
        },
      }),
    shows: /^HTTP\/1\.1 101 [\s\S]*(;=){6000}/,
  },
  {
    name: 'a page that is slow to match',
    limit: 'size',
    expect: ['ROUTE_NOT_FOUND', 'HTTP_STATUS', 'HTTP_NO_UPGRADE_LISTENER', 'ROUTE_PROXY_NOT_FOUND'],
    serve: () =>
      answering(
        status(
          404,
          { 'Content-Type': 'text/html' },
          `Cannot GET ${'/a'.repeat(2_000)}${'<center>'.repeat(500)}`,
        ),
      ),
    shows: /^HTTP\/1\.1 404 [\s\S]*(<center>){500}/,
  },
  {
    name: 'TLS: octets of no kind without an end',
    limit: 'size',
    expect: ['TLS_FAILED', 'TLS_TO_PLAIN_PORT', 'TCP_WRONG_SERVICE', 'HTTP_NOT_HTTP', 'TLS_TIMEOUT'],
    serve: () => greetingHello((socket) => flood(socket, 'no TLS at all '.repeat(1_000))),
    shows: /^\[(EPROTO|ERR_SSL_\w+)\]$/,
  },
  {
    name: 'TLS: warnings without an end',
    limit: 'size',
    expect: ['TLS_FAILED', 'TLS_TIMEOUT'],
    serve: () => greetingHello((socket) => flood(socket, Buffer.from('1503030002015a'.repeat(100), 'hex'))),
    shows: /^\[(EPROTO|ERR_SSL_\w+|ETIMEDOUT|ECONNRESET)\]$/,
  },
  {
    name: 'TLS: a chain of 200 certificates',
    limit: 'size',
    expect: ['TLS_FAILED', 'TLS_CERT_UNTRUSTED'],
    serve: async () => {
      const { key, cert } = make('localhost', 'DNS:localhost,IP:127.0.0.1', 25);
      return await sound({ tls: { key, cert: cert.repeat(200) } });
    },
    shows: /^\[(EPROTO|ERR_SSL_\w+)\]$|^\{TLSv1\.3 DEPTH_ZERO_SELF_SIGNED_CERT /,
  },
  {
    name: 'TLS: a certificate with a thousand long names',
    limit: 'size',
    expect: ['TLS_CERT_UNTRUSTED', 'TLS_CERT_NAME', 'TLS_FAILED'],
    serve: async () => {
      const names = Array.from({ length: 1_000 }, (_, at) => `DNS:${'n'.repeat(50)}${at}.test`);
      return await sound({ tls: make('other.test', names.join(','), 25) });
    },
    shows:
      /^\[(EPROTO|ERR_SSL_\w+)\]$|^\{TLSv1\.3 (DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID) /,
  },
];

function agreeing(right: string): string {
  return right.replace('\r\n\r\n', '\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n');
}

/** A megabyte of zeros in a kilobyte, ended so that more can follow. */
function zeros(): Buffer {
  return deflateRawSync(Buffer.alloc(KIB * KIB), { finishFlush: constants.Z_FULL_FLUSH, level: 9 });
}

/** One frame of a compressed message. */
function bomb(): Buffer {
  const payload = Buffer.concat(Array<Buffer>(KIB).fill(zeros())).subarray(0, -4);
  const header = Buffer.alloc(10);
  header.writeUInt16BE(0xc27f);
  header.writeUIntBE(payload.length, 4, 6);
  return Buffer.concat([header, payload]);
}

const GZIPPED = `${PAGE}Content-Encoding: deflate\r\n\r\n`;
