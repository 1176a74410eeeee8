// What one observation says, and when two answers are the same.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Observation, Probe } from '../../src/doctor/observation.js';
import {
  answerLine,
  bodyLine,
  fieldOf,
  garbageOf,
  headOf,
  isAnswered,
  isOpen,
  isReaction,
  isSameAnswer,
  payloadOf,
  problemCode,
  requestOf,
  resultOf,
  statusOf,
} from '../../src/doctor/reading.js';
import {
  answered,
  frame,
  garbage,
  HUNG_UP,
  NOTHING,
  observation,
  opens,
  type Parts,
  RESET,
  SILENCE,
  skipped,
  TLS,
  target,
  troubled,
} from './driver.js';

const page = (head: string, body?: string) => observation(answered(head, body));
const at = (url: string, body: string) =>
  observation(answered('200 OK\nContent-Type: text/html', body), target({}, url));

describe('a head', () => {
  test('is read leniently', () => {
    const odd = observation({
      answer: { head: 'HTTP/1.1  404\nServer : x\n\n', interim: [], body: '', isBodyCut: false },
    });
    assert.equal(statusOf(odd), 404);
    assert.equal(fieldOf(page('200 OK\nX-A: 1\nX-A: 2'), 'x-a'), '1, 2');
  });

  test('is empty where none came', () => {
    const seen = observation(HUNG_UP);
    assert.equal(headOf(seen).status, 0);
    assert.equal(statusOf(seen), 0);
    assert.equal(fieldOf(seen, 'server'), undefined);
    assert.equal(isAnswered(seen), false);
    const none = observation({ answer: { head: 'nonsense', interim: [], body: '', isBodyCut: false } });
    assert.equal(headOf(none).status, 0);
  });

  test('of the request is that which was sent', () => {
    assert.equal(requestOf(page('200 OK'))?.target, '/ws');
    const probe = { kind: 'resolve', key: 'dns', about: '', host: 'chat.example' } as const;
    assert.equal(requestOf({ ...page('200 OK'), probe }), undefined);
  });

  test('101 is open, and nothing else', () => {
    const { probe } = page('200 OK');
    assert.equal(isOpen(observation(opens()(probe))), true);
    assert.equal(isOpen(page('200 OK')), false);
  });
});

describe('whether it is evidence', () => {
  const cases: ReadonlyArray<readonly [string, Parts, boolean]> = [
    ['an answer', answered('404 Not Found'), true],
    ['a 503 that does not ask to wait', answered('503 Service Unavailable'), true],
    ['an end', HUNG_UP, true],
    ['a reset', RESET, true],
    ['silence', SILENCE, true],
    ['octets that are no HTTP', garbage('SSH-2.0-OpenSSH_9.2p1\r\n'), true],
    ['a probe that was left out', skipped(), false],
    ['a probe that was cut off', { ...answered('200 OK'), ...skipped('deadline') }, false],
    ['no line', troubled('TCP_REFUSED'), false],
    ['no TLS', troubled('TLS_TIMEOUT'), false],
    ['no tunnel', troubled('FWD_REFUSED'), false],
    ['429', answered('429 Too Many Requests'), false],
    ['503 that asks to wait', answered('503 Service Unavailable\nRetry-After: 3'), false],
    ['nothing at all', NOTHING, false],
  ];
  for (const [name, parts, expect] of cases)
    test(`${name}: ${expect ? 'yes' : 'no'}`, () => assert.equal(isReaction(observation(parts)), expect));
});

describe('a result in a few words', () => {
  const cases: ReadonlyArray<readonly [Parts, string]> = [
    [answered('403 Forbidden'), '403 Forbidden'],
    [answered('403 '), '403'],
    [skipped(), 'not made (budget)'],
    [HUNG_UP, 'HTTP_EMPTY_REPLY'],
    [SILENCE, 'HTTP_NO_RESPONSE: no octet within 10000 ms'],
    [{ trouble: { code: 'TCP_FAILED', message: 'sys\x1b[31m' } }, 'TCP_FAILED: sys\\x1b[31m'],
    [garbage('SSH-2.0-OpenSSH_9.2p1\r\n'), 'an SSH banner, "SSH-2.0-OpenSSH_9.2p1"'],
    [garbage('\x00\x9f\x92\x96'), '4 octets that are no HTTP'],
    [{ end: { how: 'rst', atMs: 1 } }, 'RST'],
    [NOTHING, 'no answer'],
  ];
  for (const [parts, expect] of cases) test(expect, () => assert.equal(resultOf(observation(parts)), expect));
});

