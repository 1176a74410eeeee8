// No answer of HTTP: what the octets are, and whether a plain request, TLS, or a line of a load balancer fares better.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { unanswered } from '../../../src/doctor/inquiries/silence.js';
import {
  answered,
  frame,
  garbage,
  HUNG_UP,
  inquired,
  NOTHING,
  named,
  opens,
  type Parts,
  RESET,
  SILENCE,
  skipped,
  type Table,
  TLS,
  troubled,
} from '../driver.js';
import { rowsOf } from './rows.js';

const rows = rowsOf(unanswered);

const WSS = 'wss://127.0.0.1:3000/ws';
const FINE = answered('200 OK', 'hello');
const ALERT = garbage('\x15\x03\x01\x00\x02\x02\x46');
const NO_TLS = troubled('TLS_FAILED');

describe('octets', () => {
  rows([
    {
      name: 'of SSH',
      table: { baseline: garbage('SSH-2.0-OpenSSH_9.2p1\r\n') },
      expect: ['TCP_WRONG_SERVICE proven'],
    },
    {
      name: 'of HTTP/2',
      table: { baseline: garbage('\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d') },
      expect: ['H2_ONLY proven'],
    },
    {
      name: 'of SSH, that only the second request is shown by the proxy in between',
      table: { baseline: troubled('HTTP_NO_RESPONSE'), 'no-upgrade': garbage('SSH-2.0-OpenSSH_9.2p1\r\n') },
      expect: ['TCP_WRONG_SERVICE proven'],
    },
    {
      name: 'of a page without a head',
      table: { baseline: garbage('<!doctype html><p>hi') },
      expect: ['HTTP_NOT_HTTP proven'],
    },
    {
      name: 'of nothing that is known',
      table: { baseline: garbage('\x00\x9f\x92\x96') },
      expect: ['HTTP_NOT_HTTP proven'],
      says: /no HTTP/,
    },
    {
      name: 'of TLS, and there is TLS',
      table: { baseline: ALERT, tls: { tls: TLS } },
      expect: ['TLS_MISSING proven'],
    },
    {
      name: 'of TLS, and it could not be tried',
      table: { baseline: ALERT, tls: skipped() },
      expect: ['TLS_MISSING strong'],
    },
    {
      name: 'of TLS inside of TLS',
      url: WSS,
      table: { baseline: ALERT },
      expect: ['PROXY_UPSTREAM_TLS strong'],
    },
  ]);
});

describe('an end, a reset, silence', () => {
  const ways: ReadonlyArray<readonly [string, Parts]> = [
    ['HTTP_EMPTY_REPLY', HUNG_UP],
    ['HTTP_RESET', RESET],
    ['HTTP_NO_RESPONSE', SILENCE],
  ];
  for (const [code, parts] of ways) {
    const line: Table = code === 'HTTP_NO_RESPONSE' ? {} : { 'proxy-line': parts };
    const alike = code === 'HTTP_RESET' ? 'TCP_RESET_AFTER_ACCEPT strong' : `${code} strong`;
    rows([
      {
        name: `${code}: a plain request is answered`,
        table: { baseline: parts, 'no-upgrade': FINE },
        expect: [`${code} proven`],
      },
      {
        name: `${code}: a plain request fares no better`,
        table: { baseline: parts, 'no-upgrade': parts, tls: NO_TLS, ...line },
        expect: [alike],
        says: /not about WebSocket/,
      },
      {
        name: `${code}: there is TLS`,
        table: { baseline: parts, 'no-upgrade': parts, tls: { tls: TLS } },
        expect: ['TLS_MISSING proven'],
      },
      {
        name: `${code}: nothing else could be asked`,
        table: {
          baseline: parts,
          'no-upgrade': skipped(),
          tls: skipped(),
          ...(code !== 'HTTP_NO_RESPONSE' && { 'proxy-line': skipped() }),
        },
        expect: [`${code} likely`],
        says: /is not known/,
      },
      {
        name: `${code}: a plain request is asked to wait`,
        table: { baseline: parts, 'no-upgrade': answered('429 Too Many Requests') },
        expect: [`${code} likely`],
        says: /is not known/,
      },
      {
        name: `${code}: over TLS neither TLS nor a line is tried`,
        url: WSS,
        table: { baseline: parts, 'no-upgrade': troubled('TCP_TIMEOUT') },
        expect: [`${code} likely`],
      },
    ]);
  }

  rows([
    {
      name: 'a line of a load balancer opens the door',
      table: { baseline: HUNG_UP, 'no-upgrade': HUNG_UP, tls: NO_TLS, 'proxy-line': FINE },
      expect: ['TCP_PROXY_PROTOCOL proven'],
    },
    {
      name: 'a line of a load balancer is no HTTP to it',
      table: {
        baseline: HUNG_UP,
        'no-upgrade': HUNG_UP,
        tls: NO_TLS,
        'proxy-line': answered('400 Bad Request'),
      },
      expect: ['HTTP_EMPTY_REPLY strong'],
    },
    {
      name: 'through a forward proxy no line is tried',
      about: { proxy: 'http://proxy.example:3128' },
      table: { baseline: HUNG_UP, 'no-upgrade': HUNG_UP, tls: NO_TLS },
      expect: ['HTTP_EMPTY_REPLY strong'],
    },
  ]);

  test('the line is in front of the same handshake', () => {
    const { seen } = inquired(unanswered, {
      baseline: HUNG_UP,
      'no-upgrade': HUNG_UP,
      tls: NO_TLS,
      'proxy-line': FINE,
    });
    const { probe } = seen.at(-1)!;
    assert.match(
      probe.kind === 'exchange' ? probe.request : '',
      /^PROXY TCP4 \S+ \S+ \d+ 3000\r\nGET \/ws HTTP\/1\.1\r\n/,
    );
  });
});

