// Which frames stand in a stream, right or wrong, whatever pieces it comes in.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FrameTap } from '../../src/doctor/network/frame-tap.js';
import { encodeFrame } from '../../src/frames/encoder.js';

const octets = (...parts: ReadonlyArray<string | Uint8Array>) =>
  Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))),
  );

function tapped(stream: Buffer, size: number): FrameTap {
  const tap = new FrameTap();
  for (let at = 0; at < stream.length; at += size) tap.push(stream.subarray(at, at + size), at);
  return tap;
}

/** At once, octet by octet, and in odd pieces. */
function each(stream: Buffer, check: (tap: FrameTap) => void): void {
  for (const size of [stream.length, 1, 5]) check(tapped(stream, size));
}

const texts = (tap: FrameTap) =>
  tap.frames.map(({ payload }) => Buffer.from(payload, 'hex').toString('latin1'));

describe('frames', () => {
  test('are kept in their order, with all that their headers say', () => {
    const fragment = encodeFrame(1, Buffer.from('hel'), { fin: false });
    each(octets(fragment, encodeFrame(9, Buffer.from('p')), encodeFrame(0, Buffer.from('lo'))), (tap) => {
      assert.deepEqual(texts(tap), ['hel', 'p', 'lo']);
      assert.deepEqual(
        tap.frames.map(({ opcode, fin, length, rsv, direction }) => [opcode, fin, length, rsv, direction]),
        [
          [1, false, 3, 0, 'in'],
          [9, true, 1, 0, 'in'],
          [0, true, 2, 0, 'in'],
        ],
      );
      assert.equal(tap.isInFrame, false);
      assert.equal(tap.stray, undefined);
    });
  });

  test('are unmasked, and it is told', () => {
    each(octets(encodeFrame(1, Buffer.from('masked'), { mask: 0x01020304 })), (tap) => {
      assert.deepEqual(texts(tap), ['masked']);
      assert.equal(tap.frames[0]!.masked, true);
    });
  });

  test('with a length that is not in its shortest form are told', () => {
    each(octets('\x81\x7e\x00\x02hi'), (tap) => {
      assert.deepEqual(texts(tap), ['hi']);
      assert.equal(tap.frames[0]!.isLengthIllegal, true);
    });
  });

  test('with one reserved thing are frames', () => {
    each(octets('\xc1\x02hi', '\x83\x00', '\xb2\x00'), (tap) =>
      assert.deepEqual(
        tap.frames.map(({ opcode, rsv }) => [opcode, rsv]),
        [
          [1, 4],
          [3, 0],
          [2, 3],
        ],
      ),
    );
  });

  test('come with the time of the octets that completed them', () => {
    const tap = new FrameTap();
    assert.deepEqual(tap.push(octets('\x81\x02h'), 10), []);
    assert.equal(tap.isInFrame, true);
    assert.equal(tap.push(octets('i'), 20)[0]!.atMs, 20);
  });
});

describe('what is kept', () => {
  const big = encodeFrame(2, Buffer.alloc(100_000, 'a'));

  test('of the first two frames is 16 KiB, of later ones 64 octets', () => {
    each(octets(big, big, big, encodeFrame(1, Buffer.from('end'))), (tap) => {
      assert.deepEqual(
        tap.frames.map(({ length, payload }) => [length, payload.length / 2]),
        [
          [100_000, 16_384],
          [100_000, 16_384],
          [100_000, 64],
          [3, 3],
        ],
      );
      assert.equal(tap.isInFrame, false);
    });
  });

  test('of a frame that goes on is told', () => {
    const tap = tapped(octets(big.subarray(0, 50_000)), 1000);
    assert.equal(tap.frames.length, 1);
    assert.equal(tap.isInFrame, true);
  });

  test('of messages and of control frames is two hundred each', () => {
    const flood = octets(...Array.from({ length: 300 }, () => encodeFrame(1, Buffer.from('m'))));
    const tap = tapped(
      octets(flood, encodeFrame(10, Buffer.from('pong')), encodeFrame(8, Buffer.alloc(0))),
      100,
    );
    assert.equal(tap.frames.filter(({ opcode }) => opcode === 1).length, 200);
    assert.deepEqual(
      tap.frames.slice(200).map(({ opcode }) => opcode),
      [10, 8],
    );
    const pings = octets(...Array.from({ length: 300 }, () => encodeFrame(9, Buffer.alloc(0))));
    assert.equal(tapped(pings, 100).frames.length, 200);
  });
});

describe('octets that are no frame', () => {
  test('are kept from there on, the first 256', () => {
    const html = `\xf3\x05${'<html>'.repeat(100)}`;
    each(octets(encodeFrame(1, Buffer.from('ok')), html), (tap) => {
      assert.deepEqual(texts(tap), ['ok']);
      assert.equal(tap.stray?.toString('latin1'), html.slice(0, 256));
      assert.equal(tap.isInFrame, false);
    });
  });

  test('are also a length beyond all bounds, of which the header is told', () => {
    each(octets('\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00more'), (tap) => {
      assert.equal(tap.frames.length, 1);
      assert.equal(tap.frames[0]!.length, 2 ** 63);
      assert.ok(tap.stray !== undefined);
    });
  });
});
