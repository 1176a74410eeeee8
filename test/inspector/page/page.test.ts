// The built page in Chromium, on a feed that is made up: what is seen, by keyboard and by screen reader; that it holds
// still, that it comes back, and that what a peer wrote stays text.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { HandshakeRow } from '../../../src/inspector/protocol.js';
import { type Browser, launchChromium } from '../../support/chromium.js';
import { need } from '../../support/needs.js';
import { type Fixture, startFixture } from './fixture.js';
import { isOpen } from './story.js';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const { skip } = need('chromium');

let fixture: Fixture;
let browser: Browser;
let page: Page;
/** What the browser complained of, the content security policy's refusals among it. */
let complaints: string[];
let asked: string[];

before(async () => {
  if (skip !== false) return;
  fixture = await startFixture({ rows: 10_000, perSecond: 0 });
  browser = await launchChromium({ width: 1280, height: 800 });
});
after(async () => {
  await browser?.[Symbol.asyncDispose]();
  await fixture?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  if (skip !== false) return;
  complaints = [];
  asked = [];
  page = await browser.context.newPage();
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('dialog', (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
  page.on('request', (request) => asked.push(request.url()));
});
afterEach(async () => {
  await page?.close();
});

async function open(hash = '#/'): Promise<void> {
  await page.goto(fixture.url + hash);
  await page.locator('.live.is-live').waitFor();
  await page.locator('.figure-item').first().waitFor({ state: 'attached' });
}

function newest(wanted: (row: HandshakeRow) => boolean): number {
  return fixture.story.rows.findLast(wanted)!.id;
}

const isCut = (row: HandshakeRow) => row.connection?.end?.code === 1006;
const firstRow = () => page.locator('.rows .row').first();
const count = (tab: string) =>
  page.locator('.handshakes .tabs a', { hasText: tab }).locator('.count').textContent();

/** Whoever reads the page by its roles and its contrast. */
async function auditPage(): Promise<string[]> {
  await page.evaluate(axe);
  const { violations } = (await page.evaluate('axe.run(document, { resultTypes: ["violations"] })')) as {
    violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
  };
  return violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html} ${nodes[0]!.failureSummary}`);
}

test('nothing is asked of another host, and the policy has nothing to refuse', { skip }, async () => {
  await open();
  await page.goto(`${fixture.url}#/overview`);
  await page.locator('.chart').first().waitFor();
  assert.deepEqual(complaints, []);
  assert.deepEqual(
    asked.filter((url) => !url.startsWith(fixture.url) && !url.startsWith('ws://127.0.0.1')),
    [],
  );
});

const views: [name: string, hash: () => string, sign: string][] = [
  ['the list', () => '#/', '.rows .row'],
  ['failures', () => '#/?tab=failed', '.groups li'],
  ['the overview', () => '#/overview', '.chart'],
  ['a request that lost Upgrade', () => `#/handshake/${newest((row) => row.outcome === 'broken')}`, '.wrong'],
  ['no head', () => `#/handshake/${newest((row) => row.outcome === 'garbled')}`, '.octets'],
  ['an open one', () => `#/handshake/${newest((row) => row.outcome === 'accepted')}`, '.clients'],
  ['frames', () => `#/handshake/${newest(isCut)}/frames`, '.frames .rows .row'],
  ['time', () => `#/handshake/${newest(isCut)}/time`, '.lanes'],
  ['the end', () => `#/handshake/${newest(isCut)}/end`, '.ending'],
];
for (const [name, hash, sign] of views) {
  test(`${name}: axe finds nothing, light, dark, and narrow`, { skip }, async () => {
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.emulateMedia({ colorScheme: 'light' });
    await open(hash());
    await page.locator(sign).first().waitFor();
    assert.deepEqual(await auditPage(), []);
    await page.emulateMedia({ colorScheme: 'dark' });
    assert.deepEqual(await auditPage(), []);
    await page.setViewportSize({ width: 360, height: 740 });
    await page.locator(sign).first().waitFor();
    assert.deepEqual(await auditPage(), []);
    assert.deepEqual(complaints, []);
  });

  test(`${name}: nothing stands beyond the edge at 320, 360, 800 and 2560 px`, { skip }, async () => {
    for (const width of [320, 360, 800, 2560]) {
      await page.setViewportSize({ width, height: 740 });
      await open(hash());
      await page.locator(sign).first().waitFor();
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        0,
        `${width} px`,
      );
    }
  });
}

