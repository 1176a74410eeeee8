// Offers and answers of permessage-deflate, both roles (RFC 7692 §5, §7.1), with the RFC's own examples, and the rows of an answer
// that no offer allows (row 139 of the hostile inputs). Nothing here compresses.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { deflateReasons } from '../../src/deflate/deflate-reasons.js';
import {
  type DeflateAgreement,
  type DeflatePolicy,
  judgeDeflate,
  PermessageDeflate,
} from '../../src/deflate/permessage-deflate.js';
import { type ExtensionOffer, parseExtensions, serializeExtensions } from '../../src/handshake/fields.js';
import { confirmExtensions, negotiateExtensions } from '../../src/handshake/negotiate.js';

const NONE: DeflatePolicy = { takeover: false, windowBits: 11 };
const SMALL: DeflatePolicy = { takeover: true, windowBits: 11 };
const LARGE: DeflatePolicy = { takeover: true, windowBits: 15 };
const POLICIES = { NONE, SMALL, LARGE };

const SHORT: Readonly<Record<string, string>> = {
  pmd: 'permessage-deflate',
  snct: 'server_no_context_takeover',
  cnct: 'client_no_context_takeover',
  smwb: 'server_max_window_bits',
  cmwb: 'client_max_window_bits',
};
const long = (text: string) =>
  text.replace(/[a-z]+/g, (word) => (Object.hasOwn(SHORT, word) ? SHORT[word]! : word));
const short = (text: string) =>
  Object.entries(SHORT).reduce((all, [to, from]) => all.replaceAll(from, to), text);

function read(text: string): ExtensionOffer[] {
  const offers = parseExtensions(long(text));
  assert.ok(Array.isArray(offers), text);
  return offers;
}

/** An agreement in a word: `send 11+, receive 15-`; a plus for takeover, a minus for none. */
function inWords(agreed: DeflateAgreement): string {
  const sign = (takeover: boolean) => (takeover ? '+' : '-');
  const { sendWindowBits, sendTakeover, receiveWindowBits, receiveTakeover } = agreed;
  return `${sendWindowBits}${sign(sendTakeover)} ${receiveWindowBits}${sign(receiveTakeover)}`;
}

/** What a server answers, `''` when it declines; and what it holds to: its own window, then the client's. */
function answered(policy: DeflatePolicy, offers: string): [answer: string, use: string] {
  const { answers, agreed } = negotiateExtensions(read(offers), [new PermessageDeflate('server', policy)]);
  const [first] = agreed;
  if (first === undefined) return ['', ''];
  const agreement = first.agreed as DeflateAgreement;
  assert.equal(agreement.text, serializeExtensions(answers));
  return [short(agreement.text), inWords(agreement)];
}

