// Knows: which programs outside npm the tests talk to (needs.json), and whether this machine has them.
// Must not know: how they are installed; scripts/test.js does that.
import { existsSync, readFileSync } from 'node:fs';

type Name =
  | 'openssl'
  | 'chromium'
  | 'nginx'
  | 'haproxy'
  | 'python-websockets'
  | 'python-aiohttp'
  | 'go'
  | 'gorilla';

/** The package's folder, with a slash at its end. */
export const root: URL = new URL('../../../', import.meta.url);

const rows: Record<Name, { package: string; files: string[] }> = JSON.parse(
  readFileSync(new URL('test/support/needs.json', root), 'utf8'),
);
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
    path: rows[name].files[0]!,
    skip: skip && `needs ${missing.map((one) => rows[one].package).join(', ')}`,
  };
}

export function present(name: Name): boolean {
  return rows[name].files.every((file) => existsSync(file));
}
