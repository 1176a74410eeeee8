// Close events in the forms in which they are pasted, and source text with a GUID.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';

const explained = (text: string) => explain(new Material(Buffer.from(text)))?.[0];

describe('close events', () => {
  const events: readonly [text: string, code: string | undefined, isGood: boolean][] = [
    ['{"code":1006,"reason":"","wasClean":false}', 'CLOSE_NO_FRAME_FIN', false],
    [
      "CloseEvent {isTrusted: true, wasClean: false, code: 1006, reason: '', type: 'close'}",
      'CLOSE_NO_FRAME_FIN',
      false,
    ],
    ['close 1006 "" clean=false', 'CLOSE_NO_FRAME_FIN', false],
    ['Connection closed: 1011 (internal error) boom.', 'CLOSE_1011', false],
    ['websocket: close 1009 (message too big)', 'MSG_TOO_BIG', false],
    ['{"code":1000,"reason":"done","wasClean":true}', undefined, true],
    ['{"code":1001,"reason":"","wasClean":true}', 'CLOSE_1001', true],
    ['{"code":1005,"reason":"","wasClean":true}', 'CLOSE_NO_STATUS', true],
    ['{"code":1012,"reason":"","wasClean":true}', 'CLOSE_1012', false],
    ['{"code":3000,"reason":"","wasClean":true}', 'CLOSE_3000', false],
    ['{"code":4401,"reason":"Unauthorized","wasClean":true}', 'CLOSE_APP', false],
    ['{"code":1008,"reason":"MSG_SLOW_CONSUMER: 2 MiB untaken","wasClean":true}', 'MSG_SLOW_CONSUMER', false],
  ];
  for (const [text, code, isGood] of events) {
    test(text, () => {
      const found = explained(text)!;
      assert.equal(found.code, code);
      assert.equal(found.isGood, isGood);
      for (const each of found.candidates) assert.ok(catalogue.has(each), each);
    });
  }

  test('1006 says what it hides, and which command does not', () => {
    const found = explained('{"code":1006,"reason":"","wasClean":false}')!;
    assert.equal(found.confidence, 'possible');
    assert.match(found.couldNotKnow, /ever opened/);
    assert.equal(found.decide, 'handfast doctor --idle 120 URL');
  });

  test('in words', () => {
    for (const [text, code] of [
      ['close 1006', 'CLOSE_NO_FRAME_FIN'],
      ['WebSocket connection closed 1006 ()', 'CLOSE_NO_FRAME_FIN'],
      ['closed with code 4401', 'CLOSE_APP'],
      ['Connection closed, code: 1011', 'CLOSE_1011'],
    ] as const) {
      assert.equal(explained(text)?.code, code, text);
    }
  });

  test('a duration, a port, a year and an amount are no close codes', () => {
    for (const text of [
      'connection closed after 3000 ms',
      'Socket closed. Retrying in 3000 ms',
      'Connection to server closed (localhost:3000)',
      'Connection closed by 10.0.0.1 port 3008',
      'server closed at 2024-11-22',
      'server closed 2024',
      'websocket closed after 1234 bytes',
      'closed 3000 connections',
      'close 1000 messages',
    ]) {
      assert.equal(explained(text), undefined, text);
    }
  });

  test('every code of the registry has a row', () => {
    for (const code of [
      1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011, 1012, 1013, 1014, 1015, 3000, 3003, 3008, 4000,
    ]) {
      const found = explained(JSON.stringify({ code, reason: '', wasClean: true }))!;
      assert.ok(catalogue.has(found.code!), `${code} ${found.code}`);
      for (const each of found.candidates) assert.ok(catalogue.has(each), each);
    }
  });
});

describe('source text', () => {
  test('a GUID that language models write', () => {
    const found = explained('const char *guid = "258EAFA5-E914-47DA-95CA-5AB5DC11E65B";\n')!;
    assert.equal(found.code, 'RESP_ACCEPT_WRONG');
    assert.equal(found.subcause, 'WRONG_GUID');
    assert.match(found.fix, /258EAFA5-E914-47DA-95CA-C5AB0DC85B11/);
  });

  test('the right one', () => {
    const found = explained('hash(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")')!;
    assert.ok(found.isGood);
  });
});
