// An attempt over HTTP/2 that reaches an answer: what is asked, what is recorded, what is shared, and how it ends.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { ServerHttp2Stream } from 'node:http2';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../src/client/connect.js';
import type { Connection } from '../../src/connection/connection.js';
import { need } from '../support/needs.js';
import { failing } from './attempt.js';
import { accept, type Http2HostOptions, hosting, insisting } from './http2-host.js';

const options = { skip: need('openssl').skip, timeout: 30_000 };

/** The next message. */
async function answered(connection: Connection): Promise<unknown> {
  return (await connection[Symbol.asyncIterator]().next()).value;
}

describe('the request', options, () => {
  test('is an extended CONNECT and nothing else', async () => {
    await using host = await hosting();
    (await connect(`${host.url}a/b?c=d`, insisting())).terminate();
    assert.deepEqual(Object.fromEntries(Object.entries(host.requests[0]!)), {
      ':method': 'CONNECT',
      ':protocol': 'websocket',
      ':scheme': 'https',
      ':authority': `localhost:${host.port}`,
      ':path': '/a/b?c=d',
      'sec-websocket-version': '13',
    });
  });

  test('carries origin, subprotocols, extensions and headers in lower case; secrets stay out of the tables of HPACK', async () => {
    await using host = await hosting({
      onStream: (stream) => void accept(stream, { 'sec-websocket-protocol': 'json' }),
    });
    const connection = await connect(host.url, {
      ...insisting(),
      origin: 'https://page.test',
      subprotocols: ['json', 'xml'],
      compression: true,
      headers: [
        ['X-List', '1'],
        ['Cookie', 'a=b'],
        ['x-list', '2'],
        ['X-Octet', '\xe4'],
      ],
    });
    const [request] = host.requests;
    assert.deepEqual(
      ['origin', 'sec-websocket-protocol', 'x-list', 'x-octet', 'cookie'].map((name) => request![name]),
      ['https://page.test', 'json, xml', '1, 2', '\xe4', 'a=b'],
    );
    assert.match(request!['sec-websocket-extensions'] as string, /^permessage-deflate/);
    assert.deepEqual(
      Object.getOwnPropertySymbols(request).map((symbol) => (request as never)[symbol]),
      [['cookie']],
    );
    assert.equal(connection.subprotocol, 'json');
    connection.terminate();
  });

  test('over ws says http, and needs no ALPN', async () => {
    await using host = await hosting({ secure: false });
    const connection = await connect(host.url, { http: 2 });
    assert.deepEqual([host.requests[0]![':scheme'], connection.handshake!.alpn], ['http', undefined]);
    connection.terminate();
  });

  const wrong: [Record<string, string>, RegExp][] = [
    [{ Connection: 'close' }, /The handshake writes the header Connection itself/],
    [{ 'Keep-Alive': 'timeout=5' }, /The header Keep-Alive has no place in HTTP\/2/],
    [{ TE: 'trailers' }, /The header TE has no place in HTTP\/2/],
    [{ ':path': '/other' }, /Not a header field name/],
    [{ a: 'b\r\nc: d' }, /Not a value for the header field a/],
  ];
  for (const [headers, wanted] of wrong) {
    test(`${JSON.stringify(headers)} is refused before anything is dialled`, async () => {
      await using host = await hosting();
      const error = await connect(host.url, { ...insisting(), headers }).catch((reason: unknown) => reason);
      assert.ok(error instanceof TypeError && wanted.test(error.message), String(error));
      assert.equal(host.sockets.length, 0);
    });
  }

  test('with a field twice that Node sends once is refused, and the session serves on', async () => {
    await using host = await hosting();
    const headers = [
      ['user-agent', 'a'],
      ['user-agent', 'b'],
    ] as const;
    await assert.rejects(connect(host.url, { ...insisting(), headers }), TypeError);
    (await connect(host.url, insisting())).terminate();
    assert.equal(host.sockets.length, 1);
  });
});

