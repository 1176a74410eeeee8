// What an operator does to a connection from the page, in real Chromium, to a socket that is open in another page: what that page
// receives, what stays when the inspector is left, and what is shown afterwards.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { picture } from './harness.js';
import { type Inspected, inspected, openInspector, openRow, openSide, rowWith } from './inspected.js';

describe('acting upon a connection', { skip: need('chromium').skip }, () => {
  let own: Inspected;
  let browser: Browser;

  before(async () => {
    own = await inspected({ actions: true });
    browser = await launchChromium({ width: 1440, height: 900 });
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** A page with a socket, which writes down what it is told. */
  async function openApp(name: string): Promise<Page> {
    const app = await browser.context.newPage();
    await app.goto(own.origin);
    await app.evaluate(`new Promise((resolve) => {
      window.heard = [];
      window.socket = new WebSocket('ws://127.0.0.1:${own.port}/chat?${name}', 'chat.v2');
      socket.binaryType = 'arraybuffer';
      socket.onopen = () => resolve();
      socket.onmessage = ({ data }) =>
        heard.push(typeof data === 'string' ? data : [...new Uint8Array(data)].join(' '));
      socket.onclose = ({ code, reason, wasClean }) => heard.push([code, reason, wasClean].join(' '));
    })`);
    return app;
  }

  /** What it has been told, once there is so much of it. */
  async function heard(app: Page, count: number): Promise<unknown> {
    await app.waitForFunction(`heard.length >= ${count}`);
    return app.evaluate('heard');
  }

  async function detailOf(name: string): Promise<Locator> {
    const page = await openInspector(browser.context, own.url);
    return openRow(page, rowWith(page, `/chat?${name}`));
  }

  const said = (detail: Locator, text: string | RegExp) =>
    detail
      .getByRole('region', { name: 'Act upon this connection' })
      .getByRole('status')
      .filter({ hasText: text });

  test('text and octets arrive, a ping is answered, a close is what the client was told', async () => {
    const app = await openApp('hand');
    const detail = await detailOf('hand');
    await openSide(detail, 'Frames');
    const message = detail.getByLabel('Message to the client');
    await message.fill('{"from":"the operator"}');
    await message.press('Enter');
    await said(detail, 'Sent, 23 octets.').waitFor();
    await detail.getByLabel('Send as').selectOption('hex');
    await message.fill('de ad be ef');
    await detail.getByRole('button', { name: 'Send' }).click();
    await said(detail, 'Sent, 4 octets.').waitFor();
    assert.deepEqual(await heard(app, 2), ['{"from":"the operator"}', '222 173 190 239']);
    await detail.getByRole('button', { name: 'Ping', exact: true }).click();
    await said(detail, /^The pong came after \d+ ms\.$/).waitFor();
    await detail.getByRole('row').filter({ hasText: 'sent for somebody who watches' }).nth(2).waitFor();
    await picture(detail.page(), 'inspector-actions', false);
    await detail.getByRole('button', { name: 'Close …' }).click();
    const dialog = detail.page().getByRole('dialog');
    await dialog.getByLabel('Reason').fill('the hall closes');
    await dialog.getByRole('button', { name: 'Close it' }).click();
    await said(detail, 'Closed with 1001, and the client answered.').waitFor();
    assert.equal(((await heard(app, 3)) as string[])[2], '1001 the hall closes true');
    await openSide(detail, 'End');
    await detail.getByText('somebody who watches the inspector, 127.0.0.1').waitFor();
    await app.close();
    await detail.page().close();
  });

  test('reading that was paused goes on when the page that paused it is closed', async () => {
    const app = await openApp('held');
    const detail = await detailOf('held');
    await detail.getByRole('button', { name: 'Pause reading' }).click();
    await said(detail, 'Nothing is read from it').waitFor();
    await detail.getByRole('button', { name: 'Resume reading' }).waitFor();
    await app.evaluate(`socket.send('is anybody there?')`);
    const other = await detailOf('held');
    await other.getByRole('button', { name: 'Resume reading' }).waitFor();
    assert.deepEqual(await app.evaluate('heard'), []);
    await detail.page().close();
    assert.deepEqual(await heard(app, 1), ['is anybody there?']);
    await other.getByRole('button', { name: 'Pause reading' }).waitFor();
    await other.page().close();
    await app.close();
  });
});
