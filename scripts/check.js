// `npm run check`: format, lint, types, levels, generated pages and the package itself, in that order. One line for
// each step; the first that fails shows its output and ends the run with 1.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const BIOME = 'node_modules/@biomejs/biome/bin/biome';
const TSC = 'node_modules/typescript/bin/tsc';
const pages = ['src/cli/chat/page', 'src/inspector/page'];

const steps = [
  ['format', BIOME, 'format', '.'],
  ['lint', BIOME, 'lint', '--error-on-warnings', '.'],
  ['types of src', TSC, '-p', 'tsconfig.json', '--noEmit'],
  ['types of test', TSC, '-p', 'test'],
  ...pages.map((page) => [`types of ${page}`, TSC, '-p', page, '--noEmit']),
  ['levels', '--test', '--test-reporter=dot', '.build/test/layers.test.js'],
  ['build', 'scripts/build.js', '--if-stale'],
  ['docs current', 'scripts/docs.js', '--check'],
  ['package', 'node_modules/publint/src/cli.js', '--strict'],
  ['coverage of the core', 'scripts/coverage.js'],
];

for (const [name, ...args] of steps) {
  const start = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    encoding: 'utf8',
    timeout: 5 * 60_000,
  });
  if (status !== 0) {
    console.error(`check: ${name} failed\n${stdout}${stderr}`);
    process.exit(1);
  }
  console.log(`check: ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)`);
}
