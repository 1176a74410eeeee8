// The answer: how a server writes it (RFC 6455 §4.2.2) and how a client judges it (RFC 6455 §4.1).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseExtensions } from '../../src/handshake/fields.js';
import { type FieldLine, Fields, type ResponseHead } from '../../src/handshake/head.js';
import { type Asked, auditResponse, judgeResponse, writeAccept } from '../../src/handshake/response.js';
import {
  ACCEPT,
  change,
  KEY,
  parseResponse,
  RESPONSE,
  responseCode,
  responseCodes,
  responseHead,
} from './heads.js';

const extensions = (value: string) => {
  const offers = parseExtensions(value);
  assert.ok(Array.isArray(offers));
  return offers;
};

const asked: Asked = {
  key: KEY,
  subprotocols: ['json', 'msgpack'],
  extensions: extensions('permessage-deflate; client_max_window_bits, x-one'),
};

describe('a 101 that is written', () => {
  test('is the smallest one', () => assert.equal(writeAccept(ACCEPT), `${RESPONSE.join('\r\n')}\r\n\r\n`));
  test('has subprotocol, extensions and more fields in order', () => {
    const text = writeAccept(ACCEPT, 'json', extensions('x; a=1'), [
      ['Set-Cookie', 'a=b'],
      ['Set-Cookie', 'c=d'],
    ]);
    assert.deepEqual(text.split('\r\n').slice(4), [
      'Sec-WebSocket-Protocol: json',
      'Sec-WebSocket-Extensions: x; a=1',
      'Set-Cookie: a=b',
      'Set-Cookie: c=d',
      '',
      '',
    ]);
  });
  const wrong: [string, string, readonly (readonly [string, string])[]][] = [
    ['a subprotocol with a line end', 'a\r\nEvil: 1', []],
    ['a subprotocol with NUL', 'a\0', []],
    ['a field with a line end', '', [['X', 'a\r\nEvil: 1']]],
    ['a field name with a line end', '', [['X\r\nEvil', '1']]],
    ['a second accept value', '', [['sec-websocket-ACCEPT', ACCEPT]]],
    ['a body', '', [['Content-Length', '0']]],
  ];
  for (const [what, subprotocol, extra] of wrong) {
    test(`throws for ${what}`, () =>
      assert.throws(() => writeAccept(ACCEPT, subprotocol, [], extra), TypeError));
  }
  test('throws for an extension that is no token', () => {
    const broken = [{ name: 'x\r\nEvil', parameters: [] }];
    assert.throws(() => writeAccept(ACCEPT, '', broken), TypeError);
  });
  test('is accepted by the rules', () => {
    const progress = parseResponse(Buffer.from(writeAccept(ACCEPT, 'json', extensions('x-one')), 'latin1'));
    assert.ok(progress.state === 'head');
    assert.deepEqual(judgeResponse(progress.head, asked), {
      ok: true,
      value: { subprotocol: 'json', extensions: [{ name: 'x-one', parameters: [] }] },
    });
  });
});

test('a 101 that answers nothing more', () => {
  const verdict = judgeResponse(responseHead(), { key: KEY });
  assert.deepEqual(verdict, { ok: true, value: { subprotocol: '', extensions: [] } });
});

describe('must be accepted', () => {
  const rows: Record<string, string[]> = {
    'mixed case': [
      'HTTP/1.1 101 ok',
      'UPGRADE: WebSocket',
      'connection: uPgRaDe',
      `sec-websocket-accept: ${ACCEPT}`,
    ],
    'an empty reason': change(RESPONSE, 'HTTP', 'HTTP/1.1 101 '),
    'Connection: keep-alive, Upgrade': change(RESPONSE, 'Connection', 'Connection: keep-alive, Upgrade'),
    'two Connection lines': change(RESPONSE, 'Connection', 'Connection: keep-alive', 'Connection: Upgrade'),
    'other fields': [...RESPONSE, 'Server: x', 'Date: y', 'Content-Length: 0', '__proto__: z'],
    'one subprotocol': [...RESPONSE, 'Sec-WebSocket-Protocol: msgpack'],
    'no subprotocol': RESPONSE,
    'an extension': [...RESPONSE, 'Sec-WebSocket-Extensions: x-one'],
    'two extensions on two lines': [
      ...RESPONSE,
      'Sec-WebSocket-Extensions: x-one',
      'Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=10',
    ],
    'HTTP/1.2': change(RESPONSE, 'HTTP', 'HTTP/1.2 101 x'),
  };
  for (const [what, lines] of Object.entries(rows)) {
    test(what, () => assert.equal(responseCode(lines, asked), ''));
  }
});

