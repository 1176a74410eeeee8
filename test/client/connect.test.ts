// An attempt that succeeds: what is asked, what is agreed, what is recorded, and which options cannot be meant.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { isKey } from '../../src/handshake/key.js';
import { createServer } from '../../src/server/server.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { opening, reading } from '../transport/listener.js';
import { failing } from './attempt.js';

/** Opens, and leaves the frames to the test. */
const accepting = (changes?: Record<string, string>, after: Buffer = Buffer.alloc(0)) =>
  reading((socket, head) =>
    socket.write(Buffer.concat([Buffer.from(opening(head, changes), 'latin1'), after])),
  );

const frame = (text: string) => Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]);

describe('the request', () => {
  test('is the handshake of RFC 6455 and nothing else', async () => {
    await using host = await accepting();
    (await connect(`${host.url}a/b?c=d`)).terminate();
    const [head] = host.heads;
    const key = /Key: (\S+)/.exec(head!)?.[1] ?? '';
    assert.ok(isKey(key));
    assert.equal(
      head,
      `GET /a/b?c=d HTTP/1.1\r\nHost: 127.0.0.1:${host.port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
    );
  });

  test('carries origin, subprotocols and headers, in the order given', async () => {
    await using host = await accepting({ '': 'Sec-WebSocket-Protocol: json' });
    const headers = [
      ['X-Second', '2'],
      ['x-first', '1'],
      ['X-Second', '3'],
    ] as const;
    const connection = await connect(host.url, {
      origin: 'https://page.test',
      subprotocols: ['json', 'xml'],
      headers,
    });
    connection.terminate();
    assert.match(
      host.heads[0]!,
      /Version: 13\r\nOrigin: https:\/\/page\.test\r\nSec-WebSocket-Protocol: json, xml\r\nX-Second: 2\r\nx-first: 1\r\nX-Second: 3\r\n\r\n$/,
    );
    assert.equal(connection.subprotocol, 'json');
  });

  test('headers may be an object', async () => {
    await using host = await accepting();
    (await connect(host.url, { headers: { 'User-Agent': 'tests', Cookie: 'a=b' } })).terminate();
    assert.match(host.heads[0]!, /User-Agent: tests\r\nCookie: a=b\r\n\r\n$/);
  });

  test('has a key of its own each time', async () => {
    await using host = await accepting();
    for (let count = 0; count < 3; count += 1) (await connect(host.url)).terminate();
    assert.equal(new Set(host.heads.map((head) => /Key: (\S+)/.exec(head)?.[1])).size, 3);
  });

  test('goes to an http URL as to a ws URL, given as text or as a URL', async () => {
    await using host = await accepting();
    (await connect(new URL(host.url.replace('ws:', 'http:')))).terminate();
    assert.match(host.heads[0]!, /^GET \/ HTTP\/1\.1/);
  });
});

describe('the connection', () => {
  test('speaks with our own server both ways, and records its handshake', async () => {
    const server = createServer({
      port: 0,
      subprotocols: ['b', 'a'],
      onmessage: (peer, message) => void peer.send(message),
    });
    await server.ready;
    await using connection = await connect(`${server.url}x`, { subprotocols: ['a', 'b'] });
    assert.deepEqual([connection.role, connection.subprotocol, connection.state], ['client', 'b', 'open']);
    await connection.send('text');
    await connection.send(Buffer.from([1, 2]));
    const got: (string | Buffer)[] = [];
    for await (const message of connection) if (got.push(message) === 2) break;
    assert.deepEqual(got, ['text', Buffer.from([1, 2])]);
    const { request, response, timings, address } = connection.handshake!;
    assert.deepEqual([request.target, response.status, address], ['/x', 101, '127.0.0.1']);
    assert.equal(response.fields.get('sec-websocket-protocol'), 'b');
    assert.ok(
      timings.tcpMs! >= 0 && timings.headMs! >= 0 && timings.totalMs >= timings.tcpMs! + timings.headMs!,
    );
    const record = await connection.close(1000, 'done');
    assert.deepEqual([record.code, record.clean, record.initiator], [1000, true, 'local']);
    await server.close();
  });

  test('over TLS', { skip: need('openssl').skip }, async () => {
    const { key, cert, ca } = certificate();
    const server = createServer({
      port: 0,
      tls: { key, cert },
      onmessage: (peer, message) => void peer.send(message),
    });
    await server.ready;
    const url = server.url.replace('127.0.0.1', 'localhost');
    assert.equal((await failing(url)).code, 'WS_TLS_CERT_UNTRUSTED');
    const connection = await connect(url, { tls: { ca } });
    await connection.send('x'.repeat(100_000));
    for await (const message of connection) {
      assert.equal(message.length, 100_000);
      break;
    }
    assert.ok(connection.handshake!.timings.tlsMs! > 0);
    assert.ok((await connection.close()).clean);
    await server.close();
  });

  test('opens without a subprotocol when the server selects none', async () => {
    await using host = await accepting();
    const connection = await connect(host.url, { subprotocols: ['json'] });
    assert.equal(connection.subprotocol, '');
    connection.terminate();
  });

  test('frames in the segment of the 101, or right behind it, are not lost', async () => {
    await using host = await accepting(
      {},
      Buffer.concat([frame('one'), frame('two'), Buffer.from([0x88, 0])]),
    );
    const connection = await connect(host.url, { timeouts: { closeMs: 50 } });
    await new Promise((resolve) => setTimeout(resolve, 30));
    const got: unknown[] = [];
    for await (const message of connection) got.push(message);
    assert.deepEqual(got, ['one', 'two']);
    assert.equal((await connection.closed).code, 1005);
  });

  test('any split of the answer and the first frames gives the same', async () => {
    for (const size of [1, 2, 7, 40]) {
      await using host = await reading(async (socket, head) => {
        socket.setNoDelay(true);
        const bytes = Buffer.concat([Buffer.from(opening(head), 'latin1'), frame('one')]);
        for (let at = 0; at < bytes.length; at += size) {
          socket.write(bytes.subarray(at, at + size));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
      const connection = await connect(host.url);
      for await (const message of connection) {
        assert.equal(message, 'one');
        break;
      }
      connection.terminate();
    }
  });

  test('takes an answer in any case, with a list in Connection and lines that nobody asked for', async () => {
    await using host = await accepting({
      HTTP: 'HTTP/1.1 101 ',
      Upgrade: 'upgrade: WebSocket',
      Connection: 'CONNECTION: keep-alive, upGRADE',
      '': 'Server: x\r\nDate: \xe4\r\nContent-Length: 0\r\nSec-WebSocket-Version: 13',
    });
    const connection = await connect(host.url);
    assert.equal(connection.handshake!.response.fields.get('date'), '\xe4');
    connection.terminate();
  });

  test('limits, timeouts, heartbeat and messages hold', async () => {
    await using big = await accepting({}, frame('abcdef'));
    const limited = await connect(big.url, { limits: { maxMessageBytes: 5 }, heartbeat: false });
    assert.equal((await limited.closed).cause, 'MSG_TOO_BIG');
    await using text = await accepting({}, frame('x'));
    const binary = await connect(text.url, { messages: 'binary', timeouts: { closeMs: 50 } });
    assert.equal((await binary.closed).cause, 'MSG_TYPE');
    await using dead = await accepting();
    const beating = await connect(dead.url, { heartbeat: { intervalMs: 30, timeoutMs: 30 } });
    assert.equal((await beating.closed).cause, 'PING_UNANSWERED');
  });

  test('the timeout of the attempt means nothing to the connection', async () => {
    await using host = await accepting();
    const connection = await connect(host.url, { timeouts: { connectMs: 80 } });
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.equal(connection.state, 'open');
    connection.terminate();
  });
});

describe('options that cannot be meant', () => {
  const url = 'ws://127.0.0.1:1/';
  const rows: [object, RegExp][] = [
    [
      { subprotocol: 'json' },
      /^TypeError: unknown option "subprotocol" in connect\(\): did you mean "subprotocols"\?/,
    ],
    [
      { tls: { rejectUnauthorised: false } },
      /^TypeError: unknown option "rejectUnauthorised" in tls: did you mean "rejectUnauthorized"\?/,
    ],
    [{ tls: { session: Buffer.alloc(1) } }, /^TypeError: unknown option "session"/],
    [{ tls: { key: 'no key' } }, /^TypeError: the option tls cannot be used/],
    [{ limits: { maxMessage: 1 } }, /^TypeError: unknown option "maxMessage" in limits/],
    [{ timeouts: { connectMs: -1 } }, /^RangeError: /],
    [{ timeouts: { connectMs: '5' } }, /^RangeError: /],
    [{ redirects: 6 }, /^RangeError: redirects is a whole number from 0 to 5/],
    [{ redirects: 0.5 }, /^RangeError: /],
    [{ subprotocols: 'json' }, /^TypeError: subprotocols is a list/],
    [{ subprotocols: [1] }, /^TypeError: subprotocols is a list/],
    [{ headers: [['a']] }, /^TypeError: headers is/],
    [{ headers: { a: 1 } }, /^TypeError: headers is/],
    [{ headers: { 'a b': 'c' } }, /^TypeError: Not a header field name/],
    [{ headers: { a: 'b\r\nc: d' } }, /^TypeError: Not a value for the header field a/],
    [{ headers: { Host: 'x' } }, /^TypeError: The handshake writes the header Host itself/],
    [{ headers: { 'sec-websocket-key': 'x' } }, /^TypeError: The handshake writes/],
    [{ origin: 'page.test' }, /^TypeError: Not a valid origin/],
    [{ messages: 'json' }, /^TypeError: messages is/],
    [{ signal: {} }, /^TypeError: signal is an AbortSignal/],
  ];
  for (const [options, wanted] of rows) {
    test(String(wanted), async () => {
      await assert.rejects(connect(url, options as ConnectOptions), (error) => wanted.test(String(error)));
    });
  }

  test('they are told by the promise, not thrown', () => {
    const promise = connect(url, { nonsense: 1 } as ConnectOptions);
    return assert.rejects(promise, TypeError);
  });

  test('a value that may be a secret is not repeated', async () => {
    for (const options of [
      { headers: { Authorization: 'Bearer s3cr3t\n' } },
      { subprotocols: ['s3cr3t token'] },
    ]) {
      await assert.rejects(connect(url, options), (error) => !/s3cr3t/.test(String((error as Error).stack)));
    }
  });
});
