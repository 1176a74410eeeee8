// Who answered, and through whom a request came: on answers and requests as real programs wrote them (loopback, 2026-11-22),
// and on some that only look alike.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { forwardedBy, whoAnswered } from '../../src/forensics/respondents.js';
import { ANSWERS, REQUESTS } from '../../src/forensics/signatures.js';
import { HeadParser } from '../../src/handshake/parser.js';

/** `name/version role`, with `*` for the one that wrote the answer. */
function answered(lines: readonly string[], body = '') {
  const progress = new HeadParser('response').push(
    Buffer.from(`HTTP/1.1 ${lines.join('\r\n')}\r\n\r\n`, 'latin1'),
  );
  assert.ok(progress.state === 'head', 'the answer has a head');
  const { hops, confidence } = whoAnswered(progress.head, body);
  const names = hops.map(
    ({ name, version, wrote }) => `${name}${version ? `/${version}` : ''}${wrote ? '*' : ''}`,
  );
  return `${names.join(' ')}: ${confidence}`;
}

const nginx = ['Server: nginx/1.22.1', 'Date: Sun, 22 Nov 2026 21:11:53 GMT'];
const nginxPage = (title: string, name = 'nginx/1.22.1') =>
  `<html>\r\n<head><title>${title}</title></head>\r\n<body>\r\n<center><h1>${title}</h1></center>\r\n<hr><center>${name}</center>\r\n</body>\r\n</html>\r\n`;
const haproxyPage = (title: string, words: string) =>
  `<html><body><h1>${title}</h1>\n${words}\n</body></html>\n`;
const apache = ['Date: Sun, 22 Nov 2026 21:12:40 GMT', 'Server: Apache/2.4.71 (Debian)'];
const apachePage =
  '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 4.01//EN" "http://www.w3.org/TR/html4/strict.dtd">\n<html><head>\n<title>503 Service Unavailable</title>\n</head><body>\n';
const caddy = ['Server: Caddy', 'Date: Sun, 22 Nov 2026 21:11:53 GMT'];
const varnish = ['X-Varnish: 32770', 'Age: 0', 'Via: 1.1 varnish (Varnish/7.1)'];
const guru =
  '<!DOCTYPE html>\n<html>\n  <head>\n    <title>503 Backend fetch failed</title>\n  </head>\n  <body>\n    <h1>Error 503 Backend fetch failed</h1>\n    <p>Backend fetch failed</p>\n    <h3>Guru Meditation:</h3>\n    <p>XID: 6</p>\n    <hr>\n    <p>Varnish cache server</p>\n  </body>\n</html>\n';
const plain = ['Content-Type: text/plain', 'Content-Length: 16'];

