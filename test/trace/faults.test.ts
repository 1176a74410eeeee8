// A fault is told, whatever was thrown: nothing of it reaches whoever reports it.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { reportFault } from '../../src/trace.js';

test('with nobody to hear of it a fault is a warning, also where what was thrown is no text', async () => {
  const hostile = Object.defineProperty(new Error('x'), 'stack', {
    get() {
      throw new Error('no stack');
    },
  });
  for (const thrown of [Object.create(null), hostile, Symbol('s'), undefined, new Error('plain')]) {
    const warned = once(process, 'warning');
    reportFault('it failed', thrown);
    const [warning] = await warned;
    assert.deepEqual([warning.name, warning.message], ['HandfastFault', 'it failed']);
  }
});
