// What real programs write: an archive of what Chromium tells DevTools, and a capture of tcpdump on loopback.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { connect, createServer, refuse } from '../../src/index.js';
import { Child } from '../support/child.js';
import { launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { recordSockets } from './devtools.js';

function serve() {
  return createServer({
    port: 0,
    origins: 'any-insecure',
    compression: true,
    routes: {
      '/good': { onmessage: (connection, message) => void connection.send(message) },
      '/refused': { authorize: () => refuse('AUTH_FORBIDDEN') },
    },
  }).ready;
}

test('an archive of Chromium: one that opened, one that was refused', {
  skip: need('chromium').skip,
}, async () => {
  const server = await serve();
  await using browser = await launchChromium();
  const page = await browser.context.newPage();
  const archive = await recordSockets(await browser.context.newCDPSession(page));
  const url = server.url.replace(/\/$/, '');
  await page.evaluate(async (base) => {
    const good = new WebSocket(`${base}/good`);
    good.onopen = () => good.send('hello');
    await new Promise((resolve) => {
      good.onmessage = resolve;
    });
    const refused = new WebSocket(`${base}/refused?token=s3cr3t`);
    await new Promise((resolve) => {
      refused.onclose = resolve;
    });
  }, url);
  const text = JSON.stringify(archive());
  const [good, refused, ...more] = explain(new Material(Buffer.from(text)))!;
  assert.deepEqual(more, []);
  assert.equal(good!.isGood, true, good!.saw);
  assert.equal(good!.listings.at(-1)!.about, '1 sent, 1 received');
  assert.match(good!.listings.at(-1)!.lines[0]!.note, /text, 5 octets: "hello"/);
  assert.equal(refused!.code, 'ORIGIN_REJECTED');
  assert.match(refused!.couldNotKnow, /no response head/);
  assert.match(
    refused!.decide,
    /^handfast doctor --profile chrome --origin null 'ws:\/\/127\.0\.0\.1:\d+\/refused\?token=‹redacted/,
  );
  await server.close();
});

const tcpdump = need('tcpdump');
const mayCapture = process.getuid?.() === 0;

test('a capture of tcpdump on loopback', {
  skip: tcpdump.skip || (!mayCapture && 'only root may capture packets'),
}, async () => {
  const server = await serve();
  const folder = mkdtempSync(join(tmpdir(), 'handfast-capture-'));
  const file = join(folder, 'lo.pcap');
  const { port } = new URL(server.url);
  await using child = new Child(tcpdump.path, ['-i', 'lo', '-s', '0', '-U', '-w', file, 'tcp', 'port', port]);
  assert.ok(await comes(() => child.stderr.some((line) => line.includes('listening on'))));
  const connection = await connect(`${server.url}good`, { compression: true });
  const answered = new Promise((resolve) => {
    connection.onmessage = resolve;
  });
  await connection.send('a '.repeat(2000));
  await answered;
  await connection.close(1000);
  await connection.closed;
  await server.close();
  assert.ok(await comes(() => explainedFile(file)?.[0]?.who.includes('FIN') === true));
  await child.stop();
  const [found, ...more] = explainedFile(file)!;
  rmSync(folder, { recursive: true });
  assert.deepEqual(more, []);
  assert.equal(found!.title, 'A good handshake and an orderly end');
  assert.match(
    found!.who,
    new RegExp(`The server \\(127\\.0\\.0\\.1:${port}\\) ended TCP first, by FIN behind the close frames`),
  );
  const frames = found!.listings.at(-1)!.lines;
  assert.deepEqual(
    frames.map(({ label }) => label.split(' ').at(-1)),
    ['client', 'server', 'client', 'server'],
  );
  assert.match(frames[0]!.note, /RSV1, masked.*expanded "a a a/);
});

function explainedFile(file: string) {
  return explain(new Material(readFileSync(file)));
}

/** Whether it comes true within some seconds: tcpdump begins, and writes what it sees, a little later. */
async function comes(condition: () => boolean): Promise<boolean> {
  for (let tries = 0; tries < 400; tries += 1) {
    if (condition()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}
