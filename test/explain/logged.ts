// Lines that programs really logged, by version, and the code that each must be explained by; undefined: nothing is wrong.
// From runs with backends that are down, silent, resetting, closing, of another protocol; addresses and ports are of the run.
export interface Logged {
  readonly by: string;
  readonly line: string;
  readonly code: string | undefined;
  readonly candidates?: readonly string[];
}

const haproxy = (rest: string, code: string | undefined, candidates?: readonly string[]): Logged => ({
  by: 'HAProxy 2.6.12',
  line: `<134>Nov 22 21:04:30 haproxy[20739]: 127.0.0.1:49792 [22/Nov/2026:21:04:30.414] ${rest}`,
  code,
  ...(candidates && { candidates }),
});

const nginx = (message: string, request: string, code: string, candidates?: readonly string[]): Logged => ({
  by: 'nginx 1.22.1, error log',
  line: `2026/11/22 21:04:30 [error] 20734#20734: *1 ${message}, client: 127.0.0.1, server: a.example, request: "GET ${request} HTTP/1.1", upstream: "http://127.0.0.1:19199${request}", host: "a.example"`,
  code,
  ...(candidates && { candidates }),
});

const access = (request: string, status: string, code: string | undefined): Logged => ({
  by: 'nginx 1.22.1, access log',
  line: `127.0.0.1 - - [22/Nov/2026:21:04:30 +0000] "${request}" ${status} 157 "-" "-"`,
  code,
});

const apache = (rest: string, code: string): Logged => ({
  by: 'Apache 2.4.71, error log',
  line: `[Sun Nov 22 21:04:30.415045 2026] ${rest}`,
  code,
});

/** Envoy's and Heroku's lines have the form of their documentation: neither was measured. */
const envoy = (status: string, flags: string, code: string | undefined): Logged => ({
  by: 'Envoy, as documented',
  line: `[2026-11-22T21:04:30.414Z] "GET /ws HTTP/1.1" ${status} ${flags} 0 91 5 - "-" "Mozilla/5.0" "b6f1" "chat.example.com" "10.0.0.7:3000"`,
  code,
});

const heroku = (code: string, desc: string, row: string): Logged => ({
  by: "Heroku's router, as documented",
  line: `2026-11-22T21:04:30.414Z heroku[router]: at=error code=${code} desc="${desc}" method=GET path="/ws" host=chat.example.com request_id=8601b555 fwd="192.0.2.17" dyno=web.1 connect=1ms service=30000ms status=503 bytes=0 protocol=https`,
  code: row,
});

