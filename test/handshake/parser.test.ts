// The parser of heads: RFC 9112 §2 to §5. One valid head, one change, the exact outcome; and any split of the bytes
// gives the same outcome.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { HEAD_LIMITS } from '../../src/handshake/head.js';
import { type HeadKind, HeadParser, type Progress } from '../../src/handshake/parser.js';
import {
  change,
  codeOf,
  parseRequest,
  parseResponse,
  REQUEST,
  RESPONSE,
  requestHead,
  wire,
} from './heads.js';

const bytes = (text: string) => Buffer.from(text, 'latin1');
const START = 'GET / HTTP/1.1\r\n';

function evidence(progress: Progress<unknown>) {
  assert.ok(progress.state === 'rejected', progress.state);
  const { reason, evidence } = progress.rejection;
  return [reason.code, evidence.field, evidence.seen];
}

describe('a request', () => {
  test('is read with its fields in order', () => {
    const { fields, ...start } = requestHead();
    assert.deepEqual(start, { carrier: 'h1', method: 'GET', target: '/chat?room=42', version: '1.1' });
    assert.deepEqual(
      [...fields].map(([name, value]) => `${name}: ${value}`),
      REQUEST.slice(1),
    );
  });

  test('without fields', () => {
    const progress = parseRequest(bytes('GET / HTTP/1.1\r\n\r\n'));
    assert.ok(progress.state === 'head');
    assert.equal(progress.head.fields.size, 0);
  });

  test('leaves what follows the head', () => {
    const whole = Buffer.concat([wire(REQUEST), bytes('\x81\x00rest')]);
    const progress = parseRequest(whole);
    assert.ok(progress.state === 'head');
    assert.equal(Buffer.from(progress.rest).toString('latin1'), '\x81\x00rest');
    assert.equal(progress.rest.buffer, whole.buffer);
  });

  test('that follows in the second chunk leaves the rest of that chunk', () => {
    const parser = new HeadParser('request');
    assert.deepEqual(parser.push(wire(REQUEST).subarray(0, 30)), { state: 'more' });
    const progress = parser.push(Buffer.concat([wire(REQUEST).subarray(30), bytes('\x81\x00')]));
    assert.ok(progress.state === 'head');
    assert.deepEqual([...progress.rest], [0x81, 0x00]);
    assert.equal(parser.text, wire(REQUEST).toString('latin1'));
  });

  test('may come as a plain Uint8Array, at any offset of its buffer', () => {
    const padded = new Uint8Array(wire(REQUEST).length + 7);
    padded.set(wire(REQUEST), 5);
    const progress = parseRequest(padded.subarray(5, padded.length - 2));
    assert.ok(progress.state === 'head');
    assert.equal(progress.head.fields.get('host'), 'example.com');
  });

  test('keeps nothing of a chunk that the caller uses again', () => {
    const chunk = wire(REQUEST);
    const parser = new HeadParser('request');
    const first = Buffer.from(chunk.subarray(0, 40));
    parser.push(first);
    first.fill(0);
    assert.equal(parser.push(chunk.subarray(40)).state, 'head');
  });

  const values: [string, string][] = [
    ['A:b', 'b'],
    ['A: \t b \t ', 'b'],
    ['A:', ''],
    ['A:   ', ''],
    ['A: b c\td', 'b c\td'],
    ['A: \xe4\xff', '\xe4\xff'],
    ['A: b:c', 'b:c'],
  ];
  for (const [line, value] of values) {
    test(`the value of ${JSON.stringify(line)} is ${JSON.stringify(value)}`, () =>
      assert.equal(requestHead([...REQUEST, line]).fields.get('a'), value));
  }

  for (const version of ['1.0', '2.0', '0.9', '9.9', '1.2']) {
    test(`HTTP/${version} is read, and judged later`, () =>
      assert.equal(requestHead([`GET / HTTP/${version}`]).version, version));
  }
  for (const target of ['*', 'example.com:80', 'http://example.com/', '/a|b{c}^"', '//x', '/%zz', '/..%2f']) {
    test(`the target ${target} is read, and judged later`, () =>
      assert.equal(requestHead([`GET ${target} HTTP/1.1`]).target, target));
  }

  for (const lines of [1, 2]) {
    test(`${lines} empty lines before it are skipped`, () =>
      assert.equal(parseRequest(Buffer.concat([bytes('\r\n'.repeat(lines)), wire(REQUEST)])).state, 'head'));
  }
});

