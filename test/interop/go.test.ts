// Debian's gorilla/websocket, both ways; it never keeps context. The two programs are built once; Go's cache makes the next time quick.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { need, root } from '../support/needs.js';
import { clientProgram, interop, peerFile, serverProgram } from './suite.js';

const go = need('go', 'gorilla');
const folder = fileURLToPath(new URL('.build/peers/', root));

function build(name: string): string {
  mkdirSync(folder, { recursive: true });
  const env = { ...process.env, GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' };
  execFileSync(go.path, ['build', '-o', `${folder}${name}`, peerFile(`${name}/main.go`)], {
    env,
    stdio: 'pipe',
  });
  return `${folder}${name}`;
}

interop('Go gorilla', {
  skip: go.skip,
  client: (mode, url) => clientProgram(build('gorilla_client'))(mode, url),
  server: () => serverProgram(build('gorilla_server'))(),
  keepsContext: 'neither',
});