describe('the connection', options, () => {
  test('talks both ways, records its handshake, and ends its stream in order', async () => {
    const ends: string[] = [];
    await using host = await hosting({
      onStream: (stream) => {
        accept(stream, { 'sec-websocket-protocol': 'b' });
        stream
          .once('end', () => ends.push('END_STREAM'))
          .once('close', () => ends.push(`code ${stream.rstCode}`));
      },
    });
    const connection = await connect(`${host.url}x`, { ...insisting(), subprotocols: ['a', 'b'] });
    const { request, response, timings, address, alpn, fallback } = connection.handshake!;
    assert.deepEqual(
      [request.carrier, request.method, request.target, request.version],
      ['h2', 'CONNECT', '/x', '2'],
    );
    assert.deepEqual(
      [response.carrier, response.status, response.fields.get('sec-websocket-protocol')],
      ['h2', 200, 'b'],
    );
    assert.deepEqual([address, alpn, fallback], ['127.0.0.1', 'h2', undefined]);
    assert.ok(timings.tcpMs! >= 0 && timings.tlsMs! > 0 && timings.headMs! >= 0);
    await connection.send('text');
    assert.equal(await answered(connection), 'text');
    const large = Buffer.alloc(1 << 20, 'abc');
    await connection.send(large);
    assert.ok(large.equals((await answered(connection)) as Buffer));
    const record = await connection.close(4000, 'done');
    assert.deepEqual([record.clean, record.code, record.end, record.error], [true, 4000, 'fin', undefined]);
    await pause(20);
    assert.deepEqual(ends, ['END_STREAM', 'code 0']);
  });

  test('agrees on compression', async () => {
    await using host = await hosting({
      onStream: (stream) =>
        void accept(stream, {
          'sec-websocket-extensions':
            'permessage-deflate; server_no_context_takeover; client_no_context_takeover',
        }),
    });
    const connection = await connect(host.url, { ...insisting(), compression: { thresholdBytes: 0 } });
    assert.match(connection.extensions, /^permessage-deflate/);
    connection.terminate();
  });

  test('frames that come right behind the answer are not lost', async () => {
    await using host = await hosting({
      onStream: (stream) => {
        stream.respond({ ':status': 200 });
        stream.write(Buffer.from('8103616263', 'hex'));
        stream.end(Buffer.from('8802 03e8'.replace(' ', ''), 'hex'));
      },
    });
    const connection = await connect(host.url, insisting());
    await pause(30);
    const got: unknown[] = [];
    for await (const message of connection) got.push(message);
    assert.deepEqual(got, ['abc']);
    assert.deepEqual([(await connection.closed).code, (await connection.closed).end], [1000, 'fin']);
  });

  test('interim answers before the answer mean nothing', async () => {
    await using host = await hosting({
      onStream: (stream) => {
        stream.additionalHeaders({ ':status': 103, link: '</a>' });
        accept(stream);
      },
    });
    (await connect(host.url, insisting())).terminate();
  });

  test('the peer holds back what it is not given room for, and the others go on', async () => {
    let slow: ServerHttp2Stream | undefined;
    await using host = await hosting({
      onStream: (stream, _headers, count) => {
        if (count > 1) return void accept(stream);
        slow = stream;
        stream.respond({ ':status': 200 });
      },
    });
    const stalled = await connect(host.url, {
      ...insisting(),
      timeouts: { stallMs: 300 },
      limits: { maxBufferedBytes: 64 << 20 },
    });
    const other = await connect(host.url, insisting());
    let isThrough = false;
    stalled.send(Buffer.alloc(8 << 20)).then(
      () => {
        isThrough = true;
      },
      () => {},
    );
    await other.send('still here');
    assert.equal(await answered(other), 'still here');
    assert.ok(!isThrough && stalled.bufferedBytes > 1 << 20, 'what is not taken waits here');
    const record = await stalled.closed;
    assert.deepEqual([record.cause, record.end], ['MSG_SLOW_CONSUMER', 'destroyed']);
    assert.ok(record.bytesUnsent > 1 << 20);
    if (!slow!.closed) await once(slow!, 'close');
    assert.equal(slow!.rstCode, 8, 'RFC 8441 §5: CANCEL');
    await other.send('and here');
    assert.equal(await answered(other), 'and here');
    other.terminate();
  });

  test('a pause of ours holds the peer back', async () => {
    const sent: number[] = [];
    await using host = await hosting({
      onStream: async (stream) => {
        const connection = accept(stream);
        for (let count = 0; count < 64 && connection.state === 'open'; count += 1) {
          await connection.send(Buffer.alloc(65_536)).catch(() => {});
          sent.push(count);
        }
      },
    });
    const connection = await connect(host.url, insisting());
    connection.pause();
    await pause(200);
    const held = sent.length;
    assert.ok(held < 32, `${held} of 64 have left`);
    let bytes = 0;
    connection.onbytes = (chunk) => {
      bytes += chunk.length;
    };
    connection.resume();
    while (bytes < 64 * 65_536) await pause(5);
    connection.terminate();
  });
});

