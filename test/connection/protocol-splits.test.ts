// However a peer's octets are cut, and whenever the application stops and resumes reading, the events, the frames sent and
// the close code are the same.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cut, show } from '../frames/hex.js';
import { stream } from '../frames/streams.js';
import { Machine } from './machine.js';

const places = fc.array(fc.nat(), { maxLength: 12 });

interface Outcome {
  events: string[];
  sent: string;
  phase: string;
  cause: string | undefined;
  code: number;
}

/** Feeds the chunks; with `stopAfter`, reading is stopped after every so many messages and then resumed. */
function outcome(role: 'server' | 'client', chunks: Uint8Array[], stopAfter = 0): Outcome {
  const machine = new Machine({ role, limits: { maxMessageBytes: 1000, maxFragments: 4 } });
  const { protocol, events } = machine;
  machine.onmessage = () => {
    if (stopAfter > 0 && events.length % stopAfter === 0) protocol.stopped = true;
  };
  const resume = () => {
    for (; protocol.unfinished && protocol.phase !== 'done'; protocol.resume(0)) protocol.stopped = false;
  };
  for (const [at, chunk] of chunks.entries()) {
    protocol.receive(chunk, 0);
    // Sometimes several chunks come before it is resumed.
    if (at % 3 === 0) resume();
  }
  resume();
  const { phase } = protocol;
  const sent = machine.sent();
  const record = protocol.finish('fin', undefined, 0, 0);
  return { events, sent, phase, cause: record.cause, code: record.code };
}

for (const role of ['server', 'client'] as const) {
  test(`${role}: any split of any stream, stopped or not, gives the same outcome`, () => {
    const seen = { open: 0, clean: 0, failed: 0 };
    const property = fc.property(stream(role === 'server'), places, fc.nat(3), (octets, where, stopAfter) => {
      const whole = outcome(role, [octets.slice()]);
      assert.deepEqual(outcome(role, cut(octets, where), stopAfter), whole, show(octets));
      const single = Array.from({ length: octets.length }, (_, at) => at);
      assert.deepEqual(outcome(role, cut(octets, single)), whole, 'octet by octet');
      if (whole.phase === 'open') seen.open += 1;
      else if (whole.cause === undefined) seen.clean += 1;
      else seen.failed += 1;
    });
    fc.assert(property, { numRuns: 1500 });
    for (const [what, times] of Object.entries(seen)) assert.ok(times > 20, `${what}: only ${times} streams`);
  });
}

for (const role of ['server', 'client'] as const) {
  test(`${role}: octets at random never throw, and never wait for ever in the machine`, () => {
    const property = fc.property(fc.uint8Array({ maxLength: 200 }), places, (octets, where) => {
      const whole = outcome(role, [octets.slice()]);
      assert.deepEqual(outcome(role, cut(octets, where)), whole);
    });
    fc.assert(property, { numRuns: 2000 });
  });
}
