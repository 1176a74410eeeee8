// Servers that speak HTTP/2 badly, slowly or not at all: the attempt ends in time, with its row, and leaves nothing behind.
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect } from '../../src/client/connect.js';
import { H2_FAILURES } from '../../src/transport/http2-failures.js';
import { data, Flag, goaway, h2frame, headers, rst, settings, Type } from '../hostile/h2-bytes.js';
import { need } from '../support/needs.js';
import { deaf, listening } from '../transport/listener.js';
import { failing } from './attempt.js';
import { accept, answer, bytes, GREETING, hosting, insisting } from './http2-host.js';

type Say = (socket: Socket, stream: number) => void;

/** A server without TLS that greets, and says this when it is asked. */
const saying = (say: Say, greeting: Uint8Array = GREETING) =>
  hosting({
    secure: false,
    onSocket: (socket) => bytes(socket, greeting, (stream) => say(socket, stream)),
  });

/** The code and evidence of the failure; every socket must be closed afterwards, but for one of a session that may serve on. */
async function fault(say: Say, greeting?: Uint8Array): Promise<[code: string, seen: string | undefined]> {
  await using host = await saying(say, greeting);
  const error = await failing(host.url, { http: 2, timeouts: { connectMs: 500 } });
  return [error.code, error.evidence.seen];
}

const flood = (count: number, frame: Uint8Array) => Buffer.concat(Array.from({ length: count }, () => frame));

describe('in place of SETTINGS', () => {
  const greetings: [string, Uint8Array, string | RegExp, RegExp][] = [
    ['nothing', Buffer.alloc(0), 'WS_H2_NO_SETTINGS', /no SETTINGS within 500 ms/],
    ['half a frame', GREETING.subarray(0, 7), 'WS_H2_NO_SETTINGS', /no SETTINGS/],
    ['other frames', goaway(), 'WS_H2_SESSION_FAILED', /./],
    ['GOAWAY with an error', goaway(11), 'WS_H2_SESSION_FAILED', /./],
    ['the setting with another value', settings({ 8: 2 }), 'WS_H2_SESSION_FAILED', /./],
    ['the setting with 0', settings({ 8: 0 }), 'WS_H2_NOT_OFFERED', /not 1/],
    // Node 20 answers some faults with GOAWAY, reads no more, and does not say so.
    [
      'SETTINGS of a length that is wrong',
      h2frame(Type.settings, 0, 0, Buffer.alloc(5)),
      /^WS_H2_(?:SESSION_FAILED|NO_SETTINGS)$/,
      /./,
    ],
    ['HTTP/1.1', Buffer.from('HTTP/1.1 505 No\r\n\r\n'), 'WS_H2_SESSION_FAILED', /./],
  ];
  for (const [what, greeting, code, seen] of greetings) {
    test(what, async () => {
      await using host = await saying(() => {}, greeting);
      const error = await failing(host.url, { http: 2, timeouts: { connectMs: 500 } });
      if (typeof code === 'string') assert.equal(error.code, code);
      else assert.match(error.code, code);
      assert.match(error.evidence.seen ?? '', seen);
      await host.gone();
    });
  }

  test('FIN, and RST', async () => {
    for (const [end, seen] of [
      [(socket: Socket) => socket.end(), 'FIN'],
      [(socket: Socket) => socket.resetAndDestroy(), 'RST'],
    ] as const) {
      await using host = await hosting({
        secure: false,
        onSocket: (socket) => void socket.once('data', () => end(socket)),
      });
      const error = await failing(host.url, { http: 2 });
      assert.deepEqual([error.code, error.evidence.seen], ['WS_H2_SESSION_FAILED', seen]);
      await host.gone();
    }
  });
});