describe('an own page', () => {
  const rows: [string, readonly string[], string, string][] = [
    ['nginx', ['502 Bad Gateway', ...nginx], nginxPage('502 Bad Gateway'), 'nginx/1.22.1*: strong'],
    [
      'nginx with server_tokens off',
      ['404 Not Found', 'Server: nginx'],
      nginxPage('404 Not Found', 'nginx'),
      'nginx*: strong',
    ],
    [
      'HAProxy',
      [
        '503 Service Unavailable',
        'content-length: 107',
        'cache-control: no-cache',
        'content-type: text/html',
      ],
      haproxyPage('503 Service Unavailable', 'No server is available to handle this request.'),
      'haproxy*: strong',
    ],
    [
      'HAProxy for a bad request',
      ['400 Bad request', 'Content-length: 90', 'Cache-Control: no-cache', 'Connection: close'],
      haproxyPage('400 Bad request', 'Your browser sent an invalid request.'),
      'haproxy*: strong',
    ],
    ['Apache', ['503 Service Unavailable', ...apache], apachePage, 'apache/2.4.71*: strong'],
    ['Caddy', ['502 Bad Gateway', ...caddy, 'Content-Length: 0'], '', 'caddy*: likely'],
    ['Caddy without a route', ['200 OK', ...caddy, 'Content-Length: 0'], '', 'caddy*: likely'],
    ['Varnish', ['503 Backend fetch failed', 'Server: Varnish', ...varnish], guru, 'varnish/7.1*: strong'],
    [
      'nghttpx',
      ['502 Bad Gateway', 'Server: nghttpx'],
      '<!DOCTYPE html><html lang="en"><title>502 Bad Gateway</title><body><h1>502 Bad Gateway</h1><footer>nghttpx</footer></body></html>',
      'nghttpx*: strong',
    ],
    [
      'Squid',
      ['403 Forbidden', 'Server: squid/5.7', 'X-Squid-Error: ERR_ACCESS_DENIED 0', 'Via: 1.1 vm (squid/5.7)'],
      '',
      'squid/5.7*: strong',
    ],
    [
      'uWebSockets',
      ['400 Bad Request'],
      '<h1>Bad Request</h1><hr><i>uWebSockets/20 Server</i>',
      'uwebsockets/20*: strong',
    ],
    [
      'a load balancer of AWS',
      ['502 Bad Gateway', 'Server: awselb/2.0'],
      '<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n</body>\r\n</html>\r\n',
      'alb*: strong',
    ],
    ['Envoy', ['503 Service Unavailable', 'server: envoy'], 'no healthy upstream', 'envoy*: strong'],
    ['Cloudflare', ['522 ', 'Server: cloudflare', 'CF-RAY: 8f3a-FRA'], '', 'cloudflare*: strong'],
    [
      'a challenge of Cloudflare',
      ['403 Forbidden', 'Server: cloudflare', 'CF-RAY: 8f3a-FRA', 'cf-mitigated: challenge'],
      '<!DOCTYPE html>',
      'cloudflare*: strong',
    ],
  ];
  for (const [name, head, body, wanted] of rows) test(name, () => assert.equal(answered(head, body), wanted));
});

describe("an application's words behind a proxy", () => {
  const rows: [string, readonly string[], string, string][] = [
    [
      'ws behind nginx',
      ['426 Upgrade Required', ...nginx, ...plain],
      'Upgrade Required',
      'nginx/1.22.1 ws*: likely',
    ],
    [
      'ws behind HAProxy',
      [
        '426 Upgrade Required',
        'content-length: 16',
        'content-type: text/plain',
        'date: Sun, 22 Nov 2026 21:11:53 GMT',
      ],
      'Upgrade Required',
      'haproxy ws*: likely',
    ],
    [
      'ws behind Caddy',
      ['426 Upgrade Required', ...plain, ...caddy],
      'Upgrade Required',
      'caddy ws*: likely',
    ],
    [
      'ws behind Varnish',
      ['426 Upgrade Required', ...plain, ...varnish],
      'Upgrade Required',
      'varnish/7.1 ws*: likely',
    ],
    [
      'ws behind Apache',
      ['426 Upgrade Required', ...apache, ...plain],
      'Upgrade Required',
      'apache/2.4.71 ws*: likely',
    ],
    [
      'ws behind Squid',
      ['426 Upgrade Required', ...plain, 'X-Cache: MISS from vm', 'Via: 1.1 vm (squid/5.7)'],
      'Upgrade Required',
      'squid/5.7 ws*: likely',
    ],
    [
      'Express behind nginx',
      ['404 Not Found', ...nginx, 'X-Powered-By: Express', 'Content-Type: text/html; charset=utf-8'],
      '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Error</title>\n</head>\n<body>\n<pre>Cannot GET /ws</pre>\n</body>\n</html>\n',
      'nginx/1.22.1 express*: likely',
    ],
    [
      'gorilla behind HAProxy',
      [
        '403 Forbidden',
        'content-type: text/plain; charset=utf-8',
        'sec-websocket-version: 13',
        'x-content-type-options: nosniff',
        'date: Sun, 22 Nov 2026 21:11:53 GMT',
      ],
      'Forbidden\n',
      'haproxy gorilla*: likely',
    ],
    [
      'handfast behind Cloudflare and nginx',
      ['403 Forbidden', 'CF-RAY: 8f3a-FRA', ...nginx, 'Content-Type: application/problem+json'],
      '{"type":"https://handfast.dev/reasons#origin_rejected","code":"ORIGIN_REJECTED"}',
      'cloudflare nginx/1.22.1 handfast*: strong',
    ],
  ];
  for (const [name, head, body, wanted] of rows) test(name, () => assert.equal(answered(head, body), wanted));
});

