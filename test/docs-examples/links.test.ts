// Links inside the documentation lead somewhere, its tables of defaults say what the code does, its proxy configurations are
// those that the interop tests run, and no page tells a path or host of the machine on which it was written.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, test } from 'node:test';
import { CONNECTION_LIMITS, CONNECTION_TIMEOUTS, HEARTBEAT } from '../../src/connection/settings.js';
import { CompressionSettings } from '../../src/deflate/settings.js';
import { type ExtensionOffer, parseExtensions } from '../../src/handshake/fields.js';
import { serverLimits, serverTimeouts } from '../../src/server/options.js';
import { root } from '../support/needs.js';
import { marked, pages, read } from './pages.js';

/** As GitHub makes them. */
function anchorsOf(page: string): string[] {
  const titles = [...read(page).matchAll(/^#{1,6} (.+)$/gm)].map((match) => match[1]!);
  return titles.map((title) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  );
}

function deadLinks(page: string): string[] {
  const links = [...read(page).matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path = '', anchor] = link.split('#');
    const target = path === '' ? page : posix.join(posix.dirname(page), path);
    if (!existsSync(new URL(target, root))) return true;
    return anchor !== undefined && !anchorsOf(target).includes(anchor);
  });
}

describe('the documentation', () => {
  for (const page of pages) {
    test(`${page}: every link leads somewhere`, () => assert.deepEqual(deadLinks(page), []));
    test(`${page}: nothing of one machine`, () => {
      assert.doesNotMatch(read(page), /\/(?:root|home|tmp|Users)\//);
    });
  }
});

const figure = (value: number) => (value === Infinity ? 'no limit' : value.toLocaleString('en-US'));

/** Rows such as `| `limits.maxFragments` | 1,024 | …`, or without the group's name under a heading that has it. */
function says(page: string, group: string, name: string, value: number): boolean {
  const rows = read(page).split('\n');
  const wanted = [`| \`${group}.${name}\` | ${figure(value)}`, `| \`${name}\` | ${figure(value)}`];
  return rows.some((row) =>
    wanted.some((start) => row.startsWith(start) && /^(?:\s|$)/.test(row.slice(start.length))),
  );
}

const deflate = (parameters: string) => `permessage-deflate${parameters && `; ${parameters}`}`;

const groups = { limits: serverLimits(undefined), timeouts: serverTimeouts(undefined), heartbeat: HEARTBEAT };

describe('the defaults', () => {
  for (const [group, values] of Object.entries(groups)) {
    for (const [name, value] of Object.entries(values)) {
      test(`README: ${group}.${name}`, () => assert.ok(says('README.md', group, name, value)));
      if (group !== 'heartbeat') {
        test(`server: ${group}.${name}`, () =>
          assert.ok(says('docs/reference/server.md', group, name, value)));
      }
    }
  }
  test('server: compression', () => {
    for (const [name, value] of Object.entries(new CompressionSettings('server', {})))
      assert.ok(says('docs/reference/server.md', 'compression', name, value), name);
    const [{ parameters }] = new CompressionSettings('client', { takeover: true }).extension.offer() as [
      ExtensionOffer,
    ];
    assert.ok(says('docs/reference/server.md', 'compression', 'windowBits', Number(parameters[0]!.value)));
    const { thresholdBytes } = new CompressionSettings('server', { takeover: true });
    assert.ok(read('docs/reference/server.md').includes(`With \`takeover\` ${thresholdBytes}.`));
  });
  test('compression: what is answered to what', () => {
    const code = (cell: string) => /`(.+?)`/.exec(cell)?.[1] ?? '';
    const rows = read('docs/howto/compression.md').matchAll(/^\| (?:`client_max|none)[^\n]*$/gm);
    let count = 0;
    for (const [row] of rows) {
      const [offer, without, takeover] = row.split('|').slice(1).map(code) as [string, string, string];
      const [offered] = parseExtensions(deflate(offer)) as [ExtensionOffer];
      for (const [answer, options] of [
        [without, {}],
        [takeover, { takeover: true }],
      ] as const) {
        const { extension } = new CompressionSettings('server', options);
        assert.equal(extension.accept(offered)?.agreed.text, deflate(answer), row);
        count += 1;
      }
    }
    assert.equal(count, 8);
  });
  test('client: timeouts and limits', () => {
    for (const [name, value] of Object.entries(CONNECTION_TIMEOUTS))
      assert.ok(says('docs/reference/client.md', 'timeouts', name, value), name);
    for (const name of Object.keys(CONNECTION_LIMITS))
      assert.ok(read('docs/reference/client.md').includes(`\`${name}\``), name);
  });
});

/** The mark of a configuration, the test that runs it, and how many of its lines are compared at least. */
const CONFIGURATIONS = [
  ['haproxy over HTTP/2', 'http2-proxies', 6],
  ['nghttpx', 'http2-proxies', 1],
] as const;

for (const [name, file, least] of CONFIGURATIONS) {
  test(`the documentation configures ${name} as the tests do`, () => {
    const tested = read(`test/interop/${file}.test.ts`).replace(/\s+/g, ' ');
    const lines = marked(`config: ${name}`)
      .text.split('\n')
      .map((line) => line.trim())
      // The ports differ: a page shows those that people use.
      .filter((line) => line !== '' && !/[ :,]\d{2,}(?:[; ]|$)/.test(line));
    assert.ok(lines.length >= least, `${lines.length} lines`);
    for (const line of lines) assert.ok(tested.includes(line), line);
  });
}
