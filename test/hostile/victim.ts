// A server in a process of its own, for what must be measured apart from who does it: started by `Victim`, told by lines on stdin.
// Knows: how to count what a server holds. Must not know: what is done to it.
import { createInterface } from 'node:readline';
import { type CloseRecord, type Connection, createServer, type ServerOptions } from '../../src/index.js';
import * as trace from '../../src/trace.js';
import { UNLIMITED } from './arena.js';

/** What the process answers to `stats`. */
export interface Stats {
  /** Heap, external and array buffers together, after a collection. */
  readonly heldBytes: number;
  readonly connections: number;
  readonly sockets: number;
  /** Messages that reached `/sink`. */
  readonly received: number;
  /** How often each reason was given, at a handshake or at an end; `101`, `clean` for those without. */
  readonly reasons: Readonly<Record<string, number>>;
  readonly faults: number;
  /** The most bytes that waited for one peer. */
  readonly mostBuffered: number;
}

export interface Orders {
  readonly limits?: ServerOptions['limits'];
  readonly timeouts?: ServerOptions['timeouts'];
  readonly drain?: { readonly windowMs: number; readonly deadlineMs: number };
  /** Whether faults are counted; otherwise they go where they go by default. */
  readonly hears?: boolean;
}

if (process.argv[2] !== undefined) await serve(JSON.parse(process.argv[2]));

async function serve({
  drain = { windowMs: 0, deadlineMs: 500 },
  hears = true,
  timeouts = {},
  ...orders
}: Orders): Promise<void> {
  const reasons: Record<string, number> = {};
  const count = (name: string) => {
    reasons[name] = (reasons[name] ?? 0) + 1;
  };
  let [received, faults, mostBuffered] = [0, 0, 0];
  const sinks = new Set<Connection>();
  const server = createServer({
    port: 0,
    limits: { ...UNLIMITED, ...orders.limits },
    timeouts,
    heartbeat: false,
    routes: {
      '/ws': { onmessage: (connection, message) => void connection.send(message) },
      '/sink': {
        onconnection: (connection) => void sinks.add(connection),
        onclose: (connection) => void sinks.delete(connection),
        onbytes: () => {
          received += 1;
        },
      },
    },
  });
  trace.handshakes.subscribe((event) => {
    const { rejection, outcome } = event as trace.HandshakeTrace;
    count(rejection?.reason.code ?? (outcome === 'accepted' ? '101' : outcome));
  });
  trace.closed.subscribe((event) => count((event as { record: CloseRecord }).record.cause ?? 'clean'));
  if (hears) {
    trace.faults.subscribe(() => {
      faults += 1;
    });
  }
  const stats = (): Stats => {
    for (const sink of sinks) mostBuffered = Math.max(mostBuffered, sink.bufferedBytes);
    gc!();
    const { heapUsed, external } = process.memoryUsage();
    const sockets = process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length;
    const { size } = server.connections;
    return {
      heldBytes: heapUsed + external,
      connections: size,
      sockets,
      received,
      reasons,
      faults,
      mostBuffered,
    };
  };
  const payload = Buffer.alloc(65_536, 0x61);
  const lines = createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'stats') console.log(JSON.stringify(stats()));
    if (line !== 'stream') return;
    // A megabyte a second to each, all of the same bytes.
    setInterval(() => {
      for (const sink of sinks) {
        sink.send(payload).catch(() => {});
        mostBuffered = Math.max(mostBuffered, sink.bufferedBytes);
      }
    }, 62).unref();
  });
  process.once('SIGTERM', async () => {
    lines.close();
    process.stdin.destroy();
    const report = await server.drain(drain);
    const closing = await server.close();
    // No exit: whatever is left behind keeps the process alive and fails the test.
    console.log(JSON.stringify({ ...report, left: closing.closed + closing.terminated }));
  });
  await server.ready;
  console.log(`listening ${server.port}`);
}
