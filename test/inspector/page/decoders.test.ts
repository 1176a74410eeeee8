// Payloads as protocols: octets out of their specifications and of their own encoders, each as it is told; and octets by somebody who
// would like the page to throw, to wait, or to take much memory.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { encode as msgpack } from '@msgpack/msgpack';
import { encode as cbor } from 'cborg';
import { encodePacket } from 'engine.io-parser';
import fc from 'fast-check';
import { Encoder, PacketType } from 'socket.io-parser';
import type { Decoded, Talk } from '../../../src/inspector/page/decoders/decoder.js';
import { formsOfReading } from '../../../src/inspector/page/state/forms.js';
import { readPayload } from '../../../src/inspector/page/state/payload.js';

const TEXT = 1;
const BINARY = 2;
const nothing: Talk = { subprotocol: '', path: '/chat' };
const talks: Readonly<Record<string, Talk>> = {
  nothing,
  graphql: { subprotocol: 'graphql-transport-ws', path: '/graphql' },
  'socket-io': { subprotocol: '', path: '/socket.io/' },
  stomp: { subprotocol: 'v12.stomp', path: '/ws' },
  mqtt: { subprotocol: 'mqtt', path: '/mqtt' },
  msgpack: { subprotocol: 'wamp.2.msgpack', path: '/' },
  cbor: { subprotocol: 'wamp.2.cbor', path: '/' },
};

const octets = (payload: string | Uint8Array) =>
  typeof payload === 'string' ? new Uint8Array(Buffer.from(payload)) : payload;
const hex = (text: string) => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));

interface Options {
  readonly talk?: Talk;
  readonly isWhole?: boolean;
  readonly opcode?: number;
}

function formsOf(payload: string | Uint8Array, { talk = nothing, isWhole = true, opcode }: Options = {}) {
  const reading = readPayload(octets(payload), isWhole);
  return formsOfReading(reading, opcode ?? (typeof payload === 'string' ? TEXT : BINARY), talk);
}

/** As the protocol that is spoken. */
function spoken(key: string, payload: string | Uint8Array, options: Omit<Options, 'talk'> = {}): Decoded {
  const [form] = formsOf(payload, { ...options, talk: talks[key]! });
  assert.equal(form?.key, key);
  return form.decoded!;
}

const factsOf = ({ facts = [] }: Decoded) => Object.fromEntries(facts);
const keys = (...of: Parameters<typeof formsOf>) => formsOf(...of).map(({ key }) => key);

describe('GraphQL', () => {
  const cases: ReadonlyArray<readonly [object, string]> = [
    [{ type: 'connection_init' }, 'connection_init'],
    [{ type: 'connection_ack', payload: {} }, 'connection_ack'],
    [
      { id: '1', type: 'subscribe', payload: { query: 'subscription OnMessage($room: ID!) { said }' } },
      'subscribe 1: subscription OnMessage',
    ],
    [{ id: '2', type: 'subscribe', payload: { query: '{ me { name } }' } }, 'subscribe 2: query'],
    [
      {
        id: '3',
        type: 'subscribe',
        payload: { query: '# who?\nfragment A on B { c }\nmutation Say { say }' },
      },
      'subscribe 3: mutation Say',
    ],
    [{ id: '1', type: 'next', payload: { data: { said: 'hi' } } }, 'next 1'],
    [{ id: '1', type: 'next', payload: { errors: [{ message: 'no such room' }] } }, 'next 1: no such room'],
    [{ id: '1', type: 'error', payload: [{ message: 'Syntax Error' }] }, 'error 1: Syntax Error'],
    [{ id: '1', type: 'complete' }, 'complete 1'],
    [{ type: 'ka' }, 'ka'],
  ];
  for (const [message, brief] of cases) {
    test(brief, () => assert.equal(spoken('graphql', JSON.stringify(message)).brief, brief));
  }

  test('is offered behind JSON where nobody said so, and only where it can hardly be anything else', () => {
    const asked = JSON.stringify({ id: '1', type: 'subscribe', payload: { query: '{ me }' } });
    assert.deepEqual(keys(asked), ['json', 'graphql', 'text', 'hex']);
    assert.deepEqual(keys('{"type":"ping"}'), ['json', 'text', 'hex']);
    assert.deepEqual(keys('{"type":"said"}', { talk: talks.graphql! }), ['json', 'text', 'hex']);
  });

  test('is named by its type also where only its beginning was kept', () => {
    const cut = '{"id":"1","type":"next","payload":{"data":{"said":"and so';
    assert.equal(spoken('graphql', cut, { isWhole: false }).brief, 'next, cut off');
  });
});

