// Every view of the page over a server that has seen something of everything: axe finds nothing against it, wide and narrow, light and
// dark, and its picture is taken (to .build/pictures/; those in docs/images/ are of these).
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { type Connection, connect } from '../../src/index.js';
import type { RunningProxy } from '../interop/peers/proxy.js';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need, root } from '../support/needs.js';
import { probe, raw } from '../support/raw.js';
import { picture } from './harness.js';
import { type Inspected, inspected, openInspector, openRow, openSide, spoilingNginx } from './inspected.js';

const AXE = readFileSync(new URL('node_modules/axe-core/axe.min.js', root), 'utf8');

interface Violation {
  readonly id: string;
  readonly help: string;
  readonly nodes: ReadonlyArray<{ readonly html: string; readonly failureSummary: string }>;
}

/** What axe says against the page as it stands. Its policy lets in no script of ours: this one comes by the tools of the browser. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations: found } = (await page.evaluate(
    `axe.run({ runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] })`,
  )) as { readonly violations: readonly Violation[] };
  return found.map(({ id, help, nodes }) => {
    const [first] = nodes;
    return `${id}: ${help}, ${nodes.length} times, such as ${first?.html}\n${first?.failureSummary}`;
  });
}

const SIZES = [
  { name: 'wide', width: 1440, height: 900 },
  { name: 'narrow', width: 360, height: 740 },
] as const;

describe('every view', { skip: need('chromium', 'nginx', 'openssl').skip }, () => {
  let own: Inspected;
  let nginx: RunningProxy;
  let browser: Browser;
  const open: Connection[] = [];

  before(async () => {
    own = await inspected();
    nginx = await spoilingNginx(own.port);
    browser = await launchChromium();
    await fill(own, nginx, open);
  });
  after(async () => {
    for (const connection of open) connection.terminate();
    await browser[Symbol.asyncDispose]();
    await nginx[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
  });

  /** The page anew, with the rows that a search finds: of a long list only what is seen is in the document. */
  const searched = async (page: Page, words: string) => {
    await page.goto('about:blank');
    await page.goto(`${own.url}#/?q=${encodeURIComponent(words)}`);
    await page
      .getByRole('status')
      .filter({ hasText: /^live$/ })
      .waitFor();
  };
  const detailOf = async (page: Page, words: string, side?: string): Promise<Locator> => {
    await searched(page, words);
    const detail = await openRow(page, page.getByRole('table').getByRole('row').nth(1));
    if (side !== undefined) await openSide(detail, side);
    return detail;
  };
  /** The frame with this text, which is sent once its connection's frames are looked at. */
  const spokenOn = async (page: Page, words: string, text: string, send: () => Promise<unknown>) => {
    const detail = await detailOf(page, words, 'Frames');
    await detail.getByText(/^\d+ messages$/).waitFor({ state: 'attached' });
    await send();
    const line = detail.getByRole('row').filter({ hasText: text }).first();
    await line.getByRole('button').click();
    await detail.getByRole('region', { name: /^Frame \d+$/ }).waitFor();
  };
  /** How one gets to each. */
  const views: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
    list: (page) => searched(page, '-path:.handfast'),
    failed: async (page) => {
      await searched(page, '');
      await page.getByRole('link', { name: /^Failed/ }).click();
    },
    overview: async (page) => {
      await searched(page, '');
      await page.getByRole('link', { name: 'Overview' }).click();
      await page.getByText('Limits, and how near').waitFor();
      // Several samples, one a second, make a line.
      await talk(own, 8);
    },
    stripped: (page) => detailOf(page, 'code:PROXY_UPGRADE_STRIPPED'),
    accepted: (page) => detailOf(page, 'chat.v2'),
    frames: async (page) => {
      const detail = await detailOf(page, 'chat.v2', 'Frames');
      await detail.getByText(/^\d+ messages$/).waitFor({ state: 'attached' });
      const text = JSON.stringify({ type: 'said', from: 'Ada', text: 'so this is a frame', to: [1, 2] });
      await open.at(-1)!.ping();
      await open.at(-1)!.send(text);
      const line = detail.getByRole('row').filter({ hasText: 'so this is a frame' }).last();
      await line.getByRole('button').click();
      await detail.getByRole('region', { name: /^Frame \d+$/ }).waitFor();
    },
    decoded: async (page) => {
      const client = await connect(`ws://127.0.0.1:${own.port}/chat?decoded`, {
        subprotocols: ['graphql-transport-ws'],
      });
      open.unshift(client);
      const query = 'subscription OnMessage($room: ID!) { said(room: $room) { from text } }';
      await spokenOn(page, 'path:decoded', 'subscribe 1: subscription OnMessage', () =>
        client.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { room: 7 } } }),
        ),
      );
    },
    fault: async (page) => {
      using client = await raw(own.port);
      const head = 'GET /chat?fault HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade';
      const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';
      client.send(`${head}\r\n${key}\r\n\r\n`);
      // RSV1 without an extension; RFC 6455 §5.7's "Hello".
      const octets = Buffer.from('c18537fa213d7f9f4d5158', 'hex');
      await spokenOn(page, 'path:fault', 'FRAME_RSV', async () => client.send(octets));
      await page.getByRole('region', { name: 'What is wrong with it' }).getByText('RSV1, wrong').waitFor();
    },
    time: (page) => detailOf(page, 'chat.v2', 'Time'),
    end: (page) => detailOf(page, 'path:idle', 'End'),
    cut: (page) => detailOf(page, 'path:idle', 'Time'),
    help: async (page) => {
      await searched(page, '');
      await page.getByRole('button', { name: 'Help' }).click();
      await page.getByRole('dialog', { name: 'Help' }).waitFor();
    },
  };

  for (const { name: size, width, height } of SIZES) {
    for (const colorScheme of ['light', 'dark'] as const) {
      test(`${size}, ${colorScheme}`, async (t) => {
        const page = await openInspector(browser.context, own.url);
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.setViewportSize({ width, height });
        for (const [name, reach] of Object.entries(views)) {
          await t.test(name, async () => {
            await page.goto('about:blank');
            await page.goto(own.url);
            await page
              .getByRole('status')
              .filter({ hasText: /^live$/ })
              .waitFor();
            await reach(page);
            await picture(page, `inspector-${name}-${size}-${colorScheme}`, false);
            assert.deepEqual(await violations(page), []);
            const beyond = await page.evaluate(
              '[document.documentElement.scrollWidth - innerWidth, document.documentElement.scrollHeight - innerHeight]',
            );
            assert.deepEqual(beyond, [0, 0], 'px beyond the window');
          });
        }
        await page.close();
      });
    }
  }
});

