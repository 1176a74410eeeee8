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

describe('other systems and other forms of the same', () => {
  const nginx = (words: string) =>
    `2026/11/22 10:00:00 [error] 1#1: *5 ${words}, client: 192.0.2.1, server: a, request: "GET /ws HTTP/1.1"`;
  const haproxy = (rest: string) => `192.0.2.1:5000 [22/Nov/2026:10:00:00.123] fe~ ${rest} 1/1/0/0/0 0/0`;
  const tls = '0/0000000000000000/0/0/0 a.example/TLSv1.3/TLS_AES_256_GCM_SHA384';
  for (const [line, code] of [
    [
      nginx('kevent() reported that connect() failed (61: Connection refused) while connecting to upstream'),
      'PROXY_UPSTREAM_DOWN',
    ],
    [
      nginx('connect() failed (110: Connection timed out) while connecting to upstream'),
      'PROXY_UPSTREAM_TIMEOUT',
    ],
    [
      nginx('recv() failed (54: Connection reset by peer) while reading response header from upstream'),
      'PROXY_UPSTREAM_RESET',
    ],
    [nginx('recv() failed (104: Connection reset by peer) while reading upstream'), 'PROXY_UPSTREAM_RESET'],
    [
      nginx('recv() failed (54: Connection reset by peer) while proxying upgraded connection'),
      'CLOSE_NO_FRAME_RST',
    ],
    [`${haproxy('fe/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR--')} "<BADREQ>" ${tls}`, 'REQ_SYNTAX'],
    [`${haproxy('be/app 0/0/0/1/60001 101 200 - - sD--')} "GET /ws HTTP/1.1" ${tls}`, 'IDLE_CUT'],
  ] as const) {
    test(line.slice(40, 160), () => assert.equal(explained(line)?.[0]?.code, code));
  }
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
