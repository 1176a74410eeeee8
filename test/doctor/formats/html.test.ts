// The HTML report: one file that runs nothing and asks for nothing, whatever a peer wrote, and fits a small screen.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { html } from '../../../src/doctor/formats/html.js';
import { type Browser, launchChromium } from '../../support/chromium.js';
import { need } from '../../support/needs.js';
import { all, ambiguous, evil, healthy, hostile, reflected, stripped, wrongAccept } from './reports.js';

describe('HTML', () => {
  test('has no script, no link that is fetched, and a policy that forbids both', () => {
    for (const [name, report] of Object.entries(all)) {
      const text = html([report]);
      assert.match(text, /^<!doctype html>/);
      assert.match(text, /content="default-src 'none'; style-src 'sha256-[\w+/]+=*'; base-uri 'none'/);
      assert.doesNotMatch(text, /<(?:script|img|iframe|object|embed|link|svg|form|base)\b/i, name);
      for (const [tag] of text.matchAll(/<[^>]*>/g))
        assert.doesNotMatch(tag, /\s(?:on\w+|src|style)=/i, name);
      for (const [, url] of text.matchAll(/href="([^"]*)"/g))
        assert.match(url!, /^https:\/\/handfast\.dev\/reasons#/);
    }
  });

  test('shows the cause, the probes with both heads, the clients, how to reproduce', () => {
    const text = html([stripped]).replace(/<[^>]+>/g, ' ');
    for (const part of [
      'PROXY_UPGRADE_STRIPPED',
      'with Upgrade, version 99',
      'Reproduce',
      'For other programs',
    ])
      assert.ok(text.includes(part), part);
    assert.match(text, /Sec-WebSocket-Version: 13\s+the version of the protocol/);
    assert.match(html([wrongAccept]), /✗ hangs/);
    assert.match(html([ambiguous]), /Or: The web server answers/);
    assert.match(html([reflected]), /\(removed\)<br><b>PROXY_UPGRADE_STRIPPED/);
    assert.equal(html([healthy, stripped]).match(/<main>/g)?.length, 2);
  });
});

const chromium = need('chromium');

describe('HTML in Chromium', { skip: chromium.skip }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'handfast-report-'));
  let browser: Browser;
  before(async () => {
    browser = await launchChromium({ width: 360 });
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  async function open(name: string): Promise<{ page: Page; said: string[]; asked: string[] }> {
    const file = join(folder, `${name}.html`);
    writeFileSync(file, html([all[name]!]));
    const page = await browser.context.newPage();
    const [said, asked]: [string[], string[]] = [[], []];
    page.on('console', (message) => said.push(message.text()));
    page.on('dialog', (dialog) => {
      said.push('a dialog');
      void dialog.dismiss();
    });
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(pathToFileURL(file).href);
    return { page, said, asked };
  }

  for (const name of Object.keys(all)) {
    test(`${name} fits 360 pixels, breaks no rule of its policy and asks for nothing`, async () => {
      const { page, said, asked } = await open(name);
      for (const summary of await page.$$('summary')) await summary.click();
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 360);
      assert.deepEqual(said, []);
      assert.equal(asked.length, 1);
      await page.close();
    });
  }

  test('hostile text is there as text, and the document is whole behind it', async () => {
    const { page } = await open('hostile');
    assert.equal(await page.locator('img, script').count(), 0);
    assert.ok(
      (await page.locator('.cause h3').innerText()).startsWith('</script><img src=x onerror=alert(1)> ]]>'),
    );
    assert.ok((await page.locator('footer').innerText()).startsWith(hostile.tool));
    assert.ok(!(await page.content()).includes(evil));
    await page.close();
  });

  test('in the dark it is dark', async () => {
    const { page } = await open('stripped');
    const paper = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    assert.equal(await paper(), 'rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.equal(await paper(), 'rgb(20, 23, 27)');
    await page.close();
  });
});
