// Rows by id and by tab, how many there are, and what a search finds among them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Rows } from '../../../src/inspector/page/state/rows.js';
import { search, wordsFor } from '../../../src/inspector/page/state/search.js';
import { verdict } from '../../../src/inspector/page/state/verdict.js';
import type { EndState, HandshakeRow } from '../../../src/inspector/protocol.js';

const all = () => true;

function row(id: number, change: Partial<HandshakeRow> = {}): HandshakeRow {
  return {
    id,
    at: 0,
    outcome: 'accepted',
    status: 101,
    carrier: 'h1',
    secure: true,
    method: 'GET',
    target: '/chat',
    route: '/chat',
    address: '81.2.69.160',
    peer: '10.0.0.7',
    forwarded: [],
    subprotocol: '',
    extensions: '',
    tookMs: 1,
    ...change,
  };
}

const refused = {
  outcome: 'refused',
  status: 403,
  code: 'ORIGIN_REJECTED',
  origin: 'https://staging.example.com',
} as const;

function ended(end: Partial<EndState>): Partial<HandshakeRow> {
  const whole: EndState = {
    at: 1,
    code: 1000,
    reason: '',
    clean: true,
    initiator: 'peer',
    who: 'client/data',
    how: 'fin',
    ...end,
  };
  const state = {
    messagesIn: 0,
    messagesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    bufferedBytes: 0,
    openMs: 1,
    end: whole,
  };
  return { connection: state };
}

const ids = (rows: readonly HandshakeRow[]) => rows.map(({ id }) => id);

test('the newest stands first, in whatever order they were told', () => {
  const rows = new Rows();
  rows.apply([row(1), row(4), row(3)]);
  rows.apply([row(2)]);
  assert.deepEqual(ids(rows.select('all', all)), [4, 3, 2, 1]);
  assert.equal(rows.newest, 4);
  assert.equal(rows.get(3)?.id, 3);
  assert.equal(rows.get(5), undefined);
});

test('a row that has changed stands once, and on its new tab', () => {
  const rows = new Rows();
  rows.apply([
    row(1),
    row(2, refused),
    row(3, { ...refused, outcome: 'broken' }),
    row(4, { outcome: 'garbled', status: 0 }),
  ]);
  assert.deepEqual(rows.counts, { all: 4, open: 1, failed: 3, closed: 0, broken: 2 });
  rows.apply([row(1, ended({}))]);
  assert.deepEqual(rows.counts, { all: 4, open: 0, failed: 3, closed: 1, broken: 2 });
  assert.deepEqual(ids(rows.select('closed', all)), [1]);
  assert.deepEqual(ids(rows.select('broken', all)), [4, 3]);
});

test('the oldest are let go, and are no longer counted', () => {
  const rows = new Rows(10);
  rows.apply(Array.from({ length: 600 }, (_, at) => row(at + 1)));
  assert.equal(rows.counts.all, 10);
  assert.equal(rows.get(590), undefined);
  assert.equal(rows.get(591)?.id, 591);
  rows.clear();
  assert.deepEqual(rows.counts, { all: 0, open: 0, failed: 0, closed: 0, broken: 0 });
});

test('one that was open when it was forgotten is no longer known, and not counted as open', () => {
  const rows = new Rows();
  rows.apply([row(1), row(2, ended({})), row(3, refused), row(4)]);
  rows.forget([1, 2, 3, 99]);
  assert.deepEqual(rows.counts, { all: 4, open: 1, failed: 1, closed: 1, broken: 0 });
  assert.deepEqual(ids(rows.select('open', all)), [4]);
  assert.deepEqual(verdict(rows.get(1)!), {
    sign: 'unknown',
    tone: 'calm',
    figure: '101',
    word: 'no longer known',
  });
  assert.equal(verdict(rows.get(2)!).word, 'client/data');
  rows.apply([row(1, ended({ code: 4001 }))]);
  assert.equal(verdict(rows.get(1)!).figure, '4001');
});

test('after the link was lost only what the server knows to be open is open', () => {
  const rows = new Rows();
  rows.apply([row(1), row(2), row(3, refused), row(4, ended({}))]);
  rows.apply([row(5)]);
  rows.keepOpen([2, 5]);
  assert.deepEqual(ids(rows.select('open', all)), [5, 2]);
  assert.deepEqual(rows.counts, { all: 5, open: 2, failed: 1, closed: 1, broken: 0 });
});

const searches: [words: string, found: boolean][] = [
  ['', true],
  ['staging', true],
  ['STAGING chat', true],
  ['staging room', false],
  ['code:origin', true],
  ['path:origin', false],
  ['status:403', true],
  ['status:40', false],
  ['-staging', false],
  ['-code:AUTH path:/chat', true],
  ['ip:10.0.0', true],
  ['id:7', true],
  ['id:', true],
  ['nonsense:chat', false],
  ['"staging.example.com"', true],
];
for (const [words, found] of searches) {
  test(`the search ${JSON.stringify(words)} ${found ? 'finds' : 'does not find'} a refused one`, () => {
    assert.equal(search(words)(row(7, refused)), found);
  });
}

test('whose it is and the ids of its request are found, in their own fields and anywhere', () => {
  const its = row(1, { user: 'Alice <a@example.com>', requestIds: ['abc-123', '8f2-FRA'] });
  for (const words of ['user:alice', 'request:8F2', 'request:abc', 'ALICE', '123'])
    assert.equal(search(words)(its), true, words);
  for (const words of ['user:abc', 'request:alice', 'user:bob', '-user:alice'])
    assert.equal(search(words)(its), false, words);
  assert.equal(search('user:alice')(row(2)), false);
});

test('a close code is found by its number', () => {
  assert.equal(search('close:1006')(row(1, ended({ code: 1006, clean: false }))), true);
  assert.equal(search('close:1006')(row(1, ended({}))), false);
});

test('the words for a group find its failures and no others', () => {
  const group = { code: 'ORIGIN_REJECTED', origin: 'https://staging.example.com', route: '/a b' };
  const finds = search(wordsFor(group));
  assert.equal(finds(row(1, { ...refused, route: '/a b' })), true);
  assert.equal(finds(row(1, refused)), false);
});

test('a verdict is told by its sign and its words', () => {
  assert.deepEqual(verdict(row(1)), { sign: 'open', tone: 'good', figure: '101', word: 'open' });
  assert.deepEqual(verdict(row(1, refused)), {
    sign: 'refused',
    tone: 'bad',
    figure: '403',
    word: 'ORIGIN_REJECTED',
  });
  const cut = row(1, ended({ code: 1006, clean: false, who: 'net/idle' }));
  assert.deepEqual(verdict(cut), { sign: 'cut', tone: 'warn', figure: '1006', word: 'net/idle' });
  assert.equal(verdict(row(1, { outcome: 'garbled', status: 0 })).figure, 'none');
});
