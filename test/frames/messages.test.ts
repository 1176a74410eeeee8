// RFC 6455 §5.4, §5.5, §8.1, §10.4: frames become messages and control frames; order, limits, UTF-8 as it arrives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Found } from '../../src/frames/messages.js';
import { clientReader, cut, findings, hex, serverReader, show } from './hex.js';

// To a client, so that the octets are as they read; the decoder's tests cover masks.
const found = (...octets: string[]) => findings(clientReader(), ...octets.map(hex));

const good: [string, string, string[]][] = [
  ['a text', '8105 48656c6c6f', ['text 48656c6c6f']],
  ['an empty text', '8100', ['text']],
  ['a binary', '8202 00ff', ['binary 00ff']],
  ['an empty binary', '8200', ['binary']],
  ['a text of two fragments', '0103 48656c 8002 6c6f', ['text 48656c6c6f']],
  ['a binary of three fragments', '0201 00 0001 01 8001 02', ['binary 000102']],
  ['fragments without payload', '0100 0000 8000', ['text']],
  ['a payload in the middle fragment only', '0100 0001 61 8000', ['text 61']],
  ['a ping between fragments', '0101 61 8901 2a 8001 62', ['ping 2a', 'text 6162']],
  ['a pong between fragments', '0101 61 8a00 8001 62', ['pong', 'text 6162']],
  ['a close between fragments', '0101 61 8802 03e8', ['close 03e8']],
  ['a character cut by fragments', '0101 c3 8001 a9', ['text c3a9']],
  ['a character cut, with a ping in the cut', '0102 f09f 8900 8002 9880', ['ping', 'text f09f9880']],
  ['an ASCII fragment behind a whole character', '0102 c3a9 8001 61', ['text c3a961']],
  ['two messages', '8101 61 8201 ff', ['text 61', 'binary ff']],
  ['a message after a fragmented one', '0101 61 8001 62 8101 63', ['text 6162', 'text 63']],
  ['U+FFFE', '8103 efbfbe', ['text efbfbe']],
];
for (const [what, octets, want] of good) {
  test(`${what}, whole and octet by octet`, () => {
    assert.deepEqual(found(octets), want);
    assert.deepEqual(
      findings(
        clientReader(),
        ...cut(
          hex(octets),
          Array.from({ length: 99 }, (_, at) => at),
        ),
      ),
      want,
    );
  });
}

const bad: [string, string, string[]][] = [
  ['a continuation of nothing', '8001 61', ['FRAME_CONTINUATION 1002: a continuation with no message open']],
  ['the same without FIN', '0001 61', ['FRAME_CONTINUATION 1002: a continuation with no message open']],
  [
    'a continuation too many',
    '0100 8000 8000',
    ['text', 'FRAME_CONTINUATION 1002: a continuation with no message open'],
  ],
  [
    'a text inside a text',
    '0101 61 8101 62',
    ['FRAME_CONTINUATION 1002: opcode 1 inside a fragmented message'],
  ],
  [
    'a binary inside a text',
    '0101 61 0201 62',
    ['FRAME_CONTINUATION 1002: opcode 2 inside a fragmented message'],
  ],
  ['a bad octet', '8102 61ff', ['MSG_UTF8 1007: octet 0xff at offset 1']],
  ['a small bad octet', '8103 e26109', ['MSG_UTF8 1007: octet 0x61 at offset 1']],
  ['a bad octet in a second fragment', '0103 616263 8002 64ff', ['MSG_UTF8 1007: octet 0xff at offset 4']],
  ['an ASCII octet in a cut character', '0102 61c3 8001 61', ['MSG_UTF8 1007: octet 0x61 at offset 2']],
  ['an end inside a character', '8102 61c3', ['MSG_UTF8 1007: the end inside a character at offset 2']],
  [
    'an end inside a character, empty last fragment',
    '0101 c3 8000',
    ['MSG_UTF8 1007: the end inside a character at offset 1'],
  ],
  ['a small octet shown with two digits', '8102 c309', ['MSG_UTF8 1007: octet 0x09 at offset 1']],
];
for (const [what, octets, want] of bad) {
  test(`${what}, whole and octet by octet`, () => {
    assert.deepEqual(found(octets), want);
    assert.deepEqual(
      findings(
        clientReader(),
        ...cut(
          hex(octets),
          Array.from({ length: 99 }, (_, at) => at),
        ),
      ),
      want,
    );
  });
}

