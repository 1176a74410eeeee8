// docs/reasons.md and the catalogue say the same: every row has its section, and every section its row.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CATALOGUE } from '../src/catalogue.js';
import { reasonUrl } from '../src/reason.js';
import { root } from './support/needs.js';

const page = readFileSync(new URL('docs/reasons.md', root), 'utf8');
const sections = new Map(
  page.split(/^(?=### )/m).flatMap((part) => {
    const code = /^### (.+)$/m.exec(part)?.[1];
    return part.startsWith('### ') && code ? [[code, part] as const] : [];
  }),
);
const escaped = (words: string) => words.replaceAll('<', '&lt;').replaceAll('\n', ' ');

test('every row of the catalogue has a section, and every section a row', () => {
  const codes = CATALOGUE.map((reason) => reason.code);
  assert.deepEqual([...sections.keys()].sort(), [...codes].sort());
  assert.ok(codes.length > 100, `${codes.length} rows`);
});

test('the table of contents names every code once', () => {
  const listed = [...page.matchAll(/^- \[([A-Z0-9_]+)\]\(#([a-z0-9_]+)\)/gm)];
  assert.deepEqual(listed.map(([, code]) => code).sort(), [...sections.keys()].sort());
  for (const [, code, anchor] of listed) assert.equal(new URL(reasonUrl(code!)).hash, `#${anchor}`);
});

for (const reason of CATALOGUE) {
  test(`the section of ${reason.code} says what its row says`, () => {
    const section = sections.get(reason.code) ?? '';
    for (const words of [reason.title, reason.meaning, reason.fix])
      assert.ok(section.includes(escaped(words)), words);
    for (const name of reason.sections) assert.ok(section.includes(name), name);
    assert.ok(section.includes(reason.example.split('\n')[0]!), reason.example);
    const start = reason.layer === 'h2' ? `:status: ${reason.status}$` : `HTTP/1\\.1 ${reason.status} `;
    if (reason.status) assert.match(section, new RegExp(`^${start}`, 'm'));
    if (reason.closeCode) assert.ok(section.includes(`Close code: ${reason.closeCode}`));
    for (const [name, value] of Object.entries(reason.headers ?? {}))
      assert.ok(section.includes(`${name}: ${value}`), name);
  });
}
