// What peers send is shown as text, whatever it looks like: markup, escape sequences of a terminal, characters that turn the direction.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../src/index.js';
import { launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { inspected, openInspector, openRow, openSide, rowWith } from './inspected.js';

const MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script><b>bold</b>';
const ANSI = '\x1b[31mred\x1b[0m \x1b]0;title\x07';
const BIDI = 'user\u202Efdp.exe\u2066 \u200Bend';

describe('text of peers', { skip: need('chromium', 'openssl').skip }, () => {
  test('payload, target, origin, agent and close reason are text', async () => {
    await using own = await inspected();
    await using browser = await launchChromium({ width: 1280, height: 900 });
    const page = await openInspector(browser.context, own.url);
    const chat = await connect(`ws://127.0.0.1:${own.port}/chat?name=%3Cimg%20src=x%3E`, {
      subprotocols: ['chat.v1'],
      headers: [['User-Agent', '<script>document.title=3</script>']],
    });
    const detail = await openRow(page, rowWith(page, 'chat.v1'));
    await detail.getByText('<script>document.title=3</script>').first().waitFor();
    await openSide(detail, 'Frames');
    await detail.getByText('No frame yet.').waitFor();
    for (const text of [MARKUP, ANSI, BIDI]) await chat.send(text);
    const lines = detail.getByRole('row');
    await lines.nth(6).waitFor();

    assert.equal(await lines.filter({ hasText: MARKUP }).count(), 2);
    const ansi = lines.filter({ hasText: 'red' }).first();
    assert.match((await ansi.textContent()) ?? '', /ESC\[31mredESC\[0m ESC\]0;titleBEL/);
    const bidi = lines.filter({ hasText: 'user' }).first();
    assert.match((await bidi.textContent()) ?? '', /userRLOfdp\.exeLRI ZWSPend/);
    await lines.filter({ hasText: MARKUP }).first().getByRole('button').click();
    const preview = detail.getByRole('region', { name: /^Frame \d+$/ });
    await preview.getByText(MARKUP).waitFor();
    await preview.getByRole('button', { name: 'Hex' }).click();
    await preview.getByText('3c 69 6d 67').first().waitFor();

    chat.close(4001, '<img src=x onerror=1>\u202E');
    await chat.closed;
    await openSide(detail, 'End');
    await detail.getByText('<img src=x onerror=1>').first().waitFor();
    assert.equal(await page.locator('img, main script, main b:text("bold")').count(), 0);
    assert.equal(await page.evaluate('/[\\u202E\\u2066\\x1b]/.test(document.body.textContent)'), false);
    assert.match(await page.title(), /^#\d+ · chat · inspector$/);
  });
});
