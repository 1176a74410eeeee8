// HAProxy and nghttpx, which speak RFC 8441 to clients, in front of our server: over HTTP/1.1, and over HTTP/2 with TLS
// and without, as docs/howto/http2.md tells. Our client and Chromium reach them over HTTP/2; they translate.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Child } from '../support/child.js';
import { type Browser, launchChromium } from '../support/chromium.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { givePage, openPage } from './peers/page.js';
import { type RunningProxy, startProxy } from './peers/proxy.js';
import {
  checkClosed,
  checkTalk,
  closedBy,
  type Ours,
  type OursOptions,
  refusedBy,
  startOurs,
  talkTo,
} from './scenario.js';

/** How a proxy speaks to us. */
type Leg = 'HTTP/1.1' | 'HTTP/2' | 'HTTP/2 over TLS';
const LEGS: readonly Leg[] = ['HTTP/1.1', 'HTTP/2', 'HTTP/2 over TLS'];

interface Front {
  readonly name: string;
  readonly skip: string | false;
  /** Listens on `port` with TLS, and takes the files of `folder`. */
  start(folder: string, port: number, upstream: number, leg: Leg): Child;
}

const haproxyLegs: Record<Leg, string> = {
  'HTTP/1.1': '',
  'HTTP/2': 'proto h2',
  'HTTP/2 over TLS': 'ssl alpn h2 sni str(localhost) verify required ca-file cert.pem verifyhost localhost',
};

const haproxyConfig = (port: number, upstream: number, leg: Leg) => `
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind 127.0.0.1:${port} ssl crt both.pem alpn h2,http/1.1
  option forwardfor
  http-request set-header X-Forwarded-Proto https
  default_backend back
backend back
  timeout tunnel 1h
  server ours 127.0.0.1:${upstream} ${haproxyLegs[leg]}
`;

const haproxy: Front = {
  name: 'HAProxy',
  skip: need('haproxy', 'openssl').skip,
  start(folder, port, upstream, leg) {
    writeFileSync(join(folder, 'haproxy.cfg'), haproxyConfig(port, upstream, leg));
    return new Child(need('haproxy').path, ['-db', '-f', 'haproxy.cfg'], { cwd: folder });
  },
};

const nghttpxLegs: Record<Leg, string> = {
  'HTTP/1.1': '',
  'HTTP/2': ';;proto=h2',
  'HTTP/2 over TLS': ';;proto=h2;tls;sni=localhost',
};

const nghttpxConfig = (port: number, upstream: number, leg: Leg) => `
frontend=127.0.0.1,${port}
backend=127.0.0.1,${upstream}${nghttpxLegs[leg]}
add-x-forwarded-for=yes
private-key-file=key.pem
certificate-file=cert.pem
cacert=cert.pem
no-ocsp=yes
single-process=yes
workers=1
`;

const nghttpx: Front = {
  name: 'nghttpx',
  skip: need('nghttpx', 'openssl').skip,
  start(folder, port, upstream, leg) {
    writeFileSync(join(folder, 'nghttpx.conf'), nghttpxConfig(port, upstream, leg));
    return new Child(need('nghttpx').path, ['--conf=nghttpx.conf'], { cwd: folder });
  },
};

function startFront(front: Front, upstream: number, leg: Leg): Promise<RunningProxy> {
  const { key, cert } = certificate();
  return startProxy((folder, port) => {
    for (const [name, text] of [
      ['key.pem', key],
      ['cert.pem', cert],
      ['both.pem', cert + key],
    ] as const) {
      writeFileSync(join(folder, name), text);
    }
    return front.start(folder, port, upstream, leg);
  });
}

interface Setup extends AsyncDisposable {
  readonly ours: Ours;
  /** `localhost:PORT` of the proxy. */
  readonly host: string;
}

