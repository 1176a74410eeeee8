// What is offered to be pasted does what it says: it asks the same again, without secrets and without what a proxy adds.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, createServer } from '../../src/index.js';
import type { Detail } from '../../src/inspector/protocol.js';
import { Child } from '../support/child.js';
import { watched } from './watched.js';

async function copiesOfRefused(): Promise<Detail['copies']> {
  await using own = await watched();
  const refused = connect(`${own.url}/chat?room=a b&token=s3cr3t-in-the-url`.replace(' ', '%20'), {
    origin: "https://o'brien.example",
    subprotocols: ['chat.v2'],
    headers: [
      ['Cookie', 'sid=s3cr3t-in-a-cookie; theme=dark'],
      ['X-Api-Key', 's3cr3t-key'],
      ['X-Tenant', 'blue'],
      ['X-Forwarded-For', '192.0.2.7'],
      ['X-Real-IP', '192.0.2.7'],
    ],
  });
  await assert.rejects(refused);
  const { id } = await own.row(({ code }) => code === 'ORIGIN_REJECTED');
  return (await own.detail(id))!.copies;
}

test('doctor: who asks and from where, not what a proxy says of it', async () => {
  const { doctor } = await copiesOfRefused();
  assert.match(doctor, /^handfast doctor .*'ws:\/\/127\.0\.0\.1:\d+\/chat\?room=a%20b&token=REPLACE_ME'$/);
  assert.ok(doctor.includes(`--origin 'https://o'\\''brien.example'`));
  assert.ok(doctor.includes(`--cookie 'sid=REPLACE_ME; theme=REPLACE_ME'`));
  assert.ok(doctor.includes(`--header 'X-Api-Key: REPLACE_ME' --header 'X-Tenant: blue'`));
  assert.equal(/forwarded|real-ip|s3cr3t/i.test(doctor), false);
});

test('curl: a shell reads it as the request that arrived', async () => {
  const { curl } = await copiesOfRefused();
  // What a shell hands to a program, one argument a line.
  const shell = new Child('/bin/sh', ['-c', curl.replace(/^curl/, String.raw`printf '%s\n'`)]);
  assert.equal(await shell.exited, 0);
  const given = shell.stdout;
  assert.ok(given.includes("Origin: https://o'brien.example"), given.join('\n'));
  assert.ok(given.includes('Sec-WebSocket-Protocol: chat.v2'));
  assert.match(given.at(-1)!, /^http:\/\/127\.0\.0\.1:\d+\/chat\?room=a%20b&token=REPLACE_ME$/);
});

test('the test: it fails until the handshake is right', async () => {
  const { test: text } = await copiesOfRefused();
  const folder = mkdtempSync(join(tmpdir(), 'handfast-copied-'));
  const file = join(folder, 'copied.test.mjs');
  writeFileSync(file, text);
  const run = async (origins: 'same-origin' | 'any-insecure') => {
    const server = createServer({ port: 0, origins, onconnection() {}, routes: { '/chat': {} } });
    await server.ready;
    const env = { PORT: String(server.port), NODE_TEST_CONTEXT: '' };
    await using child = new Child(process.execPath, [file], { env });
    const code = await child.exited;
    await server.close({ deadlineMs: 0 });
    return { code, said: child.stdout.join('\n') };
  };
  try {
    const wrong = await run('same-origin');
    assert.equal(wrong.code, 1, wrong.said);
    assert.match(wrong.said, /403/);
    const right = await run('any-insecure');
    assert.equal(right.code, 0, right.said);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
