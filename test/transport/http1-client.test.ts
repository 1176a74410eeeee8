// The request goes out, the answer's head comes in, on any Duplex: who owns it, what is read, and that nothing is told twice.
import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import type { Timings } from '../../src/errors.js';
import type { ResponseHead } from '../../src/handshake/head.js';
import type { Exchanged } from '../../src/transport/exchange.js';
import { exchange } from '../../src/transport/http1-client.js';
import { memoryPair } from '../../src/transport/memory.js';
import { Patience } from '../../src/transport/patience.js';

const QUESTION = 'GET / HTTP/1.1\r\n\r\n';
type Take = (head: ResponseHead, rest: Uint8Array) => string | undefined;

async function ask(
  duplex: import('node:stream').Duplex,
  take: Take = () => undefined,
): Promise<Exchanged<string>> {
  const patience = new Patience(2000);
  const timings: Timings = { totalMs: 0 };
  const outcome = await exchange(duplex, { head: QUESTION, limits: {}, take }, patience, timings);
  patience.release();
  return outcome;
}

const codeOf = (outcome: Exchanged<string>) =>
  outcome.kind === 'failed' ? outcome.rejection.reason.code : outcome.kind;

test('the request is written as it is, and the answer is taken with what came behind it', async () => {
  const { client, server } = memoryPair();
  server.once('data', (chunk: Buffer) => {
    assert.equal(String(chunk), QUESTION);
    server.write('HTTP/1.1 101 X\r\nA: b\r\n\r\nrest');
  });
  let seen: unknown;
  const outcome = await ask(client, (head, rest) => {
    seen = [head.status, head.fields.get('a'), String(rest)];
    return 'mine';
  });
  assert.deepEqual(outcome, { kind: 'taken', value: 'mine' });
  assert.deepEqual(seen, [101, 'b', 'rest']);
  assert.ok(!client.destroyed);
});

describe('octets that a Duplex had buffered before', () => {
  test('behind a head that is refused are not read as anything', async () => {
    const { client, server } = memoryPair();
    for (const line of ['SSH-2.0-x\r\n', 'more\r\n', 'and more\r\n']) server.write(line);
    client.read(0);
    await pause(20);
    assert.ok(client.readableLength > 20, 'all three wait');
    assert.equal(codeOf(await ask(client)), 'HTTP_NOT_HTTP');
    await pause(20);
    assert.ok(client.destroyed);
  });

  test('behind a body that is complete neither', async () => {
    const { client, server } = memoryPair();
    for (const part of ['HTTP/1.1 403 X\r\nContent-Length: 2\r\n\r\n', 'ab', 'cd', 'ef']) server.write(part);
    client.read(0);
    await pause(20);
    const outcome = await ask(client);
    assert.equal(outcome.kind === 'refused' && String(outcome.body), 'ab');
  });
});

describe('a Duplex that stays half open', () => {
  test('is ended on our side when theirs has ended', async () => {
    const [client, server] = duplexPair();
    server.once('data', () => server.end('HTTP/1.1 101'));
    server.resume();
    assert.equal(codeOf(await ask(client)), 'HTTP_TRUNCATED');
    assert.ok(client.destroyed);
  });
});

test('an error that is no reset is shown by its message', async () => {
  const { client } = memoryPair();
  setImmediate(() => client.destroy(new Error('the tunnel fell in')));
  const outcome = await ask(client);
  assert.equal(codeOf(outcome), 'HTTP_RESET');
  assert.match(outcome.kind === 'failed' ? outcome.rejection.evidence.seen! : '', /then the tunnel fell in/);
});

test('a Duplex that failed before tells its error', async () => {
  const { client } = memoryPair();
  client.on('error', () => {}).destroy(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  await pause(5);
  assert.equal(codeOf(await ask(client)), 'HTTP_RESET');
});
