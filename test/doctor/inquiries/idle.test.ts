// How a quiet connection ends: idleness told from age, from a close frame and from a silent death. No time passes here.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { idle } from '../../../src/doctor/inquiries/idle.js';
import type { EndSeen, FrameSeen, Probe } from '../../../src/doctor/observation.js';
import type { Target } from '../../../src/doctor/target.js';
import {
  answered,
  begun,
  conversation,
  drive,
  frame,
  named,
  type Opened,
  opens,
  skipped,
  type Table,
  target,
} from '../driver.js';

const LONG_MS = 150_000;

function ask(silent: Table[string], pinged: Table[string], idleMs = LONG_MS, about: Target = target()) {
  const { own } = begun(opens(), about);
  const { result } = drive(idle(own, idleMs), { 'idle-silent': silent, 'idle-pinged': pinged });
  return { own, causes: result };
}

const ended = (atMs: number, how: EndSeen['how'] = 'fin', frames: readonly FrameSeen[] = []): Opened => ({
  frames,
  end: { how, atMs, sinceReceivedMs: atMs, sinceSentMs: atMs },
});
const ping = (atMs: number) => frame('out', 9, 'handfast 1', { atMs });
/** Lives to the end of its plan. */
const alive = opens();
const cutAt = (atMs: number, how: EndSeen['how'] = 'fin') => opens(ended(atMs, how));
const pingedTill = (atMs: number) => opens(ended(atMs, 'fin', [ping(15_000)]));
const closes = (payload: string) =>
  opens(ended(3100, 'fin', [frame('in', 8, payload, { atMs: 3000 }), frame('out', 8, payload.slice(0, 2))]));

test('both live: a note that the server does not ping', () => {
  const { own, causes } = ask(alive, alive);
  assert.deepEqual(causes, []);
  assert.deepEqual(named(own.findings), ['OPS_NO_SERVER_PING proven']);
  assert.equal(own.findings[0]!.severity, 'note');
  assert.equal(own.merits.get('idle'), true);
  assert.ok(own.ran.has('idle'));
  assert.equal(own.stages[0]!.text, 'open after 150.0 s; the server sends no ping');
});

test('pings come at least nine times, and one connection gets none', () => {
  for (const [idleMs, expect] of [
    [10_000, 9],
    [300_000, 20],
  ] as const) {
    const { own } = begun(opens());
    const { seen } = drive(idle(own, idleMs), { 'idle-silent': alive, 'idle-pinged': alive });
    const plans = seen.map(({ probe }) => (probe.kind === 'exchange' ? probe.session : undefined));
    assert.deepEqual(plans, [
      { listenMs: idleMs, pings: 0 },
      { listenMs: idleMs, pings: expect },
    ]);
  }
});

describe('the merit of A+', () => {
  test('is not for a short run', () => assert.equal(ask(alive, alive, 60_000).own.merits.get('idle'), false));

  test('is for a server that pings, also in a short run', () => {
    const conversed = (probe: Probe) => {
      const whole = conversation(0, 60_000);
      const frames = [
        frame('in', 9, '', { atMs: 20_000 }),
        frame('in', 9, '', { atMs: 40_000 }),
        ...whole.frames!,
      ];
      return opens({ ...whole, frames })(probe);
    };
    const { own } = ask(conversed, alive, 60_000);
    assert.equal(own.merits.get('idle'), true);
    assert.deepEqual(own.findings, []);
    assert.equal(own.stages[0]!.text, 'open after 60.0 s; the server pings every 20 s');
  });

  test('is for a server that pinged once', () => {
    const once = (probe: Probe) => {
      const whole = conversation(0, 60_000);
      return opens({ ...whole, frames: [frame('in', 9, '', { atMs: 300 }), ...whole.frames!] })(probe);
    };
    const { own } = ask(once, alive, 60_000);
    assert.equal(own.merits.get('idle'), true);
    assert.equal(own.stages[0]!.text, 'open after 60.0 s; the server pings after 1 s');
  });

  test('is not for a connection that ended', () => {
    for (const silent of [
      cutAt(60_000),
      closes('\x0f\xa9'),
      opens(ended(LONG_MS + 4000, 'left', [frame('out', 8)])),
    ])
      assert.equal(ask(silent, alive).own.merits.get('idle'), false);
  });
});

