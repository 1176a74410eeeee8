// Which pages may connect: RFC 6455 §10.2, RFC 6454 §5.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OriginContext, type OriginPolicy, originRejection } from '../../src/handshake/origin.js';

function code(
  origin: string | undefined,
  policy: OriginPolicy,
  context: Partial<OriginContext> = {},
): string {
  const rejection = originRejection(origin, policy, { host: 'good.example', secure: true, ...context });
  return rejection?.reason.code ?? '';
}

describe('same origin', () => {
  const rows: [string, Partial<OriginContext>, string][] = [
    ['https://good.example', {}, ''],
    ['https://good.example', { host: 'GOOD.example' }, ''],
    ['https://good.example', { host: 'good.example:443' }, ''],
    ['https://good.example:443', {}, ''],
    ['http://good.example', { secure: false }, ''],
    ['http://good.example', { secure: false, host: 'good.example:80' }, ''],
    ['https://good.example:8443', { host: 'good.example:8443' }, ''],
    ['http://[::1]:3000', { host: '[::1]:3000', secure: false }, ''],
    ['http://good.example', {}, 'ORIGIN_HOST_MISMATCH'],
    ['https://good.example', { secure: false }, 'ORIGIN_HOST_MISMATCH'],
    ['https://good.example:8443', {}, 'ORIGIN_HOST_MISMATCH'],
    ['http://good.example:443', {}, 'ORIGIN_HOST_MISMATCH'],
    ['ftp://good.example', {}, 'ORIGIN_HOST_MISMATCH'],
    ['https://good.example.evil.example', {}, 'ORIGIN_REJECTED'],
    ['https://evilgood.example', {}, 'ORIGIN_REJECTED'],
    ['https://sub.good.example', {}, 'ORIGIN_REJECTED'],
    ['https://good.example.', {}, 'ORIGIN_REJECTED'],
    ['https://GOOD.example', {}, 'ORIGIN_REJECTED'],
    ['https://xn--god-jua.example', {}, 'ORIGIN_REJECTED'],
    ['null', {}, 'ORIGIN_NULL'],
    ['not an origin', {}, 'ORIGIN_REJECTED'],
    ['https://good.example', { host: 'not a host' }, 'ORIGIN_REJECTED'],
  ];
  for (const [origin, context, expected] of rows) {
    test(`${origin} ${JSON.stringify(context)}: ${expected || 'accepted'}`, () =>
      assert.equal(code(origin, 'same-origin', context), expected));
  }
  test('a refusal shows both sides', () => {
    const rejection = originRejection('https://evil.example', 'same-origin', {
      host: 'A.example:8',
      secure: false,
    });
    const expected = { field: 'Origin', seen: 'https://evil.example', wanted: 'http://a.example:8' };
    assert.deepEqual(rejection?.evidence, expected);
  });
});

describe('a list', () => {
  const list = ['https://good.example', 'http://localhost:3000'];
  const rows: [string, string][] = [
    ['https://good.example', ''],
    ['http://localhost:3000', ''],
    ['https://good.example:443', 'ORIGIN_REJECTED'],
    ['http://good.example', 'ORIGIN_REJECTED'],
    ['https://GOOD.example', 'ORIGIN_REJECTED'],
    ['https://good.example.evil.example', 'ORIGIN_REJECTED'],
    ['null', 'ORIGIN_NULL'],
  ];
  for (const [origin, expected] of rows) {
    test(`${origin}: ${expected || 'accepted'}`, () => assert.equal(code(origin, list), expected));
  }
  test('may hold null', () => assert.equal(code('null', ['null']), ''));
  test('does not hold what the host happens to be', () =>
    assert.equal(code('https://good.example', ['https://other.example']), 'ORIGIN_REJECTED'));
});

describe('a function', () => {
  test('decides', () => {
    assert.equal(
      code('https://a.example', (origin) => origin.endsWith('a.example')),
      '',
    );
    assert.equal(
      code('https://b.example', (origin) => origin.endsWith('a.example')),
      'ORIGIN_REJECTED',
    );
    assert.equal(
      code('null', () => true),
      '',
    );
    assert.equal(
      code('null', () => false),
      'ORIGIN_NULL',
    );
  });
  test('says yes with true alone: a promise is no answer', () => {
    const later = (async () => true) as unknown as () => boolean;
    assert.equal(code('https://a.example', later), 'ORIGIN_REJECTED');
  });
});

test('any-insecure takes all', () => {
  for (const origin of ['https://evil.example', 'null', undefined])
    assert.equal(code(origin, 'any-insecure'), '');
  assert.equal(code(undefined, 'any-insecure', { fetchSite: 'cross-site' }), '');
});

describe('no Origin', () => {
  const rows: [string, OriginPolicy, Partial<OriginContext>, string][] = [
    ['is allowed by default', 'same-origin', {}, ''],
    ['is allowed with a list', ['https://a.example'], {}, ''],
    ['is allowed when said so', 'same-origin', { allowMissing: true }, ''],
    ['is refused when said so', 'same-origin', { allowMissing: false }, 'ORIGIN_REQUIRED'],
    [
      'is refused when said so, whatever the policy',
      'any-insecure',
      { allowMissing: false },
      'ORIGIN_REQUIRED',
    ],
    ['is refused from another site', 'same-origin', { fetchSite: 'cross-site' }, 'ORIGIN_REQUIRED'],
    [
      'is refused from another site in capitals',
      'same-origin',
      { fetchSite: 'Cross-Site' },
      'ORIGIN_REQUIRED',
    ],
    ['is allowed from the same origin', 'same-origin', { fetchSite: 'same-origin' }, ''],
  ];
  for (const [what, policy, context, expected] of rows) {
    test(what, () => assert.equal(code(undefined, policy, context), expected));
  }
});
