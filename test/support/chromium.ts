// Knows: how to have Debian's Chromium for the length of a test, quiet, headless, with a fresh profile.
// Must not know: what the pages show.
import { createHash, X509Certificate } from 'node:crypto';
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

/** What a page is waited for takes milliseconds, unless the machine has other things to do. */
const WAIT_MS = 20_000;

export interface Browser extends AsyncDisposable {
  readonly context: BrowserContext;
}

export interface BrowserOptions {
  readonly width?: number;
  readonly height?: number;
  /** The one certificate (PEM) to trust besides those that the machine trusts. Default: whatever there is. */
  readonly trust?: string;
  /** A name that its resolver takes for 127.0.0.1, as one that was rebound is. */
  readonly reboundName?: string;
}

/** Starts a browser; `await using` ends it and removes its profile. */
export async function launchChromium(options: BrowserOptions = {}): Promise<Browser> {
  const profile = mkdtempSync(join(tmpdir(), 'handfast-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: need('chromium').path,
    args: [...ARGS, ...argsOf(options)],
    headless: true,
    ignoreHTTPSErrors: options.trust === undefined,
    timeout: 60_000,
    viewport: { width: options.width ?? 1000, height: options.height ?? 700 },
  });
  context.setDefaultTimeout(WAIT_MS);
  return {
    context,
    async [Symbol.asyncDispose]() {
      await context.close();
      rmSync(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    },
  };
}

function argsOf({ trust, reboundName }: BrowserOptions): string[] {
  return [
    ...(trust === undefined ? [] : [trusting(trust)]),
    ...(reboundName === undefined ? [] : [`--host-resolver-rules=MAP ${reboundName} 127.0.0.1`]),
  ];
}

/** Chromium takes the SHA-256 of the public key, as RFC 7469 §2.4 writes it. */
function trusting(cert: string): string {
  const key = new X509Certificate(cert).publicKey.export({ type: 'spki', format: 'der' });
  return `--ignore-certificate-errors-spki-list=${createHash('sha256').update(key).digest('base64')}`;
}
