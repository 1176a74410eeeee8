// Answers that open nothing: a status, a wrong 101, octets that are no HTTP. Each is its row, with what came, and the socket is gone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inspect } from 'node:util';
import { refuse } from '../../src/server/refuse.js';
import { createServer } from '../../src/server/server.js';
import { answering, listening, opening, reading } from '../transport/listener.js';
import { failing, within } from './attempt.js';

describe('a 101 that does not answer (hostile inputs 137 to 139)', () => {
  const rows: [string, Record<string, string | undefined>, string, (readonly string[])?][] = [
    ['without Upgrade', { Upgrade: undefined }, 'RESP_UPGRADE_MISSING'],
    ['to another protocol', { Upgrade: 'Upgrade: h2c' }, 'RESP_UPGRADE_WRONG'],
    ['to two protocols', { Upgrade: 'Upgrade: websocket, h2c' }, 'RESP_UPGRADE_WRONG'],
    ['with Upgrade twice', { '': 'Upgrade: websocket' }, 'RESP_UPGRADE_WRONG'],
    ['without Connection', { Connection: undefined }, 'RESP_CONNECTION_MISSING'],
    ['with another Connection', { Connection: 'Connection: keep-alive' }, 'RESP_CONNECTION_WRONG'],
    ['with Connection: upgraded', { Connection: 'Connection: upgraded' }, 'RESP_CONNECTION_WRONG'],
    ['without an accept value', { Accept: undefined }, 'RESP_ACCEPT_MISSING'],
    [
      'with the accept value of RFC 6455',
      { Accept: 'Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=' },
      'RESP_ACCEPT_WRONG',
    ],
    ['with an empty accept value', { Accept: 'Sec-WebSocket-Accept:' }, 'RESP_ACCEPT_WRONG'],
    ['of HTTP/1.0', { HTTP: 'HTTP/1.0 101 Switching Protocols' }, 'HTTP_VERSION_10'],
    ['with a subprotocol that nobody asked for', { '': 'Sec-WebSocket-Protocol: json' }, 'PROTO_UNSOLICITED'],
    [
      'with a subprotocol that was not offered',
      { '': 'Sec-WebSocket-Protocol: xml' },
      'PROTO_NOT_OFFERED',
      ['json'],
    ],
    ['with a subprotocol in another case', { '': 'Sec-WebSocket-Protocol: JSON' }, 'PROTO_CASE', ['json']],
    ['with two subprotocols', { '': 'Sec-WebSocket-Protocol: json, xml' }, 'PROTO_MULTIPLE', ['json', 'xml']],
    [
      'with two lines of subprotocols',
      { '': 'Sec-WebSocket-Protocol: json\r\nSec-WebSocket-Protocol: json' },
      'PROTO_MULTIPLE',
      ['json'],
    ],
    [
      'with an extension that was not offered',
      { '': 'Sec-WebSocket-Extensions: permessage-deflate' },
      'EXT_UNSOLICITED',
    ],
    [
      'with deflate of 7 bits',
      { '': 'Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=7' },
      'EXT_UNSOLICITED',
    ],
    [
      'with deflate twice',
      { '': 'Sec-WebSocket-Extensions: permessage-deflate, permessage-deflate' },
      'EXT_UNSOLICITED',
    ],
    ['with extensions that cannot be read', { '': 'Sec-WebSocket-Extensions: ;' }, 'EXT_SYNTAX'],
    ['with a space before a colon', { Upgrade: 'Upgrade : websocket' }, 'HTTP_HEADER_SYNTAX'],
    ['with a folded line', { '': 'X: a\r\n b' }, 'HTTP_HEADER_SYNTAX'],
    ['with a NUL', { '': 'X: a\0b' }, 'HTTP_HEADER_SYNTAX'],
    ['without a space behind the status', { HTTP: 'HTTP/1.1 101' }, 'HTTP_STATUS_LINE'],
  ];
  for (const [what, changes, code, subprotocols = []] of rows) {
    test(what, async () => {
      await using host = await reading((socket, head) => socket.write(opening(head, changes), 'latin1'));
      const error = await failing(host.url, { subprotocols });
      assert.equal(error.code, `WS_${code}`);
      assert.equal(error.body, '');
      assert.notEqual(error.evidence.field, undefined);
      await host.gone();
    });
  }

  test('with the accept value twice, even when both are right', async () => {
    await using host = await reading((socket, head) => {
      const accept = /Sec-WebSocket-Accept: \S+/.exec(opening(head))![0];
      socket.write(opening(head, { '': accept }));
    });
    assert.equal((await failing(host.url)).code, 'WS_RESP_ACCEPT_REPEATED');
    await host.gone();
  });

  test('with lines that end with LF alone', async () => {
    await using host = await answering((head) => opening(head).replaceAll('\r\n', '\n'));
    assert.equal((await failing(host.url)).code, 'WS_HTTP_BARE_LF');
  });
});

