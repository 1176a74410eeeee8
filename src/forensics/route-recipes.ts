// Knows: how a path, a Host, a page or a limit is set so that the handshake gets to the endpoint that it is for.
// Must not know: who is asked, or how it is shown.
import { type Cookbook, type Recipe, run, written } from './recipe.js';

const prefix: readonly Recipe[] = [
  run(
    'nginx',
    'No path behind the port; with one, even a single slash, it replaces the prefix of the location:',
    '  location /api/ {',
    '-     proxy_pass http://127.0.0.1:3000/;',
    '+     proxy_pass http://127.0.0.1:3000;',
    '  }',
  ),
  run(
    'apache',
    'The same path on both sides:',
    '- ProxyPass /api/ws http://127.0.0.1:3000/ws upgrade=websocket',
    '+ ProxyPass /api/ws http://127.0.0.1:3000/api/ws upgrade=websocket',
  ),
  written(
    'caddy',
    'handle_path removes the prefix, handle keeps it:',
    '- handle_path /api/* {',
    '+ handle /api/* {',
  ),
  written('haproxy', 'Remove:', '- http-request replace-path /api(/.*) \\1'),
  written('traefik', 'Take the middleware StripPrefix off this router.'),
  written('envoy', 'In the route, remove:', '- prefix_rewrite: /'),
  written('ingress-nginx', 'Remove the annotation:', '- nginx.ingress.kubernetes.io/rewrite-target: /'),
  written('server', 'Or mount the socket at the path that arrives.'),
];

const ownLocation: readonly Recipe[] = [
  run(
    'nginx',
    'A location of its own; the longest prefix wins, wherever it stands:',
    '+ location /ws {',
    '+   proxy_pass http://127.0.0.1:3000;',
    '+   proxy_http_version 1.1;',
    '+   proxy_set_header Upgrade    $http_upgrade;',
    '+   proxy_set_header Connection $connection_upgrade;',
    '+   proxy_set_header Host       $http_host;',
    '+ }',
  ),
  run(
    'nginx',
    'And once in http { }:',
    "+ map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
  ),
  run('caddy', 'Before the files:', '+ reverse_proxy /ws* 127.0.0.1:3000'),
  written(
    'apache',
    'Before the rules that rewrite to index.html:',
    '+ ProxyPass /ws http://127.0.0.1:3000/ws upgrade=websocket',
  ),
  run('haproxy', 'In the frontend:', '+ use_backend sockets if { path_beg /ws }'),
];

const listener: readonly Recipe[] = [
  written(
    'ws',
    'On the server that listens, not on another one:',
    'const server = app.listen(3000);',
    "new WebSocketServer({ server, path: '/ws' });",
  ),
  run(
    'handfast',
    'On the server that listens:',
    'const server = app.listen(3000);',
    "createServer({ server, path: '/ws', onconnection });",
  ),
  written('express', 'app.use and app.get never see an upgrade; the server that app.listen returns does.'),
  written('fastify', 'Register @fastify/websocket before the routes:', 'await app.register(websocket);'),
  written(
    'uvicorn',
    'Without a library for WebSocket it ignores Upgrade:',
    "pip install 'uvicorn[standard]'",
  ),
  written(
    'gorilla',
    'The handler has to upgrade:',
    'http.HandleFunc("/ws", func(w http.ResponseWriter, r *http.Request) {',
    '  conn, err := upgrader.Upgrade(w, r, nil)',
  ),
];