describe('a request that is refused as malformed', () => {
  const after = (line: string) => `${START}Host: a\r\n${line}`;
  const rows: [string, string, [string, string, string]][] = [
    ['three empty lines', '\r\n\r\n\r\nGET', ['REQ_SYNTAX', 'request line', 'more than two empty lines']],
    ['HTTP/0.9', 'GET /ws\r\n', ['REQ_SYNTAX', 'request line', 'a line without an HTTP version']],
    ['a space first', ' GET', ['REQ_SYNTAX', 'request line', 'octet 0x20 first']],
    ['a brace first', '{', ['REQ_SYNTAX', 'request line', '"{" first']],
    ['LF first', '\n', ['REQ_SYNTAX', 'request line', 'a bare LF first']],
    ['CR first', '\rX', ['REQ_SYNTAX', 'request line', 'a bare CR at 0']],
    ['NUL in the method', 'G\0', ['REQ_SYNTAX', 'request line', 'octet 0x00 at 1']],
    ['bare LF', 'GET / HTTP/1.1\nHost', ['REQ_SYNTAX', 'request line', 'a bare LF at 14']],
    ['UTF-8 in the target', 'GET /\xc3\xa4 HTTP/1.1', ['REQ_TARGET', 'request target', 'octet 0xC3 at 5']],
    ['NUL in the target', 'GET /\0 HTTP/1.1', ['REQ_TARGET', 'request target', 'octet 0x00 at 5']],
    ['a tab in the target', 'GET /\t HTTP/1.1', ['REQ_TARGET', 'request target', 'octet 0x09 at 5']],
    ['a fragment', 'GET /ws?t=1#x HTTP/1.1\r\n', ['REQ_TARGET', 'request target', '/ws?…']],
    ['a space in the target', 'GET /a b HTTP/1.1\r\n', ['REQ_TARGET', 'request target', '/a b']],
    ['two spaces', 'GET  / HTTP/1.1\r\n', ['REQ_TARGET', 'request target', ' /']],
    ['no target', 'GET  HTTP/1.1\r\n', ['REQ_TARGET', 'request target', '']],
    ['one word', 'GET\r\n', ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version']],
    [
      'a method that is no token',
      'G@T / HTTP/1.1\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'http in lower case',
      'GET / http/1.1\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'a long version',
      'GET / HTTP/1.10\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'a space at the end',
      'GET / HTTP/1.1 \r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'letters for a version',
      'GET / HTTP/x.1\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'no minor version',
      'GET / HTTP/1.x\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    [
      'a comma in the version',
      'GET / HTTP/1,1\r\n',
      ['REQ_SYNTAX', 'request line', 'a line without method, target and HTTP version'],
    ],
    ['bare CR behind the line', 'GET / HTTP/1.1\rX', ['REQ_SYNTAX', 'request line', 'a bare CR at 14']],
    ['NUL in the version', 'GET / HTTP/1\0', ['REQ_SYNTAX', 'request line', 'octet 0x00 at 12']],
    ['LF in the target', 'GET /\n', ['REQ_SYNTAX', 'request line', 'a bare LF at 5']],
    ['CR CR LF', after('A: b\r\r\n'), ['REQ_SYNTAX', 'A', 'a bare CR at 4']],
    ['CR LF CR X', after('\rX'), ['REQ_SYNTAX', 'line 3', 'a bare CR at 0']],
    ['LF behind a value', after('A: b\n'), ['REQ_SYNTAX', 'A', 'a bare LF at 4']],
    ['LF as the empty line', after('\n'), ['REQ_SYNTAX', 'line 3', 'a bare LF at 0']],
    ['a folded line', after(' b'), ['REQ_SYNTAX', 'line 3', 'a folded line']],
    ['a line folded with a tab', after('\tb'), ['REQ_SYNTAX', 'line 3', 'a folded line']],
    ['a space before the colon', after('A : b\r\n'), ['REQ_SYNTAX', 'line 3', 'octet 0x20 at 1']],
    ['no colon', after('Abc\r\n'), ['REQ_SYNTAX', 'line 3', 'a bare CR at 3']],
    ['an empty name', after(': b\r\n'), ['REQ_SYNTAX', 'line 3', '":" at 0']],
    ['brackets in a name', after('X[]: b\r\n'), ['REQ_SYNTAX', 'line 3', '"[" at 1']],
    ['a name beyond ASCII', after('\xe4: b\r\n'), ['REQ_SYNTAX', 'line 3', 'octet 0xE4 at 0']],
    ['NUL in a value', after('A: \0\r\n'), ['REQ_SYNTAX', 'A', 'octet 0x00 at 3']],
    ['DEL in a value', after('A: x\x7f\r\n'), ['REQ_SYNTAX', 'A', 'octet 0x7F at 4']],
    ['a bell in a value', after('A: \x07\r\n'), ['REQ_SYNTAX', 'A', 'octet 0x07 at 3']],
  ];
  for (const [what, text, expected] of rows) {
    test(what, () => assert.deepEqual(evidence(parseRequest(bytes(text))), expected));
  }
  test('a value is never shown: it may be a secret', () => {
    const progress = parseRequest(bytes(after('Authorization: Bearer s3cret\0')));
    assert.ok(!JSON.stringify(progress).includes('s3cret'));
  });
});

describe('another protocol is refused on its first bytes, and named', () => {
  const rows: [string, string, string][] = [
    ['TLS', '\x16', 'a TLS ClientHello: this port speaks plain HTTP'],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n', 'the preface of HTTP/2'],
    ['SSH', 'SSH-', 'an SSH banner'],
    ['SSH behind an empty line', '\r\nSSH-2.0', 'an SSH banner'],
    ['SMTP', 'EHLO example.com\r\n', 'an SMTP greeting'],
    ['old SMTP', 'HELO example.com\r\n', 'an SMTP greeting'],
    ['PROXY v1', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n', 'a PROXY protocol v1 line'],
    ['PROXY v2', '\r\n\r\n\0', 'a PROXY protocol v2 header'],
  ];
  for (const [what, text, seen] of rows) {
    test(what, () => {
      assert.deepEqual(evidence(parseRequest(bytes(text))), ['REQ_SYNTAX', 'request line', seen]);
    });
  }
  test('a method that starts like one of them is a method', () => {
    const starts = [
      'SS',
      'SSHX / HTTP/1.1\r\n',
      'PRIX * HTTP/2.0\r\n',
      'PRI * HTTP/1.1\r\n',
      'S / HTTP/1.1\r\n',
    ];
    for (const start of starts) assert.equal(parseRequest(bytes(start)).state, 'more', start);
  });
});

describe('limits', () => {
  const line = (length: number) => `GET /${'a'.repeat(length - 14)} HTTP/1.1\r\n`;
  const { maxBytes, maxLineBytes, maxFields } = HEAD_LIMITS;

  test('a request line of 8,192 bytes passes', () =>
    assert.equal(parseRequest(bytes(`${line(8192)}\r\n`)).state, 'head'));
  test('a request line of 8,193 bytes is too long', () => {
    const expected = ['REQ_LINE_TOO_LONG', 'request line', 'more than 8192 bytes'];
    assert.deepEqual(evidence(parseRequest(bytes(`${line(8193)}\r\n`))), expected);
  });
  test('a request line without an end is refused at the limit', () => {
    assert.equal(codeOf(parseRequest(bytes(`GET /${'a'.repeat(maxLineBytes)}`))), 'REQ_LINE_TOO_LONG');
    assert.equal(parseRequest(bytes(`GET /${'a'.repeat(maxLineBytes - 5)}`)).state, 'more');
  });
  test('a field line of 8,192 bytes passes, of 8,193 bytes not', () => {
    assert.equal(parseRequest(bytes(`${START}A: ${'b'.repeat(8189)}\r\n\r\n`)).state, 'head');
    const expected = ['REQ_HEAD_TOO_LARGE', 'A', 'more than 8192 bytes'];
    assert.deepEqual(evidence(parseRequest(bytes(`${START}A: ${'b'.repeat(8190)}\r\n\r\n`))), expected);
  });
  test('a field name of 8,192 bytes is too long', () => {
    const expected = ['REQ_HEAD_TOO_LARGE', 'field line', 'more than 8192 bytes'];
    assert.deepEqual(evidence(parseRequest(bytes(`${START}${'b'.repeat(8192)}:`))), expected);
  });
  test('100 fields pass, 101 do not', () => {
    const head = (fields: number) => bytes(`${START}${'A: b\r\n'.repeat(fields)}\r\n`);
    assert.equal(parseRequest(head(maxFields)).state, 'head');
    assert.deepEqual(evidence(parseRequest(head(101))), [
      'REQ_HEAD_TOO_LARGE',
      'head',
      'more than 100 fields',
    ]);
  });
  test('a head of 16,384 bytes passes, one more does not', () => {
    const head = (length: number) => {
      const field = `A: ${'b'.repeat(6000)}\r\n`.repeat(2);
      return bytes(`${START}${field}B: ${'b'.repeat(length - START.length - field.length - 7)}\r\n\r\n`);
    };
    assert.equal(head(maxBytes).length, maxBytes);
    assert.equal(parseRequest(head(maxBytes)).state, 'head');
    const expected = ['REQ_HEAD_TOO_LARGE', 'head', 'more than 16384 bytes'];
    assert.deepEqual(evidence(parseRequest(head(maxBytes + 1))), expected);
    assert.deepEqual(evidence(parseRequest(head(maxBytes + 2))), expected);
    assert.deepEqual(evidence(parseRequest(head(maxBytes + 4))), expected);
  });
  test('a limit inside the request line counts the head', () => {
    const parser = new HeadParser('request', { maxBytes: 10 });
    assert.deepEqual(evidence(parser.push(bytes('GET /aaaaaaaaaaaaaa'))), [
      'REQ_HEAD_TOO_LARGE',
      'head',
      'more than 10 bytes',
    ]);
  });
  test('a megabyte behind the head is no part of it', () => {
    const rest = Buffer.alloc(1 << 20, 1);
    const progress = parseRequest(Buffer.concat([wire(REQUEST), rest]));
    assert.ok(progress.state === 'head');
    assert.equal(progress.rest.length, rest.length);
  });
  test('limits can be set', () => {
    const parser = new HeadParser('request', { maxFields: 1 });
    assert.equal(codeOf(parser.push(wire(REQUEST))), 'REQ_HEAD_TOO_LARGE');
    const line = new HeadParser('response', { maxLineBytes: 20 });
    const expected = ['HTTP_HEAD_TOO_LARGE', 'status line', 'more than 20 bytes'];
    assert.deepEqual(evidence(line.push(wire(RESPONSE))), expected);
  });
});

describe('a response', () => {
  test('is read', () => {
    const progress = parseResponse(wire(RESPONSE));
    assert.ok(progress.state === 'head');
    const { fields, ...start } = progress.head;
    assert.deepEqual(start, { carrier: 'h1', version: '1.1', status: 101, reason: 'Switching Protocols' });
    assert.equal(fields.get('UPGRADE'), 'websocket');
  });
  for (const [line, reason] of [
    ['HTTP/1.1 101 ', ''],
    ['HTTP/1.1 101 a b', 'a b'],
    ['HTTP/1.0 999 \xe4\t', '\xe4\t'],
  ] as const) {
    test(`status line ${JSON.stringify(line)}`, () => {
      const progress = parseResponse(wire([line]));
      assert.ok(progress.state === 'head');
      assert.equal(progress.head.reason, reason);
    });
  }

  const rows: [string, string, [string, string, string]][] = [
    ['no space behind the status', 'HTTP/1.1 101\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 101']],
    ['two digits', 'HTTP/1.1 10 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 10 x']],
    ['one digit', 'HTTP/1.1 1 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 1 x']],
    ['no digit', 'HTTP/1.1 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 x']],
    ['a status below 100', 'HTTP/1.1 099 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 099 x']],
    ['no version', 'HTTP/ 101 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/ 101 x']],
    ['two spaces', 'HTTP/1.1  101 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1  101 x']],
    ['a tab for a space', 'HTTP/1.1\t101 x\r\n', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1\t101 x']],
    ['NUL in the line', 'HTTP/1.1 101 \0', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 101 \0']],
    ['bare CR', 'HTTP/1.1 101 x\rX', ['HTTP_STATUS_LINE', 'status line', 'HTTP/1.1 101 x\r']],
    ['bare LF', 'HTTP/1.1 101 x\n', ['HTTP_BARE_LF', 'status line', 'HTTP/1.1 101 x\n']],
    ['bare LF behind a field', 'HTTP/1.1 101 x\r\nA: b\n', ['HTTP_BARE_LF', 'A', 'a bare LF at 4']],
    ['bare LF as the empty line', 'HTTP/1.1 101 x\r\n\n', ['HTTP_BARE_LF', 'line 2', 'a bare LF at 0']],
    ['no colon', 'HTTP/1.1 101 x\r\nAb\r\n', ['HTTP_HEADER_SYNTAX', 'line 2', 'a bare CR at 2']],
    ['NUL in a value', 'HTTP/1.1 101 x\r\nA: \0', ['HTTP_HEADER_SYNTAX', 'A', 'octet 0x00 at 3']],
    [
      'too many fields',
      `HTTP/1.1 101 x\r\n${'A: b\r\n'.repeat(101)}`,
      ['HTTP_HEAD_TOO_LARGE', 'head', 'more than 100 fields'],
    ],
    [
      'SSH',
      'SSH-2.0-OpenSSH_9',
      ['HTTP_NOT_HTTP', 'first bytes', '53 53 48 2d 32 2e 30 2d 4f 70 65 6e 53 53 48 5f'],
    ],
    ['a TLS alert', '\x15\x03\x03\0\x02\x02P', ['HTTP_NOT_HTTP', 'first bytes', '15 03 03 00 02 02 50']],
    ['an empty line first', '\r\n', ['HTTP_NOT_HTTP', 'first bytes', '0d 0a']],
    ['one wrong byte', 'HTTQ', ['HTTP_NOT_HTTP', 'first bytes', '48 54 54 51']],
  ];
  for (const [what, text, expected] of rows) {
    test(what, () => assert.deepEqual(evidence(parseResponse(bytes(text))), expected));
  }
});

