// The 301 cases of groups 1 to 10 of the Autobahn testsuite, each derived from its own description, for one role.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Case, casesOf } from './autobahn-cases.js';
import { closing } from './autobahn-closing.js';
import { framing } from './autobahn-framing.js';
import { utf8 } from './autobahn-utf8.js';
import { volume } from './autobahn-volume.js';
import { type Carrier, type Peer, peerOf, type Role } from './peer.js';

export interface Script {
  /** In memory every chop stays a chunk of its own; over TCP the kernel may join them. */
  readonly carrier: Carrier;
  run(peer: Peer): Promise<void>;
}

/** Answers the script of a case, or undefined for a case of another family. */
export type Family = (one: Case) => Script | undefined;

const FAMILIES: readonly Family[] = [framing, utf8, closing, volume];

/** As Autobahn's users raise them: messages of 16 MiB, in as many fragments as its cases have. */
const LIMITS = { maxMessageBytes: 16 * 2 ** 20, maxFragments: 65_537 };

export function autobahn(role: Role): void {
  const ran = new Set<string>();
  const cases = casesOf('plain');
  for (const one of cases) {
    const [script, ...more] = FAMILIES.map((family) => family(one)).filter((found) => found !== undefined);
    test(`${one.id} ${role}: ${one.description.replace(/\s+/g, ' ').slice(0, 100)}`, async () => {
      assert.ok(script !== undefined && more.length === 0, 'one family knows the case');
      const peer = await peerOf(role, script.carrier, { limits: LIMITS });
      await script.run(peer);
      assert.equal(peer.connection.state, 'closed', 'every case runs to the end of its connection');
      ran.add(one.id);
    });
  }
  test(`all 301 cases of groups 1 to 10 ran as a ${role}`, () => {
    assert.equal(cases.length, 301);
    assert.equal(ran.size, 301);
  });
}
