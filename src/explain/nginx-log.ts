// Knows: what nginx writes into its error log when a WebSocket fails. Measured with 1.22.1 on Linux; the numbers of errors differ on
// other systems, so that words tell where there are words.
// Must not know: other logs. Its access log is the same as Apache's (`access-log.ts`).
import { type Explanation, explanationOf, plainLine } from './explanation.js';
import { showText } from './show.js';
import { findText, said } from './texts.js';

const upstream = 'proxying upgraded connection';

const texts = [
  said(
    'nginx',
    /upstream timed out \([^)]{0,80}\) while proxying upgraded connection/,
    'IDLE_CUT',
    '`proxy_read_timeout` is over since the last octet of either side. nginx tells it at the level info: with `error_log … error` it is never written.',
  ),
  said(
    'nginx',
    /(?:recv|readv|send|writev)\(\) failed \((?:104: |\d{1,3}: Connection reset)[^)]{0,60}\) while proxying upgraded connection/,
    'CLOSE_NO_FRAME_RST',
    'One of the two sides reset the open connection.',
  ),
  said(
    'nginx',
    /connect\(\)(?: to [^ ]{1,200})? failed \((?:111: |\d{1,3}: Connection refused)/,
    'PROXY_UPSTREAM_DOWN',
    'Nobody listens at the address of `upstream`: is the app running, is it this port, 127.0.0.1 or ::1?',
  ),
  said(
    'nginx',
    /connect\(\)(?: to [^ ]{1,200})? failed \(13: /,
    'PROXY_UPSTREAM_DOWN',
    'SELinux forbids it: `setsebool -P httpd_can_network_connect 1`; or the permissions of a Unix socket.',
  ),
  said(
    'nginx',
    /connect\(\)(?: to [^ ]{1,200})? failed \(2: /,
    'PROXY_UPSTREAM_DOWN',
    'The Unix socket does not exist.',
  ),
  said(
    'nginx',
    /connect\(\)(?: to [^ ]{1,200})? failed \((?:113|101): /,
    'PROXY_UPSTREAM_DOWN',
    'There is no way to the address of `upstream`.',
  ),
  said(
    'nginx',
    /\(99: Cannot assign requested address\)|worker_connections are not enough|Too many open files/,
    'PROXY_LIMIT',
  ),
  said(
    'nginx',
    /no live upstreams while connecting to upstream/,
    'PROXY_NO_HEALTHY_TARGET',
    'Every server of the upstream failed shortly before: look for the lines in front of this one.',
  ),
  said(
    'nginx',
    /host not found in upstream/,
    ['DNS_NXDOMAIN', 'PROXY_UPSTREAM_DOWN'],
    'The name of the upstream is not known where nginx runs.',
  ),
  said(
    'nginx',
    /upstream timed out \([^)]{0,80}\) while connecting to upstream|connect\(\) failed \(\d{1,3}: (?:Connection|Operation) timed out/,
    ['PROXY_UPSTREAM_TIMEOUT', 'PROXY_UPSTREAM_DOWN'],
    'The upstream did not accept within `proxy_connect_timeout`: a firewall, or a full backlog.',
  ),
  said(
    'nginx',
    /upstream timed out \([^)]{0,80}\) while (?:reading|SSL handshaking)/,
    'PROXY_UPSTREAM_TIMEOUT',
    'The upstream had the request and did not answer within `proxy_read_timeout`.',
  ),
  said(
    'nginx',
    /wrong version number\) while SSL handshaking to upstream/,
    'PROXY_UPSTREAM_TLS',
    '`proxy_pass https://` goes to a port that speaks plain HTTP.',
  ),
  said(
    'nginx',
    /SSL_do_handshake\(\) failed \([^)]{0,300}\) while SSL handshaking to upstream|upstream SSL certificate (?:verify error|does not match)/,
    'PROXY_UPSTREAM_TLS',
  ),
  said(
    'nginx',
    /(?:recv|readv)\(\) failed \((?:104: |\d{1,3}: Connection reset)[^)]{0,60}\) while reading (?:response header from )?upstream/,
    'PROXY_UPSTREAM_RESET',
    'The app was there, took the request and reset: look in its log for a crash in the upgrade handler.',
  ),
  said(
    'nginx',
    /upstream prematurely closed connection/,
    ['PROXY_UPSTREAM_RESET', 'PROXY_UPSTREAM_TLS'],
    'The app closed without an answer. A TLS port that is asked in plain HTTP looks the same.',
  ),
  said(
    'nginx',
    /upstream sent no valid HTTP\/1\.\d header/,
    ['TCP_WRONG_SERVICE', 'HTTP_NOT_HTTP'],
    'The upstream does not speak HTTP: wrong port. nginx passes its octets on as they are.',
  ),
  said(
    'nginx',
    /upstream sent too big header/,
    'HTTP_HEAD_TOO_LARGE',
    '`proxy_buffer_size` is smaller than the head of the answer.',
  ),
  said('nginx', /upstream sent (?:invalid|duplicate) header/, 'HTTP_HEADER_SYNTAX'),
  said(
    'nginx',
    /connection upgrade in subrequest/,
    'HTTP_EMPTY_REPLY',
    'The subrequest of `auth_request` got the Upgrade too, and its endpoint accepted it: set `proxy_set_header Upgrade ""` there.',
  ),
  said(
    'nginx',
    /auth request unexpected status: \d{3}/,
    ['ROUTE_SERVER_ERROR', 'AUTH_FORBIDDEN'],
    'The endpoint of `auth_request` answered neither 2xx nor 401 nor 403.',
  ),
  said('nginx', /access forbidden by rule/, 'AUTH_IP_DENIED', 'A rule `deny` of nginx took it.'),
  said(
    'nginx',
    /no user\/password was provided for basic authentication|user "[^"]{0,200}"(?::| was not found| password mismatch)/,
    'AUTH_BASIC_VIA_PROXY',
  ),
  said(
    'nginx',
    /limiting requests, excess/,
    'ROUTE_RATE_LIMIT',
    'nginx answers 503 unless `limit_req_status 429` is set.',
  ),
  said(
    'nginx',
    /limiting connections by zone/,
    ['ROUTE_RATE_LIMIT', 'LIMIT_CONNECTIONS_PER_ADDRESS'],
    '`limit_conn` counts every open WebSocket for as long as it is open.',
  ),
  said(
    'nginx',
    /client sent too long header line|client sent too large request|client sent too long URI/,
    'ROUTE_HEADERS_TOO_LARGE',
    '`large_client_header_buffers 4 16k`, or fewer cookies.',
  ),
  said('nginx', /client sent plain HTTP request to HTTPS port/, 'TLS_MISSING'),
  said('nginx', /client sent invalid host header/, 'ROUTE_BAD_HOST'),
  said('nginx', /invalid connection preface|client sent invalid http2 preface/, 'TLS_ALPN_H2_SPOKEN_H1'),
  said(
    'nginx',
    /broken header: [^\n]{0,2000}while reading PROXY protocol|broken header: "/,
    'TCP_PROXY_PROTOCOL',
    'This listener wants the PROXY protocol, and the client does not speak it.',
  ),
  said(
    'nginx',
    /client sent invalid method[^\n]{0,200}request: "\S{0,2}\\x16\\x03|client sent invalid method/,
    ['TLS_TO_PLAIN_PORT', 'REQ_SYNTAX'],
    'Octets that begin with 16 03 are TLS at a port that speaks plain HTTP.',
  ),
  said(
    'nginx',
    /client prematurely closed connection, so upstream connection is closed too/,
    ['CLIENT_CLOSED_EARLY', 'PROXY_UPSTREAM_TIMEOUT'],
    'The client gave up while the upstream had not answered (status 499).',
  ),
  said(
    'nginx',
    /open\(\) "[^"]{0,1000}" failed \(2: /,
    'ROUTE_PROXY_NOT_FOUND',
    'No `location` with `proxy_pass` matched this path: nginx looked for a file.',
  ),
  said('nginx', /(?:rewrite or internal redirection cycle|could not build)/, 'ROUTE_SERVER_ERROR'),
];

