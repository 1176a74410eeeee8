// Lines of logs: each real one gets its code, many of one kind are told once, and a line that says nothing is passed over.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { LOGGED } from './logged.js';

const explained = (text: string) => explain(new Material(Buffer.from(text)));

describe('what was really logged', () => {
  for (const { by, line, code, candidates } of LOGGED) {
    test(`${by}: ${line.slice(-90)}`, () => {
      const [found, ...more] = explained(line) ?? [];
      assert.ok(found !== undefined, 'not understood');
      assert.equal(more.length, 0);
      assert.equal(found.code, code);
      assert.equal(found.isGood, code === undefined);
      if (candidates !== undefined)
        assert.deepEqual(found.candidates.slice(0, candidates.length), candidates);
      for (const each of found.candidates) assert.ok(catalogue.has(each), each);
      if (code !== undefined) assert.ok(catalogue.has(code), code);
    });
  }
});

test('the two letters of HAProxy are read aloud, with the times', () => {
  const [found] = explained('frontend b/s 0/0/0/1/60009 101 132 - - cD-- "GET /ws HTTP/1.1"')!;
  assert.equal(found!.source, 'HAProxy · 101 · cD--');
  assert.match(found!.saw, /client's side ended it, while data passed, after 60\.0 s/);
  assert.match(found!.fix, /timeout tunnel 1h/);
  const notes = found!.listings[0]!.lines.map(({ note }) => note);
  assert.ok(notes.some((note) => note.includes('answer 1 ms, in all 60.0 s')));
});

test('a log of many lines: each cause once, with how often, and what is well is left out', () => {
  const lines = LOGGED.filter(({ by }) => by.startsWith('nginx 1.22.1, access')).map(({ line }) => line);
  const repeated = Array.from({ length: 300 }, () => lines[0]!);
  const found = explained([...repeated, ...lines, ''].join('\n'))!;
  assert.match(found[0]!.source, /the first of 301 lines like it/);
  assert.equal(new Set(found.map(({ source, code }) => `${source} ${code}`)).size, found.length);
  assert.ok(found.every(({ isGood }) => !isGood));
});

test('secrets of a request line are not repeated', () => {
  const [found] = explained(
    '127.0.0.1 - - [22/Nov/2026:21:04:30 +0000] "GET /ws?access_token=s3cr3tvalue HTTP/1.1" 403 157 "-" "-"',
  )!;
  assert.doesNotMatch(JSON.stringify(found), /s3cr3tvalue/);
  assert.match(JSON.stringify(found), /redacted/);
});