describe('a result of a probe that wants no answer', () => {
  const of = (probe: Probe, parts: Parts) => resultOf({ ...observation(parts), probe });
  const route = { secure: true, host: 'a.example', port: 443 };
  const http2: Probe = { kind: 'http2', key: 'http2', about: '', route, fields: [] };
  const reach: Probe = { kind: 'reach', key: 'tcp', about: '', addresses: ['10.0.0.7'], port: 1 };
  const seen = { address: '10.0.0.7', family: 4 } as const;
  const cases: ReadonlyArray<readonly [Probe, Parts, string]> = [
    [
      { kind: 'resolve', key: 'dns', about: '', host: 'a.example' },
      { addresses: [seen, seen] },
      '10.0.0.7 10.0.0.7',
    ],
    [{ kind: 'resolve', key: 'dns', about: '', host: 'a.example' }, NOTHING, 'no answer'],
    [reach, { addresses: [seen, { ...seen, trouble: { code: 'TCP_REFUSED' } }] }, '1 of 2 connected'],
    [reach, NOTHING, 'no answer'],
    [{ kind: 'hello', key: 'tls', about: '', route }, { tls: TLS }, 'TLSv1.3'],
    [{ kind: 'hello', key: 'tls', about: '', route }, NOTHING, 'no answer'],
    [http2, { http2: { alpn: 'h2', offersConnect: true, status: 200 } }, 'HTTP/2 200'],
    [http2, { http2: { alpn: 'h2', offersConnect: false } }, 'HTTP/2 SETTINGS'],
    [http2, { http2: { alpn: 'h2', reset: 'GOAWAY NO_ERROR' } }, 'GOAWAY NO_ERROR'],
    [http2, { http2: { alpn: 'http/1.1' } }, 'no HTTP/2'],
    [http2, NOTHING, 'no answer'],
  ];
  for (const [probe, parts, expect] of cases)
    test(`${probe.kind}: ${expect}`, () => assert.equal(of(probe, parts), expect));
});

describe('a body', () => {
  test('on one line with its type', () => {
    assert.equal(
      bodyLine(page('404 Not Found\nContent-Type: text/plain; charset=utf-8', 'no\r\n  page')),
      'text/plain "no page"',
    );
    assert.equal(bodyLine(page('404 Not Found\nContent-Type: text/plain')), 'text/plain');
    assert.equal(bodyLine(page('404 Not Found', 'x')), '"x"');
    assert.equal(bodyLine(page('404 Not Found')), '');
    assert.equal(
      bodyLine(page('400 Bad Request\nContent-Type: application/json', '{"code":0}')),
      '{"code":0}',
    );
  });

  test('of an error page is its text', () => {
    const html =
      '<html><head><title>no</title></head><body><h1>404 Not Found</h1><p>by nginx</p></body></html>';
    assert.equal(
      bodyLine(page('404 Not Found\nContent-Type: text/html', html)),
      'text/html "404 Not Found by nginx"',
    );
    assert.equal(answerLine(page('404 Not Found', html)), '404 Not Found');
    assert.equal(answerLine(page('404 Not Found', 'Cannot GET /ws')), '404 Not Found  "Cannot GET /ws"');
    assert.equal(answerLine(page('403 Forbidden', 'forbidden')), '403 Forbidden');
    assert.equal(answerLine(page('403 Forbidden')), '403 Forbidden');
  });

  test('of a problem document is its title', () => {
    const type = 'Content-Type: application/problem+json';
    const problem = (text: string) => bodyLine(page(`400 Bad Request\n${type}`, text));
    assert.equal(problem('{"title":"No key"}'), 'application/problem+json "No key"');
    assert.equal(problem('{"title":3}'), '{"title":3}');
    assert.equal(problem('{"title"'), '{"title"');
  });

  test('is cut behind a word, and made safe', () => {
    const words = 'one two three four five six seven eight nine ten';
    assert.equal(bodyLine(page('200 OK', words), 20), '"one two three four…"');
    assert.equal(bodyLine(page('200 OK', 'a'.repeat(50)), 20), `"${'a'.repeat(20)}…"`);
    assert.equal(bodyLine(page('200 OK', '\x1b[2J')), '"\\x1b[2J"');
  });
});

