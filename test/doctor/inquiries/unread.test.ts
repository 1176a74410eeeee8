// An answer like that to an ordinary request: who read the Upgrade, and who missed what of it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unread } from '../../../src/doctor/inquiries/unread.js';
import type { Target } from '../../../src/doctor/target.js';
import {
  answered,
  HUNG_UP,
  inquired,
  named,
  opens,
  RESET,
  skipped,
  type Table,
  target,
  troubled,
} from '../driver.js';
import { alike, NOT_FOUND, rowsOf } from './rows.js';

const rows = rowsOf(unread);

const ask = (table: Table, about?: Target) => inquired(unread, table, about);

/** A server that has read the Upgrade: it answers a plain request otherwise. */
const read = (parts: Table[string], more: Table = {}): Table => ({
  baseline: parts,
  'no-upgrade': answered('200 OK\nContent-Type: text/html', 'a page'),
  'version-99': parts,
  ...more,
});

const OLD = { deflate: false, origin: null } as const;

describe('nobody read the Upgrade, in the words of a server that wants one', () => {
  const told = (body: string, status = '400 Bad Request', head = '') => answered(`${status}\n${head}`, body);
  rows([
    {
      name: '426',
      table: alike(told('', '426 Upgrade Required')),
      expect: ['PROXY_UPGRADE_STRIPPED proven'],
    },
    {
      name: 'words of ws',
      table: alike(told('Upgrade Required', '426 Upgrade Required')),
      expect: ['PROXY_UPGRADE_STRIPPED proven'],
    },
    {
      name: 'a list of versions',
      table: alike(told('', '400 Bad Request', 'Sec-WebSocket-Version: 13, 8')),
      expect: ['PROXY_UPGRADE_STRIPPED proven'],
    },
    {
      name: 'Upgrade arrived, Connection did not',
      table: alike(told("'connection' header must contain 'Upgrade'")),
      expect: ['PROXY_CONNECTION_LOST proven'],
    },
    {
      name: 'it looks at Connection first: one of both',
      table: alike(told('invalid Connection header: keep-alive')),
      expect: ['PROXY_UPGRADE_STRIPPED likely', 'PROXY_CONNECTION_LOST likely'],
    },
    {
      name: 'out of a cache, which is told once',
      table: alike(told('invalid Connection header: keep-alive', '426 Upgrade Required', 'Age: 12')),
      expect: ['PROXY_UPGRADE_STRIPPED likely', 'PROXY_CONNECTION_LOST likely'],
      findings: ['PROXY_CACHED'],
    },
    {
      name: 'a plain request may come out of a cache',
      table: {
        ...alike(told('', '426 Upgrade Required')),
        'no-upgrade': told('', '426 Upgrade Required', 'X-Cache: HIT'),
      },
      expect: ['PROXY_UPGRADE_STRIPPED proven'],
    },
    {
      name: 'the key is missing',
      table: alike(told('missing Sec-WebSocket-Key header')),
      expect: ['PROXY_HEADER_DROPPED strong'],
    },
    {
      name: 'the version is missing',
      table: alike(told('missing Sec-WebSocket-Version header')),
      expect: ['PROXY_HEADER_DROPPED strong'],
    },
    {
      name: 'HTTP/1.0 arrived',
      table: alike(told('Failed: unsupported protocol; expected HTTP/1.1: HTTP/1.0')),
      expect: ['PROXY_HTTP10_UPSTREAM strong'],
    },
    {
      name: 'it speaks other versions',
      table: alike(told('Upgrade Required', '426 Upgrade Required', 'Sec-WebSocket-Version: 8, 7')),
      expect: ['ROUTE_VERSION strong'],
    },
    {
      name: 'it wants another protocol',
      table: alike(told('', '426 Upgrade Required', 'Upgrade: TLS/1.2')),
      expect: ['HTTP_STATUS strong'],
    },
  ]);
});