describe('Socket.IO', () => {
  const parser = new Encoder();
  const packet = (type: PacketType, data?: unknown, more: object = {}) =>
    `4${parser.encode({ type, nsp: '/', ...(data !== undefined && { data }), ...more })[0]}`;

  const cases: ReadonlyArray<readonly [string, string]> = [
    [
      '0{"sid":"lv_VI97HAXpY6yYWAAAB","pingInterval":25000}',
      'open {"sid":"lv_VI97HAXpY6yYWAAAB","pingInterval":25000}',
    ],
    ['2', 'ping'],
    ['3probe', 'pong probe'],
    ['5', 'upgrade'],
    [packet(PacketType.CONNECT, { token: 'x' }, { nsp: '/admin' }), 'CONNECT on /admin'],
    [packet(PacketType.EVENT, ['chat', { text: 'hi' }]), 'EVENT "chat"'],
    [packet(PacketType.EVENT, ['chat', 1], { nsp: '/a?b=c', id: 12 }), 'EVENT "chat" on /a?b=c, ack 12'],
    [packet(PacketType.ACK, ['done'], { id: 12 }), 'ACK, ack 12'],
    [packet(PacketType.DISCONNECT), 'DISCONNECT'],
    [packet(PacketType.CONNECT_ERROR, { message: 'no' }), 'CONNECT_ERROR'],
    [packet(PacketType.EVENT, ['file', new Uint8Array(3)]), 'BINARY_EVENT "file"'],
  ];
  for (const [text, brief] of cases) {
    test(text, () => assert.equal(spoken('socket-io', text).brief, brief));
  }

  test('packets of Engine.IO as its own encoder writes them', () => {
    encodePacket({ type: 'message', data: '2["hi"]' }, true, (encoded) => {
      assert.equal(spoken('socket-io', String(encoded)).brief, 'EVENT "hi"');
    });
  });

  test('its facts, its data and its attachments', () => {
    const decoded = spoken('socket-io', packet(PacketType.EVENT, ['file', new Uint8Array(3)], { id: 7 }));
    assert.equal(factsOf(decoded)['binary attachments'], '1');
    assert.equal(factsOf(decoded).acknowledgement, '7');
    assert.deepEqual(decoded.body, ['file', { _placeholder: true, num: 0 }]);
    assert.equal(spoken('socket-io', hex('01 02 03')).brief, 'attachment, 3 octets');
    const cut = spoken('socket-io', '42["chat",{"text":"and so', { isWhole: false });
    assert.equal(cut.brief, 'EVENT');
    assert.equal(factsOf(cut).data, 'only its beginning was kept');
  });

  test('is offered elsewhere only where it can hardly be anything else', () => {
    assert.deepEqual(keys('42["chat","hi"]'), ['socket-io', 'text', 'hex']);
    for (const text of ['2', '42', '4', '0', '[42]', '40 degrees'])
      assert.ok(!keys(text).includes('socket-io'));
  });
});

