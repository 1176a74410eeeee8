// The command `explain` as a person uses it: pastes and codes in, the printed page and the exit code out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalogue } from '../../src/catalogue.js';
import { chromeHar, entry, har } from '../explain/archives.js';
import { type Packet, pcap } from '../explain/packets.js';
import { root } from '../support/needs.js';
import { assertFits, golden, paste, run } from './run.js';

const ESC = String.fromCharCode(27);

const pastes: readonly [name: string, code: number, cause: string][] = [
  ['nginx-stripped', 2, 'PROXY_UPGRADE_STRIPPED'],
  ['curl-good', 0, 'the answer belongs to this request'],
  ['curl-wrong-accept', 2, 'RESP_ACCEPT_WRONG'],
  ['devtools', 0, 'A good request'],
  ['refusal', 2, 'ORIGIN_REJECTED'],
  ['space-before-colon', 2, 'REQ_SYNTAX'],
  ['answer-alone', 0, 'give the request too'],
  ['deflate-good', 0, 'the answer belongs to this request'],
  ['deflate-unoffered', 2, 'EXT_CLIENT_BITS'],
];

describe('explain a paste', () => {
  for (const [name, code, cause] of pastes) {
    for (const width of [80, 120]) {
      test(`${name} at ${width} columns`, async () => {
        const result = await run(['explain'], {
          input: paste(`${name}.txt`),
          env: { COLUMNS: String(width) },
        });
        assert.equal(result.stderr, '');
        assert.match(result.stdout.replace(/\s+/g, ' '), new RegExp(cause));
        assert.equal(result.code, code);
        assertFits(result.stdout, width);
        golden(`explain-${name}.${width}.txt`, result.stdout);
      });
    }
  }

  test('an answer about compression is judged as far as it can be alone', async () => {
    const answer = (extensions: string) =>
      paste('answer-alone.txt').replace(/^(Upgrade:.*)$/m, `$1\nSec-WebSocket-Extensions: ${extensions}`);
    const good = await run(['explain'], { input: answer('permessage-deflate; client_max_window_bits=15') });
    assert.equal(good.code, 0);
    const wrong = await run(['explain'], { input: answer('permessage-deflate; client_max_window_bits=16') });
    assert.equal(wrong.code, 2);
    assert.match(wrong.stdout, /EXT_PARAM_INVALID/);
  });

  test('a file is the same as stdin, and - is stdin', async () => {
    const file = fileURLToPath(new URL('test/cli/pastes/refusal.txt', root));
    const [fromFile, fromDash] = [
      await run(['explain', file]),
      await run(['explain', '-'], { input: paste('refusal.txt') }),
    ];
    assert.equal(fromFile.stdout, fromDash.stdout);
    assert.equal(fromFile.code, 2);
  });

  test('no secret is printed, and the same secret always looks the same', async () => {
    const first = await run(['explain'], { input: paste('nginx-stripped.txt') });
    const second = await run(['explain'], { input: paste('nginx-stripped.txt') });
    assert.doesNotMatch(first.stdout, /s3cr3t|8f3a9c|abc\.def/);
    assert.match(first.stdout, /Bearer ‹redacted [0-9a-f]{4}›/);
    assert.match(first.stdout, /room=42/);
    assert.equal(first.stdout, second.stdout);
    const devtools = await run(['explain'], { input: paste('devtools.txt') });
    assert.doesNotMatch(devtools.stdout, /eyJ|abc123|c2lnbmF0dXJl/);
  });

  test('control and direction characters of a peer are escaped', async () => {
    const input = 'HTTP/1.1 101 x\nServer: a\x1b[31mred\u202e\x07\nUpgrade: websocket\n\n';
    const result = await run(['explain'], { input });
    assertFits(result.stdout, 80);
    assert.match(result.stdout, /\\x1b\[31mred/);
  });

  test('plain ASCII outside UTF-8 and with --ascii, colour only when wanted', async () => {
    const input = paste('curl-wrong-accept.txt');
    const posix = await run(['explain'], { input, env: { LC_ALL: 'C' } });
    const asked = await run(['--ascii', 'explain'], { input });
    assert.equal(posix.stdout, asked.stdout);
    assert.match(posix.stdout, /^[\n\x20-\x7e]*$/);
    assert.match(posix.stdout, /\[ok\][\s\S]*\[x\]/);
    golden('explain-ascii.80.txt', posix.stdout);
    const coloured = await run(['explain'], { input, env: { FORCE_COLOR: '1' } });
    const kept = await run(['explain'], { input, env: { FORCE_COLOR: '1', NO_COLOR: '1' } });
    const plain = await run(['explain'], { input });
    assert.match(coloured.stdout, new RegExp(`${ESC}\\[31m✗`));
    assert.equal(coloured.stdout.replace(new RegExp(`${ESC}\\[\\d+m`, 'g'), ''), plain.stdout);
    assert.equal(kept.stdout, plain.stdout);
  });
});

/** The lines of a head in a paste of `curl -v`. */
function head(mark: '<' | '>'): string {
  const lines = paste('curl-good.txt').split(/\r?\n/);
  const own = lines.filter((line) => line.startsWith(`${mark} `)).map((line) => line.slice(2));
  return `${own.join('\r\n')}\r\n\r\n`;
}

/** A handshake, one message, and FIN of the server after 60 s without an octet. */
function capture(): Buffer {
  const hi = Buffer.concat([Buffer.from(head('<')), Buffer.from([0x81, 2, 0x68, 0x69])]);
  const packets: readonly Packet[] = [
    { at: 0, from: 'client', flags: 'S', seq: 0 },
    { at: 0.01, from: 'server', flags: 'SA', seq: 0 },
    { at: 0.02, from: 'client', seq: 1, payload: head('>') },
    { at: 0.03, from: 'server', seq: 1, payload: hi },
    { at: 60.03, from: 'server', flags: 'FA', seq: 1 + hi.length },
  ];
  return pcap(packets);
}

describe('explain whatever there is', () => {
  const inputs: readonly [name: string, input: string | Uint8Array, exit: number, cause: string][] = [
    [
      'har-chrome',
      JSON.stringify(chromeHar({ error: 'Error during WebSocket handshake: Unexpected response code: 403' })),
      2,
      'no response head',
    ],
    [
      'har-firefox',
      JSON.stringify(
        har('Firefox', [entry({ answer: { status: 502, fields: { server: 'nginx/1.22.1' } } })]),
      ),
      2,
      'PROXY_UPSTREAM_DOWN · likely',
    ],
    [
      'frames',
      '81 85 37 fa 21 3d 7f 9f 4d 51 58\n88 82 00 00 00 00 03 ed\n',
      2,
      'CLOSE_CODE_INVALID · proven',
    ],
    ['frames-http', '48 54 54 50 2f 31 2e 31 20 34 30 30 20 42 61 64', 2, 'FRAME_HTTP_IN_STREAM'],
    ['haproxy', 'frontend b/s 0/0/0/1/60009 101 132 - - cD-- "GET /ws HTTP/1.1"\n', 2, 'IDLE_CUT'],
    [
      'nginx',
      '2026/11/22 21:04:30 [error] 20734#20734: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 127.0.0.1, server: a.example, request: "GET /down?token=s3cr3t HTTP/1.1", upstream: "http://127.0.0.1:3000/down", host: "a.example"\n',
      2,
      'PROXY_UPSTREAM_DOWN',
    ],
    [
      'error',
      "WebSocket connection to 'wss://chat.example.com/ws' failed: Invalid frame header\n",
      2,
      'five different faults',
    ],
    ['close-event', '{"code":1006,"reason":"","wasClean":false}\n', 2, 'ever opened'],
    ['guid', 'const GUID = "258EAFA5-E914-47DA-95CA-5AB5DC11E65B";\n', 2, 'WRONG_GUID'],
    ['capture', capture(), 2, 'server (192.0.2.2:8080) ended TCP first'],
  ];
  for (const [name, input, exit, cause] of inputs) {
    for (const width of [80, 120]) {
      test(`${name} at ${width} columns`, async () => {
        const result = await run(['explain'], { input, env: { COLUMNS: String(width) } });
        assert.equal(result.stderr, '');
        assert.equal(result.code, exit);
        assert.ok(result.stdout.replace(/\s+/g, ' ').includes(cause), result.stdout);
        assert.doesNotMatch(result.stdout, /s3cr3t/);
        assertFits(result.stdout, width);
        golden(`explain-${name}.${width}.txt`, result.stdout);
      });
    }
  }

  test('text as an argument is the same as on stdin', async () => {
    const text = 'frontend b/s 0/0/0/1/60009 101 132 - - cD-- "GET /ws HTTP/1.1"';
    const [argument, stdin] = [await run(['explain', text]), await run(['explain'], { input: text })];
    assert.equal(argument.stdout, stdin.stdout);
    assert.equal(argument.code, 2);
  });

  test('--fix prints the lines for one program, or for all', async () => {
    const one = await run(['explain', 'PROXY_UPGRADE_STRIPPED', '--fix', 'varnish']);
    assert.match(one.stdout, /return \(pipe\)/);
    assert.doesNotMatch(one.stdout, /proxy_set_header Upgrade +\$http_upgrade;\n/);
    const all = await run(['explain', 'PROXY_UPGRADE_STRIPPED', '--fix', 'all']);
    for (const program of ['nginx:', 'varnish:', 'apache:']) assert.ok(all.stdout.includes(program), program);
    assertFits(all.stdout, 80);
  });

  test('UTF-16 as the shells of Windows write it', async () => {
    const input = Buffer.concat([
      Buffer.of(0xff, 0xfe),
      Buffer.from('Server sent no subprotocol', 'utf16le'),
    ]);
    assert.match((await run(['explain'], { input })).stdout, /PROTO_NOT_SELECTED/);
  });

  test('a saved run that is damaged is told, not thrown', async () => {
    const result = await run(['explain'], { input: '{"schema":"handfast-run/1"}' });
    assert.equal(result.code, 64);
    assert.match(result.stderr, /^handfast: /);
  });
});

describe('explain a code', () => {
  test('every row of the catalogue is printed whole', async () => {
    const { explainReason } = await import('../../src/cli/explain.js');
    const { Terminal } = await import('../../src/cli/terminal.js');
    const terminal = new Terminal({ width: 80, ascii: false, colour: false });
    for (const reason of catalogue.values()) {
      const text = explainReason(terminal, reason);
      assertFits(text, 80);
      const words = text.replace(/\s+/g, ' ');
      for (const part of [reason.code, reason.title, ...reason.sections]) {
        assert.ok(words.includes(part), `${reason.code} lacks ${part}`);
      }
    }
  });

  test('one row, in any spelling of its code', async () => {
    const [plain, prefixed, lower] = await Promise.all(
      ['ORIGIN_REJECTED', 'WS_ORIGIN_REJECTED', 'origin-rejected'].map((code) => run(['explain', code])),
    );
    assert.equal(plain!.code, 0);
    assert.equal(plain!.stdout, prefixed!.stdout);
    assert.equal(plain!.stdout, lower!.stdout);
    golden('explain-ORIGIN_REJECTED.80.txt', plain!.stdout);
  });

  test('close codes, with those that are never sent', async () => {
    for (const code of ['1000', '1006', '1012', '4001']) {
      const result = await run(['explain', code]);
      assert.equal(result.code, 0);
      assertFits(result.stdout, 80);
      golden(`explain-${code}.80.txt`, result.stdout);
    }
  });

  test('what is nothing is usage, with the nearest code', async () => {
    const near = await run(['explain', 'ORIGIN_REJECTD']);
    assert.equal(near.code, 64);
    assert.match(near.stderr, /Did you mean: handfast explain ORIGIN_REJECTED/);
    for (const args of [
      ['explain', '999'],
      ['explain', 'no such file'],
      ['explain', '-'],
      ['explain', 'a', 'b'],
      ['nonsense'],
      [],
    ]) {
      const result = await run(args, { input: 'hello\n' });
      assert.equal(result.code, 64, args.join(' '));
      assert.equal(result.stdout, '');
      assert.notEqual(result.stderr, '');
    }
  });

  test('--help and --version are no errors', async () => {
    const help = await run(['--help']);
    const version = await run(['--version']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /serve[\s\S]*connect[\s\S]*explain/);
    assert.equal(version.code, 0);
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
  });
});
