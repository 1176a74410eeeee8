// What a right server refuses: another version, no key, a subprotocol that nobody speaks.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { conformance, unknownSubprotocol } from '../../../src/doctor/inquiries/conformance.js';
import { answered, begun, drive, HUNG_UP, named, opens, skipped, type Table, troubled } from '../driver.js';

const MERIT = 'version 99 refused with 426';
const RIGHT = answered('426 Upgrade Required\nSec-WebSocket-Version: 13');
const NO = answered('400 Bad Request');

function ask(table: Table) {
  const { own } = begun(opens());
  drive(conformance(own), table);
  return own;
}

describe('version 99', () => {
  test('426 with the versions is right', () => {
    const own = ask({ 'version-99': RIGHT, 'no-key': NO });
    assert.deepEqual(own.findings, []);
    assert.equal(own.merits.get(MERIT), true);
    assert.equal(own.stages[0]!.mark, 'good');
    assert.ok(own.ran.has('conformance'));
  });

  const weak: Readonly<Record<string, Table[string]>> = {
    'another status': answered('400 Bad Request\nSec-WebSocket-Version: 13'),
    '426 without a list': answered('426 Upgrade Required'),
    '426 with a list that lacks 13': answered('426 Upgrade Required\nSec-WebSocket-Version: 8, 7'),
    'no word at all': HUNG_UP,
  };
  for (const [name, parts] of Object.entries(weak)) {
    test(`${name} is worth a word`, () => {
      const own = ask({ 'version-99': parts, 'no-key': NO });
      assert.deepEqual(named(own.findings), ['CONF_VERSION_STATUS proven']);
      assert.equal(own.merits.get(MERIT), false);
      assert.ok(own.ran.has('conformance'));
    });
  }

  test('101 is no check at all', () => {
    const own = ask({ 'version-99': opens(), 'no-key': NO });
    assert.deepEqual(named(own.findings), ['CONF_VERSION_UNCHECKED proven']);
    assert.equal(own.stages[0]!.text, 'version 99 opens');
  });
});

describe('no key', () => {
  test('101 is no check', () => {
    const own = ask({ 'version-99': RIGHT, 'no-key': opens() });
    assert.deepEqual(named(own.findings), ['CONF_KEY_UNCHECKED proven']);
  });

  test('the request has none', () => {
    const { own } = begun(opens());
    const { seen } = drive(conformance(own), { 'version-99': RIGHT, 'no-key': NO });
    const { probe } = seen[1]!;
    assert.doesNotMatch(probe.kind === 'exchange' ? probe.request : '', /Sec-WebSocket-Key/);
  });
});

describe('nothing is concluded, and it did not run', () => {
  const silent = {
    'left out': skipped(),
    'no line': troubled('TCP_REFUSED'),
    'asked for peace': answered('429 Too Many Requests'),
  };
  for (const [name, parts] of Object.entries(silent)) {
    test(`version 99: ${name}`, () => {
      const own = ask({ 'version-99': parts });
      assert.deepEqual(own.findings, []);
      assert.deepEqual(own.stages, []);
      assert.equal(own.ran.has('conformance'), false);
      assert.equal(own.merits.has(MERIT), false);
    });
    test(`no key: ${name}`, () => {
      const own = ask({ 'version-99': RIGHT, 'no-key': parts });
      assert.deepEqual(own.findings, []);
      assert.equal(own.ran.has('conformance'), false);
    });
  }
});

describe('a subprotocol that nobody speaks', () => {
  const agreed = 'Sec-WebSocket-Protocol: x-handfast-none';
  const cases: ReadonlyArray<readonly [string, Table[string], readonly string[]]> = [
    ['is agreed on', opens({ lines: [agreed] }), ['PROTO_ECHO_ANY proven']],
    ['is passed over', opens(), []],
    ['is refused', answered('400 Bad Request'), []],
    ['is not asked', skipped(), []],
  ];
  for (const [name, parts, expect] of cases) {
    test(name, () => {
      const { own } = begun(opens());
      drive(unknownSubprotocol(own), { 'subprotocol-unknown': parts });
      assert.deepEqual(named(own.findings), expect);
    });
  }
});
