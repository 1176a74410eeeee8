// Knows: the endpoints that the outputs of `doctor` in the documentation come from, by the name in their mark.
// Must not know: what doctor says about them.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { main } from '../cli/run.js';
import type { Host } from '../doctor/deployments/servers/row.js';
import { handfast, socketIo, wsAlone } from '../doctor/deployments/servers/stacks.js';
import { type RunningProxy, startProxy } from '../interop/peers/proxy.js';
import { Child, freePort } from '../support/child.js';
import { type Name, need } from '../support/needs.js';

export interface Running {
  /** Ports of this run, in the order of `PORTS`. */
  readonly ports: readonly number[];
  /** What it has printed so far, where it is a command of ours. */
  readonly said?: readonly string[];
  stop(): Promise<unknown>;
}

export interface Endpoint {
  readonly needs?: Name;
  start(): Promise<Running>;
}

/** What the pages write: the endpoint, and the server behind its proxy. As wide as the ports that a test gets. */
export const PORTS: readonly number[] = [48080, 43000];

export const endpoints: Readonly<Record<string, Endpoint>> = {
  handfast: { start: () => alone(handfast()) },
  ws: { start: () => alone(wsAlone()) },
  'socket.io': { start: () => alone(socketIo('/socket.io/')) },
  'nginx, bare': { needs: 'nginx', start: () => behindNginx(wsAlone(), '') },
  'nginx, reflect': { needs: 'nginx', start: () => behindNginx(reflecting(), '') },
  'nginx, 3 s': {
    needs: 'nginx',
    start: () =>
      behindNginx(
        wsAlone(),
        `proxy_http_version 1.1; proxy_set_header Host $http_host; proxy_read_timeout 3s;
         proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection $connection_upgrade;`,
      ),
  },
};

async function alone(starting: Promise<Host>): Promise<Running> {
  const host = await starting;
  return { ports: [portOf(host)], stop: async () => host.stop() };
}

interface Reflecting extends Host {
  readonly said: readonly string[];
}

async function reflecting(): Promise<Reflecting> {
  const port = await freePort();
  const env = { COLUMNS: '100', LC_ALL: 'C.UTF-8', NODE_TEST_CONTEXT: '' };
  const child = new Child(process.execPath, [main, 'reflect', `:${port}`], { env });
  await child.line(/^listening on /);
  return { url: `ws://127.0.0.1:${port}/`, said: child.stdout, stop: () => child.stop() };
}

async function behindNginx(starting: Promise<Host | Reflecting>, lines: string): Promise<Running> {
  const backend = await starting;
  const proxy = await nginx(portOf(backend), lines).catch(async (error: unknown) => {
    await backend.stop();
    throw error;
  });
  return {
    ports: [proxy.port, portOf(backend)],
    ...('said' in backend && { said: backend.said }),
    stop: () => Promise.all([proxy[Symbol.asyncDispose](), backend.stop()]),
  };
}

const portOf = ({ url }: Host) => Number(new URL(url).port);

function nginx(upstream: number, lines: string): Promise<RunningProxy> {
  return startProxy((folder, port) => {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
      .map((name) => `${name}_temp_path ${folder}/${name};`)
      .join(' ');
    const config = `daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 64; }
http {
  access_log off; ${temporary}
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server { listen 127.0.0.1:${port}; location /ws { proxy_pass http://127.0.0.1:${upstream}; ${lines} } }
}`;
    writeFileSync(join(folder, 'nginx.conf'), config);
    const files = ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf')];
    return new Child(need('nginx').path, ['-p', folder, ...files]);
  });
}