test('of a refused one each side tells why, or what there is', { skip }, async () => {
  const id = newest((row) => row.outcome === 'refused');
  for (const side of ['frames', 'end']) {
    await open(`#/handshake/${id}/${side}`);
    await page.getByText('No connection came of this handshake').waitFor();
    await page.getByRole('link', { name: 'Why, and the fix' }).click();
    await page.locator('.wrong .fix').waitFor();
  }
  await open(`#/handshake/${id}/time`);
  await page.getByRole('heading', { name: /^To the answer/ }).waitFor();
  assert.equal(await page.locator('.lanes').count(), 0);
});

test('on a large screen the overview has no column that is empty', { skip }, async () => {
  await page.setViewportSize({ width: 2560, height: 1440 });
  await open('#/overview');
  await page.locator('.chart').first().waitFor();
  const beyond = (await page.evaluate(`['.chart', '.overview .sections .card'].map((each) =>
    innerWidth - Math.max(...[...document.querySelectorAll(each)].map((one) => one.getBoundingClientRect().right)))`)) as number[];
  assert.ok(
    beyond.every((px) => px < 40),
    `${beyond} px`,
  );
});

test('whose a handshake is can be read beside its path', { skip }, async () => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await open('#/?q=user:');
  const cut = (await page.evaluate(`[...document.querySelectorAll('.rows .row .tag')]
    .filter((tag) => tag.scrollWidth > tag.clientWidth + 1 && tag.clientWidth < 80)
    .map((tag) => tag.textContent)`)) as string[];
  assert.deepEqual(cut, []);
});

test('of ten thousand rows only those that are seen are in the document, and the last can be reached', {
  skip,
}, async () => {
  await open();
  assert.equal(await count('All'), '10,000');
  assert.ok((await page.locator('.rows .row').count()) < 80);
  assert.equal(await page.locator('.handshakes [role=table]').getAttribute('aria-rowcount'), '10001');
  await page.locator('.handshakes .list').evaluate((list) => list.scrollTo(0, list.scrollHeight));
  await page.locator('.rows .row[aria-rowindex="10001"]').waitFor();
});

test('a new handshake comes to the top by itself', { skip }, async () => {
  await open();
  await page.mouse.move(5, 5);
  fixture.add(1);
  await page.locator(`.rows .row[data-id="${newest(() => true)}"]`).waitFor();
  assert.equal(await firstRow().getAttribute('data-id'), String(newest(() => true)));
});

test('whoever has scrolled is not moved: the new ones wait above', { skip }, async () => {
  await open();
  await page.locator('.handshakes .list').evaluate((list) => list.scrollTo(0, 3000));
  const texts = () => page.locator('.rows').innerText();
  await page.locator('.rows .row[aria-rowindex="110"]').waitFor();
  const before = await texts();
  fixture.add(34);
  await page.locator('.held', { hasText: '34 new' }).waitFor();
  assert.equal(await texts(), before);
  await page.locator('.held').click();
  await page.locator(`.rows .row[data-id="${newest(() => true)}"]`).waitFor();
});

test('paused, the list holds still at its top', { skip }, async () => {
  await open();
  await page.keyboard.press('p');
  const first = await firstRow().getAttribute('data-id');
  fixture.add(3);
  await page.locator('.held', { hasText: '3 new' }).waitFor();
  assert.equal(await firstRow().getAttribute('data-id'), first);
});

test('the keyboard goes everywhere', { skip }, async () => {
  await open();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.locator('.row.is-cursor[aria-rowindex="3"]:focus-within').waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.detail').waitFor();
  const id = await page.locator('.row.is-here').getAttribute('data-id');
  assert.equal(new URL(page.url()).hash, `#/handshake/${id}`);
  await page.keyboard.press('k');
  await page.waitForURL(({ hash }) => !hash.endsWith(`/${id}`));
  await page.keyboard.press('4');
  assert.match(new URL(page.url()).hash, /\/end$/);
  await page.keyboard.press('Escape');
  await page.locator('.detail').waitFor({ state: 'detached' });
  await page.keyboard.press('f');
  assert.equal(new URL(page.url()).hash, '#/?tab=failed');
  await page.keyboard.press('/');
  await page.keyboard.type('code:ORIGIN');
  assert.equal(new URL(page.url()).hash, '#/?tab=failed&q=code%3AORIGIN');
  await page.locator('.c-result', { hasText: 'REQ_KEY_MISSING' }).waitFor({ state: 'detached' });
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.keyboard.press('?');
  await page.getByRole('dialog', { name: 'Help' }).waitFor();
});

