// Knows: a server that does everything right, of which single parts can be replaced: the one fault of a deployment is then the
// only thing that can be found. RFC 6455 §4.2, §5, §7. Must not know: the faults.
import { isUtf8 } from 'node:buffer';
import {
  createServer as createHttp,
  type IncomingMessage,
  type RequestListener,
  STATUS_CODES,
} from 'node:http';
import { createServer as createHttps } from 'node:https';
import type { Server } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TlsOptions } from 'node:tls';
import { FrameHeader, isSendableCloseCode } from '../../../../src/frames/frame.js';
import { acceptFor, isKey } from '../../../../src/handshake/key.js';
import { bound } from './listen.js';
import type { Host } from './row.js';

type Check = 'method' | 'http' | 'host' | 'version' | 'key' | 'origin' | 'time';

export interface Parts {
  readonly tls?: TlsOptions;
  /** Of the URL. Default `/ws`; every path is answered. */
  readonly path?: string;
  /** Of the URL. Default 127.0.0.1, where it listens whatever the name. */
  readonly name?: string;
  /** Default any free one. */
  readonly port?: number;
  /** Checks that are left out. */
  readonly unchecked?: readonly Check[];
  /** A whole answer in place of all checks; undefined goes on. */
  readonly refuses?: (request: IncomingMessage) => string | undefined;
  /** The answer that opens; `right` is the right one. */
  readonly opens?: (right: string, request: IncomingMessage) => string | Promise<string>;
  /** What follows it. Default `converse`. */
  readonly session?: (socket: Duplex, request: IncomingMessage) => void;
  /** Requests without Upgrade. Default 426. */
  readonly plain?: RequestListener;
}

export async function sound(parts: Parts = {}): Promise<Host> {
  const { tls, path = '/ws', name = '127.0.0.1' } = parts;
  const plain: RequestListener =
    parts.plain ?? ((_request, response) => response.writeHead(426, ADVICE).end());
  const listener: RequestListener = (request, response) => {
    const refusal = parts.refuses?.(request);
    if (refusal === undefined) plain(request, response);
    else response.socket!.end(refusal, 'latin1');
  };
  const isUnchecked = (check: Check) => parts.unchecked?.includes(check) === true;
  const headersTimeout = isUnchecked('time') ? 0 : HEAD_MS;
  const settings = {
    requireHostHeader: !isUnchecked('host'),
    headersTimeout,
    requestTimeout: headersTimeout,
    connectionsCheckingInterval: 500,
  };
  const server =
    tls === undefined ? createHttp(settings, listener) : createHttps({ ...tls, ...settings }, listener);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex) => void admit(parts, request, socket));
  const { port, stop } = await bound(server as Server, '127.0.0.1', parts.port);
  return { url: `${tls === undefined ? 'ws' : 'wss'}://${name}:${port}${path}`, stop };
}

/** From the first octet of a request to the end of its head. */
const HEAD_MS = 2_000;

async function admit(parts: Parts, request: IncomingMessage, socket: Duplex): Promise<void> {
  socket.on('error', () => {});
  const refusal = parts.refuses?.(request) ?? judged(request, parts);
  if (refusal !== undefined) return void socket.end(refusal, 'latin1');
  const right = `${OPENING}${acceptFor(request.headers['sec-websocket-key'] ?? '')}\r\n\r\n`;
  socket.write((await parts.opens?.(right, request)) ?? right, 'latin1');
  (parts.session ?? converse)(socket, request);
}

