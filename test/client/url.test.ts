// Which URLs a WebSocket can have, where a redirect may lead, and what of a URL may be shown.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isSameOrigin, judgeRedirect, judgeUrl, locationOf, shownUrl } from '../../src/client/url.js';
import { Fields } from '../../src/handshake/head.js';

const judged = (input: string | URL) => {
  const verdict = judgeUrl(input);
  return verdict.ok ? verdict.value.href : verdict.rejection.reason.code;
};

describe('URLs', () => {
  const rows: [string, string][] = [
    ['ws://example.com', 'ws://example.com/'],
    ['wss://example.com/a?b=c', 'wss://example.com/a?b=c'],
    ['WSS://EXAMPLE.com:443/', 'wss://example.com/'],
    ['http://example.com/x', 'ws://example.com/x'],
    ['http://example.com:80/x', 'ws://example.com/x'],
    ['https://example.com/x', 'wss://example.com/x'],
    ['http://example.com:443/x', 'ws://example.com:443/x'],
    ['ws://[::1]:8080/', 'ws://[::1]:8080/'],
    ['ws://bücher.example/', 'ws://xn--bcher-kva.example/'],
    ['ws://example.com/a b|c', 'ws://example.com/a%20b|c'],
    ['', 'URL_SYNTAX'],
    ['example.com/ws', 'URL_SYNTAX'],
    ['//example.com/ws', 'URL_SYNTAX'],
    ['ws://', 'URL_SYNTAX'],
    ['ws://example.com:99999/', 'URL_SYNTAX'],
    ['ws://exa mple.com/', 'URL_SYNTAX'],
    ['ws://a{b}/', 'URL_SYNTAX'],
    ['ftp://example.com/', 'URL_SCHEME'],
    ['wsss://example.com/', 'URL_SCHEME'],
    ['localhost:8080/ws', 'URL_SCHEME'],
    ['javascript:alert(1)', 'URL_SCHEME'],
    ['ws://example.com/#', 'URL_FRAGMENT'],
    ['ws://example.com/a#b', 'URL_FRAGMENT'],
    ['ws://user@example.com/', 'URL_USERINFO'],
    ['ws://:password@example.com/', 'URL_USERINFO'],
  ];
  for (const [input, wanted] of rows) {
    test(`${JSON.stringify(input)} → ${wanted}`, () => assert.equal(judged(input), wanted));
  }

  test('a URL object is taken, and not changed', () => {
    const url = new URL('https://example.com/x');
    assert.equal(judged(url), 'wss://example.com/x');
    assert.equal(url.href, 'https://example.com/x');
  });
});

test('what is shown has no user information and no query', () => {
  assert.equal(shownUrl('wss://user:secret@example.com/a?token=secret'), 'wss://…@example.com/a?…');
  assert.equal(shownUrl('not a url ?secret'), 'not a url ?…');
  assert.equal(shownUrl(new URL('ws://example.com/a@b')), 'ws://example.com/a@b');
});

describe('redirects', () => {
  const from = new URL('wss://example.com/a/b?token=x');
  const rows: [string, string][] = [
    ['/c', 'wss://example.com/c'],
    ['c?d=e', 'wss://example.com/a/c?d=e'],
    ['//other.test/', 'wss://other.test/'],
    ['https://other.test/c', 'wss://other.test/c'],
    ['wss://example.com:8443/', 'wss://example.com:8443/'],
    ['/c#part', 'wss://example.com/c'],
    ['http://example.com/c', 'ROUTE_REDIRECT'],
    ['ws://example.com/c', 'ROUTE_REDIRECT'],
    ['https://', 'ROUTE_REDIRECT'],
    ['ftp://example.com/', 'URL_SCHEME'],
    ['https://user:password@example.com/', 'URL_USERINFO'],
  ];
  for (const [location, wanted] of rows) {
    test(`to ${location} → ${wanted}`, () => {
      const verdict = judgeRedirect(from, location);
      assert.equal(verdict.ok ? verdict.value.href : verdict.rejection.reason.code, wanted);
      if (!verdict.ok) assert.doesNotMatch(JSON.stringify(verdict.rejection.evidence), /password/);
    });
  }

  test('from ws to wss is no step down', () => {
    const verdict = judgeRedirect(new URL('ws://example.com/'), 'https://example.com/');
    assert.ok(verdict.ok);
  });

  test('the five statuses that redirect, and only with a Location', () => {
    const head = (status: number, location?: string) => ({
      carrier: 'h1' as const,
      version: '1.1',
      status,
      reason: '',
      fields: new Fields(location === undefined ? [] : [['Location', location]]),
    });
    for (const status of [301, 302, 303, 307, 308]) assert.equal(locationOf(head(status, '/x')), '/x');
    for (const status of [200, 300, 304, 305, 401]) assert.equal(locationOf(head(status, '/x')), undefined);
    assert.equal(locationOf(head(301)), undefined);
  });

  test('an origin is scheme, host and port', () => {
    const same = (one: string, other: string) => isSameOrigin(new URL(one), new URL(other));
    assert.ok(same('ws://a.test/x', 'ws://a.test:80/y'));
    assert.ok(!same('ws://a.test/', 'wss://a.test/'));
    assert.ok(!same('ws://a.test/', 'ws://b.a.test/'));
    assert.ok(!same('ws://a.test/', 'ws://a.test:81/'));
  });
});
