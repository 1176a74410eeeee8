// Knows: how each proxy is configured so that WebSockets pass: the one source of `handfast proxy-config`, of the pages of
// docs/howto and of the interop tests, which run these texts as they are. Must not know: who prints them.
// RFC 9110 §7.6.1: Connection and Upgrade belong to one hop.

export interface Endpoint {
  /** Empty: every address (to listen on). IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
}

export interface ProxyConfigOptions {
  /** Of letters, digits and `. _ ~ - /`, from the first slash on. All paths that begin with it are passed on. */
  readonly path: string;
  readonly backend: Endpoint;
  readonly listen: Endpoint;
}

type Writer = (options: ProxyConfigOptions) => string;

/** `host:port` as configurations and URLs write it. */
function authority({ host, port }: Endpoint): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

const nginx: Writer = ({ path, backend, listen }) => `\
# /etc/nginx/conf.d/websocket.conf, or elsewhere in http { }. The tests run this with nginx 1.22.
# nginx drops Upgrade and Connection unless it is told to say them again. One proxy_set_header in a
# location cancels all that are inherited: keep the lines together. proxy_read_timeout (60 s) cuts
# connections that are silent.
map $http_upgrade $connection_upgrade { default upgrade; '' close; }

server {
  listen ${listen.host === '' ? listen.port : authority(listen)};

  location ${path} {
    proxy_pass http://${authority(backend)};
    proxy_http_version 1.1;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection $connection_upgrade;
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_read_timeout 1h;
  }
}
`;

const haproxy: Writer = ({ path, backend, listen }) => `\
# /etc/haproxy/haproxy.cfg. The tests run this with HAProxy 2.6.
# HAProxy passes Upgrade, Connection and Host on by itself. timeout tunnel is for upgraded connections
# that are silent; without it the smaller of timeout client and timeout server cuts them.
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h

frontend front
  bind ${authority(listen)}
  option forwardfor
  http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
  ${path === '/' ? 'default_backend sockets' : `use_backend sockets if { path_beg ${path} }`}

backend sockets
  server app ${authority(backend)}
`;

const caddy: Writer = ({ path, backend, listen }) => `\
# /etc/caddy/Caddyfile. The tests run this with Caddy 2.6.
# Caddy passes Upgrade, Connection and Host on by itself, and says X-Forwarded-For and -Proto.
# With a name such as example.com in place of http://:${listen.port} it gets a certificate and serves wss.
http://:${listen.port} {${listen.host && `\n\tbind ${listen.host}`}
	reverse_proxy ${path === '/' ? '' : `${path}* `}${authority(backend)}
}
`;

const apache: Writer = ({ path, backend, listen }) => `\
# /etc/apache2/sites-available/websocket.conf; a2enmod proxy_http headers; a2ensite websocket.
# ports.conf has to say: Listen ${listen.host ? authority(listen) : listen.port}
# The tests run this with Apache 2.4.71; upgrade= needs 2.4.47 or later. The line for the path goes
# before a ProxyPass / of the same host. Timeout (60 s, on Debian 300 s) cuts silent connections.
<VirtualHost ${authority({ ...listen, host: listen.host || '*' })}>
  ProxyPreserveHost On
  RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}
  ProxyPass ${path} http://${authority(backend)}${path} upgrade=websocket
</VirtualHost>
`;

const varnish: Writer = ({ path, backend, listen }) => `\
# varnishd -a ${authority(listen)} -f /etc/varnish/default.vcl -p pipe_timeout=3600
# The tests run this with Varnish 7.1. Only a pipe carries an upgrade, and a pipe drops Upgrade and
# Connection unless they are copied. pipe_timeout (60 s) cuts silent connections.
vcl 4.1;

backend app {
  .host = "${backend.host}";
  .port = "${backend.port}";
}

sub vcl_recv {
  if (req.url ~ "^${path.replaceAll('.', '\\.')}" && req.http.Upgrade ~ "(?i)websocket") {
    return (pipe);
  }
}

sub vcl_pipe {
  if (req.http.Upgrade) {
    set bereq.http.Upgrade = req.http.Upgrade;
    set bereq.http.Connection = req.http.Connection;
  }
}
`;

const envoy: Writer = ({ path, backend, listen }) => `\
# envoy -c envoy.yaml. From Envoy's documentation: no test runs this, as Debian has no package of it.
# Without upgrade_configs Envoy answers an upgrade with 403. stream_idle_timeout (5 min) cuts silent
# streams, and the timeout of a route is 15 s.
static_resources:
  listeners:
  - name: front
    address:
      socket_address: { address: "${listen.host || '0.0.0.0'}", port_value: ${listen.port} }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: front
          use_remote_address: true
          stream_idle_timeout: 3600s
          upgrade_configs:
          - upgrade_type: websocket
          route_config:
            virtual_hosts:
            - name: sockets
              domains: ["*"]
              routes:
              - match: { prefix: "${path}" }
                route: { cluster: app, timeout: 0s }
          http_filters:
          - name: envoy.filters.http.router
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
  clusters:
  - name: app
    type: STRICT_DNS
    connect_timeout: 5s
    load_assignment:
      cluster_name: app
      endpoints:
      - lb_endpoints:
        - endpoint:
            address:
              socket_address: { address: "${backend.host}", port_value: ${backend.port} }
`;

const writers = { nginx, haproxy, caddy, apache, varnish, envoy } as const;

export type ProxyName = keyof typeof writers;
export const PROXY_NAMES = Object.keys(writers) as readonly ProxyName[];

/** A whole configuration in which this program passes WebSockets of one path to one backend. Ends with a line feed. */
export function proxyConfig(name: ProxyName, options: ProxyConfigOptions): string {
  return writers[name](options);
}
