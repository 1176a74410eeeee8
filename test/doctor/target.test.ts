// What a diagnosis is about, out of a URL and options; the ways there; private addresses.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { isPrivateAddress, routeOf, type Target, targetOf } from '../../src/doctor/target.js';

const of = (url: string, options: DiagnoseOptions = {}, proxy: Pick<Target, 'proxy'> = {}) =>
  targetOf(new URL(url), options, proxy);

describe('a URL', () => {
  const cases: ReadonlyArray<
    readonly [url: string, host: string, port: number, authority: string, path: string, origin: string]
  > = [
    ['ws://a.example', 'a.example', 80, 'a.example', '/', 'http://a.example'],
    ['wss://a.example/ws?b=1', 'a.example', 443, 'a.example', '/ws?b=1', 'https://a.example'],
    ['wss://a.example:443/', 'a.example', 443, 'a.example', '/', 'https://a.example'],
    ['ws://a.example:8080/', 'a.example', 8080, 'a.example:8080', '/', 'http://a.example:8080'],
    ['ws://[::1]:3000/', '::1', 3000, '[::1]:3000', '/', 'http://[::1]:3000'],
  ];
  for (const [url, host, port, authority, path, ownOrigin] of cases) {
    test(url, () => {
      const target = of(url);
      assert.deepEqual(
        [target.host, target.port, target.authority, target.path, target.ownOrigin, target.origin],
        [host, port, authority, path, ownOrigin, ownOrigin],
      );
      assert.equal(target.secure, url.startsWith('wss:'));
    });
  }
});

test('what nobody said has its default', () => {
  const { nonce, ...target } = of('ws://a.example/');
  assert.match(nonce, /^[\da-f]{6}$/);
  assert.notEqual(of('ws://a.example/').nonce, nonce);
  assert.deepEqual(target, {
    url: 'ws://a.example/',
    secure: false,
    host: 'a.example',
    port: 80,
    authority: 'a.example',
    path: '/',
    origin: 'http://a.example',
    ownOrigin: 'http://a.example',
    subprotocols: [],
    deflate: true,
    headers: [],
    profile: 'handfast',
    own: false,
    guess: false,
    public: false,
    insecure: false,
    stageMs: 5000,
  });
});

test('what was said is kept', () => {
  const options = {
    cookie: 'a=b',
    resolve: '10.0.0.7',
    idleMs: 5,
    expectOpenMs: 6,
    subprotocols: ['chat'],
    deflate: false,
    profile: 'curl',
    own: true,
    guess: true,
    public: true,
    insecure: true,
    stageMs: 7,
  } as const;
  const target = of('ws://a.example/', options, { proxy: 'http://p.example:3128' });
  for (const [name, value] of Object.entries({ ...options, proxy: 'http://p.example:3128' }))
    assert.deepEqual(target[name as keyof Target], value, name);
});

describe('the origin', () => {
  const origin = (options: DiagnoseOptions) => of('ws://a.example/', options).origin;
  test('is that of the page', () =>
    assert.equal(origin({ page: 'https://b.example/x' }), 'https://b.example'));
  test('is that which was said', () =>
    assert.equal(origin({ page: 'https://b.example/', origin: 'https://c.example' }), 'https://c.example'));
  test('is none where none is wanted', () =>
    assert.equal(origin({ page: 'https://b.example/', origin: null }), null));
});

describe('a reflection', () => {
  const reflect = (value: boolean | string | undefined) =>
    of('ws://a.example/', value === undefined ? {} : { reflect: value }).reflect;
  test('is the backend, or mounted where there is a token', () => {
    assert.deepEqual(
      [reflect(true), reflect('token'), reflect(false), reflect(undefined)],
      ['backend', 'mounted', undefined, undefined],
    );
  });
});

describe('the direct way', () => {
  for (const [direct, host, port] of [
    ['10.0.0.7:3000', '10.0.0.7', 3000],
    ['[::1]:3000', '::1', 3000],
    ['app.internal:80', 'app.internal', 80],
  ] as const)
    test(direct, () => assert.deepEqual(of('ws://a.example/', { direct }).direct, { host, port }));

  for (const direct of ['10.0.0.7', '::1:3000', '[::1]', ':3000', 'http://a:1', 'a:123456'])
    test(`is not ${direct}`, () => assert.throws(() => of('ws://a.example/', { direct }), TypeError));
});

test('a route goes to an address and through a proxy where there is one', () => {
  const target = of('wss://a.example/');
  assert.deepEqual(routeOf(target), { secure: true, host: 'a.example', port: 443 });
  assert.deepEqual(routeOf({ ...target, proxy: 'http://p.example:1' }, '10.0.0.7'), {
    secure: true,
    host: 'a.example',
    port: 443,
    address: '10.0.0.7',
    proxy: 'http://p.example:1',
  });
});

describe('an address', () => {
  const inside = [
    '10.1.2.3',
    '127.0.0.1',
    '169.254.1.1',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '100.64.0.1',
    '::1',
    'fd00::1',
    'fe80::1',
  ];
  const outside = ['172.32.0.1', '100.128.0.1', '203.0.113.7', '8.8.8.8', '2001:db8::1', 'a.example', ''];
  test('that is private', () =>
    assert.deepEqual(
      inside.filter((one) => !isPrivateAddress(one)),
      [],
    ));
  test('that is not', () => assert.deepEqual(outside.filter(isPrivateAddress), []));
});
