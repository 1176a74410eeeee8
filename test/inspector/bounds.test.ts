// What is kept is bounded: rows, bytes, kinds of failures; and the figures and sparklines say what happened.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Closes } from '../../src/inspector/closes.js';
import { Figures } from '../../src/inspector/figures.js';
import { Groups } from '../../src/inspector/groups.js';
import type { Kept } from '../../src/inspector/kept.js';
import { Pings } from '../../src/inspector/pings.js';
import { Ring } from '../../src/inspector/ring.js';
import { Servers } from '../../src/inspector/servers.js';
import type { TracedServer } from '../../src/trace.js';

const kept = (id: number, outcome: 'accepted' | 'refused' = 'refused', bytes = 1000, isOpen = false): Kept =>
  ({ id, bytes, row: { id, outcome }, connection: isOpen ? {} : undefined }) as unknown as Kept;

test('the ring keeps the newest, so many and so many bytes, and tells of those it forgets', () => {
  const gone: number[] = [];
  const ring = new Ring(100, 50_000, ({ id }) => gone.push(id));
  for (let id = 1; id <= 1000; id += 1) ring.add(kept(id));
  assert.ok(ring.size <= 50 && ring.bytes <= 50_000, `${ring.size} rows, ${ring.bytes} bytes`);
  assert.equal([...ring.values()].at(-1)?.id, 1000);
  assert.equal(gone.length + ring.size, 1000);
  assert.equal(ring.get(1), undefined);
});

test('what went well is forgotten before what failed', () => {
  const ring = new Ring(100, 1e9, () => {});
  for (let id = 1; id <= 101; id += 1) ring.add(kept(id, id % 2 === 0 ? 'accepted' : 'refused'));
  const left = [...ring.values()].map(({ id }) => id);
  assert.ok(left.includes(1) && left.includes(3), 'the oldest failures are there');
  assert.equal(left.includes(2), false);
});

test('failures of one kind are one group, and a peer that invents origins makes no more than 200', () => {
  const groups = new Groups(0);
  const fail = (at: number, origin: string) =>
    groups.add(
      { at, rejection: undefined, outcome: 'refused', origin, route: '/chat', via: () => undefined },
      undefined,
      () => 7,
    );
  for (let at = 0; at < 37; at += 1) fail(at * 1000, 'https://staging.example');
  const [group] = groups.list(37_000);
  assert.deepEqual([group?.count, group?.sample, group?.firstAt, group?.lastAt], [37, 7, 0, 36_000]);
  assert.deepEqual(group?.spark.slice(-2), [20, 17]);
  assert.equal(
    groups.list(37_000 + 600_000)[0]?.spark.every((count) => count === 0),
    true,
  );
  for (let at = 0; at < 1000; at += 1) fail(40_000, `https://${at}.example`);
  assert.ok(groups.list(40_000).length <= 200);
});

test('a kind that was never seen before a reload is new for ten minutes', () => {
  const groups = new Groups(0);
  const fail = (at: number, route: string) =>
    groups.add(
      { at, rejection: undefined, outcome: 'broken', origin: undefined, route, via: () => 'nginx' },
      1,
      () => 1,
    );
  fail(1000, '/old');
  groups.reloaded(50_000);
  fail(60_000, '/new');
  fail(60_000, '/old');
  const isNew = (now: number) =>
    Object.fromEntries(groups.list(now).map((group) => [group.route, group.isNew]));
  assert.deepEqual(isNew(61_000), { '/old': false, '/new': true });
  assert.deepEqual(isNew(700_000), { '/old': false, '/new': false });
});

test('rates are those since the last look, twenty ends in a second are a reload', () => {
  const figures = new Figures(0);
  for (let count = 0; count < 100; count += 1) figures.answered(count % 10 !== 0, count);
  const first = figures.overview(2000, [], 1, 2);
  assert.deepEqual([first.acceptedPerSecond, first.refusedPerSecond, first.p99Ms], [45, 5, 99]);
  assert.equal(figures.overview(4000, [], 1, 2).acceptedPerSecond, 0);
  const reloads = Array.from({ length: 40 }, () => figures.closes.ended(5000, 1012)).filter(Boolean);
  assert.equal(reloads.length, 1);
  assert.deepEqual(figures.overview(6000, [], 1, 2).closes, [[1012, 40]]);
});

