// Chromium, from a page that our own server's port serves, and from a page of another origin.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { checkCompressed } from './compressed.js';
import { openPage } from './peers/page.js';
import { startRelay } from './relay.js';
import { checkClosed, checkTalk, type Ours, startOurs } from './scenario.js';
import { TAKEOVERS } from './suite.js';

describe('Chromium', { skip: need('chromium').skip, timeout: 120_000 }, () => {
  let browser: Browser;
  let ours: Ours;
  before(async () => {
    browser = await launchChromium();
    ours = await startOurs();
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await ours[Symbol.asyncDispose]();
  });

  const own = () => `http://127.0.0.1:${ours.port}/`;
  const target = (path: string) => `ws://127.0.0.1:${ours.port}${path}`;

  test('from a page on our port: text, 1 MiB, the subprotocol, its pong, its close', async () => {
    const peer = await openPage(browser.context, own());
    await checkTalk(await peer.run('talk', target('/echo')), ours);
  });

  test('our close code and reason', async () => {
    const peer = await openPage(browser.context, own());
    await checkClosed(await peer.run('closed', target('/close')), ours);
  });

  for (const [takeover, name] of TAKEOVERS) {
    test(`compressed, ${name}: long and empty, text and bytes, many small ones`, async () => {
      await using compressing = await startOurs({ compression: { takeover } });
      await using relay = await startRelay(compressing.port);
      const peer = await openPage(browser.context, `http://127.0.0.1:${relay.port}/`);
      const report = await peer.run('compressed', `ws://127.0.0.1:${relay.port}/echo`);
      await checkCompressed(report, compressing, relay, { keepsContext: takeover });
      await peer.page.close();
    });
  }

  test('from a page of another origin: refused, and the console names the status', async () => {
    const elsewhere = createHttpServer((_, response) => response.end('<p>elsewhere')).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const peer = await openPage(browser.context, `http://127.0.0.1:${portOf(elsewhere)}/`);
    const console = peer.page.waitForEvent('console', (line) =>
      line.text().includes('WebSocket connection to'),
    );
    assert.deepEqual(await peer.run('talk', target('/echo')), { close: [1006, ''] });
    assert.match((await console).text(), /Unexpected response code: 403/);
    await peer.page.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
});