describe('the words of a server alone', () => {
  const rows: [string, string, readonly string[], string, string][] = [
    ['ws, a key', '400 Bad Request', [], 'Missing or invalid Sec-WebSocket-Key header', 'ws*: likely'],
    ['ws, a version', '400 Bad Request', ['Sec-WebSocket-Version: 13, 8'], '', 'ws*: likely'],
    [
      'Socket.IO to an upgrade',
      '400 Bad Request',
      ['Content-type: text/html'],
      'Transport unknown',
      'socket.io*: strong',
    ],
    [
      'Socket.IO to a GET',
      '400 Bad Request',
      ['Content-Type: application/json'],
      '{"code":0,"message":"Transport unknown"}',
      'socket.io*: strong',
    ],
    [
      'websockets',
      '426 Upgrade Required',
      ['Server: Python/3.11 websockets/10.4'],
      'Failed to open a WebSocket connection: empty Connection header.\n',
      'websockets/10.4*: likely',
    ],
    [
      'aiohttp',
      '400 Bad Request',
      ['Server: Python/3.11 aiohttp/3.8.4'],
      'No WebSocket UPGRADE hdr: None\n Can "Upgrade" only to "WebSocket".',
      'aiohttp/3.8.4*: likely',
    ],
    [
      'Tornado',
      '403 Forbidden',
      ['Server: TornadoServer/6.2'],
      'Cross origin websockets not allowed',
      'tornado/6.2*: likely',
    ],
    ['gorilla', '400 Bad Request', ['Sec-Websocket-Version: 13'], 'Bad Request\n', 'gorilla*: likely'],
    [
      'coder',
      '403 Forbidden',
      [],
      'request Origin "https://a.example" is not authorized for Host "b.example"\n',
      'coder*: likely',
    ],
    ['Bun', '426 Upgrade Required', ['Sec-WebSocket-Version: 13'], '', 'bun*: likely'],
    ['WebSocket-Node', '403 Forbidden', ['X-WebSocket-Reject-Reason: no'], '', 'websocket-node*: strong'],
    [
      'fastify',
      '404 Not Found',
      [],
      '{"message":"Route GET:/ws not found","error":"Not Found","statusCode":404}',
      'fastify*: likely',
    ],
    ['a program in Go', '404 Not Found', [], '404 page not found\n', 'go*: likely'],
    [
      'Node for a large head',
      '431 Request Header Fields Too Large',
      ['Connection: close'],
      '',
      'node*: possible',
    ],
  ];
  for (const [name, status, fields, body, wanted] of rows)
    test(name, () => assert.equal(answered([status, ...fields], body), wanted));
});