describe('in place of an answer', () => {
  const rows: [string, Say, string | RegExp, string | RegExp][] = [
    ['nothing', () => {}, 'WS_HTTP_NO_RESPONSE', 'no answer within 500 ms'],
    [
      'RST_STREAM',
      (socket, stream) => socket.write(rst(stream, 1)),
      'WS_H2_CONNECT_REJECTED',
      'RST_STREAM PROTOCOL_ERROR (1)',
    ],
    [
      'RST_STREAM without an error',
      (socket, stream) => socket.write(rst(stream, 0)),
      'WS_H2_CONNECT_REJECTED',
      'RST_STREAM NO_ERROR (0)',
    ],
    [
      'RST_STREAM with a code that nobody knows',
      (socket, stream) => socket.write(rst(stream, 77)),
      'WS_H2_CONNECT_REJECTED',
      'RST_STREAM unknown code (77)',
    ],
    [
      'GOAWAY with an error',
      (socket) => socket.write(goaway(11)),
      'WS_H2_CONNECT_REJECTED',
      'GOAWAY ENHANCE_YOUR_CALM (11)',
    ],
    ['FIN', (socket) => socket.end(), 'WS_HTTP_EMPTY_REPLY', 'FIN'],
    ['RST', (socket) => socket.resetAndDestroy(), 'WS_HTTP_RESET', 'RST'],
    [
      'DATA',
      (socket, stream) => socket.write(data(stream, 'x')),
      /^WS_(?:HTTP_NO_RESPONSE|H2_CONNECT_REJECTED)$/,
      /./,
    ],
    [
      'an answer without a status',
      (socket, stream) => socket.write(headers(stream, [['a', 'b']])),
      'WS_H2_CONNECT_REJECTED',
      /PROTOCOL_ERROR/,
    ],
    [
      '101',
      (socket, stream) => socket.write(answer(stream, 101)),
      'WS_H2_CONNECT_REJECTED',
      /PROTOCOL_ERROR/,
    ],
    [
      '200 and the end',
      (socket, stream) => socket.write(answer(stream, 200, Flag.endHeaders | Flag.endStream)),
      'WS_H2_CONNECT_REJECTED',
      '200, then END_STREAM',
    ],
    [
      'an answer to somebody else',
      (socket) => socket.write(answer(99, 200)),
      'WS_H2_CONNECT_REJECTED',
      /error/i,
    ],
    [
      'half an answer',
      (socket, stream) => socket.write(answer(stream, 200, 0)),
      'WS_HTTP_NO_RESPONSE',
      'no answer within 500 ms',
    ],
    [
      'interim answers without end',
      (socket, stream) => socket.write(flood(50, answer(stream, 103))),
      'WS_HTTP_NO_RESPONSE',
      'no answer within 500 ms',
    ],
  ];
  for (const [what, say, code, seen] of rows) {
    test(what, async () => {
      const [found, evidence] = await fault(say);
      if (typeof code === 'string') assert.equal(found, code);
      else assert.match(found, code);
      if (typeof seen === 'string') assert.equal(evidence, seen);
      else assert.match(evidence ?? '', seen);
    });
  }

  test('a head above every limit is not kept', async () => {
    const line = headers(1, [['x', 'y'.repeat(15_000)]], 0).subarray(9);
    const [code] = await fault((socket, stream) => {
      socket.write(h2frame(Type.headers, 0, stream, headers(stream, [[':status', '200']]).subarray(9)));
      for (let count = 0; count < 200; count += 1) socket.write(h2frame(Type.continuation, 0, stream, line));
    });
    assert.ok(['WS_H2_CONNECT_REJECTED', 'WS_HTTP_NO_RESPONSE', 'WS_HTTP_EMPTY_REPLY'].includes(code), code);
  });
});

