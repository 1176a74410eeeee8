// Servers that hang, trickle, flood or break off: the attempt ends in time, says at which stage, and keeps nothing.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deaf, listening, opening, reading } from '../transport/listener.js';
import { failing, within } from './attempt.js';

describe('the time is up', () => {
  const inTime = async (url: string, connectMs: number) => {
    return within(connectMs + 400, async () => {
      const since = performance.now();
      const error = await failing(url, { timeouts: { connectMs } });
      const tookMs = performance.now() - since;
      assert.ok(tookMs >= connectMs - 2, `${tookMs} ms`);
      assert.ok(error.timings.totalMs <= tookMs && error.timings.totalMs >= connectMs - 2);
      return error;
    });
  };

  test('while TCP waits', async () => {
    await using host = await deaf();
    const error = await inTime(`ws://127.0.0.1:${host.port}/`, 200);
    assert.deepEqual([error.code, error.stage], ['WS_TCP_TIMEOUT', 'tcp']);
    assert.deepEqual(Object.keys(error.timings), ['totalMs']);
  });

  test('while TLS waits', async () => {
    await using host = await listening((socket) => void socket.resume());
    const error = await inTime(host.url.replace('ws:', 'wss:'), 150);
    assert.deepEqual([error.code, error.stage], ['WS_TLS_TIMEOUT', 'tls']);
    assert.ok(error.timings.tcpMs! >= 0 && error.timings.tlsMs === undefined);
    await host.gone();
  });

  test('while the server says nothing', async () => {
    await using host = await reading(() => {});
    const error = await inTime(host.url, 150);
    assert.deepEqual([error.code, error.stage], ['WS_HTTP_NO_RESPONSE', 'http']);
    assert.match(error.message, /no octet within 150 ms/);
    assert.ok(error.timings.tcpMs! >= 0 && error.timings.headMs === undefined);
    await host.gone();
  });

  test('while the head comes an octet at a time', async () => {
    await using host = await reading((socket, head) => {
      const text = opening(head);
      let at = 0;
      const timer = setInterval(() => socket.write(text[at++] ?? ''), 20);
      socket.once('close', () => clearInterval(timer));
    });
    const error = await inTime(host.url, 250);
    assert.equal(error.code, 'WS_HTTP_NO_RESPONSE');
    assert.match(error.message, /no whole head, only \d+ octets within 250 ms/);
    await host.gone();
  });

  test('over redirects together, not for each of them', async () => {
    await using host = await reading((socket) => {
      setTimeout(() => socket.end('HTTP/1.1 302 X\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n'), 80);
    });
    const error = await within(600, () => failing(host.url, { redirects: 5, timeouts: { connectMs: 200 } }));
    assert.equal(error.code, 'WS_HTTP_NO_RESPONSE');
    assert.ok(host.heads.length > 1);
  });
});

describe('too much', () => {
  const flood = (first: string, piece: string) =>
    listening((socket) => {
      socket.write(first);
      const more = () => {
        while (!socket.destroyed && socket.write(piece));
        if (!socket.destroyed) socket.once('drain', more);
      };
      more();
    });

  test('an endless status line', async () => {
    await using host = await flood('HTTP/1.1 101 ', 'x'.repeat(1000));
    const error = await failing(host.url);
    assert.equal(error.code, 'WS_HTTP_HEAD_TOO_LARGE');
    assert.ok(error.message.length < 400);
    await host.gone();
  });

  test('an endless head', async () => {
    await using host = await flood('HTTP/1.1 101 X\r\n', `X: ${'y'.repeat(500)}\r\n`);
    assert.equal((await failing(host.url)).code, 'WS_HTTP_HEAD_TOO_LARGE');
    await host.gone();
  });

  test('too many fields', async () => {
    await using host = await flood('HTTP/1.1 101 X\r\n', 'X: y\r\n');
    assert.match((await failing(host.url)).message, /more than 100 fields/);
    await host.gone();
  });

  test('limits of the head can be set', async () => {
    await using host = await reading((socket, head) =>
      socket.write(opening(head, { '': `X: ${'y'.repeat(300)}` })),
    );
    for (const limits of [{ maxHeadBytes: 200 }, { maxHeadLineBytes: 200 }, { maxHeadFields: 3 }]) {
      assert.equal((await failing(host.url, { limits })).code, 'WS_HTTP_HEAD_TOO_LARGE');
    }
  });

  test('a body without an end costs a kibibyte', async () => {
    await using host = await flood('HTTP/1.1 403 X\r\n\r\n', 'z'.repeat(1000));
    const error = await failing(host.url);
    assert.equal(error.body.length, 1024);
    await host.gone();
  });
});

describe('too little', () => {
  const rows: [string, string, 'end' | 'resetAndDestroy', string, RegExp][] = [
    ['nothing, then FIN', '', 'end', 'HTTP_EMPTY_REPLY', /0 octets, then FIN/],
    ['nothing, then RST', '', 'resetAndDestroy', 'HTTP_RESET', /0 octets, then RST/],
    ['part of a status line, then FIN', 'HTTP/1.1 10', 'end', 'HTTP_TRUNCATED', /11 octets, then FIN/],
    [
      'a head without its empty line, then FIN',
      'HTTP/1.1 101 X\r\nUpgrade: websocket\r\n',
      'end',
      'HTTP_TRUNCATED',
      /octets, then FIN/,
    ],
    [
      'part of a head, then RST',
      'HTTP/1.1 101 X\r\n',
      'resetAndDestroy',
      'HTTP_TRUNCATED',
      /octets, then RST/,
    ],
  ];
  for (const [what, bytes, how, code, message] of rows) {
    test(what, async () => {
      await using host = await reading((socket) => {
        if (bytes !== '') socket.write(bytes);
        setTimeout(() => socket[how](), 30);
      });
      const error = await failing(host.url);
      assert.equal(error.code, `WS_${code}`);
      assert.match(error.message, message);
      await host.gone();
    });
  }

  test('a FIN before the request was read', async () => {
    await using host = await listening((socket) => void socket.end().resume());
    const { code } = await failing(host.url);
    assert.ok(['WS_HTTP_EMPTY_REPLY', 'WS_HTTP_RESET'].includes(code), code);
  });
});