test('connections that do not read hold nobody else back, however many they are', options, async () => {
  await using host = await hosting({
    onStream: async (stream, headers) => {
      const connection = accept(stream);
      while (headers[':path'] === '/flood' && connection.state === 'open')
        await connection.send(Buffer.alloc(65_536)).catch(() => {});
    },
  });
  const idle = await Promise.all(
    Array.from({ length: 12 }, async () => {
      const connection = await connect(`${host.url}flood`, insisting());
      connection.pause();
      return connection;
    }),
  );
  const other = await connect(host.url, insisting());
  const large = Buffer.alloc(1 << 20, 'abc');
  await other.send(large);
  assert.ok(large.equals((await answered(other)) as Buffer));
  assert.equal(host.sockets.length, 1);
  for (const connection of [...idle, other]) connection.terminate();
});

describe('how a connection ends', options, () => {
  const opened = async (hostOptions: Http2HostOptions = {}) => {
    const host = await hosting({ secure: false, ...hostOptions });
    const connection = await connect(host.url, { http: 2 });
    return { host, connection };
  };

  test('RST_STREAM: with its code, and only this stream', async () => {
    const { host, connection } = await opened({
      // Node's `close` would send END_STREAM first.
      onStream: (stream, _headers, count) =>
        count === 1 ? stream.respond({ ':status': 200 }) : void accept(stream),
    });
    const other = await connect(host.url, { http: 2 });
    host.streams[0]!.destroy(new Error('reset with INTERNAL_ERROR'));
    const record = await connection.closed;
    assert.deepEqual([record.code, record.cause, record.end], [1006, 'H2_STREAM_RESET', 'rst']);
    assert.deepEqual(record.evidence, { seen: 'RST_STREAM INTERNAL_ERROR (2)' });
    assert.match(
      String(record.error),
      /^CarrierError: The stream of the connection was reset \(RST_STREAM INTERNAL_ERROR \(2\)\)/,
    );
    await other.send('alive');
    assert.equal(await answered(other), 'alive');
    other.terminate();
    await host[Symbol.asyncDispose]();
  });

  test('END_STREAM without a close frame', async () => {
    const { host, connection } = await opened({
      onStream: (stream) => {
        stream.respond({ ':status': 200 });
        stream.resume().end();
      },
    });
    const record = await connection.closed;
    assert.deepEqual([record.code, record.cause, record.end], [1006, 'CLOSE_NO_FRAME_FIN', 'fin']);
    await host[Symbol.asyncDispose]();
  });

  test('an end of ours without a close frame is RST_STREAM with CANCEL, and no END_STREAM', async () => {
    const seen: string[] = [];
    const { host, connection } = await opened({
      onStream: (stream) => {
        accept(stream);
        stream
          .once('aborted', () => seen.push('reset'))
          .once('close', () => seen.push(`code ${stream.rstCode}`));
      },
    });
    connection.terminate();
    const record = await connection.closed;
    assert.deepEqual([record.cause, record.end, record.error], [undefined, 'destroyed', undefined]);
    await once(host.streams[0]!, 'close');
    assert.deepEqual(seen, ['reset', 'code 8']);
    await host[Symbol.asyncDispose]();
  });

  const endings: [string, (host: Awaited<ReturnType<typeof hosting>>) => void, RegExp][] = [
    ['FIN', (host) => void host.sockets[0]!.destroy(), /^FIN$/],
    ['RST', (host) => void host.sockets[0]!.resetAndDestroy(), /^RST$/],
    ['GOAWAY with an error', (host) => host.sessions[0]!.goaway(11), /^GOAWAY ENHANCE_YOUR_CALM \(11\)$/],
  ];
  for (const [what, end, seen] of endings) {
    test(`${what} under many streams: each gets a record of its own`, async () => {
      await using host = await hosting({ secure: false });
      const connections = await Promise.all(
        Array.from({ length: 20 }, () => connect(host.url, { http: 2, heartbeat: false })),
      );
      assert.equal(host.sockets.length, 1);
      const told = connections.map(
        (connection) =>
          new Promise((resolve) => {
            connection.onclose = resolve;
          }),
      );
      end(host);
      const records = await Promise.all(connections.map((connection) => connection.closed));
      await Promise.all(told);
      assert.equal(new Set(records).size, 20);
      for (const record of records) {
        assert.deepEqual([record.code, record.cause, record.end], [1006, 'H2_SESSION_LOST', 'rst']);
        assert.match(record.evidence.seen ?? '', seen);
      }
    });
  }

  test('over TLS too', async () => {
    for (const end of [
      (host) => void host.sockets[0]!.destroy(),
      (host) => void host.sockets[0]!.resetAndDestroy(),
    ] as (typeof endings)[0][1][]) {
      await using host = await hosting();
      const connections = await Promise.all([1, 2, 3].map(() => connect(host.url, insisting())));
      end(host);
      for (const { closed } of connections) assert.equal((await closed).cause, 'H2_SESSION_LOST');
    }
  });

  test('GOAWAY without an error: streams go on to their end, new ones get another session', async () => {
    const { host, connection } = await opened();
    host.sessions[0]!.goaway(0);
    await pause(30);
    const next = await connect(host.url, { http: 2 });
    assert.equal(host.sockets.length, 2);
    await connection.send('old');
    assert.equal(await answered(connection), 'old');
    await next.send('new');
    assert.equal(await answered(next), 'new');
    assert.ok((await connection.close()).clean);
    await once(host.sockets[0]!, 'close');
    next.terminate();
    await host[Symbol.asyncDispose]();
  });
});

