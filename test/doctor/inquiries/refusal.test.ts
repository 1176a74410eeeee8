// Every branch of the tree behind a refusal that says by itself what it is: what is asked, what is concluded, how surely.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refused } from '../../../src/doctor/inquiries/refusal.js';
import { answered, HUNG_UP, inquired, named, opens, overTls, skipped, TLS, troubled } from '../driver.js';
import { type Row, rowsOf } from './rows.js';

const rows = (all: readonly Row[]) =>
  rowsOf(refused)(
    all.map((row) => (row.url?.startsWith('wss:') ? { ...row, table: overTls(row.table) } : row)),
  );

const PLAIN_PAGE = answered(
  '400 Bad Request\nServer: nginx/1.22.1\nContent-Type: text/html',
  '<center>The plain HTTP request was sent to HTTPS port</center>',
);
const WSS = 'wss://127.0.0.1:3000/ws';

describe('TLS that should have been settled before', () => {
  rows([
    {
      name: 'a page for plain HTTP, and TLS on the port: the URL is wrong',
      table: { baseline: PLAIN_PAGE, tls: { tls: TLS } },
      expect: ['TLS_MISSING proven'],
    },
    {
      name: 'whether there is TLS could not be asked: the page says it',
      table: { baseline: PLAIN_PAGE, tls: skipped() },
      expect: ['TLS_MISSING strong'],
    },
    {
      name: 'no TLS on the port: somebody behind it was spoken to plainly',
      table: { baseline: PLAIN_PAGE, tls: troubled('TLS_TO_PLAIN_PORT') },
      expect: ['PROXY_UPSTREAM_TLS strong'],
    },
    {
      name: 'the URL has TLS already: nothing is asked',
      table: { baseline: PLAIN_PAGE },
      url: WSS,
      expect: ['PROXY_UPSTREAM_TLS strong'],
    },
    {
      name: 'a certificate of the client is wanted',
      table: { baseline: answered('400 Bad Request', '<h1>No required SSL certificate was sent</h1>') },
      url: WSS,
      expect: ['TLS_CLIENT_CERT proven'],
    },
  ]);
});

describe('a status that says it', () => {
  rows([
    {
      name: '407: a forward proxy where none was thought of',
      table: { baseline: answered('407 Proxy Authentication Required') },
      expect: ['FWD_AUTH strong'],
    },
    {
      name: '408: the server was tired of waiting',
      table: { baseline: answered('408 Request Timeout') },
      expect: ['REQ_HEAD_TIMEOUT strong'],
    },
    { name: '410', table: { baseline: answered('410 Gone') }, expect: ['ROUTE_GONE strong'] },
    { name: '414', table: { baseline: answered('414 URI Too Long') }, expect: ['REQ_LINE_TOO_LONG strong'] },
    {
      name: '429: nothing more is asked',
      table: { baseline: answered('429 Too Many Requests\nRetry-After: 30') },
      expect: ['ROUTE_RATE_LIMIT strong'],
    },
    {
      name: '503 with Retry-After: nothing more is asked',
      table: { baseline: answered('503 Service Unavailable\nRetry-After: 120') },
      expect: ['ROUTE_MAINTENANCE strong'],
    },
  ]);
});

describe('words of our own server', () => {
  const problem = (status: string, code: string, more = '') =>
    answered(`${status}\nContent-Type: application/problem+json${more}`, JSON.stringify({ code }));
  rows([
    {
      name: 'Upgrade did not arrive, and was sent',
      table: { baseline: problem('426 Upgrade Required', 'PROXY_UPGRADE_STRIPPED') },
      expect: ['PROXY_UPGRADE_STRIPPED proven'],
    },
    {
      name: 'the key did not arrive, and was sent',
      table: { baseline: problem('400 Bad Request', 'REQ_KEY_MISSING') },
      expect: ['PROXY_HEADER_DROPPED proven'],
    },
    {
      name: 'a code that a client cannot disprove is believed',
      table: { baseline: problem('401 Unauthorized', 'AUTH_REQUIRED', '\nWWW-Authenticate: Bearer') },
      expect: ['AUTH_REQUIRED strong'],
    },
    {
      name: 'a refused origin is proved by another one',
      table: {
        baseline: problem('403 Forbidden', 'ORIGIN_REJECTED'),
        'origin-none': opens(),
        'origin-portless': HUNG_UP,
      },
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'a code that is none of ours is nobody',
      table: { baseline: problem('410 Gone', 'MADE_UP') },
      expect: ['ROUTE_GONE strong'],
    },
  ]);
});

