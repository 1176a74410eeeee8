// Every row of violations.ts: its own example, read by the side that can meet it, yields exactly its code. Rows that need
// the open connection around the frames are named with the test that raises them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VIOLATIONS, violation } from '../../src/frames/violations.js';
import { clientReader, findings, hex, serverReader } from './hex.js';

const LIMITS = { maxMessageBytes: 1_048_576, maxFragments: 1024 };

/** Rows that only the connection can raise: test/connection/protocol-reasons.test.ts has their examples. */
const ELSEWHERE = [
  'FRAME_TRUNCATED',
  'MSG_TYPE',
  'MSG_RATE',
  'MSG_TIMEOUT',
  'CLOSE_PAYLOAD',
  'CLOSE_CODE_INVALID',
];

/** Rows whose example is not simply a run of octets for a server. */
const OCTETS: Record<string, { to?: 'client'; octets?: string }> = {
  FRAME_MASKED_BY_SERVER: { to: 'client' },
  FRAME_HTTP_IN_STREAM: { to: 'client' },
  MSG_FRAGMENTS: { octets: `01 81 00000000 61 ${'00 81 00000000 61 '.repeat(1024)}` },
};

for (const [code, row] of Object.entries(VIOLATIONS)) {
  test(`${code}: a row is whole`, () => {
    assert.equal(row.code, code);
    assert.ok(
      row.title.length > 0 && !row.title.endsWith('.'),
      'the title is a short sentence without a full stop',
    );
    assert.ok(row.meaning.endsWith('.') && row.fix.endsWith('.'));
    assert.ok(row.sections.length > 0 && row.sections.every((section) => /^RFC \d+ §[\d.]+$/.test(section)));
    assert.ok([1002, 1003, 1006, 1007, 1008, 1009].includes(row.closeCode!));
  });
  if (ELSEWHERE.includes(code)) continue;
  test(`${code}: its example yields it and nothing before`, () => {
    const { to, octets = row.example } = OCTETS[code] ?? {};
    const reader = to === 'client' ? clientReader(LIMITS) : serverReader(LIMITS);
    const [first] = findings(reader, hex(octets));
    assert.equal(first?.split(':')[0], `${code} ${row.closeCode}`);
  });
}

test('a row that is listed as raised elsewhere exists', () => {
  for (const code of ELSEWHERE) assert.ok(code in VIOLATIONS, code);
});

test('an occurrence is its row and what was seen', () => {
  assert.deepEqual(violation('FRAME_RSV', 'RSV1'), {
    reason: VIOLATIONS.FRAME_RSV,
    seen: 'RSV1',
    wanted: undefined,
  });
});
