// Knows: which programs the tests talk to (needs.json), and whether this machine has them: packages of Debian, and
// runtimes that come through npm into test/runtimes. Must not know: how they are installed; scripts/test.js does that.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Name =
  | 'openssl'
  | 'chromium'
  | 'nginx'
  | 'haproxy'
  | 'caddy'
  | 'apache'
  | 'varnish'
  | 'squid'
  | 'python-websockets'
  | 'python-aiohttp'
  | 'hypercorn'
  | 'go'
  | 'gorilla'
  | 'tcpdump'
  | 'nghttpx'
  | 'deno'
  | 'bun';

/** The package's folder, with a slash at its end. */
export const root: URL = new URL('../../../', import.meta.url);

interface Row {
  /** Debian's package; or the one in test/runtimes. */
  readonly package?: string;
  readonly runtime?: string;
  /** Absolute, or below the package's folder. */
  readonly files: readonly string[];
}

const rows: Record<Name, Row> = JSON.parse(readFileSync(new URL('test/support/needs.json', root), 'utf8'));
export const names = Object.keys(rows) as Name[];

export interface Need {
  /** The program. */
  readonly path: string;
  /** For `test(name, { skip })`: false, or why not. Under CI nothing is skipped: what is missing fails. */
  readonly skip: string | false;
}

/** Looks up one or more programs; the path is the first one's. */
export function need(name: Name, ...more: Name[]): Need {
  const missing = [name, ...more].filter((one) => !present(one));
  const skip = missing.length > 0 && process.env.CI !== 'true';
  return {
    path: pathOf(rows[name].files[0]!),
    skip: skip && `needs ${missing.map((one) => rows[one].package ?? rows[one].runtime).join(', ')}`,
  };
}

export function present(name: Name): boolean {
  return rows[name].files.every((file) => existsSync(pathOf(file)));
}

function pathOf(file: string): string {
  return fileURLToPath(new URL(file, root));
}
