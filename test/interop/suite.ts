// Knows: the suite that each peer goes through, its client against our server and our client against its server.
// Must not know: any peer. See scenario.ts for the conversation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child.js';
import { root } from '../support/needs.js';
import { checkCompressed, compressedWith } from './compressed.js';
import { startRelay } from './relay.js';
import type { Report } from './scenario.js';
import { checkClosed, checkRefused, checkTalk, closedBy, refusedBy, startOurs, talkTo } from './scenario.js';

export type Mode = 'talk' | 'closed' | 'refused' | 'compressed';
export type Client = (mode: Mode, url: string) => Promise<Report>;
export interface TheirServer extends AsyncDisposable {
  readonly port: number;
}

export interface Peer {
  readonly skip?: string | false;
  readonly client?: Client;
  readonly server?: () => Promise<TheirServer>;
  /** Its server can send a message in fragments; true unless said. */
  readonly fragments?: boolean;
  /** Its client sees the status of a refusal; true unless said. */
  readonly seesStatus?: boolean;
  /** Its client compresses what it sends, and does not only expand; true unless said. */
  readonly compresses?: boolean;
  /** Which of its ends can keep the context of messages (takeover); both unless said. */
  readonly keepsContext?: 'both' | 'client' | 'neither';
}

/** Both values of our option, with the words for a test's name. */
export const TAKEOVERS = [
  [true, 'with our takeover'],
  [false, 'without our takeover'],
] as const;

export function interop(name: string, peer: Peer): void {
  const options = { skip: peer.skip ?? false, timeout: 60_000 };
  if (peer.client)
    describe(`${name} as the client of our server`, options, () => clientTests(peer, peer.client!));
  if (peer.server)
    describe(`our client with ${name} as the server`, options, () => serverTests(peer, peer.server!));
}

function clientTests(peer: Peer, client: Client): void {
  test('text, 1 MiB, fragments, pings both ways, the subprotocol, and its close', async () => {
    await using ours = await startOurs();
    await checkTalk(await client('talk', `ws://127.0.0.1:${ours.port}/echo`), ours);
  });
  test('our close code and reason', async () => {
    await using ours = await startOurs();
    await checkClosed(await client('closed', `ws://127.0.0.1:${ours.port}/close`), ours);
  });
  const sees = peer.seesStatus ?? true;
  test(`a refused origin, ${sees ? 'with its status' : 'whose status it hides'}`, async () => {
    await using ours = await startOurs();
    const report = await client('refused', `ws://127.0.0.1:${ours.port}/echo`);
    if (sees) checkRefused(report);
    assert.equal(ours.records.length, 0);
  });
  for (const [takeover, name] of TAKEOVERS) {
    test(`compressed, ${name}: long and empty, text and bytes, many small ones`, async () => {
      await using ours = await startOurs({ compression: { takeover } });
      await using relay = await startRelay(ours.port);
      const report = await client('compressed', `ws://127.0.0.1:${relay.port}/echo`);
      const keepsContext = takeover && peer.keepsContext !== 'neither';
      await checkCompressed(report, ours, relay, { keepsContext, clientCompresses: peer.compresses ?? true });
    });
  }
}

function serverTests(peer: Peer, start: () => Promise<TheirServer>): void {
  test('text, 1 MiB, fragments, pings both ways, the subprotocol, and our close', async () => {
    await using theirs = await start();
    await talkTo(`ws://127.0.0.1:${theirs.port}`, { fragments: peer.fragments ?? true });
  });
  test('its close code and reason', async () => {
    await using theirs = await start();
    await closedBy(`ws://127.0.0.1:${theirs.port}`);
  });
  test('a refusal with its status', async () => {
    await using theirs = await start();
    await refusedBy(`ws://127.0.0.1:${theirs.port}`);
  });
  for (const [takeover, name] of TAKEOVERS) {
    test(`compressed, ${name}: long and empty, text and bytes, many small ones`, async () => {
      await using theirs = await start();
      await using relay = await startRelay(theirs.port);
      const keepsContext = takeover && (peer.keepsContext ?? 'both') === 'both';
      await compressedWith(`ws://127.0.0.1:${relay.port}`, relay, { takeover, keepsContext });
    });
  }
}

/** The path of a file beside this one in the sources. */
export function peerFile(name: string): string {
  return fileURLToPath(new URL(`test/interop/peers/${name}`, root));
}

/** A client that is a program: arguments MODE URL, one line of JSON out. */
export function clientProgram(
  command: string,
  args: readonly string[] = [],
  more: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Client {
  return async (mode, url) => {
    await using child = new Child(command, [...args, mode, url, ...more], { env });
    return await child.json<Report>();
  };
}

/** A server that is a program: prints its port first. */
export function serverProgram(command: string, args: readonly string[] = []): () => Promise<TheirServer> {
  return async () => {
    const child = new Child(command, args);
    try {
      return {
        port: Number(await child.line(/^\d+$/)),
        [Symbol.asyncDispose]: () => child[Symbol.asyncDispose](),
      };
    } catch (error) {
      await child.stop();
      throw error;
    }
  };
}
