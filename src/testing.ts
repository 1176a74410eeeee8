// The door `handfast/testing`: connections and whole handshakes in memory, for tests that want no port, no kernel and no waiting.
// Must not know: anything that the other doors do not offer as well.

import type { Duplex } from 'node:stream';
import { type ConnectOptions, connectOver } from './client/connect.js';
import type { Connection } from './connection/connection.js';
import { type ConnectionOptions, open } from './connection/settings.js';
import type { DeflateAgreement } from './deflate/permessage-deflate.js';
import { compressionSettings } from './deflate/settings.js';
import { negotiateExtensions } from './handshake/negotiate.js';
import { type MemoryOptions, memoryPair } from './transport/memory.js';

export { connectOver } from './client/connect.js';
export { MemoryDuplex, type MemoryOptions, memoryPair } from './transport/memory.js';

export interface PairOptions {
  readonly server?: ConnectionOptions;
  readonly client?: ConnectionOptions;
  /** The subprotocol that both have agreed on. Default none. */
  readonly subprotocol?: string;
  readonly wire?: MemoryOptions;
}

/**
 * Two open connections that are each other's peer; no handshake takes place. They compress where `compression` of both asks for it,
 * as a handshake between such two would have agreed.
 */
export function connectedPair(options: PairOptions = {}): { server: Connection; client: Connection } {
  const { server, client } = memoryPair(options.wire);
  const { subprotocol = '' } = options;
  const agreed = agreedBetween(options);
  return {
    server: open(server, { ...options.server, role: 'server', subprotocol, ...agreed.server }),
    client: open(client, { ...options.client, role: 'client', subprotocol, ...agreed.client }),
  };
}

interface Agreed {
  readonly agreement: DeflateAgreement;
}

/** What the client's offers and the server's answer come to; nothing when one of them does not ask for compression. */
function agreedBetween({ server, client }: PairOptions): { server?: Agreed; client?: Agreed } {
  const answering = compressionSettings('server', server?.compression)?.extension;
  const offering = compressionSettings('client', client?.compression)?.extension;
  if (answering === undefined || offering === undefined) return {};
  const { answers, agreed } = negotiateExtensions(offering.offer(), [answering]);
  const confirmed = offering.confirm(answers[0]!);
  if (!confirmed.ok) throw new Error(confirmed.rejection.reason.title);
  return { server: { agreement: agreed[0]!.agreed }, client: { agreement: confirmed.value } };
}

/**
 * Connects to a server of this process through memory, with the whole opening handshake on both sides. The server need not listen.
 * @throws HandshakeError (as a rejection) as `connect` does.
 */
export async function connectTo(
  server: { adopt(socket: Duplex): void },
  path: string = '/',
  options: Omit<ConnectOptions, 'tls' | 'redirects' | 'http'> & { readonly wire?: MemoryOptions } = {},
): Promise<Connection> {
  const { wire, ...rest } = options;
  const pair = memoryPair(wire);
  server.adopt(pair.server);
  return connectOver(pair.client, new URL(path, 'ws://memory.test/'), rest);
}
