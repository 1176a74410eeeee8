// 500 and above: who says it, after how long, and whether a plain request fares better.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { upstream } from '../../../src/doctor/inquiries/upstream.js';
import {
  answered,
  HUNG_UP,
  inquired,
  opens,
  type Parts,
  RESET,
  skipped,
  type Table,
  troubled,
} from '../driver.js';
import { rowsOf } from './rows.js';

const rows = rowsOf(upstream);

const after = (parts: Parts, headMs: number): Parts => ({ ...parts, times: { totalMs: headMs, headMs } });
const nginx = (status: string) =>
  answered(
    `${status}\nServer: nginx/1.22.1`,
    `<center><h1>${status}</h1></center><hr><center>nginx/1.22.1</center>\r\n</body>`,
  );
const NO_SERVER = answered(
  '503 Service Unavailable\nContent-Type: text/html',
  '<html><body><h1>503 Service Unavailable</h1>\nNo server is available to handle this request.\n</body></html>\n',
);
const BAD_GATEWAY = answered(
  '502 Bad Gateway\nContent-Type: text/html',
  '<html><body><h1>502 Bad Gateway</h1>\nThe server returned an invalid or incomplete response.\n</body></html>\n',
);
const varnish = answered(
  '503 Backend fetch failed\nServer: Varnish\nX-Varnish: 5\nRetry-After: 5\nVia: 1.1 x (Varnish/7.1)',
  '<h1>Error 503 Backend fetch failed</h1><h3>Guru Meditation:</h3>',
);
const apache = (status: string) =>
  answered(
    `${status}\nServer: Apache/2.4.57 (Debian)\nContent-Type: text/html; charset=iso-8859-1`,
    `<!DOCTYPE HTML PUBLIC "-//IETF//DTD HTML 2.0//EN">\n<html><head>\n<title>${status}</title>\n</head><address>Apache/2.4.57 (Debian) Server at 127.0.0.1 Port 3000</address>`,
  );
const alb = (status: string) => answered(`${status}\nServer: awselb/2.0`);
const fine = answered('200 OK', 'hello');
const same = (parts: Parts, root: Table[string] = fine): Table => ({
  baseline: parts,
  'no-upgrade': parts,
  'page-root': root,
});
const better = (parts: Parts): Table => ({ baseline: parts, 'no-upgrade': fine });