/** By code. */
export const routeRecipes: Cookbook = {
  ROUTE_PREFIX: prefix,
  ROUTE_TRAILING_SLASH: [
    run('nginx', 'A location for exactly this path, beside the one with the slash:', '+ location = /ws {'),
    written('client', 'Or use the path with the ending that is routed.'),
  ],
  ROUTE_SPA_FALLBACK: ownLocation,
  ROUTE_PROXY_NOT_FOUND: ownLocation,
  HTTP_NO_UPGRADE_LISTENER: listener,
  ROUTE_BAD_HOST: [
    written('vite', 'In vite.config.js:', "+ server: { allowedHosts: ['app.example.com'] },"),
    written(
      'webpack-dev-server',
      'In webpack.config.js:',
      "+ devServer: { allowedHosts: ['app.example.com'] },",
    ),
    written('nginx', 'Or send the name that the server knows:', '+ proxy_set_header Host localhost;'),
  ],
  ROUTE_HEADERS_TOO_LARGE: [
    run('nginx', 'In http or the server (default 4 8k):', '+ large_client_header_buffers 4 16k;'),
    written('node', 'On the command line (default 16 KiB):', 'node --max-http-header-size=32768 server.js'),
    written('haproxy', 'In global (default 16384):', '+ tune.bufsize 32768'),
    written('apache', 'In the server (default 8190):', '+ LimitRequestFieldSize 16380'),
    written(
      'caddy',
      'In the global options (default 1 MB):',
      '+ servers {',
      '+   max_header_size 2MB',
      '+ }',
    ),
    run('handfast', 'In the options of the server (default 16,384):', '+ limits: { maxHeadBytes: 32_768 },'),
  ],
  ROUTE_RATE_LIMIT: [
    run(
      'nginx',
      'Say 429 in place of 503, and let a few through at once:',
      '+ limit_req_status 429;',
      '+ limit_req zone=one burst=20 nodelay;',
    ),
    written(
      'haproxy',
      'Exempt the socket:',
      '- http-request deny deny_status 429 if { sc_http_req_rate(0) gt 20 }',
      '+ http-request deny deny_status 429 if { sc_http_req_rate(0) gt 20 } !{ path_beg /ws }',
    ),
    written('client', 'Wait as long as Retry-After says, then try again with jitter.'),
  ],
  ROUTE_REDIRECT_TLS: [
    written(
      'client',
      'On a page:',
      "const scheme = location.protocol === 'https:' ? 'wss://' : 'ws://';",
      "new WebSocket(scheme + location.host + '/ws');",
    ),
  ],
  ROUTE_SOCKETIO: [
    written('client', 'With the package socket.io-client:', "const socket = io('https://app.example.com');"),
  ],
  ROUTE_STICKY: [
    written(
      'client',
      'Or begin with WebSocket, which needs no second request:',
      "io(url, { transports: ['websocket'] });",
    ),
    written('nginx', 'In the upstream:', '+ ip_hash;'),
    written(
      'haproxy',
      'In the backend:',
      '+ cookie node insert indirect nocache',
      '+ server a 10.0.0.1:3000 cookie a',
      '+ server b 10.0.0.2:3000 cookie b',
    ),
    written('traefik', 'On the service:', '+ sticky:', '+   cookie: {}'),
    written(
      'ingress-nginx',
      'Annotation of the Ingress:',
      '+ nginx.ingress.kubernetes.io/affinity: "cookie"',
    ),
    written(
      'alb',
      'On the target group:',
      'aws elbv2 modify-target-group-attributes --target-group-arn ARN \\',
      '  --attributes Key=stickiness.enabled,Value=true',
    ),
  ],
  PROXY_QUERY_LOST: [
    run(
      'nginx',
      'Where proxy_pass names the path with a variable:',
      '- proxy_pass http://127.0.0.1:3000$uri;',
      '+ proxy_pass http://127.0.0.1:3000$uri$is_args$args;',
    ),
  ],
  BROWSER_MIXED_CONTENT: [
    written(
      'client',
      'On the page:',
      "- new WebSocket('ws://app.example.com/ws');",
      "+ new WebSocket('wss://app.example.com/ws');",
    ),
  ],
  BROWSER_CSP: [
    written(
      'server',
      'In the answer with the page:',
      "- Content-Security-Policy: connect-src 'self'",
      "+ Content-Security-Policy: connect-src 'self' wss://app.example.com",
    ),
  ],
};
