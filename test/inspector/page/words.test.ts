// How the page writes numbers, times and addresses, and which characters it does not let pass unseen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  clock,
  count,
  delta,
  measured,
  minutes,
  octets,
  rate,
  short,
  span,
} from '../../../src/inspector/page/state/figures.js';
import { readPlace, start, writePlace } from '../../../src/inspector/page/state/place.js';
import {
  placeOf,
  roundUp,
  roundUpOctets,
  Samples,
  widthOf,
} from '../../../src/inspector/page/state/samples.js';
import { pieces, visible } from '../../../src/inspector/page/state/visible.js';
import type { Overview } from '../../../src/inspector/protocol.js';

const figures: [written: string, wanted: string][] = [
  [count(1284), '1,284'],
  [short(999), '999'],
  [short(1249), '1.2k'],
  [short(9960), '10k'],
  [short(999_600), '1.0M'],
  [rate(0), '0'],
  [rate(0.42), '0.4'],
  [rate(12.4), '12'],
  [octets(0), '0 B'],
  [octets(1023), '1023 B'],
  [octets(1229), '1.2 KiB'],
  [octets(16 * 1024 ** 2), '16 MiB'],
  [measured(0), '< 1 ms'],
  [measured(0.01), '< 0.1 ms'],
  [measured(2), '2 ms'],
  [measured(2.04), '2.0 ms'],
  [delta(0), '+0 ms'],
  [measured(0.44), '0.4 ms'],
  [measured(22.7), '23 ms'],
  [measured(60_000), '60.0 s'],
  [measured(132_000), '2 m 12 s'],
  [span(59_999), '59 s'],
  [span(480_000), '8 m'],
  [span(492_000), '8 m 12 s'],
  [span(76 * 3_600_000), '3 d 4 h'],
  [delta(0.4), '+0.4 ms'],
  [delta(90_000), '+1 m 30 s'],
];
for (const [written, wanted] of figures) test(`written ${wanted}`, () => assert.equal(written, wanted));

test('an interval within a minute is one time', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5).getTime();
  assert.equal(minutes(at, at + 50_000), '03:04');
  assert.equal(minutes(at, at + 60_000), '03:04 to 03:05');
});

test('the time of day has milliseconds where they are wanted', () => {
  const at = new Date(2026, 0, 2, 3, 4, 5, 6).getTime();
  assert.equal(clock(at), '03:04:05');
  assert.equal(clock(at, true), '03:04:05.006');
});

test('every place has an address, and every address is a place', () => {
  const places = [
    start,
    { ...start, view: 'overview' as const },
    { ...start, id: 123 },
    { ...start, id: 123, side: 'frames' as const, tab: 'failed' as const, words: 'code:ORIGIN & "a b"' },
  ];
  for (const place of places) assert.deepEqual(readPlace(writePlace(place)), place);
  assert.equal(writePlace({ ...start, id: 123, side: 'frames' }), '#/handshake/123/frames');
  for (const hash of ['', '#', '#/handshake/x', '#/handshake/-1', '#/nowhere', '#/?tab=none'])
    assert.deepEqual(readPlace(hash), start);
});

test('characters that lie about the text are shown by name', () => {
  assert.equal(visible('a\u202eexe.png\u202c'), 'a⟨RLO⟩exe.png⟨PDF⟩');
  assert.equal(visible('\u001b[31m\r\n\t\u0000'), '⟨ESC⟩[31m⟨CR⟩⟨LF⟩⟨TAB⟩⟨NUL⟩');
  assert.equal(visible('a\u200bb\ufeffc\u00ad'), 'a⟨ZWSP⟩b⟨BOM⟩c⟨SHY⟩');
  assert.equal(visible('\ud800x\u{e0041}\u0085'), '⟨D800⟩x⟨E0041⟩⟨0085⟩');
  assert.deepEqual(pieces('\u2066'), [{ text: 'LRI', hidden: 'U+2066 left-to-right isolate' }]);
});

test('what is harmless stands as it is', () => {
  for (const text of ['', '<b>&amp;</b>', 'שלום', 'né', '👩‍👩‍👧', '日本'])
    assert.deepEqual(pieces(text), text === '' ? [] : [{ text }]);
  assert.deepEqual(pieces('a\n\tb', true), [{ text: 'a\n\tb' }]);
  assert.equal(visible('a\u200db'), 'a⟨ZWJ⟩b');
});

test('samples are kept for five minutes, each moment once', () => {
  const samples = new Samples();
  for (let at = 1; at <= 400; at += 1) samples.add({ at } as Overview);
  samples.add({ at: 400 } as Overview);
  assert.equal(samples.all.length, 300);
  assert.equal(samples.all.at(-1)?.at, 400);
  assert.equal(samples.all[0]?.at, 101);
  samples.clear();
  assert.equal(samples.all.length, 0);
});

test('a moment has its place among the samples, and none before them', () => {
  const samples = Array.from({ length: 10 }, (_, index) => ({ at: 1000 + index * 1000 }) as Overview);
  assert.equal(placeOf(500, samples, 60), undefined);
  assert.equal(placeOf(1000, samples, 60), 51 / 60);
  assert.equal(placeOf(5500, samples, 60), 56 / 60);
  assert.equal(placeOf(20_000, samples, 60), 1);
  assert.equal(placeOf(0, [], 60), undefined);
});

test('the top of a chart is a round number above its values', () => {
  assert.deepEqual([0, 0.7, 1, 3, 12, 900, 1001].map(roundUp), [2, 0.8, 2, 4, 20, 1000, 2000]);
  for (const value of [0.3, 1, 7, 55, 4999]) assert.ok(roundUp(value) >= value);
  assert.equal(roundUpOctets(700_000), 800 * 1024);
  assert.equal(roundUpOctets(500), 600);
  assert.deepEqual([0, 59, 61, 900].map(widthOf), [60, 60, 120, 300]);
});
