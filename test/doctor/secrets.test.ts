// No secret of the user appears in any output, nor in what is saved: wherever the user put it, and however a server repeats it.
import assert from 'node:assert/strict';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { describe, test } from 'node:test';
import { constants, deflateRawSync, inflateRawSync } from 'node:zlib';
import fc from 'fast-check';
import { Progress } from '../../src/cli/doctor/progress.js';
import { record, replay } from '../../src/doctor/diagnose.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import type { Recording } from '../../src/doctor/recording.js';
import { withoutSecrets } from '../../src/doctor/redaction.js';
import { Hiding, secretsOf } from '../../src/doctor/secrets.js';
import { targetOf } from '../../src/doctor/target.js';
import { closePayload, fitReason } from '../../src/frames/frame.js';
import { acceptFor } from '../../src/handshake/key.js';
import { need } from '../support/needs.js';
import { certificate } from '../support/tls.js';
import { answering, bound, greeting } from './deployments/servers/listen.js';
import { frame } from './deployments/servers/sound.js';
import { outputsOf } from './outputs.js';

const PASSWORD = 'hunter2/colon+slash';
const SECRETS = {
  authorization: 'Zm9vYmFyLWF1dGhvcml6YXRpb24',
  cookie: 'c00kie-va1ue',
  header: 'X-header s3cret & "more"',
  query: 'query/s3cret value',
  subprotocol: 'bearer.s3cret.0123456789.abcdef',
  reflect: 'refl3ct-s3cret-of-sixteen',
  basicUser: 'basic-user-name',
  basicPassword: PASSWORD,
} as const;

/** Ways in which a server may write down what it was told. */
const writings: ReadonlyArray<(text: string) => string> = [
  (text) => text,
  encodeURIComponent,
  (text) => encodeURIComponent(text).replaceAll('%20', '+'),
  (text) => encodeURIComponent(text).replace(/%../g, (octet) => octet.toLowerCase()),
  (text) => Buffer.from(text).toString('base64'),
  (text) => Buffer.from(text).toString('base64url'),
  (text) => JSON.stringify(text),
  (text) => text.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
];
const everyWay = (secrets: readonly string[]) =>
  secrets.flatMap((secret) => writings.map((write) => write(secret)));

const basic = Buffer.from(`${SECRETS.basicUser}:${PASSWORD}`).toString('base64');
const told = [...Object.values(SECRETS), `${SECRETS.basicUser}:${PASSWORD}`, basic];
const options: DiagnoseOptions = {
  proxy: null,
  headers: [
    ['Authorization', `Bearer ${SECRETS.authorization}`],
    ['Proxy-Authorization', `Basic ${basic}`],
    ['X-Secret', SECRETS.header],
  ],
  cookie: `sid=${SECRETS.cookie}; theme=dark`,
  subprotocols: ['chat', SECRETS.subprotocol],
  reflect: SECRETS.reflect,
  stageMs: 1_000,
};
const query = `?token=${encodeURIComponent(SECRETS.query)}`;

function assertHidden(texts: Iterable<readonly [string, string]>, secrets: readonly string[]): void {
  for (const [name, text] of texts) {
    for (const secret of everyWay(secrets)) {
      assert.ok(!text.includes(secret), `${name} holds ${secret}: ${around(text, secret)}`);
    }
  }
}

function around(text: string, part: string): string {
  const at = text.indexOf(part);
  return text.slice(Math.max(0, at - 200), at + part.length + 100);
}

/** Payloads are saved as hexadecimal. */
function withOctets(saved: string): string {
  return saved.replace(/"((?:[\da-f]{2}){4,})"/g, (_, hex: string) =>
    Buffer.from(hex, 'hex').toString('latin1'),
  );
}

async function hiddenIn(url: string, more: DiagnoseOptions, secrets: readonly string[]): Promise<Recording> {
  const shown: string[] = [];
  const terminal = { isTTY: true, columns: 200, write: (text: string) => shown.push(text) };
  const progress = new Progress(terminal, false, false);
  const recording = await record(url, { ...options, ...more, onprobe: progress.probe });
  const saved = JSON.stringify(recording);
  assertHidden([['progress', shown.join('')]], secrets);
  assertHidden(
    [
      ['the saved run', saved],
      ['its octets', withOctets(saved)],
    ],
    secrets,
  );
  assertHidden(outputsOf(replay(recording), saved), secrets);
  return recording;
}

/** All that was sent, and all that only a program with the secrets can know, in all ways. */
const echo = (head: string) =>
  [head, decodeURIComponent(head.replace(/%(?![\da-f]{2})/gi, '%25')), ...everyWay(told)].join('\n');
const oneLine = (text: string) => text.replace(/[\r\n]+/g, ' ').replace(/[^\x20-\x7e]/g, '');