async function both(front: Front, leg: Leg, options: OursOptions = {}): Promise<Setup> {
  const { key, cert } = certificate();
  const ours = await startOurs({
    trustedProxies: ['127.0.0.1'],
    http2: leg !== 'HTTP/1.1',
    ...(leg === 'HTTP/2 over TLS' && { tls: { key, cert } }),
    ...options,
  });
  const proxy = await startFront(front, ours.port, leg).catch(async (error) => {
    await ours[Symbol.asyncDispose]();
    throw error;
  });
  return {
    ours,
    host: `localhost:${proxy.port}`,
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]();
      await ours[Symbol.asyncDispose]();
    },
  };
}

/** It came as the proxy was told to speak. */
function checkLeg({ ours }: Setup, leg: Leg): void {
  const wanted = leg === 'HTTP/1.1' ? ['h1', 101] : ['h2', 200];
  assert.deepEqual(
    ours.handshakes.map(({ carrier, status }) => [carrier, status]),
    [wanted],
  );
}

const chromium = need('chromium', 'openssl');

for (const front of [haproxy, nghttpx]) {
  const name = `${front.name} before our server`;
  for (const leg of LEGS) {
    const options = { skip: front.skip, timeout: 60_000 };
    describe(`${name}, ${leg} between them`, options, () => clientTests(front, leg));
  }
  const options = { skip: front.skip || chromium.skip, timeout: 120_000 };
  describe(`${name}, and Chromium`, options, () => browserTests(front));
}

function clientTests(front: Front, leg: Leg): void {
  const overHttp2 = { http: 2, tls: { ca: certificate().ca } } as const;

  test('our client over HTTP/2: text, 1 MiB, pings both ways, the subprotocol, its close', async () => {
    await using setup = await both(front, leg);
    await talkTo(`wss://${setup.host}`, { ...overHttp2, fragments: false });
    const record = await setup.ours.records[0]!;
    assert.deepEqual(record.received, { code: 4001, reason: 'done ✓' });
    assert.deepEqual([record.clean, record.end, record.cause], [true, 'fin', undefined]);
    checkLeg(setup, leg);
  });

  test('the same compressed', async () => {
    await using setup = await both(front, leg, { compression: true });
    await talkTo(`wss://${setup.host}`, { ...overHttp2, compression: true, fragments: false });
    assert.match(setup.ours.handshakes[0]!.extensions, /^permessage-deflate/);
    checkLeg(setup, leg);
  });

  test('our close code and reason', async () => {
    await using setup = await both(front, leg);
    await closedBy(`wss://${setup.host}`, overHttp2);
    checkLeg(setup, leg);
  });

  test('a refusal with its status and its body', async () => {
    await using setup = await both(front, leg);
    const { body, headers } = await refusedBy(`wss://${setup.host}`, overHttp2);
    assert.equal(JSON.parse(body).code, 'AUTH_REQUIRED');
    const [, type] = headers.find(([field]) => field.toLowerCase() === 'content-type') ?? [];
    assert.equal(type, 'application/problem+json');
  });
}

function browserTests(front: Front): void {
  let browser: Browser;
  before(async () => {
    browser = await launchChromium({ trust: certificate().cert });
  });
  after(() => browser[Symbol.asyncDispose]());

  for (const leg of LEGS) {
    test(`${leg} between them: the page and its WebSockets over HTTP/2, 1 MiB, compressed, closes`, async () => {
      await using setup = await both(front, leg, { compression: true, http: givePage });
      const peer = await openPage(browser.context, `https://${setup.host}/`);
      const report = await peer.run('talk', `wss://${setup.host}/echo`);
      await checkTalk(report, setup.ours);
      assert.match(report.extensions!, /^permessage-deflate/);
      await checkClosed(await peer.run('closed', `wss://${setup.host}/close`), setup.ours);
      assert.deepEqual(peer.statuses, [200, 200]);
      assert.deepEqual(
        setup.ours.handshakes.map(({ carrier }) => carrier),
        leg === 'HTTP/1.1' ? ['h1', 'h1'] : ['h2', 'h2'],
      );
      await peer.page.close();
    });
  }
}
