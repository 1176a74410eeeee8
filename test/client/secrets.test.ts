// What a request keeps to itself is taken out of every text that is told about it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Secrets } from '../../src/client/secrets.js';

const basic = Buffer.from('user:pa55word').toString('base64');
const jwt = 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dQw4w9WgXcQ123';

function secretsOf(url: string, headers: [string, string][] = [], subprotocols: string[] = []): Secrets {
  const secrets = new Secrets();
  secrets.learn(new URL(url), headers, subprotocols);
  return secrets;
}

describe('hidden', () => {
  const rows: [string, Secrets, string, string][] = [
    [
      'the value of Authorization',
      secretsOf('ws://h/', [['Authorization', 'Bearer abcd1234']]),
      'got Bearer abcd1234!',
      'got (hidden)!',
    ],
    [
      'the credentials alone',
      secretsOf('ws://h/', [['authorization', 'Bearer abcd1234']]),
      'got abcd1234',
      'got (hidden)',
    ],
    [
      'the password of Basic',
      secretsOf('ws://h/', [['Proxy-Authorization', `Basic ${basic}`]]),
      `${basic} pa55word`,
      '(hidden) (hidden)',
    ],
    [
      'each cookie',
      secretsOf('ws://h/', [['Cookie', 'sid=topsecret; theme=dark']]),
      'sid is topsecret',
      'sid is (hidden)',
    ],
    [
      'another header with a telling name',
      secretsOf('ws://h/', [['X-Api-Key', 'k-123456']]),
      'bad key k-123456',
      'bad key (hidden)',
    ],
    [
      'a parameter with a telling name',
      secretsOf('ws://h/?ticket=one+time%2Fx'),
      'one time/x, one%20time%2Fx',
      '(hidden), (hidden)',
    ],
    ['a parameter that looks like a token', secretsOf(`ws://h/?x=${jwt}`), `no ${jwt}`, 'no (hidden)'],
    [
      'a subprotocol that looks like a token',
      secretsOf('ws://h/', [], ['json', jwt]),
      `json, ${jwt}`,
      'json, (hidden)',
    ],
  ];
  for (const [what, secrets, text, wanted] of rows) {
    test(what, () => assert.equal(secrets.hide(text), wanted));
  }
});

test('what is no secret stays', () => {
  const secrets = secretsOf(
    'ws://h/?room=general-chat&v=1',
    [
      ['User-Agent', 'tests/1'],
      ['Cookie', 'a=b'],
    ],
    ['graphql-transport-ws'],
  );
  const text = 'general-chat 1 tests/1 b graphql-transport-ws';
  assert.equal(secrets.hide(text), text);
});

test('user information of any URL goes too', () => {
  const text = 'see http://user:pa55@proxy.test:3128/x, ws://@h and mail a//b c@d';
  assert.equal(secretsOf('ws://h/').hide(text), 'see http://…@proxy.test:3128/x, ws://…@h and mail a//b c@d');
});

test('header fields of an answer lose their secrets and the query of Location', () => {
  const fields = secretsOf('ws://h/', [['Cookie', 'sid=topsecret']]).fields([
    ['Set-Cookie', 'sid=fresh'],
    ['Location', '/login?next=%2Fws&state=abc'],
    ['X-Echo', 'sid=topsecret'],
    ['Server', 'x'],
  ]);
  assert.deepEqual(fields, [
    ['Set-Cookie', '(hidden)'],
    ['Location', '/login?…'],
    ['X-Echo', '(hidden)'],
    ['Server', 'x'],
  ]);
});

test('evidence loses them field by field', () => {
  const evidence = secretsOf('ws://h/?token=abcd').hideIn({ field: 'x', seen: 'is abcd', wanted: 'abcd' });
  assert.deepEqual(evidence, { field: 'x', seen: 'is (hidden)', wanted: '(hidden)' });
});