function refusing(status: string, type: string, body: (head: string) => string) {
  return answering((socket, head) => {
    const fields = [
      'Location: /login?',
      'Set-Cookie: sid=',
      'Server: ',
      'Via: 1.1 ',
      'X-Anything: ',
      'WWW-Authenticate: Basic realm=',
    ];
    const lines = fields.map((field) => `${field}${oneLine(told.join(' ')).replaceAll(';', '')}`);
    const text = body(head);
    const length = `Content-Length: ${Buffer.byteLength(text)}`;
    socket.end(
      [`HTTP/1.1 ${status} ${SECRETS.query}`, `Content-Type: ${type}`, ...lines, length, '', text].join(
        '\r\n',
      ),
    );
  }, `/ws${query}`);
}

function opening(session: (socket: Socket, head: string) => void) {
  return answering((socket, head) => {
    const key = /^sec-websocket-key: *(\S+)/im.exec(head)?.[1] ?? '';
    const fields = `Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${acceptFor(key)}`;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\n${fields}\r\nSet-Cookie: sid=${SECRETS.cookie}\r\n\r\n`,
    );
    session(socket, head);
  }, `/ws${query}`);
}

const servers = {
  'a refusal that repeats the request': () => refusing('403 Forbidden', 'text/html', echo),
  'a redirect that repeats it': () => refusing('302 Found', 'text/plain', echo),
  'a demand for credentials that repeats them': () => refusing('401 Unauthorized', 'text/plain', echo),
  'a problem document that repeats it': () =>
    refusing('400 Bad Request', 'application/problem+json', (head) =>
      JSON.stringify({ code: 'REQ_KEY_MISSING', detail: echo(head), seen: told }),
    ),
  'a body that is cut within a secret': () =>
    refusing('403 Forbidden', 'text/plain', () => `${'x'.repeat(8192 - 12)}${SECRETS.subprotocol} and more`),
  'octets that are no HTTP': () =>
    answering((socket, head) => void socket.end(`oops ${echo(head)}`), `/ws${query}`),
  'a status line that repeats it': () =>
    answering((socket, head) => void socket.end(`HTTP/1.1 ${oneLine(head)}\r\n\r\n`), `/ws${query}`),
  'a first message and a close reason': () =>
    opening((socket, head) => {
      socket.write(frame(0x81, echo(head).slice(0, 60_000)));
      socket.end(frame(0x88, closePayload(4000, fitReason(`no: ${told.join(' ')}`))));
    }),
  'messages that are cut within a secret': () =>
    opening((socket) => {
      for (const secret of told) {
        for (const before of [0, 20, 40, 55])
          socket.write(frame(0x81, `${'-'.repeat(before)}${secret}${'-'.repeat(80)}`));
      }
      socket.end(frame(0x88, closePayload(1000, '')));
    }),
  'a message in two fragments': () =>
    opening((socket) => {
      const half = SECRETS.subprotocol.length / 2;
      socket.write(frame(0x01, SECRETS.subprotocol.slice(0, half)));
      socket.write(frame(0x80, SECRETS.subprotocol.slice(half)));
      socket.end(frame(0x88, closePayload(1000, '')));
    }),
  'octets behind the 101 that are no frames': () => opening((socket, head) => void socket.end(echo(head))),
};

describe('no secret is shown or saved', () => {
  for (const [name, serve] of Object.entries(servers)) {
    test(name, async () => {
      const host = await serve();
      try {
        const recording = await hiddenIn(host.url, {}, told);
        assert.match(JSON.stringify(recording), /redacted/);
      } finally {
        await host.stop();
      }
    });
  }

  test('halves of one are not left where a message was cut', async () => {
    const host = await servers['messages that are cut within a secret']();
    try {
      const halves = told.flatMap((secret) => [secret.slice(0, 8), secret.slice(-8)]);
      await hiddenIn(host.url, {}, halves);
    } finally {
      await host.stop();
    }
  });

  test('compressed messages, which anybody can inflate', async () => {
    const pack = (text: string) =>
      frame(0xc1, deflateRawSync(text, { finishFlush: constants.Z_SYNC_FLUSH }).subarray(0, -4));
    const host = await opening((socket) => {
      socket.write(pack('nothing of anybody'));
      socket.write(pack(`you said ${SECRETS.cookie}`));
      socket.end(frame(0x88, closePayload(1000, '')));
    });
    try {
      const { observations } = await hiddenIn(host.url, {}, told);
      const packed = observations[0]!.frames.filter(({ rsv }) => rsv === 4);
      const messages = packed.map(({ payload }) =>
        inflateRawSync(Buffer.from(`${payload}0000ffff`, 'hex'), { finishFlush: constants.Z_SYNC_FLUSH }),
      );
      assert.deepEqual(messages.map(String), ['nothing of anybody', '']);
    } finally {
      await host.stop();
    }
  });

  test('credentials of a forward proxy that repeats them', async () => {
    const user = 'proxy-us3r';
    const secrets = [user, PASSWORD, `${user}:${PASSWORD}`];
    const host = await answering((socket, head) => {
      const text = `${echo(head)}${everyWay(secrets).join('\n')}`;
      const fields = `X-Squid-Error: ${oneLine(everyWay(secrets).join(' '))}\r\nContent-Length: ${text.length}`;
      socket.end(`HTTP/1.1 503 ${PASSWORD}\r\n${fields}\r\n\r\n${text}`);
    });
    try {
      const at = new URL(host.url).host;
      const proxy = `http://${user}:${encodeURIComponent(PASSWORD)}@${at}`;
      await hiddenIn(`ws://target.invalid/ws${query}`, { proxy }, [...told, ...secrets]);
    } finally {
      await host.stop();
    }
  });

  test('a page that is asked for, and repeats its URL', async () => {
    const page = await answering((socket, head) => {
      const policy = `connect-src https://x/${oneLine(told.join('/')).replace(/[\s;,]/g, '')}`;
      socket.end(`HTTP/1.1 200 OK\r\nContent-Security-Policy: ${policy}\r\n\r\n${echo(head)}`);
    });
    const host = await servers['a refusal that repeats the request']();
    const secret = 'pag3-s3cret-value';
    try {
      const url = `${page.url.replace('ws:', 'http:').replace('//', `//user:${secret}@`)}?ticket=${secret}`;
      await hiddenIn(host.url, { page: url }, [...told, secret]);
    } finally {
      await Promise.all([page.stop(), host.stop()]);
    }
  });

  test('a URL that is none', async () => {
    for (const url of [
      'ws://name:s3cret-pass@h.invalid/',
      'ws://name:s3cret/pass@h.invalid/',
      'ftp://h.invalid/?token=s3cret-pass',
      'ws://h.invalid/?access_token=s3cret-pass#x',
      'ws:// name:s3cret-pass@h',
      'name:s3cret-pass@h.invalid',
    ]) {
      const recording = await record(url, { proxy: null });
      const saved = JSON.stringify(recording);
      const secrets = ['s3cret-pass', 's3cret/pass'];
      assertHidden([[`saved ${url}`, saved], ...outputsOf(replay(recording), saved)], secrets);
    }
  });

  test('an answer over HTTP/2 that repeats it', { skip: need('openssl').skip }, async () => {
    const tls = certificate();
    const server = createSecureServer({
      key: tls.key,
      cert: tls.cert,
      allowHTTP1: true,
      settings: { enableConnectProtocol: true },
    });
    server.on('session', (session) => session.on('error', () => {}));
    server.on('stream', (stream, fields) => {
      stream.on('error', () => {});
      stream.respond({
        ':status': 403,
        'set-cookie': `sid=${SECRETS.cookie}`,
        'x-echo': oneLine(Object.values(fields).join(' ')),
      });
      stream.end();
    });
    server.on('upgrade', (request, socket: Socket) => {
      const key = acceptFor(String(request.headers['sec-websocket-key']));
      socket.on('error', () => {});
      socket.write(
        `HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${key}\r\nSec-WebSocket-Protocol: chat\r\n\r\n`,
      );
      socket.on('data', (chunk: Buffer) => {
        if ((chunk[0]! & 15) === 8) socket.end(frame(0x88, closePayload(1000, '')));
      });
    });
    const { port, stop } = await bound(server);
    try {
      const { reflect: _, ...rest } = options;
      const url = `wss://127.0.0.1:${port}/ws${query}`;
      const recording = await hiddenIn(url, { ...rest, reflect: false, tls: { ca: tls.ca } }, told);
      const answers = recording.observations.map(({ probe, http2 }) => `${probe.key} ${http2?.status}`);
      assert.ok(answers.includes('http2 403'), JSON.stringify(replay(recording).causes[0]));
    } finally {
      await stop();
    }
  });
});