const form =
  /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]{3,6}\] |, upstream: "|, client: [\d.:a-f]{2,45}, server: /;

const middle = /upstream|\bwhile (?:connecting|reading|proxying)|connect\(\) failed/;

/** `isAlone`: nothing else was given. Then the words alone are enough: people paste what stands in the middle. */
export function explainNginxLine(line: string, isAlone: boolean): Explanation | undefined {
  if (!form.test(line) && !(isAlone && middle.test(line))) return undefined;
  const found = findText(line, [texts]);
  if (found === undefined || found.known.codes === 'status') return undefined;
  const { known, match } = found;
  const [code, ...others] = found.known.codes;
  const isOpen = line.includes(upstream);
  return explanationOf(code!, others.length === 0 ? 'strong' : 'likely', {
    source: 'Error log of nginx',
    listings: listing(line),
    candidates: others,
    saw: `${showText(wordsFrom(line, match.index))}${known.note === '' ? '' : `\n${known.note}`}`,
    who: isOpen ? 'nginx, after the connection was open' : '',
    ...(others.length > 0 && {
      couldNotKnow: "What the app saw, which stands in the app's log.",
      decide: 'handfast doctor URL',
    }),
  });
}

/** The fields behind the message that say where it happened. */
function listing(line: string): Explanation['listings'] {
  const fields = [
    ...line.matchAll(/, (client|server|request|upstream|host): ("[^"]{0,1000}"|[^",]{1,200})/g),
  ];
  const words: Readonly<Record<string, string>> = {
    client: 'who asked',
    server: 'the server block',
    request: 'what was asked',
    upstream: 'where nginx passed it on',
    host: 'the Host of the request',
  };
  const lines = fields
    .slice(0, 5)
    .map(([, name, value]) => plainLine(`${name}: ${showText(value!)}`, words[name!]!));
  return lines.length === 0 ? [] : [{ about: '', lines }];
}

/** The message from where it told, without the fields behind it. */
function wordsFrom(line: string, start: number): string {
  const end = line.indexOf(', client: ', start);
  return line.slice(start, end < 0 ? undefined : end);
}
