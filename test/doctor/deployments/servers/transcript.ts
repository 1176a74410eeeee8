// Knows: what comes back for one handshake, octet by octet, as one line of text that a pattern can be held against.
// Must not know: any rule. It is no client of ours on purpose: it proves the servers that the doctor is tested with.
import { lookup } from 'node:dns/promises';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { DiagnoseOptions } from '../../../../src/doctor/options.js';
import type { Change } from './row.js';

const KEY = 'x3JJHMbDL1EzLkh9GBhXDw==';
/** Masked with zeros: a ping with "hi", and a close with 1000. */
const PING = Buffer.from([0x89, 0x82, 0, 0, 0, 0, 0x68, 0x69]);
const CLOSE = Buffer.from([0x88, 0x82, 0, 0, 0, 0, 0x03, 0xe8]);
const LIMIT_MS = 4_000;
const LIMIT_BYTES = 1_000_000;

export interface Patience {
  readonly listens?: boolean;
  readonly quietMs?: number;
}

/**
 * `[ENOTFOUND]` or another error in place of an answer; otherwise what TLS agreed on, what came as `shown` writes it, and in the end
 * `[fin]`, `[rst]`, or `[open]` after silence.
 */
export async function transcript(
  url: string,
  options: DiagnoseOptions,
  change: Change = {},
  { listens = false, quietMs = 250 }: Patience = {},
): Promise<string> {
  const target = new URL(url);
  const name = target.hostname.replace(/[[\]]/g, '');
  let opened: { socket: Socket; said: string };
  try {
    const { address } = options.resolve === undefined ? await lookup(name) : { address: options.resolve };
    opened = await open(target, name, address, options);
  } catch (error) {
    return `[${(error as NodeJS.ErrnoException).code ?? (error as Error).message}]`;
  }
  const { socket, said } = opened;
  socket.write(request(target, options, change), 'latin1');
  let text = said;
  let answered = false;
  return await new Promise((resolve) => {
    const finish = (end: string) => {
      clearTimeout(limit);
      clearTimeout(quiet);
      socket.destroy();
      resolve(`${shown(text)}[${end}]`);
    };
    const limit = setTimeout(finish, LIMIT_MS, 'open');
    let quiet = setTimeout(finish, quietMs, 'open');
    socket.on('data', (chunk: Buffer) => {
      text += chunk.toString('latin1');
      if (text.length > LIMIT_BYTES) return finish('open');
      clearTimeout(quiet);
      quiet = setTimeout(finish, quietMs, 'open');
      if (answered || listens || !/^HTTP\/1\.. 101[\s\S]*?\r?\n\r?\n/.test(text.slice(said.length))) return;
      answered = true;
      socket.write(Buffer.concat([PING, CLOSE]));
    });
    socket.on('end', () => finish('fin'));
    socket.on('error', (error: NodeJS.ErrnoException) =>
      finish(error.code === 'ECONNRESET' || error.code === 'EPIPE' ? 'rst' : (error.code ?? error.message)),
    );
  });
}

async function open(target: URL, name: string, address: string, options: DiagnoseOptions) {
  const isSecure = target.protocol === 'wss:' || target.protocol === 'https:';
  const port = Number(target.port);
  const socket = isSecure
    ? connectTls({
        host: address,
        port,
        servername: /[a-z]/i.test(name) && !name.includes(':') ? name : '',
        ALPNProtocols: ['http/1.1'],
        ...options.tls,
        rejectUnauthorized: false,
      })
    : connect({ host: address, port });
  const patience = setTimeout(() => socket.destroy(Object.assign(new Error(), { code: 'ETIMEDOUT' })), 1_000);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once(isSecure ? 'secureConnect' : 'connect', resolve).once('error', reject);
      socket.once('close', () => reject(Object.assign(new Error(), { code: 'ECLOSED' })));
    });
  } finally {
    clearTimeout(patience);
  }
  return { socket, said: isSecure ? agreed(socket as TLSSocket) : '' };
}

function agreed(socket: TLSSocket): string {
  const trust = socket.authorized ? 'trusted' : String(socket.authorizationError);
  return `{${socket.getProtocol()} ${trust} ${socket.alpnProtocol || 'no ALPN'}}`;
}

/** CRLF as a line end; any other octet that is no printable ASCII as `\\x0a`. */
function shown(text: string): string {
  const hex = (octet: string) => `\\x${octet.charCodeAt(0).toString(16).padStart(2, '0')}`;
  return text.replace(/\r\n|[^ -~]/g, (octet) => (octet === '\r\n' ? '\n' : hex(octet)));
}

/** The head of a handshake; what `change` says comes before the options. */
export function request(target: URL, options: DiagnoseOptions, change: Change): string {
  const { upgrade, key = KEY, version = '13', method = 'GET' } = change;
  const own = `${target.protocol.replace('ws', 'http')}//${target.host}`;
  const fields: Array<readonly [string, string | null | undefined]> = [
    ['Host', pick(change.host, target.host)],
    ['User-Agent', change.userAgent],
    ['Upgrade', upgrade === null ? null : 'websocket'],
    ['Connection', upgrade === null ? 'close' : 'Upgrade'],
    ['Sec-WebSocket-Key', upgrade === null ? null : key],
    ['Sec-WebSocket-Version', upgrade === null ? null : version],
    ['Origin', pick(change.origin === 'own' ? own : change.origin, options.origin, own)],
    ['Sec-WebSocket-Protocol', pick(change.subprotocol, options.subprotocols?.join(', '), null)],
    [
      'Sec-WebSocket-Extensions',
      pick(change.extensions, options.deflate === false ? null : undefined, 'permessage-deflate'),
    ],
    ['Cookie', pick(change.cookie, options.cookie, null)],
    ...(options.headers ?? []),
  ];
  const lines = fields.flatMap(([name, value]) =>
    value === null || value === undefined ? [] : [`${name}: ${value}`],
  );
  return [
    `${method} ${change.path ?? target.pathname + target.search} HTTP/${change.http ?? '1.1'}`,
    ...lines,
    '',
    '',
  ].join('\r\n');
}

function pick(...values: ReadonlyArray<string | null | undefined>): string | null | undefined {
  return values.find((value) => value !== undefined);
}