describe('what stays', () => {
  test('--show-secrets shows them all', async () => {
    const host = await servers['a refusal that repeats the request']();
    try {
      const recording = await record(host.url, { ...options, showSecrets: true });
      const json = outputsOf(replay(recording), JSON.stringify(recording)).get('JSON')!;
      const { query: _, header: _h, reflect: _r, ...plain } = SECRETS;
      const { basicUser: _u, basicPassword: _p, ...shown } = plain;
      for (const secret of [...Object.values(shown), basic, encodeURIComponent(SECRETS.query)]) {
        assert.ok(json.includes(secret), secret);
      }
    } finally {
      await host.stop();
    }
  });

  test('a cookie that says what every handshake says blinds nobody', async () => {
    const host = await servers['a first message and a close reason']();
    try {
      const { observations } = await record(host.url, {
        proxy: null,
        cookie: 'a=websocket; b=Upgrade; c=baseline',
      });
      const [baseline] = observations;
      assert.equal(baseline?.probe.key, 'baseline');
      assert.match(baseline?.answer?.head ?? '', /^Upgrade: websocket\r$/m);
    } finally {
      await host.stop();
    }
  });

  test('a marked request is still one request', async () => {
    const host = await greeting('nothing');
    try {
      const { observations, target } = await record(`${host.url}${query}`, options);
      const [probe] = observations.map((seen) => seen.probe);
      assert.ok(probe?.kind === 'exchange');
      assert.match(probe.request, /^GET \/ws\?token=redacted-[\da-f]{4} HTTP\/1\.1\r\n/);
      assert.match(probe.request, /^Sec-WebSocket-Protocol: chat, redacted-[\da-f]{4}\r$/m);
      assert.match(probe.request, /^Cookie: sid=‹redacted [\da-f]{4}›; theme=‹redacted [\da-f]{4}›\r$/m);
      assert.ok(URL.canParse(target!.url));
    } finally {
      await host.stop();
    }
  });
});