describe('a plain request gets the same', () => {
  rows([
    {
      name: '502 of nginx at once: three candidates',
      table: same(nginx('502 Bad Gateway')),
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_RESET possible', 'PROXY_UPSTREAM_TLS possible'],
      says: /only this upstream is affected/,
    },
    {
      name: 'the rest of the host has it too',
      table: same(nginx('502 Bad Gateway'), nginx('502 Bad Gateway')),
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_RESET possible', 'PROXY_UPSTREAM_TLS possible'],
      says: /the whole host is affected/,
    },
    {
      name: 'the root itself is asked once',
      url: 'ws://127.0.0.1:3000/',
      table: { baseline: nginx('504 Gateway Timeout'), 'no-upgrade': nginx('504 Gateway Timeout') },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: 'whether the rest has it is not known',
      table: same(nginx('504 Gateway Timeout'), skipped()),
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: '504 after a minute',
      table: same(after(nginx('504 Gateway Timeout'), 60_000)),
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
      says: /waited 60\.0 s/,
    },
    {
      name: '525 of Cloudflare',
      table: same(answered('525 \nServer: cloudflare')),
      expect: ['PROXY_UPSTREAM_TLS strong'],
    },
    {
      name: '503 of HAProxy at once',
      table: same(NO_SERVER),
      expect: ['PROXY_NO_HEALTHY_TARGET likely', 'ROUTE_PROXY_NOT_FOUND possible'],
    },
    {
      name: '503 of HAProxy after its tries',
      table: same(after(NO_SERVER, 3000)),
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_TLS possible', 'PROXY_LIMIT possible'],
    },
    {
      name: '502 of HAProxy',
      table: same(BAD_GATEWAY),
      expect: ['PROXY_UPSTREAM_RESET likely', 'PROXY_UPSTREAM_TLS possible'],
    },
    {
      name: '503 of Apache',
      table: same(apache('503 Service Unavailable')),
      expect: ['PROXY_UPSTREAM_DOWN strong'],
    },
    {
      name: '502 of Apache at once',
      table: same(apache('502 Proxy Error')),
      expect: ['PROXY_UPSTREAM_RESET strong'],
    },
    {
      name: '502 of Apache after a while',
      table: same(after(apache('502 Proxy Error'), 5000)),
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: '503 of an AWS load balancer',
      table: same(alb('503 Service Unavailable')),
      expect: ['PROXY_NO_HEALTHY_TARGET strong'],
    },
    {
      name: '502 of an AWS load balancer is about the answer of a target',
      table: same(alb('502 Bad Gateway')),
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_RESET possible', 'PROXY_UPSTREAM_TLS possible'],
    },
    {
      name: '502 in a moment that is known',
      table: same(after(nginx('502 Bad Gateway'), 1.2)),
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_RESET possible', 'PROXY_UPSTREAM_TLS possible'],
      says: /after 2 ms/,
    },
    { name: '508', table: same(answered('508 Loop Detected')), expect: ['PROXY_LOOP strong'] },
    {
      name: '503 of nobody, without a word',
      table: same(answered('503 Service Unavailable')),
      expect: ['PROXY_UPSTREAM_DOWN strong'],
    },
    {
      name: '503 in words of its own is not the fault of a proxy',
      table: same(
        answered(
          '503 Service Unavailable\nServer: nginx\nContent-Type: application/json',
          '{"error":"shutting down"}',
        ),
      ),
      expect: ['ROUTE_MAINTENANCE likely', 'PROXY_UPSTREAM_DOWN possible'],
    },
    {
      name: '500',
      table: same(answered('500 Internal Server Error')),
      expect: ['ROUTE_SERVER_ERROR strong'],
      says: /Every request/,
    },
  ]);
});

describe('a plain request fares better', () => {
  rows([
    {
      name: '502 of nginx',
      table: better(nginx('502 Bad Gateway')),
      expect: ['PROXY_UPSTREAM_RESET strong'],
    },
    {
      name: '502 of HAProxy',
      table: better(BAD_GATEWAY),
      expect: ['PROXY_UPSTREAM_RESET likely', 'PROXY_BAD_101 possible'],
    },
    {
      name: 'it reaches the application, which fails in its own way',
      table: {
        baseline: nginx('502 Bad Gateway'),
        'no-upgrade': answered('500 Internal Server Error', 'oops'),
      },
      expect: ['PROXY_UPSTREAM_RESET strong'],
    },
    {
      name: '500',
      table: better(answered('500 Internal Server Error\nDate: Sun, 22 Nov 2026 12:00:00 GMT')),
      expect: ['ROUTE_SERVER_ERROR strong'],
      says: /in the code that handles the upgrade.*the log of the server at Sun, 22 Nov/,
    },
  ]);
});

describe('another failure is no better', () => {
  rows([
    {
      name: '502 and 503',
      table: {
        baseline: nginx('502 Bad Gateway'),
        'no-upgrade': nginx('503 Service Temporarily Unavailable'),
        'page-root': fine,
      },
      expect: ['PROXY_UPSTREAM_DOWN likely', 'PROXY_UPSTREAM_RESET possible', 'PROXY_UPSTREAM_TLS possible'],
    },
    {
      name: '522 and 521',
      table: {
        baseline: answered('522 \nServer: cloudflare', 'a'),
        'no-upgrade': answered('521 \nServer: cloudflare', 'b'),
        'page-root': fine,
      },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: '500 and 502: nobody knows',
      table: { baseline: answered('500 Internal Server Error'), 'no-upgrade': nginx('502 Bad Gateway') },
      expect: ['ROUTE_SERVER_ERROR strong'],
      says: /is not known/,
    },
  ]);
});