describe('too large a head', () => {
  const cookie = 'a'.repeat(9000);
  const large = answered('431 Request Header Fields Too Large');
  rows([
    {
      name: 'without the cookie it opens',
      table: { baseline: large, bare: opens() },
      options: { cookie },
      expect: ['ROUTE_HEADERS_TOO_LARGE proven'],
    },
    {
      name: 'without the cookie there is another refusal',
      table: { baseline: large, bare: answered('401 Unauthorized') },
      options: { cookie },
      expect: ['ROUTE_HEADERS_TOO_LARGE proven'],
    },
    {
      name: 'without the cookie it is the same',
      table: { baseline: large, bare: large },
      options: { cookie },
      expect: ['ROUTE_HEADERS_TOO_LARGE strong'],
    },
    {
      name: 'the second request is left out: that is no flip',
      table: { baseline: large, bare: skipped() },
      options: { cookie },
      expect: ['ROUTE_HEADERS_TOO_LARGE strong'],
    },
    {
      name: 'the second request does not get through: that is no flip',
      table: { baseline: large, bare: troubled('TCP_TIMEOUT') },
      options: { cookie },
      expect: ['ROUTE_HEADERS_TOO_LARGE strong'],
    },
    {
      name: 'there is nothing to leave out: nothing is asked',
      table: { baseline: answered('400 Bad Request', 'Request Header Or Cookie Too Large') },
      expect: ['ROUTE_HEADERS_TOO_LARGE strong'],
    },
  ]);
});

