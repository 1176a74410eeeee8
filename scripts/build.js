// Compiles src/ to dist/ with tsc alone, then puts the chat page's HTML and CSS beside its compiled script.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = (...options) => execFileSync('node_modules/.bin/tsc', options, { cwd: root, stdio: 'inherit' });

rmSync(`${root}dist`, { recursive: true, force: true });
tsc('-p', 'tsconfig.json');
const page = 'cli/chat/page';
if (existsSync(`${root}src/${page}`)) {
  tsc('-p', `src/${page}/tsconfig.json`);
  for (const file of ['index.html', 'chat.css']) cpSync(`${root}src/${page}/${file}`, `${root}dist/${page}/${file}`);
}
if (existsSync(`${root}dist/cli/main.js`)) chmodSync(`${root}dist/cli/main.js`, 0o755);
