// What an inspector costs while nobody watches: a server tells it of no handshake that it accepts, but for a sample now and then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, createServer } from '../../src/index.js';
import { inspect } from '../../src/inspector/index.js';
import type { FromServer } from '../../src/inspector/protocol.js';
import { Samples } from '../../src/inspector/samples.js';
import { failures, faults, handshakes, heartbeats } from '../../src/trace.js';

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

test('a watcher that throws is a fault of this side, and the others are told', async () => {
  const inspector = inspect();
  const server = createServer({ port: 0, inspect: inspector, routes: { '/chat': {} }, onconnection() {} });
  await server.ready;
  const reported: unknown[] = [];
  const onfault = (fault: unknown) => void reported.push(fault);
  faults.subscribe(onfault);
  const leave = inspector.feed.watch(({ type }) => {
    if (type === 'rows') throw new Error('thrown by a watcher');
  });
  const seen = new Promise<FromServer>((resolve) => {
    inspector.feed.watch((told) => void (told.type === 'rows' && resolve(told)));
  });
  (await connect(`ws://127.0.0.1:${server.port}/chat`)).close();
  await seen;
  faults.unsubscribe(onfault);
  assert.match(String((reported[0] as { error: unknown }).error), /thrown by a watcher/);
  leave();
  inspector.close();
  await server.close({ deadlineMs: 0 });
});

test('whoever leaves while being told, as the last one, is told nothing more, and may come back', async () => {
  const inspector = inspect();
  const server = createServer({ port: 0, inspect: inspector, routes: { '/chat': {} }, onconnection() {} });
  await server.ready;
  const url = `ws://127.0.0.1:${server.port}/chat`;
  const told: string[] = [];
  const once = () =>
    new Promise<void>((resolve) => {
      const leave = inspector.feed.watch(({ type }) => {
        told.push(type);
        if (type !== 'rows') return;
        leave();
        resolve();
      });
    });
  for (let time = 0; time < 2; time += 1) {
    const left = once();
    (await connect(url)).close();
    await left;
  }
  const { length } = told;
  (await connect(url)).close();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(told.slice(length), []);
  assert.equal(told.filter((type) => type === 'hello').length, 2);
  inspector.close();
  await server.close({ deadlineMs: 0 });
});
