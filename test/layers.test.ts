// Holds src/ to the table of levels in docs/design.md: an import goes to a lower level or stays in its room, types
// included; levels 0 to 4 import Node's own modules and nothing else from outside.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { test } from 'node:test';
import { root } from './support/needs.js';

const LEVELS: Record<string, number> = {
  ground: 0,
  handshake: 1,
  frames: 1,
  deflate: 2,
  'trace.ts': 2,
  forensics: 3,
  transport: 3,
  connection: 3,
  server: 4,
  client: 4,
  hub: 4,
  'catalogue.ts': 4,
  doctor: 5,
  explain: 5,
  reflect: 5,
  inspector: 5,
  cli: 6,
};
const GROUND = ['reason.ts', 'errors.ts', 'deadlines.ts', 'duplex.ts', 'options.ts', 'version.ts'];
const DOORS = 6;
const NODE_ONLY = 4;

interface Place {
  readonly room: string;
  readonly level: number | undefined;
}

/** Where a file of src/ (`handshake/head.ts`) lives. A door is a room of its own on the top level. */
function place(file: string): Place {
  if (file === 'testing.ts' || /^(?:[a-z]+\/)?index\.ts$/.test(file)) return { room: file, level: DOORS };
  const room = GROUND.includes(file) ? 'ground' : file.split('/')[0]!;
  return { room, level: LEVELS[room] };
}

const SPECIFIER =
  /\b(?:import|export)\s(?:[\w\s{},*$]*?\sfrom\s*)?['"]([^'"]+)['"]|\bimport\s*\(\s*['"]([^'"]+)['"]/g;

function specifiers(source: string): string[] {
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
  return [...code.matchAll(SPECIFIER)].map((match) => (match[1] ?? match[2])!);
}

/** Every import that breaks the table, one line each. */
function faults(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([file, source]) => {
    const from = place(file);
    if (from.level === undefined) return [`${file}: ${from.room} has no level`];
    return specifiers(source).flatMap((specifier) => fault(file, from, specifier) ?? []);
  });
}

function fault(file: string, from: Place, specifier: string): string | undefined {
  if (!specifier.startsWith('.')) {
    const own = specifier.startsWith('node:') || from.level! > NODE_ONLY;
    return own ? undefined : `${file}: level ${from.level} imports the package ${specifier}`;
  }
  const target = posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts');
  const to = place(target);
  if (to.room === from.room) return undefined;
  if (to.level === undefined || to.level >= from.level!) {
    return `${file} (level ${from.level}) imports ${target} (level ${to.level})`;
  }
  return undefined;
}

function tree(): Map<string, string> {
  const names = readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' });
  const files = names.filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'));
  return new Map(files.map((name) => [name, readFileSync(new URL(`src/${name}`, root), 'utf8')]));
}

test('every import of src/ goes down, or stays in its room', () => {
  assert.deepEqual(faults(tree()), []);
});

test('the files that the table needs are found', () => {
  const files = [...tree().keys()];
  for (const file of GROUND) assert.ok(files.includes(file), file);
});

const broken: [file: string, source: string][] = [
  ['handshake/head.ts', `import { decode } from '../frames/decoder.js';`],
  ['handshake/head.ts', `import type { Frame } from '../frames/frame.js';`],
  ['frames/decoder.ts', `export { judge } from '../connection/protocol.js';`],
  ['frames/decoder.ts', `import {\n  one,\n  two,\n} from '../server/server.js';`],
  ['reason.ts', `import '../handshake/head.js';`],
  ['reason.ts', `import { x } from './index.js';`],
  ['server/server.ts', `import { connect } from '../client/connect.js';`],
  ['server/server.ts', `const client = await import('../client/connect.js');`],
  ['server/server.ts', `import { Command } from 'commander';`],
  ['server/server.ts', `import { readFileSync } from 'fs';`],
  ['connection/protocol.ts', `import { dial } from '../transport/dial.js';`],
  ['index.ts', `import { testing } from './testing.js';`],
  ['cli/main.ts', `import { createServer } from '../index.js';`],
  ['helpers/text.ts', `export const x = 1;`],
];
for (const [file, source] of broken) {
  test(`caught: in ${file} ${JSON.stringify(source)}`, () => {
    assert.equal(faults(new Map([[file, source]])).length, 1);
  });
}

test('what is allowed passes', () => {
  const good = new Map([
    ['handshake/head.ts', `import { rejected } from '../reason.js';\nimport { tokens } from './fields.js';`],
    ['errors.ts', `import type { Reason } from './reason.js';`],
    ['server/server.ts', `import { createServer } from 'node:http';\n// import { x } from 'ws'`],
    ['index.ts', `export { createServer } from './server/server.js';`],
    ['handshake/index.ts', `export * from './head.js';`],
    [
      'cli/serve.ts',
      `import { Command } from 'commander';\nimport { createServer } from '../server/server.js';`,
    ],
  ]);
  assert.deepEqual(faults(good), []);
});
