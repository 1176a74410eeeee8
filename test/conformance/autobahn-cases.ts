// The 517 cases of the Autobahn testsuite, as it describes them itself. Must not know: how a case is tried.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

export interface Case {
  readonly id: string;
  readonly description: string;
  readonly expectation: string;
  /** In groups 12 and 13: what the messages are cut from, and what a server accepts. */
  readonly subcategory?: string;
}

const CASES: readonly Case[] = JSON.parse(
  readFileSync(new URL('../../../test/conformance/autobahn-cases.json', import.meta.url), 'utf8'),
);
assert.equal(new Set(CASES.map(({ id }) => id)).size, 517);

/** The groups that deal with compression. There is no group 8 or 11. */
const COMPRESSION = ['12', '13'];

/** Groups 1 to 10, or groups 12 and 13. */
export function casesOf(part: 'plain' | 'compression'): Case[] {
  return CASES.filter(({ id }) => COMPRESSION.includes(id.split('.')[0]!) === (part === 'compression'));
}
