// The command `connect`: lines through, the handshake shown, and an exit code for each way in which it can end.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { hosting } from '../client/http2-host.js';
import { handfast, serve } from '../e2e/harness.js';
import { freePort } from '../support/child.js';
import { need } from '../support/needs.js';
import { portOf } from '../support/raw.js';
import { certificate } from '../support/tls.js';
import { forwarding } from '../transport/forwarding.js';
import { assertFits, golden, plainEnv, run } from './run.js';
import { WebSocketServer } from './ws.js';

/** A server that answers every request with these bytes, whatever it asks. */
async function canned(answer: string | ((socket: Socket) => void)): Promise<Server & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('data', () => (typeof answer === 'string' ? socket.end(answer) : answer(socket)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return Object.assign(server, {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  });
}

/** What differs from run to run, made the same. */
function steady(text: string, port: number): string {
  return text
    .replaceAll(String(port), '54321')
    .replace(/ +\d+ ms$/gm, ' N ms')
    .replace(/after \d+ ms/g, 'after N ms')
    .replace(/[A-Za-z0-9+/]{22}==/g, 'KEYKEYKEYKEYKEYKEYKEYQ==')
    .replace(/[A-Za-z0-9+/]{27}=/g, 'ACCEPTACCEPTACCEPTACCEPTACC=')
    .replace(/\d+(?:\.\d+)? s\b/g, 'N s');
}

function steadyDate(text: string): string {
  return text.replace(/date: .{29}/, 'date: Thu, 01 Jan 1970 00:00:00 GMT');
}

describe('connect', () => {
  test('lines of stdin out, messages to stdout, a clean close is 0', async () => {
    await using served = await serve();
    const result = await run(['connect', served.url.href], { input: 'one\ntwo\nžluťoučký\n' });
    assert.deepEqual(result, { code: 0, stdout: 'one\ntwo\nžluťoučký\n', stderr: '' });
  });

  test('a binary message is its length and hexadecimal', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket) => {
      socket.send(Buffer.from([0xde, 0xad]));
      socket.send(Buffer.alloc(100));
      socket.close(1000);
    });
    const result = await run(['connect', `ws://127.0.0.1:${server.address().port}/`]);
    server.close();
    assert.equal(result.code, 0);
    const [first, second] = result.stdout.split('\n');
    assert.equal(first, '(2 bytes) de ad');
    assert.match(second!, /^\(100 bytes\) (00 ){64}…$/);
  });

  for (const width of [80, 120]) {
    test(`-v shows both heads at ${width} columns`, async () => {
      await using served = await serve('--subprotocol', 'json');
      const args = [
        'connect',
        '-v',
        served.url.href,
        '--subprotocol',
        'json,xml',
        '--origin',
        `http://${served.url.host}`,
      ];
      const secrets = ['--header', 'Authorization: Bearer s3cr3t', '--header', 'Cookie: sid=topsecret'];
      const result = await run([...args, ...secrets], { env: { COLUMNS: String(width) } });
      assert.equal(result.code, 0);
      assert.equal(result.stdout, '');
      assert.doesNotMatch(result.stderr, /s3cr3t|topsecret/);
      assertFits(result.stderr, width);
      golden(`connect-verbose.${width}.txt`, steady(result.stderr, served.port));
    });

    test(`a refusal is told at ${width} columns and is exit 2`, async () => {
      await using served = await serve();
      const result = await run(['connect', served.url.href, '--origin', 'https://evil.example'], {
        env: { COLUMNS: String(width) },
      });
      assert.equal(result.code, 2);
      assertFits(result.stderr, width);
      golden(`connect-refused.${width}.txt`, steady(result.stderr, served.port));
    });
  }

  test('--compress offers compression and tells what came of it', async () => {
    await using compressing = await serve('--compress');
    await using plain = await serve();
    const [agreed, declined, verbose] = await Promise.all([
      run(['connect', '--compress', compressing.url.href], { input: 'x\n' }),
      run(['connect', '--compress', plain.url.href], { input: 'x\n' }),
      run(['connect', '--compress', '-v', compressing.url.href], { input: 'x\n' }),
    ]);
    for (const { code, stdout } of [agreed, declined, verbose]) assert.deepEqual([code, stdout], [0, 'x\n']);
    assert.equal(
      agreed.stderr,
      "  ✓ messages compressed; the server's each by itself; the client's each by\n    itself\n",
    );
    assert.equal(declined.stderr, '  ! not compressed: the server declined the offer\n');
    assertFits(verbose.stderr, 80);
    golden('connect-compress.80.txt', steady(verbose.stderr, compressing.port));
  });

  test('--http 2 goes over HTTP/2, without TLS to who knows it', async () => {
    await using served = await serve('--h2');
    const result = await run(['connect', '--http', '2', '-v', served.url.href], { input: 'x\n' });
    assert.deepEqual([result.code, result.stdout], [0, 'x\n']);
    assertFits(result.stderr, 80);
    golden('connect-http2.80.txt', steadyDate(steady(result.stderr, served.port)));
  });

  test('--http auto tells why it is HTTP/1.1; --http 2 fails', { skip: need('openssl').skip }, async () => {
    await using host = await hosting({ announced: {} });
    const folder = mkdtempSync(join(tmpdir(), 'handfast-cli-'));
    const env = { NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') };
    writeFileSync(env.NODE_EXTRA_CA_CERTS, certificate().ca);
    const [fallen, failed] = await Promise.all([
      run(['connect', '--http', 'auto', host.url], { input: 'x\n', env }),
      run(['connect', '--http', '2', host.url], { env }),
    ]);
    rmSync(folder, { recursive: true });
    assert.deepEqual([fallen.code, fallen.stdout], [0, 'x\n']);
    golden('connect-fallback.80.txt', fallen.stderr);
    assert.equal(failed.code, 2);
    assert.match(failed.stderr, /H2_NOT_OFFERED/);
    assert.equal((await run(['connect', '--http', '3', host.url])).code, 64);
  });

  test('an invalid 101 is exit 2', async () => {
    await using server = await canned(
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n',
    );
    const result = await run(['connect', `ws://127.0.0.1:${portOf(server)}/`]);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /RESP_ACCEPT_WRONG/);
  });

  test('what cannot be reached is exit 3', async () => {
    const closed = await run(['connect', `ws://127.0.0.1:${await freePort()}/`]);
    assert.equal(closed.code, 3);
    assert.match(closed.stderr, /TCP_/);
    const nowhere = await run(['connect', 'ws://no-such-host.invalid/']);
    assert.equal(nowhere.code, 3);
    assert.match(nowhere.stderr, /DNS_/);
    await using plain = await serve();
    const tls = await run(['connect', plain.url.href.replace('ws:', 'wss:')]);
    assert.equal(tls.code, 3);
    assert.match(tls.stderr, /TLS_/);
  });

  test('--proxy, --no-proxy and the environment decide about the way', async () => {
    await using served = await serve();
    await using proxy = await forwarding({ credentials: 'user:s3cr3t' });
    const through = (user: string) => `http://${user}127.0.0.1:${proxy.port}`;
    const url = `ws://only-there.invalid:${served.port}/`;
    const env = { HTTP_PROXY: through('user:s3cr3t@') };
    const [told, named, straight, here, refused, none] = await Promise.all([
      run(['connect', '-v', '--proxy', through('user:s3cr3t@'), url], { input: 'x\n' }),
      run(['connect', url], { input: 'x\n', env }),
      run(['connect', '--no-proxy', url], { env }),
      run(['connect', served.url.href], { input: 'x\n', env }),
      run(['connect', '--proxy', through('user:wr0ng-one@'), url]),
      run(['connect', '--proxy', 'ftp://user:s3cr3t@p', url]),
    ]);
    assert.deepEqual([told.code, told.stdout, named.code, named.stdout], [0, 'x\n', 0, 'x\n']);
    assert.match(told.stderr, new RegExp(`open after \\d+ ms, through http://127\\.0\\.0\\.1:${proxy.port}`));
    assert.deepEqual([straight.code, here.code, here.stdout], [3, 0, 'x\n']);
    assert.match(straight.stderr, /DNS_NXDOMAIN/);
    assert.equal(proxy.asked.length, 2, 'this machine is reached without one');
    assert.deepEqual([refused.code, none.code], [3, 64]);
    golden(
      'connect-proxy-refused.80.txt',
      steady(refused.stderr.replaceAll(`${proxy.port}`, '43128'), served.port),
    );
    for (const { stderr } of [told, named, refused, none]) assert.doesNotMatch(stderr, /s3cr3t|wr0ng/);
  });

  test('a pasted curl command: its fields, cookies, origin and subprotocols; ours win', async () => {
    const heads: string[] = [];
    const server = createServer((socket) =>
      socket
        .on('error', () => {})
        .once('data', (chunk) => {
          heads.push(chunk.toString('latin1'));
          socket.end('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n');
        }),
    ).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${portOf(server)}/ws?room=1`;
    const fields = ['Origin: https://app.example', 'Upgrade: websocket', 'Sec-WebSocket-Key: x', 'X-Team: b'];
    const words = [...fields, 'Sec-WebSocket-Protocol: chat, v2'].flatMap((field) => ['-H', field]);
    const asWords = await run(['connect', 'curl', url, ...words, '-b', 'sid=1', '--compressed']);
    const text = `curl '${url}' \\\n  -H 'Origin: https://app.example' -H 'X-Team: b'`;
    const asText = await run(['connect', '--origin', 'https://ours.example', text]);
    server.close();
    assert.equal(asWords.code, 2);
    assert.equal(asText.code, 2);
    const [first = '', second = ''] = heads;
    assert.match(first, /^GET \/ws\?room=1 HTTP\/1\.1\r\n/);
    for (const field of ['Origin: https://app.example', 'X-Team: b', 'Cookie: sid=1'])
      assert.ok(first.includes(`\r\n${field}\r\n`), field);
    assert.match(first, /\r\nSec-WebSocket-Protocol: chat, ?v2\r\n/i);
    assert.match(first, /\r\nSec-WebSocket-Key: (?!x\r)/);
    assert.match(second, /\r\nOrigin: https:\/\/ours\.example\r\n/);
  });

  test('a curl command that is no handshake is usage, and repeats no secret', async () => {
    for (const words of [
      ['curl'],
      ['curl', 'https://a.example', '--data', 's3cr3t'],
      ['curl', 'https://a.example', '--resolve', 'a.example:443:192.0.2.1'],
      ['curl', 'https://a.example', '-H', 'Host: b.example', '-b', 's3cr3t=1'],
      ['ws://a.example', 'ws://b.example'],
      ["curl 'https://a.example", 'x'],
    ]) {
      const { code, stdout, stderr } = await run(['connect', ...words]);
      assert.equal(code, 64, words.join(' '));
      assert.equal(stdout, '');
      assert.doesNotMatch(stderr, /s3cr3t|\n {4}at /);
    }
  });

  test('a bad URL and bad options are told apart from a bad network', async () => {
    const scheme = await run(['connect', 'ftp://example.com/']);
    assert.ok(scheme.code === 3 || scheme.code === 64, String(scheme.code));
    assert.notEqual(scheme.stderr, '');
    assert.equal((await run(['connect'])).code, 64);
    const header = await run(['connect', 'ws://127.0.0.1:1/', '--header', 'no colon s3cr3t']);
    assert.equal(header.code, 64);
    assert.doesNotMatch(header.stderr, /s3cr3t/);
  });

  test('opened and then cut, or closed with an error, is exit 5', async () => {
    const server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    server.on('connection', (socket, request) => {
      if (request.url === '/cut') (socket as unknown as { _socket: Socket })._socket.resetAndDestroy();
      else if (request.url === '/error') socket.close(1011, 'boom');
      else socket.close(1001);
    });
    const url = `ws://127.0.0.1:${server.address().port}`;
    const stdinStaysOpen = async (path: string) => {
      await using child = handfast(['connect', `${url}${path}`], { env: plainEnv });
      return { code: await child.exited, stderr: child.stderr.join('\n') };
    };
    const cut = await stdinStaysOpen('/cut');
    const error = await stdinStaysOpen('/error');
    const away = await stdinStaysOpen('/away');
    server.close();
    assert.equal(cut.code, 5);
    assert.match(cut.stderr, /closed 1006[\s\S]*handfast explain/);
    assert.equal(error.code, 5);
    assert.match(error.stderr, /closed 1011 "boom"/);
    assert.equal(away.code, 0);
  });

  test('SIGINT closes the connection and is exit 130', async () => {
    await using served = await serve();
    await using child = handfast(['connect', '-v', served.url.href], { env: plainEnv });
    await child.errorLine(/open after/);
    child.process.kill('SIGINT');
    assert.equal(await child.exited, 130);
  });
});
