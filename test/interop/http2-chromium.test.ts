// Chromium over HTTP/2: a page that came by it opens its WebSockets on the same TLS connection. What carried them is
// told by the browser's developer tools (status 200 and not 101) and by our trace.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import type { Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { givePage, openPage, type PagePeer } from './peers/page.js';
import { checkClosed, checkTalk, type Ours, type OursOptions, startOurs } from './scenario.js';

describe('Chromium over HTTP/2', { skip: need('chromium', 'openssl').skip, timeout: 120_000 }, () => {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium({ trust: certificate().cert });
  });
  after(() => browser[Symbol.asyncDispose]());

  interface Setup extends AsyncDisposable {
    readonly ours: Ours;
    readonly peer: PagePeer;
    /** HTTP's version and the port of the client for each plain request. */
    readonly pages: [version: string, port: number | undefined][];
    url(path: string): string;
  }

  /** A page that our server gave, and what it can talk to. */
  async function start(options: OursOptions = {}): Promise<Setup> {
    const pages: Setup['pages'] = [];
    const ours = await startOurs({
      tls: { key: certificate().key, cert: certificate().cert },
      http2: true,
      http: (request, response) => {
        pages.push([request.httpVersion, request.socket.remotePort]);
        givePage(request, response);
      },
      ...options,
    });
    const peer = await openPage(browser.context, `https://localhost:${ours.port}/`).catch(async (error) => {
      await ours[Symbol.asyncDispose]();
      throw error;
    });
    return {
      ours,
      peer,
      pages,
      url: (path) => `wss://localhost:${ours.port}${path}`,
      async [Symbol.asyncDispose]() {
        await peer.page.close();
        await ours[Symbol.asyncDispose]();
      },
    };
  }

  function checkCarrier({ ours, peer }: Setup): void {
    assert.deepEqual(peer.statuses, [200]);
    assert.deepEqual(
      ours.handshakes.map(({ carrier, status, method }) => [carrier, status, method]),
      [['h2', 200, 'CONNECT']],
    );
  }

  test('text, 1 MiB, the subprotocol, its pong, its close', async () => {
    await using setup = await start();
    const report = await setup.peer.run('talk', setup.url('/echo'));
    await checkTalk(report, setup.ours);
    assert.equal(report.extensions, '');
    checkCarrier(setup);
  });

  test('the same compressed', async () => {
    await using setup = await start({ compression: true });
    const report = await setup.peer.run('talk', setup.url('/echo'));
    await checkTalk(report, setup.ours);
    assert.match(report.extensions!, /^permessage-deflate/);
    assert.equal(setup.ours.handshakes[0]!.extensions, report.extensions);
    checkCarrier(setup);
  });

  test('our close code and reason', async () => {
    await using setup = await start();
    await checkClosed(await setup.peer.run('closed', setup.url('/close')), setup.ours);
    checkCarrier(setup);
  });

  // The browser tells a page nothing, and of a 401 over HTTP/2 not even its console.
  for (const [code, status, path, told, options] of [
    ['AUTH_REQUIRED', 401, '/private', /failed: $/, {}],
    ['ORIGIN_REJECTED', 403, '/echo', /code: 403$/, { origins: ['https://elsewhere.example'] }],
  ] as const) {
    test(`refused with ${code}: 1006 for the page, the reason in our trace`, async () => {
      await using setup = await start(options);
      const console = setup.peer.page.waitForEvent('console', (line) => line.text().includes('WebSocket'));
      assert.deepEqual(await setup.peer.run('closed', setup.url(path)), { close: [1006, ''] });
      assert.match((await console).text(), told);
      assert.deepEqual(
        setup.ours.handshakes.map(({ carrier, status, rejection }) => [
          carrier,
          status,
          rejection?.reason.code,
        ]),
        [['h2', status, code]],
      );
    });
  }

  test('the page and its WebSockets share one TLS connection', async () => {
    await using setup = await start();
    const { ours, peer, pages } = setup;
    assert.deepEqual(await peer.several(setup.url('/echo'), 10), Array.from('0123456789'));
    assert.deepEqual(peer.statuses, Array(10).fill(200));
    assert.equal(new Set(ours.requests.map(({ socket }) => socket)).size, 1);
    const { remotePort } = ours.requests[0]!.socket as Socket;
    assert.deepEqual(pages[0], ['2.0', remotePort]);
  });

  test('a page that goes away resets its stream; that of another page on the connection goes on', async () => {
    await using setup = await start();
    const { ours, peer } = setup;
    const leaving = await openPage(browser.context, peer.page.url());
    await leaving.keep(setup.url('/echo'));
    await peer.keep(setup.url('/echo'));
    await leaving.page.close();
    const { code, cause, evidence } = await ours.records[0]!;
    assert.deepEqual([code, cause, evidence.seen], [1006, 'H2_STREAM_RESET', 'RST_STREAM CANCEL (8)']);
    assert.equal(ours.server.connections.size, 1);
    await checkTalk(await peer.run('talk', setup.url('/echo')), ours);
    assert.equal(new Set(ours.requests.map(({ socket }) => socket)).size, 1);
  });

  test('on the same port, a page without a connection to it gets its 101 over HTTP/1.1', async () => {
    const elsewhere = createHttpServer((_, response) => response.end('<p>elsewhere')).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    await using setup = await start({ origins: 'any-insecure' });
    const guest = await openPage(browser.context, `http://127.0.0.1:${portOf(elsewhere)}/`);
    await checkTalk(await guest.run('talk', setup.url('/echo')), setup.ours);
    await checkTalk(await setup.peer.run('talk', setup.url('/echo')), setup.ours);
    assert.deepEqual([guest.statuses, setup.peer.statuses], [[101], [200]]);
    assert.deepEqual(
      setup.ours.handshakes.map(({ carrier }) => carrier),
      ['h1', 'h2'],
    );
    await guest.page.close();
    elsewhere.closeAllConnections();
    elsewhere.close();
  });
});