describe('progress', () => {
  test('nothing is known from nothing', () => {
    const parser = new HeadParser('request');
    assert.deepEqual(parser.push(bytes('')), { state: 'more' });
    assert.equal(parser.text, '');
    assert.equal(parser.push(wire(REQUEST)).state, 'head');
    assert.deepEqual(new HeadParser('response').push(bytes('HT')), { state: 'more' });
  });
  test('the text is what has arrived', () => {
    const parser = new HeadParser('request');
    parser.push(bytes('GET / '));
    parser.push(bytes('HTTP'));
    assert.equal(parser.text, 'GET / HTTP');
  });
  test('the text of a head that is refused is what has arrived', () => {
    const parser = new HeadParser('request');
    parser.push(bytes('GET /\0 HTTP'));
    assert.equal(parser.text, 'GET /\0 HTTP');
  });
  test('a finished parser takes no more', () => {
    const good = new HeadParser('request');
    good.push(wire(REQUEST));
    assert.throws(() => good.push(bytes('x')), TypeError);
    const bad = new HeadParser('request');
    bad.push(bytes('\0'));
    assert.throws(() => bad.push(bytes('x')), TypeError);
  });
});

// --- properties ---

/** What is left to compare when the objects of a progress are gone. */
function outcome(kind: HeadKind, chunks: readonly Uint8Array[]): unknown {
  const parser = new HeadParser<HeadKind>(kind, SMALL);
  let state = 'more';
  for (const [index, chunk] of chunks.entries()) {
    const progress = parser.push(chunk);
    state = progress.state;
    if (progress.state === 'head') {
      const rest = Buffer.concat([progress.rest, ...chunks.slice(index + 1)]).toString('latin1');
      return { ...progress.head, fields: [...progress.head.fields], rest, text: parser.text };
    }
    if (progress.state === 'rejected') {
      const { reason, evidence } = progress.rejection;
      // The first bytes of something that is no HTTP are those that came, so they depend on the split.
      return reason.code === 'HTTP_NOT_HTTP' ? reason.code : [reason.code, evidence];
    }
  }
  return state;
}

