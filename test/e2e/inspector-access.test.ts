// Who may look, tried from real pages: of another origin, in a frame, by a name that was rebound, without the token. Whatever they
// try, they learn nothing of what the inspector has seen.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttp } from 'node:http';
import { describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { connect } from '../../src/index.js';
import { type BrowserOptions, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { type Inspected, inspected, openInspector, rowWith } from './inspected.js';

const TOKEN = 'sixteen-characters-and-more';
/** Of a handshake that the inspector has seen. */
const SEEN = 'said-by-somebody';

/** A page of somebody else, on another port of this machine. */
async function foreignPage(): Promise<{ readonly origin: string } & AsyncDisposable> {
  const server = createHttp((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>theirs</title>');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => {
    server.close();
    server.closeAllConnections();
  };
  return {
    origin: `http://127.0.0.1:${portOf(server)}`,
    async [Symbol.asyncDispose]() {
      close();
      await once(server, 'close');
    },
  };
}

interface Learned {
  /** What each attempt to read the page or one of its files gave. */
  readonly read: readonly string[];
  /** Everything that the socket gave, or that it did not open. */
  readonly socket: string;
}

/** What a page's own script can find out. */
function learn(page: Page, url: string): Promise<Learned> {
  const feed = `${url.replace('http', 'ws')}feed`;
  return page.evaluate(`(async () => {
    const text = (options) => fetch('${url}', options).then((answer) => answer.text(), () => 'failed');
    const tag = (name, attribute) => new Promise((resolve) => {
      const element = document.createElement(name);
      element.onload = () => resolve('loaded');
      element.onerror = () => resolve('failed');
      element[attribute] = '${url}favicon.svg';
      document.body.append(element);
    });
    const socket = await new Promise((resolve) => {
      const socket = new WebSocket('${feed}', 'handfast-inspector.1');
      socket.onmessage = ({ data }) => resolve(data);
      socket.onclose = () => resolve('closed');
    });
    const read = await Promise.all([
      text({}), text({ credentials: 'include' }), text({ mode: 'no-cors' }), tag('img', 'src'), tag('script', 'src'),
    ]);
    return { read, socket };
  })()`) as Promise<Learned>;
}

/** A server that has seen something, and a browser; the browser may have given the token. */
async function withSeen(
  work: (own: Inspected, page: Page) => Promise<void>,
  { token, ...browserOptions }: BrowserOptions & { readonly token?: string } = {},
): Promise<void> {
  await using own = await inspected(token === undefined ? {} : { token });
  await assert.rejects(connect(`ws://127.0.0.1:${own.port}/chat?${SEEN}`, { origin: 'https://x.example' }));
  await using browser = await launchChromium(browserOptions);
  await work(own, await browser.context.newPage());
}

async function giveToken(page: Page, token: string): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Watch' }).click();
}

describe('who may look', { skip: need('chromium', 'openssl').skip }, () => {
  test('a page of another origin reads nothing and opens no socket, also with the cookie of somebody who may', () =>
    withSeen(
      async (own, page) => {
        await page.goto(own.url);
        await giveToken(page, TOKEN);
        await rowWith(page, SEEN).waitFor();
        await using theirs = await foreignPage();
        const other = await page.context().newPage();
        await other.goto(theirs.origin);
        // The first two are not for them to read, the third is empty to them.
        const { read, socket } = await learn(other, own.url);
        assert.deepEqual(read, ['failed', 'failed', 'failed', 'failed', 'failed']);
        assert.equal(socket, 'closed');
        // A page that is hidden paints nothing.
        await page.bringToFront();
        await rowWith(page, 'ORIGIN_HOST_MISMATCH').waitFor();
      },
      { token: TOKEN },
    ));

  test('in a frame the page does not stand, and a window that was opened cannot be read', () =>
    withSeen(async (own, page) => {
      await using theirs = await foreignPage();
      await page.goto(theirs.origin);
      await page.evaluate(`new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.onload = resolve;
        frame.src = '${own.url}';
        document.body.append(frame);
      })`);
      const [, frame] = page.frames();
      assert.match(frame!.url(), /^chrome-error:/);
      assert.equal((await frame!.content()).includes(SEEN), false);
      const [opened] = await Promise.all([
        page.waitForEvent('popup'),
        page.evaluate(`window.theirs = open('${own.url}'), undefined`),
      ]);
      await rowWith(opened, SEEN).waitFor();
      assert.equal(await opened.evaluate('window.opener'), null);
      assert.equal(await page.evaluate('window.theirs.closed'), true, 'to who opened it, it is not there');
    }));

  test('a page whose name was made to mean this machine is told that it is not from here', () =>
    withSeen(
      async (own, page) => {
        const rebound = `http://rebound.example:${own.port}`;
        await page.goto(rebound);
        const { read, socket } = await learn(page, own.url.replace(own.origin, rebound));
        assert.equal(socket, 'closed');
        for (const text of read) assert.match(text, /^failed$|for this machine alone/);
        const answer = await page.goto(own.url.replace(own.origin, rebound));
        assert.equal(answer?.status(), 403);
        assert.equal((await page.content()).includes(SEEN), false);
      },
      { reboundName: 'rebound.example' },
    ));

  test('without the token there is a form and nothing else; a wrong one changes nothing, the right one opens', () =>
    withSeen(
      async (own, page) => {
        const answer = await page.goto(own.url);
        assert.equal(answer?.status(), 401);
        const { read, socket } = await learn(page, own.url);
        assert.equal(socket, 'closed');
        assert.equal([...read, await page.content()].join().includes(SEEN), false);
        await giveToken(page, `${TOKEN}?`);
        await page.getByRole('alert').filter({ hasText: 'not the token' }).waitFor();
        await giveToken(page, TOKEN);
        await rowWith(page, SEEN).waitFor();
        assert.equal(page.url().includes(TOKEN), false);
        assert.equal(await page.evaluate('document.cookie'), '');
        await openInspector(page.context(), own.url);
      },
      { token: TOKEN },
    ));
});
