// Knows: the options of an open connection, their defaults and limits, and how they become the settings that an endpoint's
// connections share. Must not know: handshakes. Every default is safe on the open internet.
import type { Duplex } from 'node:stream';
import type { DeflateAgreement } from '../deflate/permessage-deflate.js';
import { type CompressionOptions, compressionSettings } from '../deflate/settings.js';
import { FrameEncoder } from '../frames/encoder.js';
import { RSV1 } from '../frames/frame.js';
import { randomMask } from '../frames/mask.js';
import { checkKeys, fillNumbers } from '../options.js';
import { Connection, type ConnectionSettings, type Handlers } from './connection.js';
import { Readers } from './protocol.js';

export interface ConnectionLimits {
  /** Largest message received, in bytes, all fragments together. Default 1 MiB. Above: close 1009 (`MSG_TOO_BIG`). */
  maxMessageBytes: number;
  /** Largest number of frames for one message received. Default 1,024. Above: close 1008 (`MSG_FRAGMENTS`). */
  maxFragments: number;
  /** Messages, pings and pongs received in one second. Default: no limit. Above: close 1008 (`MSG_RATE`). */
  maxMessagesPerSecond: number;
  /** From so many bytes waiting to be sent on, `send` makes its caller wait. Default 64 KiB. */
  highWaterBytes: number;
  /** With so many bytes that the peer did not take, another `send` closes with 1008 (`MSG_SLOW_CONSUMER`). Default 1 MiB. */
  maxBufferedBytes: number;
  /** Messages received that the application did not take yet; with so many, reading stops. Default 16. */
  maxQueuedMessages: number;
}

export interface ConnectionTimeouts {
  /** From the first close frame to the end of the transport. Default 5,000 ms. */
  closeMs: number;
  /** From the first byte of a message to its last. Default 30,000 ms. */
  messageMs: number;
  /** How long a peer may take nothing while more than the high water mark waits. Default 30,000 ms. */
  stallMs: number;
}

export interface Heartbeat {
  /** A ping goes out so often. Default 25,000 ms: below half of the commonest idle timeout of proxies. */
  intervalMs: number;
  /** Without a byte for so long after a ping, the peer is taken for dead (`PING_UNANSWERED`). Default 10,000 ms. */
  timeoutMs: number;
}

export interface ConnectionOptions {
  readonly limits?: Partial<ConnectionLimits>;
  readonly timeouts?: Partial<ConnectionTimeouts>;
  readonly heartbeat?: Partial<Heartbeat> | false;
  /** The type of message that is taken; the other is closed with 1003 (`MSG_TYPE`). Default `both`. */
  readonly messages?: 'both' | 'text' | 'binary';
  /**
   * Compression of messages (permessage-deflate, RFC 7692) with peers that can do it: true for the defaults. Default false, since
   * the size of a compressed message tells of its content: never compress secrets together with what somebody else chose.
   */
  readonly compression?: boolean | CompressionOptions;
}

export const CONNECTION_LIMITS: ConnectionLimits = Object.freeze({
  maxMessageBytes: 1_048_576,
  maxFragments: 1024,
  maxMessagesPerSecond: Number.POSITIVE_INFINITY,
  highWaterBytes: 65_536,
  maxBufferedBytes: 1_048_576,
  maxQueuedMessages: 16,
});

export const CONNECTION_TIMEOUTS: ConnectionTimeouts = Object.freeze({
  closeMs: 5000,
  messageMs: 30_000,
  stallMs: 30_000,
});
export const HEARTBEAT: Heartbeat = Object.freeze({ intervalMs: 25_000, timeoutMs: 10_000 });

/** One encoder a role serves every connection of the process. */
const ENCODERS = { server: new FrameEncoder(undefined), client: new FrameEncoder(randomMask) };

/** Resolves the options of an endpoint once; all its connections share the outcome. */
export function connectionSettings(
  role: 'server' | 'client',
  options: ConnectionOptions,
  handlers: Handlers<never> = {},
  ended?: (connection: Connection<unknown>) => void,
): ConnectionSettings {
  const limits = fillNumbers(options.limits, CONNECTION_LIMITS, 'limits');
  const messages = options.messages ?? 'both';
  if (!['both', 'text', 'binary'].includes(messages)) throw new TypeError('messages is both, text or binary');
  return Object.freeze({
    role,
    limits,
    heartbeat: options.heartbeat === false ? false : fillNumbers(options.heartbeat, HEARTBEAT, 'heartbeat'),
    timeouts: fillNumbers(options.timeouts, CONNECTION_TIMEOUTS, 'timeouts'),
    messages,
    handlers,
    readers: new Readers(role, limits, 0),
    compressedReaders: new Readers(role, limits, RSV1),
    compression: compressionSettings(role, options.compression),
    encoder: ENCODERS[role],
    highWaterBytes: limits.highWaterBytes,
    maxBufferedBytes: limits.maxBufferedBytes,
    maxQueuedMessages: Math.max(1, limits.maxQueuedMessages),
    ended,
  });
}

/** A connection on a Duplex whose handshake is done elsewhere. `early` are bytes that came behind the handshake. */
export function open(
  duplex: Duplex,
  options: ConnectionOptions & {
    role: 'server' | 'client';
    subprotocol?: string;
    early?: Uint8Array;
    /** What was agreed on for compression; its other options are those of `compression`. Default none. */
    agreement?: DeflateAgreement;
  },
): Connection {
  checkKeys(
    options,
    [
      'role',
      'subprotocol',
      'early',
      'limits',
      'timeouts',
      'heartbeat',
      'messages',
      'compression',
      'agreement',
    ],
    'open()',
  );
  const { role, agreement, subprotocol = '' } = options;
  const compression = options.compression || agreement !== undefined;
  const settings = connectionSettings(role, { ...options, compression });
  const connection = new Connection(duplex, settings, subprotocol, undefined, agreement);
  connection.start(options.early);
  return connection;
}
