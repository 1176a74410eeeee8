// Doctor is asked about every deployment, and names exactly the code that is wrong with it. What it named is written down in
// docs/reference/doctor-accuracy.md, which this test compares, and writes with UPDATE_DOCS=1.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, describe, test } from 'node:test';
import { record, replay } from '../../src/doctor/diagnose.js';
import type { Recording } from '../../src/doctor/recording.js';
import type { Report } from '../../src/doctor/report.js';
import { type Name, need, root } from '../support/needs.js';
import { accuracyPage, type Named } from './accuracy.js';
import type { Deployment } from './deployments/deployment.js';
import type { ProxySetup } from './deployments/proxies/row.js';
import { proxySetups } from './deployments/proxies/setups.js';
import { deployed } from './deployments/servers/row.js';
import { SERVERS } from './deployments/servers.js';

const page = new URL('docs/reference/doctor-accuracy.md', root);
const named: Named[] = [];
/** Deployments wait more than they work; the programs that are broken on purpose are kept from hearing too many at once. */
const AT_ONCE = 12;
/** With `own` half a head is sent, and most servers keep it for a minute: here nobody waits so long. */
const OWN_MS = 16_000;

const skipOf = ([first, ...more]: readonly Name[]) =>
  first === undefined ? false : need(first, ...more).skip;

describe('broken servers', { concurrency: 3 }, () => {
  for (const { name, needs, rows } of SERVERS) {
    describe(name, { skip: skipOf(needs), concurrency: AT_ONCE }, () => {
      for (const row of rows) {
        test(row.name, async () => {
          const host = await row.serve();
          try {
            await diagnosed(deployed(row, host));
          } finally {
            await host.stop();
          }
        });
      }
    });
  }
});

describe('proxies', { concurrency: 3 }, () => {
  for (const setup of proxySetups) deployedWrongly(setup);
});

function deployedWrongly(setup: ProxySetup): void {
  test(`${setup.name}, deployed wrongly`, { skip: skipOf(setup.needs) }, async (context) => {
    const site = await setup.start();
    try {
      // Whoever is kept out by others comes first: the others do not stay for ever.
      const isCrowded = (at: number) => setup.rows[at]!.crowd !== undefined;
      const order = site.deployments.map((deployment, at) => ({ deployment, at }));
      const rest = order.sort((one, other) => Number(isCrowded(other.at)) - Number(isCrowded(one.at)));
      const next = async (): Promise<void> => {
        for (let one = rest.shift(); one !== undefined; one = rest.shift()) {
          const { deployment } = one;
          await context.test(deployment.name, () => diagnosed(deployment));
        }
      };
      await Promise.all(Array.from({ length: AT_ONCE / 2 }, next));
    } finally {
      await site.stop();
    }
  });
}

async function diagnosed(deployment: Deployment): Promise<void> {
  const { url, options = {}, expect } = deployment;
  const isShort = options.own && !deployment.findings?.includes('SEC_SLOW_HANDSHAKE');
  const recording = await record(url, { ...options, ...(isShort && { timeoutMs: OWN_MS }) });
  const report = replay(recording);
  const codes = report.causes.map(({ code }) => code);
  named.push({
    deployment,
    codes,
    confidence: report.causes[0]?.confidence,
    decide: report.causes[0]?.decide,
  });
  assert.deepEqual(codes.slice(0, Math.max(1, expect.length)), expect, told(report));
  checkRest(deployment, report);
  checkConduct(deployment, recording, report);
}

function checkRest({ expect, subcause, grade, findings = [] }: Deployment, report: Report): void {
  const [cause] = report.causes;
  // Several causes are one behind another, or undecided; then something decides.
  const isChain = /^(?:TLS|BROWSER|DNS)_/.test(expect[0] ?? '');
  if (expect.length > 1 && !isChain)
    assert.ok(cause?.decide, `nothing decides between ${expect.join(' and ')}`);
  if (subcause !== undefined) assert.equal(cause?.subcause, subcause);
  if (grade !== undefined) assert.equal(report.grade, grade, report.gradeReason);
  const all = [...report.causes, ...report.findings].map(({ code }) => code);
  for (const code of findings) assert.ok(all.includes(code), `${code} is not among ${all.join(', ')}`);
  assert.equal(
    report.verdict === 'good' || report.verdict === 'findings',
    expect.length === 0,
    report.verdict,
  );
}

/** It is polite, and what was saved gives the same report. */
function checkConduct({ options = {} }: Deployment, recording: Recording, report: Report): void {
  const most = 16 + (options.idleMs ? 2 : 0) + (options.own ? 17 : 0);
  assert.ok(report.budget.connections <= most, `${report.budget.connections} connections`);
  const isHealthy = report.causes.length === 0 && !options.idleMs && !options.own && !options.reflect;
  if (isHealthy)
    assert.ok(report.budget.connections <= 11, `${report.budget.connections} connections of a good endpoint`);
  assert.deepEqual(replay(JSON.parse(JSON.stringify(recording)) as Recording), report);
}

function told({ causes, stages }: Report): string {
  const lines = causes.flatMap(({ code, confidence, detail, steps }) => [
    `${code} (${confidence}): ${detail}`,
    ...steps.map(({ probe, asked, answered, note = '' }) => `  ${probe} ${asked}: ${answered} ${note}`),
  ]);
  return [...stages.map(({ name, text }) => `${name}: ${text}`), ...lines].join('\n');
}

after(() => {
  const total =
    SERVERS.reduce((sum, { rows }) => sum + rows.length, 0) +
    proxySetups.reduce((sum, { rows }) => sum + rows.length, 0);
  // Where a program is missing the page cannot be compared; under CI none is.
  if (named.length < total) return;
  const text = accuracyPage(named);
  if (process.env.UPDATE_DOCS === '1') writeFileSync(page, text);
  assert.equal(readFileSync(page, 'utf8'), text, 'UPDATE_DOCS=1 writes docs/reference/doctor-accuracy.md');
});