describe('a server without takeover', () => {
  const rows: [offers: string, answer: string, use: string][] = [
    ['pmd', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; cmwb', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; cmwb=10', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; snct', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; cnct', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; smwb=8', 'pmd; snct; cnct; smwb=8', '8- 15-'],
    ['pmd; smwb=15', 'pmd; snct; cnct; smwb=15', '15- 15-'],
    ['pmd; cmwb=9; smwb=13; cnct; snct', 'pmd; snct; cnct; smwb=13', '13- 15-'],
  ];
  for (const [offers, answer, use] of rows)
    test(`${offers}: ${answer}`, () => assert.deepEqual(answered(NONE, offers), [answer, use]));
});

describe('a server with takeover and windows of 2 KiB', () => {
  const rows: [offers: string, answer: string, use: string][] = [
    // The client may use 32 KiB, which are not kept.
    ['pmd', 'pmd; cnct', '15+ 15-'],
    ['pmd; snct', 'pmd; snct; cnct', '15- 15-'],
    ['pmd; cnct', 'pmd; cnct', '15+ 15-'],
    ['pmd; cmwb', 'pmd; cmwb=11', '15+ 11+'],
    ['pmd; cmwb=10', 'pmd; cmwb=10', '15+ 10+'],
    ['pmd; cmwb=8', 'pmd; cmwb=8', '15+ 8+'],
    ['pmd; cmwb=12', 'pmd; cmwb=11', '15+ 11+'],
    ['pmd; cmwb; cnct', 'pmd; cnct', '15+ 15-'],
    ['pmd; smwb=8; cmwb', 'pmd; smwb=8; cmwb=11', '8+ 11+'],
    ['pmd; smwb=12; cmwb', 'pmd; smwb=12; cmwb=11', '12+ 11+'],
    ['pmd; smwb=12; snct', 'pmd; snct; cnct; smwb=12', '12- 15-'],
    ['pmd; snct; cmwb', 'pmd; snct; cmwb=11', '15- 11+'],
  ];
  for (const [offers, answer, use] of rows)
    test(`${offers}: ${answer}`, () => assert.deepEqual(answered(SMALL, offers), [answer, use]));
});

describe('a server with takeover and windows of 32 KiB', () => {
  const rows: [offers: string, answer: string, use: string][] = [
    ['pmd', 'pmd', '15+ 15+'],
    ['pmd; cmwb', 'pmd; cmwb=15', '15+ 15+'],
    ['pmd; cmwb=9', 'pmd; cmwb=9', '15+ 9+'],
    ['pmd; smwb=9', 'pmd; smwb=9', '9+ 15+'],
    ['pmd; snct; cnct; smwb=10; cmwb=10', 'pmd; snct; cnct; smwb=10', '10- 15-'],
  ];
  for (const [offers, answer, use] of rows)
    test(`${offers}: ${answer}`, () => assert.deepEqual(answered(LARGE, offers), [answer, use]));
});

/** Parameters that are legal in no offer and in no answer. */
const ILLEGAL: [parameters: string, code: string, seen: string][] = [
  ['smwb', 'EXT_PARAM_INVALID', 'smwb'],
  ['smwb=7', 'EXT_PARAM_INVALID', 'smwb=7'],
  ['smwb=16', 'EXT_PARAM_INVALID', 'smwb=16'],
  ['smwb=08', 'EXT_PARAM_INVALID', 'smwb=08'],
  ['smwb="08"', 'EXT_PARAM_INVALID', 'smwb=08'],
  ['smwb=010', 'EXT_PARAM_INVALID', 'smwb=010'],
  ['smwb=+9', 'EXT_PARAM_INVALID', 'smwb=+9'],
  ['smwb=9.0', 'EXT_PARAM_INVALID', 'smwb=9.0'],
  ['smwb=1e1', 'EXT_PARAM_INVALID', 'smwb=1e1'],
  ['smwb=0x9', 'EXT_PARAM_INVALID', 'smwb=0x9'],
  ['smwb=150', 'EXT_PARAM_INVALID', 'smwb=150'],
  ['cmwb=0', 'EXT_PARAM_INVALID', 'cmwb=0'],
  ['cmwb="16"', 'EXT_PARAM_INVALID', 'cmwb=16'],
  ['cmwb=true', 'EXT_PARAM_INVALID', 'cmwb=true'],
  ['snct=1', 'EXT_PARAM_INVALID', 'snct=1'],
  ['cnct="true"', 'EXT_PARAM_INVALID', 'cnct=true'],
  ['snct; snct', 'EXT_PARAM_INVALID', 'snct twice'],
  ['cnct; snct; cnct', 'EXT_PARAM_INVALID', 'cnct twice'],
  ['smwb=10; smwb=10', 'EXT_PARAM_INVALID', 'smwb twice'],
  ['cmwb; cmwb=10', 'EXT_PARAM_INVALID', 'cmwb twice'],
  ['level=9', 'EXT_PARAM_UNKNOWN', 'level=9'],
  ['mystery', 'EXT_PARAM_UNKNOWN', 'mystery'],
  ['SERVER_NO_CONTEXT_TAKEOVER', 'EXT_PARAM_UNKNOWN', 'SERVER_NO_CONTEXT_TAKEOVER'],
  ['constructor', 'EXT_PARAM_UNKNOWN', 'constructor'],
  ['snct; __proto__=1', 'EXT_PARAM_UNKNOWN', '__proto__=1'],
];

describe('a server declines', () => {
  for (const [parameters] of ILLEGAL) {
    test(parameters, () => {
      for (const policy of Object.values(POLICIES))
        assert.deepEqual(answered(policy, `pmd; ${parameters}`), ['', '']);
    });
    test(`${parameters}, and takes the next offer`, () => {
      assert.deepEqual(answered(LARGE, `pmd; ${parameters}, pmd; smwb=9`), ['pmd; smwb=9', '9+ 15+']);
    });
  }
  test('another extension', () => assert.deepEqual(answered(LARGE, 'x-webkit-deflate-frame'), ['', '']));
});

test('a server reads a quoted value as the same without quotes', () => {
  assert.deepEqual(answered(LARGE, 'pmd; smwb="10"; cmwb="1\\1"'), ['pmd; smwb=10; cmwb=11', '10+ 11+']);
});

test('a server offers nothing', () => assert.deepEqual(new PermessageDeflate('server', LARGE).offer(), []));

describe('a client offers', () => {
  const rows: [DeflatePolicy, string][] = [
    [NONE, 'pmd; snct; cnct; cmwb, pmd; cmwb'],
    [SMALL, 'pmd; smwb=11; cmwb=11, pmd; cmwb'],
    [LARGE, 'pmd; cmwb'],
  ];
  for (const [policy, offers] of rows) {
    test(offers, () =>
      assert.equal(short(serializeExtensions(new PermessageDeflate('client', policy).offer())), offers),
    );
  }
});

/** What a client makes of an answer: what it holds to, or the code and the evidence. */
function confirmed(policy: DeflatePolicy, answer: string): string {
  const verdict = confirmExtensions(read(answer), [new PermessageDeflate('client', policy)]);
  if (!verdict.ok) return verdict.rejection.reason.code;
  return inWords(verdict.value[0]!.agreed as DeflateAgreement);
}

describe('a client takes', () => {
  const rows: [policy: DeflatePolicy, answer: string, use: string][] = [
    [NONE, 'pmd; snct; cnct', '15- 15-'],
    // Its first offer, without the hint repeated: a client needs no leave to use less.
    [NONE, 'pmd; snct', '15- 15-'],
    [NONE, 'pmd; snct; smwb=9; cmwb=8', '8- 9-'],
    // Its second offer.
    [NONE, 'pmd', '15- 15+'],
    [NONE, 'pmd; cnct; smwb="10"', '15- 10+'],
    [SMALL, 'pmd; smwb=11; cmwb=11', '11+ 11+'],
    [SMALL, 'pmd; smwb=8; cmwb=8', '8+ 8+'],
    [SMALL, 'pmd; smwb=15', '15+ 15+'],
    [SMALL, 'pmd', '15+ 15+'],
    [SMALL, 'pmd; cmwb=15', '15+ 15+'],
    [SMALL, 'pmd; cnct', '15- 15+'],
    [SMALL, 'pmd; snct', '15+ 15-'],
    [LARGE, 'pmd', '15+ 15+'],
    [LARGE, 'pmd; cmwb=10; smwb=12', '10+ 12+'],
    [LARGE, 'pmd; snct; cnct', '15- 15-'],
  ];
  for (const [policy, answer, use] of rows)
    test(`${answer}: ${use}`, () => assert.equal(confirmed(policy, answer), use));
});

describe('a client fails the connection', () => {
  const rows: [answer: string, code: string][] = [
    ['pmd; cmwb', 'EXT_CLIENT_BITS'],
    ['pmd; snct; cnct; cmwb', 'EXT_CLIENT_BITS'],
    ['pmd, pmd', 'EXT_DUPLICATE'],
    ['pmd; cnct, x-other', 'EXT_UNSOLICITED'],
  ];
  for (const [parameters, code] of ILLEGAL) {
    // In an answer the first of the two is wrong already.
    rows.push([`pmd; ${parameters}`, parameters.startsWith('cmwb; ') ? 'EXT_PARAM_INVALID' : code]);
  }
  for (const [answer, code] of rows) {
    test(`${answer}: ${code}`, () => {
      for (const policy of Object.values(POLICIES)) assert.equal(confirmed(policy, answer), code);
    });
  }
  test('and says what it saw', () => {
    for (const [parameters, code, seen] of ILLEGAL) {
      const verdict = new PermessageDeflate('client', LARGE).confirm(read(`pmd; ${parameters}`)[0]!);
      assert.ok(!verdict.ok);
      assert.equal(verdict.rejection.reason.code, code);
      assert.equal(verdict.rejection.evidence.field, 'Sec-WebSocket-Extensions');
      assert.equal(short(verdict.rejection.evidence.seen ?? ''), seen);
    }
  });
});

describe('an answer to offers that are not our own', () => {
  const rows: [offers: string, answer: string, code: string][] = [
    ['pmd; snct', 'pmd; snct', ''],
    ['pmd; snct', 'pmd', 'EXT_PARAM_INVALID'],
    ['pmd; snct, pmd', 'pmd', ''],
    ['pmd', 'pmd; snct; cnct; smwb=8', ''],
    ['pmd; cnct', 'pmd', ''],
    ['pmd; smwb=10', 'pmd; smwb=10', ''],
    ['pmd; smwb=10', 'pmd; smwb=8', ''],
    ['pmd; smwb=10', 'pmd; smwb=11', 'EXT_PARAM_INVALID'],
    ['pmd; smwb=10', 'pmd', 'EXT_PARAM_INVALID'],
    ['pmd; smwb=15', 'pmd', 'EXT_PARAM_INVALID'],
    ['pmd; smwb=10, pmd; smwb=12', 'pmd; smwb=12', ''],
    ['pmd; smwb=10, pmd; smwb=12', 'pmd; smwb=13', 'EXT_PARAM_INVALID'],
    ['pmd', 'pmd; cmwb=15', 'EXT_CLIENT_BITS'],
    ['pmd, pmd; snct; cmwb', 'pmd; cmwb=15', 'EXT_CLIENT_BITS'],
    ['pmd, pmd; snct; cmwb', 'pmd; snct; cmwb=15', ''],
    ['pmd; cmwb=10', 'pmd; cmwb=15', ''],
    // A server had to decline the first: it gives no leave.
    ['pmd; cmwb=7, pmd', 'pmd; cmwb=15', 'EXT_CLIENT_BITS'],
    ['pmd; cmwb=7', 'pmd', ''],
  ];
  for (const [offers, answer, code] of rows) {
    test(`${offers}: ${answer} is ${code || 'allowed'}`, () => {
      const verdict = judgeDeflate(read(answer)[0]!, read(offers));
      assert.equal(verdict.ok ? '' : verdict.rejection.reason.code, code);
    });
  }
  test('without any, only the answer itself is judged', () => {
    assert.ok(judgeDeflate(read('pmd; smwb=10; cmwb=9')[0]!, []).ok);
    assert.ok(!judgeDeflate(read('pmd; cmwb')[0]!, []).ok);
  });
  test('the evidence names the demand that was not met', () => {
    const verdict = judgeDeflate(read('pmd; smwb=12')[0]!, read('pmd; smwb=10'));
    assert.deepEqual(verdict.ok || verdict.rejection.evidence, {
      field: 'Sec-WebSocket-Extensions',
      seen: 'permessage-deflate; server_max_window_bits=12',
      wanted: 'server_max_window_bits of 10 at most, as offered',
    });
  });
});

describe("RFC 7692's examples", () => {
  // §5.1 has them for an extension without a name; here they are of the one that has one.
  test('§5.1: the first offer that the server can accept decides', () => {
    assert.deepEqual(answered(LARGE, 'pmd; use_y, pmd'), ['pmd', '15+ 15+']);
    assert.deepEqual(answered(LARGE, 'permessage-foo, permessage-bar'), ['', '']);
    assert.deepEqual(answered(LARGE, 'permessage-foo; x=10, pmd'), ['pmd', '15+ 15+']);
  });
  test('§5.1: several fields are one list', () => {
    const offers = [...read('pmd; cmwb=7'), ...read('pmd; smwb=10')];
    const [answer] = negotiateExtensions(offers, [new PermessageDeflate('server', LARGE)]).answers;
    assert.equal(short(serializeExtensions([answer!])), 'pmd; smwb=10');
  });
  test('§7.1.3: the simplest offer and the simplest answer', () => {
    assert.deepEqual(answered(LARGE, 'pmd'), ['pmd', '15+ 15+']);
    assert.ok(judgeDeflate(read('pmd')[0]!, read('pmd')).ok);
  });
  test('§7.1.3: a server window of 1,024 octets, and client_max_window_bits understood', () => {
    const offers = 'pmd; cmwb; smwb=10';
    assert.deepEqual(answered(LARGE, offers), ['pmd; smwb=10; cmwb=15', '10+ 15+']);
    assert.ok(judgeDeflate(read('pmd; smwb=10')[0]!, read(offers)).ok);
  });
  test('§7.1.3: the same, with a second choice for servers that cannot', () => {
    const offers = 'pmd; cmwb; smwb=10, pmd; cmwb';
    assert.deepEqual(answered(LARGE, offers), ['pmd; smwb=10; cmwb=15', '10+ 15+']);
    for (const answer of ['pmd; smwb=10', 'pmd', 'pmd; cmwb=12', 'pmd; smwb=10; cmwb=12'])
      assert.ok(judgeDeflate(read(answer)[0]!, read(offers)).ok, answer);
  });
});

test('equal agreements are one frozen object', () => {
  const accept = (policy: DeflatePolicy) =>
    new PermessageDeflate('server', policy).accept(read('pmd; cmwb')[0]!);
  const [one, other] = [accept(SMALL), accept({ ...SMALL })];
  assert.ok(one !== undefined && one === other);
  assert.ok(Object.isFrozen(one) && Object.isFrozen(one.agreed) && Object.isFrozen(one.answer.parameters));
  assert.notEqual(accept(LARGE)?.agreed, one.agreed);
  const confirm = () => new PermessageDeflate('client', SMALL).confirm(read('pmd; cmwb=11; smwb=11')[0]!);
  const [first, second] = [confirm(), confirm()];
  assert.ok(first.ok && second.ok);
  assert.equal(first.value, second.value);
});

// ---- what holds for every offer

const policy = fc.record({ takeover: fc.boolean(), windowBits: fc.integer({ min: 9, max: 15 }) });
const bits = fc.oneof(
  fc.integer({ min: 7, max: 16 }).map(String),
  fc.constantFrom(undefined, '08', 'x', '0'),
);
const parameter = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ name: fc.constantFrom(SHORT.snct!, SHORT.cnct!), value: fc.constant(undefined) }),
  },
  { weight: 8, arbitrary: fc.record({ name: fc.constantFrom(SHORT.smwb!, SHORT.cmwb!), value: bits }) },
  {
    weight: 1,
    arbitrary: fc.record({
      name: fc.string({ minLength: 1 }),
      value: fc.option(fc.string(), { nil: undefined }),
    }),
  },
);
const offer = fc.record({
  name: fc.constantFrom(SHORT.pmd!, SHORT.pmd!, SHORT.pmd!, 'other'),
  parameters: fc.array(parameter, { maxLength: 5 }),
});

