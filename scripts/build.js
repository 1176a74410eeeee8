// Compiles src/ to dist/ with tsc alone, puts the chat page's HTML and CSS beside its compiled script, and has Vite bundle
// the inspector's page, so that users need neither Vite nor what is in the bundle.
// With --if-stale it does nothing when the last good build is newer than everything under src/.
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stamp = `${root}.build/dist.stamp`;
const page = 'cli/chat/page';

if (!process.argv.includes('--if-stale') || isStale()) build();

function build() {
  rmSync(stamp, { force: true });
  rmSync(`${root}dist`, { recursive: true, force: true });
  tsc('-p', 'tsconfig.json');
  const parts = existsSync(`${root}src/${page}`) ? readdirSync(`${root}src/${page}`) : [];
  if (parts.some((name) => name.endsWith('.ts'))) tsc('-p', `src/${page}/tsconfig.json`);
  for (const name of parts.filter((part) => /\.(?:html|css|svg)$/.test(part))) {
    cpSync(`${root}src/${page}/${name}`, `${root}dist/${page}/${name}`);
  }
  run('vite/bin/vite.js', 'build', '--logLevel', 'warn');
  if (existsSync(`${root}dist/cli/main.js`)) chmodSync(`${root}dist/cli/main.js`, 0o755);
  mkdirSync(`${root}.build`, { recursive: true });
  writeFileSync(stamp, '');
}

function tsc(...options) {
  run('typescript/bin/tsc', ...options);
}

function run(program, ...options) {
  try {
    execFileSync(process.execPath, [`${root}node_modules/${program}`, ...options], {
      cwd: root,
      stdio: 'inherit',
    });
  } catch {
    process.exit(1);
  }
}

// A folder's time changes when a file in it comes or goes, so folders count too.
function isStale() {
  if (!existsSync(stamp) || !existsSync(`${root}dist`)) return true;
  const built = statSync(stamp).mtimeMs;
  const sources = [
    'src',
    'tsconfig.json',
    'vite.config.ts',
    ...readdirSync(`${root}src`, { recursive: true }).map((name) => `src/${name}`),
  ];
  return sources.some((name) => statSync(`${root}${name}`).mtimeMs > built);
}
