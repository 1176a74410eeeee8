// The inspector as an operator sees it: handshakes that go wrong, made by the real programs that spoil them, each in the page in
// real Chromium, with its code, its heads and what to do.
import assert from 'node:assert/strict';
import { after, afterEach, before, beforeEach, describe, type TestContext, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { connect } from '../../src/index.js';
import type { RunningProxy } from '../interop/peers/proxy.js';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { probe } from '../support/raw.js';
import {
  card,
  cutPunctually,
  type Inspected,
  inspected,
  openInspector,
  openRow,
  openSide,
  rowWith,
  spoilingNginx,
} from './inspected.js';

const KEY = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==';
const UPGRADE = 'Upgrade: websocket\r\nConnection: Upgrade';

describe('the inspector', { skip: need('chromium', 'nginx', 'openssl').skip }, () => {
  let own: Inspected;
  let nginx: RunningProxy;
  let browser: Browser;
  let page: Page;

  before(async () => {
    own = await inspected();
    nginx = await spoilingNginx(own.port);
    browser = await launchChromium({ width: 1280, height: 900 });
  });
  // A list that a pointer was just over holds still: each test has a page of its own.
  beforeEach(async () => {
    page = await openInspector(browser.context, own.url);
  });
  afterEach(() => page.close());
  after(async () => {
    await browser[Symbol.asyncDispose]();
    await nginx[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** The handshake's detail, once it is in the list. How long that took is told, and not asserted. */
  async function appears(t: TestContext, text: string | RegExp, from: number): Promise<Locator> {
    const row = rowWith(page, text);
    await row.waitFor();
    t.diagnostic(`in the page after ${Math.round(performance.now() - from)} ms`);
    return openRow(page, row);
  }

  const lineOf = (detail: Locator, head: 'Request, as it arrived' | 'Answer', text: string | RegExp) =>
    card(detail, head).getByRole('listitem').filter({ hasText: text });

  const fixOf = (detail: Locator) => detail.getByRole('paragraph').filter({ hasText: /^Fix/ });

  /** One handshake that cannot be accepted, by its octets. */
  const heads: ReadonlyArray<{
    readonly name: string;
    readonly code: string;
    readonly octets: string;
    /** Of the request that is at fault, and of the answer. */
    readonly asked: RegExp;
    readonly answered: RegExp;
    readonly fix: RegExp;
  }> = [
    {
      name: 'a refused origin',
      code: 'ORIGIN_REJECTED',
      octets: `GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n${UPGRADE}\r\n${KEY}\r\nSec-WebSocket-Version: 13\r\nOrigin: https://staging.example\r\n\r\n`,
      asked: /Origin: https:\/\/staging\.example/,
      answered: /403/,
      fix: /origins/,
    },
    {
      name: 'a missing key',
      code: 'REQ_KEY_MISSING',
      octets: `GET /chat?of=key HTTP/1.1\r\nHost: 127.0.0.1\r\n${UPGRADE}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
      asked: /Sec-WebSocket-Key/,
      answered: /400/,
      fix: /Sec-WebSocket-Key/,
    },
    {
      name: 'a wrong version',
      code: 'REQ_VERSION',
      octets: `GET /chat HTTP/1.1\r\nHost: 127.0.0.1\r\n${UPGRADE}\r\n${KEY}\r\nSec-WebSocket-Version: 8\r\n\r\n`,
      asked: /Sec-WebSocket-Version: 8/,
      answered: /Sec-WebSocket-Version: 13/,
      fix: /13/,
    },
  ];
  for (const { name, code, octets, asked, answered, fix } of heads) {
    test(`${name} is in the page with its code, its heads and what to do`, async (t) => {
      const from = performance.now();
      await probe(own.port, octets);
      const detail = await appears(t, code, from);
      await detail.getByRole('heading', { name: code }).first().waitFor();
      await lineOf(detail, 'Request, as it arrived', asked).first().waitFor();
      await lineOf(detail, 'Answer', answered).first().waitFor();
      await fixOf(detail).filter({ hasText: fix }).waitFor();
    });
  }

  test('an Upgrade that nginx did not pass on: the request as it arrived, and the lines for nginx', async (t) => {
    const from = performance.now();
    await assert.rejects(connect(`ws://127.0.0.1:${nginx.ports[0]}/chat`));
    const detail = await appears(t, 'PROXY_UPGRADE_STRIPPED', from);
    await lineOf(detail, 'Request, as it arrived', /HTTP\/1\.0/)
      .first()
      .waitFor();
    await card(detail, 'The way it came').getByText('nginx').first().waitFor();
    await detail.getByText('proxy_set_header Upgrade $http_upgrade;').first().waitFor();
  });

  test('a TLS hello to a port without TLS: its first octets', async (t) => {
    const from = performance.now();
    await probe(own.port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
    const detail = await appears(t, 'REQ_SYNTAX', from);
    await card(detail, 'The first octets').getByText('16 03 01 02 00 01 00 01 fc 03 03').waitFor();
    await detail
      .getByText(/a TLS ClientHello: this port speaks plain HTTP/)
      .first()
      .waitFor();
    await fixOf(detail).waitFor();
  });

  test('a bad hello to a port with TLS', async (t) => {
    const port = await own.secure();
    const from = performance.now();
    await probe(port, 'GET /chat HTTP/1.1\r\nHost: localhost\r\n\r\n');
    const detail = await appears(t, 'TLS_MISSING', from);
    await detail.getByText('No head could be read.').waitFor();
    await fixOf(detail).waitFor();
  });

  test('an accepted chat with compression, from a page: its agreement, its frames, its end', async (t) => {
    const app = await browser.context.newPage();
    await app.goto(own.origin);
    const from = performance.now();
    await app.evaluate(`new Promise((resolve) => {
      window.socket = new WebSocket('ws://127.0.0.1:${own.port}/chat', 'chat.v2');
      socket.onopen = () => resolve();
    })`);
    const detail = await appears(t, /\/chat.*chat\.v2/, from);
    await lineOf(detail, 'Answer', /Sec-WebSocket-Extensions: permessage-deflate/)
      .first()
      .waitFor();
    await openSide(detail, 'Frames');
    const text = JSON.stringify({ says: 'hello '.repeat(40) });
    await app.evaluate(`socket.send(${JSON.stringify(text)})`);
    await detail.getByRole('row').filter({ hasText: 'text' }).nth(1).waitFor();
    await app.evaluate(`socket.close(4001, 'enough')`);
    await openSide(detail, 'End');
    await detail.getByText('client/close').first().waitFor();
    await app.close();
  });

  test('a connection that nginx cut since it was idle: 1006, and why', async (t) => {
    const target = await cutPunctually(own, `ws://127.0.0.1:${nginx.ports[1]}`);
    const detail = await appears(t, new RegExp(`1006.*${target.replace('?', '\\?')}`), performance.now());
    await openSide(detail, 'End');
    await detail.getByText('net/idle').first().waitFor();
    const cause = card(detail, /^1006/);
    await cause.getByText('IDLE_CUT').waitFor();
    await cause.getByText('likely', { exact: true }).waitFor();
    await cause.getByText('+ proxy_read_timeout 3600s;').waitFor();
    await cause.getByText(/^handfast doctor --idle 2 /).waitFor();
    await openSide(detail, 'Time');
    await detail.getByText('1 s: cut').waitFor();
  });

  test('at first the page sees itself alone, says so, and calls no time 0', async () => {
    await using fresh = await inspected();
    const first = await openInspector(browser.context, fresh.url);
    const hint = first.getByText('Only the inspector itself yet.');
    await hint.waitFor();
    const figures = first.getByRole('region', { name: 'Now' });
    await figures.getByText('none yet').first().waitFor();
    await probe(fresh.port, `GET /nowhere HTTP/1.1\r\nHost: 127.0.0.1\r\n${UPGRADE}\r\n\r\n`);
    await rowWith(first, '/nowhere').waitFor();
    await hint.waitFor({ state: 'detached' });
    await figures.getByText(/ms \/ .*ms/).waitFor();
    await first.close();
  });
});
