// What the machine tells the channels by itself: frames that had to wait while it was stopped, and the limit of a peer that takes nothing.
// Through a connection the rest is tried in trace/connections.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Tap } from '../../src/connection/tap.js';
import type { TracedConnection } from '../../src/trace.js';
import * as trace from '../../src/trace.js';
import { hear } from '../trace/heard.js';
import { Machine } from './machine.js';

class Told extends Machine {
  readonly #tap = new Tap({ role: 'server' } as TracedConnection);
  override get tap(): Tap {
    return this.#tap;
  }
}

test('frames that came while nothing was read are told when they are', () => {
  using frames = hear(trace.frames, ({ opcode, payload }) => `${opcode} ${Buffer.from(payload).toString()}`);
  const machine = new Told();
  machine.onmessage = () => {
    machine.protocol.stopped = true;
  };
  machine.receive('8181 00000000 61 8181 00000000 62').receive('8181 00000000 63');
  assert.deepEqual(frames.all, ['1 a']);
  machine.onmessage = () => {};
  machine.protocol.stopped = false;
  machine.protocol.resume(0);
  assert.deepEqual(frames.all, ['1 a', '1 b', '1 c']);
});

test('a peer that takes nothing for stallMs has run into that limit', () => {
  using limits = hear(trace.limits, ({ name, reason }) => [name, reason.code]);
  const machine = new Told();
  machine.protocol.congest(1000);
  machine.protocol.tick(21_000);
  assert.deepEqual(limits.all, [['timeouts.stallMs', 'MSG_SLOW_CONSUMER']]);
});
