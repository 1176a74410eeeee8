// A test for each role that a rule binds, with a connection under test and the peer that tries it.
import { test } from 'node:test';
import type { DeflateAgreement } from '../../src/deflate/permessage-deflate.js';
import { type Peer, type PeerOptions, peerOf, type Role } from './peer.js';

type Options = PeerOptions & { role?: Role };

/** Compression with windows of 32 KiB that are kept both ways. */
export const AGREED: DeflateAgreement = {
  sendWindowBits: 15,
  sendTakeover: true,
  receiveWindowBits: 15,
  receiveTakeover: true,
  text: 'permessage-deflate',
};

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