const OPENING =
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ';
const ADVICE = { Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' };

/** What a right server refuses it with. */
export function judged(request: IncomingMessage, { unchecked = [], tls }: Parts): string | undefined {
  const { headers, method, httpVersion } = request;
  const isChecked = (check: Check) => !unchecked.includes(check);
  if (isChecked('method') && method !== 'GET') return status(405, { Allow: 'GET' });
  if (isChecked('http') && httpVersion !== '1.1') return status(505);
  if (isChecked('version') && headers['sec-websocket-version'] !== '13') {
    return status(426, { ...ADVICE, Connection: 'Upgrade, close' });
  }
  if (isChecked('key') && !isKey(headers['sec-websocket-key'] ?? '')) return status(400);
  const own = `${tls === undefined ? 'http' : 'https'}://${headers.host}`;
  if (isChecked('origin') && isChecked('host') && (headers.origin ?? own) !== own) return status(403);
  return undefined;
}

/** A whole answer. */
export function status(code: number, fields: Readonly<Record<string, string>> = {}, body = ''): string {
  const all = { Connection: 'close', 'Content-Length': String(Buffer.byteLength(body)), ...fields };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return [`HTTP/1.1 ${code} ${STATUS_CODES[code] ?? ''}`, ...lines, '', body].join('\r\n');
}

/** How a session may differ from what it should be. Undefined sends nothing. */
export interface Manners {
  readonly pong?: (payload: Buffer) => Buffer | undefined;
  readonly close?: (payload: Buffer) => Buffer | undefined;
  /** TCP is ended behind the close frames. Default true. */
  readonly ends?: boolean;
}

/** Answers pings and the close, as a good server does. */
export function converse(socket: Duplex, _request?: unknown, manners: Manners = {}): void {
  const {
    pong = (payload) => frame(0x8a, payload),
    close = (payload) => frame(0x88, payload),
    ends = true,
  } = manners;
  eachFrame(socket, (opcode, payload) => {
    const answer = opcode === 9 ? pong(payload) : opcode === 8 ? close(payload) : undefined;
    if (answer !== undefined) socket.write(answer);
    if (opcode !== 8 || answer === undefined || !ends) return;
    socket.end();
  });
}

/** Calls back for each frame of the peer, unmasked. With `isStrict` one that breaks a rule is answered with 1002 instead. */
export function eachFrame(
  socket: Duplex,
  onFrame: (opcode: number, payload: Buffer, isLegal: boolean) => void,
  isStrict = true,
): void {
  let rest: Buffer = Buffer.alloc(0);
  let isInMessage = false;
  const header = new FrameHeader();
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const size = header.read(rest, 0, rest.length);
      const isKnown = size > 0 && isLegalHeader(header, isInMessage);
      const end = size + header.payloadBytes;
      if (size === 0 || (isKnown && rest.length < end)) return;
      const payload = unmasked(rest.subarray(size, end), header.mask);
      const isLegal = isKnown && isLegalPayload(header, payload);
      rest = rest.subarray(Math.min(end, rest.length));
      if (header.opcode < 8) isInMessage = !header.fin;
      if (isStrict && !isLegal) return void socket.end(frame(0x88, Buffer.from([0x03, 0xea])));
      onFrame(header.opcode, payload, isLegal);
    }
  });
}

function unmasked(payload: Buffer, word: number): Buffer {
  const mask = Buffer.alloc(4);
  mask.writeInt32BE(word | 0);
  return Buffer.from(payload.map((octet, at) => octet ^ mask[at & 3]!));
}

function isLegalHeader(
  { masked, rsv, lengthLegal, opcode, fin, payloadBytes }: FrameHeader,
  isInMessage: boolean,
): boolean {
  if (!masked || rsv !== 0 || !lengthLegal) return false;
  if (opcode >= 8) return opcode <= 10 && fin && payloadBytes < 126;
  return opcode <= 2 && (opcode === 0) === isInMessage;
}

function isLegalPayload({ opcode, fin }: FrameHeader, payload: Buffer): boolean {
  if (opcode === 1) return !fin || isUtf8(payload);
  if (opcode !== 8 || payload.length === 0) return true;
  return payload.length > 1 && isSendableCloseCode(payload.readUInt16BE(0)) && isUtf8(payload.subarray(2));
}

/** A frame of a server: no mask, up to 65,535 octets. */
export function frame(first: number, payload: Uint8Array | string = ''): Buffer {
  const body = Buffer.from(payload as string);
  const length = body.length < 126 ? [body.length] : [126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}
