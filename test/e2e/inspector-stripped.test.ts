// The inspector where it is needed most: behind an nginx that passes on no Upgrade, so that the page's own WebSocket fails too. It is
// live all the same, and leads to its own handshake, as the server saw it, with the lines for nginx.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect } from '../../src/index.js';
import { launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { picture } from './harness.js';
import { card, inspected, openRow, openSide, rowWith, spoilingNginx } from './inspected.js';

test('behind an nginx that drops Upgrade', { skip: need('chromium', 'nginx').skip }, async () => {
  await using own = await inspected();
  await using nginx = await spoilingNginx(own.port);
  await using browser = await launchChromium({ width: 1440, height: 900 });
  const page = await browser.context.newPage();
  await page.goto(`http://127.0.0.1:${nginx.ports[0]}${own.inspector.path}`);
  await page
    .getByRole('status')
    .filter({ hasText: /^live without WebSocket$/ })
    .waitFor();

  await assert.rejects(connect(`ws://127.0.0.1:${own.port}/chat`, { origin: 'https://staging.example' }));
  const refused = await openRow(page, rowWith(page, 'ORIGIN_REJECTED'));
  await refused.getByText('Origin: https://staging.example').first().waitFor();

  const connection = await connect(`ws://127.0.0.1:${own.port}/chat?seen`);
  const chat = await openRow(page, rowWith(page, '/chat?seen'));
  await openSide(chat, 'Frames');
  await connection.send('through a stream');
  await chat.getByRole('row').filter({ hasText: 'through a stream' }).nth(1).waitFor();
  await connection.close(4001);
  await rowWith(page, /4001.*\/chat\?seen/).waitFor();

  await page.getByRole('banner').getByRole('link', { name: 'PROXY_UPGRADE_STRIPPED' }).click();
  const lost = page.getByRole('article', { name: /^Handshake \d+$/ }).filter({ hasText: '/.handfast/' });
  await card(lost, 'The way it came').getByText('nginx').first().waitFor();
  await lost.getByText('proxy_set_header Upgrade $http_upgrade;').first().waitFor();
  await rowWith(page, /PROXY_UPGRADE_STRIPPED.*inspector/).waitFor();
  assert.equal(
    await page.getByRole('region', { name: 'Failures by reason' }).getByText('STRIPPED').count(),
    0,
  );
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const width of [360, 900, 1440]) {
      await page.setViewportSize({ width, height: 800 });
      await picture(page, `inspector-by-stream-${colorScheme}-${width}`);
    }
  }
});
