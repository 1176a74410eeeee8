// The grammar of field values: RFC 9110 §5.6, RFC 9112 §3.2, RFC 6454 §7, RFC 6455 §9.1.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import {
  type ExtensionOffer,
  isFieldValue,
  isToken,
  listIncludes,
  parseExtensions,
  parseHost,
  parseOrigin,
  parseTokenList,
  SyntaxFault,
  serializeExtensions,
} from '../../src/handshake/fields.js';

const fault = (position: number, wanted: string) => new SyntaxFault(position, wanted);

describe('token', () => {
  const tchar = "!#$%&'*+-.^_`|~0aZ9";
  test('every tchar is one', () => assert.equal(isToken(tchar), true));
  for (const text of ['', 'a b', 'a,b', 'a=b', 'a/b', 'a"', 'ä', 'a\u0100', 'a\0', '\u{1F600}']) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(isToken(text), false));
  }
});

describe('field value', () => {
  for (const text of ['', 'a b', 'a\tb', '\xe4\xff', '"quoted", \\']) {
    test(`${JSON.stringify(text)} is one`, () => assert.equal(isFieldValue(text), true));
  }
  for (const text of ['a\r\nb', 'a\n', '\0', '\x7f', '\x1f', '\u0100']) {
    test(`${JSON.stringify(text)} is none`, () => assert.equal(isFieldValue(text), false));
  }
});

describe('list', () => {
  for (const list of [
    'upgrade',
    'Upgrade',
    'keep-alive, Upgrade',
    'a,UPGRADE,b',
    ' upgrade\t',
    ',,upgrade',
  ]) {
    test(`${list} includes upgrade`, () => assert.equal(listIncludes(list, 'upgrade'), true));
  }
  for (const list of [
    '',
    'notupgrade',
    'upgrade2',
    'up, grade',
    '"upgrade"',
    'upgrade;q=1',
    'close',
    ',',
    'upgrade\xa0',
    '\xa0upgrade',
    'upgrade,'.slice(1),
  ]) {
    test(`${list} does not`, () => assert.equal(listIncludes(list, 'upgrade'), false));
  }

  const good: [string, string[]][] = [
    ['', []],
    [' , ,\t', []],
    ['chat', ['chat']],
    ['chat, superchat', ['chat', 'superchat']],
    [',a,, b\t ,', ['a', 'b']],
  ];
  for (const [value, tokens] of good) {
    test(`tokens of ${JSON.stringify(value)}`, () => assert.deepEqual(parseTokenList(value), tokens));
  }
  const bad: [string, number][] = [
    ['a b', 2],
    ['ch@t', 2],
    ['a, "b"', 3],
    ['a;b', 1],
    ['\u0100', 0],
  ];
  for (const [value, position] of bad) {
    test(`tokens of ${JSON.stringify(value)}: a fault at ${position}`, () =>
      assert.deepEqual(parseTokenList(value), fault(position, 'a token or a comma')));
  }
  test('100 elements pass, 101 do not, empty ones included', () => {
    assert.deepEqual(parseTokenList(','.repeat(99)), []);
    assert.deepEqual(parseTokenList(','.repeat(100)), fault(100, 'at most 100 elements'));
    assert.equal((parseTokenList(Array(100).fill('a').join()) as string[]).length, 100);
    assert.deepEqual(parseTokenList(Array(101).fill('a').join()), fault(200, 'at most 100 elements'));
  });
});

const offer = (name: string, ...parameters: [string, string?][]): ExtensionOffer => ({
  name,
  parameters: parameters.map(([parameter, value]) => ({ name: parameter, value })),
});

const PLAIN = { noNullPrototype: true };

