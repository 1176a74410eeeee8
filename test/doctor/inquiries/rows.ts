// One test a row: what each probe gets, what an inquiry into the baseline concludes, what it finds on the way.
// Must not know: which inquiry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Case } from '../../../src/doctor/inquiry.js';
import type { Inquiry, Observation } from '../../../src/doctor/observation.js';
import type { DiagnoseOptions } from '../../../src/doctor/options.js';
import type { Finding } from '../../../src/doctor/report.js';
import type { Target } from '../../../src/doctor/target.js';
import { answered, codes, inquired, named, type Table, target } from '../driver.js';

export interface Row {
  readonly name: string;
  readonly table: Table;
  /** Code and confidence, the likeliest first; of several each says what decides. */
  readonly expect: readonly string[];
  readonly options?: DiagnoseOptions;
  readonly url?: string;
  /** What else is known of the target. */
  readonly about?: Partial<Target>;
  /** Codes among the findings. Default none. */
  readonly findings?: readonly string[];
  /** What the argument must say. */
  readonly says?: RegExp;
}

export function rowsOf(inquiry: (own: Case, baseline: Observation) => Inquiry<readonly Finding[]>) {
  return (all: readonly Row[]): void => {
    for (const { name, table, expect, options, url, about, findings = [], says } of all) {
      test(name, () => {
        const { result, own } = inquired(inquiry, table, { ...target(options, url), ...about });
        assert.deepEqual(named(result), expect);
        assert.deepEqual(codes(own.findings), findings);
        if (says !== undefined) assert.match(JSON.stringify(result), says);
        if (result.length > 1) assert.ok(result.every(({ decide }) => decide !== undefined));
      });
    }
  };
}

/** The same answer to the handshake, to a plain request, and to a version that nobody speaks: nobody read the Upgrade. */
export const alike = (parts: Table[string], more: Table = {}): Table => ({
  baseline: parts,
  'no-upgrade': parts,
  'version-99': parts,
  ...more,
});

export const EXPRESS = 'X-Powered-By: Express\nContent-Type: text/html';
export const NOT_FOUND = answered(`404 Not Found\n${EXPRESS}`, 'Cannot GET /ws');