describe('a cut', () => {
  test('of the silent one alone is idleness', () => {
    const { own, causes } = ask(cutAt(60_000), alive);
    assert.deepEqual(named(causes), ['IDLE_CUT proven']);
    assert.equal(causes[0]!.cap, 'B');
    assert.match(causes[0]!.remarks![0]!.text, /60\.0 s is what nginx/);
    assert.match(own.stages[0]!.text, /^A \(silent\) cut after 60\.0 s .*; C \(pings\) open after 150\.0 s$/);
    assert.match(own.findings[0]!.detail, /no ping in 60\.0 s/, 'it did not live longer');
  });

  test('after more than a minute costs no grade', () => {
    const { causes } = ask(cutAt(100_000), alive);
    assert.deepEqual(named(causes), ['IDLE_CUT proven']);
    assert.equal(causes[0]!.cap, undefined);
  });

  test('at no usual time names nobody', () => {
    const { causes } = ask(cutAt(2_010, 'rst'), alive);
    assert.match(causes[0]!.remarks![0]!.text, /nobody's default/);
    assert.match(causes[0]!.steps[0]!.answered, /^RST at 2\.01 s$/);
  });

  test('of both at one age is age', () => {
    const { causes } = ask(cutAt(30_000), pingedTill(30_400));
    assert.deepEqual(named(causes), ['LIFETIME_CUT proven']);
  });

  test('of both at two ages is idleness, and not proved', () => {
    const { causes } = ask(cutAt(30_000), pingedTill(45_000));
    assert.deepEqual(named(causes), ['IDLE_CUT likely']);
  });

  test('of both before a ping was due may be either', () => {
    const { causes } = ask(cutAt(2_000), cutAt(2_100));
    assert.deepEqual(named(causes), ['IDLE_CUT likely', 'LIFETIME_CUT possible']);
    assert.ok(causes.every(({ decide }) => decide?.includes('--idle 4')));
  });

  test('behind a forward proxy may be the proxy', () => {
    const about = { ...target(), proxy: 'http://proxy.example:3128' };
    const { causes } = ask(cutAt(60_000), alive, LONG_MS, about);
    assert.deepEqual(named(causes), ['IDLE_CUT likely', 'FWD_IDLE possible']);
    assert.ok(causes.every(({ decide }) => decide?.includes('--no-proxy')));
  });

  test('names the proxies that were seen', () => {
    const { own } = begun(opens({ lines: ['Server: nginx/1.22.1'] }));
    const { result } = drive(idle(own, LONG_MS), { 'idle-silent': cutAt(60_000), 'idle-pinged': alive });
    assert.match(result[0]!.remarks![0]!.text, /Seen here: nginx/);
  });
});

describe('a close frame', () => {
  const cases: ReadonlyArray<readonly [string, string, string]> = [
    ['4408 waits for a first message', '\x11\x38', 'AUTH_INIT_TIMEOUT likely'],
    ['1008 too', '\x03\xf0', 'AUTH_INIT_TIMEOUT likely'],
    ['4009 is for the application to explain', '\x0f\xa9', 'HEARTBEAT_APP possible'],
    ['without a code too', '', 'HEARTBEAT_APP possible'],
  ];
  for (const [name, payload, expect] of cases)
    test(`${name}: ${expect}`, () => assert.deepEqual(named(ask(closes(payload), alive).causes), [expect]));
});

test('no answer to our close frame and no end: a silent death', () => {
  const { own, causes } = ask(opens(ended(LONG_MS + 3000, 'left', [frame('out', 8, '\x03\xe8')])), alive);
  assert.deepEqual(named(causes), ['IDLE_SILENT_DROP likely']);
  assert.equal(own.stages[0]!.mark, 'bad');
});

describe('nothing is concluded', () => {
  const untold: ReadonlyArray<readonly [string, Table[string]]> = [
    ['from one that was left out', skipped()],
    ['from one that was refused', answered('429 Too Many Requests')],
    ['from one that we cut off ourselves', opens({ frames: [], end: undefined as never })],
  ];
  for (const [name, parts] of untold) {
    for (const [silent, pinged] of [
      [parts, alive],
      [cutAt(60_000), parts],
    ] as const) {
      test(`${name}, ${silent === parts ? 'silent' : 'with pings'}`, () => {
        const { own, causes } = ask(silent, pinged);
        assert.deepEqual([causes, own.findings], [[], []]);
        assert.equal(own.ran.has('idle'), false);
        assert.equal(own.merits.has('idle'), false);
        assert.equal(own.stages[0]!.mark, 'skip');
        assert.match(own.stages[0]!.text, /^not found out: /);
      });
    }
  }
});
