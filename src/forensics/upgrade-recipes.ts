// Knows: how each proxy is told to let an upgrade through with all that belongs to it: Upgrade, Connection, HTTP/1.1, Host and the
// Sec-WebSocket fields. RFC 9110 §7.6.1. What `proxy-configs.ts` has in whole is here as the lines that are missing.
// Must not know: who is asked, or how it is shown.
import { type Cookbook, type Recipe, run, written } from './recipe.js';

const upgrade: readonly Recipe[] = [
  run(
    'nginx',
    'In the location that serves the socket:',
    '+ proxy_http_version 1.1;',
    '+ proxy_set_header Upgrade    $http_upgrade;',
    '+ proxy_set_header Connection $connection_upgrade;',
    '+ proxy_set_header Host       $http_host;',
  ),
  run(
    'nginx',
    'And once in http { }:',
    "+ map $http_upgrade $connection_upgrade { default upgrade; '' close; }",
  ),
  run(
    'nginx',
    'One proxy_set_header in a location cancels all that are inherited: keep these lines together.',
  ),
  written(
    'ingress-nginx',
    'It passes Upgrade on by itself: look for a snippet that sets Connection, and for another proxy in front.',
  ),
  run(
    'haproxy',
    'Nothing switches it on; remove what takes it away:',
    '- http-request del-header Upgrade',
    '- http-request set-header Connection close',
  ),
  run(
    'apache',
    'From 2.4.47 on, before a broader ProxyPass:',
    '- ProxyPass /ws http://127.0.0.1:3000/ws',
    '+ ProxyPass /ws http://127.0.0.1:3000/ws upgrade=websocket',
    '+ ProxyPreserveHost On',
  ),
  written(
    'apache',
    'Before 2.4.47, with mod_proxy_wstunnel:',
    '+ ProxyPass /ws ws://127.0.0.1:3000/ws',
    '+ ProxyPreserveHost On',
  ),
  run(
    'caddy',
    'reverse_proxy passes it on by itself; remove what takes it away:',
    '- header_up -Upgrade',
    '- header_up Connection close',
  ),
  written('traefik', 'It passes Upgrade on by itself: look for a middleware that buffers or sets headers.'),
  written(
    'envoy',
    'In the HTTP connection manager or the route, and without a buffer filter on it:',
    '+ upgrade_configs:',
    '+ - upgrade_type: websocket',
  ),
  run(
    'varnish',
    'Only a pipe carries an upgrade:',
    '+ sub vcl_recv {',
    '+   if (req.http.Upgrade ~ "(?i)websocket") { return (pipe); }',
    '+ }',
    '+ sub vcl_pipe {',
    '+   if (req.http.Upgrade) {',
    '+     set bereq.http.Upgrade = req.http.Upgrade;',
    '+     set bereq.http.Connection = req.http.Connection;',
    '+   }',
    '+ }',
  ),
  run('lighttpd', 'For the host or path of the socket:', '+ proxy.header = ( "upgrade" => "enable" )'),
  run('nghttpx', 'It passes Upgrade on by itself: look for another proxy in front.'),
  run(
    'squid',
    'Clients should use CONNECT (wss:// does); for a plain GET:',
    '+ http_upgrade_request_protocols websocket allow all',
  ),
  written(
    'alb',
    'It passes Upgrade on where the target group has protocol version HTTP1:',
    'aws elbv2 create-target-group --protocol HTTP --protocol-version HTTP1 --port 3000 --name sockets',
  ),
  written(
    'cloudfront',
    'Cache policy CachingDisabled, origin request policy AllViewer: the Sec-WebSocket fields have to pass.',
  ),
  written('cloudflare', 'In the dashboard, Network: WebSockets on. Only the ports of Cloudflare are served.'),
  written('gcp', 'Nothing switches it on; the backend service has to speak HTTP/1.1 to its targets.'),
  written(
    'azure',
    'App Service on Windows has a switch, Configuration > General settings > Web sockets:',
    'az webapp config set --name APP --resource-group GROUP --web-sockets-enabled true',
  ),
  written('iis', 'Install the feature WebSocket Protocol:', 'Install-WindowsFeature -Name Web-WebSockets'),
  written(
    'vite',
    'The proxy of the development server:',
    "+ '/ws': { target: 'http://127.0.0.1:3000', ws: true },",
  ),
];

