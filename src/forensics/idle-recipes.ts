// Knows: how a connection is kept open: pings on the server, and the timeouts of what stands before it, with their defaults.
// Must not know: which of them cut. A ping at less than half of the smallest timeout satisfies all of them.
import { type Cookbook, type Recipe, run, written } from './recipe.js';

const pings: readonly Recipe[] = [
  written('server', 'Ping every 25 s: that fits every timeout here, also those that nobody can change.'),
  run(
    'handfast',
    'It pings every 25 s by default; look for an option that switches it off:',
    '- heartbeat: false,',
  ),
  written(
    'ws',
    'On the server:',
    'setInterval(() => server.clients.forEach((client) => client.ping()), 25_000);',
  ),
  written(
    'gorilla',
    'For each connection, from one goroutine:',
    'for range time.Tick(25 * time.Second) {',
    '  if conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(5*time.Second)) != nil { return }',
    '}',
  ),
  written('websockets', 'It pings every 20 s by default; look for:', '- ping_interval=None'),
  written('aiohttp', 'Where the response is made:', 'ws = web.WebSocketResponse(heartbeat=25)'),
  written('tornado', 'In the settings of the application:', 'websocket_ping_interval=25'),
  written('uvicorn', 'On the command line (20 is the default):', '--ws-ping-interval 20'),
];

const timeouts: readonly Recipe[] = [
  run('nginx', 'In the location that serves the socket (default 60 s):', '+ proxy_read_timeout 3600s;'),
  written(
    'ingress-nginx',
    'An annotation of the Ingress (default 60 s):',
    '+ nginx.ingress.kubernetes.io/proxy-read-timeout: "3600"',
  ),
  run(
    'haproxy',
    'In defaults or the backend; without it timeout client and timeout server count:',
    '+ timeout tunnel 1h',
  ),
  run('apache', 'In the server or the virtual host (default 60 s, on Debian 300 s):', '+ Timeout 3600'),
  run('caddy', 'It has no such timeout by itself; look for one in the transport:', '- read_timeout 60s'),
  run('varnish', 'An option of varnishd (default 60 s):', '-p pipe_timeout=3600'),
  run('nghttpx', 'In its configuration (default 1 min):', '+ backend-read-timeout=1h'),
  run('squid', 'In its configuration (default 15 min):', '+ read_timeout 1 hour'),
  run('lighttpd', 'In its configuration (default 60 s):', '+ server.max-read-idle = 3600'),
  written('envoy', 'In the HTTP connection manager (default 5 min):', '+ stream_idle_timeout: 3600s'),
  written('traefik', 'It does not cut a connection that was upgraded.'),
  written(
    'alb',
    'Default 60 s, at most 4000 s; keep-alive of TCP does not count:',
    'aws elbv2 modify-load-balancer-attributes --load-balancer-arn ARN \\',
    '  --attributes Key=idle_timeout.timeout_seconds,Value=300',
  ),
  written(
    'nlb',
    'Default 350 s; for a listener of TLS it is fixed, so ping. For one of TCP:',
    'aws elbv2 modify-listener-attributes --listener-arn ARN \\',
    '  --attributes Key=tcp.idle_timeout.seconds,Value=3600',
  ),
  written('cloudflare', '100 s, which only Enterprise customers can change: ping.'),
  written('cloudfront', '10 min, not adjustable: ping.'),
  written('api-gateway', '10 min idle and 2 h in all, not adjustable: ping, and reconnect.'),
  written('heroku', '55 s, not adjustable: ping.'),
  written(
    'azure',
    'App Service: about 4 min, not adjustable, so ping. A Load Balancer: 4 min, adjustable up to 100 min:',
    'az network lb rule update --resource-group GROUP --lb-name LB --name RULE --idle-timeout 30',
  ),
  written(
    'gcp',
    'The timeout of the backend service (default 30 s) is a lifetime for a WebSocket:',
    'gcloud compute backend-services update SERVICE --timeout=86400s',
  ),
];

const idle: readonly Recipe[] = [...pings, ...timeouts];

/** By code. */
export const idleRecipes: Cookbook = {
  IDLE_CUT: idle,
  IDLE_SILENT_DROP: pings,
  IDLE_PING_RACE: pings,
  IDLE_SMALLEST_HOP: idle,
  OPS_NO_SERVER_PING: pings,
  FWD_IDLE: pings,
  LIFETIME_CUT: timeouts.filter(({ hop }) => hop === 'gcp' || hop === 'api-gateway'),
  RELOAD_CUT: [
    run(
      'nginx',
      'How long workers may finish after a reload (no limit unless set):',
      '+ worker_shutdown_timeout 1h;',
    ),
    written('ingress-nginx', 'In the ConfigMap (default 240s):', '+ worker-shutdown-timeout: "3600s"'),
    run(
      'handfast',
      'Close with 1012, spread over a time, before the process ends:',
      'await server.drain({ windowMs: 10_000 });',
    ),
  ],
};
