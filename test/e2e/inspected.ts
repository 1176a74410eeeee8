// Knows: a server as users have it, from dist/, with the inspector in it; an nginx in front that spoils handshakes; the page in
// a browser. Must not know: what the page should show; the tests beside it do. Its parts are found by role and text.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TlsOptions } from 'node:tls';
import type { BrowserContext, Locator, Page } from 'playwright-core';
import { type Connection, connect, type Server, type ServerOptions } from '../../src/index.js';
import type { InspectOptions, Inspector } from '../../src/inspector/index.js';
import type { FromServer, HandshakeRow } from '../../src/inspector/protocol.js';
import { rowsTold } from '../inspector/watched.js';
import { type RunningProxy, startOnPorts } from '../interop/peers/proxy.js';
import { Child } from '../support/child.js';
import { need, root } from '../support/needs.js';
import { certificate } from '../support/tls.js';

export interface Inspected extends AsyncDisposable {
  readonly inspector: Inspector;
  readonly port: number;
  /** The port of a second server of the process, which speaks TLS. */
  secure(): Promise<number>;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Where the page is. */
  readonly url: string;
}

/** What its plain pages are: nothing, so that a browser has an origin to connect from. */
const PAGE = '<!doctype html><html lang="en"><title>app</title>';

/** The page is only in dist/, so all of it is taken from there, as a user's server does. */
export async function inspected(options: InspectOptions = {}): Promise<Inspected> {
  const { createServer } = await built<typeof import('../../src/index.js')>('index.js');
  const { inspect } = await built<typeof import('../../src/inspector/index.js')>('inspector/index.js');
  const inspector = inspect({ name: 'chat', ...options });
  const common: Omit<ServerOptions, 'port'> = {
    inspect: inspector,
    routes: { '/chat': chat },
    http: (_, response) => void response.writeHead(200, { 'content-type': 'text/html' }).end(PAGE),
  };
  const servers: Server[] = [];
  const start = async (tls?: TlsOptions) => {
    const server = createServer({ port: 0, ...common, ...(tls && { tls }) });
    servers.push(server);
    await server.ready;
    return server;
  };
  const server = await start();
  const origin = `http://127.0.0.1:${server.port}`;
  return {
    inspector,
    port: server.port,
    secure: async () => (await start(certificate())).port,
    origin,
    url: `${origin}${inspector.path}`,
    [Symbol.asyncDispose]: () => end(inspector, servers),
  };
}

async function end(inspector: Inspector, servers: readonly Server[]): Promise<void> {
  inspector.close();
  await Promise.all(servers.map((server) => server.close({ deadlineMs: 0 })));
}

function built<Door>(path: string): Promise<Door> {
  return import(new URL(`dist/${path}`, root).href) as Promise<Door>;
}

/** Says again what it hears. */
const chat = {
  subprotocols: ['chat.v2', 'chat.v1', 'graphql-transport-ws'],
  compression: { thresholdBytes: 64 },
  onconnection() {},
  onmessage: (connection: Connection, message: string | Uint8Array) => void connection.send(message),
};

/** Two ports: the first passes on no Upgrade, as nginx does unless it is told to; the second cuts what is idle for a second. */
export function spoilingNginx(upstream: number): Promise<RunningProxy> {
  return startOnPorts(2, (folder, [stripping, cutting]) => {
    const file = join(folder, 'nginx.conf');
    writeFileSync(file, nginxConfig(folder, upstream, stripping!, cutting!));
    return new Child(need('nginx').path, ['-p', folder, '-e', join(folder, 'error.log'), '-c', file]);
  });
}

const nginxConfig = (folder: string, upstream: number, stripping: number, cutting: number) => `
daemon off; worker_processes 1; pid ${folder}/pid; events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${stripping};
    location / { proxy_pass http://127.0.0.1:${upstream}; }
  }
  server {
    listen 127.0.0.1:${cutting};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_read_timeout 1s;
    }
  }
}`;

/**
 * Connections that nginx cuts, each of them idle, until one was cut as punctually as it is on a machine with nothing else to do: how
 * long its silence was is what the page explains. Answers its target.
 */
export async function cutPunctually({ inspector }: Inspected, url: string): Promise<string> {
  for (let tries = 0; tries < 10; tries += 1) {
    const target = `/chat?idle=${tries}`;
    const connection = await connect(`${url}${target}`, { heartbeat: false });
    await connection.closed;
    const id = await endedRow(inspector, target);
    if (inspector.feed.detail(id)?.end?.cause.code === 'IDLE_CUT') return target;
  }
  throw new Error('nginx was never punctual');
}

/** The number of the handshake with this target, once its connection has ended. */
function endedRow({ feed }: Inspector, target: string): Promise<number> {
  return new Promise((resolve) => {
    const told: FromServer[] = [];
    const leave = feed.watch((one) => {
      told.push(structuredClone(one));
      const isEnded = (row: HandshakeRow) => row.target === target && row.connection?.end !== undefined;
      const row = [...rowsTold(told).values()].find(isEnded);
      if (row === undefined) return;
      setImmediate(() => leave());
      resolve(row.id);
    });
  });
}

/** The inspector's page, live. */
export async function openInspector(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page
    .getByRole('status')
    .filter({ hasText: /^live$/ })
    .waitFor();
  return page;
}

/** The newest row of the list that has this text. */
export function rowWith(page: Page, text: string | RegExp): Locator {
  return page.getByRole('table').getByRole('row').filter({ hasText: text }).first();
}

/** Opens the row's handshake beside the list. */
export async function openRow(page: Page, row: Locator): Promise<Locator> {
  await row.getByRole('link').click();
  const detail = page.getByRole('article', { name: /^Handshake \d+$/ });
  await detail.getByRole('heading', { name: 'Request, as it arrived' }).waitFor();
  return detail;
}

/** A part of the detail by its heading. */
export function card(detail: Locator, heading: string | RegExp): Locator {
  return detail.locator('section').filter({ has: detail.page().getByRole('heading', { name: heading }) });
}

/** Opens one of the sides of a handshake: Frames, Time, End. */
export async function openSide(detail: Locator, name: string): Promise<void> {
  await detail.getByRole('link', { name, exact: true }).click();
  await detail
    .getByRole('link', { name, exact: true })
    .and(detail.page().locator('[aria-current=page]'))
    .waitFor();
}
