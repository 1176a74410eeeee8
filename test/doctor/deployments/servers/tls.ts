// Broken at TLS: the scheme, the versions, and ports that answer a hello with something else.
import { createServer as createHttp } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createServer as createTls, type TLSSocket, type TlsOptions } from 'node:tls';
import { certificates } from './certificates.js';
import { bound, greeting } from './listen.js';
import { badRequestPage, NGINX } from './nginx-page.js';
import { type Host, type Row, servers } from './row.js';
import { sound, status } from './sound.js';
import { behind } from './trust.js';

const PLAIN = 'The plain HTTP request was sent to HTTPS port';

const plain = (host: Host): Host => ({ ...host, url: host.url.replace('wss:', 'ws:') });
const secure = (host: Host): Host => ({ ...host, url: host.url.replace('ws:', 'wss:') });

const schemes: readonly Row[] = [
  {
    name: 'TLS: wss:// to a plain server of node:http',
    expect: ['TLS_TO_PLAIN_PORT'],
    serve: async () => secure(await sound()),
    shows: /^\[(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ERR_SSL_PACKET_LENGTH_TOO_LONG)\]$/,
  },
  {
    name: 'TLS: wss:// to a plain server that waits for the end of a head',
    expect: ['TLS_TO_PLAIN_PORT'],
    options: { stageMs: 800 },
    serve: waitsForHead,
    shows: /^\[ETIMEDOUT\]$/,
  },
  {
    name: 'TLS: wss:// to an SSH server',
    expect: ['TCP_WRONG_SERVICE'],
    serve: () => greeting('SSH-2.0-OpenSSH_9.2p1\r\n', 'wss'),
    shows: /^\[(EPROTO|ERR_SSL_WRONG_VERSION_NUMBER|ECLOSED)\]$/,
  },
  {
    name: 'TLS: ws:// to a TLS server of Node, which hangs up',
    expect: ['TLS_MISSING'],
    serve: async () => plain(await behind(certificates().good)),
    shows: /^\[(fin|rst)\]$/,
  },
  {
    name: "TLS: ws:// to a TLS port, with nginx's page",
    expect: ['TLS_MISSING'],
    serve: () => tlsElse(status(400, NGINX, badRequestPage(PLAIN))),
    shows: /^HTTP\/1\.1 400 [\s\S]*The plain HTTP request was sent to HTTPS port/,
  },
  {
    name: 'TLS: a TLS port that fails, and says in plain HTTP that it is one',
    expect: ['TLS_FAILED'],
    serve: () =>
      greeting((socket) => {
        const page = Buffer.from(status(400, NGINX, badRequestPage(PLAIN)), 'latin1');
        socket.once('data', ([first]: Buffer) => socket.end(first === 0x16 ? alert(80) : page));
      }, 'wss'),
    shows: /^\[(EPROTO|ERR_SSL_\w+)\]$/,
  },
  {
    name: "TLS: ws:// to a TLS port, with Go's line",
    expect: ['TLS_MISSING'],
    serve: () => tlsElse('HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n'),
    shows: /^HTTP\/1\.0 400 [\s\S]*Client sent an HTTP request to an HTTPS server/,
  },
  {
    name: 'TLS: ws:// to a TLS port, with an alert',
    expect: ['TLS_MISSING'],
    serve: () => tlsElse(alert(10)),
    shows: /^\\x15\\x03\\x03\\x00\\x02\\x02\\x0a\[fin\]$/,
  },
];

/** Speaks HTTP over plain TCP, and says nothing at all until an empty line has come. */
async function waitsForHead(): Promise<Host> {
  const inner = createHttp((_request, response) => response.writeHead(426).end());
  inner.on('upgrade', (_request, socket: Socket) => socket.end(status(403)));
  const server = createServer((socket) => {
    let seen = Buffer.alloc(0);
    const onData = (chunk: Buffer) => {
      seen = Buffer.concat([seen, chunk]);
      if (!seen.includes('\r\n\r\n') || seen[0] === 0x16) return;
      socket.off('data', onData).pause().unshift(seen);
      inner.emit('connection', socket);
      socket.resume();
    };
    socket.on('data', onData);
  });
  const { port, stop } = await bound(server);
  return { url: `wss://127.0.0.1:${port}/ws`, stop };
}

