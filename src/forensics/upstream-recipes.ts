// Knows: what to do about the server behind a proxy: which line of the proxy's log says what, how the two are made to agree on
// TLS, health and numbers. Must not know: who is asked, or how it is shown.
import { type Cookbook, type Recipe, run, written } from './recipe.js';

/** Lines of logs, and what each means. */
const logs: readonly Recipe[] = [
  run(
    'nginx',
    'The error log has one of these at the time of the answer:',
    'connect() failed (111: Connection refused)',
    '  start the app; right port? 127.0.0.1 or ::1?',
    'recv() failed (104: Connection reset by peer)',
    '  the app crashes in the upgrade: PROXY_UPSTREAM_RESET',
    'SSL_do_handshake() failed (wrong version number)',
    '  proxy_pass says https://, the app speaks http',
    '(13: Permission denied)',
    '  SELinux: setsebool -P httpd_can_network_connect 1',
  ),
  run(
    'haproxy',
    'The flags at the end of the line in its log:',
    'SC--                  refused after its retries: start the app; right port?',
    'SC-- and <NOSRV>      no server is healthy: PROXY_NO_HEALTHY_TARGET',
    'SH--                  the app hung up without an answer: PROXY_UPSTREAM_RESET',
    'sH--                  the app did not answer in time: PROXY_UPSTREAM_TIMEOUT',
    'PH--                  the app answered what is not right: PROXY_BAD_101',
  ),
  run(
    'caddy',
    'Its log says one of these:',
    'connect: connection refused',
    '  start the app; right port?',
    'EOF',
    '  the app hung up: PROXY_UPSTREAM_RESET',
    'first record does not look like a TLS handshake',
    '  https:// to an app without TLS: PROXY_UPSTREAM_TLS',
    'x509: certificate signed by unknown authority',
    '  trust that authority: PROXY_UPSTREAM_TLS',
  ),
  run(
    'apache',
    'The answer and its time tell it, and so does the error log:',
    '503 at once           refused: start the app; right port?',
    '502 at once           the app hung up: PROXY_UPSTREAM_RESET',
    '502 after a while     the app did not answer within ProxyTimeout: PROXY_UPSTREAM_TIMEOUT',
  ),
  written(
    'envoy',
    'The response flags in its log:',
    'UF                    the connection failed: start the app; right port?',
    'UH                    no healthy host: PROXY_NO_HEALTHY_TARGET',
    'UC                    the app hung up: PROXY_UPSTREAM_RESET',
    'UT                    the app did not answer in time: PROXY_UPSTREAM_TIMEOUT',
  ),
  written(
    'cloudflare',
    'Its status tells:',
    '521                   refused: start the server, allow the addresses of Cloudflare',
    '522                   no answer to the connection: a firewall, or the wrong address',
    '525, 526              TLS between Cloudflare and the server: PROXY_UPSTREAM_TLS',
  ),
  written(
    'server',
    'In a container 127.0.0.1 is the container itself: listen on 0.0.0.0, and name the service as the upstream.',
  ),
];

const tls: readonly Recipe[] = [
  run(
    'nginx',
    'The scheme that the app speaks:',
    '- proxy_pass https://127.0.0.1:3000;',
    '+ proxy_pass http://127.0.0.1:3000;',
  ),
  run(
    'nginx',
    'Or, where the app does speak TLS, its name:',
    '+ proxy_ssl_server_name on;',
    '+ proxy_ssl_name app.internal;',
  ),
  run(
    'haproxy',
    'For an app without TLS:',
    '- server app 127.0.0.1:3000 ssl verify none',
    '+ server app 127.0.0.1:3000',
  ),
  run(
    'caddy',
    'For an app without TLS:',
    '- reverse_proxy https://127.0.0.1:3000',
    '+ reverse_proxy 127.0.0.1:3000',
  ),
  run('apache', 'For an app with TLS:', '+ SSLProxyEngine on'),
  written(
    'cloudflare',
    'SSL/TLS mode Full (strict), and a certificate on the server that is trusted or of their Origin CA.',
  ),
];