describe('STOMP', () => {
  const cases: ReadonlyArray<readonly [string | Uint8Array, string]> = [
    ['CONNECT\naccept-version:1.2\nhost:a\n\n\0', 'CONNECT'],
    ['SEND\ndestination:/queue/a\ncontent-type:text/plain\n\nhello queue a\0', 'SEND /queue/a'],
    ['\n\nMESSAGE\r\ndestination:/topic/b\r\nmessage-id:7\r\n\r\n{"a":1}\0\n', 'MESSAGE /topic/b'],
    ['SUBSCRIBE\nid:0\ndestination:/topic/b\n\n\0', 'SUBSCRIBE /topic/b'],
    ['ACK\nid:a\n\n\0\nACK\nid:b\n\n\0', 'ACK a, and ACK'],
    ['ERROR\nmessage:malformed frame\n\nwhat?\0', 'ERROR malformed frame'],
    ['\n', 'heart-beat'],
  ];
  for (const [text, brief] of cases) {
    test(JSON.stringify(text), () => assert.equal(spoken('stomp', text).brief, brief));
  }

  test('headers, what is escaped in them, and a body of a declared length with NUL in it', () => {
    const decoded = spoken('stomp', 'MESSAGE\ndestination:/a\\cb\\nc\\\\d\ncontent-length:3\n\na\0b\0');
    assert.equal(factsOf(decoded).destination, '/a:b\nc\\d');
    assert.equal(decoded.body, 'a\0b');
    const json = spoken('stomp', 'MESSAGE\n\n{"a":1}\0');
    assert.deepEqual(json.body, { a: 1 });
    // STOMP 1.2: nothing is escaped in CONNECT. Passcodes are nobody's business.
    const connect = factsOf(spoken('stomp', 'CONNECT\nlogin:a\\nb\npasscode:secret\n\n\0'));
    assert.equal(connect.login, 'a\\nb');
    assert.equal(connect.passcode, '(not shown)');
  });

  test('a declared length beyond what is there', () => {
    const decoded = spoken('stomp', 'SEND\ncontent-length:999999999999999\n\nshort\0');
    assert.equal(factsOf(decoded).body, 'only its beginning is here');
    assert.equal(decoded.body, 'short\0');
  });

  test('is known by its commands also where nobody said so', () => {
    assert.deepEqual(keys('SEND\ndestination:/a\n\nhi\0'), ['stomp', 'text', 'hex']);
    assert.deepEqual(keys('SEND me a letter\n\nplease'), ['text', 'hex']);
    assert.deepEqual(keys('\n'), ['text', 'hex']);
  });
});

