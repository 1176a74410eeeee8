// Knows: how a proxy is started for the length of a test, with a folder of its own for what it reads and writes.
// Must not know: which proxy, or what passes through it.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Child, freePort } from '../../support/child.js';
import { raw } from '../../support/raw.js';

export interface RunningProxy extends AsyncDisposable {
  readonly port: number;
}

/** `start` gets an empty folder and the port to listen on. Resolves when the proxy listens; `await using` ends it. */
export async function startProxy(start: (folder: string, port: number) => Child): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'handfast-proxy-'));
  const port = await freePort();
  const child = start(folder, port);
  const stop = async () => {
    await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await listening(port, child);
  } catch (error) {
    await stop();
    throw error;
  }
  return { port, [Symbol.asyncDispose]: stop };
}

// None of them says that it listens, so it is asked.
async function listening(port: number, child: Child): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const connection = await raw(port).catch(() => undefined);
    connection?.[Symbol.dispose]();
    if (connection) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`nothing listens on ${port}: ${child.stderr.join('\n')}`);
}
