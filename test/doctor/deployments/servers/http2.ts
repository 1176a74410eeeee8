// A server that opens WebSockets over HTTP/1.1, announces them over HTTP/2 as well, and refuses them there. RFC 8441 §3, §5.
import { createSecureServer, type ServerHttp2Stream } from 'node:http2';
import type { Duplex } from 'node:stream';
import { acceptFor } from '../../../../src/handshake/key.js';
import { certificates } from './certificates.js';
import { bound } from './listen.js';
import { type Host, type Row, servers } from './row.js';
import { converse, judged } from './sound.js';

async function announcing(refuse: (stream: ServerHttp2Stream) => void): Promise<Host> {
  const { good, ca } = certificates();
  const server = createSecureServer({ ...good, allowHTTP1: true, settings: { enableConnectProtocol: true } });
  server.on('stream', (stream, headers) => {
    stream.on('error', () => {});
    if (headers[':protocol'] === 'websocket') refuse(stream);
    else stream.respond({ ':status': 200 }, { endStream: true });
  });
  server.on('request', ({ httpVersionMajor }, response) => {
    if (httpVersionMajor === 1) response.writeHead(404).end();
  });
  server.on('upgrade', (request, socket: Duplex) => {
    socket.on('error', () => {});
    const refusal = judged(request, { tls: good });
    if (refusal !== undefined) return void socket.end(refusal);
    const accept = acceptFor(request.headers['sec-websocket-key'] ?? '');
    socket.write(`${OPENING}${accept}\r\n\r\n`);
    converse(socket);
  });
  const { port, stop } = await bound(server);
  return { url: `wss://127.0.0.1:${port}/ws`, options: { tls: { ca } }, stop };
}

const OPENING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ';

function refused(how: string, refuse: (stream: ServerHttp2Stream) => void): Row {
  return {
    name: `HTTP/2: announced, and refused with ${how}`,
    expect: [],
    findings: ['H2_CONNECT_REJECTED'],
    serve: () => announcing(refuse),
    shows: /^\{TLSv1\.3 trusted http\/1\.1\}HTTP\/1\.1 101 /,
  };
}

const PROTOCOL_ERROR = 1;

export const http2 = servers(
  'HTTP/2',
  [
    refused('404', (stream) => stream.respond({ ':status': 404 }, { endStream: true })),
    refused('a reset', (stream) => stream.close(PROTOCOL_ERROR)),
  ],
  ['openssl'],
);