describe('MQTT', () => {
  // MQTT 3.1.1 §3 and MQTT 5 §3, by hand.
  const cases: ReadonlyArray<readonly [string, string]> = [
    ['10 10 0004 4d515454 04 02 003c 0004 61626364', 'CONNECT abcd'],
    ['10 11 0004 4d515454 05 02 003c 00 0004 61626364', 'CONNECT abcd'],
    ['20 02 00 00', 'CONNACK accepted'],
    ['20 03 00 87 00', 'CONNACK refused with 0x87'],
    ['30 0a 0004 612f622f 7b2d317d', 'PUBLISH a/b/'],
    ['3d 08 0003 612f62 000a 78', 'PUBLISH a/b'],
    ['40 02 000a', 'PUBACK 10'],
    ['82 08 000a 0003 612f62 01', 'SUBSCRIBE a/b (QoS 1)'],
    ['82 09 000a 00 0003 612f62 02', 'SUBSCRIBE a/b (QoS 2)'],
    ['a2 0b 000a 0003 612f62 0002 632f', 'UNSUBSCRIBE a/b, c/'],
    ['90 03 000a 01', 'SUBACK 10'],
    ['c0 00', 'PINGREQ'],
    ['d0 00 40 02 0001', 'PINGRESP, and PUBACK'],
    ['e0 00', 'DISCONNECT'],
  ];
  for (const [text, brief] of cases) {
    test(text, () => assert.equal(spoken('mqtt', hex(text)).brief, brief));
  }

  test('what a CONNECT says, but for its password', () => {
    const decoded = spoken('mqtt', hex('10 16 0004 4d515454 04 c2 003c 0002 6162 0001 75 0003 707764 ff'));
    assert.deepEqual(factsOf(decoded), {
      packet: 'CONNECT',
      protocol: 'MQTT 3.1.1',
      'client id': 'ab',
      'keep alive': '60 s',
      'clean start': 'yes',
      will: 'none',
      'user name': 'given',
      password: 'given, not shown',
    });
    assert.equal(decoded.body, undefined);
  });

  test('what a PUBLISH carries, of either version', () => {
    const old = spoken('mqtt', hex('3d 0e 0003 612f62 000a 7b2261223a317d'));
    assert.deepEqual(old.body, { a: 1 });
    assert.deepEqual(factsOf(old), {
      packet: 'PUBLISH',
      topic: 'a/b',
      QoS: '2',
      'packet id': '10',
      retain: 'yes',
      duplicate: 'yes',
    });
    const five = spoken('mqtt', hex('30 0f 0003 612f62 07 01 01 03 0002 6161 6869'));
    assert.equal(five.body, 'hi');
    assert.equal(factsOf(five).properties, '7 octets, if this is MQTT 5');
    // Properties that do not come out even are none.
    const odd = spoken('mqtt', hex('30 0f 0003 612f62 06 01 01 03 0002 6161 6869'));
    assert.equal(odd.body, '\u0006\u0001\u0001\u0003\u0000\u0002aahi');
  });

  test('a packet that goes on in the next message', () => {
    const decoded = spoken('mqtt', hex('30 ff 7f 0003 612f62 6869'));
    assert.equal(decoded.brief, 'PUBLISH a/b');
    assert.equal(factsOf(decoded)['cut off'], '7 of its 16383 octets are here');
  });

  test('where nobody said so only a CONNECT is offered', () => {
    assert.ok(keys(hex('10 10 0004 4d515454 04 02 003c 0004 61626364')).includes('mqtt'));
    assert.ok(!keys(hex('30 0a 0004 612f622f 7b2d317d')).includes('mqtt'));
  });
});