test('whatever is offered, a server does not throw, and answers what the offers allow and both sides understand alike', () => {
  const property = fc.property(policy, fc.array(offer, { maxLength: 4 }), (ours, offers) => {
    const server = new PermessageDeflate('server', ours);
    const { answers, agreed } = negotiateExtensions(offers, [server]);
    assert.ok(answers.length <= 1);
    if (answers.length === 0) return;
    const named = offers.filter(({ name }) => name === SHORT.pmd);
    const judged = judgeDeflate(answers[0]!, named);
    assert.ok(judged.ok, serializeExtensions(answers));
    const agreement = agreed[0]!.agreed as DeflateAgreement;
    // What the server sends stays within the answer, and what the answer lets the client send, the server can take.
    const { serverBits = 15, clientBits = 15, serverNoTakeover, clientNoTakeover } = judged.value;
    assert.ok(agreement.sendWindowBits <= serverBits);
    assert.ok(!(agreement.sendTakeover && serverNoTakeover));
    assert.equal(agreement.receiveTakeover, !clientNoTakeover);
    // No window is kept that is larger than wanted; of what we send, the codec keeps less than it may refer to.
    assert.ok(!agreement.receiveTakeover || agreement.receiveWindowBits <= ours.windowBits);
    assert.ok(ours.takeover || (serverNoTakeover && clientNoTakeover));
    assert.equal(agreement.receiveWindowBits, clientBits);
  });
  fc.assert(property, { numRuns: 5000 });
});

