// Forward proxies that lie, and pages that never end: what a diagnosis meets on its way to an endpoint. The raw handshake is made with
// the proxy itself, which says the same to everybody.
import type { Socket } from 'node:net';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import { answering, greeting } from '../deployments/servers/listen.js';
import type { Host } from '../deployments/servers/row.js';
import { sound } from '../deployments/servers/sound.js';
import { drip, flood, KIB, PAGE } from './flows.js';
import type { Hostile } from './row.js';

type Answer = Parameters<typeof answering>[0];

async function proxy(answer: Answer): Promise<Host> {
  const host = await answering(answer);
  return { ...host, options: { proxy: `http://${new URL(host.url).host}` } };
}

async function socks(answer: Parameters<typeof greeting>[0]): Promise<Host> {
  const host = await greeting(answer);
  return { ...host, options: { proxy: `socks5://${new URL(host.url).host}` } };
}

/** A good endpoint, and beside it whatever is said to whoever asks for a page. */
async function paged(answer: (socket: Socket) => void): Promise<Host> {
  const host = await sound({ plain: (_request, response) => answer(response.socket!) });
  const options: DiagnoseOptions = { page: `${host.url.replace('ws:', 'http:')}/page` };
  return { ...host, options };
}

const TUNNEL = 'HTTP/1.1 200 Connection established\r\n\r\n';

export const byProxy: readonly Hostile[] = [
  {
    name: 'a proxy whose head comes by one octet a second',
    limit: 'time',
    expect: ['FWD_TIMEOUT'],
    serve: () => proxy((socket) => drip(socket, `${TUNNEL.slice(0, -2)}X-Filler: x`)),
    shows: /^\[open\]$/,
  },
  {
    name: 'a proxy whose head has no end',
    limit: 'size',
    expect: ['FWD_NOT_A_PROXY'],
    serve: () =>
      proxy((socket) => {
        socket.write(TUNNEL.slice(0, -2));
        flood(socket, `X-Filler: ${'x'.repeat(KIB)}\r\n`.repeat(16));
      }),
    shows: /^HTTP\/1\.1 200 Connection established\nX-Filler: x/,
  },
  {
    name: 'a proxy with interim answers without an end',
    limit: 'time',
    expect: ['FWD_NOT_A_PROXY'],
    serve: () => proxy((socket) => flood(socket, 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(100))),
    shows: /^HTTP\/1\.1 100 Continue\n\nHTTP\/1\.1 100 /,
  },
  {
    name: 'a proxy that opens a tunnel to nothing but itself',
    limit: 'conduct',
    expect: ['HTTP_NO_RESPONSE'],
    serve: () => proxy((socket) => void socket.write(TUNNEL)),
    shows: /^HTTP\/1\.1 200 Connection established\n\n\[open\]$/,
  },
  {
    name: 'a proxy that opens a tunnel and floods it',
    limit: 'size',
    expect: ['HTTP_NOT_HTTP', 'TCP_WRONG_SERVICE'],
    serve: () =>
      proxy((socket) => {
        socket.write(TUNNEL);
        flood(socket, 'no tunnel at all '.repeat(1_000));
      }),
    shows: /^HTTP\/1\.1 200 Connection established\n\nno tunnel at all /,
  },
  {
    name: 'a proxy that wants credentials, again and again, with a gigabyte to read',
    limit: 'size',
    expect: ['FWD_AUTH'],
    serve: () =>
      proxy((socket) => {
        socket.write(
          'HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm="x"\r\nContent-Length: 1073741824\r\n\r\n',
        );
        flood(socket, 'x'.repeat(64 * KIB));
      }),
    shows: /^HTTP\/1\.1 407 No\n[\s\S]*\n\nx{30000}/,
  },
  {
    name: 'a proxy that sends its clients elsewhere',
    limit: 'conduct',
    expect: ['FWD_CONNECT_DENIED'],
    serve: () => proxy('HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:22/\r\nContent-Length: 0\r\n\r\n'),
    shows: /^HTTP\/1\.1 302 Found\nLocation: http:\/\/127\.0\.0\.1:22\//,
  },
  {
    name: 'a proxy of SOCKS that says one octet',
    limit: 'time',
    expect: ['FWD_TIMEOUT'],
    serve: () => socks((socket) => void socket.write('\x05')),
    shows: /^\\x05\[open\]$/,
  },
  {
    name: 'a proxy of SOCKS that is none, without an end',
    limit: 'size',
    expect: ['FWD_NOT_A_PROXY'],
    serve: () => socks((socket) => flood(socket, 'no SOCKS at all '.repeat(1_000))),
    shows: /^no SOCKS at all no SOCKS/,
  },
  {
    name: 'a page without an end',
    limit: 'size',
    expect: [],
    serve: () =>
      paged((socket) => {
        socket.write(`${PAGE}\r\n`);
        flood(socket, '<meta http-equiv="content-security-policy" content="');
      }),
    shows: /^HTTP\/1\.1 101 /,
  },
  {
    name: 'a page by one octet a second',
    limit: 'time',
    expect: [],
    serve: () => paged((socket) => drip(socket, `${PAGE}\r\n<!doctype html>`)),
    shows: /^HTTP\/1\.1 101 /,
  },
];
