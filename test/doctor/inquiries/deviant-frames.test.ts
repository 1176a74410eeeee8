// What a server must not take from a client: which frames and requests are sent, and what each ending means.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviantFrames, deviantRequests, halfAHead } from '../../../src/doctor/inquiries/deviant-frames.js';
import {
  answered,
  begun,
  codes,
  drive,
  driveFreely,
  frame,
  HUNG_UP,
  named,
  opens,
  SILENCE,
  skipped,
  type Table,
  troubled,
} from '../driver.js';

const closes = opens({ frames: [frame('in', 8, '\x03\xea')], end: { how: 'fin', atMs: 5 } });
const drops = opens({ frames: [], end: { how: 'rst', atMs: 5 } });
const takes = opens({ frames: [], end: { how: 'left', atMs: 800 } });

function sent(answer: (at: number) => Table[string]) {
  const { own } = begun(opens());
  const { seen } = driveFreely(
    deviantFrames(own),
    (() => {
      let at = 0;
      return () => answer(at++);
    })(),
  );
  return { own, seen };
}

describe('frames', () => {
  test('that are all refused are right', () => {
    const { own, seen } = sent(() => closes);
    assert.equal(seen.length, 12);
    assert.deepEqual(own.findings, []);
    assert.equal(own.stages[0]!.text, '12 of 12 deviant frames are refused');
    assert.ok(own.ran.has('frames'));
  });

  test('that are taken: C', () => {
    const { own } = sent((at) => (at === 3 ? takes : closes));
    assert.deepEqual(named(own.findings), ['CONF_FRAMING proven']);
    assert.equal(own.findings[0]!.cap, 'C');
    assert.equal(own.findings[0]!.steps.length, 1);
    assert.match(own.stages[0]!.text, /^1 of 12/);
  });

  test('that end TCP without a word are against advice alone: A-', () => {
    const { own } = sent(() => drops);
    assert.deepEqual([own.findings[0]!.cap, own.findings[0]!.steps.length], ['A-', 12]);
  });

  test('of both kinds: C', () =>
    assert.equal(sent((at) => (at === 0 ? takes : drops)).own.findings[0]!.cap, 'C'));

  test('of which one ends the server: F, and nobody is asked any more', () => {
    const { own, seen } = sent((at) => (at < 2 ? closes : troubled('TCP_REFUSED')));
    assert.equal(seen.length, 3);
    assert.deepEqual(codes(own.findings), ['CONF_FRAMING']);
    assert.equal(own.findings[0]!.cap, 'F');
    assert.match(own.findings[0]!.detail, /^After RSV2 set nobody answers/);
    assert.equal(own.stages[0]!.mark, 'bad');
  });

  test('that nobody took or refused say nothing', () => {
    for (const parts of [
      skipped(),
      answered('429 Too Many Requests'),
      troubled('TCP_REFUSED'),
      opens({ end: undefined as never }),
    ]) {
      const { own } = sent(() => parts);
      assert.deepEqual([own.findings, own.stages], [[], []]);
      assert.equal(own.ran.has('frames'), false);
    }
  });

  test('are what they are said to be', () => {
    const { seen } = sent(() => closes);
    const octets = seen.flatMap(({ probe }) =>
      probe.kind === 'exchange' ? [probe.session!.frames!.map((hex) => hex.slice(0, 4))] : [],
    );
    assert.deepEqual(octets, [
      ['8102'],
      ['a182'],
      ['9182'],
      ['8380'],
      ['8b80'],
      ['89fe'],
      ['0980'],
      ['8082'],
      ['0181', '8181'],
      ['8184'],
      ['82ff'],
      ['8882'],
    ]);
    assert.ok(seen.every(({ probe }) => probe.kind === 'exchange' && probe.session!.close === false));
  });
});

describe('requests', () => {
  const requests = (method: Table[string], version: Table[string], host: Table[string]) => {
    const { own } = begun(opens());
    const { seen } = drive(deviantRequests(own), {
      'method-post': method,
      'http-1.0': version,
      'no-host': host,
    });
    return { own, seen };
  };
  const no = answered('400 Bad Request');

  test('that are refused, or left out, say nothing', () => {
    assert.deepEqual(requests(no, HUNG_UP, skipped()).own.findings, []);
  });

  test('that open are told', () => {
    assert.deepEqual(codes(requests(opens(), opens(), opens()).own.findings), [
      'CONF_METHOD',
      'CONF_HTTP10',
      'CONF_HOST',
    ]);
  });

  test('differ in just that', () => {
    const [post, old, hostless] = requests(no, no, no).seen.map(({ probe }) =>
      probe.kind === 'exchange' ? probe.request : '',
    );
    assert.match(post!, /^POST \/ws HTTP\/1\.1\r\nHost: /);
    assert.match(old!, /^GET \/ws HTTP\/1\.0\r\nHost: /);
    assert.match(hostless!, /^GET \/ws HTTP\/1\.1\r\nUser-Agent: /);
    assert.doesNotMatch(hostless!, /\r\nHost:/);
  });
});

describe('half a head', () => {
  const half = (parts: Table[string]) => {
    const { own } = begun(opens());
    const { seen } = drive(halfAHead(own), { 'half-head': parts });
    return { own, seen };
  };

  test('that is kept is told', () =>
    assert.deepEqual(codes(half(SILENCE).own.findings), ['SEC_SLOW_HANDSHAKE']));
  test('that is answered or ended is right, and one that was left out says nothing', () => {
    for (const parts of [answered('408 Request Timeout'), HUNG_UP, skipped()])
      assert.deepEqual(half(parts).own.findings, []);
  });
  test('is no whole one', () => {
    const { probe } = half(SILENCE).seen[0]!;
    assert.ok(probe.kind === 'exchange' && !probe.request.includes('\r\n\r\n') && probe.headMs! > 60_000);
  });
});
