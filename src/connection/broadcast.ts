// Knows: how one message goes to many connections: prepared once, and bounded for those that read slowly.
// Must not know: who the connections are, or why they get it.
import { checkKeys } from '../options.js';
import { type Connection, ROOM } from './connection.js';
import type { Sendable } from './payload.js';
import { Prepared, prepare } from './prepared.js';

export interface BroadcastOptions {
  /** Bytes as a text message. They must be UTF-8. Default false. Without meaning for a prepared message. */
  readonly text?: boolean;
  /**
   * What becomes of a connection whose peer has not taken `limits.highWaterBytes` (64 KiB) or more of what was sent in earlier
   * turns: `drop` leaves it out this time, `close` closes it with 1008 (`MSG_SLOW_CONSUMER`), `wait` sends all the same and makes
   * `ready` wait for it (what waits is still bounded, by `limits.maxBufferedBytes`). Default `drop`.
   */
  readonly slow?: 'drop' | 'close' | 'wait';
  /** A connection that does not get it, most often the one that it came from. */
  readonly except?: Connection<unknown>;
}

/** What became of a broadcast. */
export interface Broadcast {
  /** Connections that get the message. */
  readonly sent: number;
  /** Open connections that were left out because they read too slowly. */
  readonly dropped: number;
  /** Connections that were closed for that. */
  readonly closed: number;
  /** Resolves when every connection that got the message has room for another one, or has ended. Never rejects. */
  readonly ready: Promise<void>;
}

const READY: Promise<void> = Promise.resolve();

/**
 * Sends a message to many connections; those that are not open are passed over. It is framed once, and compressed once for each
 * form that they agreed on; what is broadcast in one turn of the event loop leaves in one write for each of them.
 * @throws TypeError for anything but a string or bytes, or for bytes as text that are not UTF-8.
 */
export function broadcast(
  connections: Iterable<Connection<unknown>>,
  message: Sendable | Prepared,
  options: BroadcastOptions = {},
): Broadcast {
  checkKeys(options, ['text', 'slow', 'except'], 'broadcast()');
  const { slow = 'drop', except } = options;
  if (!['drop', 'close', 'wait'].includes(slow)) throw new TypeError('slow is drop, close or wait');
  const prepared =
    message instanceof Prepared ? message : prepare(message, options.text === true ? { text: true } : {});
  let [sent, dropped, closed] = [0, 0, 0];
  const waiting: Promise<void>[] = [];
  for (const connection of connections) {
    if (connection === except || connection.state !== 'open') continue;
    const wasSlow = connection.isSlow;
    if (wasSlow && slow === 'close') {
      connection.closeSlow();
      closed += 1;
    } else if (wasSlow && slow === 'drop') dropped += 1;
    else {
      const room = connection.send(prepared);
      sent += 1;
      if (room !== ROOM) waiting.push(room);
    }
  }
  return {
    sent,
    dropped,
    closed,
    // Made when it is asked for: each that hangs on a slow connection costs memory for as long as that is slow.
    get ready() {
      return waiting.length === 0 ? READY : Promise.allSettled(waiting).then(ignore);
    },
  };
}

function ignore(): void {}
