// Knows: servers that want to hurt whoever diagnoses them: by time, by size, by text; and which limit of doctor must hold.
// Must not know: how doctor holds it. Every run against one of them must end with a report inside of these limits.
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer as createTls } from 'node:tls';
import { constants, deflateRawSync } from 'node:zlib';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { closePayload, fitReason } from '../../src/frames/frame.js';
import { acceptFor } from '../../src/handshake/key.js';
import { make } from '../support/tls.js';
import { answering, bound, greeting } from './deployments/servers/listen.js';
import type { Host } from './deployments/servers/row.js';
import { eachFrame, frame, sound, status } from './deployments/servers/sound.js';

export type Limit =
  /** The stage or the run is over after its time. */
  | 'time'
  /** No more is read than a head, a body or a message may have. */
  | 'size'
  /** Nothing of the peer's text reaches a terminal or a page as anything but text. */
  | 'text'
  /** No second step is taken that the peer asks for. */
  | 'conduct';

export interface Hostile {
  readonly name: string;
  readonly limit: Limit;
  /** One of these is named first; empty where any report will do, such as for a server that works. */
  readonly expect: readonly string[];
  readonly options?: DiagnoseOptions;
  serve(): Promise<Host>;
  /** What a raw handshake gets, as `transcript` writes it, from its beginning. */
  readonly shows: RegExp;
  /** The raw client neither pings nor closes. */
  readonly listens?: boolean;
}

/** Writes as fast as the other side reads, for ever. */
function flood(socket: Duplex, octets: Uint8Array | string): void {
  const piece = typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets;
  const pour = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', pour);
  pour();
}

/** One octet a second, for ever; the last one again and again. */
function drip(socket: Duplex, text: string): void {
  let at = 0;
  const timer = setInterval(() => {
    socket.write(text[Math.min(at, text.length - 1)]!, 'latin1');
    at += 1;
  }, 1_000);
  socket.once('close', () => clearInterval(timer));
}

const PAGE = 'HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n';
const OPENING = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n';
const KIB = 1_024;