describe('400 to all three', () => {
  const no = answered('400 Bad Request\nServer: x', 'bad');
  const node = answered('400 Bad Request\nConnection: close');
  rows([
    {
      name: 'one thing after the other is left out, and one flips it',
      options: { subprotocols: ['a'] },
      table: alike(no, { slash: no, 'no-subprotocol': no, 'no-extension': opens() }),
      expect: ['EXT_OFFER_REFUSED_400 proven'],
    },
    {
      name: 'a subprotocol is wanted',
      options: OLD,
      table: alike(answered('400 Bad Request', 'missing subprotocol'), { slash: no }),
      expect: ['PROTO_REQUIRED strong'],
    },
    {
      name: 'Node cannot read it at all',
      options: OLD,
      table: alike(node, { slash: node }),
      expect: ['TCP_PROXY_PROTOCOL likely'],
    },
    {
      name: 'somebody else than Node cannot read it',
      options: OLD,
      table: alike(answered('400 Bad Request\nServer: x'), { slash: no, sibling: no }),
      expect: ['HTTP_NO_UPGRADE_LISTENER strong'],
    },
    {
      name: 'nothing changes it',
      options: OLD,
      table: alike(no, { slash: no, sibling: no }),
      expect: ['HTTP_NO_UPGRADE_LISTENER strong'],
    },
    {
      name: 'nothing changes it, and it speaks of WebSocket: either',
      options: OLD,
      table: alike(answered('400 Bad Request', 'Expected a WebSocket'), { slash: no, sibling: no }),
      expect: ['HTTP_NO_UPGRADE_LISTENER likely', 'PROXY_UPGRADE_STRIPPED likely'],
    },
    {
      name: 'nothing changes it, and a proxy shows itself',
      options: OLD,
      table: alike(answered('400 Bad Request\nVia: 1.1 x', 'bad'), { slash: no, sibling: no }),
      expect: ['PROXY_UPGRADE_STRIPPED strong'],
    },
  ]);
});

describe('somebody read the Upgrade', () => {
  const no = answered('400 Bad Request', 'bad');
  rows([
    {
      name: 'a plain request is answered otherwise',
      options: OLD,
      table: read(NOT_FOUND),
      expect: ['ROUTE_NOT_FOUND likely'],
    },
    {
      name: 'version 99 is answered otherwise',
      options: OLD,
      table: { baseline: no, 'no-upgrade': no, 'version-99': answered('426 Upgrade Required') },
      expect: ['HTTP_STATUS possible'],
    },
    {
      name: 'version 99 is answered otherwise, and the plain request is left out',
      options: OLD,
      table: { baseline: no, 'no-upgrade': skipped(), 'version-99': answered('426 Upgrade Required') },
      expect: ['HTTP_STATUS possible'],
    },
    {
      name: 'a plain request is hung up on',
      options: OLD,
      table: { baseline: no, 'no-upgrade': RESET, 'version-99': no },
      expect: ['HTTP_STATUS possible'],
    },
    {
      name: 'without the subprotocols it opens',
      options: { subprotocols: ['a', 'b'] },
      table: read(no, { 'no-subprotocol': opens() }),
      expect: ['REQ_PROTO_SYNTAX proven'],
    },
    {
      name: 'without the offer to compress it opens',
      table: read(no, { 'no-extension': opens() }),
      expect: ['EXT_OFFER_REFUSED_400 proven'],
    },
    {
      name: 'without Origin it opens',
      table: read(no, { 'no-extension': no, 'origin-none': opens() }),
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'without a small cookie it opens: not its size',
      options: { ...OLD, cookie: 'a=b' },
      table: read(no, { bare: opens() }),
      expect: ['AUTH_TOKEN_INVALID proven'],
    },
    {
      name: 'without large fields it opens',
      options: { ...OLD, headers: [['X-Large', 'x'.repeat(5000)]] },
      table: read(no, { bare: opens() }),
      expect: ['ROUTE_HEADERS_TOO_LARGE proven'],
    },
    {
      name: 'without large fields it opens, and 400 was not the status',
      options: { ...OLD, headers: [['X-Large', 'x'.repeat(5000)]] },
      table: read(answered('404 Not Found', 'bad'), { bare: opens() }),
      expect: ['AUTH_TOKEN_INVALID proven'],
    },
    {
      name: 'nothing that is left out flips it',
      options: { cookie: 'a=b' },
      table: read(no, { 'no-extension': no, 'origin-none': skipped(), bare: HUNG_UP }),
      expect: ['HTTP_STATUS possible'],
    },
    {
      name: 'it misses Connection',
      table: read(answered('400 Bad Request', "'connection' header must contain 'Upgrade'")),
      expect: ['PROXY_CONNECTION_LOST strong'],
    },
    {
      name: 'it misses Upgrade',
      table: read(answered('400 Bad Request', 'missing Upgrade header')),
      expect: ['PROXY_UPGRADE_STRIPPED strong'],
    },
    {
      name: 'it misses what we sent',
      table: read(answered('400 Bad Request', 'invalid Connection header: keep-alive')),
      expect: ['PROXY_CONNECTION_LOST strong'],
    },
    {
      name: 'it speaks other versions',
      table: read(answered('426 Upgrade Required\nSec-WebSocket-Version: 8, 7')),
      expect: ['ROUTE_VERSION proven'],
    },
    {
      name: 'Caddy makes an empty page of a wrong 101',
      table: read(answered('200 OK\nServer: Caddy')),
      expect: ['PROXY_BAD_101 strong'],
    },
    {
      name: 'it asks for what we sent, and read the version',
      options: OLD,
      table: {
        baseline: answered('426 Upgrade Required', 'please upgrade'),
        'no-upgrade': answered('426 Upgrade Required', 'please upgrade'),
        'version-99': no,
      },
      expect: ['PROXY_UPGRADE_STRIPPED strong'],
    },
    {
      name: 'a subprotocol is wanted',
      options: OLD,
      table: read(answered('400 Bad Request', 'no Sec-WebSocket-Protocol')),
      expect: ['PROTO_REQUIRED strong'],
    },
    {
      name: 'it says nothing but 400',
      options: OLD,
      table: read(answered('400 Bad Request')),
      expect: ['ROUTE_NOT_FOUND likely'],
    },
    {
      name: '405',
      options: OLD,
      table: read(answered('405 Method Not Allowed', 'no')),
      expect: ['ROUTE_METHOD likely'],
    },
    { name: '200', options: OLD, table: read(answered('200 OK', 'no')), expect: ['ROUTE_HTTP_200 likely'] },
    {
      name: '501',
      options: OLD,
      table: read(answered('501 Not Implemented')),
      expect: ['HTTP_STATUS possible'],
    },
  ]);
});

