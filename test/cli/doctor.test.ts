// The command `doctor` as a person uses it: real endpoints on loopback, every output, every exit code, wrong usage, Ctrl-C.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { savedRun } from '../../src/cli/doctor/engine.js';
import { Terminal } from '../../src/cli/terminal.js';
import { handfast, type Served, serve } from '../e2e/harness.js';
import { freePort } from '../support/child.js';
import { portOf } from '../support/raw.js';
import { assertFits, plainEnv, run } from './run.js';

const folder = mkdtempSync(join(tmpdir(), 'handfast-doctor-'));
const file = (name: string) => join(folder, name);
after(() => rmSync(folder, { recursive: true, force: true }));

/** A server that answers every request alike. */
async function answering(
  answer: (socket: Socket, head: string) => void,
): Promise<{ server: Server; url: string }> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (chunk) => answer(socket, chunk.toString('latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { server, url: `ws://127.0.0.1:${portOf(server)}/` };
}

describe('doctor', () => {
  let good: Served;
  let url: string;
  let missing: Awaited<ReturnType<typeof answering>>;
  before(async () => {
    good = await serve();
    url = good.url.href;
    missing = await answering((socket) =>
      socket.end('HTTP/1.1 404 Not Found\r\nContent-Type: text/html\r\nContent-Length: 5\r\n\r\nnope\n'),
    );
  });
  after(async () => {
    await good[Symbol.asyncDispose]();
    missing.server.close();
  });

  test('a good endpoint: every stage, the grade, exit 0, nothing on stderr', async () => {
    const { code, stdout, stderr } = await run(['doctor', url]);
    assert.equal(code, 0, stdout);
    assert.equal(stderr, '');
    assertFits(stdout, 80);
    assert.match(stdout, /✓ Upgrade {3}101/);
    assert.match(stdout, /Grade A/);
    assert.match(stdout, /rating 2026a · \d+ connections, \d\.\d KB sent/);
  });

  test('limits: exit 1 for a grade that is not reached, which JUnit has as its only failure', async () => {
    const { code, stdout } = await run(['doctor', '-q', '--min-grade', 'A+', '--junit', file('limits'), url]);
    assert.equal(code, 1);
    assert.match(stdout, /^! ws:\S+ {2}grade \S+ · exit 1\n$/);
    const xml = readFileSync(file('limits'), 'utf8');
    assert.match(xml, /<testsuites [^>]*failures="1"/);
    assert.match(xml, /name="grade"[^>]*>\s*<failure message="grade [^"]*; the least is A\+"/);
  });

  test('refused: one cause, its proof, exit 2', async () => {
    const { code, stdout } = await run(['doctor', '--origin', 'https://evil.example', url]);
    assert.equal(code, 2);
    assertFits(stdout, 80);
    assert.match(stdout, /✗ Upgrade {3}403/);
    assert.match(stdout, /ORIGIN_REJECTED · proven/);
    assert.match(stdout, /p\d +Origin: https:\/\/evil\.example +403/);
    assert.match(stdout, /exit 2 · \d+ connections/);
  });

  test('not reachable: exit 3', async () => {
    const { code, stdout } = await run(['doctor', '-q', `ws://127.0.0.1:${await freePort()}/`]);
    assert.equal(code, 3);
    assert.match(stdout, /^✗ \S+ {2}TCP_REFUSED · proven · exit 3\n$/);
  });

  test('several targets: one after another, the worst decides; JSON is a line each', async () => {
    const args = ['doctor', '--json', url, missing.url, `ws://127.0.0.1:${await freePort()}/`];
    const { code, stdout } = await run(args);
    assert.equal(code, 3);
    const reports = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      reports.map(({ exit }) => exit),
      [0, 2, 3],
    );
    assert.deepEqual(
      reports.map(({ target }) => target),
      args.slice(2),
    );
  });

  test('files: JUnit, SARIF, HTML, and a saved run that is told again the same', async () => {
    const names = ['junit', 'sarif', 'html', 'save'];
    const args = names.flatMap((name) => [`--${name}`, file(name)]);
    const { code, stdout } = await run(['doctor', '--cookie', 'sid=s3cr3tvalue', ...args, missing.url]);
    assert.equal(code, 2);
    const texts = names.map((name) => readFileSync(file(name), 'utf8'));
    assert.match(texts[0]!, /^<\?xml[\s\S]*<failure/);
    assert.equal(JSON.parse(texts[1]!).runs[0].results.length > 0, true);
    assert.match(texts[2]!, /^<!doctype html>/);
    for (const text of [...texts, stdout]) assert.doesNotMatch(text, /s3cr3tvalue/);
    assert.equal(statSync(file('save')).mode & 0o077, 0);
    const terminal = new Terminal({ width: 80, ascii: false, colour: false });
    assert.deepEqual(savedRun(terminal, texts[3]!), { text: stdout, exit: 2 });
  });

  test('--md for a ticket', async () => {
    const { code, stdout } = await run(['doctor', '--md', missing.url]);
    assert.equal(code, 2);
    assert.match(stdout, /^## `ws:\/\/127\.0\.0\.1:\d+\/`: the handshake is refused\n/);
  });

  test('--since shows only what changed', async () => {
    const earlier = await run(['doctor', '--json', url]);
    writeFileSync(file('earlier.json'), earlier.stdout);
    const same = await run(['doctor', '--since', file('earlier.json'), url]);
    assert.match(same.stdout, /nothing changed since 20/);
    const worse = await run([
      'doctor',
      '--since',
      file('earlier.json'),
      '--origin',
      'https://evil.example',
      url,
    ]);
    assert.match(worse.stdout, /✗ works → the handshake is refused\n[\s\S]*✗ new: ORIGIN_REJECTED/);
    assert.doesNotMatch(worse.stdout, /Do this/);
    assert.equal(worse.code, 2);
  });

  test('a file of targets, and stdin', async () => {
    writeFileSync(
      file('targets'),
      `# two\n${url} --min-grade A+\ncurl '${missing.url.replace('ws', 'http')}' -H 'A: b'\n`,
    );
    const listed = await run(['doctor', '-q', '--file', file('targets')]);
    assert.equal(listed.code, 2);
    assert.match(listed.stdout, /grade \S+ · exit 1\n✗ .* · exit 2\n$/);
    const piped = await run(['doctor', '-q', '--file', '-'], {
      input: readFileSync(file('targets'), 'utf8'),
    });
    assert.equal(piped.stdout, listed.stdout);
  });

  test('a pasted curl command, as words and as one argument', async () => {
    const http = url.replace('ws:', 'http:');
    const words = await run([
      'doctor',
      '-q',
      'curl',
      http,
      '-H',
      'Origin: https://evil.example',
      '--compressed',
      '-k',
    ]);
    const text = await run(['doctor', `curl '${http}' \\\n -H 'Origin: https://evil.example'`, '-q']);
    assert.equal(words.code, 2);
    assert.match(words.stdout, /ORIGIN_REJECTED · proven · exit 2/);
    assert.equal(text.stdout, words.stdout);
  });

  test('what the server is asked: our own fields, and those that were given', async () => {
    const heads: string[] = [];
    const { server, url: asked } = await answering((socket, head) => {
      heads.push(head);
      socket.end('HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n');
    });
    await run([
      'doctor',
      '--header',
      'X-Team: b',
      '--cookie',
      'c=1',
      '--protocol',
      'a,b',
      '--no-deflate',
      '--no-origin',
      asked,
    ]);
    server.close();
    const [head] = heads.filter((each) => /Upgrade: websocket/i.test(each));
    assert.match(head!, /\r\nX-Team: b\r\n/);
    assert.match(head!, /\r\nCookie: c=1\r\n/);
    assert.match(head!, /\r\nSec-WebSocket-Protocol: a, b\r\n/);
    assert.doesNotMatch(head!, /Origin:|Sec-WebSocket-Extensions/);
  });

  test('wrong usage is 64, with nothing on stdout and no secret on stderr', async () => {
    const wrong: readonly (readonly string[])[] = [
      ['doctor'],
      ['doctor', '--nope', url],
      ['doctor', '--json', '--md', url],
      ['doctor', '--idle', 'long', url],
      ['doctor', '--min-grade', 'E', url],
      ['doctor', '--fail-on', 'all', url],
      ['doctor', '--profile', 'opera', url],
      ['doctor', '--header', 's3cr3t', url],
      ['doctor', '--ca', file('nothing'), url],
      ['doctor', '--save', file('two'), url, url],
      ['doctor', '--file', file('nothing')],
      ['doctor', '--since', file('nothing'), url],
      ['doctor', '--direct', 'nowhere', url],
      ['doctor', 'curl'],
      ['doctor', 'curl', url, '--data', 's3cr3t'],
    ];
    for (const args of wrong) {
      const { code, stdout, stderr } = await run(args);
      assert.equal(code, 64, args.join(' '));
      assert.equal(stdout, '', args.join(' '));
      assert.notEqual(stderr, '');
      assert.doesNotMatch(stderr, /s3cr3t|\n {4}at /);
    }
  });

  test('a file that cannot be written is exit 1, after the report', async () => {
    const { code, stdout, stderr } = await run(['doctor', '-q', '--html', join(folder, 'no', 'x.html'), url]);
    assert.equal(code, 1);
    assert.match(stdout, /grade/);
    assert.match(stderr, /cannot be written \(ENOENT\)/);
  });

  test('Ctrl-C: 130, and what is known by then', async () => {
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const { server, url: silent } = await answering(() => asked());
    await using child = handfast(['doctor', silent, silent], { env: plainEnv });
    await isAsked;
    child.process.kill('SIGINT');
    const code = await child.exited;
    const stdout = child.stdout.join('\n');
    server.close();
    assert.equal(code, 130);
    assert.match(stdout, /✓ TCP/);
    assert.equal(stdout.match(/exit 130/g)?.length, 1);
  });

  test('--help names the flags', async () => {
    const { code, stdout } = await run(['doctor', '--help']);
    assert.equal(code, 0);
    for (const flag of ['--idle', '--direct', '--reflect', '--sarif-file', '--fix', '--since', '--min-grade'])
      assert.ok(stdout.includes(flag), flag);
  });
});
