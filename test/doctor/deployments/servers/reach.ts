// Broken before HTTP: URLs, names, TCP, and ports where something else listens.
import { createServer } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { connect, createServer as createTcp } from 'node:net';
import { freePort } from '../../../support/child.js';
import { make } from '../../../support/tls.js';
import { deaf } from '../../../transport/listener.js';
import { answering, bound, greeting, together } from './listen.js';
import { type Host, type Row, servers } from './row.js';
import { sound } from './sound.js';

const nowhere =
  (url: string): Row['serve'] =>
  async () => ({ url, stop() {} });

/** Found without a network; `shows` is what a raw client gets that tries all the same. */
const urls: readonly Row[] = [
  {
    name: 'URL: another scheme',
    expect: ['URL_SCHEME'],
    serve: nowhere('ftp://127.0.0.1:1/ws'),
    shows: /^\[ECONNREFUSED\]$/,
  },
  {
    name: 'URL: a fragment',
    expect: ['URL_FRAGMENT'],
    serve: nowhere('ws://127.0.0.1:1/ws#room'),
    shows: /^\[ECONNREFUSED\]$/,
  },
  {
    name: 'URL: user and password',
    expect: ['URL_USERINFO'],
    serve: nowhere('ws://user:password@127.0.0.1:1/ws'),
    shows: /^\[ECONNREFUSED\]$/,
  },
  {
    name: 'URL: a subprotocol that is no token',
    expect: ['URL_PROTOCOL_TOKEN'],
    options: { subprotocols: ['Bearer abc'] },
    serve: () => sound(),
    shows: /^HTTP\/1\.1 101 /,
  },
];

const unreachable: readonly Row[] = [
  {
    name: 'DNS: a name that does not exist',
    expect: ['DNS_NXDOMAIN'],
    serve: nowhere('ws://no-such-host.invalid:1/ws'),
    shows: /^\[(ENOTFOUND|EAI_AGAIN)\]$/,
  },
  {
    name: 'DNS: localhost, and the server listens on ::1 alone',
    expect: ['DNS_LOCALHOST_FAMILY'],
    serve: () => onlyFamily('::1'),
    shows: /^\[ECONNREFUSED\]$|^HTTP\/1\.1 426/,
  },
  {
    name: 'TCP: nothing listens',
    expect: ['TCP_REFUSED'],
    serve: async () => ({ url: `ws://127.0.0.1:${await freePort()}/ws`, stop() {} }),
    shows: /^\[ECONNREFUSED\]$/,
  },
  {
    name: 'TCP: no answer to a SYN',
    expect: ['TCP_TIMEOUT'],
    options: { stageMs: 800 },
    serve: async () => {
      const port = await deaf();
      return { url: `ws://127.0.0.1:${port.port}/ws`, stop: async () => await port[Symbol.asyncDispose]() };
    },
    shows: /^\[ETIMEDOUT\]$/,
  },
  {
    name: 'TCP: no route',
    expect: ['TCP_UNREACHABLE'],
    serve: nowhere('ws://255.255.255.255:1/ws'),
    shows: /^\[(ENETUNREACH|EHOSTUNREACH|EACCES|EINVAL)\]$/,
  },
  {
    name: 'TCP: reset after every request',
    expect: ['TCP_RESET_AFTER_ACCEPT'],
    serve: () => answering((socket) => void socket.resetAndDestroy()),
    shows: /^\[rst\]$/,
    flips: [[{ upgrade: null }, /^\[rst\]$/]],
  },
  {
    name: 'TCP: a line of the PROXY protocol is expected',
    expect: ['TCP_PROXY_PROTOCOL'],
    serve: expectingProxyLine,
    shows: /^\[fin\]$/,
    flips: [[{ upgrade: null }, /^\[fin\]$/]],
  },
];

/** Hangs up on whoever does not begin with it, as HAProxy does with accept-proxy. */
async function expectingProxyLine(): Promise<Host> {
  const good = await sound();
  const inner = Number(new URL(good.url).port);
  const server = createTcp((socket) => {
    socket.once('data', (first: Buffer) => {
      if (!first.toString('latin1').startsWith('PROXY ')) return void socket.end();
      const behind = connect(inner, '127.0.0.1').on('error', () => socket.destroy());
      behind.write(first.subarray(first.indexOf('\r\n') + 2));
      socket.pipe(behind).pipe(socket);
      socket.once('close', () => behind.destroy());
    });
  });
  const front = await bound(server);
  return together(`ws://127.0.0.1:${front.port}/ws`, front, good);
}

/** On a machine where the name means one family only, this is a plain refusal to whoever does not know what localhost is. */
async function onlyFamily(address: string): Promise<Host> {
  const server = createServer((_request, response) => response.writeHead(426).end());
  const { port, stop } = await bound(server, address);
  return { url: `ws://localhost:${port}/ws`, stop };
}

const MYSQL =
  'J\0\0\0\n8.0.36\0\x0b\0\0\0a1b2c3d4\0\xff\xff\xff\x02\0\xff\xdf\x15\0\0\0\0\0\0\0\0\0\0e5f6g7h8i9j0\0';

