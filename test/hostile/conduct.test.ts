// Knows: what a server does around an opening handshake: with a refused peer that talks on, with requests before an upgrade, with what
// comes too early, with hooks that answer nonsense. Rows 4, 34 to 36, 39 and 40.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { parseExtensions } from '../../src/handshake/fields.js';
import { type HandshakeRequest, refuse } from '../../src/index.js';
import { Arena, assertLogged, CARRIERS } from './arena.js';
import { frame, Op, readAnswer, readFrames, upgrade, upgradeTo } from './bytes.js';
import { REFUSED } from './opening-rows.js';

/** Milliseconds until the server's ends of all other connections are gone; those of the peers stay. */
async function goneAfter(arena: { sockets: number }, before: number, peers = 1): Promise<number> {
  const started = performance.now();
  while (arena.sockets > before + peers && performance.now() - started < 3000) await pause(2);
  return performance.now() - started;
}

for (const carrier of CARRIERS) {
  describe(`conduct over ${carrier}`, { concurrency: false }, () => {
    test('4: a foreign Host → 421 before any code of the application', async () => {
      let asked = 0;
      const authorize = () => void asked++;
      await using arena = await Arena.open(carrier, { hosts: ['example.com', '[::1]:8080'], authorize });
      asked = 0;
      for (const host of [
        'evil.example',
        'example.com.evil.example',
        'example.com.',
        'xexample.com',
        '127.0.0.1',
        '[::1]',
      ]) {
        const log = arena.fresh();
        using connection = await arena.connect();
        const { received, end } = await connection.send(upgrade({ Host: host })).ending();
        assert.deepEqual([readAnswer(received).status, end], [421, 'fin']);
        assertLogged(log, 'ROUTE_MISDIRECTED');
      }
      assert.equal(asked, 0);
      for (const host of ['EXAMPLE.com', '[::1]:8080'])
        (await arena.opened(upgrade({ Host: host }))).socket.destroy();
      await arena.settled();
    });

    test('34: refused, they keep their halves open and talk on → one answer each, gone within 1 s', async () => {
      let served = 0;
      await using arena = await Arena.open(carrier, {
        http: () => void served++,
        onconnection: () => void served++,
      });
      served = 0;
      const before = arena.sockets;
      const talk = [
        frame(Op.text, 'x'.repeat(1000)),
        Buffer.from('GET /admin HTTP/1.1\r\nHost: internal\r\n\r\n'),
        Buffer.from(upgrade()),
        Buffer.alloc(0),
      ];
      const peers = await Promise.all(talk.map(() => arena.connect({ allowHalfOpen: true })));
      for (const peer of peers) peer.send(upgrade({ 'Sec-WebSocket-Version': '8' }));
      const talking = setInterval(() => {
        for (const [at, peer] of peers.entries()) if (peer.socket.writable) peer.send(talk[at]!);
      }, 5);
      const tookMs = await goneAfter(arena, before, peers.length);
      clearInterval(talking);
      assert.ok(tookMs < 1000, `gone after ${tookMs} ms`);
      for (const { received, socket } of peers) {
        const answer = readAnswer(received);
        assert.deepEqual([answer.status, answer.rest.length], [426, 0], 'one answer');
        socket.destroy();
      }
      assert.equal(served, 0, 'what came behind a refused handshake was served');
      await arena.settled();
    });

    test('34: refused while it sends and never reads → gone within 1 s', async () => {
      await using arena = await Arena.open(carrier);
      const before = arena.sockets;
      using connection = await arena.connect();
      connection.socket.pause();
      connection.send(upgrade({ Origin: 'null' })).send(Buffer.alloc(4_000_000));
      await pause(50);
      const tookMs = await goneAfter(arena, before);
      assert.ok(tookMs < 1000, `gone after ${tookMs} ms`);
      connection.socket.destroy();
      await arena.settled();
    });

    test('35: requests pipelined before the upgrade are answered first, in order', async () => {
      const asked: string[] = [];
      await using arena = await Arena.open(carrier, {
        http: (request, response) => {
          asked.push(request.url!);
          // The first takes longest: order must come from the server, not from luck.
          setTimeout(() => response.end(`answer to ${request.url};`), asked.length === 1 ? 60 : 0);
        },
      });
      using connection = await arena.connect();
      const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: example.com\r\n\r\n`;
      connection.send(get('/a') + get('/b') + upgrade()).send(frame(Op.text, 'first frame'));
      await connection.until('first frame', 3000);
      const text = connection.received.toString('latin1');
      const places = ['answer to /a;', 'answer to /b;', 'HTTP/1.1 101 ', 'first frame'].map((mark) =>
        text.indexOf(mark),
      );
      assert.ok(
        places.every((place, at) => place >= 0 && place > (places[at - 1] ?? -1)),
        `${places} in ${text}`,
      );
      assert.equal(text.split('HTTP/1.1 ').length, 4, 'three answers');
      connection.socket.destroy();
      await arena.settled();
    });

    test('36: 1 MiB before the answer: reading stops at 64 KiB, then all of it are frames', async () => {
      let decide!: () => void;
      let request!: HandshakeRequest;
      await using arena = await Arena.open(carrier, {
        // The echo of a megabyte may wait for the client, which shares this process.
        limits: { maxBufferedBytes: 4_000_000 },
        authorize: (asked: HandshakeRequest) => {
          request = asked;
          if (asked.path !== '/slow') return;
          return new Promise<void>((resolve) => {
            decide = resolve;
          });
        },
      });
      using connection = await arena.connect();
      const message = frame(Op.binary, Buffer.alloc(65_536, 1));
      connection.send(upgradeTo('/slow'));
      for (let count = 0; count < 16; count += 1) connection.send(message);
      await pause(300);
      const { bytesRead = 16 * 65_546 - connection.socket.writableLength } = request.socket as Socket;
      // Up to 64 KiB less one octet, one read of 64 KiB that passes the bound, and one more that was under way; and what TLS adds.
      assert.ok(bytesRead < 3 * 65_536 + 8192, `${bytesRead} octets were read`);
      assert.equal(connection.received.length, 0, 'nothing is answered before the decision');
      decide();
      await connection.until(16 * 65_546 + 129, 5000);
      const frames = readFrames(readAnswer(connection.received).rest);
      assert.deepEqual(
        frames.map(({ payload }) => payload.length),
        Array(16).fill(65_536),
      );
      connection.socket.destroy();
      await arena.settled();
    });

    const nonsense: Record<string, object> = {
      'a subprotocol that was not offered': { subprotocols: () => 'other' },
      'a subprotocol with CR LF': { subprotocols: () => 'a\r\nSet-Cookie: x=1' },
      'a subprotocol with NUL': { subprotocols: () => 'a\0' },
      'a function for subprotocols that throws': { subprotocols: thrower },
      'a header value with CR LF': {
        authorize: () => refuse('AUTH_REQUIRED', { headers: { 'X-A': 'a\r\nSet-Cookie: x=1' } }),
      },
      'a header value with NUL': { authorize: () => refuse('AUTH_REQUIRED', { headers: { 'X-A': 'a\0' } }) },
      'a header name with a colon': {
        authorize: () => refuse('AUTH_REQUIRED', { headers: { 'X-A: b\r\nX-B': 'a' } }),
      },
      'a status of success': { authorize: () => refuse('AUTH_REQUIRED', { status: 200 }) },
      'a code that nobody knows': { authorize: () => refuse('NO_SUCH_CODE' as 'AUTH_REQUIRED') },
      'authorize throws': { authorize: thrower },
      'authorize throws undefined': {
        authorize: () => {
          throw undefined;
        },
      },
      'authorize rejects': { authorize: async () => thrower() },
      'authorize rejects later': { authorize: () => pause(10).then(thrower) },
      'origins throws': { origins: thrower, subprotocols: [] },
    };
    for (const [name, options] of Object.entries(nonsense)) {
      test(`39: ${name} → 500, told to the application, nothing injected`, async () => {
        await using arena = await Arena.open(carrier, { routes: { '/ws': {}, '/odd': options } });
        const log = arena.fresh();
        using connection = await arena.connect();
        const head = upgradeTo('/odd', { 'Sec-WebSocket-Protocol': 'chat', Origin: 'http://page.example' });
        const same = name === 'origins throws' ? head : head.replace(/Origin: .*\r\n/, '');
        const { received, end } = await connection.send(same).ending();
        const answer = readAnswer(received);
        assert.deepEqual([answer.status, end, answer.rest.length], [500, 'fin', 0]);
        assert.ok(!answer.fields.has('set-cookie') && !answer.fields.has('x-b'));
        assert.doesNotMatch(answer.body, /of the application|Set-Cookie/, 'nothing of what was thrown');
        assertLogged(log, 'ROUTE_SERVER_ERROR');
        assert.deepEqual(
          log.faults.map(({ what }) => what),
          ['a handshake hook threw'],
        );
        await arena.settled();
      });
    }
  });
}

function thrower(): never {
  throw new Error('a secret of the application');
}

test('40: no header of extensions takes longer than a millisecond, whatever is in it', () => {
  const values = REFUSED.filter(({ code }) => code === 'REQ_EXT_SYNTAX').map(
    ({ bytes }) => /Extensions: (.*)\r\n/.exec(bytes)![1]!,
  );
  const long = ['a; b="\\"', 'a;', 'a, ', '"', '\\', 'a="b', '; a=', '\t', ' ,'].map((part) =>
    part.repeat(8192 / part.length),
  );
  for (const value of [...values, ...long]) {
    let best = Number.POSITIVE_INFINITY;
    for (let run = 0; run < 5; run += 1) {
      const started = performance.now();
      parseExtensions(value);
      best = Math.min(best, performance.now() - started);
    }
    assert.ok(best < 1, `${best} ms for ${value.slice(0, 40)}`);
  }
});
