// Knows: how each proxy of Debian is set up with one site, and the certificate that all of them show.
// Must not know: any scene.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningProxy, startProxy } from '../../interop/peers/proxy.js';
import { Child } from '../../support/child.js';
import { need } from '../../support/needs.js';
import { Authority } from '../../transport/authority.js';

interface Identity {
  readonly ca: string;
  readonly key: string;
  readonly cert: string;
}

let made: Identity | undefined;

/** One authority and one certificate for each process, for whatever is below `example.com`. */
export function identity(): Identity {
  made ??= issued();
  return made;
}

function issued(): Identity {
  using authority = new Authority('Example CA');
  return { ca: authority.cert, ...authority.issue('example.com', 'DNS:*.example.com', { untilDay: 25 }) };
}

/** `configure` is given the folder and the port, and says what stands in the file of that name. */
function start(
  file: string,
  configure: (folder: string, port: number) => string,
  run: (file: string, folder: string) => Child,
): Promise<RunningProxy> {
  return startProxy((folder, port) => {
    const { key, cert } = identity();
    const files = {
      'key.pem': key,
      'cert.pem': cert,
      'both.pem': cert + key,
      [file]: configure(folder, port),
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    return run(join(folder, file), folder);
  });
}

/** nginx with one server, which has these lines. */
export function nginx(lines: string, { tls = true } = {}): Promise<RunningProxy> {
  const configure = (folder: string, port: number) => `
daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 256; }
http {
  access_log off; client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port} ${tls ? 'ssl' : ''};
    ${tls ? `ssl_certificate ${folder}/cert.pem; ssl_certificate_key ${folder}/key.pem;` : ''}
    ${lines}
  }
}`;
  return start('nginx.conf', configure, (file, folder) => {
    return new Child(need('nginx').path, ['-p', folder, '-e', join(folder, 'error.log'), '-c', file]);
  });
}

/** All that nginx needs to pass a WebSocket on to `to`. */
export const passing = (to: string): string => `
  proxy_pass http://${to}; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade;
  proxy_set_header Connection $connection_upgrade; proxy_set_header Host $http_host;`;

export interface HaproxyOptions {
  readonly bind?: string;
  /** `timeout client` and `timeout server`. */
  readonly timeout?: string;
  /** Is given the program: its log is its stdout. */
  readonly started?: (child: Child) => void;
}

/** HAProxy with one frontend and one server behind it. */
export function haproxy(to: string, options: HaproxyOptions = {}): Promise<RunningProxy> {
  const { bind = 'ssl crt both.pem', timeout = '30s', started } = options;
  const configure = (_folder: string, port: number) => `
global
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout connect 1s
  timeout client ${timeout}
  timeout server ${timeout}
frontend web
  bind 127.0.0.1:${port} ${bind}
  default_backend app
backend app
  server one ${to}
`;
  return start('haproxy.cfg', configure, (file, folder) => {
    const child = new Child(need('haproxy').path, ['-db', '-f', file], { cwd: folder });
    started?.(child);
    return child;
  });
}

const MODULES = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'socache_shmcb', 'ssl'];

/** Apache with one site, which has these lines. */
export function apache(lines: string): Promise<RunningProxy> {
  const configure = (folder: string, port: number) => `
${MODULES.map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`).join('\n')}
User www-data
Group www-data
ServerName localhost
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
SSLEngine on
SSLCertificateFile ${folder}/cert.pem
SSLCertificateKeyFile ${folder}/key.pem
${lines}
`;
  return start('apache.conf', configure, (file, folder) => {
    return new Child(need('apache').path, ['-d', folder, '-f', file, '-DFOREGROUND']);
  });
}