describe('again and again', () => {
  test('REFUSED_STREAM on every session: three are tried', async () => {
    await using host = await saying((socket, stream) => socket.write(rst(stream, 7)));
    const error = await failing(host.url, { http: 2 });
    assert.deepEqual(
      [error.code, error.evidence.seen],
      ['WS_H2_CONNECT_REJECTED', 'RST_STREAM REFUSED_STREAM (7)'],
    );
    assert.equal(host.sockets.length, 3);
  });

  test('GOAWAY right behind SETTINGS, on every session', async () => {
    await using host = await saying(() => {}, Buffer.concat([GREETING, goaway()]));
    const error = await failing(host.url, { http: 2 });
    assert.equal(error.code, 'WS_H2_CONNECT_REJECTED');
    // Before the request has left or after.
    assert.match(error.evidence.seen ?? '', /^(?:GOAWAY NO_ERROR|RST_STREAM REFUSED_STREAM)/);
    assert.equal(host.sockets.length, 3);
    await host.gone();
  });

  test('GOAWAY that leaves the request out, once: it goes to another session', async () => {
    let count = 0;
    await using host = await saying((socket, stream) => {
      count += 1;
      socket.write(count === 1 ? goaway(0, 0) : answer(stream, 200));
    });
    (await connect(host.url, { http: 2 })).terminate();
    assert.equal(host.sockets.length, 2);
  });

  test('a session that was good and says nothing any more is left for another one', async () => {
    // After DATA on a stream that was never opened Node reads no more, and does not say so.
    await using host = await hosting({
      secure: false,
      onSocket: (socket) =>
        bytes(socket, GREETING, (stream) => {
          if (stream === 1) socket.write(Buffer.concat([answer(stream, 200), data(99, 'x')]));
        }),
    });
    const first = await connect(host.url, { http: 2 });
    await pause(20);
    const second = await connect(host.url, { http: 2 });
    assert.equal(host.sockets.length, 2);
    for (const connection of [first, second]) connection.terminate();
  });
});

describe('under an open connection', () => {
  const opened = async (say: Uint8Array) => {
    const host = await saying((socket, stream) => socket.write(Buffer.concat([answer(stream, 200), say])));
    return { host, connection: await connect(host.url, { http: 2 }) };
  };
  const ends: [string, Uint8Array, string, RegExp][] = [
    ['RST_STREAM with CANCEL', rst(1, 8), 'H2_STREAM_RESET', /^RST_STREAM CANCEL \(8\)$/],
    ['RST_STREAM with INTERNAL_ERROR', rst(1, 2), 'H2_STREAM_RESET', /^RST_STREAM INTERNAL_ERROR \(2\)$/],
    ['GOAWAY with an error', goaway(2, 1), 'H2_SESSION_LOST', /^GOAWAY INTERNAL_ERROR \(2\)$/],
    [
      'a frame that breaks the session',
      h2frame(Type.windowUpdate, 0, 0, Buffer.alloc(4)),
      'H2_SESSION_LOST',
      /rotocol error/,
    ],
  ];
  for (const [what, say, cause, seen] of ends) {
    test(what, async () => {
      const { host, connection } = await opened(say);
      const record = await connection.closed;
      assert.deepEqual([record.code, record.cause, record.end], [1006, cause, 'rst']);
      assert.match(record.evidence.seen ?? '', seen);
      await host[Symbol.asyncDispose]();
    });
  }

  test('a frame of the WebSocket that is wrong is answered, and the stream ends', async () => {
    const { host, connection } = await opened(data(1, Buffer.from('8300', 'hex')));
    const record = await connection.closed;
    assert.deepEqual([record.cause, record.sent?.code], ['FRAME_OPCODE', 1002]);
    await host[Symbol.asyncDispose]();
  });

  test('frames of kinds that nobody knows mean nothing', async () => {
    const { host, connection } = await opened(
      Buffer.concat([
        h2frame(0x77, 0xff, 1, Buffer.alloc(9)),
        data(1, Buffer.from('8101 61'.replace(' ', ''), 'hex')),
      ]),
    );
    for await (const message of connection) {
      assert.equal(message, 'a');
      break;
    }
    connection.terminate();
    await host[Symbol.asyncDispose]();
  });
});

