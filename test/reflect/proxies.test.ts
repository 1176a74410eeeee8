// Real proxies in front of a server that reflects: what each of them does to a handshake is named from what came back.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { REFLECT_FIELD, type Reflection, readReflection } from '../../src/forensics/reflection.js';
import { compareReflection, type ReflectionDiff } from '../../src/forensics/reflection-diff.js';
import { createServer, type Server } from '../../src/index.js';
import { reflect } from '../../src/reflect/index.js';
import { Reflector } from '../../src/reflect/reflector.js';
import { Op, readFrames, upgrade } from '../hostile/bytes.js';
import { type RunningProxy, startProxy } from '../interop/peers/proxy.js';
import { FREE } from '../server/peer.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';
import { raw } from '../support/raw.js';

const UPGRADE = 'proxy_set_header Upgrade $http_upgrade;';
const CONNECTION = 'proxy_set_header Connection "upgrade";';
const HTTP11 = 'proxy_http_version 1.1;';
const HOST = 'proxy_set_header Host $http_host;';

/** The lines of each location beside its `proxy_pass`, and the faults that they are. */
const nginx: readonly Case[] = [
  { path: '/right', lines: [HTTP11, UPGRADE, CONNECTION, HOST], codes: [], status: 101 },
  {
    path: '/bare',
    lines: [],
    codes: ['PROXY_UPGRADE_STRIPPED', 'PROXY_HTTP10_UPSTREAM', 'PROXY_HOST_REWRITTEN'],
    status: 426,
  },
  { path: '/http11', lines: [HTTP11, HOST], codes: ['PROXY_UPGRADE_STRIPPED'], status: 426 },
  { path: '/http10', lines: [UPGRADE, CONNECTION, HOST], codes: ['PROXY_HTTP10_UPSTREAM'], status: 505 },
  { path: '/only-upgrade', lines: [HTTP11, UPGRADE, HOST], codes: ['PROXY_CONNECTION_LOST'], status: 426 },
  {
    path: '/no-connection',
    lines: [HTTP11, UPGRADE, HOST, 'proxy_set_header Connection "";'],
    codes: ['PROXY_CONNECTION_LOST'],
    status: 426,
  },
  {
    path: '/only-connection',
    lines: [HTTP11, CONNECTION, HOST],
    codes: ['PROXY_UPGRADE_STRIPPED'],
    status: 426,
  },
  { path: '/host', lines: [HTTP11, UPGRADE, CONNECTION], codes: ['PROXY_HOST_REWRITTEN'], status: 101 },
  {
    path: '/host-without-port',
    lines: [HTTP11, UPGRADE, CONNECTION, 'proxy_set_header Host $host;'],
    codes: ['PROXY_HOST_REWRITTEN'],
    status: 101,
  },
  {
    path: '/no-subprotocol',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'proxy_set_header Sec-WebSocket-Protocol "";'],
    codes: ['PROXY_HEADER_DROPPED'],
    status: 101,
  },
  {
    path: '/no-key',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'proxy_set_header Sec-WebSocket-Key "";'],
    codes: ['PROXY_HEADER_DROPPED'],
    status: 400,
  },
  {
    path: '/no-origin',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'proxy_set_header Origin "";'],
    codes: ['PROXY_HEADER_DROPPED'],
    status: 101,
  },
  {
    path: '/no-cookie',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'proxy_set_header Cookie "";'],
    codes: ['PROXY_HEADER_DROPPED'],
    status: 101,
  },
  {
    path: '/prefix/ws',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'rewrite ^/prefix(.*)$ $1 break;'],
    codes: ['ROUTE_PREFIX'],
    status: 101,
  },
  {
    path: '/no-query',
    lines: [HTTP11, UPGRADE, CONNECTION, HOST, 'set $args "";'],
    codes: ['PROXY_QUERY_LOST'],
    status: 101,
  },
];

const haproxy: readonly Case[] = [
  { path: '/right', lines: [], codes: ['PROXY_HEADER_CASE'], status: 101 },
  {
    path: '/stripped',
    lines: ['http-request del-header Upgrade'],
    codes: ['PROXY_UPGRADE_STRIPPED', 'PROXY_HEADER_CASE'],
    status: 426,
  },
  {
    path: '/closed',
    lines: ['http-request set-header Connection close'],
    codes: ['PROXY_CONNECTION_LOST', 'PROXY_HEADER_CASE'],
    status: 426,
  },
  {
    path: '/rewritten',
    lines: ['http-request set-header Sec-WebSocket-Protocol chat.v3'],
    codes: ['FWD_REWRITES_HANDSHAKE', 'PROXY_HEADER_CASE'],
    status: 101,
  },
  {
    path: '/own-key',
    lines: ['http-request del-header Sec-WebSocket-Key'],
    codes: ['PROXY_HEADER_CASE'],
    status: 101,
  },
  { path: '/h2', lines: ['use_backend h2'], codes: [], status: 101 },
];

interface Case {
  readonly path: string;
  readonly lines: readonly string[];
  readonly codes: readonly string[];
  readonly status: number;
}

const nginxConfig = (folder: string, port: number, upstream: number) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    listen 127.0.0.1:${port};
    ${nginx.map(({ path, lines }) => `location = ${path} { ${lines.join(' ')} proxy_pass http://127.0.0.1:${upstream}; }`).join('\n    ')}
  }
}
`;

const haproxyConfig = (port: number, upstream: number) => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
  timeout tunnel 1h
frontend front
  bind 127.0.0.1:${port}
  option forwardfor
  ${haproxy.flatMap(({ path, lines }) => lines.map((line) => `${line} if { path ${path} }`)).join('\n  ')}
  default_backend h1
backend h1
  server ours 127.0.0.1:${upstream}
backend h2
  server ours 127.0.0.1:${upstream} proto h2
`;

