// Knows: how to run the built program as a user does, `node dist/cli/main.js`, and where pictures of pages go.
// Must not know: what a page or a command should show; the tests beside it do.
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { Child, type StartOptions } from '../support/child.js';
import { root } from '../support/needs.js';

const PROGRAM = fileURLToPath(new URL('dist/cli/main.js', root));
const PICTURES = fileURLToPath(new URL('.build/pictures/', root));

/** Runs `handfast` with arguments; `await using` ends it. */
export function handfast(args: readonly string[], options?: StartOptions): Child {
  return new Child(process.execPath, [PROGRAM, ...args], options);
}

export interface Served extends AsyncDisposable {
  readonly child: Child;
  /** `ws://127.0.0.1:PORT/` as printed, or `wss:`. */
  readonly url: URL;
  readonly port: number;
}

/** Runs `handfast serve` on a free port and waits until it listens. */
export async function serve(...args: string[]): Promise<Served> {
  const child = handfast(['serve', '--port', '0', ...args]);
  try {
    const line = await child.line();
    const url = new URL(/^listening on (wss?:\/\/\S+)$/.exec(line)?.[1] ?? `unexpected:${line}`);
    return { child, url, port: Number(url.port), [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
  } catch (error) {
    await child.stop();
    throw error;
  }
}

/** Takes a picture of the page, or of what of it is seen, to `.build/pictures/NAME.png`, for people to look at; returns its path. */
export async function picture(page: Page, name: string, fullPage = true): Promise<string> {
  mkdirSync(PICTURES, { recursive: true });
  const path = `${PICTURES}${name}.png`;
  await page.screenshot({ path, fullPage });
  return path;
}
