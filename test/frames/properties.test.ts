// What holds for every stream: the findings do not depend on how the octets are cut, and what the encoder wrote is what the
// reader finds, in both roles.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrameEncoder, type Outbox } from '../../src/frames/encoder.js';
import { clientReader, cut, findings, serverReader, show } from './hex.js';
import { control, encode, fragments, message, stream } from './streams.js';

const places = fc.array(fc.nat(), { maxLength: 12 });

for (const role of ['server', 'client'] as const) {
  const reader = role === 'server' ? serverReader : clientReader;

  test(`${role}: any split of any stream gives the same findings`, () => {
    const property = fc.property(stream(role === 'server'), places, (octets, where) => {
      const whole = findings(reader(), octets.slice());
      assert.deepEqual(findings(reader(), ...cut(octets, where)), whole);
      const single = Array.from({ length: octets.length }, (_, at) => at);
      assert.deepEqual(findings(reader(), ...cut(octets, single)), whole, 'octet by octet');
    });
    fc.assert(property, { numRuns: 1500 });
  });

  test(`${role}: messages in any fragments, with control frames between them, are found as they were sent`, () => {
    const traffic = fc.array(fc.tuple(message, control), { maxLength: 6 });
    const property = fc.property(traffic, places, (sent, where) => {
      const octets = sent.flatMap(([one, between]) => [...fragments(one), between]);
      const want = sent.flatMap(([one, between]) => [
        `${one.isText ? 'text' : 'binary'} ${show(one.payload)}`.trimEnd(),
        `${between.opcode === 9 ? 'ping' : 'pong'} ${show(between.payload)}`.trimEnd(),
      ]);
      const chunks = cut(encode(octets, role === 'server'), where);
      assert.deepEqual(findings(reader(), ...chunks), want);
    });
    fc.assert(property, { numRuns: 1000 });
  });

  test(`${role}: what an encoder wrote for several outboxes is what their readers find`, () => {
    const turn = fc.record({
      to: fc.nat(2),
      what: message,
      size: fc.constantFrom(0, 0, 0, 100, 9000, 66_000),
      take: fc.nat(5),
    });
    const property = fc.property(fc.array(turn, { maxLength: 30 }), places, (turns, where) => {
      const encoder = new FrameEncoder(role === 'server' ? () => 0x5a13c7f1 : undefined);
      const outs = [0, 1, 2].map((): Outbox => ({ pieces: undefined, pendingBytes: 0 }));
      const wire: Uint8Array[][] = [[], [], []];
      const want: string[][] = [[], [], []];
      for (const { to, what, size, take } of turns) {
        const payload = size === 0 ? what.payload : new Uint8Array(size).fill(0x61);
        const text = new TextDecoder().decode(payload);
        if (what.isText) encoder.text(outs[to]!, 0x81, text);
        else encoder.frame(outs[to]!, 0x82, payload, 0, payload.length);
        want[to]!.push(`${what.isText ? 'text' : 'binary'} ${show(payload)}`.trimEnd());
        if (take === 0) wire[to]!.push(...encoder.take(outs[to]!));
      }
      for (const [at, out] of outs.entries()) {
        const octets = new Uint8Array(Buffer.concat([...wire[at]!, ...encoder.take(out)]));
        const found = findings(reader({ maxMessageBytes: 100_000 }), ...cut(octets, where));
        assert.deepEqual(found, want[at]);
      }
    });
    fc.assert(property, { numRuns: 300 });
  });
}