// Small, so that generated heads meet the limits.
const SMALL = { maxBytes: 400, maxLineBytes: 120, maxFields: 8 };

function split(whole: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const places = [...new Set(cuts.map((cut) => cut % (whole.length + 1)))].sort((a, b) => a - b);
  return [...places, whole.length].map((end, index) =>
    whole.subarray(index === 0 ? 0 : places[index - 1]!, end),
  );
}

const pieces = fc.constantFrom(
  ...[
    'GET ',
    '/',
    ' HTTP/1.1',
    'HTTP/1.1 101 ',
    '\r\n',
    '\r\n',
    '\r\n\r\n',
    '\n',
    '\r',
    ':',
    ': ',
    ' ',
    '\t',
  ],
  ...['Host', 'a', 'SSH-', 'PRI * HTTP/2.0', '\0', '\x16', '\xe4', 'x'.repeat(50), '#', '\x81\x00'],
);
const mixed = fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join(''));
const starts = fc.constantFrom(
  '',
  'GET / HTTP/1.1\r\n',
  'HTTP/1.1 101 x\r\n',
  '\r\n',
  wire(REQUEST).toString('latin1'),
);

for (const kind of ['request', 'response'] as const) {
  test(`any split of a ${kind} gives the same outcome`, () => {
    fc.assert(
      fc.property(starts, mixed, fc.array(fc.nat(), { maxLength: 6 }), (start, tail, cuts) => {
        const whole = bytes(start + tail);
        const expected = outcome(kind, [whole]);
        assert.deepEqual(outcome(kind, split(whole, cuts)), expected);
        assert.deepEqual(
          outcome(
            kind,
            Array.from(whole, (octet) => Uint8Array.of(octet)),
          ),
          expected,
        );
      }),
      { numRuns: 2000 },
    );
  });

  test(`random bytes as a ${kind} never throw`, () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 8 }), (chunks) => {
        outcome(kind, chunks);
      }),
      { numRuns: 2000 },
    );
  });
}

