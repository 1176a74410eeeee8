// Knows: how long the TLS handshake below a socket took. Node tells of a TCP connection and of the TLS socket on it in two events; what
// joins them is the address and port of the peer. Must not know: who listens. While nobody does, a connection costs one look at a channel.
import type { Server, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { handshakes } from '../trace.js';

const TOOK_MS = Symbol('handfast.tlsMs');
type Timed = Duplex & { [TOOK_MS]?: number };

/** A handshake that fails leaves its beginning behind: of more the oldest are forgotten. */
const MOST_BEGUN = 1000;

/** From now on times the handshakes of a TLS server while somebody listens, until the answer is called. */
export function timeTls(server: Server): () => void {
  const begun = new Map<string, number>();
  const begin = (socket: Socket) => {
    if (!handshakes.hasSubscribers) return begun.clear();
    begun.set(peerOf(socket), performance.now());
    if (begun.size > MOST_BEGUN) begun.delete(begun.keys().next().value!);
  };
  const end = (socket: Socket) => {
    if (begun.size === 0) return;
    const peer = peerOf(socket);
    const since = begun.get(peer);
    if (since !== undefined) (socket as Timed)[TOOK_MS] = performance.now() - since;
    begun.delete(peer);
  };
  server.prependListener('connection', begin).prependListener('secureConnection', end);
  return () => void server.off('connection', begin).off('secureConnection', end);
}

/** From the TCP connection to the end of the TLS handshake, with fractions; undefined where nobody listened when it began. */
export function tlsMs(socket: Duplex): number | undefined {
  return (socket as Timed)[TOOK_MS];
}

function peerOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}
