// nginx and HAProxy between the clients and our server, configured as docs/howto tells: everything passes, and the
// client's address arrives when the proxy is trusted.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { connect } from '../../src/index.js';
import { Child } from '../support/child.js';
import { need } from '../support/needs.js';
import { checkCompressed, compressedWith } from './compressed.js';
import { type RunningProxy, startProxy } from './peers/proxy.js';
import { client as ws } from './peers/ws.js';
import { startRelay } from './relay.js';
import { checkClosed, checkRefused, checkTalk, closedBy, refusedBy, startOurs, talkTo } from './scenario.js';

// RFC 9110 §7.6.1: Connection and Upgrade are hop by hop, so nginx has to be told to say them again.
const nginxConfig = (folder: string, port: number, upstream: number) => `
daemon off; worker_processes 1; pid ${folder}/nginx.pid; error_log ${folder}/error.log;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 1h;
    }
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
  default_backend back
backend back
  server ours 127.0.0.1:${upstream}
`;

const startNginx = (upstream: number) =>
  startProxy((folder, port) => {
    writeFileSync(join(folder, 'nginx.conf'), nginxConfig(folder, port, upstream));
    return new Child(need('nginx').path, [
      '-p',
      folder,
      '-e',
      `${folder}/error.log`,
      '-c',
      `${folder}/nginx.conf`,
    ]);
  });

const startHaproxy = (upstream: number) =>
  startProxy((folder, port) => {
    writeFileSync(join(folder, 'haproxy.cfg'), haproxyConfig(port, upstream));
    return new Child(need('haproxy').path, ['-db', '-f', join(folder, 'haproxy.cfg')]);
  });

function behind(
  name: string,
  skip: string | false,
  start: (upstream: number) => Promise<RunningProxy>,
): void {
  describe(`our server behind ${name}`, { skip, timeout: 60_000 }, () => {
    const both = async () => {
      const ours = await startOurs({ trustedProxies: ['127.0.0.1'] });
      const proxy = await start(ours.port);
      return {
        ours,
        base: `ws://127.0.0.1:${proxy.port}`,
        async [Symbol.asyncDispose]() {
          await ours[Symbol.asyncDispose]();
          await proxy[Symbol.asyncDispose]();
        },
      };
    };

    test('our client: text, 1 MiB, pings both ways, the subprotocol, the close', async () => {
      await using setup = await both();
      await talkTo(setup.base, { fragments: false });
      const record = await setup.ours.records.at(-1)!;
      assert.deepEqual(record.received, { code: 4001, reason: 'done ✓' });
    });

    test('npm ws: text, 1 MiB, fragments, pings both ways, the subprotocol, the close', async () => {
      await using setup = await both();
      await checkTalk(await ws.talk(`${setup.base}/echo`), setup.ours);
    });

    test('our close code and reason pass', async () => {
      await using setup = await both();
      await closedBy(setup.base);
      await checkClosed(await ws.closed(`${setup.base}/close`), setup.ours);
    });

    test('a refusal passes with its status and its body', async () => {
      await using setup = await both();
      const error = await refusedBy(setup.base);
      assert.match(error.body, /AUTH_REQUIRED/);
      checkRefused(await ws.refused(`${setup.base}/echo`));
    });

    test('compressed: the agreement passes, and both sides of the proxy carry the octets as they are', async () => {
      await using ours = await startOurs({ compression: true });
      await using inner = await startRelay(ours.port);
      await using proxy = await start(inner.port);
      await using outer = await startRelay(proxy.port);
      const base = `ws://127.0.0.1:${outer.port}`;
      await compressedWith(base, outer, { takeover: false, keepsContext: false });
      await checkCompressed(await ws.compressed(`${base}/echo`), ours, outer, { keepsContext: false });
      // Nothing but the heads is another.
      for (const way of ['fromClient', 'fromServer'] as const) {
        const difference = Math.abs(inner[way] - outer[way]);
        assert.ok(difference < 2000, `${way}: ${inner[way]} octets inside, ${outer[way]} outside`);
      }
    });

    test("the client's address arrives, and one that the client made up does not", async () => {
      await using setup = await both();
      const options = { localAddress: '127.0.0.7', headers: { 'X-Forwarded-For': '6.6.6.6' } };
      await ws.talk(`${setup.base}/echo`, options);
      assert.equal(setup.ours.requests[0]!.address, '127.0.0.7');
    });
  });
}

behind('nginx', need('nginx').skip, startNginx);
behind('HAProxy', need('haproxy').skip, startHaproxy);

test('without trustedProxies, X-Forwarded-For says nothing', async () => {
  await using ours = await startOurs();
  const connection = await connect(`ws://127.0.0.1:${ours.port}/echo`, {
    subprotocols: ['echo.v2'],
    headers: { 'X-Forwarded-For': '6.6.6.6' },
  });
  await connection.close();
  assert.equal(ours.requests[0]!.address, '127.0.0.1');
});
