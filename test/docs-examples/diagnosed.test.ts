// What the documentation shows of `doctor` is what it prints: each block marked `diagnosed: NAME` is commands and their output,
// and is made again against the endpoint of that name. `said: NAME` is what the endpoint itself prints meanwhile.
// `GOLDEN=write` writes the blocks anew, to be read before a commit.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { run } from '../cli/run.js';
import { need, root } from '../support/needs.js';
import { endpoints, PORTS, type Running } from './endpoints.js';
import { type Block, blocks, isWriting, writeAnew } from './pages.js';

const folder = fileURLToPath(new URL('.build/docs-run/', root));
const wide = { env: { COLUMNS: '100' } };

for (const [at, block] of blocks.entries()) {
  const [, kind, name] = /^(diagnosed|said): (.+)$/.exec(block.mark) ?? [];
  if (name === undefined) continue;
  const endpoint = endpoints[name];
  const skip = endpoint?.needs !== undefined && need(endpoint.needs).skip;
  test(`${block.page}, line ${block.line}: what is printed`, { skip }, async () => {
    assert.ok(endpoint, `no endpoint for ${block.mark}`);
    const running = await endpoint.start();
    try {
      const made = await (kind === 'said' ? saidBy(running, block) : printed(running, block));
      if (isWriting) return writeAnew(block, made);
      assert.equal(same(made), same(block.text));
      const next = blocks[at + 1];
      if (next?.mark.startsWith('within: ')) within(next, running.ports);
    } finally {
      await running.stop();
    }
  });
}

test('every endpoint is shown somewhere', () => {
  const shown = blocks.map(({ mark }) => /^(?:diagnosed|said): (.+)$/.exec(mark)?.[1]).filter((name) => name);
  assert.deepEqual([...new Set(shown)].sort(), Object.keys(endpoints).sort());
});

const PROMPT = '$ npx handfast ';

const promptsIn = ({ text }: Block) => text.split('\n').filter((line) => line.startsWith(PROMPT));

/** The commands of the block and what each of them prints, with the ports of the page. */
async function printed({ ports }: Running, block: Block): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const parts: string[] = [];
  for (const prompt of promptsIn(block)) {
    const args = prompt.slice(PROMPT.length).split(' ');
    const { stdout, stderr, code } = await run(
      args.map((word) => argument(word, ports)),
      wide,
    );
    assert.ok(code <= 5, stderr);
    parts.push(`${prompt}\n${stdout}${stderr}`);
  }
  return asOnThePage(parts.join(''), ports);
}

/** The command that is the endpoint, and what it prints when a client comes. */
async function saidBy({ ports, said = [] }: Running, block: Block): Promise<string> {
  await run(['connect', `ws://127.0.0.1:${ports[0]}/ws`]);
  return asOnThePage([...promptsIn(block), ...said].join('\n'), ports);
}

/** Files are written where no other test looks. */
function argument(word: string, ports: readonly number[]): string {
  if (/^[\w-]+\.(?:xml|sarif|html|json|run)$/.test(word)) return `${folder}${word}`;
  return PORTS.reduce((text, shown, at) => text.replaceAll(`${shown}`, `${ports[at] ?? shown}`), word);
}

function asOnThePage(text: string, ports: readonly number[]): string {
  const shown = ports.reduce((all, port, at) => all.replaceAll(`${port}`, `${PORTS[at]}`), text);
  return `${shown.replace(/ +$/gm, '').trimEnd()}\n`;
}

/** Without what differs from run to run: times and the gaps before them, random names and keys, the proxy's version. */
function same(text: string): string {
  return text
    .replace(/\d+(?:\.\d+)?(?:\/\d+(?:\.\d+)?)* m?s\b/g, 'N s')
    .replace(/\b\d\d:\d\d:\d\d\b/g, 'NN:NN:NN')
    .replace(/(?<=from 127\.0\.0\.1:)\d+/g, 'N')
    .replace(/zz-[\da-f]+/g, 'zz-N')
    .replace(/[\w+/]{22}==/g, 'KEY')
    .replace(/"sid":"[^"…]*/g, '"sid":"N')
    .replace(/nginx\/[\d.]+/g, 'nginx/N')
    .replace(/(?<=\S) {2,}/g, '  ');
}

/** Whole lines of the file that the command before has written. */
function within({ mark, text }: Block, ports: readonly number[]): void {
  const file = readFileSync(`${folder}${mark.slice('within: '.length)}`, 'utf8');
  const written = same(asOnThePage(file, ports));
  for (const line of same(text).trimEnd().split('\n')) assert.ok(written.includes(line), line);
}