const only = (...hops: string[]) => upgrade.filter(({ hop }) => hops.includes(hop));

const host: readonly Recipe[] = [
  run('nginx', 'In the location that serves the socket:', '+ proxy_set_header Host $http_host;'),
  run('apache', 'In the virtual host:', '+ ProxyPreserveHost On'),
  run('caddy', 'It keeps Host by itself; remove:', '- header_up Host {upstream_hostport}'),
  written('haproxy', 'It keeps Host by itself; remove:', '- http-request set-header Host app.internal'),
  run('nghttpx', 'It keeps Host by itself; remove:', '- host-rewrite=yes'),
  written(
    'envoy',
    'In the route, remove:',
    '- auto_host_rewrite: true',
    '- host_rewrite_literal: app.internal',
  ),
  run(
    'handfast',
    'Or name the pages that may connect, and do not compare with Host:',
    "+ origins: ['https://app.example.com'],",
  ),
  written(
    'gorilla',
    'Or compare with a list, and not with Host:',
    'upgrader.CheckOrigin = func(r *http.Request) bool { return allowed[r.Header.Get("Origin")] }',
  ),
];

/** By code. */
export const upgradeRecipes: Cookbook = {
  PROXY_UPGRADE_STRIPPED: upgrade,
  PROXY_CONNECTION_LOST: upgrade,
  PROXY_SECOND_HOP: upgrade,
  PROXY_WS_DISABLED: only('envoy', 'cloudflare', 'azure', 'iis', 'cloudfront', 'alb'),
  PROXY_LB_LISTENER: [
    ...only('alb'),
    written('elb', 'A Classic ELB upgrades nothing over HTTP: use a listener of TCP or SSL.'),
    written('nlb', 'Use a listener of TCP or TLS.'),
  ],
  PROXY_HTTP10_UPSTREAM: [
    run('nginx', 'In the location that serves the socket:', '+ proxy_http_version 1.1;'),
  ],
  PROXY_HOST_REWRITTEN: host,
  ORIGIN_HOST_MISMATCH: host,
  PROXY_HEADER_DROPPED: [
    run(
      'nginx',
      'Remove what filters the fields, either way:',
      '- proxy_set_header Sec-WebSocket-Protocol "";',
      '- proxy_set_header Sec-WebSocket-Extensions "";',
      '- proxy_hide_header Sec-WebSocket-Protocol;',
      '- proxy_hide_header Sec-WebSocket-Extensions;',
    ),
    written(
      'haproxy',
      'Remove what filters the fields, either way:',
      '- http-request del-header Sec-WebSocket-Protocol',
      '- http-response del-header Sec-WebSocket-Extensions',
    ),
  ],
  EXT_STRIPPED_ONE_WAY: [
    run('nginx', 'Remove what filters the answer:', '- proxy_hide_header Sec-WebSocket-Extensions;'),
    written(
      'haproxy',
      'Remove what filters the answer:',
      '- http-response del-header Sec-WebSocket-Extensions',
    ),
    written('ws', 'Or agree on no compression:', '+ perMessageDeflate: false,'),
    run('handfast', 'Or agree on no compression:', '+ compression: false,'),
  ],
  PROXY_CACHED: only('varnish'),
  H2_CONNECT_REJECTED: [
    run(
      'haproxy',
      'In global, let browsers use HTTP/1.1 for WebSocket:',
      '+ h2-workaround-bogus-websocket-clients',
    ),
    run(
      'apache',
      'Serve WebSocket over HTTP/2 in whole:',
      '+ H2WebSockets on',
      '+ ProxyPass /ws http://127.0.0.1:3000/ws upgrade=websocket',
    ),
    run(
      'lighttpd',
      'It announces WebSocket over HTTP/2 always; pass it on:',
      '+ proxy.header = ( "upgrade" => "enable" )',
    ),
  ],
};
