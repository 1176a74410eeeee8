// What `--since` shows: what got better, what got worse, and nothing that only took another time.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesBetween } from '../../../src/doctor/formats/changes.js';
import { finding, gradeB, healthy, report, stripped, wrongAccept } from './reports.js';

test('nothing changed: times, counts and probes do not count', () => {
  const later = {
    ...healthy,
    started: '2027-01-01T00:00:00Z',
    stages: healthy.stages.map((stage) => ({ ...stage, ms: 999, text: `${stage.text} ` })),
    budget: { connections: 1, bytesOut: 1, bytesIn: 1, ms: 1 },
  };
  assert.deepEqual(changesBetween(healthy, later), []);
});

test('worse: the grade, a stage, findings', () => {
  assert.deepEqual(changesBetween(healthy, gradeB), [
    { kind: 'worse', text: 'grade A+ → B' },
    {
      kind: 'worse',
      text: 'Origin: https://evil.example gets 101 too (was: foreign, null and look-alike origins are refused with 403)',
    },
    { kind: 'other', text: 'Idle: not checked now' },
    { kind: 'other', text: 'HTTP/2: not checked now' },
    { kind: 'worse', text: 'new: SEC_ORIGIN_UNCHECKED, Any page on the web may connect' },
    { kind: 'other', text: 'new: OPS_SINGLE_FAMILY, The name has no IPv6 address' },
  ]);
});

test('the other way round it is better', () => {
  const kinds = changesBetween(gradeB, healthy).map(({ kind, text }) => `${kind} ${text.slice(0, 26)}`);
  assert.deepEqual(kinds, [
    'better grade B → A+',
    'better Origin: foreign, null and ',
    'other Idle: open after 120 s; th',
    'other HTTP/2: not offered for We',
    'better gone: SEC_ORIGIN_UNCHECKED',
    'other gone: OPS_SINGLE_FAMILY, T',
  ]);
});

test('a verdict, and a cause that became another one', () => {
  const [verdict, grade] = changesBetween(healthy, stripped);
  assert.deepEqual(verdict, { kind: 'worse', text: 'works → the handshake is refused' });
  assert.deepEqual(grade, { kind: 'other', text: 'grade A+ → none' });
  const texts = changesBetween(stripped, wrongAccept).map(({ text }) => text);
  assert.ok(
    texts.includes('new: RESP_ACCEPT_WRONG / WRONG_GUID, The server hashes your key with a wrong GUID'),
  );
  assert.ok(texts.some((text) => text.startsWith('gone: PROXY_UPGRADE_STRIPPED')));
});

test('a finding that moved between causes and findings is the same finding', () => {
  const one = finding({ code: 'IDLE_CUT' });
  assert.deepEqual(changesBetween(report({ causes: [one] }), report({ findings: [one] })), []);
});
