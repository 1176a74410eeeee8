// JUnit's XML, read back by a parser that is not ours: every stage a suite, every check a case.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { describe, test } from 'node:test';
import { junit } from '../../../src/doctor/formats/junit.js';
import { need } from '../../support/needs.js';
import {
  all,
  evil,
  gradeB,
  healthy,
  hostile,
  report,
  stripped,
  unreachable,
  wrongAccept,
} from './reports.js';

const python = need('python-websockets');

interface Element {
  readonly tag: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly text: string;
  readonly children: readonly Element[];
}

const reader = `
import json, sys, xml.etree.ElementTree as tree
def plain(e): return {'tag': e.tag, 'attributes': e.attrib, 'text': (e.text or ''), 'children': [plain(c) for c in e]}
json.dump(plain(tree.fromstring(sys.stdin.buffer.read())), sys.stdout)
`;

function parsed(xml: string): Element {
  const { stdout, stderr, status } = spawnSync(python.path, ['-c', reader], { input: xml, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout);
}

function cases(tree: Element): Element[] {
  return tree.children.flatMap(({ children }) => children);
}

function named(tree: Element, name: string): Element {
  const found = cases(tree).filter(({ attributes }) => attributes.name === name);
  assert.equal(found.length, 1, name);
  return found[0]!;
}

describe('JUnit', { skip: python.skip }, () => {
  for (const [name, each] of Object.entries(all)) {
    test(`${name} is well formed, and its counts are right`, () => {
      const tree = parsed(junit([each]));
      assert.equal(tree.tag, 'testsuites');
      for (const suite of [tree, ...tree.children]) {
        const own = suite === tree ? cases(tree) : suite.children;
        const has = (tag: string) =>
          own.filter(({ children }) => children.some((child) => child.tag === tag));
        assert.equal(suite.attributes.tests, String(own.length));
        assert.equal(suite.attributes.failures, String(has('failure').length));
        assert.equal(suite.attributes.skipped, String(has('skipped').length));
        assert.ok(own.length > 0, `${suite.attributes.name} has no case`);
        const names = own.map(({ attributes }) => attributes.name);
        assert.equal(new Set(names).size === names.length || suite === tree, true, 'a case twice');
      }
      assert.equal(tree.attributes.failures !== '0', each.causes.length > 0);
    });
  }

  test('passed, skipped and failed checks of a wrong accept', () => {
    const tree = parsed(junit([wrongAccept]));
    const accept = named(tree, 'rfc6455.4.2.2.accept');
    assert.equal(accept.children[0]!.tag, 'failure');
    assert.equal(accept.children[0]!.attributes.type, 'RESP_ACCEPT_WRONG');
    assert.match(
      accept.children[0]!.attributes.message!,
      /wrong GUID \(RESP_ACCEPT_WRONG \/ WRONG_GUID, proven\)/,
    );
    assert.match(accept.children[1]!.text, /expected {2}kX3jBtWX0GdxMmpX5n/);
    assert.deepEqual(named(tree, 'rfc6455.4.2.2.upgrade').children, []);
    assert.equal(named(tree, 'rfc6455.10.2.foreign-origin').children[0]!.tag, 'skipped');
  });

  test('each client is a case of the stage Clients', () => {
    const clients = { stage: 'clients', name: 'Clients', mark: 'bad', text: '', probes: [] } as const;
    const tree = parsed(junit([{ ...wrongAccept, stages: [...wrongAccept.stages, clients] }]));
    assert.match(named(tree, 'client.chrome.1').children[0]!.text, /Incorrect 'Sec-WebSocket-Accept'/);
    assert.deepEqual(named(tree, 'client.deno.1').children, []);
  });

  test('a stage that was not reached is skipped, not passed', () => {
    const tree = parsed(junit([unreachable]));
    assert.equal(named(tree, 'rfc1035.name-resolves').children[0]!.tag, 'failure');
    assert.equal(named(tree, 'rfc6455.4.2.2.accept').children[0]!.tag, 'skipped');
  });

  test('a stage that failed without a finding fails all the same', () => {
    const stages = [{ stage: 'tcp', name: 'TCP', mark: 'bad', text: 'no', probes: [] } as const];
    const tree = parsed(junit([report({ stages })]));
    assert.equal(named(tree, 'stage.tcp').children[0]!.attributes.message, 'no');
  });

  test('what fails is decided by --fail-on; causes fail always', () => {
    const failures = (each: typeof gradeB, failOn?: 'error' | 'warn' | 'note' | 'never') =>
      parsed(junit([each], failOn && { failOn })).attributes.failures;
    assert.equal(failures(gradeB), '0');
    assert.equal(failures(gradeB, 'warn'), '1');
    assert.equal(failures(gradeB, 'note'), '2');
    assert.equal(failures(stripped, 'never'), '1');
    assert.match(named(parsed(junit([gradeB])), 'rfc6455.10.2.foreign-origin').children[0]!.text, /p5/);
  });

  test('the grade is a case, and what fails it is decided by --min-grade', () => {
    const grade = (each: typeof gradeB, minGrade?: 'A+' | 'A-' | 'B') => {
      const tree = parsed(junit([each], minGrade && { minGrade, failOn: 'never' }));
      const [found] = named(tree, 'grade').children;
      return [found!.tag, found!.attributes.message ?? found!.text];
    };
    const reason = `B: ${gradeB.gradeReason}`;
    assert.deepEqual(grade(gradeB), ['system-out', reason]);
    assert.deepEqual(grade(gradeB, 'B'), ['system-out', reason]);
    assert.deepEqual(grade(gradeB, 'A-'), ['failure', `grade ${reason}; the least is A-`]);
    assert.deepEqual(grade(stripped, 'A-'), ['skipped', stripped.gradeReason]);
    const ungraded = { ...gradeB, grade: null, gradeReason: 'not all of it ran: origin' };
    assert.equal(grade(ungraded, 'B')[0], 'failure');
    assert.equal(grade(ungraded)[0], 'skipped');
  });

  test('each report has limits of its own', () => {
    const tree = parsed(junit([gradeB, { ...gradeB, target: 'ws://b/' }], [{}, { minGrade: 'A+' }]));
    const failed = tree.children.filter(({ attributes }) => attributes.failures !== '0');
    assert.deepEqual(
      failed.map(({ attributes }) => attributes.name),
      ['ws://b/ · Grade'],
    );
  });

  test('suites are named as the stages of a report are, also those that it does not have', () => {
    for (const each of Object.values(all)) {
      const names = parsed(junit([each])).children.map(
        ({ attributes }) => attributes.name!.split(' · ').at(-1)!,
      );
      for (const name of names) assert.match(name, /^[A-Z]/);
      for (const { name } of each.stages) assert.ok(names.includes(name), name);
    }
  });

  test('hostile text comes through as text', () => {
    const tree = parsed(junit([hostile]));
    const shown = evil
      .replace('\x1b', '\\x1b')
      .replace('\x07', '\\x07')
      .replace(/[\u202e\u202c\ud800\uffff]/g, (one) => `\\u{${one.charCodeAt(0).toString(16)}}`);
    assert.equal(tree.children[0]!.attributes.name, `wss://chat.example.com/?${shown} · DNS`);
    const failure = named(tree, 'rfc6455.10.2.own-origin-admitted').children[0]!;
    assert.equal(failure.text, shown);
  });

  test('suites of several targets are told apart', () => {
    const names = parsed(junit([healthy, stripped])).children.map(({ attributes }) => attributes.name);
    assert.ok(
      names.includes(`${healthy.target} · Upgrade`) && names.includes(`${stripped.target} · Upgrade`),
    );
    assert.equal(new Set(names).size, names.length);
  });
});