test('a group shows its failures, and the newest of them', { skip }, async () => {
  await open();
  await page
    .getByRole('button', { name: /PROXY_UPGRADE_STRIPPED/ })
    .first()
    .click();
  await page.locator('.c-result', { hasText: 'open' }).waitFor({ state: 'detached' });
  await page.locator('.is-chosen .sample').click();
  await page.locator('.wrong', { hasText: 'PROXY_UPGRADE_STRIPPED' }).waitFor();
});

test('a link leads to one tab of one handshake; one that is forgotten says so', { skip }, async () => {
  await open(`#/handshake/${newest(isCut)}/end`);
  await page.locator('.ending', { hasText: 'net/idle' }).waitFor();
  await open('#/handshake/999999999');
  await page.locator('.detail', { hasText: 'forgotten' }).waitFor();
});

test('an open one that the server forgets is no longer known, in words, and not counted as open', {
  skip,
}, async () => {
  // The newest of all is for the other tests.
  const [other, id] = fixture.story.rows
    .filter(isOpen)
    .slice(-3, -1)
    .map((row) => row.id) as [number, number];
  await open(`#/handshake/${id}/time`);
  await page.locator('.lanes').waitFor();
  const before = Number((await count('Open'))!.replaceAll(',', ''));
  fixture.forget([id]);
  await page.locator(`.rows .row[data-id="${id}"]`, { hasText: 'no longer known' }).waitFor();
  await page.getByRole('status').filter({ hasText: 'It may be open still' }).waitFor();
  await page.getByRole('heading', { name: /The connection .* no longer known/ }).waitFor();
  assert.equal(Number((await count('Open'))!.replaceAll(',', '')), before - 1);
  assert.deepEqual(await auditPage(), []);
  await page.keyboard.press('4');
  await page.getByText('Whether it has ended is no longer known.').waitFor();
  // What was forgotten while the link was lost is told with the first message.
  fixture.story.forgotten.add(other);
  fixture.cut();
  await page.locator(`.rows .row[data-id="${other}"]`, { hasText: 'no longer known' }).waitFor();
});

test('the overview says how pings are spread, and marks a reload in each chart, with its name and in words', {
  skip,
}, async () => {
  await open('#/overview');
  const pings = page.locator('section', { has: page.getByRole('heading', { name: /^Ping round trips/ }) });
  await pings.getByText('20 ms to 50 ms: 918', { exact: true }).waitFor();
  await pings.getByText('above 1 s: 5', { exact: true }).waitFor();
  await page.locator('.chart .line[d*="L"]').first().waitFor();
  fixture.story.reloads.push({ at: Date.now(), ended: 412 });
  await page.getByRole('img', { name: /^Open sockets: now open .*; reload at \d\d:\d\d:\d\d$/ }).waitFor();
  assert.equal(
    await page.locator('.moment', { hasText: 'reload' }).count(),
    await page.locator('.chart').count(),
  );
  await page.getByText(/reload, 412 connections ended/).waitFor();
  assert.deepEqual(await auditPage(), []);
  fixture.story.reloads.pop();
});

test('a handshake is found by its user, and by the id of its request', { skip }, async () => {
  const row = fixture.story.rows.findLast(({ user }) => user === 'bob')!;
  await open(`#/?q=request:${row.requestIds![0]}`);
  await page.locator(`.rows .row[data-id="${row.id}"] .tag`, { hasText: 'user bob' }).waitFor();
  assert.equal(await page.locator('.rows .row').count(), 1);
  await open('#/?q=user:bob -open');
  await page.locator('.rows .row').first().waitFor();
  const tags = await page.locator('.rows .row .c-path').allTextContents();
  assert.ok(tags.every((text) => text.endsWith('user bob')));
  await open(`#/handshake/${row.id}`);
  await page.locator('.detail h2', { hasText: 'bob' }).waitFor();
});

test('what a peer wrote is text, and what hides in it is seen', { skip }, async () => {
  const id = newest((row) => row.target.includes('\u202e'));
  await open(`#/handshake/${id}/frames`);
  const target = page.locator('.detail h2 .target');
  assert.match((await target.textContent()) ?? '', /RLO.*<img src=x onerror=alert\(1\)>.*ESC/);
  await page.locator('.f-payload button', { hasText: '<script>' }).first().click();
  await page.getByRole('button', { name: 'Text', exact: true }).click();
  const payload = page.locator('.payload');
  assert.match((await payload.textContent()) ?? '', /<script>alert\(1\)<\/script>.*ESC.*RLO/);
  assert.ok(!(await payload.textContent())!.includes('\u001b'));
  assert.doesNotMatch((await page.locator('body').textContent()) ?? '', /[\u202a-\u202e]/);
  assert.equal(await page.locator('#app img, #app script').count(), 0);
  assert.deepEqual(complaints, []);
});