describe('many on one session', options, () => {
  test('a hundred WebSockets are one TLS connection, as the server counts them', async () => {
    await using host = await hosting();
    const connections = await Promise.all(Array.from({ length: 100 }, () => connect(host.url, insisting())));
    assert.deepEqual([host.sockets.length, host.sessions.length, host.streams.length], [1, 1, 100]);
    const echoes = connections.map(async (connection, index) => {
      await connection.send(`message ${index}`);
      assert.equal(await answered(connection), `message ${index}`);
      return (await connection.close()).clean;
    });
    assert.ok((await Promise.all(echoes)).every(Boolean));
    const dialled = connections.filter(({ handshake }) => handshake!.timings.tcpMs !== undefined);
    assert.equal(dialled.length, 1, 'the others have no times of DNS, TCP and TLS');
  });

  test('a full session opens another one', async () => {
    await using host = await hosting({ announced: { enableConnectProtocol: true, maxConcurrentStreams: 4 } });
    const connections = await Promise.all(Array.from({ length: 10 }, () => connect(host.url, insisting())));
    assert.deepEqual([host.sessions.length, host.streams.length], [3, 10]);
    for (const connection of connections.slice(0, 4)) await connection.close();
    await pause(20);
    connections.push(await connect(host.url, insisting()));
    assert.equal(host.sessions.length, 3, 'there is room again');
    for (const connection of connections) connection.terminate();
  });

  test('a session that refuses a stream is not asked again; the request goes to another one', async () => {
    await using host = await hosting({
      secure: false,
      onStream: (stream, _headers, count) => (count === 2 ? stream.close(7) : void accept(stream)),
    });
    const first = await connect(host.url, { http: 2 });
    const second = await connect(host.url, { http: 2 });
    const third = await connect(host.url, { http: 2 });
    assert.deepEqual([host.sockets.length, host.streams.length], [2, 4]);
    await first.send('alive');
    assert.equal(await answered(first), 'alive');
    for (const connection of [first, second, third]) connection.terminate();
  });

  test('a session that ended while the request was on its way is replaced', async () => {
    await using host = await hosting({
      secure: false,
      onStream: (stream, _headers, count) => (count === 2 ? host.sockets[0]!.destroy() : void accept(stream)),
    });
    await (await connect(host.url, { http: 2 })).close();
    const second = await connect(host.url, { http: 2 });
    assert.deepEqual([host.sockets.length, host.streams.length], [2, 3]);
    second.terminate();
  });

  test('one call that is called off takes nothing from the others', async () => {
    await using host = await hosting({
      onStream: (stream) => void setTimeout(() => !stream.destroyed && accept(stream), 60),
    });
    const off = new AbortController();
    const [lost, kept] = [
      failing(host.url, { ...insisting(), signal: off.signal }),
      connect(host.url, insisting()),
    ];
    while (host.streams.length < 2) await pause(2);
    off.abort();
    assert.equal((await lost).code, 'WS_CLIENT_CLOSED_EARLY');
    assert.equal((await kept).state, 'open');
    assert.equal(host.sockets.length, 1);
    (await kept).terminate();
  });
});

