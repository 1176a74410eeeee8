// Knows: how a proxy is started for the length of a test, with a folder of its own for what it reads and writes.
// Must not know: which proxy, or what passes through it.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePorts } from '../../support/child.js';
import { raw } from '../../support/raw.js';

export interface RunningProxy extends AsyncDisposable {
  readonly port: number;
  /** All that it listens on. */
  readonly ports: readonly number[];
}

/** `start` gets an empty folder and the port to listen on. Resolves when the proxy listens; `await using` ends it. */
export function startProxy(start: (folder: string, port: number) => Child): Promise<RunningProxy> {
  return startOnPorts(1, (folder, [port]) => start(folder, port!));
}

/** The same with so many ports. A port that somebody else took in the meantime is given a second chance. */
export async function startOnPorts(
  count: number,
  start: (folder: string, ports: readonly number[]) => Child,
): Promise<RunningProxy> {
  return attempt(count, start).catch(() => attempt(count, start));
}

async function attempt(
  count: number,
  start: (folder: string, ports: readonly number[]) => Child,
): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'handfast-proxy-'));
  // Started by root, some give up its rights before they read what is in there.
  chmodSync(folder, 0o755);
  const ports = await freePorts(count);
  const child = start(folder, ports);
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const port of ports) await listening(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port: ports[0]!, ports, [Symbol.asyncDispose]: stop };
}

// None of them says that it listens, so it is asked.
async function listening(port: number, child: Child): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const connection = await raw(port).catch(() => undefined);
    connection?.[Symbol.dispose]();
    if (connection) return;
    if (child.process.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}: ${[...child.stdout, ...child.stderr].join('\n')}`);
}
