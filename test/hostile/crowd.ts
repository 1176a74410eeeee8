// Knows: how to start the victim, to ask it, and to be many clients at once. Must not know: what the clients do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Child } from '../support/child.js';
import { raw } from '../support/raw.js';
import { WITNESS_P99_MS, Witness } from './arena.js';
import { upgrade } from './bytes.js';
import type { Orders, Stats } from './victim.js';

const PROGRAM = fileURLToPath(new URL('./victim.js', import.meta.url));

export interface StartOptions {
  readonly files?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** The server process, and a witness that echoes at `/ws` all the while. */
export class Victim implements AsyncDisposable {
  readonly child: Child;
  readonly port: number;
  readonly witness: Witness;
  /** How late this process, which measures, gets its own turns. */
  readonly #lateness = monitorEventLoopDelay({ resolution: 5 });

  private constructor(child: Child, port: number, witness: Witness) {
    this.child = child;
    this.port = port;
    this.witness = witness;
    this.#lateness.enable();
  }

  /** What comes late here because the machine is busy is not the victim's doing. */
  assertUnhurt(): void {
    this.witness.assertUnhurt(WITNESS_P99_MS + (3 * this.#lateness.percentile(99)) / 1e6);
  }

  /** So many connections are open besides the witness, which leaves. */
  async leftAlone(count: number): Promise<void> {
    this.witness[Symbol.dispose]();
    while ((await this.stats()).connections !== count) await pause(5);
  }

  /** With `files`, the process may have so many descriptors and no more. */
  static async start(orders: Orders = {}, { files, env = {} }: StartOptions = {}): Promise<Victim> {
    const args = ['--expose-gc', PROGRAM, JSON.stringify(orders)];
    const child =
      files === undefined
        ? new Child(process.execPath, args, { env })
        : new Child('/bin/sh', ['-c', `ulimit -n ${files}; exec "$@"`, 'sh', process.execPath, ...args], {
            env,
          });
    const port = Number((await child.line(/^listening /)).split(' ')[1]);
    const connection = await raw(port);
    await connection.send(upgrade()).until('\r\n\r\n');
    return new Victim(child, port, new Witness(connection));
  }

  async stats(): Promise<Stats> {
    this.child.write('stats');
    return await this.child.json<Stats>();
  }

  /** Only the witness is left within two seconds. */
  async settled(): Promise<Stats> {
    for (const started = performance.now(); ; await pause(20)) {
      const stats = await this.stats();
      if (stats.connections === 1 && stats.sockets === 1) return stats;
      assert.ok(
        performance.now() - started < 2000,
        `left: ${stats.connections - 1} connections, ${stats.sockets - 1} sockets`,
      );
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#lateness.disable();
    this.witness[Symbol.dispose]();
    assert.equal(await this.child.stop(), 0, this.child.stderr.join('\n'));
  }
}

/** One of many: a socket and what it was told, no more. */
export interface Peer {
  readonly socket: Socket;
  /** The first octets that came, as text. */
  text: string;
  bytes: number;
  /** When the other side ended, undefined before. */
  endedAt: number | undefined;
  readonly closed: Promise<void>;
}

const KEPT = 2000;

/** So many connections, a hundred at a time; each sends `first` at once. */
export async function crowd(
  port: number,
  count: number,
  first: (at: number) => string | Uint8Array,
): Promise<Peer[]> {
  const peers: Peer[] = [];
  while (peers.length < count) {
    const some = Math.min(100, count - peers.length);
    peers.push(
      ...(await Promise.all(Array.from({ length: some }, (_, at) => join(port, first(peers.length + at))))),
    );
  }
  return peers;
}

async function join(port: number, first: string | Uint8Array): Promise<Peer> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  const peer: Peer = { socket, text: '', bytes: 0, endedAt: undefined, closed };
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    peer.bytes += chunk.length;
    if (peer.text.length < KEPT) peer.text += chunk.toString('latin1', 0, KEPT);
  });
  socket.on('end', () => {
    peer.endedAt = performance.now();
  });
  await once(socket, 'connect');
  if (first.length > 0) socket.write(typeof first === 'string' ? Buffer.from(first, 'latin1') : first);
  return peer;
}

/** Waits until it holds for all. */
export async function all(
  peers: readonly Peer[],
  holds: (peer: Peer) => boolean,
  timeoutMs: number,
): Promise<void> {
  for (const started = performance.now(); !peers.every(holds); await pause(10)) {
    const missing = peers.filter((peer) => !holds(peer));
    assert.ok(
      performance.now() - started < timeoutMs,
      `${missing.length} of ${peers.length} wait for ever, such as ${JSON.stringify(missing[0]?.text.slice(0, 200))}`,
    );
  }
}

export function leave(peers: readonly Peer[]): void {
  for (const { socket } of peers) socket.destroy();
}