describe('a proxy that pipes handshakes', () => {
  const page = (status: string) =>
    answered(
      `${status}\nServer: nginx/1.22.1`,
      `<center><h1>${status}</h1></center><hr><center>nginx/1.22.1</center>\r\n</body>`,
    );
  rows([
    {
      name: 'tells a plain request that nobody is there',
      table: { baseline: HUNG_UP, 'no-upgrade': page('502 Bad Gateway') },
      expect: ['PROXY_UPSTREAM_DOWN strong'],
    },
    {
      name: 'or that it waited',
      table: { baseline: HUNG_UP, 'no-upgrade': page('504 Gateway Timeout') },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: 'or waits itself before it says so',
      table: {
        baseline: { ...HUNG_UP, end: { how: 'fin', atMs: 3000 } },
        'no-upgrade': page('503 Service Unavailable'),
      },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: 'or waits before it says so to a plain request',
      table: {
        baseline: HUNG_UP,
        'no-upgrade': { ...page('502 Bad Gateway'), times: { totalMs: 3000, headMs: 3000 } },
      },
      expect: ['PROXY_UPSTREAM_TIMEOUT strong'],
    },
    {
      name: 'is none where the application says 503 itself',
      table: { baseline: HUNG_UP, 'no-upgrade': answered('503 Service Unavailable', 'later') },
      expect: ['HTTP_EMPTY_REPLY proven'],
    },
  ]);
});

test('silence behind a proxy that says why to a plain request', () => {
  const page = answered(
    '502 Bad Gateway\nServer: nginx',
    '<center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center>\r\n</body>',
  );
  const { result } = inquired(unanswered, { baseline: SILENCE, 'no-upgrade': page });
  assert.deepEqual(named(result), ['PROXY_UPSTREAM_DOWN strong']);
});

describe('Socket.IO', () => {
  const late = { ...HUNG_UP, end: { how: 'fin', atMs: 1004 } } as const;
  const greets = opens({ frames: [frame('in', 1, '0{"sid":"a"}')] });
  rows([
    {
      name: 'hangs up after a second on foreign paths',
      table: { baseline: late, 'no-upgrade': FINE, 'engine-io': greets },
      expect: ['ROUTE_SOCKETIO proven'],
    },
    {
      name: 'is somebody else without its greeting',
      table: { baseline: late, 'no-upgrade': FINE, 'engine-io': opens() },
      expect: ['HTTP_EMPTY_REPLY proven'],
    },
    {
      name: 'is not asked for at another time',
      table: { baseline: { ...HUNG_UP, end: { how: 'fin', atMs: 5000 } }, 'no-upgrade': FINE },
      expect: ['HTTP_EMPTY_REPLY proven'],
    },
  ]);
});

test('any other trouble is told as it is, and nothing is asked', () => {
  for (const code of ['HTTP_TRUNCATED', 'HTTP_HEAD_TOO_LARGE', 'TLS_CLIENT_CERT', 'TCP_RESET_AFTER_ACCEPT'])
    assert.deepEqual(named(inquired(unanswered, { baseline: troubled(code, 'x') }).result), [
      `${code} proven`,
    ]);
  assert.deepEqual(named(inquired(unanswered, { baseline: NOTHING }).result), ['HTTP_NO_RESPONSE proven']);
});