/** Something of everything, several times. */
async function fill({ port }: Inspected, nginx: RunningProxy, open: Connection[]): Promise<void> {
  const chat = `ws://127.0.0.1:${port}/chat`;
  const idle = await connect(`ws://127.0.0.1:${nginx.ports[1]}/chat?idle`, { heartbeat: false });
  for (let count = 0; count < 12; count += 1) {
    const origin = ['https://staging.example.com', 'https://preview.example.com'][count % 2]!;
    await assert.rejects(connect(`${chat}?room=${count}`, { origin }));
  }
  for (let count = 0; count < 4; count += 1)
    await assert.rejects(connect(`ws://127.0.0.1:${nginx.ports[0]}/chat?room=${count}`));
  const upgrade = 'Upgrade: websocket\r\nConnection: Upgrade\r\nHost: 127.0.0.1';
  await probe(port, `GET /chat HTTP/1.1\r\n${upgrade}\r\nSec-WebSocket-Version: 13\r\n\r\n`);
  await probe(port, '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03');
  await assert.rejects(connect(`ws://127.0.0.1:${port}/nowhere`));
  for (let count = 0; count < 6; count += 1) {
    const connection = await connect(`${chat}?room=${count}`, {
      subprotocols: ['chat.v1'],
      compression: true,
    });
    await connection.send('hello');
    connection.close(count % 3 === 0 ? 4001 : 1000, 'enough');
  }
  await idle.closed;
  open.push(
    await connect(chat, { subprotocols: ['chat.v2'], compression: true, origin: `http://127.0.0.1:${port}` }),
  );
}

/** So many times half a second in which people come, say something and leave, and some are refused. */
async function talk({ port }: Inspected, times: number): Promise<void> {
  const url = `ws://127.0.0.1:${port}/chat`;
  for (let count = 0; count < times; count += 1) {
    for (let each = 0; each <= count % 4; each += 1) {
      const connection = await connect(url, { subprotocols: ['chat.v1'], compression: true });
      await connection.send('hello, everybody '.repeat(20 * (count % 3)));
      connection.close();
    }
    if (count % 2 === 0) await assert.rejects(connect(url, { origin: 'https://preview.example.com' }));
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