describe('must be refused', () => {
  const rows: [string, string, string[], string][] = [
    ['200', 'HTTP', ['HTTP/1.1 200 OK'], 'ROUTE_HTTP_200'],
    ['204', 'HTTP', ['HTTP/1.1 204 No Content'], 'HTTP_STATUS'],
    ['103 before it', 'HTTP', ['HTTP/1.1 103 Early Hints'], 'HTTP_INTERIM'],
    ['HTTP/1.0', 'HTTP', ['HTTP/1.0 101 x'], 'HTTP_VERSION_10'],
    ['HTTP/2.0', 'HTTP', ['HTTP/2.0 101 x'], 'HTTP_VERSION_10'],
    ['no Upgrade', 'Upgrade', [], 'RESP_UPGRADE_MISSING'],
    ['another Upgrade', 'Upgrade', ['Upgrade: h2c'], 'RESP_UPGRADE_WRONG'],
    ['a list in Upgrade', 'Upgrade', ['Upgrade: websocket, h2c'], 'RESP_UPGRADE_WRONG'],
    ['two Upgrades', '', ['Upgrade: websocket'], 'RESP_UPGRADE_WRONG'],
    ['no Connection', 'Connection', [], 'RESP_CONNECTION_MISSING'],
    ['Connection: close', 'Connection', ['Connection: close'], 'RESP_CONNECTION_WRONG'],
    ['Connection: upgrades', 'Connection', ['Connection: upgrades'], 'RESP_CONNECTION_WRONG'],
    ['no accept value', 'Sec-WebSocket-Accept', [], 'RESP_ACCEPT_MISSING'],
    ['an empty accept value', 'Sec-WebSocket-Accept', ['Sec-WebSocket-Accept:'], 'RESP_ACCEPT_WRONG'],
    [
      'the sample of the RFC',
      'Sec-WebSocket-Accept',
      ['Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo='],
      'RESP_ACCEPT_WRONG',
    ],
    [
      'other case',
      'Sec-WebSocket-Accept',
      [`Sec-WebSocket-Accept: ${ACCEPT.toLowerCase()}`],
      'RESP_ACCEPT_WRONG',
    ],
    ['two accept values', '', [`Sec-WebSocket-Accept: ${ACCEPT}`], 'RESP_ACCEPT_REPEATED'],
    ['two subprotocols', '', ['Sec-WebSocket-Protocol: json, msgpack'], 'PROTO_MULTIPLE'],
    [
      'two lines of subprotocols',
      '',
      ['Sec-WebSocket-Protocol: json', 'Sec-WebSocket-Protocol: json'],
      'PROTO_MULTIPLE',
    ],
    ['words for a subprotocol', '', ['Sec-WebSocket-Protocol: json msgpack'], 'PROTO_MULTIPLE'],
    ['another subprotocol', '', ['Sec-WebSocket-Protocol: xml'], 'PROTO_NOT_OFFERED'],
    ['another case', '', ['Sec-WebSocket-Protocol: JSON'], 'PROTO_CASE'],
    ['a malformed extension', '', ['Sec-WebSocket-Extensions: x-one;'], 'EXT_SYNTAX'],
    ['no extension', '', ['Sec-WebSocket-Extensions:'], 'EXT_SYNTAX'],
    ['another extension', '', ['Sec-WebSocket-Extensions: x-two'], 'EXT_UNSOLICITED'],
    ['an extension twice', '', ['Sec-WebSocket-Extensions: x-one, x-one'], 'EXT_DUPLICATE'],
  ];
  for (const [what, prefix, lines, code] of rows) {
    test(what, () => assert.equal(responseCode(change(RESPONSE, prefix, ...lines), asked), code));
  }
  test('a subprotocol that nobody asked for', () =>
    assert.equal(responseCode([...RESPONSE, 'Sec-WebSocket-Protocol: json']), 'PROTO_UNSOLICITED'));
  test('an extension that nobody asked for', () =>
    assert.equal(
      responseCode([...RESPONSE, 'Sec-WebSocket-Extensions: permessage-deflate']),
      'EXT_UNSOLICITED',
    ));
  test('an empty subprotocol is none', () =>
    assert.equal(responseCode([...RESPONSE, 'Sec-WebSocket-Protocol:'], asked), ''));
});

