// Knows: that one timer keeps every deadline of the process, whoever else has one. Must not know: who sets them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { clock, deadlines, Timed } from '../src/deadlines.js';

/** Notes when it was due; goes on with another deadline when told to. */
class Mark extends Timed {
  readonly at: number[] = [];
  readonly againMs: number | undefined;

  constructor(againMs?: number) {
    super();
    this.againMs = againMs;
  }

  override due(now: number): void {
    this.at.push(now);
    if (this.againMs !== undefined) deadlines.set(this, now + this.againMs);
  }
}

test('a deadline is kept although the one before it set a later one', async () => {
  const start = clock();
  const first = new Mark(20_000);
  const others = Array.from({ length: 10 }, () => new Mark());
  deadlines.set(first, start + 50);
  for (const [at, other] of others.entries()) deadlines.set(other, start + 100 + at * 40);
  await pause(700);
  assert.equal(first.at.length, 1);
  for (const [at, other] of others.entries()) {
    const late = (other.at[0] ?? Number.POSITIVE_INFINITY) - (start + 100 + at * 40);
    assert.ok(late >= 0 && late < 150, `deadline ${at} came ${late} ms late`);
  }
  deadlines.drop(first);
});

test('one that was dropped, by itself or by another that was due with it, is never called', async () => {
  const dropped = new Mark();
  const other = new Mark();
  class Dropper extends Timed {
    override due(): void {
      deadlines.drop(other);
    }
  }
  const at = clock() + 60;
  deadlines.set(other, at);
  deadlines.set(new Dropper(), at);
  deadlines.set(dropped, at);
  deadlines.drop(dropped);
  await pause(200);
  assert.deepEqual([dropped.at.length, other.at.length], [0, 0]);
});

test('deadlines further away than the wheel is round', async () => {
  const far = new Mark();
  const near = new Mark();
  deadlines.set(far, clock() + 1024 * 32 + 64);
  deadlines.set(near, clock() + 64);
  await pause(300);
  assert.deepEqual([far.at.length, near.at.length], [0, 1]);
  deadlines.drop(far);
});