export const LOGGED: readonly Logged[] = [
  haproxy('fe ok/s 0/0/0/9/2009 101 132 - - cD-- 5/4/0/0/0 0/0 "GET /ok HTTP/1.1"', 'IDLE_CUT'),
  haproxy(
    'fe rstopen/s 0/0/0/8/308 101 132 - - SD-- 22/19/0/0/0 0/0 "GET /rstopen HTTP/1.1"',
    'CLOSE_NO_FRAME_RST',
  ),
  haproxy('fe finopen/s 0/0/0/8/308 101 132 - - ---- 23/20/0/0/0 0/0 "GET /finopen HTTP/1.1"', undefined),
  haproxy(
    'fe down/s 0/0/-1/-1/3003 503 217 - - SC-- 2/2/0/0/3 0/0 "GET /down HTTP/1.1"',
    'PROXY_UPSTREAM_DOWN',
  ),
  haproxy(
    'fe none/<NOSRV> 0/-1/-1/-1/0 503 217 - - SC-- 24/21/0/0/0 0/0 "GET /none HTTP/1.1"',
    'PROXY_NO_HEALTHY_TARGET',
    ['ROUTE_PROXY_NOT_FOUND'],
  ),
  haproxy(
    'fe silent/s 0/0/0/-1/2001 504 198 - - sH-- 12/10/0/0/0 0/0 "GET /silent HTTP/1.1"',
    'PROXY_UPSTREAM_TIMEOUT',
  ),
  haproxy('fe rst/s 0/0/0/-1/6 502 209 - - SH-- 24/21/0/0/0 0/0 "GET /rst HTTP/1.1"', 'PROXY_UPSTREAM_RESET'),
  haproxy('fe noconn/s 0/0/0/-1/6 502 324 - - PH-- 24/21/0/0/0 0/0 "GET /noconn HTTP/1.1"', 'PROXY_BAD_101', [
    'HTTP_NOT_HTTP',
  ]),
  haproxy(
    'fe fe/<NOSRV> 0/-1/-1/-1/0 403 192 - - PR-- 25/22/0/0/0 0/0 "GET /deny HTTP/1.1"',
    'PROXY_WAF_BLOCK',
  ),
  haproxy('fe fe/<NOSRV> -1/-1/-1/-1/0 400 0 - - PR-- 25/22/0/0/0 0/0 "<BADREQ>"', 'REQ_SYNTAX'),
  haproxy(
    'fe fe/<NOSRV> -1/7/-1/-1/0 500 208 - - PT-- 25/22/0/0/0 0/0 "GET /tarpit HTTP/1.1"',
    'PROXY_BOT_FILTER',
  ),
  haproxy(
    'fe fe/<NOSRV> 0/-1/-1/-1/0 302 104 - - LR-- 24/21/0/0/0 0/0 "GET /redir HTTP/1.1"',
    'ROUTE_REDIRECT_TLS',
  ),
  haproxy('fe q/<NOSRV> 0/1001/-1/-1/1001 503 217 - - sQ-- 19/17/1/0/0 0/1 "GET /q HTTP/1.1"', 'PROXY_LIMIT'),
  haproxy('fe fe/<NOSRV> -1/-1/-1/-1/2002 408 0 - - cR-- 14/12/0/0/0 0/0 "<BADREQ>"', 'REQ_HEAD_TIMEOUT'),
  haproxy('fe fe/<NOSRV> -1/-1/-1/-1/291 400 0 - - CR-- 24/21/0/0/0 0/0 "<BADREQ>"', 'CLIENT_CLOSED_EARLY'),
  haproxy(
    'fe b426/s 0/0/0/9/9 426 63 - - ---- 24/21/0/0/0 0/0 "GET /426 HTTP/1.1"',
    'PROXY_UPGRADE_STRIPPED',
  ),
  haproxy('tcp tb/s 1/0/2013 129 cD 9/1/0/0/0 0/0', 'IDLE_CUT'),
  haproxy('tcpdown tbd/s 1/-1/3004 0 SC 3/1/0/0/3 0/0', 'PROXY_UPSTREAM_DOWN'),
  haproxy('tcp tb/s 1/0/496 129 -- 21/2/1/1/0 0/0', undefined),
  nginx(
    'connect() failed (111: Connection refused) while connecting to upstream',
    '/down',
    'PROXY_UPSTREAM_DOWN',
  ),
  nginx(
    'connect() failed (13: Permission denied) while connecting to upstream',
    '/down',
    'PROXY_UPSTREAM_DOWN',
  ),
  nginx('no live upstreams while connecting to upstream', '/live', 'PROXY_NO_HEALTHY_TARGET'),
  nginx(
    'recv() failed (104: Connection reset by peer) while reading response header from upstream',
    '/rst',
    'PROXY_UPSTREAM_RESET',
  ),
  nginx(
    'upstream prematurely closed connection while reading response header from upstream',
    '/fin',
    'PROXY_UPSTREAM_RESET',
    ['PROXY_UPSTREAM_TLS'],
  ),
  nginx(
    'upstream sent no valid HTTP/1.0 header while reading response header from upstream',
    '/ssh',
    'TCP_WRONG_SERVICE',
  ),
  nginx(
    'upstream sent too big header while reading response header from upstream',
    '/big',
    'HTTP_HEAD_TOO_LARGE',
  ),
  nginx(
    'SSL_do_handshake() failed (SSL: error:0A00010B:SSL routines::wrong version number) while SSL handshaking to upstream',
    '/tls',
    'PROXY_UPSTREAM_TLS',
  ),
  nginx(
    'upstream timed out (110: Connection timed out) while reading response header from upstream',
    '/silent',
    'PROXY_UPSTREAM_TIMEOUT',
  ),
  nginx(
    'upstream timed out (110: Connection timed out) while proxying upgraded connection',
    '/ok',
    'IDLE_CUT',
  ),
  nginx(
    'recv() failed (104: Connection reset by peer) while proxying upgraded connection',
    '/rstopen',
    'CLOSE_NO_FRAME_RST',
  ),
  nginx('access forbidden by rule', '/deny', 'AUTH_IP_DENIED'),
  nginx('no user/password was provided for basic authentication', '/pw', 'AUTH_BASIC_VIA_PROXY'),
  nginx('auth request unexpected status: 500', '/authreq', 'ROUTE_SERVER_ERROR'),
  nginx('limiting requests, excess: 1.000 by zone "r"', '/lr', 'ROUTE_RATE_LIMIT'),
  nginx('limiting connections by zone "c"', '/lc', 'ROUTE_RATE_LIMIT', ['LIMIT_CONNECTIONS_PER_ADDRESS']),
  nginx(
    'client sent plain HTTP request to HTTPS port while reading client request headers',
    '/',
    'TLS_MISSING',
  ),
  nginx('client sent invalid host header while reading client request headers', '/', 'ROUTE_BAD_HOST'),
  nginx(
    'client sent too long header line: "Cookie: aaaaaaaaaaaaaaaaaaaa..." while reading client request headers',
    '/ok',
    'ROUTE_HEADERS_TOO_LARGE',
  ),
  nginx(
    'epoll_wait() reported that client prematurely closed connection, so upstream connection is closed too while sending request to upstream',
    '/silent',
    'CLIENT_CLOSED_EARLY',
  ),
  nginx('open() "/var/www/nope" failed (2: No such file or directory)', '/nope', 'ROUTE_PROXY_NOT_FOUND'),
  {
    by: 'nginx 1.22.1, error log',
    line: '2026/11/22 21:04:30 [info] 20734#20734: *4 invalid connection preface while processing HTTP/2 connection, client: 127.0.0.1, server: 127.0.0.1:19121',
    code: 'TLS_ALPN_H2_SPOKEN_H1',
  },
  {
    by: 'nginx 1.22.1, error log',
    line: '2026/11/22 21:04:30 [error] 20734#20734: *3 broken header: "GET / HTTP/1.1',
    code: 'TCP_PROXY_PROTOCOL',
  },
  {
    by: 'nginx, the words alone',
    line: 'connect() failed (111: Connection refused) while',
    code: 'PROXY_UPSTREAM_DOWN',
  },
  access('GET /down HTTP/1.1', '502', 'PROXY_UPSTREAM_DOWN'),
  access('GET /silent HTTP/1.1', '504', 'PROXY_UPSTREAM_TIMEOUT'),
  access('GET /silent HTTP/1.1', '499', 'CLIENT_CLOSED_EARLY'),
  access('GET /x444 HTTP/1.1', '444', 'HTTP_EMPTY_REPLY'),
  access('GET /ssh HTTP/1.1', '009', 'TCP_WRONG_SERVICE'),
  access('GET /426 HTTP/1.1', '426', 'PROXY_UPGRADE_STRIPPED'),
  access('\\x16\\x03\\x01\\x02\\x00\\x01\\x00', '400', 'TLS_TO_PLAIN_PORT'),
  access('GET /ok HTTP/1.1', '101', undefined),
  apache(
    '[proxy:error] [pid 20743:tid 20759] (111)Connection refused: AH00957: http: attempt to connect to 127.0.0.1:19199 (127.0.0.1:19199) failed',
    'PROXY_UPSTREAM_DOWN',
  ),
  apache(
    '[proxy_http:error] [pid 20743:tid 20759] [client 127.0.0.1:50966] AH01114: HTTP: failed to make connection to backend: 127.0.0.1',
    'PROXY_UPSTREAM_DOWN',
  ),
  apache(
    '[proxy_http:error] [pid 20742:tid 20777] (104)Connection reset by peer: [client 127.0.0.1:50984] AH01102: error reading status line from remote server 127.0.0.1:19102',
    'PROXY_UPSTREAM_RESET',
  ),
  apache(
    '[proxy_http:error] [pid 20743:tid 20760] (20014)Internal error (specific information not available): [client 127.0.0.1:50994] AH01102: error reading status line from remote server 127.0.0.1:19103',
    'PROXY_UPSTREAM_RESET',
  ),
  apache(
    '[proxy_http:error] [pid 20742:tid 20776] (70007)The timeout specified has expired: [client 127.0.0.1:50982] AH01102: error reading status line from remote server 127.0.0.1:19101',
    'PROXY_UPSTREAM_TIMEOUT',
  ),
  apache(
    "[proxy:warn] [pid 20742:tid 20779] [client 127.0.0.1:51014] AH01144: No protocol handler was valid for the URL /wss (scheme 'wss').",
    'ROUTE_SERVER_ERROR',
  ),
  apache(
    '[authz_core:error] [pid 20742:tid 20782] [client 127.0.0.1:51042] AH01630: client denied by server configuration: /var/www/deny',
    'AUTH_IP_DENIED',
  ),
  apache(
    '[core:info] [pid 20742:tid 20783] [client 127.0.0.1:51054] AH00128: File does not exist: /var/www/nope',
    'ROUTE_PROXY_NOT_FOUND',
  ),
  envoy('503', 'UF', 'PROXY_UPSTREAM_DOWN'),
  envoy('503', 'UH', 'PROXY_NO_HEALTHY_TARGET'),
  envoy('503', 'UC', 'PROXY_UPSTREAM_RESET'),
  envoy('101', 'UC', 'CLOSE_NO_FRAME_RST'),
  envoy('504', 'UT', 'PROXY_UPSTREAM_TIMEOUT'),
  envoy('404', 'NR', 'ROUTE_PROXY_NOT_FOUND'),
  envoy('101', 'SI', 'IDLE_CUT'),
  envoy('101', 'UMSDR', 'LIFETIME_CUT'),
  envoy('403', '-', 'PROXY_WS_DISABLED'),
  envoy('101', 'DC', undefined),
  heroku('H10', 'App crashed', 'PROXY_UPSTREAM_DOWN'),
  heroku('H12', 'Request timeout', 'PROXY_UPSTREAM_TIMEOUT'),
  heroku('H13', 'Connection closed without response', 'PROXY_UPSTREAM_RESET'),
  heroku('H14', 'No web dynos running', 'PROXY_NO_HEALTHY_TARGET'),
  heroku('H15', 'Idle connection', 'IDLE_CUT'),
  { by: 'Heroku, the code alone', line: 'H12', code: 'PROXY_UPSTREAM_TIMEOUT' },
  {
    by: 'Squid 5.7',
    line: '1732280670.414      0 127.0.0.1 TCP_DENIED/403 3898 CONNECT chat.example.com:8080 - HIER_NONE/- text/html',
    code: 'FWD_CONNECT_DENIED',
  },
  {
    by: 'Caddy 2.6.2',
    line: '{"level":"error","ts":1732280670.41,"logger":"http.log.error","msg":"dial tcp 127.0.0.1:19199: connect: connection refused","request":{"method":"GET","uri":"/ws"},"duration":0.0006,"status":502}',
    code: 'PROXY_UPSTREAM_DOWN',
  },
];
