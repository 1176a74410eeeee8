// What to change: the lines, whose come first, and that nothing in the book is for a code or a program that does not exist.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import { proxyConfig } from '../../src/forensics/proxy-configs.js';
import { COOKBOOK, recipesFor } from '../../src/forensics/recipes.js';
import { ANSWERS, REQUESTS } from '../../src/forensics/signatures.js';

const hopsOf = (code: string, hops: readonly string[]) => recipesFor(code, hops).map(({ hop }) => hop);
const linesOf = (code: string, hop: string) =>
  recipesFor(code, [hop])
    .filter((recipe) => recipe.hop === hop)
    .flatMap(({ lines }) => lines);

describe('whose recipes come first', () => {
  test('those of the programs on the path, in their order', () => {
    const [first, second, third] = [
      ...new Set(hopsOf('PROXY_UPGRADE_STRIPPED', ['varnish', 'apache', 'ws'])),
    ];
    assert.deepEqual([first, second, third], ['varnish', 'apache', 'nginx']);
  });

  test('then those of programs like them', () => {
    assert.equal(hopsOf('PROXY_UPGRADE_STRIPPED', ['openresty'])[0], 'nginx');
    assert.equal(hopsOf('ORIGIN_REJECTED', ['express'])[0], 'handfast');
    assert.deepEqual(hopsOf('ORIGIN_REJECTED', ['uvicorn']).slice(0, 3), [
      'tornado',
      'websockets',
      'aiohttp',
    ]);
    assert.deepEqual(hopsOf('PROXY_UPGRADE_STRIPPED', ['ingress-nginx']).slice(0, 2), [
      'ingress-nginx',
      'nginx',
    ]);
  });

  test('all are there, whoever is on the path', () => {
    for (const code of Object.keys(COOKBOOK)) {
      const some = new Set(recipesFor(code, ['haproxy', 'ws', 'unheard-of']));
      assert.deepEqual(some, new Set(COOKBOOK[code]), code);
      assert.deepEqual(recipesFor(code, []), COOKBOOK[code], code);
    }
  });

  test('a code without recipes has none', () => {
    for (const code of ['DNS_NXDOMAIN', 'NO_SUCH_CODE', '__proto__', 'constructor'])
      assert.deepEqual(recipesFor(code, ['nginx']), []);
  });
});

describe('the lines', () => {
  const rows: [code: string, hop: string, lines: readonly string[]][] = [
    [
      'PROXY_UPGRADE_STRIPPED',
      'nginx',
      [
        '+ proxy_http_version 1.1;',
        '+ proxy_set_header Upgrade    $http_upgrade;',
        '+ proxy_set_header Connection $connection_upgrade;',
        '+ proxy_set_header Host       $http_host;',
        "+ map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
      ],
    ],
    [
      'ORIGIN_REJECTED',
      'gorilla',
      [
        'upgrader.CheckOrigin = func(r *http.Request) bool {',
        '  return allowed[r.Header.Get("Origin")]',
        '}',
      ],
    ],
    [
      'ROUTE_PREFIX',
      'nginx',
      [
        '  location /api/ {',
        '-     proxy_pass http://127.0.0.1:3000/;',
        '+     proxy_pass http://127.0.0.1:3000;',
        '  }',
      ],
    ],
    ['IDLE_CUT', 'nginx', ['+ proxy_read_timeout 3600s;']],
    ['IDLE_CUT', 'haproxy', ['+ timeout tunnel 1h']],
    ['IDLE_CUT', 'cloudflare', []],
  ];
  for (const [code, hop, lines] of rows)
    test(`${code} in ${hop}`, () => assert.deepEqual(linesOf(code, hop), lines));

  test('PROXY_UPSTREAM_DOWN names the lines of the error log of nginx', () => {
    const lines = linesOf('PROXY_UPSTREAM_DOWN', 'nginx').join('\n');
    for (const said of [
      'connect() failed (111: Connection refused)',
      'recv() failed (104: Connection reset by peer)',
      'SSL_do_handshake() failed (wrong version number)',
      '(13: Permission denied)',
    ])
      assert.ok(lines.includes(said), said);
  });

  test('what a stripped Upgrade needs is what proxy-config prints', () => {
    const squeezed = (text: string) => text.replace(/\s+/g, ' ');
    const options = {
      path: '/ws',
      backend: { host: '127.0.0.1', port: 3000 },
      listen: { host: '', port: 80 },
    };
    for (const hop of ['nginx', 'apache', 'varnish'] as const) {
      const config = squeezed(proxyConfig(hop, options));
      const added = recipesFor('PROXY_UPGRADE_STRIPPED', [hop])
        .filter((recipe) => recipe.hop === hop && recipe.checked === 'run')
        .flatMap(({ lines }) => lines)
        .filter((line) => line.startsWith('+ '));
      assert.ok(added.length > 0, hop);
      for (const line of added.filter((text) => /(?:;|websocket|On)$/.test(text)))
        assert.ok(config.includes(squeezed(line.slice(2)).trim()), `${hop}: ${line}`);
    }
  });
});

describe('the book', () => {
  const everybody = ['server', 'client', 'node', 'python', 'go', 'traefik', 'elb', 'nlb', 'ingress-nginx'];
  const known = new Set([...everybody, ...[...ANSWERS, ...REQUESTS].map(({ name }) => name)]);

  for (const [code, recipes] of Object.entries(COOKBOOK)) {
    test(code, () => {
      assert.ok(catalogue.has(code), 'a code of the catalogue');
      assert.ok(recipes.length > 0);
      for (const { hop, text, lines, checked } of recipes) {
        assert.ok(known.has(hop), hop);
        assert.ok(text.length > 0 && (lines.length > 0 ? /:$/ : /[.]$/).test(text), `${hop}: ${text}`);
        for (const line of lines) assert.ok(line.length <= 110, line);
        for (const line of lines)
          assert.match(line, /^[\x20-\x7e]*[\x21-\x7e]$/, 'ASCII, and no space at its end');
        assert.ok(checked === 'run' || checked === 'documentation');
      }
    });
  }
});
