// Every deployment with a proxy shows what it is said to show, to a client that is none of ours: so the proxies misbehave as
// measured before doctor is asked about them.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { need } from '../../support/needs.js';
import type { Site } from './deployment.js';
import type { ProxySetup, Row } from './proxies/row.js';
import { proxySetups } from './proxies/setups.js';
import { shown } from './proxies/shown.js';

// Most of the time they wait for a proxy that waits for a server.
describe('proxies, deployed wrongly', { concurrency: 3 }, () => {
  for (const setup of proxySetups) {
    const [first, ...more] = setup.needs;
    const skip = need(first!, ...more).skip;
    describe(setup.name, { skip, timeout: 120_000, concurrency: 6 }, () => shows(setup));
  }
});

function shows(setup: ProxySetup): void {
  let site: Site;
  before(async () => {
    site = await setup.start();
  });
  after(() => site?.stop());

  test('names are unique, and more than one code has its reason', () => {
    const names = site.deployments.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const { name, expect, why } of site.deployments) assert.ok(expect.length < 2 || why, name);
  });

  for (const [at, row] of setup.rows.entries()) test(row.name, () => check(row, at));

  async function check(row: Row, at: number): Promise<void> {
    const text = await shown(site.deployments[at]!, row);
    assert.match(text, row.shows);
  }
}
