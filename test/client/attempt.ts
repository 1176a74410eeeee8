// Knows: how to try to connect and get the error as a value. Must not know: which error.
import assert from 'node:assert/strict';
import { type ConnectOptions, connect } from '../../src/client/connect.js';
import { HandshakeError } from '../../src/errors.js';

/** Any promise that is rejected without a handler fails the file that imports this. */
process.on('unhandledRejection', (error) => {
  throw error;
});

/** The error of an attempt that must fail. */
export async function failing(url: string | URL, options?: ConnectOptions): Promise<HandshakeError> {
  try {
    const connection = await connect(url, options);
    connection.terminate();
  } catch (error) {
    assert.ok(error instanceof HandshakeError, String((error as Error).stack));
    return error;
  }
  throw new Error('the attempt succeeded');
}

/** Tries until an attempt takes less than `limitMs`, five times at most: a busy machine may be late, but not every time. */
export async function within<Value>(limitMs: number, attempt: () => Promise<Value>): Promise<Value> {
  const tookMs: number[] = [];
  while (tookMs.length < 5) {
    const since = performance.now();
    const value = await attempt();
    tookMs.push(performance.now() - since);
    if (tookMs.at(-1)! < limitMs) return value;
  }
  throw new Error(`never within ${limitMs} ms: ${tookMs.map(Math.round).join(', ')}`);
}
