import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { showText } from '../../src/explain/show.js';

const secret = 's3cr3t';

describe('no secret is shown, however it is written', () => {
  for (const text of [
    `{"password":"${secret} and ${secret}"}`,
    `{"password":"a\\"b ${secret}"}`,
    `{'password': 'two ${secret}'}`,
    `42["auth",{"token":"a ${secret}"}]`,
    `{"data":"{\\"token\\":\\"${secret}\\"}"}`,
    `{"token":["a","${secret}"]}`,
    `{"headers":{"Authorization":["Token ${secret}"]}}`,
    `authorization: Token ${secret}`,
    `Cookie: theme=1; id=${secret}`,
    `Set-Cookie: id=${secret}; Path=/`,
    `CONNECT\npasscode:${secret}\nlogin:x`,
    `http://user:p@${secret}@proxy.example:3128`,
    `token=${secret}&x=1`,
  ]) {
    test(text, () => assert.doesNotMatch(showText(text), new RegExp(secret)));
  }
});

test('what stands beside a secret stays, and so does what is none', () => {
  assert.match(
    showText('{"token":"a b","room":"lobby"}'),
    /^\{"token":"‹redacted [\da-f]{4}›","room":"lobby"\}$/,
  );
  assert.match(showText('/ws?token=abcdef&room=lobby'), /^\/ws\?token=‹redacted [\da-f]{4}›&room=lobby$/);
  assert.equal(showText('{"code":1006,"key":"none"}'), '{"code":1006,"key":"none"}');
});

test('equal secrets have equal marks', () => {
  const marks = showText('token=abc token="abc" {"token":"abc"}').match(/‹[^›]+›/g);
  assert.equal(marks?.length, 3);
  assert.equal(new Set(marks).size, 1);
});
