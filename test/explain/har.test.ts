// HTTP archives in the dialects of Chrome, Firefox, mitmproxy and Proxyman: what each keeps of a socket, and what it leaves out.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { acceptFor } from '../../src/handshake/key.js';
import { bigHar, chromeHar, entry, har } from './archives.js';

const explained = (value: unknown) => explain(new Material(Buffer.from(JSON.stringify(value))))!;
const key = 'x3JJHMbDL1EzLkh9GBhXDw==';

describe('Chrome', () => {
  test('a refused handshake: the sentence, the likeliest cause, and the command of this very entry', () => {
    const [found, ...more] = explained(
      chromeHar({ error: 'Error during WebSocket handshake: Unexpected response code: 403' }),
    );
    assert.equal(more.length, 0);
    assert.equal(found!.code, 'ORIGIN_REJECTED');
    assert.equal(found!.confidence, 'likely');
    assert.match(found!.couldNotKnow, /no response head/);
    assert.equal(
      found!.decide,
      "handfast doctor --profile chrome --origin https://page.example --protocol chat.v2,chat.v1 --cookie '<your cookie>' 'wss://chat.example.com/ws?room=7'",
    );
    assert.doesNotMatch(JSON.stringify(found), /s3cr3t/);
  });

  test('an open one: both heads, the messages, and what an archive does not keep', () => {
    const [found] = explained(
      chromeHar({
        answer: { status: 101, accept: acceptFor(key) },
        messages: [
          { type: 'send', time: 1_790_000_000.5, opcode: 1, data: '{"token":"s3cr3t-of-a-message"}' },
          { type: 'receive', time: 1_790_000_001, opcode: 2, data: 'AAEC' },
        ],
      }),
    );
    assert.ok(found!.isGood);
    assert.match(found!.couldNotKnow, /How it ended/);
    assert.equal(found!.listings.at(-1)!.about, '1 sent, 1 received');
    assert.match(found!.listings.at(-1)!.lines[1]!.note, /binary, 3 octets/);
    assert.doesNotMatch(JSON.stringify(found), /s3cr3t/);
  });

  test('one that broke after it had opened', () => {
    const [found] = explained(
      chromeHar({
        answer: { status: 101, accept: acceptFor(key) },
        messages: [{ type: 'error', time: 1_790_000_001, opcode: -1, data: 'Invalid frame header' }],
      }),
    );
    assert.equal(found!.code, 'FRAME_HTTP_IN_STREAM');
    assert.match(found!.saw, /Behind the 101/);
  });

  test('a wrong accept value is judged', () => {
    const [found] = explained(chromeHar({ answer: { status: 101, accept: 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=' } }));
    assert.equal(found!.code, 'RESP_ACCEPT_WRONG');
    assert.equal(found!.subcause, 'RFC_SAMPLE_HARDCODED');
    assert.ok(found!.clients.some(({ client, outcome }) => client === 'deno' && outcome === 'accepts'));
  });

  test('neither an answer nor an error', () => {
    const [found] = explained(chromeHar({}));
    assert.equal(found!.confidence, 'possible');
    assert.match(found!.decide, /^handfast doctor --profile chrome/);
  });
});

describe('others', () => {
  test('Firefox keeps the head of a refusal', () => {
    const [found] = explained(
      har('Firefox', [
        entry({
          answer: { status: 403, fields: { server: 'nginx/1.22.1' }, body: '<center>nginx/1.22.1</center>' },
        }),
      ]),
    );
    assert.equal(found!.code, 'AUTH_FORBIDDEN');
    assert.ok(found!.candidates.includes('ORIGIN_REJECTED'));
    assert.match(found!.who, /nginx\/1\.22\.1/);
    assert.match(found!.decide, /--profile firefox/);
  });

  test('mitmproxy: https in the URL, messages, an error of its own', () => {
    const good = entry({
      url: 'https://chat.example.com/ws',
      answer: { status: 101, accept: acceptFor(key) },
      messages: [{ type: 'send', time: 1_790_000_000.5, opcode: 1, data: 'hi' }],
    });
    const [found] = explained(har('mitmproxy', [good]));
    assert.match(found!.source, /HAR of mitmproxy: wss:\/\/chat\.example\.com\/ws/);
    assert.ok(found!.isGood);
    const failed = entry({
      url: 'https://chat.example.com/ws',
      failed: 'connection closed before message completed',
    });
    assert.equal(explained(har('mitmproxy', [failed]))[0]!.code, 'HTTP_EMPTY_REPLY');
  });

  test('Proxyman: an entry is a socket by its Upgrade', () => {
    const [found] = explained(
      har('Proxyman', [
        entry({ url: 'https://chat.example.com/ws', answer: { status: 502 }, resourceType: undefined }),
      ]),
    );
    assert.equal(found!.code, 'PROXY_UPSTREAM_DOWN');
  });

  test('an archive without a socket says how one would get into it', () => {
    const [found] = explained(
      har('WebInspector', [{ request: { url: 'https://page.example/' }, response: { status: 200 } }]),
    );
    assert.match(found!.title, /No WebSocket in 1 entry/);
    assert.match(found!.couldNotKnow, /Preserve log/);
  });

  test('of many sockets the first are told', () => {
    const found = explained(
      har(
        'Firefox',
        Array.from({ length: 30 }, () => entry({ answer: { status: 404 } })),
      ),
    );
    assert.equal(found.length, 21);
    assert.match(found.at(-1)!.title, /10 more sockets/);
  });
});

test('5 MB of it', () => {
  const text = bigHar(5_000_000);
  assert.ok(text.length >= 5_000_000);
  const found = explain(new Material(Buffer.from(text)))!;
  assert.equal(found.length, 2);
  assert.equal(found[1]!.code, 'ORIGIN_REJECTED');
});

test('no secret of an archive is told: of a body, a subprotocol, a message, an error', () => {
  const archive = har('Firefox', [
    {
      ...entry({ answer: { status: 403 } }),
      request: {
        method: 'GET',
        url: 'wss://u:s3cr3t@a.example/ws?access_token=s3cr3t&q=1',
        httpVersion: 'HTTP/1.1',
        headers: [
          { name: 'Host', value: 'a.example' },
          { name: 'Upgrade', value: 'websocket' },
          { name: 'Cookie', value: 'sid=s3cr3t' },
          { name: 'Sec-WebSocket-Protocol', value: 'bearer, s3cr3tabcdefghijk12345678' },
        ],
      },
      response: {
        status: 403,
        statusText: 'Forbidden',
        httpVersion: 'HTTP/1.1',
        headers: [{ name: 'Location', value: 'https://a.example/#id_token=s3cr3t' }],
        content: { text: '{"error":"x","token":"s3cr3t and s3cr3t"}' },
      },
      _webSocketMessages: [
        { type: 'send', time: 1, opcode: 1, data: '{"a":"{\\"password\\":\\"s3cr3t\\"}"}' },
      ],
    },
  ]);
  const told = JSON.stringify(explain(new Material(Buffer.from(JSON.stringify(archive)))));
  assert.match(told, /The answer begins/);
  assert.match(told, /--protocol bearer,redacted-[\da-f]{4}/);
  assert.doesNotMatch(told, /s3cr3t/);
});

test('numbers of an archive that are objects without a value throw nothing', () => {
  const odd = { valueOf: 1, toString: 1 };
  const archive = har('Firefox', [
    {
      startedDateTime: '2026-11-22T12:00:00.000Z',
      request: {
        method: 'GET',
        url: 'wss://a.example/ws',
        httpVersion: 'HTTP/1.1',
        headers: [{ name: 'Upgrade', value: 'websocket' }],
      },
      response: { status: odd, headers: [{ name: 'a', value: 'b' }] },
      _webSocketMessages: [{ type: 'send', time: odd, opcode: odd, data: 'x' }],
    },
  ]);
  assert.match(JSON.stringify(explain(new Material(Buffer.from(JSON.stringify(archive))))), /opcode unknown/);
});
