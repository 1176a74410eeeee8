// The command `reflect`: where it listens, what it prints of each request, what it cannot read, and how it ends.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { placeOf, seenText } from '../../src/cli/reflect.js';
import { Terminal } from '../../src/cli/terminal.js';
import { readReflection, reflectionOf } from '../../src/forensics/reflection.js';
import { requestReasons } from '../../src/handshake/rejections.js';
import { remarksOn } from '../../src/reflect/remarks.js';
import { assertFits, run } from '../cli/run.js';
import { handfast } from '../e2e/harness.js';
import { CONNECT, change, connectHead, REQUEST, requestHead } from '../handshake/heads.js';
import { upgrade } from '../hostile/bytes.js';
import { ask } from '../server/peer.js';
import type { Child } from '../support/child.js';
import { probe } from '../support/raw.js';
import { certificate } from '../support/tls.js';

interface Running extends AsyncDisposable {
  readonly child: Child;
  readonly port: number;
}

async function reflecting(...args: string[]): Promise<Running> {
  const child = handfast(['reflect', ...args]);
  const port = Number(/^listening on wss?:\/\/\S+:(\d+)\/$/.exec(await child.line())![1]);
  return { child, port, [Symbol.asyncDispose]: () => child[Symbol.asyncDispose]() };
}

const ARRIVAL = { time: new Date('2026-11-22T12:54:52Z'), peer: '127.0.0.1:41234', tls: false };
const remarks = (lines: readonly string[]) => remarksOn(reflectionOf(requestHead(lines), ARRIVAL));

describe('where it listens', () => {
  const places: [where: string, host: string | undefined, place: string][] = [
    [':3000', undefined, '127.0.0.1 3000'],
    ['3000', undefined, '127.0.0.1 3000'],
    [':0', '::', ':: 0'],
    ['0.0.0.0:3000', undefined, '0.0.0.0 3000'],
    ['[::1]:3000', undefined, '::1 3000'],
    ['app.test:80', undefined, 'app.test 80'],
  ];
  for (const [where, host, wanted] of places) {
    test(`${where} ${host ?? ''}`, () => {
      const place = placeOf(where, host);
      assert.ok(typeof place === 'object', String(place));
      assert.equal(`${place.host} ${place.port}`, wanted);
    });
  }
  for (const where of ['', ':', ':x', ':65536', 'app.test', '::1:3000', 'ws://a:1', ':1\u001b[31m']) {
    test(`${JSON.stringify(where)} is no place`, () =>
      assert.equal(typeof placeOf(where, undefined), 'string'));
  }
  test('a host is given once', () => assert.equal(typeof placeOf('a:1', 'b'), 'string'));

  test('wrong usage is 64, and nothing listens', async () => {
    for (const args of [
      ['nowhere'],
      [':0', '--tls-cert', 'x'],
      ['a:0', '--host', 'b'],
      [':0', '--token', 'x'],
    ]) {
      const { code, stdout } = await run(['reflect', ...args]);
      assert.deepEqual([code, stdout], [64, ''], args.join(' '));
    }
  });
});

