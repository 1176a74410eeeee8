// Error messages of browsers and libraries: each real one gets its code, and every code in the tables is a row of the catalogue.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { catalogue } from '../../src/catalogue.js';
import { ANSWER_TEXTS } from '../../src/explain/answer-texts.js';
import { FRAME_TEXTS } from '../../src/explain/frame-texts.js';
import { Material } from '../../src/explain/material.js';
import { PAGE_TEXTS } from '../../src/explain/page-texts.js';
import { REACH_TEXTS } from '../../src/explain/reach-texts.js';
import { explain } from '../../src/explain/recognise.js';
import { REFUSAL_TEXTS } from '../../src/explain/refusal-texts.js';
import { causesOfStatus } from '../../src/explain/statuses.js';
import { SAID } from './said.js';

const explained = (text: string) => explain(new Material(Buffer.from(text)));

describe('what was really said', () => {
  for (const { by, text, code } of SAID) {
    test(`${by}: ${text.slice(0, 100)}`, () => {
      const found = explained(text);
      assert.equal(found?.[0]?.code, code);
      assert.equal(found?.length, 1);
      assert.notEqual(found?.[0]?.saw, '');
    });
  }

  test('at least ninety of them', () => assert.ok(SAID.length >= 90, `${SAID.length}`));
});

test('every code of the tables is a row of the catalogue', () => {
  const codes = [PAGE_TEXTS, ANSWER_TEXTS, REFUSAL_TEXTS, FRAME_TEXTS, REACH_TEXTS]
    .flat()
    .flatMap((known) => known.codes);
  const statuses = Array.from({ length: 500 }, (_, at) => at + 100);
  const ofStatuses = statuses.flatMap((status) => [
    ...causesOfStatus(status),
    ...causesOfStatus(status, true),
  ]);
  for (const code of [...codes, ...ofStatuses]) assert.ok(code === 'status' || catalogue.has(code), code);
});

test('a message that leaves several causes says so and names the command that decides', () => {
  const [found] = explained(
    "WebSocket connection to 'wss://chat.example.com/ws?room=7' failed: Error during WebSocket handshake: Unexpected response code: 403",
  )!;
  assert.equal(found!.confidence, 'likely');
  assert.deepEqual(found!.candidates.slice(0, 2), ['ORIGIN_HOST_MISMATCH', 'AUTH_FORBIDDEN']);
  assert.equal(found!.decide, "handfast doctor --profile chrome 'wss://chat.example.com/ws?room=7'");
  assert.match(found!.couldNotKnow, /status/);
});

test('a message that names one cause needs no command', () => {
  const [found] = explained('Server sent no subprotocol')!;
  assert.equal(found!.confidence, 'strong');
  assert.equal(found!.decide, '');
});

test('text that is nothing that is known stays unexplained', () => {
  for (const text of [
    '',
    'hello',
    'everything is fine',
    'a: b',
    '{}',
    '[]',
    '{"log":1}',
    'ERR_SOMETHING_ELSE',
    // A policy as it stands in a page or in a configuration: nobody has said that it forbade anything.
    "connect-src 'self' wss://a.example",
  ]) {
    assert.equal(explained(text), undefined, text);
  }
});

test('a text that names one of our codes is explained by it', () => {
  for (const text of [
    '15:04:06 ✗ 403 GET /room/42 127.0.0.1 ORIGIN_REJECTED 0.4 ms',
    'HandshakeError: WS_ORIGIN_REJECTED 403',
    '{"type":"https://handfast.dev/reasons#origin_rejected","code":"ORIGIN_REJECTED"}',
  ]) {
    assert.equal(explained(text)?.[0]?.code, 'ORIGIN_REJECTED', text);
  }
});

test('what a policy has forbidden, in the words of both browsers', () => {
  for (const text of [
    `Connecting to 'wss://a.example/' violates the following Content Security Policy directive: "connect-src 'self'".`,
    "Content-Security-Policy: The page’s settings blocked the loading of a resource (connect-src) at wss://a.example/ because it violates the following directive: “connect-src 'self'”",
  ]) {
    assert.equal(explained(text)?.[0]?.code, 'BROWSER_CSP', text);
  }
});