test('a text fails at the offending octet, before the rest of its frame is there', () => {
  const fault = ['MSG_UTF8 1007: octet 0x90 at offset 2'];
  assert.deepEqual(found('8108 61f4', '90'), fault);
  assert.deepEqual(findings(serverReader(), hex('8188 00000000 61f4'), hex('90')), fault);
  assert.deepEqual(found('0102 61f4', '0005 90'), fault, 'in a fragment that is not whole');
});

test('a masked ASCII part ends a character that is open, and one that is not', () => {
  const text = (...octets: string[]) => findings(serverReader(), ...octets.map(hex));
  assert.deepEqual(text('0181 00000000 c3 8081 00000000 61'), ['MSG_UTF8 1007: octet 0x61 at offset 1']);
  assert.deepEqual(text('0182 00000000 c3a9 8081 00000000 61'), ['text c3a961']);
});

test('a message knows that it is ASCII when every part was', () => {
  const reader = serverReader();
  const ascii = (octets: string) => {
    reader.feed(hex(octets));
    assert.equal(reader.next(), Found.message);
    return reader.ascii;
  };
  assert.equal(ascii('8181 00000000 61'), true);
  assert.equal(ascii('0181 00000000 61 8082 00000000 c3a9'), false);
  assert.equal(ascii('8181 00000000 61'), true, 'and the next one begins anew');
});

test('the size is judged on the header', () => {
  const seen = 'MSG_TOO_BIG 1009: 1001 octets, wanted 1000 at most';
  assert.deepEqual(found('827e 03e9'), [seen]);
  assert.deepEqual(found(`827e 03e8 ${'00'.repeat(1000)}`), [`binary ${'00'.repeat(1000)}`]);
  assert.deepEqual(
    found(`027e 03e8 ${'00'.repeat(1000)} 0000 8001`),
    [seen],
    'the sum of fragments, on the one too many',
  );
});

test('a length beyond 2^53 is compared and nothing else', () => {
  assert.deepEqual(found('82 7f 7fffffffffffffff'), [
    'MSG_TOO_BIG 1009: 9223372036854776000 octets, wanted 1000 at most',
  ]);
});

test('fragments are counted, empty ones too', () => {
  const ten = `0100 ${'0000'.repeat(8)} 8000`;
  const eleven = `0100 ${'0000'.repeat(9)} 8000`;
  assert.deepEqual(found(ten), ['text']);
  assert.deepEqual(found(eleven), ['MSG_FRAGMENTS 1008: 11 fragments, wanted 10 at most']);
  assert.deepEqual(found(`${ten} ${ten}`), ['text', 'text'], 'each message for itself');
});

test('an agreed RSV1 marks a message by its first frame, and its text is not judged here', () => {
  const reader = serverReader({}, 0x40);
  reader.feed(hex('c181 00000000 ff 8181 00000000 61'));
  assert.equal(reader.next(), Found.message);
  assert.deepEqual([reader.rsv1, reader.isText], [true, true]);
  assert.equal(reader.next(), Found.message);
  assert.equal(reader.rsv1, false);
  const late = findings(serverReader({}, 0x40), hex('4181 00000000 61 c081 00000000 62'));
  assert.deepEqual(late, ['FRAME_RSV 1002: RSV1 on a continuation']);
});

test('a compressed message may be a little larger than the limit, since what does not compress grows', () => {
  const zeros = (bytes: number) => '00'.repeat(bytes);
  const compressed = (...octets: string[]) => findings(clientReader({}, 0x40), ...octets.map(hex));
  assert.deepEqual(compressed(`c27e 0466 ${zeros(1126)}`), [`binary ${zeros(1126)}`]);
  assert.deepEqual(compressed('c27e 0467'), ['MSG_TOO_BIG 1009: 1127 octets, wanted 1000 at most']);
  const first = `427e 03e8 ${zeros(1000)}`;
  assert.deepEqual(compressed(`${first} 807e 007e ${zeros(126)}`), [`binary ${zeros(1126)}`]);
  assert.deepEqual(compressed(`${first} 807e 007f`), ['MSG_TOO_BIG 1009: 1127 octets, wanted 1000 at most']);
  const later = compressed(`c201 00 827e 03e9`);
  assert.deepEqual(
    later,
    ['binary 00', 'MSG_TOO_BIG 1009: 1001 octets, wanted 1000 at most'],
    'each for itself',
  );
});

