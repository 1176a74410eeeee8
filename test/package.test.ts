// The package as users get it: packed, unpacked into an empty folder without any dependency, its doors loaded. That they
// load there proves the promise that levels 0 to 4 need nothing but Node.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { root } from './support/needs.js';

const run = promisify(execFile);
const DOORS = [
  'handfast',
  'handfast/handshake',
  'handfast/frames',
  'handfast/reflect',
  'handfast/doctor',
  'handfast/inspector',
  'handfast/testing',
];
const MOST_BYTES = 1_000_000;

interface Manifest {
  readonly engines: Record<string, string>;
  readonly exports: Record<string, string | { types: string; default: string }>;
  readonly bin: Record<string, string>;
}
interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { path: string; size: number }[];
}

let folder: string;
let packed: Packed;
let installed: string;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'handfast-package-'));
  const options = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', options, { cwd: fileURLToPath(root) });
  const answer = JSON.parse(stdout) as Packed[] | Record<string, Packed>;
  packed = Object.values(answer)[0]!;
  installed = join(folder, 'node_modules/handfast');
  mkdirSync(installed, { recursive: true });
  await run('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1']);
});
after(() => rmSync(folder, { recursive: true, force: true }));

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
}

test('the package is under 1 MB, packed', () => {
  assert.ok(packed.size < MOST_BYTES, `${packed.size} bytes`);
});

test('it holds what it promises and nothing of the workshop', () => {
  const paths = packed.files.map((file) => file.path);
  for (const path of [
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'SECURITY.md',
    'docs/reasons.md',
    'docs/doctor-report.schema.json',
    'dist/cli/main.js',
  ]) {
    assert.ok(paths.includes(path), path);
  }
  const foreign = paths.filter(
    (path) =>
      !/^(?:dist\/|docs\/(?:reasons\.md|doctor-report\.schema\.json)$|[A-Z]+(?:\.md)?$|package\.json$)/.test(
        path,
      ),
  );
  assert.deepEqual(foreign, []);
});

test('but for the pages of the chat and the inspector it is code and its types: no tests, no maps, nothing that a report is made of', () => {
  const others = packed.files
    .map(({ path }) => path)
    .filter((path) => /^dist\/(?!.*\.(?:js|d\.ts)$)/.test(path));
  assert.ok(others.length > 0);
  for (const path of others)
    assert.match(path, /^dist\/(?:cli\/chat|inspector)\/page\/(?:assets\/)?[\w-]+\.(?:html|css|svg)$/);
  assert.deepEqual(
    packed.files.filter(({ path }) => /\.test\.|^dist\/tests?\//.test(path)),
    [],
  );
});

test('every door and the program stand where package.json says', () => {
  const paths = packed.files.map((file) => file.path);
  const doors = Object.values(manifest().exports).flatMap((door) =>
    typeof door === 'string' ? [door] : Object.values(door),
  );
  for (const path of [...doors, ...Object.values(manifest().bin)]) {
    assert.ok(paths.includes(path.replace('./', '')), path);
  }
  assert.match(readFileSync(join(installed, manifest().bin.handfast!), 'utf8'), /^#!\/usr\/bin\/env node\n/);
});

test('it says which Node it needs', () => {
  assert.equal(manifest().engines.node, '>=20.19');
});

for (const door of DOORS) {
  test(`import '${door}' loads without any other package`, async () => {
    const program = `const door = await import('${door}'); console.log(Object.keys(door).length)`;
    const { stdout, stderr } = await run(process.execPath, ['--input-type=module', '-e', program], {
      cwd: folder,
    });
    assert.ok(Number(stdout) > 0, stderr);
  });
}

// What is imported only later, when it is used, would not show above: the specifiers of every file tell.
test('no file but those of the command line names a package', () => {
  const specifier =
    /\b(?:import|export)\s(?:[\w\s{},*$]*?\sfrom\s*)?['"]([^'"]+)['"]|\b(?:import|require)\s*\(\s*['"]([^'"]+)['"]/g;
  const dist = join(installed, 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' });
  const code = files.filter((file) => file.endsWith('.js') && !/^(?:cli|inspector\/page)\//.test(file));
  const named = code.flatMap((file) => {
    const source = readFileSync(join(dist, file), 'utf8').replace(/^\s*(?:\/\/|\*).*$/gm, '');
    const all = [...source.matchAll(specifier)].map((match) => (match[1] ?? match[2])!);
    return all
      .filter((name) => !name.startsWith('.') && !name.startsWith('node:'))
      .map((name) => `${file}: ${name}`);
  });
  assert.ok(code.length > 10, `${code.length} files`);
  assert.deepEqual(named, []);
});

test('publint finds nothing', async () => {
  const { publint } = await import('publint');
  const { messages } = await publint({ pkgDir: installed, strict: true, pack: false });
  assert.deepEqual(messages, []);
});
