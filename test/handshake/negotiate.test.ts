// Subprotocol choice (RFC 6455 §4.2.2(5.5)) and the contract of extensions (RFC 6455 §9.1).
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type ExtensionOffer, parseExtensions } from '../../src/handshake/fields.js';
import {
  chooseSubprotocol,
  confirmExtensions,
  type Extension,
  negotiateExtensions,
  type SubprotocolPolicy,
} from '../../src/handshake/negotiate.js';
import { responseReasons } from '../../src/handshake/rejections.js';
import { accepted, rejected } from '../../src/reason.js';

describe('the subprotocol', () => {
  const rows: [string, string[], SubprotocolPolicy, string][] = [
    ['the server prefers', ['json', 'msgpack'], ['msgpack', 'json'], 'msgpack'],
    ['in an object too', ['json', 'msgpack'], { names: ['msgpack', 'json'] }, 'msgpack'],
    ['by its order', ['json', 'msgpack'], { names: ['msgpack', 'json'], order: 'server' }, 'msgpack'],
    ['or the client', ['json', 'msgpack'], { names: ['msgpack', 'json'], order: 'client' }, 'json'],
    ['none in common', ['xml'], ['json'], ''],
    ['none in common, client order', ['xml'], { names: ['json'], order: 'client' }, ''],
    ['none offered', [], ['json'], ''],
    ['none known', ['json'], [], ''],
    ['case matters', ['JSON'], ['json'], ''],
    ['a function', ['a', 'b'], (offered) => offered.at(-1), 'b'],
    ['a function that wants none', ['a', 'b'], () => undefined, ''],
    ['a function that wants the empty one', ['a', 'b'], () => '', ''],
    ['a function in JavaScript that says null', ['a'], () => null as unknown as undefined, ''],
  ];
  for (const [what, offered, policy, chosen] of rows) {
    test(what, () => assert.equal(chooseSubprotocol(offered, policy, undefined), chosen));
  }
  test('a function sees the request', () => {
    const policy = (_: readonly string[], request: { path: string }) => request.path;
    assert.equal(chooseSubprotocol(['/a'], policy, { path: '/a' }), '/a');
  });
  for (const choice of ['c', 'A', 'a\r\nEvil: 1', 7 as unknown as string]) {
    test(`a function that returns ${JSON.stringify(choice)} is a mistake of the application`, () => {
      assert.throws(() => chooseSubprotocol(['a', 'b'], () => choice, undefined), {
        name: 'TypeError',
        message: 'The function for subprotocols returned a value that the client did not offer',
      });
    });
  }
});

/** Accepts an offer whose `level` is a digit, and answers with the same. */
function leveled(name: string): Extension<number> {
  const levelOf = ({ parameters }: ExtensionOffer) => {
    const [level] = parameters;
    return level?.name === 'level' && /^[0-9]$/.test(level.value ?? '') ? Number(level.value) : undefined;
  };
  return {
    name,
    offer: () => [{ name, parameters: [{ name: 'level', value: '5' }] }],
    accept: (offer) => {
      const agreed = levelOf(offer);
      return agreed === undefined ? undefined : { answer: offer, agreed };
    },
    confirm: (answer) => {
      const agreed = levelOf(answer);
      return agreed === undefined ? rejected(responseReasons.EXT_SYNTAX, { seen: name }) : accepted(agreed);
    },
  };
}

const one = leveled('one');
const two = leveled('two');
const read = (value: string) => parseExtensions(value) as ExtensionOffer[];

describe('a server', () => {
  const rows: [string, string, [string, number][]][] = [
    ['agrees to what it knows', 'one; level=3', [['one', 3]]],
    ['declines what it does not know', 'zero, one; level=3', [['one', 3]]],
    ['takes the first offer that it can', 'one, one; level=x, one; level=2, one; level=1', [['one', 2]]],
    [
      'keeps the order of the client',
      'two; level=1, one; level=2',
      [
        ['two', 1],
        ['one', 2],
      ],
    ],
    ['declines everything if it must', 'zero; level=1, one', []],
    ['looks at names exactly', 'ONE; level=1', []],
  ];
  for (const [what, offers, agreed] of rows) {
    test(what, () => {
      const outcome = negotiateExtensions(read(offers), [one, two]);
      const names = outcome.agreed.map((each) => [each.extension.name, each.agreed]);
      assert.deepEqual(names, agreed);
      assert.deepEqual(
        outcome.answers.map((answer) => [answer.name, Number(answer.parameters[0]!.value)]),
        agreed,
      );
    });
  }
});

describe('a client', () => {
  test('confirms what was agreed', () => {
    const verdict = confirmExtensions(read('two; level=1, one; level=2'), [one, two]);
    assert.ok(verdict.ok);
    assert.deepEqual(
      verdict.value.map(({ extension, agreed }) => [extension.name, agreed]),
      [
        ['two', 1],
        ['one', 2],
      ],
    );
  });
  test('confirms nothing', () => assert.deepEqual(confirmExtensions([], [one]), accepted([])));

  const rows: [string, string, Extension[], string, object][] = [
    [
      'an answer to no offer',
      'one; level=1, zero',
      [one],
      'EXT_UNSOLICITED',
      { seen: 'zero', wanted: 'one' },
    ],
    [
      'an answer when nothing was offered',
      'one',
      [],
      'EXT_UNSOLICITED',
      { seen: 'one', wanted: 'no extension' },
    ],
    [
      'two answers',
      'one; level=1, one; level=2',
      [one],
      'EXT_DUPLICATE',
      { seen: 'one twice', wanted: 'once' },
    ],
  ];
  for (const [what, answers, extensions, code, evidence] of rows) {
    test(`refuses ${what}`, () => {
      const verdict = confirmExtensions(read(answers), extensions);
      assert.ok(!verdict.ok);
      assert.equal(verdict.rejection.reason.code, code);
      assert.deepEqual(verdict.rejection.evidence, { field: 'Sec-WebSocket-Extensions', ...evidence });
    });
  }
  test('refuses what the extension does not confirm', () => {
    const verdict = confirmExtensions(read('one; level=x'), [one]);
    assert.deepEqual(verdict, rejected(responseReasons.EXT_SYNTAX, { seen: 'one' }));
  });
});