test('a message opens as a tree, as MessagePack, in hexadecimal', { skip }, async () => {
  await open(`#/handshake/${newest(isCut)}/frames`);
  await page.locator('.f-payload button', { hasText: '"move"' }).first().click();
  await page.locator('.branch .key', { hasText: 'tags' }).waitFor();
  assert.equal(await page.locator('.forms button[aria-pressed=true]').textContent(), 'MessagePack');
  await page.getByRole('button', { name: 'Hex' }).click();
  assert.match((await page.locator('.hex').textContent()) ?? '', /^0000 8\d /);
});

test('frames are filtered, follow at the end, and stand still elsewhere', { skip }, async () => {
  const id = newest((row) => row.outcome === 'accepted' && row.connection?.end === undefined);
  await open(`#/handshake/${id}/frames`);
  const told = page.locator('.frame-bar .told');
  await page.getByLabel('control frames').uncheck();
  await page.getByLabel('Filter by text, or by /expression/').fill('/"part":"t.o"/');
  await told.filter({ hasText: /^6 of / }).waitFor();
  await page.getByLabel('Filter by text, or by /expression/').fill('/(/');
  await told.filter({ hasText: 'Not an expression yet' }).waitFor();
  await page.getByLabel('Filter by text, or by /expression/').fill('');
  await page.locator('.list.frames').evaluate((list) => list.scrollTo(0, 100));
  await page.locator('.held.at-end').waitFor();
  const at = Date.now();
  fixture.frame(id, [
    {
      n: 5000,
      at,
      direction: 'in',
      opcode: 1,
      fin: true,
      rsv: 0,
      masked: true,
      wireBytes: 2,
      payload: btoa('hi'),
    },
  ]);
  await page.locator('.held.at-end', { hasText: '1 new' }).waitFor();
  assert.equal(await page.locator('.list.frames').evaluate((list) => list.scrollTop), 100);
  await page.locator('.held.at-end').click();
  await page.locator('.f-payload', { hasText: /^hi$/ }).waitFor();
});

test('a lost link is told and opened again, and what was looked at goes on', { skip }, async () => {
  await open(`#/handshake/${newest(isCut)}/end`);
  fixture.cut();
  await page.locator('.live.is-lost').waitFor();
  await page.locator('.live.is-live').waitFor();
  await page.locator('.ending').waitFor();
  fixture.add(1);
  await page.locator('.handshakes .tabs').waitFor();
});

test('where no WebSocket opens the page is live all the same, says so, and goes back when one does', {
  skip,
}, async () => {
  fixture.loseSockets(true);
  try {
    await page.goto(`${fixture.url}#/handshake/${newest(isCut)}/frames`);
    const sign = page.locator('.live.is-stream');
    await sign.filter({ hasText: 'live without WebSocket' }).waitFor();
    await sign.filter({ hasText: 'its handshake never arrived here' }).waitFor();
    await page.locator('.frames .rows .row').first().waitFor();
    for (const width of [1280, 320]) {
      await page.setViewportSize({ width, height: 740 });
      await sign.waitFor();
      assert.deepEqual(await auditPage(), []);
      assert.equal(
        await page.evaluate('document.documentElement.scrollWidth - innerWidth'),
        0,
        `${width} px`,
      );
    }
    await page.setViewportSize({ width: 1280, height: 800 });
    await page.goto(`${fixture.url}#/`);
    fixture.add(1);
    await page.locator(`.rows .row[data-id="${newest(() => true)}"]`).waitFor();
    fixture.cut();
    await page.locator('.live.is-lost').waitFor();
    await sign.waitFor();
    fixture.add(1);
    await page.locator(`.rows .row[data-id="${newest(() => true)}"]`).waitFor();
  } finally {
    fixture.loseSockets(false);
  }
  await page.getByRole('button', { name: 'try now' }).click();
  await page.locator('.live.is-live').waitFor();
  fixture.add(1);
  await page.locator(`.rows .row[data-id="${newest(() => true)}"]`).waitFor();
});

test('light and dark are chosen, and stay so', { skip }, async () => {
  await page.emulateMedia({ colorScheme: 'light' });
  await open();
  const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
  const light = await ground();
  await page.keyboard.press('t');
  assert.notEqual(await ground(), light);
  await page.reload();
  await page.locator('.live.is-live').waitFor();
  assert.notEqual(await ground(), light);
  await page.keyboard.press('t');
});
