// One limit and one signal for a whole attempt; whoever works on it is told once.
import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { FAILURES } from '../../src/transport/failures.js';
import { Patience, type Stop } from '../../src/transport/patience.js';

test('the worker of the moment is told when the time is up, and nobody else', async () => {
  const told: string[] = [];
  const patience = new Patience(60);
  patience.entrust((why) => told.push(`first ${why}`));
  patience.entrust((why) => told.push(`second ${why}`));
  assert.ok(patience.leftMs > 0 && patience.leftMs <= 60);
  const since = performance.now();
  while (told.length === 0 && performance.now() - since < 2000) await pause(5);
  assert.ok(performance.now() - since >= 59, 'never early');
  assert.deepEqual(told, ['second timeout']);
  assert.equal(patience.leftMs, 0);
  const { rejection } = patience.failure('timeout', 'tls', FAILURES.TLS_TIMEOUT, 'no TLS');
  assert.deepEqual(
    [rejection.reason, rejection.evidence.seen],
    [FAILURES.TLS_TIMEOUT, 'no TLS within 60 ms'],
  );
  patience.entrust((why) => told.push(`late ${why}`));
  assert.deepEqual(told, ['second timeout', 'late timeout'], 'a later worker is told at once');
});

test('an abort tells at once, with its reason, and wins over a later timeout', async () => {
  const told: Stop[] = [];
  const controller = new AbortController();
  const patience = new Patience(30, controller.signal);
  patience.entrust((why) => told.push(why));
  controller.abort(new Error('enough'));
  assert.deepEqual(told, ['abort']);
  const { rejection, cause } = patience.failure('abort', 'tls', FAILURES.TLS_TIMEOUT, 'no TLS');
  assert.deepEqual([rejection.reason, rejection.evidence.seen], [FAILURES.CLIENT_CLOSED_EARLY, 'tls']);
  assert.equal((cause as Error).message, 'enough');
  await pause(120);
  patience.entrust((why) => told.push(why));
  assert.deepEqual(told, ['abort', 'abort']);
});

test('a signal that is aborted already stops the first worker', () => {
  const told: Stop[] = [];
  new Patience(1000, AbortSignal.abort()).entrust((why) => told.push(why));
  assert.deepEqual(told, ['abort']);
});

test('after release nobody is told, and the signal has no listener left', async () => {
  const told: Stop[] = [];
  const controller = new AbortController();
  const patience = new Patience(30, controller.signal);
  patience.entrust((why) => told.push(why));
  assert.equal(getEventListeners(controller.signal, 'abort').length, 1);
  patience.release();
  assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  controller.abort();
  await pause(100);
  assert.deepEqual(told, []);
});

test('no limit is no limit', () => {
  const patience = new Patience(Number.POSITIVE_INFINITY);
  assert.equal(patience.leftMs, Number.POSITIVE_INFINITY);
  patience.release();
});
