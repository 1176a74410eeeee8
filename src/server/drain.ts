// Knows: how many connections are closed without all their clients coming back in the same second.
// Must not know: who else is connecting. IANA 1012: the service restarts; clients reconnect with a random delay.
import type { Connection } from '../connection/connection.js';

export interface DrainOptions {
  /** The close code. Default 1012 (service restart); 1001 when nothing comes after. */
  readonly code?: number;
  /** The close reason, at most 123 bytes. Default `restart`. */
  readonly reason?: string;
  /** Closes are spread evenly over so many milliseconds. Default 5,000; 0 closes all at once. */
  readonly windowMs?: number;
  /** After so many milliseconds what is still open is cut. Default 30,000. */
  readonly deadlineMs?: number;
}

export interface DrainReport {
  /** Connections that ended with a close handshake, or were gone already. */
  readonly closed: number;
  /** Connections that did not answer and were cut. */
  readonly terminated: number;
  readonly tookMs: number;
}

export async function drainConnections(
  open: Iterable<Connection<unknown>>,
  options: DrainOptions,
): Promise<DrainReport> {
  const { code = 1012, reason = 'restart', windowMs = 5000, deadlineMs = 30_000 } = options;
  const started = performance.now();
  const all = shuffled([...open]);
  let closed = 0;
  let terminated = 0;
  const ends = all.map((connection) =>
    connection.closed.then((record) => {
      if (record.clean || record.initiator !== 'local') closed += 1;
      else terminated += 1;
    }),
  );
  const deadline = setTimeout(() => {
    for (const connection of all) connection.terminate();
  }, deadlineMs);
  await closeInTurn(all, code, reason, Math.min(windowMs, deadlineMs));
  await Promise.all(ends);
  clearTimeout(deadline);
  return { closed, terminated, tookMs: Math.round(performance.now() - started) };
}

const STEP_MS = 50;

async function closeInTurn(
  all: readonly Connection<unknown>[],
  code: number,
  reason: string,
  windowMs: number,
): Promise<void> {
  const steps = Math.max(1, Math.min(all.length, Math.floor(windowMs / STEP_MS)));
  for (let step = 0; step < steps; step += 1) {
    if (step > 0) await new Promise((resolve) => setTimeout(resolve, windowMs / steps));
    const from = Math.floor((all.length * step) / steps);
    const to = Math.floor((all.length * (step + 1)) / steps);
    for (const connection of all.slice(from, to))
      if (connection.state === 'open') void connection.close(code, reason);
  }
}

/** Fisher and Yates: who connected together does not leave together. */
function shuffled<Item>(items: Item[]): Item[] {
  for (let index = items.length - 1; index > 0; index -= 1) {
    const other = Math.floor(Math.random() * (index + 1));
    [items[index], items[other]] = [items[other]!, items[index]!];
  }
  return items;
}