describe('a field alone does not say who wrote the answer', () => {
  const json = '{"error":"maintenance"}';
  const rows: [string, readonly string[], string, string][] = [
    [
      'nginx before an application',
      ['503 Service Unavailable', ...nginx, 'Content-Type: application/json'],
      json,
      'nginx/1.22.1: strong',
    ],
    [
      'Caddy before an application',
      ['503 Service Unavailable', ...caddy, 'Content-Length: 23'],
      json,
      'caddy: strong',
    ],
    ['Apache before an application', ['503 Service Unavailable', ...apache], json, 'apache/2.4.71: strong'],
    ['Varnish before an application', ['503 Service Unavailable', ...varnish], json, 'varnish/7.1: strong'],
    [
      'nghttpx before an application',
      ['503 Service Unavailable', 'Server: nghttpx', 'Via: 1.1 nghttpx'],
      json,
      'nghttpx: strong',
    ],
    [
      'HAProxy before an application',
      ['503 Service Unavailable', 'content-type: application/json', 'date: x', 'content-length: 23'],
      json,
      'haproxy: possible',
    ],
    [
      'a page that mentions nginx',
      ['404 Not Found', 'Server: Kestrel'],
      '<p>Our <center>nginx/1.22.1</center> is down</p>',
      'kestrel: strong',
    ],
    [
      'a page that mentions an error of HAProxy',
      ['200 OK', 'Server: Kestrel'],
      '<p>No server is available to handle this request.</p>',
      'kestrel: strong',
    ],
    [
      'a 101 of nginx',
      ['101 Switching Protocols', ...nginx, 'Connection: upgrade'],
      '',
      'nginx/1.22.1: strong',
    ],
    [
      'a 101 of Caddy',
      ['101 Switching Protocols', 'Connection: Upgrade', 'Sec-Websocket-Accept: x', 'Server: Caddy'],
      '',
      'caddy: strong',
    ],
    [
      'a 101 of nghttpx',
      ['101 Switching Protocols', 'Sec-Websocket-Accept: x', 'Server: nghttpx', 'Via: 1.1 nghttpx'],
      '',
      'nghttpx: strong',
    ],
    [
      'a 101 of HAProxy',
      ['101 Switching Protocols', 'upgrade: websocket', 'connection: Upgrade', 'sec-websocket-accept: x'],
      '',
      'haproxy: possible',
    ],
    [
      'a 101 of a program in Go',
      ['101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-Websocket-Accept: x'],
      '',
      'go: possible',
    ],
    [
      'a 101 of ws',
      ['101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade', 'Sec-WebSocket-Accept: x'],
      '',
      ': possible',
    ],
    ['a load balancer that is only named', ['200 OK', 'X-Server: awselb/2.0'], '', ': possible'],
  ];
  for (const [name, head, body, wanted] of rows) test(name, () => assert.equal(answered(head, body), wanted));
});

/** The last proxy that the request shows. */
function forwarded(text: string) {
  const raw = text.trim().split('\n').join('\r\n');
  const progress = new HeadParser('request').push(Buffer.from(`${raw}\r\n\r\n`, 'latin1'));
  assert.ok(progress.state === 'head', 'the request has a head');
  return forwardedBy(progress.head);
}

const KEY = 'dGhlIHNhbXBsZSBub25jZQ==';