describe('the same answer', () => {
  const same = (one: Observation, other: Observation, expect = true) =>
    assert.equal(isSameAnswer(one, other), expect);

  test('differs in dates, identifiers and numbers by chance', () => {
    same(
      page('404 Not Found\nDate: Sun, 22 Nov 2026 12:00:00 GMT', 'at 2026-11-22T12:00:00.123Z, 12345 ms'),
      page('404 Not Found\nDate: Sun, 22 Nov 2026 12:00:01 GMT', 'at 2026-11-22T12:00:01.456Z, 67890 ms'),
    );
    same(
      page('404 Not Found', 'request 0b7e2c1a-5f3d-4a6b-9c8d-7e6f5a4b3c2d'),
      page('404 Not Found', 'request 1c8f3d2b-6a4e-4b7c-8d9e-8f7a6b5c4d3e'),
    );
    same(page('404 Not Found', 'id a1b2c3d4'), page('404 Not Found', 'id f9e8d7c6'));
  });

  test('differs in the path where the body repeats it', () => {
    same(at('ws://a.example/ws', 'Cannot GET /ws'), at('ws://a.example/zz-1', 'Cannot GET /zz-1'));
    same(at('ws://a.example/ws?a=1', 'no /ws?a=1 here'), at('ws://a.example/other', 'no /other here'));
  });

  test('keeps what only looks like the path', () => {
    const app =
      '<script src="/a/main.js"></script><script src="/ab.js"></script><script src="/a.js"></script>';
    same(
      at('ws://a.example/a', app.replaceAll('/a/', '/b/')),
      at('ws://a.example/zz-1', app.replaceAll('/a/', '/b/')),
    );
    same(at('ws://a.example/', 'a / b'), at('ws://a.example/', 'a / b'));
    same(at('ws://a.example/c++', 'at /c++ no'), at('ws://a.example/d', 'at /d no'));
  });

  test('has the same status, type, place and words', () => {
    const one = page('404 Not Found\nContent-Type: text/html', 'no');
    same(one, page('403 Forbidden\nContent-Type: text/html', 'no'), false);
    same(one, page('404 Not Found\nContent-Type: text/plain', 'no'), false);
    same(one, page('404 Not Found\nContent-Type: TEXT/HTML; charset=utf-8', 'no'));
    same(one, page('404 Not Found\nContent-Type: text/html', 'yes'), false);
    same(page('302 Found\nLocation: /a'), page('302 Found\nLocation: /b'), false);
  });

  test('needs no request', () => {
    const probe = { kind: 'resolve', key: 'dns', about: '', host: 'a.example' } as const;
    same({ ...page('200 OK', 'a'), probe }, page('200 OK', 'a'));
  });

  test('takes two answers', () => {
    same(page('200 OK'), observation(skipped()), false);
    same(observation(HUNG_UP), observation(HUNG_UP), false);
  });
});

test('a problem document names a code', () => {
  const type = 'Content-Type: application/problem+json';
  assert.equal(
    problemCode(page(`400 Bad Request\n${type}`, '{"code":"REQ_KEY_MISSING"}')),
    'REQ_KEY_MISSING',
  );
  assert.equal(problemCode(page('400 Bad Request', '{"code":"REQ_KEY_MISSING"}')), undefined);
  for (const body of ['{"code":"no code"}', '{"code":3}', '{', '"x"'])
    assert.equal(problemCode(page(`400 Bad Request\n${type}`, body)), undefined, body);
});

test('octets are kept in hexadecimal', () => {
  assert.equal(garbageOf(observation(NOTHING)), undefined);
  assert.deepEqual(garbageOf(observation(garbage('\xff\x00'))), Buffer.from([255, 0]));
  assert.equal(payloadOf(frame('in', 1, 'hi')).toString(), 'hi');
});
