// 403: what flips it is the cause, and what nothing flips is not the origin's fault.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forbidden } from '../../../src/doctor/inquiries/forbidden.js';
import { answered, HUNG_UP, inquired, named, opens, skipped, troubled } from '../driver.js';
import { rowsOf } from './rows.js';

const rows = rowsOf(forbidden);

const NO = answered('403 Forbidden', 'no');
const NGINX = answered(
  '403 Forbidden\nServer: nginx/1.22.1',
  '<center><h1>403 Forbidden</h1></center><hr><center>nginx/1.22.1</center>\r\n</body>',
);
const ENVOY = answered('403 Forbidden\nServer: envoy');
const WAY = answered('403 Forbidden\nServer: nginx/1.22.1', '{"error":"no"}');
const APP = 'https://app.example';
const PORT_80 = 'ws://chat.example/ws';

describe('the origin', () => {
  const appOrigin = { origin: APP };
  rows([
    {
      name: 'of another page: without one it opens',
      options: appOrigin,
      table: { baseline: NO, 'origin-none': opens(), 'origin-own': NO },
      expect: ['ORIGIN_REJECTED proven'],
      says: /clients that are no browsers get in without Origin/,
    },
    {
      name: 'of another page: its own opens',
      options: appOrigin,
      table: { baseline: NO, 'origin-none': NO, 'origin-own': opens() },
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'null',
      options: { origin: 'null' },
      table: { baseline: NO, 'origin-none': NO, 'origin-own': opens() },
      expect: ['ORIGIN_NULL proven'],
    },
    {
      name: 'is wanted',
      options: { origin: null },
      table: { baseline: NO, 'origin-own': opens() },
      expect: ['ORIGIN_REQUIRED proven'],
    },
    {
      name: 'of the URL itself: without the port it opens',
      table: { baseline: NO, 'origin-none': opens(), 'origin-portless': opens() },
      expect: ['ORIGIN_HOST_MISMATCH proven'],
    },
    {
      name: 'of the URL itself: not on the list',
      table: { baseline: NO, 'origin-none': opens(), 'origin-portless': NO },
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'of the URL itself, which has no port to lose',
      url: PORT_80,
      table: { baseline: NO, 'origin-none': opens() },
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'of the URL itself behind a proxy: either',
      url: PORT_80,
      table: { baseline: WAY, 'origin-none': opens() },
      expect: ['ORIGIN_HOST_MISMATCH likely', 'ORIGIN_REJECTED likely'],
      says: /--reflect/,
    },
    {
      name: 'by the words of our own server, where no other one is taken either',
      table: {
        baseline: answered(
          '403 Forbidden\nContent-Type: application/problem+json',
          '{"code":"ORIGIN_REJECTED"}',
        ),
        'origin-none': NO,
      },
      expect: ['ORIGIN_REJECTED strong'],
    },
  ]);
});

describe('who seems to ask', () => {
  rows([
    {
      name: 'a browser gets in',
      table: { baseline: NO, 'origin-none': NO, 'profile-chrome': opens() },
      expect: ['PROXY_BOT_FILTER proven'],
    },
    {
      name: 'another program gets in where a browser does not',
      options: { profile: 'chrome' },
      table: { baseline: NO, 'origin-none': NO, 'profile-curl': opens() },
      expect: ['PROXY_BOT_FILTER proven'],
    },
  ]);
});

describe('nothing flips it', () => {
  const tried = { 'origin-none': NO, 'profile-chrome': NO };
  rows([
    {
      name: 'a plain request gets the same',
      table: { baseline: NO, ...tried, 'no-upgrade': NO },
      expect: ['AUTH_FORBIDDEN possible'],
      says: /no missing Upgrade changes the answer/,
    },
    {
      name: 'a plain request gets something else',
      table: { baseline: NO, ...tried, 'no-upgrade': answered('200 OK') },
      expect: ['AUTH_FORBIDDEN possible'],
      says: /a plain request gets another one/,
    },
    {
      name: 'it says why',
      table: { baseline: answered('403 Forbidden', 'role admin wanted'), ...tried, 'no-upgrade': NO },
      expect: ['AUTH_FORBIDDEN likely'],
    },
    {
      name: 'it says nothing',
      table: { baseline: answered('403 Forbidden'), ...tried, 'no-upgrade': answered('403 Forbidden') },
      expect: ['AUTH_FORBIDDEN possible'],
      says: /it says nothing more/,
    },
    {
      name: 'there is no Origin, and one changes nothing',
      options: { origin: null },
      table: { baseline: NO, 'origin-own': NO, 'profile-chrome': NO, 'no-upgrade': NO },
      expect: ['AUTH_FORBIDDEN possible'],
    },
    {
      name: 'nginx itself says it: a rule, or somebody whom it asked',
      table: { baseline: NGINX, ...tried, 'no-upgrade': NGINX },
      expect: ['AUTH_IP_DENIED likely', 'AUTH_FORBIDDEN possible'],
      says: /itself refuses, handshake or not/,
    },
    {
      name: 'nginx itself says it to handshakes',
      table: { baseline: NGINX, ...tried, 'no-upgrade': answered('200 OK') },
      expect: ['AUTH_IP_DENIED likely', 'AUTH_FORBIDDEN possible'],
      says: /and only the handshake/,
    },
    {
      name: 'a proxy in sight, and no word of anybody',
      table: {
        baseline: answered('403 Forbidden\nServer: nginx/1.22.1'),
        ...tried,
        'no-upgrade': answered('403 Forbidden\nServer: nginx/1.22.1'),
      },
      expect: ['AUTH_IP_DENIED likely', 'AUTH_FORBIDDEN possible'],
    },
    {
      name: 'a platform itself says it',
      table: { baseline: answered('403 Forbidden\nServer: awselb/2.0'), ...tried, 'no-upgrade': NO },
      expect: ['PROXY_WAF_BLOCK likely'],
    },
    {
      name: 'Envoy says it to handshakes alone',
      table: { baseline: ENVOY, ...tried, 'no-upgrade': answered('200 OK\nServer: envoy') },
      expect: ['PROXY_WS_DISABLED likely'],
    },
  ]);
});

describe('what nobody answered proves nothing', () => {
  for (const parts of [skipped(), troubled('TCP_TIMEOUT'), answered('429 Too Many Requests')]) {
    const all = { 'origin-none': parts, 'profile-chrome': parts, 'no-upgrade': parts };
    rows([
      {
        name: 'of a plain refusal',
        table: { baseline: NO, ...all },
        expect: ['AUTH_FORBIDDEN possible'],
        says: /Nothing that was tried/,
      },
      {
        name: 'of Envoy',
        table: { baseline: ENVOY, ...all },
        expect: ['AUTH_IP_DENIED likely', 'AUTH_FORBIDDEN possible'],
        says: /itself refuses: a rule/,
      },
    ]);
  }
  test('of an origin', () => {
    const table = { baseline: NO, 'origin-none': HUNG_UP, 'profile-chrome': HUNG_UP, 'no-upgrade': HUNG_UP };
    assert.deepEqual(named(inquired(forbidden, table).result), ['AUTH_FORBIDDEN possible']);
  });
});

test('a host that is not on the list goes before the origin', () => {
  const table = { baseline: answered('403 Forbidden', 'Invalid Host header'), 'host-local': opens() };
  assert.deepEqual(named(inquired(forbidden, table).result), ['ROUTE_BAD_HOST proven']);
});
