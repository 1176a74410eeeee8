// Heads as values, and how they are written: RFC 9110 §5, RFC 9112 §3 to §5.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  Fields,
  headFromRaw,
  type RequestHead,
  type ResponseHead,
  serializeRequest,
  serializeResponse,
} from '../../src/handshake/head.js';
import { parseRequest, parseResponse } from './heads.js';

describe('fields', () => {
  const fields = new Fields([
    ['Host', 'a'],
    ['X-Two', '1'],
    ['__proto__', 'x'],
    ['x-two', '2'],
    ['constructor', 'y'],
  ]);
  test('names are compared without regard to case', () => {
    assert.equal(fields.get('HOST'), 'a');
    assert.equal(fields.has('hOsT'), true);
    assert.equal(fields.get('missing'), undefined);
    assert.equal(fields.has('missing'), false);
  });
  test('a name may stand several times', () => {
    assert.equal(fields.get('x-two'), '1');
    assert.deepEqual(fields.getAll('X-TWO'), ['1', '2']);
    assert.equal(fields.count('X-Two'), 2);
    assert.equal(fields.count('missing'), 0);
    assert.equal(fields.combined('x-Two'), '1, 2');
    assert.equal(fields.combined('host'), 'a');
    assert.equal(fields.combined('missing'), undefined);
  });
  test('names of Object.prototype are names like others', () => {
    assert.equal(fields.get('__proto__'), 'x');
    assert.equal(fields.get('constructor'), 'y');
    assert.equal(fields.get('toString'), undefined);
  });
  test('iteration keeps order and case', () => {
    assert.equal(fields.size, 5);
    assert.deepEqual(
      [...fields].map(([name]) => name),
      ['Host', 'X-Two', '__proto__', 'x-two', 'constructor'],
    );
    assert.deepEqual([...new Fields().append('A', 'b')], [['A', 'b']]);
  });
});

test('a head that node:http has read', () => {
  const head = headFromRaw('GET', '/ws', '1.1', ['Host', 'a', 'X', '1', 'x', '2', 'odd']);
  assert.deepEqual(
    { ...head, fields: [...head.fields] },
    {
      carrier: 'h1',
      method: 'GET',
      target: '/ws',
      version: '1.1',
      fields: [
        ['Host', 'a'],
        ['X', '1'],
        ['x', '2'],
      ],
    },
  );
});

const request = (change: Partial<RequestHead> = {}): RequestHead => ({
  carrier: 'h1',
  method: 'GET',
  target: '/ws?a=b',
  version: '1.1',
  fields: new Fields([['Host', 'a']]),
  ...change,
});
const withField = (name: string, value: string) => new Fields([[name, value]]);

describe('writing', () => {
  test('a request', () =>
    assert.equal(serializeRequest(request()), 'GET /ws?a=b HTTP/1.1\r\nHost: a\r\n\r\n'));
  test('a response', () => {
    const fields = withField('X', '\xe4 \t');
    const text = serializeResponse({ version: '1.1', status: 200, reason: '', fields });
    assert.equal(text, 'HTTP/1.1 200 \r\nX: \xe4 \t\r\n\r\n');
  });

  const wrong: Record<string, Partial<RequestHead>> = {
    'a method with a space': { method: 'GET /evil' },
    'an empty method': { method: '' },
    'a target with a line end': { target: '/ws HTTP/1.1\r\nEvil: 1' },
    'a target with a fragment': { target: '/#' },
    'a target beyond ASCII': { target: '/ä' },
    'an empty target': { target: '' },
    'a version with a line end': { version: '1.1\r\n' },
    'a version of words': { version: 'x.1' },
    'a version with a comma': { version: '1,1' },
    'a version without a minor': { version: '1.x' },
    'a field name with a colon': { fields: withField('A:b', 'c') },
    'an empty field name': { fields: withField('', 'c') },
    'a value with CR LF': { fields: withField('A', 'b\r\nEvil: 1') },
    'a value with LF': { fields: withField('A', 'b\nc') },
    'a value with NUL': { fields: withField('A', 'b\0') },
    'a value beyond one octet': { fields: withField('A', '\u0100') },
  };
  for (const [what, change] of Object.entries(wrong)) {
    test(`throws for ${what}`, () => assert.throws(() => serializeRequest(request(change)), TypeError));
  }
  for (const status of [99, 1000, 200.5, Number.NaN]) {
    test(`throws for the status ${status}`, () =>
      assert.throws(
        () => serializeResponse({ version: '1.1', status, reason: '', fields: new Fields() }),
        TypeError,
      ));
  }
  test('throws for a reason with a line end', () => {
    const head = { version: '1.1', status: 101, reason: 'x\r\ny', fields: new Fields() };
    assert.throws(() => serializeResponse(head), TypeError);
  });
});

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
const value = fc.stringMatching(
  /^(?:[\x21-\x7e\x80-\xff]([\x20-\x7e\x80-\xff\t]{0,30}[\x21-\x7e\x80-\xff])?)?$/,
);
const lines = fc.array(fc.tuple(token, value), { maxLength: 20 });

test('a request that is written is read back', () => {
  const target = fc.stringMatching(/^\/[\x21\x22\x24-\x7e]{0,60}$/);
  fc.assert(
    fc.property(token, target, lines, (method, path, fields) => {
      if (method.startsWith('SSH-')) return;
      const head = request({ method, target: path, fields: new Fields(fields) });
      const progress = parseRequest(Buffer.from(serializeRequest(head), 'latin1'));
      assert.ok(progress.state === 'head');
      assert.deepEqual({ ...progress.head, fields: [...progress.head.fields] }, { ...head, fields });
    }),
  );
});

test('a response that is written is read back', () => {
  fc.assert(
    fc.property(fc.integer({ min: 100, max: 999 }), value, lines, (status, reason, fields) => {
      const head: ResponseHead = {
        carrier: 'h1',
        version: '1.1',
        status,
        reason,
        fields: new Fields(fields),
      };
      const progress = parseResponse(Buffer.from(serializeResponse(head), 'latin1'));
      assert.ok(progress.state === 'head');
      assert.deepEqual({ ...progress.head, fields: [...progress.head.fields] }, { ...head, fields });
    }),
  );
});
