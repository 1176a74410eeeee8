// Who may look: this machine by its own names, or whoever has the token; everybody else is told nothing at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fields } from '../../src/handshake/head.js';
import { connect } from '../../src/index.js';
import { Access } from '../../src/inspector/access.js';
import { watched } from './watched.js';

const visitor = (peer: string, ...lines: ReadonlyArray<readonly [string, string]>) => ({
  peer,
  fields: new Fields(lines),
});
const TOKEN = 'sixteen characters and more';

for (const [name, peer, host, admitted] of [
  ['loopback by address', '127.0.0.1', '127.0.0.1:8101', true],
  ['loopback by name', '127.0.0.1', 'localhost:8101', true],
  ['loopback by IPv6', '::1', '[::1]:8101', true],
  ['IPv4 in IPv6', '::ffff:127.0.0.1', '127.0.0.1', true],
  ['a name that was made to mean 127.0.0.1', '127.0.0.1', 'evil.example:8101', false],
  ['a name that begins like one of ours', '127.0.0.1', 'localhost.evil.example', false],
  ['a name that looks like an address', '127.0.0.1', '127.0.0.1.evil.example', false],
  ['another machine', '192.0.2.7', '127.0.0.1:8101', false],
  ['no Host at all', '127.0.0.1', '', false],
] as const) {
  test(`without a token: ${name} is ${admitted ? 'let in' : 'kept out'}`, () => {
    const lines = host === '' ? [] : [['Host', host] as const];
    assert.equal(new Access(undefined).admits(visitor(peer, ...lines)), admitted);
  });
}

test('what a proxy on this machine passes on does not come from this machine', () => {
  for (const name of ['X-Forwarded-For', 'Forwarded', 'Via', 'X-Real-IP']) {
    assert.equal(
      new Access(undefined).admits(visitor('127.0.0.1', ['Host', 'localhost'], [name, 'x'])),
      false,
      name,
    );
  }
});

test('the token opens by its cookie or as Bearer, and nothing near it does', () => {
  const access = new Access(TOKEN);
  const far = (...lines: ReadonlyArray<readonly [string, string]>) =>
    access.admits(visitor('192.0.2.7', ...lines));
  const cookie = access.cookieFor(TOKEN, true)!;
  assert.match(cookie, /; HttpOnly; SameSite=Strict; Path=\/; Secure$/);
  assert.equal(cookie.includes(TOKEN), false);
  assert.equal(far(['Cookie', `a=b; ${cookie.split(';')[0]}`]), true);
  assert.equal(far(['Authorization', `Bearer ${TOKEN.replaceAll(' ', '-')}`]), false);
  assert.equal(access.cookieFor(`${TOKEN}x`, true), undefined);
  assert.equal(far(['Cookie', 'handfast-inspector=x']), false);
  assert.equal(new Access(TOKEN).admits(visitor('192.0.2.7', ['Cookie', cookie.split(';')[0]!])), false);
});

test('over the wire: another origin, another name, no subprotocol are refused', async () => {
  await using own = await watched();
  const feed = `${own.url}${own.inspector.path}feed`;
  const code = (error: unknown) => (error as { code?: string }).code;
  await assert.rejects(
    connect(feed, { origin: 'https://evil.example', subprotocols: ['handfast-inspector.1'] }),
    (error) => code(error) === 'WS_ORIGIN_REJECTED',
  );
  await assert.rejects(connect(feed), (error) => code(error) === 'WS_PROTO_REQUIRED');
  const page = `http://127.0.0.1:${own.server.port}${own.inspector.path}`;
  const named = await fetch(page, { headers: { 'x-forwarded-for': '192.0.2.7' } });
  assert.equal(named.status, 403);
  assert.match(named.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  assert.equal(named.headers.get('x-frame-options'), 'DENY');
});

test('with a token: the form, a wrong token, the right one', async () => {
  await using own = await watched({}, { token: TOKEN });
  const page = `http://127.0.0.1:${own.server.port}${own.inspector.path}`;
  const far = { 'x-forwarded-for': '192.0.2.7' };
  const asked = await fetch(page, { headers: far });
  assert.equal(asked.status, 401);
  assert.match(await asked.text(), /<input name="token" type="password"/);
  const give = (token: string) =>
    fetch(`${page}token`, {
      method: 'POST',
      headers: far,
      body: new URLSearchParams({ token }),
      redirect: 'manual',
    });
  assert.equal((await give('no such token at all')).status, 403);
  const right = await give(TOKEN);
  assert.equal(right.status, 303);
  const cookie = right.headers.get('set-cookie')!.split(';')[0]!;
  assert.notEqual((await fetch(page, { headers: { ...far, cookie } })).status, 401);
});
