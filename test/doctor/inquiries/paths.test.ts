// An answer that nobody gave to a handshake: what other paths of the same host tell of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unread } from '../../../src/doctor/inquiries/unread.js';
import type { Target } from '../../../src/doctor/target.js';
import {
  answered,
  frame,
  HUNG_UP,
  inquired,
  named,
  opens,
  skipped,
  type Table,
  target,
  troubled,
} from '../driver.js';
import { alike, EXPRESS, NOT_FOUND, rowsOf } from './rows.js';

const rows = rowsOf(unread);

const ask = (table: Table, about?: Target) => inquired(unread, table, about);

const PROXIED = answered(`404 Not Found\nVia: 1.1 cache.example\n${EXPRESS}`, 'Cannot GET /ws');
const PAGE = answered('200 OK\nContent-Type: text/html', '<!doctype html><div id="app">');
const PAGE_BEHIND = answered('200 OK\nVia: 1.1 x\nContent-Type: text/html', '<!doctype html><div id="app">');
const elsewhere = answered(`404 Not Found\n${EXPRESS}`, 'Cannot GET /zz-probe-a1b2c3');
const nginx = (status: string) =>
  answered(
    `${status}\nServer: nginx/1.22.1`,
    `<center>${status}</center><hr><center>nginx/1.22.1</center>\r\n</body>`,
  );

describe('nobody read the Upgrade: other paths', () => {
  const missing = { slash: NOT_FOUND, sibling: elsewhere };
  rows([
    {
      name: 'with a slash it opens: no other path is asked',
      table: alike(NOT_FOUND, { slash: opens() }),
      expect: ['ROUTE_TRAILING_SLASH proven'],
    },
    {
      name: 'without its slash it opens, the query kept',
      url: 'ws://127.0.0.1:3000/ws/?a=b?c',
      table: alike(NOT_FOUND, {
        slash: (probe) => {
          assert.match(probe.kind === 'exchange' ? probe.request : '', /^GET \/ws\?a=b\?c HTTP/);
          return opens()(probe);
        },
      }),
      expect: ['ROUTE_TRAILING_SLASH proven'],
    },
    { name: 'no such path', table: alike(NOT_FOUND, missing), expect: ['ROUTE_NOT_FOUND strong'] },
    {
      name: 'no such path, and the other path was not asked',
      table: alike(NOT_FOUND, { ...missing, sibling: skipped() }),
      expect: ['ROUTE_NOT_FOUND likely'],
    },
    {
      name: 'no such path behind a proxy: either',
      table: alike(PROXIED, missing),
      expect: ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_NOT_FOUND likely'],
    },
    {
      name: 'the root has no slash to try',
      url: 'ws://127.0.0.1:3000/',
      table: alike(NOT_FOUND, { sibling: elsewhere }),
      expect: ['ROUTE_NOT_FOUND strong'],
    },
    {
      name: 'nginx itself answers',
      table: alike(nginx('404 Not Found'), {
        slash: nginx('404 Not Found'),
        sibling: nginx('404 Not Found'),
      }),
      expect: ['ROUTE_PROXY_NOT_FOUND strong'],
    },
    {
      name: 'another method is wanted',
      table: alike(answered('405 Method Not Allowed\nAllow: POST'), { slash: HUNG_UP, sibling: HUNG_UP }),
      expect: ['ROUTE_METHOD strong'],
      says: /It takes POST/,
    },
    {
      name: 'another method is wanted, and it does not say which',
      table: alike(answered('405 Method Not Allowed'), {
        slash: HUNG_UP,
        sibling: answered('404 Not Found'),
      }),
      expect: ['ROUTE_METHOD strong'],
      says: /It takes other methods/,
    },
  ]);
});

