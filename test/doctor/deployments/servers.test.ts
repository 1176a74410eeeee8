// Every server of the deployments does what its name says, shown by raw handshakes: the fixtures are right before doctor is asked.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Name, need } from '../../support/needs.js';
import { deployed, type Row } from './servers/row.js';
import { transcript } from './servers/transcript.js';
import { SERVERS } from './servers.js';

const missing = ([first, ...more]: readonly Name[]) =>
  first === undefined ? false : need(first, ...more).skip;

async function proved(row: Row): Promise<void> {
  const host = await row.serve();
  try {
    const { url, options = {} } = deployed(row, host);
    for (const [change, shows] of [[{}, row.shows] as const, ...(row.flips ?? [])]) {
      const text = await transcript(url, options, change, row);
      assert.match(text.slice(0, 400_000), shows, JSON.stringify(change));
    }
  } finally {
    await host.stop();
  }
}

for (const { name, needs, rows } of SERVERS) {
  describe(name, { skip: missing(needs), concurrency: 4 }, () => {
    for (const row of rows) test(row.name, () => proved(row));
  });
}

test('every deployment has a name of its own, and a code or a reason to be called good', () => {
  const rows = SERVERS.flatMap((setup) => setup.rows);
  assert.equal(new Set(rows.map((row) => row.name)).size, rows.length);
  for (const { name, expect, why } of rows) {
    if (expect.length > 1) assert.ok(why, `${name} expects several codes and does not say why`);
  }
  assert.ok(rows.filter((row) => row.expect.length > 0).length >= 90);
});