describe('a request as the server behind a proxy got it', () => {
  const rows: [string, string, string | undefined][] = [
    [
      'nginx with a bare proxy_pass',
      `GET /seen HTTP/1.0\nHost: 127.0.0.1:29003\nConnection: close\nUser-Agent: curl/7.88.1\nSec-WebSocket-Version: 13\nSec-WebSocket-Key: ${KEY}`,
      'nginx',
    ],
    [
      'nginx with the right lines',
      `GET /ws HTTP/1.1\nUpgrade: websocket\nConnection: upgrade\nHost: 127.0.0.1:28001\nUser-Agent: curl/7.88.1\nSec-WebSocket-Key: ${KEY}`,
      'nginx',
    ],
    [
      'HAProxy',
      `GET /ws HTTP/1.1\nhost: 127.0.0.1:28002\nuser-agent: curl/7.88.1\nconnection: Upgrade\nsec-websocket-version: 13\nsec-websocket-key: ${KEY}`,
      'haproxy',
    ],
    [
      'HAProxy from HTTP/2, with a key of its own',
      `GET /ws HTTP/1.1\nhost: a.example\nuser-agent: x\nupgrade: websocket\nconnection: Upgrade\nSec-Websocket-Key: ${KEY}`,
      'haproxy',
    ],
    [
      'Caddy',
      `GET /ws HTTP/1.1\nHost: a.example\nConnection: Upgrade\nSec-Websocket-Key: ${KEY}\nX-Forwarded-For: 127.0.0.1\nX-Forwarded-Host: a.example\nX-Forwarded-Proto: http\nAccept-Encoding: gzip`,
      'caddy',
    ],
    [
      'Apache',
      `GET /ws HTTP/1.1\nHost: 127.0.0.1:29003\nSec-WebSocket-Key: ${KEY}\nX-Forwarded-For: 127.0.0.1\nX-Forwarded-Host: a.example\nX-Forwarded-Server: localhost\nConnection: Keep-Alive`,
      'apache',
    ],
    [
      'Varnish',
      `GET /ws HTTP/1.1\nHost: a.example\nSec-WebSocket-Key: ${KEY}\nX-Forwarded-For: 127.0.0.1\nX-Varnish: 9`,
      'varnish',
    ],
    [
      'nghttpx',
      `GET /ws HTTP/1.1\nHost: a.example\nSec-Websocket-Key: ${KEY}\nUpgrade: websocket\nConnection: Upgrade\nX-Forwarded-Proto: http\nVia: 1.1 nghttpx`,
      'nghttpx',
    ],
    [
      'Squid',
      `GET /ws HTTP/1.1\nSec-WebSocket-Key: ${KEY}\nHost: 127.0.0.1:29003\nVia: 1.1 vm (squid/5.7)\nCache-Control: max-age=259200`,
      'squid',
    ],
    [
      'nginx behind Cloudflare',
      `GET /ws HTTP/1.0\nHost: app\nConnection: close\nCF-Ray: 8f3a-FRA\nSec-WebSocket-Key: ${KEY}`,
      'nginx',
    ],
    ['Cloudflare alone', 'GET /ws HTTP/1.1\nHost: a.example\nUser-Agent: x\nCF-Ray: 8f3a-FRA', 'cloudflare'],
    [
      'Chromium itself',
      `GET /ws HTTP/1.1\nHost: a.example\nConnection: Upgrade\nPragma: no-cache\nUpgrade: websocket\nSec-WebSocket-Key: ${KEY}`,
      undefined,
    ],
    [
      'curl with HTTP/1.0',
      `GET /ws HTTP/1.0\nHost: a.example\nUser-Agent: curl/7.88.1\nConnection: close`,
      undefined,
    ],
    [
      'undici itself',
      `GET /ws HTTP/1.1\nhost: a.example\nconnection: upgrade\nupgrade: websocket\nuser-agent: undici\nsec-websocket-key: ${KEY}`,
      undefined,
    ],
    [
      'a program in Go itself',
      `GET /ws HTTP/1.1\nHost: a.example\nUser-Agent: Go-http-client/1.1\nConnection: Upgrade\nSec-Websocket-Key: ${KEY}\nUpgrade: websocket`,
      undefined,
    ],
  ];
  for (const [name, text, wanted] of rows) test(name, () => assert.equal(forwarded(text)?.name, wanted));

  test('the version is told where it is said', () =>
    assert.equal(forwarded('GET / HTTP/1.1\nHost: a\nVia: 1.1 vm (squid/5.7)')?.version, '5.7'));
});

describe('the tables', () => {
  test('every row has a mark, and says where it is from and when', () => {
    for (const { name, tell, marks, date, source } of [...ANSWERS, ...REQUESTS]) {
      assert.ok(Object.keys(marks).length > 0 && tell.length > 0, name);
      assert.match(name, /^[a-z0-9.-]+$/);
      assert.match(date, /^\d{4}-\d\d-\d\d$/);
      assert.ok(source === 'measured' || source === 'documentation');
    }
  });

  test('one program has one role', () => {
    const roles = new Map<string, string>();
    for (const { name, role } of [...ANSWERS, ...REQUESTS]) {
      assert.equal(roles.get(name) ?? role, role, name);
      roles.set(name, role);
    }
  });
});
