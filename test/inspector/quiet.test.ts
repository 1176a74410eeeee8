// What an inspector costs while nobody watches: a server tells it of no handshake that it accepts, but for a sample now and then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, createServer } from '../../src/index.js';
import { inspect } from '../../src/inspector/index.js';
import type { FromServer } from '../../src/inspector/protocol.js';
import { Samples } from '../../src/inspector/samples.js';
import { failures, handshakes, heartbeats } from '../../src/trace.js';

test('so many a second on average, and after a quiet minute as many at once as it had left over', () => {
  const samples = new Samples(2, 0);
  const take = (now: number, count: number) =>
    Array.from({ length: count }, () => samples.take(now)).filter(Boolean).length;
  assert.equal(take(0, 500), 120);
  assert.equal(samples.waitMs(0), 60_000);
  assert.equal(take(1000, 500), 2);
  assert.equal(take(1_000_000, 500), 120);
  assert.equal(samples.waitMs(1_030_000), 0);
  assert.equal(new Samples(0, 0).waitMs(0), Number.POSITIVE_INFINITY);
  const rare = new Samples(0.01, 0);
  assert.deepEqual(
    [rare.take(0), rare.take(0), rare.waitMs(0), rare.take(100_000)],
    [true, false, 100_000, true],
  );
});

test('with no sample to take it hears failures only; who watches hears all, until nobody does', async () => {
  const inspector = inspect({ samplesPerSecond: 0.05 });
  const server = createServer({ port: 0, inspect: inspector, routes: { '/chat': {} }, onconnection() {} });
  await server.ready;
  const url = `ws://127.0.0.1:${server.port}/chat`;
  const told: FromServer[] = [];
  const watch = () => inspector.feed.watch((one) => void told.push(one));
  assert.equal(handshakes.hasSubscribers, true);
  for (let count = 0; count < 3; count += 1) (await connect(url)).close();
  assert.equal(handshakes.hasSubscribers, false);
  assert.equal(failures.hasSubscribers, true);
  for (let count = 0; count < 5; count += 1)
    await assert.rejects(connect(url, { origin: 'https://staging.example' }));

  const leave = watch();
  const hello = told[0];
  assert.ok(hello?.type === 'hello');
  const outcomes = hello.rows.map(({ outcome }) => outcome);
  assert.deepEqual(outcomes, ['accepted', 'accepted', 'accepted', 'refused', 'refused', 'refused']);
  assert.deepEqual(
    hello.groups.map(({ code, count }) => [code, count]),
    [['ORIGIN_REJECTED', 5]],
  );
  assert.equal(hello.overview.acceptedPerSecond, 0);
  assert.equal(handshakes.hasSubscribers, true);
  assert.equal(heartbeats.hasSubscribers, true);
  leave();
  assert.equal(handshakes.hasSubscribers, false);
  assert.equal(heartbeats.hasSubscribers, false);
  inspector.close();
  assert.equal(failures.hasSubscribers, false);
  await server.close({ deadlineMs: 0 });
});
