// Knows: that a mistake in the options is refused at once, by name.
import assert from 'node:assert/strict';
import { createServer as createHttp } from 'node:http';
import { test } from 'node:test';
import { createServer, type ServerOptions } from '../../src/index.js';
import { serve } from './peer.js';

const mistakes: [string, object, RegExp][] = [
  [
    'an unknown key',
    { port: 0, protocols: [] },
    /unknown option "protocols" in createServer\(\): did you mean "subprotocols"\?/,
  ],
  ['a key in another case', { port: 0, onMessage() {} }, /"onMessage".*did you mean "onmessage"\?/],
  ['a singular', { port: 0, origin: [] }, /"origin".*did you mean "origins"\?/],
  ['a key that resembles none', { port: 0, xyzzyplugh: 1 }, /"xyzzyplugh".*known are/],
  ['a key of Prototype', { port: 0, constructor: 1 }, /unknown option "constructor"/],
  [
    'an unknown limit',
    { port: 0, limits: { maxMessageSize: 1 } },
    /"maxMessageSize" in limits: did you mean "maxMessageBytes"\?/,
  ],
  [
    'an unknown timeout',
    { port: 0, timeouts: { headerMs: 1 } },
    /"headerMs" in timeouts: did you mean "headMs"\?/,
  ],
  [
    'an unknown heartbeat',
    { port: 0, heartbeat: { interval: 1 } },
    /"interval" in heartbeat: did you mean "intervalMs"\?/,
  ],
  ['an unknown key of a route', { port: 0, routes: { '/a': { auth: 1 } } }, /"auth" in route \/a/],
  ['a port in a route', { port: 0, routes: { '/a': { port: 1 } } }, /"port" in route \/a/],
  [
    'a limit that is no number',
    { port: 0, limits: { maxMessageBytes: '1' } },
    /limits\.maxMessageBytes must be a number/,
  ],
  ['a negative limit', { port: 0, limits: { maxFragments: -1 } }, /limits\.maxFragments/],
  ['a timeout that is NaN', { port: 0, timeouts: { closeMs: NaN } }, /timeouts\.closeMs/],
  ['neither port nor server', {}, /give a `port`.*or a `server`/],
  ['port and server', { port: 0, server: createHttp() }, /leave out port, tls and http/],
  ['server and http', { server: createHttp(), http() {} }, /leave out port, tls and http/],
  ['path and routes', { port: 0, path: '/a', routes: {} }, /`path` or `routes`/],
  ['a path without a slash', { port: 0, path: 'a' }, /begins with a slash/],
  ['a path with a pattern', { port: 0, path: '/a*' }, /without query or pattern/],
  ['a path with a query', { port: 0, path: '/a?b' }, /without query or pattern/],
  ['a parameter without a name', { port: 0, routes: { '/a/:': {} } }, /a parameter is :name/],
  [
    'an origin with a path',
    { port: 0, origins: ['https://a.example/'] },
    /"https:\/\/a\.example\/" is no origin/,
  ],
  ['an origin without a scheme', { port: 0, origins: ['a.example'] }, /is no origin/],
  ['an origin that is a pattern', { port: 0, origins: ['https://*.a.example'] }, /is no origin/],
  [
    'a list of origins as a text',
    { port: 0, origins: 'https://a.example' },
    /'same-origin', 'any-insecure', a list or a function/,
  ],
  ['an origin of a route', { port: 0, routes: { '/a': { origins: ['x'] } } }, /origins in route \/a/],
  ['a subprotocol that is no token', { port: 0, subprotocols: ['a b'] }, /"a b" is no token/],
  ['a subprotocol with CR LF', { port: 0, subprotocols: { names: ['a\r\nb'] } }, /is no token/],
  ['a host with a scheme', { port: 0, hosts: ['http://a.example'] }, /is no host/],
  [
    'a proxy that is a name',
    { port: 0, trustedProxies: ['proxy.example'] },
    /trustedProxies takes addresses and networks/,
  ],
  ['a network too wide', { port: 0, trustedProxies: ['10.0.0.0/33'] }, /trustedProxies/],
  ['a type of messages that there is not', { port: 0, messages: 'json' }, /both, text or binary/],
];

for (const [name, options, message] of mistakes) {
  test(`${name} → refused by name`, () => {
    assert.throws(
      () => createServer(options as ServerOptions),
      (error) => {
        assert.ok(error instanceof TypeError || error instanceof RangeError);
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test('a port in use → ready rejects, and nothing else', async () => {
  await using first = await serve();
  const second = createServer({ port: first.port });
  await assert.rejects(second.ready, { code: 'EADDRINUSE' });
  assert.throws(() => second.port, /await server\.ready/);
  await second.close();
});

test('url and port say where it listens', async () => {
  await using server = await serve({ host: '::1' });
  assert.equal(server.url, `ws://[::1]:${server.port}/`);
});
