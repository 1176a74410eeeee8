// RFC 6455 §5.2, §5.3: frames as written, gathered by outbox, in their order, and never changing the caller's octets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeFrame, FrameEncoder, type Outbox, Run } from '../../src/frames/encoder.js';
import { hex, show } from './hex.js';

const outbox = (): Outbox => ({ pieces: undefined, pendingBytes: 0 });
const server = () => new FrameEncoder(undefined);
const client = (mask = 0x37fa213d) => new FrameEncoder(() => mask);

function taken(encoder: FrameEncoder, out: Outbox): Uint8Array {
  return new Uint8Array(Buffer.concat(encoder.take(out)));
}

const texts: [string, string, string][] = [
  ['Hello', '8105 48656c6c6f', '8185 37fa213d 7f9f4d5158'],
  ['', '8100', '8180 37fa213d'],
  ['é', '8102 c3a9', '8182 37fa213d f453'],
  ['\ud800x', '8104 efbfbd78', '8184 37fa213d d8459c45'],
];
for (const [text, plain, masked] of texts) {
  test(`the text ${JSON.stringify(text)} without and with a mask`, () => {
    for (const [encoder, want] of [
      [server(), plain],
      [client(), masked],
    ] as const) {
      const out = outbox();
      encoder.text(out, 0x81, text);
      assert.equal(out.pendingBytes, hex(want).length);
      assert.equal(show(taken(encoder, out)), show(hex(want)));
      assert.equal(out.pendingBytes, 0);
      assert.equal(out.pieces, undefined);
    }
  });
}

test('a text whose octets need a longer header than its characters do', () => {
  for (const [text, size] of [
    ['é'.repeat(63), 126],
    [`${'é'.repeat(62)}x`, 125],
    ['€'.repeat(8000), 24_000],
  ] as const) {
    for (const encoder of [server(), client()]) {
      const out = outbox();
      encoder.text(out, 0x81, text);
      const bytes = taken(encoder, out);
      const mask = encoder === undefined ? undefined : bytes[1]! >= 0x80 ? 0x37fa213d : undefined;
      assert.deepEqual(
        bytes,
        encodeFrame(1, Buffer.from(text), mask === undefined ? {} : { mask }),
        `${size} octets`,
      );
    }
  }
});

for (const size of [0, 1, 63, 64, 65, 125, 126, 127, 8191, 8192, 65_535, 65_536, 200_000]) {
  test(`${size} octets, whole and as a part of a larger buffer, without and with a mask`, () => {
    const whole = Uint8Array.from({ length: size + 20 }, (_, at) => at * 7);
    const before = show(whole);
    for (const [start, end] of [
      [10, size + 10],
      [0, size],
    ] as const) {
      const payload = start === 0 ? whole.slice(0, size) : whole;
      for (const mask of [undefined, 0x01020304]) {
        const encoder = new FrameEncoder(mask === undefined ? undefined : () => mask);
        const out = outbox();
        encoder.frame(out, 0x82, payload, start, end);
        const want = encodeFrame(2, whole.subarray(start, end), mask === undefined ? {} : { mask });
        assert.equal(out.pendingBytes, want.length);
        assert.deepEqual(taken(encoder, out), want);
      }
    }
    assert.equal(show(whole), before, 'the caller’s octets are as they were');
  });
}

test('a long text goes the same way as a long binary', () => {
  const text = 'añ'.repeat(5000);
  for (const encoder of [server(), client()]) {
    const out = outbox();
    encoder.text(out, 0x81, text);
    const bytes = taken(encoder, out);
    const options = bytes[1]! >= 0x80 ? { mask: 0x37fa213d } : {};
    assert.deepEqual(bytes, encodeFrame(1, Buffer.from(text), options));
  }
});

test('frames of one outbox in a row become one piece', () => {
  const encoder = server();
  const out = outbox();
  encoder.text(out, 0x81, 'a');
  encoder.text(out, 0x81, 'b');
  encoder.frame(out, 0x8a, hex('2a'), 0, 1);
  const pieces = encoder.take(out);
  assert.deepEqual(pieces.map(show), ['8101618101628a012a']);
});

test('outboxes that take turns keep their own frames in their order', () => {
  const encoder = server();
  const [a, b] = [outbox(), outbox()];
  encoder.text(a, 0x81, 'a');
  encoder.text(b, 0x81, 'x');
  encoder.text(a, 0x81, 'b');
  encoder.frame(b, 0x82, new Uint8Array(9000), 0, 9000);
  encoder.text(b, 0x81, 'y');
  assert.equal(show(taken(encoder, a)), '810161810162');
  const rest = taken(encoder, b);
  assert.equal(show(rest.subarray(0, 3)), '810178');
  assert.equal(show(rest.subarray(-3)), '810179');
  assert.equal(rest.length, 3 + 4 + 9000 + 3);
});

