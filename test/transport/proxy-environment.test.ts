// Which proxy the environment names, which hosts it exempts, and what a URL of a proxy may be.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { basicOf, hideCredentials, parseProxy } from '../../src/transport/forward-proxy.js';
import { type Environment, proxyFor } from '../../src/transport/proxy-environment.js';

const nameFor = (url: string, environment: Environment) => proxyFor(new URL(url), environment)?.name;

describe('the variable', () => {
  const rows: [what: string, url: string, environment: Environment, name: string | undefined][] = [
    ['none', 'wss://a.example/', {}, undefined],
    ['https for wss', 'wss://a.example/', { HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
    ['http for ws', 'ws://a.example/', { HTTP_PROXY: 'http://p:1' }, 'http://p:1'],
    ['https says nothing of ws', 'ws://a.example/', { HTTPS_PROXY: 'http://p:1' }, undefined],
    ['http says nothing of wss', 'wss://a.example/', { HTTP_PROXY: 'http://p:1' }, undefined],
    [
      'lower case first',
      'wss://a.example/',
      { HTTPS_PROXY: 'http://p:1', https_proxy: 'http://q:2' },
      'http://q:2',
    ],
    ['empty is not set', 'wss://a.example/', { https_proxy: ' ', HTTPS_PROXY: 'http://p:1' }, 'http://p:1'],
    ['all for both', 'ws://a.example/', { ALL_PROXY: 'socks5://p' }, 'socks5://p:1080'],
    [
      'all comes last',
      'wss://a.example/',
      { all_proxy: 'http://q:2', HTTPS_PROXY: 'http://p:1' },
      'http://p:1',
    ],
    [
      'in a CGI program',
      'ws://a.example/',
      { HTTP_PROXY: 'http://evil:1', REQUEST_METHOD: 'GET' },
      undefined,
    ],
    [
      'lower case there',
      'ws://a.example/',
      { http_proxy: 'http://p:1', REQUEST_METHOD: 'GET' },
      'http://p:1',
    ],
  ];
  for (const [what, url, environment, name] of rows) {
    test(what, () => assert.equal(nameFor(url, environment), name));
  }

  test('this machine itself is never reached through one', () => {
    const environment = { ALL_PROXY: 'http://p:1', NO_PROXY: '' };
    for (const host of [
      'localhost',
      'LOCALHOST.',
      'app.localhost',
      '127.0.0.1',
      '127.8.8.8',
      '[::1]',
      '[::ffff:127.0.0.1]',
    ]) {
      assert.equal(nameFor(`ws://${host}:8080/`, environment), undefined, host);
    }
    assert.equal(nameFor('ws://localhost.example/', environment), 'http://p:1');
    assert.equal(nameFor('ws://128.0.0.1/', environment), 'http://p:1');
  });

  test('what is no proxy is told by its variable, not by its value', () => {
    assert.throws(
      () => nameFor('wss://a.example/', { HTTPS_PROXY: 'ftp://user:hunter22@p' }),
      (error: Error) => {
        assert.ok(error instanceof TypeError);
        assert.match(error.message, /^HTTPS_PROXY is not a URL/);
        assert.doesNotMatch(error.message, /hunter22|ftp/);
        return true;
      },
    );
  });
});

describe('NO_PROXY', () => {
  const rows: [list: string, url: string, isExempt: boolean][] = [
    ['*', 'wss://a.example/', true],
    ['a.example', 'wss://a.example/', true],
    ['A.Example.', 'wss://a.example/', true],
    ['a.example', 'wss://a.example./', true],
    ['example', 'wss://a.example/', true],
    ['.example', 'wss://a.example/', true],
    ['*.example', 'wss://a.example/', true],
    ['ample', 'wss://a.example/', false],
    ['b.example, a.example', 'wss://a.example/', true],
    ['b.example a.example', 'wss://a.example/', true],
    [',, ,', 'wss://a.example/', false],
    ['.', 'wss://a.example/', false],
    ['a.example:443', 'wss://a.example/', true],
    ['a.example:80', 'ws://a.example/', true],
    ['a.example:8443', 'wss://a.example/', false],
    ['a.example:8443', 'wss://a.example:8443/', true],
    ['10.1.2.3', 'ws://10.1.2.3/', true],
    ['10.1.2.3:81', 'ws://10.1.2.3/', false],
    ['10.1.2.3:80', 'ws://10.1.2.3/', true],
    ['10.0.0.0/8', 'ws://10.1.2.3/', true],
    ['10.0.0.0/8', 'ws://11.1.2.3/', false],
    ['10.0.0.0/33', 'ws://10.1.2.3/', false],
    ['10.0.0.0/x', 'ws://10.1.2.3/', false],
    ['0.0.0.0/0', 'ws://10.1.2.3/', true],
    ['2.3', 'ws://10.1.2.3/', false],
    ['fd00::1', 'ws://[fd00::1]/', true],
    ['[fd00::1]', 'ws://[fd00::1]/', true],
    ['[fd00::1]:80', 'ws://[fd00::1]/', true],
    ['[fd00::1]:81', 'ws://[fd00::1]/', false],
    ['fd00::/8', 'ws://[fd00::1]/', true],
    ['fe80::/10', 'ws://[fd00::1]/', false],
    ['10.0.0.0/8', 'ws://[fd00::1]/', false],
    ['10.0.0.0/8', 'ws://a.example/', false],
    ['[', 'ws://a.example/', false],
    ['a:b:c', 'ws://a.example/', false],
  ];
  for (const [list, url, isExempt] of rows) {
    test(`${JSON.stringify(list)} and ${url}`, () => {
      const environment = { ALL_PROXY: 'http://p:1', NO_PROXY: list };
      assert.equal(nameFor(url, environment) === undefined, isExempt);
    });
  }

  test('lower case goes first', () => {
    const environment = { ALL_PROXY: 'http://p:1', no_proxy: 'b.example', NO_PROXY: 'a.example' };
    assert.equal(nameFor('ws://a.example/', environment), 'http://p:1');
  });
});

describe('the URL of a proxy', () => {
  const rows: [text: string, scheme: string, host: string, port: number, name: string][] = [
    ['http://p.example:3128', 'http', 'p.example', 3128, 'http://p.example:3128'],
    ['http://p.example/', 'http', 'p.example', 80, 'http://p.example:80'],
    ['https://p.example', 'https', 'p.example', 443, 'https://p.example:443'],
    ['p.example:3128', 'http', 'p.example', 3128, 'http://p.example:3128'],
    ['socks5://P.example', 'socks5', 'p.example', 1080, 'socks5://p.example:1080'],
    ['socks5h://[::1]:9050', 'socks5h', '::1', 9050, 'socks5h://[::1]:9050'],
    ['socks://p.example', 'socks5h', 'p.example', 1080, 'socks5h://p.example:1080'],
    ['http://u:w@p.example:1', 'http', 'p.example', 1, 'http://p.example:1'],
  ];
  for (const [text, scheme, host, port, name] of rows) {
    test(text, () => {
      const proxy = parseProxy(text);
      assert.deepEqual([proxy.scheme, proxy.host, proxy.port, proxy.name], [scheme, host, port, name]);
    });
  }

  test('credentials are decoded, and a password may hold anything but control characters', () => {
    assert.deepEqual(parseProxy('http://us%40er:p%3Aw%C3%A4@p:1').credentials, {
      user: 'us@er',
      password: 'p:wä',
    });
    assert.deepEqual(parseProxy('http://token@p:1').credentials, { user: 'token', password: '' });
    assert.equal(parseProxy('http://p:1').credentials, undefined);
    assert.equal(basicOf({ user: 'Aladdin', password: 'open sesame' }), 'QWxhZGRpbjpvcGVuIHNlc2FtZQ==');
  });

  const wrong = [
    '',
    'http://',
    'ftp://p:1',
    'socks4://p:1',
    'http://p:99999',
    'http://p:1/path',
    'http://p:1/?q',
    'http://p:1#f',
    'http://a b:1',
    'socks5://a%20b:1',
    'http://u%0A:w@p:1',
    'http://u%3Ax:w@p:1',
    'http://u%:w@p:1',
    `socks5://u:${'w'.repeat(256)}@p`,
  ];
  for (const text of wrong) {
    test(`is not ${JSON.stringify(text.slice(0, 30))}`, () => {
      assert.throws(
        () => parseProxy(text),
        (error: Error) => error instanceof TypeError && /^proxy (?:is not|has)/.test(error.message),
      );
    });
  }

  test('what the proxy says is shown without them', () => {
    const proxy = parseProxy('http://user:p%2Fsword@p:1');
    const said = `Basic ${basicOf(proxy.credentials!)} and p/sword, p%2Fsword, user`;
    assert.equal(hideCredentials(said, proxy), 'Basic (hidden) and (hidden), (hidden), user');
    assert.equal(hideCredentials('a b', parseProxy('http://u:a@p:1')), 'a b');
  });
});
