import assert from 'node:assert/strict';
import { test } from 'node:test';
import { names, need, present } from './needs.js';

const onCi = process.env.CI === 'true';

for (const name of names) {
  test(`${name} is here for the tests that talk to it`, { skip: onCi ? false : need(name).skip }, () => {
    assert.ok(
      present(name),
      `${name} is not installed; npm test installs it, what is Debian's only as root on Debian`,
    );
  });
}
