// Knows: how to be a forward proxy for one test: CONNECT and SOCKS 5 on the same port, with or without credentials, all of it to one's own
// machine. Must not know: what goes through. Nothing is left when it is disposed of.
import { connect, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { type Listener, listening } from './listener.js';

export interface ForwardingOptions {
  readonly tls?: TlsOptions;
  /** `user:password` that must be given. */
  readonly credentials?: string;
  /** What to do with the wish for `host:port`. Default: to connect to that port of 127.0.0.1. */
  readonly answers?: (place: string) => 'connect' | 'deny';
}

export interface Forwarding extends Listener {
  /** `http://127.0.0.1:PORT`. */
  readonly proxyUrl: string;
  /** The places that were asked for, as asked. */
  readonly asked: readonly string[];
}

export async function forwarding(options: ForwardingOptions = {}): Promise<Forwarding> {
  const asked: string[] = [];
  const session = (socket: Socket): Session => ({
    socket,
    options,
    connect: (place, open, deny) => {
      asked.push(place);
      if (options.answers?.(place) === 'deny') return deny();
      const port = Number(place.slice(place.lastIndexOf(':') + 1));
      const far = connect(port, '127.0.0.1', () => {
        open();
        far.pipe(socket).pipe(far);
      });
      far.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.on('close', () => far.destroy());
    },
  });
  const listener = await listening(
    (socket) => {
      socket.once('data', (first: Buffer) => {
        socket.pause();
        if (first[0] === 5) socks(session(socket), first);
        else http(session(socket), first.toString('latin1'));
        socket.resume();
      });
    },
    options.tls === undefined ? {} : { tls: options.tls },
  );
  return Object.assign(listener, { proxyUrl: `http://127.0.0.1:${listener.port}`, asked });
}

interface Session {
  readonly socket: Socket;
  readonly options: ForwardingOptions;
  connect(place: string, open: () => void, deny: () => void): void;
}

/** The head of a CONNECT comes in one piece, as every client sends it. */
function http({ socket, options, connect }: Session, head: string): void {
  const given = /^proxy-authorization: basic (\S+)/im.exec(head)?.[1] ?? '';
  if (options.credentials !== undefined && Buffer.from(given, 'base64').toString() !== options.credentials) {
    return void socket.end(
      'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="test"\r\n\r\n',
    );
  }
  const place = /^CONNECT (\S+) HTTP\/1\.1\r\n/.exec(head)?.[1];
  if (place === undefined) return void socket.end('HTTP/1.1 405 Method Not Allowed\r\n\r\n');
  connect(
    place,
    () => socket.write('HTTP/1.1 200 Connection established\r\n\r\n'),
    () => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'),
  );
}

function socks({ socket, options, connect }: Session, greeting: Buffer): void {
  const method = options.credentials === undefined ? 0 : 2;
  if (!greeting.subarray(2).includes(method)) return void socket.end(Uint8Array.of(5, 0xff));
  const request = () =>
    socket.once('data', (octets: Buffer) =>
      connect(
        socksPlace(octets),
        () => socket.write(Uint8Array.of(5, 0, 0, 1, 127, 0, 0, 1, 0, 0)),
        () => socket.end(Uint8Array.of(5, 2, 0, 1, 0, 0, 0, 0, 0, 0)),
      ),
    );
  socket.write(Uint8Array.of(5, method));
  if (method === 0) return void request();
  socket.once('data', (octets: Buffer) => {
    const end = 2 + octets[1]!;
    const given = `${octets.toString('utf8', 2, end)}:${octets.toString('utf8', end + 1)}`;
    if (given !== options.credentials) return void socket.end(Uint8Array.of(1, 1));
    request();
    socket.write(Uint8Array.of(1, 0));
  });
}

function socksPlace(octets: Buffer): string {
  const port = octets.readUInt16BE(octets.length - 2);
  if (octets[3] === 1) return `${[...octets.subarray(4, 8)].join('.')}:${port}`;
  return octets[3] === 3 ? `${octets.toString('latin1', 5, 5 + octets[4]!)}:${port}` : `[v6]:${port}`;
}