describe('extensions, RFC 6455 §9.1', () => {
  const good: [string, ExtensionOffer[]][] = [
    ['foo', [offer('foo')]],
    ['foo, bar; baz=2', [offer('foo'), offer('bar', ['baz', '2'])]],
    ['a; b; c=d , e', [offer('a', ['b'], ['c', 'd']), offer('e')]],
    ['a; b="10"', [offer('a', ['b', '10'])]],
    ['a; b="1\\0" ; c', [offer('a', ['b', '10'], ['c'])]],
    ['a ;\tb = 10', [offer('a', ['b', '10'])]],
    [',, a ,', [offer('a')]],
    ['__proto__; constructor=1', [offer('__proto__', ['constructor', '1'])]],
    ['a, a; b', [offer('a'), offer('a', ['b'])]],
  ];
  for (const [value, offers] of good) {
    test(value, () => assert.deepEqual(parseExtensions(value), offers));
  }
  const bad: [string, number, string][] = [
    ['', 0, 'at least one extension'],
    [' , ', 0, 'at least one extension'],
    [';;;=', 0, 'an extension name'],
    ['a;', 2, 'a parameter name'],
    ['a; =1', 3, 'a parameter name'],
    ['a; b=', 5, 'a value'],
    ['a; b=,', 5, 'a value'],
    ['a; b="1', 7, 'a closing quote'],
    ['a; b="1\\', 8, 'a closing quote'],
    ['a; b=""', 5, 'a token between the quotes'],
    ['a; b="x y"', 5, 'a token between the quotes'],
    ['a; b="\\""', 5, 'a token between the quotes'],
    ['a b', 2, '";" or "," or the end'],
    ['a; b="1"2', 8, '";" or "," or the end'],
    ['a=1', 1, '";" or "," or the end'],
  ];
  for (const [value, position, wanted] of bad) {
    test(`${JSON.stringify(value)}: a fault`, () =>
      assert.deepEqual(parseExtensions(value), fault(position, wanted)));
  }
  test('100 elements pass, 101 do not, empty ones included', () => {
    assert.equal((parseExtensions(`a${','.repeat(99)}`) as unknown[]).length, 1);
    assert.deepEqual(parseExtensions(`a${','.repeat(100)}`), fault(101, 'at most 100 elements'));
    assert.equal((parseExtensions(Array(100).fill('a').join()) as unknown[]).length, 100);
    const wanted = 'at most 100 elements';
    assert.deepEqual(parseExtensions(`a${';b'.repeat(100)}`), fault(200, wanted));
  });
  test('what is written is read back', () => {
    const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
    const parameter = fc.record({ name: token, value: fc.option(token, { nil: undefined }) }, PLAIN);
    const extension = fc.record({ name: token, parameters: fc.array(parameter, { maxLength: 5 }) }, PLAIN);
    fc.assert(
      fc.property(fc.array(extension, { minLength: 1, maxLength: 9 }), (offers) => {
        assert.deepEqual(parseExtensions(serializeExtensions(offers)), offers);
      }),
    );
  });
  for (const wrong of [offer('a b'), offer(''), offer('a', ['b;c']), offer('a', ['b', '1, evil'])]) {
    test(`not written: ${JSON.stringify(wrong)}`, () =>
      assert.throws(() => serializeExtensions([wrong]), TypeError));
  }
});

describe('Host, RFC 9112 §3.2', () => {
  const good: [string, string, number?][] = [
    ['example.com', 'example.com'],
    ['EXAMPLE.com:8080', 'EXAMPLE.com', 8080],
    ['example.com:', 'example.com'],
    ['127.0.0.1:0', '127.0.0.1', 0],
    ['h:65535', 'h', 65535],
    ['h:00080', 'h', 80],
    ['a_b.example', 'a_b.example'],
    ['xn--bcher-kva.example', 'xn--bcher-kva.example'],
    ['b%C3%BCcher', 'b%C3%BCcher'],
    ['%41', '%41'],
    ['[::1]', '[::1]'],
    ['[::1]:8080', '[::1]', 8080],
    ['[::]', '[::]'],
    ['[2001:db8::1]', '[2001:db8::1]'],
    ['[1:2:3:4:5:6:7:8]', '[1:2:3:4:5:6:7:8]'],
    ['[1:2:3:4:5:6:7::]', '[1:2:3:4:5:6:7::]'],
    ['[::ffff:192.0.2.1]', '[::ffff:192.0.2.1]'],
    ['[1:2:3:4:5:6:192.0.2.1]', '[1:2:3:4:5:6:192.0.2.1]'],
  ];
  for (const [value, name, port] of good) {
    test(value, () => assert.deepEqual(parseHost(value), { name, port }));
  }
  const bad = [
    '',
    ':80',
    'a b',
    'user@host',
    'host/path',
    'host:99999',
    'host:65536',
    'host:80:80',
    'host:8a',
    'host:-1',
    'a\0b',
    'h\xe4',
    'h%4',
    'h%zz',
    'a?b',
    'a#b',
    '[::1',
    '[]',
    '[:::1]',
    '[1::2::3]',
    '[1:2:3:4:5:6:7]',
    '[1:2:3:4:5:6:7:8:9]',
    '[1:2:3:4:5:6:7:8::]',
    '[12345::]',
    '[g::]',
    '[fe80::1%25eth0]',
    '[192.0.2.1::]',
    '[::192.0.2.256]',
    '[::192.0.2.01]',
    '[::192.0.2]',
    '[v1.x]',
    '[::1]80',
    '[::1]:x',
    'a'.repeat(256),
  ];
  for (const value of bad) {
    test(`not ${JSON.stringify(value.slice(0, 40))}`, () =>
      assert.ok(parseHost(value) instanceof SyntaxFault));
  }
  test('255 bytes pass', () =>
    assert.deepEqual(parseHost('a'.repeat(255)), { name: 'a'.repeat(255), port: undefined }));
});

