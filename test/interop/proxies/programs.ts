// Knows: how each proxy is started as `handfast proxy-config` configures it; the two that it has no configuration for are
// configured here. Must not know: what passes through them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ProxyName, proxyConfig } from '../../../src/forensics/proxy-configs.js';
import { Child } from '../../support/child.js';
import { type Name, need } from '../../support/needs.js';
import { type RunningProxy, startProxy } from '../peers/proxy.js';
import { startTunnel } from './tunnel.js';

export interface Program {
  readonly name: string;
  readonly needs: Name;
  /** Only what stands in front of a server can tell it who the client is. */
  readonly tellsAddress: boolean;
  start(upstream: number): Promise<RunningProxy>;
  /** With a configuration that passes on what begins with this path alone. */
  startAt?(path: string, upstream: number): Promise<RunningProxy>;
}

/** What the file around the printed configuration has to say on any machine, and the command for it. */
interface Wrapping {
  wrap(config: string, folder: string, port: number): string;
  command(file: string, folder: string, port: number): readonly string[];
}

// Temporary files go to the folder of the test; all else is the default.
const inNginx: Wrapping = {
  wrap: (config, folder) => `
daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  ${config}
}`,
  command: (file, folder) => ['-p', folder, '-e', join(folder, 'error.log'), '-c', file],
};

const inHaproxy: Wrapping = { wrap: (config) => config, command: (file) => ['-db', '-f', file] };

const inCaddy: Wrapping = {
  wrap: (config) => `{\n\tadmin off\n}\n${config}`,
  command: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
};

// What Debian's apache2.conf and ports.conf say.
const inApache: Wrapping = {
  wrap: (config, folder, port) => `
${['mpm_event', 'authz_core', 'headers', 'proxy', 'proxy_http']
  .map((name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`)
  .join('\n')}
User www-data
Group www-data
ServerName localhost
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
Listen 127.0.0.1:${port}
${config}`,
  command: (file, folder) => ['-d', folder, '-f', file, '-DFOREGROUND'],
};

const inVarnish: Wrapping = {
  wrap: (config) => config,
  command: (file, folder, port) => [
    ...['-F', '-j', 'none', '-n', join(folder, 'work'), '-s', 'malloc,16m', '-l', '1m'],
    ...['-a', `127.0.0.1:${port}`, '-f', file, '-p', 'pipe_timeout=3600'],
  ],
};

function configured(name: string, needs: Name & ProxyName, { wrap, command }: Wrapping): Program {
  const startAt = (path: string, upstream: number) =>
    startProxy((folder, port) => {
      const file = join(folder, 'config');
      const listen = { host: '127.0.0.1', port };
      const config = proxyConfig(needs, { path, listen, backend: { host: '127.0.0.1', port: upstream } });
      writeFileSync(file, wrap(config, folder, port));
      return new Child(need(needs).path, command(file, folder, port), { cwd: folder, env: { HOME: folder } });
    });
  return { name, needs, tellsAddress: true, startAt, start: (upstream) => startAt('/', upstream) };
}

const nghttpx: Program = {
  name: 'nghttpx',
  needs: 'nghttpx',
  tellsAddress: true,
  start: (upstream) =>
    startProxy((folder, port) => {
      writeFileSync(
        join(folder, 'nghttpx.conf'),
        `
frontend=127.0.0.1,${port};no-tls
backend=127.0.0.1,${upstream}
add-x-forwarded-for=yes
single-process=yes
workers=1
`,
      );
      return new Child(need('nghttpx').path, ['--conf=nghttpx.conf'], { cwd: folder });
    }),
};

/** A forward proxy that makes tunnels to one port of this machine. */
export function startSquid(upstream: number): Promise<RunningProxy> {
  return startProxy((folder, port) => {
    writeFileSync(
      join(folder, 'squid.conf'),
      `
http_port 127.0.0.1:${port}
acl ours port ${upstream}
acl tunnels method CONNECT
http_access allow tunnels ours
http_access deny all
${SQUID}
`,
    );
    return new Child(need('squid').path, ['-N', '-f', 'squid.conf'], { cwd: folder });
  });
}

/** What connects to `port` is given a tunnel. */
const squid: Program = {
  name: 'Squid, by CONNECT',
  needs: 'squid',
  tellsAddress: false,
  async start(upstream) {
    const proxy = await startSquid(upstream);
    const tunnel = await startTunnel(proxy.port, `127.0.0.1:${upstream}`);
    return {
      port: tunnel.port,
      ports: [tunnel.port],
      async [Symbol.asyncDispose]() {
        await tunnel[Symbol.asyncDispose]();
        await proxy[Symbol.asyncDispose]();
      },
    };
  },
};

/** Nothing is cached, logged, looked up or asked of anybody, and it ends when it is told to. */
export const SQUID = `
visible_hostname localhost
dns_nameservers 127.0.0.1
cache deny all
access_log none
cache_log /dev/null
pid_filename none
pinger_enable off
netdb_filename none
max_filedescriptors 1024
shutdown_lifetime 0 seconds
`;

export const programs: readonly Program[] = [
  configured('nginx', 'nginx', inNginx),
  configured('HAProxy', 'haproxy', inHaproxy),
  configured('Caddy', 'caddy', inCaddy),
  configured('Apache', 'apache', inApache),
  configured('Varnish', 'varnish', inVarnish),
  nghttpx,
  squid,
];