describe('firewalls', () => {
  const page = 'Reference&#32;&#35;18&#46;2a3b4c5d';
  rows([
    {
      name: 'a challenge of Cloudflare',
      table: { baseline: answered('403 Forbidden\ncf-mitigated: challenge') },
      expect: ['PROXY_WAF_BLOCK strong'],
    },
    {
      name: 'an action of AWS WAF',
      table: { baseline: answered('405 Not Allowed\nx-amzn-waf-action: captcha') },
      expect: ['PROXY_WAF_BLOCK strong'],
    },
    {
      name: 'a reference number of Akamai',
      table: { baseline: answered('403 Forbidden\nServer: AkamaiGHost', page) },
      expect: ['PROXY_WAF_BLOCK strong'],
    },
    {
      name: 'the same number on a page about a server that is down is no firewall',
      table: {
        baseline: answered('504 Gateway Timeout\nServer: AkamaiGHost', page),
        'no-upgrade': answered('504 Gateway Timeout\nServer: AkamaiGHost', page),
        'page-root': answered('200 OK'),
      },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: "Cloudflare's page about a server that is down is no firewall",
      table: {
        baseline: answered(
          '522 \nServer: cloudflare\nCF-Ray: 1a2b3c4d5e6f7081-FRA',
          '<div id="cf-error-details">',
        ),
        'no-upgrade': answered(
          '522 \nServer: cloudflare\nCF-Ray: 1a2b3c4d5e6f7082-FRA',
          '<div id="cf-error-details">',
        ),
        'page-root': skipped(),
      },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
  ]);
});

test('what no status says is asked about further', () => {
  const same = answered('426 Upgrade Required');
  const { result } = inquired(refused, { baseline: same, 'no-upgrade': same, 'version-99': same });
  assert.deepEqual(named(result), ['PROXY_UPGRADE_STRIPPED proven']);
});

test('a framework that names itself is believed', () => {
  const { result } = inquired(refused, { baseline: answered('400 Bad Request', 'Session ID unknown') });
  assert.deepEqual(named(result), ['ROUTE_STICKY strong']);
});

describe('redirects', () => {
  const to = (location: string, status = '301 Moved Permanently') =>
    answered(`${status}\nLocation: ${location}`);
  rows([
    {
      name: 'a slash more',
      table: { baseline: to('/ws/') },
      expect: ['ROUTE_TRAILING_SLASH proven'],
    },
    {
      name: 'a slash less, and the query kept',
      url: 'ws://127.0.0.1:3000/ws/?room=1',
      table: { baseline: to('http://127.0.0.1:3000/ws?room=1') },
      expect: ['ROUTE_TRAILING_SLASH proven'],
    },
    {
      name: 'the same over TLS, and the port lost',
      table: { baseline: to('https://127.0.0.1/ws') },
      expect: ['ROUTE_REDIRECT_TLS proven'],
    },
    {
      name: 'a slash more, over TLS',
      url: WSS,
      table: { baseline: to('https://127.0.0.1:3000/ws/') },
      expect: ['ROUTE_TRAILING_SLASH proven'],
    },
    {
      name: 'a page where people log in',
      table: { baseline: to('/login?next=%2Fws', '302 Found') },
      expect: ['ROUTE_REDIRECT_LOGIN proven'],
    },
    {
      name: 'another host',
      table: { baseline: to('http://www.example.net/ws', '302 Found') },
      expect: ['ROUTE_REDIRECT proven'],
    },
    {
      name: 'a place that cannot be read',
      table: { baseline: to('http://[', '302 Found') },
      expect: ['ROUTE_REDIRECT proven'],
    },
    {
      name: 'no place at all',
      table: { baseline: answered('302 Found') },
      expect: ['HTTP_STATUS proven'],
    },
  ]);
});

describe('401', () => {
  const asks = (challenge: string, more = '', body = 'who are you') =>
    answered(`401 Unauthorized\nWWW-Authenticate: ${challenge}${more}`, body);
  rows([
    {
      name: 'it says which credentials: nothing is asked',
      table: { baseline: asks('Digest realm="chat"') },
      expect: ['AUTH_REQUIRED strong'],
    },
    {
      name: 'a token that it read and does not take',
      options: { headers: [['Authorization', 'Bearer abc']] },
      table: { baseline: asks('Bearer error="invalid_token"') },
      expect: ['AUTH_TOKEN_INVALID proven'],
    },
    {
      name: 'a token in a cookie that it does not take',
      options: { cookie: 'a=b' },
      table: { baseline: asks('Bearer error="invalid_token"') },
      expect: ['AUTH_TOKEN_INVALID proven'],
    },
    {
      name: 'a token in the URL that it does not take',
      url: 'ws://127.0.0.1:3000/ws?access_token=abc',
      table: { baseline: asks('Bearer error="invalid_token"') },
      expect: ['AUTH_TOKEN_INVALID proven'],
    },
    {
      name: 'a token that it calls invalid, and none was sent',
      table: { baseline: asks('Digest error="invalid_token"') },
      expect: ['AUTH_REQUIRED strong'],
    },
    {
      name: 'a token, which a browser cannot send: a note to programs',
      table: { baseline: asks('Bearer') },
      expect: ['AUTH_REQUIRED strong'],
      findings: ['AUTH_HEADER_IN_BROWSER'],
    },
    {
      name: 'a token, which a browser cannot send: the cause for a browser',
      options: { profile: 'firefox' },
      table: { baseline: asks('Bearer') },
      expect: ['AUTH_HEADER_IN_BROWSER strong'],
    },
    {
      name: 'a password, and the proxy itself wants it',
      table: {
        baseline: asks(
          'Basic realm="staff"',
          '\nServer: nginx/1.22.1',
          '<center>nginx/1.22.1</center>\r\n</body>',
        ),
      },
      expect: ['AUTH_BASIC_VIA_PROXY strong'],
    },
    {
      name: 'a password, and no proxy shows itself',
      table: { baseline: asks('Basic realm="staff"') },
      expect: ['AUTH_REQUIRED strong'],
    },
    {
      name: 'no challenge, and another origin changes nothing',
      table: { baseline: answered('401 Unauthorized'), 'origin-none': answered('401 Unauthorized') },
      expect: ['AUTH_REQUIRED strong'],
    },
    {
      name: 'no challenge, and without Origin it opens',
      table: {
        baseline: answered('401 Unauthorized'),
        'origin-none': opens(),
        'origin-portless': answered('401 Unauthorized'),
      },
      expect: ['ORIGIN_REJECTED proven'],
    },
    {
      name: 'no challenge, and nobody could ask again',
      table: { baseline: answered('401 Unauthorized'), 'origin-none': skipped() },
      expect: ['AUTH_REQUIRED strong'],
    },
  ]);
});
