// What explain is given: what real programs left behind of a handshake or a connection that failed.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { bound } from '../../doctor/deployments/servers/listen.js';
import * as stacks from '../../doctor/deployments/servers/stacks.js';
import { entry, har } from '../../explain/archives.js';
import type { Child } from '../../support/child.js';
import { raw } from '../../support/raw.js';
import { haproxy, nginx } from './programs.js';
import type { Scene } from './scene.js';

/** What a backend gets from a bare `proxy_pass`. */
async function strippedHead(): Promise<string> {
  let head = '';
  const { port, stop } = await bound(
    createServer((socket) =>
      socket.on('data', (chunk) => {
        head += chunk.toString('latin1');
        if (head.includes('\r\n\r\n')) socket.end('HTTP/1.1 204 No Content\r\n\r\n');
      }),
    ),
  );
  await using front = await nginx(`location / { proxy_pass http://127.0.0.1:${port}; }`, { tls: false });
  using client = await raw(front.port);
  client.socket.write(HANDSHAKE);
  await once(client.socket, 'data');
  await stop();
  return head.replaceAll(String(port), '3000');
}

const HANDSHAKE = [
  'GET /ws HTTP/1.1',
  'Host: chat.example.com',
  'Upgrade: websocket',
  'Connection: Upgrade',
  'Sec-WebSocket-Key: +cSArcpn2wZdLkcJzslusg==',
  'Sec-WebSocket-Version: 13',
  '\r\n',
].join('\r\n');

/** What HAProxy logs of a connection on which nobody said anything for a second; its times are those of a minute. */
async function cutLine(): Promise<string> {
  const behind = await stacks.ws();
  let log: Child | undefined;
  await using front = await haproxy(new URL(behind.url).host, {
    bind: '',
    timeout: '1s',
    started: (child) => {
      log = child;
    },
  });
  using client = await raw(front.port);
  client.socket.write(HANDSHAKE);
  const line = await log!.line(/ 101 /);
  await behind.stop();
  return line
    .replace(/^\S+ \[\S+\]/, '127.0.0.1:40100 [22/Nov/2026:12:54:52.113]')
    .replace(/\d+\/\d+\/\d+\/\d+\/\d+/, '0/0/0/1/60009');
}

const archive = har('WebInspector', [
  entry({
    url: 'wss://feed.example.com/ws',
    answer: { status: 101, accept: 'HSmrc0sMlYUkAGmm5OPpG2HaGWk=' },
  }),
  entry({
    url: 'wss://chat.example.com/ws',
    messages: [
      {
        type: 'error',
        time: 1_790_000_000.2,
        opcode: -1,
        data: 'Error during WebSocket handshake: Unexpected response code: 403',
      },
    ],
  }),
]);

export const explained: Scene = {
  name: 'j-explain',
  needs: ['nginx', 'haproxy', 'openssl'],
  async start() {
    const [head, line] = [await strippedHead(), await cutLine()];
    return {
      commands: [
        { args: ['explain'], from: 'pbpaste | ', input: head, exit: 2 },
        { args: ['explain', 'network.har'], exit: 2 },
        { args: ['explain', line], exit: 2 },
        { args: ['explain', '1006'], exit: 0 },
      ],
      files: { 'network.har': JSON.stringify(archive) },
      ports: {},
      stop: async () => {},
    };
  },
};
