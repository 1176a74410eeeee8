// Knows: how to have Debian's Chromium for the length of a test, quiet, headless, with a fresh profile.
// Must not know: what the pages show.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium } from 'playwright-core';
import { need } from './needs.js';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
}

/** Starts a browser; `await using` ends it and removes its profile. */
export async function launchChromium(options: { width?: number; height?: number } = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'handfast-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: need('chromium').path,
    args: ARGS,
    headless: true,
    ignoreHTTPSErrors: true,
    timeout: 60_000,
    viewport: { width: options.width ?? 1000, height: options.height ?? 700 },
  });
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}