for (const head of [wire(REQUEST), wire([...REQUEST, ...Array(60).fill('X-Field: some value')])]) {
  test(`every split into two of a valid head of ${head.length} bytes`, () => {
    for (let at = 0; at <= head.length; at++) {
      const parser = new HeadParser('request');
      let progress = parser.push(head.subarray(0, at));
      if (progress.state === 'more') progress = parser.push(head.subarray(at));
      assert.equal(progress.state, 'head');
      assert.equal(parser.text, head.toString('latin1'));
    }
  });
}

test('a head that drips byte by byte costs linear time', () => {
  const drip = (size: number) => {
    const head = bytes(`${START}${`A: ${'b'.repeat(495)}\r\n`.repeat(size / 500)}\r\n`);
    const parser = new HeadParser('request', { maxBytes: 1 << 20, maxFields: 10_000 });
    // Processor time, not the wall's: other work on the machine does not count.
    const start = process.cpuUsage();
    for (const octet of head) parser.push(Uint8Array.of(octet));
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  };
  drip(8_000);
  const small = Math.min(drip(8_000), drip(8_000), drip(8_000));
  const large = Math.min(drip(128_000), drip(128_000), drip(128_000));
  // Sixteen times the bytes; quadratic work would take 256 times as long.
  assert.ok(large < 64 * small, `${small} ms, then ${large} ms`);
});

test('changed lines are found', () => {
  assert.throws(() => change(REQUEST, 'Nothing'));
});
