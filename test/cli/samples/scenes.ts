// The ten situations that doctor and explain are judged by, each set up as it is met: the programs are real, and the fault is in
// how they are configured. `test/cli/golden/samples/` has what is printed.
import { hash } from 'node:crypto';
import type { Host } from '../../doctor/deployments/servers/row.js';
import { sound } from '../../doctor/deployments/servers/sound.js';
import * as stacks from '../../doctor/deployments/servers/stacks.js';
import { handfast } from '../../e2e/harness.js';
import { gorilla } from '../../interop/peers/gorilla.js';
import { Child, freePort } from '../../support/child.js';
import { explained } from './explained.js';
import { GENERATED_GUID } from './mask.js';
import { apache, haproxy, identity, nginx, passing } from './programs.js';
import type { Command, Scene, Stage } from './scene.js';

/** Behind TLS, without it, and the server behind a proxy: as they are written. */
const [TLS, PLAIN, BEHIND] = [40_443, 40_080, 43_000];

const portOf = ({ url }: Host) => Number(new URL(url).port);

/** The names are those of examples, so the address is given, and the authority that signed for them. */
function asks(url: string, exit: number, ...flags: string[]): Command {
  const trust = url.startsWith('wss:') ? ['--ca', 'ca.pem'] : [];
  return { args: ['doctor', '--resolve', '127.0.0.1', ...trust, ...flags, url], exit };
}

interface Front {
  readonly port: number;
  [Symbol.asyncDispose](): PromiseLike<void>;
}

/** A proxy with a server behind it, which may be nobody. */
function inFront(front: Front, behind: Host | undefined, commands: readonly Command[], as = TLS): Stage {
  return {
    commands,
    files: { 'ca.pem': identity().ca },
    ports: { [front.port]: as, ...(behind !== undefined && { [portOf(behind)]: BEHIND }) },
    stop: async () => {
      await front[Symbol.asyncDispose]();
      await behind?.stop();
    },
  };
}

const HSTS = 'max-age=31536000; includeSubDomains';

const healthy: Scene = {
  name: 'a-healthy',
  needs: ['openssl'],
  async start() {
    const host = await stacks.handfast({
      tls: identity(),
      heartbeat: { intervalMs: 1_000, timeoutMs: 900 },
      compression: true,
      http: (_request, response) => void response.writeHead(404, { 'Strict-Transport-Security': HSTS }).end(),
    });
    const port = portOf(host);
    const commands = [asks(`wss://chat.example.com:${port}/ws`, 0, '--idle', '4')];
    return {
      commands,
      files: { 'ca.pem': identity().ca },
      ports: { [port]: TLS },
      stop: async () => host.stop(),
    };
  },
};

const socketIo: Scene = {
  name: 'b-socket-io',
  needs: ['nginx', 'openssl'],
  async start() {
    const behind = await stacks.socketIo('/socket.io/');
    const front = await nginx(`location / { ${passing(new URL(behind.url).host)} }`);
    return inFront(front, behind, [asks(`wss://api.example.com:${front.port}/socket.io/`, 2)]);
  },
};

const origin: Scene = {
  name: 'c-origin',
  needs: ['haproxy', 'openssl', 'go', 'gorilla'],
  async start() {
    const child = new Child(gorilla('gorilla_server'), []);
    const url = `ws://127.0.0.1:${await child.line(/^\d+$/)}/`;
    const front = await haproxy(new URL(url).host);
    const command = asks(
      `wss://chat.example.com:${front.port}/echo`,
      2,
      '--origin',
      'https://staging.example.com',
    );
    return inFront(front, { url, stop: () => child.stop() }, [command]);
  },
};

const prefix: Scene = {
  name: 'd-prefix',
  needs: ['nginx', 'openssl'],
  async start() {
    const behind = await stacks.listening(stacks.express());
    // The slash behind the port is the fault.
    const front = await nginx(`location /api/ { ${passing(`${new URL(behind.url).host}/`)} }`);
    return inFront(front, behind, [asks(`wss://app.example.com:${front.port}/api/ws`, 2)]);
  },
};

const stripped: Scene = {
  name: 'e-upgrade-stripped',
  needs: ['nginx', 'openssl'],
  async start() {
    const behind = await stacks.wsAlone();
    const front = await nginx(`location / { proxy_pass http://${new URL(behind.url).host}; }`, {
      tls: false,
    });
    return inFront(front, behind, [asks(`ws://intranet.example.com:${front.port}/ws`, 2)], PLAIN);
  },
};

const upstreamDown: Scene = {
  name: 'f-upstream-down',
  needs: ['nginx', 'openssl'],
  async start() {
    const lines = `location = /stream { ${passing(`127.0.0.1:${await freePort()}`)} } location / { return 200 "hello\\n"; }`;
    const front = await nginx(lines);
    return inFront(front, undefined, [asks(`wss://live.example.com:${front.port}/stream`, 2)]);
  },
};

/** First the application itself, which answers every path with its page; then the reflection in its place. */
const reflected: Scene = {
  name: 'g-reflected',
  needs: ['apache', 'openssl'],
  async start() {
    const app = await stacks.listening(stacks.singlePage());
    const port = portOf(app);
    const front = await apache(`ProxyPass / http://127.0.0.1:${port}/`);
    let mirror: Child | undefined;
    const url = `wss://app.example.com:${front.port}/ws`;
    const instead = async () => {
      await app.stop();
      mirror = handfast(['reflect', `:${port}`]);
      await mirror.line(/^listening/);
    };
    const commands = [asks(url, 2), { ...asks(url, 2, '--reflect'), before: instead }];
    const stage = inFront(front, app, commands);
    return {
      ...stage,
      stop: async () => {
        await stage.stop();
        await mirror?.stop();
      },
    };
  },
};

const wrongAccept: Scene = {
  name: 'h-wrong-accept',
  needs: [],
  async start() {
    const host = await sound({
      opens: (right, { headers }) => {
        const accept = hash('sha1', `${headers['sec-websocket-key']}${GENERATED_GUID}`, 'base64');
        return right.replace(/Accept: .*\r\n/, `Accept: ${accept}\r\n`);
      },
    });
    const commands = [{ args: ['doctor', host.url], exit: 2 }];
    return { commands, ports: { [portOf(host)]: PLAIN }, stop: async () => host.stop() };
  },
};

const idleCut: Scene = {
  name: 'i-idle-cut',
  needs: ['nginx', 'openssl'],
  async start() {
    const behind = await stacks.ws();
    const front = await nginx(`proxy_read_timeout 2s; location / { ${passing(new URL(behind.url).host)} }`);
    return inFront(front, behind, [asks(`wss://feed.example.com:${front.port}/ws`, 5, '--idle', '5')]);
  },
};

export const scenes: readonly Scene[] = [
  healthy,
  socketIo,
  origin,
  prefix,
  stripped,
  upstreamDown,
  reflected,
  wrongAccept,
  idleCut,
  explained,
];
