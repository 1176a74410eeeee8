// A test for each role that a rule binds, with a connection under test and the peer that tries it.
import { test } from 'node:test';
import type { ConnectionOptions } from '../../src/connection/settings.js';
import { type Peer, peerOf, type Role } from './peer.js';

type Options = ConnectionOptions & { echo?: boolean; role?: Role };

/** Runs the test as a server and as a client, or in the one role that is given. */
export function rule(title: string, run: (peer: Peer) => Promise<void>, options: Options = {}): void {
  const { role: only, ...rest } = options;
  for (const role of only ? [only] : (['server', 'client'] as const)) {
    test(`${title} (${role})`, async () => {
      const peer = await peerOf(role, 'memory', { heartbeat: false, ...rest });
      try {
        await run(peer);
      } finally {
        peer.connection.terminate();
      }
    });
  }
}