describe('whether anybody read it is not known', () => {
  const one = answered('404 Not Found');
  const cases: ReadonlyArray<readonly [string, Table]> = [
    ['both are left out', { baseline: one, 'no-upgrade': skipped(), 'version-99': skipped() }],
    ['one is the same, and one is left out', { baseline: one, 'no-upgrade': one, 'version-99': skipped() }],
    [
      'one is the same, and one finds no line',
      { baseline: one, 'no-upgrade': troubled('TCP_TIMEOUT'), 'version-99': one },
    ],
    [
      'one is asked to wait',
      { baseline: one, 'no-upgrade': one, 'version-99': answered('429 Too Many Requests') },
    ],
  ];
  for (const [name, table] of cases) {
    test(name, () => {
      const { result } = ask(table);
      assert.deepEqual(named(result), ['ROUTE_NOT_FOUND possible']);
      assert.ok(result[0]!.decide !== undefined);
    });
  }
});

test('the host of another server goes with an origin of its own, over TLS too', () => {
  const table = { baseline: answered('400 Bad Request', 'Invalid Host header'), 'host-local': opens() };
  const { seen } = ask(table, target({}, 'wss://127.0.0.1:3000/ws'));
  const { probe } = seen[0]!;
  const sent = probe.kind === 'exchange' ? probe.request : '';
  assert.match(sent, /Host: localhost:3000\r\n[\s\S]*Origin: https:\/\/localhost:3000\r\n/);
});

describe('before anything is asked', () => {
  rows([
    {
      name: 'a proxy passes on the words of another service',
      table: { baseline: answered('200 OK', 'SSH-2.0-OpenSSH_9.2p1\r\n') },
      expect: ['TCP_WRONG_SERVICE proven'],
    },
    {
      name: 'the host is not on its list, and another one is',
      table: { baseline: answered('400 Bad Request', 'Invalid Host header'), 'host-local': opens() },
      expect: ['ROUTE_BAD_HOST proven'],
    },
    {
      name: 'the host is not on its list, and no other one is known',
      table: {
        baseline: answered('403 Forbidden', 'Blocked request. This host is not allowed.'),
        'host-local': skipped(),
      },
      expect: ['ROUTE_BAD_HOST strong'],
    },
    {
      name: '421',
      options: { origin: null },
      table: { baseline: answered('421 Misdirected Request'), 'host-local': HUNG_UP },
      expect: ['ROUTE_MISDIRECTED strong'],
    },
  ]);
});