test('nothing to take is an empty list', () => {
  const encoder = server();
  const out = outbox();
  assert.deepEqual(encoder.take(out), []);
  encoder.text(outbox(), 0x81, 'of somebody else');
  assert.deepEqual(encoder.take(out), []);
});

test('a full slab is followed by another, and what was taken stays as it is', () => {
  const encoder = server();
  const out = outbox();
  const kept: Uint8Array[] = [];
  for (let at = 0; at < 100; at += 1) {
    encoder.frame(out, 0x82, new Uint8Array(4000).fill(at), 0, 4000);
    if (at % 30 === 29) kept.push(...encoder.take(out));
  }
  kept.push(...encoder.take(out));
  const all = Buffer.concat(kept);
  for (let at = 0; at < 100; at += 1) {
    const frame = all.subarray(at * 4004, (at + 1) * 4004);
    assert.equal(show(frame.subarray(0, 4)), '827e0fa0');
    assert.ok(frame.subarray(4).every((octet) => octet === at));
  }
});

test('a piece that was given back is written over; nothing else is', () => {
  const encoder = server();
  const out = outbox();
  encoder.text(out, 0x81, 'one');
  const [one] = encoder.take(out);
  encoder.giveBack(one!);
  encoder.text(out, 0x81, 'two');
  const [two] = encoder.take(out);
  assert.equal(show(two!), show(hex('8103 74776f')));
  assert.equal(show(one!), show(two!), 'the same place');
  encoder.text(out, 0x81, 'three');
  const [three] = encoder.take(out);
  encoder.giveBack(two!);
  encoder.giveBack(hex('810174'));
  encoder.text(out, 0x81, 'four');
  assert.equal(show(taken(encoder, out)), show(hex('8104 666f7572')));
  assert.equal(show(three!), show(hex('8105 7468726565')), 'the last one was not given back');
});

test('what waits is taken alone only when it is one piece of the slab', () => {
  const encoder = server();
  const out = outbox();
  const other = outbox();
  assert.equal(encoder.takeOnly(out), undefined, 'nothing waits');
  encoder.text(out, 0x81, 'one');
  assert.equal(show(encoder.takeOnly(out)!), show(hex('8103 6f6e65')));
  assert.equal(out.pendingBytes, 0);
  assert.equal(encoder.takeOnly(out), undefined, 'it was taken');
  encoder.text(out, 0x81, 'two');
  encoder.text(other, 0x81, 'x');
  assert.equal(encoder.takeOnly(out), undefined, 'another outbox wrote behind it');
  encoder.text(out, 0x81, 'three');
  assert.equal(encoder.takeOnly(out), undefined, 'two pieces wait');
  assert.equal(show(taken(encoder, out)), show(hex('8103 74776f 8105 7468726565')));
  assert.equal(show(taken(encoder, other)), show(hex('8101 78')));
});

test('a frame that many outboxes get is one piece, the same for all', () => {
  const encoder = server();
  const outs = [outbox(), outbox(), outbox()];
  const frame = hex('8101 61');
  for (const out of outs) encoder.shared(out, frame);
  assert.deepEqual(
    outs.map(({ pendingBytes }) => pendingBytes),
    [3, 3, 3],
  );
  assert.equal(encoder.takeOnly(outs[0]!), frame);
  assert.deepEqual(encoder.take(outs[1]!), [frame]);
  assert.equal(encoder.takeOnly(outs[2]!), frame);
  for (const out of outs) assert.deepEqual([out.pieces, out.pendingBytes], [undefined, 0]);
});

test('frames that many outboxes get in the same order are put together once', () => {
  const encoder = server();
  const frames = [hex('8101 61'), hex('8101 62'), hex('8101 63')] as const;
  const [a, b, c] = [outbox(), outbox(), outbox()];
  for (const frame of frames) for (const out of [a, b]) encoder.shared(out, frame);
  for (const frame of [frames[0], frames[2]]) encoder.shared(c, frame);
  const piece = encoder.takeOnly(a)!;
  assert.equal(show(piece), '810161810162810163');
  assert.equal(encoder.takeOnly(b), piece);
  assert.equal(show(encoder.takeOnly(c)!), '810161810163');
  encoder.shared(a, frames[0]);
  assert.equal(encoder.takeOnly(a), frames[0], 'the next turn begins anew');
});

test('what an outbox got alone stands in its place among what many got', () => {
  const encoder = server();
  const shared = [hex('8101 61'), hex('8101 62')] as const;
  const [a, b] = [outbox(), outbox()];
  encoder.text(a, 0x81, '1');
  for (const out of [a, b]) encoder.shared(out, shared[0]);
  encoder.text(a, 0x81, '2');
  for (const out of [a, b]) encoder.shared(out, shared[1]);
  encoder.frame(b, 0x82, new Uint8Array(9000), 0, 9000);
  encoder.text(b, 0x81, '3');
  assert.equal(encoder.takeOnly(a), undefined);
  assert.equal(show(taken(encoder, a)), '810131' + '810161' + '810132' + '810162');
  assert.equal(encoder.takeOnly(b), undefined);
  const octets = taken(encoder, b);
  assert.equal(show(octets.subarray(0, 6)), '810161' + '810162');
  assert.equal(show(octets.subarray(6, 10)), '827e2328');
  assert.equal(show(octets.subarray(-3)), '810133');
});