describe('an audit', () => {
  test('finds nothing in a valid answer', () => assert.deepEqual(responseCodes(RESPONSE), []));
  test('finds all faults of an empty 101', () =>
    assert.deepEqual(responseCodes(['HTTP/1.0 101 x']), [
      'HTTP_VERSION_10',
      'RESP_UPGRADE_MISSING',
      'RESP_CONNECTION_MISSING',
      'RESP_ACCEPT_MISSING',
    ]));
  test('finds all faults of a wrong 101, each once', () => {
    const lines = [
      ...[
        'HTTP/1.1 101 x',
        'Upgrade: h2c',
        'Connection: close',
        'Sec-WebSocket-Accept: x',
        'Sec-WebSocket-Accept: y',
      ],
      ...['Sec-WebSocket-Protocol: JSON', 'Sec-WebSocket-Extensions: ;', 'Transfer-Encoding: chunked'],
    ];
    assert.deepEqual(responseCodes(lines, asked), [
      ...['RESP_UPGRADE_WRONG', 'RESP_CONNECTION_WRONG', 'RESP_ACCEPT_REPEATED', 'RESP_ACCEPT_WRONG'],
      ...['PROTO_CASE', 'EXT_SYNTAX', 'RESP_BODY'],
    ]);
  });
  test('notes what is legal and yet trouble', () => {
    const lines = change([...RESPONSE, 'Content-Length: 0'], 'Connection', 'Connection: keep-alive, Upgrade');
    assert.deepEqual(responseCodes(lines, asked), [
      'RESP_CONNECTION_LIST',
      'RESP_BODY',
      'PROTO_NOT_SELECTED',
    ]);
  });
  test('says of another status what it means', () =>
    assert.deepEqual(responseCodes(['HTTP/1.1 404 Not Found']), ['ROUTE_NOT_FOUND']));
});

describe('an answer over HTTP/2', () => {
  const answer = (status: number, ...lines: FieldLine[]): ResponseHead => ({
    carrier: 'h2',
    version: '2',
    status,
    reason: '',
    fields: new Fields(lines),
  });
  const code = (head: ResponseHead) => {
    const verdict = judgeResponse(head, { ...asked, key: '' });
    return verdict.ok ? '' : verdict.rejection.reason.code;
  };

  test('opens with 200, and needs no Upgrade, Connection or accept value', () => {
    const lines: FieldLine[] = [
      ['sec-websocket-protocol', 'json'],
      ['sec-websocket-extensions', 'x-one'],
    ];
    assert.deepEqual(judgeResponse(answer(200, ...lines), { ...asked, key: '' }), {
      ok: true,
      value: { subprotocol: 'json', extensions: [{ name: 'x-one', parameters: [] }] },
    });
  });
  test('is held to the subprotocols and extensions that were offered', () => {
    assert.equal(code(answer(200, ['sec-websocket-protocol', 'xml'])), 'PROTO_NOT_OFFERED');
    assert.equal(code(answer(200, ['sec-websocket-protocol', 'json, msgpack'])), 'PROTO_MULTIPLE');
    assert.equal(code(answer(200, ['sec-websocket-extensions', 'x-two'])), 'EXT_UNSOLICITED');
  });
  test('that is wrong for HTTP/1.1 in other fields is no fault here', () => {
    const lines: FieldLine[] = [
      ['sec-websocket-accept', 'x'],
      ['content-length', '0'],
    ];
    assert.deepEqual(auditResponse(answer(200, ...lines), { key: '' }), []);
  });
  test('with another status means what it means over HTTP/1.1, and 200 was wanted', () => {
    const [rejection] = auditResponse(answer(404), { key: '' });
    assert.equal(rejection?.reason.code, 'ROUTE_NOT_FOUND');
    assert.deepEqual(rejection?.evidence, { field: 'status', seen: '404', wanted: '200' });
    assert.equal(code(answer(101)), 'HTTP_INTERIM');
  });
});
