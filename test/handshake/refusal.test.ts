// The answer to a request that is refused: RFC 9457, RFC 9110 §15.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { refusal, writeRefusal } from '../../src/handshake/refusal.js';
import { handshakeReasons as reasons } from '../../src/handshake/rejections.js';
import { parseResponse } from './heads.js';

const forbidden = {
  reason: reasons.ORIGIN_REJECTED,
  evidence: { field: 'Origin', seen: 'https://evil.example', wanted: 'https://example.com' },
};

function json(body: string) {
  return JSON.parse(body) as Record<string, unknown>;
}

test('problem details say what was seen and what to do', () => {
  const { status, phrase, fields, body } = refusal(forbidden, { instance: 'urn:x:1' });
  assert.equal(status, 403);
  assert.equal(phrase, 'Forbidden');
  assert.deepEqual(json(body), {
    type: 'https://handfast.dev/reasons#origin_rejected',
    title: 'Pages of this origin may not connect',
    status: 403,
    code: 'ORIGIN_REJECTED',
    detail: 'Pages of this origin may not connect (Origin: https://evil.example, wanted https://example.com)',
    fix: reasons.ORIGIN_REJECTED.fix,
    field: 'Origin',
    seen: 'https://evil.example',
    wanted: 'https://example.com',
    section: 'RFC 6455 §4.2.2',
    instance: 'urn:x:1',
  });
  assert.deepEqual(Object.fromEntries(fields), {
    Connection: 'close',
    'Content-Type': 'application/problem+json',
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
    'X-Content-Type-Options': 'nosniff',
  });
});

test('without evidence there is none', () => {
  const { body } = refusal({ reason: reasons.ROUTE_NOT_FOUND, evidence: {} });
  const keys = ['type', 'title', 'status', 'code', 'detail', 'fix', 'section'];
  assert.deepEqual(Object.keys(json(body)), keys);
});

test('without detail it says code and title alone', () => {
  const { body } = refusal(forbidden, { detail: false });
  assert.deepEqual(Object.keys(json(body)), ['type', 'title', 'status', 'code']);
});

test('more members stand behind its own, replace none of them, and are ASCII too', () => {
  const { body } = refusal(forbidden, { detail: false, members: { reflection: ['‹ü›'], code: 'OTHER' } });
  assert.match(body, /^[\x20-\x7e]+$/);
  const { reflection, code } = JSON.parse(body);
  assert.deepEqual([reflection, code], [['‹ü›'], forbidden.reason.code]);
  assert.equal(Object.keys(JSON.parse(body)).at(-1), 'reflection');
});

test('a reason without a status of its own is a 400', () => {
  const { status, phrase } = refusal({ reason: reasons.REQ_KEY_REUSED, evidence: {} });
  assert.deepEqual([status, phrase], [400, 'Bad Request']);
});

test('a status without a phrase of ours has one all the same', () => {
  const reason = { ...reasons.REQ_HOST, status: 418 };
  assert.match(writeRefusal({ reason, evidence: {} }), /^HTTP\/1\.1 418 Refused\r\n/);
});

describe('fields', () => {
  const upgrade = { reason: reasons.REQ_UPGRADE, evidence: {} };
  test('a 426 says what would be right, and closes', () => {
    const { fields } = refusal(upgrade);
    assert.equal(fields.get('upgrade'), 'websocket');
    assert.equal(fields.get('sec-websocket-version'), '13');
    assert.deepEqual(fields.getAll('connection'), ['Upgrade, close']);
  });
  test('a 405 says Allow, a 401 asks, a limit says when', () => {
    assert.equal(refusal({ reason: reasons.REQ_METHOD, evidence: {} }).fields.get('allow'), 'GET');
    assert.equal(
      refusal({ reason: reasons.AUTH_REQUIRED, evidence: {} }).fields.get('www-authenticate'),
      'Bearer',
    );
    assert.equal(refusal({ reason: reasons.LIMIT_CONNECTIONS, evidence: {} }).fields.get('retry-after'), '5');
  });
  test('those of the occurrence replace those of the row, and never ours', () => {
    const headers = { 'retry-after': '7', 'X-Why': 'a', Connection: 'keep-alive', 'content-length': '9' };
    const { fields, body } = refusal({ reason: reasons.LIMIT_CONNECTIONS, evidence: {}, headers });
    assert.deepEqual(fields.getAll('retry-after'), ['7']);
    assert.equal(fields.get('x-why'), 'a');
    assert.deepEqual(fields.getAll('connection'), ['close']);
    assert.deepEqual(fields.getAll('content-length'), [String(body.length)]);
  });
  test('one that would start a line of its own throws', () => {
    const headers = { 'X-Why': 'a\r\nEvil: 1' };
    assert.throws(() => writeRefusal({ ...upgrade, headers }), TypeError);
  });
  test('a date is written when there is a clock', () => {
    const { fields } = refusal(upgrade, { date: new Date(0) });
    assert.equal(fields.get('date'), 'Thu, 01 Jan 1970 00:00:00 GMT');
  });
});

