// Knows: how the connection of a handshake is, now or at its end. Must not know: who is told.
import type { TracedConnection } from '../trace.js';
import type { Kept } from './kept.js';
import type { ConnectionState } from './protocol.js';

export function stateOf(
  connection: TracedConnection,
  { row, end, isHeld }: Kept,
  now: number,
): ConnectionState {
  const { messagesReceived, messagesSent, bytesReceived, bytesSent, bufferedBytes, roundTripMs } = connection;
  return {
    messagesIn: messagesReceived,
    messagesOut: messagesSent,
    bytesIn: bytesReceived,
    bytesOut: bytesSent,
    ...(roundTripMs !== undefined && { pingMs: roundTripMs }),
    bufferedBytes,
    openMs: (end?.at ?? now) - row.at,
    ...(isHeld && end === undefined && { held: true }),
    ...(end !== undefined && { end }),
  };
}

/** Whether nothing has moved since. */
export function isUnchanged(before: ConnectionState, now: TracedConnection): boolean {
  return (
    before.bytesIn === now.bytesReceived &&
    before.bytesOut === now.bytesSent &&
    before.bufferedBytes === now.bufferedBytes
  );
}