describe('what it says of a request by itself', () => {
  const nginx = change(
    REQUEST.filter((line) => !/^(?:Upgrade|Connection)/.test(line)),
    'Host',
    'Host: 127.0.0.1:3000',
  );
  const rows: [name: string, lines: readonly string[], said: string[]][] = [
    ['all is there', REQUEST, ['Host: example.com']],
    [
      'Upgrade and Connection gone',
      [...nginx, 'Connection: close'],
      ['no Upgrade', 'Connection: close', 'Host: 127.0.0.1:3000'],
    ],
    ['the key gone', change(REQUEST, 'Sec-WebSocket-Key'), ['no Sec-WebSocket-Key', 'Host: example.com']],
    ['a health check', ['GET /healthz HTTP/1.1', 'Host: x'], ['asks for no WebSocket', 'Host: x']],
  ];
  for (const [name, lines, said] of rows) test(name, () => assert.deepEqual(remarks(lines), said));

  test('fields that proxies add, each once, and whose hand it is', () => {
    const added = ['X-Forwarded-For: 127.0.0.1', 'X-Forwarded-Host: x', 'X-Forwarded-Server: localhost'];
    const said = remarks([...REQUEST, ...added, 'X-Mine: 1']);
    assert.equal(said[1], 'added X-Forwarded-For, X-Forwarded-Host, X-Forwarded-Server');
    assert.match(said[2]!, /^by apache \(/);
  });

  test('over HTTP/2 nothing is missing that has no place there', () => {
    const over = (lines: readonly string[]) => remarksOn(reflectionOf(connectHead(lines), ARRIVAL));
    assert.deepEqual(over(CONNECT), ['Host: example.com']);
    assert.deepEqual(over(change(CONNECT, ':protocol')), ['no :protocol', 'Host: example.com']);
  });

  test('what is said below the line fits the terminal, and nowhere is a control character', () => {
    const hostile = change(REQUEST, 'Host', `Host: ${'x'.repeat(500)}`, 'Via: \u0085\u009b31m');
    const rejection = { reason: requestReasons.PROXY_UPGRADE_STRIPPED, evidence: {} };
    for (const ascii of [true, false]) {
      const terminal = new Terminal({ width: 80, ascii, colour: false });
      const text = seenText(terminal, reflectionOf(requestHead(hostile), ARRIVAL), rejection, new Date());
      const [line, ...below] = text.split('\n');
      assertFits(below.join('\n'), 80);
      assert.doesNotMatch(line!, /\p{Cc}/u);
      assert.match(
        text,
        /426 GET \/chat\?room=42 HTTP\/1\.1 from 127\.0\.0\.1:41234 PROXY_UPGRADE_STRIPPED\n/,
      );
    }
  });
});

describe('running', () => {
  test('answers any path, prints a line about it, and ends with 0', async () => {
    await using reflect = await reflecting(':0');
    assert.equal((await ask(reflect.port, upgrade({}, 'GET /some/where HTTP/1.1'))).status, 101);
    assert.match(
      await reflect.child.line(/where/),
      /^\d\d:\d\d:\d\d \S+ 101 GET \/some\/where HTTP\/1\.1 from 127\.0\.0\.1:\d+$/,
    );
    assert.equal(await reflect.child.line(), '           Host: example.com');
    const refused = await ask(reflect.port, upgrade({ Upgrade: null, Cookie: 'sid=s3cr3t' }));
    assert.equal(refused.status, 426);
    assert.equal(readReflection(refused.body)!.fields[1]![0], 'Connection');
    assert.match(await reflect.child.line(/426/), / PROXY_UPGRADE_STRIPPED$/);
    assert.doesNotMatch(reflect.child.stdout.join('\n'), /s3cr3t/);
    assert.match(reflect.child.stderr.join('\n'), /doctor --reflect/);
    assert.equal(await reflect.child.stop('SIGINT'), 0);
  });

  test('says what came that is no request', async () => {
    await using reflect = await reflecting(':0');
    await probe(reflect.port, 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n');
    assert.match(await reflect.child.line(/400/), / REQ_SYNTAX .* · a PROXY protocol v1 line$/);
    await probe(reflect.port, Uint8Array.of(0x16, 3, 1));
    assert.match(await reflect.child.line(/400/), /a TLS ClientHello/);
  });

  test('takes the place of a backend with TLS; the log as JSON', async () => {
    const { key, cert, ca } = certificate();
    const folder = mkdtempSync(join(tmpdir(), 'handfast-reflect-'));
    try {
      for (const [name, text] of Object.entries({ key, cert })) writeFileSync(join(folder, name), text);
      const files = ['--tls-cert', join(folder, 'cert'), '--tls-key', join(folder, 'key')];
      await using reflect = await reflecting(':0', '--json', ...files);
      assert.equal((await ask(reflect.port, upgrade(), { ca })).status, 101);
      const { status, tls, target } = await reflect.child.json<Record<string, unknown>>();
      assert.deepEqual([status, tls, target], [101, true, '/ws']);
      await probe(reflect.port, 'nonsense\r\n\r\n', { ca });
      assert.deepEqual((await reflect.child.json<Record<string, unknown>>()).code, 'REQ_SYNTAX');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  test('a port that is in use is told with the way to another one', async () => {
    await using reflect = await reflecting(':0');
    const { code, stderr } = await run(['reflect', `:${reflect.port}`]);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`in use: .*handfast reflect :${reflect.port + 1}`, 's'));
  });

  test('to be reached from elsewhere it must be told, and says what that means', async () => {
    await using reflect = await reflecting('0.0.0.0:0');
    await reflect.child.errorLine(/Whoever reaches 0\.0\.0\.0/);
  });
});
