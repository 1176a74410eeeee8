// Redirects are followed only when asked for, never to less safety, and never with secrets to another origin (hostile input 141).
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import type { TLSSocket } from 'node:tls';
import { connect } from '../../src/client/connect.js';
import { need } from '../support/needs.js';
import { Authority } from '../transport/authority.js';
import { answering, type Listener, listening, opening, reading } from '../transport/listener.js';
import { failing } from './attempt.js';

/** Answers with a redirect to `to(count)`, or opens when that is undefined. */
const redirecting = (
  to: (head: string, count: number) => string | undefined,
  status = 302,
): Promise<Listener> =>
  reading((socket, head, count) => {
    const location = to(head, count);
    if (location === undefined) socket.write(opening(head));
    else socket.end(`HTTP/1.1 ${status} X\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`);
  });

const pathOf = (head: string) => head.split(' ')[1]!;

const SECRETS = [
  ['Authorization', 'Bearer topsecret'],
  ['X-Plain', 'plain'],
  ['Cookie', 'sid=topsecret'],
  ['X-Api-Key', 'topsecret'],
  ['Proxy-Authorization', 'Basic topsecret'],
] as const;

describe('off', () => {
  test('by default', async () => {
    await using host = await redirecting((head) => (pathOf(head) === '/' ? '/next' : undefined));
    const error = await failing(host.url);
    assert.deepEqual([error.code, error.status, error.evidence.seen], ['WS_ROUTE_REDIRECT', 302, '/next']);
    assert.equal(host.heads.length, 1);
  });
});

describe('on', () => {
  for (const status of [301, 302, 303, 307, 308]) {
    test(`${status} is followed, with everything to the same origin`, async () => {
      await using host = await redirecting((head) => (pathOf(head) === '/a/' ? 'b?c=d' : undefined), status);
      const connection = await connect(`${host.url}a/`, {
        redirects: 1,
        headers: SECRETS,
        origin: 'https://page.test',
      });
      connection.terminate();
      assert.equal(connection.handshake!.request.target, '/a/b?c=d');
      for (const [name, value] of [...SECRETS, ['Origin', 'https://page.test']]) {
        assert.ok(host.heads[1]!.includes(`\r\n${name}: ${value}\r\n`), name);
      }
      const keys = host.heads.map((head) => /Key: (\S+)/.exec(head)![1]);
      assert.notEqual(keys[0], keys[1]);
    });
  }

  test('as many as asked for, and a loop ends there', async () => {
    await using host = await redirecting((head) =>
      pathOf(head) === '/3' ? undefined : `/${Number(pathOf(head).slice(1)) + 1}`,
    );
    (await connect(`${host.url}1`, { redirects: 2 })).terminate();
    const short = await failing(`${host.url}1`, { redirects: 1 });
    assert.deepEqual([short.code, short.evidence.wanted], ['WS_ROUTE_REDIRECT', '1 at most']);
    await using loop = await redirecting(() => '/');
    const endless = await failing(loop.url, { redirects: 5 });
    assert.equal(endless.code, 'WS_ROUTE_REDIRECT');
    assert.equal(loop.heads.length, 6);
    await loop.gone();
  });

  test('to another origin without secrets, and they do not come back', async () => {
    await using second = await redirecting((head) =>
      pathOf(head) === '/end' ? undefined : `${first.url}end`,
    );
    await using first = await redirecting((head) => (pathOf(head) === '/end' ? undefined : `${second.url}x`));
    (await connect(first.url, { redirects: 2, headers: SECRETS, subprotocols: ['json'] })).terminate();
    assert.match(first.heads[0]!, /topsecret/);
    for (const head of [second.heads[0]!, first.heads[1]!]) {
      assert.doesNotMatch(head, /topsecret/);
      assert.match(head, /\r\nX-Plain: plain\r\n/);
      assert.match(head, /\r\nSec-WebSocket-Protocol: json\r\n/);
    }
  });

  test('another scheme of the same host is another origin; a fragment is dropped', async () => {
    await using host = await answering('HTTP/1.1 301 X\r\nLocation: https://127.0.0.1:1/y#part\r\n\r\n');
    const error = await failing(host.url, { redirects: 1 });
    assert.deepEqual([error.code, error.url], ['WS_TCP_REFUSED', 'wss://127.0.0.1:1/y']);
  });

  const bad: [string, string, string][] = [
    ['a scheme that is none', 'ftp://example.com/', 'URL_SCHEME'],
    ['a script', 'javascript:alert(1)', 'URL_SCHEME'],
    ['user information', 'ws://user:s3cr3t@127.0.0.1/', 'URL_USERINFO'],
    ['no URL', 'ws://', 'ROUTE_REDIRECT'],
  ];
  for (const [what, location, code] of bad) {
    test(`to ${what} is refused`, async () => {
      await using host = await redirecting(() => location);
      const error = await failing(host.url, { redirects: 5 });
      assert.deepEqual([error.code, error.status], [`WS_${code}`, 302]);
      assert.doesNotMatch(`${error.stack}${JSON.stringify(error)}`, /s3cr3t/);
      assert.equal(host.heads.length, 1);
    });
  }

  test('an answer that looks like a redirect and has no Location is none', async () => {
    await using host = await answering('HTTP/1.1 302 X\r\nContent-Length: 0\r\n\r\n');
    assert.equal((await failing(host.url, { redirects: 5 })).code, 'WS_HTTP_STATUS');
  });
});

describe('with TLS', { skip: need('openssl').skip }, () => {
  const root = need('openssl').skip ? undefined : new Authority('handfast test root');
  after(() => root?.[Symbol.dispose]());

  test('never from wss to ws or http', async () => {
    for (const scheme of ['ws', 'http']) {
      await using plain = await listening(() => {});
      await using host = await reading(
        (socket) =>
          socket.end(
            `HTTP/1.1 301 X\r\nLocation: ${scheme}://127.0.0.1:${plain.port}/\r\nContent-Length: 0\r\n\r\n`,
          ),
        { tls: root!.issue('localhost') },
      );
      const error = await failing(host.url, { redirects: 5, tls: { ca: root!.cert } });
      assert.deepEqual(
        [error.code, error.evidence.wanted],
        ['WS_ROUTE_REDIRECT', 'a redirect that keeps TLS'],
      );
      assert.equal(plain.sockets.length, 0);
    }
  });

  test("a client's certificate and another server name stay with the origin that they were meant for", async () => {
    const shown: string[] = [];
    const tls = { ...root!.issue('localhost'), ca: root!.cert, requestCert: true, rejectUnauthorized: false };
    const note = (socket: TLSSocket) => shown.push(String(socket.getPeerCertificate().subject?.CN ?? 'none'));
    await using second = await reading(
      (socket, head) => {
        note(socket as TLSSocket);
        socket.write(opening(head));
      },
      { tls },
    );
    await using first = await reading(
      (socket) => {
        note(socket as TLSSocket);
        socket.end(`HTTP/1.1 301 X\r\nLocation: ${second.url}\r\nContent-Length: 0\r\n\r\n`);
      },
      { tls },
    );
    const client = root!.issue('somebody');
    const connection = await connect(first.url, {
      redirects: 1,
      tls: { ...client, ca: root!.cert, servername: 'localhost' },
    });
    connection.terminate();
    assert.deepEqual(shown, ['somebody', 'none']);
  });
});