test('whoever comes between two looks leaves the rates as they are', () => {
  const figures = new Figures(0);
  const accept = (count: number) => {
    for (; count > 0; count -= 1) figures.answered(true, 1);
  };
  const perSecond = (now: number) => figures.overview(now, [], 1, 2).acceptedPerSecond;
  accept(10);
  assert.equal(perSecond(1000), 10);
  accept(10);
  assert.equal(perSecond(1998), 10 / 0.998);
  accept(1);
  assert.equal(perSecond(2000), 10 / 0.998, 'not 500 a second');
  accept(9);
  assert.equal(perSecond(2998), 10);
  figures.begin(4000);
  assert.equal(perSecond(4001), 0);
});

test('what ends all the time is no reload, and what is five times as many is', () => {
  const closes = new Closes();
  const ends = (second: number, count: number) =>
    Array.from({ length: count }, () => closes.ended(second * 1000, 1000)).filter(Boolean).length;
  for (let second = 100; second < 160; second += 1) ends(second, 30);
  assert.deepEqual(closes.reloads, [{ at: 100_000, ended: 300 }], 'it began at once, which nobody can tell');
  assert.equal(ends(160, 140), 0);
  assert.equal(ends(161, 400), 1);
  assert.deepEqual(closes.byCode(161_000), [[1000, 60 * 30 + 540]]);
  assert.deepEqual(closes.byCode(161_000 + 660_000), []);
});

test('a reload is one, however many seconds it takes, and only the last five are told', () => {
  const closes = new Closes();
  const ends = (second: number, count: number) =>
    Array.from({ length: count }, () => closes.ended(second * 1000, 1012)).filter(Boolean).length;
  assert.deepEqual(
    [100, 101, 102].map((second) => ends(second, 100)),
    [1, 0, 0],
  );
  assert.equal(ends(103, 3), 0);
  assert.deepEqual(closes.reloads, [{ at: 100_000, ended: 300 }]);
  assert.equal(ends(200, 50), 1);
  assert.deepEqual(closes.reloads.at(-1), { at: 200_000, ended: 50 });
  for (let second = 1000; second <= 10_000; second += 1000) ends(second, 60);
  assert.deepEqual(
    closes.reloads.map(({ at }) => at / 1000),
    [6000, 7000, 8000, 9000, 10_000],
  );
});

test('round trips of pings are counted by their length for five minutes', () => {
  const pings = new Pings();
  for (const ms of [0, 1, 1.5, 23, 50, 51, 1000, 1001, 60_000]) pings.add(0, ms);
  const seen = (now: number) =>
    pings.spread(now).flatMap(({ mostMs, count }) => (count === 0 ? [] : [[mostMs, count]]));
  assert.deepEqual(seen(0), [
    [1, 2],
    [2, 1],
    [50, 2],
    [100, 1],
    [1000, 1],
    [undefined, 2],
  ]);
  assert.equal(pings.spread(0).length, 11);
  pings.add(299_000, 7);
  assert.deepEqual(seen(301_000), [[10, 1]]);
  for (let count = 0; count < 10_000; count += 1) pings.add(400_000 + count * 1000, 1);
  assert.ok(pings.newest.length <= 500);
});

test('a server that has ended is none that runs, whatever is still told of it', () => {
  let calls = 0;
  const servers = new Servers(() => {
    calls += 1;
  });
  const [one, other] = [1, 2].map((id) => ({ id, url: id === 1 ? '' : 'ws://127.0.0.1:2/' }) as TracedServer);
  assert.deepEqual([servers.hear(one!), servers.hear(one!)], ['server 1', 'server 1']);
  servers.end(one!);
  assert.equal(servers.hear(one!), 'server 1');
  assert.equal(servers.hear(other!), 'ws://127.0.0.1:2/');
  assert.deepEqual([servers.all, servers.hasSeveral, calls], [[other], false, 0]);
  servers.hear({ id: 3, url: '' } as TracedServer);
  servers.hear({ id: 4, url: '' } as TracedServer);
  assert.deepEqual([servers.all.length, servers.hasSeveral, calls], [3, true, 1]);
});
