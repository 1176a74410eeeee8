// Wrong usage is told by name before anything is sent, and no value that may be a secret is told with it.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { describe, test } from 'node:test';
import { checkUsage, diagnose } from '../../src/doctor/diagnose.js';
import type { DiagnoseOptions } from '../../src/doctor/options.js';
import { bound } from './deployments/servers/listen.js';

const S = 's3cret-value';

/** Options of any kind, as code without types may give them. */
const wrong: ReadonlyArray<readonly [Record<string, unknown>, 'TypeError' | 'RangeError', RegExp]> = [
  [{ header: [] }, 'TypeError', /unknown option "header" in diagnose\(\): did you mean "headers"\?/],
  [{ timeout: 1 }, 'TypeError', /unknown option "timeout"/],
  [{ headers: { a: 'b' } }, 'TypeError', /headers is a list/],
  [{ headers: [['a']] }, 'TypeError', /headers is a list/],
  [{ headers: [['a', 1]] }, 'TypeError', /headers is a list/],
  [{ headers: [['a b', S]] }, 'TypeError', /a b cannot be the name of a field/],
  [{ headers: [['a\r\nb', S]] }, 'TypeError', /a\\r\\nb cannot be the name/],
  [{ headers: [['', S]] }, 'TypeError', /cannot be the name/],
  [{ headers: [['X-A', `${S}\r\nX-B: 1`]] }, 'TypeError', /the field X-A has a value that cannot be sent/],
  [{ headers: [['X-A', `${S}\n`]] }, 'TypeError', /the field X-A has a value/],
  [{ headers: [['X-A', `${S}\0`]] }, 'TypeError', /the field X-A has a value/],
  [{ headers: [['X-A', `${S}€`]] }, 'TypeError', /the field X-A has a value/],
  [{ headers: [['Host', 'a']] }, 'TypeError', /the field Host is the handshake's own/],
  [{ headers: [['sec-websocket-KEY', 'a']] }, 'TypeError', /handshake's own/],
  [{ cookie: `a=${S}\r\nX: 1` }, 'TypeError', /cookie is what a field can hold/],
  [{ cookie: 1 }, 'TypeError', /cookie/],
  [{ origin: 'https://a.test\r\nX: 1' }, 'TypeError', /origin is such as/],
  [{ origin: 'a.test' }, 'TypeError', /origin is such as/],
  [{ origin: 1 }, 'TypeError', /origin is such as/],
  [{ subprotocols: 'chat' }, 'TypeError', /subprotocols is a list/],
  [{ subprotocols: [1] }, 'TypeError', /subprotocols is a list/],
  [{ profile: 'safari' }, 'TypeError', /profile is one of handfast, chrome/],
  [{ reflect: `${S}\n` }, 'TypeError', /reflect is true, false or a token/],
  [{ reflect: '' }, 'TypeError', /reflect/],
  [{ reflect: 1 }, 'TypeError', /reflect/],
  [{ proxy: `ftp://u:${S}@h` }, 'TypeError', /proxy is not a URL such as/],
  [{ proxy: 1 }, 'TypeError', /proxy is the URL of a forward proxy, or null/],
  [{ direct: 'h' }, 'TypeError', /direct is HOST:PORT/],
  [{ direct: 'h:0' }, 'TypeError', /direct is HOST:PORT/],
  [{ direct: 'h:65536' }, 'TypeError', /direct is HOST:PORT/],
  [{ direct: `http://u:${S}@h:80` }, 'TypeError', /direct is HOST:PORT/],
  [{ direct: 80 }, 'TypeError', /direct is HOST:PORT/],
  [{ resolve: 'name.test' }, 'TypeError', /resolve is an IPv4 or IPv6 address/],
  [{ page: `ftp://h/?token=${S}` }, 'TypeError', /page is the URL of a page/],
  [{ page: `//h/?token=${S}` }, 'TypeError', /page is the URL of a page/],
  [{ page: 1 }, 'TypeError', /page is the URL of a page/],
  [{ tls: { crt: '' } }, 'TypeError', /unknown option "crt" in tls/],
  [{ tls: { key: `${S} is no key` } }, 'TypeError', /the option tls cannot be used/],
  [{ tls: null }, 'TypeError', /tls/],
  [{ deflate: 'no' }, 'TypeError', /deflate is true or false/],
  [{ showSecrets: 1 }, 'TypeError', /showSecrets is true or false/],
  [{ signal: {} }, 'TypeError', /signal is an AbortSignal/],
  [{ onprobe: 1 }, 'TypeError', /onprobe is a function/],
  [{ timeoutMs: 0 }, 'RangeError', /timeoutMs is a number from 1/],
  [{ timeoutMs: Number.NaN }, 'RangeError', /timeoutMs/],
  [{ timeoutMs: Number.POSITIVE_INFINITY }, 'RangeError', /timeoutMs/],
  [{ timeoutMs: '1000' }, 'RangeError', /timeoutMs/],
  [{ stageMs: -1 }, 'RangeError', /stageMs/],
  [{ stageMs: 2 ** 31 }, 'RangeError', /stageMs/],
  [{ idleMs: 0 }, 'RangeError', /idleMs/],
  [{ expectOpenMs: 1e10 }, 'RangeError', /expectOpenMs/],
  [{ maxConnections: 0 }, 'RangeError', /maxConnections/],
  [{ maxConnections: 1000 }, 'RangeError', /maxConnections/],
];

describe('options that cannot be meant', () => {
  for (const [options, name, message] of wrong) {
    test(JSON.stringify(options), async () => {
      let connections = 0;
      const { port, stop } = await bound(
        createServer((socket) => {
          connections += 1;
          socket.destroy();
        }),
      );
      try {
        const given = { proxy: null, ...options } as DiagnoseOptions;
        const error = await diagnose(`ws://127.0.0.1:${port}/`, given).then(
          () => undefined,
          (reason: unknown) => reason,
        );
        assert.ok(error instanceof Error);
        assert.equal(error.name, name);
        assert.match(error.message, message);
        assert.ok(!error.message.includes(S), error.message);
        assert.equal(connections, 0);
      } finally {
        await stop();
      }
    });
  }

  test('no object at all', async () => {
    await assert.rejects(diagnose('ws://h.test/', null as unknown as DiagnoseOptions), TypeError);
  });

  test('a proxy of the environment that is none', () => {
    const { HTTPS_PROXY } = process.env;
    process.env.HTTPS_PROXY = `gopher://u:${S}@h`;
    try {
      assert.throws(() => checkUsage('wss://h.test/'), {
        name: 'TypeError',
        message: /^HTTPS_PROXY is not a URL/,
      });
    } finally {
      if (HTTPS_PROXY === undefined) delete process.env.HTTPS_PROXY;
      else process.env.HTTPS_PROXY = HTTPS_PROXY;
    }
  });
});

test('options that can be meant', () => {
  const right: readonly DiagnoseOptions[] = [
    {},
    {
      headers: [
        ['X-A', ''],
        ['X-B', 'caf\u00e9\t1'],
        ['User-Agent', 'me'],
      ],
    },
    { origin: null },
    { origin: 'null' },
    { origin: 'chrome-extension://abc' },
    { origin: 'https://[::1]:8443' },
    { direct: '[::1]:80', resolve: '::1' },
    { page: 'https://h.test/a?b=c' },
    { proxy: 'socks5h://u:p@127.0.0.1:1080' },
    { reflect: true },
    { reflect: 'a-token-of-24-characters' },
    { timeoutMs: 86_400_000, stageMs: 1, maxConnections: 64 },
    { signal: new AbortController().signal, onprobe: () => {} },
  ];
  for (const options of right) assert.doesNotThrow(() => checkUsage('wss://h.test/', options));
});

test('a URL that is none is no wrong usage: the report says what is wrong about it', async () => {
  const { causes, exit } = await diagnose('gopher://h.test/', { proxy: null });
  assert.deepEqual([causes[0]?.code, exit], ['URL_SCHEME', 3]);
});