test('an outbox that was written to behind a shared frame is not taken alone', () => {
  const encoder = server();
  const out = outbox();
  encoder.shared(out, hex('8101 61'));
  encoder.text(out, 0x81, 'b');
  assert.ok(out.pieces instanceof Run);
  assert.equal(encoder.takeOnly(out), undefined);
  assert.equal(show(taken(encoder, out)), '810161' + '810162');
});

test('many octets are not put together: they leave as the frames that others got too', () => {
  const encoder = server();
  const out = outbox();
  const frames = [new Uint8Array(40_000), new Uint8Array(40_000)];
  for (const frame of frames) encoder.shared(out, frame);
  assert.equal(encoder.takeOnly(out), undefined);
  const pieces = encoder.take(out);
  assert.equal(pieces[0], frames[0]);
  assert.equal(pieces[1], frames[1]);
});

test('runs may begin with more frames than are remembered', () => {
  const encoder = server();
  const frames = Array.from({ length: 20 }, (_, at) => encodeFrame(1, Uint8Array.of(at)));
  const outs = frames.map(() => [outbox(), outbox()]);
  for (const [at, [one, two]] of outs.entries()) {
    encoder.shared(one!, frames[at]!);
    encoder.shared(two!, frames[at]!);
  }
  for (const [at, [one, two]] of outs.entries()) {
    assert.equal(encoder.takeOnly(one!), frames[at]);
    assert.equal(encoder.takeOnly(two!), frames[at]);
  }
});

test('an outbox that is not taken for long gives its frames in order, however many', () => {
  const encoder = server();
  const [slow, other] = [outbox(), outbox()];
  for (let at = 0; at < 100_000; at += 1) {
    encoder.shared(slow, Uint8Array.of(0x82, 2, at >> 8, at & 0xff));
    if (at % 1000 === 0) {
      encoder.shared(other, hex('8100'));
      encoder.takeOnly(other);
    }
  }
  assert.equal(slow.pendingBytes, 400_000);
  const octets = taken(encoder, slow);
  for (let at = 0; at < 100_000; at += 997) {
    assert.deepEqual(octets.subarray(at * 4, at * 4 + 4), Uint8Array.of(0x82, 2, at >> 8, at & 0xff));
  }
});

test('whatever is shared, written alone and taken, every outbox gets its frames in their order', () => {
  const step = fc.record({
    to: fc.subarray([0, 1, 2, 3]),
    what: fc.nat(3),
    shared: fc.boolean(),
    take: fc.constantFrom(undefined, 0, 1, 2, 3),
  });
  const frames = [1, 30, 9000, 40_000].map((size, at) => encodeFrame(2, new Uint8Array(size).fill(at)));
  const property = fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
    const encoder = server();
    const outs = [outbox(), outbox(), outbox(), outbox()];
    const got: Uint8Array[][] = [[], [], [], []];
    const want: Uint8Array[][] = [[], [], [], []];
    const take = (at: number) => {
      const only = encoder.takeOnly(outs[at]!);
      got[at]!.push(...(only === undefined ? encoder.take(outs[at]!) : [Buffer.from(only)]));
      assert.equal(outs[at]!.pendingBytes, 0);
    };
    for (const { to, what, shared, take: taker } of steps) {
      const frame = frames[what]!;
      for (const at of to) {
        want[at]!.push(frame);
        if (shared) encoder.shared(outs[at]!, frame);
        else {
          const payload = frame.subarray(frame.length - [1, 30, 9000, 40_000][what]!);
          encoder.frame(outs[at]!, 0x82, payload, 0, payload.length);
        }
      }
      if (taker !== undefined) take(taker);
    }
    for (const at of outs.keys()) {
      take(at);
      assert.ok(Buffer.concat(got[at]!).equals(Buffer.concat(want[at]!)));
    }
  });
  fc.assert(property, { numRuns: 500 });
});

test('every frame gets the next mask', () => {
  let mask = 0;
  const encoder = new FrameEncoder(() => ++mask);
  const out = outbox();
  encoder.text(out, 0x81, '');
  encoder.frame(out, 0x89, new Uint8Array(0), 0, 0);
  assert.equal(show(taken(encoder, out)), show(hex('8180 00000001 8980 00000002')));
});

test('encodeFrame sets what it is told', () => {
  assert.equal(show(encodeFrame(1, hex('61'))), '810161');
  assert.equal(show(encodeFrame(0, hex('61'), { fin: false })), '000161');
  assert.equal(show(encodeFrame(2, hex('61'), { rsv: 0x40 })), 'c20161');
  assert.equal(show(encodeFrame(9, hex('61'), { mask: 0x01020304 })), '89810102030460');
});