describe('Origin, RFC 6454 §7', () => {
  const good: [string, unknown][] = [
    ['null', 'null'],
    ['https://example.com', { scheme: 'https', name: 'example.com', port: 443 }],
    ['http://example.com', { scheme: 'http', name: 'example.com', port: 80 }],
    ['http://[::1]:3000', { scheme: 'http', name: '[::1]', port: 3000 }],
    ['wss://example.com', { scheme: 'wss', name: 'example.com', port: 443 }],
    ['ws://example.com', { scheme: 'ws', name: 'example.com', port: 80 }],
    ['chrome-extension://abc', { scheme: 'chrome-extension', name: 'abc', port: undefined }],
    ['file://', { scheme: 'file', name: '', port: undefined }],
  ];
  for (const [value, origin] of good) {
    test(value, () => assert.deepEqual(parseOrigin(value), origin));
  }
  const bad: [string, number][] = [
    ['', 0],
    ['Null', 4],
    ['example.com', 11],
    ['://x', 0],
    ['https:/x', 5],
    ['https://', 8],
    ['https://example.com/', 19],
    ['https://user@example.com', 12],
    ['https://a.example https://b.example', 17],
    ['https://a.example, https://b.example', 18],
    ['https://a:99999', 10],
    ['null null', 4],
  ];
  for (const [value, position] of bad) {
    test(`not ${JSON.stringify(value)}`, () => {
      const parsed = parseOrigin(value);
      assert.ok(parsed instanceof SyntaxFault);
      assert.equal(parsed.position, position);
    });
  }
});

describe('time is linear at the largest size', () => {
  const size = 16_384;
  const values: Record<string, string> = {
    'an unclosed quote with escapes': `a; b="${'\\c'.repeat(size / 2)}`,
    'a thousand offers': 'permessage-deflate, '.repeat(1000),
    'semicolons and equals': ';;;='.repeat(size / 4),
    commas: ','.repeat(size),
    spaces: `a${' '.repeat(size)}b`,
    'open brackets': `[${':'.repeat(254)}`,
  };
  for (const [what, value] of Object.entries(values)) {
    test(what, () => {
      const functions = [
        parseExtensions,
        parseTokenList,
        parseHost,
        parseOrigin,
        (v: string) => listIncludes(v, 'x'),
      ];
      for (const parse of functions) {
        parse(value);
        const fastest = Math.min(
          ...Array.from({ length: 20 }, () => {
            const start = performance.now();
            parse(value);
            return performance.now() - start;
          }),
        );
        assert.ok(fastest < 1, `${parse.name} took ${fastest} ms`);
      }
    });
  }
});

test('no function throws, whatever the text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), soup()), (text) => {
      parseTokenList(text);
      parseExtensions(text);
      parseHost(text);
      parseOrigin(text);
      listIncludes(text, 'upgrade');
    }),
    { numRuns: 2000 },
  );
});

function soup() {
  return fc
    .array(fc.constantFrom('a', ';', '=', '"', '\\', ',', ' ', ':', '[', ']', '%', '/', '4', '://'))
    .map((parts) => parts.join(''));
}
