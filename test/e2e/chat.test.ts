// The chat as people use it: pages in Chromium and a Python client in one room, refusals with their reason, reconnection,
// a phone's width, the keyboard alone, both colour schemes.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { WebSocket } from '../cli/ws.js';
import { Child, freePort } from '../support/child.js';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need, root } from '../support/needs.js';
import { heard, join, open, pageUrl, people, say, textOf, untilPeople } from './chat-page.js';
import { picture, type Served, serve } from './harness.js';

const python = '/usr/bin/python3';
const client = fileURLToPath(new URL('test/e2e/chat_client.py', root));

async function withChat(
  work: (served: Served, browser: Browser) => Promise<void>,
  size = {},
  ...options: string[]
): Promise<void> {
  await using served = await serve('--chat', ...options);
  await using browser = await launchChromium(size);
  await work(served, browser);
}

describe('the chat', { skip: need('chromium', 'python-websockets').skip }, () => {
  test('two pages and a Python client share a room, on json and on msgpack', () =>
    withChat(
      async (served, { context }) => {
        const ada = await open(context, pageUrl(served));
        await join(ada, 'Ada');
        const grace = await open(context, pageUrl(served));
        await grace.getByLabel('msgpack only').check();
        await grace.locator('#status-text', { hasText: 'Connected · msgpack' }).waitFor();
        await join(grace, 'Grace');
        await using guido = new Child(python, [client, `${served.url}room/42`, 'Guido']);
        await guido.line(/"joined"/);
        await untilPeople(ada, 3);
        await say(ada, 'Hello from a page');
        await guido.line(/"said".*Hello from a page/);
        await heard(grace, 'Hello from a page');
        await say(grace, 'Hello in MessagePack — žluťoučký 👋');
        assert.match(JSON.parse(await guido.line(/"said"/)).text, /žluťoučký 👋$/);
        await heard(ada, 'Hello in MessagePack');
        guido.write('Hello from Python');
        await Promise.all([heard(ada, 'Hello from Python'), heard(grace, 'Hello from Python')]);
        assert.deepEqual(await people(ada), ['Ada', 'Grace', 'Guido']);
        assert.deepEqual(await ada.locator('#people .encoding').allTextContents(), [
          'json',
          'msgpack',
          'json',
        ]);
        await picture(ada, 'chat-wide');
        await guido.stop();
        assert.deepEqual(await untilPeople(ada, 2), ['Ada', 'Grace']);
        await ada.locator('.news', { hasText: 'Guido left' }).waitFor();
        assert.deepEqual([ada.errors, grace.errors], [[], []]);
      },
      { width: 1360, height: 820 },
    ));

  test('what a guest writes is text, whatever it looks like', () =>
    withChat(async (served, { context }) => {
      const page = await open(context, pageUrl(served));
      await join(page, '<b>Bobby</b>');
      await say(page, '<img src=x onerror="document.title=1"> & <script>1</script>');
      await heard(page, '<img src=x onerror="document.title=1"> & <script>1</script>');
      assert.equal(await page.locator('#log img, #log script, #log b, #people b').count(), 0);
      assert.equal(await page.title(), 'Room 42 · handfast chat');
    }));

  test('the handshake stands beside the chat, line by line, without its secrets', () =>
    withChat(async (served, { context }) => {
      await context.addCookies([{ name: 'session', value: 'topsecret', url: pageUrl(served) }]);
      const page = await open(context, pageUrl(served));
      const asked = await textOf(page, '#request');
      const answered = await textOf(page, '#response');
      assert.match(asked, /GET \/room\/42\?attempt=/);
      assert.match(asked, /Sec-WebSocket-Key: [\w+/]{22}==/);
      assert.match(asked, /session=‹redacted [0-9a-f]{4}›/);
      assert.doesNotMatch(asked, /topsecret/);
      assert.match(answered, /101 Switching Protocols/);
      assert.match(answered, /Sec-WebSocket-Protocol: json/);
      assert.equal(await page.locator('#request dt.bad, #response dt.bad').count(), 0);
      assert.ok((await page.locator('#request dt.good').count()) >= 8);
      assert.match(await textOf(page, '#decisions'), /same origin[\s\S]*chose json/);
      assert.match(await textOf(page, '#decisions'), /Offered permessage-deflate; the server declined/);
      assert.doesNotMatch(answered, /Sec-WebSocket-Extensions/);
    }));

  test('with --compress the page shows what was agreed on, and the chat goes on as before', () =>
    withChat(
      async (served, { context }) => {
        const page = await open(context, pageUrl(served));
        assert.match(
          await textOf(page, '#response'),
          /Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover/,
        );
        assert.equal(await page.locator('#response dt.bad').count(), 0);
        assert.match(await textOf(page, '#decisions'), /Offered permessage-deflate; the server accepted/);
        await join(page, 'Ada');
        await say(page, 'squeezed, '.repeat(100));
        await heard(page, 'squeezed');
        assert.deepEqual(page.errors, []);
      },
      {},
      '--compress',
    ));

  test('a refusal shows its reason, which the browser hides', () =>
    withChat(async (served, { context }) => {
      const page = await open(context, pageUrl(served, 'no such room!'), 'refused');
      const notice = page.getByRole('alert');
      assert.match(
        await textOf(page, '#notice'),
        /404 ROUTE_NOT_FOUND[\s\S]*A room has 1 to 32[\s\S]*RFC 9110 §15\.5\.5/,
      );
      assert.equal(
        await textOf(page, '#again-text'),
        'Trying again would change nothing until this is fixed.',
      );
      await picture(page, 'chat-refused');
      await page.getByLabel('Room', { exact: true }).fill('tea');
      await page.getByRole('button', { name: 'Go' }).click();
      await page.locator('#status[data-state=open]').waitFor();
      assert.equal(await notice.isVisible(), false);
      await page.getByLabel('xml').check();
      await page.locator('#notice-code', { hasText: '400 PROTO_' }).waitFor();
      assert.equal(await textOf(page, '#no-heads'), 'The last handshake was refused.');
    }));

  test('a page whose origin is not listed is told so', () =>
    withChat(
      async (served, { context }) => {
        const page = await open(context, pageUrl(served), 'refused');
        assert.equal(await textOf(page, '#notice-code'), '403 ORIGIN_REJECTED');
        assert.match(await textOf(page, '#notice-seen'), /^Origin: http:\/\/127\.0\.0\.1:\d+; wanted/);
      },
      {},
      '--origin',
      'https://app.example',
    ));

  test('a full room is refused with a time to come back', () =>
    withChat(
      async (served, { context }) => {
        const sockets = Array.from({ length: 50 }, () => new WebSocket(`${served.url}room/full`, ['json']));
        await Promise.all(sockets.map((socket) => new Promise((resolve) => socket.once('open', resolve))));
        const page = await open(context, pageUrl(served, 'full'), 'refused');
        assert.match(await textOf(page, '#notice-code'), /^503 LIMIT_CONNECTIONS$/);
        assert.match(await textOf(page, '#again-text'), /^Next attempt in [5-7] s$/);
        for (const socket of sockets) socket.terminate();
        await page.getByRole('button', { name: 'Reconnect now' }).click();
        await page.locator('#status[data-state=open]').waitFor();
      },
      {},
      '--no-limits',
    ));

  test('a restart is honoured: 1012, a wait of 5 to 30 seconds in sight, then the same name again', async () => {
    const port = String(await freePort());
    await using browser = await launchChromium();
    let served = await serve('--chat', '--port', port);
    try {
      const page = await open(browser.context, pageUrl(served));
      await join(page, 'Ada');
      await page.getByLabel(/^Message to room/).fill('half a thought');
      served.child.process.kill('SIGTERM');
      await page.locator('#status-text', { hasText: 'Closed · 1012' }).waitFor();
      await page.locator('.news', { hasText: '1012, restart' }).waitFor();
      const seconds = Number(/(\d+) s/.exec(await textOf(page, '#again-text'))![1]);
      assert.ok(seconds >= 4 && seconds <= 30, String(seconds));
      await picture(page, 'chat-restart');
      assert.equal(await served.child.exited, 0);
      served = await serve('--chat', '--port', port);
      await page.getByRole('button', { name: 'Reconnect now' }).click();
      assert.deepEqual(await untilPeople(page, 1), ['Ada']);
      assert.equal(await page.getByLabel(/^Message to room/).inputValue(), 'half a thought');
    } finally {
      await served.child.stop();
    }
  });

  test('a server that dies is tried again until it is back', async () => {
    const port = String(await freePort());
    await using browser = await launchChromium();
    let served = await serve('--chat', '--port', port);
    try {
      const page = await open(browser.context, pageUrl(served));
      await join(page, 'Ada');
      await served.child.stop('SIGKILL');
      await page.locator('.news', { hasText: 'cut without a word. (1006)' }).waitFor();
      await page.locator('#notice-title', { hasText: 'The server does not answer' }).waitFor();
      served = await serve('--chat', '--port', port);
      await page.locator('#status[data-state=open]').waitFor({ timeout: 30_000 });
      assert.deepEqual(await untilPeople(page, 1), ['Ada']);
    } finally {
      await served.child.stop();
    }
  });

  test('a guest who breaks the rules is told, and then closed with 1008', async () => {
    await using served = await serve('--chat');
    const socket = new WebSocket(`${served.url}room/42`, ['json']);
    const problems: string[] = [];
    socket.on('message', (data: Buffer) => {
      const message = JSON.parse(String(data));
      if (message.type === 'problem') problems.push(message.code);
    });
    await new Promise((resolve) => socket.once('open', resolve));
    for (const bad of ['not json', '{"type":"say","text":"x"}', '[]', '{"type":"join"}', '{}', '7', '8'])
      socket.send(bad);
    const [code] = await new Promise<[number]>((resolve) =>
      socket.once('close', (...args) => resolve(args as [number])),
    );
    assert.equal(code, 1008);
    assert.deepEqual(problems.slice(0, 4), ['NOT_A_MESSAGE', 'NOT_JOINED', 'NOT_A_MESSAGE', 'NAME_INVALID']);
  });

  for (const width of [320, 360, 768]) {
    test(`at ${width} px nothing is cut off and all can be reached`, () =>
      withChat(
        async (served, { context }) => {
          const page = await open(context, pageUrl(served));
          await join(page, 'A name as long as it may be here');
          await say(page, `averyveryverylongword${'x'.repeat(200)} https://example.com/${'y'.repeat(100)}`);
          await page.locator('#log .text').waitFor();
          const overflow = () => page.evaluate('document.documentElement.scrollWidth - innerWidth');
          assert.equal(await overflow(), 0);
          await picture(page, `chat-${width}`);
          await page.getByRole('button', { name: 'Handshake' }).click();
          assert.ok(await page.getByRole('heading', { name: 'Your handshake' }).isVisible());
          assert.equal(await overflow(), 0);
          await picture(page, `chat-${width}-handshake`);
          await page.getByRole('button', { name: 'Chat' }).click();
          assert.ok(await page.getByRole('button', { name: 'Send' }).isVisible());
        },
        { width, height: 640 },
      ));
  }

  test('the keyboard alone: join, say, read, change the offer, always seeing where one is', () =>
    withChat(async (served, { context }) => {
      const page = await open(context, pageUrl(served));
      const keys = page.keyboard;
      const focused = () =>
        page.evaluate(`(() => {
          const element = document.activeElement;
          const style = getComputedStyle(element);
          return { name: element.id || element.value || element.textContent.trim(), outline: style.outlineStyle + ' ' + style.outlineWidth };
        })()`) as Promise<{ name: string; outline: string }>;
      const visited: string[] = [];
      const tabTo = async (name: string) => {
        for (let count = 0; count < 25; count++) {
          await keys.press('Tab');
          const at = await focused();
          visited.push(at.name);
          assert.equal(at.outline, 'solid 2px', at.name);
          if (at.name === name) return;
        }
        assert.fail(`${name} not reached: ${visited.join(', ')}`);
      };
      await tabTo('name');
      assert.ok(visited[0]!.startsWith('Skip'));
      await keys.type('Ada');
      await keys.press('Enter');
      await page.locator('#say-form').waitFor();
      assert.equal((await focused()).name, 'composer-text');
      await keys.type('one');
      await keys.press('Shift+Enter');
      await keys.type('two');
      await keys.press('Enter');
      await heard(page, 'one\ntwo');
      await tabTo('json, msgpack');
      await keys.press('ArrowDown');
      await page.locator('#status-text', { hasText: 'Connected · msgpack' }).waitFor();
    }));

  for (const colorScheme of ['light', 'dark'] as const) {
    test(`every text has the contrast of WCAG AA, ${colorScheme}`, () =>
      withChat(
        async (served, { context }) => {
          const page = await open(context, pageUrl(served));
          await page.emulateMedia({ colorScheme });
          await join(page, 'Ada');
          await say(page, 'one');
          await page.locator('#log .text').waitFor();
          assert.deepEqual(await page.evaluate(faintTexts), []);
          await picture(page, `chat-${colorScheme}`);
          await page.getByLabel('xml').check();
          await page.locator('#notice').waitFor();
          assert.deepEqual(await page.evaluate(faintTexts), []);
        },
        { width: 1360, height: 820 },
      ));
  }
});

/** Runs in the page: visible texts whose contrast with the nearest ground is below 4.5 to 1 (WCAG 2.2 §1.4.3). */
const faintTexts = `(() => {
  const parse = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const color = parse(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) return color;
    }
    return [255, 255, 255];
  };
  const faint = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || !element.checkVisibility()) continue;
    const [a, b] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) faint.push(text.slice(0, 40) + ' ' + ratio.toFixed(2));
  }
  return faint;
})()`;
