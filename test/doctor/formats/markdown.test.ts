// Markdown for a ticket: what has to be in it, and that nothing of a peer becomes markup, a link or a mention.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { markdown } from '../../../src/doctor/formats/markdown.js';
import { all, ambiguous, finding, gradeB, healthy, hostile, origin, report, stripped } from './reports.js';

describe('Markdown', () => {
  test('the cause, its proof, the fix and how to see the same', () => {
    const text = markdown([stripped]);
    for (const part of [
      '## `ws://intranet.example.com/ws`: the handshake is refused',
      '`PROXY_UPGRADE_STRIPPED` · proven',
      '| p2 | with Upgrade, version 99 | 426 the same',
      '**Who answered:** Node ws behind nginx/1.22.1',
      '```diff\n+  proxy_http_version 1.1;',
      "curl -i -N --http1.1 --max-time 5 \\\n  -H 'Upgrade: websocket'",
      '- warn: `SEC_PLAINTEXT`',
      'exit 2',
    ])
      assert.ok(text.replace(/ {2}/g, ' ').includes(part.replace(/ {2}/g, ' ')), part);
    assert.ok(!text.includes('ProxyPass'), 'recipes of programs that are not there');
    assert.ok(markdown([stripped], { fix: 'all' }).includes('ProxyPass'));
  });

  test('grades, candidates, remarks', () => {
    assert.match(markdown([healthy]), /^## `wss:\/\/chat\.example\.com\/ws`: works, grade A\+\n/);
    assert.match(markdown([gradeB]), /at best grade B/);
    assert.match(
      markdown([ambiguous]),
      /\*\*To decide\*\*\n\n```\non the server:[\s\S]*### Or: The web server/,
    );
    assert.match(markdown([origin]), /\*\*Note:\*\* p3: clients/);
    assert.equal(markdown([healthy, stripped]).split('\n---\n').length, 2);
  });

  test('nothing of a peer is markup', () => {
    const outside = markdown([hostile])
      .replace(/^(`{3,})\w*\n[\s\S]*?\n\1$/gm, '')
      .replace(/(?<![\\`])(`+)(?!`)[\s\S]*?[^`]\1(?!`)/g, '');
    assert.doesNotMatch(outside, /<(?!\/?sub>)/);
    assert.doesNotMatch(outside, /(?<!\\)\[/);
    assert.doesNotMatch(outside, /(?<!\\)`/);
    assert.doesNotMatch(outside, /@|(?<!&)#(?!#|\d)\d/);
    assert.doesNotMatch(outside, /[^\P{Cc}\n]|[\p{Cf}\p{Cs}]/u);
    for (const row of outside.split('\n').filter((line) => line.startsWith('| ')))
      assert.equal(row.match(/(?<!\\)\|/g)?.length, 5, row);
  });

  test('a fence is longer than any in the text, and lists and links stay text', () => {
    const detail = '- one\n2. two\n+ three\nsee https://evil.example and www.evil.example';
    const text = markdown([report({ causes: [finding({ detail, decide: '````\nrm -rf /' })] })]);
    assert.ok(text.includes('`````\n````\nrm -rf /\n`````'));
    assert.ok(
      text.includes('\\- one\n2\\. two\n\\+ three\nsee https&#58;//evil.example and www&#46;evil.example'),
    );
  });

  test('every report can be written', () => {
    for (const each of Object.values(all)) assert.ok(markdown([each]).length > 100);
  });
});
