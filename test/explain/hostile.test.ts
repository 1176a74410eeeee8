// Whatever is given: no reader throws, everything told is printable and bounded, and the time grows with the size alone.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Explanation } from '../../src/explain/explanation.js';
import { Material, maxInputBytes } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { chromeHar, entry, har } from './archives.js';
import { LOGGED } from './logged.js';
import { type Packet, pcap, pcapng } from './packets.js';
import { SAID } from './said.js';

const explained = (octets: Uint8Array): readonly Explanation[] => {
  const found = explain(new Material(octets)) ?? [];
  for (const text of textsOf(found)) {
    assert.doesNotMatch(text, /[\p{Cc}\u200b-\u200f\u202a-\u202e\u2066-\u2069]/u);
    assert.ok(text.length < 20_000, `${text.length} characters`);
  }
  return found;
};

/** Every text of an explanation; line feeds are those of paragraphs. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return value.split('\n');
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(textsOf);
}

const packets: Packet[] = [
  { at: 1, from: 'client', flags: 'S', seq: 1 },
  { at: 2, from: 'server', flags: 'SA', seq: 1 },
  {
    at: 3,
    from: 'client',
    seq: 2,
    payload:
      'GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n',
  },
  {
    at: 4,
    from: 'server',
    seq: 2,
    payload:
      'HTTP/1.1 101 x\r\nUpgrade: websocket\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n\xc1\x07',
  },
  { at: 5, from: 'server', flags: 'FA', seq: 90 },
];

const seeds: readonly Buffer[] = [
  pcap(packets),
  pcap(packets, { link: 276, ip: 6 }, false),
  pcapng(packets),
  Buffer.from(JSON.stringify(chromeHar({ error: 'Unexpected response code: 403' }))),
  Buffer.from(JSON.stringify(har('Firefox', [entry({ answer: { status: 101 } })]))),
  Buffer.from('GET /ws HTTP/1.0\r\nHost: a\r\nSec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n'),
  Buffer.from('{"code":1006,"reason":"x","wasClean":false}'),
  Buffer.from('c1 07 f2 48 cd c9 c9 07 00 88 02 03 e8'),
  Buffer.from('258EAFA5-E914-47DA-95CA-5AB5DC11E65B'),
  ...SAID.slice(0, 20).map(({ text }) => Buffer.from(text)),
  ...LOGGED.filter((_, at) => at % 4 === 0).map(({ line }) => Buffer.from(line)),
];

describe('hostile input', () => {
  test('any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => void explained(octets)),
      { numRuns: 500 },
    );
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => void explained(Buffer.from(text))),
      { numRuns: 500 },
    );
  });

  test('any JSON', () => {
    fc.assert(
      fc.property(fc.json(), (text) => void explained(Buffer.from(text))),
      { numRuns: 300 },
    );
    const log = fc.record({ entries: fc.array(fc.anything()), creator: fc.anything() });
    fc.assert(
      fc.property(log, (value) => void explained(Buffer.from(JSON.stringify({ log: value }) ?? ''))),
      { numRuns: 300 },
    );
  });

  test('an archive with anything in the place of anything', () => {
    const whole = JSON.parse(
      JSON.stringify(chromeHar({ messages: [{ type: 'send', time: 1, opcode: 1, data: 'x' }] })),
    );
    const paths = pathsOf(whole);
    const change = fc.tuple(fc.constantFrom(...paths), fc.jsonValue());
    fc.assert(
      fc.property(
        change,
        ([path, value]) => void explained(Buffer.from(JSON.stringify(withValue(whole, path, value)))),
      ),
      { numRuns: 500 },
    );
  });

  test('real inputs with octets changed, cut and doubled', () => {
    const edit = fc.tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 12 }),
      fc.nat(),
    );
    fc.assert(
      fc.property(edit, ([seed, changes, cut]) => {
        const octets = Buffer.from(seed);
        for (const [at, octet] of changes) octets[at % octets.length] = octet;
        explained(octets);
        explained(octets.subarray(0, cut % (octets.length + 1)));
        explained(Buffer.concat([octets, octets]));
      }),
      { numRuns: 500 },
    );
  });

  /** Each is 2 MiB of what the patterns repeat: the square of that would not end while this test lives. */
  const units = [
    ' ',
    '\t',
    '?',
    '&a',
    ':',
    '"',
    "'",
    '\\',
    'a',
    'A_',
    '0',
    '81 ',
    'eyJ',
    'x://',
    '=',
    '<',
    '[',
    '{"a":',
    '\n',
    'a: b\n',
    'GET / HTTP/1.1\n',
    ' HTTP/1.1',
    'HTTP/1.1 200 OK\n\n',
    'upstream ',
    '0/0/0/0/0 ',
    'b/s 0/0/0/0/0 ',
    ', client: ',
    '258EAFA5-',
    '"GET / HTTP/1.1" ',
    'wss://',
    'http.log.error dial tcp ',
    'code=H',
    'close 1006 ',
    '\x00',
    '\x81\x00',
    '\xc1\x00',
  ];
  for (const unit of units) {
    test(`much of ${JSON.stringify(unit)}`, { timeout: 60_000 }, () => {
      const octets = Buffer.alloc(2 * 1024 * 1024, unit, 'latin1');
      explained(octets);
      explained(Buffer.concat([Buffer.from('GET / HTTP/1.1\r\nA: '), octets]));
    });
  }

  test('more than is read is not looked at', () => {
    const octets = Buffer.concat([
      Buffer.alloc(maxInputBytes, '\n'),
      Buffer.from('Server sent no subprotocol'),
    ]);
    assert.deepEqual(explained(octets), []);
  });
});

type Path = readonly string[];

function pathsOf(value: unknown, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  return [path, ...Object.entries(value).flatMap(([name, part]) => pathsOf(part, [...path, name]))];
}

function withValue(whole: unknown, path: Path, value: unknown): unknown {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const copy: Record<string, unknown> = Array.isArray(whole)
    ? ([...whole] as never)
    : { ...(whole as object) };
  copy[name] = withValue(copy[name], rest, value);
  return copy;
}
