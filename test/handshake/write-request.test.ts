// The request that a client writes: RFC 6455 §4.1.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serializeRequest } from '../../src/handshake/head.js';
import { judgeRequest } from '../../src/handshake/request.js';
import { type HandshakeRequestParts, writeConnect, writeRequest } from '../../src/handshake/write-request.js';
import { KEY, parseRequest } from './heads.js';

const parts: HandshakeRequestParts = { host: 'example.com', target: '/ws', key: KEY };

test('the smallest request', () => {
  assert.equal(
    serializeRequest(writeRequest(parts)),
    [
      'GET /ws HTTP/1.1',
      'Host: example.com',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Key: ${KEY}`,
      'Sec-WebSocket-Version: 13',
      '\r\n',
    ].join('\r\n'),
  );
});

test('everything that may be asked, in order', () => {
  const head = writeRequest({
    ...parts,
    host: '[::1]:8080',
    target: '/ws?a=b',
    origin: 'https://example.com',
    subprotocols: ['json', 'msgpack'],
    extensions: [{ name: 'x', parameters: [{ name: 'a', value: '1' }] }],
    headers: [
      ['X-B', '1'],
      ['X-A', '2'],
      ['X-B', '3'],
      ['Cookie', 'a=b'],
    ],
  });
  assert.deepEqual(
    [...head.fields].slice(5).map(([name, value]) => `${name}: ${value}`),
    [
      'Origin: https://example.com',
      'Sec-WebSocket-Protocol: json, msgpack',
      'Sec-WebSocket-Extensions: x; a=1',
      'X-B: 1',
      'X-A: 2',
      'X-B: 3',
      'Cookie: a=b',
    ],
  );
  const progress = parseRequest(Buffer.from(serializeRequest(head), 'latin1'));
  assert.ok(progress.state === 'head');
  assert.deepEqual(judgeRequest(progress.head), {
    ok: true,
    value: {
      key: KEY,
      path: '/ws',
      query: 'a=b',
      host: '[::1]:8080',
      origin: 'https://example.com',
      subprotocols: ['json', 'msgpack'],
      extensions: [{ name: 'x', parameters: [{ name: 'a', value: '1' }] }],
    },
  });
});

describe('is refused with a TypeError', () => {
  const rows: Record<string, Partial<HandshakeRequestParts>> = {
    'a host with a line end': { host: 'a\r\nEvil: 1' },
    'an empty host': { host: '' },
    'a target with a space': { target: '/a b' },
    'a target that is no path': { target: 'http://a/' },
    'an empty target': { target: '' },
    'a key of another length': { key: 'abc' },
    'an origin with a path': { origin: 'https://a.example/x' },
    'a subprotocol that is no token': { subprotocols: ['a b'] },
    'an empty subprotocol': { subprotocols: [''] },
    'a subprotocol twice': { subprotocols: ['a', 'b', 'a'] },
    'an extension that is no token': { extensions: [{ name: 'a,b', parameters: [] }] },
    'its own field': { headers: [['sec-websocket-KEY', KEY]] },
    'a second host': { headers: [['Host', 'b']] },
    'a body': { headers: [['Content-Length', '1']] },
  };
  for (const [what, change] of Object.entries(rows)) {
    test(what, () => assert.throws(() => writeRequest({ ...parts, ...change }), TypeError));
  }
  test('a credential in a subprotocol, without being shown', () => {
    assert.throws(
      () => writeRequest({ ...parts, subprotocols: ['Bearer s3cret'] }),
      (error: Error) => !error.message.includes('s3cret'),
    );
  });
  test('a header value with a line end, when it is serialized', () => {
    const head = writeRequest({ ...parts, headers: [['X', 'a\r\nEvil: 1']] });
    assert.throws(() => serializeRequest(head), TypeError);
  });
});

describe('on HTTP/2', () => {
  const { key: _, ...place } = parts;

  test('an extended CONNECT without key, Upgrade and Connection, all names in lower case', () => {
    const { fields, ...start } = writeConnect({
      ...place,
      target: '/ws?a=b',
      origin: 'https://example.com',
      subprotocols: ['json'],
      extensions: [{ name: 'x', parameters: [] }],
      headers: [['X-A', '\xe4']],
    });
    assert.deepEqual(start, { carrier: 'h2', method: 'CONNECT', target: '/ws?a=b', version: '2' });
    assert.deepEqual(
      [...fields].map((line) => line.join(': ')),
      [
        'host: example.com',
        'sec-websocket-version: 13',
        'origin: https://example.com',
        'sec-websocket-protocol: json',
        'sec-websocket-extensions: x',
        'x-a: \xe4',
      ],
    );
  });

  const rows: Record<string, Partial<HandshakeRequestParts>> = {
    'an empty host': { host: '' },
    'a target that is no path': { target: '*' },
    'its own field': { headers: [['Sec-WebSocket-Key', KEY]] },
    'a field of one connection': { headers: [['Connection', 'close']] },
    'another one': { headers: [['Keep-Alive', 'timeout=5']] },
    'TE, which a proxy may not pass on': { headers: [['TE', 'trailers']] },
    'a name that is a pseudo-header': { headers: [[':path', '/other']] },
    'a value with a line end': { headers: [['X', 'a\r\nEvil: 1']] },
  };
  for (const [what, change] of Object.entries(rows)) {
    test(`${what} is refused with a TypeError`, () =>
      assert.throws(() => writeConnect({ ...place, ...change }), TypeError));
  }
});