describe('a refusal', options, () => {
  const problem = (stream: ServerHttp2Stream) => {
    stream.respond({
      ':status': 403,
      'content-type': 'application/problem+json',
      'x-token': 's3cr3t-of-the-server',
    });
    stream.end(JSON.stringify({ code: 'ORIGIN_REJECTED', detail: 'not from here' }));
  };

  test('is told with status, fields and the problem in its body; the session serves on', async () => {
    await using host = await hosting({ onStream: problem });
    const error = await failing(host.url, insisting());
    assert.deepEqual([error.code, error.status, error.carrier], ['WS_ORIGIN_REJECTED', 403, 'h2']);
    assert.match(error.body, /not from here/);
    assert.deepEqual(
      error.headers.find(([name]) => name === 'x-token'),
      ['x-token', '(hidden)'],
    );
    await failing(host.url, insisting());
    assert.equal(host.sockets.length, 1);
  });

  test('is read to a kibibyte, then the stream is reset', async () => {
    await using host = await hosting({
      secure: false,
      onStream: (stream) => {
        stream.respond({ ':status': 404, 'content-type': 'text/plain' });
        const more = () => !stream.destroyed && stream.write('x'.repeat(1000), more);
        more();
      },
    });
    const error = await failing(host.url, { http: 2 });
    assert.deepEqual([error.code, error.body.length], ['WS_ROUTE_NOT_FOUND', 1024]);
    if (!host.streams[0]!.closed) await once(host.streams[0]!, 'close');
    assert.equal(host.streams[0]!.rstCode, 8);
  });

  test('whose body does not end is told within the time for bodies', async () => {
    await using host = await hosting({
      secure: false,
      onStream: (stream) => {
        stream.respond({ ':status': 401 });
        stream.write('half');
      },
    });
    const error = await failing(host.url, { http: 2 });
    assert.deepEqual([error.code, error.body], ['WS_AUTH_REQUIRED', 'half']);
  });

  const statuses: [number, Record<string, string>, string][] = [
    [400, { 'sec-websocket-version': '13' }, 'WS_ROUTE_VERSION'],
    [204, {}, 'WS_HTTP_STATUS'],
    [502, {}, 'WS_PROXY_UPSTREAM_DOWN'],
    [503, { 'retry-after': '7' }, 'WS_ROUTE_MAINTENANCE'],
  ];
  for (const [status, fields, code] of statuses) {
    test(`${status} means ${code}, as over HTTP/1.1`, async () => {
      await using host = await hosting({
        secure: false,
        onStream: (stream) => stream.respond({ ':status': status, ...fields }, { endStream: true }),
      });
      const error = await failing(host.url, { http: 2 });
      assert.deepEqual([error.code, error.status], [code, status]);
      assert.match(error.message, /wanted 200/);
      if (status === 503) assert.equal(error.retryAfterSeconds, 7);
    });
  }

  test('an answer that grants what was not asked for is not taken', async () => {
    for (const [fields, code] of [
      [{ 'sec-websocket-protocol': 'xml' }, 'WS_PROTO_UNSOLICITED'],
      [{ 'sec-websocket-extensions': 'permessage-deflate' }, 'WS_EXT_UNSOLICITED'],
    ] as [Record<string, string>, string][]) {
      await using host = await hosting({
        secure: false,
        onStream: (stream) => void stream.respond({ ':status': 200, ...fields }),
      });
      const error = await failing(host.url, { http: 2 });
      assert.deepEqual([error.code, error.status], [code, 200]);
      if (!host.streams[0]!.closed) await once(host.streams[0]!, 'close');
      assert.equal(host.streams[0]!.rstCode, 8);
    }
  });

  test('a secret of the request that the answer repeats is hidden', async () => {
    await using host = await hosting({
      onStream: (stream, headers) => {
        stream.respond({ ':status': 403, 'x-said': String(headers.authorization) });
        stream.end(`no access for ${headers.authorization} and ${headers[':path']}`);
      },
    });
    const error = await failing(`${host.url}?token=q53cr3t`, {
      ...insisting(),
      headers: { Authorization: 'Bearer s3cr3t-value' },
    });
    assert.doesNotMatch(JSON.stringify(error) + error.stack, /s3cr3t/);
  });

  test('a redirect is followed over HTTP/2 too, on the same session', async () => {
    await using host = await hosting({
      onStream: (stream, headers) =>
        headers[':path'] === '/new'
          ? void accept(stream)
          : stream.respond({ ':status': 307, location: '/new' }, { endStream: true }),
    });
    const connection = await connect(`${host.url}old`, { ...insisting(), redirects: 1 });
    assert.deepEqual([connection.handshake!.request.target, host.sockets.length], ['/new', 1]);
    connection.terminate();
    assert.equal((await failing(`${host.url}old`, insisting())).code, 'WS_ROUTE_REDIRECT');
  });

  test('limits of the head hold', async () => {
    await using host = await hosting({
      onStream: (stream) => {
        const fields = Object.fromEntries(
          Array.from({ length: 30 }, (_, index) => [`x-${index}`, 'y'.repeat(100)]),
        );
        accept(stream, fields);
      },
    });
    for (const limits of [{ maxHeadFields: 20 }, { maxHeadLineBytes: 99 }, { maxHeadBytes: 2000 }]) {
      assert.equal((await failing(host.url, { ...insisting(), limits })).code, 'WS_HTTP_HEAD_TOO_LARGE');
    }
    (await connect(host.url, insisting())).terminate();
    assert.equal(host.sockets.length, 1);
  });
});