const otherServices: readonly Row[] = [
  {
    name: 'service: SSH',
    expect: ['TCP_WRONG_SERVICE'],
    serve: () => greeting('SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\nInvalid SSH identification string.\r\n'),
    shows: /^SSH-2\.0-/,
  },
  {
    name: 'service: Redis',
    expect: ['TCP_WRONG_SERVICE'],
    // Redis takes Host: for an attack by way of a browser and hangs up.
    serve: () => answering("-ERR wrong number of arguments for 'get' command\r\n"),
    shows: /^-ERR /,
  },
  {
    name: 'service: mail',
    expect: ['TCP_WRONG_SERVICE'],
    serve: () => greeting('220 mail.example ESMTP Postfix\r\n554 5.5.1 Error: no valid recipients\r\n'),
    shows: /^220 mail/,
  },
  {
    name: 'service: MySQL',
    expect: ['TCP_WRONG_SERVICE'],
    serve: () => greeting(MYSQL),
    shows: /^J\\x00\\x00\\x00\\x0a8\.0/,
  },
  {
    name: 'service: AMQP',
    expect: ['TCP_WRONG_SERVICE'],
    serve: () => answering('AMQP\0\0\t\x01'),
    shows: /^AMQP\\x00/,
  },
  {
    name: 'service: HTTP/2 without TLS and nothing else',
    expect: ['H2_ONLY'],
    // SETTINGS, and GOAWAY with PROTOCOL_ERROR, as nghttp2 says to a client without the preface.
    serve: () => answering(Buffer.from('000000040000000000' + '0000080700000000000000000000000001', 'hex')),
    shows: /^\\x00\\x00\\x00\\x04\\x00/,
  },
  {
    name: 'service: a page without a head',
    expect: ['HTTP_NOT_HTTP'],
    serve: () => answering('<html><body>It works!</body></html>\n'),
    shows: /^<html>/,
  },
  {
    name: 'service: octets of no known kind',
    expect: ['HTTP_NOT_HTTP'],
    serve: () => answering(Buffer.from('c0ffee00deadbeef', 'hex')),
    shows: /^\\xc0\\xff\\xee/,
  },
];

/** As https://fetch.spec.whatwg.org/#port-blocking has them; only those that need no privilege and seldom serve anything. */
const BAD_PORTS = [10080, 6697, 6679, 6566, 5061, 4190];

async function onBadPort(): Promise<Host> {
  for (const port of BAD_PORTS) {
    const host = await sound({ port }).catch(() => undefined);
    if (host !== undefined) return host;
  }
  throw new Error(`all of ${BAD_PORTS} are taken`);
}

/** A page that a browser would open the WebSocket from, over TLS. */
async function page(policy: string): Promise<Host> {
  const made = make('localhost', 'DNS:localhost,IP:127.0.0.1', 90);
  const server = createHttps(made, (_request, response) => {
    response.writeHead(200, { 'Content-Type': 'text/html', 'Content-Security-Policy': policy });
    response.end('<!doctype html><title>page</title>');
  });
  const { port, stop } = await bound(server);
  return { url: `https://localhost:${port}/`, options: { tls: { ca: made.ca } }, stop };
}

async function seenFrom(policy: string, socket: Promise<Host>, resolve?: string): Promise<Host> {
  const [shown, host] = await Promise.all([page(policy), socket]);
  const options = { ...shown.options, page: shown.url, ...(resolve !== undefined && { resolve }) };
  return { ...together(host.url, shown, host), options };
}

const browsers: readonly Row[] = [
  {
    name: 'browser: a port that browsers never connect to',
    expect: [],
    findings: ['BROWSER_BAD_PORT'],
    serve: onBadPort,
    shows: /^HTTP\/1\.1 101 /,
  },
  {
    name: 'browser: a page over TLS and a socket without',
    expect: ['BROWSER_MIXED_CONTENT'],
    // A page may reach loopback without TLS; so the name is none of loopback.
    serve: () =>
      seenFrom(
        "default-src 'self' ws:",
        sound({ name: 'chat.example.test', unchecked: ['origin'] }),
        '127.0.0.1',
      ),
    shows: /^HTTP\/1\.1 101 /,
  },
  {
    name: 'browser: a public page, and a socket on loopback',
    expect: [],
    findings: ['BROWSER_LOCAL_NETWORK'],
    options: { page: 'https://app.example.invalid/' },
    serve: () => sound({ unchecked: ['origin'] }),
    shows: /^HTTP\/1\.1 101 /,
  },
  {
    name: 'browser: a page whose policy allows no other host',
    expect: ['BROWSER_CSP'],
    serve: () => seenFrom("default-src 'self'; connect-src 'self'", sound({ unchecked: ['origin'] })),
    shows: /^HTTP\/1\.1 101 /,
  },
];

export const reach = servers('URL, DNS, TCP', [...urls, ...unreachable, ...otherServices]);
export const pages = servers('pages of browsers', browsers, ['openssl']);
