// Knows: how the programs with Debian's gorilla/websocket are built: once, and Go's cache makes the next time quick.
// Must not know: what they are used for.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { need, root } from '../../support/needs.js';

const folder = fileURLToPath(new URL('.build/peers/', root));

/** The path of the program. */
export function gorilla(name: 'gorilla_client' | 'gorilla_server'): string {
  mkdirSync(folder, { recursive: true });
  const source = fileURLToPath(new URL(`test/interop/peers/${name}/main.go`, root));
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
  execFileSync(need('go').path, ['build', '-o', `${folder}${name}`, source], { env, stdio: 'pipe' });
  return `${folder}${name}`;
}