describe('a plain request that says nothing', () => {
  const silent: Readonly<Record<string, Parts>> = {
    'left out': skipped(),
    'hung up on': HUNG_UP,
    reset: RESET,
    'without a line': troubled('TCP_TIMEOUT'),
    'asked to wait': answered('429 Too Many Requests'),
  };
  for (const [name, plain] of Object.entries(silent)) {
    rows([
      {
        name: `${name}: 502 stays open`,
        table: { baseline: nginx('502 Bad Gateway'), 'no-upgrade': plain },
        expect: [
          'PROXY_UPSTREAM_DOWN likely',
          'PROXY_UPSTREAM_RESET possible',
          'PROXY_UPSTREAM_TLS possible',
        ],
      },
      {
        name: `${name}: 503 of Apache is less sure`,
        table: { baseline: apache('503 Service Unavailable'), 'no-upgrade': plain },
        expect: ['PROXY_UPSTREAM_DOWN likely'],
      },
      {
        name: `${name}: 504 says it by itself`,
        table: { baseline: nginx('504 Gateway Timeout'), 'no-upgrade': plain },
        expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
      },
      {
        name: `${name}: 500 does not say where`,
        table: { baseline: answered('500 Internal Server Error'), 'no-upgrade': plain },
        expect: ['ROUTE_SERVER_ERROR strong'],
        says: /is not known/,
      },
    ]);
  }
});

describe('limits and rests', () => {
  const limit = nginx('503 Service Temporarily Unavailable');
  rows([
    {
      name: '503 with Retry-After: nothing is asked',
      table: { baseline: answered('503 Service Unavailable\nRetry-After: 120') },
      expect: ['ROUTE_MAINTENANCE strong'],
    },
    {
      name: "Varnish's own Retry-After says nothing",
      table: { baseline: varnish, 'no-upgrade': varnish },
      expect: ['PROXY_UPSTREAM_DOWN likely'],
    },
    {
      name: 'Varnish waited',
      table: { baseline: after(varnish, 5000), 'no-upgrade': varnish },
      expect: ['PROXY_UPSTREAM_TIMEOUT likely'],
    },
    {
      name: 'nginx opens a moment later',
      table: { ...same(limit), again: opens() },
      expect: ['ROUTE_RATE_LIMIT proven'],
    },
    {
      name: 'nginx does not open a moment later',
      table: { ...same(limit), again: limit },
      expect: ['ROUTE_RATE_LIMIT likely', 'PROXY_LIMIT possible'],
    },
    {
      name: 'whether nginx opens a moment later is not known',
      table: { ...same(limit), again: skipped() },
      expect: ['ROUTE_RATE_LIMIT likely', 'PROXY_LIMIT possible'],
    },
    {
      name: 'HAProxy keeps somebody waiting for a 500',
      table: same(
        after(
          answered(
            '500 Internal Server Error',
            '<html><body><h1>500 Internal Server Error</h1>\nAn internal server error occurred.\n</body></html>\n',
          ),
          5000,
        ),
      ),
      expect: ['PROXY_WAF_BLOCK likely'],
    },
  ]);
});

test('where to look is told where a proxy and a time are known', () => {
  const dated = answered(`502 Bad Gateway\nServer: nginx/1.22.1\nDate: Sun, 22 Nov 2026 12:00:00 GMT`, 'x');
  const { result } = inquired(upstream, same(dated));
  assert.deepEqual(result[0]!.remarks, [
    { label: 'Look here', text: 'the error log of nginx at 2026-11-22T12:00:00Z' },
  ]);
  for (const head of [
    '502 Bad Gateway\nDate: Sun, 22 Nov 2026 12:00:00 GMT',
    '502 Bad Gateway\nServer: nginx\nDate: x',
  ])
    assert.deepEqual(inquired(upstream, same(answered(head, 'x'))).result[0]!.remarks, []);
});
