// RFC 6455 §4.2 to §4.4: what a server requires of a request and what it answers. Each test is one requirement; the
// details are in test/handshake/.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { acceptFor } from '../../src/handshake/key.js';
import { chooseSubprotocol } from '../../src/handshake/negotiate.js';
import { refusal } from '../../src/handshake/refusal.js';
import { judgeRequest } from '../../src/handshake/request.js';
import { writeAccept } from '../../src/handshake/response.js';
import { ACCEPT, change, KEY, REQUEST, requestCode, requestHead } from '../handshake/heads.js';

/** Status and fields of the refusal of a request with one change. */
function refused(prefix: string, ...lines: string[]) {
  const verdict = judgeRequest(requestHead(change(REQUEST, prefix, ...lines)));
  assert.ok(!verdict.ok);
  const { status, fields } = refusal(verdict.rejection);
  return { status, get: (name: string) => fields.get(name) };
}

describe('RFC 6455 §4.2.1, reading the request', () => {
  const rows: [string, string, string[], string][] = [
    ['(1) the method is GET', 'GET', ['PUT / HTTP/1.1'], 'REQ_METHOD'],
    ['(1) the version is 1.1 or higher', 'GET', ['GET / HTTP/1.0'], 'REQ_HTTP_VERSION'],
    ['(1) an absolute URL is a target too', 'GET', ['GET http://example.com/ HTTP/1.1'], ''],
    ['(2) Host is there', 'Host', [], 'REQ_HOST'],
    ['(3) Upgrade is websocket', 'Upgrade', ['Upgrade: tls/1.0'], 'REQ_UPGRADE'],
    ['(3) in any case', 'Upgrade', ['Upgrade: WebSocket'], ''],
    ['(4) Connection has the token Upgrade', 'Connection', ['Connection: upgraded'], 'PROXY_CONNECTION_LOST'],
    ['(4) in any case', 'Connection', ['Connection: upgrade'], ''],
    ['(5) the key is there', 'Sec-WebSocket-Key', [], 'REQ_KEY_MISSING'],
    ['(5) the key decodes to 16 bytes', 'Sec-WebSocket-Key', ['Sec-WebSocket-Key: AAAA'], 'REQ_KEY_INVALID'],
    ['(6) the version is 13', 'Sec-WebSocket-Version', ['Sec-WebSocket-Version: 12'], 'REQ_VERSION'],
    ['(7) Origin is optional', '', ['Origin: https://example.com'], ''],
    ['(8) subprotocols are optional', '', ['Sec-WebSocket-Protocol: a'], ''],
    ['(9) extensions are optional', '', ['Sec-WebSocket-Extensions: a'], ''],
    ['(10) other fields are ignored', '', ['Cookie: a=b', 'X-Unknown: c'], ''],
  ];
  for (const [what, prefix, lines, code] of rows) {
    test(what, () => assert.equal(requestCode(change(REQUEST, prefix, ...lines)), code));
  }
});

describe('RFC 6455 §4.2.2, answering', () => {
  const lines = writeAccept(acceptFor(KEY), 'chat', [{ name: 'x', parameters: [] }]).split('\r\n');
  test('(5.1) the status line', () => assert.equal(lines[0], 'HTTP/1.1 101 Switching Protocols'));
  test('(5.2) Upgrade', () => assert.ok(lines.includes('Upgrade: websocket')));
  test('(5.3) Connection', () => assert.ok(lines.includes('Connection: Upgrade')));
  test('(5.4) the accept value', () => assert.ok(lines.includes(`Sec-WebSocket-Accept: ${ACCEPT}`)));
  test('(5.4) for the key of the RFC', () =>
    assert.equal(acceptFor('dGhlIHNhbXBsZSBub25jZQ=='), 's3pPLMBiTxaQ9kYGzzhZRbK+xOo='));
  test('(5.5) at most one subprotocol', () => assert.ok(lines.includes('Sec-WebSocket-Protocol: chat')));
  test('(5.5) only one that was offered', () => {
    assert.equal(chooseSubprotocol(['a'], ['b', 'a'], undefined), 'a');
    assert.throws(() => chooseSubprotocol(['a'], () => 'b', undefined), TypeError);
  });
  test('(5.5) none is an answer', () => {
    assert.equal(chooseSubprotocol(['a'], ['b'], undefined), '');
    assert.doesNotMatch(writeAccept(ACCEPT), /Sec-WebSocket-Protocol/);
  });
  test('(5.6) extensions', () => assert.ok(lines.includes('Sec-WebSocket-Extensions: x')));
});

describe('RFC 6455 §4.2.2(4), §4.4, another version', () => {
  for (const version of ['0', '7', '8', '12', '14', '255']) {
    test(`${version} is answered by 426 and the version that is spoken`, () => {
      const { status, get } = refused('Sec-WebSocket-Version', `Sec-WebSocket-Version: ${version}`);
      assert.deepEqual([status, get('sec-websocket-version'), get('upgrade')], [426, '13', 'websocket']);
    });
  }
  test('none is answered alike', () => assert.equal(refused('Sec-WebSocket-Version').status, 426));
});

describe('RFC 6455 §4.3, the grammar of the fields', () => {
  const bad: [string, string, string][] = [
    ['Sec-WebSocket-Version', '013', 'REQ_VERSION_SYNTAX'],
    ['Sec-WebSocket-Version', '256', 'REQ_VERSION_SYNTAX'],
    ['Sec-WebSocket-Version', '13.0', 'REQ_VERSION_SYNTAX'],
    ['Sec-WebSocket-Protocol', 'a b', 'REQ_PROTO_SYNTAX'],
    ['Sec-WebSocket-Protocol', '', 'REQ_PROTO_SYNTAX'],
    ['Sec-WebSocket-Extensions', 'a;', 'REQ_EXT_SYNTAX'],
    ['Sec-WebSocket-Extensions', 'a; b="c d"', 'REQ_EXT_SYNTAX'],
  ];
  for (const [name, value, code] of bad) {
    test(`${name}: ${value} is malformed, which is a 400`, () => {
      const lines = REQUEST.filter((line) => !line.startsWith(name));
      assert.equal(requestCode([...lines, `${name}: ${value}`]), code);
      const verdict = judgeRequest(requestHead([...lines, `${name}: ${value}`]));
      assert.ok(!verdict.ok);
      assert.equal(verdict.rejection.reason.status, 400);
    });
  }
});

describe('RFC 6455 §11.3, fields that stand once', () => {
  const rows: [string, string][] = [
    [`Sec-WebSocket-Key: ${KEY}`, 'REQ_KEY_REPEATED'],
    ['Sec-WebSocket-Version: 13', 'REQ_DUPLICATE_FIELD'],
  ];
  for (const [line, code] of rows) test(line, () => assert.equal(requestCode([...REQUEST, line]), code));
  for (const name of ['Sec-WebSocket-Protocol', 'Sec-WebSocket-Extensions']) {
    test(`${name} may stand several times`, () =>
      assert.equal(requestCode([...REQUEST, `${name}: a`, `${name}: b`]), ''));
  }
});