describe('what a peer sent', () => {
  test('is escaped, and cut', () => {
    const evidence = { field: 'Host', seen: `a\0b\r\n\u202e<script>\xe4${'x'.repeat(500)}` };
    const { body } = refusal({ reason: reasons.REQ_HOST, evidence });
    assert.match(body, /^[\x20-\x7e]+$/);
    const { seen } = json(body) as { seen: string };
    assert.ok(seen.startsWith('a\\x00b\\r\\n\\u{202e}<script>äx'), seen);
    assert.ok(seen.length < 160);
    assert.ok(body.length < 1500);
  });
  test('is not shown when it may be a secret', () => {
    for (const field of ['Authorization', 'Cookie', 'X-Api-Key']) {
      const { body } = refusal({ reason: reasons.REQ_SYNTAX, evidence: { field, seen: 's3cret' } });
      assert.ok(!body.includes('s3cret'));
      assert.equal(json(body).seen, '(not shown)');
    }
  });
  test('needs no field to be shown', () => {
    const { body } = refusal({ reason: reasons.REQ_SYNTAX, evidence: { seen: 'x' } });
    assert.equal(json(body).seen, 'x');
  });
});

describe('Accept', () => {
  const rows: [string | undefined, 'json' | 'text'][] = [
    [undefined, 'json'],
    ['', 'json'],
    ['*/*', 'json'],
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
    ['text/plain', 'text'],
    ['TEXT/*;q=0.1', 'text'],
    ['application/json, text/plain, */*', 'json'],
    ['application/problem+json;q=0.5, text/html;q=0.9', 'text'],
    ['application/problem+json, text/html;q=0.9', 'json'],
    ['text/html;q=0', 'json'],
    ['text/html;q=x', 'json'],
    ['text/html;level=1;q=0.5, application/*;q=0.4', 'text'],
    ['image/png', 'json'],
    [`${'a,'.repeat(5000)}text/html`, 'json'],
  ];
  for (const [accept, expected] of rows) {
    test(`${JSON.stringify(accept?.slice(0, 70))}: ${expected}`, () => {
      const { fields, body } = refusal(forbidden, { accept });
      assert.equal(fields.get('content-type')!.startsWith('text/plain'), expected === 'text');
      assert.equal(body.startsWith('{'), expected === 'json');
    });
  }
  test('the line of text', () => {
    const request = { reason: reasons.REQ_UPGRADE, evidence: { field: 'Upgrade' } };
    const { body } = refusal(request, { accept: 'text/html' });
    assert.equal(
      body,
      'This is a WebSocket endpoint: the request does not ask for WebSocket (REQ_UPGRADE). Open this URL with a WebSocket client (`new WebSocket(url)`), not with fetch, curl or the address bar.\n',
    );
  });
  test('the line of text without detail, with a name that keeps its capital', () => {
    const { body } = refusal(
      { reason: reasons.REQ_HOST, evidence: {} },
      { accept: 'text/plain', detail: false },
    );
    assert.equal(body, 'This is a WebSocket endpoint: Host is missing or is not a host (REQ_HOST).\n');
  });
});

test('HEAD has no body, and still says its length', () => {
  const { body, fields } = refusal(forbidden, { method: 'HEAD' });
  assert.equal(body, '');
  assert.equal(fields.get('content-length'), String(refusal(forbidden).body.length));
});

test('as text it is one response that reads back', () => {
  const progress = parseResponse(Buffer.from(writeRefusal(forbidden), 'latin1'));
  assert.ok(progress.state === 'head');
  assert.equal(progress.head.status, 403);
  assert.equal(progress.rest.length, Number(progress.head.fields.get('content-length')));
});

test('every row with a status can be sent, with a phrase of its own', () => {
  for (const reason of Object.values(reasons)) {
    if (reason.status === undefined) continue;
    for (const accept of ['text/html', 'application/json']) {
      const text = writeRefusal({ reason, evidence: {} }, { accept });
      assert.match(text, /^[\r\n\x20-\x7e]*$/, reason.code);
      assert.doesNotMatch(text, /^HTTP\/1\.1 \d+ Refused/, reason.code);
    }
  }
});
