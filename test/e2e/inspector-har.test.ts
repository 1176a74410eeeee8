// What the page saves is an archive as browsers read them, with the heads that no browser's archive has, and explain reads it back.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { explainHar } from '../../src/explain/har.js';
import { Material } from '../../src/explain/material.js';
import { connect } from '../../src/index.js';
import { launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { probe } from '../support/raw.js';
import { harFaults } from './har-format.js';
import { inspected, openInspector, openRow, openSide, rowWith, spoilingNginx } from './inspected.js';

interface Entry {
  readonly request: { readonly url: string; readonly headers: readonly Header[] };
  readonly response: { readonly status: number; readonly headers: readonly Header[] };
  readonly _webSocketMessages?: ReadonlyArray<{ readonly type: string; readonly data: string }>;
}
interface Header {
  readonly name: string;
  readonly value: string;
}

test('an archive that is none has its faults told', () => {
  const log = { version: '1.2', creator: { name: 'x', version: '1' }, pages: [], entries: [{ time: -1 }] };
  assert.deepEqual(harFaults({ log: { ...log, entries: [] } }), []);
  assert.match(harFaults({ log }).join('\n'), /entries\/0 must have required property 'request'/);
});

describe('the HAR of the inspector', { skip: need('chromium', 'nginx', 'openssl').skip }, () => {
  test('holds the heads of what was refused, and explain finds the same causes in it', async () => {
    await using own = await inspected();
    await using nginx = await spoilingNginx(own.port);
    await using browser = await launchChromium({ width: 1280, height: 900 });
    const page = await openInspector(browser.context, own.url);
    const url = `ws://127.0.0.1:${own.port}/chat`;
    await assert.rejects(connect(url, { origin: 'https://staging.example' }));
    await assert.rejects(connect(`ws://127.0.0.1:${nginx.ports[0]}/chat`));
    await probe(own.port, '\x16\x03\x01\x02\x00');
    const chat = await connect(`${url}?token=kept-from-everybody`, { subprotocols: ['chat.v1'] });
    const detail = await openRow(page, rowWith(page, 'chat.v1'));
    await openSide(detail, 'Frames');
    await detail.getByText('No frame yet.').waitFor();
    await chat.send('what was said');
    await detail.getByRole('row').filter({ hasText: 'what was said' }).nth(1).waitFor();

    const coming = page.waitForEvent('download');
    await page.getByTitle('Save the handshakes of this list as a HAR file').click();
    const octets = readFileSync(await (await coming).path());
    chat.close();
    const har = JSON.parse(octets.toString()) as { readonly log: { readonly entries: readonly Entry[] } };
    assert.deepEqual(harFaults(har), []);
    const { entries } = har.log;
    assert.equal(octets.includes('kept-from-everybody'), false);

    const refused = entries.find(({ response }) => response.status === 403)!;
    assert.deepEqual(headerOf(refused.request, 'origin'), 'https://staging.example');
    assert.equal(headerOf(refused.response, 'content-type'), 'application/problem+json');
    const stripped = entries.find(({ request }) => headerOf(request, 'connection') === 'close')!;
    assert.equal(stripped.response.status, 426);
    assert.equal(headerOf(stripped.response, 'upgrade'), 'websocket');
    const said = entries.find(({ _webSocketMessages }) => _webSocketMessages !== undefined)!;
    assert.deepEqual(
      said._webSocketMessages?.map(({ type, data }) => [type, data]),
      [
        ['send', 'what was said'],
        ['receive', 'what was said'],
      ],
    );

    const explained = explainHar(new Material(octets)) ?? [];
    assert.equal(explained.length, entries.length);
    const codes = explained.flatMap(({ code }) => code ?? []);
    assert.ok(codes.includes('ORIGIN_REJECTED'), String(codes));
    assert.ok(codes.includes('PROXY_UPGRADE_STRIPPED'), String(codes));
    assert.equal(explained.filter(({ isGood }) => isGood).length, 2, 'the chat, and the page itself');
  });
});

function headerOf({ headers }: { readonly headers: readonly Header[] }, name: string): string | undefined {
  return headers.find((header) => header.name.toLowerCase() === name)?.value;
}
