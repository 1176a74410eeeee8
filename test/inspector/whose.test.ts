// Whose a handshake is: what the application says of it, bounded and without secrets, and the ids of its request; whatever the
// application's own code does, nothing comes of it but a fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, refuse } from '../../src/index.js';
import { inspect } from '../../src/inspector/index.js';
import { faults, type HandshakeTrace } from '../../src/trace.js';
import { hear } from '../trace/heard.js';
import { watched } from './watched.js';

interface User {
  readonly name: string;
}

test('the user of an accepted one comes out of its context, of a refused one out of its request', async () => {
  const asked: string[] = [];
  await using own = await watched(
    {
      routes: {
        '/chat': { authorize: () => ({ name: 'alice' }) as never },
        '/staff': { authorize: () => refuse('AUTH_REQUIRED') },
      },
    },
    {
      user: ({ connection, request, target }) => {
        asked.push(target);
        return (connection?.context as User | undefined)?.name ?? request?.fields.get('x-user');
      },
    },
  );
  const connection = await connect(`${own.url}/chat`);
  await assert.rejects(connect(`${own.url}/staff`, { headers: [['X-User', 'bob']] }));
  assert.equal((await own.row(({ target }) => target === '/chat')).user, 'alice');
  assert.equal((await own.row(({ target }) => target === '/staff')).user, 'bob');
  assert.deepEqual(asked, ['/chat', '/staff'], 'of who watches it is not asked');
  connection.close();
});

test('what it says is bounded, and holds no secret', async () => {
  const said = ['x'.repeat(10_000), 'https://a:pass@b.example/?token=s3cr3t-1234567890', '', undefined];
  await using own = await watched({}, { user: ({ target }) => said[Number(target.split('?')[1])] });
  const users: Array<string | undefined> = [];
  for (const index of said.keys()) {
    (await connect(`${own.url}/chat?${index}`)).close();
    users.push((await own.row(({ target }) => target === `/chat?${index}`)).user);
  }
  assert.equal(users[0]?.length, 80);
  assert.doesNotMatch(users[1]!, /s3cr3t|pass/);
  assert.deepEqual(users.slice(2), [undefined, undefined]);
});

test('what it throws, and an answer that is no string, is a fault and nothing else', async () => {
  using heard = hear(faults, ({ what, error }) => `${what}: ${(error as Error)?.message}`);
  const doings: Array<() => unknown> = [
    () => {
      throw new Error('no such user');
    },
    () => Promise.reject(new Error('later')),
    () => 7,
    () => {
      throw Object.create(null);
    },
  ];
  await using own = await watched(
    {},
    { user: (({ target }: HandshakeTrace) => doings[Number(target.split('?')[1])]!()) as never },
  );
  for (const index of doings.keys()) {
    const connection = await connect(`${own.url}/chat?${index}`);
    const { user, outcome } = await own.row(({ target }) => target === `/chat?${index}`);
    assert.deepEqual([user, outcome], [undefined, 'accepted']);
    await connection.close();
  }
  assert.deepEqual(await heard.until(4), [
    'user of inspect() threw: no such user',
    'user of inspect() threw: user of inspect() must return a string or undefined',
    'user of inspect() threw: user of inspect() must return a string or undefined',
    'user of inspect() threw: undefined',
  ]);
  assert.throws(() => inspect({ user: 'alice' as never }), /user in inspect\(\) must be a function/);
});

test('ids of the request are in the row, whatever field they came in', async () => {
  await using own = await watched();
  const headers: Array<[string, string]> = [
    ['X-Request-ID', 'abc-123'],
    ['Traceparent', '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01'],
    ['CF-Ray', 'f'.repeat(500)],
  ];
  (await connect(`${own.url}/chat?ids`, { headers })).close();
  (await connect(`${own.url}/chat?none`)).close();
  const { requestIds } = await own.row(({ target }) => target === '/chat?ids');
  assert.deepEqual(requestIds, [headers[0]![1], headers[1]![1], 'f'.repeat(128)]);
  assert.equal('requestIds' in (await own.row(({ target }) => target === '/chat?none')), false);
});