describe('another status', () => {
  const rows: [string, string, string?][] = [
    ['200 OK', 'ROUTE_HTTP_200'],
    ['204 No Content', 'HTTP_STATUS'],
    ['100 Continue', 'HTTP_INTERIM'],
    ['103 Early Hints', 'HTTP_INTERIM'],
    ['301 Moved Permanently', 'ROUTE_REDIRECT', 'Location: /ws/'],
    ['302 Found', 'ROUTE_REDIRECT_LOGIN', 'Location: /login'],
    ['304 Not Modified', 'HTTP_STATUS'],
    ['400 Bad Request', 'HTTP_STATUS'],
    ['400 Bad Request', 'ROUTE_VERSION', 'Sec-WebSocket-Version: 8'],
    ['401 Unauthorized', 'AUTH_REQUIRED', 'WWW-Authenticate: Bearer'],
    ['403 Forbidden', 'AUTH_FORBIDDEN'],
    ['404 Not Found', 'ROUTE_NOT_FOUND'],
    ['405 Method Not Allowed', 'ROUTE_METHOD', 'Allow: POST'],
    ['407 Proxy Authentication Required', 'FWD_AUTH', 'Proxy-Authenticate: Basic'],
    ['418 I am a teapot', 'HTTP_STATUS'],
    ['426 Upgrade Required', 'ROUTE_VERSION', 'Upgrade: websocket'],
    ['429 Too Many Requests', 'ROUTE_RATE_LIMIT', 'Retry-After: 7'],
    ['431 Request Header Fields Too Large', 'ROUTE_HEADERS_TOO_LARGE'],
    ['500 Internal Server Error', 'ROUTE_SERVER_ERROR'],
    ['502 Bad Gateway', 'PROXY_UPSTREAM_DOWN'],
    ['503 Service Unavailable', 'ROUTE_MAINTENANCE', 'Retry-After: 7'],
    ['504 Gateway Timeout', 'PROXY_UPSTREAM_TIMEOUT'],
  ];
  for (const [status, code, line] of rows) {
    test(`${status} ${line ?? ''}`, async () => {
      const fields = line === undefined ? '' : `${line}\r\n`;
      await using host = await reading((socket) =>
        socket.write(`HTTP/1.1 ${status}\r\n${fields}Content-Length: 0\r\n\r\n`),
      );
      const error = await failing(host.url);
      assert.equal(error.code, `WS_${code}`);
      assert.equal(error.status, Number(status.slice(0, 3)));
      assert.equal(error.retryAfterSeconds, line?.startsWith('Retry-After') ? 7 : undefined);
      assert.ok(error.headers.some(([name, value]) => name === 'Content-Length' && value === '0'));
      assert.ok(error.fix.length > 10 && error.timings.headMs! >= 0);
      await host.gone();
    });
  }

  test('a redirect of ws to the same place over TLS is named as such', async () => {
    await using host = await answering((head) => {
      const to = /Host: (\S+)/.exec(head)![1];
      return `HTTP/1.1 301 Moved\r\nLocation: https://${to}/ws\r\nContent-Length: 0\r\n\r\n`;
    });
    assert.equal((await failing(`${host.url}ws`)).code, 'WS_ROUTE_REDIRECT_TLS');
  });

  test('Retry-After may be a date', async () => {
    const date = new Date(Date.now() + 90_000).toUTCString();
    await using host = await answering(`HTTP/1.1 503 X\r\nRetry-After: ${date}\r\n\r\n`);
    const { retryAfterSeconds } = await failing(host.url);
    assert.ok(retryAfterSeconds! > 80 && retryAfterSeconds! <= 90, String(retryAfterSeconds));
    await using past = await answering(
      'HTTP/1.1 503 X\r\nRetry-After: Thu, 01 Jan 1970 00:00:00 GMT\r\n\r\n',
    );
    assert.equal((await failing(past.url)).retryAfterSeconds, 0);
    await using nonsense = await answering('HTTP/1.1 503 X\r\nRetry-After: soon\r\n\r\n');
    assert.equal((await failing(nonsense.url)).retryAfterSeconds, undefined);
  });
});

