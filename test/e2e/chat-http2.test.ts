// The chat over HTTP/2, as `serve --chat --h2` gives it to a browser that trusts its certificate.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { heard, join, open, pageUrl, say, textOf, untilPeople } from './chat-page.js';
import { picture, type Served, serve } from './harness.js';

describe('the chat over HTTP/2', { skip: need('chromium', 'openssl').skip, timeout: 120_000 }, () => {
  let folder: string;
  let browser: Browser;
  before(async () => {
    folder = mkdtempSync(pathOf(tmpdir(), 'handfast-e2e-'));
    writeFileSync(pathOf(folder, 'cert.pem'), certificate().cert);
    writeFileSync(pathOf(folder, 'key.pem'), certificate().key);
    browser = await launchChromium({ width: 1360, height: 820, trust: certificate().cert });
  });
  after(async () => {
    await browser[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  function serveChat(...options: string[]): Promise<Served> {
    const tls = ['--tls-cert', pathOf(folder, 'cert.pem'), '--tls-key', pathOf(folder, 'key.pem')];
    return serve('--chat', '--h2', '--json', ...tls, ...options);
  }

  /** Carrier, status and reason of each request, as logged. (A browser is silent on some of its connections.) */
  function logged({ child }: Served): [string, number, string | undefined][] {
    const events = child.stderr.map((line) => JSON.parse(line)).filter(({ method }) => method);
    return events.map(({ carrier, status, code }) => [carrier, status, code]);
  }

  test('two pages chat, on json and on msgpack; the browser and the log say that it is HTTP/2', async () => {
    await using served = await serveChat('--compress');
    const ada = await open(browser.context, pageUrl(served));
    await join(ada, 'Ada');
    const grace = await open(browser.context, pageUrl(served));
    await grace.getByLabel('msgpack only').check();
    await grace.locator('#status-text', { hasText: 'Connected · msgpack' }).waitFor();
    await join(grace, 'Grace');
    assert.deepEqual(await untilPeople(ada, 2), ['Ada', 'Grace']);
    await say(ada, 'Hello over HTTP/2');
    await heard(grace, 'Hello over HTTP/2');
    await say(grace, 'Hello in MessagePack — žluťoučký 👋');
    await heard(ada, 'Hello in MessagePack — žluťoučký 👋');
    assert.deepEqual([ada.statuses, grace.statuses], [[200], [200, 200]]);
    await served.child.errorLine(/"subprotocol":"msgpack"/);
    assert.deepEqual(logged(served), Array(3).fill(['h2', 200, undefined]));
    assert.deepEqual([ada.errors, grace.errors], [[], []]);
    await picture(ada, 'chat-http2');
    await Promise.all([ada.close(), grace.close()]);
  });

  test('the handshake beside the chat is the one that went over HTTP/2', async () => {
    await using served = await serveChat();
    const page = await open(browser.context, pageUrl(served));
    const [asked, answered] = [await textOf(page, '#request'), await textOf(page, '#response')];
    assert.match(asked, /CONNECT \/room\/42\?attempt=/);
    assert.match(asked, /:authority: 127\.0\.0\.1:/);
    assert.match(answered, /HTTP\/2 200/);
    assert.doesNotMatch(asked + answered, /sec-websocket-(?:key|accept)|upgrade:/i);
    assert.equal(await page.locator('#request dt.bad, #response dt.bad').count(), 0);
    assert.match(
      await textOf(page, '#decisions'),
      /same origin[\s\S]*chose json[\s\S]*Over HTTP\/2 there is no key/,
    );
    await page.close();
  });

  test('a refusal shows its reason, asked for on the same connection', async () => {
    await using served = await serveChat();
    const page = await open(browser.context, pageUrl(served, 'no such room!'), 'refused');
    assert.match(await textOf(page, '#notice'), /404 ROUTE_NOT_FOUND[\s\S]*A room has 1 to 32/);
    await served.child.errorLine(/ROUTE_NOT_FOUND/);
    assert.deepEqual(logged(served), [['h2', 404, 'ROUTE_NOT_FOUND']]);
    await page.close();
  });

  test('the address of a room, asked for as a page, answers that it is none', async () => {
    await using served = await serveChat();
    const page = await browser.context.newPage();
    const response = await page.goto(`https://${served.url.host}/room/42`);
    assert.equal(response!.status(), 400);
    assert.match(await response!.text(), /speaks WebSocket/);
    await page.close();
  });

  test('a restart: 1012, and the server ends', async () => {
    await using served = await serveChat();
    const page = await open(browser.context, pageUrl(served));
    served.child.process.kill('SIGTERM');
    await page.locator('#status-text', { hasText: 'Closed · 1012' }).waitFor();
    assert.equal(await served.child.exited, 0);
    await page.close();
  });
});
