// Who may look: whoever has the token, or without one this machine by its own names; everybody else is told nothing at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields } from '../../src/handshake/head.js';
import { Access } from '../../src/inspector/access.js';
import { inspect } from '../../src/inspector/index.js';

const visitor = (peer: string, ...lines: ReadonlyArray<readonly [string, string]>) => ({
  peer,
  fields: new Fields(lines),
});
const TOKEN = 'sixteen-characters-and-more';
const WEEK_MS = 7 * 24 * 3_600_000;

for (const [name, peer, host, verdict] of [
  ['loopback by address', '127.0.0.1', '127.0.0.1:8101', 'welcome'],
  ['loopback by name', '127.0.0.1', 'localhost:8101', 'welcome'],
  ['loopback by IPv6', '::1', '[::1]:8101', 'welcome'],
  ['IPv4 in IPv6', '::ffff:127.0.0.1', '127.0.0.1', 'welcome'],
  ['a name that was made to mean 127.0.0.1', '127.0.0.1', 'evil.example:8101', 'machine'],
  ['a name that begins like one of ours', '127.0.0.1', 'localhost.evil.example', 'machine'],
  ['a name that looks like an address', '127.0.0.1', '127.0.0.1.evil.example', 'machine'],
  ['a name with a user in front', '127.0.0.1', 'localhost@evil.example', 'machine'],
  ['another machine', '192.0.2.7', '127.0.0.1:8101', 'machine'],
  ['every address', '127.0.0.1', '0.0.0.0:8101', 'machine'],
  ['no Host at all', '127.0.0.1', '', 'machine'],
] as const) {
  test(`without a token: ${name}`, () => {
    const lines = host === '' ? [] : [['Host', host] as const];
    assert.equal(new Access(undefined).judge(visitor(peer, ...lines)), verdict);
  });
}

test('what a proxy on this machine passes on does not come from this machine', () => {
  const fields = [
    'X-Forwarded-For',
    'Forwarded',
    'Via',
    'X-Real-IP',
    'X-Forwarded-Proto',
    'X-Forwarded-Port',
  ];
  for (const name of [...fields, 'X-Client-IP', 'Fly-Client-IP', 'CDN-Loop', 'X-Envoy-External-Address']) {
    const passedOn = visitor('127.0.0.1', ['Host', 'localhost'], [name, 'x']);
    assert.equal(new Access(undefined).judge(passedOn), 'machine', name);
  }
});

test('with a token it is asked of everybody, since a proxy that tells nothing of itself looks like this machine', () => {
  assert.equal(new Access(TOKEN).judge(visitor('127.0.0.1', ['Host', 'localhost'])), 'token');
});

test('the token opens as Bearer, and its cookie does, and nothing near them', () => {
  const access = new Access(TOKEN);
  const far = (...lines: ReadonlyArray<readonly [string, string]>) =>
    access.judge(visitor('192.0.2.7', ...lines));
  assert.equal(far(['Authorization', `Bearer ${TOKEN}`]), 'welcome');
  for (const near of [`${TOKEN}x`, TOKEN.slice(1), TOKEN.toUpperCase(), '']) {
    assert.equal(far(['Authorization', `Bearer ${near}`]), 'token', near);
  }
  assert.equal(far(['Authorization', `Basic ${TOKEN}`]), 'token');
  const cookie = access.cookie(true);
  assert.match(cookie, /; HttpOnly; SameSite=Lax; Max-Age=604800; Secure$/);
  assert.doesNotMatch(cookie, /Path|Domain/);
  assert.equal(cookie.includes(TOKEN), false);
  const [pair = ''] = cookie.split(';');
  const [name] = pair.split('=');
  assert.equal(far(['Cookie', `a=b; ${name}=other; ${pair}`]), 'welcome');
  assert.equal(far(['Cookie', `${name}=`]), 'token');
  assert.equal(far(['Cookie', pair.slice(0, -1)]), 'token');
});

test('a cookie is good in every process that has the token, for a week, and for no other token', () => {
  const [pair = ''] = new Access(TOKEN).cookie(false, 1000).split(';');
  const shown = visitor('192.0.2.7', ['Cookie', pair]);
  assert.equal(new Access(TOKEN).judge(shown, 999 + WEEK_MS), 'welcome');
  assert.equal(new Access(TOKEN).judge(shown, 1000 + WEEK_MS), 'token');
  const later = visitor('192.0.2.7', ['Cookie', pair.replace('=6', '=9')]);
  assert.equal(new Access(TOKEN).judge(later, 1000), 'token');
  assert.equal(new Access(`${TOKEN}x`).judge(shown, 1000), 'token');
});

test('after ten wrong tokens in a minute an address has to wait, even with the right one; others and cookies do not', () => {
  const access = new Access(TOKEN);
  const guess = (token: string, now: number, peer = '192.0.2.7') =>
    access.judgeToken(token, visitor(peer), now);
  for (let at = 0; at < 10; at += 1) assert.equal(guess('wrong', at), 'token');
  assert.equal(guess(TOKEN, 10), 'later');
  assert.equal(access.judge(visitor('192.0.2.7', ['Authorization', `Bearer ${TOKEN}`]), 11), 'later');
  const [pair = ''] = access.cookie(false, 0).split(';');
  assert.equal(access.judge(visitor('192.0.2.7', ['Cookie', pair]), 11), 'welcome');
  assert.equal(guess(TOKEN, 11, '192.0.2.8'), 'welcome');
  assert.equal(guess(TOKEN, 60_000), 'welcome');
});

test('the addresses of one IPv6 network are one', () => {
  const access = new Access(TOKEN);
  for (let at = 0; at < 10; at += 1) access.judgeToken('wrong', visitor(`2001:db8::${at}`), at);
  assert.equal(access.judgeToken(TOKEN, visitor('2001:db8::ffff'), 10), 'later');
});

test('a token that is no secret, or none in production, is refused at once', () => {
  for (const token of ['', 'too-short', 'fifteen-letters', 'sixteen characters', `${'ä'.repeat(16)}`]) {
    assert.throws(() => inspect({ token }), /token in inspect\(\) must be 16 to 256/, token);
  }
  assert.throws(() => inspect({ tokens: TOKEN } as object), /did you mean "token"/);
  assert.throws(() => inspect({ budgetBytes: -1 }), RangeError);
  const before = process.env.NODE_ENV;
  process.env.NODE_ENV = 'production';
  try {
    assert.throws(() => inspect(), /needs a token in production/);
    const inspector = inspect({ token: TOKEN });
    assert.equal(inspector.feed.server.capturesPayload, false);
    inspector.close();
  } finally {
    if (before === undefined) delete process.env.NODE_ENV;
    else process.env.NODE_ENV = before;
  }
});
