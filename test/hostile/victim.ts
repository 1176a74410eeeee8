// A server in a process of its own, for what must be measured apart from who does it: started by `Victim`, told by lines on stdin.
// It is a client too when it is told where to connect. Knows: how to count what it holds. Must not know: what is done to it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { heldBytes } from '../../src/deflate/memory.js';
import {
  type CloseRecord,
  type CompressionOptions,
  type Connection,
  connect,
  createServer,
  type Message,
  type ServerOptions,
} from '../../src/index.js';
import * as trace from '../../src/trace.js';
import { UNLIMITED } from './arena.js';

/** What the process answers to `stats`. */
export interface Stats {
  /** Heap, external and array buffers together, after a collection. */
  readonly heldBytes: number;
  /** What compression counts as held. */
  readonly compressionBytes: number;
  /** What the whole process holds, and the most that it held since the last `mark`. */
  readonly residentBytes: number;
  readonly peakBytes: number;
  /** Of the server. */
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
  /** Of both ends. */
  readonly compression?: boolean | CompressionOptions;
  readonly drain?: { readonly windowMs: number; readonly deadlineMs: number };
  /** Whether faults are counted; otherwise they go where they go by default. */
  readonly hears?: boolean;
}

if (process.argv[2] !== undefined) await serve(JSON.parse(process.argv[2]));

async function serve({
  drain = { windowMs: 0, deadlineMs: 500 },
  hears = true,
  timeouts = {},
  compression = false,
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
    compression,
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
  const dialed: Connection[] = [];
  const dial = async (url: string, at: string) => {
    const connection = await connect(url, { compression, heartbeat: false });
    dialed.push(connection);
    connection.onmessage = (message: Message) => {
      if (at === '/ws') void connection.send(message);
      else received += 1;
    };
    console.log('connected');
  };
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
      compressionBytes: heldBytes(),
      ...residence(),
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
    const [order, url = '', at = ''] = line.split(' ');
    if (order === 'stats') console.log(JSON.stringify(stats()));
    if (order === 'connect') void dial(url, at);
    if (order === 'mark') mark();
    if (order !== 'stream') return;
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
    for (const connection of dialed) connection.terminate();
    const report = await server.drain(drain);
    const closing = await server.close();
    // No exit: whatever is left behind keeps the process alive and fails the test.
    console.log(JSON.stringify({ ...report, left: closing.closed + closing.terminated }));
  });
  await server.ready;
  console.log(`listening ${server.port}`);
}

/** What Linux tells of this process; 0 on other systems. */
function residence(): Pick<Stats, 'residentBytes' | 'peakBytes'> {
  const status = existsSync('/proc/self/status') ? readFileSync('/proc/self/status', 'latin1') : '';
  const bytes = (name: string) => 1024 * Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1] ?? 0);
  return { residentBytes: bytes('VmRSS'), peakBytes: bytes('VmHWM') };
}

/** From now on the most is counted anew (proc(5): 5 for `clear_refs`). */
function mark(): void {
  gc!();
  writeFileSync('/proc/self/clear_refs', '5');
}