describe('the body of a refusal', () => {
  const bodyOf = async (answer: string, pause = 0) => {
    await using host = await reading((socket) => void socket.write(answer, 'latin1'));
    const { body } = await within(280 + pause, () => failing(host.url));
    await host.gone();
    return body;
  };

  test('is read to its length', async () => {
    assert.equal(await bodyOf('HTTP/1.1 403 X\r\nContent-Length: 5\r\n\r\nhelloHTTP/1.1 200'), 'hello');
  });

  test('is read in chunks to the last one', async () => {
    const chunked = 'HTTP/1.1 403 X\r\nTransfer-Encoding: chunked\r\n\r\n';
    assert.equal(await bodyOf(`${chunked}5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\n\r\n`), 'hello, world');
    assert.equal(await bodyOf(`${chunked}zz\r\nhello\r\n0\r\n\r\n`), '');
  });

  test('is read for a moment when nothing tells its length', async () => {
    assert.equal(await bodyOf('HTTP/1.1 403 X\r\n\r\nhello', 300), 'hello');
  });

  test('is cut at a kibibyte, and escaped', async () => {
    const body = await bodyOf(`HTTP/1.1 403 X\r\nContent-Length: 9000\r\n\r\n${'x'.repeat(9000)}`);
    assert.equal(body, 'x'.repeat(1024));
    const coloured = await bodyOf('HTTP/1.1 403 X\r\nContent-Length: 11\r\n\r\n\x1b[31mred\r\n\0');
    assert.equal(coloured, '\\x1b[31mred\\r\\n\\x00');
  });

  test('is none where none can be', async () => {
    assert.equal(await bodyOf('HTTP/1.1 204 X\r\nContent-Length: 5\r\n\r\nhello'), '');
    assert.equal(await bodyOf('HTTP/1.1 304 X\r\n\r\nhello'), '');
  });

  test('may end by a reset', async () => {
    await using host = await reading((socket) => {
      socket.write('HTTP/1.1 403 X\r\nContent-Length: 500\r\n\r\nhello');
      setTimeout(() => socket.resetAndDestroy(), 50);
    });
    assert.equal((await failing(host.url)).body, 'hello');
  });

  test('that never ends is left after 300 ms, and before the time of the attempt is up', async () => {
    await using host = await reading((socket) => {
      socket.write('HTTP/1.1 403 X\r\n\r\n');
      const timer = setInterval(() => socket.write('.'), 20);
      socket.once('close', () => clearInterval(timer));
    });
    const { code, body } = await within(600, () => failing(host.url));
    assert.equal(code, 'WS_AUTH_FORBIDDEN');
    assert.match(body, /^\.{3,40}$/);
    const brief = await within(280, () => failing(host.url, { timeouts: { connectMs: 100 } }));
    assert.equal(brief.code, 'WS_AUTH_FORBIDDEN');
    await host.gone();
  });
});

describe('our own server', () => {
  test('names its reason, and the client has it', async () => {
    const server = createServer({
      port: 0,
      routes: {
        '/in': { authorize: () => refuse('AUTH_TOKEN_INVALID', { headers: { 'X-Hint': 'fresh' } }) },
        '/full': { authorize: () => refuse('ROUTE_RATE_LIMIT', { headers: { 'Retry-After': '9' } }) },
      },
    });
    await server.ready;
    const error = await failing(`${server.url}in`);
    assert.deepEqual([error.code, error.status, error.stage], ['WS_AUTH_TOKEN_INVALID', 401, 'http']);
    assert.ok(error.headers.some(([name]) => name === 'X-Hint'));
    assert.match(error.body, /"code":"AUTH_TOKEN_INVALID"/);
    assert.equal((await failing(`${server.url}full`)).retryAfterSeconds, 9);
    const origin = await failing(`${server.url}in`, { origin: 'https://evil.example' });
    assert.equal(origin.code, 'WS_ORIGIN_REJECTED');
    assert.equal((await failing(`${server.url}nowhere`)).code, 'WS_ROUTE_NOT_FOUND');
    await server.close();
  });
});

