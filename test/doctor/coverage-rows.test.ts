// Every row of the catalogue has a fixture, or says why not; and the table says nothing that is no longer so.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { CATALOGUE, catalogue } from '../../src/catalogue.js';
import { root } from '../support/needs.js';
import { BY_HAND, coverage, deploymentsByCode } from './coverage-rows.js';

describe('every row of the catalogue', () => {
  const covered = coverage();

  test('has a deployment, a test, or a reason', () => {
    const missing = CATALOGUE.filter(({ code }) => !covered.has(code)).map(({ code }) => code);
    assert.deepEqual(missing, []);
  });

  test('is a row: nothing else is expected of doctor', () => {
    const unknown = [...covered.keys()].filter((code) => !catalogue.has(code));
    assert.deepEqual(unknown, []);
  });

  test('stands in one place: who has a deployment needs no reason, and who has a test neither', () => {
    const made = deploymentsByCode();
    const unmade = Object.keys(BY_HAND.unmade);
    const tested = Object.values(BY_HAND.tested).flat();
    assert.deepEqual(
      unmade.filter((code) => made.has(code) || tested.includes(code)),
      [],
    );
    assert.equal(new Set(tested).size, tested.length);
  });

  for (const [file, codes] of Object.entries(BY_HAND.tested)) {
    test(`${file} names its codes`, () => {
      const text = readFileSync(new URL(file, root), 'utf8');
      assert.deepEqual(
        codes.filter((code) => !new RegExp(`\\b${code}\\b`).test(text)),
        [],
      );
    });
  }
});