describe('nobody read the Upgrade: pages', () => {
  rows([
    {
      name: 'every path has the same page',
      table: alike(PAGE, { slash: PAGE, sibling: PAGE }),
      expect: ['ROUTE_SPA_FALLBACK strong'],
    },
    {
      name: 'every path has the same page behind a proxy: either',
      table: alike(PAGE_BEHIND, { slash: PAGE_BEHIND, sibling: PAGE_BEHIND }),
      expect: ['PROXY_UPGRADE_STRIPPED likely', 'ROUTE_SPA_FALLBACK likely'],
    },
    {
      name: 'a file of the proxy itself',
      table: (() => {
        const file = answered(
          '200 OK\nVia: 1.1 x\nContent-Type: text/html\nLast-Modified: Sun, 22 Nov 2026 12:00:00 GMT\nAccept-Ranges: bytes',
          '<html>',
        );
        return alike(file, { slash: file, sibling: file });
      })(),
      expect: ['ROUTE_SPA_FALLBACK strong'],
    },
    {
      name: 'every path has the same page, and nobody says its type',
      table: (() => {
        const page = answered('200 OK', '<html><body>hi</body></html>');
        return alike(page, { slash: page, sibling: page });
      })(),
      expect: ['ROUTE_SPA_FALLBACK strong'],
    },
    {
      name: 'this path alone has the page',
      table: alike(PAGE, { slash: PAGE, sibling: elsewhere }),
      expect: ['ROUTE_HTTP_200 strong'],
    },
    {
      name: 'whether other paths have it is not known',
      table: alike(PAGE, { slash: PAGE, sibling: skipped() }),
      expect: ['ROUTE_HTTP_200 likely'],
      says: /not made \(budget\)/,
    },
    {
      name: 'of a path that could not be reached nothing is said',
      table: alike(PAGE, { slash: PAGE, sibling: troubled('TCP_TIMEOUT') }),
      expect: ['ROUTE_HTTP_200 likely'],
    },
    {
      name: 'this path alone has the page, behind a proxy: either',
      table: alike(PAGE_BEHIND, { slash: PAGE_BEHIND, sibling: elsewhere }),
      expect: ['ROUTE_HTTP_200 likely', 'PROXY_UPGRADE_STRIPPED likely'],
    },
    {
      name: 'every path has the same words',
      table: alike(answered('200 OK\nContent-Type: text/plain', 'hello'), {
        slash: answered('200 OK'),
        sibling: answered('200 OK\nContent-Type: text/plain', 'hello'),
      }),
      expect: ['HTTP_NO_UPGRADE_LISTENER strong'],
    },
    {
      name: 'every path has the same words behind a proxy: either',
      table: (() => {
        const words = answered('200 OK\nVia: 1.1 x\nContent-Type: text/plain', 'hello');
        return alike(words, { slash: words, sibling: words });
      })(),
      expect: ['PROXY_UPGRADE_STRIPPED likely', 'HTTP_NO_UPGRADE_LISTENER likely'],
    },
    {
      name: 'a page to sign in: no other path is asked',
      table: alike(
        answered('200 OK\nContent-Type: text/html', '<form><input name="p" type="password"></form>'),
      ),
      expect: ['AUTH_REQUIRED likely'],
    },
    {
      name: 'Caddy answers with nothing',
      table: (() => {
        const empty = answered('200 OK\nServer: Caddy\nContent-Length: 0');
        return alike(empty, { slash: empty, sibling: empty });
      })(),
      expect: ['ROUTE_PROXY_NOT_FOUND strong'],
    },
  ]);
});

describe('a lost prefix', () => {
  const cases: ReadonlyArray<readonly [path: string, repeated: string, prefix: string | undefined]> = [
    ['/api/ws', '/ws', '/api'],
    ['/api/ws', '//ws', '/api'],
    ['/ws', '/', '/ws'],
    ['/api/ws/', '/', '/api/ws'],
    ['/api/ws?token=1', '/ws', '/api'],
    ['/ws', '/ws', undefined],
    ['/chatws', '/ws', undefined],
    ['/ws', '/other', undefined],
  ];
  for (const [path, repeated, prefix] of cases) {
    test(`${path} seen as ${repeated}: ${prefix ?? 'none'}`, () => {
      const page = answered(`404 Not Found\n${EXPRESS}`, `Cannot GET ${repeated}`);
      const more: Table = prefix === undefined ? { slash: page, sibling: page } : { slash: page };
      const { result } = ask(alike(page, more), target({}, `ws://127.0.0.1:3000${path}`));
      assert.deepEqual(named(result), [
        prefix === undefined ? 'ROUTE_NOT_FOUND strong' : 'ROUTE_PREFIX strong',
      ]);
      if (prefix !== undefined)
        assert.match(result[0]!.headline!, new RegExp(`^The path loses "${prefix}" on the way`));
    });
  }
});

describe('well-known paths', () => {
  const no = answered('404 Not Found');
  test('are asked where that was wanted, until one opens', () => {
    const table = alike(no, {
      slash: no,
      'guess /websocket': no,
      'guess /socket.io/?EIO=4&transport=websocket': opens({ frames: [frame('in', 1, '0{"sid":"x"}')] }),
    });
    const { result } = ask(table, target({ guess: true }));
    assert.deepEqual(named(result), ['ROUTE_NOT_FOUND strong']);
    assert.match(result[0]!.detail, /^\/socket\.io\//);
    assert.equal(result[0]!.steps.at(-1)!.note, '0{"sid":"x"}');
  });

  test('are asked to the end when none opens', () => {
    const rest = ['/websocket', '/socket.io/?EIO=4&transport=websocket', '/cable', '/graphql', '/hub'];
    const guesses = Object.fromEntries(rest.map((path) => [`guess ${path}`, no]));
    const { result } = ask(alike(no, { slash: no, ...guesses, sibling: no }), target({ guess: true }));
    assert.deepEqual(named(result), ['ROUTE_NOT_FOUND strong']);
  });

  test('that open without a word have no note', () => {
    const { result } = ask(alike(no, { slash: no, 'guess /websocket': opens() }), target({ guess: true }));
    assert.equal(result[0]!.steps.at(-1)!.note, undefined);
  });
});
