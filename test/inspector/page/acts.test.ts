// Acting upon a connection from the page: by keyboard, with labels and an answer that is read out; a close is asked about first; and
// where nobody may act nothing of it is there.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import { base64Of } from '../../../src/inspector/page/state/typed.js';
import { type Browser, launchChromium } from '../../support/chromium.js';
import { need } from '../../support/needs.js';
import { type Fixture, startFixture } from './fixture.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { skip } = need('chromium');

let fixture: Fixture;
let browser: Browser;
let page: Page;
let complaints: string[];

before(async () => {
  if (skip !== false) return;
  fixture = await startFixture({ rows: 100 });
  browser = await launchChromium({ width: 1280, height: 800 });
});
after(async () => {
  await browser?.[Symbol.asyncDispose]();
  await fixture?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  if (skip !== false) return;
  complaints = [];
  page = await browser.context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
});
afterEach(async () => {
  await page?.close();
});

function newestOpen(): number {
  return fixture.story.rows.findLast(({ outcome, connection }) => outcome === 'accepted' && !connection?.end)!
    .id;
}

async function open(id: number): Promise<void> {
  await page.goto(`${fixture.url}#/handshake/${id}/frames`);
  await page.locator('.live.is-live').waitFor();
  await page.locator('.frame-bar, .side').first().waitFor();
}

const said = (text: string | RegExp) => page.locator('.acts').getByRole('status').filter({ hasText: text });

async function auditPage(): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}

test('what is typed for octets becomes base64, or nothing', () => {
  for (const typed of ['deadbeef', 'DE AD BE EF', '0xde, 0xad, 0xbe, 0xef', 'de:ad:be:ef\n'])
    assert.equal(base64Of(typed, 'hex'), '3q2+7w==', typed);
  for (const typed of ['3q2+7w==', '3q2-7w', ' 3q2+\n7w= '])
    assert.equal(base64Of(typed, 'base64'), '3q2+7w==', typed);
  assert.equal(base64Of('', 'hex'), '');
  for (const typed of ['d', 'xyz', 'de ad b']) assert.equal(base64Of(typed, 'hex'), undefined, typed);
  for (const typed of ['3q2+7', '3q2*', '=3q2', '💥'])
    assert.equal(base64Of(typed, 'base64'), undefined, typed);
});

test('by keyboard: a message, octets, a ping, a pause, each with its answer', { skip }, async () => {
  await open(newestOpen());
  const message = page.getByLabel('Message to the client');
  await message.focus();
  await page.keyboard.type('two');
  await page.keyboard.press('Shift+Enter');
  await page.keyboard.type('lines');
  await page.keyboard.press('Enter');
  await said('{"do":"text","text":"two\\nlines"}').waitFor();
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('h');
  await message.fill('de ad be');
  await page.keyboard.press('Tab');
  await message.press('Enter');
  await said('{"do":"binary","base64":"3q2+"}').waitFor();
  await message.fill('no hex');
  await message.press('Enter');
  await said('Not sent: this is not two hexadecimal digits for each octet.').waitFor();
  await message.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await said('{"do":"ping"}').waitFor();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await said('{"do":"pause"}').waitFor();
  await page.getByLabel('Send as').selectOption('text');
  await message.fill('x'.repeat(17_000));
  await message.press('Enter');
  await said(/^Too long/).waitFor();
  assert.deepEqual(complaints, []);
});

test('a close is asked about first; Escape leaves the question, and nothing else', { skip }, async () => {
  const id = newestOpen();
  await open(id);
  const button = page.getByRole('button', { name: 'Close …' });
  await button.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: `Close the connection of #${id}?` });
  await dialog.waitFor();
  assert.equal(await dialog.getByLabel('Code').inputValue(), '1001');
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await page.locator(':focus', { hasText: 'Close …' }).waitFor();
  assert.match(new URL(page.url()).hash, new RegExp(`/${id}/frames$`));
  await button.click();
  await dialog.getByLabel('Code').selectOption('another');
  const confirm = dialog.getByRole('button', { name: 'Close it' });
  await dialog.getByLabel('Another code').fill('1006');
  await dialog.getByText('May be sent: 1000 to 1003').waitFor();
  assert.equal(await confirm.isDisabled(), true);
  await dialog.getByLabel('Another code').fill('4001');
  await dialog.getByLabel('Reason').fill('ä'.repeat(62));
  await dialog.getByText('124 of 123 octets').waitFor();
  assert.equal(await confirm.isDisabled(), true);
  await dialog.getByLabel('Reason').fill('enough');
  await dialog.getByLabel('Reason').press('Enter');
  await dialog.waitFor({ state: 'detached' });
  await said('{"do":"close","code":4001,"reason":"enough"}').waitFor();
});

test('nothing of it where nobody may act, nor of what has ended', { skip }, async () => {
  const ended = fixture.story.rows.findLast(({ connection }) => connection?.end !== undefined)!.id;
  await open(ended);
  assert.equal(await page.locator('.acts').count(), 0);
  fixture.story.actions = false;
  try {
    await page.goto('about:blank');
    await open(newestOpen());
    assert.equal(await page.locator('.acts').count(), 0);
  } finally {
    fixture.story.actions = true;
  }
});

test('axe finds nothing, light and dark, wide and narrow, and nothing stands beyond the edge', {
  skip,
}, async () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [320, 360, 1440]) {
      await page.setViewportSize({ width, height: 740 });
      await page.goto('about:blank');
      await open(newestOpen());
      await page.getByRole('button', { name: 'Ping', exact: true }).click();
      await said('ping').waitFor();
      assert.deepEqual(await auditPage(), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth - innerWidth'), 0);
      await page.getByRole('button', { name: 'Close …' }).click();
      await page.getByRole('dialog').getByLabel('Code').selectOption('another');
      assert.deepEqual(await auditPage(), []);
    }
  }
  assert.deepEqual(complaints, []);
});
