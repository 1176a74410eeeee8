// Knows: strangers who pretend: pages of other origins, foreign names, forged addresses, guessers, floods. Part B of the list, as far as
// it concerns the core of one server; tickets, tokens and rooms belong to the applications in examples/.
// RFC 6455 §10, RFC 6454 §7, RFC 7239 §8.1, RFC 6585 §4.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { type HandshakeRequest, refuse } from '../../src/index.js';
import type { RawConnection } from '../support/raw.js';
import { Arena, assertLogged, CARRIERS } from './arena.js';
import { type Answer, frame, Op, readAnswer, readClose, readFrames, upgrade, upgradeTo } from './bytes.js';

/** The answer to a handshake. A refused one must end with FIN; an accepted one is cut. */
async function answerTo<Context>(arena: Arena<Context>, head: string): Promise<Answer> {
  using connection = await arena.connect();
  const answer = readAnswer(await connection.send(head).until('\r\n\r\n'));
  if (answer.status === 101) return answer;
  const { received, end } = await connection.ending(1000);
  assert.equal(end, 'fin');
  return readAnswer(received);
}

const codeOf = (answer: Answer) => (answer.status === 101 ? 'accepted' : JSON.parse(answer.body).code);

for (const carrier of CARRIERS) {
  const [scheme, other] = carrier === 'tls' ? ['https', 'http'] : ['http', 'https'];

  describe(`trust over ${carrier}`, { concurrency: false }, () => {
    test('42-44: pages of other origins, with the cookies of the victim → 403, by default and with a list', async () => {
      const rows: Record<string, string> = {
        'https://evil.example': 'ORIGIN_REJECTED',
        null: 'ORIGIN_NULL',
        [`${scheme}://good.com.evil.io`]: 'ORIGIN_REJECTED',
        [`${scheme}://evilgood.com`]: 'ORIGIN_REJECTED',
        [`${scheme}://sub.good.com`]: 'ORIGIN_REJECTED',
        [`${scheme}://good.co`]: 'ORIGIN_REJECTED',
        [`${scheme}://good.com.`]: 'ORIGIN_REJECTED',
        [`${scheme}://GOOD.com`]: 'ORIGIN_REJECTED',
        [`${scheme}://g%6fod.com`]: 'ORIGIN_REJECTED',
        [`${scheme}://xn--god-jua.com`]: 'ORIGIN_REJECTED',
        [`${scheme}://[::1]`]: 'ORIGIN_REJECTED',
        [`${other}://good.com`]: 'ORIGIN_HOST_MISMATCH',
        [`${scheme}://good.com:81`]: 'ORIGIN_HOST_MISMATCH',
        'file://': 'ORIGIN_REJECTED',
        'chrome-extension://good.com': 'ORIGIN_HOST_MISMATCH',
        [`${scheme}://good.com`]: 'accepted',
      };
      let asked = 0;
      const authorize = () => void asked++;
      const listed = { origins: [`${scheme}://good.com`], authorize };
      await using arena = await Arena.open(carrier, { routes: { '/ws': { authorize }, '/listed': listed } });
      asked = 0;
      for (const [origin, code] of Object.entries(rows)) {
        for (const path of ['/ws', '/listed']) {
          const log = arena.fresh();
          const changes = { Host: 'good.com', Origin: origin, Cookie: 'session=of-the-victim' };
          const answer = await answerTo(arena, upgradeTo(path, changes));
          const wanted = path === '/listed' && code === 'ORIGIN_HOST_MISMATCH' ? 'ORIGIN_REJECTED' : code;
          assert.equal(codeOf(answer), wanted, `${origin} at ${path}`);
          assert.equal(answer.status, code === 'accepted' ? 101 : 403);
          if (code !== 'accepted') assertLogged(log, wanted);
          assert.doesNotMatch(answer.body, /of-the-victim/);
        }
      }
      assert.equal(asked, 2, 'a refused origin reaches no code of the application');
      await arena.settled();
    });

    test('45: no Origin where a browser would send one → 403', async () => {
      await using arena = await Arena.open(carrier, {
        routes: { '/ws': {}, '/browsers': { allowMissingOrigin: false } },
      });
      const rows = [
        ['/ws', { 'Sec-Fetch-Site': 'cross-site' }, 'ORIGIN_REQUIRED'],
        ['/ws', { 'Sec-Fetch-Site': 'Cross-Site' }, 'ORIGIN_REQUIRED'],
        ['/browsers', {}, 'ORIGIN_REQUIRED'],
        ['/browsers', { Cookie: 'session=1' }, 'ORIGIN_REQUIRED'],
        ['/browsers', { Origin: `${scheme}://example.com` }, 'accepted'],
        ['/ws', { Cookie: 'session=1' }, 'accepted'],
        ['/ws', { 'Sec-Fetch-Site': 'same-origin' }, 'accepted'],
      ] as const;
      for (const [path, changes, code] of rows) {
        assert.equal(codeOf(await answerTo(arena, upgradeTo(path, changes))), code, JSON.stringify(changes));
      }
      await arena.settled();
    });

    test('46: a rebound name → 421 and an own name from a foreign page → 403, no data', async () => {
      await using arena = await Arena.open(carrier, { hosts: ['localhost:8101', 'example.com'] });
      const rebound = { Host: 'evil.example:8101', Origin: `${scheme}://evil.example:8101` };
      assert.equal(codeOf(await answerTo(arena, upgrade(rebound))), 'ROUTE_MISDIRECTED');
      const foreign = { Host: 'localhost:8101', Origin: `${scheme}://evil.example:8101` };
      assert.equal(codeOf(await answerTo(arena, upgrade(foreign))), 'ORIGIN_REJECTED');
      await arena.settled();
    });

    test('49: a token among the subprotocols is neither echoed nor logged', async () => {
      const token = 'bearer.eyJhbGciOi.SECRET';
      await using arena = await Arena.open(carrier, {
        routes: {
          '/ws': { subprotocols: ['chat'] },
          '/function': { subprotocols: (offered) => offered.find((name) => name === 'chat') },
          '/refused': { subprotocols: ['chat'], authorize: () => refuse('AUTH_TOKEN_INVALID') },
          '/required': { subprotocols: ['json'], requireSubprotocol: true },
          '/thrown': { subprotocols: () => 'unoffered' },
        },
      });
      const log = arena.fresh();
      for (const path of ['/ws', '/function', '/refused', '/required', '/thrown', '/ws?broken']) {
        // A name that is no token of the grammar is refused with the whole value in view.
        const offered = path === '/ws?broken' ? `chat, ${token}, a b` : `chat, ${token}`;
        using connection = await arena.connect();
        connection.send(upgradeTo(path, { 'Sec-WebSocket-Protocol': offered }));
        const received = await connection.until('\r\n\r\n');
        if (!received.includes(' 101 ')) await connection.ending(1000);
        assert.ok(!connection.received.includes('SECRET'), `echoed at ${path}`);
        if (received.includes(' 101 '))
          assert.equal(readAnswer(received).fields.get('sec-websocket-protocol'), 'chat');
      }
      assert.doesNotMatch(JSON.stringify(log), /SECRET/, 'logged');
      await arena.settled();
    });

    for (const [how, leave] of Object.entries({
      FIN: (peer: RawConnection) => peer.socket.end(),
      RST: (peer: RawConnection) => peer.reset(),
    })) {
      test(`51: the client leaves by ${how} while the hook runs → signal aborted, no 101`, async () => {
        const signals: AbortSignal[] = [];
        let opened = 0;
        await using arena = await Arena.open(carrier, {
          routes: {
            '/ws': {},
            '/slow': {
              authorize: async (_request, { signal }) => {
                signals.push(signal);
                await pause(150);
              },
              onconnection: () => void opened++,
            },
          },
        });
        const log = arena.fresh();
        using connection = await arena.connect();
        connection.send(upgradeTo('/slow'));
        while (signals.length === 0) await pause(2);
        leave(connection);
        await pause(50);
        assert.equal(signals[0]!.aborted, true, 'aborted while it runs');
        await pause(200);
        assert.equal(connection.received.length, 0, 'nothing was written to who left');
        assert.equal(opened, 0);
        assert.deepEqual(
          log.handshakes.map(({ outcome, status }) => [outcome, status]),
          [['abandoned', 0]],
        );
        await arena.settled();
      });
    }

    test('52: tokens tried on one address → 429 with Retry-After; on one socket → 1008', async () => {
      let tried = 0;
      await using arena = await Arena.open(carrier, {
        limits: { maxHandshakesPerSecond: 10, maxMessagesPerSecond: 300 },
        routes: {
          '/ws': {},
          '/token': {
            authorize: () => {
              tried += 1;
              return refuse('AUTH_TOKEN_INVALID');
            },
          },
        },
      });
      tried = 0;
      const started = performance.now();
      const answers: Answer[] = [];
      for (let round = 0; round < 10; round += 1) {
        const twenty = Array.from({ length: 20 }, (_, at) =>
          answerTo(arena, upgradeTo(`/token?t=${round}-${at}`)),
        );
        answers.push(...(await Promise.all(twenty)));
      }
      const most = 10 + ((performance.now() - started) / 1000) * 10 + 1;
      assert.ok(tried <= most, `${tried} tokens were looked at, ${most} at most`);
      const shed = answers.filter(({ status }) => status === 429);
      assert.equal(shed.length, 200 - tried);
      assert.ok(shed.length > 0);
      for (const answer of shed) {
        assert.equal(codeOf(answer), 'ROUTE_RATE_LIMIT');
        assert.match(answer.fields.get('retry-after')!, /^\d+$/);
      }
      await pause(1100);
      using guesser = await arena.opened();
      for (let guess = 0; guess < 400; guess += 1) guesser.send(frame(Op.text, `token ${guess}`));
      await guesser.ending(2000);
      const close = readClose(readFrames(guesser.received).at(-1));
      assert.deepEqual([close?.code, close?.reason.split(':')[0], guesser.end], [1008, 'MSG_RATE', 'fin']);
      guesser.socket.destroy();
      await arena.settled();
    });

    test('54: a user is revoked while messages come in → none is delivered any more, then 3000', async () => {
      const delivered: string[] = [];
      await using arena = await Arena.open(carrier, {
        routes: {
          '/ws': {},
          '/user': {
            onmessage(connection, message) {
              delivered.push(String(message));
              if (message === 'revoke') void connection.close(3000, 'unauthorized');
            },
          },
        },
      });
      using connection = await arena.opened(upgradeTo('/user'));
      const after = Array.from({ length: 50 }, (_, at) => frame(Op.text, `after ${at}`));
      connection.send(Buffer.concat([frame(Op.text, 'before'), frame(Op.text, 'revoke'), ...after]));
      await connection.until(4);
      connection.send(frame(Op.text, 'later')).send(frame(Op.close, Buffer.of(0x0b, 0xb8)));
      await connection.ending(1000);
      assert.deepEqual(delivered, ['before', 'revoke']);
      assert.deepEqual(readClose(readFrames(connection.received).at(-1)), {
        code: 3000,
        reason: 'unauthorized',
      });
      connection.socket.destroy();
      await arena.settled();
    });

    const forged: Record<string, Record<string, string | string[]>> = {
      'X-Forwarded-For': { 'X-Forwarded-For': '10.0.0.1' },
      'X-Forwarded-For of 50 hops': { 'X-Forwarded-For': Array(50).fill('10.0.0.1').join(', ') },
      'X-Forwarded-For on 20 lines': { 'X-Forwarded-For': Array(20).fill('10.0.0.1') },
      Forwarded: { Forwarded: 'for=10.0.0.1;proto=https;host=evil.example' },
      'Forwarded of IPv6': { Forwarded: 'for="[2001:db8::1]:4711"' },
      'X-Real-IP': { 'X-Real-IP': '10.0.0.1' },
      'an IPv6 zone': { 'X-Forwarded-For': 'fe80::1%eth0' },
      garbage: { Forwarded: ';;,="\\",for=,', 'X-Forwarded-For': ',,,%00,<script>,999.1.1.1' },
      'every other name': {
        'CF-Connecting-IP': '10.0.0.1',
        'True-Client-IP': '10.0.0.1',
        'X-Client-IP': '10.0.0.1',
      },
    };
    test('56: what an untrusted peer says of its address → ignored', async () => {
      const address = carrier === 'memory' ? '' : '127.0.0.1';
      const seen: HandshakeRequest[] = [];
      await using arena = await Arena.open(carrier, { authorize: (request) => void seen.push(request) });
      const log = arena.fresh();
      for (const [name, fields] of Object.entries(forged)) {
        seen.length = 0;
        assert.equal((await answerTo(arena, upgrade(fields))).status, 101, name);
        assert.deepEqual([seen[0]!.address, seen[0]!.secure], [address, carrier === 'tls'], name);
      }
      assert.ok(log.handshakes.every((event) => event.address === address));
      await arena.settled();
    });

    test('57: connection 101 of 100 from one IPv4 address → 429 before any hook', async () => {
      let asked = 0;
      await using arena = await Arena.open(carrier, {
        limits: { maxConnectionsPerAddress: 100 },
        authorize: () => void asked++,
      });
      // The witness is the first of the hundred.
      const others = await Promise.all(Array.from({ length: 99 }, () => arena.opened()));
      assert.equal(asked, 100);
      const log = arena.fresh();
      const answer = await answerTo(arena, upgrade());
      assert.deepEqual([answer.status, codeOf(answer)], [429, 'LIMIT_CONNECTIONS_PER_ADDRESS']);
      assert.match(answer.fields.get('retry-after')!, /^\d+$/);
      assert.equal(asked, 100);
      assertLogged(log, 'LIMIT_CONNECTIONS_PER_ADDRESS');
      others.pop()!.socket.destroy();
      await arena.settled(98);
      others.push(await arena.opened());
      for (const one of others) one.socket.destroy();
      await arena.settled();
    });

    test('59: bombs in cookies → taken as they are, at once', async () => {
      await using arena = await Arena.open(carrier);
      const bombs = [
        ';'.repeat(4096),
        Array.from({ length: 1000 }, (_, at) => `c${at}=1`).join(';'),
        'a=%',
        'a=%zz; b=%e0%a4',
        '__proto__=1; constructor=2',
        '='.repeat(8000),
        '"'.repeat(8000),
        `a="${'\\"'.repeat(3900)}`,
      ];
      for (const Cookie of bombs) {
        const started = performance.now();
        assert.equal((await answerTo(arena, upgrade({ Cookie }))).status, 101, Cookie.slice(0, 20));
        assert.ok(performance.now() - started < 200);
      }
      await arena.settled();
    });

    // A pair in memory has no address, so nobody can trust it as a proxy.
    if (carrier === 'memory') return;
    test('57: connections of one IPv6 /64 count together, behind a trusted proxy', async () => {
      await using arena = await Arena.open(carrier, {
        limits: { maxConnectionsPerAddress: 5 },
        trustedProxies: ['127.0.0.1'],
      });
      const from = (address: string) => upgrade({ 'X-Forwarded-For': address });
      const open = await Promise.all(
        [1, 2, 3, 4, 5].map((host) => arena.opened(from(`2001:db8:0:7::${host}`))),
      );
      for (const same of ['2001:db8:0:7:ffff::1', '2001:0DB8::7:1:2:3:4', '[2001:db8:0:7::9]:443']) {
        const answer = await answerTo(arena, from(same));
        assert.deepEqual([answer.status, codeOf(answer)], [429, 'LIMIT_CONNECTIONS_PER_ADDRESS'], same);
      }
      for (const free of ['2001:db8:0:8::1', '192.0.2.1'])
        assert.equal((await answerTo(arena, from(free))).status, 101, free);
      for (const one of open) one.socket.destroy();
      await arena.settled();
    });
  });
}