describe('CBOR', () => {
  // RFC 8949, Appendix A.
  const cases: ReadonlyArray<readonly [string, unknown]> = [
    ['83 01 02 03', [1, 2, 3]],
    [
      'a2 61 61 01 61 62 82 02 03',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
    [
      'a2 01 02 03 04',
      new Map([
        [1, 2],
        [3, 4],
      ]),
    ],
    ['9f 01 82 02 03 9f 04 05 ff ff', [1, [2, 3], [4, 5]]],
    ['82 c1 1a 51 4b 67 b0 f5', [{ 'tag 1': 1_363_896_240 }, true]],
    ['81 1b ff ff ff ff ff ff ff ff', [18_446_744_073_709_551_615n]],
  ];
  for (const [text, value] of cases) {
    test(text, () => assert.deepEqual(spoken('cbor', hex(text)).body, value));
  }

  test('is offered beside MessagePack where either may be, and scalars only where it is spoken', () => {
    assert.deepEqual(keys(cbor({ a: [1, 'b'] })), ['cbor', 'hex']);
    assert.deepEqual(keys(hex('80')), ['msgpack', 'cbor', 'hex']);
    assert.deepEqual(keys(hex('18 64')), ['text', 'hex']);
    assert.equal(spoken('cbor', hex('18 64')).body, 100);
    assert.equal(spoken('msgpack', msgpack(100)).body, 100);
  });

  test('a value in one line, with what JSON has no word for', () => {
    assert.equal(spoken('cbor', cbor({ id: 1n, at: Uint8Array.of(1, 2) })).brief, '{"at":"2 octets","id":1}');
  });
});

describe('somebody hostile', () => {
  const everyTalk = (payload: string | Uint8Array, isWhole = true) => {
    for (const talk of Object.values(talks))
      for (const opcode of [TEXT, BINARY]) {
        const forms = formsOf(payload, { talk, isWhole, opcode });
        assert.equal(forms.at(-1)?.key, 'hex');
        for (const { decoded } of forms) assert.equal(typeof (decoded?.brief ?? ''), 'string');
      }
  };

  test('cuts everything anywhere', () => {
    const whole: ReadonlyArray<string | Uint8Array> = [
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: 'subscription A { b }' } }),
      '451-/admin,12["file",{"_placeholder":true,"num":0}]',
      'MESSAGE\ndestination:/a\\cb\ncontent-length:3\n\na\0b\0',
      hex('10 11 0004 4d515454 05 02 003c 00 0004 61626364'),
      hex('30 0f 0003 612f62 07 01 01 03 0002 6161 686921'),
      hex('82 09 000a 00 0003 612f62 02'),
      cbor({ a: [1, { b: 'text' }], c: Uint8Array.of(1) }),
      msgpack({ a: [1, { b: 'text' }], c: Uint8Array.of(1) }),
    ];
    for (const payload of whole)
      for (let length = 0; length <= octets(payload).length; length += 1)
        everyTalk(octets(payload).subarray(0, length), false);
  });

  test('declares lengths that nobody has', () => {
    for (const text of [
      'bb ff ff ff ff ff ff ff ff',
      '9b 00 ff ff ff ff ff ff ff',
      '5b 7f ff ff ff ff ff ff ff',
      '9a ff ff ff ff 01',
      'dd ff ff ff ff',
      'df ff ff ff ff 01',
      'c6 ff ff ff ff',
      '30 ff ff ff 7f',
      '30 ff ff ff ff ff',
      '10 ff ff ff 7f ff ff',
      '82 04 ff ff ff ff',
    ])
      everyTalk(hex(text));
    everyTalk(`4${'5'.repeat(3)}999999999-["a"]`);
    everyTalk(`SEND\ncontent-length:${'9'.repeat(400)}\n\nx\0`);
  });

  test('nests as deep as a message is long', () => {
    const deep = 50_000;
    for (const octet of [0x81, 0x91, 0x9f, 0xc1, 0xa1, 0xbf]) everyTalk(new Uint8Array(deep).fill(octet));
    everyTalk('['.repeat(deep));
    everyTalk(`42${'['.repeat(deep)}`);
    everyTalk(`{"type":"next","id":"1","payload":${'['.repeat(deep)}${']'.repeat(deep)}}`);
  });

  test('repeats what makes readers go back', () => {
    const long = 200_000;
    everyTalk(`{"id":"${'"type":'.repeat(long / 8)}`, false);
    everyTalk(`42/${'a'.repeat(long)}`);
    everyTalk(`4${'1'.repeat(long)}`);
    everyTalk(JSON.stringify({ type: 'subscribe', payload: { query: `${' '.repeat(long)}query` } }));
    everyTalk('ACK\n\n\0'.repeat(long / 6));
    everyTalk(`SEND\n${'a:b\n'.repeat(long / 4)}`);
    everyTalk(new Uint8Array(long).fill(0xc0));
  });

  test('names a member so that it would change what objects are', () => {
    for (const payload of [
      cbor(JSON.parse('{"__proto__":{"a":1}}')),
      '42["__proto__",{"__proto__":{"a":1}}]',
    ])
      everyTalk(payload);
    assert.equal(({} as { a?: unknown }).a, undefined);
  });

  test('sends anything at all', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => everyTalk(payload)));
    const starts = fc.constantFrom(
      '4',
      '42',
      '451-',
      'SEND\n',
      'MESSAGE\na:',
      '{"type":"next",',
      '{"type":"',
    );
    fc.assert(fc.property(starts, fc.string(), (start, rest) => everyTalk(start + rest, false)));
  });
});
