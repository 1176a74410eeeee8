// Which HTTP is spoken: 'auto' takes HTTP/2 where it is offered and HTTP/1.1 elsewhere, and says why; 2 insists.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { connect } from '../../src/client/connect.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { answering } from '../transport/listener.js';
import { failing } from './attempt.js';
import { hosting, insisting } from './http2-host.js';

const options = { skip: need('openssl').skip, timeout: 30_000 };
const auto = () => ({ ...insisting(), http: 'auto' as const });

describe("'auto'", options, () => {
  test('takes HTTP/2 from a server that takes WebSockets over it', async () => {
    await using host = await hosting();
    const connection = await connect(host.url, auto());
    const { request, alpn, fallback } = connection.handshake!;
    assert.deepEqual([request.carrier, alpn, fallback], ['h2', 'h2', undefined]);
    connection.terminate();
  });

  test('goes on with the same socket when ALPN chooses HTTP/1.1', async () => {
    await using host = await hosting({ alpn: ['http/1.1'] });
    const connection = await connect(host.url, auto());
    const { request, response, alpn, fallback, timings } = connection.handshake!;
    assert.deepEqual([request.carrier, response.status, alpn], ['h1', 101, 'http/1.1']);
    assert.equal(fallback?.reason.code, 'H2_NOT_CHOSEN');
    assert.deepEqual(fallback?.evidence, { field: 'ALPN', seen: 'http/1.1', wanted: 'h2' });
    assert.ok(timings.tlsMs! > 0);
    assert.equal(host.sockets.length, 1);
    connection.onmessage = () => void connection.close();
    await connection.send('echo');
    assert.ok((await connection.closed).clean);
  });

  test('so it does when the server knows nothing of ALPN', async () => {
    await using host = await hosting({ alpn: [] });
    const connection = await connect(host.url, auto());
    const { alpn, fallback } = connection.handshake!;
    assert.deepEqual([alpn, fallback?.evidence.seen], [undefined, 'nothing']);
    connection.terminate();
    assert.equal(host.sockets.length, 1);
  });

  test('opens another connection, with HTTP/1.1 alone, to a server without RFC 8441', async () => {
    await using host = await hosting({ announced: {} });
    const connection = await connect(host.url, auto());
    const { request, alpn, fallback } = connection.handshake!;
    assert.deepEqual([request.carrier, alpn, fallback?.reason.code], ['h1', 'http/1.1', 'H2_NOT_OFFERED']);
    assert.equal(fallback?.evidence.field, 'SETTINGS_ENABLE_CONNECT_PROTOCOL');
    assert.deepEqual(host.chosen, ['h2', 'http/1.1']);
    assert.equal(host.streams.length, 0, 'nothing was asked over the first one');
    connection.terminate();
  });

  test('and to one that takes no stream at all', async () => {
    await using host = await hosting({ announced: { enableConnectProtocol: true, maxConcurrentStreams: 0 } });
    const connection = await connect(host.url, auto());
    assert.equal(connection.handshake!.fallback?.evidence.field, 'SETTINGS_MAX_CONCURRENT_STREAMS');
    connection.terminate();
  });

  test('many at once learn it from one dialling', async () => {
    await using host = await hosting({ announced: {} });
    const connections = await Promise.all(Array.from({ length: 10 }, () => connect(host.url, auto())));
    assert.deepEqual(host.chosen, ['h2', ...Array.from({ length: 10 }, () => 'http/1.1')]);
    for (const connection of connections) connection.terminate();
  });

  test('many at once, and ALPN chooses HTTP/1.1: one has the socket, the others dial', async () => {
    await using host = await hosting({ alpn: ['http/1.1'] });
    const connections = await Promise.all(Array.from({ length: 4 }, () => connect(host.url, auto())));
    assert.equal(host.sockets.length, 4);
    for (const connection of connections) {
      assert.equal(connection.handshake!.fallback?.reason.code, 'H2_NOT_CHOSEN');
      connection.terminate();
    }
  });

  test('leaves what is no HTTP/2 behind its ALPN', async () => {
    await using host = await hosting({
      onSocket: (socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    });
    const connection = await connect(host.url, auto());
    assert.deepEqual(host.chosen, ['h2', 'http/1.1']);
    assert.equal(connection.handshake!.fallback?.reason.code, 'H2_SESSION_FAILED');
    connection.terminate();
  });

  test('does what HTTP_1_1_REQUIRED asks for', async () => {
    await using host = await hosting({ onStream: (stream) => stream.close(13) });
    const connection = await connect(host.url, auto());
    const { fallback, request } = connection.handshake!;
    assert.deepEqual([fallback?.reason.code, request.carrier], ['H2_CONNECT_REJECTED', 'h1']);
    assert.equal(fallback?.evidence.seen, 'RST_STREAM HTTP_1_1_REQUIRED (13)');
    connection.terminate();
  });

  test('does not turn a refusal into a second try', async () => {
    await using host = await hosting({
      onStream: (stream) => stream.respond({ ':status': 403 }, { endStream: true }),
    });
    assert.deepEqual([(await failing(host.url, auto())).status, host.sockets.length], [403, 1]);
  });

  test('nor a certificate that is not trusted', async () => {
    await using host = await hosting();
    assert.equal((await failing(host.url, { http: 'auto' })).code, 'WS_TLS_CERT_UNTRUSTED');
    assert.equal(host.sockets.length, 1);
  });

  test('without TLS is HTTP/1.1 at once', async () => {
    await using host = await answering('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
    assert.equal((await failing(host.url, { http: 'auto' })).status, 403);
    assert.match(host.heads[0]!, /^GET \/ HTTP\/1\.1/);
  });

  test('may end over HTTP/2 after a redirect that came over HTTP/1.1', async () => {
    await using end = await hosting();
    await using start = await answering(
      `HTTP/1.1 302 Found\r\nLocation: ${end.url}\r\nContent-Length: 0\r\n\r\n`,
      {
        tls: { ...certificate(), ALPNProtocols: ['http/1.1'] },
      },
    );
    const connection = await connect(start.url, { ...auto(), redirects: 1 });
    assert.deepEqual([connection.handshake!.alpn, connection.handshake!.fallback], ['h2', undefined]);
    connection.terminate();
  });
});

describe('2 insists', options, () => {
  test('on ALPN', async () => {
    for (const alpn of [['http/1.1'], []]) {
      await using host = await hosting({ alpn });
      const error = await failing(host.url, insisting());
      assert.equal(error.code, 'WS_H2_NOT_CHOSEN');
      await host.gone();
    }
  });

  test('on RFC 8441', async () => {
    await using host = await hosting({ announced: {} });
    const error = await failing(host.url, insisting());
    assert.deepEqual([error.code, error.stage], ['WS_H2_NOT_OFFERED', 'upgrade']);
    assert.match(error.message, /SETTINGS_ENABLE_CONNECT_PROTOCOL: not 1, wanted 1/);
    await host.gone();
  });

  test('without TLS the server is taken to know', async () => {
    await using host = await hosting({ secure: false });
    (await connect(host.url, { http: 2 })).terminate();
    await using plain = await answering('HTTP/1.1 400 Bad Request\r\n\r\n');
    assert.equal((await failing(plain.url, { http: 2 })).code, 'WS_H2_SESSION_FAILED');
  });
});

test('1 is the default, and offers HTTP/1.1 alone', options, async () => {
  await using host = await hosting();
  const connection = await connect(host.url, { ...insisting(), http: 1 });
  assert.deepEqual([connection.handshake!.alpn, connection.handshake!.fallback], ['http/1.1', undefined]);
  connection.terminate();
  const { http: _, ...rest } = insisting();
  (await connect(host.url, rest)).terminate();
  assert.deepEqual(host.chosen, ['http/1.1', 'http/1.1']);
});

test('another value is refused by name', async () => {
  for (const http of [3, '2', 'h2', null]) {
    await assert.rejects(
      connect('wss://localhost/', { http } as never),
      /^TypeError: http is 1, 2 or 'auto'/,
    );
  }
});
