// Chromium, from a page that our own server's port serves, and from a page of another origin.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { checkClosed, checkTalk, type Ours, type Report, startOurs } from './scenario.js';

const CLIENT = `
  const events = (ws) => {
    const queue = [], waiting = [];
    const give = (event) => (waiting.length ? waiting.shift()(event) : queue.push(event));
    for (const name of ['open', 'message', 'close']) ws.addEventListener(name, give);
    return () => (queue.length ? Promise.resolve(queue.shift()) : new Promise((resolve) => waiting.push(resolve)));
  };
  const payload = Uint8Array.from({ length: 1 << 20 }, (_, index) => (index * 31 + 7) & 255);
  window.talk = async (url) => {
    const ws = new WebSocket(url, ['chat.v1', 'echo.v2']);
    ws.binaryType = 'arraybuffer';
    const next = events(ws);
    const first = await next();
    if (first.type !== 'open') return { close: [first.code, first.reason] };
    ws.send('grüße, 世界 👋');
    const text = (await next()).data;
    ws.send(payload);
    const bytes = new Uint8Array((await next()).data);
    const binary = bytes.length === payload.length && bytes.every((byte, index) => byte === payload[index]);
    ws.send('please: ping');
    const answered = (await next()).data;
    ws.close(4001, 'done ✓');
    const { code, reason } = await next();
    return { subprotocol: ws.protocol, text, binary, answered, close: [code, reason] };
  };
  window.closing = async (url) => {
    const next = events(new WebSocket(url));
    const first = await next();
    const { code, reason } = first.type === 'open' ? await next() : first;
    return { close: [code, reason] };
  };
`;

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

  async function open(origin: string): Promise<Page> {
    const page = await browser.context.newPage();
    await page.goto(origin);
    await page.addScriptTag({ content: CLIENT });
    return page;
  }
  const run = (page: Page, mode: 'talk' | 'closing', path: string) =>
    page.evaluate(`${mode}('ws://127.0.0.1:${ours.port}${path}')`) as Promise<Report>;

  test('from a page on our port: text, 1 MiB, the subprotocol, its pong, its close', async () => {
    const page = await open(`http://127.0.0.1:${ours.port}/`);
    await checkTalk(await run(page, 'talk', '/echo'), ours);
  });

  test('our close code and reason', async () => {
    const page = await open(`http://127.0.0.1:${ours.port}/`);
    await checkClosed(await run(page, 'closing', '/close'), ours);
  });

  test('from a page of another origin: refused, and the console names the status', async () => {
    const elsewhere = createHttpServer((_, response) => response.end('<p>elsewhere')).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    const page = await open(`http://127.0.0.1:${portOf(elsewhere)}/`);
    const console = page.waitForEvent('console', (line) => line.text().includes('WebSocket connection to'));
    assert.deepEqual(await run(page, 'talk', '/echo'), { close: [1006, ''] });
    assert.match((await console).text(), /Unexpected response code: 403/);
    await page.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
});
