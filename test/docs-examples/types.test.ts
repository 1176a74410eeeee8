// Every js and ts block of the documentation is a module that the compiler takes, with the types that users get. `server`
// and `connection` may be taken for granted; a block that only runs is marked `untyped`.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { root } from '../support/needs.js';
import { blocks } from './pages.js';

const folder = fileURLToPath(new URL('.build/docs-types/', root));

const GIVEN = `
declare const server: import('handfast').Server<any>;
declare const connection: import('handfast').Connection<any>;
`;
const CONFIG = {
  extends: '../../tsconfig.json',
  compilerOptions: {
    noEmit: true,
    rootDir: '../..',
    noImplicitAny: false,
    exactOptionalPropertyTypes: false,
    erasableSyntaxOnly: false,
  },
  include: ['*.ts'],
  exclude: [],
};

test('every block of code is taken by the compiler', () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}given.d.ts`, GIVEN);
  writeFileSync(`${folder}tsconfig.json`, JSON.stringify(CONFIG));
  const code = blocks.filter(({ language, mark }) => /^[jt]s$/.test(language) && !mark.endsWith(', untyped'));
  assert.ok(code.length >= 20, `${code.length} blocks`);
  for (const { page, line, text } of code) {
    const name = `${page.replace(/\W+/g, '-')}-${line}.ts`;
    writeFileSync(`${folder}${name}`, `${text}\nexport {};\n`);
  }
  const compiler = fileURLToPath(new URL('node_modules/typescript/bin/tsc', root));
  const { stdout, status } = spawnSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' });
  assert.equal(stdout, '');
  assert.equal(status, 0);
});
