// Options that nobody knows are refused by name, with the nearest known one; numbers are numbers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connectionSettings, open } from '../src/connection/settings.js';
import { checkKeys, checkNumber, fillNumbers } from '../src/options.js';
import { pair } from './connection/pair.js';

const KNOWN = ['maxMessageBytes', 'maxFragments', 'port'];

const hints: [string, RegExp][] = [
  ['maxMessageByte', /unknown option "maxMessageByte" in limits: did you mean "maxMessageBytes"\?/],
  ['MAXFRAGMENTS', /did you mean "maxFragments"\?/],
  ['prot', /did you mean "port"\?/],
  ['colour', /unknown option "colour" in limits: known are maxMessageBytes, maxFragments, port/],
  ['', /unknown option ""/],
];
for (const [key, says] of hints) {
  test(`the key ${JSON.stringify(key)} is refused`, () => {
    assert.throws(
      () => checkKeys({ [key]: 1 }, KNOWN, 'limits'),
      (error) => error instanceof TypeError && says.test(error.message),
    );
  });
}

test('known keys pass, and so do none', () => {
  checkKeys({ port: 1, maxFragments: undefined }, KNOWN, 'limits');
  checkKeys({}, KNOWN, 'limits');
});

test('a number is a number of at least its least', () => {
  assert.equal(checkNumber(0, 'port'), 0);
  assert.equal(checkNumber(Number.POSITIVE_INFINITY, 'port'), Number.POSITIVE_INFINITY);
  for (const value of [-1, Number.NaN, '5', null, undefined, {}, 5n]) {
    assert.throws(
      () => checkNumber(value, 'limits.port'),
      /^RangeError: limits\.port must be a number of at least 0/,
    );
  }
  assert.throws(() => checkNumber(4, 'n', 5), /at least 5, not 4/);
});

test('a group is filled from its defaults and frozen', () => {
  const filled = fillNumbers({ b: 5 }, { a: 1, b: 2 }, 'group');
  assert.deepEqual(filled, { a: 1, b: 5 });
  assert.ok(Object.isFrozen(filled));
  assert.deepEqual(fillNumbers(undefined, { a: 1 }, 'group'), { a: 1 });
  assert.deepEqual(fillNumbers<{ a: number }>({ a: undefined as never }, { a: 1 }, 'group'), { a: 1 });
  assert.throws(() => fillNumbers({ c: 1 } as never, { a: 1 }, 'group'), /unknown option "c" in group/);
  assert.throws(() => fillNumbers({ a: -1 }, { a: 1 }, 'group'), /group\.a must be/);
});

test('a connection’s defaults are those that the documentation names', () => {
  const { limits, timeouts, heartbeat, messages } = connectionSettings('server', {});
  assert.deepEqual(limits, {
    maxMessageBytes: 1_048_576,
    maxFragments: 1024,
    maxMessagesPerSecond: Number.POSITIVE_INFINITY,
    highWaterBytes: 65_536,
    maxBufferedBytes: 1_048_576,
    maxQueuedMessages: 16,
  });
  assert.deepEqual(timeouts, { closeMs: 5000, messageMs: 30_000, stallMs: 30_000 });
  assert.deepEqual(heartbeat, { intervalMs: 25_000, timeoutMs: 10_000 });
  assert.equal(messages, 'both');
});

const refused: [string, object][] = [
  ['subprotocols', { role: 'server', subprotocols: '' }],
  ['maxMessageSize', { role: 'server', limits: { maxMessageSize: 1 } }],
  ['closeTimeout', { role: 'server', timeouts: { closeTimeout: 1 } }],
  ['interval', { role: 'server', heartbeat: { interval: 1 } }],
];
for (const [name, options] of refused) {
  test(`open() refuses ${name} by name`, () => {
    const [ours] = pair();
    assert.throws(() => open(ours, options as never), new RegExp(`^TypeError: unknown option "${name}" in`));
  });
}

test('open() refuses a value of messages that it does not know', () => {
  const [ours] = pair();
  assert.throws(
    () => open(ours, { role: 'server', messages: 'json' as never }),
    /^TypeError: messages is both, text or binary/,
  );
});

test('a queue of no messages is a queue of one, for reading could never go on', () => {
  assert.equal(connectionSettings('server', { limits: { maxQueuedMessages: 0 } }).maxQueuedMessages, 1);
});

test('the subprotocol that was agreed is told', () => {
  const [ours] = pair();
  assert.equal(open(ours, { role: 'server', subprotocol: 'json' }).subprotocol, 'json');
  assert.equal(open(pair()[0], { role: 'client' }).subprotocol, '');
});