describe('octets that are no answer', () => {
  const rows: [string, string, string][] = [
    ['an SSH banner', 'SSH-2.0-OpenSSH_9.2\r\n', 'HTTP_NOT_HTTP'],
    ['frames at once', '\x81\x05hello', 'HTTP_NOT_HTTP'],
    ['lower case', 'http/1.1 101 x\r\n', 'HTTP_NOT_HTTP'],
    ['HTTP/2', '\0\0\x12\x04\0\0\0\0\0', 'HTTP_NOT_HTTP'],
    ['an empty line first', '\r\nHTTP/1.1 101 X\r\n', 'HTTP_NOT_HTTP'],
    ['a status of two digits', 'HTTP/1.1 10 X\r\n', 'HTTP_STATUS_LINE'],
    ['a TLS alert', '\x15\x03\x03\0\x02\x02\x28', 'TLS_MISSING'],
  ];
  for (const [what, bytes, code] of rows) {
    test(what, async () => {
      await using host = await listening((socket) => void socket.end(bytes, 'latin1').resume());
      assert.equal((await failing(host.url)).code, `WS_${code}`);
      await host.gone();
    });
  }
});

describe('a server or proxy that repeats what it was told (hostile input 145)', () => {
  const basic = Buffer.from('user:pa55word').toString('base64');
  const secrets = ['topsecret', 'pa55word', basic, 'tick3t-0123456789abc', 'tok3n.0123456789.abcdef'];
  const options = {
    headers: { Authorization: 'Bearer topsecret', 'Proxy-Authorization': `Basic ${basic}` },
    subprotocols: ['json', 'tok3n.0123456789.abcdef'],
  };
  const statuses = [
    ['407 Proxy Authentication Required', 'FWD_AUTH'],
    ['502 Bad Gateway', 'PROXY_UPSTREAM_DOWN'],
    ['301 Moved', 'ROUTE_REDIRECT'],
  ];
  for (const [status, code] of statuses) {
    test(`with ${status}`, async () => {
      await using host = await answering((head) => {
        const echo = head.replaceAll('\r\n', ' | ').trim();
        const body = `Your request was: ${head} and user:pa55word`;
        return `HTTP/1.1 ${status}\r\nX-Echo: ${echo}\r\nLocation: /x?a=tick3t-0123456789abc\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      });
      const error = await failing(`${host.url}?ticket=tick3t-0123456789abc`, options);
      assert.equal(error.code, `WS_${code}`);
      const told = `${error.stack}${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`;
      for (const secret of secrets) assert.ok(!told.includes(secret), secret);
      assert.match(error.body, /\(hidden\)/);
    });
  }

  test('with the offer as its selection', async () => {
    await using host = await reading((socket, head) => {
      const offer = /Sec-WebSocket-Protocol: .*/.exec(head)![0];
      socket.write(opening(head, { '': offer }));
    });
    const error = await failing(host.url, options);
    assert.equal(error.code, 'WS_PROTO_MULTIPLE');
    assert.ok(!inspect(error, { depth: 9 }).includes('tok3n'));
    assert.match(error.message, /json, \(hidden\)/);
  });

  test('with nothing at all, or a port that is closed', async () => {
    await using host = await listening((socket) => void socket.resume());
    const url = `${host.url}?ticket=tick3t-0123456789abc`;
    const silent = await failing(url, { ...options, timeouts: { connectMs: 60 } });
    await host[Symbol.asyncDispose]();
    const closed = await failing(url, options);
    assert.deepEqual([silent.code, closed.code], ['WS_HTTP_NO_RESPONSE', 'WS_TCP_REFUSED']);
    for (const error of [silent, closed]) {
      for (const secret of secrets) assert.ok(!inspect(error, { depth: 9 }).includes(secret), secret);
      assert.match(error.url!, /^ws:\/\/127\.0\.0\.1:\d+\/\?…$/);
    }
  });
});
