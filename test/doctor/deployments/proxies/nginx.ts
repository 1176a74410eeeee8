// One nginx with a server block for each deployment, each on a port of its own.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../../support/child.js';
import { need } from '../../../support/needs.js';
import { certificate } from '../../../support/tls.js';
import { nginxFields } from './nginx-fields.js';
import type { NginxRow } from './nginx-lines.js';
import { nginxRoutes } from './nginx-routes.js';
import { nginxUpgrade } from './nginx-upgrade.js';
import { nginxUpstream } from './nginx-upstream.js';
import { type Part, type ProxySetup, proxied } from './row.js';

const block = ({ row, port, lines }: Part<NginxRow>) => `
  ${row.http ?? ''}
  server {
    listen 127.0.0.1:${port} ${row.listen ?? ''};
    server_name ${port};
    ${lines}
  }`;

const config = (folder: string, parts: ReadonlyArray<Part<NginxRow>>) =>
  `
daemon off; worker_processes 1; pid FOLDER/pid; error_log FOLDER/error.log;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
  uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  ${parts.map(block).join('')}
}
`.replaceAll('FOLDER', folder);

export const nginx: ProxySetup = proxied(
  'nginx',
  'nginx',
  [...nginxUpgrade, ...nginxRoutes, ...nginxUpstream, ...nginxFields],
  (folder, parts) => {
    const { key, cert } = certificate();
    for (const [name, content] of Object.entries({
      'nginx.conf': config(folder, parts),
      'key.pem': key,
      'cert.pem': cert,
      'index.html': '<!doctype html>\n<title>App</title>\n',
      passwords: 'ada:{PLAIN}secret\n',
    })) {
      writeFileSync(join(folder, name), content);
    }
    return new Child(need('nginx').path, [
      ...['-p', folder, '-e', join(folder, 'error.log')],
      ...['-c', join(folder, 'nginx.conf')],
    ]);
  },
);
