// What a client tells of its attempts: how each ended, where it went, how long the stages took, and no secret.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, HandshakeError } from '../../src/index.js';
import { connectTo } from '../../src/testing.js';
import * as trace from '../../src/trace.js';
import { serve } from '../server/peer.js';
import { hear } from './heard.js';

test('one that opens, one that is refused, one that reaches nobody', async () => {
  await using server = await serve({ path: '/ws' });
  using heard = hear(trace.attempts);
  const connection = await connect(`${server.url}ws?ticket=s3cr3t-ticket`);
  const refused = await connect(`${server.url}no?ticket=s3cr3t-ticket`).catch((error) => error);
  const wrong = await connect('ftp://host/').catch((error) => error);
  assert.ok(refused instanceof HandshakeError && wrong instanceof HandshakeError);
  assert.deepEqual(
    heard.all.map(({ outcome, connection: opened, error }) => [outcome, opened, error]),
    [
      ['opened', connection, undefined],
      ['failed', undefined, refused],
      ['failed', undefined, wrong],
    ],
  );
  assert.ok(heard.all.every(({ at, timings }) => at > 0 && timings.totalMs >= 0));
  assert.ok(heard.all[0]!.timings.tcpMs !== undefined);
  assert.match(heard.all[0]!.url, /^ws:\/\/127\.0\.0\.1:\d+\/ws/);
  assert.equal(JSON.stringify(heard.all.map(({ url }) => url)).includes('s3cr3t'), false);
  await connection.close();
});

test('one through memory is told too, before its caller goes on', async () => {
  await using server = await serve({ path: '/ws' });
  using heard = hear(trace.attempts);
  const connection = await connectTo(server, '/ws');
  assert.equal(heard.all[0]?.connection, connection);
  await connection.close();
});

test('options that cannot be meant are no attempt', async () => {
  using heard = hear(trace.attempts);
  await assert.rejects(connect('ws://127.0.0.1:1/', { nonsense: 1 } as object), TypeError);
  assert.deepEqual(heard.all, []);
});
