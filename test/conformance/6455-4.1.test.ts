// RFC 6455 §4.1: what a client requires of the answer. Each test is one requirement; the details are in
// test/handshake/response.test.ts.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { serializeRequest } from '../../src/handshake/head.js';
import { isKey, newKey } from '../../src/handshake/key.js';
import { writeRequest } from '../../src/handshake/write-request.js';
import { ACCEPT, change, KEY, RESPONSE, responseCode } from '../handshake/heads.js';

describe('RFC 6455 §4.1, the request of a client', () => {
  const text = serializeRequest(
    writeRequest({
      host: 'example.com',
      target: '/chat',
      key: KEY,
      origin: 'https://example.com',
      subprotocols: ['a', 'b'],
    }),
  );
  const rows: [string, RegExp][] = [
    ['(1), (2) is a GET with HTTP/1.1', /^GET \/chat HTTP\/1\.1\r\n/],
    ['(4) has a Host', /\r\nHost: example\.com\r\n/],
    ['(5) has Upgrade: websocket', /\r\nUpgrade: websocket\r\n/],
    ['(6) has Connection: Upgrade', /\r\nConnection: Upgrade\r\n/],
    ['(7) has one key', /\r\nSec-WebSocket-Key: [A-Za-z0-9+/]{22}==\r\n/],
    ['(8) has an Origin when told', /\r\nOrigin: https:\/\/example\.com\r\n/],
    ['(9) has version 13', /\r\nSec-WebSocket-Version: 13\r\n/],
    ['(10) lists subprotocols in order', /\r\nSec-WebSocket-Protocol: a, b\r\n/],
    ['ends with an empty line', /\r\n\r\n$/],
  ];
  for (const [what, pattern] of rows) test(what, () => assert.match(text, pattern));
  test('(7) has a fresh key each time', () => {
    const [one, two] = [newKey(), newKey()];
    assert.ok(isKey(one) && isKey(two) && one !== two);
  });
});

describe('RFC 6455 §4.1, the answer to a client', () => {
  const asked = { key: KEY, subprotocols: ['chat'], extensions: [{ name: 'x', parameters: [] }] };
  const code = (prefix: string, ...lines: string[]) =>
    responseCode(change(RESPONSE, prefix, ...lines), asked);
  const rows: [string, string, string[], string][] = [
    ['(1) another status than 101 is no WebSocket', 'HTTP', ['HTTP/1.1 200 OK'], 'ROUTE_HTTP_200'],
    ['(2) Upgrade is there', 'Upgrade', [], 'RESP_UPGRADE_MISSING'],
    ['(2) Upgrade is websocket', 'Upgrade', ['Upgrade: http/2'], 'RESP_UPGRADE_WRONG'],
    ['(2) Upgrade is websocket in any case', 'Upgrade', ['Upgrade: WEBSOCKET'], ''],
    ['(3) Connection is there', 'Connection', [], 'RESP_CONNECTION_MISSING'],
    [
      '(3) Connection has the token Upgrade',
      'Connection',
      ['Connection: keep-alive'],
      'RESP_CONNECTION_WRONG',
    ],
    ['(3) Connection has it in any case, in a list', 'Connection', ['Connection: a, UPGRADE'], ''],
    ['(4) the accept value is there', 'Sec-WebSocket-Accept', [], 'RESP_ACCEPT_MISSING'],
    [
      '(4) the accept value is right',
      'Sec-WebSocket-Accept',
      [`Sec-WebSocket-Accept: x${ACCEPT}`],
      'RESP_ACCEPT_WRONG',
    ],
    [
      '(4) white space around it does not count',
      'Sec-WebSocket-Accept',
      [`Sec-WebSocket-Accept:  ${ACCEPT} \t`],
      '',
    ],
    ['(5) an extension was offered', '', ['Sec-WebSocket-Extensions: y'], 'EXT_UNSOLICITED'],
    ['(5) an extension that was offered passes', '', ['Sec-WebSocket-Extensions: x'], ''],
    ['(6) a subprotocol was offered', '', ['Sec-WebSocket-Protocol: other'], 'PROTO_NOT_OFFERED'],
    ['(6) a subprotocol that was offered passes', '', ['Sec-WebSocket-Protocol: chat'], ''],
  ];
  for (const [what, prefix, lines, expected] of rows) {
    test(what, () => assert.equal(code(prefix, ...lines), expected));
  }
});