const health: readonly Recipe[] = [
  written(
    'haproxy',
    'A path that answers 200 to a plain GET:',
    '+ option httpchk GET /healthz',
    '+ http-check expect status 200',
  ),
  written(
    'alb',
    'On the target group:',
    'aws elbv2 modify-target-group --target-group-arn ARN --health-check-path /healthz',
  ),
  written('envoy', 'In the cluster:', '+ health_checks:', '+ - http_health_check: { path: /healthz }'),
  run(
    'handfast',
    'Answer plain requests of the same port:',
    "+ http: (request, response) => response.end('ok'),",
  ),
];

/** By code. */
export const upstreamRecipes: Cookbook = {
  PROXY_UPSTREAM_DOWN: logs,
  PROXY_UPSTREAM_RESET: logs,
  PROXY_UPSTREAM_TIMEOUT: logs,
  PROXY_BAD_101: logs.filter(({ hop }) => hop === 'haproxy'),
  PROXY_UPSTREAM_TLS: [...tls, ...logs.filter(({ hop }) => hop === 'nginx')],
  PROXY_NO_HEALTHY_TARGET: health,
  PROXY_LIMIT: [
    run(
      'nginx',
      'Each WebSocket takes two:',
      '+ worker_rlimit_nofile 65536;',
      '+ events { worker_connections 32768; }',
    ),
    run('haproxy', 'In global and the server:', '+ maxconn 50000'),
    run(
      'apache',
      'Over HTTP/1.1 each WebSocket holds a worker:',
      '+ ServerLimit 64',
      '+ MaxRequestWorkers 1600',
    ),
  ],
  TCP_PROXY_PROTOCOL: [
    run(
      'haproxy',
      'Send it only to a server that expects it:',
      '- server app 127.0.0.1:3000 send-proxy',
      '+ server app 127.0.0.1:3000',
    ),
    run(
      'nginx',
      'Expect it only from a load balancer that sends it:',
      '- listen 443 ssl proxy_protocol;',
      '+ listen 443 ssl;',
    ),
    written(
      'nlb',
      'On the target group:',
      'aws elbv2 modify-target-group-attributes --target-group-arn ARN \\',
      '  --attributes Key=proxy_protocol_v2.enabled,Value=false',
    ),
  ],
  PROXY_BUFFERING: [
    written(
      'envoy',
      'On the route of the socket:',
      '+ typed_per_filter_config:',
      '+   envoy.filters.http.buffer: { disabled: true }',
    ),
    written('traefik', 'Take the middleware Buffering off this router.'),
  ],
  TLS_CHAIN_INCOMPLETE: [
    written(
      'nginx',
      'The file with the certificate and those between:',
      '- ssl_certificate /etc/ssl/app/cert.pem;',
      '+ ssl_certificate /etc/ssl/app/fullchain.pem;',
    ),
    written(
      'haproxy',
      'One file in this order: certificate, those between, key:',
      'cat fullchain.pem privkey.pem > /etc/haproxy/app.pem',
    ),
    written(
      'apache',
      'From 2.4.8 on:',
      '- SSLCertificateFile /etc/ssl/app/cert.pem',
      '+ SSLCertificateFile /etc/ssl/app/fullchain.pem',
    ),
    run(
      'node',
      'In the options of the TLS server:',
      "- cert: readFileSync('cert.pem'),",
      "+ cert: readFileSync('fullchain.pem'),",
    ),
    written(
      'client',
      'Until then, for one client in Node:',
      'NODE_EXTRA_CA_CERTS=intermediate.pem node client.js',
    ),
  ],
  SEC_TLS_OLD: [
    written('nginx', 'In http or the server:', '+ ssl_protocols TLSv1.2 TLSv1.3;'),
    written('haproxy', 'In global:', '+ ssl-default-bind-options ssl-min-ver TLSv1.2'),
    written('apache', 'In the server:', '+ SSLProtocol -all +TLSv1.2 +TLSv1.3'),
    written('node', 'In the options of the TLS server:', "+ minVersion: 'TLSv1.2',"),
  ],
  SEC_SLOW_HANDSHAKE: [
    written('nginx', 'In http or the server (default 60 s):', '+ client_header_timeout 10s;'),
    run('haproxy', 'In defaults:', '+ timeout http-request 10s'),
    written('node', 'On the HTTP server (default 60 s):', 'server.headersTimeout = 10_000;'),
    run('handfast', 'It allows 5 s by default; look for a larger one:', '- timeouts: { headMs: 120_000 },'),
  ],
};
