// The tables of docs/design.md and the tree say the same: every file of src/ is named where its folder is told of, and no other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { root } from './support/needs.js';

const page = readFileSync(new URL('docs/design.md', root), 'utf8');
const tables = page.slice(page.indexOf('\n## Files\n'), page.indexOf('\n## How data flows\n'));

/** Files by folder; '' is src/ itself. The pages are for browsers, and told of as a whole. */
const PAGES = ['cli/chat/page/', 'inspector/page/'];
const folders = new Map<string, Set<string>>();
for (const path of readdirSync(new URL('src/', root), { recursive: true, encoding: 'utf8' })) {
  if (!path.endsWith('.ts') || PAGES.some((folder) => path.startsWith(folder))) continue;
  const folder = posix.dirname(path).replace(/^\.$/, '');
  folders.set(folder, (folders.get(folder) ?? new Set()).add(posix.basename(path)));
}
/** Whoever looks for a door, or for what stands on a level by itself, finds it in the table of levels. */
const isDoor = (folder: string, name: string) =>
  name === 'index.ts' || (folder === '' && ['testing.ts', 'catalogue.ts', 'trace.ts'].includes(name));

/** What is said of a folder: from the line or table that begins with its name to the next one. */
function sayings(): Map<string, string> {
  const found = new Map<string, string>();
  let isPage = false;
  for (const part of tables.split(/^(?=Level 0$|`[\w/]+\/`|\| `[\w/]+\/` \|)/m)) {
    const name = /^(?:Level 0$|(?:\| )?`([\w/]+)\/`)/m.exec(part);
    if (name === null || !part.startsWith(name[0])) continue;
    const folder = name[1] ?? '';
    if (!part.startsWith('|')) isPage = PAGES.includes(`${folder}/`);
    if (isPage) continue;
    found.set(folder, (found.get(folder) ?? '') + part);
  }
  return found;
}

const said = sayings();

test('every folder is told of, and no other', () => {
  assert.deepEqual([...said.keys()].sort(), [...folders.keys()].sort());
});

describe('the files of', () => {
  for (const [folder, files] of folders) {
    test(folder === '' ? 'src' : folder, () => {
      const named = [...(said.get(folder) ?? '').matchAll(/`([\w*-]+\.ts)`/g)].map(([, name]) => name!);
      const patterns = named.map((name) => new RegExp(`^${name.replaceAll('.', '\\.').replace('*', '.+')}$`));
      const wanted = [...files].filter((name) => !isDoor(folder, name));
      assert.deepEqual(
        wanted.filter((name) => !patterns.some((pattern) => pattern.test(name))),
        [],
        'not named',
      );
      assert.deepEqual(
        named.filter((_, at) => ![...files].some((name) => patterns[at]!.test(name))),
        [],
        'named, and not there',
      );
    });
  }
});
