// Opened well, and then ended by the server: at once, wrongly, after silence, or at an age. RFC 6455 §5.5.1, §7.
import type { Duplex } from 'node:stream';
import { closePayload } from '../../../../src/frames/frame.js';
import { type Row, servers } from './row.js';
import { converse, eachFrame, frame, sound } from './sound.js';

/** Closes with these octets as the payload, and ends TCP when the client has answered. */
function say(socket: Duplex, payload: Uint8Array): void {
  socket.write(frame(0x88, payload));
  eachFrame(socket, (opcode) => opcode === 8 && socket.end());
}

const closing = (payload: Uint8Array | string) => () =>
  sound({ session: (socket) => say(socket, Buffer.from(payload as string, 'latin1')) });

function closed(code: number, reason: string, expect: string): Row {
  const octets = [code >> 8, code & 0xff].map((octet) => `\\\\x${octet.toString(16).padStart(2, '0')}`);
  // Of a code the low octet may be printable.
  const low =
    (code & 0xff) >= 0x20 && (code & 0xff) < 0x7f ? `[${String.fromCharCode(code & 0xff)}]` : octets[1];
  return {
    name: `close: ${code} ${reason} at once`,
    expect: [expect],
    serve: () => sound({ session: (socket) => say(socket, closePayload(code, reason)) }),
    shows: new RegExp(`\\n\\n\\\\x88.*${octets[0]}${low}${reason}.*\\[fin\\]$`),
  };
}

const atOnce: readonly Row[] = [
  closed(1000, 'bye', 'CLOSE_IMMEDIATE'),
  closed(1011, 'handler failed', 'CLOSE_IMMEDIATE'),
  closed(1013, 'try later', 'CLOSE_IMMEDIATE'),
  closed(4002, 'room is gone', 'CLOSE_IMMEDIATE'),
  closed(1008, 'policy', 'AUTH_AFTER_OPEN'),
  closed(3000, 'unauthorized', 'AUTH_AFTER_OPEN'),
  closed(4401, 'token missing', 'AUTH_AFTER_OPEN'),
  closed(4406, 'Subprotocol not acceptable', 'PROTO_REQUIRED'),
  {
    name: 'close: no code at once',
    expect: ['CLOSE_IMMEDIATE'],
    serve: closing(''),
    shows: /\n\n\\x88\\x00\[fin\]$/,
  },
];

const wrong: readonly Row[] = [
  {
    name: 'close: with 999',
    expect: ['CLOSE_CODE_INVALID'],
    serve: closing('\x03\xe7'),
    shows: /\n\n\\x88\\x02\\x03\\xe7/,
  },
  {
    name: 'close: with 1006 on the wire',
    expect: ['CLOSE_CODE_INVALID'],
    serve: closing('\x03\xee'),
    shows: /\n\n\\x88\\x02\\x03\\xee/,
  },
  {
    name: 'close: one octet',
    expect: ['CLOSE_PAYLOAD'],
    serve: closing('\x03'),
    shows: /\n\n\\x88\\x01\\x03/,
  },
  {
    name: 'close: a reason that is no UTF-8',
    expect: ['CLOSE_PAYLOAD'],
    serve: closing('\x03\xe8gr\xfc\xdfe'),
    shows: /\n\n\\x88\\x07\\x03\\xe8gr\\xfc/,
  },
  {
    name: 'end: FIN without a close frame at once',
    expect: ['CLOSE_NO_FRAME_FIN'],
    serve: () => sound({ session: (socket) => void socket.end() }),
    shows: /Sec-WebSocket-Accept: \S+\n\n\[fin\]$/,
  },
  {
    name: 'end: RST without a close frame',
    expect: ['CLOSE_NO_FRAME_RST'],
    serve: () =>
      sound({
        session: (socket, request) => {
          converse(socket);
          setTimeout(() => request.socket.resetAndDestroy(), 100);
        },
      }),
    shows: /Sec-WebSocket-Accept: \S+\n\n\[rst\]$/,
    listens: true,
  },
];

const CUT_MS = 1_000;
/** Long enough to see the cut, and its pings come more often than that. */
const IDLE = { idleMs: 2_400 };

/** Calls back once so long after the last octet of the client. */
function afterSilence(socket: Duplex, quiet: () => void, ms = CUT_MS): void {
  let timer = setTimeout(quiet, ms);
  socket.on('data', () => {
    clearTimeout(timer);
    timer = setTimeout(quiet, ms);
  });
  socket.once('close', () => clearTimeout(timer));
}

const later: readonly Row[] = [
  {
    name: 'idle: cut after a second of silence',
    expect: ['IDLE_CUT'],
    options: IDLE,
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          afterSilence(socket, () => socket.end());
        },
      }),
    shows: /\n\n\[fin\]$/,
    listens: true,
    quietMs: 1_500,
  },
  {
    name: 'idle: forgotten after a second of silence',
    expect: ['IDLE_SILENT_DROP'],
    options: { ...IDLE, stageMs: 1_000 },
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          afterSilence(socket, () => socket.removeAllListeners('data').resume());
        },
      }),
    shows: /\n\n\[open\]$/,
    listens: true,
  },
  {
    name: 'age: cut after a second and a half, busy or not',
    expect: ['LIFETIME_CUT'],
    options: IDLE,
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          setTimeout(() => socket.end(), 1.5 * CUT_MS);
        },
      }),
    shows: /\n\n\[fin\]$/,
    listens: true,
    quietMs: 2_000,
  },
  {
    name: 'idle: a first message is waited for, with 4408',
    expect: ['AUTH_INIT_TIMEOUT'],
    options: IDLE,
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          setTimeout(
            () => say(socket, closePayload(4408, 'Connection initialisation timeout')),
            1.5 * CUT_MS,
          );
        },
      }),
    shows: /\\x88#\\x118Connection initialisation timeout\[open\]$/,
    listens: true,
    quietMs: 2_000,
  },
  {
    name: 'idle: a heartbeat of the application is missed',
    expect: ['HEARTBEAT_APP'],
    options: IDLE,
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          setTimeout(() => say(socket, closePayload(4009, 'no heartbeat')), 1.5 * CUT_MS);
        },
      }),
    shows: /no heartbeat\[open\]$/,
    listens: true,
    quietMs: 2_000,
  },
  {
    name: 'idle: no ping of the server',
    expect: [],
    findings: ['OPS_NO_SERVER_PING'],
    options: { idleMs: 1_000 },
    serve: () => sound(),
    shows: /\n\n\[open\]$/,
    listens: true,
  },
  {
    name: 'good: a silent connection that the server pings',
    expect: [],
    options: { idleMs: 1_000 },
    serve: () =>
      sound({
        session: (socket) => {
          converse(socket);
          const pings = setInterval(() => socket.write(frame(0x89)), 200);
          socket.once('close', () => clearInterval(pings));
        },
      }),
    shows: /\n\n(\\x89\\x00)+\[open\]$/,
    listens: true,
    quietMs: 300,
  },
];

export const closes = servers('ended by the server', [...atOnce, ...wrong, ...later]);