describe('any secret', () => {
  const secret = fc.stringMatching(/^[!-~]{8,60}$/).filter((text) => !/[;,"\\]|^[=]/.test(text));
  const blank = { startedMs: 0, times: { totalMs: 0 }, connections: 1, bytesOut: 0, bytesIn: 0 };

  /** A recording as of a server that repeats a text everywhere. */
  function repeating(text: string, given: DiagnoseOptions): Recording {
    const target = targetOf(new URL('ws://h.test/ws'), given, {});
    const route = { secure: false, host: 'h.test', port: 80 };
    const octets = Buffer.from(text);
    const seen = { atMs: 0, direction: 'in', fin: true, rsv: 0, masked: false } as const;
    const payload = octets.toString('hex');
    const head = `HTTP/1.1 403 ${text}\r\nX-Any: ${text}\r\nSet-Cookie: a=${text}\r\n\r\n`;
    const probe = {
      kind: 'exchange',
      key: 'baseline',
      about: text,
      route,
      request: `GET /${text} HTTP/1.1\r\n\r\n`,
    } as const;
    return {
      schema: 'handfast-run/1',
      tool: 'handfast test',
      started: '2026-11-22T00:00:00.000Z',
      url: target.url,
      target,
      ms: 1,
      observations: [
        {
          id: 'p1',
          probe,
          ...blank,
          trouble: { code: 'HTTP_TRUNCATED', seen: text, message: text },
          tunnel: head,
          answer: { head, interim: [], body: octets.toString('latin1'), isBodyCut: false },
          garbage: payload,
          stray: payload,
          frames: [
            { ...seen, opcode: 1, length: octets.length, payload },
            { ...seen, opcode: 8, length: octets.length + 2, payload: `0fa0${payload}` },
          ],
          http2: { alpn: 'h2', fields: [['x-any', text]] },
        },
      ],
    };
  }

  test('appears nowhere, however it is written', () => {
    // What stands in every output is no secret, whoever takes it for one.
    const nothing = repeating('redacted', {});
    const everywhere = [...outputsOf(replay(nothing), JSON.stringify(nothing)).values()].join('\n');
    const place = fc.constantFrom('cookie', 'Authorization', 'Basic', 'X-Api-Key');
    fc.assert(
      fc.property(secret, place, fc.nat(writings.length - 1), fc.string(), (value, where, way, before) => {
        fc.pre(!everywhere.includes(value));
        const credentials = where === 'Basic' ? Buffer.from(`me:${value}`).toString('base64') : value;
        const given: DiagnoseOptions =
          where === 'cookie'
            ? { cookie: `a=${value}` }
            : {
                headers: [
                  [
                    where === 'Basic' ? 'Authorization' : where,
                    where === 'X-Api-Key'
                      ? value
                      : `${where === 'Basic' ? 'Basic' : 'Bearer'} ${credentials}`,
                  ],
                ],
              };
        const recording = repeating(`${before}${writings[way]!(value)}`, given);
        const clean = withoutSecrets(recording, secretsOf(recording.target!, []));
        const saved = JSON.stringify(clean);
        const outputs = [...outputsOf(replay(clean), saved), ['saved', withOctets(saved)] as const];
        for (const [name, text] of outputs)
          assert.ok(!text.includes(value), `${name}: ${around(text, value)}`);
      }),
      { numRuns: 60 },
    );
  });

  test('cut anywhere, leaves at most four of its characters', () => {
    fc.assert(
      fc.property(secret, fc.string({ maxLength: 20 }), fc.nat(60), (value, before, cut) => {
        const part = value.slice(0, Math.max(5, cut));
        const hidden = new Hiding([value]).hideCut(`${before}${part}`);
        assert.ok(!hidden.endsWith(part), hidden);
      }),
    );
  });
});