function startNginx(upstream: number): Promise<RunningProxy> {
  return startProxy((folder, port) => {
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, nginxConfig(folder, port, upstream));
    return new Child(need('nginx').path, ['-p', folder, '-e', `${folder}/error.log`, '-c', config]);
  });
}

function startHaproxy(upstream: number): Promise<RunningProxy> {
  return startProxy((folder, port) => {
    const config = join(folder, 'haproxy.cfg');
    writeFileSync(config, haproxyConfig(port, upstream));
    return new Child(need('haproxy').path, ['-db', '-f', config]);
  });
}

interface Reflected {
  readonly status: number;
  readonly reflection: Reflection;
  readonly diff: ReflectionDiff;
}

/** Sends a handshake through a proxy and compares it with what came back. */
async function through(
  port: number,
  path: string,
  fields: Readonly<Record<string, string>> = {},
): Promise<Reflected> {
  const sent = upgrade(
    {
      Host: `app.example.com:${port}`,
      'Sec-WebSocket-Protocol': 'chat.v2, chat.v1',
      Origin: 'https://app.example.com',
      Cookie: 'sid=s3cr3t',
      ...fields,
    },
    `GET ${path}?ticket=s3cr3t HTTP/1.1`,
  );
  const { status, text } = await exchange(port, sent);
  assert.doesNotMatch(text, /s3cr3t/);
  const reflection = readReflection(text);
  assert.ok(reflection, text);
  return { status, reflection, diff: compareReflection(sent, reflection) };
}

/** The first message behind a 101, or the body of another answer. */
async function exchange(port: number, sent: string): Promise<{ status: number; text: string }> {
  using connection = await raw(port);
  const head = (await connection.send(sent).until('\r\n\r\n')).toString('latin1').split('\r\n\r\n')[0]!;
  const status = Number(head.slice(9, 12));
  const start = head.length + 4;
  if (status === 101) {
    const [message] = readFrames((await connection.until('}')).subarray(start));
    assert.equal(message!.opcode, Op.text);
    return { status, text: String(message!.payload) };
  }
  const length = Number(/^content-length: (\d+)$/im.exec(head)![1]);
  const received = await connection.until(start + length);
  return { status, text: received.toString('latin1', start, start + length) };
}

interface Setup extends AsyncDisposable {
  readonly port: number;
}

/** As `handfast reflect` listens, and a proxy in front of it. */
async function behind(start: (upstream: number) => Promise<RunningProxy>, server?: Server): Promise<Setup> {
  const mirror = new Reflector(undefined, {});
  const ours = await (server ?? createServer({ port: 0, http2: true, reflect: mirror, limits: FREE })).ready;
  const proxy = await start(ours.port);
  return {
    port: proxy.port,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await ours.close();
    },
  };
}

const codesOf = ({ diff }: Reflected) => diff.findings.map(({ code }) => code);
const lineOf = ({ diff }: Reflected, start: string) => diff.lines.find(({ sent }) => sent.startsWith(start))!;

describe('through nginx', { skip: need('nginx').skip, timeout: 60_000 }, () => {
  test('each location is told by what it does', async () => {
    await using setup = await behind(startNginx);
    for (const { path, codes, status } of nginx) {
      const reflected = await through(setup.port, path);
      assert.deepEqual([path, reflected.status, codesOf(reflected)], [path, status, codes]);
    }
  });

  test('the token reaches a server behind it, whatever its path, and stays there', async () => {
    const token = 'correct-horse-battery';
    const server = createServer({ port: 0, path: '/ws', reflect: reflect({ token }), limits: FREE });
    await using setup = await behind(startNginx, server);
    const reflected = await through(setup.port, '/only-upgrade', { [REFLECT_FIELD]: token });
    assert.deepEqual([reflected.status, codesOf(reflected)], [426, ['PROXY_CONNECTION_LOST']]);
    assert.doesNotMatch(JSON.stringify(reflected), /correct-horse/);
    const { text } = await exchange(setup.port, upgrade({}, 'GET /right HTTP/1.1'));
    assert.equal(readReflection(text), undefined);
    assert.equal(JSON.parse(text).code, 'ROUTE_NOT_FOUND');
  });
});

describe('through HAProxy', { skip: need('haproxy').skip, timeout: 60_000 }, () => {
  test('each rule is told by what it does', async () => {
    await using setup = await behind(startHaproxy);
    for (const { path, codes, status } of haproxy) {
      const reflected = await through(setup.port, path);
      assert.deepEqual([path, reflected.status, codesOf(reflected)], [path, status, codes]);
    }
  });

  test('a key of its own is a change, a field that it adds an addition, and it is recognised', async () => {
    await using setup = await behind(startHaproxy);
    const own = await through(setup.port, '/own-key');
    assert.equal(lineOf(own, 'Sec-WebSocket-Key').mark, '~');
    assert.deepEqual(own.diff.lines.at(-1), { mark: '+', sent: '', seen: 'x-forwarded-for: 127.0.0.1' });
    assert.equal((await through(setup.port, '/right')).diff.hop?.name, 'haproxy');
  });

  test('over HTTP/2 to the backend the handshake is another one, and nothing of it lost', async () => {
    await using setup = await behind(startHaproxy);
    const { reflection, diff } = await through(setup.port, '/h2');
    assert.deepEqual(
      [reflection.carrier, reflection.method, reflection.protocol],
      ['h2', 'CONNECT', 'websocket'],
    );
    assert.equal(diff.lines.find(({ sent }) => sent === 'Upgrade: websocket')!.seen, ':protocol: websocket');
  });
});
