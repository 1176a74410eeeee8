// Two Duplexes joined in memory behave as the two ends of a TCP connection do.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { type MemoryDuplex, memoryPair } from '../../src/transport/memory.js';

async function readAll(duplex: MemoryDuplex): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of duplex) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

test('what one side writes the other reads, whole, in order, however it is cut', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 20 }),
      fc.integer({ min: 1, max: 50 }),
      fc.integer({ min: 1, max: 200 }),
      async (writes, chopBytes, wireBytes) => {
        const { client, server } = memoryPair({ chopBytes, wireBytes });
        client.resume();
        for (const bytes of writes) client.write(bytes);
        client.end();
        assert.deepEqual(await readAll(server), Buffer.concat(writes));
      },
    ),
    { numRuns: 100 },
  );
});

test('pieces have at most the size asked for, each in a turn of its own', async () => {
  const { client, server } = memoryPair({ chopBytes: 3 });
  const sizes: number[] = [];
  server.on('data', (chunk: Buffer) => sizes.push(chunk.length));
  client.write('abcdefgh');
  assert.deepEqual(sizes, [], 'nothing arrives in the turn in which it was written');
  await turn();
  await turn();
  assert.ok(sizes.length <= 2, 'not all in one turn');
  client.end();
  await once(server, 'close');
  assert.deepEqual(sizes, [3, 3, 2]);
});

test('a writer that is faster than the reader has to wait', async () => {
  const { client, server } = memoryPair({ wireBytes: 100 });
  client.write(Buffer.alloc(99));
  assert.equal(client.writableLength, 0, 'below the wire all is gone at once, as into a kernel');
  for (let count = 0; count < 1000; count += 1) client.write(Buffer.alloc(1000));
  for (let count = 0; count < 50; count += 1) await turn();
  assert.ok(client.writableLength > 900_000, `${client.writableLength} octets wait`);
  server.resume();
  await once(client, 'drain');
  assert.equal(client.writableLength, 0);
});

test('each side has octets of its own', async () => {
  const { client, server } = memoryPair();
  const bytes = Buffer.from('abc');
  client.write(bytes);
  bytes.fill(0);
  const [chunk] = (await once(server, 'data')) as [Buffer];
  assert.equal(String(chunk), 'abc');
});

test('an end goes both ways in order', async () => {
  const { client, server } = memoryPair();
  client.resume();
  server.resume();
  client.end('bye');
  await Promise.all([once(client, 'close'), once(server, 'close')]);
  assert.ok(server.readableEnded && client.readableEnded);
  assert.equal(server.errored, null);
});

test('what was written before a destroy still arrives, and then the end', async () => {
  const { client, server } = memoryPair({ chopBytes: 1 });
  client.write('last words');
  client.destroy();
  assert.equal(String(await readAll(server)), 'last words');
});

test('a reset destroys the other side with ECONNRESET', async () => {
  const { client, server } = memoryPair();
  const [[error]] = await Promise.all([once(server, 'error'), Promise.resolve().then(() => client.reset())]);
  assert.equal((error as NodeJS.ErrnoException).code, 'ECONNRESET');
  assert.ok(client.destroyed && server.destroyed);
});

test('writing to a side that is gone fails with EPIPE', async () => {
  const { client, server } = memoryPair();
  server.destroy();
  client.write('x');
  const [error] = await once(client, 'error');
  assert.equal((error as NodeJS.ErrnoException).code, 'EPIPE');
});

test('a writer that waits for room is let go when the reader leaves', async () => {
  const { client, server } = memoryPair({ wireBytes: 10 });
  client.resume();
  let isDone = false;
  client.write(Buffer.alloc(100), () => {
    isDone = true;
  });
  server.destroy();
  await once(client, 'close');
  assert.ok(isDone);
});

test('nonsense is refused', () => {
  assert.throws(() => memoryPair({ chopBytes: 0 }), RangeError);
});