const byTime: readonly Hostile[] = [
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

const bySize: readonly Hostile[] = [
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
];

function greetingHello(answer: (socket: Socket) => void): Promise<Host> {
  return greeting((socket) => void socket.once('data', () => answer(socket)), 'wss');
}

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

/** Colours and a cleared screen, a title for the window, text from right to left, a zero width space, an overlong line. */
export const TERMINAL =
  '\u001b[2J\u001b[31mred\u001b]0;owned\u0007 \u202egnp.exe\u202c \u200bx \u009b31m\r\nInjected: 1';
/** What ends an element, an attribute, a fence, a section, or is a command to a runner of workflows. */
export const MARKUP =
  '<script>alert(1)</script><img src=x onerror=alert(1)>"\'>]]><![CDATA[ ```\n| a | [x](javascript:alert(1)) ::error::owned &lt; {{7*7}}';

const latin1 = (text: string) => Buffer.from(text).toString('latin1');
/** As octets that may stand in a field: UTF-8 without control characters. */
const inField = (text: string) => latin1(text.replace(/[\r\n]/g, ' ').replace(/\p{Cc}/gu, ''));

function spoiled(text: string, code: number, fields: readonly string[]): string {
  const value = inField(text);
  const lines = fields.map((name) => `${name}: ${value}`);
  const body = latin1(text);
  return [
    `HTTP/1.1 ${code} ${value}`,
    ...lines,
    `Content-Length: ${body.length}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}

function spoiledClose(text: string): Promise<Host> {
  return sound({
    session: (socket) => {
      socket.write(frame(0x81, text));
      socket.end(frame(0x88, closePayload(4000, fitReason(text))));
    },
  });
}

const FIELDS = [
  'Server',
  'Via',
  'X-Powered-By',
  'X-Squid-Error',
  'X-WebSocket-Reject-Reason',
  'Content-Type',
];

function byText(kind: string, text: string): readonly Hostile[] {
  return [
    {
      name: `${kind} in every field of a 403, and in its page`,
      limit: 'text',
      expect: ['AUTH_FORBIDDEN', 'PROXY_WAF_BLOCK', 'PROXY_WS_DISABLED', 'AUTH_IP_DENIED'],
      serve: () => answering(Buffer.from(spoiled(text, 403, FIELDS), 'latin1')),
      shows: /^HTTP\/1\.1 403 /,
    },
    {
      name: `${kind} in a realm`,
      limit: 'text',
      expect: ['AUTH_REQUIRED', 'AUTH_BASIC_VIA_PROXY'],
      serve: () =>
        answering(status(401, { 'WWW-Authenticate': `Basic realm="${inField(text).replaceAll('"', "'")}"` })),
      shows: /^HTTP\/1\.1 401 [\s\S]*Basic realm=/,
    },
    {
      name: `${kind} in a Location`,
      limit: 'text',
      expect: ['ROUTE_REDIRECT', 'ROUTE_REDIRECT_LOGIN'],
      serve: () => answering(Buffer.from(spoiled(text, 302, ['Location', 'Server']), 'latin1')),
      shows: /^HTTP\/1\.1 302 [\s\S]*\nLocation: /,
    },
    {
      name: `${kind} in the subprotocol and the extension of a 101`,
      limit: 'text',
      expect: ['PROTO_UNSOLICITED', 'PROTO_MULTIPLE', 'EXT_SYNTAX', 'EXT_UNSOLICITED', 'PROTO_NOT_OFFERED'],
      serve: () =>
        sound({
          opens: (right) =>
            right.replace(
              '\r\n\r\n',
              () =>
                `\r\nSec-WebSocket-Protocol: ${inField(text)}\r\nSec-WebSocket-Extensions: ${inField(text)}\r\n\r\n`,
            ),
        }),
      shows: /\nSec-WebSocket-Protocol: [\s\S]*\nSec-WebSocket-Extensions: /,
    },
    {
      name: `${kind} in a message and a close reason`,
      limit: 'text',
      expect: ['CLOSE_IMMEDIATE'],
      serve: () => spoiledClose(text),
      shows: /\n\n\\x81[\s\S]*\\x88/,
    },
    {
      name: `${kind} in place of an answer`,
      limit: 'text',
      expect: ['HTTP_NOT_HTTP', 'TCP_WRONG_SERVICE'],
      serve: () => answering(Buffer.from(latin1(text), 'latin1')),
      shows: /^(?!HTTP)[\s\S]*\[fin\]$/,
    },
    {
      name: `${kind} in the names of a certificate`,
      limit: 'text',
      expect: ['TLS_CERT_UNTRUSTED', 'TLS_CERT_NAME'],
      serve: () => sound({ tls: make(text.replace(/[/\r\n+,]/g, ' ').slice(0, 60), 'DNS:other.test', 25) }),
      shows: /^\{TLSv1\.3 (DEPTH_ZERO_SELF_SIGNED_CERT|ERR_TLS_CERT_ALTNAME_INVALID) /,
    },
  ];
}

const byConduct: readonly Hostile[] = [
  {
    name: 'redirects without an end',
    limit: 'conduct',
    expect: ['ROUTE_REDIRECT'],
    serve: () =>
      sound({
        refuses: ({ url = '' }) => status(302, { Location: `${url.replace(/\?.*/, '')}?n=${url.length}` }),
      }),
    shows: /^HTTP\/1\.1 302 [\s\S]*Location: \/ws\?n=3\n/,
  },
  {
    name: 'a redirect to a port of the machine itself',
    limit: 'conduct',
    expect: ['ROUTE_REDIRECT'],
    serve: () => sound({ refuses: () => status(307, { Location: 'http://127.0.0.1:22/latest/meta-data/' }) }),
    shows: /^HTTP\/1\.1 307 [\s\S]*Location: http:\/\/127\.0\.0\.1:22\//,
  },
  {
    name: '429 with a year of patience',
    limit: 'conduct',
    expect: ['ROUTE_RATE_LIMIT'],
    serve: () => sound({ refuses: () => status(429, { 'Retry-After': '31536000' }) }),
    shows: /^HTTP\/1\.1 429 [\s\S]*Retry-After: 31536000\n/,
  },
  {
    name: 'a cookie that it wants to have back, with a line end in it',
    limit: 'conduct',
    expect: ['HTTP_HEADER_SYNTAX', 'AUTH_REQUIRED'],
    serve: () => answering(status(401, { 'Set-Cookie': 'a=b\rInjected: 1' })),
    shows: /\nSet-Cookie: a=b\\x0dInjected: 1\n/,
  },
];

export const HOSTILE: readonly Hostile[] = [
  ...byTime,
  ...bySize,
  ...byText('terminal codes', TERMINAL),
  ...byText('markup', MARKUP),
  ...byConduct,
];
