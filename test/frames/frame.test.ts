// RFC 6455 §5.2, §5.5.1, §7.4: one header, and the payload of a close frame.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  closePayload,
  FrameHeader,
  fitReason,
  headerBytes,
  isSendableCloseCode,
  writeHeader,
} from '../../src/frames/frame.js';
import { hex, show } from './hex.js';

function read(text: string): { size: number; header: FrameHeader } {
  const header = new FrameHeader();
  const bytes = hex(text);
  return { size: header.read(bytes, 0, bytes.length), header };
}

const headers: [string, number, Partial<FrameHeader>][] = [
  ['81 05', 2, { fin: true, rsv: 0, opcode: 1, masked: false, mask: 0, payloadBytes: 5, lengthLegal: true }],
  ['01 00', 2, { fin: false, opcode: 1, payloadBytes: 0, lengthLegal: true }],
  ['f2 7d', 2, { fin: true, rsv: 0x70, opcode: 2, payloadBytes: 125 }],
  ['82 85 01 02 03 04', 6, { masked: true, mask: 0x01020304, payloadBytes: 5 }],
  ['82 85 ff 00 00 00', 6, { masked: true, mask: 0xff000000 | 0 }],
  ['82 7e 00 7e', 4, { payloadBytes: 126, lengthLegal: true }],
  ['82 7e ff ff', 4, { payloadBytes: 65_535, lengthLegal: true }],
  ['82 7e 00 7d', 4, { payloadBytes: 125, lengthLegal: false }],
  ['82 fe 00 7e 01 02 03 04', 8, { payloadBytes: 126, mask: 0x01020304 }],
  ['82 7f 00 00 00 00 00 01 00 00', 10, { payloadBytes: 65_536, lengthLegal: true }],
  ['82 7f 00 00 00 00 00 00 ff ff', 10, { payloadBytes: 65_535, lengthLegal: false }],
  ['82 7f 00 00 00 01 00 00 00 00', 10, { payloadBytes: 2 ** 32, lengthLegal: true }],
  ['82 7f 00 00 00 00 ff ff ff ff', 10, { payloadBytes: 2 ** 32 - 1, lengthLegal: true }],
  ['82 7f 7f ff ff ff ff ff ff ff', 10, { payloadBytes: 2 ** 63, lengthLegal: true }],
  ['82 7f 80 00 00 00 00 00 00 00', 10, { payloadBytes: 2 ** 63, lengthLegal: false }],
  ['82 7f ff ff ff ff ff ff ff ff', 10, { payloadBytes: 2 ** 64, lengthLegal: false }],
];
for (const [octets, size, want] of headers) {
  test(`header ${octets}`, () => {
    const got = read(octets);
    assert.equal(got.size, size);
    assert.deepEqual({ ...got.header, ...want }, { ...got.header });
  });
}

test('a header that is cut anywhere is not there yet', () => {
  for (const whole of [
    '82 85 01 02 03 04',
    '82 fe 00 7e 01 02 03 04',
    `82 ff ${'00 '.repeat(5)}01 00 00 1 2 3 4`,
  ]) {
    const octets = hex(whole.replace(/\b(\d)\b/g, '0$1'));
    for (let cut = 0; cut < octets.length; cut += 1) {
      assert.equal(new FrameHeader().read(octets, 0, cut), 0, `${show(octets)} cut at ${cut}`);
    }
    assert.equal(new FrameHeader().read(octets, 0, octets.length), octets.length);
  }
});

test('a header is read where it begins, not where the chunk does', () => {
  const header = new FrameHeader();
  assert.equal(header.read(hex('ff ff 89 00 ff'), 2, 5), 2);
  assert.equal(header.opcode, 9);
});

for (const size of [0, 1, 125, 126, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32 + 5]) {
  for (const mask of [undefined, 0, 0x7ffffff0, -2]) {
    test(`a header for ${size} octets, mask ${mask}, reads back as written, in the shortest form`, () => {
      const target = new Uint8Array(20);
      const end = writeHeader(target, 3, 0x82, size, mask);
      assert.equal(end - 3, headerBytes(size, mask !== undefined));
      const header = new FrameHeader();
      assert.equal(header.read(target, 3, end), end - 3);
      assert.deepEqual(
        [header.payloadBytes, header.masked, header.mask, header.lengthLegal],
        [size, mask !== undefined, mask ?? 0, true],
      );
    });
  }
}

test('close codes that may stand in a close frame are those of RFC 6455 §7.4 and the registry', () => {
  const allowed: number[] = [];
  for (let code = 0; code <= 65_535; code += 1) if (isSendableCloseCode(code)) allowed.push(code);
  const wanted = [1000, 1001, 1002, 1003];
  for (let code = 1007; code <= 1014; code += 1) wanted.push(code);
  for (let code = 3000; code <= 4999; code += 1) wanted.push(code);
  assert.deepEqual(allowed, wanted);
});

test('a close payload is nothing, or the code and the reason in UTF-8', () => {
  assert.equal(show(closePayload(undefined, 'not sent')), '');
  assert.equal(show(closePayload(1000, '')), '03e8');
  assert.equal(show(closePayload(4999, 'é')), '1387c3a9');
});

test('a reason is cut to 123 octets, never inside a character', () => {
  assert.equal(fitReason('x'.repeat(123)), 'x'.repeat(123));
  assert.equal(fitReason('x'.repeat(124)), 'x'.repeat(123));
  assert.equal(fitReason(`${'x'.repeat(122)}é`), 'x'.repeat(122));
  assert.equal(fitReason(`${'x'.repeat(120)}😀`), 'x'.repeat(120));
  assert.equal(fitReason(`${'x'.repeat(119)}😀`), `${'x'.repeat(119)}😀`);
});