test('our server and our client agree, whatever each of them wants', () => {
  const property = fc.property(policy, policy, (ours, theirs) => {
    const client = new PermessageDeflate('client', theirs);
    // As on the wire.
    const offers = parseExtensions(serializeExtensions(client.offer())) as ExtensionOffer[];
    const { answers, agreed } = negotiateExtensions(offers, [new PermessageDeflate('server', ours)]);
    const verdict = confirmExtensions(parseExtensions(serializeExtensions(answers)) as ExtensionOffer[], [
      client,
    ]);
    assert.ok(verdict.ok);
    const [server, own] = [agreed[0]!.agreed, verdict.value[0]!.agreed] as [
      DeflateAgreement,
      DeflateAgreement,
    ];
    assert.equal(own.text, server.text);
    for (const [sender, receiver] of [
      [server, own],
      [own, server],
    ] as const) {
      assert.ok(sender.sendWindowBits <= receiver.receiveWindowBits);
      assert.ok(!sender.sendTakeover || receiver.receiveTakeover);
    }
    // Takeover is used exactly where both want it.
    assert.equal(server.sendTakeover && server.receiveTakeover, ours.takeover && theirs.takeover);
  });
  fc.assert(property, { numRuns: 2000 });
});

test('any octets that are a field can be confirmed or refused, never thrown at', () => {
  const property = fc.property(policy, offer, (theirs, answer) => {
    const verdict = new PermessageDeflate('client', theirs).confirm(answer);
    assert.ok(verdict.ok || verdict.rejection.reason.code in deflateReasons);
  });
  fc.assert(property, { numRuns: 2000 });
});

describe('the rows', () => {
  for (const [code, row] of Object.entries(deflateReasons)) {
    test(`${code} is whole`, () => {
      assert.equal(row.code, code);
      assert.match(row.title, /^[A-Z].*[^.]$/);
      assert.match(row.meaning, /\.$/);
      assert.match(row.fix, /\.$/);
      for (const section of row.sections) assert.match(section, /^RFC \d{4} §\d+(?:\.\d+)*$/);
      assert.ok(
        row.stage === 'extension' ? row.closeCode === undefined : [1007, 1008].includes(row.closeCode!),
      );
    });
    const answer = row.stage === 'extension' ? /`(permessage-deflate.*?)`/.exec(row.example)?.[1] : undefined;
    if (answer === undefined) continue;
    test(`the example of ${code} yields it`, () => assert.equal(confirmed(LARGE, answer), code));
  }
});