describe('the time is up, or the caller has left', () => {
  test('each stage has its row, whoever dials', async () => {
    await using far = await deaf();
    await using plain = await listening((socket) => void socket.resume());
    const place = `//127.0.0.1:${far.port}/`;
    const rows: [string, string, number][] = [
      [`ws:${place}`, 'WS_TCP_TIMEOUT', 300],
      [plain.url.replace('ws:', 'wss:'), 'WS_TLS_TIMEOUT', 300],
      [plain.url, 'WS_H2_NO_SETTINGS', 300],
    ];
    for (const [url, code, connectMs] of rows) {
      // The second one waits for the dialling of the first, and is less patient.
      const [first, second] = await Promise.all([
        failing(url, { http: 2, timeouts: { connectMs } }),
        failing(url, { http: 2, timeouts: { connectMs: connectMs / 2 } }),
      ]);
      assert.deepEqual([first.code, second.code], [code, code]);
      assert.match(second.message, /within 150 ms/);
    }
    await plain.gone();
  });

  test('who waits for the dialling of somebody who leaves goes on waiting', {
    skip: need('openssl').skip,
  }, async () => {
    await using host = await hosting();
    const off = new AbortController();
    const first = failing(host.url, { ...insisting(), signal: off.signal });
    const second = connect(host.url, insisting());
    off.abort('left');
    const error = await first;
    assert.deepEqual([error.code, error.cause], ['WS_CLIENT_CLOSED_EARLY', 'left']);
    (await second).terminate();
    assert.equal(host.sockets.length, 1);
  });

  test('when all have left the dialling ends', async () => {
    await using silent = await listening((socket) => void socket.resume());
    const off = new AbortController();
    const both = [1, 2].map(() => failing(silent.url, { http: 2, signal: off.signal }));
    while (silent.sockets.length === 0) await pause(2);
    off.abort();
    for (const error of await Promise.all(both)) assert.equal(error.evidence.seen, 'upgrade');
    await silent.gone();
    assert.equal(silent.sockets.length, 1);
  });

  test('and who comes right then dials anew', async () => {
    await using host = await hosting({ secure: false });
    const off = new AbortController();
    const first = failing(host.url, { http: 2, signal: off.signal });
    off.abort();
    (await connect(host.url, { http: 2 })).terminate();
    assert.equal((await first).code, 'WS_CLIENT_CLOSED_EARLY');
  });

  test('while the body of a refusal is read: the refusal is what is told', async () => {
    await using host = await hosting({
      secure: false,
      onStream: (stream) => {
        stream.respond({ ':status': 403 });
        stream.write('half');
      },
    });
    const error = await failing(host.url, { http: 2, signal: AbortSignal.timeout(150) });
    assert.deepEqual([error.code, error.body], ['WS_AUTH_FORBIDDEN', 'half']);
  });

  test('a name that does not exist, a port that nobody has', async () => {
    assert.equal((await failing('ws://no-such-host.invalid/', { http: 2 })).code, 'WS_DNS_NXDOMAIN');
    assert.equal((await failing('wss://127.0.0.1:1/', { http: 'auto' })).code, 'WS_TCP_REFUSED');
  });
});

describe('every row of H2_FAILURES', () => {
  const made = async (http: 2 | 'auto', alpn: string[], announced = {}) => {
    await using host = await hosting({ alpn, announced });
    return (await failing(host.url, { ...insisting(), http })).code.slice(3);
  };
  const ended = async (end: (host: Awaited<ReturnType<typeof hosting>>) => void) => {
    await using host = await hosting({ secure: false, onStream: (stream) => void accept(stream) });
    const connection = await connect(host.url, { http: 2 });
    end(host);
    return (await connection.closed).cause;
  };
  const rows: Record<keyof typeof H2_FAILURES, () => Promise<string | undefined>> = {
    H2_NOT_CHOSEN: () => made(2, ['http/1.1']),
    H2_NOT_OFFERED: () => made(2, ['h2']),
    H2_NO_SETTINGS: async () => (await fault(() => {}, Buffer.alloc(0)))[0].slice(3),
    H2_SESSION_FAILED: async () =>
      (await fault(() => {}, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')))[0].slice(3),
    H2_CONNECT_REJECTED: async () =>
      (await fault((socket, stream) => socket.write(rst(stream, 1))))[0].slice(3),
    H2_STREAM_RESET: () => ended((host) => host.streams[0]!.close(8)),
    H2_SESSION_LOST: () => ended((host) => host.sessions[0]!.goaway(11)),
  };
  test('has a maker here', () => assert.deepEqual(Object.keys(rows).sort(), Object.keys(H2_FAILURES).sort()));
  for (const [wanted, make] of Object.entries(rows)) {
    test(wanted, { skip: need('openssl').skip }, async () => assert.equal(await make(), wanted));
  }
});
