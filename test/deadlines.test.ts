// One timer for all deadlines: kept to within a tick, never early, and none of them keeps the process alive.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { clock, deadlines, Timed } from '../src/deadlines.js';

const TICK_MS = 32;
/** A busy machine may be late; never early. */
const LATE_MS = 1000;

class Alarm extends Timed {
  /** When `due` was called. */
  readonly rung: number[] = [];
  ring: (now: number) => void = () => {};

  override due(now: number): void {
    this.rung.push(now);
    this.ring(now);
  }
}

// The wheel's own timer lets the process end; the tests want to wait.
const awake = setInterval(() => {}, 1000);
after(() => clearInterval(awake));

const pass = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function rangOnce(alarm: Alarm, at: number): void {
  assert.equal(alarm.rung.length, 1);
  assert.ok(alarm.rung[0]! >= at, `${at - alarm.rung[0]!} ms early`);
  assert.ok(alarm.rung[0]! <= at + LATE_MS, `${alarm.rung[0]! - at} ms late`);
}

test('the clock tells whole milliseconds that never run backwards', async () => {
  const first = clock();
  assert.equal(first, Math.trunc(first));
  await pass(5);
  assert.ok(clock() >= first + 4);
});

test('each deadline is called once, in its time', async () => {
  const start = clock();
  const alarms = [1, 40, 64, 65, 100, 200, 200, 230].map((ms) => ({ alarm: new Alarm(), at: start + ms }));
  for (const { alarm, at } of alarms) deadlines.set(alarm, at);
  await pass(350);
  for (const { alarm, at } of alarms) rangOnce(alarm, at);
});

test('an earlier deadline replaces a later one; a later one does not move it', async () => {
  const [sooner, later] = [new Alarm(), new Alarm()];
  const start = clock();
  deadlines.set(sooner, start + 10_000);
  deadlines.set(sooner, start + 50);
  deadlines.set(later, start + 50);
  deadlines.set(later, start + 10_000);
  await pass(200);
  rangOnce(sooner, start + 50);
  rangOnce(later, start + 50);
});

test('one that was dropped is not called, whether it is the first, the middle or the last of its tick', async () => {
  const at = clock() + 60;
  const alarms = [0, 1, 2, 3, 4].map(() => new Alarm());
  for (const alarm of alarms) deadlines.set(alarm, at);
  for (const index of [0, 2, 4]) deadlines.drop(alarms[index]!);
  deadlines.drop(alarms[2]!);
  await pass(200);
  assert.deepEqual(
    alarms.map(({ rung }) => rung.length),
    [0, 1, 0, 1, 0],
  );
});

test('one that another drops in the same round is not called', async () => {
  const at = clock() + 40;
  const [a, b] = [new Alarm(), new Alarm()];
  a.ring = () => deadlines.drop(b);
  b.ring = () => deadlines.drop(a);
  deadlines.set(a, at);
  deadlines.set(b, at);
  await pass(150);
  assert.equal(a.rung.length + b.rung.length, 1);
});

test('one that sets itself again is called again, at most once a tick', async () => {
  const alarm = new Alarm();
  alarm.ring = (now) => {
    if (alarm.rung.length < 4) deadlines.set(alarm, now);
  };
  const start = clock();
  deadlines.set(alarm, start);
  await pass(400);
  assert.equal(alarm.rung.length, 4);
  assert.ok(alarm.rung[3]! - start >= 2 * TICK_MS);
});

test('a new deadline that is sooner than all others is kept', async () => {
  const [far, near] = [new Alarm(), new Alarm()];
  deadlines.set(far, clock() + 60_000);
  await pass(50);
  const at = clock() + 40;
  deadlines.set(near, at);
  await pass(200);
  rangOnce(near, at);
  assert.equal(far.rung.length, 0);
  deadlines.drop(far);
});

test('deadlines a whole turn of the wheel apart share a slot and not their time', async () => {
  const [near, far] = [new Alarm(), new Alarm()];
  const at = clock() + 60;
  deadlines.set(near, at);
  deadlines.set(far, at + 1024 * TICK_MS);
  await pass(200);
  rangOnce(near, at);
  assert.equal(far.rung.length, 0);
  deadlines.drop(far);
});

test('never is no deadline, and a very far one is no warning', async () => {
  const warnings: Error[] = [];
  const note = (warning: Error) => void warnings.push(warning);
  process.on('warning', note);
  const [never, far] = [new Alarm(), new Alarm()];
  deadlines.set(never, Number.POSITIVE_INFINITY);
  deadlines.set(far, clock() + 2 ** 40);
  await pass(100);
  deadlines.set(far, Number.POSITIVE_INFINITY);
  deadlines.drop(far);
  deadlines.drop(never);
  process.off('warning', note);
  assert.deepEqual([never.rung, far.rung, warnings], [[], [], []]);
});

test('a thousand deadlines at random, some of them moved or dropped', async () => {
  const start = clock();
  const alarms = Array.from({ length: 1000 }, (_, index) => {
    const alarm = new Alarm();
    const at = start + 20 + ((index * 7919) % 300);
    deadlines.set(alarm, at);
    return { alarm, at };
  });
  const kept = alarms.filter((_, index) => index % 3 !== 0);
  for (const [index, { alarm }] of alarms.entries()) if (index % 3 === 0) deadlines.drop(alarm);
  await pass(500);
  for (const { alarm, at } of kept) rangOnce(alarm, at);
  for (const [index, { alarm }] of alarms.entries()) if (index % 3 === 0) assert.equal(alarm.rung.length, 0);
});
