// Any sequence of messages, any parameters, any fragments, any split of the octets: what arrives is what was sent, in its order, in
// both roles and both directions. The other side is a zlib stream per direction, as everybody else has it.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import fc from 'fast-check';
import type { Connection } from '../../src/connection/connection.js';
import { prepare } from '../../src/connection/prepared.js';
import { heldBytes } from '../../src/deflate/memory.js';
import { encodeFrame } from '../../src/frames/encoder.js';
import { noise } from '../deflate/agreed.js';
import { payload } from '../deflate/payloads.js';
import { StreamCompressor, StreamExpander } from '../deflate/zlib-peer.js';
import { cut, hex } from '../frames/hex.js';
import { compressed, framesIn, until } from './compressed.js';

after(() => assert.equal(heldBytes(), 0));

const role = fc.constantFrom('server' as const, 'client' as const);
const windowBits = fc.integer({ min: 8, max: 15 });

const outgoing = fc.record({
  payload,
  how: fc.constantFrom('bytes', 'bytes', 'text', 'prepared', 'as it is'),
  /** Whether what follows is sent in a later turn. */
  waits: fc.boolean(),
});

test('what we send is what a stream expands', async () => {
  const seen = { compressed: 0, plain: 0 };
  const property = fc.asyncProperty(
    role,
    windowBits,
    fc.boolean(),
    fc.integer({ min: 1, max: 9 }),
    fc.array(outgoing, { maxLength: 6 }),
    async (side, bits, takeover, level, sent) => {
      const agreed = { sendTakeover: takeover, sendWindowBits: bits };
      // Much of it is large enough for another thread at the higher levels.
      const { connection, wire } = compressed({
        role: side,
        agreed,
        compression: { level, thresholdBytes: 0 },
      });
      for (const { payload, how, waits } of sent) {
        send(connection, payload, how);
        if (waits) await new Promise((resolve) => setImmediate(resolve));
      }
      void connection.close(1000);
      const theirs = new StreamExpander({ windowBits: bits, takeover });
      let octets = '';
      await until(() => {
        octets += wire.take();
        return framesIn(hex(octets)).at(-1)?.opcode === 8;
      });
      const frames = framesIn(hex(octets)).slice(0, -1);
      assert.equal(frames.length, sent.length);
      for (const [at, { isCompressed, opcode, payload }] of frames.entries()) {
        seen[isCompressed ? 'compressed' : 'plain'] += 1;
        const { how, payload: want } = sent[at]!;
        assert.equal(opcode, how === 'text' ? 1 : 2);
        assert.equal(isCompressed && how === 'as it is', false);
        const got = isCompressed ? await theirs.expand(payload) : payload;
        assert.ok(got.equals(how === 'text' ? Buffer.from(asText(want)) : want), `message ${at}`);
      }
      theirs.close();
      connection.terminate();
      await connection.closed;
    },
  );
  await fc.assert(property, { numRuns: 200 });
  for (const [what, times] of Object.entries(seen)) assert.ok(times > 50, `${what}: only ${times}`);
});

function send(connection: Connection, payload: Buffer, how: string): void {
  if (how === 'bytes') connection.send(payload);
  else if (how === 'text') connection.send(asText(payload));
  else if (how === 'prepared') connection.send(prepare(payload));
  else connection.send(payload, { compress: false });
}

function asText(payload: Buffer): string {
  return payload.toString('latin1');
}

/** What is expanded on another thread: many octets, or what expands to many. */
const large = fc.constantFrom(noise(140_000), Buffer.alloc(600_000, 'x'));

const incoming = fc.record({
  payload: fc.oneof({ weight: 12, arbitrary: payload }, { weight: 1, arbitrary: large }),
  isText: fc.boolean(),
  isCompressed: fc.constantFrom(true, true, true, false),
  /** Where it is cut into fragments, and whether a ping stands in the cuts. */
  cuts: fc.array(fc.nat(), { maxLength: 3 }),
  pings: fc.boolean(),
});

test('what a stream sends is what we deliver, however it is cut, and every ping is answered', async () => {
  const property = fc.asyncProperty(
    role,
    windowBits,
    fc.boolean(),
    fc.integer({ min: 0, max: 9 }),
    fc.array(incoming, { maxLength: 6 }),
    fc.array(fc.nat(), { maxLength: 10 }),
    async (side, bits, takeover, level, sent, places) => {
      const agreed = { receiveTakeover: takeover, receiveWindowBits: bits };
      const { connection, wire } = compressed({ role: side, agreed });
      const got: [isText: boolean, octets: Buffer][] = [];
      connection.onbytes = (bytes, isText) => void got.push([isText, Buffer.from(bytes)]);
      const theirs = new StreamCompressor({ windowBits: bits, takeover, level });
      const frames: Uint8Array[] = [];
      const want: [isText: boolean, octets: Buffer][] = [];
      let pings = 0;
      for (const { payload, isText, isCompressed, cuts, pings: withPings } of sent) {
        const message = isText ? Buffer.from(asText(payload)) : payload;
        want.push([isText, message]);
        const octets = isCompressed ? await theirs.compress(message) : message;
        for (const [at, part] of cut(octets, cuts).entries()) {
          const mask = side === 'server' ? { mask: 0x5a13c7f1 + at } : {};
          const fin = at === new Set(cuts.map((place) => place % (octets.length + 1))).size;
          const opcode = at > 0 ? 0 : isText ? 1 : 2;
          frames.push(encodeFrame(opcode, part, { ...mask, fin, rsv: isCompressed && at === 0 ? 0x40 : 0 }));
          if (withPings) {
            frames.push(encodeFrame(9, Buffer.from([pings]), mask));
            pings += 1;
          }
        }
      }
      for (const chunk of cut(Buffer.concat(frames), places)) wire.end.write(chunk);
      let answers = '';
      await until(() => {
        answers += wire.take();
        return got.length === want.length && framesIn(hex(answers)).length === pings;
      });
      assert.deepEqual(got, want);
      const pongs = framesIn(hex(answers)).map(({ payload }) => payload[0]);
      assert.deepEqual(
        pongs,
        Array.from({ length: pings }, (_, at) => at),
      );
      theirs.close();
      connection.terminate();
      await connection.closed;
    },
  );
  await fc.assert(property, { numRuns: 200 });
});
