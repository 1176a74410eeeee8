// The ten samples of what the command line prints, each a real run against what it tells of: nginx, HAProxy, Apache, Socket.IO,
// gorilla, Express, ws and our own server on loopback. `GOLDEN=write` writes them anew, to be read before they are committed.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { blocks, isWriting, writeAnew } from '../docs-examples/pages.js';
import { need, root } from '../support/needs.js';
import { assertFits, golden } from './run.js';
import { played, type Scene } from './samples/scene.js';
import { scenes } from './samples/scenes.js';

const skipOf = ({ needs: [first, ...more] }: Scene) =>
  first === undefined ? false : need(first, ...more).skip;

/** What was typed, and what is there to be copied, is as wide as it is. */
function withoutCopied(text: string): string {
  return text.replace(/^(?:\$ |[a-z]+ \| ).*$|^ {4}[+-] .*$|^ {4}(?:on the server|here) .*$/gm, '');
}

// Most of the time of a scene is waiting.
describe('the samples', { concurrency: 4 }, () => {
  for (const scene of scenes) {
    for (const width of [80, 120]) {
      test(`${scene.name} at ${width} columns`, { skip: skipOf(scene) }, async () => {
        const { text, exits, stderr } = await played(scene, width);
        assert.equal(stderr, '');
        for (const [actual, expected] of exits) assert.equal(actual, expected, text);
        assertFits(withoutCopied(text), width);
        golden(`samples/${scene.name}.${width}.txt`, text);
      });
    }
  }
});

/** Pages show them as they are kept here. */
for (const block of blocks) {
  const name = /^sample: (.+)$/.exec(block.mark)?.[1];
  if (name === undefined) continue;
  test(`${block.page}, line ${block.line}: the sample ${name}`, () => {
    const kept = readFileSync(new URL(`test/cli/golden/samples/${name}.80.txt`, root), 'utf8');
    if (isWriting) writeAnew(block, kept);
    else assert.equal(block.text, kept);
  });
}