test('a compressed text of several fragments is not judged here, and what comes after it is', () => {
  const found = findings(clientReader({}, 0x40), hex('4101 c3 8900 0001 ff 8001 c3 8102 c3a9 8101 ff'));
  assert.deepEqual(found, ['ping', 'text c3ffc3', 'text c3a9', 'MSG_UTF8 1007: octet 0xff at offset 0']);
});

test('a reader is idle between messages only', () => {
  const reader = clientReader();
  assert.deepEqual([reader.idle, reader.inMessage], [true, false]);
  findings(reader, hex('0101 61'));
  assert.deepEqual([reader.idle, reader.inMessage], [false, true]);
  findings(reader, hex('8901'));
  assert.deepEqual([reader.idle, reader.inMessage], [false, true]);
  findings(reader, hex('2a 8000'));
  assert.deepEqual([reader.idle, reader.inMessage], [true, false]);
  findings(reader, hex('89'));
  assert.deepEqual([reader.idle, reader.inMessage], [false, false], 'half a header');
});

test('a control payload that is cut is whole and its own when it is told', () => {
  const reader = clientReader();
  findings(reader, hex('8904 0102'));
  reader.feed(hex('0304 8901 05'));
  assert.equal(reader.next(), Found.ping);
  const kept = reader.bytes.subarray(reader.start, reader.end);
  assert.equal(reader.next(), Found.ping);
  assert.equal(show(kept), '01020304');
});

test('a message of one frame is not copied', () => {
  const reader = clientReader();
  const chunk = hex('8202 0102');
  reader.feed(chunk);
  reader.next();
  assert.equal(reader.bytes, chunk);
  assert.deepEqual([reader.start, reader.end], [2, 4]);
});

test('what is held is at most twice what came, whatever was declared', async () => {
  const limits = { maxMessageBytes: 2 ** 40, maxFragments: 1e6 };
  const declared = clientReader(limits);
  assert.ok((await growth(() => findings(declared, hex('827f 0000000010000000 01020304')))) < 50_000);
  assert.equal(declared.inMessage, true);
  const tiny = clientReader(limits);
  findings(tiny, hex('0201 61'));
  const fragmentAndPongs = hex(`0001 61 ${`8a7d ${'00'.repeat(125)}`.repeat(32)}`);
  const held = await growth(() => {
    // Keeping the chunk of 4 KiB that each octet came in would keep 40 MiB.
    for (let at = 0; at < 10_000; at += 1) {
      tiny.feed(fragmentAndPongs.slice());
      while (tiny.next() !== Found.need);
      tiny.release();
    }
  });
  assert.ok(held < 50_000, `${held} octets for 10,000`);
  tiny.feed(hex('8000'));
  assert.equal(tiny.next(), Found.message);
  assert.equal(tiny.end - tiny.start, 10_001);
});

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

/** Octets of buffers that are held after the work and were not before. Freed ones are counted off a little later. */
async function growth(work: () => void): Promise<number> {
  const held = async () => {
    for (let round = 0; round < 3; round += 1) {
      collect();
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return process.memoryUsage().arrayBuffers;
  };
  const before = await held();
  work();
  return (await held()) - before;
}

test('large and small parts come together in their order', () => {
  const limits = { maxMessageBytes: 1e6, maxFragments: 1e6 };
  const reader = clientReader(limits);
  const parts: string[] = [];
  let stream = '02 00';
  for (let at = 0; at < 400; at += 1) {
    const size = [1, 125, 3, 60][at % 4]!;
    const part = (at % 256).toString(16).padStart(2, '0').repeat(size);
    parts.push(part);
    stream += `00${size.toString(16).padStart(2, '0')}${part}`;
  }
  const octets = hex(`${stream} 8000`);
  const places = Array.from({ length: 50 }, (_, at) => at * 397);
  assert.deepEqual(findings(reader, ...cut(octets, places)), [`binary ${parts.join('')}`]);
});