/** A TLS server that answers whoever begins without a hello. */
async function tlsElse(answer: string | Uint8Array): Promise<Host> {
  const inner = createTls({ ...certificates().good, ALPNProtocols: ['http/1.1'] }, (socket) => {
    socket.on('error', () => {}).once('data', () => socket.end(status(426)));
  });
  const server = createServer((socket) => {
    socket.once('data', (first: Buffer) => {
      if (first[0] !== 0x16)
        return void socket.end(typeof answer === 'string' ? Buffer.from(answer, 'latin1') : answer);
      // Octets that are put back before TLS has taken the socket over never reach it.
      socket.pause();
      inner.emit('connection', socket);
      socket.unshift(first);
      socket.resume();
    });
  });
  const { port, stop } = await bound(server);
  return { url: `ws://127.0.0.1:${port}/ws`, options: { tls: { ca: certificates().ca } }, stop };
}

function alert(number: number): Buffer {
  return Buffer.from([0x15, 3, 3, 0, 2, 2, number]);
}

const OLD: TlsOptions = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' };

const agreement: readonly Row[] = [
  {
    name: 'TLS: 1.1 at most',
    expect: ['TLS_VERSION'],
    serve: () => behind({ ...certificates().good, ...OLD }),
    shows: /^\[(EPROTO|ERR_SSL_.*PROTOCOL_VERSION|ERR_SSL_UNSUPPORTED_PROTOCOL)\]$/,
  },
  {
    name: 'TLS: no cipher in common',
    expect: ['TLS_CIPHER'],
    serve: () =>
      behind({ ...certificates().good, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-NULL-SHA@SECLEVEL=0' }),
    shows: /^\[(EPROTO|ERR_SSL_.*HANDSHAKE_FAILURE)\]$/,
  },
  {
    name: 'TLS: h2 alone by ALPN',
    expect: ['TLS_ALPN_ONLY_H2'],
    serve: () => onlyH2(),
    shows: /^\[(EPROTO|ERR_SSL_.*NO_APPLICATION_PROTOCOL)\]$/,
  },
  {
    name: 'TLS: the name is not known',
    expect: ['TLS_SNI'],
    serve: () => greetsHello(alert(112)),
    shows: /^\[(EPROTO|ERR_SSL_.*UNRECOGNIZED_NAME)\]$/,
  },
  {
    name: 'TLS: an error inside of the server',
    expect: ['TLS_FAILED'],
    serve: () => greetsHello(alert(80)),
    shows: /^\[(EPROTO|ERR_SSL_.*INTERNAL_ERROR)\]$/,
  },
  {
    name: 'TLS: silence after the hello',
    expect: ['TLS_TIMEOUT'],
    options: { stageMs: 800 },
    serve: () => greeting(() => {}, 'wss'),
    shows: /^\[ETIMEDOUT\]$/,
  },
  {
    name: 'TLS: hung up on at the hello',
    expect: ['TCP_RESET_AFTER_ACCEPT'],
    serve: () => greeting((socket) => void socket.once('data', () => socket.resetAndDestroy()), 'wss'),
    shows: /^\[(ECONNRESET|ECLOSED)\]$/,
  },
];

async function greetsHello(answer: Uint8Array): Promise<Host> {
  return await greeting((socket) => void socket.once('data', () => socket.end(answer)), 'wss');
}

async function onlyH2(): Promise<Host> {
  const server = createTls({ ...certificates().good, ALPNProtocols: ['h2'] }, (socket: TLSSocket) => {
    // SETTINGS, and it is up to the client.
    socket.on('error', () => {}).write(Buffer.from('000000040000000000', 'hex'));
  });
  const { port, stop } = await bound(server);
  return { url: `wss://127.0.0.1:${port}/ws`, options: { tls: { ca: certificates().ca } }, stop };
}

export const tls = servers('TLS', [...schemes, ...agreement], ['openssl']);
