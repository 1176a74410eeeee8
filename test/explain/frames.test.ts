// Octets written in any manner, and frames read out of them with what breaks a rule. The rows' own examples are read too.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { readFrames } from '../../src/explain/frame-reading.js';
import { octetsIn } from '../../src/explain/hexdump.js';
import { Material } from '../../src/explain/material.js';
import { explain } from '../../src/explain/recognise.js';
import { VIOLATIONS } from '../../src/frames/violations.js';
import { hex as octets } from '../frames/hex.js';

const hello = octets('81 05 48 65 6c 6c 6f');
const only = (text: string | Uint8Array) => {
  const found = explain(new Material(Buffer.from(text)))!;
  assert.equal(found.length, 1);
  return found[0]!;
};

describe('octets as text', () => {
  const written: Readonly<Record<string, string>> = {
    pairs: '81 05 48 65 6c 6c 6f',
    'upper case, no spaces': '810548656C6C6F',
    'C array': '{ 0x81, 0x05, 0x48, 0x65, 0x6c, 0x6c, 0x6f }',
    escapes: '\\x81\\x05\\x48\\x65\\x6c\\x6c\\x6f',
    colons: '81:05:48:65:6c:6c:6f',
    'Buffer of Node': '<Buffer 81 05 48 65 6c 6c 6f>',
    xxd: '00000000: 8105 4865 6c6c 6f                        ..Hello',
    'hexdump -C': '00000000  81 05 48 65 6c 6c 6f                              |..Hello|\n00000007',
    tcpdump: '\t0x0000:  8105 4865 6c6c 6f                        ..Hello',
    Wireshark: '0000   81 05 48 65 6c 6c 6f                              ..Hello',
    base64: 'gQVIZWxsbw==',
    'base64 in lines': 'gQVI\nZWxs\nbw==\n',
  };
  for (const [how, text] of Object.entries(written)) {
    test(how, () => assert.deepEqual([...octetsIn(text)!], [...hello]));
  }

  test('a dump of several lines with a full line of characters', () => {
    const bytes = Buffer.concat([octets('82 1e'), Buffer.from('abcdefghijklmnopqrstuvwxyz0123')]);
    const lines = [0, 16].map((at) => {
      const part = [...bytes.subarray(at, at + 16)].map((octet) => octet.toString(16).padStart(2, '0'));
      const left = part.slice(0, 8).join(' ');
      return `${at.toString(16).padStart(8, '0')}  ${left}  ${part.slice(8).join(' ')}  |abcdabcdabcdabcd|`;
    });
    assert.deepEqual([...octetsIn(lines.join('\n'))!], [...bytes]);
  });

  test('words are no octets', () => {
    for (const text of ['hello', 'nonsense', 'Decade', 'abc', '81 0', 'faced with', 'a b c d', '']) {
      assert.equal(octetsIn(text), undefined, text);
    }
  });
});

