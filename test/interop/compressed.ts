// Knows: the conversation with compression that every peer has with us, both ways, and what must come out of it: each message as it was,
// the same agreement at both ends, and far fewer octets on the wire than in the messages.
// Must not know: which peer it is. A peer's client has the mode
//   compressed URL   a long text, 1 MiB, an empty text, empty bytes, then 200 small texts at once; closes 4001 "done ✓"
// and reports the agreed extensions, as the answer names them, and whether each came back. A peer's server sends back what it gets at /echo.
import assert from 'node:assert/strict';
import { connect } from '../../src/index.js';
import type { Relay } from './relay.js';
import { type Ours, payload, type Report } from './scenario.js';

export const LONG = 'grüße, 世界 👋 '.repeat(3000);
const SMALL = Array.from(
  { length: 200 },
  (_, at) => `{"number":${at},"text":"grüße, 世界 👋","more":"${'-'.repeat(100)}"}`,
);
const PLAIN_BYTES = Buffer.byteLength(LONG) + payload.length + Buffer.byteLength(SMALL.join(''));

export interface Expected {
  /** Whether messages may refer to those before. */
  readonly keepsContext: boolean;
  /** A client that only expands is a client all the same. */
  readonly clientCompresses?: boolean;
}

/** What a peer's client must have seen of our server, and the wire of both. */
export async function checkCompressed(
  report: Report,
  ours: Ours,
  relay: Relay,
  { keepsContext, clientCompresses = true }: Expected,
): Promise<void> {
  const { extensions = '', close, ...back } = report;
  assert.deepEqual(back, { long: true, binary: true, noText: true, noBytes: true, small: true });
  assert.equal(close?.[0], 4001);
  assert.deepEqual((await ours.records.at(-1)!).received, { code: 4001, reason: 'done ✓' });
  assert.equal(extensions, ours.handshakes.at(-1)!.extensions);
  assertAgreed(extensions, keepsContext);
  assertSmall(relay.fromServer, 'server');
  if (clientCompresses) assertSmall(relay.fromClient, 'client');
}

/** Our client, against a peer's server at `base`. */
export async function compressedWith(
  base: string,
  relay: Relay,
  { takeover, keepsContext }: { takeover: boolean; keepsContext: boolean },
): Promise<void> {
  const connection = await connect(`${base}/echo`, { subprotocols: ['echo.v2'], compression: { takeover } });
  assertAgreed(connection.extensions, keepsContext);
  const messages = connection[Symbol.asyncIterator]();
  for (const message of [LONG, payload, '', Buffer.alloc(0)]) {
    await connection.send(message);
    assert.deepEqual((await messages.next()).value, message);
  }
  for (const message of SMALL) void connection.send(message);
  for (const message of SMALL) assert.equal((await messages.next()).value, message);
  assert.equal((await connection.close(4001, 'done ✓')).clean, true);
  assertSmall(relay.fromServer, 'server');
  assertSmall(relay.fromClient, 'client');
}

function assertAgreed(extensions: string, keepsContext: boolean): void {
  assert.match(extensions, /^permessage-deflate(?:;|$)/);
  assert.equal(!extensions.includes('server_no_context_takeover'), keepsContext, extensions);
}

/** A hundredth where windows are large; where they are 2 KiB, zlib finds less of what repeats in 1 MiB. */
function assertSmall(octets: number, end: string): void {
  assert.ok(octets < PLAIN_BYTES / 5, `the ${end} sent ${octets} octets for ${PLAIN_BYTES}`);
}
