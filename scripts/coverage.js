// `npm run coverage`: every branch of the pure core is reached by the tests of its own folder alone. What only the whole
// server reaches does not count: a branch that needs a socket to be tried is in the wrong place. What the protocol tells is tried in
// memory, by trace/connections.
// `npm run coverage -- frames` does one part. The tests must have been compiled to .build/ (npm test does).
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PARTS = [
  { name: 'handshake', sources: 'src/handshake/**', tests: /^handshake\// },
  { name: 'frames', sources: 'src/frames/**', tests: /^frames\// },
  { name: 'deflate', sources: 'src/deflate/**', tests: /^deflate\// },
  {
    name: 'protocol',
    sources: 'src/connection/protocol.ts',
    tests: /^(?:connection\/protocol|trace\/connections)[^/]*$/,
  },
  { name: 'doctor', sources: 'src/doctor/inquiries/**', tests: /^doctor\/(?:inquiries\/|examine)/ },
];

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const wanted = process.argv.slice(2);
const compiled = readdirSync('.build/test', { recursive: true }).map((name) => name.replaceAll('\\', '/'));
const results = PARTS.filter(({ name }) => wanted.length === 0 || wanted.includes(name)).map(measure);
process.exit(results.length > 0 && results.every(Boolean) ? 0 : 1);

function measure({ name, sources, tests }) {
  const files = compiled.filter((file) => file.endsWith('.test.js') && tests.test(file));
  if (files.length === 0) {
    console.error(`coverage: ${name} has no tests of its own`);
    return false;
  }
  const folder = mkdtempSync(join(tmpdir(), 'handfast-coverage-'));
  const { status, stdout, stderr } = spawnSync(process.execPath, command(sources, files, folder), {
    encoding: 'utf8',
  });
  rmSync(folder, { recursive: true, force: true });
  if (status === 0) {
    console.log(`coverage: ${name}: every branch, by ${files.length} test files of its own`);
    return true;
  }
  console.error(`coverage: ${name}\n${table(stdout)}\n${stderr}`);
  return false;
}

function command(sources, files, folder) {
  const only = [
    '--all',
    '--src',
    'src',
    '--exclude-after-remap',
    '--include',
    sources,
    '--exclude',
    'src/**/index.ts',
  ];
  const demand = [
    '--check-coverage',
    '--branches',
    '100',
    '--lines',
    '0',
    '--functions',
    '0',
    '--statements',
    '0',
  ];
  const report = ['--reporter', 'text', '--temp-directory', folder];
  const runner = [
    process.execPath,
    '--test',
    '--test-reporter=dot',
    ...files.map((file) => `.build/test/${file}`),
  ];
  return ['node_modules/c8/bin/c8.js', ...report, ...only, ...demand, ...runner];
}

// The files that miss something, and the head of the table.
function table(stdout) {
  const lines = stdout.split('\n').filter((line) => line.includes('|'));
  return lines
    .filter(
      (line, at) => at < 2 || !/\|\s+100 \|\s+\S+ \|\s+\S+ \|[^|]*$/.test(line.replace(/^[^|]*\|[^|]*/, '')),
    )
    .join('\n');
}