describe('frames', () => {
  test('one that is right, and who may have sent it', () => {
    const found = only('81 05 48 65 6c 6c 6f');
    assert.ok(found.isGood);
    assert.match(found.listings[0]!.lines[0]!.note, /text, not masked, 5 octets: "Hello"/);
    assert.match(found.who, /server/);
    const masked = only('81 85 37 fa 21 3d 7f 9f 4d 51 58');
    assert.match(masked.listings[0]!.lines[0]!.note, /masked, 5 octets: "Hello"/);
    assert.match(masked.who, /client/);
  });

  const faults: readonly [hex: string, code: string][] = [
    ['83 00', 'FRAME_OPCODE'],
    ['09 00', 'FRAME_CONTROL_FRAGMENTED'],
    [`89 7e 00 7e ${'00 '.repeat(126)}`, 'FRAME_CONTROL_TOO_LONG'],
    ['81 7e 00 05 48 65 6c 6c 6f', 'FRAME_LENGTH'],
    ['80 00', 'FRAME_CONTINUATION'],
    ['01 01 61 81 01 62', 'FRAME_CONTINUATION'],
    ['81 02 c3 28', 'MSG_UTF8'],
    ['01 01 c3 80 01 28', 'MSG_UTF8'],
    ['88 01 03', 'CLOSE_PAYLOAD'],
    ['88 02 03 ed', 'CLOSE_CODE_INVALID'],
    ['88 04 03 e8 c3 28', 'MSG_UTF8'],
    ['48 54 54 50 2f 31 2e 31 20 34 30 30', 'FRAME_HTTP_IN_STREAM'],
    ['3c 68 74 6d 6c 3e', 'FRAME_HTTP_IN_STREAM'],
    ['a1 05 48 65 6c 6c 6f', 'FRAME_RSV'],
  ];
  for (const [hex, code] of faults) {
    test(`${code}: ${hex.slice(0, 40)}`, () => {
      const found = only(hex);
      assert.equal(found.isGood, false);
      assert.equal(found.code, code);
      const line = found.listings[0]!.lines.find(({ mark }) => mark === 'bad');
      assert.equal(line?.code, code);
    });
  }

  test('what the octets spell is told', () => {
    assert.match(only('48 54 54 50 2f 31 2e 31 20 34 30 30 20 42').saw, /HTTP/);
    assert.match(only('3c 21 64 6f 63 74 79 70 65 20 68 74 6d 6c 3e').saw, /<!doctype html/i);
    assert.match(only('15 03 03 00 02 02 46').saw, /TLS/);
  });

  test('the direction decides about the mask', () => {
    const [server] = readFrames(octets(VIOLATIONS.FRAME_MASKED_BY_SERVER.example), { role: 'server' });
    assert.equal(server!.fault?.reason.code, 'FRAME_MASKED_BY_SERVER');
    const [client] = readFrames(octets(VIOLATIONS.FRAME_UNMASKED_BY_CLIENT.example), { role: 'client' });
    assert.equal(client!.fault?.reason.code, 'FRAME_UNMASKED_BY_CLIENT');
  });

  test('a fault whose length is sound does not hide what follows', () => {
    const frames = readFrames(octets('88 02 03 ed 81 01 61'));
    assert.deepEqual(
      frames.map(({ opcode }) => opcode),
      [8, 1],
    );
    const lost = readFrames(octets('83 00 81 01 61'));
    assert.equal(lost.length, 1);
  });

  test('compressed messages are expanded, also those that look back', () => {
    const [first] = readFrames(octets('c1 07 f2 48 cd c9 c9 07 00'));
    assert.equal(Buffer.from(first!.payload).toString(), 'Hello');
    // RFC 7692 §7.2.3.2: the second message refers to the first.
    const both = readFrames(octets('c1 07 f2 48 cd c9 c9 07 00 c1 05 f2 00 11 00 00'));
    assert.deepEqual(
      both.map(({ payload }) => Buffer.from(payload).toString()),
      ['Hello', 'Hello'],
    );
    assert.equal(only('c1 07 f2 48 cd c9 c9 07 00').isGood, true);
  });

  test('RSV1 that does not inflate is told by what is known of compression', () => {
    const bytes = octets('c1 03 ff ff ff');
    const code = (deflate?: boolean) =>
      readFrames(bytes, deflate === undefined ? {} : { deflate })[0]!.fault?.reason.code;
    assert.equal(code(true), 'EXT_INFLATE');
    assert.equal(code(false), 'FRAME_RSV');
    assert.equal(code(), 'FRAME_RSV');
  });

  test('a message that would expand to more than is shown is left as it is', () => {
    const bomb = deflateRawSync(Buffer.alloc(10_000_000)).subarray(0, -1);
    const header = Buffer.from([0xc2, 126, bomb.length >> 8, bomb.length & 255]);
    const [frame] = readFrames(Buffer.concat([header, bomb]), { deflate: true });
    assert.equal(frame!.payload.length, bomb.length);
    assert.equal(frame!.fault, undefined);
  });

  test('octets that end inside a frame are no fault, but are told', () => {
    for (const hex of ['81 05 48 65', '81 7e 00', '81 85 37 fa']) {
      const found = only(hex);
      assert.ok(found.isGood, hex);
      assert.match(found.title, /cut/);
    }
  });

  test('a file of frames as they came', () => {
    assert.equal(only(octets('89 00 81 05 48 65 6c 6c 6f')).title, '2 frames without a fault');
  });

  test('many frames: the first and the last have a line', () => {
    const found = only(Buffer.concat(Array.from({ length: 1000 }, () => octets('8a 00'))));
    assert.equal(found.title, '1,000 frames without a fault');
    assert.equal(found.listings[0]!.lines.length, 81);
  });

  test('a key, which is base64 too', () => {
    const found = only('dGhlIHNhbXBsZSBub25jZQ==');
    assert.match(found.saw, /s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  });

  test('no secret of a message is shown', () => {
    const text = '{"type":"auth","token":"s3cr3t-value","room":1}';
    const found = only(Buffer.concat([Buffer.from([0x81, text.length]), Buffer.from(text)]));
    assert.doesNotMatch(JSON.stringify(found), /s3cr3t/);
    assert.match(JSON.stringify(found), /room/);
  });
});
