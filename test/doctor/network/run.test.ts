// How probes are made: no more connections than allowed, never more than two at a time, 100 ms apart, until the other side has had
// enough, somebody interrupts, or time is over; shown by servers that count.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import { Run, type RunOptions } from '../../../src/doctor/network/run.js';
import type { ExchangeProbe, Inquiry, Observation, Probe } from '../../../src/doctor/observation.js';
import { bound } from '../deployments/servers/listen.js';

interface Counting extends AsyncDisposable {
  readonly port: number;
  connections: number;
}

/** Does this with each connection, the first of which is 0, once it has asked. */
async function counting(answer: (socket: Socket, at: number) => void): Promise<Counting> {
  const server = createServer((socket) => {
    const at = counted.connections;
    counted.connections += 1;
    socket.once('data', () => answer(socket, at));
  });
  const { port, stop } = await bound(server);
  const counted: Counting = { port, connections: 0, [Symbol.asyncDispose]: stop };
  return counted;
}

const saying = (text: string) => (socket: Socket) =>
  void socket.end(`HTTP/1.1 ${text}\r\nContent-Length: 0\r\n\r\n`);
const resetting = (socket: Socket) => void socket.resetAndDestroy();

function probe(port: number, key = 'some'): ExchangeProbe {
  const route = { secure: false, host: '127.0.0.1', port };
  return { kind: 'exchange', key, about: key, route, request: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n' };
}

/** Asks for so many, one by one or two by two. */
function* inquiry(port: number, count: number, width: 1 | 2 = 1): Inquiry<Observation[]> {
  const seen: Observation[] = [];
  for (let at = 0; at < count; at += width) {
    const probes = Array.from({ length: width }, (_, more) =>
      probe(port, at === 0 ? 'baseline' : `${at + more}`),
    );
    seen.push(...(yield probes));
  }
  return seen;
}

function run(options: Partial<RunOptions> = {}): Run {
  return new Run({
    stageMs: 1_000,
    timeoutMs: 10_000,
    maxConnections: 16,
    material: {},
    proxies: [],
    ...options,
  });
}

const skips = (seen: readonly Observation[]) => seen.map(({ skipped }) => skipped ?? 'made');

describe('a run', () => {
  test('opens no more connections than it may; the rest is told as not made', async () => {
    await using server = await counting(saying('404 No'));
    const seen = await run({ maxConnections: 3 }).drive(inquiry(server.port, 5));
    assert.deepEqual(skips(seen), ['made', 'made', 'made', 'budget', 'budget']);
    assert.equal(server.connections, 3);
    assert.equal(
      seen.reduce((sum, { connections }) => sum + connections, 0),
      3,
    );
  });

  test('counts the addresses that it tries as connections', async () => {
    await using server = await counting(saying('404 No'));
    const addresses = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
    function* reaching(): Inquiry<readonly Observation[]> {
      const one = yield [{ kind: 'reach', key: 'tcp', about: '', addresses, port: server.port }];
      return [...one, ...(yield [probe(server.port)])];
    }
    assert.deepEqual(skips(await run({ maxConnections: 3 }).drive(reaching())), ['made', 'budget']);
    assert.deepEqual(skips(await run({ maxConnections: 2 }).drive(reaching())), ['budget', 'made']);
  });

  test('has at most two connections at a time, and begins each 100 ms after the one before', async () => {
    await using server = await counting((socket) => {
      setTimeout(() => saying('404 No')(socket), 30);
    });
    const seen = await run().drive(inquiry(server.port, 6, 2));
    assert.equal(server.connections, 6);
    const spans = seen.map(({ startedMs, times }) => [startedMs, startedMs + times.totalMs] as const);
    for (const [at, [since]] of spans.entries()) {
      // A timer may be late, and is never early by more than a millisecond or two.
      assert.ok(since >= at * 100 - 5, `${at}: ${since} ms`);
      const open = spans.filter(([from, till]) => from <= since && since < till);
      assert.ok(open.length <= 2, `${open.length} at ${since} ms`);
    }
  });

  const quiet: ReadonlyArray<readonly [string, (socket: Socket, at: number) => void, readonly string[]]> = [
    ['429', saying('429 Too Many'), ['made', 'stopped', 'stopped']],
    ['503 with Retry-After', saying('503 Later\r\nRetry-After: 9'), ['made', 'stopped', 'stopped']],
    ['503 alone goes on', saying('503 Later'), ['made', 'made', 'made']],
    ['a 200 with Retry-After goes on', saying('200 Yes\r\nRetry-After: 9'), ['made', 'made', 'made']],
    ['a baseline and one more that are reset go on', resetting, ['made', 'made', 'made', 'stopped']],
    [
      'resets that are not in a row go on',
      (socket, at) => (at % 2 === 1 ? resetting(socket) : saying('404 No')(socket)),
      ['made', 'made', 'made', 'made', 'made'],
    ],
  ];
  for (const [name, answer, expected] of quiet) {
    test(`stops when it is asked to: ${name}`, async () => {
      await using server = await counting(answer);
      assert.deepEqual(skips(await run().drive(inquiry(server.port, expected.length))), expected);
      assert.equal(server.connections, expected.filter((skip) => skip === 'made').length);
    });
  }

  const slow: Readonly<Record<string, (socket: Socket) => void>> = {
    'before an answer': () => {},
    'within a head': (socket) => void socket.write('HTTP/1.1 200 '),
  };
  for (const [name, answer] of Object.entries(slow)) {
    test(`ends with its time, ${name}; what was cut off is nobody's fault`, async () => {
      await using server = await counting(answer);
      const seen = await run({ timeoutMs: 200 }).drive(inquiry(server.port, 2));
      assert.deepEqual(skips(seen), ['deadline', 'deadline']);
      assert.deepEqual(seen[0]?.trouble, undefined);
      assert.equal(server.connections, 1);
    });

    test(`ends when it is interrupted, ${name}`, async () => {
      const interrupt = new AbortController();
      await using server = await counting((socket) => {
        answer(socket);
        interrupt.abort();
      });
      const seen = await run({ signal: interrupt.signal }).drive(inquiry(server.port, 2));
      assert.deepEqual(skips(seen), ['interrupted', 'interrupted']);
      assert.equal(server.connections, 1);
    });
  }

  test('keeps an answer that was there when it was interrupted', async () => {
    const interrupt = new AbortController();
    await using server = await counting((socket) => {
      socket.write('HTTP/1.1 200 Yes\r\nContent-Length: 5\r\n\r\nye');
      setTimeout(() => interrupt.abort(), 200);
    });
    const [seen] = await run({ signal: interrupt.signal }).drive(inquiry(server.port, 1));
    assert.equal(seen?.skipped, undefined);
    assert.equal(seen?.answer?.body, 'ye');
    assert.equal(seen?.answer?.isBodyCut, true);
  });

  test('makes nothing when it was interrupted before', async () => {
    await using server = await counting(saying('200 Yes'));
    const seen = await run({ signal: AbortSignal.abort() }).drive(inquiry(server.port, 1));
    assert.deepEqual(skips(seen), ['interrupted']);
    assert.equal(server.connections, 0);
  });

  test('tells of each probe right before it is made, and of none that is not', async () => {
    await using server = await counting(saying('200 Yes'));
    const told: Array<readonly [string, number]> = [];
    const onprobe = ({ key }: Probe) => told.push([key, server.connections]);
    await run({ maxConnections: 2, onprobe }).drive(inquiry(server.port, 3));
    assert.deepEqual(told, [
      ['baseline', 0],
      ['1', 1],
    ]);
  });

  test('a fault of an inquiry is not kept back, and leaves nothing behind', async () => {
    const mistaken = new Error('of ours');
    // biome-ignore lint/correctness/useYield: it fails before it asks.
    function* failing(): Inquiry<void> {
      throw mistaken;
    }
    await assert.rejects(run().drive(failing()), mistaken);
  });
});
